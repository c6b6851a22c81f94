"""When entities are created: at set-up, with a new device, or with a first value."""

from collections.abc import Callable, Container
from functools import partial

from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity import Entity

from .coordinator import DeviceReadingsCoordinator, SmartPVMSConfigEntry
from .detail import has_flows
from .northbound.models import Device, Plant


class Created:
    """Whose entities are created, until they are removed."""

    def __init__(self) -> None:
        """Start with none."""
        self._owners: set[str] = set()

    def __contains__(self, owner: str) -> bool:
        return owner in self._owners

    def note(self, owner: str, entity: Entity) -> None:
        """Take note of the entity of an owner, who may be removed and listed again."""
        self._owners.add(owner)
        async_on_lost(entity, partial(self._owners.discard, owner))


@callback
def async_on_lost(entity: Entity, lost: CALLBACK_TYPE) -> None:
    """Call `lost` when an entity goes out of the registry, as it does with its device.

    One that is disabled stays there: when it is enabled, the entry is loaded anew. One
    that was never taken has no id and is not tried again.
    """

    @callback
    def removed() -> None:
        registry = er.async_get(entity.hass)
        if entity.entity_id and not registry.async_is_registered(entity.entity_id):
            lost()

    entity.async_on_remove(removed)


@callback
def async_follow_plants(
    entry: SmartPVMSConfigEntry, create: Callable[[Plant], None]
) -> None:
    """Call `create` for each plant, now and after each change of list or readings."""
    data = entry.runtime_data

    @callback
    def create_for_all() -> None:
        for plant in data.plants.data.values():
            create(plant)

    create_for_all()
    for coordinator in (data.plants, data.plant_readings):
        entry.async_on_unload(coordinator.async_add_listener(create_for_all))


@callback
def async_follow_flows(
    entry: SmartPVMSConfigEntry, create: Callable[[Plant], None]
) -> None:
    """Call `create` for each plant whose flows are worked out, now and after each cycle."""
    data = entry.runtime_data
    followed: set[str] = set()

    @callback
    def follow(plant: Plant) -> None:
        if plant.code in followed or not has_flows(entry.options, plant.code):
            return
        followed.add(plant.code)
        create(plant)
        entry.async_on_unload(
            data.energy.async_add_listener(plant.code, partial(create, plant))
        )

    @callback
    def follow_all() -> None:
        for plant in data.plants.data.values():
            follow(plant)

    follow_all()
    entry.async_on_unload(data.plants.async_add_listener(follow_all))


@callback
def async_follow_devices(
    entry: SmartPVMSConfigEntry,
    types: Container[int],
    create: Callable[[DeviceReadingsCoordinator, Device], None],
) -> None:
    """Call `create` for each device, now and after each change of list or readings.

    `types` are the devTypeIds of interest. Devices of plants that show their totals
    only are left out.
    """
    data = entry.runtime_data

    @callback
    def create_for_type(coordinator: DeviceReadingsCoordinator) -> None:
        for device in data.devices.shown(coordinator.type_id):
            create(coordinator, device)

    @callback
    def create_for_all() -> None:
        for type_id, coordinator in data.device_readings.items():
            if type_id in types:
                create_for_type(coordinator)

    create_for_all()
    entry.async_on_unload(data.devices.async_add_listener(create_for_all))
    async_follow_readings(entry, types, create_for_type, entry.async_on_unload)


@callback
def async_follow_readings(
    entry: SmartPVMSConfigEntry,
    types: Container[int],
    changed: Callable[[DeviceReadingsCoordinator], None],
    at_end: Callable[[CALLBACK_TYPE], None],
) -> None:
    """Call `changed` after each change of the readings of these devTypeIds.

    A type that comes later is followed from then on. `at_end` is given what ends it.
    """
    data = entry.runtime_data
    followed: set[int] = set()

    @callback
    def follow_new() -> None:
        for type_id, coordinator in data.device_readings.items():
            if type_id in types and type_id not in followed:
                followed.add(type_id)
                at_end(coordinator.async_add_listener(partial(changed, coordinator)))

    follow_new()
    at_end(data.devices.async_add_listener(follow_new))
