"""How much energy there can be."""

from datetime import timedelta
import math
from typing import Final

ROUNDING: Final = 0.1
"""kWh; the cloud rounds to 0.01, and sums of rounded values differ a little more."""
# a snapshot is shown up to three minutes after it was taken, and some a beat later
SNAPSHOT_AGE: Final = timedelta(minutes=15)
# modules in cold sun, and measurement
MARGIN: Final = 1.2
IDLE_SHARE: Final = 0.01
# without power at both ends of a longer time there may have been some in between
LONGEST_IDLE: Final = timedelta(hours=4)
_WATTS_A_KILOWATT: Final = 1000
_HOUR: Final = timedelta(hours=1)


def is_idle(power: float | None, greatest_power: float | None) -> bool:
    """Return whether a power (W) is known to be next to nothing."""
    if power is None or greatest_power is None:
        return False
    return power <= greatest_power * IDLE_SHARE


def energy(power: float, time: timedelta) -> float:
    """Return the kWh of a power in W."""
    return power / _WATTS_A_KILOWATT * (time / _HOUR)


def most_energy(
    greatest_power: float | None, elapsed: timedelta, *, idle: bool = False
) -> float:
    """Return the most kWh between two sights; infinite where the power (W) is unknown.

    `idle` says that there was next to no power at both sights.
    """
    if greatest_power is None:
        return math.inf
    elapsed = max(elapsed, timedelta())
    share = 2 * IDLE_SHARE if idle and elapsed <= LONGEST_IDLE else MARGIN
    return energy(greatest_power * share, elapsed + SNAPSHOT_AGE) + ROUNDING
