"""Event entities of a plant: alarms that come and go, and outcomes of commands."""

from typing import Final, override

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .alarms.entity import AlarmEntity, follow_alarm_entities
from .alarms.records import AlarmEvent, AlarmEventType, severity_of
from .control import Task
from .coordinator import SmartPVMSConfigEntry
from .discovery import Discovery
from .northbound.control import Feature
from .northbound.models import Plant
from .plant_control.abilities import Abilities
from .plant_control.entity import ControlEntity, follow_control_entities
from .plant_control.wording import as_dict, status_of

PARALLEL_UPDATES = 0

ALARM: Final = EventEntityDescription(
    key="alarm",
    translation_key="alarm",
    event_types=[event_type.value for event_type in AlarmEventType],
)
TASK_OUTCOME: Final = EventEntityDescription(
    key="task_outcome",
    translation_key="task_outcome",
    event_types=["success", "failure", "unknown"],
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SmartPVMSConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Create the event entities of each plant there is, and of those that come later."""
    discovery = Discovery(hass, entry, async_add_entities)
    follow_alarm_entities(
        discovery,
        entry,
        lambda coordinator, plant: [AlarmEventEntity(coordinator, plant, ALARM)],
    )

    def build(plant: Plant, abilities: Abilities) -> list[ControlEntity]:
        features = (Feature.FORCED_CHARGE, Feature.FEED_IN_LIMIT)
        if not any(abilities.has(feature) for feature in features):
            return []
        return [TaskOutcomeEvent(entry, plant, TASK_OUTCOME)]

    follow_control_entities(discovery, entry, build)
    await discovery.async_begin()


class AlarmEventEntity(AlarmEntity, EventEntity):
    """Tells each alarm of a plant when it comes up, and when it is over.

    It is always available: what it told last stays true while the cloud is silent, and
    a change from unavailable to an old time would look like a new event.
    """

    @property
    @override
    def available(self) -> bool:
        return True

    @property
    @override
    def shown(self) -> object:
        # events are written when they come
        return None

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        self.async_on_remove(
            self.coordinator.async_listen(self.plant.code, self._async_happened)
        )

    @callback
    def _async_happened(self, event: AlarmEvent) -> None:
        alarm = event.alarm
        self._trigger_event(
            event.type,
            {
                "name": alarm.name,
                "severity": severity_of(alarm),
                "cause": alarm.cause,
                "repair_suggestion": alarm.repair_suggestion,
                "device": alarm.device_name,
                "serial_number": alarm.device_serial,
                "kind": alarm.kind,
                "raised": alarm.raised.isoformat(),
            },
        )
        self.async_write_ha_state()


class TaskOutcomeEvent(ControlEntity, EventEntity):
    """Tells the outcome of each command to a plant; always available, as alarms are."""

    @property
    @override
    def available(self) -> bool:
        return True

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        self.async_on_remove(
            self.control.async_listen_outcomes(self.plant.code, self._async_ended)
        )

    @callback
    def _async_ended(self, task: Task) -> None:
        self._trigger_event(status_of(task), dict(as_dict(self.entry, task)))
        self.async_write_ha_state()
