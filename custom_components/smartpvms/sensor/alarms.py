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

from ..alarms.entity import AlarmEntity, follow_alarm_entities
from ..alarms.records import SEVERITIES
from ..coordinator import SmartPVMSConfigEntry
from ..discovery import Discovery


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

    @property
    @override
    def shown(self) -> object:
        return self.available, self.native_value


@callback
def follow_alarm_counts(discovery: Discovery, entry: SmartPVMSConfigEntry) -> None:
    """Add the sensors of each plant."""
    follow_alarm_entities(
        discovery,
        entry,
        lambda coordinator, plant: [
            AlarmCountSensor(coordinator, plant, description)
            for description in ALARM_COUNTS
        ],
    )
