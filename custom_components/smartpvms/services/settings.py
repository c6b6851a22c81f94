"""The actions that read what is in force at plants, and what became of commands."""

from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any, Final

from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util
from homeassistant.util.json import JsonObjectType
import voluptuous as vol

from ..const import DOMAIN
from ..control import Family
from ..coordinator import SmartPVMSConfigEntry
from ..failures import as_home_assistant_error
from ..northbound.control import Feature
from ..northbound.errors import NorthboundError
from ..northbound.models import BatteryMode, FeedInLimit, Plant
from ..plant_control import async_check_permission
from ..plant_control.wording import as_dict, iso, limit_as_dict, mode_as_dict
from .fields import number
from .selection import SELECTION, selected
from .targets import ATTR_CONFIRM_MANY, async_targets

ATTR_HOURS: Final = "hours"

_READ_SCHEMA: Final = vol.Schema(
    {
        vol.Required(ATTR_DEVICE_ID): vol.All(
            cv.ensure_list, vol.Length(min=1), [cv.string]
        ),
        vol.Optional(ATTR_CONFIRM_MANY, default=False): cv.boolean,
    }
)
_TASKS_SCHEMA: Final = vol.Schema(
    {**SELECTION, vol.Optional(ATTR_HOURS, default=24): number}
)


@callback
def async_setup_settings(hass: HomeAssistant) -> None:
    """Register these actions."""
    for name, feature, family in (
        ("get_battery_mode", Feature.READ_BATTERY_MODE, Family.MODE),
        ("get_feed_in_limit", Feature.READ_FEED_IN_LIMIT, Family.LIMIT),
    ):
        hass.services.async_register(
            DOMAIN,
            name,
            _reader(feature, family),
            schema=_READ_SCHEMA,
            supports_response=SupportsResponse.ONLY,
        )
    hass.services.async_register(
        DOMAIN,
        "get_tasks",
        _async_get_tasks,
        schema=_TASKS_SCHEMA,
        supports_response=SupportsResponse.ONLY,
    )


def _reader(
    feature: Feature, family: Family
) -> Callable[[ServiceCall], Coroutine[Any, Any, ServiceResponse]]:
    """Return what asks the cloud, a basic call for each plant."""

    async def async_read(call: ServiceCall) -> ServiceResponse:
        targets = await async_targets(call, feature)
        return {
            "plants": [
                await _async_read(targets.entry, target.plant, family)
                for target in targets.plants
            ]
        }

    return async_read


async def _async_read(
    entry: SmartPVMSConfigEntry, plant: Plant, family: Family
) -> JsonObjectType:
    control, client = entry.runtime_data.control, entry.runtime_data.client
    try:
        present: BatteryMode | FeedInLimit = (
            await client.get_battery_mode(plant.code)
            if family is Family.MODE
            else await client.get_feed_in_limit(plant.code)
        )
    except NorthboundError as err:
        cause = as_home_assistant_error(err)
        raise HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key="plant_not_read",
            translation_placeholders={"plant": plant.name, "reason": str(cause)},
        ) from err
    await control.async_observe(present)
    engine = control.engine
    baseline = engine.baseline(plant.code, family)
    pending = engine.state_of(plant.code, family).pending
    return {
        "plant": plant.name,
        "plant_code": plant.code,
        **_shown(present),
        "set_by_home_assistant": engine.is_ours(plant.code, family),
        "previous": None if baseline is None else _shown(baseline),
        "ends_at": iso(engine.due_of(plant.code, family)),
        "pending": None if pending is None else as_dict(entry, pending),
    }


def _shown(present: BatteryMode | FeedInLimit) -> JsonObjectType:
    if isinstance(present, BatteryMode):
        return mode_as_dict(present)
    return limit_as_dict(present)


async def _async_get_tasks(call: ServiceCall) -> ServiceResponse:
    """Return the commands of the last hours and what became of them; no call is made."""
    selection = selected(call)
    entry = selection.entry
    await async_check_permission(call.hass, entry, call.context)
    hours: float = call.data[ATTR_HOURS]
    since = (dt_util.utcnow() - timedelta(hours=hours)).timestamp()
    homes = {plant.code: plant for plant in selection.homes()}
    return {
        "plants": [
            {
                "plant": plant.name,
                "plant_code": code,
                "tasks": [
                    as_dict(entry, task)
                    for task in entry.runtime_data.control.engine.tasks(code)
                    if task.is_open or task.requested >= since
                ],
            }
            for code, plant in homes.items()
        ]
    }
