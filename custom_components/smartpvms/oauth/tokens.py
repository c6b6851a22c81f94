"""The newest token of each entry, on disk before anyone uses it.

A refresh kills the old token and may bring a new refresh token. Home Assistant writes an
entry with a delay, so that a crash in between would lose the only token that still works,
and with it the owner's consent. So each new token also goes into a file of its own, at
once, together with what it replaces: an entry that is found to hold a replaced token gets
the one that replaced it.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from hashlib import sha256
import logging
from typing import Any, Final, TypedDict

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN
from ..northbound.json_types import JsonValue
from ..northbound.parsing import members, number
from ..northbound.stored_models import texts
from ..stored import async_load_stored

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


class Tokens:
    """Tokens of entries, which change under one lock."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Name the file; it is read with the first call."""
        self._hass = hass
        self._store: Store[dict[str, _KeptToken]] = Store(
            hass, STORAGE_VERSION, f"{DOMAIN}.tokens", private=True, atomic_writes=True
        )
        self._kept: dict[str, _KeptToken] | None = None
        self._lock = asyncio.Lock()
        self._refresh_locks = defaultdict[str, asyncio.Lock](asyncio.Lock)

    def refresh_lock(self, entry_id: str) -> asyncio.Lock:
        """Return what all that refresh the token of an entry wait for."""
        return self._refresh_locks[entry_id]

    async def async_newest(self, entry: ConfigEntry) -> Token:
        """Return the token that an entry is to use, after it is on disk.

        Where the two differ, the entry's is kept, unless the kept one replaced it.
        """
        async with self._lock:
            kept = (await self._async_load()).get(entry.entry_id)
            token = _token_of(entry)
            if kept is not None and _digest(token) in kept["replaces"]:
                _LOGGER.debug("Take up a token that Home Assistant had not stored")
                self._update(entry, {CONF_TOKEN: kept["token"]})
            elif kept is None or not same_token(kept["token"], token):
                await self._async_keep(entry, token)
            return _token_of(entry)

    async def async_replace(
        self, entry: ConfigEntry, replaced: Token, token: Token
    ) -> None:
        """Give an entry a token, if it still holds the one that this one replaces."""
        async with self._lock:
            if not same_token(entry.data[CONF_TOKEN], replaced):
                _LOGGER.debug("A new consent came before the end of a refresh")
                return
            if self._hass.config_entries.async_get_entry(entry.entry_id):
                await self._async_keep(entry, token)
                self._update(entry, {CONF_TOKEN: token})

    async def async_take_up(self, entry: ConfigEntry, data: Mapping[str, Any]) -> None:
        """Give an entry the token of a new consent, and what else changes with it."""
        async with self._lock:
            kept = (await self._async_load()).get(entry.entry_id)
            changes = dict(data)
            if kept is not None and _digest(changes[CONF_TOKEN]) in kept["replaces"]:
                # the entry took it up by itself, and has refreshed it since
                del changes[CONF_TOKEN]
            else:
                await self._async_keep(entry, changes[CONF_TOKEN])
            self._update(entry, changes)

    async def async_forget(self, entry_id: str) -> None:
        """Delete the token of a removed entry."""
        async with self._lock:
            kept = await self._async_load()
            if entry_id in kept:
                await self._async_save(
                    {key: each for key, each in kept.items() if key != entry_id}
                )
            self._refresh_locks.pop(entry_id, None)

    async def _async_keep(self, entry: ConfigEntry, token: Token) -> None:
        """Write a token of an entry, which replaces all that were known before."""
        stored = await self._async_load()
        digests: list[str] = []
        # none where the entry came by an API account until now, or is damaged
        former = members(entry.data.get(CONF_TOKEN))
        replaced = [former] if "access_token" in former else []
        if kept := stored.get(entry.entry_id):
            digests = [*kept["replaces"]]
            replaced.insert(0, kept["token"])
        digests += [_digest(each) for each in replaced if not same_token(each, token)]
        newest = list(dict.fromkeys(digests))[-REPLACED_TOKENS_KEPT:]
        await self._async_save(
            {**stored, entry.entry_id: _KeptToken(replaces=newest, token=token)}
        )

    async def _async_load(self) -> dict[str, _KeptToken]:
        if self._kept is None:
            stored = await async_load_stored(self._store)
            found = {entry_id: _kept_token(each) for entry_id, each in stored.items()}
            self._kept = {key: each for key, each in found.items() if each is not None}
        return self._kept

    async def _async_save(self, kept: dict[str, _KeptToken]) -> None:
        """Write, and believe only what is written."""
        await self._store.async_save(kept)
        self._kept = kept

    def _update(self, entry: ConfigEntry, data: Mapping[str, Any]) -> None:
        self._hass.config_entries.async_update_entry(entry, data={**entry.data, **data})


_TOKENS: HassKey[Tokens] = HassKey(f"{DOMAIN}_tokens")


def async_get_tokens(hass: HomeAssistant) -> Tokens:
    """Return the tokens of all entries."""
    if _TOKENS not in hass.data:
        hass.data[_TOKENS] = Tokens(hass)
    return hass.data[_TOKENS]


def _kept_token(stored: JsonValue) -> _KeptToken | None:
    """Return a token that was written down, None where it is damaged."""
    kept = members(stored)
    token = members(kept.get("token"))
    is_whole = isinstance(token.get("access_token"), str)
    if not is_whole or number(token.get("expires_at")) is None:
        return None
    return _KeptToken(replaces=texts(kept.get("replaces")), token=token)


def same_token(one: Token, other: Token) -> bool:
    """Tell whether two tokens are one and the same."""
    return bool(one["access_token"] == other["access_token"])


def _token_of(entry: ConfigEntry) -> Token:
    token: Token = entry.data[CONF_TOKEN]
    return token


def _digest(token: Token) -> str:
    return sha256(str(token["access_token"]).encode()).hexdigest()
