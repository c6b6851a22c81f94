"""Sensors of plants, of every type of device that has readings, and of battery packs."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Final

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from ..const import DOMAIN
from ..coordinator import DeviceReadingsCoordinator, SmartPVMSConfigEntry
from ..detail import Detail, detail_of, has_flows, has_totals
from ..discovery import Created, Discovery, async_on_lost
from ..northbound.models import Device, Plant
from ..slices import async_in_slices
from .account import ACCOUNT_SENSORS, AccountSensor
from .alarms import follow_alarm_counts
from .all_in_one import ALL_IN_ONE_SENSORS
from .battery import BATTERY_SENSORS, ESS_SENSORS
from .calls import follow_calls
from .control import follow_control_sensors
from .description import SmartPVMSSensorEntityDescription
from .emma import EMMA_SENSORS
from .entity import DeviceSensor, FlowSensor, PlantSensor
from .environment import ENVIRONMENT_SENSORS
from .flows import FLOW_SENSORS
from .freshness import LastChangeSensor
from .history import follow_history
from .inverter import RESIDENTIAL_INVERTER_SENSORS, STRING_INVERTER_SENSORS
from .meter import GRID_METER_SENSORS, POWER_SENSOR_SENSORS
from .outliers import follow_outliers
from .plan import follow_plan_sensors
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
from .waiting import WaitingPacks, WaitingSensors

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

WITHOUT_ELECTRICAL_DETAIL: Final[
    Mapping[int, tuple[SmartPVMSSensorEntityDescription, ...]]
] = {
    type_id: tuple(each for each in table if not each.is_electrical_detail)
    for type_id, table in DEVICE_SENSORS.items()
}
"""The sensors of a device of which not everything is wanted, by devTypeId."""

ELECTRICAL_DETAIL: Final[Mapping[int, tuple[SmartPVMSSensorEntityDescription, ...]]] = {
    type_id: tuple(each for each in table if each.is_electrical_detail)
    for type_id, table in DEVICE_SENSORS.items()
}
"""The sensors that only those get who want everything, by devTypeId."""


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SmartPVMSConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Create the sensors there are, and those that come later."""
    await async_in_slices(hass, _removals(hass, entry))
    creation = Creation(hass, entry)
    discovery = Discovery(hass, entry, async_add_entities)
    look_for_totals = discovery.follow(creation.for_account)
    entry.async_on_unload(entry.runtime_data.plants.async_add_listener(look_for_totals))
    discovery.follow_plants(creation.for_plant)
    discovery.follow_flows(creation.for_flows)
    discovery.follow_devices(DEVICE_SENSORS, creation.for_device)
    follow_alarm_counts(discovery, entry)
    follow_control_sensors(discovery, entry)
    follow_plan_sensors(discovery, entry)
    follow_calls(discovery, entry)
    follow_history(discovery, entry)
    follow_outliers(hass, discovery, entry)
    await discovery.async_begin()


class Creation:
    """Creates what account, plants and devices do not have yet."""

    def __init__(self, hass: HomeAssistant, entry: SmartPVMSConfigEntry) -> None:
        """Start with nothing created."""
        self._entry = entry
        self._waiting = WaitingSensors(hass)
        self._waiting_flows = WaitingSensors(hass)
        self._packs = WaitingPacks(hass, entry)
        self._watched = Created()
        self._totalled = Created()

    def for_account(self) -> Iterator[Sequence[Entity]]:
        """Create the totals, once there is more than one plant."""
        if (
            has_totals(self._entry.options)
            and self._entry.entry_id not in self._totalled
        ):
            sensors = [AccountSensor(self._entry, each) for each in ACCOUNT_SENSORS]
            self._totalled.note(self._entry.entry_id, sensors[0])
            yield sensors

    def for_plant(self, plant: Plant) -> Sequence[Entity]:
        """Create what a plant lacks."""
        coordinator = self._entry.runtime_data.plant_readings
        reading = coordinator.data.get(plant.code)
        new: list[Entity] = [
            self._followed(
                self._waiting, plant.code, PlantSensor(coordinator, plant, each)
            )
            for each in self._waiting.take(plant.code, PLANT_SENSORS, reading)
        ]
        if plant.code not in self._watched:
            sensor = LastChangeSensor(self._entry.runtime_data.freshness, plant)
            self._watched.note(plant.code, sensor)
            new.append(sensor)
        return new

    def for_flows(self, plant: Plant) -> Sequence[Entity]:
        """Create the energy flows that are known of a plant now."""
        data = self._entry.runtime_data
        due = self._waiting_flows.take(
            plant.code, FLOW_SENSORS, data.energy.flows(plant.code)
        )
        return [
            self._followed(
                self._waiting_flows,
                plant.code,
                FlowSensor(data.plant_readings, plant, each),
            )
            for each in due
        ]

    def for_device(
        self, coordinator: DeviceReadingsCoordinator, device: Device
    ) -> Sequence[Entity]:
        """Create what a device lacks, and the packs of a battery."""
        reading = coordinator.data.get(device.id)
        detail = detail_of(self._entry.options, device.plant_code)
        everything = detail is Detail.EVERYTHING
        tables = DEVICE_SENSORS if everything else WITHOUT_ELECTRICAL_DETAIL
        new: list[Entity] = [
            self._followed(
                self._waiting, device.key, DeviceSensor(coordinator, device, each)
            )
            for each in self._waiting.take(device.key, tables[device.type_id], reading)
        ]
        if reading:
            new.extend(self._packs.take(coordinator, device, reading))
        return new

    def _followed[SensorT: PlantSensor | DeviceSensor | FlowSensor](
        self, waiting: WaitingSensors, owner: str, sensor: SensorT
    ) -> SensorT:
        """Return the sensor, which its owner may lose: a deleted device may come back."""
        async_on_lost(
            sensor, partial(waiting.give_back, owner, sensor.entity_description)
        )
        return sensor


def _removals(hass: HomeAssistant, entry: SmartPVMSConfigEntry) -> Iterator[None]:
    """Remove the sensors that are not wanted any more of plants and devices listed now.

    Those are flows of plants whose devices are not read any more, and electrical detail.
    """
    data = entry.runtime_data
    for plant_code in tuple(data.plants.data):
        if not has_flows(entry.options, plant_code):
            _remove(hass, plant_code, FLOW_SENSORS)
            yield
    for device in tuple(data.devices.data.values()):
        if detail_of(entry.options, device.plant_code) is not Detail.EVERYTHING:
            _remove(hass, device.key, ELECTRICAL_DETAIL.get(device.type_id, ()))
            yield


@callback
def _remove(
    hass: HomeAssistant,
    owner: str,
    unwanted: Iterable[SmartPVMSSensorEntityDescription],
) -> None:
    """Remove sensors of a plant or device from the registry."""
    registry = er.async_get(hass)
    for description in unwanted:
        entity_id = registry.async_get_entity_id(
            Platform.SENSOR, DOMAIN, f"{owner}_{description.key}"
        )
        if entity_id is not None:
            registry.async_remove(entity_id)
