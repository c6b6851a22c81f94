"""The energies that are shown, beside those that truly were."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from custom_components.smartpvms.const import DOMAIN

SENSORS: Final = {
    "total_power": ("plant", "yield_total"),
    "grid_import_energy": ("meter", "import_total"),
    "grid_export_energy": ("meter", "export_total"),
    "battery_charged_energy": ("battery", "charged_total"),
    "battery_discharged_energy": ("battery", "discharged_total"),
}
"""Keys of sensors, and whose quantity of the truth they show."""


def shown(hass: HomeAssistant, plant_code: str) -> dict[str, float]:
    """Return the energies (kWh) that the sensors of a plant show."""
    registry = er.async_get(hass)
    energies: dict[str, float] = {}
    for key in SENSORS:
        unique_id = f"{plant_code}_{key}"
        entity_id = registry.async_get_entity_id("sensor", DOMAIN, unique_id)
        state = hass.states.get(entity_id) if entity_id else None
        if state is not None and state.state not in ("unknown", "unavailable"):
            energies[key] = float(state.state)
    return energies


def truth(published: Mapping[str, Mapping[str, Any]]) -> dict[str, float]:
    """Return the same from what the cloud has published of a plant."""
    found: dict[str, float] = {}
    for key, (_, quantity) in SENSORS.items():
        # the plant itself is told apart: its instants are not those of its devices
        owners = (
            [published["plant"]]
            if quantity == "yield_total"
            else [each for name, each in published.items() if name != "plant"]
        )
        for owner in owners:
            if owner.get(quantity) is not None:
                found[key] = float(owner[quantity])
    return found
