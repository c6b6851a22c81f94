"""Clouds and consumption of one day: random, and the same for the same seed."""

from datetime import date
from math import cos, exp, pi
from random import Random

from .definitions import LoadProfile

_NODE_SECONDS = 600
_BURST_SECONDS = (900, 4500)


class Clouds:
    """How much of the direct light passes, 0..1, varying through a day."""

    def __init__(self, random: Random, day: date, seconds: int) -> None:
        """Draw the clouds of a day that lasts so many seconds."""
        season = cos(2 * pi * (day.timetuple().tm_yday - 196) / 365.25)
        clear = min(max(random.gauss(0.52 + 0.18 * season, 0.24), 0.06), 0.97)
        restless = 0.8 * clear * (1 - clear) + 0.02
        count = seconds // _NODE_SECONDS + 2
        self._nodes = [
            min(max(clear + random.gauss(0, restless), 0.03), 1.0) for _ in range(count)
        ]
        self.outside_temperature = 10 + 9.5 * season + random.gauss(0, 3)

    def clearness(self, seconds: float) -> float:
        """Return the clearness so many seconds after the day's start."""
        position = seconds / _NODE_SECONDS
        node = int(position)
        left, right = self._nodes[node], self._nodes[node + 1]
        return left + (right - left) * (position - node)


class Consumption:
    """Power taken by the household or the company through a day."""

    def __init__(self, random: Random, profile: LoadProfile, day: date) -> None:
        """Draw the appliances of a day."""
        weekend = profile.weekend if day.weekday() >= 5 else 1.0
        mood = random.uniform(0.85, 1.15)
        self._profile = profile
        self._peaks = [
            (hour + random.gauss(0, 0.25), width, height * weekend * mood)
            for hour, width, height in profile.peaks
        ]
        self._bursts = []
        for _ in range(round(profile.bursts * min(weekend, 1.0))):
            begin = random.triangular(6.5, 22.5, 18) * 3600
            power = profile.burst_power * random.uniform(0.4, 1.1)
            self._bursts.append((begin, begin + random.uniform(*_BURST_SECONDS), power))

    def series(
        self, seconds: list[float], hours: list[float], random: Random
    ) -> list[float]:
        """Return W for instants given as seconds since midnight and clock hours."""
        powers = [self._profile.base * random.uniform(0.9, 1.1) for _ in seconds]
        for middle, width, height in self._peaks:
            for index, hour in enumerate(hours):
                distance = (hour - middle) / width
                if -3 < distance < 3:
                    powers[index] += height * exp(-distance * distance)
        for begin, end, power in self._bursts:
            for index, second in enumerate(seconds):
                if begin <= second < end:
                    powers[index] += power
        return powers
