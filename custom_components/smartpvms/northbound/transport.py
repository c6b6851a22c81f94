"""One HTTP request and what came back, before anyone asks what it means."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
import json
import logging
from typing import Final

from aiohttp import (
    ClientConnectorCertificateError,
    ClientConnectorError,
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    ConnectionTimeoutError,
    DummyCookieJar,
    FormData,
)
from aiohttp.payload import Payload
from yarl import URL

from .errors import (
    FailureKey,
    InvalidResponseError,
    UnreachableError,
    WrongServerError,
    failure_of,
)
from .json_types import JsonObject

_LOGGER = logging.getLogger(__name__)

# a report of 100 plants for a month is about 1.5 MB
LARGEST_BODY: Final = 8 * 1024 * 1024
_CHUNK: Final = 64 * 1024

_REDIRECTS: Final = frozenset(
    {
        HTTPStatus.MOVED_PERMANENTLY,
        HTTPStatus.FOUND,
        HTTPStatus.SEE_OTHER,
        HTTPStatus.TEMPORARY_REDIRECT,
        HTTPStatus.PERMANENT_REDIRECT,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """An HTTP answer; names of `headers` are in lower case."""

    status: int
    headers: Mapping[str, str]
    cookies: Mapping[str, str]
    body: bytes


class Transport:
    """Posts to one server, and follows no redirect with a credential."""

    def __init__(self, session: ClientSession, server: URL, timeout: float) -> None:
        """Use a session that keeps no cookies, or raise TypeError.

        A log-in sets its token as a cookie too. Sent back beside a bearer token it
        makes the cloud answer 305, so a jar would mix two accounts.
        """
        if not isinstance(session.cookie_jar, DummyCookieJar):
            raise TypeError("the session must be made with a DummyCookieJar")
        self._session = session
        self._server = server
        self._timeout = ClientTimeout(total=timeout, sock_connect=timeout / 3)

    async def post(
        self, path: str, body: JsonObject, headers: Mapping[str, str], interface: str
    ) -> Response:
        """Post a body, and return the answer whatever its status.

        Raises:
            UnreachableError: there is no whole answer.
            WrongServerError: the server sends elsewhere.
            InvalidResponseError: the answer is too large.
        """
        as_json = {**headers, "Content-Type": "application/json"}
        return await self._send(path, json.dumps(body).encode(), as_json, interface)

    async def post_form(
        self, path: str, fields: Mapping[str, str], interface: str
    ) -> Response:
        """Post the fields of a form as `post` does a body; raises the same."""
        return await self._send(path, FormData(fields)(), {}, interface)

    async def _send(
        self,
        path: str,
        content: bytes | Payload,
        headers: Mapping[str, str],
        interface: str,
    ) -> Response:
        try:
            async with self._session.post(
                self._server.joinpath(path.removeprefix("/")),
                data=content,
                headers={**headers, "Accept": "application/json, */*"},
                allow_redirects=False,
                timeout=self._timeout,
            ) as answer:
                if answer.status in _REDIRECTS:
                    raise WrongServerError(
                        failure_of(FailureKey.WRONG_SERVER, f"http:{answer.status}"),
                        interface,
                    )
                response = Response(
                    status=answer.status,
                    headers={
                        name.lower(): text for name, text in answer.headers.items()
                    },
                    cookies={name: item.value for name, item in answer.cookies.items()},
                    body=await read_body(answer, interface),
                )
        except (ClientError, OSError) as error:
            # its text may hold headers of the answer, and they a token
            _LOGGER.debug("%s: no answer: %s", interface, type(error).__name__)
            # some of these hold the headers of the request, and with them the credential
            raise _unreachable(error, interface) from None
        _LOGGER.debug(
            "%s: HTTP %d, %d bytes", interface, response.status, len(response.body)
        )
        return response


async def read_body(answer: ClientResponse, interface: str) -> bytes:
    """Return the body of an answer, of at most `LARGEST_BODY` bytes.

    Raises InvalidResponseError if it is larger; the rest is not read.
    """
    body = bytearray()
    async for chunk in answer.content.iter_chunked(_CHUNK):
        body += chunk
        if len(body) > LARGEST_BODY:
            raise InvalidResponseError(
                failure_of(FailureKey.INVALID_RESPONSE), interface
            )
    return bytes(body)


def _unreachable(error: Exception, interface: str) -> UnreachableError:
    """Return why there is no answer, and whether the request can have been counted."""
    if isinstance(error, ClientConnectorCertificateError):
        key = FailureKey.CERTIFICATE_REJECTED
    elif isinstance(error, TimeoutError):
        key = FailureKey.SERVER_TIMEOUT
    else:
        key = FailureKey.SERVER_UNREACHABLE
    connected = not isinstance(error, ClientConnectorError | ConnectionTimeoutError)
    return UnreachableError(failure_of(key), interface, sent=connected)
