"""The time zone of each plant."""

from collections.abc import Mapping
from datetime import tzinfo
from typing import Any

from homeassistant.util import dt as dt_util

from .const import CONF_PLANT_SETTINGS, CONF_TIME_ZONE


async def async_time_zones(options: Mapping[str, Any]) -> dict[str, tzinfo]:
    """Return the time zones that were set, by plant code."""
    zones: dict[str, tzinfo] = {}
    for plant_code, settings in options.get(CONF_PLANT_SETTINGS, {}).items():
        if name := settings.get(CONF_TIME_ZONE):
            zone = await dt_util.async_get_time_zone(name)
            if zone is not None:
                zones[plant_code] = zone
    return zones
