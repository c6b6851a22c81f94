"""What windows mean over a period."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, time, timedelta, tzinfo

from ..northbound.models import Direction, TimeOfUseWindow
from .model import Action, PlanSlot
from .week import DAY_IN_MINUTES, MINUTE, WeekMinute, week_minute


def runs(
    windows: Iterable[TimeOfUseWindow], zone: tzinfo, start: datetime, end: datetime
) -> Iterator[PlanSlot]:
    """Return what windows make a battery do from `start` until `end`, without gaps.

    It goes by the clock of the plant: an hour that comes twice is acted on twice, one
    that is skipped is not. Times are in the plant's zone. Minutes in no window are held,
    also 23:59 between windows that were parted at midnight.
    """
    known = tuple(windows)
    begin = now = _whole_minute(start)
    until = end.astimezone(UTC)
    action = _action(known, week_minute(now, zone))
    while now < until:
        following = min(_next_edge(known, zone, now), until)
        next_action = _action(known, week_minute(following, zone))
        if next_action is not action or following == until:
            yield PlanSlot(
                start=begin.astimezone(zone),
                end=following.astimezone(zone),
                action=action,
            )
            begin, action = following, next_action
        now = following


def _whole_minute(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(second=0, microsecond=0)


def _minutes(window: TimeOfUseWindow) -> tuple[int, int]:
    end = window.end.hour * 60 + window.end.minute
    # the cloud may tell the end of the day so
    if window.end == time(0, 0):
        end = DAY_IN_MINUTES
    return window.start.hour * 60 + window.start.minute, end


def _action(windows: tuple[TimeOfUseWindow, ...], at: WeekMinute) -> Action:
    weekday, minute = at
    for window in windows:
        start, end = _minutes(window)
        if weekday in window.weekdays and start <= minute < end:
            charges = window.direction is Direction.CHARGE
            return Action.CHARGE if charges else Action.SELF_USE
    return Action.HOLD


def _next_edge(
    windows: tuple[TimeOfUseWindow, ...], zone: tzinfo, now: datetime
) -> datetime:
    """Return when the clock shows an edge or midnight next, or changes its offset."""
    _, minute = week_minute(now, zone)
    edges = (edge for window in windows for edge in _minutes(window) if edge > minute)
    following = now + (min(edges, default=DAY_IN_MINUTES) - minute) * MINUTE
    offset = _offset(now, zone)
    if _offset(following, zone) == offset:
        return following
    # the clocks change before: that is an edge too
    while _offset(now, zone) == offset:
        now += MINUTE
    return now


def _offset(instant: datetime, zone: tzinfo) -> timedelta | None:
    return instant.astimezone(zone).utcoffset()
