"""Giving back an owner's grant (OAuth Connect, revoke-token, 24.7.0)."""

from http import HTTPStatus
from typing import Final

from aiohttp import ClientSession
from yarl import URL

from .envelope import is_page
from .errors import FailureKey, error_for, failure_of
from .transport import Transport

_PATH: Final = "/rest/dp/uidm/oauth2/v1/revoke-token"
_REVOKE: Final = "revoke-token"
_TIMEOUT: Final = 30.0


async def revoke_grant(
    session: ClientSession, oauth_server: URL, client_id: str, token: str
) -> bool:
    """Revoke what an owner granted to a client, and return whether it was in force.

    `token` is the refresh token, or an access token that is valid. The OAuth server is
    not the cloud that is called with the token: it counts no calls. Without a grant
    (401, error 1106) there is nothing to revoke.

    Raises:
        UnreachableError: there is no answer.
        TemporaryError: the server has a fault of its own (1107).
        RequestRejectedError: it does not accept the request (400).
        WrongServerError, InvalidResponseError: something else answers.
        TypeError: the session was not made with a DummyCookieJar.
    """
    transport = Transport(session, oauth_server, _TIMEOUT)
    fields = {"client_id": client_id, "token": token}
    response = await transport.post_form(_PATH, fields, _REVOKE)
    status = response.status
    if status == HTTPStatus.OK and not is_page(response.body):
        return True
    if status == HTTPStatus.UNAUTHORIZED:
        return False
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        key = FailureKey.SERVER_ERROR
    elif status == HTTPStatus.BAD_REQUEST:
        key = FailureKey.REQUEST_INVALID
    else:
        key = FailureKey.WRONG_SERVER
    raise error_for(failure_of(key, f"http:{status}"), _REVOKE)
