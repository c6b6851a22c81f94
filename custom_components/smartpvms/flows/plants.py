"""What follows in the config flow once access works: whose plants, and which of them."""

from abc import abstractmethod
from collections.abc import Collection, Mapping
import logging
from typing import Any, Final, override

from aiohttp import ClientSession
from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigFlow,
    ConfigFlowResult,
)
from homeassistant.const import CONF_PASSWORD, CONF_USERNAME
from homeassistant.core import callback
from homeassistant.helpers.selector import BooleanSelector
import voluptuous as vol
from yarl import URL

from ..accounts import (
    account_key,
    async_create_http_session,
    async_release_account,
    unique_id_for,
)
from ..connection import async_disconnect
from ..const import (
    CONF_ACCESS,
    CONF_ADD_NEW_PLANTS,
    CONF_CONTROL,
    CONF_KNOWN_PLANTS,
    CONF_KNOWN_SERIALS,
    CONF_OWNER,
    CONF_PLANT_SETTINGS,
    CONF_PLANTS,
    CONF_REDIRECT_URI,
    CONF_SERVER,
    CONF_TIME_ZONE,
    SERVERS,
)
from ..identity import (
    known_devices,
    knows_plants,
    remembered,
    serials_of,
    served_plants,
)
from ..northbound.auth import Access
from ..northbound.client import NorthboundClient
from ..northbound.errors import (
    FlowControlError,
    NorthboundError,
    PermissionDeniedError,
)
from ..northbound.models import Device, Plant
from ..oauth import Consent, async_take_up_consent, async_withdraw_consent
from ..plant_codes.matching import moved_plants, plants_by_serial
from ..plant_codes.moving import async_move_plants
from ..plant_control import async_forget_control, async_give_back_all
from ..plant_control.permission import CONTROL_SCOPE, MOST_PLANTS_OF_A_HOME
from .energy import EnergySteps
from .forms import (
    PLANTS_CHOSEN_BY_DEFAULT,
    Errors,
    Input,
    check_plants,
    named_plants,
    note_failure,
    plants_schema,
)
from .time_zones import TimeZoneSteps

_LOGGER = logging.getLogger(__name__)

# what an entry has of the way in that is not this one
_OF_OTHER_WAY: Final = {
    Access.OAUTH: (CONF_USERNAME, CONF_PASSWORD),
    Access.API_ACCOUNT: ("auth_implementation", "token", CONF_REDIRECT_URI),
}


class PlantSteps(EnergySteps, TimeZoneSteps, ConfigFlow):
    """Lists the plants, recognises known ones, lets the user choose, makes the entry."""

    # set with the first list
    _client: NorthboundClient

    def __init__(self) -> None:
        super().__init__()
        self._access = Access.OAUTH
        self._server = SERVERS["eu5"]
        # what signs in again: a token that is not an entry's yet, or user and password
        self._consent: Consent | None = None
        self._password: dict[str, str] = {}
        # keys of the accounts that were asked, of which one at most stays in use
        self._accounts_used: set[str] = set()
        self._plants: tuple[Plant, ...] = ()
        # by plant code, of those plants whose devices were listed
        self._devices: dict[str, list[Device]] = {}
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
    def _changes_way(self) -> bool:
        """Whether an entry is to go on by the other way in."""
        return self._entry is not None and self._entry.data[CONF_ACCESS] != self._access

    @property
    def _session(self) -> ClientSession:
        if self._http_session is None:
            self._http_session = async_create_http_session(self.hass)
        return self._http_session

    @callback
    @override
    def async_remove(self) -> None:
        super().async_remove()
        for key in self._accounts_used:
            self.hass.async_create_task(async_release_account(self.hass, key))
        if self._http_session is not None:
            self._http_session.detach()

    async def _async_list_plants(
        self, client: NorthboundClient, errors: Errors, placeholders: dict[str, str]
    ) -> bool:
        """List the plants; on failure put the reason on the form and return False.

        For an entry that exists a refused or empty list passes: it says nothing about
        whose account this is. Not so on another way in, where nothing else proves it.
        """
        must_prove = self._entry is None or self._changes_way
        self._client = client
        self._devices = {}
        try:
            self._plants = await client.list_plants()
        except (PermissionDeniedError, FlowControlError) as err:
            if must_prove:
                note_failure(err, errors, placeholders)
            else:
                _LOGGER.debug("Go on without a plant list: %s", err.failure.key)
        except NorthboundError as err:
            note_failure(err, errors, placeholders)
        else:
            if self._consent is not None:
                self._consent.plant_codes = frozenset(self._codes)
            if not self._plants and must_prove:
                errors["base"] = "no_plants"
        return not errors

    @property
    def _codes(self) -> set[str]:
        """The codes of the listed plants."""
        return {plant.code for plant in self._plants}

    async def _async_plants_listed(self) -> ConfigFlowResult:
        """Go on with the listed plants."""
        if self._entry is not None:
            return await self._async_update_entry(self._entry)
        if self._access is Access.OAUTH:
            unique_id = unique_id_for(self._server, min(self._codes))
            await self.async_set_unique_id(unique_id)
            await self._async_owner_known(unique_id)
        served = await self._async_served()
        if self._access is Access.OAUTH and (entry := self._entry_of_owner()):
            return self._abort_as_configured(entry)
        if self._codes <= served.keys():
            return self.async_abort(reason="all_plants_served")
        return await self.async_step_plants()

    @abstractmethod
    async def _async_owner_known(self, unique_id: str) -> None:
        """Do what has waited for a name of the owner, which only the plants give."""

    def _entry_of_owner(self) -> ConfigEntry | None:
        """Return the entry of the same owner, whom only plants and devices prove."""
        devices = [device for found in self._devices.values() for device in found]
        for entry in self._async_current_entries(include_ignore=False):
            if entry.data[CONF_ACCESS] == Access.OAUTH and (
                knows_plants(entry, self._codes) or known_devices(entry, devices)
            ):
                return entry
        return None

    async def _async_served(self) -> dict[str, str]:
        """Return the plants that other entries serve, each with the entry's title.

        An account may list a plant under another code than the one it is known by. Only
        where an entry could know the devices, they are listed.
        """
        entries = self._async_current_entries(include_ignore=False)
        known = {code for entry in entries for code in entry.data[CONF_KNOWN_PLANTS]}
        if any(entry.data[CONF_KNOWN_SERIALS] for entry in entries):
            await self._async_devices(self._codes - known)
        return served_plants(self.hass, None, self._devices)

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
        served = served_plants(self.hass, None, self._devices)
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
                return await self._async_ask_time_zones(self._chosen_plants())
        return self.async_show_form(
            step_id="plants",
            data_schema=plants_schema(
                named_plants(self._plants), served, chosen=chosen, add_new=False
            ),
            errors=errors,
        )

    def _chosen_plants(self) -> list[Plant]:
        return [
            plant for plant in self._plants if plant.code in self._options[CONF_PLANTS]
        ]

    @override
    async def _async_time_zones_known(
        self, time_zones: Mapping[str, str]
    ) -> ConfigFlowResult:
        self._options[CONF_PLANT_SETTINGS] = {
            code: {CONF_TIME_ZONE: time_zone} for code, time_zone in time_zones.items()
        }
        devices = await self._async_devices(self._options[CONF_PLANTS])
        return await self._async_ask_energy(
            self._chosen_plants(), devices, self._options
        )

    @override
    async def _async_energy_known(self, options: dict[str, Any]) -> ConfigFlowResult:
        self._options = options
        if self._may_be_controlled:
            return await self.async_step_control()
        return self._create_entry()

    @property
    def _may_be_controlled(self) -> bool:
        """Whether this is a home, whose owner has allowed control on Huawei's page."""
        return (
            self._consent is not None
            and CONTROL_SCOPE in str(self._consent.token.get("scope", "")).split()
            and len(self._options[CONF_PLANTS]) <= MOST_PLANTS_OF_A_HOME
        )

    async def async_step_control(
        self, user_input: Input | None = None
    ) -> ConfigFlowResult:
        """Ask whether Home Assistant may change settings of the plants."""
        if user_input is not None:
            self._options = {**self._options, **user_input}
            return self._create_entry()
        field = vol.Required(CONF_CONTROL, default=False)
        return self.async_show_form(
            step_id="control", data_schema=vol.Schema({field: BooleanSelector()})
        )

    def _create_entry(self) -> ConfigFlowResult:
        options = self._options
        devices = [
            device
            for code in options[CONF_PLANTS]
            for device in self._devices.get(code, ())
        ]
        return self.async_create_entry(
            title=self._title(),
            data={
                CONF_ACCESS: self._access.value,
                CONF_SERVER: self._server,
                CONF_KNOWN_PLANTS: sorted(self._codes),
                CONF_KNOWN_SERIALS: sorted(serials_of(devices)),
                **self._take_credentials(),
            },
            options=options,
        )

    def _take_credentials(self) -> dict[str, Any]:
        """Return what a new entry needs to sign in again."""
        if self._consent is None:
            return self._password
        async_withdraw_consent(self.hass, self._consent)
        return self._consent.credentials

    def _title(self) -> str:
        chosen = self._chosen_plants()
        if len(chosen) == 1:
            return chosen[0].name
        return f"FusionSolar {URL(self._server).host}"

    async def _async_devices(self, plant_codes: Collection[str]) -> list[Device]:
        """Return the devices of plants; none where the cloud does not say."""
        unknown = sorted(set(plant_codes) - self._devices.keys())
        try:
            listed = await self._client.get_devices(unknown) if unknown else ()
        except NorthboundError as err:
            _LOGGER.debug("Go on without serial numbers: %s", err.failure.key)
        else:
            self._devices |= {
                code: [device for device in listed if device.plant_code == code]
                for code in unknown
            }
            if self._consent is not None:
                self._consent.devices = (*self._consent.devices, *listed)
        return [
            device for code in plant_codes for device in self._devices.get(code, ())
        ]

    async def _async_update_entry(self, entry: ConfigEntry) -> ConfigFlowResult:
        """Give an entry its new credentials, unless they are another owner's."""
        codes = self._codes
        # the same devices under other plant codes: each account may have its own
        moves = await self._async_moves(entry)
        plants = entry.options[CONF_PLANTS]
        if codes and not moves and not knows_plants(entry, codes):
            moved = await self._async_known_devices(entry)
            if not moved:
                return self.async_abort(reason="wrong_account")
            plants = sorted({device.plant_code for device in moved})
        if self._changes_way:
            if self._access is Access.OAUTH and (other := self._entry_of_owner()):
                return self._abort_as_configured(other)
            await self._async_leave_way(entry)
        if moves:
            await async_move_plants(self.hass, entry, moves)
            plants = entry.options[CONF_PLANTS]
        options = {**entry.options, CONF_PLANTS: plants}
        if not entry.data[CONF_KNOWN_SERIALS]:
            await self._async_devices(codes.intersection(options[CONF_PLANTS]))
        served = [
            device
            for code in options[CONF_PLANTS]
            for device in self._devices.get(code, ())
        ]
        data = {
            CONF_SERVER: self._server,
            **remembered(entry, codes, serials_of(served)),
        }
        if self._changes_way:
            data |= await self._async_other_way(entry)
        if self._consent is not None:
            await async_take_up_consent(self.hass, entry, self._consent, **data)
            data = {}
        dropped = _OF_OTHER_WAY[self._access]
        kept = {key: each for key, each in entry.data.items() if key not in dropped}
        return self.async_update_reload_and_abort(
            entry, data={**kept, **data, **self._password}, options=options
        )

    async def _async_moves(self, entry: ConfigEntry) -> dict[str, str]:
        """Return the new codes of plants of an entry, by the serial numbers in them."""
        vanished = set(entry.options[CONF_PLANTS]) - self._codes
        served = served_plants(self.hass, entry)
        new = self._codes - set(entry.options[CONF_PLANTS]) - served.keys()
        known = plants_by_serial(self.hass, entry)
        if not new or vanished.isdisjoint(known.values()):
            return {}
        return moved_plants(known, vanished, await self._async_devices(new))

    async def _async_leave_way(self, entry: ConfigEntry) -> None:
        """Give back what only the present way in can, and end its session."""
        await self.hass.config_entries.async_unload(entry.entry_id)
        await async_give_back_all(self.hass, entry)
        await async_forget_control(self.hass, entry.entry_id)
        await async_disconnect(self.hass, entry)

    async def _async_other_way(self, entry: ConfigEntry) -> dict[str, Any]:
        """Return what makes an entry one of the other way in; its unique id stays."""
        if self._access is Access.API_ACCOUNT:
            # the calls of the owner are found again when the entry goes back
            return {CONF_ACCESS: self._access.value, CONF_OWNER: account_key(entry)}
        owner: str = entry.data.get(CONF_OWNER) or unique_id_for(
            self._server, min(self._codes)
        )
        await self._async_owner_known(owner)
        return {CONF_ACCESS: self._access.value, CONF_OWNER: owner}

    async def _async_known_devices(self, entry: ConfigEntry) -> list[Device]:
        """Return the listed devices that the entry knows by their serial numbers."""
        if not entry.data[CONF_KNOWN_SERIALS]:
            return []
        return known_devices(entry, await self._async_devices(self._codes))
