"""Options: which plants, what holds for one of them, how much to show, how often to ask."""

from collections.abc import Collection, Mapping
import logging
from typing import Any, Final, override

from homeassistant.config_entries import (
    ConfigEntryState,
    ConfigFlowResult,
    OptionsFlowWithReload,
)
from homeassistant.const import UnitOfPower
from homeassistant.exceptions import OAuth2TokenRequestBaseError
from homeassistant.generated.currencies import ACTIVE_CURRENCIES
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import voluptuous as vol

from ..const import (
    CONF_ACCESS,
    CONF_ADD_NEW_PLANTS,
    CONF_ADMINS_ONLY,
    CONF_CONTROL,
    CONF_CURRENCY,
    CONF_DETAIL,
    CONF_DISPATCH,
    CONF_HISTORY,
    CONF_HISTORY_ON_REMOVAL,
    CONF_KNOWN_PLANTS,
    CONF_LEGAL_MAXIMUM,
    CONF_METERS,
    CONF_PLANT_SETTINGS,
    CONF_PLANTS,
    CONF_TIME_ZONE,
)
from ..coordinator import SmartPVMSConfigEntry
from ..detail import Detail, default_detail
from ..history.history import BY_THE_HOUR_PLANTS
from ..history.recording import has_recorder
from ..history.setting_up import DELETE, KEEP
from ..identity import async_remember, served_plants
from ..meters.assignments import confirmed_assignments, with_assignment
from ..meters.questions import point_names
from ..northbound.auth import Access
from ..northbound.control.controllers import LARGEST_POWER
from ..northbound.errors import NorthboundError
from ..northbound.interfaces import InterfaceClass
from ..northbound.models import Plant
from ..northbound.quotas import OWNER_WINDOWS
from .forms import (
    Errors,
    Input,
    async_time_zones,
    check_plants,
    named_plants,
    plants_schema,
    time_zone_selector,
)
from .meters import assignment_schema, read_assignment
from .moving import MovingSteps
from .time_zones import TimeZoneSteps

_LOGGER = logging.getLogger(__name__)

CONF_PLANT: Final = "plant"
CONF_METER: Final = "meter"
DETAIL_SELECTOR: Final = SelectSelector(
    SelectSelectorConfig(
        options=[detail.value for detail in Detail],
        translation_key="detail",
        mode=SelectSelectorMode.LIST,
    )
)
_CONTROL_FIELDS: Final = frozenset({CONF_LEGAL_MAXIMUM, CONF_DISPATCH})
_CONTROL_SCHEMA: Final = vol.Schema(
    {
        vol.Optional(CONF_LEGAL_MAXIMUM): NumberSelector(
            NumberSelectorConfig(
                min=0,
                max=LARGEST_POWER,
                mode=NumberSelectorMode.BOX,
                unit_of_measurement=UnitOfPower.WATT,
            )
        ),
        vol.Required(CONF_DISPATCH, default=False): BooleanSelector(),
    }
)


class SmartPVMSOptionsFlow(TimeZoneSteps, MovingSteps, OptionsFlowWithReload):
    """Changes one thing at a time, so that a hundred plants need no form of theirs."""

    config_entry: SmartPVMSConfigEntry

    def __init__(self) -> None:
        """Start without a plant chosen."""
        super().__init__()
        self._plants: list[Plant] = []
        self._names: dict[str, str] = {}
        self._plant_code = ""
        self._point = ""
        self._point_label = ""
        self._changes: dict[str, Any] = {}

    async def async_step_init(
        self, user_input: Input | None = None
    ) -> ConfigFlowResult:
        """Show what can be changed."""
        options = ["plants", "plant", "detail"]
        if self._points():
            options.insert(2, "meter")
        if self._is_oauth:
            options += ["control", "control_plant"]
        if has_recorder(self.hass):
            options.append("history")
        if self.can_take_over():
            options.append("moving")
        return self.async_show_menu(step_id="init", menu_options=options)

    async def async_step_plants(
        self, user_input: Input | None = None
    ) -> ConfigFlowResult:
        """Let the user choose plants anew."""
        options = self.config_entry.options
        served = served_plants(self.hass, self.config_entry)
        if not self._plants:
            self._plants = await self._async_all_plants()
        names = named_plants(self._plants)
        chosen = [code for code in options[CONF_PLANTS] if code in names]
        add_new = options.get(CONF_ADD_NEW_PLANTS, False)
        errors: Errors = {}
        if user_input is not None:
            chosen = user_input[CONF_PLANTS]
            add_new = user_input[CONF_ADD_NEW_PLANTS]
            errors = check_plants(chosen, served)
            if not errors:
                self._changes = {
                    CONF_PLANTS: sorted(chosen),
                    CONF_ADD_NEW_PLANTS: add_new,
                }
                return await self._async_ask_time_zones(self._plants_without_zone())
        return self.async_show_form(
            step_id="plants",
            data_schema=plants_schema(names, served, chosen=chosen, add_new=add_new),
            errors=errors,
        )

    def _plants_without_zone(self) -> list[Plant]:
        """Return the plants that are chosen anew, and have no time zone of their own."""
        options = self.config_entry.options
        settings = options.get(CONF_PLANT_SETTINGS, {})
        return [
            plant
            for plant in self._plants
            if plant.code in self._changes[CONF_PLANTS]
            and plant.code not in options[CONF_PLANTS]
            and CONF_TIME_ZONE not in settings.get(plant.code, {})
        ]

    @override
    async def _async_time_zones_known(
        self, time_zones: Mapping[str, str]
    ) -> ConfigFlowResult:
        settings = dict(self.config_entry.options.get(CONF_PLANT_SETTINGS, {}))
        for code, time_zone in time_zones.items():
            settings[code] = {**settings.get(code, {}), CONF_TIME_ZONE: time_zone}
        # what was listed and not chosen was declined, and is not new any more
        codes = [plant.code for plant in self._plants]
        async_remember(self.hass, self.config_entry, plant_codes=codes)
        return self._save({**self._changes, CONF_PLANT_SETTINGS: settings})

    async def async_step_plant(
        self, user_input: Input | None = None
    ) -> ConfigFlowResult:
        """Ask which plant's settings to change."""
        if self._take_plant(user_input):
            return await self.async_step_plant_settings()
        return self._show_plants("plant")

    async def async_step_control_plant(
        self, user_input: Input | None = None
    ) -> ConfigFlowResult:
        """Ask for which plant to change the bounds of control."""
        if self._take_plant(user_input):
            return await self.async_step_control_settings()
        return self._show_plants("control_plant")

    async def async_step_control_settings(
        self, user_input: Input | None = None
    ) -> ConfigFlowResult:
        """Change the bounds of control of one plant."""
        settings = self.config_entry.options.get(CONF_PLANT_SETTINGS, {})
        if user_input is not None:
            elsewhere = settings.get(self._plant_code, {}).keys() - _CONTROL_FIELDS
            return self._save_plant(user_input, elsewhere)
        return self.async_show_form(
            step_id="control_settings",
            data_schema=self.add_suggested_values_to_schema(
                _CONTROL_SCHEMA, settings.get(self._plant_code, {})
            ),
            description_placeholders={"plant": self._names[self._plant_code]},
        )

    def _take_plant(self, user_input: Input | None) -> bool:
        """Take the plant that was chosen, or the only one; return whether there is one."""
        self._names = named_plants(self._chosen_plants())
        if user_input is not None:
            self._plant_code = user_input[CONF_PLANT]
        elif len(self._names) == 1:
            (self._plant_code,) = self._names
        return bool(self._plant_code)

    def _show_plants(self, step_id: str) -> ConfigFlowResult:
        options = [
            SelectOptionDict(value=code, label=name)
            for code, name in self._names.items()
        ]
        selector = SelectSelector(
            SelectSelectorConfig(options=options, mode=SelectSelectorMode.DROPDOWN)
        )
        return self.async_show_form(
            step_id=step_id,
            data_schema=vol.Schema({vol.Required(CONF_PLANT): selector}),
        )

    async def async_step_plant_settings(
        self, user_input: Input | None = None
    ) -> ConfigFlowResult:
        """Change what holds for one plant; empty means what holds for all."""
        settings = self.config_entry.options.get(CONF_PLANT_SETTINGS, {})
        if user_input is not None:
            return self._save_plant(user_input, (CONF_METERS, *_CONTROL_FIELDS))
        schema = vol.Schema(
            {
                vol.Optional(CONF_DETAIL): DETAIL_SELECTOR,
                vol.Optional(CONF_TIME_ZONE): time_zone_selector(
                    await async_time_zones(self.hass, [])
                ),
                vol.Optional(CONF_CURRENCY): SelectSelector(
                    SelectSelectorConfig(
                        options=sorted(ACTIVE_CURRENCIES),
                        mode=SelectSelectorMode.DROPDOWN,
                    )
                ),
            }
        )
        return self.async_show_form(
            step_id="plant_settings",
            data_schema=self.add_suggested_values_to_schema(
                schema, settings.get(self._plant_code, {})
            ),
            description_placeholders={
                "plant": self._names[self._plant_code],
                "time_zone": self.hass.config.time_zone,
                "currency": self.hass.config.currency,
            },
        )

    def _save_plant(
        self, user_input: Input, elsewhere: Collection[str]
    ) -> ConfigFlowResult:
        """Save settings of the plant; those with a form `elsewhere` stay as they are."""
        settings = self.config_entry.options.get(CONF_PLANT_SETTINGS, {})
        own = settings.get(self._plant_code, {})
        kept = {name: own[name] for name in elsewhere if name in own}
        new = {**settings, self._plant_code: {**user_input, **kept}}
        return self._save({CONF_PLANT_SETTINGS: new})

    def _points(self) -> dict[str, tuple[str, str]]:
        """Return plant code and label of each measuring point, by its key."""
        if self.config_entry.state is not ConfigEntryState.LOADED:
            return {}
        plants = self.config_entry.runtime_data.plants.data
        return {
            point: (code, f"{plants[code].name}: {name}")
            for code in plants
            for point, name in point_names(self.config_entry, code).items()
        }

    async def async_step_meter(
        self, user_input: Input | None = None
    ) -> ConfigFlowResult:
        """Ask which measuring point is meant."""
        points = self._points()
        if user_input is not None:
            self._point = user_input[CONF_METER]
            self._plant_code, self._point_label = points[self._point]
            return await self.async_step_meter_assignment()
        options = [
            SelectOptionDict(value=point, label=label)
            for point, (_, label) in points.items()
        ]
        selector = SelectSelector(
            SelectSelectorConfig(options=options, mode=SelectSelectorMode.DROPDOWN)
        )
        return self.async_show_form(
            step_id="meter",
            data_schema=vol.Schema({vol.Required(CONF_METER): selector}),
        )

    async def async_step_meter_assignment(
        self, user_input: Input | None = None
    ) -> ConfigFlowResult:
        """Let the user confirm what a point measures, or leave it to its counters."""
        options = self.config_entry.options
        if user_input is not None:
            assignment = read_assignment(user_input)
            return self._save(
                with_assignment(options, self._plant_code, self._point, assignment)
            )
        confirmed = confirmed_assignments(options, self._plant_code)
        return self.async_show_form(
            step_id="meter_assignment",
            data_schema=assignment_schema(confirmed.get(self._point), automatic=True),
            description_placeholders={"meter": self._point_label},
        )

    async def async_step_detail(
        self, user_input: Input | None = None
    ) -> ConfigFlowResult:
        """Change how much is shown of the plants that have no detail of their own."""
        if user_input is not None:
            return self._save({CONF_DETAIL: user_input[CONF_DETAIL]})
        detail = default_detail(self.config_entry.options)
        return self.async_show_form(
            step_id="detail",
            data_schema=vol.Schema(
                {vol.Required(CONF_DETAIL, default=detail.value): DETAIL_SELECTOR}
            ),
        )

    @property
    def _is_oauth(self) -> bool:
        """Whether the owner has come in, who alone can control."""
        return bool(self.config_entry.data[CONF_ACCESS] == Access.OAUTH)

    async def async_step_control(
        self, user_input: Input | None = None
    ) -> ConfigFlowResult:
        """Change whether the plants may be controlled, and by whom."""
        if user_input is not None:
            return self._save(dict(user_input))
        options = self.config_entry.options
        fields = {
            vol.Required(name, default=options.get(name, False)): BooleanSelector()
            for name in (CONF_CONTROL, CONF_ADMINS_ONLY)
        }
        calls = OWNER_WINDOWS[InterfaceClass.CONTROL].calls
        return self.async_show_form(
            step_id="control",
            data_schema=vol.Schema(fields),
            description_placeholders={"calls": str(calls)},
        )

    async def async_step_history(
        self, user_input: Input | None = None
    ) -> ConfigFlowResult:
        """Change whether past years are brought in, and what becomes of them."""
        if user_input is not None:
            return self._save(dict(user_input))
        options = self.config_entry.options
        selector = SelectSelector(
            SelectSelectorConfig(
                options=[KEEP, DELETE],
                translation_key="history_on_removal",
                mode=SelectSelectorMode.LIST,
            )
        )
        fields = {
            vol.Required(
                CONF_HISTORY, default=options.get(CONF_HISTORY, True)
            ): BooleanSelector(),
            vol.Required(
                CONF_HISTORY_ON_REMOVAL,
                default=options.get(CONF_HISTORY_ON_REMOVAL, KEEP),
            ): selector,
        }
        return self.async_show_form(
            step_id="history",
            data_schema=vol.Schema(fields),
            description_placeholders={"plants": str(BY_THE_HOUR_PLANTS)},
        )

    def _save(self, changes: dict[str, Any]) -> ConfigFlowResult:
        return self.async_create_entry(data={**self.config_entry.options, **changes})

    def _chosen_plants(self) -> list[Plant]:
        """Return the chosen plants, by their code where the name is not known now."""
        known: dict[str, Plant] = {}
        if self.config_entry.state is ConfigEntryState.LOADED:
            known = self.config_entry.runtime_data.plants.data
        return [
            known.get(code) or Plant(code=code, name=code)
            for code in self.config_entry.options[CONF_PLANTS]
        ]

    async def _async_all_plants(self) -> list[Plant]:
        """Return all plants that the account lists; those known where it does not now."""
        if self.config_entry.state is ConfigEntryState.LOADED:
            try:
                return list(await self.config_entry.runtime_data.client.list_plants())
            except (NorthboundError, OAuth2TokenRequestBaseError) as err:
                _LOGGER.debug("Go on with the plants known: %s", type(err).__name__)
        chosen = self._chosen_plants()
        codes = {plant.code for plant in chosen}
        return chosen + [
            Plant(code=code, name=code)
            for code in self.config_entry.data[CONF_KNOWN_PLANTS]
            if code not in codes
        ]
