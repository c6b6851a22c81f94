"""Which plants and devices an action is about."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from homeassistant.const import ATTR_CONFIG_ENTRY_ID, ATTR_DEVICE_ID
from homeassistant.core import ServiceCall, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv, service
import voluptuous as vol

from ..const import DOMAIN
from ..coordinator import SmartPVMSConfigEntry
from ..device_registry import account_key
from ..northbound.models import Alarm, Device, Plant

SELECTION: Final = {
    vol.Optional(ATTR_CONFIG_ENTRY_ID): cv.string,
    vol.Optional(ATTR_DEVICE_ID): vol.All(cv.ensure_list, [cv.string]),
}
"""The fields that choose plants and devices; without them, all plants."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The plants and devices that an action is about, all of one entry."""

    entry: SmartPVMSConfigEntry
    plants: Mapping[str, Plant]
    devices: Mapping[int, Device]

    def home_of(self, device: Device) -> Plant:
        """Return the plant of a device."""
        return self.entry.runtime_data.plants.data[device.plant_code]

    def homes(self) -> Iterator[Plant]:
        """Return the plants, and those of the devices; some of them more than once."""
        yield from self.plants.values()
        yield from (self.home_of(device) for device in self.devices.values())

    def is_about(self, alarm: Alarm) -> bool:
        """Return whether an alarm is one of the plants' or of the devices'.

        Devices without a serial number are known to the alarms by their name.
        """
        if alarm.plant_code in self.plants:
            return True
        return any(
            device.plant_code == alarm.plant_code
            and (
                device.serial == alarm.device_serial
                if alarm.device_serial
                else device.name == alarm.device_name
            )
            for device in self.devices.values()
        )


@callback
def selected(call: ServiceCall) -> Selection:
    """Return what the call names, or else all plants of its entry."""
    entry_id: str | None = call.data.get(ATTR_CONFIG_ENTRY_ID)
    device_ids: list[str] = call.data.get(ATTR_DEVICE_ID, [])
    if not device_ids:
        entry = service.async_get_config_entry(call.hass, DOMAIN, entry_id)
        return Selection(entry=entry, plants=entry.runtime_data.plants.data, devices={})
    entries: dict[str, SmartPVMSConfigEntry] = {}
    names: dict[str, str] = {}
    for device_id in device_ids:
        device, entry = service.async_get_device_and_config_entry(
            call.hass, DOMAIN, device_id, include_child_devices=False
        )
        entries[entry.entry_id] = entry
        keys = (key for domain, key in device.identifiers if domain == DOMAIN)
        names |= dict.fromkeys(keys, device.name_by_user or device.name or device_id)
    if len({*entries, entry_id} - {None}) > 1:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="devices_of_several_entries"
        )
    (entry,) = entries.values()
    return _named(entry, names)


@callback
def _named(entry: SmartPVMSConfigEntry, names: Mapping[str, str]) -> Selection:
    """Return the plants and devices with these keys, which users know by these names.

    The account stands for all plants.
    """
    data = entry.runtime_data
    account = account_key(entry)
    plants = {
        code: plant
        for code, plant in data.plants.data.items()
        if code in names or account in names
    }
    devices = {
        device.id: device
        for device in data.devices.data.values()
        if device.key in names and device.plant_code in data.plants.data
    }
    found = {account, *plants, *(device.key for device in devices.values())}
    for key, name in names.items():
        if key not in found:
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="device_without_data",
                translation_placeholders={"device": name},
            )
    return Selection(entry=entry, plants=plants, devices=devices)
