"""Plans made into windows, and windows read again, by an expansion of the test's own."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

import pytest

from custom_components.smartpvms.day_plan import (
    Action,
    DayPlan,
    PlanRefusedError,
    PlanSlot,
    Refusal,
    build,
    runs,
)
from custom_components.smartpvms.northbound.control import Controller
from custom_components.smartpvms.northbound.models import Direction, TimeOfUseWindow

BERLIN: Final = ZoneInfo("Europe/Berlin")
MINUTE: Final = timedelta(minutes=1)
HOUR: Final = timedelta(hours=1)
CHARGE, SELF_USE, HOLD = Action.CHARGE, Action.SELF_USE, Action.HOLD
MEANT: Final = {Direction.CHARGE: CHARGE, Direction.DISCHARGE: SELF_USE}
# days of both changes of the clocks, a weekend, and the turn of a year
DAYS: Final = {
    "Europe/Berlin": [date(2027, 3, 28), date(2026, 10, 25), date(2026, 11, 21)],
    "Europe/Lisbon": [date(2027, 3, 28), date(2026, 10, 25), date(2026, 12, 31)],
    "Asia/Tokyo": [date(2027, 3, 28), date(2026, 11, 22)],
    "Asia/Kolkata": [date(2026, 10, 25), date(2026, 12, 31)],
    "Australia/Lord_Howe": [date(2026, 10, 4), date(2027, 4, 4)],
}


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """Return a time in November 2026; the 23rd is a Monday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=BERLIN)


def slot(start: datetime, end: datetime, action: Action) -> PlanSlot:
    return PlanSlot(start=start, end=end, action=action)


def made(
    *slots: PlanSlot,
    now: datetime | None = None,
    zone: ZoneInfo = BERLIN,
    expires: datetime | None = None,
    grid_charge_power: float | None = 5000,
    controller: Controller | None = None,
) -> DayPlan:
    return build(
        slots,
        plant_code="NE=1",
        zone=zone,
        now=now or min(each.start for each in slots),
        grid_charge_power=grid_charge_power,
        expires=expires,
        controller=controller,
    )


def refused(*slots: PlanSlot, **how: object) -> PlanRefusedError:
    with pytest.raises(PlanRefusedError) as refusal:
        made(*slots, **how)  # type: ignore[arg-type]
    return refusal.value


def minutes(start: datetime, end: datetime) -> list[datetime]:
    begin, until = start.astimezone(UTC), end.astimezone(UTC)
    return [begin + step * MINUTE for step in range((until - begin) // MINUTE)]


def acted(
    windows: Sequence[TimeOfUseWindow], zone: ZoneInfo, instant: datetime
) -> Action:
    """Return what an inverter does, which knows its clock and the windows only."""
    local = instant.astimezone(zone)
    for window in windows:
        if (
            local.isoweekday() in window.weekdays
            and window.start <= local.time() < window.end
        ):
            return MEANT[window.direction]
    return HOLD


def wanted(
    slots: Sequence[PlanSlot], zone: ZoneInfo, instant: datetime, gaps: Action = HOLD
) -> Action:
    """Return what the plan wants; the last minute of a day cannot be had."""
    local = instant.astimezone(zone)
    if (local.hour, local.minute) == (23, 59):
        return HOLD
    for each in slots:
        if each.start.astimezone(UTC) <= instant < each.end.astimezone(UTC):
            return each.action
    return gaps


def random_slots(random: Random, zone: ZoneInfo, day: date) -> list[PlanSlot]:
    """Return up to 48 hours of slots that begin around the day, some with gaps."""
    begin = datetime.combine(day - timedelta(days=1), time(0), zone).astimezone(UTC)
    begin += random.randrange(0, 36 * 60, 15) * MINUTE
    length = random.randrange(60, 48 * 60 + 1, 15)
    step = random.choice([1, 15, 15, 30])
    count = min(random.randrange(1, 36), length // step - 1)
    edges = sorted(random.sample(range(0, length, step), count + 1))
    return [
        slot(
            (begin + start * MINUTE).astimezone(zone),
            (begin + end * MINUTE).astimezone(zone),
            random.choice(list(Action)),
        )
        for start, end in pairwise(edges)
        if random.random() < 0.9
    ]


def same_everywhere(
    plan: DayPlan, slots: Sequence[PlanSlot], zone: ZoneInfo, gaps: Action
) -> None:
    """Show that windows act as the plan wants, and that they are read so."""
    period = minutes(plan.begin, plan.expires)
    want = [wanted(slots, zone, instant, gaps) for instant in period]
    assert [acted(plan.windows, zone, instant) for instant in period] == want
    read = [
        run.action
        for run in runs(plan.windows, zone, plan.begin, plan.expires)
        for _ in minutes(run.start, run.end)
    ]
    assert read == want


def test_500_random_plans_are_acted_on_to_the_minute_or_refused() -> None:
    random = Random(2026)
    refusals: dict[Refusal, int] = {}
    kept = 0
    while kept + sum(refusals.values()) < 500:
        name = random.choice(list(DAYS))
        zone = ZoneInfo(name)
        slots = random_slots(random, zone, random.choice(DAYS[name]))
        if not slots:
            continue
        gaps = random.choice([HOLD, SELF_USE])
        now = slots[0].start.astimezone(UTC) + random.randrange(-120, 60) * MINUTE
        end = slots[-1].end.astimezone(UTC)
        try:
            plan = build(
                slots,
                plant_code="NE=1",
                zone=zone,
                now=now,
                gaps=gaps,
                grid_charge_power=3000,
                expires=end + random.choice([0, 0, 60, 600]) * MINUTE,
            )
        except PlanRefusedError as error:
            refusals[error.refusal] = refusals.get(error.refusal, 0) + 1
            if error.proposal is not None:
                again = build(
                    error.proposal.slots,
                    plant_code="NE=1",
                    zone=zone,
                    now=now,
                    gaps=gaps,
                    grid_charge_power=3000,
                )
                assert len(again.windows) <= 14
            continue
        kept += 1
        assert 1 <= len(plan.windows) <= 14
        same_everywhere(plan, slots, zone, gaps)

    assert kept > 300
    # a plan may also be over before it is sent
    refusals.pop(Refusal.PAST, None)
    assert set(refusals) == {Refusal.TOO_MANY_WINDOWS, Refusal.REPEATED_HOUR}


def test_slots_that_touch_are_merged_and_split_at_midnight() -> None:
    plan = made(
        slot(at(22, 22), at(22, 23), CHARGE),
        slot(at(22, 23), at(23, 2), CHARGE),
        slot(at(23, 17), at(23, 21), SELF_USE),
    )

    assert [
        (str(one.start), str(one.end), one.direction, set(one.weekdays))
        for one in plan.windows
    ] == [
        ("00:00:00", "02:00:00", Direction.CHARGE, {1}),
        ("17:00:00", "21:00:00", Direction.DISCHARGE, {1}),
        ("22:00:00", "23:59:00", Direction.CHARGE, {7}),
    ]
    assert plan.held_minutes == 1
    assert not plan.placeholder
    assert plan.command.until == at(23, 21).timestamp()


def test_days_share_equal_windows() -> None:
    slots = [
        slot(at(day, hour), at(day, hour + 1), CHARGE)
        for day in (23, 24)
        for hour in range(0, 24, 2)
    ]

    plan = made(*slots)

    assert len(plan.windows) == 12
    assert {one.weekdays for one in plan.windows} == {frozenset({1, 2})}


@pytest.mark.parametrize("days", [0, 5])
def test_a_plan_that_only_holds_gets_a_window_outside_of_it(days: int) -> None:
    slots = [slot(at(23, 10), at(23, 12), HOLD)]
    plan = made(*slots, expires=at(23 + days, 12), grid_charge_power=None)

    assert plan.placeholder
    (window,) = plan.windows
    assert window.direction is Direction.DISCHARGE
    same_everywhere(plan, slots, BERLIN, HOLD)


def test_a_placeholder_ends_before_the_last_minute_of_a_day() -> None:
    plan = made(slot(at(23, 11, 59), at(23, 12), HOLD))

    (window,) = plan.windows
    assert (window.start, window.end) == (time(23, 58), time(23, 59))


def test_slots_that_are_over_are_left_out_and_one_begun_stays_whole() -> None:
    plan = made(
        slot(at(23, 1), at(23, 2), CHARGE),
        slot(at(23, 3), at(23, 6), CHARGE),
        now=at(23, 4),
    )

    (window,) = plan.windows
    assert (window.start, window.end) == (time(3), time(6))
    assert plan.begin == at(23, 3)


def test_an_hour_that_comes_twice_may_want_one_thing_only() -> None:
    first = datetime(2026, 10, 25, 2, tzinfo=BERLIN)
    second = first.replace(fold=1)
    three = datetime(2026, 10, 25, 3, tzinfo=BERLIN)

    same = made(slot(first, second, CHARGE), slot(second, three, CHARGE))
    error = refused(slot(first, second, CHARGE), slot(second, three, SELF_USE))

    assert [(one.start, one.end) for one in same.windows] == [(time(2), time(3))]
    assert error.refusal is Refusal.REPEATED_HOUR
    assert error.at == second
    assert error.at.fold == 1


def test_an_hour_that_is_skipped_does_not_part_a_window() -> None:
    plan = made(
        slot(
            datetime(2027, 3, 28, 1, tzinfo=BERLIN),
            datetime(2027, 3, 28, 4, tzinfo=BERLIN),
            CHARGE,
        )
    )

    (window,) = plan.windows
    assert (window.start, window.end) == (time(1), time(4))


def test_two_days_of_49_hours_are_not_too_long() -> None:
    start = datetime(2026, 10, 24, tzinfo=BERLIN)

    plan = made(slot(start, datetime(2026, 10, 26, tzinfo=BERLIN), SELF_USE))

    assert plan.expires.astimezone(UTC) - plan.begin.astimezone(UTC) == 49 * HOUR


def test_too_many_windows_bring_the_cheapest_plan_that_fits() -> None:
    slots = [slot(at(23, hour), at(23, hour, 10 + hour), CHARGE) for hour in range(16)]

    error = refused(*slots)

    assert (error.refusal, error.windows_needed) == (Refusal.TOO_MANY_WINDOWS, 16)
    assert error.proposal is not None
    # the two shortest of the charges, 10 and 11 minutes, are dropped
    assert error.proposal.minutes_changed == 21
    assert len(made(*error.proposal.slots).windows) == 14
    assert {one.start for one in error.proposal.slots if one.action is CHARGE} == {
        at(23, hour) for hour in range(2, 16)
    }


def test_reasons_of_slots() -> None:
    night = slot(at(23, 1), at(23, 5), CHARGE)
    naive = night.start.replace(tzinfo=None)
    skipped = datetime(2027, 3, 28, 2, 30, tzinfo=BERLIN)

    def reason(*slots: PlanSlot, **how: object) -> Refusal:
        return refused(*slots, now=at(23, 0), **how).refusal

    assert reason() is Refusal.NO_SLOTS
    assert reason(slot(naive, night.end, CHARGE)) is Refusal.NO_TIME_ZONE
    assert (
        reason(slot(night.start.replace(second=1), night.end, CHARGE))
        is Refusal.NOT_WHOLE_MINUTES
    )
    assert reason(slot(skipped, skipped + HOUR, HOLD)) is Refusal.SKIPPED_TIME
    assert reason(slot(night.end, night.end, HOLD)) is Refusal.ENDS_BEFORE_START
    assert reason(night, slot(at(23, 4), at(23, 6), HOLD)) is Refusal.OVERLAP
    assert reason(night, slot(at(25, 1), at(25, 1, 1), CHARGE)) is Refusal.TOO_LONG
    assert reason(slot(at(22, 1), at(23, 0), HOLD)) is Refusal.PAST


def test_reasons_of_expiry_and_power() -> None:
    night = slot(at(23, 1), at(23, 5), CHARGE)

    early = refused(night, expires=at(23, 4))
    late = refused(night, expires=at(29, 1, 1))
    without = refused(night, grid_charge_power=None)
    much = refused(night, grid_charge_power=50001, controller=Controller.DONGLE)

    assert early.refusal is Refusal.EXPIRES_TOO_EARLY
    assert early.at == at(23, 5)
    assert late.refusal is Refusal.EXPIRES_TOO_LATE
    assert made(night, expires=at(29, 1)).expires == at(29, 1)
    assert without.refusal is Refusal.GRID_CHARGE_POWER_MISSING
    assert much.refusal is Refusal.GRID_CHARGE_POWER_OUT_OF_RANGE
    assert much.maximum == 50000


def test_each_slot_and_its_end_are_told_from_an_instant_on() -> None:
    plan = made(
        slot(at(23, 1), at(23, 5), CHARGE), slot(at(23, 5), at(23, 9), SELF_USE)
    )

    now = at(23, 4, 59) + timedelta(seconds=30)
    told = runs(plan.windows, BERLIN, now, at(23, 12))

    assert [(each.action, each.end) for each in told] == [
        (CHARGE, at(23, 5)),
        (SELF_USE, at(23, 9)),
        (HOLD, at(23, 12)),
    ]
    (nothing,) = runs((), BERLIN, at(23, 9), at(24, 9))
    assert (nothing.action, nothing.end) == (HOLD, at(24, 9))


def test_the_end_of_a_day_that_the_cloud_tells_is_read() -> None:
    window = TimeOfUseWindow(
        start=time(0),
        end=time(0),
        direction=Direction.DISCHARGE,
        weekdays=frozenset(range(1, 8)),
    )

    (always,) = runs((window,), BERLIN, at(23, 23, 59), at(25, 12))
    assert always.action is SELF_USE
