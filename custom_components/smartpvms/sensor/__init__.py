"""Sensors of plants, inverters, batteries, battery packs and meters."""

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from datetime import datetime, tzinfo
from functools import cached_property
import logging
from typing import Final, override

from homeassistant.components.sensor import DOMAIN as SENSOR_DOMAIN, SensorEntity
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.util import dt as dt_util

from ..const import (
    CONF_CURRENCY,
    CONF_PLANT_SETTINGS,
    CONF_TIME_ZONE,
    DOMAIN,
    MANUFACTURER,
)
from ..coordinator import (
    DeviceReadingsCoordinator,
    PlantReadingsCoordinator,
    SmartPVMSConfigEntry,
)
from ..discovery import async_follow_devices, async_follow_plants
from ..entity import DeviceEntity, PlantEntity
from ..northbound.models import BatteryPack, Device, Plant, Reading
from .battery import BATTERY_PACK_HEALTH, BATTERY_SENSORS
from .description import SmartPVMSSensorEntityDescription
from .inverter import RESIDENTIAL_INVERTER_SENSORS, STRING_INVERTER_SENSORS
from .meter import GRID_METER_SENSORS, POWER_SENSOR_SENSORS
from .plant import PLANT_SENSORS

_LOGGER = logging.getLogger(__name__)

PARALLEL_UPDATES = 0

DEVICE_SENSORS: Final[Mapping[int, tuple[SmartPVMSSensorEntityDescription, ...]]] = {
    1: STRING_INVERTER_SENSORS,
    17: GRID_METER_SENSORS,
    38: RESIDENTIAL_INVERTER_SENSORS,
    39: BATTERY_SENSORS,
    47: POWER_SENSOR_SENSORS,
}
"""The sensors of a device, by devTypeId."""


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SmartPVMSConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Create the sensors there are, and those that come later."""
    waiting = WaitingSensors(hass)
    packs: set[str] = set()
    time_zones = await _async_time_zones(entry)

    @callback
    def create_for_plant(plant: Plant) -> None:
        coordinator = entry.runtime_data.plant_readings
        reading = coordinator.data.get(plant.code)
        async_add_entities(
            PlantSensor(coordinator, plant, description, time_zones.get(plant.code))
            for description in waiting.take(plant.code, PLANT_SENSORS, reading)
        )

    @callback
    def create_for_device(
        coordinator: DeviceReadingsCoordinator, device: Device
    ) -> None:
        reading = coordinator.data.get(device.id)
        descriptions = DEVICE_SENSORS.get(device.type_id, ())
        async_add_entities(
            DeviceSensor(coordinator, device, description)
            for description in waiting.take(device.key, descriptions, reading)
        )
        new_packs = {
            pack.serial: pack_name(pack, reading.battery_packs)
            for pack in (reading.battery_packs if reading else ())
            if pack.serial not in packs
        }
        packs.update(new_packs)
        async_add_entities(
            BatteryPackSensor(coordinator, device, serial, name)
            for serial, name in new_packs.items()
        )

    async_follow_plants(entry, create_for_plant)
    async_follow_devices(entry, create_for_device)


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
        waiting = self._waiting.setdefault(owner, list(descriptions))
        due = [
            description
            for description in waiting
            if not description.optional
            or (reading is not None and description.has_value(reading))
            or self._registry.async_get_entity_id(
                SENSOR_DOMAIN, DOMAIN, f"{owner}_{description.key}"
            )
        ]
        self._waiting[owner] = [
            description for description in waiting if description not in due
        ]
        return due


class ReadingSensor(SensorEntity):
    """A sensor that shows one key of a reading."""

    entity_description: SmartPVMSSensorEntityDescription

    @cached_property
    def _unknown_values(self) -> set[float]:
        return set()

    @property
    @abstractmethod
    def reading(self) -> Reading | None:
        """The last reading, which may lack the key."""

    @property
    @override
    def native_value(self) -> float | str | datetime | None:
        description = self.entity_description
        value = self.reading and self.reading.values.get(description.key)
        if value is None or (value == 0 and description.missing_at_zero):
            return None
        converted = description.convert(value)
        if converted is None:
            self._log_once(value)
        return converted

    def _log_once(self, value: float) -> None:
        """Tell of a number without a known meaning, once for each."""
        if value in self._unknown_values:
            return
        self._unknown_values.add(value)
        _LOGGER.debug(
            "%s: %s has no known meaning for %s",
            self.entity_id,
            value,
            self.entity_description.key,
        )


class PlantSensor(PlantEntity, ReadingSensor):
    """A sensor of a plant."""

    def __init__(
        self,
        coordinator: PlantReadingsCoordinator,
        plant: Plant,
        description: SmartPVMSSensorEntityDescription,
        time_zone: tzinfo | None,
    ) -> None:
        """Use the plant's currency and time zone, else those of Home Assistant."""
        super().__init__(coordinator, plant, description)
        self._time_zone = time_zone
        if description.in_plant_currency:
            settings = coordinator.config_entry.options.get(CONF_PLANT_SETTINGS, {})
            self._attr_native_unit_of_measurement = (
                settings.get(plant.code, {}).get(CONF_CURRENCY)
                or coordinator.hass.config.currency
            )

    @property
    @override
    def last_reset(self) -> datetime | None:
        """The plant's last midnight.

        The cloud may keep yesterday's total for hours after it: what it takes back then
        is taken back from the statistics too, as the total is of the same day by then.
        """
        if not self.entity_description.reset_daily:
            return None
        return dt_util.now(self._time_zone).replace(
            hour=0, minute=0, second=0, microsecond=0
        )


class DeviceSensor(DeviceEntity, ReadingSensor):
    """A sensor of a device."""


class BatteryPackSensor(DeviceEntity, SensorEntity):
    """State of health of a battery pack, which is a device under its battery."""

    def __init__(
        self,
        coordinator: DeviceReadingsCoordinator,
        battery: Device,
        serial: str,
        name: str,
    ) -> None:
        """Tie the entity to the pack; batteries are registered before."""
        super().__init__(coordinator, battery, BATTERY_PACK_HEALTH)
        self._serial = serial
        self._attr_unique_id = f"{serial}_{BATTERY_PACK_HEALTH.key}"
        battery_device = dr.async_get(coordinator.hass).async_get_device_by_identifier(
            (DOMAIN, battery.key), coordinator.config_entry.entry_id
        )
        self._attr_device_info = DeviceInfo(
            identifiers={(DOMAIN, serial)},
            translation_key="battery_pack",
            translation_placeholders={
                "battery": (battery_device and battery_device.name) or battery.name,
                "pack": name,
            },
            manufacturer=MANUFACTURER,
            serial_number=serial,
            via_device_id=battery_device.id if battery_device else None,
        )

    @property
    def pack(self) -> BatteryPack | None:
        """The pack as last reported."""
        packs = self.reading.battery_packs if self.reading else ()
        return next((pack for pack in packs if pack.serial == self._serial), None)

    @property
    @override
    def available(self) -> bool:
        return super().available and self.pack is not None

    @property
    @override
    def native_value(self) -> float | None:
        return self.pack.health if self.pack else None


def pack_name(pack: BatteryPack, packs: tuple[BatteryPack, ...]) -> str:
    """Return the unit and the place in it, both counted from 1: "1.2"."""
    unit = [other.serial for other in packs if other.unit == pack.unit]
    return f"{pack.unit}.{unit.index(pack.serial) + 1}"
