"""Day, month and year counters: whose midnight, and when a new value is trusted."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from custom_components.smartpvms.counters import Counter, CounterKind, Counters, Sight

from .telling import BERLIN, Telling, berlin

DAY = CounterKind.DAY
MONTH = CounterKind.MONTH
YEAR = CounterKind.YEAR


def evening(value: float = 19.0, **details: float | None) -> Telling:
    """Return a day counter that was watched until 23:56 of 10 June."""
    cloud = Telling(kind=DAY, now=berlin(10, 22, 1))
    cloud.tell(value - 0.1, **details)
    cloud.tell_at(berlin(10, 23, 56), value, **details)
    return cloud


def test_a_value_of_the_day_is_shown() -> None:
    cloud = Telling(kind=DAY)

    assert cloud.tell(7.5) == 7.5
    assert cloud.tell(7.9) == 7.9
    assert cloud.tell(7.4) == 7.9


def test_the_value_of_yesterday_is_not_that_of_today() -> None:
    cloud = evening()
    shown = {cloud.tell(19.0) for _ in range(60)}

    assert shown == {0}
    assert cloud.tell(0.0) == 0
    assert cloud.tell(0.02) == 0.02


def test_the_value_of_yesterday_may_end_without_a_zero() -> None:
    cloud = evening()
    cloud.tell_at(berlin(11, 6), 19.0)

    assert cloud.tell(0.12) == 0.12


def test_a_late_beat_after_midnight_is_yesterdays() -> None:
    cloud = evening()

    assert cloud.tell_at(berlin(11, 0, 1), 19.03) == 0
    assert cloud.tell(0.01) == 0.01


def test_a_counter_that_resets_at_one_and_moves_until_then_is_not_believed() -> None:
    cloud = evening()
    shown = {cloud.tell(19.0 + step / 50) for step in range(1, 14)}

    assert shown == {0}
    assert cloud.tell(0.02) == 0.02


def test_a_counter_that_never_resets_is_not_believed_all_day() -> None:
    cloud = evening()
    shown = {cloud.tell(19.0 + step / 50) for step in range(1, 200)}

    assert shown == {0}


def test_a_rounding_backwards_after_midnight_is_no_reset() -> None:
    cloud = evening()

    assert cloud.tell_at(berlin(11, 0, 31), 18.95) == 0
    assert cloud.tell_at(berlin(11, 2, 31), 18.95) == 0


def test_a_restart_over_midnight_changes_nothing() -> None:
    cloud = evening()
    cloud.restart()
    assert cloud.tell_at(berlin(11, 0, 11), 19.0) == 0
    cloud.restart()
    assert cloud.tell_at(berlin(11, 5, 11), 19.0) == 0
    cloud.restart()
    assert cloud.tell_at(berlin(11, 5, 16), 0.01) == 0.01


def test_after_an_outage_a_smaller_value_is_todays() -> None:
    cloud = evening()

    assert cloud.tell_at(berlin(11, 14), 15.2) == 15.2


def test_after_an_outage_a_greater_value_is_todays_once_it_moves() -> None:
    cloud = evening(2.0)

    assert cloud.tell_at(berlin(11, 14), 15.2) == 0
    assert cloud.tell(15.2) == 0
    assert cloud.tell(15.4) == 15.4


def test_a_value_that_cannot_be_of_today_waits() -> None:
    cloud = evening(2.0)

    assert cloud.tell_at(berlin(11, 2, 31), 60.0) == 0
    assert cloud.tell(60.2) == 0
    assert cloud.tell(0.1) == 0.1


def test_an_outage_may_end_with_the_value_it_began_with() -> None:
    cloud = evening(9.0)

    assert cloud.tell_at(berlin(11, 14), 9.0) == 0
    assert cloud.tell(9.2) == 9.2


def test_small_values_need_no_visible_reset() -> None:
    cloud = evening(0.1)
    cloud.tell_at(berlin(11, 0, 1), 0.12)

    assert cloud.tell(0.14) == 0
    assert cloud.tell_at(berlin(11, 2, 6), 0.9) == 0.9


@pytest.mark.parametrize(("gap", "shown"), [(30, 0), (90, 15.4)])
def test_without_a_known_power_only_a_gap_hides_a_reset(gap: int, shown: float) -> None:
    cloud = evening(2.0)
    cloud.greatest_power = None
    cloud.tell_at(berlin(11, 2, 31), 2.0)
    cloud.tell(15.2, timedelta(minutes=gap))

    assert cloud.tell(15.4) == shown


def test_a_day_of_nothing_needs_no_reset() -> None:
    cloud = evening(0.1)
    cloud.tell_at(berlin(11, 0, 1), 0)
    assert cloud.tell_at(berlin(12, 0, 1), 0) == 0

    assert cloud.tell_at(berlin(12, 6), 0.05) == 0.05


def test_nothing_told_after_midnight_is_zero_for_a_sleeping_inverter() -> None:
    cloud = evening()

    assert cloud.tell(None) == 0
    assert cloud.tell(None, known=False) is None


def test_nothing_told_in_the_evening_keeps_the_yield() -> None:
    cloud = evening()
    cloud.now = berlin(10, 23, 50)

    assert cloud.tell(None) == 19.0


def test_the_day_counter_of_an_unreachable_device_is_unknown_after_midnight() -> None:
    cloud = evening()
    cloud.now = berlin(10, 23, 50)
    assert cloud.tell(19.0, reachable=False) == 19.0

    assert cloud.tell_at(berlin(11, 0, 6), 19.0, reachable=False) is None
    assert cloud.tell_at(berlin(11, 13, 6), 19.0, reachable=False) is None
    assert cloud.tell(3.0) == 3.0
    assert Telling(kind=DAY).tell(3.0, reachable=False) is None


@pytest.mark.parametrize(
    ("hour", "value", "shown"),
    [(8, 0.0, 0), (8, 19.0, 0), (14, 19.0, 19.0), (23, 9, 9)],
)
def test_a_first_value_may_be_yesterdays(hour: int, value: float, shown: float) -> None:
    cloud = Telling(kind=DAY)

    assert cloud.tell_at(berlin(11, hour), value) == shown


def test_a_first_value_in_the_morning_is_todays_once_it_moves() -> None:
    cloud = Telling(kind=DAY)
    assert cloud.tell_at(berlin(11, 8), 3.0) == 0

    assert cloud.tell(3.0) == 0
    assert cloud.tell(3.1) == 3.1


def test_a_first_value_by_night_becomes_yesterdays_when_it_falls() -> None:
    cloud = Telling(kind=DAY)
    cloud.tell_at(berlin(11, 1), 19.0)

    assert cloud.tell(0.0) == 0
    assert cloud.tell(0.1) == 0.1


def test_a_first_value_that_waits_until_midnight_is_yesterdays() -> None:
    cloud = Telling(kind=DAY)
    cloud.tell_at(berlin(11, 8), 3.0)

    assert cloud.tell_at(berlin(12, 3), 3.0) == 0
    assert cloud.tell(3.0) == 0
    assert cloud.tell(0.1) == 0.1


def test_two_days_without_a_reset_are_waited_for() -> None:
    cloud = evening()
    cloud.tell_at(berlin(11, 0, 6), 19.0)

    assert cloud.tell_at(berlin(12, 0, 6), 19.0) == 0
    assert cloud.tell(0.3) == 0.3


def test_a_counter_that_falls_before_midnight_waits_for_it() -> None:
    cloud = evening()
    cloud.now = berlin(10, 23, 50)

    assert cloud.tell(0.1) == 19.0
    assert cloud.tell_at(berlin(11, 0, 6), 0.3) == 0.3


def test_a_clock_set_back_over_midnight_keeps_the_day() -> None:
    cloud = Telling(kind=DAY)
    cloud.tell_at(berlin(11, 12), 5.0)

    assert cloud.tell_at(berlin(10, 23), 5.1) == 5.1


def test_a_leap_within_the_day_is_held_back() -> None:
    cloud = Telling(kind=DAY)
    cloud.tell_at(berlin(11, 12), 5.0)

    assert cloud.tell(40.0) == 5.0
    assert cloud.tell(5.2) == 5.2


def test_a_false_zero_after_midnight_does_not_let_yesterday_in() -> None:
    cloud = evening()
    cloud.tell_at(berlin(11, 0, 31), 0.0)

    assert {cloud.tell(19.0) for _ in range(30)} == {0}
    assert cloud.tell(0.1) == 0.1


@pytest.mark.parametrize(
    ("zone", "midnight"),
    [
        ("Europe/Berlin", datetime(2026, 3, 28, 23, tzinfo=UTC)),
        ("Europe/Berlin", datetime(2026, 3, 29, 22, tzinfo=UTC)),
        ("Europe/Berlin", datetime(2026, 10, 24, 22, tzinfo=UTC)),
        ("Europe/Berlin", datetime(2026, 10, 25, 23, tzinfo=UTC)),
        ("America/Santiago", datetime(2026, 9, 6, 4, tzinfo=UTC)),
        ("Asia/Kathmandu", datetime(2026, 6, 9, 18, 15, tzinfo=UTC)),
        ("Pacific/Kiritimati", datetime(2026, 6, 9, 10, tzinfo=UTC)),
    ],
)
def test_the_day_is_the_plants_own(zone: str, midnight: datetime) -> None:
    """Days of 23 and 25 hours, one without a midnight, and zones far away."""
    cloud = Telling(kind=DAY, zone=ZoneInfo(zone), now=midnight - timedelta(hours=8))
    cloud.tell(18.0)
    cloud.tell(19.0)
    minute = timedelta(minutes=1)

    assert cloud.tell_at(midnight - minute, 19.0) == 19.0
    assert cloud.tell_at(midnight + minute, 19.0) == 0
    assert cloud.tell_at(midnight + 6 * minute, 0.02) == 0.02
    assert cloud.tell_at(midnight + timedelta(hours=22, minutes=50), 21.0) == 21.0


def month_end(value: float = 450.0) -> Telling:
    cloud = Telling(kind=MONTH, now=berlin(29, 12))
    cloud.tell(value - 19)
    cloud.tell_at(berlin(30, 23, 56), value)
    return cloud


def july(day: int, hour: int, minute: int = 1) -> datetime:
    return datetime(2026, 7, day, hour, minute, tzinfo=BERLIN).astimezone(UTC)


def test_a_month_dips_by_night_and_is_held() -> None:
    cloud = Telling(kind=MONTH, now=berlin(14, 23))
    cloud.tell(200)

    assert cloud.tell_at(berlin(15, 1, 11), 181) == 200
    assert cloud.tell_at(berlin(15, 1, 51), 200) == 200
    assert cloud.tell_at(berlin(15, 7), 200.4) == 200.4


def test_a_dip_in_the_first_night_is_not_the_new_month() -> None:
    cloud = month_end()

    assert cloud.tell_at(july(1, 0, 6), 450.0) == 0
    assert cloud.tell_at(july(1, 1, 11), 431.0) == 0
    assert cloud.tell_at(july(1, 1, 51), 450.0) == 0
    assert cloud.tell_at(july(1, 5, 31), 0.1) == 0.1
    assert cloud.tell_at(july(2, 12), 28.0) == 28.0


def test_a_dip_of_a_small_month_needs_more_than_to_be_possible() -> None:
    cloud = month_end(20.0)

    assert cloud.tell_at(july(1, 1, 51), 14.0) == 0
    assert cloud.tell_at(july(1, 2, 51), 20.0) == 0
    assert cloud.tell_at(july(1, 5, 31), 0.1) == 0.1


def test_a_month_may_be_seen_late() -> None:
    assert month_end().tell_at(july(20, 12), 400.0) == 400.0


def test_a_first_value_in_a_month_may_be_of_the_month_before() -> None:
    first = Telling(kind=MONTH)
    assert first.tell_at(july(1, 12), 450.0) == 0
    assert first.tell(0.2) == 0.2

    assert Telling(kind=MONTH).tell_at(july(3, 12), 30.0) == 30.0


def test_a_year_begins_at_the_plants_new_year() -> None:
    cloud = Telling(kind=YEAR, now=datetime(2026, 12, 31, 14, tzinfo=UTC))
    cloud.tell(6100)
    assert cloud.tell_at(datetime(2026, 12, 31, 22, 56, tzinfo=UTC), 6102) == 6102

    assert cloud.tell_at(datetime(2026, 12, 31, 23, 6, tzinfo=UTC), 6102) == 0
    assert cloud.tell_at(datetime(2027, 1, 1, 9, tzinfo=UTC), 0.4) == 0.4
    assert cloud.tell_at(datetime(2027, 2, 1, 9, tzinfo=UTC), 55) == 55


def counter(key: str, kind: CounterKind) -> Counter:
    return Counter(subject="plant", key=key, kind=kind)


TOTAL = counter("total_power", CounterKind.LIFETIME)
OF_YEAR = counter("year_power", CounterKind.YEAR)
OF_MONTH = counter("month_power", CounterKind.MONTH)
OF_DAY = counter("day_power", CounterKind.DAY)


def together(
    counters: Counters, now: datetime, *values: float | None
) -> list[float | None]:
    keys = (OF_DAY, OF_MONTH, OF_YEAR, TOTAL)
    sights = {
        key: Sight(value=value, now=now, zone=BERLIN)
        for key, value in zip(keys, values, strict=True)
    }
    believed = counters.believe_together(sights)
    return [believed[key] for key in keys]


def test_a_day_cannot_be_more_than_its_month() -> None:
    counters = Counters()
    together(counters, berlin(10, 12), 5.0, 120.0, 900.0, 5000.0)
    before = [5.1, 120.1, 900.1, 5000.1]
    assert together(counters, berlin(10, 12, 6), *before) == before

    leap = together(counters, berlin(10, 12, 11), 5.2, 120.2, 5200.0, 5000.2)
    assert leap == [5.2, 120.2, 900.1, 5000.2]
    after = [5.3, 120.3, 900.3, 5000.3]
    assert together(counters, berlin(10, 12, 16), *after) == after


def test_the_month_before_is_more_than_the_new_year() -> None:
    counters = Counters()
    new_year = datetime(2026, 12, 31, 23, 1, tzinfo=UTC)
    evening = new_year - timedelta(hours=3)
    together(counters, evening, 5.0, 200.0, 6100.0, 9000.0)

    morning = new_year + timedelta(hours=1)
    assert together(counters, morning, 5.0, 2.0, 0.4, 9000.0) == [0, 0, 0.4, 9000.0]
    later = new_year + timedelta(hours=12)
    assert together(counters, later, 0.9, 0.9, 0.9, 9000.9) == [0.9, 0.9, 0.9, 9000.9]


def test_a_longer_counter_that_is_behind_does_not_hold_others_for_ever() -> None:
    counters = Counters()
    start = berlin(1, 0, 1)
    shown: list[float | None] = []
    for hour in range(72):
        now = start + timedelta(hours=hour)
        shown = together(counters, now, None, 60 + hour / 2, None, 20 + hour / 2)

    assert shown == [None, 95.5, None, 55.5]


def test_a_longer_counter_that_waits_holds_nothing() -> None:
    counters = Counters()
    together(counters, berlin(30, 12), 5.0, 450.0, None, 5000.0)
    together(counters, berlin(30, 23, 56), 9.0, 454.0, None, 5004.0)

    shown = together(counters, july(1, 5, 31), 0.4, 454.0, None, 5004.4)

    assert shown == [0.4, 0, None, 5004.4]


@pytest.mark.parametrize(
    "damage",
    [
        {"start": "soon"},
        {"start": 3},
        {"mark": None},
        {"waiting": {"raw": 3}},
    ],
)
def test_a_damaged_mark_begins_anew(damage: dict[str, object]) -> None:
    cloud = Telling(kind=DAY)
    cloud.tell(5.0)
    stored = cloud.counters.as_dict()
    periods = stored["periods"]
    assert isinstance(periods, dict)
    mark = periods[cloud.counter.name]
    assert isinstance(mark, dict)
    mark.update(damage)  # type: ignore[arg-type]
    cloud.counters = Counters.from_dict(stored)

    assert cloud.tell(6.0) == 6.0


SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
TODAY = berlin(11, 0, 0)


@pytest.mark.parametrize(
    ("kind", "midnight", "trusted"),
    [
        (DAY, TODAY, 10 * HOUR),
        (MONTH, berlin(1, 0, 0), 48 * HOUR),
        (YEAR, datetime(2025, 12, 31, 23, tzinfo=UTC), 48 * HOUR),
    ],
)
def test_from_when_on_a_first_value_is_trusted(
    kind: CounterKind, midnight: datetime, trusted: timedelta
) -> None:
    early, late = Telling(kind=kind), Telling(kind=kind)

    assert early.tell_at(midnight + trusted - SECOND, 5.0) == 0
    assert late.tell_at(midnight + trusted, 5.0) == 5.0


@pytest.mark.parametrize(("value", "zero"), [(0.005, True), (0.006, False)])
def test_a_rounded_nothing_is_a_new_day(value: float, zero: bool) -> None:
    """A few watt-hours may be what is left of a counter of yesterday's."""
    small = evening(0.008)

    assert (small.tell_at(TODAY + MINUTE, value) == value) is zero


@pytest.mark.parametrize(("value", "shown"), [(1.0, 1.0), (1.01, 0)])
def test_a_fall_to_half_is_a_new_day(value: float, shown: float) -> None:
    assert evening(2.0).tell_at(TODAY + 40 * MINUTE, value) == shown


@pytest.mark.parametrize(
    ("after", "value", "shown"),
    [
        (2 * HOUR - SECOND, 1.5, 0),
        (2 * HOUR, 1.5, 1.5),
        (2 * HOUR, 1.9, 0),
        (2 * HOUR, 1.89, 1.89),
    ],
)
def test_two_hours_into_the_day_any_fall_is_a_new_day(
    after: timedelta, value: float, shown: float
) -> None:
    assert evening(2.0).tell_at(TODAY + after, value) == shown


@pytest.mark.parametrize(("days", "shown"), [(1.99, 0), (2, 14.0)])
@pytest.mark.parametrize("kind", [MONTH, YEAR])
def test_two_days_into_the_month_or_year_any_fall_is_a_new_one(
    kind: CounterKind, days: float, shown: float
) -> None:
    zone = ZoneInfo("UTC")
    new_year = datetime(2027, 1, 1, tzinfo=UTC)
    cloud = Telling(kind=kind, zone=zone, now=new_year - 8 * HOUR)
    cloud.tell(19.0)
    cloud.tell_at(new_year - MINUTE, 20.0)

    assert cloud.tell_at(new_year + days * timedelta(days=1), 14.0) == shown


@pytest.mark.parametrize(
    ("after", "value", "shown"),
    [
        (2 * HOUR - SECOND, 3.1, 0),
        (2 * HOUR, 3.1, 3.1),
        (2 * HOUR, 3.005, 0),
        (2 * HOUR, 3.01, 3.01),
    ],
)
def test_a_first_value_by_night_is_todays_once_it_moves_two_hours_into_it(
    after: timedelta, value: float, shown: float
) -> None:
    cloud = Telling(kind=DAY)
    cloud.tell_at(TODAY + HOUR, 3.0)

    assert cloud.tell_at(TODAY + after, value) == shown


def test_a_first_value_that_was_there_before_midnight_is_not_todays() -> None:
    cloud = Telling(kind=DAY)
    cloud.tell_at(berlin(11, 8), 3.0)
    for _ in range(19):
        assert cloud.tell(3.0, HOUR) == 0

    assert cloud.tell(3.2, HOUR) == 0
    assert cloud.tell(0.1, HOUR) == 0.1


@pytest.mark.parametrize(
    ("gap", "shown"), [(6 * HOUR - SECOND, 0), (6 * HOUR, 9.2), (7 * HOUR, 9.2)]
)
def test_six_hours_hide_a_reset(gap: timedelta, shown: float) -> None:
    cloud = evening(9.0)
    cloud.tell_at(TODAY + HOUR, 9.0)
    cloud.tell(9.0, gap)

    assert cloud.tell(9.2) == shown


@pytest.mark.parametrize(
    ("gap", "shown"), [(HOUR - SECOND, 0), (HOUR, 15.4), (2 * HOUR, 15.4)]
)
def test_without_a_known_power_an_hour_hides_a_reset(
    gap: timedelta, shown: float
) -> None:
    cloud = evening(2.0)
    cloud.greatest_power = None
    cloud.tell_at(TODAY + 2 * HOUR, 2.0)
    cloud.tell(15.2, gap)

    assert cloud.tell(15.4) == shown


@pytest.mark.parametrize(("first", "shown"), [(1.0, 1.2), (1.1, 0)])
def test_without_a_known_power_a_small_value_may_be_a_new_one(
    first: float, shown: float
) -> None:
    """Up to 1 kWh may have been counted in five minutes."""
    cloud = evening(0.9)
    cloud.greatest_power = None
    cloud.tell_at(TODAY + 2 * HOUR, 0.9)
    cloud.tell(first)

    assert cloud.tell(1.2) == shown


@pytest.mark.parametrize(
    ("value", "ceiling", "after", "shown"),
    [
        (0.4, 0.3, 1.5 * HOUR, 0.4),
        (0.5, 0.3, 1.5 * HOUR, 0),
        (0.5, 0.3, 2 * HOUR - SECOND, 0),
        (0.5, 0.3, 2 * HOUR, 0.5),
    ],
)
def test_a_new_day_is_not_more_than_its_new_month_until_both_have_settled(
    value: float, ceiling: float, after: timedelta, shown: float
) -> None:
    assert evening().tell_at(TODAY + after, value, ceiling=ceiling) == shown


@pytest.mark.parametrize(
    ("kind", "seen", "told", "shown"),
    [
        # the evening before: what is greater may have begun anew unseen, once it moves
        (DAY, berlin(10, 20), berlin(11, 14), 0),
        (DAY, berlin(9, 20), berlin(11, 14), 15.2),
        (MONTH, datetime(2026, 5, 1, 9, tzinfo=UTC), berlin(20, 14), 0),
        (MONTH, datetime(2026, 4, 30, 9, tzinfo=UTC), berlin(20, 14), 15.2),
        (YEAR, datetime(2025, 1, 2, 9, tzinfo=UTC), berlin(20, 14), 0),
        (YEAR, datetime(2024, 12, 30, 9, tzinfo=UTC), berlin(20, 14), 15.2),
    ],
)
def test_after_a_whole_period_unseen_a_value_is_the_new_one(
    kind: CounterKind, seen: datetime, told: datetime, shown: float
) -> None:
    cloud = Telling(kind=kind)
    cloud.tell_at(seen - 80 * HOUR, 1.0)
    cloud.tell_at(seen, 0.0)
    cloud.tell(1.5)
    cloud.tell(2.0)

    assert cloud.tell_at(told, 15.2) == shown


def test_a_day_is_as_long_as_the_plants_clocks_say() -> None:
    """On the day of 23 hours 10:00 is nine hours after midnight: not enough yet."""
    summer = Telling(kind=DAY)
    spring = datetime(2026, 3, 29, 10, tzinfo=BERLIN).astimezone(UTC)
    assert summer.tell_at(spring, 5.0) == 0

    winter = Telling(kind=DAY)
    autumn = datetime(2026, 10, 25, 9, tzinfo=BERLIN).astimezone(UTC)
    assert winter.tell_at(autumn, 5.0) == 5.0


@pytest.mark.parametrize(("value", "shown"), [(136.0, 136.0), (138.0, 0)])
def test_a_first_value_that_is_more_than_today_can_have_is_not_todays(
    value: float, shown: float
) -> None:
    """8 kW give 136.9 kWh until two o'clock, with all that may be added."""
    cloud = Telling(kind=DAY)

    assert cloud.tell_at(berlin(11, 14, 0), value) == shown
