"""What belongs to an account or an owner and not to an entry: ledger and session.

An entry and the flows beside it speak for the same account, whose calls the cloud counts
together. So they share one `Account`, found by its key, which is on disk before a request
leaves, and whose ledger outlives the removal of the entry by a day.
"""

import asyncio
from datetime import timedelta
from hashlib import sha256
import logging
import time
from typing import Final

from aiohttp import ClientSession, DummyCookieJar
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_USERNAME
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_create_clientsession
from homeassistant.helpers.storage import Store
from homeassistant.util.hass_dict import HassKey
from homeassistant.util.json import JsonObjectType
from yarl import URL

from .const import CONF_ACCESS, CONF_OWNER, CONF_SERVER, DOMAIN
from .northbound.auth import Access, ApiAccountAuthentication, SessionState
from .northbound.call_journal import CallJournal
from .northbound.flow_control import Ledger
from .northbound.parsing import number
from .stored import async_load_stored

_LOGGER = logging.getLogger(__name__)

STORAGE_VERSION: Final = 1
REMOVED_ACCOUNT_LIFE: Final = timedelta(days=1)

_LEDGER: Final = "ledger"
_SESSION: Final = "session"


class Account:
    """The ledger and the session of one account or owner, on disk with each change."""

    def __init__(
        self, hass: HomeAssistant, key: str, access: Access, stored: JsonObjectType
    ) -> None:
        """Take up what the storage held; empty for an account never seen before."""
        self.key = key
        self.journal = CallJournal()
        self.login_lock = asyncio.Lock()
        self._store = _account_store(hass, key)
        session = stored.get(_SESSION)
        ledger = stored.get(_LEDGER)
        self.session_state = SessionState.from_dict(
            session if isinstance(session, dict) else {}
        )
        self._ledger_state: JsonObjectType = ledger if isinstance(ledger, dict) else {}
        self.ledger = Ledger(
            access, state=self._ledger_state, save=self._async_save_ledger
        )

    async def async_save_session(self, state: SessionState) -> None:
        """Keep a session of the API account; on disk when this returns."""
        self.session_state = state
        await self._async_save()

    async def async_forget_session(self) -> None:
        """Drop the session, and keep the calls and log-ins that the cloud counts."""
        await self.async_save_session(self.session_state.log_ins_only())

    async def _async_save_ledger(self, state: JsonObjectType) -> None:
        self._ledger_state = state
        await self._async_save()

    async def _async_save(self) -> None:
        await self._store.async_save(
            {_LEDGER: self._ledger_state, _SESSION: self.session_state.as_dict()}
        )


class _Accounts:
    """All accounts in use, each loaded once."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Start with none."""
        self._hass = hass
        self._lock = asyncio.Lock()
        self._accounts: dict[str, Account] = {}
        self._removed: Store[dict[str, float]] = Store(
            hass, STORAGE_VERSION, f"{DOMAIN}.removed_accounts", atomic_writes=True
        )
        self._removed_at: dict[str, float] | None = None

    async def async_get(self, key: str, access: Access) -> Account:
        """Return the account of this key."""
        async with self._lock:
            if key not in self._accounts:
                stored = await async_load_stored(_account_store(self._hass, key))
                self._accounts[key] = Account(self._hass, key, access, stored)
                await self._async_note_removed(key, None)
            return self._accounts[key]

    async def async_forget(self, key: str) -> None:
        """Drop the session now, and the ledger when the cloud has forgotten it too."""
        async with self._lock:
            if account := self._accounts.pop(key, None):
                await account.async_forget_session()
            await self._async_note_removed(key, time.time())

    async def async_purge(self) -> None:
        """Delete what is left of accounts that were removed more than a day ago."""
        async with self._lock:
            removed = await self._async_removed()
            limit = time.time() - REMOVED_ACCOUNT_LIFE.total_seconds()
            expired = [key for key, at in removed.items() if at < limit]
            for key in expired:
                await _account_store(self._hass, key).async_remove()
            if expired:
                kept = {key: at for key, at in removed.items() if key not in expired}
                await self._async_save_removed(kept)
                _LOGGER.debug("Deleted the ledgers of %d old accounts", len(expired))

    async def _async_removed(self) -> dict[str, float]:
        """Return when accounts were removed: just now where that is not known."""
        if self._removed_at is None:
            stored = await async_load_stored(self._removed)
            self._removed_at = {
                key: number(at) or time.time() for key, at in stored.items()
            }
        return self._removed_at

    async def _async_note_removed(self, key: str, at: float | None) -> None:
        removed = await self._async_removed()
        if at is None and key not in removed:
            return
        kept = {other: when for other, when in removed.items() if other != key}
        await self._async_save_removed(kept if at is None else kept | {key: at})

    async def _async_save_removed(self, removed: dict[str, float]) -> None:
        await self._removed.async_save(removed)
        self._removed_at = removed


_ACCOUNTS: HassKey[_Accounts] = HassKey(f"{DOMAIN}_accounts")


def _account_store(hass: HomeAssistant, key: str) -> Store[JsonObjectType]:
    """Return the file of an account; its name gives away neither user nor plant."""
    digest = sha256(key.encode()).hexdigest()[:16]
    return Store(
        hass,
        STORAGE_VERSION,
        f"{DOMAIN}.account.{digest}",
        private=True,
        atomic_writes=True,
    )


def _accounts(hass: HomeAssistant) -> _Accounts:
    if _ACCOUNTS not in hass.data:
        hass.data[_ACCOUNTS] = _Accounts(hass)
    return hass.data[_ACCOUNTS]


async def async_get_account(hass: HomeAssistant, key: str, access: Access) -> Account:
    """Return what entries and flows of this account share."""
    return await _accounts(hass).async_get(key, access)


async def async_forget_account(hass: HomeAssistant, key: str) -> None:
    """Forget the account's session; its ledger is kept for a day."""
    await _accounts(hass).async_forget(key)


async def async_release_account(hass: HomeAssistant, key: str) -> None:
    """Forget an account that a flow tried or left, unless an entry uses it."""
    entries = hass.config_entries.async_entries(DOMAIN, include_ignore=False)
    if all(account_key(entry) != key for entry in entries):
        await async_forget_account(hass, key)


async def async_purge_accounts(hass: HomeAssistant) -> None:
    """Delete the ledgers of accounts that were removed more than a day ago."""
    await _accounts(hass).async_purge()


def account_key(entry: ConfigEntry) -> str:
    """Return the key of the account that an entry speaks for now.

    An entry keeps its unique id when it moves to another API account or way in, which
    brings log-ins and calls of its own. Then the owner's key is among its data.
    """
    if entry.data[CONF_ACCESS] == Access.API_ACCOUNT:
        return unique_id_for(entry.data[CONF_SERVER], entry.data[CONF_USERNAME])
    owner: str | None = entry.data.get(CONF_OWNER)
    return owner or entry.unique_id or entry.entry_id


def unique_id_for(server: str, identity: str) -> str:
    """Return the key of an account, which is the unique id of the entry made with it.

    `identity` is the user of an API account or, as OAuth names no account, the smallest
    plant code at the time of creation.
    """
    url = URL(server)
    host = url.host or ""
    if not url.is_default_port():
        host = f"{host}:{url.port}"
    return f"{host}_{identity}"


def async_create_http_session(hass: HomeAssistant) -> ClientSession:
    """Return a session without cookies.

    A log-in of the API account sets its token as a cookie too, and the cloud answers 305
    to a bearer token that comes with it.
    """
    return async_create_clientsession(hass, cookie_jar=DummyCookieJar())


def api_account_authentication(
    session: ClientSession, account: Account, server: str, username: str, password: str
) -> ApiAccountAuthentication:
    """Return the authentication of an API account.

    All that speak for the account share one session: a log-in in a flow is one for the
    running entry too.
    """
    return ApiAccountAuthentication(
        session,
        URL(server),
        username,
        password,
        state=lambda: account.session_state,
        save=account.async_save_session,
        lock=account.login_lock,
    )
