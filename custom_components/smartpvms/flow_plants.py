"""What follows in the config flow once access works: whose plants, and which of them."""

from collections.abc import Mapping
import logging
from typing import Any, override

from aiohttp import ClientSession
from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigFlow,
    ConfigFlowResult,
)
from homeassistant.core import callback
from homeassistant.util import dt as dt_util
import voluptuous as vol
from yarl import URL

from .accounts import async_create_http_session, unique_id_for
from .const import (
    CONF_ACCESS,
    CONF_ADD_NEW_PLANTS,
    CONF_KNOWN_PLANTS,
    CONF_KNOWN_SERIALS,
    CONF_PLANT_SETTINGS,
    CONF_PLANTS,
    CONF_SERVER,
    CONF_TIME_ZONE,
    SERVERS,
)
from .flow_forms import (
    PLANTS_CHOSEN_BY_DEFAULT,
    TIME_ZONES_ASKED_SINGLY,
    Errors,
    Input,
    async_time_zones,
    check_plants,
    common_time_zone_schema,
    contradicts,
    named_plants,
    note_failure,
    plants_schema,
    served_plants,
    time_zone_selector,
)
from .northbound.auth import Access
from .northbound.client import NorthboundClient
from .northbound.errors import (
    FlowControlError,
    NorthboundError,
    PermissionDeniedError,
)
from .northbound.models import Device, Plant
from .oauth import async_keep_token

_LOGGER = logging.getLogger(__name__)


class PlantSteps(ConfigFlow):
    """Lists the plants, recognises known ones, lets the user choose, makes the entry."""

    # set with the first list
    _client: NorthboundClient

    def __init__(self) -> None:
        super().__init__()
        self._access = Access.OAUTH
        self._server = SERVERS["eu5"]
        # what the entry needs to sign in again: token or password
        self._credentials: dict[str, Any] = {}
        self._plants: tuple[Plant, ...] = ()
        self._chosen: dict[str, Plant] = {}
        self._options: dict[str, Any] = {}
        self._http_session: ClientSession | None = None

    @property
    def _entry(self) -> ConfigEntry | None:
        """The entry that is to be mended or changed; None where one is added."""
        if self.source == SOURCE_REAUTH:
            return self._get_reauth_entry()
        if self.source == SOURCE_RECONFIGURE:
            return self._get_reconfigure_entry()
        return None

    @property
    def _session(self) -> ClientSession:
        if self._http_session is None:
            self._http_session = async_create_http_session(self.hass)
        return self._http_session

    @callback
    @override
    def async_remove(self) -> None:
        if self._http_session is not None:
            self._http_session.detach()

    async def _async_list_plants(
        self, client: NorthboundClient, errors: Errors, placeholders: dict[str, str]
    ) -> bool:
        """List the plants; on failure put the reason on the form and return False.

        For an entry that exists a refused or empty list passes: it says nothing about
        whose account this is.
        """
        self._client = client
        try:
            self._plants = await client.list_plants()
        except (PermissionDeniedError, FlowControlError) as err:
            if self._entry is None:
                note_failure(err, errors, placeholders)
            else:
                _LOGGER.debug("Go on without a plant list: %s", err.failure.key)
        except NorthboundError as err:
            note_failure(err, errors, placeholders)
        else:
            if not self._plants and self._entry is None:
                errors["base"] = "no_plants"
        return not errors

    async def _async_plants_listed(self) -> ConfigFlowResult:
        """Go on with the listed plants."""
        if self._entry is not None:
            return await self._async_update_entry(self._entry)
        codes = {plant.code for plant in self._plants}
        if self._access is Access.OAUTH:
            unique_id = unique_id_for(self._server, min(codes))
            await self.async_set_unique_id(unique_id)
            await self._async_owner_known(unique_id)
            for entry in self._async_current_entries(include_ignore=False):
                if entry.unique_id == self.unique_id or (
                    entry.data[CONF_ACCESS] == Access.OAUTH
                    and codes.intersection(entry.data[CONF_KNOWN_PLANTS])
                ):
                    return self._abort_as_configured(entry)
        if codes <= served_plants(self.hass, None).keys():
            return self.async_abort(reason="all_plants_served")
        return await self.async_step_plants()

    async def _async_owner_known(self, unique_id: str) -> None:
        """Do what has waited for a name of the owner, which only the plants give."""

    @callback
    def _abort_as_configured(self, entry: ConfigEntry) -> ConfigFlowResult:
        return self.async_abort(
            reason="already_configured",
            description_placeholders={"title": entry.title},
        )

    async def async_step_plants(
        self, user_input: Input | None = None
    ) -> ConfigFlowResult:
        """Let the user choose plants."""
        served = served_plants(self.hass, None)
        free = [plant.code for plant in self._plants if plant.code not in served]
        chosen = free if len(free) <= PLANTS_CHOSEN_BY_DEFAULT else []
        errors: Errors = {}
        if user_input is not None:
            chosen = user_input[CONF_PLANTS]
            errors = check_plants(chosen, served)
            if not errors:
                self._options = {
                    CONF_PLANTS: sorted(chosen),
                    CONF_ADD_NEW_PLANTS: user_input[CONF_ADD_NEW_PLANTS],
                }
                self._chosen = {
                    plant.code: plant for plant in self._plants if plant.code in chosen
                }
                return await self._async_ask_time_zones()
        return self.async_show_form(
            step_id="plants",
            data_schema=plants_schema(
                named_plants(self._plants), served, chosen=chosen, add_new=False
            ),
            errors=errors,
        )

    def _plants_elsewhere(self) -> list[Plant]:
        """Return the chosen plants that Home Assistant's time zone cannot be right for."""
        time_zone = dt_util.get_default_time_zone()
        return [
            plant for plant in self._chosen.values() if contradicts(plant, time_zone)
        ]

    async def _async_ask_time_zones(self) -> ConfigFlowResult:
        plants = self._plants_elsewhere()
        if not plants:
            return await self._async_create()
        if len(plants) > TIME_ZONES_ASKED_SINGLY:
            return await self.async_step_time_zone()
        return await self.async_step_time_zones()

    async def async_step_time_zones(
        self, user_input: Input | None = None
    ) -> ConfigFlowResult:
        """Ask for the time zone of each plant that lies in another one."""
        plants = {plant.code: plant for plant in self._plants_elsewhere()}
        names = named_plants(plants.values())
        if user_input is not None:
            return await self._async_create(
                {code: user_input[name] for code, name in names.items()}
            )
        # a field can only be named after its plant by its key
        fields: dict[vol.Marker, Any] = {}
        for code, name in names.items():
            moment = plants[code].grid_connection
            fitting = await async_time_zones(self.hass, [moment] if moment else [])
            fields[vol.Required(name)] = time_zone_selector(fitting)
        return self.async_show_form(
            step_id="time_zones",
            data_schema=vol.Schema(fields),
            description_placeholders={"time_zone": self.hass.config.time_zone},
        )

    async def async_step_time_zone(
        self, user_input: Input | None = None
    ) -> ConfigFlowResult:
        """Ask for one time zone of all the many plants that lie in another one."""
        plants = self._plants_elsewhere()
        if user_input is not None:
            return await self._async_create(
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

    async def _async_create(
        self, time_zones: Mapping[str, str] | None = None
    ) -> ConfigFlowResult:
        self._options[CONF_PLANT_SETTINGS] = {
            code: {CONF_TIME_ZONE: time_zone}
            for code, time_zone in (time_zones or {}).items()
        }
        devices = await self._async_devices(list(self._chosen))
        return self.async_create_entry(
            title=self._title(),
            data={
                CONF_ACCESS: self._access.value,
                CONF_SERVER: self._server,
                CONF_KNOWN_PLANTS: sorted(plant.code for plant in self._plants),
                CONF_KNOWN_SERIALS: _serials(devices),
                **self._credentials,
            },
            options=self._options,
        )

    def _title(self) -> str:
        if len(self._chosen) == 1:
            return next(iter(self._chosen.values())).name
        return f"FusionSolar {URL(self._server).host}"

    async def _async_devices(self, plant_codes: list[str]) -> tuple[Device, ...]:
        """Return the devices of plants; none where the cloud does not say."""
        try:
            return tuple(await self._client.get_devices(plant_codes))
        except NorthboundError as err:
            _LOGGER.debug("Go on without serial numbers: %s", err.failure.key)
            return ()

    async def _async_update_entry(self, entry: ConfigEntry) -> ConfigFlowResult:
        """Give an entry its new credentials, unless they are another owner's."""
        updates = {CONF_SERVER: self._server, **self._credentials}
        options = dict(entry.options)
        codes = {plant.code for plant in self._plants}
        if codes:
            updates[CONF_KNOWN_PLANTS] = sorted(codes)
        if codes and codes.isdisjoint(entry.data[CONF_KNOWN_PLANTS]):
            moved = await self._async_known_devices(entry, codes)
            if not moved:
                return self.async_abort(reason="wrong_account")
            # the same devices under other plant codes: each account may have its own
            options[CONF_PLANTS] = sorted({device.plant_code for device in moved})
        if token := self._credentials.get("token"):
            await async_keep_token(self.hass, entry, token)
        return self.async_update_reload_and_abort(
            entry, data_updates=updates, options=options
        )

    async def _async_known_devices(
        self, entry: ConfigEntry, plant_codes: set[str]
    ) -> list[Device]:
        """Return the listed devices that the entry knows by their serial numbers."""
        known = entry.data[CONF_KNOWN_SERIALS]
        devices = await self._async_devices(sorted(plant_codes)) if known else ()
        return [device for device in devices if device.serial in known]


def _serials(devices: tuple[Device, ...]) -> list[str]:
    return sorted({device.serial for device in devices if device.serial})
