"""Every way in which a server can fail to answer as the cloud does."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
import ssl

from aiohttp import ClientSession
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
import pytest
from yarl import URL

from custom_components.smartpvms.northbound.auth import BearerAuthentication
from custom_components.smartpvms.northbound.client import NorthboundClient
from custom_components.smartpvms.northbound.errors import (
    DoorClosedError,
    FlowControlError,
    InvalidResponseError,
    NorthboundError,
    PermissionDeniedError,
    RequestRejectedError,
    SessionExpiredError,
    TemporaryError,
    UnreachableError,
    WrongServerError,
)
from custom_components.smartpvms.northbound.flow_control import Ledger
from custom_components.smartpvms.northbound.interfaces import InterfaceClass
from custom_components.smartpvms.northbound.transport import LARGEST_BODY

from .cloud import Answer, Cloud, StoppedClock, data, recorded

PAGE = b"\xef\xbb\xbf \n<!DOCTYPE html><html></html>"
EXCEPTION = {"exceptionType": "ROA_EXFRAME_EXCEPTION"}


@pytest.mark.parametrize(
    ("answer", "error", "key", "code"),
    [
        (Answer(body=PAGE), WrongServerError, "wrong_server", None),
        (recorded("http_200_html_wrongHost"), WrongServerError, "wrong_server", None),
        (Answer(body=PAGE, status=404), WrongServerError, "wrong_server", "http:404"),
        (Answer(body=PAGE, status=403), WrongServerError, "wrong_server", "http:403"),
        (
            Answer(body={"error": "access_denied"}, status=406),
            WrongServerError,
            "wrong_server",
            "http:406",
        ),
        (
            Answer(body={}, status=403),
            PermissionDeniedError,
            "interface_not_granted",
            "http:403",
        ),
        (Answer(body=b""), InvalidResponseError, "invalid_response", None),
        (Answer(body=b"OK"), InvalidResponseError, "invalid_response", None),
        (Answer(body=b"[" * 200_000), InvalidResponseError, "invalid_response", None),
        (Answer(body=b'"\xff'), InvalidResponseError, "invalid_response", None),
        (Answer(body=[1]), InvalidResponseError, "invalid_response", None),
        (Answer(body={"a": 1}), InvalidResponseError, "invalid_response", None),
        (Answer(body=b"busy", status=503), TemporaryError, "server_error", "http:503"),
        (Answer(body=PAGE, status=502), TemporaryError, "server_error", "http:502"),
        (
            Answer(body={**EXCEPTION, "exceptionId": "x"}, status=500),
            TemporaryError,
            "server_error",
            "http:500",
        ),
        (
            recorded("http_400_paramError_pageSize"),
            RequestRejectedError,
            "request_invalid",
            "framwork.remote.Paramerror",
        ),
        (
            Answer(body=b"?", status=400),
            RequestRejectedError,
            "request_invalid",
            "http:400",
        ),
        (
            Answer(body={"success": True, "data": []}, status=400),
            RequestRejectedError,
            "request_invalid",
            "http:400",
        ),
        (
            Answer(body={"failCode": "20200", "success": False}, status=500),
            TemporaryError,
            "server_busy",
            20200,
        ),
        (
            Answer(body={"success": False}),
            RequestRejectedError,
            "request_refused",
            None,
        ),
        (
            Answer(body={"success": "false", "failCode": 0}),
            RequestRejectedError,
            "request_refused",
            None,
        ),
    ],
)
async def test_answers_that_are_none(
    *,
    client: NorthboundClient,
    cloud: Cloud,
    answer: Answer,
    error: type[NorthboundError],
    key: str,
    code: int | str | None,
) -> None:
    cloud.answer("getDevList", answer)

    with pytest.raises(error) as raised:
        await client.get_devices(["NE=1"])

    assert type(raised.value) is error
    assert raised.value.failure.key == key
    assert raised.value.failure.code == code
    assert raised.value.interface == "getDevList"


@pytest.mark.parametrize(
    "answer",
    [
        Answer(body={"data": None}),
        Answer(body={"failCode": 0}),
        Answer(body={"failCode": "0", "success": True, "message": "list success"}),
        Answer(body={"success": True, "data": {}}),
        Answer(body={"success": True, "data": "nothing"}),
        Answer(body={"success": True, "data": [None, 1, "x", []]}),
        Answer(body=b'{"data": []}', headers={"Content-Type": "text/html"}),
        Answer(body={"success": False, "failCode": 20009, "data": None}),
    ],
)
async def test_answers_without_rows(
    client: NorthboundClient, cloud: Cloud, answer: Answer
) -> None:
    cloud.answer("getDevList", answer)

    assert await client.get_devices(["NE=1"]) == ()


async def test_http_401_is_a_dead_session(
    client: NorthboundClient, cloud: Cloud
) -> None:
    cloud.answer("getDevList", Answer(status=401))

    with pytest.raises(SessionExpiredError):
        await client.get_devices(["NE=1"])


async def test_body_too_large(client: NorthboundClient, cloud: Cloud) -> None:
    cloud.answer("getDevList", Answer(body=b" " * (LARGEST_BODY + 1)))

    with pytest.raises(InvalidResponseError):
        await client.get_devices(["NE=1"])


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_no_redirect_is_followed(
    client: NorthboundClient, cloud: Cloud, status: int
) -> None:
    async with Cloud().serve() as elsewhere:
        target = str(elsewhere.url / "thirdData/getDevList")
        cloud.answer("getDevList", Answer(status=status, headers={"Location": target}))

        with pytest.raises(WrongServerError) as raised:
            await client.get_devices(["NE=1"])

        assert raised.value.failure.code == f"http:{status}"
        assert elsewhere.requests == []


async def test_server_below_a_path(
    session: ClientSession, cloud: Cloud, bearer: BearerAuthentication, ledger: Ledger
) -> None:
    client = NorthboundClient(session, cloud.url / "pvms", bearer, ledger)

    await client.get_devices(["NE=1"])

    assert cloud.requests[0].path == "/pvms/thirdData/getDevList"


async def test_session_with_a_cookie_jar_is_refused(
    bearer: BearerAuthentication, ledger: Ledger
) -> None:
    async with ClientSession() as session:
        with pytest.raises(TypeError, match="DummyCookieJar"):
            NorthboundClient(session, URL("http://127.0.0.1"), bearer, ledger)


async def test_cookies_of_the_cloud_are_not_sent_back(
    client: NorthboundClient, cloud: Cloud
) -> None:
    cloud.answer(
        "getDevList",
        Answer(body={"data": []}, headers={"Set-Cookie": "XSRF-TOKEN=other; Path=/"}),
    )

    await client.get_devices(["NE=1"])
    await client.get_devices(["NE=1"])

    headers = cloud.headers("getDevList")[1]
    assert "Cookie" not in headers
    assert "XSRF-TOKEN" not in headers
    assert headers["Authorization"] == "Bearer bearer-1"
    assert headers["Content-Type"] == "application/json"
    assert headers["Accept"] == "application/json, */*"


@asynccontextmanager
async def raw_server(
    content: bytes | None, context: ssl.SSLContext | None = None
) -> AsyncGenerator[URL]:
    """Answer each request with these bytes, and end; with None stay silent."""
    silent: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"}")
        if content is None:
            silent.append(writer)
            return
        writer.write(content)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    try:
        yield URL(f"{'https' if context else 'http'}://127.0.0.1:{port}")
    finally:
        for writer in silent:
            writer.close()
        server.close()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nplain",
    ],
)
async def test_answer_cut_off_or_garbled(
    session: ClientSession,
    bearer: BearerAuthentication,
    ledger: Ledger,
    content: bytes,
) -> None:
    async with raw_server(content) as url:
        client = NorthboundClient(session, url, bearer, ledger)

        with pytest.raises(UnreachableError) as raised:
            await client.get_devices(["NE=1"])

    assert raised.value.failure.key == "server_unreachable"
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__
    assert ledger.remaining(InterfaceClass.BASIC) == 999


async def test_server_that_stays_silent(
    session: ClientSession, bearer: BearerAuthentication, ledger: Ledger
) -> None:
    async with raw_server(None) as url:
        client = NorthboundClient(session, url, bearer, ledger, timeout=0.05)

        with pytest.raises(UnreachableError) as raised:
            await client.get_devices(["NE=1"])

    assert raised.value.failure.key == "server_timeout"
    assert raised.value.failure.retryable
    assert raised.value.sent
    assert ledger.remaining(InterfaceClass.BASIC) == 999


async def test_refused_connection_costs_no_call(
    session: ClientSession, bearer: BearerAuthentication, ledger: Ledger
) -> None:
    async with raw_server(b"") as url:
        pass
    client = NorthboundClient(session, url, bearer, ledger)

    with pytest.raises(UnreachableError) as raised:
        await client.get_devices([f"NE={number}" for number in range(250)])

    assert raised.value.failure.key == "server_unreachable"
    assert not raised.value.sent
    assert ledger.remaining(InterfaceClass.BASIC) == 1000


async def test_certificate_that_nobody_trusts(
    session: ClientSession,
    bearer: BearerAuthentication,
    ledger: Ledger,
    tmp_path: Path,
) -> None:
    async with raw_server(b"", self_signed(tmp_path)) as url:
        client = NorthboundClient(session, url, bearer, ledger)

        with pytest.raises(UnreachableError) as raised:
            await client.get_devices(["NE=1"])

    assert raised.value.failure.key == "certificate_rejected"
    assert not raised.value.failure.retryable
    assert ledger.remaining(InterfaceClass.BASIC) == 1000


def self_signed(folder: Path) -> ssl.SSLContext:
    """Return the context of a server whose certificate no authority has signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    begin = datetime.now(UTC) - timedelta(days=1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=2))
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


@pytest.mark.parametrize(
    ("answer", "key", "seconds"),
    [
        (Answer(status=429), "cloud_overloaded", 60),
        (Answer(status=429, body=PAGE), "cloud_overloaded", 60),
        (Answer(status=429, headers={"Retry-After": "600"}), "cloud_overloaded", 600),
        (recorded("http_403_quotaControl_api"), "cloud_overloaded", 60),
        (
            Answer(body={"errorCode": 49401021002}, status=403),
            "cloud_overloaded",
            60,
        ),
        (recorded("error_407_dataString"), "call_quota_exhausted", 3600),
        (
            Answer(body={"success": False, "message": "ACCESS_FREQUENCY_IS_TOO_HIGH"}),
            "call_quota_exhausted",
            3600,
        ),
        (
            Answer(body={"success": False, "failCode": 20618, "data": None}),
            "daily_quota_exhausted",
            86400,
        ),
    ],
)
async def test_refusals_of_flow_control(
    *,
    client: NorthboundClient,
    cloud: Cloud,
    clock: StoppedClock,
    answer: Answer,
    key: str,
    seconds: float,
) -> None:
    cloud.answer("getDevList", answer)

    with pytest.raises(FlowControlError) as raised:
        await client.get_devices(["NE=1"])
    with pytest.raises(DoorClosedError) as closed:
        await client.get_devices(["NE=1"])

    assert raised.value.failure.key == key
    assert raised.value.retry_at.timestamp() == clock.now + seconds
    assert closed.value.failure.key == key
    assert closed.value.retry_at == raised.value.retry_at
    assert len(cloud.requests) == 1


async def test_door_opens_again(
    client: NorthboundClient, cloud: Cloud, clock: StoppedClock
) -> None:
    cloud.answer("getDevList", Answer(status=429), Answer(status=429), data([]))
    for seconds in (60, 120):
        with pytest.raises(FlowControlError):
            await client.get_devices(["NE=1"])
        clock.tick(seconds)

    assert await client.get_devices(["NE=1"]) == ()
    assert client.ledger.snapshot()["closed"] == {}
