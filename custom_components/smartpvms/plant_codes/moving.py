"""Giving plants their new codes in all that Home Assistant keeps of them."""

from collections.abc import Mapping
import logging
from typing import Any, Final, cast

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.storage import Store
from homeassistant.util.json import JsonObjectType

from ..const import CONF_KNOWN_PLANTS, CONF_PLANTS, DOMAIN
from ..coordinator.memory import drop_memory
from ..energy_dashboard import async_rename_statistics
from ..history.recording import has_recorder
from ..history.shelf import statistic_ids
from ..meters.questions import async_forget_questions
from ..renaming import renamed
from ..stored import async_load_stored
from .statistics import async_rename_series

_LOGGER = logging.getLogger(__name__)

_VERSION: Final = 1
# the files of an entry that name plants, and whether others may not read them
_FILES: Final = {
    "memory": True,
    "alarms": True,
    "energy": False,
    "control": False,
    "plans": False,
    "history": False,
}


async def async_move_plants(
    hass: HomeAssistant, entry: ConfigEntry, moves: Mapping[str, str]
) -> None:
    """Give plants new codes, by old code; the entry is not loaded afterwards.

    Devices, entities, statistics, options, and what was set and planned stay. No new
    code may be that of a plant that the entry serves.
    """
    await hass.config_entries.async_unload(entry.entry_id)
    drop_memory(hass, entry.entry_id)
    async_forget_questions(hass, entry.entry_id)
    statistics = {
        before: after
        for old, new in moves.items()
        for before, after in zip(statistic_ids(old), statistic_ids(new), strict=True)
    }
    names = {**moves, **statistics}
    for file, private in _FILES.items():
        await _async_move_file(
            hass, f"{DOMAIN}.{file}.{entry.entry_id}", private, names
        )
    _move_devices(hass, entry, moves)
    _move_entities(hass, entry, moves)
    if has_recorder(hass):
        await async_rename_series(hass, statistics)
    await async_rename_statistics(hass, statistics)
    options = cast(dict[str, Any], renamed(dict(entry.options), names))
    options[CONF_PLANTS] = sorted(options[CONF_PLANTS])
    known = sorted({*entry.data[CONF_KNOWN_PLANTS], *moves.values()})
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, CONF_KNOWN_PLANTS: known}, options=options
    )
    _LOGGER.debug("%d plants have a new code", len(moves))


async def _async_move_file(
    hass: HomeAssistant, name: str, private: bool, names: Mapping[str, str]
) -> None:
    store = Store[JsonObjectType](
        hass, _VERSION, name, private=private, atomic_writes=True
    )
    stored = await async_load_stored(store)
    if stored:
        await store.async_save(cast(JsonObjectType, renamed(stored, names)))


@callback
def _move_devices(
    hass: HomeAssistant, entry: ConfigEntry, moves: Mapping[str, str]
) -> None:
    registry = dr.async_get(hass)
    for old, new in moves.items():
        device = registry.async_get_device_by_identifier((DOMAIN, old), entry.entry_id)
        if device is not None:
            registry.async_update_device(device.id, new_identifiers={(DOMAIN, new)})


@callback
def _move_entities(
    hass: HomeAssistant, entry: ConfigEntry, moves: Mapping[str, str]
) -> None:
    registry = er.async_get(hass)
    for entity in er.async_entries_for_config_entry(registry, entry.entry_id):
        for old, new in moves.items():
            prefix = f"{old}_"
            if entity.unique_id.startswith(prefix):
                key = entity.unique_id.removeprefix(prefix)
                registry.async_update_entity(
                    entity.entity_id, new_unique_id=f"{new}_{key}"
                )
                break
