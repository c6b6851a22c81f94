"""Plants that yield less for their size than the others, day after day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from statistics import median

FEWEST_PLANTS = 4
"""Of fewer plants the median says nothing."""

type SpecificYields = Mapping[date, float]
"""Yield of each day in kWh for each kWp."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlier:
    """A plant, and the part of the median that it has yielded on each day."""

    plant_code: str
    parts: Mapping[date, float]


def medians(plants: Mapping[str, SpecificYields]) -> dict[date, float]:
    """Return the median of each day on which enough plants have told their yield."""
    days = {day for yields in plants.values() for day in yields}
    told = {
        day: [yields[day] for yields in plants.values() if day in yields]
        for day in sorted(days)
    }
    return {
        day: median(values)
        for day, values in told.items()
        if len(values) >= FEWEST_PLANTS
    }


def find_outliers(
    plants: Mapping[str, SpecificYields], *, part: float
) -> tuple[Outlier, ...]:
    """Return the plants that stay below a part of the median on each day, worst first.

    Days on which the median is 0, as under snow, do not count; where none is left there
    are no outliers. A plant that has not told of a day is not one: it may be new.
    """
    counted = {day: middle for day, middle in medians(plants).items() if middle > 0}
    found = [
        Outlier(
            plant_code=code,
            parts={day: yields[day] / middle for day, middle in counted.items()},
        )
        for code, yields in plants.items()
        if counted
        and all(
            day in yields and yields[day] < part * middle
            for day, middle in counted.items()
        )
    ]
    return tuple(sorted(found, key=lambda outlier: sum(outlier.parts.values())))
