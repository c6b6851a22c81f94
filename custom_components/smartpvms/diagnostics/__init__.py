"""What an owner can hand to others to find a cause, with nothing personal in it.

Plants and devices have numbers instead of names, codes, ids and serial numbers, the same
number throughout. Home Assistant adds its own version and that of the integration.
"""

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.util import dt as dt_util

from ..coordinator import SmartPVMSConfigEntry
from ..device_registry import keys_of
from ..northbound.json_types import JsonObject
from ..northbound.models import Device
from .access import entry_section
from .aliases import Aliases, aliases_of
from .calls import calls_section, feed_section, feeds_section, probe_section
from .control import control_section
from .plants import device_section, plant_section, plants_section


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: SmartPVMSConfigEntry
) -> JsonObject:
    """Return what is known of an entry; less of one that is not loaded."""
    aliases = aliases_of(entry)
    told: JsonObject = {
        "taken": dt_util.utcnow().isoformat(),
        "entry": entry_section(entry, aliases),
    }
    if entry.state is ConfigEntryState.LOADED:
        data = entry.runtime_data
        told |= {
            "calls": calls_section(data.account),
            "probe": probe_section(entry, data.account),
            "feeds": feeds_section(data.clock),
            "planner": data.clock.learned(),
            "plants": plants_section(entry, aliases),
            "control": control_section(entry, aliases, data.plants.data),
        }
    return told


async def async_get_device_diagnostics(
    hass: HomeAssistant, entry: SmartPVMSConfigEntry, device: dr.DeviceEntry
) -> JsonObject:
    """Return what is known of a plant, or of a device with how it is polled.

    Of the account it is all that is known of the entry; a battery pack is told of with
    its battery.
    """
    if entry.state is not ConfigEntryState.LOADED:
        return await async_get_config_entry_diagnostics(hass, entry)
    aliases = aliases_of(entry)
    plant = _plant_of(entry, device)
    if plant is not None:
        return _told_of_plant(entry, aliases, plant)
    found = _device_of(hass, entry, device)
    if found is not None:
        return _told_of_device(entry, aliases, found)
    return await async_get_config_entry_diagnostics(hass, entry)


def _told_of_plant(
    entry: SmartPVMSConfigEntry, aliases: Aliases, plant_code: str
) -> JsonObject:
    data = entry.runtime_data
    return {
        "taken": dt_util.utcnow().isoformat(),
        "entry": entry_section(entry, aliases),
        "calls": calls_section(data.account),
        "feeds": feeds_section(data.clock),
        "plant": plant_section(entry, aliases, plant_code),
        "control": control_section(entry, aliases, [plant_code]),
    }


def _told_of_device(
    entry: SmartPVMSConfigEntry, aliases: Aliases, device: Device
) -> JsonObject:
    data = entry.runtime_data
    coordinator = data.device_readings.get(device.type_id)
    return {
        "taken": dt_util.utcnow().isoformat(),
        "entry": entry_section(entry, aliases),
        "calls": calls_section(data.account),
        "feed": None if coordinator is None else feed_section(data.clock, coordinator),
        "device": device_section(entry, aliases, device),
    }


def _plant_of(entry: SmartPVMSConfigEntry, device: dr.DeviceEntry) -> str | None:
    plants = keys_of(device) & entry.runtime_data.plants.data.keys()
    return next(iter(plants), None)


def _device_of(
    hass: HomeAssistant, entry: SmartPVMSConfigEntry, device: dr.DeviceEntry
) -> Device | None:
    """Return the device of the cloud behind one of the registry, or behind its parent."""
    by_key = {each.key: each for each in entry.runtime_data.devices.data.values()}
    registry = dr.async_get(hass)
    parent = registry.async_get(device.via_device_id) if device.via_device_id else None
    parents = [parent] if isinstance(parent, dr.DeviceEntry) else []
    keys = [key for each in (device, *parents) for key in keys_of(each)]
    return next((by_key[key] for key in keys if key in by_key), None)
