"""Ways in: OAuth Connect, an API account, or letters for those who have neither yet."""

from collections.abc import Mapping
from typing import Any, override

from homeassistant.config_entries import ConfigEntry, ConfigFlowResult
from homeassistant.const import CONF_USERNAME
from homeassistant.core import callback

from .accounts import account_key
from .const import CONF_ACCESS, CONF_REDIRECT_URI, CONF_SERVER, DOMAIN
from .flows.access import AccessSteps
from .flows.account import AccountSteps
from .flows.forms import Input
from .flows.letters import LetterSteps
from .flows.oauth import OAuthSteps
from .flows.options import SmartPVMSOptionsFlow
from .northbound.auth import Access


class SmartPVMSConfigFlow(
    LetterSteps, AccessSteps, OAuthSteps, AccountSteps, domain=DOMAIN
):
    """Adds an entry, mends its credentials, or moves it to another server."""

    DOMAIN = DOMAIN
    VERSION = 1
    MINOR_VERSION = 2

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> SmartPVMSOptionsFlow:
        return SmartPVMSOptionsFlow()

    @override
    async def async_step_user(
        self, user_input: Input | None = None
    ) -> ConfigFlowResult:
        """Ask which way in the owner has."""
        return self.async_show_menu(
            step_id="user", menu_options=["oauth", "api_account", "no_access"]
        )

    async def async_step_reauth(
        self, entry_data: Mapping[str, Any]
    ) -> ConfigFlowResult:
        """Mend an entry whose credentials the cloud refuses."""
        self._take_up(self._get_reauth_entry())
        if self._access is Access.OAUTH:
            return await self.async_step_reauth_confirm()
        return await self.async_step_reauth_password()

    async def async_step_reauth_confirm(
        self, user_input: Input | None = None
    ) -> ConfigFlowResult:
        """Say that a new consent is needed, maybe with another client."""
        if user_input is None:
            return self.async_show_form(step_id="reauth_confirm")
        return await self.async_step_pick_implementation()

    @override
    async def async_step_reconfigure(
        self, user_input: Input | None = None
    ) -> ConfigFlowResult:
        """Begin with what the entry has now."""
        self._take_up(self._get_reconfigure_entry())
        ways = (
            ["reconfigure_oauth", "change_to_account"]
            if self._access is Access.OAUTH
            else ["reconfigure_account", "change_to_oauth"]
        )
        return self.async_show_menu(
            step_id="reconfigure", menu_options=[*ways, "access"]
        )

    async def async_step_reconfigure_oauth(
        self, user_input: Input | None = None
    ) -> ConfigFlowResult:
        """Sign in anew, maybe with another client or at another server."""
        return await self.async_step_pick_implementation()

    async def async_step_change_to_oauth(
        self, user_input: Input | None = None
    ) -> ConfigFlowResult:
        """Have an entry of an API account go on with its owner's consent."""
        self._access = Access.OAUTH
        return await self.async_step_pick_implementation()

    def _take_up(self, entry: ConfigEntry) -> None:
        """Begin with what an entry has now."""
        self._access = Access(entry.data[CONF_ACCESS])
        self._server = entry.data[CONF_SERVER]
        self._redirect_uri = entry.data.get(CONF_REDIRECT_URI, "")
        self._username = entry.data.get(CONF_USERNAME, "")
        # the entry may leave it for another
        self._accounts_used.add(account_key(entry))
