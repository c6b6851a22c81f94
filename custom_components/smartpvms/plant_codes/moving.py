"""Giving plants their new codes in all that Home Assistant keeps of them."""

from collections.abc import Mapping
from datetime import datetime
import logging
from typing import Any, Final, cast

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.storage import Store
from homeassistant.util.json import JsonObjectType

from ..const import CONF_KNOWN_PLANTS, CONF_MOVED_PLANTS, CONF_PLANTS, DOMAIN
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
# seconds after which Home Assistant has its registries on disk
_UNTIL_SAVED: Final = 60
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
    code may be that of a plant that the entry serves. What does not come to its end is
    made up for when the entry is set up; raises OSError or HomeAssistantError then.
    """
    await hass.config_entries.async_unload(entry.entry_id)
    drop_memory(hass, entry.entry_id)
    async_forget_questions(hass, entry.entry_id)
    statistics = _statistics(moves)
    options = cast(
        dict[str, Any], renamed(dict(entry.options), {**moves, **statistics})
    )
    options[CONF_PLANTS] = sorted(options[CONF_PLANTS])
    data = {
        **entry.data,
        CONF_KNOWN_PLANTS: sorted({*entry.data[CONF_KNOWN_PLANTS], *moves.values()}),
        CONF_MOVED_PLANTS: dict(moves),
    }
    hass.config_entries.async_update_entry(entry, data=data, options=options)
    try:
        await _async_move(hass, entry, moves)
        if has_recorder(hass):
            await async_rename_series(hass, statistics)
        await async_rename_statistics(hass, statistics)
    except OSError, HomeAssistantError:
        hass.config_entries.async_schedule_reload(entry.entry_id)
        raise
    _LOGGER.debug("%d plants have a new code", len(moves))


async def async_complete_moves(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Do again what a crash may have undone before it was on disk.

    Has to come before anything of the entry is read.
    """
    stored = entry.data.get(CONF_MOVED_PLANTS)
    if not isinstance(stored, Mapping):
        return
    moves = {old: new for old, new in stored.items() if isinstance(new, str)}
    await _async_move(hass, entry, moves)

    @callback
    def forget(_now: datetime) -> None:
        data = {
            key: each for key, each in entry.data.items() if key != CONF_MOVED_PLANTS
        }
        hass.config_entries.async_update_entry(entry, data=data)

    entry.async_on_unload(async_call_later(hass, _UNTIL_SAVED, forget))


def _statistics(moves: Mapping[str, str]) -> dict[str, str]:
    """Return the new id of each series of the history, by its old one."""
    return {
        before: after
        for old, new in moves.items()
        for before, after in zip(statistic_ids(old), statistic_ids(new), strict=True)
    }


async def _async_move(
    hass: HomeAssistant, entry: ConfigEntry, moves: Mapping[str, str]
) -> None:
    """Rename in our files and in the registries; a second time it changes nothing."""
    names = {**moves, **_statistics(moves)}
    for file, private in _FILES.items():
        await _async_move_file(
            hass, f"{DOMAIN}.{file}.{entry.entry_id}", private, names
        )
    _move_devices(hass, entry, moves)
    _move_entities(hass, entry, moves)


async def _async_move_file(
    hass: HomeAssistant, name: str, private: bool, names: Mapping[str, str]
) -> None:
    store = Store[JsonObjectType](
        hass, _VERSION, name, private=private, atomic_writes=True
    )
    stored = await async_load_stored(store)
    moved = cast(JsonObjectType, renamed(stored, names))
    if moved != stored:
        await store.async_save(moved)


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
