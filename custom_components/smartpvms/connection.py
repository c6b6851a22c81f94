"""How an entry reaches the cloud, and what the log says of it."""

from dataclasses import dataclass
import logging

from aiohttp import ClientSession
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_PASSWORD, CONF_USERNAME
from homeassistant.core import HomeAssistant
from yarl import URL

from .accounts import (
    Account,
    account_key,
    api_account_authentication,
    async_create_http_session,
    async_forget_account,
    async_get_account,
)
from .const import CONF_ACCESS, CONF_SERVER
from .northbound.auth import Access, ApiAccountAuthentication
from .northbound.client import NorthboundClient
from .northbound.errors import NorthboundError
from .oauth import async_forget_token, async_get_bearer_authentication
from .refusals import Refusals

_LOGGER = logging.getLogger(__name__)


class ConnectionLog:
    """Says once that the cloud fails, and once that all is well again.

    An outage meets every interface, each of them for its own reason, and is one line all
    the same. What somebody must mend is a line for each cause.
    """

    def __init__(self, title: str) -> None:
        """Speak of the entry of this title."""
        self._title = title
        self._out: set[str] = set()
        self._refused: dict[str, str] = {}

    def failed(self, what: str, cause: str, *, temporary: bool) -> None:
        """Note that `what` fails, as `cause` explains to a person."""
        if temporary:
            self._refused.pop(what, None)
            if not self._out:
                _LOGGER.warning("%s: %s", self._title, cause)
            self._out.add(what)
            return
        self._answers(what)
        if cause not in self._refused.values():
            _LOGGER.warning("%s: %s", self._title, cause)
        self._refused[what] = cause

    def succeeded(self, what: str) -> None:
        """Note that `what` works."""
        self._answers(what)
        if what not in self._refused:
            return
        cause = self._refused.pop(what)
        if cause not in self._refused.values():
            _LOGGER.info("%s: no longer so: %s", self._title, cause)

    def _answers(self, what: str) -> None:
        """Note that the cloud answered for `what`, if only to refuse."""
        if what not in self._out:
            return
        self._out.discard(what)
        if not self._out:
            _LOGGER.info("%s: the cloud answers again", self._title)


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """The client of an entry, and what it shares with others of the same account."""

    client: NorthboundClient
    session: ClientSession
    account: Account
    log: ConnectionLog
    refusals: Refusals


async def async_connect(hass: HomeAssistant, entry: ConfigEntry) -> Connection:
    """Return the connection of an entry; nothing is sent yet.

    Raises what Home Assistant sets entries up by, where the OAuth credentials are gone.
    """
    account = await async_entry_account(hass, entry)
    session = async_create_http_session(hass)
    authentication = (
        await async_get_bearer_authentication(hass, entry)
        if entry.data[CONF_ACCESS] == Access.OAUTH
        else _api_account(session, entry, account)
    )
    client = NorthboundClient(
        session,
        URL(entry.data[CONF_SERVER]),
        authentication,
        account.ledger,
        journal=account.journal,
    )
    return Connection(
        client=client,
        session=session,
        account=account,
        log=ConnectionLog(entry.title),
        refusals=Refusals(hass, entry, account),
    )


async def async_entry_account(hass: HomeAssistant, entry: ConfigEntry) -> Account:
    """Return what an entry shares with all that speak for the same account."""
    access = Access(entry.data[CONF_ACCESS])
    return await async_get_account(hass, account_key(entry), access)


async def async_disconnect(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Log out an entry that is removed, and forget its session and tokens."""
    account = await async_entry_account(hass, entry)
    if entry.data[CONF_ACCESS] == Access.API_ACCOUNT:
        session = async_create_http_session(hass)
        try:
            await _api_account(session, entry, account).logout()
        except NorthboundError as err:
            _LOGGER.debug("The session is left to die: %s", err.failure.key)
    await async_forget_account(hass, account.key)
    await async_forget_token(hass, entry.entry_id)


def _api_account(
    session: ClientSession, entry: ConfigEntry, account: Account
) -> ApiAccountAuthentication:
    return api_account_authentication(
        session,
        account,
        entry.data[CONF_SERVER],
        entry.data[CONF_USERNAME],
        entry.data[CONF_PASSWORD],
    )
