"""Sensors of a plant: how many alarms are active (getAlarmList)."""

from dataclasses import dataclass
from typing import Final, override

from homeassistant.components.sensor import (
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import EntityCategory
from homeassistant.core import callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from ..alarms.entity import AlarmEntity, async_add_alarm_entities
from ..alarms.records import SEVERITIES
from ..coordinator import SmartPVMSConfigEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmCountDescription(SensorEntityDescription):
    """The number of active alarms of one severity (1 critical to 4 warning)."""

    severity: int


ALARM_COUNTS: Final = tuple(
    AlarmCountDescription(
        key=f"{name}_alarms",
        translation_key=f"{name}_alarms",
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        entity_category=EntityCategory.DIAGNOSTIC,
        severity=severity,
    )
    for severity, name in SEVERITIES.items()
)


class AlarmCountSensor(AlarmEntity, SensorEntity):
    """How many alarms of one severity are active."""

    entity_description: AlarmCountDescription

    @property
    @override
    def native_value(self) -> int:
        severity = self.entity_description.severity
        return sum(alarm.severity == severity for alarm in self.active)


@callback
def async_add_alarm_counts(
    entry: SmartPVMSConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the sensors of each plant."""
    async_add_alarm_entities(
        entry,
        async_add_entities,
        lambda coordinator, plant: [
            AlarmCountSensor(coordinator, plant, description)
            for description in ALARM_COUNTS
        ],
    )
