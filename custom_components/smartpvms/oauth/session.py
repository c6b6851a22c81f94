"""The tokens of an entry: refreshed when due, and on disk before anyone uses them.

A refresh kills the old token and may bring a new refresh token. Home Assistant writes an
entry with a delay, so that a crash in between would lose the only token that still works,
and with it the owner's consent. So each new token also goes into a file of its own, at
once, together with what it replaces: an entry that is found to hold a replaced token gets
the one that replaced it.
"""

import asyncio
from hashlib import sha256
import logging
from typing import Any, Final, TypedDict, cast

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers.config_entry_oauth2_flow import (
    OAuth2Session,
    async_get_config_entry_implementation,
)
from homeassistant.helpers.storage import Store
from homeassistant.util.hass_dict import HassKey

from ..const import CONF_REDIRECT_URI, CONF_SERVER, DOMAIN
from ..northbound.auth import BearerAuthentication
from .implementation import SmartPVMSImplementation

_LOGGER = logging.getLogger(__name__)

CONF_TOKEN: Final = "token"
STORAGE_VERSION: Final = 1
# refreshes that may happen before Home Assistant has written the entry
REPLACED_TOKENS_KEPT: Final = 5

type Token = dict[str, Any]


class _KeptToken(TypedDict):
    """A token, and the digests of the access tokens that it replaces."""

    replaces: list[str]
    token: Token


class _TokenStore:
    """The newest token of each entry, in a private file."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Name the file; it is read with the first call."""
        self._store: Store[dict[str, _KeptToken]] = Store(
            hass, STORAGE_VERSION, f"{DOMAIN}.tokens", private=True, atomic_writes=True
        )
        self._lock = asyncio.Lock()

    async def async_keep(self, entry_id: str, replaced: Token, token: Token) -> None:
        """Write a token that replaces another; on disk when this returns."""
        async with self._lock:
            stored = await self._store.async_load() or {}
            digests: list[str] = []
            if (kept := stored.get(entry_id)) and _same(kept["token"], replaced):
                digests = kept["replaces"]
            digests = [*digests, _digest(replaced)][-REPLACED_TOKENS_KEPT:]
            stored[entry_id] = _KeptToken(replaces=digests, token=token)
            await self._store.async_save(stored)

    async def async_replacement(self, entry_id: str, token: Token) -> Token | None:
        """Return the token that replaced this one; None if it is the newest."""
        async with self._lock:
            stored = await self._store.async_load() or {}
            kept = stored.get(entry_id)
            if kept is None or _digest(token) not in kept["replaces"]:
                return None
            return kept["token"]

    async def async_forget(self, entry_id: str) -> None:
        """Delete the token of a removed entry."""
        async with self._lock:
            stored = await self._store.async_load() or {}
            if stored.pop(entry_id, None) is not None:
                await self._store.async_save(stored)


_TOKEN_STORE: HassKey[_TokenStore] = HassKey(f"{DOMAIN}_token_store")


def _token_store(hass: HomeAssistant) -> _TokenStore:
    if _TOKEN_STORE not in hass.data:
        hass.data[_TOKEN_STORE] = _TokenStore(hass)
    return hass.data[_TOKEN_STORE]


def _digest(token: Token) -> str:
    return sha256(str(token["access_token"]).encode()).hexdigest()


def _same(one: Token, other: Token) -> bool:
    return bool(one["access_token"] == other["access_token"])


class _EntrySession:
    """Gives the client a valid token of the entry."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        implementation: SmartPVMSImplementation,
    ) -> None:
        """Refresh with this implementation."""
        self._hass = hass
        self._entry = entry
        self._session = OAuth2Session(hass, entry, implementation)
        self._lock = asyncio.Lock()

    async def async_get_token(self) -> str:
        """Return an access token that is valid by its named life."""
        async with self._lock:
            return await self._async_valid_token()

    async def async_renew_token(self, rejected: str) -> None:
        """Get another token than the one that the cloud rejected just now.

        `BearerAuthentication` asks only while the rejected one is the token in use.
        """
        async with self._lock:
            token = self._session.token | {"expires_at": 0}
            _set_token(self._hass, self._entry, token)
            await self._async_valid_token()

    async def _async_valid_token(self) -> str:
        replaced = self._session.token
        await self._session.async_ensure_token_valid()
        token = self._session.token
        if not _same(replaced, token):
            await _token_store(self._hass).async_keep(
                self._entry.entry_id, replaced, token
            )
            self._reload_on_new_scope(replaced, token)
        return str(token["access_token"])

    def _reload_on_new_scope(self, replaced: Token, token: Token) -> None:
        """Set the entry up anew where the owner has granted or withdrawn control."""
        before, after = (
            str(each.get("scope", "")).split() for each in (replaced, token)
        )
        if set(before) == set(after):
            return
        _LOGGER.debug("The owner changed the granted scope to: %s", " ".join(after))
        if self._entry.state is ConfigEntryState.LOADED:
            self._hass.config_entries.async_schedule_reload(self._entry.entry_id)


def _set_token(hass: HomeAssistant, entry: ConfigEntry, token: Token) -> None:
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, CONF_TOKEN: token}
    )


async def async_get_bearer_authentication(
    hass: HomeAssistant, entry: ConfigEntry
) -> BearerAuthentication:
    """Return the authentication of an entry that came in by OAuth Connect.

    Raises what Home Assistant sets entries up by: `ImplementationUnavailableError` and
    `UnknownImplementationError` here, its errors of token requests with each token.
    """
    implementation = cast(
        SmartPVMSImplementation,
        await async_get_config_entry_implementation(hass, entry),
    ).for_server(entry.data[CONF_SERVER], entry.data[CONF_REDIRECT_URI])
    newer = await _token_store(hass).async_replacement(
        entry.entry_id, entry.data[CONF_TOKEN]
    )
    if newer is not None:
        _LOGGER.debug("Take up a token that Home Assistant had no time to store")
        _set_token(hass, entry, newer)
    session = _EntrySession(hass, entry, implementation)
    return BearerAuthentication(session.async_get_token, session.async_renew_token)


async def async_keep_token(
    hass: HomeAssistant, entry: ConfigEntry, token: Token
) -> None:
    """Write the token of a new consent, which has killed the one that the entry holds."""
    await _token_store(hass).async_keep(entry.entry_id, entry.data[CONF_TOKEN], token)


async def async_forget_token(hass: HomeAssistant, entry_id: str) -> None:
    """Delete what is kept of a removed entry."""
    await _token_store(hass).async_forget(entry_id)
