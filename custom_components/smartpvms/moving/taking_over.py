"""Doing what was decided: entity ids go to our sensors, and the entries of theirs go.

The row of an entity in the registry changes hands as it is, with its entity id, name,
area, icon, labels and categories: Home Assistant has a way for entities that move from
one integration to another. The statistics of an entity id stay where they are.
"""

from collections.abc import Collection
from contextlib import suppress
from datetime import datetime
import logging
from typing import Final

from homeassistant.components.sensor import DOMAIN as SENSOR
from homeassistant.config_entries import (
    ConfigEntry,
    ConfigEntryDisabler,
    ConfigEntryState,
    OperationNotAllowed,
)
from homeassistant.const import CONF_UNIT_OF_MEASUREMENT
from homeassistant.core import CoreState, HomeAssistant, callback, split_entity_id
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.entity import entity_sources
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.start import async_at_started

from ..const import DOMAIN
from ..energy_dashboard import async_rename_statistics
from ..slices import async_in_slices
from .record import Step, TakeOver, async_forget, async_load, async_save
from .statistics import async_join

_LOGGER = logging.getLogger(__name__)

SETTLED: Final = 60
"""Seconds after which Home Assistant has written down what has changed in registries."""


async def async_go_on(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Do what a crash or a restart has left of a take-over, before the entry is set up.

    The recorder works nothing off before Home Assistant has started: what needs it
    follows then, so that the start does not wait for it.
    """
    take_over = await async_load(hass, entry.entry_id)
    if take_over is None:
        return
    is_done = _is_done(hass, take_over)
    if not is_done and not await _async_take_ids(hass, entry, take_over):
        return

    async def forget(now: datetime) -> None:
        await async_forget(hass, entry.entry_id)

    async def finish(hass: HomeAssistant) -> None:
        if not is_done:
            await _async_finish(hass, take_over)
        entry.async_on_unload(async_call_later(hass, SETTLED, forget))

    if hass.state is CoreState.running:
        await finish(hass)
    else:
        entry.async_on_unload(async_at_started(hass, finish))


@callback
def _is_done(hass: HomeAssistant, take_over: TakeOver) -> bool:
    registry = er.async_get(hass)
    return all(_is_taken(registry, step) for step in take_over.steps) and not any(
        hass.config_entries.async_get_entry(entry_id) for entry_id in take_over.removed
    )


def _is_taken(registry: er.EntityRegistry, step: Step) -> bool:
    row = registry.async_get(step.entity_id)
    return (
        row is not None and row.platform == DOMAIN and row.unique_id == step.unique_id
    )


async def async_take_over(
    hass: HomeAssistant, entry: ConfigEntry, take_over: TakeOver
) -> bool:
    """Do what is decided, or what is left of it; no entity of the entry may be loaded.

    Returns False where entities of theirs cannot be unloaded, so that nothing was done:
    then it is done at the next start of Home Assistant.
    """
    await async_save(hass, entry.entry_id, take_over)
    is_taken = await _async_take_ids(hass, entry, take_over)
    if is_taken:
        await _async_finish(hass, take_over)
    return is_taken


async def _async_take_ids(
    hass: HomeAssistant, entry: ConfigEntry, take_over: TakeOver
) -> bool:
    """Move the rows of the registry; return False where nothing was done."""
    for entry_id in (*take_over.removed, *take_over.silenced):
        await _async_unload(hass, entry_id)
    loaded = entity_sources(hass)
    if any(step.entity_id in loaded for step in take_over.steps):
        for entry_id in take_over.removed:
            # it must not be there before us at the next start
            with suppress(OperationNotAllowed):
                await hass.config_entries.async_set_disabled_by(
                    entry_id, ConfigEntryDisabler.USER
                )
        return False
    await async_in_slices(hass, (_take(hass, entry, step) for step in take_over.steps))
    for entry_id, owners in take_over.silenced.items():
        _silence(hass, entry_id, owners)
        await _async_load(hass, entry_id)
    return True


async def _async_finish(hass: HomeAssistant, take_over: TakeOver) -> None:
    """Join the statistics, and remove the entries of theirs: then all is done."""
    names = _names(hass, take_over)
    await async_join(hass, names)
    await async_rename_statistics(hass, names)
    for entry_id in take_over.removed:
        if hass.config_entries.async_get_entry(entry_id) is not None:
            await hass.config_entries.async_remove(entry_id)
    _LOGGER.debug("%d entity ids were taken over", len(take_over.steps))


async def _async_unload(hass: HomeAssistant, entry_id: str) -> None:
    entry = hass.config_entries.async_get_entry(entry_id)
    if entry is not None and entry.state.recoverable:
        await hass.config_entries.async_unload(entry_id)


async def _async_load(hass: HomeAssistant, entry_id: str) -> None:
    entry = hass.config_entries.async_get_entry(entry_id)
    if entry is not None and entry.state is ConfigEntryState.NOT_LOADED:
        await hass.config_entries.async_setup(entry_id)


@callback
def _take(hass: HomeAssistant, entry: ConfigEntry, step: Step) -> None:
    """Let our sensor go on as the entity of theirs, unless somebody else has the id."""
    registry = er.async_get(hass)
    own_id = registry.async_get_entity_id(SENSOR, DOMAIN, step.unique_id)
    own = None if own_id is None else registry.async_get(own_id)
    if own is None:
        return
    theirs = registry.async_get(step.entity_id) or _restored(registry, step)
    if theirs.entity_id != step.entity_id:
        registry.async_remove(theirs.entity_id)
    elif theirs.platform == step.integration:
        _take_device(hass, theirs.device_id, own.device_id)
        registry.async_remove(own.entity_id)
        registry.async_update_entity_platform(
            step.entity_id,
            DOMAIN,
            new_config_entry_id=entry.entry_id,
            new_unique_id=step.unique_id,
            new_device_id=own.device_id,
        )
    _show_as_before(registry, step)


@callback
def _restored(registry: er.EntityRegistry, step: Step) -> er.RegistryEntry:
    """Return the row of theirs, which the registry still knows after it was deleted.

    So it is where a crash came after their entry had been removed, and before the
    registry with our changes was on disk.
    """
    _, object_id = split_entity_id(step.entity_id)
    return registry.async_get_or_create(
        SENSOR,
        step.integration,
        step.their_unique_id,
        suggested_object_id=object_id,
    )


@callback
def _names(hass: HomeAssistant, take_over: TakeOver) -> dict[str, str]:
    """Return the entity ids that sensors have now, by those that nobody has any more."""
    registry = er.async_get(hass)
    return {
        step.former_id: step.entity_id
        for step in take_over.steps
        if _is_taken(registry, step) and registry.async_get(step.former_id) is None
    }


@callback
def _show_as_before(registry: er.EntityRegistry, step: Step) -> None:
    """Keep the unit that users have seen, and what was disabled with the old entry alone."""
    row = registry.async_get(step.entity_id)
    if row is None or not _is_taken(registry, step):
        return
    if row.disabled_by is er.RegistryEntryDisabler.CONFIG_ENTRY:
        registry.async_update_entity(step.entity_id, disabled_by=None)
    if step.unit:
        options = {**row.options.get(SENSOR, {}), CONF_UNIT_OF_MEASUREMENT: step.unit}
        registry.async_update_entity_options(step.entity_id, SENSOR, options)


@callback
def _take_device(hass: HomeAssistant, their_id: str | None, own_id: str | None) -> None:
    """Let our device have area, labels and name that theirs has and ours has not."""
    registry = dr.async_get(hass)
    theirs = None if their_id is None else registry.async_get(their_id)
    own = None if own_id is None else registry.async_get(own_id)
    if theirs is not None and own is not None:
        registry.async_update_device(
            own.id,
            area_id=own.area_id or theirs.area_id,
            labels=own.labels | theirs.labels,
            name_by_user=own.name_by_user or theirs.name_by_user,
        )


@callback
def _silence(hass: HomeAssistant, entry_id: str, owners: Collection[str]) -> None:
    """Disable the devices that have moved, in an entry that stays for others."""
    registry = dr.async_get(hass)
    for device in dr.async_entries_for_config_entry(registry, entry_id):
        if any(str(owner) in owners for _, owner in device.identifiers):
            registry.async_update_device(
                device.id, disabled_by=dr.DeviceEntryDisabler.USER
            )
