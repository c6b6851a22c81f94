"""Totals over the plants of an account."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
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
from ..entity import SmartPVMSEntity
from ..freshness import SUN_IS_UP, is_standby
from ..northbound.models import Device, Reading
from ..sunlight import sun_elevation
from .description import from_kilo

DISCONNECTED: Final = 1
FAULTY: Final = 2


class Source(Enum):
    """What a total is made of."""

    PLANTS = auto()
    ENERGY = auto()
    INVERTERS = auto()
    ALARMS = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSensorEntityDescription(SensorEntityDescription):
    """A total; `total` makes it of what the entry holds, None where nothing is known.

    It is worked out with each poll of the plants, and with what else it is made `of`.
    """

    total: Callable[[SmartPVMSData], float | None]
    of: Source = Source.PLANTS


def input_power(data: SmartPVMSData) -> float | None:
    """Return the PV power in W of all inverters, None while that of one is missing.

    An inverter that sleeps, or that the cloud does not reach, counts as 0 W.
    """
    total: float | None = None
    for device in data.devices.all_read():
        if device.type_id in INVERTER_TYPES:
            power = _power_of(data, device)
            if power is None:
                return None
            total = power + (total or 0.0)
    return None if total is None else from_kilo(total)


def yield_today(data: SmartPVMSData) -> float | None:
    """Return the yield of the day in kWh, each plant's by its own day.

    A plant that falls silent keeps its yield until its day ends.
    """
    yields = [
        believed.values["day_power"] if _is_of_today(data, plant_code) else 0.0
        for plant_code in data.plants.data
        if (believed := data.energy.believed(plant_code, plant_code)) is not None
        and "day_power" in believed.values
    ]
    return round(sum(yields), 2) if yields else None


def active_alarms(data: SmartPVMSData) -> float | None:
    """Return how many alarms are active in the plants whose alarms are known."""
    alarms = data.alarms.data
    return sum(map(len, alarms.values())) if alarms else None


def plants_offline(data: SmartPVMSData) -> float | None:
    """Return how many plants the cloud does not reach, or does not answer for."""
    states = _states_of_health(data)
    silent = len(data.plants.data.keys() - data.plant_readings.data.keys())
    return silent + states.count(DISCONNECTED) if states or silent else None


def plants_faulty(data: SmartPVMSData) -> float | None:
    """Return how many plants have a fault; of those offline nobody knows."""
    states = _states_of_health(data)
    return states.count(FAULTY) if states else None


def _states_of_health(data: SmartPVMSData) -> list[float]:
    return [
        reading.values["real_health_state"]
        for reading in data.plant_readings.data.values()
        if "real_health_state" in reading.values
    ]


def _is_of_today(data: SmartPVMSData, plant_code: str) -> bool:
    """Return whether the last answer for a plant is of the day that its clock shows."""
    if plant_code in data.plant_readings.data:
        return True
    freshness = data.freshness.of(plant_code)
    seen = freshness.last_change or freshness.watched_since
    zone = data.energy.zone(plant_code)
    return seen is not None and seen.astimezone(zone).date() == dt_util.now(zone).date()


def _power_of(data: SmartPVMSData, device: Device) -> float | None:
    """Return the PV power of an inverter in kW, None where it has to be known and is not."""
    coordinator = data.device_readings.get(device.type_id)
    if coordinator is None or not coordinator.last_update_success:
        return None
    reading = coordinator.data.get(device.id)
    if reading is None:
        return None
    if reading.values.get("run_state") == 0:
        return 0.0
    power = _told_power(reading)
    if power is None and (is_standby(reading) or _is_dark(data, device)):
        return 0.0
    return power


def _told_power(reading: Reading) -> float | None:
    """Return the PV power in kW; some inverters tell only what they make of it."""
    return reading.values.get("mppt_power", reading.values.get("active_power"))


def _is_dark(data: SmartPVMSData, device: Device) -> bool:
    plant = data.plants.data.get(device.plant_code)
    return sun_elevation(data.plants.hass, plant, dt_util.utcnow()) <= SUN_IS_UP


ACCOUNT_SENSORS: Final = (
    AccountSensorEntityDescription(
        key="input_power",
        translation_key="input_power",
        device_class=SensorDeviceClass.POWER,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfPower.WATT,
        suggested_display_precision=0,
        total=input_power,
        of=Source.INVERTERS,
    ),
    AccountSensorEntityDescription(
        key="daily_yield",
        translation_key="daily_yield",
        device_class=SensorDeviceClass.ENERGY,
        # the plants begin their days at different moments, and no statistics allow for
        # a sum of which one part begins anew: those of the plants' own sensors are right
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        suggested_display_precision=2,
        total=yield_today,
        of=Source.ENERGY,
    ),
    AccountSensorEntityDescription(
        key="plants_offline",
        translation_key="plants_offline",
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        entity_category=EntityCategory.DIAGNOSTIC,
        total=plants_offline,
    ),
    AccountSensorEntityDescription(
        key="plants_faulty",
        translation_key="plants_faulty",
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        entity_category=EntityCategory.DIAGNOSTIC,
        total=plants_faulty,
    ),
    AccountSensorEntityDescription(
        key="active_alarms",
        translation_key="active_alarms",
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        entity_category=EntityCategory.DIAGNOSTIC,
        total=active_alarms,
        of=Source.ALARMS,
    ),
)


class AccountSensor(SmartPVMSEntity, SensorEntity):
    """A total over the plants of an entry; unavailable while the cloud tells of none."""

    entity_description: AccountSensorEntityDescription
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
        write = self.async_write_if_new
        # a day ends without a change of the answers
        self.async_on_remove(data.plant_readings.async_on_refreshed(write))
        match self.entity_description.of:
            case Source.ENERGY:
                self.async_on_remove(data.energy.async_on_advanced(write))
            case Source.ALARMS:
                self.async_on_remove(data.alarms.async_add_listener(write))
            case Source.INVERTERS:
                async_follow_readings(
                    self._entry,
                    INVERTER_TYPES,
                    self._readings_changed,
                    self.async_on_remove,
                )
            case Source.PLANTS:
                pass

    async def async_update(self) -> None:
        """Ask at once for what the total is made of, as homeassistant.update_entity does."""
        data = self._entry.runtime_data
        await data.plant_readings.async_request_refresh()
        for type_id in INVERTER_TYPES & data.device_readings.keys():
            await data.device_readings[type_id].async_request_refresh()
        await data.alarms.async_request_refresh()

    @callback
    def _readings_changed(self, coordinator: DeviceReadingsCoordinator) -> None:
        self.async_write_if_new()

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
    def shown(self) -> object:
        return self.available, self.native_value
