"""From an HTTP answer to data or the reason why there is none.

The rules are those of SmartPVMS 26.2.0, chapter 6, and of recorded answers: nearly all
failures come with HTTP 200, `success`, `data`, `params` may be missing, a message may
be no error, and the gateway in front of the cloud answers in its own ways.
"""

from dataclasses import dataclass
from http import HTTPStatus
import json
from typing import Final

from .errors import (
    Failure,
    FailureKey,
    InvalidResponseError,
    WrongServerError,
    failure_of,
    failure_of_code,
)
from .json_types import JsonObject, JsonValue
from .parsing import flag, integer, members, retry_after, text
from .transport import Response

_TOO_FREQUENT: Final = "ACCESS_FREQUENCY_IS_TOO_HIGH"
_TOO_FREQUENT_CODE: Final = 407
_GATEWAY_QUOTA: Final = "quotaControl"
_GATEWAY_QUOTA_CODE: Final = "49401021002"
_LONGEST_MESSAGE: Final = 500
_NOTHING_THERE: Final = frozenset(
    {
        HTTPStatus.NOT_FOUND,
        HTTPStatus.METHOD_NOT_ALLOWED,
        HTTPStatus.NOT_ACCEPTABLE,
        HTTPStatus.GONE,
    }
)
_ENVELOPE_KEYS: Final = frozenset({"failCode", "success", "data"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Data, or the failure; `retry_after` in seconds where the server named it.

    A control interface gives both: which plants it refused, and that it did. `message`
    is the cloud's text, or what the gateway finds wrong with a parameter. It may name
    plants.
    """

    data: JsonValue = None
    failure: Failure | None = None
    message: str | None = None
    retry_after: float | None = None


def read_answer(response: Response, interface: str, now: float) -> Answer:
    """Return what the cloud answered.

    Raises:
        WrongServerError: a web page, or a path that is not there.
        InvalidResponseError: neither an envelope nor anything known.
    """
    content = _parse(response.body)
    wait = retry_after(response.headers.get("retry-after"), now)
    if isinstance(content, dict) and _is_gateway_quota(content):
        refusal = failure_of_code(HTTPStatus.FORBIDDEN)
        return Answer(failure=refusal, retry_after=wait)
    if isinstance(content, dict) and _ENVELOPE_KEYS & content.keys():
        refused = _failure_in(content)
        if refused is not None:
            return Answer(
                data=content.get("data"),
                failure=refused,
                message=_message(content.get("message")),
                retry_after=wait,
            )
        if response.status < HTTPStatus.BAD_REQUEST:
            return Answer(
                data=content.get("data"), message=_message(content.get("message"))
            )
    if response.status < HTTPStatus.BAD_REQUEST:
        raise _not_understood(response, interface)
    return Answer(
        failure=_failure_of_status(response, interface),
        message=_complaint(content),
        retry_after=wait,
    )


def _parse(body: bytes) -> JsonValue:
    """Return the JSON in a body, None where there is none."""
    try:
        content: JsonValue = json.loads(body)
    except ValueError, RecursionError:
        return None
    return content


def _message(value: JsonValue) -> str | None:
    told = text(value)
    return None if told is None else told[:_LONGEST_MESSAGE]


def _complaint(content: JsonValue) -> str | None:
    """Return what the gateway's exception says of a parameter."""
    exception = members(content)
    for name in ("detailArgs", "reasonArgs"):
        told = exception.get(name)
        texts = [text(item) for item in told] if isinstance(told, list) else []
        if joined := "; ".join(item for item in texts if item is not None):
            return _message(joined)
    return None


def _failure_in(envelope: JsonObject) -> Failure | None:
    """Return what an envelope complains of; a message or a missing field is nothing."""
    if _TOO_FREQUENT in (envelope.get("data"), envelope.get("message")):
        return failure_of_code(_TOO_FREQUENT_CODE)
    code = integer(envelope.get("failCode"))
    if code:
        return failure_of_code(code)
    return failure_of_code(None) if flag(envelope.get("success")) is False else None


def _is_gateway_quota(content: JsonObject) -> bool:
    """Return whether the gateway refuses for all users, which it says in its own form."""
    if text(content.get("errorCode")) == _GATEWAY_QUOTA_CODE:
        return True
    return _GATEWAY_QUOTA in (text(content.get("exceptionInfo")) or "")


def _failure_of_status(response: Response, interface: str) -> Failure:
    """Return what an HTTP error without an envelope means."""
    status = response.status
    code = f"http:{status}"
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return failure_of_code(status)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return failure_of(FailureKey.SERVER_ERROR, code)
    if status == HTTPStatus.UNAUTHORIZED:
        return failure_of(FailureKey.SESSION_ENDED, code)
    if status in _NOTHING_THERE or is_page(response.body):
        raise WrongServerError(failure_of(FailureKey.WRONG_SERVER, code), interface)
    if status == HTTPStatus.FORBIDDEN:
        return failure_of(FailureKey.INTERFACE_NOT_GRANTED, code)
    exception = text(members(_parse(response.body)).get("exceptionId"))
    return failure_of(FailureKey.REQUEST_INVALID, exception or code)


def _not_understood(
    response: Response, interface: str
) -> WrongServerError | InvalidResponseError:
    """Return what to raise for a success that is no envelope."""
    if is_page(response.body):
        return WrongServerError(failure_of(FailureKey.WRONG_SERVER), interface)
    return InvalidResponseError(failure_of(FailureKey.INVALID_RESPONSE), interface)


def is_page(body: bytes) -> bool:
    """Return whether a body is a web page, whatever its content type says."""
    return body.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<")
