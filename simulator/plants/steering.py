"""What a plant's controller is told, at the instants at which it is told."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from heapq import heappop, heappush
from itertools import count
from typing import Unpack

from .history import PlantHistory
from .settings import Forced, PlantSettings, Regime, SettingChanges

_NOT_OF_THE_BATTERY = frozenset(
    {"control_mode", "limitation_mode", "feed_in_limit", "scheduled_tasks"}
)

SETTINGS_CHANGED = "The charge/discharge settings of the battery have been changed."
REPLACED = "The task has been replaced by another charge/discharge task."

type Ended = Callable[[datetime, str | None], None]
"""Is told when a forced charge ended, and why unless it reached its target."""


@dataclass(slots=True, kw_only=True)
class _Run:
    """A forced charge or discharge that is in force."""

    forced: Forced
    ended: Ended
    checked: datetime


class Steering:
    """Settings of a plant, and the agenda of what will change them.

    Everything happens at its own instant, however far the clock steps. The
    physical model obeys from the next of its steps on.
    """

    def __init__(
        self,
        history: PlantHistory,
        now: Callable[[], datetime],
        changed: Callable[[], None],
    ) -> None:
        """Steer a history; `now` tells plant time, `changed` hears of each change."""
        self.settings = PlantSettings()
        self.online = True
        """Whether the cloud reaches the controller."""
        self.dispatched_before = False
        """Whether the API ever set the mode of third-party dispatch."""
        self.dispatch_power = 0.0
        self._history = history
        self._now = now
        self._changed = changed
        self._run: _Run | None = None
        self._agenda: list[tuple[datetime, int, Callable[[datetime], None]]] = []
        self._number = count()
        self._advancing = False

    @property
    def forced(self) -> Forced | None:
        """The forced charge or discharge in force."""
        return None if self._run is None else self._run.forced

    def advance(self) -> None:
        """Let everything happen that is due."""
        if self._advancing or (not self._agenda and self._run is None):
            return
        self._advancing = True
        try:
            now = self._now()
            while self._next(now):
                pass
        finally:
            self._advancing = False

    def schedule(self, at: datetime, action: Callable[[datetime], None]) -> None:
        """Let something happen at an instant, which it is told."""
        heappush(self._agenda, (at, next(self._number), action))

    def change(self, at: datetime, **changes: Unpack[SettingChanges]) -> None:
        """Change settings; those of the battery end a forced charge.

        Raises TypeError for an unknown one.
        """
        before = self.settings
        self.settings = replace(before, **changes)
        if self.settings.operation_mode != before.operation_mode:
            self.dispatch_power = 0.0
        if changes.keys() - _NOT_OF_THE_BATTERY:
            self._end_run(at, SETTINGS_CHANGED)
        self._obey(at)

    def force(self, at: datetime, forced: Forced, ended: Ended) -> None:
        """Charge or discharge at once, instead of what was forced before."""
        self._end_run(at, REPLACED)
        self._run = _Run(forced=forced, ended=ended, checked=at)
        self._obey(at)

    def release(self, at: datetime, reason: str | None) -> None:
        """End the forced charge or discharge, if there is one."""
        if self._end_run(at, reason):
            self._obey(at)

    def dispatch(self, at: datetime, power: float) -> None:
        """Hold a power in W, + charging, in the mode of third-party dispatch."""
        self._end_run(at, SETTINGS_CHANGED)
        self.dispatch_power = power
        self._obey(at)

    def _next(self, now: datetime) -> bool:
        """Let the next thing happen; return whether there was one."""
        due = self._agenda[0][0] if self._agenda else None
        reached = self._reached(now if due is None else min(due, now))
        if reached is not None:
            self.release(reached, None)
            return True
        if due is None or due > now:
            return False
        at, _, action = heappop(self._agenda)
        action(at)
        return True

    def _reached(self, until: datetime) -> datetime | None:
        run = self._run
        if run is None or until <= run.checked:
            return None
        found = self._history.reaching(run.forced, run.checked, until)
        run.checked = until
        return found

    def _end_run(self, at: datetime, reason: str | None) -> bool:
        run, self._run = self._run, None
        if run is not None:
            run.ended(at, reason)
        return run is not None

    def _obey(self, at: datetime) -> None:
        self._history.change(
            at,
            Regime(
                settings=self.settings,
                forced=self.forced,
                dispatch_power=self.dispatch_power,
            ),
        )
        self._changed()
