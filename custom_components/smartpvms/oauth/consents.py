"""Consents that no entry has taken up yet.

A new consent of an owner kills all older tokens of the same client. A flow that ends
without an entry would throw away the only token that works, while the running entry goes
on with a dead one. So a consent waits here for the entry of its owner, who is proven by
nothing but the plants.
"""

from dataclasses import dataclass, field
from datetime import timedelta
import logging
import time
from typing import Any, Final

from aiohttp import ClientSession
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import (
    OAuth2TokenRequestBaseError,
    OAuth2TokenRequestReauthError,
)
from homeassistant.util.hass_dict import HassKey
from yarl import URL

from ..accounts import account_key, async_create_http_session, async_get_account
from ..const import (
    CONF_ACCESS,
    CONF_KNOWN_SERIALS,
    CONF_REDIRECT_URI,
    CONF_SERVER,
    DOMAIN,
)
from ..identity import known_devices, knows_plants
from ..northbound.auth import Access, BearerAuthentication
from ..northbound.client import NorthboundClient
from ..northbound.errors import (
    AuthenticationError,
    NorthboundError,
    PermissionDeniedError,
)
from ..northbound.flow_control import Ledger
from ..northbound.models import Device
from ..server_address import oauth_server
from .errors import TokenUnavailableError
from .implementation import SmartPVMSImplementation
from .tokens import CONF_TOKEN, Token, async_get_tokens

_LOGGER = logging.getLogger(__name__)

CONSENT_LIFE: Final = timedelta(days=1)


@dataclass(slots=True, kw_only=True, eq=False)
class Consent:
    """A token that a sign-in brought, and what the cloud listed with it.

    `plant_codes` and `devices` stay empty until they were listed.
    """

    implementation: SmartPVMSImplementation = field(repr=False)
    server: str
    token: Token = field(repr=False)
    given_at: float
    plant_codes: frozenset[str] = frozenset()
    devices: tuple[Device, ...] = ()

    @property
    def credentials(self) -> dict[str, Any]:
        """What an entry needs to sign in by this consent."""
        return {
            "auth_implementation": self.implementation.domain,
            CONF_TOKEN: self.token,
            CONF_REDIRECT_URI: self.implementation.redirect_uri,
        }

    def client(
        self, session: ClientSession, server: str, ledger: Ledger
    ) -> NorthboundClient:
        """Return a client that speaks with the token as it is."""

        async def get_token() -> str:
            return str(self.token["access_token"])

        async def leave(rejected: str) -> None:
            """Leave a rejected token alone: it is new, and another would fare no better."""

        return NorthboundClient(
            session, URL(server), BearerAuthentication(get_token, leave), ledger
        )

    def is_of_owner(self, entry: ConfigEntry) -> bool:
        """Tell whether what was listed proves the owner of an entry."""
        return bool(
            entry.data[CONF_ACCESS] == Access.OAUTH
            and oauth_server(self.server) == oauth_server(entry.data[CONF_SERVER])
            and (
                knows_plants(entry, self.plant_codes)
                or known_devices(entry, self.devices)
            )
        )


_CONSENTS: HassKey[list[Consent]] = HassKey(f"{DOMAIN}_consents")


@callback
def async_note_consent(hass: HomeAssistant, consent: Consent) -> None:
    """Let a consent wait for its owner's entry, for a day."""
    limit = time.time() - CONSENT_LIFE.total_seconds()
    waiting = [each for each in _consents(hass) if each.given_at > limit]
    hass.data[_CONSENTS] = [*waiting, consent]


@callback
def async_withdraw_consent(hass: HomeAssistant, consent: Consent) -> None:
    """Let a consent wait no longer."""
    hass.data[_CONSENTS] = [each for each in _consents(hass) if each is not consent]


async def async_take_up_consent(
    hass: HomeAssistant, entry: ConfigEntry, consent: Consent, **data: Any
) -> None:
    """Give an entry a consent, and what else changes with it."""
    await async_get_tokens(hass).async_take_up(entry, {**consent.credentials, **data})
    async_withdraw_consent(hass, consent)


async def async_hand_over_consent(hass: HomeAssistant, consent: Consent) -> None:
    """Give a consent that still waits to its owner's entry, if the plants prove one."""
    if consent not in _consents(hass):
        return
    for entry in hass.config_entries.async_entries(DOMAIN, include_ignore=False):
        if consent.is_of_owner(entry):
            _LOGGER.debug(
                "An entry gets the consent of a sign-in that was not finished"
            )
            await async_take_up_consent(hass, entry, consent)
            hass.config_entries.async_schedule_reload(entry.entry_id)
            return


async def async_consent_of_owner(
    hass: HomeAssistant, entry: ConfigEntry
) -> Consent | None:
    """Return a waiting consent that the plants prove to be of the owner of an entry.

    Raises:
        TokenUnavailableError: One waits, and the cloud does not say now whose it is.
    """
    undecided = False
    for consent in reversed(_consents(hass)):
        if oauth_server(consent.server) != oauth_server(entry.data[CONF_SERVER]):
            continue
        try:
            await _async_prove(hass, entry, consent)
        except OAuth2TokenRequestReauthError, AuthenticationError:
            async_withdraw_consent(hass, consent)
            continue
        except PermissionDeniedError:
            continue
        except (NorthboundError, OAuth2TokenRequestBaseError) as err:
            _LOGGER.debug("A consent waits for its owner: %s", type(err).__name__)
            undecided = True
            continue
        if consent.is_of_owner(entry):
            return consent
    if undecided:
        raise TokenUnavailableError
    return None


async def _async_prove(
    hass: HomeAssistant, entry: ConfigEntry, consent: Consent
) -> None:
    """List what proves an owner, unless it was listed before.

    The calls are booked on the entry's owner, who is most likely the same.
    """
    token = consent.token
    if token["expires_at"] <= time.time():
        consent.token = await consent.implementation.async_refresh_token(token)
    account = await async_get_account(hass, account_key(entry), Access.OAUTH)
    session = async_create_http_session(hass)
    client = consent.client(session, entry.data[CONF_SERVER], account.ledger)
    try:
        if not consent.plant_codes:
            plants = await client.list_plants()
            consent.plant_codes = frozenset(plant.code for plant in plants)
        if (
            consent.plant_codes
            and entry.data[CONF_KNOWN_SERIALS]
            and not consent.is_of_owner(entry)
        ):
            codes = sorted(consent.plant_codes)
            consent.devices = tuple(await client.get_devices(codes))
    finally:
        session.detach()


def _consents(hass: HomeAssistant) -> list[Consent]:
    return hass.data.get(_CONSENTS, [])
