"""The public grid at an instant, and noise that belongs to it."""

from datetime import datetime
from math import sqrt
from zlib import crc32

type ThreePhases = tuple[float, float, float]

LOAD_SHARES: ThreePhases = (0.46, 0.21, 0.33)
"""What each phase has of a plant's consumption."""


class Grid:
    """Voltages (V) and frequency (Hz) at a plant's connection point."""

    def __init__(self, instant: datetime, key: str) -> None:
        """Take the grid of a minute; the same key gives the same values."""
        self._minute = int(instant.timestamp()) // 60
        self._key = key
        self.frequency = 50 + 0.025 * self.noise("frequency")
        a, b, c = (231.5 + 1.9 * self.noise(phase) for phase in "abc")
        self.phases: ThreePhases = (a, b, c)
        self.lines: ThreePhases = (_line(a, b), _line(b, c), _line(c, a))

    def noise(self, name: str) -> float:
        """Return a number in -1..1 that belongs to name and minute."""
        return crc32(f"{self._key}/{name}/{self._minute}".encode()) / 2**31 - 1


def _line(one: float, other: float) -> float:
    """Return the line voltage of two phases 120 degrees apart."""
    return sqrt(one * one + other * other + one * other)
