"""Lifetime totals made of day counters."""

from datetime import UTC, date, datetime, timedelta

import pytest

from custom_components.smartpvms.counters import CounterKind, Counters

from .telling import Telling, berlin


def battery(flow: float | None = 300) -> Telling:
    """Return a battery that has given 8.0 kWh until 23:56."""
    cloud = Telling(kind=CounterKind.DAY, now=berlin(10, 22), greatest_power=5000.0)
    cloud.add(7.5, flow=flow)
    cloud.add_at(berlin(10, 23, 56), 8.0, flow=flow)
    return cloud


def test_increments_add_up() -> None:
    cloud = Telling(kind=CounterKind.DAY)

    assert [cloud.add(value) for value in (3.0, 3.2, 3.1, 3.5)] == [3.0, 3.2, 3.2, 3.5]


def test_midnight_is_bridged_by_the_mean_power() -> None:
    cloud = battery()

    assert cloud.add(0.01, flow=360) == pytest.approx(8.0 + 0.33 / 12, abs=0.002)
    assert cloud.add(0.03, flow=360) == pytest.approx(8.02 + 0.33 / 12, abs=0.002)


def test_a_reset_at_midnight_without_a_known_power_adds_what_is_certain() -> None:
    cloud = battery(flow=None)

    assert cloud.add(0.01) == pytest.approx(8.01)


def test_a_report_settles_what_was_bridged() -> None:
    cloud = battery()
    cloud.add(0.01, flow=360)
    assert cloud.counters.unsettled(cloud.counter) == {date(2026, 6, 10)}

    assert cloud.settle(berlin(10, 12), 8.05)
    assert cloud.add(0.03, flow=360) == pytest.approx(8.08)


def test_what_was_bridged_too_much_is_kept_back_later() -> None:
    cloud = battery(flow=1200)
    assert cloud.add(0.01, flow=1200) == pytest.approx(8.1)
    assert not cloud.settle(berlin(10, 12), 8.03)
    assert not cloud.settle(berlin(10, 12), 8.03)
    cloud.restart()

    # 0.06 kWh too much: 0.05 of the next bridge, and 0.01 of its report
    cloud.add_at(berlin(11, 23, 51), 4.98, flow=600)
    assert cloud.add(5.0, flow=600) == pytest.approx(13.09)
    assert cloud.add(0.0, flow=600) == pytest.approx(13.09)
    assert cloud.settle(berlin(11, 12), 5.07)
    assert cloud.add(0.01, flow=600) == pytest.approx(8.03 + 5.07 + 0.01)


def test_the_bridge_is_bounded() -> None:
    cloud = battery(flow=90_000)

    assert cloud.add(0.01, flow=90_000) < 11


def test_a_late_beat_after_midnight_counts() -> None:
    cloud = battery()

    assert cloud.add(8.03, flow=300) == 8.03
    assert cloud.add(0.02, flow=300) == pytest.approx(8.055)


def test_the_value_of_yesterday_until_one_is_counted_once() -> None:
    cloud = battery()
    for _ in range(13):
        assert cloud.add(8.02, flow=300) == 8.02

    assert cloud.add(0.33, flow=300) == pytest.approx(8.35)


def test_a_counter_that_counts_on_until_one_loses_nothing() -> None:
    cloud = battery()
    for step in range(1, 14):
        cloud.add(8.0 + step * 0.025, flow=300)

    assert cloud.add(0.025, flow=300) == pytest.approx(8.35, abs=0.001)


def test_what_is_counted_again_after_a_late_reset_is_not_counted_twice() -> None:
    cloud = battery()
    for step in range(1, 14):
        cloud.add(8.0 + step * 0.025, flow=300)

    # the new value counts from midnight
    assert cloud.add(0.325, flow=300) == pytest.approx(8.35, abs=0.03)


def test_restarts_change_nothing() -> None:
    one, other = battery(), battery()
    for step in range(300):
        value = 8.02 if step < 3 else step / 40
        other.restart()
        assert one.add(value, flow=300) == other.add(value, flow=300)


def test_a_restart_over_midnight_is_bridged() -> None:
    cloud = battery()
    cloud.restart()

    assert cloud.add(0.03, timedelta(minutes=20), flow=300) == pytest.approx(8.1)


def test_a_zero_by_day_adds_nothing() -> None:
    cloud = battery()
    cloud.now = berlin(10, 20)

    assert cloud.add(0.0) == 8.0
    assert cloud.add(8.1) == 8.1


def test_an_outage_over_midnight_adds_what_is_certain_and_the_report_the_rest() -> None:
    cloud = battery(flow=None)
    cloud.now = berlin(10, 21)

    assert cloud.add_at(berlin(11, 6), 2.0) == 10.0
    assert cloud.counters.unsettled(cloud.counter) == {date(2026, 6, 10)}
    assert cloud.settle(berlin(10, 12), 9.7)
    assert cloud.add(2.1) == pytest.approx(11.8)
    assert not cloud.settle(berlin(10, 12), 9.7)
    assert cloud.add(2.2) == pytest.approx(11.9)
    assert cloud.counters.unsettled(cloud.counter) == frozenset()


def test_an_outage_of_three_days_is_settled_by_its_reports() -> None:
    cloud = battery()
    cloud.add_at(berlin(14, 6), 2.0)
    cloud.restart()
    assert cloud.counters.unsettled(cloud.counter) == {
        date(2026, 6, day) for day in (10, 11, 12, 13)
    }

    for day, final in ((10, 8.4), (11, 7.0), (12, 7.0), (13, 7.0)):
        assert cloud.settle(berlin(day, 12), final)
        cloud.restart()
    assert cloud.add(2.1) == pytest.approx(8.4 + 21 + 2.1)


@pytest.mark.parametrize(
    ("at", "value", "finals"),
    [
        # by day more than before the outage or less, by night yesterday's
        (berlin(14, 21), 9.0, [8.4, 7.0, 7.0, 7.0, 9.5]),
        (berlin(14, 21), 3.0, [8.4, 7.0, 7.0, 7.0, 3.0]),
        (berlin(14, 3), 9.0, [8.4, 7.0, 7.0, 9.0]),
        (berlin(14, 3), 3.0, [8.4, 7.0, 7.0, 3.0]),
        # the day after: more than before, which may be of either day, or less
        (berlin(11, 21), 9.0, [8.4, 9.5]),
        (berlin(11, 21), 3.0, [8.4, 3.0]),
        (berlin(11, 0, 40), 8.4, [8.4]),
    ],
)
def test_after_an_outage_that_ends_at_any_time_the_reports_settle_all(
    at: datetime, value: float, finals: list[float]
) -> None:
    cloud = battery(flow=None)
    cloud.add_at(at, value)
    cloud.add(value)
    cloud.restart()
    morning = berlin(10 + len(finals), 6)
    cloud.add_at(morning, 0.02)
    cloud.add(0.03)

    for day, final in enumerate(finals, 10):
        cloud.settle(berlin(day, 12), final)
    assert cloud.add(0.04) == pytest.approx(sum(finals) + 0.04)


def test_a_report_takes_nothing_away_and_no_day_too_much() -> None:
    cloud = battery()
    cloud.add(0.02, flow=300)

    assert not cloud.settle(berlin(10, 12), 6.0)
    assert not cloud.settle(berlin(11, 12), 30.0)
    assert not cloud.settle(berlin(9, 12), 30.0)
    assert cloud.add(0.03, flow=300) == pytest.approx(8.035)


def test_an_old_day_can_no_longer_be_settled() -> None:
    cloud = battery()
    now = cloud.now
    for _ in range(20):
        cloud.add_at(now + timedelta(hours=12), 4.0)
        now += timedelta(days=1)
        cloud.add_at(now, 8.0)

    assert not cloud.settle(berlin(11, 12), 30.0)
    assert cloud.settle(berlin(20, 12), 30.0)
    assert min(cloud.counters.unsettled(cloud.counter)) == date(2026, 6, 16)


def test_a_greater_value_after_an_outage_is_a_new_day_once_it_moves() -> None:
    cloud = Telling(kind=CounterKind.DAY, now=berlin(10, 22), greatest_power=5000.0)
    cloud.add(1.9)
    cloud.add_at(berlin(10, 23, 56), 2.0)

    assert cloud.add_at(berlin(11, 15), 6.0) == 6.0
    assert cloud.add(6.1) == pytest.approx(8.1)


def test_a_first_value_by_night_is_not_counted_twice() -> None:
    cloud = Telling(kind=CounterKind.DAY, now=berlin(11, 1), greatest_power=5000.0)
    assert cloud.add(0.4) == 0.4
    cloud.add(0.42)

    assert cloud.add_at(berlin(11, 2, 11), 0.7) == 0.7
    assert cloud.add(0.72) == 0.72


def test_a_leap_while_waiting_is_not_counted() -> None:
    cloud = battery()

    assert cloud.add(60.0) == 8.0
    assert cloud.add(0.02) == pytest.approx(8.02)


def test_the_hour_that_comes_twice_is_counted_once() -> None:
    start = datetime(2026, 10, 24, 21, 31, tzinfo=UTC)
    midnight = datetime(2026, 10, 24, 22, tzinfo=UTC)
    cloud = Telling(kind=CounterKind.DAY, now=start, greatest_power=5000.0)
    cloud.add(7.0, flow=600)
    total: float | None = 0.0
    for _ in range(12 * 27):
        counted = (cloud.now - midnight).total_seconds() / 3600 * 0.6
        hours = 25 * 0.6
        value = 8.0 + counted if counted < 0 else counted % hours
        total = cloud.add(value, flow=600)

    elapsed = (cloud.now - timedelta(minutes=5) - midnight).total_seconds() / 3600
    assert total == pytest.approx(8.0 + elapsed * 0.6, abs=0.06)


def test_nothing_told_is_the_last_total_of_a_known_device() -> None:
    cloud = battery()

    assert cloud.add(None) == 8.0
    assert cloud.add(9.0, reachable=False) == 8.0
    assert cloud.add(None, known=False) is None
    empty = Telling(kind=CounterKind.DAY)
    assert empty.add(None) is None
    assert not empty.settle(berlin(9, 12), 3.0)
    assert empty.counters.unsettled(empty.counter) == frozenset()


@pytest.mark.parametrize(
    ("damage", "total"),
    [
        ({"period": None}, 9.0),
        ({"begun": "then"}, 9.0),
        ({"moved": None}, 9.0),
        ({"days": {"then": 3, "2026-06-10": "much"}, "unsettled": ["then"]}, 9.0),
        ({"days": None, "unsettled": None, "closed": 100}, 109.0),
    ],
)
def test_damaged_totals_begin_anew(damage: dict[str, object], total: float) -> None:
    cloud = battery()
    cloud.now = berlin(10, 23)
    stored = cloud.counters.as_dict()
    accumulations = stored["accumulations"]
    assert isinstance(accumulations, dict)
    mark = accumulations[cloud.counter.name]
    assert isinstance(mark, dict)
    mark.update(damage)  # type: ignore[arg-type]
    cloud.counters = Counters.from_dict(stored)

    assert cloud.add(9.0) == total


@pytest.mark.parametrize(("rises", "again"), [(2, 0.0), (3, 0.075)])
def test_three_rises_after_midnight_are_of_the_new_day(
    rises: int, again: float
) -> None:
    """Fewer may be values of before midnight that came late, and count."""
    cloud = battery(flow=None)
    cloud.add(8.0)
    for step in range(1, rises + 1):
        cloud.add(8.0 + step * 0.025)

    total = 8.0 + rises * 0.025
    assert cloud.add(0.1) == pytest.approx(total - again + 0.1)


@pytest.mark.parametrize(("value", "again"), [(0.375, 0.375), (0.37, 0.0)])
def test_what_was_counted_since_midnight_is_in_no_smaller_value(
    value: float, again: float
) -> None:
    cloud = battery(flow=None)
    for late in (8.0, 8.125, 8.25, 8.375):
        cloud.add(late)

    assert cloud.add(value) == pytest.approx(8.375 - again + value)


def test_the_report_of_a_day_that_ended_late_adds_all_that_is_missing() -> None:
    cloud = Telling(kind=CounterKind.DAY, now=berlin(10, 23, 16), greatest_power=5000.0)
    cloud.add(8.0)
    cloud.add_at(berlin(11, 0, 1), 8.0)
    for step in range(1, 14):
        cloud.add(8.0 + step * 0.025)
    assert cloud.add(0.325) == pytest.approx(8.325)

    assert cloud.settle(berlin(10, 12), 8.4)
    assert cloud.add(0.35) == pytest.approx(8.75)


@pytest.mark.parametrize(("minutes", "bridged"), [(30, 0.6 * 0.5 - 0.01), (31, 0.0)])
def test_half_an_hour_is_bridged_and_no_more(minutes: int, bridged: float) -> None:
    cloud = battery(flow=600)

    shown = cloud.add(0.01, timedelta(minutes=minutes), flow=600)
    assert shown == pytest.approx(8.01 + bridged)


def test_a_bridge_is_no_more_than_the_greatest_power_gives() -> None:
    """5 kW give 2.1 kWh in five minutes, with all that may be added."""
    cloud = battery(flow=90_000)

    assert cloud.add(0.01, flow=90_000) == pytest.approx(8.0 + 2.1)


def test_a_bridge_is_the_mean_of_both_powers() -> None:
    cloud = battery(flow=1200)

    assert cloud.add(0.01, flow=600) == pytest.approx(8.0 + 0.9 / 12)


@pytest.mark.parametrize(
    ("minutes", "unsettled"), [(30, set()), (31, {date(2026, 6, 10)})]
)
def test_half_an_hour_untold_over_midnight_has_to_be_settled(
    minutes: int, unsettled: set[date]
) -> None:
    cloud = battery(flow=None)
    cloud.add(0.01, timedelta(minutes=minutes))

    assert cloud.counters.unsettled(cloud.counter) == unsettled


def test_a_day_can_be_settled_for_two_weeks() -> None:
    for days, settled in ((14, True), (15, False)):
        cloud = battery(flow=None)
        cloud.add_at(berlin(11, 6), 2.0)
        for day in range(12, 10 + days + 1):
            cloud.add_at(berlin(day, 6), 2.0)
            cloud.add_at(berlin(day, 18), 0.5)

        assert cloud.settle(berlin(10, 12), 30.0) is settled, days


def test_a_battery_that_stood_still_before_midnight_is_not_bridged() -> None:
    cloud = Telling(kind=CounterKind.DAY, now=berlin(10, 22), greatest_power=5000.0)
    cloud.add(7.5, flow=600)
    cloud.add_at(berlin(10, 23, 1), 8.0, flow=600)
    for _ in range(11):
        cloud.add(8.0, flow=600)

    assert cloud.add_at(berlin(11, 0, 1), 0.01, flow=600) == pytest.approx(8.01)


def test_an_outage_of_days_keeps_nothing_back_from_a_later_bridge() -> None:
    cloud = battery()
    assert cloud.add_at(berlin(14, 12), 2.0, flow=600) == 10.0
    cloud.add_at(berlin(14, 23, 51), 5.0, flow=600)
    cloud.add(5.05, flow=600)

    assert cloud.add(0.0, flow=600) == pytest.approx(13.05 + 0.05)
