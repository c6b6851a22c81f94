"""What all alarm entities of a plant have in common."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import override

from homeassistant.core import callback
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from ..const import DOMAIN
from ..coordinator import SmartPVMSConfigEntry
from ..discovery import Discovery, async_on_lost
from ..entity import SmartPVMSEntity
from ..northbound.models import Alarm, Plant
from .coordinator import AlarmCoordinator


class AlarmEntity(SmartPVMSEntity, CoordinatorEntity[AlarmCoordinator]):
    """An entity of a plant; unavailable while nobody knows the plant's alarms."""

    def __init__(
        self,
        coordinator: AlarmCoordinator,
        plant: Plant,
        description: EntityDescription,
    ) -> None:
        """Tie the entity to its plant."""
        super().__init__(coordinator, context=plant.code)
        self.entity_description = description
        self.plant = plant
        self._attr_unique_id = f"{plant.code}_{description.key}"
        self._attr_device_info = DeviceInfo(identifiers={(DOMAIN, plant.code)})

    @property
    def active(self) -> tuple[Alarm, ...]:
        """The plant's active alarms."""
        return self.coordinator.data.get(self.plant.code, ())

    @property
    @override
    def available(self) -> bool:
        return super().available and self.plant.code in self.coordinator.data

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        self.async_write_if_new()


@callback
def follow_alarm_entities(
    discovery: Discovery,
    entry: SmartPVMSConfigEntry,
    build: Callable[[AlarmCoordinator, Plant], Sequence[AlarmEntity]],
) -> None:
    """Add what `build` returns for each plant there is, and for those that come later."""
    created: set[str] = set()

    def create_for_plant(plant: Plant) -> Sequence[AlarmEntity]:
        if plant.code in created:
            return ()
        created.add(plant.code)
        entities = build(entry.runtime_data.alarms, plant)
        for entity in entities:
            # a plant that the user deletes may be listed again
            async_on_lost(entity, partial(created.discard, plant.code))
        return entities

    discovery.follow_plants(create_for_plant)
