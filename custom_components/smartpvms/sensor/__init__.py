"""Sensors of plants, of every type of device that has readings, and of battery packs."""

from collections.abc import Iterable, Mapping
from datetime import tzinfo
from functools import partial
from typing import Final

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.util import dt as dt_util

from ..const import CONF_PLANT_SETTINGS, CONF_TIME_ZONE, DOMAIN
from ..coordinator import DeviceReadingsCoordinator, SmartPVMSConfigEntry
from ..discovery import async_follow_devices, async_follow_plants
from ..northbound.models import Device, Plant, Reading
from .alarms import async_add_alarm_counts
from .all_in_one import ALL_IN_ONE_SENSORS
from .battery import BATTERY_SENSORS, ESS_SENSORS
from .description import SmartPVMSSensorEntityDescription
from .emma import EMMA_SENSORS
from .entity import BatteryPackSensor, DeviceSensor, PlantSensor, battery_pack_device
from .environment import ENVIRONMENT_SENSORS
from .inverter import RESIDENTIAL_INVERTER_SENSORS, STRING_INVERTER_SENSORS
from .meter import GRID_METER_SENSORS, POWER_SENSOR_SENSORS
from .plant import PLANT_SENSORS
from .power_m import (
    AC_DISTRIBUTION_SENSORS,
    BATTERY_RACK_SENSORS,
    GENSET_SENSORS,
    MAINS_SENSORS,
    POWER_CONVERTER_SENSORS,
    SSU_GROUP_SENSORS,
    SSU_SENSORS,
)

PARALLEL_UPDATES = 0

DEVICE_SENSORS: Final[Mapping[int, tuple[SmartPVMSSensorEntityDescription, ...]]] = {
    1: STRING_INVERTER_SENSORS,
    10: ENVIRONMENT_SENSORS,
    17: GRID_METER_SENSORS,
    38: RESIDENTIAL_INVERTER_SENSORS,
    39: BATTERY_SENSORS,
    41: ESS_SENSORS,
    47: POWER_SENSOR_SENSORS,
    23070: EMMA_SENSORS,
    23093: ALL_IN_ONE_SENSORS,
    60001: MAINS_SENSORS,
    60003: GENSET_SENSORS,
    60010: AC_DISTRIBUTION_SENSORS,
    60014: BATTERY_RACK_SENSORS,
    60043: SSU_GROUP_SENSORS,
    60044: SSU_SENSORS,
    60092: POWER_CONVERTER_SENSORS,
}
"""The sensors of a device, by devTypeId."""


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SmartPVMSConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Create the sensors there are, and those that come later."""
    waiting = WaitingSensors(hass)
    packs = WaitingPacks(hass, entry)
    time_zones = await _async_time_zones(entry)

    @callback
    def add(owner: str, sensors: list[PlantSensor] | list[DeviceSensor]) -> None:
        for sensor in sensors:
            # a device that the user deletes may be listed again
            sensor.async_on_remove(
                partial(waiting.give_back, owner, sensor.entity_description)
            )
        if sensors:
            async_add_entities(sensors)

    @callback
    def create_for_plant(plant: Plant) -> None:
        coordinator = entry.runtime_data.plant_readings
        due = waiting.take(plant.code, PLANT_SENSORS, coordinator.data.get(plant.code))
        zone = time_zones.get(plant.code)
        add(plant.code, [PlantSensor(coordinator, plant, each, zone) for each in due])

    @callback
    def create_for_device(
        coordinator: DeviceReadingsCoordinator, device: Device
    ) -> None:
        reading = coordinator.data.get(device.id)
        due = waiting.take(device.key, DEVICE_SENSORS[device.type_id], reading)
        add(device.key, [DeviceSensor(coordinator, device, each) for each in due])
        if reading and (new := packs.take(coordinator, device, reading)):
            async_add_entities(new)

    async_follow_plants(entry, create_for_plant)
    async_follow_devices(entry, DEVICE_SENSORS, create_for_device)
    async_add_alarm_counts(entry, async_add_entities)


async def _async_time_zones(entry: SmartPVMSConfigEntry) -> dict[str, tzinfo | None]:
    """Return the time zones that were set, by plant code."""
    return {
        plant_code: await dt_util.async_get_time_zone(time_zone)
        for plant_code, settings in entry.options.get(CONF_PLANT_SETTINGS, {}).items()
        if (time_zone := settings.get(CONF_TIME_ZONE))
    }


class WaitingSensors:
    """The sensors that plants and devices do not have yet."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Start with nothing created."""
        self._registry = er.async_get(hass)
        self._waiting: dict[str, list[SmartPVMSSensorEntityDescription]] = {}

    def take(
        self,
        owner: str,
        descriptions: Iterable[SmartPVMSSensorEntityDescription],
        reading: Reading | None,
    ) -> list[SmartPVMSSensorEntityDescription]:
        """Return what is to be created now of what `owner` (its key) may ever have.

        An optional sensor waits for its first value, unless it existed before.
        """
        due: list[SmartPVMSSensorEntityDescription] = []
        still_waiting: list[SmartPVMSSensorEntityDescription] = []
        for description in self._waiting.get(owner, descriptions):
            is_due = (
                not description.optional
                or (reading is not None and description.has_value(reading))
                or self._existed(owner, description)
            )
            (due if is_due else still_waiting).append(description)
        self._waiting[owner] = still_waiting
        return due

    @callback
    def give_back(
        self, owner: str, description: SmartPVMSSensorEntityDescription
    ) -> None:
        """Take note that `owner` has lost this sensor."""
        self._waiting[owner].append(description)

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
        new: list[BatteryPackSensor] = []
        battery_device = self._devices.async_get_device_by_identifier(
            (DOMAIN, battery.key), self._entry.entry_id
        )
        for pack in reading.battery_packs:
            if pack.serial in self._seen or battery_device is None:
                continue
            self._seen.add(pack.serial)
            sensor = BatteryPackSensor(
                coordinator,
                battery,
                pack.serial,
                battery_pack_device(battery_device, pack, reading.battery_packs),
            )
            sensor.async_on_remove(partial(self._seen.discard, pack.serial))
            new.append(sensor)
        return new
