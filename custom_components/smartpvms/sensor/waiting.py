"""Which sensors plants and devices do not have yet, and when they are due."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util import dt as dt_util

from ..const import DOMAIN
from ..coordinator import DeviceReadingsCoordinator, SmartPVMSConfigEntry
from ..device_registry import async_register_battery_pack
from ..discovery import async_on_lost
from ..northbound.models import Device, Reading
from .description import SmartPVMSSensorEntityDescription
from .entity import BatteryPackSensor

# a battery that wakes or is worked on may name only some of its packs for hours
PACK_GONE_AFTER: Final = timedelta(days=1)


class WaitingSensors:
    """The sensors that plants and devices do not have yet."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Start with nothing created."""
        self._registry = er.async_get(hass)
        # by owner; those that wait for a value also by key
        self._waiting: dict[str, dict[str, SmartPVMSSensorEntityDescription]] = {}
        self._lost: dict[str, list[SmartPVMSSensorEntityDescription]] = {}

    def take(
        self,
        owner: str,
        descriptions: Iterable[SmartPVMSSensorEntityDescription],
        reading: Reading | None,
    ) -> list[SmartPVMSSensorEntityDescription]:
        """Return what is to be created now of what `owner` (its key) may ever have.

        An optional sensor waits for its first value, unless it existed before. Called
        for each device at each poll: after the first time nothing is looked up.
        """
        if owner not in self._waiting:
            self._lost[owner] = []
            self._waiting[owner] = {}
            for each in descriptions:
                if each.optional and not self._existed(owner, each):
                    self._waiting[owner][each.key] = each
                else:
                    self._lost[owner].append(each)
        due = self._lost.pop(owner, [])
        waiting = self._waiting[owner]
        if reading is not None:
            for key in sorted(waiting.keys() & reading.values.keys()):
                if waiting[key].has_value(reading):
                    due.append(waiting.pop(key))
        return due

    @callback
    def give_back(
        self, owner: str, description: SmartPVMSSensorEntityDescription
    ) -> None:
        """Take note that `owner` has lost this sensor."""
        if description.optional:
            self._waiting[owner][description.key] = description
        else:
            self._lost.setdefault(owner, []).append(description)

    def _existed(
        self, owner: str, description: SmartPVMSSensorEntityDescription
    ) -> bool:
        unique_id = f"{owner}_{description.key}"
        return (
            self._registry.async_get_entity_id(Platform.SENSOR, DOMAIN, unique_id)
            is not None
        )


class WaitingPacks:
    """The battery packs that were not seen yet, and those that are not seen any more."""

    def __init__(self, hass: HomeAssistant, entry: SmartPVMSConfigEntry) -> None:
        """Start with no pack."""
        self._hass = hass
        self._devices = dr.async_get(hass)
        self._entry = entry
        self._seen: set[str] = set()
        self._followed: set[int] = set()
        # by device id in the registry
        self._missed_since: dict[str, datetime] = {}

    def take(
        self, coordinator: DeviceReadingsCoordinator, battery: Device, reading: Reading
    ) -> list[BatteryPackSensor]:
        """Create what the packs of this battery lack; the battery is registered."""
        if reading.battery_packs and coordinator.type_id not in self._followed:
            # nobody is told of answers that name the same packs as before
            self._followed.add(coordinator.type_id)
            self._entry.async_on_unload(
                coordinator.async_on_refreshed(
                    partial(self._remove_replaced, coordinator)
                )
            )
        unseen = [
            pack for pack in reading.battery_packs if pack.serial not in self._seen
        ]
        new: list[BatteryPackSensor] = []
        for pack in unseen:
            if not async_register_battery_pack(
                self._hass, self._entry, battery, pack, reading.battery_packs
            ):
                continue
            self._seen.add(pack.serial)
            sensor = BatteryPackSensor(coordinator, battery, pack.serial)
            async_on_lost(sensor, partial(self._seen.discard, pack.serial))
            new.append(sensor)
        return new

    @callback
    def _remove_replaced(self, coordinator: DeviceReadingsCoordinator) -> None:
        """Remove the packs that their batteries have not named for a day.

        A battery that names no pack at all says nothing of them.
        """
        entry_id = self._entry.entry_id
        named: dict[str, set[str]] = {}
        for battery in self._entry.runtime_data.devices.shown(coordinator.type_id):
            reading = coordinator.latest.get(battery.id)
            device = self._devices.async_get_device_by_identifier(
                (DOMAIN, battery.key), entry_id
            )
            if device is not None and reading is not None and reading.battery_packs:
                named[device.id] = {pack.serial for pack in reading.battery_packs}
        now = dt_util.utcnow()
        for pack in dr.async_entries_for_config_entry(self._devices, entry_id):
            names = named.get(pack.via_device_id or "")
            if names is None:
                continue
            if any(serial in names for _, serial in pack.identifiers):
                self._missed_since.pop(pack.id, None)
            elif now - self._missed_since.setdefault(pack.id, now) >= PACK_GONE_AFTER:
                del self._missed_since[pack.id]
                self._devices.async_remove_device(pack.id)
