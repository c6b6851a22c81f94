"""Giving back an owner's grant."""

from aiohttp import ClientSession
import pytest

from custom_components.smartpvms.northbound.errors import (
    NorthboundError,
    RequestRejectedError,
    TemporaryError,
    UnreachableError,
    WrongServerError,
)
from custom_components.smartpvms.northbound.grant import revoke_grant

from .cloud import Answer, Cloud

DEAD = {"error_description": "invalid_token", "error": "1106"}


@pytest.mark.parametrize(
    ("answer", "was_in_force"),
    [(Answer(), True), (Answer(body=DEAD, status=401), False)],
)
async def test_grant_is_given_back(
    session: ClientSession, cloud: Cloud, answer: Answer, was_in_force: bool
) -> None:
    cloud.answer("revoke-token", answer)

    revoked = await revoke_grant(session, cloud.url, "client", "rt-+&=secret")

    assert revoked is was_in_force
    (request,) = cloud.requests
    assert request.path == "/rest/dp/uidm/oauth2/v1/revoke-token"
    assert request.body == {"client_id": "client", "token": "rt-+&=secret"}
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("answer", "error", "code"),
    [
        (Answer(body=DEAD, status=400), RequestRejectedError, "http:400"),
        (
            Answer(body={"error": "1107"}, status=500),
            TemporaryError,
            "http:500",
        ),
        (Answer(body=b"<html></html>"), WrongServerError, "http:200"),
        (Answer(status=404), WrongServerError, "http:404"),
        (Answer(status=302, headers={"Location": "/"}), WrongServerError, "http:302"),
        (Answer(lost=True), UnreachableError, None),
    ],
)
async def test_grant_that_cannot_be_given_back(
    session: ClientSession,
    cloud: Cloud,
    answer: Answer,
    error: type[NorthboundError],
    code: str | None,
) -> None:
    cloud.answer("revoke-token", answer)

    with pytest.raises(error) as raised:
        await revoke_grant(session, cloud.url, "client", "rt-secret")

    assert raised.value.failure.code == code
    assert "secret" not in str(raised.value)
