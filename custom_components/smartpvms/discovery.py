"""When entities are created: at set-up, with a new device, or with a first value."""

from collections.abc import Callable, Container
from functools import partial

from homeassistant.core import callback

from .coordinator import DeviceReadingsCoordinator, SmartPVMSConfigEntry
from .northbound.models import Device, Plant


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
def async_follow_devices(
    entry: SmartPVMSConfigEntry,
    types: Container[int],
    create: Callable[[DeviceReadingsCoordinator, Device], None],
) -> None:
    """Call `create` for each device, now and after each change of list or readings.

    `types` are the devTypeIds of interest: a coordinator that nobody follows asks the
    cloud for nothing. One that comes later is followed from then on.
    """
    data = entry.runtime_data
    followed: set[int] = set()

    @callback
    def create_for_type(coordinator: DeviceReadingsCoordinator) -> None:
        for device_id in data.devices.of_type(coordinator.type_id):
            create(coordinator, data.devices.data[device_id])

    @callback
    def create_for_all() -> None:
        for type_id, coordinator in data.device_readings.items():
            if type_id not in types:
                continue
            create_for_type(coordinator)
            if type_id not in followed:
                followed.add(type_id)
                entry.async_on_unload(
                    coordinator.async_add_listener(
                        partial(create_for_type, coordinator)
                    )
                )

    create_for_all()
    entry.async_on_unload(data.devices.async_add_listener(create_for_all))
