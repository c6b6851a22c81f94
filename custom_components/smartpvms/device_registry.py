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
    data = entry.runtime_data
    listed = {
        *data.plants.data,
        *(device.key for device in data.devices.data.values()),
        *(
            pack.serial
            for coordinator in data.device_readings.values()
            for reading in coordinator.data.values()
            for pack in reading.battery_packs
        ),
    }
    return any(
        domain == DOMAIN and key in listed for domain, key in device_entry.identifiers
    )
