"""Sensors of a plant whose battery can follow a plan: its present slot, and its end."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
)
from homeassistant.core import callback

from ..coordinator import SmartPVMSConfigEntry
from ..day_plan import Action
from ..discovery import Discovery
from ..northbound.control import Feature
from ..northbound.models import Plant
from ..plant_control.abilities import Abilities
from ..plant_control.entity import ControlEntity, follow_control_entities
from ..plant_control.plan_entity import PlanEntity, horizon

_NONE: Final = "no_plan"

PLAN_SLOT: Final = SensorEntityDescription(
    key="battery_plan_slot",
    translation_key="battery_plan_slot",
    device_class=SensorDeviceClass.ENUM,
    options=[*(action.value for action in Action), _NONE],
)
PLAN_SLOT_END: Final = SensorEntityDescription(
    key="battery_plan_slot_end",
    translation_key="battery_plan_slot_end",
    device_class=SensorDeviceClass.TIMESTAMP,
)


@callback
def follow_plan_sensors(discovery: Discovery, entry: SmartPVMSConfigEntry) -> None:
    """Create the sensors of each plant whose battery mode can be set and read."""

    def build(plant: Plant, abilities: Abilities) -> Iterator[ControlEntity]:
        features = (Feature.BATTERY_MODE, Feature.READ_BATTERY_MODE)
        if all(abilities.has(feature) for feature in features):
            yield PlanSlotSensor(entry, plant, PLAN_SLOT)
            yield PlanSlotEndSensor(entry, plant, PLAN_SLOT_END)

    follow_control_entities(discovery, entry, build)


class PlanSlotSensor(PlanEntity, SensorEntity):
    """What the plan in force makes the battery do now."""

    @property
    @override
    def native_value(self) -> str | None:
        slot = self.slot
        if slot is not None:
            return slot.action.value
        return None if self.view is None else _NONE

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        view = self.view
        until = None if view is None else view.until
        return {
            "set_by_home_assistant": view is not None and view.is_ours,
            "expires": None if until is None else until.isoformat(),
        }


class PlanSlotEndSensor(PlanEntity, SensorEntity):
    """When the battery does something else by its plan; unknown for never."""

    @property
    @override
    def native_value(self) -> datetime | None:
        slot = self.slot
        if slot is None:
            return None
        return slot.end if slot.end < horizon() else None
