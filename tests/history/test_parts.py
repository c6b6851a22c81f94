"""The parts of the history that know nothing of Home Assistant's recorder."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from custom_components.smartpvms.history.days import (
    HourReport,
    days_of_report,
    first_year,
    hours_of_report,
    month_work,
    with_meter,
)
from custom_components.smartpvms.history.hours import (
    HOUR,
    day_plan,
    deviation,
    full_hour,
    growth_by_hour,
    hours_of,
    placeholder_slot,
    scaled,
    slots_of,
)
from custom_components.smartpvms.history.progress import (
    MOST_TRIES,
    LiveMarks,
    Progress,
)
from custom_components.smartpvms.history.quantities import Quantity
from custom_components.smartpvms.history.steps import (
    Kind,
    PlantNow,
    Step,
    instant_in,
    month_after,
    newest_day,
    next_step,
)
from custom_components.smartpvms.northbound.models import PlantReport

BERLIN = ZoneInfo("Europe/Berlin")
KOLKATA = ZoneInfo("Asia/Kolkata")
DAY = date(2026, 6, 20)
NOW = datetime(2026, 6, 21, 8, 30, tzinfo=UTC)


def row(start: datetime, values: Mapping[str, float]) -> PlantReport:
    return PlantReport(plant_code="NE=1", start=start, values=values)


@pytest.mark.parametrize(
    ("day", "zone", "count"),
    [
        (date(2026, 3, 29), BERLIN, 23),
        (date(2026, 10, 25), BERLIN, 25),
        (DAY, BERLIN, 24),
        (DAY, KOLKATA, 24),
    ],
)
def test_a_day_has_as_many_hours_as_its_clock_shows(
    day: date, zone: ZoneInfo, count: int
) -> None:
    slots = slots_of(day, zone)
    assert len(slots) == len(set(slots)) == count
    assert {slot.astimezone(zone).date() for slot in slots} == {day}
    assert {slot.minute for slot in slots} == {0}
    assert placeholder_slot(day, zone) in slots


def test_an_hour_between_two_full_ones_stands_at_the_second() -> None:
    half_past = datetime(2026, 6, 20, 18, 30, tzinfo=UTC)
    assert full_hour(half_past) == datetime(2026, 6, 20, 19, tzinfo=UTC)
    assert full_hour(half_past + HOUR / 2) == datetime(2026, 6, 20, 19, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours", "total", "expected"),
    [
        ((1, 1, 1), 10, (3, 4, 3)),
        ((100, 0, 50), 75, (50, 0, 25)),
        ((100, 50, 0), 0, (0, 0, 0)),
        ((0, 0, 0), 0, (0, 0, 0)),
        ((-10, 30, 0), 40, (-5, 45, 0)),
    ],
)
def test_hours_are_scaled_to_the_day(
    hours: tuple[int, ...], total: int, expected: tuple[int, ...]
) -> None:
    slots = hours_of(DAY, BERLIN)[:3]
    result = scaled(dict(zip(slots, hours, strict=True)), total)
    assert result is not None
    assert tuple(result.values()) == expected
    assert sum(result.values()) == total


def test_hours_of_nothing_cannot_make_a_day_of_something() -> None:
    assert scaled(dict.fromkeys(slots_of(DAY, BERLIN), 0), 7) is None
    assert deviation({NOW: 98}, 100) == pytest.approx(0.02)


def test_a_day_without_hours_stands_at_noon() -> None:
    noon = placeholder_slot(DAY, BERLIN)
    assert day_plan({}, DAY, BERLIN, 7).changes == {noon: 7}
    corrected = day_plan({noon: 7}, DAY, BERLIN, 5)
    assert corrected.changes == {noon: 5}
    assert not corrected.is_whole


def test_the_part_of_a_day_that_has_no_hours_stands_at_noon() -> None:
    noon, evening = placeholder_slot(DAY, BERLIN), slots_of(DAY, BERLIN)[20]
    assert day_plan({evening: 3}, DAY, BERLIN, 7).changes == {noon: 4}
    assert day_plan({evening: 3, noon: 4}, DAY, BERLIN, 7).changes == {noon: 4}
    # more than the day: the hours give way
    assert day_plan({evening: 9}, DAY, BERLIN, 7).changes == {evening: 7}


def test_all_hours_of_a_day_follow_its_figure() -> None:
    slots = slots_of(DAY, BERLIN)
    whole = day_plan(dict.fromkeys(slots, 2), DAY, BERLIN, 24)
    assert whole.is_whole
    assert whole.changes == dict.fromkeys(slots, 1)
    empty = day_plan(dict.fromkeys(slots, 0), DAY, BERLIN, 24)
    assert empty.changes == {placeholder_slot(DAY, BERLIN): 24}


def test_a_counter_grows_evenly_between_two_samples() -> None:
    hours = hours_of(DAY, BERLIN)
    half = hours[1] + HOUR / 2
    samples = [(hours[3], 8.0), (hours[0], 1.0), (half, 4.0), (hours[4], 2.0)]
    grown = growth_by_hour(samples, hours)
    assert grown == pytest.approx(
        {hours[0]: 2.0, hours[1]: 1.0 + 4 / 3, hours[2]: 4 - 4 / 3}
    )
    assert growth_by_hour(samples, ()) == {}
    outside = [(hours[0] - 2 * HOUR, 1.0), (hours[0] - HOUR, 2.0)]
    assert growth_by_hour(outside, hours) == {}


@pytest.mark.parametrize("at_utc", [True, False])
def test_day_rows_begin_at_either_midnight(at_utc: bool) -> None:
    zone = UTC if at_utc else BERLIN
    rows = [
        row(datetime(2026, 6, 2, tzinfo=zone), {"PVYield": 2.0, "buyPower": 0.5}),
        row(datetime(2026, 6, 1, tzinfo=zone), {"inverter_power": 1.0}),
        row(datetime(2026, 6, 3, tzinfo=zone), {}),
    ]
    assert list(days_of_report(rows, BERLIN).items()) == [
        (date(2026, 6, 1), {Quantity.PV_YIELD: 1000}),
        (date(2026, 6, 2), {Quantity.PV_YIELD: 2000, Quantity.IMPORT: 500}),
    ]


def test_years_before_the_connection_do_not_count() -> None:
    rows = [
        row(datetime(2023, 1, 1, tzinfo=BERLIN), {"PVYield": 5.0}),
        row(datetime(2021, 1, 1, tzinfo=BERLIN), {}),
        row(datetime(2022, 1, 1, tzinfo=BERLIN), {"PVYield": 0.0}),
    ]
    assert first_year(rows, BERLIN) == 2023
    assert first_year(rows[1:], BERLIN) is None


def test_hours_of_another_day_are_left_out() -> None:
    slots = slots_of(DAY, BERLIN)
    rows = [
        row(slots[5], {"PVYield": 1.0, "selfProvide": 0.25}),
        row(slots[0] - HOUR, {"PVYield": 9.0}),
    ]
    report = hours_of_report(rows, slots)
    assert report.figures == {Quantity.PV_YIELD: {slots[5]: 1000}}
    assert report.own == {slots[5]: 250}


def test_consumption_is_what_comes_from_both_sides() -> None:
    one, two = slots_of(DAY, BERLIN)[:2]
    report = HourReport(figures={Quantity.EXPORT: {one: 0}}, own={one: 100, two: 200})
    meter = {Quantity.IMPORT: {one: 10}, Quantity.EXPORT: {two: 5}}
    hours = with_meter(report, meter)
    assert hours[Quantity.CONSUMPTION] == {one: 110, two: 200}
    assert hours[Quantity.EXPORT] == {two: 5}
    told = HourReport(figures={Quantity.EXPORT: {one: 7}}, own={})
    assert with_meter(told, meter)[Quantity.EXPORT] == {one: 7}
    assert Quantity.CONSUMPTION not in with_meter(report, {})


def test_days_end_before_the_first_that_is_missing() -> None:
    first = date(2026, 6, 1)
    reported = {
        date(2026, 6, 2): {Quantity.PV_YIELD: 0},
        date(2026, 6, 3): {Quantity.PV_YIELD: 3},
        date(2026, 6, 5): {Quantity.PV_YIELD: 5},
    }
    work = month_work(reported, begin=first, end=date(2026, 6, 6), began=None)
    assert (list(work.days), work.until, work.lacks) == (
        [date(2026, 6, 3)],
        date(2026, 6, 4),
        True,
    )
    del reported[date(2026, 6, 3)]
    whole = month_work(reported, begin=first, end=date(2026, 6, 6), began=None)
    assert list(whole.days) == [date(2026, 6, 5)]
    assert not whole.lacks


def plant(**values: object) -> PlantNow:
    return PlantNow(progress=Progress(**values), zone=BERLIN)  # type: ignore[arg-type]


def test_plants_share_a_call_for_the_oldest_month() -> None:
    old = {"first": date(2024, 1, 1), "until": date(2024, 2, 10)}
    plants = {
        "b": plant(**old),
        "a": plant(**old),
        "later": plant(first=date(2025, 1, 1), until=date(2025, 1, 1)),
        "unknown": plant(years_asked=date(2026, 6, 21)),
        "deleted": plant(deleted=True),
    }
    step = next_step(plants, NOW)
    assert step == Step(kind=Kind.DAYS, period=date(2024, 2, 1), plant_codes=("a", "b"))
    assert instant_in(step, BERLIN).date() == date(2024, 2, 15)
    plants["new"] = plant()
    step = next_step(plants, NOW)
    assert step is not None
    assert (step.kind, step.plant_codes) == (Kind.YEARS, ("new",))


def test_hours_come_last_and_by_zone() -> None:
    done = {"first": date(2026, 1, 1), "began": date(2026, 1, 5)}
    until = {"until": date(2026, 6, 21), "refined": date(2026, 6, 21)}
    east = PlantNow(progress=Progress(**done, **until), zone=KOLKATA)
    plants = {"a": plant(**done, **until), "b": east}
    step = next_step(plants, NOW)
    assert step == Step(kind=Kind.HOURS, period=DAY, plant_codes=("a",))
    assert step.interface.value == "getKpiStationHour"
    assert instant_in(step, BERLIN).hour == 12
    many = PlantNow(progress=east.progress, zone=KOLKATA, by_the_hour=False)
    assert next_step({"b": many}, NOW) is None
    many.progress.wanted.add(DAY)
    assert next_step({"b": many}, NOW) is not None
    plants["a"].progress.again.append((date(2026, 2, 3), date(2026, 3, 4)))
    again = next_step(plants, NOW)
    assert again is not None
    assert (again.kind, again.period) == (Kind.AGAIN, date(2026, 2, 1))


def test_a_plant_waits_before_it_asks_for_missing_days_again() -> None:
    progress = Progress(first=date(2026, 1, 1), until=date(2026, 6, 1))
    for _ in range(MOST_TRIES):
        assert progress.lacks(NOW)
    waiting = {"a": PlantNow(progress=progress, zone=BERLIN)}
    assert next_step(waiting, NOW) is None
    assert next_step(waiting, NOW + timedelta(hours=2)) is not None
    assert not progress.lacks(NOW)
    assert progress.retry_at is None


def test_the_report_of_yesterday_is_there_by_four() -> None:
    assert newest_day(datetime(2026, 6, 21, 1, tzinfo=UTC), BERLIN) == date(2026, 6, 19)
    assert newest_day(datetime(2026, 6, 21, 2, tzinfo=UTC), BERLIN) == DAY
    assert month_after(date(2026, 12, 1)) == date(2027, 1, 1)


def test_the_last_days_are_asked_for_again_once_a_day() -> None:
    progress = Progress()
    progress.look_back(DAY)
    assert progress.checked is None
    progress.begin(2026)
    progress.until, progress.began = date(2026, 6, 20), date(2026, 6, 19)
    progress.refined = date(2026, 6, 20)
    progress.look_back(DAY)
    assert progress.until == date(2026, 6, 19)
    progress.until = date(2026, 6, 21)
    progress.look_back(DAY)
    assert progress.until == date(2026, 6, 21)


def test_wanted_days_are_refined_first_and_all_others_in_turn() -> None:
    progress = Progress(began=date(2026, 6, 18), refined=DAY)
    progress.wanted = {date(2026, 6, 20), date(2026, 6, 18)}
    assert progress.days_without_hours() == 3
    order = []
    while (day := progress.next_hours()) is not None:
        order.append(day.day)
        progress.has_refined(day)
    assert order == [20, 18, 19, 18]
    assert progress.days_without_hours() == 0
    assert Progress(wanted={DAY}).days_without_hours() == 1


def test_progress_is_remembered() -> None:
    progress = Progress(
        first=date(2024, 1, 1),
        until=DAY,
        began=date(2024, 2, 1),
        wanted={DAY},
        again=[(date(2025, 1, 1), DAY)],
        tries=1,
        retry_at=NOW,
        live=LiveMarks(day=DAY, marks={"import": 7}),
    )
    assert Progress.from_dict(progress.as_dict()) == progress
    damaged = {"first": "soon", "until": 7, "wanted": 1, "again": [["2025-01-01"]]}
    assert Progress.from_dict({**damaged, "live": {"day": None}}) == Progress()
    marks = {"day": DAY.isoformat(), "marks": {"import": "x", "export": 3}}
    restored = Progress.from_dict({"live": marks}).live
    assert restored == LiveMarks(day=DAY, marks={"export": 3})
