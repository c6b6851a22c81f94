"""The way in by an API account: user name and password, tried at once."""

from itertools import count
from typing import Final

from homeassistant.config_entries import ConfigEntry, ConfigFlowResult
from homeassistant.const import CONF_PASSWORD, CONF_USERNAME
from homeassistant.helpers.translation import async_get_exception_message
import voluptuous as vol
from yarl import URL

from ..access_letters import ACCESS_PAGE
from ..accounts import (
    account_key,
    api_account_authentication,
    async_get_account,
    unique_id_for,
)
from ..const import DOMAIN
from ..northbound.auth import Access
from ..northbound.client import NorthboundClient
from ..northbound.errors import NorthboundError, failure_of_code
from .forms import (
    Errors,
    Input,
    account_schema,
    note_failure,
    password_fields,
    try_read_server,
)
from .plants import PlantSteps

# what the cloud says to a wrong password
_REJECTED: Final = 20400


class AccountSteps(PlantSteps):
    """Takes an API account, and leaves that of an entry alone until the entry gets it."""

    def __init__(self) -> None:
        super().__init__()
        self._username = ""

    async def async_step_api_account(
        self, user_input: Input | None = None
    ) -> ConfigFlowResult:
        """Ask for an API account, and sign in with it."""
        self._access = Access.API_ACCOUNT
        return await self._async_account_form("api_account", user_input)

    async def async_step_reconfigure_account(
        self, user_input: Input | None = None
    ) -> ConfigFlowResult:
        """Move an entry to another server, or to another API account of the same plants."""
        return await self._async_account_form("reconfigure_account", user_input)

    async def async_step_change_to_account(
        self, user_input: Input | None = None
    ) -> ConfigFlowResult:
        """Have an entry of OAuth Connect go on with an API account of the same plants."""
        self._access = Access.API_ACCOUNT
        return await self._async_account_form("change_to_account", user_input)

    async def _async_account_form(
        self, step_id: str, user_input: Input | None
    ) -> ConfigFlowResult:
        errors: Errors = {}
        placeholders = {"access_page": ACCESS_PAGE}
        if user_input is not None:
            self._username = user_input[CONF_USERNAME].strip()
            if server := try_read_server(user_input, errors):
                self._server = server
                if other := await self._async_other_entry():
                    return self._abort_as_configured(other)
                if await self._async_sign_in(
                    user_input[CONF_PASSWORD], errors, placeholders
                ):
                    return await self._async_plants_listed()
        return self.async_show_form(
            step_id=step_id,
            data_schema=account_schema(self._server, self._username),
            errors=errors,
            description_placeholders=placeholders,
        )

    async def _async_other_entry(self) -> ConfigEntry | None:
        """Return another entry that speaks for this account; note it as under way.

        By what an entry has now, and not by its unique id: that stays the same when the
        entry moves to another account.
        """
        key = unique_id_for(self._server, self._username)
        entries = self._async_current_entries(include_ignore=False)
        own = self._entry
        for entry in entries:
            if account_key(entry) == key and entry is not own:
                return entry
        if own is None:
            taken = {entry.unique_id for entry in entries}
            free = (key if number == 1 else f"{key}_{number}" for number in count(1))
            await self.async_set_unique_id(
                next(each for each in free if each not in taken)
            )
        return None

    async def _async_sign_in(
        self, password: str, errors: Errors, placeholders: dict[str, str]
    ) -> bool:
        """Log in and list the plants; on failure say why on the form.

        The account is the one that an entry uses, if server and user are its own. Any
        other has a session and a count of log-ins for itself.
        """
        key = unique_id_for(self._server, self._username)
        self._accounts_used.add(key)
        account = await async_get_account(self.hass, key, Access.API_ACCOUNT)
        authentication = api_account_authentication(
            self._session, account, self._server, self._username, password
        )
        try:
            await authentication.login()
        except NorthboundError as err:
            note_failure(err, errors, placeholders)
            return False
        self._password = {CONF_USERNAME: self._username, CONF_PASSWORD: password}
        client = NorthboundClient(
            self._session, URL(self._server), authentication, account.ledger
        )
        return await self._async_list_plants(client, errors, placeholders)

    async def _async_refusal(self) -> str:
        """Return why the cloud lets the account in no more."""
        key = unique_id_for(self._server, self._username)
        account = await async_get_account(self.hass, key, Access.API_ACCOUNT)
        failure = failure_of_code(account.session_state.refused or _REJECTED)
        return async_get_exception_message(DOMAIN, failure.key, {"code": "-"})

    async def async_step_reauth_password(
        self, user_input: Input | None = None
    ) -> ConfigFlowResult:
        """Ask for the password of the API account."""
        errors: Errors = {}
        placeholders = {
            "username": self._username,
            "reason": await self._async_refusal(),
        }
        if user_input is not None and await self._async_sign_in(
            user_input[CONF_PASSWORD], errors, placeholders
        ):
            return await self._async_plants_listed()
        return self.async_show_form(
            step_id="reauth_password",
            data_schema=vol.Schema(password_fields()),
            errors=errors,
            description_placeholders=placeholders,
        )
