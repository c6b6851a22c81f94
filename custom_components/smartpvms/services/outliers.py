"""The action that names plants which yield less for their size than the others."""

from datetime import date, timedelta
from typing import Final

from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.util import dt as dt_util
import voluptuous as vol

from ..const import DOMAIN
from ..failures import as_home_assistant_error
from ..northbound.errors import NorthboundError
from ..northbound.models import ReportPeriod
from ..outliers import DAYS, FEWEST_PLANTS, PART, SPECIFIC_YIELD, find_outliers, medians
from ..report import ReportRange, async_fetch
from .fields import number
from .readings import async_batches, check_cost
from .selection import SELECTION, Selection, selected

ATTR_DAYS: Final = "days"
ATTR_BELOW: Final = "below"

_SCHEMA: Final = vol.Schema(
    {
        **SELECTION,
        vol.Optional(ATTR_DAYS, default=DAYS): vol.All(
            number, vol.Range(min=1, max=14), vol.Coerce(int)
        ),
        vol.Optional(ATTR_BELOW, default=PART * 100): vol.All(
            number, vol.Range(min=1, max=100)
        ),
    }
)


@callback
def async_setup_outliers(hass: HomeAssistant) -> None:
    """Register this action."""
    hass.services.async_register(
        DOMAIN,
        "get_outliers",
        _async_get_outliers,
        schema=_SCHEMA,
        supports_response=SupportsResponse.ONLY,
    )


async def _async_get_outliers(call: ServiceCall) -> ServiceResponse:
    """Compare the plants by the last days that are over; a call for 100 plants."""
    selection = selected(call)
    if len(selection.plants) < FEWEST_PLANTS:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="too_few_plants",
            translation_placeholders={"fewest": str(FEWEST_PLANTS)},
        )
    days: int = call.data[ATTR_DAYS]
    below: float = call.data[ATTR_BELOW]
    yields = await _async_yields(selection, days)
    outliers = find_outliers(yields, part=below / 100)
    return {
        "medians": {
            day.isoformat(): round(middle, 3) for day, middle in medians(yields).items()
        },
        "outliers": [
            {
                "plant": selection.plants[outlier.plant_code].name,
                "plant_code": outlier.plant_code,
                "percent_of_median": {
                    day.isoformat(): round(part * 100, 1)
                    for day, part in outlier.parts.items()
                },
            }
            for outlier in outliers
        ],
        "plants_without_data": [
            selection.plants[code].name for code, told in yields.items() if not told
        ],
    }


async def _async_yields(
    selection: Selection, days: int
) -> dict[str, dict[date, float]]:
    """Return the specific yield of each plant on each of the days until yesterday."""
    today = dt_util.now().date()
    wanted = ReportRange(
        period=ReportPeriod.DAY,
        start=today - timedelta(days=days),
        end=today - timedelta(days=1),
    )
    client = selection.entry.runtime_data.client
    yields: dict[str, dict[date, float]] = {code: {} for code in selection.plants}
    batches = [batch for batch in await async_batches(selection) if batch.plant_codes]
    try:
        check_cost(client.ledger, batches, wanted)
        for batch in batches:
            for code, rows in (await async_fetch(client, batch, wanted)).items():
                yields[str(code)] = {
                    row.start.date(): row.values[SPECIFIC_YIELD]
                    for row in rows
                    if SPECIFIC_YIELD in row.values
                }
    except NorthboundError as err:
        cause = as_home_assistant_error(err)
        raise HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key=cause.translation_key,
            translation_placeholders=cause.translation_placeholders,
        ) from err
    return yields
