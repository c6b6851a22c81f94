"""Sensors of plants, of every type of device that has readings, and of battery packs."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from ..coordinator import DeviceReadingsCoordinator, SmartPVMSConfigEntry
from ..detail import Detail, detail_of, has_flows, has_totals
from ..discovery import (
    Created,
    async_follow_devices,
    async_follow_flows,
    async_follow_plants,
    async_on_lost,
)
from ..northbound.models import Device, Plant
from .account import ACCOUNT_SENSORS, AccountSensor
from .alarms import async_add_alarm_counts
from .all_in_one import ALL_IN_ONE_SENSORS
from .battery import BATTERY_SENSORS, ESS_SENSORS
from .description import SmartPVMSSensorEntityDescription
from .emma import EMMA_SENSORS
from .entity import DeviceSensor, FlowSensor, PlantSensor
from .environment import ENVIRONMENT_SENSORS
from .flows import FLOW_SENSORS
from .freshness import LastChangeSensor
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


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SmartPVMSConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Create the sensors there are, and those that come later."""
    _remove_electrical_detail(hass, entry)
    _remove_flows(hass, entry)
    creation = Creation(hass, entry, async_add_entities)
    creation.for_account()
    entry.async_on_unload(
        entry.runtime_data.plants.async_add_listener(creation.for_account)
    )
    async_follow_plants(entry, creation.for_plant)
    async_follow_flows(entry, creation.for_flows)
    async_follow_devices(entry, DEVICE_SENSORS, creation.for_device)
    async_add_alarm_counts(entry, async_add_entities)


class Creation:
    """Creates what account, plants and devices do not have yet."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: SmartPVMSConfigEntry,
        async_add_entities: AddConfigEntryEntitiesCallback,
    ) -> None:
        """Start with nothing created."""
        self._entry = entry
        self._add = async_add_entities
        self._waiting = WaitingSensors(hass)
        self._waiting_flows = WaitingSensors(hass)
        self._packs = WaitingPacks(hass, entry)
        self._watched = Created()
        self._totalled = Created()

    @callback
    def for_account(self) -> None:
        """Create the totals, once there is more than one plant."""
        if (
            has_totals(self._entry.options)
            and self._entry.entry_id not in self._totalled
        ):
            sensors = [AccountSensor(self._entry, each) for each in ACCOUNT_SENSORS]
            self._totalled.note(self._entry.entry_id, sensors[0])
            self._add(sensors)

    @callback
    def for_plant(self, plant: Plant) -> None:
        """Create what a plant lacks."""
        coordinator = self._entry.runtime_data.plant_readings
        reading = coordinator.data.get(plant.code)
        due = self._waiting.take(plant.code, PLANT_SENSORS, reading)
        self._add_readings(
            self._waiting,
            plant.code,
            [PlantSensor(coordinator, plant, each) for each in due],
        )
        if plant.code not in self._watched:
            sensor = LastChangeSensor(self._entry.runtime_data.freshness, plant)
            self._watched.note(plant.code, sensor)
            self._add([sensor])

    @callback
    def for_flows(self, plant: Plant) -> None:
        """Create the energy flows that are known of a plant now."""
        data = self._entry.runtime_data
        due = self._waiting_flows.take(
            plant.code, FLOW_SENSORS, data.energy.flows(plant.code)
        )
        flows = [FlowSensor(data.plant_readings, plant, each) for each in due]
        self._add_readings(self._waiting_flows, plant.code, flows)

    @callback
    def for_device(
        self, coordinator: DeviceReadingsCoordinator, device: Device
    ) -> None:
        """Create what a device lacks, and the packs of a battery."""
        reading = coordinator.data.get(device.id)
        detail = detail_of(self._entry.options, device.plant_code)
        everything = detail is Detail.EVERYTHING
        tables = DEVICE_SENSORS if everything else WITHOUT_ELECTRICAL_DETAIL
        due = self._waiting.take(device.key, tables[device.type_id], reading)
        self._add_readings(
            self._waiting,
            device.key,
            [DeviceSensor(coordinator, device, each) for each in due],
        )
        if reading and (new := self._packs.take(coordinator, device, reading)):
            self._add(new)

    def _add_readings(
        self,
        waiting: WaitingSensors,
        owner: str,
        sensors: Sequence[PlantSensor | DeviceSensor | FlowSensor],
    ) -> None:
        for sensor in sensors:
            # a device that the user deletes may be listed again
            async_on_lost(
                sensor,
                partial(waiting.give_back, owner, sensor.entity_description),
            )
        if sensors:
            self._add(sensors)


@callback
def _remove_flows(hass: HomeAssistant, entry: SmartPVMSConfigEntry) -> None:
    """Remove the flows of the plants whose devices are not read any more."""
    unwanted = {
        f"{plant_code}_{each.key}"
        for plant_code in entry.runtime_data.plants.data
        if not has_flows(entry.options, plant_code)
        for each in FLOW_SENSORS
    }
    _remove(hass, entry, unwanted)


@callback
def _remove_electrical_detail(hass: HomeAssistant, entry: SmartPVMSConfigEntry) -> None:
    """Remove the sensors that are not wanted any more of the devices listed now."""
    unwanted = {
        f"{device.key}_{each.key}"
        for device in entry.runtime_data.devices.data.values()
        if detail_of(entry.options, device.plant_code) is not Detail.EVERYTHING
        for each in DEVICE_SENSORS.get(device.type_id, ())
        if each.is_electrical_detail
    }
    _remove(hass, entry, unwanted)


@callback
def _remove(
    hass: HomeAssistant, entry: SmartPVMSConfigEntry, unwanted: set[str]
) -> None:
    """Remove sensors by their unique ids."""
    registry = er.async_get(hass)
    for entity in er.async_entries_for_config_entry(registry, entry.entry_id):
        if entity.domain == Platform.SENSOR and entity.unique_id in unwanted:
            registry.async_remove(entity.entity_id)
