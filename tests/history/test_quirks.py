"""What the cloud does to whom brings in its history, and what becomes of it."""

from datetime import UTC, date, timedelta
import logging

import pytest
from sqlalchemy.exc import OperationalError

from custom_components.smartpvms.history.book import SeriesBook
from custom_components.smartpvms.history.feed import HistoryCoordinator
from custom_components.smartpvms.history.hours import HOUR, hours_of, placeholder_slot
from custom_components.smartpvms.history.live import LiveGrowth
from custom_components.smartpvms.history.meters import MeterCall
from custom_components.smartpvms.history.progress import MOST_TRIES, TRY_AGAIN, Progress
from custom_components.smartpvms.history.quantities import Quantity
from custom_components.smartpvms.history.steps import Kind, Step
from custom_components.smartpvms.northbound.errors import DoorClosedError
from scripts.benchmarking.history_truth import DAY, TRUTH
from simulator.faults import counters

from .conftest import Home, HomeFactory

MINUTE = timedelta(minutes=1)
HISTORY_LOG = "custom_components.smartpvms.history"


def progress_of(home: Home, number: int = 0) -> Progress:
    """Return how far a plant is."""
    return home.history.memory.of(home.cloud.plants[number].code)


async def async_days_in(home: Home) -> None:
    """Bring all days in."""
    while progress_of(home).refined is None:
        assert await home.async_step()


async def async_by_the_hour(home: Home, first: date) -> None:
    """Bring in hours back to a day."""
    await async_days_in(home)
    while (refined := progress_of(home).refined) is None or refined > first:
        assert await home.async_step()


def coordinator(home: Home) -> HistoryCoordinator:
    """Return what makes the calls when the clock says so."""
    return HistoryCoordinator(home.hass, home.entry, home.history)


async def test_a_plant_without_any_year_is_asked_about_once_a_day(
    home_factory: HomeFactory,
) -> None:
    home = await home_factory(
        "new",
        prepare=lambda cloud: cloud.faults.enable(
            "data_empty", interface="getKpiStationYear"
        ),
    )
    await home.async_run()
    assert home.calls("getKpiStationYear") == 1
    home.pass_time(DAY)
    home.cloud.faults.clear()
    await async_days_in(home)
    assert home.calls("getKpiStationYear") > 1


async def test_days_that_stay_missing_stay_empty(home_factory: HomeFactory) -> None:
    home = await home_factory("young")
    progress = progress_of(home)
    month = date(2026, 4, 1)
    while progress.until is None or progress.until < month:
        assert await home.async_step()
    home.cloud.faults.enable("data_empty", interface="getKpiStationDay")
    asked = home.calls("getKpiStationDay")
    while progress.until == month:
        # the clock of the entry may have made the call already
        if not await home.async_step():
            home.pass_time(TRY_AGAIN)
    assert progress.until == date(2026, 5, 1)
    assert home.calls("getKpiStationDay") == asked + 1 + MOST_TRIES
    home.cloud.faults.clear()
    assert await home.async_step()
    days = await home.days(Quantity.PV_YIELD)
    assert date(2026, 3, 31) in days
    assert not [day for day in days if day.replace(day=1) == month]
    assert date(2026, 5, 1) in days


async def test_plants_that_the_cloud_refuses_do_not_hold_up_others(
    home_factory: HomeFactory,
) -> None:
    home = await home_factory("new,pv")
    for _ in range(2):
        assert await home.async_step()
    refused = home.cloud.plants[1].code
    home.cloud.faults.enable("no_right_20015", plants=[refused])
    zones = {plant.zone for plant in home.history.plants().values()}
    first = home.history.plants()[home.plant.code]
    codes = tuple(plant.code for plant in home.cloud.plants)
    assert len(zones) == 1
    step = Step(kind=Kind.DAYS, period=date(2026, 1, 1), plant_codes=codes)
    first.progress.begin(2026)
    progress_of(home, 1).begin(2026)
    await home.history.async_ask(step)
    await home.hass.async_block_till_done(wait_background_tasks=True)
    assert progress_of(home).until == date(2026, 2, 1)
    assert progress_of(home, 1).until == date(2026, 1, 1)
    # such days are not missing, and nothing is asked for meanwhile
    assert progress_of(home, 1).tries == 0
    assert progress_of(home, 1).waits(home.freezer().astimezone(UTC))


async def test_hours_of_refused_plants_do_not_hold_up_those_of_others(
    home_factory: HomeFactory,
) -> None:
    home = await home_factory("new,pv")
    while None in (progress_of(home).refined, progress_of(home, 1).refined):
        assert await home.async_step()
    refused = home.cloud.plants[1].code
    home.cloud.faults.enable("no_right_20015", plants=[refused])
    codes = tuple(plant.code for plant in home.cloud.plants)
    day = progress_of(home, 1).next_hours()
    assert day is not None
    step = Step(kind=Kind.HOURS, period=day, plant_codes=codes)
    await home.history.async_ask(step)
    await home.hass.async_block_till_done(wait_background_tasks=True)
    assert progress_of(home, 1).next_hours() == day
    for _ in range(6):
        call = home.history.next_call()
        assert isinstance(call, MeterCall) or (
            call is not None and call.plant_codes == (home.plant.code,)
        )
        assert await home.async_step()
    reached = progress_of(home).next_hours()
    assert reached is not None
    assert reached < day
    home.pass_time(TRY_AGAIN)
    call = home.history.next_call()
    assert isinstance(call, Step)
    assert (call.period, call.plant_codes) == (day, (refused,))


async def test_a_range_over_two_months_takes_two_calls(
    home_factory: HomeFactory,
) -> None:
    home = await home_factory("new")
    await async_days_in(home)
    before = home.calls("getKpiStationDay")
    await home.history.async_request(
        [home.plant.code], date(2026, 5, 25), date(2026, 6, 3)
    )
    for _ in range(2):
        assert await home.async_step()
    assert home.calls("getKpiStationDay") == before + 2
    assert progress_of(home).again == []
    assert max(progress_of(home).wanted) == date(2026, 6, 3)


async def test_hours_that_do_not_fit_the_day_are_asked_for_again(
    home_factory: HomeFactory, caplog: pytest.LogCaptureFixture
) -> None:
    home = await home_factory("new")
    day = date(2026, 6, 19)
    await async_by_the_hour(home, day)
    history = home.history
    series = history.shelf.series(home.plant.code, Quantity.EXPORT)
    noon = placeholder_slot(day, home.plant.zone)
    before = await home.rows(Quantity.EXPORT)
    await history.book.async_put(series, {noon: round(before[noon][0] * 1000) + 9000})
    caplog.set_level(logging.DEBUG, logger=HISTORY_LOG)
    progress_of(home).until = day
    while progress_of(home).until == day:
        assert await home.async_step()
    assert day in progress_of(home).wanted
    assert "export on 2026-06-19: the hours come to" in caplog.text
    truth = TRUTH[Quantity.EXPORT](home.plant.history.day(day))
    days = await home.days(Quantity.EXPORT)
    assert days[day] == pytest.approx(truth, abs=0.01)
    while progress_of(home).wanted:
        assert await home.async_step()
    after = await home.rows(Quantity.EXPORT)
    assert after[noon][0] == pytest.approx(before[noon][0], abs=0.02)


async def test_hours_follow_a_day_that_the_cloud_tells_otherwise(
    home_factory: HomeFactory, caplog: pytest.LogCaptureFixture
) -> None:
    home = await home_factory("new")
    await async_days_in(home)
    day = date(2026, 6, 20)
    series = home.history.shelf.series(home.plant.code, Quantity.PV_YIELD)
    noon = placeholder_slot(day, home.plant.zone)
    await home.history.book.async_put(series, {noon: 50_000})
    caplog.set_level(logging.DEBUG, logger=HISTORY_LOG)
    await async_by_the_hour(home, day)
    assert (await home.days(Quantity.PV_YIELD))[day] == pytest.approx(50)
    assert "pv_yield on 2026-06-20: the hours come to" in caplog.text


async def test_hours_of_what_no_day_tells_are_left_out(
    home_factory: HomeFactory,
) -> None:
    home = await home_factory("new")
    home.cloud.faults.enable(
        "missing_keys", keys=["ongrid_power"], interface="getKpiStationDay"
    )
    await async_by_the_hour(home, date(2026, 6, 20))
    assert await home.rows(Quantity.EXPORT) == {}
    assert await home.rows(Quantity.PV_YIELD)


async def test_a_day_that_lacks_a_figure_keeps_the_others(
    home_factory: HomeFactory,
) -> None:
    home = await home_factory("new")
    await async_days_in(home)
    code, plants = home.plant.code, home.history.plants()
    importer = home.history._importer
    before = await home.days(Quantity.EXPORT)
    days = {
        date(2026, 6, 19): {Quantity.EXPORT: 1000, Quantity.IMPORT: 2000},
        date(2026, 6, 20): {Quantity.IMPORT: 3000},
    }
    await importer._async_put_days(code, plants[code], days)
    after = await home.days(Quantity.EXPORT)
    assert after[date(2026, 6, 19)] == 1.0
    assert after[date(2026, 6, 20)] == pytest.approx(before[date(2026, 6, 20)])
    assert (await home.days(Quantity.IMPORT))[date(2026, 6, 20)] == 3.0


@pytest.mark.parametrize("how", ["refused", "cut"])
async def test_the_meter_is_asked_by_the_day_where_three_are_not_answered(
    home_factory: HomeFactory, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    home = await home_factory("new")
    if how == "refused":
        home.cloud.faults.enable("interface_refused", interface="getDevHistoryKpi")
    else:
        day = counters._LONGEST_HISTORY / 3
        monkeypatch.setattr(counters, "_LONGEST_HISTORY", day / 2)
        home.cloud.faults.enable("long_windows_cut")
    await async_by_the_hour(home, date(2026, 6, 17))
    # one call shows that it is of no use
    assert home.calls("getDevHistoryKpi") == 1
    assert home.calls("device/history") == 4
    truth = TRUTH[Quantity.IMPORT]
    rows = await home.rows(Quantity.IMPORT)
    for number in range(4):
        day = date(2026, 6, 17) + number * DAY
        trace = home.plant.history.trace(day)
        for hour in hours_of(day, home.plant.zone):
            told = truth(trace.energies(hour + HOUR)) - truth(trace.energies(hour))
            assert rows[hour][0] == pytest.approx(told, abs=0.02)


async def test_a_recorder_that_cannot_write_is_asked_again_later(
    home_factory: HomeFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = await home_factory("new")

    async def locked(*_: object, **__: object) -> None:
        raise OperationalError("INSERT", None, Exception("database is locked"))

    with monkeypatch.context() as broken:
        broken.setattr(SeriesBook, "async_put", locked)
        assert await home.async_run(20) < 20
    assert await home.rows(Quantity.PV_YIELD) == {}

    home.pass_time(DAY)
    await async_days_in(home)
    assert await home.rows(Quantity.PV_YIELD)


async def test_without_any_history_of_the_meter_its_days_stay_whole(
    home_factory: HomeFactory,
) -> None:
    home = await home_factory("new")
    home.cloud.faults.enable("interface_refused", interface="getDevHistoryKpi")
    home.cloud.faults.enable("http_403", interface="device/history")
    await async_by_the_hour(home, date(2026, 6, 17))
    assert home.calls("getDevHistoryKpi") == 1
    assert home.calls("device/history") == 1
    noon = placeholder_slot(date(2026, 6, 18), home.plant.zone)
    rows = await home.rows(Quantity.IMPORT)
    of_day = {hour for hour in rows if abs(hour - noon) < timedelta(hours=11)}
    assert of_day == {noon}
    hours = await home.rows(Quantity.PV_YIELD)
    assert noon + HOUR in hours


async def test_a_meter_that_tells_nothing_leaves_its_days_whole(
    home_factory: HomeFactory,
) -> None:
    home = await home_factory("new")
    home.cloud.faults.enable("data_empty", interface="getDevHistoryKpi")
    await async_by_the_hour(home, date(2026, 6, 18))
    # three days of silence are one call
    assert home.calls("getDevHistoryKpi") == 1
    assert isinstance(home.history.next_call(), MeterCall)
    noon = placeholder_slot(date(2026, 6, 19), home.plant.zone)
    rows = await home.rows(Quantity.IMPORT)
    assert noon in rows
    assert noon + HOUR not in rows


async def test_a_failure_lets_the_history_wait(home_factory: HomeFactory) -> None:
    home = await home_factory("new")
    feed = coordinator(home)
    home.cloud.faults.enable("http_500")
    await feed.async_refresh()
    assert not feed.last_update_success
    assert home.history.next_call() is None
    home.cloud.faults.clear()
    home.pass_time(16 * MINUTE)
    await feed.async_refresh()
    await home.hass.async_block_till_done(wait_background_tasks=True)
    assert feed.last_update_success
    assert progress_of(home).first is not None


async def test_a_closed_door_is_no_failure(home_factory: HomeFactory) -> None:
    home = await home_factory("new")
    feed = coordinator(home)
    home.cloud.faults.enable("daily_maximum")
    await feed.async_refresh()
    asked = home.calls("getKpiStationYear") + home.calls("getKpiStationDay")
    home.pass_time(16 * MINUTE)
    call = home.history.next_call()
    assert call is not None
    with pytest.raises(DoorClosedError):
        await home.history.async_ask(call)
    await coordinator(home).async_refresh()
    assert home.history.next_call() == call
    assert home.calls("getKpiStationYear") + home.calls("getKpiStationDay") == asked


async def test_a_turn_with_nothing_to_ask_makes_no_call(
    home_factory: HomeFactory,
) -> None:
    home = await home_factory("new")
    home.history.async_pause()
    made = len(home.cloud.requests)
    feed = coordinator(home)
    await feed.async_refresh()
    assert feed.last_update_success
    assert len(home.cloud.requests) == made


@pytest.mark.parametrize(
    ("plant", "has_yield_of_its_own"), [("pv", True), ("new", False), ("ess", True)]
)
async def test_the_present_yield_is_that_of_the_day_report(
    home_factory: HomeFactory, plant: str, has_yield_of_its_own: bool
) -> None:
    home = await home_factory(plant)
    totals = LiveGrowth(home.hass, home.entry, home.history).totals(home.plant.code)
    given, pv = totals[Quantity.INVERTER_YIELD], totals[Quantity.PV_YIELD]
    assert (given == pv) is has_yield_of_its_own
    if plant == "new":
        charged = totals[Quantity.BATTERY_CHARGE]
        assert pv == given + charged - totals[Quantity.BATTERY_DISCHARGE]


async def test_nothing_grows_while_the_totals_are_not_known(
    home_factory: HomeFactory,
) -> None:
    home = await home_factory(
        "new", prepare=lambda cloud: cloud.faults.enable("empty_map")
    )
    live = LiveGrowth(home.hass, home.entry, home.history)
    assert live.totals(home.plant.code) == {}
    await live.async_grow()
    assert progress_of(home).live is None


async def test_a_part_that_is_unknown_is_no_yield(home_factory: HomeFactory) -> None:
    home = await home_factory(
        "new",
        prepare=lambda cloud: cloud.faults.enable(
            "missing_keys", keys=["total_cap"], type_id=38
        ),
    )
    totals = LiveGrowth(home.hass, home.entry, home.history).totals(home.plant.code)
    assert Quantity.EXPORT in totals
    assert Quantity.INVERTER_YIELD not in totals
    assert Quantity.PV_YIELD not in totals
