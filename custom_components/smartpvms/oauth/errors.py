"""What can come of a token request, in words of ours; none of them names an address."""

from http import HTTPStatus
from typing import override

from aiohttp import ClientResponse
from homeassistant.exceptions import (
    HomeAssistantError,
    OAuth2TokenRequestConnectionError,
    OAuth2TokenRequestReauthError,
    OAuth2TokenRequestTransientError,
)

from ..const import DOMAIN


class _ExplainedError(HomeAssistantError):
    """Speaks by its translation, where aiohttp would name status and address."""

    def explain(self, key: str, **placeholders: str) -> None:
        """Set what is said."""
        self.translation_domain = DOMAIN
        self.translation_key = key
        self.translation_placeholders = placeholders
        self.generate_message = True

    @override
    def __str__(self) -> str:
        return HomeAssistantError.__str__(self)


class ConsentEndedError(_ExplainedError, OAuth2TokenRequestReauthError):
    """The code or the consent is dead (1110): only the owner can give another."""

    def __init__(self, response: ClientResponse, error: str) -> None:
        super().__init__(
            domain=DOMAIN,
            request_info=response.request_info,
            status=response.status,
            message=error,
        )
        self.explain("consent_ended")


class TokenRefusedError(_ExplainedError, OAuth2TokenRequestTransientError):
    """The token endpoint refused, which may mend itself; `error` is its code."""

    def __init__(self, response: ClientResponse, error: str) -> None:
        super().__init__(
            domain=DOMAIN,
            request_info=response.request_info,
            status=response.status,
            message=error,
        )
        self.error = error
        self.explain("token_refused", error=error)


class ClientRefusedError(TokenRefusedError):
    """The token endpoint does not know client id and secret, or another cluster answers."""

    def __init__(self, response: ClientResponse, error: str) -> None:
        super().__init__(response, error)
        self.explain("client_refused")


class ClientRejectedError(_ExplainedError, OAuth2TokenRequestReauthError):
    """Client id and secret are refused for so long that they must be wrong."""

    def __init__(self, refused: ClientRefusedError) -> None:
        super().__init__(
            domain=DOMAIN,
            request_info=refused.request_info,
            status=HTTPStatus.UNAUTHORIZED,
            message=refused.error,
        )
        self.explain("client_rejected")


class TokenUnavailableError(_ExplainedError, OAuth2TokenRequestConnectionError):
    """No answer of the token endpoint, or none that can be used."""

    def __init__(self) -> None:
        super().__init__(domain=DOMAIN)
        self.explain("token_unavailable")
