"""Binary sensor of a plant: whether an alarm is active."""

from typing import Final, override

from homeassistant.components.binary_sensor import (
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.components.binary_sensor.const import BinarySensorDeviceClass
from homeassistant.const import EntityCategory
from homeassistant.core import callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from ..coordinator import SmartPVMSConfigEntry
from .entity import AlarmEntity, async_add_alarm_entities

PROBLEM: Final = BinarySensorEntityDescription(
    key="alarm_active",
    translation_key="alarm_active",
    device_class=BinarySensorDeviceClass.PROBLEM,
    entity_category=EntityCategory.DIAGNOSTIC,
)


class AlarmProblemSensor(AlarmEntity, BinarySensorEntity):
    """Whether the plant has an active alarm of any severity."""

    @property
    @override
    def is_on(self) -> bool:
        return bool(self.active)


@callback
def async_add_alarm_problems(
    entry: SmartPVMSConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the binary sensor of each plant."""
    async_add_alarm_entities(
        entry,
        async_add_entities,
        lambda coordinator, plant: [AlarmProblemSensor(coordinator, plant, PROBLEM)],
    )
