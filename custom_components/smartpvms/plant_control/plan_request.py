"""What a user asked of a battery's plan, kept so that a hold can be cut into it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from homeassistant.util import dt as dt_util
from homeassistant.util.json import JsonObjectType

from ..day_plan import Action, Gaps, PlanSlot


class NoRequestError(ValueError):
    """What is stored is no request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRequest:
    """A plan as it was asked for; all times know their zone.

    `gaps` is what the battery does between the slots and after them, until it
    `expires`. `grid_charge_power` is W from the grid, `surplus_to_battery` whether PV
    surplus goes to the battery before the grid; None leaves either as it is.
    """

    slots: tuple[PlanSlot, ...]
    gaps: Gaps
    expires: datetime
    grid_charge_power: float | None = None
    surplus_to_battery: bool | None = None

    def held(self, start: datetime, end: datetime) -> PlanRequest:
        """Return it with the battery held from `start` to `end`.

        A hold that lasts to the end of the plan or longer is all that is left of it.
        """
        hold = PlanSlot(start=start, end=end, action=Action.HOLD)
        if end >= self.expires:
            return hold_until(start, end)
        around = (part for slot in self.slots for part in _without(slot, start, end))
        return replace(self, slots=(*around, hold))

    def as_json(self) -> JsonObjectType:
        """Return it as JSON."""
        return {
            "slots": [
                {
                    "start": slot.start.isoformat(),
                    "end": slot.end.isoformat(),
                    "action": slot.action.value,
                }
                for slot in self.slots
            ],
            "gaps": self.gaps.value,
            "expires": self.expires.isoformat(),
            "grid_charge_power": self.grid_charge_power,
            "surplus_to_battery": self.surplus_to_battery,
        }


def hold_until(start: datetime, end: datetime) -> PlanRequest:
    """Return a request to hold the battery for a while, and nothing else."""
    slot = PlanSlot(start=start, end=end, action=Action.HOLD)
    return PlanRequest(slots=(slot,), gaps=Action.HOLD, expires=end)


def request_from_json(stored: JsonObjectType) -> PlanRequest:
    """Read what `as_json` wrote; raises `NoRequestError`."""
    slots, power = stored.get("slots"), stored.get("grid_charge_power")
    surplus, gaps = stored.get("surplus_to_battery"), stored.get("gaps")
    if not isinstance(slots, list) or not isinstance(surplus, bool | None):
        raise NoRequestError
    return PlanRequest(
        slots=tuple(_slot(slot) for slot in slots),
        gaps=Action.SELF_USE if gaps == Action.SELF_USE else Action.HOLD,
        expires=_moment(stored.get("expires")),
        grid_charge_power=float(power) if isinstance(power, int | float) else None,
        surplus_to_battery=surplus,
    )


def _without(slot: PlanSlot, start: datetime, end: datetime) -> Iterator[PlanSlot]:
    """Return what is left of a slot around a time that is taken out of it."""
    before, after = min(slot.end, start), max(slot.start, end)
    if slot.start < before:
        yield replace(slot, end=before)
    if after < slot.end:
        yield replace(slot, start=after)


def _slot(stored: object) -> PlanSlot:
    if not isinstance(stored, dict) or stored.get("action") not in {*Action}:
        raise NoRequestError
    return PlanSlot(
        start=_moment(stored.get("start")),
        end=_moment(stored.get("end")),
        action=Action(stored["action"]),
    )


def _moment(stored: object) -> datetime:
    found = dt_util.parse_datetime(stored) if isinstance(stored, str) else None
    if found is None or found.tzinfo is None:
        raise NoRequestError
    return found
