"""What the entities that show the plan of a battery have in common."""

from datetime import datetime, timedelta
from typing import Final, override

from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.helpers.event import async_track_point_in_utc_time
from homeassistant.util import dt as dt_util

from ..day_plan import PlanSlot
from .entity import ControlEntity
from .plan_view import PlanView

_FAR: Final = timedelta(days=8)
"""A plan comes anew every week."""


class PlanEntity(ControlEntity):
    """Shows the plan in force, as the cloud told it last, also when a slot ends."""

    _cancel: CALLBACK_TYPE | None = None

    @property
    def view(self) -> PlanView | None:
        """The plan in force, None where nobody knows."""
        return self.control.plans.view(self.plant.code)

    @property
    def slot(self) -> PlanSlot | None:
        """What the battery does now, and from when until when; None without a plan."""
        now = dt_util.utcnow()
        return next((slot for slot in self.coming() if slot.start <= now), None)

    def coming(self, until: datetime | None = None) -> list[PlanSlot]:
        """Return this slot and the next ones, at least until a time."""
        view = self.view
        if view is None:
            return []
        now, end = dt_util.utcnow(), horizon()
        begin = _midnight(now - _FAR)
        slots = view.slots(begin, end if until is None else max(until, end))
        return [slot for slot in slots if slot.end > now]

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        self.async_on_remove(self._stop)
        self.async_on_remove(
            self.control.async_listen(self.plant.code, self._wait_for_edge)
        )
        self._wait_for_edge()

    @callback
    def _wait_for_edge(self) -> None:
        """Look again when this slot ends, or a first one begins."""
        self._stop()
        now = dt_util.utcnow()
        edges = [
            edge
            for slot in self.coming()
            for edge in (slot.start, slot.end)
            if edge > now
        ]
        if edges:
            self._cancel = async_track_point_in_utc_time(
                self.hass, self._edge_reached, min(edges)
            )

    @callback
    def _edge_reached(self, _now: datetime) -> None:
        self._cancel = None
        self.async_write_if_new()
        self._wait_for_edge()

    @callback
    def _stop(self) -> None:
        if self._cancel is not None:
            self._cancel()
            self._cancel = None


def horizon() -> datetime:
    """Return how far it is looked ahead; it stays the same for a day.

    A slot that reaches it never ends.
    """
    return _midnight(dt_util.utcnow() + _FAR)


def _midnight(instant: datetime) -> datetime:
    return instant.replace(hour=0, minute=0, second=0, microsecond=0)
