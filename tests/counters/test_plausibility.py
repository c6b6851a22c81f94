"""How much energy can have been counted, to the last watt and second."""

from datetime import timedelta
import math

import pytest

from custom_components.smartpvms.counters.plausibility import (
    energy,
    is_idle,
    most_energy,
)

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


def test_energy_is_power_times_time() -> None:
    assert energy(3000, HOUR / 2) == 1.5
    assert energy(500, 4 * HOUR) == 2.0


@pytest.mark.parametrize(
    ("power", "greatest", "idle"),
    [
        (0.0, 5000.0, True),
        (50.0, 5000.0, True),
        (50.1, 5000.0, False),
        (None, 5000.0, False),
        (0.0, None, False),
    ],
)
def test_a_hundredth_of_the_greatest_power_is_nothing(
    power: float | None, greatest: float | None, idle: bool
) -> None:
    assert is_idle(power, greatest) is idle


@pytest.mark.parametrize(
    ("elapsed", "idle", "most"),
    [
        # a fifth more than the greatest power gives, in a quarter of an hour more
        (HOUR, False, 10 * 1.2 * 1.25 + 0.1),
        (timedelta(), False, 10 * 1.2 * 0.25 + 0.1),
        (-HOUR, False, 10 * 1.2 * 0.25 + 0.1),
        # with no power at both ends two hundredths of it, but not over half a night
        (HOUR, True, 10 * 0.02 * 1.25 + 0.1),
        (4 * HOUR, True, 10 * 0.02 * 4.25 + 0.1),
        (4 * HOUR + SECOND, True, 10 * 1.2 * (4.25 + 1 / 3600) + 0.1),
    ],
)
def test_the_most_that_can_be_counted_between_two_sights(
    elapsed: timedelta, idle: bool, most: float
) -> None:
    assert most_energy(10_000, elapsed, idle=idle) == pytest.approx(most)


def test_where_the_power_is_unknown_everything_can_be() -> None:
    assert most_energy(None, SECOND) == math.inf
    assert most_energy(None, SECOND, idle=True) == math.inf
