"""Binary sensor of a plant: whether an alarm is active."""

from typing import Final, override

from homeassistant.components.binary_sensor import (
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.components.binary_sensor.const import BinarySensorDeviceClass
from homeassistant.const import EntityCategory
from homeassistant.core import callback

from ..coordinator import SmartPVMSConfigEntry
from ..discovery import Discovery
from .entity import AlarmEntity, follow_alarm_entities

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

    @property
    @override
    def shown(self) -> object:
        return self.available, self.is_on


@callback
def follow_alarm_problems(discovery: Discovery, entry: SmartPVMSConfigEntry) -> None:
    """Add the binary sensor of each plant."""
    follow_alarm_entities(
        discovery,
        entry,
        lambda coordinator, plant: [AlarmProblemSensor(coordinator, plant, PROBLEM)],
    )
