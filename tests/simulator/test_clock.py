"""The plant clock and the access clock."""

from datetime import UTC, datetime, timedelta

from freezegun.api import FrozenDateTimeFactory
import pytest

from simulator.clock import Clock, milliseconds

START = datetime(2026, 6, 21, 10, 30, tzinfo=UTC)


def test_steps_move_both_clocks() -> None:
    clock = Clock(START)
    clock.step(timedelta(hours=2))
    assert clock.now() == START + timedelta(hours=2)
    assert clock.access_now() == START + timedelta(hours=2)


def test_set_moves_access_time_forward_only() -> None:
    clock = Clock(START)
    clock.set(START + timedelta(days=3))
    clock.set(START - timedelta(days=300))
    assert clock.now() == START - timedelta(days=300)
    assert clock.access_now() == START + timedelta(days=3)


def test_a_standing_clock_ignores_real_time(freezer: FrozenDateTimeFactory) -> None:
    clock = Clock(START)
    freezer.tick(timedelta(hours=1))
    assert clock.now() == START


def test_speed_moves_plants_and_leaves_people_their_time(
    freezer: FrozenDateTimeFactory,
) -> None:
    clock = Clock(START, speed=60)
    freezer.tick(timedelta(seconds=30))
    assert clock.now() == START + timedelta(minutes=30)
    assert clock.access_now() == START + timedelta(seconds=30)
    clock.set_speed(0)
    freezer.tick(timedelta(seconds=30))
    assert clock.now() == START + timedelta(minutes=30)
    assert clock.speed == 0


def test_the_present_is_the_start_if_none_is_given(
    freezer: FrozenDateTimeFactory,
) -> None:
    freezer.move_to("2026-11-21T08:00:00+00:00")
    assert Clock().now() == datetime(2026, 11, 21, 8, tzinfo=UTC)


def test_impossible_clocks_are_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        Clock(datetime(2026, 6, 21))  # noqa: DTZ001
    with pytest.raises(ValueError, match="negative"):
        Clock(START, speed=-1)
    with pytest.raises(ValueError, match="forward"):
        Clock(START).step(timedelta(seconds=-1))


def test_milliseconds_of_the_epoch() -> None:
    assert milliseconds(datetime(2025, 1, 1, tzinfo=UTC)) == 1735689600000
