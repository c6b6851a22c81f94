"""Lifetime counters: dips, leaps, replacements, restarts."""

from datetime import datetime, timedelta

import pytest

from custom_components.smartpvms.counters import CounterKind

from .telling import Telling, berlin

HOUR = timedelta(hours=1)
YIELD = 21.4


def test_a_rise_is_shown_at_once() -> None:
    cloud = Telling()

    shown = [cloud.tell(1000 + step / 4) for step in range(4)]

    assert shown == [1000, 1000.25, 1000.5, 1000.75]


def test_a_rounding_backwards_is_not_shown_and_ends_no_belief() -> None:
    cloud = Telling()
    cloud.tell(1000.02)

    assert cloud.tell(1000.01) == 1000.02
    assert cloud.tell(1000.03) == 1000.03


@pytest.mark.parametrize("minutes", [20, 40, 60, 120])
@pytest.mark.parametrize("restart", [False, True])
def test_a_dip_by_the_yield_of_yesterday_is_held_back(
    minutes: int, restart: bool
) -> None:
    cloud = Telling(now=berlin(11, 1, 0))
    cloud.tell(1000, power=0)
    shown = []
    for _ in range(minutes // 5):
        shown.append(cloud.tell(1000 - YIELD, power=0))
        if restart:
            cloud.restart()

    assert set(shown) == {1000}
    assert cloud.tell(1000.01, power=0) == 1000.01


def test_what_was_counted_in_a_dip_comes_with_its_end() -> None:
    cloud = Telling(now=berlin(11, 1, 0))
    cloud.tell(1000)
    for step in range(12):
        assert cloud.tell(1000 - YIELD + step / 20) == 1000

    assert cloud.tell(1000.65) == 1000.65


def test_a_leap_by_the_yield_of_yesterday_is_held_back_until_it_goes_away() -> None:
    cloud = Telling(now=berlin(11, 0, 0))
    cloud.tell(1000, power=0)

    shown = {cloud.tell(1000 + YIELD, power=0) for _ in range(40)}

    assert shown == {1000}
    assert cloud.tell(1000.02, power=0) == 1000.02


def test_a_small_leap_is_held_back_where_nothing_is_produced() -> None:
    cloud = Telling(now=berlin(11, 0, 0))
    cloud.tell(1000, power=0)

    assert cloud.tell(1000.9, power=0) == 1000
    cloud.restart()
    assert cloud.tell(1000.9, power=0) == 1000
    assert cloud.tell(1000, power=0) == 1000


def test_time_does_not_make_a_leap_believable() -> None:
    cloud = Telling(now=berlin(11, 0, 0))
    cloud.tell(1000)

    shown = {cloud.tell(1008) for _ in range(40)}

    assert shown == {1000}


def test_a_leap_that_lasts_and_counts_on_is_believed() -> None:
    cloud = Telling()
    cloud.tell(1000)
    shown = [cloud.tell(1040 + step / 10) for step in range(20)]

    assert set(shown[:18]) == {1000}
    assert shown[-1] == pytest.approx(1041.9)


def test_a_leap_after_a_leap_waits_anew() -> None:
    cloud = Telling()
    cloud.tell(1000)
    for step in range(15):
        cloud.tell(1040 + step / 10)

    shown = [cloud.tell(1100 + step / 10) for step in range(15)]

    assert set(shown) == {1000}


def test_a_leap_that_falls_below_what_is_believed_is_over() -> None:
    cloud = Telling()
    cloud.tell(1000)
    cloud.tell(1040)

    assert cloud.tell(999.95) == 1000
    assert cloud.tell(1000.2) == 1000.2


def test_an_outage_of_days_is_made_up_for_at_once() -> None:
    cloud = Telling()
    cloud.tell(1000, power=3000)
    cloud.restart()

    assert cloud.tell(1063, timedelta(days=3), power=3000) == 1063


def test_an_outage_that_ends_in_a_leap_by_night_does_not_show_it() -> None:
    cloud = Telling(now=berlin(10, 21, 30))
    cloud.tell(1000, power=0)

    assert cloud.tell_at(berlin(11, 0, 21), 1000 + YIELD, power=0) == 1000


def test_a_counter_that_was_stuck_under_power_catches_up_at_once() -> None:
    cloud = Telling()
    cloud.tell(1000, power=5000)
    for _ in range(36):
        assert cloud.tell(1000, power=5000) == 1000

    assert cloud.tell(1015, power=5000) == 1015


def test_without_a_greatest_power_every_rise_is_believed() -> None:
    cloud = Telling(greatest_power=None)
    cloud.tell(1000, power=0)

    assert cloud.tell(2000, power=0) == 2000


def test_a_clock_set_back_does_no_harm() -> None:
    cloud = Telling()
    cloud.tell(1000)

    assert cloud.tell(1000.3, timedelta(hours=-2)) == 1000.3


def test_a_replaced_device_goes_on_from_where_the_old_one_was() -> None:
    cloud = Telling()
    cloud.tell(5000)
    shown = [cloud.tell(0.2 + step / 10) for step in range(40)]
    cloud.restart()

    assert set(shown[:36]) == {5000}
    # what it counted since it began at 0 is not lost
    assert shown[36] == pytest.approx(5000 + 0.2 + 3.6)
    assert cloud.tell(4.6) == pytest.approx(5004.6)


def test_what_a_used_device_counted_elsewhere_is_not_invented_here() -> None:
    cloud = Telling()
    cloud.tell(5000)
    shown = [cloud.tell(800 + step / 10) for step in range(40)]

    assert shown[36] == pytest.approx(5003.6)
    assert shown[39] == pytest.approx(5003.9)


def test_a_replacement_is_recognised_by_a_fall_of_more_than_a_day() -> None:
    cloud = Telling()
    cloud.tell(5000)
    shown = [cloud.tell(4000 + step / 10) for step in range(40)]

    assert shown[39] == pytest.approx(5003.9)


def test_a_replacement_is_recognised_without_a_known_power() -> None:
    cloud = Telling(greatest_power=None)
    cloud.tell(5000)
    shown = [cloud.tell(4000 + step / 10) for step in range(40)]

    assert shown[39] == pytest.approx(5003.9)


def test_a_fall_that_does_not_count_on_is_no_replacement() -> None:
    cloud = Telling()
    cloud.tell(5000)

    shown = {cloud.tell(0.0) for _ in range(100)}

    assert shown == {5000}
    assert cloud.tell(5000.5) == 5000.5


def test_a_fall_that_falls_further_waits_anew() -> None:
    cloud = Telling()
    cloud.tell(5000)
    for step in range(30):
        cloud.tell(400 + step / 10)

    shown = {cloud.tell(100 + step / 10) for step in range(30)}

    assert shown == {5000}


def test_a_small_fall_is_made_up_for_before_it_counts_as_a_replacement() -> None:
    cloud = Telling()
    cloud.tell(1000)
    shown = [cloud.tell(998 + step / 10) for step in range(40)]

    assert set(shown[:21]) == {1000}
    assert shown[39] == pytest.approx(1001.9)


def test_a_small_fall_that_lasts_two_days_is_bridged() -> None:
    cloud = Telling()
    cloud.tell(1000)
    for step in range(48):
        cloud.tell(990 + step / 100, HOUR)

    assert cloud.tell(990.5, HOUR) == pytest.approx(1000.5)


def test_the_old_counter_may_return() -> None:
    cloud = Telling()
    cloud.tell(5000)
    for step in range(60):
        cloud.tell(0.2 + step / 10)
    cloud.restart()

    assert cloud.tell(5006.1) == pytest.approx(5006.1, abs=0.01)
    assert cloud.tell(5006.5) == pytest.approx(5006.5, abs=0.01)


def test_a_leap_after_a_replacement_is_not_taken_for_the_old_counter() -> None:
    cloud = Telling()
    cloud.tell(5000)
    for step in range(60):
        cloud.tell(0.2 + step / 10)
    shown = cloud.tell(6.2)

    assert cloud.tell(300) == shown


def test_a_counter_first_seen_in_a_dip_does_not_gain_the_yield_of_yesterday() -> None:
    cloud = Telling(now=berlin(11, 1, 20))
    assert cloud.tell(1000 - YIELD, power=0) == 1000 - YIELD
    for _ in range(80):
        cloud.tell(1000, power=0)
    shown = cloud.tell(1000.1, power=900)

    assert shown == pytest.approx(1000 - YIELD + 0.1)
    assert cloud.tell(1000.4, power=3000) == pytest.approx(1000 - YIELD + 0.4)


def test_a_total_goes_on_when_its_sources_change() -> None:
    cloud = Telling()
    cloud.tell(1000, source="one")

    assert cloud.tell(12, source="other") == 1000
    assert cloud.tell(12.5, source="other") == 1000.5
    assert cloud.tell(1001.5, source="one") == 1000.5
    assert cloud.tell(13.5, source="other", added=0.4) == 1000.9


def test_missing_is_the_last_value_of_a_known_device_and_else_unknown() -> None:
    cloud = Telling()

    assert cloud.tell(None) is None
    cloud.tell(1000)
    assert cloud.tell(None) == 1000
    assert cloud.tell(None, reachable=False) == 1000
    assert cloud.tell(None, known=False) is None
    assert cloud.tell(1000.5, known=False) is None
    assert cloud.tell(None) == 1000.5


@pytest.mark.parametrize("mark", [None, [], {}, {"raw": "N/A"}, "1000"])
def test_a_damaged_mark_begins_anew(mark: object) -> None:
    cloud = Telling()
    cloud.tell(1000)
    stored = cloud.counters.as_dict()
    stored["lifetime"] = {cloud.counter.name: mark}  # type: ignore[dict-item]
    cloud.counters = type(cloud.counters).from_dict(stored)

    assert cloud.tell(400) == 400


def test_a_damaged_doubt_is_forgotten() -> None:
    cloud = Telling()
    cloud.tell(1000)
    cloud.tell(900)
    stored = cloud.counters.as_dict()
    lifetime = stored["lifetime"]
    assert isinstance(lifetime, dict)
    mark = lifetime[cloud.counter.name]
    assert isinstance(mark, dict)
    assert mark["doubt"]
    mark["doubt"] = {"since": "yesterday"}
    cloud.counters = type(cloud.counters).from_dict(stored)

    assert cloud.tell(900.1) == 1000


def test_a_value_above_a_counter_that_contains_it_has_to_last() -> None:
    cloud = Telling(kind=CounterKind.LIFETIME)
    cloud.tell(100, ceiling=101)

    assert cloud.tell(101.5, ceiling=101) == 100
    shown = [cloud.tell(101.5 + step / 10, ceiling=101) for step in range(20)]
    assert shown[-1] == pytest.approx(103.4)
    assert cloud.tell(103.6, ceiling=101) == 103.6


SECOND = timedelta(seconds=1)


def test_a_fall_has_to_count_by_more_than_a_rounding() -> None:
    """A new device that stands still may be the old one's dip."""
    cloud = Telling()
    cloud.tell(5000)
    for _ in range(40):
        assert cloud.tell(400) == 5000

    assert cloud.tell(400.01) == 5000
    assert cloud.tell(400.02) == pytest.approx(5000.02)


def test_a_leap_has_to_count_by_more_than_a_rounding() -> None:
    cloud = Telling()
    cloud.tell(1000)
    for _ in range(20):
        assert cloud.tell(1040) == 1000

    assert cloud.tell(1040.01) == 1000
    assert cloud.tell(1040.02) == 1040.02


@pytest.mark.parametrize(
    ("value", "lasts"),
    [(1040.0, 90 * 60), (400.0, 3 * 3600), (990.0, 48 * 3600)],
)
def test_how_long_a_leap_a_replacement_and_a_small_fall_have_to_last(
    value: float, lasts: int
) -> None:
    cloud = Telling()
    cloud.tell(1000)
    cloud.tell(value)
    begun = cloud.now
    end = begun + timedelta(seconds=lasts)
    while cloud.now + 2 * HOUR < end:
        cloud.tell(value + 0.05, HOUR)

    assert cloud.tell_at(end - SECOND, value + 0.05) == 1000
    assert cloud.tell_at(end, value + 0.06) != 1000


def test_a_fall_to_half_is_a_replacement_and_less_only_if_it_is_more_than_a_day() -> (
    None
):
    """8 kW count 192 kWh a day at most."""
    for first, value, bridged in (
        (100.0, 50.0, True),
        (100.0, 50.01, False),
        (5000.0, 4808.0, True),
        (5000.0, 4808.5, False),
    ):
        cloud = Telling()
        cloud.tell(first)
        for _ in range(36):
            cloud.tell(value - 0.02)
        shown = cloud.tell(value)
        assert shown is not None
        assert (shown > first) is bridged, (first, value)


def test_without_a_known_power_a_fall_by_a_hundred_is_a_replacement() -> None:
    for value, bridged in ((900.0, True), (900.5, False)):
        cloud = Telling(greatest_power=None)
        cloud.tell(1000)
        for _ in range(36):
            cloud.tell(value - 0.02)
        shown = cloud.tell(value)
        assert shown is not None
        assert (shown > 1000) is bridged, value


@pytest.mark.parametrize(
    ("first", "counted"), [(100.0, 103.7), (100.1, 3.7), (0.0, 3.7)]
)
def test_what_a_new_device_shows_at_first_was_counted_here_up_to_a_bound(
    first: float, counted: float
) -> None:
    """Where the power is unknown, 100 kWh may have been counted during an outage."""
    cloud = Telling(greatest_power=None)
    cloud.tell(5000)
    cloud.now += 10 * HOUR
    shown = [cloud.tell(first + step / 10) for step in range(38)]

    assert shown[37] == pytest.approx(5000 + counted)


def test_what_a_new_device_shows_at_first_was_counted_here_if_there_was_time() -> None:
    """8 kW give 3.3 kWh in five minutes, with all that may be added."""
    for first, counted in ((3.2, 6.9), (3.4, 3.7)):
        cloud = Telling()
        cloud.tell(5000)
        shown = [cloud.tell(first + step / 10) for step in range(38)]

        assert shown[37] == pytest.approx(5000 + counted)


@pytest.mark.parametrize(
    ("begun", "dip", "shown"),
    [
        # a counter first seen by night in a dip shows what it was counted from there
        (berlin(11, 1, 20), 2 * HOUR, 979.1),
        (berlin(11, 3, 59), 2 * HOUR, 979.1),
        (berlin(11, 1, 20), 3 * HOUR, 979.1),
        # after that it is a leap that lasts
        (berlin(11, 1, 20), 3 * HOUR + SECOND, 1000.1),
        (berlin(11, 4, 1), 2 * HOUR, 1000.1),
        (berlin(11, 23, 1), 2 * HOUR, 1000.1),
    ],
)
def test_only_a_first_sight_in_the_hours_of_dips_is_taken_for_one(
    begun: datetime, dip: timedelta, shown: float
) -> None:
    cloud = Telling(now=begun)
    cloud.tell(979, timedelta())
    cloud.tell_at(begun + dip - timedelta(minutes=5), 979)
    cloud.tell_at(begun + dip, 1000)
    for _ in range(20):
        assert cloud.tell(1000) == 979

    assert cloud.tell(1000.1) == pytest.approx(shown)


def test_a_leap_ends_when_it_falls_back_by_more_than_a_rounding() -> None:
    """Rounding lets a sum step back by 0.1 kWh; more begins another leap."""
    for back, believed in ((0.1, True), (0.2, False)):
        cloud = Telling()
        cloud.tell(1000)
        for _ in range(17):
            cloud.tell(1040)
        cloud.tell(1040 - back)
        cloud.tell(1040)

        assert (cloud.tell(1040.5) == 1040.5) is believed


def test_a_rounding_below_is_no_fall_and_more_is() -> None:
    """After three hours of a fall to a little less nothing is bridged."""
    cloud = Telling()
    cloud.tell(1000)
    cloud.tell(999.9)

    stored = cloud.counters.as_dict()["lifetime"]
    assert isinstance(stored, dict)
    mark = stored["plant/counter"]
    assert isinstance(mark, dict)
    assert mark["doubt"] is None
    cloud.tell(999.8)
    stored = cloud.counters.as_dict()["lifetime"]
    assert isinstance(stored, dict)
    mark = stored["plant/counter"]
    assert isinstance(mark, dict)
    assert mark["doubt"]


def test_the_old_counter_returns_within_what_it_can_have_counted() -> None:
    """A device that was away for hours is back where it was, or a little further."""

    def replaced() -> Telling:
        cloud = Telling()
        cloud.tell(5000)
        for step in range(60):
            cloud.tell(0.2 + step / 10)
        return cloud

    assert replaced().tell(5006.0) == pytest.approx(5006.1)
    assert replaced().tell(5009.2) == pytest.approx(5009.2)
    shown = replaced().tell(5009.6)
    assert shown == pytest.approx(5006.1)
    assert replaced().tell(5005.9) == pytest.approx(5006.1)


def test_a_counter_under_power_that_stood_still_has_all_its_time_to_catch_up() -> None:
    cloud = Telling()
    cloud.tell(1000, power=5000)
    cloud.tell(1000, HOUR, power=5000)
    assert cloud.tell(1011.5, power=5000) == 1011.5

    idle = Telling()
    idle.tell(1000, power=0)
    idle.tell(1000, HOUR, power=0)
    assert idle.tell(1011.5, power=5000) == 1000


def test_a_ceiling_holds_back_what_is_more_by_more_than_a_rounding() -> None:
    for value, shown in ((101.1, 101.1), (101.2, 100)):
        cloud = Telling()
        cloud.tell(100, ceiling=101)

        assert cloud.tell(value, ceiling=101) == shown


def test_a_ceiling_that_was_passed_already_holds_nothing_back() -> None:
    for ceiling, shown in ((99.8, 100.5), (99.9, 100), (100.0, 100)):
        cloud = Telling()
        cloud.tell(100)

        assert cloud.tell(100.5, ceiling=ceiling) == shown


def test_a_total_of_other_sources_keeps_what_it_was_and_forgets_its_doubts() -> None:
    cloud = Telling()
    cloud.tell(1000, source="one", power=0)
    cloud.tell(1040, source="one", power=0)
    cloud.tell(12, source="other", power=5000)

    assert cloud.tell(14.0, source="other", power=5000) == 1002
    assert cloud.tell(100.0, source="other", power=5000) == 1002


def test_a_counter_is_shown_to_the_watt_hour() -> None:
    cloud = Telling()

    assert cloud.tell(1000.12345) == 1000.123


def test_a_counter_that_came_back_but_for_a_rounding_was_not_replaced() -> None:
    cloud = Telling()
    cloud.tell(1000)
    cloud.tell(998)

    assert {cloud.tell(999.95, HOUR) for _ in range(60)} == {1000}
