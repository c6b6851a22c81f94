"""The OAuth implementation: addresses of the chosen server, and a token request of ours.

Home Assistant's own token request loses the body of an error, takes every 4xx for a dead
grant, and the flow around it logs a token that has no `expires_in`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
import logging
import re
import time
from typing import Any, Final, override

from aiohttp import ClientError, ClientResponse, ClientTimeout
from homeassistant.components.application_credentials import (
    AuthImplementation,
    AuthorizationServer,
    ClientCredential,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.util.hass_dict import HassKey
from homeassistant.util.json import JsonObjectType, json_loads_object
from yarl import URL

from ..const import DOMAIN
from ..northbound.auth import is_token
from ..northbound.errors import InvalidResponseError
from ..northbound.parsing import integer, text
from ..northbound.transport import read_body
from ..server_address import OAUTH_PATH, oauth_server
from .errors import (
    ClientRefusedError,
    ClientRejectedError,
    ConsentEndedError,
    TokenRefusedError,
    TokenUnavailableError,
)
from .short_state import async_get_pending_states

_LOGGER = logging.getLogger(__name__)

SCOPE: Final = "pvms.openapi.basic pvms.openapi.control"

TOKEN_REQUEST_TIMEOUT: Final = ClientTimeout(total=25)
DEAD_GRANT: Final = "1110"
INVALID_CLIENT: Final = "invalid_client"

# Another regional cluster answers invalid_client now and then, so that one such answer
# says nothing about the credentials.
REFUSALS_UNTIL_BELIEVED: Final = 3
REFUSALS_SPAN: Final = timedelta(hours=1)

# what an error of the token endpoint looks like: anything else is not repeated to anyone
_ERROR_CODE: Final = re.compile(r"[A-Za-z0-9_.-]{1,40}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Refusals:
    first_at: float
    count: int


_CLIENT_REFUSALS: HassKey[dict[tuple[str, str], _Refusals]] = HassKey(
    f"{DOMAIN}_client_refusals"
)


class SmartPVMSImplementation(AuthImplementation):
    """Client id and secret, with the OAuth server of one management system.

    Application credentials know no server; `for_server` makes a copy that does, in the
    flow before the browser leaves and at set-up.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        auth_domain: str,
        credential: ClientCredential,
        *,
        server: str,
        redirect_uri: str | None = None,
    ) -> None:
        base = f"{oauth_server(server)}{OAUTH_PATH}"
        super().__init__(
            hass,
            auth_domain,
            credential,
            AuthorizationServer(
                authorize_url=f"{base}/authorize", token_url=f"{base}/token"
            ),
        )
        self._credential = credential
        self._redirect_uri = redirect_uri
        self.state: str | None = None

    def for_server(self, server: str, redirect_uri: str) -> SmartPVMSImplementation:
        """Return a copy for this management system and this registered redirect."""
        return SmartPVMSImplementation(
            self.hass,
            self.domain,
            self._credential,
            server=server,
            redirect_uri=redirect_uri,
        )

    @property
    @override
    def redirect_uri(self) -> str:
        return self._redirect_uri or super().redirect_uri

    @property
    @override
    def extra_authorize_data(self) -> dict[str, str]:
        return {"scope": SCOPE}

    @override
    async def async_generate_authorize_url(self, flow_id: str) -> str:
        """Return the address of the consent page, whose callback comes back by itself.

        `state` holds the short state afterwards; the one before is forgotten.
        """
        return await self._async_authorize_url(flow_id, sent_on=True)

    async def async_generate_pasted_url(self, flow_id: str) -> str:
        """Return the address of the consent page, whose final address will be pasted."""
        return await self._async_authorize_url(flow_id, sent_on=False)

    async def _async_authorize_url(self, flow_id: str, *, sent_on: bool) -> str:
        url = URL(await super().async_generate_authorize_url(flow_id))
        self.async_discard_state()
        self.state = async_get_pending_states(self.hass).issue(
            url.query["state"], sent_on=sent_on
        )
        # documented for the scope is %20; yarl writes a plus
        return str(url.update_query(state=self.state)).replace("+", "%20")

    @callback
    def async_take_state(self, state: str) -> bool:
        """Tell whether this is the awaited state; it is not a second time."""
        if state != self.state:
            return False
        return async_get_pending_states(self.hass).take(state) is not None

    @property
    def awaits_callback(self) -> bool:
        """Tell whether a callback with the state of this sign-in would be taken."""
        return self.state is not None and self.state in async_get_pending_states(
            self.hass
        )

    @callback
    def async_discard_state(self) -> None:
        """Wait no longer for a callback."""
        if self.state is not None:
            async_get_pending_states(self.hass).discard(self.state)

    @override
    async def async_resolve_external_data(
        self, external_data: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Exchange the code of a callback for tokens.

        Raises:
            ConsentEndedError: The code has expired or was used (1110).
            ClientRefusedError: Client id and secret are not accepted.
            TokenRefusedError: Any other refusal.
            TokenUnavailableError: No answer, or none that can be used.
        """
        token: dict[str, Any] = await super().async_resolve_external_data(
            dict(external_data)
        )
        if "refresh_token" not in token:
            raise TokenUnavailableError
        return token

    @override
    async def _async_refresh_token(self, token: dict[str, Any]) -> dict[str, Any]:
        try:
            new_token = await self._token_request(
                {
                    "grant_type": "refresh_token",
                    "refresh_token": token["refresh_token"],
                }
            )
        except ClientRefusedError as err:
            if self._note_refusal():
                raise ClientRejectedError(err) from err
            raise
        self._refusals.pop(self._refusals_key, None)
        # an answer without a refresh token leaves the old one in force
        return token | new_token

    @override
    async def _token_request(self, data: dict[str, Any]) -> dict[str, Any]:
        form = data | {
            "client_id": self.client_id,
            "client_secret": self.client_secret,
        }
        try:
            async with async_get_clientsession(self.hass).post(
                self.token_url,
                data=form,
                allow_redirects=False,
                timeout=TOKEN_REQUEST_TIMEOUT,
            ) as response:
                body = await read_body(response, "token")
        except (ClientError, TimeoutError, InvalidResponseError) as err:
            _LOGGER.debug("No answer from the token endpoint: %s", type(err).__name__)
            raise TokenUnavailableError from err
        try:
            answer = json_loads_object(body)
        except ValueError:
            answer = {}
        if response.status != HTTPStatus.OK or "error" in answer:
            self._raise_refused(response, answer)
        return _normalised_token(answer)

    def _raise_refused(self, response: ClientResponse, answer: JsonObjectType) -> None:
        error = answer.get("error")
        if not isinstance(error, str) or not _ERROR_CODE.fullmatch(error):
            error = f"HTTP {response.status}"
        _LOGGER.debug("The token endpoint refused: %s", error)
        if error == INVALID_CLIENT:
            raise ClientRefusedError(response, error)
        if error == DEAD_GRANT:
            raise ConsentEndedError(response, error)
        raise TokenRefusedError(response, error)

    @property
    def _refusals(self) -> dict[tuple[str, str], _Refusals]:
        return self.hass.data.setdefault(_CLIENT_REFUSALS, {})

    @property
    def _refusals_key(self) -> tuple[str, str]:
        return (self.token_url, self.client_id)

    def _note_refusal(self) -> bool:
        """Count a refusal of the client; tell whether it lasts long enough to believe."""
        now = time.time()
        before = self._refusals.get(
            self._refusals_key, _Refusals(first_at=now, count=0)
        )
        refusals = _Refusals(first_at=before.first_at, count=before.count + 1)
        self._refusals[self._refusals_key] = refusals
        return (
            refusals.count >= REFUSALS_UNTIL_BELIEVED
            and now - refusals.first_at >= REFUSALS_SPAN.total_seconds()
        )


def _normalised_token(answer: JsonObjectType) -> dict[str, Any]:
    """Return the documented members of a token answer.

    Raises:
        TokenUnavailableError: No life is named, or no token that can stand in a header.
    """
    expires_in = integer(answer.get("expires_in"))
    tokens = {
        member: value
        for member in ("access_token", "refresh_token")
        if (value := text(answer.get(member)))
    }
    usable = "access_token" in tokens and all(map(is_token, tokens.values()))
    if not usable or expires_in is None or expires_in <= 0:
        _LOGGER.debug("The answer of the token endpoint holds no usable token")
        raise TokenUnavailableError
    named = {
        member: value
        for member in ("scope", "token_type")
        if (value := text(answer.get(member)))
    }
    return {**tokens, **named, "expires_in": expires_in}
