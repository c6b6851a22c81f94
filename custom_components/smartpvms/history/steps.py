"""Which call brings the history on: a step is one call, and what it is for.

First the years, for where a plant begins; then the days, oldest first; then days that
the user wants anew; last the hours, newest day first. Plants that need the same share
the call.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import Final

from ..northbound.interfaces import Interface
from .progress import Progress

REPORT_IS_THERE: Final = time(4)
"""Plant time by which the cloud has worked out the day before, as far as observed."""
_MOST_PLANTS: Final = 100
_DAY: Final = timedelta(days=1)
_NOON: Final = time(12)


class Kind(StrEnum):
    """What a step asks for."""

    YEARS = "years"
    DAYS = "days"
    AGAIN = "again"
    HOURS = "hours"


_INTERFACES: Final = {
    Kind.YEARS: Interface.PLANT_YEAR,
    Kind.DAYS: Interface.PLANT_DAY,
    Kind.AGAIN: Interface.PLANT_DAY,
    Kind.HOURS: Interface.PLANT_HOUR,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One call for up to 100 plants: for a month's days, or for a day's hours.

    `period` is the first day of the month, or the day.
    """

    kind: Kind
    period: date
    plant_codes: tuple[str, ...]

    @property
    def interface(self) -> Interface:
        """What is asked."""
        return _INTERFACES[self.kind]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantNow:
    """A plant with its progress, its time zone, and whether its hours are wanted too."""

    progress: Progress
    zone: tzinfo
    by_the_hour: bool = True


def newest_day(now: datetime, zone: tzinfo) -> date:
    """Return the newest day of the plant whose report may be expected."""
    local = now.astimezone(zone)
    return local.date() - (_DAY if local.time() >= REPORT_IS_THERE else 2 * _DAY)


def next_step(plants: Mapping[str, PlantNow], now: datetime) -> Step | None:
    """Return the call to make next, None while there is nothing to ask for."""
    for kind, need in _NEEDS.items():
        needs = {
            code: period
            for code, plant in plants.items()
            if not plant.progress.waits(now)
            and (period := need(plant, now)) is not None
        }
        if needs:
            return _step(kind, needs, plants)
    return None


def _step(
    kind: Kind, needs: Mapping[str, date], plants: Mapping[str, PlantNow]
) -> Step:
    """Return the step for those plants that share the first need."""
    first = max(needs.values()) if kind is Kind.HOURS else min(needs.values())
    sharing = [code for code, period in sorted(needs.items()) if period == first]
    if kind is Kind.HOURS:
        # a day is not the same everywhere
        zone = plants[sharing[0]].zone
        sharing = [code for code in sharing if plants[code].zone == zone]
    return Step(kind=kind, period=first, plant_codes=tuple(sharing[:_MOST_PLANTS]))


def _years(plant: PlantNow, now: datetime) -> date | None:
    progress, today = plant.progress, now.astimezone(plant.zone).date()
    if progress.first is not None or progress.deleted or progress.years_asked == today:
        return None
    return today.replace(month=1, day=1)


def _days(plant: PlantNow, now: datetime) -> date | None:
    progress = plant.progress
    if progress.until is None or progress.deleted:
        return None
    if progress.until > newest_day(now, plant.zone):
        return None
    return progress.until.replace(day=1)


def _again(plant: PlantNow, now: datetime) -> date | None:
    ranges = plant.progress.ranges_again()
    return ranges[0][0].replace(day=1) if ranges else None


def _hours(plant: PlantNow, now: datetime) -> date | None:
    progress = plant.progress
    if plant.by_the_hour:
        return progress.next_hours()
    return max(progress.wanted, default=None)


_NEEDS: Final[Mapping[Kind, Callable[[PlantNow, datetime], date | None]]] = {
    Kind.YEARS: _years,
    Kind.DAYS: _days,
    Kind.AGAIN: _again,
    Kind.HOURS: _hours,
}


def instant_in(step: Step, zone: tzinfo) -> datetime:
    """Return an instant to ask for: in the month in every zone, or at noon of the day."""
    if step.kind is Kind.HOURS:
        return datetime.combine(step.period, _NOON, zone)
    return datetime.combine(step.period.replace(day=15), _NOON, zone)


def month_after(month: date) -> date:
    """Return the first day of the month after this one."""
    return (month.replace(day=28) + 4 * _DAY).replace(day=1)
