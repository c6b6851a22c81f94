"""Account, plants, devices and battery packs in Home Assistant's device registry."""

from collections.abc import Iterator

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr

from .const import CONF_KNOWN_PLANTS, CONF_PLANTS, CONF_SERVER, DOMAIN, MANUFACTURER
from .coordinator import SmartPVMSConfigEntry
from .detail import Detail, detail_of, has_totals, is_fleet, is_shown
from .northbound.device_types import device_type_name
from .northbound.models import BatteryPack, Device, Plant


@callback
def async_register_devices(hass: HomeAssistant, entry: SmartPVMSConfigEntry) -> None:
    """Register account, plants and devices as listed now, as `registrations` do."""
    for _ in registrations(hass, entry):
        pass


def registrations(hass: HomeAssistant, entry: SmartPVMSConfigEntry) -> Iterator[None]:
    """Register account, plants and devices, one under the other, as listed now.

    Must run before entities are added: a device can only hang under one that exists.
    """
    registry = dr.async_get(hass)
    plants = entry.runtime_data.plants.data
    account = _register_account(registry, entry) if has_totals(entry.options) else None
    homes: dict[str, dr.DeviceEntry] = {}
    for plant in plants.values():
        homes[plant.code] = _register_plant(registry, entry, plant, account)
        yield
    for device in entry.runtime_data.devices.data.values():
        if device.plant_code in homes and is_shown(entry.options, device):
            yield
            _register_device(
                registry,
                entry,
                device,
                homes[device.plant_code],
                plants[device.plant_code].name if len(plants) > 1 else None,
            )


@callback
def async_remove_vanished_devices(
    hass: HomeAssistant, entry: SmartPVMSConfigEntry
) -> None:
    """Remove the devices that two lists of the cloud, read apart in time, lack.

    No list names battery packs: they stay as long as their battery.
    """
    data = entry.runtime_data
    if data.plants.codes.moves:
        # what vanished is there under another code, and waits for somebody to confirm
        return
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
        if keys_of(device_entry) & listed
    }
    listing = {account_key(entry), *data.plants.data}
    kept |= {
        device_id
        for device_id, device_entry in devices.items()
        if device_entry.via_device_id in kept
        and not keys_of(devices[device_entry.via_device_id]) & listing
    }
    for device_id in devices.keys() - kept:
        registry.async_remove_device(device_id)


@callback
def async_remove_hidden_devices(
    hass: HomeAssistant, entry: SmartPVMSConfigEntry
) -> None:
    """Remove what the user does not want: plants, or the devices of plants.

    With a device go its entities. The account goes where it has a single plant.
    """
    registry = dr.async_get(hass)
    options = entry.options
    declined = set(entry.data[CONF_KNOWN_PLANTS]) - set(options[CONF_PLANTS])
    for plant_code in declined:
        _remove_with_children(registry, entry, plant_code)
    devices = dr.async_entries_for_config_entry(registry, entry.entry_id)
    parents = {
        device.id
        for device in devices
        for key in keys_of(device)
        if key in options[CONF_PLANTS] and detail_of(options, key) is Detail.TOTALS
    }
    # devices hang under their plant, packs under their battery
    while parents:
        parents = {device.id for device in devices if device.via_device_id in parents}
        for device_id in parents:
            registry.async_remove_device(device_id)
    if not has_totals(options) and (
        account := registry.async_get_device_by_identifier(
            (DOMAIN, account_key(entry)), entry.entry_id
        )
    ):
        registry.async_remove_device(account.id)


def _remove_with_children(
    registry: dr.DeviceRegistry, entry: SmartPVMSConfigEntry, key: str
) -> None:
    """Remove a device and all that hang under it."""
    device = registry.async_get_device_by_identifier((DOMAIN, key), entry.entry_id)
    if device is None:
        return
    going = {device.id}
    devices = dr.async_entries_for_config_entry(registry, entry.entry_id)
    parents = going
    while parents:
        parents = {device.id for device in devices if device.via_device_id in parents}
        going |= parents
    for device_id in going:
        registry.async_remove_device(device_id)


def account_key(entry: SmartPVMSConfigEntry) -> str:
    """Return what the account is known by, in its device and its entities."""
    return entry.unique_id or entry.entry_id


def _register_account(
    registry: dr.DeviceRegistry, entry: SmartPVMSConfigEntry
) -> dr.DeviceEntry:
    return registry.async_get_or_create(
        config_entry_id=entry.entry_id,
        identifiers={(DOMAIN, account_key(entry))},
        entry_type=dr.DeviceEntryType.SERVICE,
        name=entry.title,
        manufacturer=MANUFACTURER,
        model="SmartPVMS account",
        configuration_url=entry.data[CONF_SERVER],
    )


def _register_plant(
    registry: dr.DeviceRegistry,
    entry: SmartPVMSConfigEntry,
    plant: Plant,
    account: dr.DeviceEntry | None,
) -> dr.DeviceEntry:
    return registry.async_get_or_create(
        config_entry_id=entry.entry_id,
        identifiers={(DOMAIN, plant.code)},
        entry_type=dr.DeviceEntryType.SERVICE,
        name=plant.name,
        manufacturer=MANUFACTURER,
        model="SmartPVMS plant",
        configuration_url=entry.data[CONF_SERVER],
        suggested_area=plant.name if is_fleet(entry.options) else None,
        via_device_id=account.id if account else None,
    )


def _register_device(
    registry: dr.DeviceRegistry,
    entry: SmartPVMSConfigEntry,
    device: Device,
    home: dr.DeviceEntry,
    plant_name: str | None,
) -> None:
    registry.async_get_or_create(
        config_entry_id=entry.entry_id,
        identifiers={(DOMAIN, device.key)},
        name=f"{plant_name} {device.name}" if plant_name else device.name,
        manufacturer=MANUFACTURER,
        model=device.model or device_type_name(device.type_id),
        serial_number=device.serial,
        sw_version=device.software_version,
        suggested_area=plant_name if is_fleet(entry.options) else None,
        via_device_id=home.id,
    )


@callback
def async_register_battery_pack(
    hass: HomeAssistant,
    entry: SmartPVMSConfigEntry,
    battery: Device,
    pack: BatteryPack,
    packs: tuple[BatteryPack, ...],
) -> bool:
    """Register a pack under its battery, named by unit and place: "1.2".

    Returns whether the battery is registered too.
    """
    registry = dr.async_get(hass)
    parent = registry.async_get_device_by_identifier(
        (DOMAIN, battery.key), entry.entry_id
    )
    if parent is None:
        return False
    plant = entry.runtime_data.plants.data.get(battery.plant_code)
    unit = [other.serial for other in packs if other.unit == pack.unit]
    registry.async_get_or_create(
        config_entry_id=entry.entry_id,
        identifiers={(DOMAIN, pack.serial)},
        translation_key="battery_pack",
        translation_placeholders={
            "battery": parent.name or "",
            "pack": f"{pack.unit}.{unit.index(pack.serial) + 1}",
        },
        manufacturer=MANUFACTURER,
        model="Battery pack",
        serial_number=pack.serial,
        suggested_area=plant.name if plant and is_fleet(entry.options) else None,
        via_device_id=parent.id,
    )
    return True


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
    return bool(keys_of(device_entry) & (_listed_keys(entry) | packs))


def _listed_keys(entry: SmartPVMSConfigEntry) -> set[str]:
    """Return the keys of what the cloud lists, and of the entry itself."""
    data = entry.runtime_data
    return {
        account_key(entry),
        *data.plants.data,
        *(
            device.key
            for device in data.devices.listing.items.values()
            if is_shown(entry.options, device)
        ),
    }


def keys_of(device_entry: dr.DeviceEntry) -> set[str]:
    """Return what a device of the registry is known by: account, plant code, device key."""
    return {key for domain, key in device_entry.identifiers if domain == DOMAIN}
