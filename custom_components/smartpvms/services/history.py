"""The actions that bring in past days anew, or delete the history of plants."""

from datetime import date, timedelta
from typing import Final

from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util
import voluptuous as vol

from ..const import DOMAIN
from ..energy_dashboard import async_take_out, has_energy_dashboard
from ..history.history import History
from ..history.shelf import statistic_ids
from .selection import SELECTION, Selection, selected

IMPORT_HISTORY: Final = "import_history"
DELETE_HISTORY: Final = "delete_history"

ATTR_START_DATE: Final = "start_date"
ATTR_END_DATE: Final = "end_date"
ATTR_DRY_RUN: Final = "dry_run"

_IMPORT_SCHEMA: Final = vol.Schema(
    {
        **SELECTION,
        vol.Required(ATTR_START_DATE): cv.date,
        vol.Optional(ATTR_END_DATE): cv.date,
        vol.Optional(ATTR_DRY_RUN, default=False): cv.boolean,
    }
)
_DELETE_SCHEMA: Final = vol.Schema(SELECTION)


@callback
def async_setup_history(hass: HomeAssistant) -> None:
    """Register these actions."""
    hass.services.async_register(
        DOMAIN,
        IMPORT_HISTORY,
        _async_import,
        schema=_IMPORT_SCHEMA,
        supports_response=SupportsResponse.OPTIONAL,
    )
    hass.services.async_register(
        DOMAIN, DELETE_HISTORY, _async_delete, schema=_DELETE_SCHEMA
    )


async def _async_import(call: ServiceCall) -> ServiceResponse:
    """Note which days are wanted, and tell what they cost; the clock does the rest."""
    selection = selected(call)
    history = _history(selection)
    yesterday = dt_util.now().date() - timedelta(days=1)
    start: date = call.data[ATTR_START_DATE]
    end: date = min(call.data.get(ATTR_END_DATE, yesterday), yesterday)
    if end < start:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="end_before_start"
        )
    plants = {plant.code: plant for plant in selection.homes()}
    dry_run: bool = call.data[ATTR_DRY_RUN]
    if not dry_run:
        await history.async_request(plants, start, end)
    return {
        "plants": [plant.name for plant in plants.values()],
        "start_date": start.isoformat(),
        "end_date": end.isoformat(),
        "days": (end - start).days + 1,
        "calls": history.cost(plants, start, end),
        "dry_run": dry_run,
    }


async def _async_delete(call: ServiceCall) -> None:
    """Delete the series of the plants; the Energy dashboard shows them no more."""
    selection = selected(call)
    plants = sorted({plant.code for plant in selection.homes()})
    await _history(selection).async_delete(plants)
    if has_energy_dashboard(call.hass):
        await async_take_out(
            call.hass, [each for code in plants for each in statistic_ids(code)]
        )


def _history(selection: Selection) -> History:
    history = selection.entry.runtime_data.history
    if history is None:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="history_is_off"
        )
    return history
