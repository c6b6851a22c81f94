"""The entities of the sensor platform."""

from abc import abstractmethod
from datetime import datetime
from functools import cached_property
import logging
from typing import override

from homeassistant.components.sensor import SensorEntity, SensorStateClass
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.util import dt as dt_util

from ..const import CONF_CURRENCY, CONF_PLANT_SETTINGS, DOMAIN
from ..coordinator import DeviceReadingsCoordinator, PlantReadingsCoordinator
from ..counters import COUNTER_KINDS, CounterKind
from ..entity import DeviceEntity, PlantEntity, SmartPVMSEntity
from ..northbound.models import BatteryPack, Device, Plant, Reading
from .battery import BATTERY_PACK_HEALTH
from .description import SmartPVMSSensorEntityDescription

_LOGGER = logging.getLogger(__name__)


class ReadingSensor(SmartPVMSEntity, SensorEntity):
    """A sensor that shows one key of a reading."""

    entity_description: SmartPVMSSensorEntityDescription

    @property
    @abstractmethod
    def reading(self) -> Reading | None:
        """The last reading, which may lack the key."""

    @property
    @abstractmethod
    def believed(self) -> Reading | None:
        """The last reading with counters that can be believed."""

    @property
    def _told(self) -> float | None:
        """What is told of the key, of a counter what is believed of it."""
        key = self.entity_description.key
        reading = self.believed if key in COUNTER_KINDS else self.reading
        return reading.values.get(key) if reading else None

    @property
    def is_lifetime(self) -> bool:
        """Whether the value is a lifetime total."""
        kind = COUNTER_KINDS.get(self.entity_description.key)
        return kind is CounterKind.LIFETIME

    @property
    def lasts(self) -> bool:
        """Whether a value is known that holds for as long as nothing is told."""
        return self.is_lifetime and self._told is not None

    @property
    @override
    def shown(self) -> object:
        return self.available, self.native_value, self.last_reset

    @cached_property
    def _unknown_values(self) -> set[float]:
        """What was logged."""
        return set()

    @property
    @override
    def native_value(self) -> float | str | datetime | None:
        description = self.entity_description
        value = self._told
        if value is None or (value == 0 and description.missing_at_zero):
            return None
        converted = description.convert(value)
        if converted is None and value not in self._unknown_values:
            self._unknown_values.add(value)
            _LOGGER.debug(
                "%s: no meaning is known of %s in %s",
                self.entity_id,
                value,
                description.key,
            )
        return converted


class PlantSensor(PlantEntity, ReadingSensor):
    """A sensor of a plant."""

    def __init__(
        self,
        coordinator: PlantReadingsCoordinator,
        plant: Plant,
        description: SmartPVMSSensorEntityDescription,
    ) -> None:
        """Use the plant's currency, else that of Home Assistant."""
        super().__init__(coordinator, plant, description)
        if description.in_plant_currency:
            settings = coordinator.config_entry.options.get(CONF_PLANT_SETTINGS, {})
            self._attr_native_unit_of_measurement = (
                settings.get(plant.code, {}).get(CONF_CURRENCY)
                or coordinator.hass.config.currency
            )

    @property
    @override
    def available(self) -> bool:
        return super().available or self.lasts

    @property
    @override
    def last_reset(self) -> datetime | None:
        """The plant's last midnight.

        The cloud may keep yesterday's total for hours: what it takes back then is taken
        back from the statistics too, since both values count for the same day.
        """
        if not self.entity_description.reset_daily:
            return None
        return dt_util.now(self.energies.zone(self.plant.code)).replace(
            hour=0, minute=0, second=0, microsecond=0
        )

    @property
    @override
    def believed(self) -> Reading | None:
        return self.energies.believed(self.plant.code, self.plant.code)

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        if self.entity_description.key in COUNTER_KINDS:
            self.follow_energy(self.plant.code)


class FlowSensor(PlantEntity, ReadingSensor):
    """An energy flow of a plant."""

    @property
    @override
    def available(self) -> bool:
        return super().available or self.lasts

    @property
    @override
    def believed(self) -> Reading | None:
        return self.energies.flows(self.plant.code)

    @property
    @override
    def _told(self) -> float | None:
        flows = self.believed
        return flows.values.get(self.entity_description.key) if flows else None

    @property
    @override
    def is_lifetime(self) -> bool:
        state_class = self.entity_description.state_class
        return state_class is SensorStateClass.TOTAL_INCREASING

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        self.follow_energy(self.plant.code, promptly=True)


class DeviceSensor(DeviceEntity, ReadingSensor):
    """A sensor of a device."""

    @property
    @override
    def available(self) -> bool:
        return super().available or self.lasts

    @property
    @override
    def believed(self) -> Reading | None:
        return self.energies.believed(self.device.plant_code, self.device.key)

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        if self.entity_description.key in COUNTER_KINDS:
            self.follow_energy(self.device.plant_code)


class BatteryPackSensor(DeviceEntity, SensorEntity):
    """State of health of a battery pack, which is a device under its battery."""

    def __init__(
        self,
        coordinator: DeviceReadingsCoordinator,
        battery: Device,
        serial: str,
    ) -> None:
        """Tie the entity to the pack instead of the battery."""
        super().__init__(coordinator, battery, BATTERY_PACK_HEALTH)
        self._serial = serial
        self._attr_unique_id = f"{serial}_{BATTERY_PACK_HEALTH.key}"
        self._attr_device_info = DeviceInfo(identifiers={(DOMAIN, serial)})

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

    @property
    @override
    def shown(self) -> object:
        return self.available, self.native_value
