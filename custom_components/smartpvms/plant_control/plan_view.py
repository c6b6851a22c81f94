"""The plan of a plant's battery that is in force, by what the cloud told last."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo

from homeassistant.util import dt as dt_util

from ..control import ControlEngine, Family
from ..day_plan import Action, PlanSlot, runs
from ..northbound.models import BatteryMode, OperationMode, TimeOfUseWindow

_LAST_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanView:
    """What windows make a plant's battery do, and what follows.

    `windows` act from `since` until `until`, when Home Assistant gives back what was
    before: then `following` act. None for no windows: the battery is not in time of
    use. `since` is None where it is not known, `until` where nothing is given back.
    `is_ours` tells whether Home Assistant has set what is in force.
    """

    zone: tzinfo
    windows: tuple[TimeOfUseWindow, ...] | None
    since: datetime | None = None
    until: datetime | None = None
    following: tuple[TimeOfUseWindow, ...] | None = None
    is_ours: bool = False

    def slots(self, start: datetime, end: datetime) -> list[PlanSlot]:
        """Return what the battery does from `start` to `end`, as few slots.

        The minute from 23:59 to midnight, which no window can hold, is not told apart
        where the same goes on before and after it.
        """
        parts: list[PlanSlot] = []
        for slot in self._runs(start, end):
            parts.append(slot)
            _join(parts)
        return parts

    def _runs(self, start: datetime, end: datetime) -> Iterator[PlanSlot]:
        start = start if self.since is None else max(start, self.since)
        until = end if self.until is None else min(self.until, end)
        if self.windows is not None and start < until:
            yield from runs(self.windows, self.zone, start, until)
        if self.following is not None and self.until is not None and until < end:
            yield from runs(self.following, self.zone, max(start, until), end)


def plan_view(
    engine: ControlEngine, plant_code: str, zone: tzinfo, since: datetime | None
) -> PlanView | None:
    """Return the plan in force of a plant, None where its mode is not known.

    `since` is when what we have set, if that is it, began to act.
    """
    known = engine.state_of(plant_code, Family.MODE).confirmed
    if known is None or not isinstance(known.value, BatteryMode):
        return None
    view = PlanView(
        zone=zone,
        windows=windows_of(known.value),
        since=since,
        is_ours=engine.is_ours(plant_code, Family.MODE),
    )
    due = engine.due_of(plant_code, Family.MODE)
    if due is None or not view.is_ours:
        return view
    until = dt_util.utc_from_timestamp(due)
    # what is overdue stays in force until it is given back, whenever that is
    if until <= dt_util.utcnow():
        return view
    before = engine.baseline(plant_code, Family.MODE)
    following = windows_of(before) if isinstance(before, BatteryMode) else None
    return replace(view, until=until, following=following)


def windows_of(mode: BatteryMode) -> tuple[TimeOfUseWindow, ...] | None:
    """Return the windows by which a battery goes, None where by none that are known."""
    if mode.mode is not OperationMode.TIME_OF_USE or mode.unreadable_windows:
        return None
    return mode.windows


def _join(parts: list[PlanSlot]) -> None:
    """Make one of the last slots where only the last minute of a day parts them."""
    if len(parts) < 2:
        return
    *_, before, last = parts
    if before.action is last.action and before.end == last.start:
        parts[-2:] = [replace(before, end=last.end)]
        return
    if len(parts) < 3 or before.action is not Action.HOLD:
        return
    first = parts[-3]
    is_midnight = (last.start.hour, last.start.minute) == (0, 0)
    is_short = before.end - before.start == _LAST_MINUTE
    if is_midnight and is_short and first.action is last.action:
        parts[-3:] = [replace(first, end=last.end)]
