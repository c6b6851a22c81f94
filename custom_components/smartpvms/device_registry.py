"""Plants and devices in Home Assistant's device registry."""

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr

from .const import CONF_SERVER, DOMAIN, MANUFACTURER
from .coordinator import SmartPVMSConfigEntry
from .northbound.device_types import device_type_name
from .northbound.models import Device, Plant


@callback
def async_register_devices(hass: HomeAssistant, entry: SmartPVMSConfigEntry) -> None:
    """Register the plants and, under each, its devices, as the cloud lists them now.

    Must run before entities are added: a device can only hang under one that exists.
    """
    registry = dr.async_get(hass)
    plants = entry.runtime_data.plants.data
    for plant in plants.values():
        _register_plant(registry, entry, plant)
    for device in entry.runtime_data.devices.data.values():
        if home := plants.get(device.plant_code):
            _register_device(
                registry, entry, device, home, with_plant_name=len(plants) > 1
            )


@callback
def async_remove_vanished_devices(
    hass: HomeAssistant, entry: SmartPVMSConfigEntry
) -> None:
    """Remove the devices that two lists of the cloud, read apart in time, lack.

    No list names battery packs: they stay as long as their battery.
    """
    data = entry.runtime_data
    if not (data.plants.listing.proves_absence and data.devices.listing.proves_absence):
        return
    registry = dr.async_get(hass)
    listed = _listed_keys(entry)
    devices = {
        device_entry.id: device_entry
        for device_entry in dr.async_entries_for_config_entry(registry, entry.entry_id)
    }
    kept = {
        device_id
        for device_id, device_entry in devices.items()
        if _keys(device_entry) & listed
    }
    plants = data.plants.data.keys()
    kept |= {
        device_id
        for device_id, device_entry in devices.items()
        if device_entry.via_device_id in kept
        and not _keys(devices[device_entry.via_device_id]) & plants
    }
    for device_id in devices.keys() - kept:
        registry.async_remove_device(device_id)


def _register_plant(
    registry: dr.DeviceRegistry, entry: SmartPVMSConfigEntry, plant: Plant
) -> None:
    registry.async_get_or_create(
        config_entry_id=entry.entry_id,
        identifiers={(DOMAIN, plant.code)},
        entry_type=dr.DeviceEntryType.SERVICE,
        name=plant.name,
        manufacturer=MANUFACTURER,
        model="SmartPVMS plant",
        configuration_url=entry.data[CONF_SERVER],
    )


def _register_device(
    registry: dr.DeviceRegistry,
    entry: SmartPVMSConfigEntry,
    device: Device,
    plant: Plant,
    *,
    with_plant_name: bool,
) -> None:
    plant_device = registry.async_get_device_by_identifier(
        (DOMAIN, plant.code), entry.entry_id
    )
    registry.async_get_or_create(
        config_entry_id=entry.entry_id,
        identifiers={(DOMAIN, device.key)},
        name=f"{plant.name} {device.name}" if with_plant_name else device.name,
        manufacturer=MANUFACTURER,
        model=device.model or device_type_name(device.type_id),
        serial_number=device.serial,
        sw_version=device.software_version,
        via_device_id=plant_device.id if plant_device else None,
    )


@callback
def async_still_listed(
    entry: SmartPVMSConfigEntry, device_entry: dr.DeviceEntry
) -> bool:
    """Return whether the cloud still lists what this device of the registry stands for."""
    packs = {
        pack.serial
        for coordinator in entry.runtime_data.device_readings.values()
        for reading in coordinator.data.values()
        for pack in reading.battery_packs
    }
    return bool(_keys(device_entry) & (_listed_keys(entry) | packs))


def _listed_keys(entry: SmartPVMSConfigEntry) -> set[str]:
    """Return the keys of what the cloud lists, and of the entry itself."""
    data = entry.runtime_data
    return {
        entry.unique_id or entry.entry_id,
        *data.plants.data,
        *(device.key for device in data.devices.data.values()),
    }


def _keys(device_entry: dr.DeviceEntry) -> set[str]:
    return {key for domain, key in device_entry.identifiers if domain == DOMAIN}
