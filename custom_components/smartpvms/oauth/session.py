"""The token of an entry: refreshed when due, by one that nothing can interrupt."""

import asyncio
import logging
import time
from typing import Final, cast

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import OAuth2TokenRequestReauthError
from homeassistant.helpers.config_entry_oauth2_flow import (
    async_get_config_entry_implementation,
)
from homeassistant.util.hass_dict import HassKey

from ..const import CONF_REDIRECT_URI, CONF_SERVER, DOMAIN
from ..credentials import async_note_shared
from ..northbound.auth import BearerAuthentication
from ..server_address import oauth_server
from .consents import async_consent_of_owner, async_withdraw_consent
from .errors import ConsentEndedError, TokenUnavailableError
from .implementation import SmartPVMSImplementation
from .tokens import CONF_TOKEN, Token, async_get_tokens, same_token

_LOGGER = logging.getLogger(__name__)

# clocks may differ by this much, and a call takes its time
EXPIRY_MARGIN: Final = 20.0
# seconds after a token's life; polls refresh it long before
SOON: Final = 3600.0
# seconds within which a second consent that ends is no chance any more
AGAIN: Final = 7 * 24 * 3600.0
# of each entry, when its last consent ended and until when its last token was to be valid
_ENDED: HassKey[dict[str, tuple[float, float]]] = HassKey(f"{DOMAIN}_ended_consents")


class _EntrySession:
    """Keeps the token of an entry valid, alone or beside another session of the entry."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        implementation: SmartPVMSImplementation,
    ) -> None:
        """Refresh with this implementation."""
        self._hass = hass
        self._entry = entry
        self._implementation = implementation
        self._tokens = async_get_tokens(hass)
        self._oauth_server = oauth_server(entry.data[CONF_SERVER])
        self._rejected = ""

    async def async_get_token(self) -> str:
        """Return an access token that is valid by its named life."""
        token = await self._tokens.async_newest(self._entry)
        if not self._is_valid(token):
            token = await self._async_refreshed()
        if oauth_server(self._entry.data[CONF_SERVER]) != self._oauth_server:
            # the entry has moved, and this session sends to where it was before
            raise TokenUnavailableError
        return str(token["access_token"])

    async def async_renew_token(self, rejected: str) -> None:
        """Get another token than the one that the cloud rejected just now."""
        self._rejected = rejected
        await self.async_get_token()

    def _is_valid(self, token: Token) -> bool:
        return bool(
            token["access_token"] != self._rejected
            and token["expires_at"] > time.time() + EXPIRY_MARGIN
        )

    async def _async_refreshed(self) -> Token:
        """Refresh, to the end even if nobody waits for it any more.

        A reload cancels a poll at any moment. With the answer of the token endpoint it
        would lose the only refresh token that works.
        """
        task = self._hass.async_create_task(
            self._async_refresh(), f"{DOMAIN} token refresh"
        )
        task.add_done_callback(_take_note_of_error)
        await asyncio.wait([task])
        return task.result()

    async def _async_refresh(self) -> Token:
        async with self._tokens.refresh_lock(self._entry.entry_id):
            token = await self._tokens.async_newest(self._entry)
            if self._is_valid(token):
                return token
            try:
                refreshed = await self._implementation.async_refresh_token(token)
            except OAuth2TokenRequestReauthError as err:
                other = await self._async_other_token(token)
                if other is None:
                    self._start_reauth()
                    if isinstance(err, ConsentEndedError) and self._ends_again(token):
                        async_note_shared(self._hass, self._entry)
                    raise
                return other
            await self._tokens.async_replace(self._entry, token, refreshed)
            self._reload_on_new_scope(token, refreshed)
            return self._token

    def _start_reauth(self) -> None:
        """Ask for a sign-in, unless the entry is removed and only gives back."""
        if self._hass.config_entries.async_get_entry(self._entry.entry_id) is not None:
            self._entry.async_start_reauth_if_available(self._hass)

    def _ends_again(self, dead: Token) -> bool:
        """Return whether a consent dies young, and the one before it has died lately.

        The first is withdrawn, or was given anew: the sign-in that is asked for says so.
        """
        ended = self._hass.data.setdefault(_ENDED, {})
        now, life = time.time(), float(dead["expires_at"])
        at, life_before = ended.get(self._entry.entry_id, (0.0, 0.0))
        if life == life_before:
            return False
        ended[self._entry.entry_id] = now, life
        return _is_new(dead) and now - at < AGAIN

    @property
    def _token(self) -> Token:
        token: Token = self._entry.data[CONF_TOKEN]
        return token

    async def _async_other_token(self, dead: Token) -> Token | None:
        """Return a token that came while the dead one was refreshed.

        It may be that of a sign-in that nobody finished. The owner has consented all the
        same, which has killed the one before.
        """
        if not same_token(self._token, dead):
            return self._token
        consent = await async_consent_of_owner(self._hass, self._entry)
        if consent is None:
            return None
        _LOGGER.debug("Go on with the consent of a sign-in that was not finished")
        await self._tokens.async_take_up(self._entry, consent.credentials)
        async_withdraw_consent(self._hass, consent)
        self._implementation = consent.implementation
        self._reload_on_new_scope(dead, consent.token)
        return self._token

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


def _is_new(token: Token) -> bool:
    """Return whether a token was given lately, so that its grant was good just before."""
    life = float(token.get("expires_in", 0.0))
    given = float(token["expires_at"]) - life
    return time.time() - given < life + SOON


def _take_note_of_error(task: asyncio.Task[Token]) -> None:
    """Keep an error that nobody waits for out of the log: the next use meets it again."""
    if not task.cancelled():
        task.exception()


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
    session = _EntrySession(hass, entry, implementation)
    return BearerAuthentication(session.async_get_token, session.async_renew_token)


async def async_forget_token(hass: HomeAssistant, entry_id: str) -> None:
    """Delete what is kept of a removed entry."""
    await async_get_tokens(hass).async_forget(entry_id)
