"""When within the beat a feed's snapshot appears: mean and deviation, and how both are learnt."""

from dataclasses import dataclass
from math import erfc, exp, hypot, inf, pi, sqrt
from typing import Final

# seconds; what a beat may differ from the mean by, drift within the hour included
SPREAD: Final = 25.0
# seconds a beat; the mean itself wanders
_WANDER: Final = 2.0
_MOST_DOUBT: Final = 40.0
# less likely than this is not a beat's jitter but something else
_UNBELIEVABLE: Final = 1e-4


@dataclass(slots=True)
class Phase:
    """The delay of publication after the beat, in seconds.

    `mean` may leave the range of a beat while it drifts; `doubt` is the deviation of the
    mean, `deviation` that of a single beat.
    """

    mean: float
    doubt: float

    @property
    def deviation(self) -> float:
        """What the next beat may differ from the mean by, one standard deviation."""
        return hypot(self.doubt, SPREAD)

    def at(self, deviations: float) -> float:
        """Return the delay so many deviations after the mean."""
        return self.mean + deviations * self.deviation

    def wander(self, beats: float) -> None:
        """Note that so many beats have passed."""
        self.doubt = min(hypot(self.doubt, _WANDER * sqrt(beats)), _MOST_DOUBT)

    def learn(self, after: float, until: float) -> None:
        """Take in that a beat appeared later than `after` and not later than `until`.

        The mean follows as that of a normal distribution of which only this part is
        left (its first two moments); what hardly can be is not taken in.
        """
        low = (after - self.mean) / self.deviation
        high = (until - self.mean) / self.deviation
        share = _below(high) - _below(low)
        if share < _UNBELIEVABLE:
            return
        moved = (_density(low) - _density(high)) / share
        left = 1 + (_moment(low) - _moment(high)) / share - moved * moved
        gain = self.doubt * self.doubt / self.deviation
        self.mean += gain * moved
        self.doubt = sqrt(max(self.doubt**2 - gain * gain * (1 - left), 1.0))


def _density(value: float) -> float:
    return exp(-value * value / 2) / sqrt(2 * pi)


def _below(value: float) -> float:
    return 0.5 * erfc(-value / sqrt(2))


def _moment(value: float) -> float:
    return 0.0 if value in {inf, -inf} else value * _density(value)
