"""Takes the entities of control away where it is not allowed any more."""

from typing import Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

from ..const import CONF_PLANTS
from ..coordinator import SmartPVMSConfigEntry

KEYS: Final = frozenset(
    {
        "battery_mode",
        "battery_mode_choice",
        "battery_plan",
        "battery_plan_slot",
        "battery_plan_slot_end",
        "charge_now",
        "discharge_now",
        "end_of_charge_soc",
        "end_of_discharge_soc",
        "feed_in_limit",
        "feed_in_limited",
        "forced_duration",
        "forced_power",
        "forced_target_soc",
        "last_task",
        "maximum_charge_power",
        "maximum_discharge_power",
        "stop_forced_charge",
        "task_outcome",
    }
)
"""What the unique ids of these entities have behind the plant code."""


@callback
def async_remove_entities(hass: HomeAssistant, entry: SmartPVMSConfigEntry) -> None:
    """Remove what was created of an entry while control was allowed."""
    unwanted = {
        f"{plant_code}_{key}"
        for plant_code in entry.options[CONF_PLANTS]
        for key in KEYS
    }
    registry = er.async_get(hass)
    for entity in er.async_entries_for_config_entry(registry, entry.entry_id):
        if entity.unique_id in unwanted:
            registry.async_remove(entity.entity_id)
