"""When the cloud shows which sample."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from math import pi, sin
from random import Random

BEAT = 300
"""Seconds between two samples."""
_SHORTEST_BASE, _LONGEST_BASE = 40, 150
_DRIFT = 30
_DRIFT_PERIOD = 3600
_JITTER = 15
_LATE_SHARE = 0.01
_LEAST = 5


class Publication:
    """The delay between a sample and its appearance in the real-time answers.

    Each feed (the plant values, each device type) has a base of 40 to 150 s
    that drifts by 30 s within an hour and jitters with a standard deviation
    of 15 s; one sample in a hundred comes a beat late.
    """

    def __init__(
        self,
        seed: int,
        feed: str,
        outages: Sequence[tuple[datetime, datetime]] = (),
    ) -> None:
        """Make the publication of a feed; the same seed gives the same delays.

        Samples of an outage, from its first instant until before its second, never
        appear.
        """
        self._key = f"{seed}/{feed}"
        self._outages = outages
        random = Random(self._key)
        self.base = random.uniform(_SHORTEST_BASE, _LONGEST_BASE)
        self._phase = random.uniform(0, 2 * pi)

    def delay(self, beat: int) -> float:
        """Return the seconds between sample number `beat` (epoch / 300) and its showing."""
        drift, late = _jitter(self._key, beat)
        wave = _DRIFT * sin(2 * pi * beat * BEAT / _DRIFT_PERIOD + self._phase)
        return max(self.base + wave + drift, _LEAST) + (BEAT if late else 0)

    def sample(self, now: datetime) -> datetime:
        """Return the instant of the newest sample that is shown now."""
        seconds = now.timestamp()
        beat = int(seconds // BEAT)
        while beat * BEAT + self.delay(beat) > seconds or self._is_lost(beat):
            beat -= 1
        return datetime.fromtimestamp(beat * BEAT, UTC)

    def next_change(self, now: datetime) -> datetime:
        """Return when a sample newer than the present one appears."""
        beat = int(self.sample(now).timestamp()) // BEAT + 1
        while self._is_lost(beat):
            beat += 1
        shown = [
            (candidate * BEAT + self.delay(candidate))
            for candidate in range(beat, beat + 3)
            if not self._is_lost(candidate)
        ]
        return datetime.fromtimestamp(min(shown), UTC) + timedelta(microseconds=1)

    def _is_lost(self, beat: int) -> bool:
        return any(
            begin.timestamp() <= beat * BEAT < end.timestamp()
            for begin, end in self._outages
        )


@lru_cache(maxsize=4096)
def _jitter(key: str, beat: int) -> tuple[float, bool]:
    random = Random(f"{key}/{beat}")
    return random.gauss(0, _JITTER), random.random() < _LATE_SHARE
