"""Totals over the plants of an account."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import EntityCategory, UnitOfEnergy, UnitOfPower
from homeassistant.core import callback
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.util import dt as dt_util

from ..const import DOMAIN, INVERTER_TYPES
from ..coordinator import (
    DeviceReadingsCoordinator,
    SmartPVMSConfigEntry,
    SmartPVMSData,
)
from ..device_registry import account_key
from ..discovery import async_follow_readings
from ..northbound.models import Reading
from .description import from_kilo

DISCONNECTED: Final = 1
FAULTY: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSensorEntityDescription(SensorEntityDescription):
    """A total; `total` makes it of what the entry holds, None where nothing is known."""

    total: Callable[[SmartPVMSData], float | None]
    counts_by_day: bool = False


def input_power(data: SmartPVMSData) -> float | None:
    """Return the PV power in W of all inverters that the cloud reaches."""
    powers = [
        power
        for reading in _inverter_readings(data)
        if reading.values.get("run_state") != 0
        and (power := _power_of(reading)) is not None
    ]
    return from_kilo(sum(powers)) if powers else None


def yield_today(data: SmartPVMSData) -> float | None:
    """Return the yield of the day in kWh, each plant's by its own day."""
    yields = [
        reading.values["day_power"]
        for reading in data.plant_readings.data.values()
        if "day_power" in reading.values
    ]
    return round(sum(yields), 2) if yields else None


def active_alarms(data: SmartPVMSData) -> float | None:
    """Return how many alarms are active in the plants whose alarms are known."""
    alarms = data.alarms.data
    return sum(map(len, alarms.values())) if alarms else None


def plants_in(health: int) -> Callable[[SmartPVMSData], float | None]:
    """Return what counts the plants whose state of health is this one."""

    def count(data: SmartPVMSData) -> float | None:
        states = [
            reading.values["real_health_state"]
            for reading in data.plant_readings.data.values()
            if "real_health_state" in reading.values
        ]
        return states.count(health) if states else None

    return count


def _inverter_readings(data: SmartPVMSData) -> Iterator[Reading]:
    for type_id in INVERTER_TYPES & data.device_readings.keys():
        coordinator = data.device_readings[type_id]
        if coordinator.last_update_success:
            yield from coordinator.data.values()


def _power_of(reading: Reading) -> float | None:
    """Return the PV power of an inverter in kW; some tell only what it makes of it."""
    return reading.values.get("mppt_power", reading.values.get("active_power"))


ACCOUNT_SENSORS: Final = (
    AccountSensorEntityDescription(
        key="input_power",
        translation_key="input_power",
        device_class=SensorDeviceClass.POWER,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfPower.WATT,
        suggested_display_precision=0,
        total=input_power,
    ),
    AccountSensorEntityDescription(
        key="daily_yield",
        translation_key="daily_yield",
        device_class=SensorDeviceClass.ENERGY,
        state_class=SensorStateClass.TOTAL,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        suggested_display_precision=2,
        total=yield_today,
        counts_by_day=True,
    ),
    AccountSensorEntityDescription(
        key="plants_offline",
        translation_key="plants_offline",
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        entity_category=EntityCategory.DIAGNOSTIC,
        total=plants_in(DISCONNECTED),
    ),
    AccountSensorEntityDescription(
        key="plants_faulty",
        translation_key="plants_faulty",
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        entity_category=EntityCategory.DIAGNOSTIC,
        total=plants_in(FAULTY),
    ),
    AccountSensorEntityDescription(
        key="active_alarms",
        translation_key="active_alarms",
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        entity_category=EntityCategory.DIAGNOSTIC,
        total=active_alarms,
    ),
)


class AccountSensor(SensorEntity):
    """A total over the plants of an entry; unavailable while the cloud tells of none."""

    entity_description: AccountSensorEntityDescription
    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(
        self, entry: SmartPVMSConfigEntry, description: AccountSensorEntityDescription
    ) -> None:
        """Tie the entity to the account."""
        self.entity_description = description
        self._entry = entry
        key = account_key(entry)
        self._attr_unique_id = f"{key}_{description.key}"
        self._attr_device_info = DeviceInfo(identifiers={(DOMAIN, key)})

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        data = self._entry.runtime_data
        for coordinator in (data.plant_readings, data.alarms):
            self.async_on_remove(
                coordinator.async_add_listener(self.async_write_ha_state)
            )
        async_follow_readings(
            self._entry, INVERTER_TYPES, self._readings_changed, self.async_on_remove
        )

    async def async_update(self) -> None:
        """Ask at once for what the total is made of, as homeassistant.update_entity does."""
        data = self._entry.runtime_data
        await data.plant_readings.async_request_refresh()
        for type_id in INVERTER_TYPES & data.device_readings.keys():
            await data.device_readings[type_id].async_request_refresh()
        await data.alarms.async_request_refresh()

    @callback
    def _readings_changed(self, coordinator: DeviceReadingsCoordinator) -> None:
        self.async_write_ha_state()

    @property
    @override
    def available(self) -> bool:
        return self._entry.runtime_data.plant_readings.last_update_success

    @property
    @override
    def native_value(self) -> float | None:
        return self.entity_description.total(self._entry.runtime_data)

    @property
    @override
    def last_reset(self) -> datetime | None:
        """The last midnight.

        The sum falls when a plant begins its day, or is left out for a while. What it
        takes back is taken back from the statistics too, and does not count twice.
        """
        if not self.entity_description.counts_by_day:
            return None
        return dt_util.start_of_local_day()
