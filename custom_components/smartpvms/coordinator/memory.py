"""What an entry remembers on disk: its plants, its devices, and what was read last.

A set-up goes on with it, so that it needs no call as long as nothing is due, and no cloud
as long as the plants are known.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final, Protocol, Self

from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey
from homeassistant.util.json import JsonObjectType

from ..const import DOMAIN
from ..northbound.json_types import JsonObject, JsonValue
from ..northbound.models import Reading
from ..northbound.parsing import integer, members, moment_ms, number, text
from ..northbound.stored_models import reading_as_json, reading_from_json, texts
from ..stored import async_load_stored

if TYPE_CHECKING:
    from . import SmartPVMSConfigEntry

STORAGE_VERSION: Final = 1
# what is polled together is written together
SAVE_DELAY: Final = 1.0
DEVICE_LIST: Final = "device list"
"""What the device list is called, after the domain."""
_DIGITS: Final = 3


class Part(Protocol):
    """What one coordinator remembers; it never changes, as a thread writes it down."""

    def as_json(self) -> JsonObject:
        """Return it as JSON."""


class Memory:
    """What the coordinators of an entry remember, each under its name."""

    def __init__(
        self, store: Store[JsonObjectType], stored: Mapping[str, JsonValue]
    ) -> None:
        """Go on with what was stored; nothing is remembered where it is damaged."""
        self._store = store
        self._parts: dict[str, Part | JsonObject] = {
            name: members(part) for name, part in stored.items()
        }

    def recall(self, name: str) -> JsonObject:
        """Return what was remembered last, as JSON; empty for nothing."""
        part = self._parts.get(name, {})
        return part if isinstance(part, dict) else part.as_json()

    def remember(self, name: str, part: Part) -> None:
        """Keep this from now on; it is on disk soon."""
        self._parts = {**self._parts, name: part}
        self._store.async_delay_save(self._as_json, SAVE_DELAY)

    async def async_save(self) -> None:
        """Write all down now, if there is anything."""
        if self._parts:
            await self._store.async_save(self._as_json())

    async def async_remove(self) -> None:
        """Delete it."""
        await self._store.async_remove()

    def _as_json(self) -> JsonObject:
        return {name: self.recall(name) for name in self._parts}


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownList:
    """A list of the cloud as it was read last.

    `rows` are its items as JSON, `asked` the codes of the plants that it was read for.
    At `due` it is to be read again. `keys` is what each device is known by, by its id.
    """

    rows: tuple[JsonObject, ...]
    asked: frozenset[str]
    due: datetime
    keys: Mapping[int, str] = field(default_factory=dict)

    def as_json(self) -> JsonObject:
        """Return it as JSON."""
        return {
            "rows": list(self.rows),
            "asked": list[JsonValue](sorted(self.asked)),
            "due": _seconds(self.due),
            "keys": {str(device_id): key for device_id, key in self.keys.items()},
        }

    @classmethod
    def from_json(cls, stored: JsonObject) -> Self | None:
        """Read what `as_json` wrote, None where there is nothing or it is damaged."""
        rows, due = stored.get("rows"), _moment(stored.get("due"))
        if not isinstance(rows, list) or due is None:
            return None
        keys = {
            integer(device_id): text(key)
            for device_id, key in members(stored.get("keys")).items()
        }
        return cls(
            rows=tuple(members(row) for row in rows),
            asked=frozenset(texts(stored.get("asked"))),
            due=due,
            keys={
                device_id: key
                for device_id, key in keys.items()
                if device_id is not None and key is not None
            },
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownReadings[KeyT: (str, int)]:
    """What was read last, each with its time; at `tried`, the `asked` were asked for."""

    tried: datetime | None = None
    asked: frozenset[KeyT] = frozenset()
    seen: Mapping[KeyT, tuple[Reading, datetime]] = field(default_factory=dict)

    def as_json(self) -> JsonObject:
        """Return it as JSON."""
        return {
            "tried": None if self.tried is None else _seconds(self.tried),
            "asked": list[JsonValue](self.asked),
            "seen": [
                [subject, _seconds(at), reading_as_json(reading)]
                for subject, (reading, at) in self.seen.items()
            ],
        }

    @classmethod
    def from_json(
        cls, stored: JsonObject, subject_of: Callable[[JsonValue], KeyT | None]
    ) -> Self:
        """Read what `as_json` wrote; what is damaged is left out.

        So is what was read in the future: that was by another clock.
        """
        now = dt_util.utcnow()
        tried = _moment(stored.get("tried"))
        asked, seen = stored.get("asked"), stored.get("seen")
        subjects = map(subject_of, asked if isinstance(asked, list) else [])
        known: dict[KeyT, tuple[Reading, datetime]] = {}
        for row in seen if isinstance(seen, list) else []:
            match row:
                case [name, at, values]:
                    subject, moment = subject_of(name), _moment(at)
                    reading = reading_from_json(values)
                case _:
                    continue
            if subject is None or moment is None or reading is None or moment > now:
                continue
            known[subject] = reading, moment
        return cls(
            tried=tried if tried is not None and tried <= now else None,
            asked=frozenset(each for each in subjects if each is not None),
            seen=known,
        )


def _seconds(moment: datetime) -> float:
    return round(moment.timestamp(), _DIGITS)


def _moment(stored: JsonValue) -> datetime | None:
    """Read what `_seconds` wrote; years that no clock shows are damage."""
    seconds = number(stored)
    return moment_ms(None if seconds is None else round(seconds * 1000))


_MEMORIES: HassKey[dict[str, Memory]] = HassKey(f"{DOMAIN}_memories")


def _store(hass: HomeAssistant, entry_id: str) -> Store[JsonObjectType]:
    return Store(
        hass,
        STORAGE_VERSION,
        f"{DOMAIN}.memory.{entry_id}",
        private=True,
        atomic_writes=True,
        # the readings of a fleet are a megabyte
        serialize_in_event_loop=False,
    )


async def async_load_memory(hass: HomeAssistant, entry: SmartPVMSConfigEntry) -> None:
    """Load what an entry remembers, unless it was loaded before; saved at each unload."""
    memories = hass.data.setdefault(_MEMORIES, {})
    if entry.entry_id not in memories:
        store = _store(hass, entry.entry_id)
        memories[entry.entry_id] = Memory(store, await async_load_stored(store))
    entry.async_on_unload(memories[entry.entry_id].async_save)


def memory_of(hass: HomeAssistant, entry_id: str) -> Memory:
    """Return what an entry remembers, which its set-up has loaded."""
    return hass.data[_MEMORIES][entry_id]


def memory_if_loaded(hass: HomeAssistant, entry_id: str) -> Memory | None:
    """Return what an entry remembers, None where no set-up has loaded it since the start."""
    return hass.data.get(_MEMORIES, {}).get(entry_id)


def drop_memory(hass: HomeAssistant, entry_id: str) -> None:
    """Have an entry's memory read from disk at its next set-up."""
    hass.data.get(_MEMORIES, {}).pop(entry_id, None)


async def async_forget_memory(hass: HomeAssistant, entry_id: str) -> None:
    """Delete what an entry that is removed remembered."""
    memory = hass.data.get(_MEMORIES, {}).pop(entry_id, None)
    await (memory or _store(hass, entry_id)).async_remove()
