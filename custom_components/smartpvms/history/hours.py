"""The hours of a plant's day, and how a day's figure is divided among them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import pairwise
from typing import Final

HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_NOON: Final = time(12)

type Hours = Mapping[datetime, int]
"""What was counted from each full hour (UTC) on, in thousandths."""


def midnight(day: date, zone: tzinfo) -> datetime:
    """Return when a day of the plant begins, in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def full_hour(moment: datetime) -> datetime:
    """Return the full hour of UTC at which statistics may show an hour of the plant.

    Where the plant's clock is half an hour off it is the one after: it lies in the same
    day, also for the last hour of the day.
    """
    utc = moment.astimezone(UTC)
    full = utc.replace(minute=0, second=0, microsecond=0)
    return full if full == utc else full + HOUR


def hours_of(day: date, zone: tzinfo) -> tuple[datetime, ...]:
    """Return when each hour of the plant's day begins: 23 to 25 of them."""
    start, end = midnight(day, zone), midnight(day + _DAY, zone)
    return tuple(start + number * HOUR for number in range(round((end - start) / HOUR)))


def slots_of(day: date, zone: tzinfo) -> tuple[datetime, ...]:
    """Return the full hours at which statistics show the hours of a plant's day."""
    return tuple(full_hour(hour) for hour in hours_of(day, zone))


def placeholder_slot(day: date, zone: tzinfo) -> datetime:
    """Return where a day stands of which only the whole is known.

    At noon it keeps its date in whatever time zone it is looked at.
    """
    return full_hour(datetime.combine(day, _NOON, zone))


def scaled(hours: Hours, total: int) -> dict[datetime, int] | None:
    """Return hours that add up to the day's figure, None where they cannot be.

    They cannot if nothing is in them while the day has something: then nobody knows
    when it was.
    """
    weight = sum(map(abs, hours.values()))
    missing = total - sum(hours.values())
    if weight == 0:
        return dict(hours) if missing == 0 else None
    result: dict[datetime, int] = {}
    passed = given = 0
    for slot, value in sorted(hours.items()):
        passed += abs(value)
        due = round(missing * passed / weight)
        result[slot] = value + due - given
        given = due
    return result


@dataclass(frozen=True, slots=True, kw_only=True)
class DayPlan:
    """What to set so that a day has its figure; `is_whole` if all its hours are there."""

    changes: Hours
    is_whole: bool


def day_plan(recorded: Hours, day: date, zone: tzinfo, total: int) -> DayPlan:
    """Return how the day gets its figure from what is recorded of its hours.

    Hours are scaled. Where some are missing the rest of the figure stands at noon, and
    so does all of it as long as there are none.
    """
    noon = placeholder_slot(day, zone)
    is_whole = recorded.keys() >= set(slots_of(day, zone))
    rest = total - sum(recorded.values())
    if not is_whole and (rest >= 0 or not recorded or recorded.keys() == {noon}):
        changes: Hours = {noon: recorded.get(noon, 0) + rest}
    else:
        in_hours = scaled(recorded, total)
        changes = {noon: total} if in_hours is None else in_hours
    return DayPlan(changes=changes, is_whole=is_whole)


def deviation(hours: Hours, total: int) -> float:
    """Return by what share of the day's figure the hours miss it."""
    missing = abs(total - sum(hours.values()))
    return missing / max(abs(total), 1)


def growth_by_hour(
    samples: Iterable[tuple[datetime, float]], hours: Sequence[datetime]
) -> dict[datetime, float]:
    """Return by how much a counter grew in each of the hours (their beginnings, UTC).

    What it grew between two samples is spread evenly over the time between; where it
    fell, as after a replacement, nothing is known. An hour without any time between two
    samples is not in the result.
    """
    ordered = sorted(samples)
    grown: dict[datetime, float] = {}
    for (begin, before), (end, after) in pairwise(ordered):
        if after < before or end == begin:
            continue
        for hour in _overlapped(hours, begin, end):
            share = (min(end, hour + HOUR) - max(begin, hour)) / (end - begin)
            grown[hour] = grown.get(hour, 0.0) + share * (after - before)
    return grown


def _overlapped(
    hours: Sequence[datetime], begin: datetime, end: datetime
) -> Sequence[datetime]:
    """Return those of the hours, which follow each other, that a span touches."""
    if not hours:
        return ()
    first = max(int((begin - hours[0]) // HOUR), 0)
    last = int(-((hours[0] - end) // HOUR))
    return hours[first : max(last, 0)]
