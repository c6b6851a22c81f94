"""Numbers in place of what names a plant, a device or a person."""

from collections.abc import Iterable
import re
from typing import Final

from ..const import (
    CONF_KNOWN_PLANTS,
    CONF_KNOWN_SERIALS,
    CONF_PLANT_SETTINGS,
    CONF_PLANTS,
)
from ..coordinator import SmartPVMSConfigEntry, SmartPVMSData
from ..northbound.json_types import JsonObject, JsonValue
from ..northbound.models import Device, Plant

HIDDEN: Final = "**"
# what is shorter may well be another number
_SHORTEST_IDENTIFIER: Final = 5
_NOTHING: Final = re.compile(r"(?!)")


class Aliases:
    """What stands for what; a thing has one alias under all of its names.

    Codes, ids and serial numbers are identifiers. Names of people's own choice may be
    any word, and are replaced only in what the cloud says in its own words.
    """

    def __init__(self) -> None:
        """Begin with nothing to hide."""
        self._aliases: dict[str, str] = {}
        self._counts: dict[str, int] = {}
        self._identifiers: set[str] = set()
        self._names: set[str] = set()
        self._pattern: re.Pattern[str] | None = None
        self._name_pattern: re.Pattern[str] | None = None

    def add(
        self, kind: str, identifiers: Iterable[str | None], names: Iterable[str] = ()
    ) -> str:
        """Give a thing the next number of its kind, unless it has one; returns it."""
        known = [each for each in identifiers if each]
        alias = next(
            (self._aliases[each] for each in known if each in self._identifiers), None
        )
        if alias is None:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            alias = f"{kind} {self._counts[kind]}"
        given = [name for name in names if name]
        for each in (*known, *given):
            self._aliases.setdefault(each, alias)
        self._identifiers.update(known)
        self._names.update(given)
        self._pattern = self._name_pattern = None
        return alias

    def of(self, identifier: str) -> str:
        """Return the alias of an identifier, stars for one that is not known."""
        return self._aliases.get(identifier, HIDDEN)

    def replaced(self, value: JsonValue) -> JsonValue:
        """Return a copy in which each identifier is replaced, in keys too."""
        if self._pattern is None:
            self._pattern = _any_of(
                each for each in self._identifiers if len(each) >= _SHORTEST_IDENTIFIER
            )
        return self._walk(value, self._pattern)

    def without_names(self, value: JsonValue) -> JsonValue:
        """Return a copy in which names are replaced as well.

        For what the cloud says in its own words, and only there.
        """
        if self._name_pattern is None:
            self._name_pattern = _any_of(self._names)
        return self._walk(self.replaced(value), self._name_pattern)

    def _walk(self, value: JsonValue, pattern: re.Pattern[str]) -> JsonValue:
        if isinstance(value, dict):
            return {
                self._with_aliases(key, pattern): self._walk(item, pattern)
                for key, item in value.items()
            }
        if isinstance(value, list):
            return [self._walk(item, pattern) for item in value]
        return self._with_aliases(value, pattern) if isinstance(value, str) else value

    def _with_aliases(self, text: str, pattern: re.Pattern[str]) -> str:
        return pattern.sub(lambda match: self._aliases[match[0]], text)


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    """Return what finds whole words, the longest of those that begin alike."""
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    if not longest_first:
        return _NOTHING
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)")


def aliases_of(entry: SmartPVMSConfigEntry) -> Aliases:
    """Return the aliases of all that an entry has seen, numbered in a lasting order."""
    aliases = Aliases()
    data: SmartPVMSData | None = getattr(entry, "runtime_data", None)
    plants = {} if data is None else dict(data.plants.listing.items)
    codes = {
        *plants,
        *entry.data[CONF_KNOWN_PLANTS],
        *entry.options[CONF_PLANTS],
        *entry.options.get(CONF_PLANT_SETTINGS, {}),
    }
    for code in sorted(codes):
        _add_plant(aliases, code, plants.get(code))
    if data is not None:
        for device in _in_order(data.devices.listing.items.values()):
            _add_device(aliases, device)
        for coordinator in data.device_readings.values():
            for reading in coordinator.data.values():
                for pack in reading.battery_packs:
                    aliases.add("pack", [pack.serial])
    for serial in sorted(entry.data[CONF_KNOWN_SERIALS]):
        aliases.add("device", [serial])
    return aliases


def _add_plant(aliases: Aliases, code: str, plant: Plant | None) -> None:
    names = [] if plant is None else [plant.name, plant.address or ""]
    aliases.add("plant", [code], names)


def _add_device(aliases: Aliases, device: Device) -> None:
    identifiers = device.key, device.serial, device.dn, str(device.id)
    aliases.add("device", identifiers, [device.name])


def _in_order(devices: Iterable[Device]) -> list[Device]:
    return sorted(devices, key=lambda each: (each.plant_code, each.type_id, each.key))


def as_object(value: JsonValue) -> JsonObject:
    """Return JSON that is an object, an empty one for all else."""
    return value if isinstance(value, dict) else {}
