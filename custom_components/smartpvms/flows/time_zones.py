"""What both flows ask of plants that lie in another time zone than Home Assistant."""

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any

from homeassistant.config_entries import ConfigEntryBaseFlow, ConfigFlowResult
from homeassistant.util import dt as dt_util
import voluptuous as vol

from ..const import CONF_TIME_ZONE
from ..northbound.models import Plant
from .forms import (
    TIME_ZONES_ASKED_SINGLY,
    Input,
    async_time_zones,
    common_time_zone_schema,
    contradicts,
    named_plants,
    time_zone_selector,
)


class TimeZoneSteps(ConfigEntryBaseFlow):
    """Asks by whose clock the days of plants begin."""

    def __init__(self) -> None:
        super().__init__()
        self._elsewhere: list[Plant] = []

    @abstractmethod
    async def _async_time_zones_known(
        self, time_zones: Mapping[str, str]
    ) -> ConfigFlowResult:
        """Go on with the time zones of the plants that were asked about."""

    async def _async_ask_time_zones(self, plants: Iterable[Plant]) -> ConfigFlowResult:
        """Ask about those plants that Home Assistant's time zone cannot be right for."""
        time_zone = dt_util.get_default_time_zone()
        self._elsewhere = [plant for plant in plants if contradicts(plant, time_zone)]
        if not self._elsewhere:
            return await self._async_time_zones_known({})
        if len(self._elsewhere) > TIME_ZONES_ASKED_SINGLY:
            return await self.async_step_time_zone()
        return await self.async_step_time_zones()

    async def async_step_time_zones(
        self, user_input: Input | None = None
    ) -> ConfigFlowResult:
        """Ask for the time zone of each plant that lies in another one."""
        names = named_plants(self._elsewhere)
        if user_input is not None:
            return await self._async_time_zones_known(
                {code: user_input[name] for code, name in names.items()}
            )
        # a field can only be named after its plant by its key
        fields: dict[vol.Marker, Any] = {}
        for plant in self._elsewhere:
            moment = plant.grid_connection
            fitting = await async_time_zones(self.hass, [moment] if moment else [])
            fields[vol.Required(names[plant.code])] = time_zone_selector(fitting)
        return self.async_show_form(
            step_id="time_zones",
            data_schema=vol.Schema(fields),
            description_placeholders={"time_zone": self.hass.config.time_zone},
        )

    async def async_step_time_zone(
        self, user_input: Input | None = None
    ) -> ConfigFlowResult:
        """Ask for one time zone of all the many plants that lie in another one."""
        plants = self._elsewhere
        if user_input is not None:
            return await self._async_time_zones_known(
                {plant.code: user_input[CONF_TIME_ZONE] for plant in plants}
            )
        moments = {plant.grid_connection for plant in plants if plant.grid_connection}
        fitting = await async_time_zones(self.hass, sorted(moments))
        return self.async_show_form(
            step_id="time_zone",
            data_schema=common_time_zone_schema(fitting),
            description_placeholders={
                "time_zone": self.hass.config.time_zone,
                "count": str(len(plants)),
            },
        )
