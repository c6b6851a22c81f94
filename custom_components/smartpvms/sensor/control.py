"""Sensors of a plant that is controlled: its last task, and its battery mode."""

from collections.abc import Iterator
from typing import Any, Final, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
)
from homeassistant.const import EntityCategory
from homeassistant.core import callback

from ..control import Family, Task
from ..coordinator import SmartPVMSConfigEntry
from ..discovery import Discovery
from ..northbound.control import Feature
from ..northbound.models import BatteryMode, Plant
from ..plant_control.abilities import Abilities
from ..plant_control.entity import ControlEntity, follow_control_entities
from ..plant_control.wording import MODES, as_dict, mode_as_dict, status_of

# "unknown" as a state would say that Home Assistant knows nothing
_STATES: Final = {
    "waiting": "running",
    "running": "running",
    "success": "success",
    "failure": "failure",
    "unknown": "unclear",
}
_NONE: Final = "no_command"

LAST_TASK: Final = SensorEntityDescription(
    key="last_task",
    translation_key="last_task",
    device_class=SensorDeviceClass.ENUM,
    options=["running", "success", "failure", "unclear", _NONE],
)
BATTERY_MODE: Final = SensorEntityDescription(
    key="battery_mode",
    translation_key="battery_mode",
    device_class=SensorDeviceClass.ENUM,
    options=list(MODES.values()),
    entity_category=EntityCategory.DIAGNOSTIC,
)


@callback
def follow_control_sensors(discovery: Discovery, entry: SmartPVMSConfigEntry) -> None:
    """Create the sensors of each plant that can be controlled."""

    def build(plant: Plant, abilities: Abilities) -> Iterator[ControlEntity]:
        features = (Feature.FORCED_CHARGE, Feature.FEED_IN_LIMIT)
        if any(abilities.has(feature) for feature in features):
            yield LastTaskSensor(entry, plant, LAST_TASK)
        if abilities.has(Feature.READ_BATTERY_MODE):
            yield BatteryModeSensor(entry, plant, BATTERY_MODE)

    follow_control_entities(discovery, entry, build)


class LastTaskSensor(ControlEntity, SensorEntity):
    """What became of the command that the plant was given last."""

    _unrecorded_attributes = frozenset({"evidence", "cloud_message"})

    @property
    def _task(self) -> Task | None:
        tasks = self.control.engine.tasks(self.plant.code)
        return max(tasks, key=lambda task: task.requested, default=None)

    @property
    @override
    def native_value(self) -> str:
        task = self._task
        return _NONE if task is None else _STATES[status_of(task)]

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        task = self._task
        return {} if task is None else dict(as_dict(self.entry, task))


class BatteryModeSensor(ControlEntity, SensorEntity):
    """The working mode that the cloud told last, those too that can only be read."""

    _unrecorded_attributes = frozenset({"windows"})

    @property
    def _mode(self) -> BatteryMode | None:
        known = self.control.engine.state_of(self.plant.code, Family.MODE).confirmed
        if known is None or not isinstance(known.value, BatteryMode):
            return None
        return known.value

    @property
    @override
    def native_value(self) -> str | None:
        mode = self._mode
        return None if mode is None else MODES[mode.mode]

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        mode = self._mode
        if mode is None:
            return {}
        shown = dict(mode_as_dict(mode))
        del shown["mode"]
        return shown
