"""The way in by OAuth Connect: server, redirect, Huawei's page, and the tokens."""

import logging
import re
import time
from typing import Final, cast, override

from homeassistant.config_entries import SOURCE_REAUTH, ConfigFlowResult
from homeassistant.core import callback
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers.config_entry_oauth2_flow import AbstractOAuth2FlowHandler
import voluptuous as vol
from yarl import URL

from ..access_letters import ACCESS_PAGE
from ..accounts import account_key, async_get_account
from ..const import CONF_REDIRECT_URI
from ..northbound.auth import Access
from ..northbound.client import NorthboundClient
from ..northbound.flow_control import Ledger
from ..northbound.json_types import JsonObject
from ..oauth import (
    ClientRefusedError,
    Consent,
    ConsentEndedError,
    SmartPVMSImplementation,
    TokenRefusedError,
    TokenUnavailableError,
    async_hand_over_consent,
    async_note_consent,
)
from ..server_address import (
    AddressError,
    check_redirect,
    is_european,
    is_public,
    oauth_server,
)
from .forms import (
    Errors,
    Input,
    default_redirect_uri,
    server_fields,
    try_read_server,
)
from .plants import PlantSteps

_LOGGER = logging.getLogger(__name__)

CONF_FINAL_ADDRESS: Final = "final_address"
CONF_IMPLEMENTATION: Final = "implementation"

# errors that the consent page sends back (OAuth Connect, section 1.2 of its documents)
AUTHORISATION_ERRORS: Final = {
    "10002": "authorisation_refused",
    "10007": "not_an_owner",
    "invalid_scope": "invalid_scope",
}
_ERROR_CODE: Final = re.compile(r"[A-Za-z0-9_.-]{1,40}")


class OAuthSteps(PlantSteps, AbstractOAuth2FlowHandler):
    """Takes a consent, and makes sure that it gets to the entry of its owner."""

    # application_credentials.py returns no other
    flow_impl: SmartPVMSImplementation

    def __init__(self) -> None:
        super().__init__()
        self._redirect_uri = ""
        self._authorize_url = ""
        self._owner_ledger: Ledger | None = None

    @property
    @override
    def logger(self) -> logging.Logger:
        return _LOGGER

    @callback
    @override
    def async_remove(self) -> None:
        super().async_remove()
        # Home Assistant has none in a flow that ends before a client is chosen
        if self.flow_impl is not None:
            self.flow_impl.async_discard_state()
        if self._consent is not None:
            self.hass.async_create_task(
                async_hand_over_consent(self.hass, self._consent)
            )

    @override
    async def async_step_pick_implementation(
        self, user_input: Input | None = None
    ) -> ConfigFlowResult:
        """Let the user choose a client where there are several, first the entry's own."""
        result = await super().async_step_pick_implementation(user_input)
        if self._entry is not None and result["type"] is FlowResultType.FORM:
            implementation = self._entry.data.get("auth_implementation")
            schema = cast(vol.Schema, result["data_schema"])
            result["data_schema"] = self.add_suggested_values_to_schema(
                schema, {CONF_IMPLEMENTATION: implementation}
            )
        return result

    async def async_step_oauth(
        self, user_input: Input | None = None
    ) -> ConfigFlowResult:
        """Begin with client id and secret: without them there is no way on."""
        self._access = Access.OAUTH
        return await self.async_step_pick_implementation()

    @override
    async def async_step_auth(
        self, user_input: Input | None = None
    ) -> ConfigFlowResult:
        """Ask for server and redirect before the browser leaves; take the callback."""
        asked_again = self.cur_step is not None and self.cur_step["step_id"] == "auth"
        if user_input is not None or asked_again:
            return await super().async_step_auth(user_input)
        if self.source == SOURCE_REAUTH:
            return await self.async_step_redirect()
        return await self.async_step_server()

    async def async_step_server(
        self, user_input: Input | None = None
    ) -> ConfigFlowResult:
        """Ask for the management system."""
        errors: Errors = {}
        if user_input is not None and (server := try_read_server(user_input, errors)):
            self._server = server
            return await self.async_step_redirect()
        return self.async_show_form(
            step_id="server",
            data_schema=vol.Schema(server_fields(self._server)),
            errors=errors,
        )

    async def async_step_redirect(
        self, user_input: Input | None = None
    ) -> ConfigFlowResult:
        """Show the redirect that has to be registered, and let it be edited."""
        errors: Errors = {}
        self._redirect_uri = self._redirect_uri or default_redirect_uri(self.hass)
        if user_input is not None:
            self._redirect_uri = user_input[CONF_REDIRECT_URI].strip()
            try:
                check_redirect(self._redirect_uri, self._server)
            except AddressError as err:
                errors[CONF_REDIRECT_URI] = err.key
            else:
                return await self.async_step_sign_in()
        elsewhere = is_public(self._server) and not is_european(self._server)
        return self.async_show_form(
            step_id="redirect_outside_europe" if elsewhere else "redirect",
            data_schema=vol.Schema(
                {vol.Required(CONF_REDIRECT_URI, default=self._redirect_uri): str}
            ),
            errors=errors,
            description_placeholders={"access_page": ACCESS_PAGE},
        )

    async_step_redirect_outside_europe = async_step_redirect

    async def async_step_sign_in(
        self, user_input: Input | None = None
    ) -> ConfigFlowResult:
        """Offer the browser, or pasting: the page after this takes no input."""
        self.flow_impl.async_discard_state()
        self.flow_impl = self.flow_impl.for_server(self._server, self._redirect_uri)
        return self.async_show_menu(
            step_id="sign_in",
            menu_options=["browser", "paste"],
            description_placeholders={"access_page": ACCESS_PAGE},
        )

    async def async_step_browser(
        self, user_input: Input | None = None
    ) -> ConfigFlowResult:
        """Send the browser to the consent page; the callback comes back by itself."""
        return await super().async_step_auth()

    @override
    async def async_generate_authorize_url(self) -> str:
        return await self.flow_impl.async_generate_authorize_url(self.flow_id)

    async def async_step_paste(
        self, user_input: Input | None = None
    ) -> ConfigFlowResult:
        """Take the address that the browser ended at."""
        errors: Errors = {}
        if user_input is not None:
            error = self._read_final_address(user_input[CONF_FINAL_ADDRESS])
            if error is None and "error" in self.external_data:
                return await self.async_step_authorize_rejected()
            if error is None:
                return await self.async_step_creation()
            errors[CONF_FINAL_ADDRESS] = error
        if not self.flow_impl.awaits_callback:
            self._authorize_url = await self.flow_impl.async_generate_pasted_url(
                self.flow_id
            )
        return self.async_show_form(
            step_id="paste",
            data_schema=vol.Schema({vol.Required(CONF_FINAL_ADDRESS): str}),
            errors=errors,
            description_placeholders={
                "authorize_url": self._authorize_url,
                "redirect_uri": self._redirect_uri,
            },
        )

    def _read_final_address(self, address: str) -> str | None:
        """Take code or refusal out of a pasted address; return what is wrong with it."""
        try:
            query = URL(address.strip()).query
        except ValueError:
            return "invalid_address"
        if "error" in query and "state" not in query:
            self.external_data = {"error": query["error"]}
            return None
        if "code" not in query and "error" not in query:
            return "no_code"
        if not self.flow_impl.async_take_state(query.get("state", "")):
            return "wrong_state"
        self.external_data = {
            **query,
            "state": {"flow_id": self.flow_id, "redirect_uri": self._redirect_uri},
        }
        return None

    @override
    async def async_step_authorize_rejected(
        self, data: None = None
    ) -> ConfigFlowResult:
        """Say why the consent page sent the owner back without a code."""
        error = str(self.external_data["error"])
        if reason := AUTHORISATION_ERRORS.get(error):
            return self.async_abort(
                reason=reason, description_placeholders={"access_page": ACCESS_PAGE}
            )
        shown = error if _ERROR_CODE.fullmatch(error) else "-"
        return self.async_abort(
            reason="authorisation_failed", description_placeholders={"error": shown}
        )

    @override
    async def async_step_creation(
        self, user_input: Input | None = None
    ) -> ConfigFlowResult:
        """Exchange the code for tokens, then look at the plants."""
        try:
            token = await self.flow_impl.async_resolve_external_data(self.external_data)
        except ConsentEndedError:
            return self.async_abort(reason="code_expired")
        except ClientRefusedError:
            return self.async_abort(
                reason="invalid_client",
                description_placeholders={"access_page": ACCESS_PAGE},
            )
        except TokenRefusedError as err:
            return self.async_abort(
                reason="token_refused", description_placeholders={"error": err.error}
            )
        except TokenUnavailableError:
            return self.async_abort(reason="no_token")
        self._consent = Consent(
            implementation=self.flow_impl,
            server=self._server,
            token=token | {"expires_at": time.time() + token["expires_in"]},
            given_at=time.time(),
        )
        async_note_consent(self.hass, self._consent)
        return await self.async_step_plant_list()

    async def async_step_plant_list(
        self, user_input: Input | None = None
    ) -> ConfigFlowResult:
        """List the plants; where that fails, offer another try or another server."""
        errors: Errors = {}
        placeholders: dict[str, str] = {}
        if user_input is not None and (server := try_read_server(user_input, errors)):
            moved = oauth_server(server) != oauth_server(self._server)
            self._server = server
            if moved:
                # a token of the one OAuth server is worth nothing at another
                return await self.async_step_redirect()
        if not errors and await self._async_list_plants(
            await self._async_oauth_client(), errors, placeholders
        ):
            return await self._async_plants_listed()
        return self.async_show_form(
            step_id="plant_list",
            data_schema=vol.Schema(server_fields(self._server)),
            errors=errors,
            description_placeholders=placeholders,
        )

    async def _async_oauth_client(self) -> NorthboundClient:
        """Return a client that speaks with the token of this flow."""
        consent = cast(Consent, self._consent)
        ledger = await self._async_oauth_ledger()
        return consent.client(self._session, self._server, ledger)

    async def _async_oauth_ledger(self) -> Ledger:
        """Return the owner's ledger; a new owner is known by the plants only."""
        if self._entry is not None and not self._changes_way:
            key = account_key(self._entry)
            return (await async_get_account(self.hass, key, Access.OAUTH)).ledger
        if self._owner_ledger is None:
            self._owner_ledger = Ledger(Access.OAUTH, state=None, save=_keep_in_memory)
        return self._owner_ledger

    @override
    async def _async_owner_known(self, unique_id: str) -> None:
        """Book the calls of this flow on the owner, now that it has a name."""
        self._accounts_used.add(unique_id)
        account = await async_get_account(self.hass, unique_id, Access.OAUTH)
        await account.ledger.merge((await self._async_oauth_ledger()).state)
        self._owner_ledger = account.ledger
        self._client = await self._async_oauth_client()


async def _keep_in_memory(state: JsonObject) -> None:
    """Write nothing: the ledger of an owner without a name lasts as long as the flow."""
