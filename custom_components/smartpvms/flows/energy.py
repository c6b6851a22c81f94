"""What the config flow asks for the sake of energy: the grid meters, and the dashboard."""

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any, Final

from homeassistant.config_entries import ConfigEntryBaseFlow, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import (
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import voluptuous as vol

from ..detail import MOST_PLANTS_WITH_DEVICES
from ..energy_dashboard import (
    Existing,
    Shows,
    async_other_sources,
    has_energy_dashboard,
    statistics_of,
)
from ..energy_dashboard.offer import (
    CONF_ENERGY_DASHBOARD,
    CONF_EXISTING,
    accepted_offer,
)
from ..energy_flows import Assignment, Role
from ..energy_flows.model import EMMA_TYPE, METER_TYPES
from ..meters.assignments import with_assignment
from ..northbound.models import Device, Plant
from .forms import Input, named_plants

CONF_GRID_METERS: Final = "grid_meters"
CONF_PLANTS_SHOWN: Final = "plants_shown"
CONF_SHOWS: Final = "energy_shows"
_SHOWS_FIELD: Final = vol.Required(CONF_SHOWS, default=Shows.LIVE_AND_HISTORY.value)

# with more it is not the home of who lives there
PLANTS_SHOWN_BY_DEFAULT: Final = 3


class EnergySteps(ConfigEntryBaseFlow):
    """Asks about meters and the Energy dashboard as far as there is something to ask."""

    def __init__(self) -> None:
        super().__init__()
        self._energy_options: dict[str, Any] = {}
        self._shown: Sequence[Plant] = ()
        self._shows = Shows.LIVE_AND_HISTORY
        self._meters: dict[str, Device] = {}

    @abstractmethod
    async def _async_energy_known(self, options: dict[str, Any]) -> ConfigFlowResult:
        """Go on with the options, completed by what was chosen."""

    async def _async_ask_energy(
        self,
        plants: Sequence[Plant],
        devices: Iterable[Device],
        options: dict[str, Any],
    ) -> ConfigFlowResult:
        """Ask for what is needed of these plants; a fleet has no energy flows."""
        self._energy_options = options
        if len(plants) > MOST_PLANTS_WITH_DEVICES:
            return await self._async_energy_known(options)
        self._shown = plants
        self._meters = {device.key: device for device in single_meters(devices)}
        if self._meters:
            return await self.async_step_meters()
        return await self._async_ask_dashboard()

    async def async_step_meters(
        self, user_input: Input | None = None
    ) -> ConfigFlowResult:
        """Let the user confirm that the only meter of a plant measures the grid."""
        if user_input is not None:
            for key in user_input[CONF_GRID_METERS]:
                self._energy_options = with_assignment(
                    self._energy_options,
                    self._meters[key].plant_code,
                    key,
                    Assignment(role=Role.GRID),
                )
            return await self._async_ask_dashboard()
        names = named_plants(self._shown)
        labels = {
            key: meter.name
            if len(names) == 1
            else f"{names[meter.plant_code]}: {meter.name}"
            for key, meter in self._meters.items()
        }
        return self.async_show_form(
            step_id="meters",
            data_schema=_choice_schema(CONF_GRID_METERS, labels, list(labels)),
        )

    async def _async_ask_dashboard(self) -> ConfigFlowResult:
        if not has_energy_dashboard(self.hass):
            return await self._async_energy_known(self._energy_options)
        return await self.async_step_energy_dashboard()

    async def async_step_energy_dashboard(
        self, user_input: Input | None = None
    ) -> ConfigFlowResult:
        """Ask which plants are to be put into the Energy dashboard."""
        names = named_plants(self._shown)
        if user_input is not None:
            shown = user_input[CONF_PLANTS_SHOWN]
            self._shows = Shows(user_input[CONF_SHOWS])
            self._shown = [plant for plant in self._shown if plant.code in shown]
            if not shown:
                return await self._async_energy_known(self._energy_options)
            if await async_other_sources(self.hass):
                return await self.async_step_energy_sources()
            return await self._async_accepted(Existing.KEEP, [])
        chosen = list(names) if len(names) <= PLANTS_SHOWN_BY_DEFAULT else []
        schema = _choice_schema(CONF_PLANTS_SHOWN, names, chosen)
        # where there is a dashboard there is a recorder, and so the history
        schema = schema.extend({_SHOWS_FIELD: _words_selector(Shows, CONF_SHOWS)})
        return self.async_show_form(step_id="energy_dashboard", data_schema=schema)

    async def async_step_energy_sources(
        self, user_input: Input | None = None
    ) -> ConfigFlowResult:
        """Show the sources that are there already, and ask what to do with them."""
        others = [
            statistics_of(source) for source in await async_other_sources(self.hass)
        ]
        if user_input is not None:
            return await self._async_accepted(
                Existing(user_input[CONF_EXISTING]),
                [statistic for statistics in others for statistic in statistics],
            )
        selector = _words_selector(Existing, "existing_sources")
        field = vol.Required(CONF_EXISTING, default=Existing.KEEP.value)
        return self.async_show_form(
            step_id="energy_sources",
            data_schema=vol.Schema({field: selector}),
            description_placeholders={
                "sources": "\n".join(
                    f"- {_name(self.hass, statistics)}" for statistics in others
                )
            },
        )

    async def _async_accepted(
        self, existing: Existing, replaceable: Sequence[str]
    ) -> ConfigFlowResult:
        codes = [plant.code for plant in self._shown]
        offer = accepted_offer(codes, existing, replaceable, self._shows)
        return await self._async_energy_known(
            {**self._energy_options, CONF_ENERGY_DASHBOARD: offer}
        )


def single_meters(devices: Iterable[Device]) -> Iterator[Device]:
    """Yield the meters that are the only ones of their plant, whose signs are documented.

    An EMMA measures as well, and nothing says which way round.
    """
    measuring: dict[str, list[Device]] = {}
    for device in devices:
        if device.type_id in METER_TYPES or device.type_id == EMMA_TYPE:
            measuring.setdefault(device.plant_code, []).append(device)
    for found in measuring.values():
        if len(found) == 1 and found[0].type_id in METER_TYPES:
            yield found[0]


def _choice_schema(
    field: str, names: Mapping[str, str], chosen: Sequence[str]
) -> vol.Schema:
    """Return a form in which some of several are ticked."""
    options = [SelectOptionDict(value=key, label=name) for key, name in names.items()]
    return vol.Schema(
        {
            vol.Required(field, default=list(chosen)): SelectSelector(
                SelectSelectorConfig(
                    options=options, multiple=True, mode=SelectSelectorMode.LIST
                )
            )
        }
    )


def _words_selector(choices: type[StrEnum], translation_key: str) -> SelectSelector:
    """Return a choice of one, each explained in a line."""
    return SelectSelector(
        SelectSelectorConfig(
            options=[choice.value for choice in choices],
            translation_key=translation_key,
            mode=SelectSelectorMode.LIST,
        )
    )


def _name(hass: HomeAssistant, statistics: Sequence[str]) -> str:
    """Return how the user knows a source: by the names of the sensors it counts."""
    states = (hass.states.get(statistic) for statistic in statistics)
    return ", ".join(
        state.name if state else statistic
        for state, statistic in zip(states, statistics, strict=True)
    )
