"""Answers that come instead of the right one, whatever was asked."""

from ..answers import (
    Answer,
    failure,
    interface_refused,
    parameter_exception,
    session_lost,
    too_frequent,
)
from .registry import Fault, Parameters

_PAGE = (
    "<!DOCTYPE html><html><head><title>FusionSolar</title></head><body></body></html>"
)
_TOKEN = frozenset({"token"})
_OVERLOADED = (
    "Request is rejected by api quotaControl. "
    "api:ies_PVMSNbiService_thirdData_1.0.78, key:/getStationList_POST"
)


def _text(parameters: Parameters, name: str, default: str) -> str:
    value = parameters.get(name, default)
    return value if isinstance(value, str) else default


def _number(parameters: Parameters, name: str, default: int) -> int:
    value = parameters.get(name, default)
    return value if isinstance(value, int) else default


def _page(status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    return Answer(
        body=_PAGE, status=status, content_type="text/html", headers=headers or {}
    )


def _raw(text: str) -> Answer:
    return Answer(body=text)


def _http_429(parameters: Parameters) -> Answer:
    seconds = parameters.get("retry_after")
    headers = {} if seconds is None else {"Retry-After": str(seconds)}
    if parameters.get("html"):
        return _page(429, headers)
    answer = failure(429)
    answer.status = 429
    answer.headers = headers
    return answer


def _quota_control(_: Parameters) -> Answer:
    return Answer(
        status=403,
        body={"errorCode": "49401021002", "exceptionInfo": _OVERLOADED},
    )


def _deep(parameters: Parameters) -> Answer:
    depth = _number(parameters, "depth", 200_000)
    nested = "[" * depth + "]" * depth
    return _raw(f'{{"success": true, "failCode": 0, "data": {nested}}}')


def _system_exception(_: Parameters) -> Answer:
    return Answer(
        status=500,
        body={
            "exceptionId": "framwork.remote.SystemError",
            "exceptionType": "ROA_EXFRAME_EXCEPTION",
            "descArgs": None,
            "reasonArgs": [],
            "detailArgs": ["System exception"],
            "adviceArgs": None,
        },
    )


def _access_denied(_: Parameters) -> Answer:
    return Answer(status=406, body="access_denied", content_type="text/plain")


def _any_code(parameters: Parameters) -> Answer:
    message = parameters.get("message")
    return failure(
        _number(parameters, "code", 20004),
        message=message if isinstance(message, str) else None,
    )


def _redirect(parameters: Parameters) -> Answer:
    location = _text(parameters, "location", "https://attacker.example/")
    return Answer(
        body="",
        status=_number(parameters, "status", 302),
        headers={"Location": location},
    )


def _temporary(_: Parameters) -> Answer:
    return Answer(
        status=400, body={"error_description": "system_busy", "error": "9999"}
    )


def _refused_in_200(_: Parameters) -> Answer:
    return Answer(body={"error_description": "invalid_grant", "error": "1110"})


CANNED = (
    Fault(
        name="html_page",
        description="HTTP 200 with a web page, as the portal's host answers.",
        canned=lambda _: _page(),
    ),
    Fault(
        name="http_404",
        description="HTTP 404 with a web page.",
        canned=lambda _: _page(404),
    ),
    Fault(
        name="empty_body",
        description="HTTP 200 with nothing in it.",
        canned=lambda _: _raw(""),
    ),
    Fault(
        name="broken_json",
        description="HTTP 200 with JSON that ends too early.",
        canned=lambda _: _raw('{"success": true, "data": [{"devId": 1'),
    ),
    Fault(
        name="deep_json",
        description="HTTP 200 with lists in lists, `depth` (200,000) of them.",
        canned=_deep,
    ),
    Fault(
        name="json_list",
        description="HTTP 200 with a JSON list instead of an object.",
        canned=lambda _: _raw("[]"),
    ),
    Fault(
        name="json_null",
        description="HTTP 200 with JSON null instead of an object.",
        canned=lambda _: _raw("null"),
    ),
    Fault(
        name="empty_object",
        description="HTTP 200 with an empty JSON object.",
        canned=lambda _: _raw("{}"),
    ),
    Fault(
        name="http_401",
        description="HTTP 401 with nothing in it.",
        canned=lambda _: Answer(status=401, body=""),
    ),
    Fault(
        name="http_403",
        description="HTTP 403 with nothing in it.",
        canned=lambda _: Answer(status=403, body=""),
    ),
    Fault(
        name="http_406_access_denied",
        description="HTTP 406 with the text access_denied.",
        canned=_access_denied,
    ),
    Fault(
        name="http_429",
        description="HTTP 429; `retry_after` seconds as header, `html` for a page.",
        canned=_http_429,
    ),
    Fault(
        name="quota_control_403",
        description="HTTP 403 of the overloaded gateway, JSON without failCode.",
        canned=_quota_control,
    ),
    Fault(
        name="http_500",
        description="HTTP 500 with a web page.",
        canned=lambda _: _page(500),
    ),
    Fault(
        name="http_500_exception",
        description="HTTP 500 with the gateway's system exception.",
        canned=_system_exception,
    ),
    Fault(
        name="http_502",
        description="HTTP 502 with a web page.",
        canned=lambda _: _page(502),
    ),
    Fault(
        name="maintenance",
        description="HTTP 503 with a web page, for hours or days.",
        canned=lambda _: _page(503),
    ),
    Fault(
        name="gateway_parameter_error",
        description="HTTP 400 with the gateway's exception instead of an envelope.",
        canned=lambda parameters: parameter_exception(
            _text(parameters, "parameter", "plantCode"),
            _text(parameters, "text", "plantCode must not be null"),
        ),
    ),
    Fault(
        name="redirect",
        description="HTTP 302 (`status`) to another host (`location`).",
        canned=_redirect,
    ),
    Fault(
        name="fail_code",
        description="HTTP 200 with failCode `code` and `message`.",
        canned=_any_code,
    ),
    Fault(
        name="busy",
        description="failCode 20200: system busy.",
        canned=lambda _: failure(20200),
    ),
    Fault(
        name="system_429",
        description="failCode 429 in HTTP 200: the whole system is over its limit.",
        canned=lambda _: failure(429),
    ),
    Fault(
        name="daily_maximum",
        description="failCode 20618: the calls of today are used up.",
        canned=lambda _: failure(20618),
    ),
    Fault(
        name="too_frequent",
        description="failCode 407; `shape` data (recorded) or message.",
        canned=lambda parameters: too_frequent(_text(parameters, "shape", "data")),
    ),
    Fault(
        name="session_lost",
        description="failCode 305; `message` USER_MUST_RELOGIN (recorded shape, no "
        "success, no data) or INVALID_CREDENTIAL.",
        canned=lambda parameters: session_lost(
            _text(parameters, "message", "USER_MUST_RELOGIN")
        ),
    ),
    Fault(
        name="session_306",
        description="failCode 306, which clients saw for an ended session.",
        canned=lambda _: failure(306),
    ),
    Fault(
        name="interface_refused",
        description="failCode 401: the interface is not granted or was retired.",
        canned=lambda _: interface_refused(),
    ),
    Fault(
        name="station_list_retired",
        description="failCode 401 for getStationList only, as new accounts get it.",
        interfaces=frozenset({"getStationList"}),
        canned=lambda _: interface_refused(),
    ),
    Fault(
        name="another_cluster",
        description="The token request reaches a cluster that does not know the "
        "client: HTTP 401 invalid_client.",
        interfaces=_TOKEN,
        canned=lambda _: Answer(status=401, body={"error": "invalid_client"}),
    ),
    Fault(
        name="token_temporary_400",
        description="The token request fails with HTTP 400 and an unknown error.",
        interfaces=_TOKEN,
        canned=_temporary,
    ),
    Fault(
        name="token_refused",
        description="The token request fails with HTTP 400 and error 1110.",
        interfaces=_TOKEN,
        canned=lambda _: Answer(
            status=400, body={"error_description": "invalid_grant", "error": "1110"}
        ),
    ),
    Fault(
        name="token_error_in_200",
        description="The token request answers error 1110 in HTTP 200.",
        interfaces=_TOKEN,
        canned=_refused_in_200,
    ),
    Fault(
        name="revoke_fails",
        description="Revoking fails with HTTP 500 and error 1107.",
        interfaces=frozenset({"revoke-token"}),
        canned=lambda _: Answer(
            status=500, body={"error_description": "server_error", "error": "1107"}
        ),
    ),
)
"""Switches that answer before anything is looked at."""
