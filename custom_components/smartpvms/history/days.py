"""What the rows of a report say of a plant's days, in whatever state they arrive."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

from ..northbound.models import PlantReport
from .hours import full_hour
from .quantities import Figures, Quantity, figures_of_report, self_provided

_HALF_A_DAY: Final = timedelta(hours=12)
_DAY: Final = timedelta(days=1)


def days_between(first: date, end: date) -> list[date]:
    """Return the days from `first` up to, but without, `end`."""
    return [first + number * _DAY for number in range((end - first).days)]


def day_of_row(start: datetime, zone: tzinfo) -> date:
    """Return the day that a row is of, which begins at the plant's or at UTC's midnight.

    A zone that nobody set may be an hour or two off: the day that is meant is the
    nearest.
    """
    utc = start.astimezone(UTC)
    if utc.time() == time():
        return utc.date()
    return (start.astimezone(zone) + _HALF_A_DAY).date()


def days_of_report(
    rows: Iterable[PlantReport], zone: tzinfo
) -> dict[date, dict[Quantity, int]]:
    """Return the figures of each day that a plant's day report has any of, in order."""
    days: dict[date, dict[Quantity, int]] = {}
    for row in rows:
        if figures := figures_of_report(row.values):
            days[day_of_row(row.start, zone)] = figures
    return dict(sorted(days.items()))


def first_year(rows: Iterable[PlantReport], zone: tzinfo) -> int | None:
    """Return the first year of a year report that has any figure, None for none.

    The years before a plant was commissioned come without one, or with zeros only.
    """
    return min(
        (
            day_of_row(row.start, zone).year
            for row in rows
            if any(figures_of_report(row.values).values())
        ),
        default=None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class HourReport:
    """The hours of a plant's day: figures, and what the house used of its own."""

    figures: Mapping[Quantity, Mapping[datetime, int]]
    own: Mapping[datetime, int]


def hours_of_report(
    rows: Iterable[PlantReport], slots: Iterable[datetime]
) -> HourReport:
    """Return what an hour report says of the hours of a day that stand at these slots."""
    wanted = frozenset(slots)
    figures: dict[Quantity, dict[datetime, int]] = {}
    own: dict[datetime, int] = {}
    for row in rows:
        slot = full_hour(row.start)
        if slot not in wanted:
            continue
        told: Figures = figures_of_report(row.values)
        for quantity, value in told.items():
            figures.setdefault(quantity, {})[slot] = value
        if (used := self_provided(row.values)) is not None:
            own[slot] = used
    return HourReport(figures=figures, own=own)


def with_meter(
    report: HourReport, meter: Mapping[Quantity, Mapping[datetime, int]]
) -> dict[Quantity, Mapping[datetime, int]]:
    """Return the hours of a day, completed by what the meter at the grid counted.

    The feed-in that the report tells goes before that of the meter. What a house
    consumed is what it used of its own and what it took from the grid.
    """
    hours = {**meter, **report.figures}
    if exported := meter.get(Quantity.EXPORT):
        told = report.figures.get(Quantity.EXPORT, {})
        hours[Quantity.EXPORT] = told if any(told.values()) else exported
    imported = hours.get(Quantity.IMPORT)
    if imported and report.own:
        slots = imported.keys() | report.own.keys()
        hours[Quantity.CONSUMPTION] = {
            slot: imported.get(slot, 0) + report.own.get(slot, 0) for slot in slots
        }
    return hours


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthWork:
    """The days of a month to write now, in order, and up to where the plant then is."""

    days: Mapping[date, Figures]
    until: date
    lacks: bool


def month_work(
    reported: Mapping[date, Figures], *, begin: date, end: date, began: date | None
) -> MonthWork:
    """Return what to write of the days from `begin` to before `end`.

    It ends before the first day that the report lacks, unless nothing of the plant is
    known before it.
    """
    days: dict[date, Figures] = {}
    has_begun = began is not None
    for day in days_between(begin, end):
        figures = reported.get(day, {})
        has_begun = has_begun or any(figures.values())
        if figures and has_begun:
            days[day] = figures
        elif has_begun:
            return MonthWork(days=days, until=day, lacks=True)
    return MonthWork(days=days, until=end, lacks=False)
