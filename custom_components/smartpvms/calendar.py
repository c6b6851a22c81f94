"""Calendar of a plant: the plan of its battery that is in force."""

from datetime import datetime
from typing import Final, override

from homeassistant.components.calendar import (
    CalendarEntity,
    CalendarEntityDescription,
    CalendarEvent,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.translation import async_get_exception_message

from .const import DOMAIN
from .coordinator import SmartPVMSConfigEntry
from .day_plan import PlanSlot
from .discovery import Discovery
from .northbound.control import Feature
from .northbound.models import Plant
from .plant_control.abilities import Abilities
from .plant_control.entity import ControlEntity, follow_control_entities
from .plant_control.plan_entity import PlanEntity

PARALLEL_UPDATES = 0

BATTERY_PLAN: Final = CalendarEntityDescription(
    key="battery_plan", translation_key="battery_plan"
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SmartPVMSConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Create the calendar of each plant whose battery mode can be set and read."""

    def build(plant: Plant, abilities: Abilities) -> list[ControlEntity]:
        features = (Feature.BATTERY_MODE, Feature.READ_BATTERY_MODE)
        if not all(abilities.has(feature) for feature in features):
            return []
        return [BatteryPlanCalendar(entry, plant, BATTERY_PLAN)]

    discovery = Discovery(hass, entry, async_add_entities)
    follow_control_entities(discovery, entry, build)
    await discovery.async_begin()


class BatteryPlanCalendar(PlanEntity, CalendarEntity):
    """What the plan in force makes the battery do, from now on.

    What is over is not told: nobody knows which plan was in force then.
    """

    @property
    @override
    def shown(self) -> object:
        return self.available, self.event

    @property
    @override
    def event(self) -> CalendarEvent | None:
        slot = next(iter(self.coming()), None)
        return None if slot is None else _event(slot)

    @override
    async def async_get_events(
        self, hass: HomeAssistant, start_date: datetime, end_date: datetime
    ) -> list[CalendarEvent]:
        return [
            _event(slot)
            for slot in self.coming(end_date)
            if slot.end > start_date and slot.start < end_date
        ]


def _event(slot: PlanSlot) -> CalendarEvent:
    return CalendarEvent(
        start=slot.start,
        end=slot.end,
        summary=async_get_exception_message(DOMAIN, f"plan_slot_{slot.action}"),
    )
