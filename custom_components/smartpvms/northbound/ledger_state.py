"""What the ledger remembers, and how it is written down."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Self

from .failures import Failure, FailureKey, failure_of
from .interfaces import Interface, InterfaceClass
from .json_types import JsonObject, JsonValue
from .parsing import integer, members, number, text
from .quotas import DAY, Inventory

type DoorName = Interface | InterfaceClass

_DOORS: Final[dict[str, DoorName]] = {
    door.value: door for kind in (InterfaceClass, Interface) for door in kind
}
_KEYS: Final = {key.value: key for key in FailureKey}


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """An interface, or a class of them, that the cloud closed; times in epoch seconds.

    `wait` is for how long it was closed, which doubles when the cloud refuses again.
    """

    until: float
    wait: float
    failure: Failure

    def as_dict(self) -> JsonObject:
        """Return it as JSON."""
        return {
            "until": self.until,
            "wait": self.wait,
            "key": self.failure.key.value,
            "code": self.failure.code,
        }

    @classmethod
    def from_dict(cls, stored: JsonObject) -> Self | None:
        """Read what `as_dict` wrote, None where it is damaged."""
        until = number(stored.get("until"))
        wait = number(stored.get("wait"))
        key = _KEYS.get(text(stored.get("key")) or "")
        if until is None or wait is None or key is None:
            return None
        code = stored.get("code")
        return cls(
            until=until,
            wait=wait,
            failure=failure_of(key, integer(code) or text(code)),
        )


@dataclass(slots=True, kw_only=True)
class LedgerState:
    """Booked calls (epoch seconds, in order), closed doors, what the account manages."""

    booked: dict[Interface, list[float]] = field(default_factory=dict)
    doors: dict[DoorName, Door] = field(default_factory=dict)
    inventory: Inventory = field(default_factory=Inventory)

    @classmethod
    def from_dict(cls, stored: Mapping[str, JsonValue] | None) -> Self:
        """Read what `as_dict` wrote; what is missing or damaged is left out."""
        stored = stored or {}
        state = cls()
        for name, times in members(stored.get("booked")).items():
            door = _DOORS.get(name)
            if isinstance(door, Interface) and isinstance(times, list):
                numbers = (number(time) for time in times)
                state.booked[door] = sorted(
                    time for time in numbers if time is not None
                )
        for name, value in members(stored.get("doors")).items():
            closed = Door.from_dict(members(value))
            if closed is not None and name in _DOORS:
                state.doors[_DOORS[name]] = closed
        state.inventory = _inventory_from_dict(members(stored.get("inventory")))
        return state

    def as_dict(self) -> JsonObject:
        """Return it as JSON; there is neither a secret nor an identifier in it."""
        return {
            "booked": {
                interface.value: list[JsonValue](times)
                for interface, times in self.booked.items()
            },
            "doors": {name.value: door.as_dict() for name, door in self.doors.items()},
            "inventory": {
                "plants": self.inventory.plants,
                "devices": {
                    str(type_id): count
                    for type_id, count in self.inventory.devices_by_type.items()
                },
            },
        }

    def merge(self, other: LedgerState) -> None:
        """Take in what another ledger of the same account or owner booked and closed.

        A call that both know, since one began with the other's state, counts once.
        """
        for interface, theirs in other.booked.items():
            ours = self.booked.get(interface, [])
            unknown = list(theirs)
            for time in ours:
                if time in unknown:
                    unknown.remove(time)
            self.booked[interface] = sorted([*ours, *unknown])
        for name, door in other.doors.items():
            known = self.doors.get(name)
            if known is None or known.until < door.until:
                self.doors[name] = door
        if self.inventory == Inventory():
            self.inventory = other.inventory

    def forget(self, now: float) -> None:
        """Drop what is older than a day.

        What lies in the future was written by a clock that was wrong: a call counts as
        made now, and a door stays closed for no longer than a day from now.
        """
        for interface, times in list(self.booked.items()):
            self.booked[interface] = [
                min(time, now) for time in times if time > now - DAY
            ]
            if not self.booked[interface]:
                del self.booked[interface]
        for name, door in list(self.doors.items()):
            if not now - DAY < door.until <= now + DAY:
                del self.doors[name]


def _inventory_from_dict(stored: JsonObject) -> Inventory:
    counts = {
        integer(type_id): integer(count)
        for type_id, count in members(stored.get("devices")).items()
    }
    return Inventory(
        plants=integer(stored.get("plants")) or 0,
        devices_by_type={
            type_id: count
            for type_id, count in counts.items()
            if type_id is not None and count is not None
        },
    )
