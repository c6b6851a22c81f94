"""A take-over that is decided, on disk before anything moves: a crash does not lose it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final, Self, cast

from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store
from homeassistant.util.json import JsonObjectType

from ..const import DOMAIN
from ..northbound.json_types import JsonObject
from ..northbound.parsing import members, objects, text
from ..northbound.stored_models import texts
from ..stored import async_load_stored
from .matching import covered_owners, entries_that_stay
from .model import Move, Moves

_VERSION: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """An entity id that goes to a sensor of ours.

    `their_unique_id` is that of the entity in its integration, `unique_id` that of our
    sensor. `former_id` is the entity id that our sensor had, `unit` the one that it is
    shown in from now on, empty for its own.
    """

    entity_id: str
    integration: str
    their_unique_id: str
    unique_id: str
    former_id: str
    unit: str

    @classmethod
    def of(cls, move: Move) -> Self:
        """Return what a move needs."""
        return cls(
            entity_id=move.theirs.entity_id,
            integration=move.theirs.integration,
            their_unique_id=move.theirs.unique_id,
            unique_id=move.ours.unique_id,
            former_id=move.ours.entity_id,
            unit=move.unit or "",
        )

    @classmethod
    def from_json(cls, row: JsonObject) -> Self:
        """Return a step that was written down."""
        return cls(**{name: text(row.get(name)) or "" for name in cls.__slots__})


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeOver:
    """What is to be done, all of which may be done already.

    `removed` are the entries of theirs that go. In those that stay for others, `silenced`
    names what has moved: plant codes and device ids by entry.
    """

    steps: tuple[Step, ...]
    removed: tuple[str, ...]
    silenced: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, moves: Moves) -> Self:
        """Return what a dry run comes to."""
        staying = entries_that_stay(moves)
        covered = covered_owners(moves)
        entries = {entry_id for entry_id, _ in covered}
        return cls(
            steps=tuple(Step.of(move) for move in moves.moves),
            removed=tuple(sorted(entries - staying)),
            silenced={
                entry_id: tuple(
                    sorted(owner for other, owner in covered if other == entry_id)
                )
                for entry_id in sorted(entries & staying)
            },
        )

    @classmethod
    def from_json(cls, stored: JsonObject) -> Self:
        """Return a take-over that was written down."""
        return cls(
            steps=tuple(Step.from_json(row) for row in objects(stored.get("steps"))),
            removed=tuple(texts(stored.get("removed"))),
            silenced={
                entry_id: tuple(texts(owners))
                for entry_id, owners in members(stored.get("silenced")).items()
            },
        )

    def as_json(self) -> JsonObjectType:
        """Return it as JSON."""
        return cast(JsonObjectType, asdict(self))


async def async_load(hass: HomeAssistant, entry_id: str) -> TakeOver | None:
    """Return what an entry has not taken over to the end, None for nothing."""
    stored = await async_load_stored(_store(hass, entry_id))
    return TakeOver.from_json(stored) if stored else None


async def async_save(hass: HomeAssistant, entry_id: str, take_over: TakeOver) -> None:
    """Write down what an entry is to take over; it is on disk when this returns."""
    await _store(hass, entry_id).async_save(take_over.as_json())


async def async_forget(hass: HomeAssistant, entry_id: str) -> None:
    """Delete what was written down."""
    await _store(hass, entry_id).async_remove()


def _store(hass: HomeAssistant, entry_id: str) -> Store[JsonObjectType]:
    return Store(hass, _VERSION, f"{DOMAIN}.moving.{entry_id}", atomic_writes=True)
