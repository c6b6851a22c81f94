"""Whether slots make a plan, before windows are made of them."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise

from .model import PlanRefusedError, PlanSlot, Refusal

LONGEST_PLAN = timedelta(hours=48)


def checked_instant(instant: datetime) -> datetime:
    """Return a time of a plan in UTC, in which times can be compared and counted.

    Raises:
        PlanRefusedError: it has no zone, has seconds, or was skipped by the clock.
    """
    if instant.utcoffset() is None:
        raise PlanRefusedError(Refusal.NO_TIME_ZONE, at=instant)
    if instant.second or instant.microsecond:
        raise PlanRefusedError(Refusal.NOT_WHOLE_MINUTES, at=instant)
    absolute = instant.astimezone(UTC)
    back = absolute.astimezone(instant.tzinfo)
    if back.replace(tzinfo=None) != instant.replace(tzinfo=None):
        raise PlanRefusedError(Refusal.SKIPPED_TIME, at=instant)
    return absolute


def checked_slots(slots: Iterable[PlanSlot], zone: tzinfo) -> tuple[PlanSlot, ...]:
    """Return the slots in UTC and in order.

    Two days of the plant's clock may last 49 hours where the clocks go back, so a plan
    is too long only where both its duration and its clock say so.

    Raises:
        PlanRefusedError: there is none, one is wrong in itself, they overlap or reach
            over more than 48 hours.
    """
    ordered = sorted(
        (
            replace(
                slot, start=checked_instant(slot.start), end=checked_instant(slot.end)
            )
            for slot in slots
        ),
        key=lambda slot: slot.start,
    )
    if not ordered:
        raise PlanRefusedError(Refusal.NO_SLOTS)
    for slot in ordered:
        if slot.end <= slot.start:
            raise PlanRefusedError(
                Refusal.ENDS_BEFORE_START, at=slot.start.astimezone(zone)
            )
    for slot, following in pairwise(ordered):
        if following.start < slot.end:
            raise PlanRefusedError(Refusal.OVERLAP, at=following.start.astimezone(zone))
    begin, end = ordered[0].start, ordered[-1].end
    by_clock = wall_clock(end, zone) - wall_clock(begin, zone)
    if min(end - begin, by_clock) > LONGEST_PLAN:
        raise PlanRefusedError(Refusal.TOO_LONG, at=end.astimezone(zone))
    return tuple(ordered)


def wall_clock(instant: datetime, zone: tzinfo) -> datetime:
    """Return what the plant's clock shows, without its zone."""
    return instant.astimezone(zone).replace(tzinfo=None)
