"""Sources of the Energy dashboard that show sensors of ours under their former ids."""

from collections.abc import Mapping
from typing import cast

from homeassistant.components.energy.data import (
    EnergyPreferencesUpdate,
    async_get_manager,
)
from homeassistant.core import HomeAssistant

from ..energy_dashboard import has_energy_dashboard
from ..plant_codes.moving import renamed


async def async_rename_in_dashboard(
    hass: HomeAssistant, names: Mapping[str, str]
) -> None:
    """Rename entities in the Energy dashboard, by former id.

    A source that is there under both ids is left once.
    """
    if not has_energy_dashboard(hass):
        return
    manager = await async_get_manager(hass)
    if manager.data is None:
        return
    moved = cast(EnergyPreferencesUpdate, renamed(manager.data, names))
    if moved == manager.data:
        return
    sources = moved["energy_sources"]
    moved["energy_sources"] = [
        source for at, source in enumerate(sources) if source not in sources[:at]
    ]
    await manager.async_update(moved)
