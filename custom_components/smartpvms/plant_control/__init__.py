"""Control of an entry's plants in Home Assistant: permission, engine, entities, repairs."""

from homeassistant.core import HomeAssistant

from ..connection import Connection
from ..coordinator import SmartPVMSConfigEntry
from .abilities import BATTERY_TYPES, Abilities
from .cleaning import async_remove_entities
from .control import PlantControl, async_forget_control
from .following import async_follow_settings
from .issues import async_look_at_scope
from .leaving import async_give_back_all
from .permission import (
    MOST_PLANTS_OF_A_HOME,
    async_check_permission,
    may_dispatch,
    refusal,
)

__all__ = [
    "BATTERY_TYPES",
    "MOST_PLANTS_OF_A_HOME",
    "Abilities",
    "PlantControl",
    "async_check_permission",
    "async_control",
    "async_follow_settings",
    "async_forget_control",
    "async_give_back_all",
    "async_look_at_scope",
    "may_dispatch",
    "refusal",
]


async def async_control(
    hass: HomeAssistant, entry: SmartPVMSConfigEntry, connection: Connection
) -> PlantControl:
    """Return what controls the plants of an entry, with all that it remembers."""
    if refusal(entry) in ("control_needs_oauth", "control_switched_off"):
        async_remove_entities(hass, entry)
    control = PlantControl(hass, entry, connection)
    await control.async_load()
    return control
