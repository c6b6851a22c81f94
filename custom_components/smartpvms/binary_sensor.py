"""Binary sensors: whether the cloud reaches a device, whether a plant's data are stale."""

from collections.abc import Sequence
from typing import Final, override

from homeassistant.components.binary_sensor import (
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.components.binary_sensor.const import BinarySensorDeviceClass
from homeassistant.const import EntityCategory, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .alarms.problem import follow_alarm_problems
from .const import DOMAIN
from .coordinator import DeviceReadingsCoordinator, SmartPVMSConfigEntry
from .discovery import Created, Discovery
from .entity import DeviceEntity, FreshnessEntity
from .northbound.models import Device, Plant

PARALLEL_UPDATES = 0

CONNECTION: Final = BinarySensorEntityDescription(
    key="run_state",
    device_class=BinarySensorDeviceClass.CONNECTIVITY,
    entity_category=EntityCategory.DIAGNOSTIC,
)

DATA_STALE: Final = BinarySensorEntityDescription(
    key="data_stale",
    translation_key="data_stale",
    device_class=BinarySensorDeviceClass.PROBLEM,
    entity_category=EntityCategory.DIAGNOSTIC,
)

TYPES_WITH_CONNECTION: Final = frozenset({1, 10, 38, 39, 41, 47, 23093})
# A grid meter (17) has no such key in the documents, yet some report it; the documents
# call the keys of an EMMA (23070) the most there can be.
TYPES_THAT_MAY_HAVE_CONNECTION: Final = frozenset({17, 23070})


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SmartPVMSConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Create the binary sensors there are, and those that come later."""
    registry = er.async_get(hass)
    connected, watched = Created(), Created()
    looked_up: set[str] = set()

    def is_due(coordinator: DeviceReadingsCoordinator, device: Device) -> bool:
        if device.type_id in TYPES_WITH_CONNECTION:
            return True
        reading = coordinator.data.get(device.id)
        if reading is not None and CONNECTION.key in reading.values:
            return True
        if device.key in looked_up:
            return False
        looked_up.add(device.key)
        unique_id = f"{device.key}_{CONNECTION.key}"
        return (
            registry.async_get_entity_id(Platform.BINARY_SENSOR, DOMAIN, unique_id)
            is not None
        )

    def create_for_device(
        coordinator: DeviceReadingsCoordinator, device: Device
    ) -> Sequence[Entity]:
        if device.key in connected or not is_due(coordinator, device):
            return ()
        sensor = ConnectionSensor(coordinator, device, CONNECTION)
        connected.note(device.key, sensor)
        return (sensor,)

    def create_for_plant(plant: Plant) -> Sequence[Entity]:
        if plant.code in watched:
            return ()
        sensor = DataStaleSensor(entry.runtime_data.freshness, plant, DATA_STALE)
        watched.note(plant.code, sensor)
        return (sensor,)

    discovery = Discovery(hass, entry, async_add_entities)
    discovery.follow_plants(create_for_plant)
    types = TYPES_WITH_CONNECTION | TYPES_THAT_MAY_HAVE_CONNECTION
    discovery.follow_devices(types, create_for_device)
    follow_alarm_problems(discovery, entry)
    await discovery.async_begin()


class ConnectionSensor(DeviceEntity, BinarySensorEntity):
    """Whether the device has a connection to the cloud."""

    @property
    @override
    def is_on(self) -> bool | None:
        state = self.reading.values.get(CONNECTION.key) if self.reading else None
        return None if state not in {0, 1} else state == 1

    @property
    @override
    def shown(self) -> object:
        return self.available, self.is_on


class DataStaleSensor(FreshnessEntity, BinarySensorEntity):
    """Whether the plant's values stand still though something should move."""

    @property
    @override
    def is_on(self) -> bool | None:
        return self.freshness.of(self.plant.code).is_stale

    @property
    @override
    def shown(self) -> object:
        return self.available, self.is_on
