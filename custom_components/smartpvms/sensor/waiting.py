"""Which sensors plants and devices do not have yet, and when they are due."""

from collections.abc import Iterable
from functools import partial

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er

from ..const import DOMAIN
from ..coordinator import DeviceReadingsCoordinator, SmartPVMSConfigEntry
from ..detail import is_fleet
from ..discovery import async_on_lost
from ..northbound.models import Device, Reading
from .description import SmartPVMSSensorEntityDescription
from .entity import BatteryPackSensor, battery_pack_device


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
    """The battery packs that were not seen yet."""

    def __init__(self, hass: HomeAssistant, entry: SmartPVMSConfigEntry) -> None:
        """Start with no pack."""
        self._devices = dr.async_get(hass)
        self._entry = entry
        self._seen: set[str] = set()

    def take(
        self, coordinator: DeviceReadingsCoordinator, battery: Device, reading: Reading
    ) -> list[BatteryPackSensor]:
        """Create what the packs of this battery lack; the battery is registered."""
        unseen = [
            pack for pack in reading.battery_packs if pack.serial not in self._seen
        ]
        if not unseen:
            return []
        battery_device = self._devices.async_get_device_by_identifier(
            (DOMAIN, battery.key), self._entry.entry_id
        )
        if battery_device is None:
            return []
        plant = self._entry.runtime_data.plants.data.get(battery.plant_code)
        area = plant.name if plant and is_fleet(self._entry.options) else None
        new: list[BatteryPackSensor] = []
        for pack in unseen:
            self._seen.add(pack.serial)
            sensor = BatteryPackSensor(
                coordinator,
                battery,
                pack.serial,
                battery_pack_device(battery_device, pack, reading.battery_packs, area),
            )
            async_on_lost(sensor, partial(self._seen.discard, pack.serial))
            new.append(sensor)
        return new
