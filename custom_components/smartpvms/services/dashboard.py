"""The action that fills the Energy dashboard."""

from collections.abc import Collection
from typing import Final

from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.util.json import JsonValueType
import voluptuous as vol

from ..const import DOMAIN
from ..energy_dashboard import (
    Existing,
    Filled,
    Kind,
    Shows,
    async_fill,
    has_energy_dashboard,
    outdated_statistics,
    sources_of,
)
from ..energy_dashboard.offer import async_offer_history
from .selection import SELECTION, selected

FILL_ENERGY_DASHBOARD: Final = "fill_energy_dashboard"

ATTR_EXISTING: Final = "existing"
ATTR_SHOWS: Final = "shows"

_FILL_SCHEMA: Final = vol.Schema(
    {
        **SELECTION,
        vol.Optional(ATTR_EXISTING, default=Existing.KEEP.value): vol.Coerce(Existing),
        vol.Optional(ATTR_SHOWS, default=Shows.LIVE_AND_HISTORY.value): vol.Coerce(
            Shows
        ),
    }
)


@callback
def async_setup_dashboard(hass: HomeAssistant) -> None:
    """Register this action."""
    hass.services.async_register(
        DOMAIN,
        FILL_ENERGY_DASHBOARD,
        _async_fill_energy_dashboard,
        schema=_FILL_SCHEMA,
        supports_response=SupportsResponse.OPTIONAL,
    )


async def _async_fill_energy_dashboard(call: ServiceCall) -> ServiceResponse:
    """Put the plants into the Energy dashboard as far as their energy is known now."""
    hass, existing, shows = call.hass, call.data[ATTR_EXISTING], call.data[ATTR_SHOWS]
    if not has_energy_dashboard(hass):
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="no_energy_dashboard"
        )
    selection = selected(call)
    entry, plants = selection.entry, {each.code: each for each in selection.homes()}
    known = {
        (code, kind): source
        for code in plants
        for kind, source in sources_of(hass, entry, code).items()
    }
    filled = Filled(added=(), kept=frozenset())
    if shows is not Shows.HISTORY:
        if not known:
            raise HomeAssistantError(
                translation_domain=DOMAIN, translation_key="energy_not_known"
            )
        outdated = {key: outdated_statistics(hass, *key, shows) for key in known}
        filled = await async_fill(hass, known, existing, outdated=outdated)
    elif entry.runtime_data.history is None:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="history_is_off"
        )
    offered = await async_offer_history(hass, entry, plants, existing, shows)
    return {
        "plants": [
            {
                "plant": plant.name,
                "plant_code": code,
                "added": _kinds(code, filled.added),
                "kept": [kind for kind in _kinds(code, known) if kind in filled.kept],
                "not_known": [kind.value for kind in Kind if (code, kind) not in known],
                "history_added": _kinds(code, offered.added),
                "history_follows": _kinds(code, offered.follows),
            }
            for code, plant in plants.items()
        ]
    }


def _kinds(
    plant_code: str, sources: Collection[tuple[str, Kind]]
) -> list[JsonValueType]:
    """Return which kinds of a plant are among some sources."""
    return [kind.value for kind in Kind if (plant_code, kind) in sources]
