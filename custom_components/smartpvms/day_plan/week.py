"""The week of a plant's clock: what a plan means minute by minute, and its windows."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from itertools import groupby, pairwise
from types import MappingProxyType
from typing import Final

from ..northbound.models import Direction, TimeOfUseWindow
from .model import Action

MINUTE: Final = timedelta(minutes=1)
DAY_IN_MINUTES: Final = 1440
LAST_MINUTE: Final = DAY_IN_MINUTES - 1
"""23:59 to 24:00. No window can hold it, since the latest end is 23:59: it is held."""

type WeekMinute = tuple[int, int]
"""A weekday, 1 for Monday, and a minute of its day."""

DIRECTIONS: Final = MappingProxyType(
    {Action.CHARGE: Direction.CHARGE, Action.SELF_USE: Direction.DISCHARGE}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Minutes of one weekday that want the same; `end` is not one of them.

    What is not `movable` lies outside the slots of the plan.
    """

    weekday: int
    start: int
    end: int
    action: Action
    movable: bool


def week_minute(instant: datetime, zone: tzinfo) -> WeekMinute:
    """Return the minute of the plant's week."""
    local = instant.astimezone(zone)
    return local.isoweekday(), local.hour * 60 + local.minute


def minutes_between(start: datetime, end: datetime) -> Iterator[datetime]:
    """Return each minute that begins before the end; both in UTC."""
    while start < end:
        yield start
        start += MINUTE


def stretches_of(
    actions: Mapping[WeekMinute, Action], movable: frozenset[WeekMinute]
) -> tuple[Stretch, ...]:
    """Return what the minutes of a week want, as few stretches.

    Minutes the plan never meets do not part what they lie between: so an hour that the
    clocks skip does not cost a window.
    """
    met = sorted(minute for minute in actions if minute[1] != LAST_MINUTE)
    found: list[Stretch] = []
    for (weekday, action, moves), group in groupby(
        met, key=lambda minute: (minute[0], actions[minute], minute in movable)
    ):
        minutes = [minute for _, minute in group]
        found.append(
            Stretch(
                weekday=weekday,
                start=minutes[0],
                end=minutes[-1] + 1,
                action=action,
                movable=moves,
            )
        )
    return tuple(found)


def windows_of(stretches: Iterable[Stretch]) -> tuple[TimeOfUseWindow, ...]:
    """Return the windows of stretches in order; equal ones share a window."""
    weekdays: defaultdict[tuple[int, int, Direction], set[int]] = defaultdict(set)
    ordered = tuple(stretches)
    starts = [
        index
        for index, stretch in enumerate(ordered)
        if index == 0 or not _continues(ordered[index - 1], stretch)
    ]
    for first, following in pairwise((*starts, len(ordered))):
        head, tail = ordered[first], ordered[following - 1]
        if direction := DIRECTIONS.get(head.action):
            weekdays[head.start, tail.end, direction].add(head.weekday)
    return tuple(
        TimeOfUseWindow(
            start=clock_time(start),
            end=clock_time(end),
            direction=direction,
            weekdays=frozenset(days),
        )
        for (start, end, direction), days in weekdays.items()
    )


def _continues(before: Stretch, stretch: Stretch) -> bool:
    return (before.weekday, before.action) == (stretch.weekday, stretch.action)


def clock_time(minute: int) -> time:
    """Return the time of a minute of the day."""
    return time(minute // 60, minute % 60)
