"""A cloud that answers what a test tells it to, and a clock that stands still."""

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
import json
from pathlib import Path
from typing import Any, Final

from aiohttp import web
from aiohttp.test_utils import TestServer
from yarl import URL

PAYLOADS: Final = Path(__file__).parents[1] / "fixtures" / "payloads"


class StoppedClock:
    """A clock that only a test moves; epoch seconds."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def tick(self, seconds: float) -> None:
        self.now += seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the cloud answers: a body (bytes as they are), a status, headers.

    An answer that is `lost` is none: the connection ends instead.
    """

    body: Any = b""
    status: int = 200
    lost: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self) -> web.Response:
        body = self.body if isinstance(self.body, bytes) else json.dumps(self.body)
        content = body if isinstance(body, bytes) else body.encode()
        return web.Response(body=content, status=self.status, headers=self.headers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A request that came in."""

    interface: str
    path: str
    headers: Mapping[str, str]
    body: dict[str, Any]


type Reply = Answer | Callable[[Received], Answer]


def data(rows: object) -> Answer:
    """Answer with data in an envelope."""
    return Answer(body={"success": True, "failCode": 0, "data": rows})


def refusal(code: int) -> Answer:
    """Answer with a failCode."""
    return Answer(body={"success": False, "failCode": code, "data": None})


def recorded(file_name: str) -> Answer:
    """Answer as a recorded payload, which may name status and headers."""
    content = json.loads((PAYLOADS / f"{file_name}.json").read_text(encoding="utf-8"))
    if "body" not in content:
        return Answer(body=content)
    body = content["body"]
    return Answer(
        body=body.encode() if isinstance(body, str) else body,
        status=content["status"],
        headers=content.get("headers", {}),
    )


class Cloud:
    """Answers each interface, named by the end of its path, with what it was told.

    Of several answers each is given once, the last for ever. Log-ins hand out the tokens
    "token-1", "token-2" and so on, unless told otherwise.
    """

    def __init__(self) -> None:
        self.url = URL()
        self.requests: list[Received] = []
        self._replies: dict[str, list[Reply]] = {}
        self._logins = 0

    def answer(self, interface: str, *replies: Reply) -> None:
        self._replies[interface] = list(replies)

    def bodies(self, interface: str) -> list[dict[str, Any]]:
        """Return the bodies of the requests to one interface."""
        return [item.body for item in self.requests if item.interface == interface]

    def headers(self, interface: str) -> list[Mapping[str, str]]:
        """Return the headers of the requests to one interface."""
        return [item.headers for item in self.requests if item.interface == interface]

    async def _reply(self, request: web.Request) -> web.Response:
        received = Received(
            interface=request.path.rsplit("/", 1)[-1],
            path=request.path,
            headers=request.headers.copy(),
            body=await _content(request),
        )
        self.requests.append(received)
        if received.interface == "login" and "login" not in self._replies:
            self._logins += 1
            token = f"token-{self._logins}"
            return web.json_response(
                {"success": True, "failCode": 0, "data": None},
                headers={"xsrf-token": token, "Set-Cookie": f"XSRF-TOKEN={token}"},
            )
        replies = self._replies.get(received.interface, [data(None)])
        reply = replies.pop(0) if len(replies) > 1 else replies[0]
        answer = reply if isinstance(reply, Answer) else reply(received)
        if answer.lost and request.transport is not None:
            request.transport.close()
        return answer.response()

    @asynccontextmanager
    async def serve(self) -> AsyncGenerator[Cloud]:
        app = web.Application()
        app.router.add_post("/{path:.*}", self._reply)
        async with TestServer(app, host="127.0.0.1") as server:
            self.url = server.make_url("")
            yield self


async def _content(request: web.Request) -> dict[str, Any]:
    """Return the body of a request, JSON or a form."""
    if request.content_type == "application/json":
        content: dict[str, Any] = await request.json()
        return content
    return dict(await request.post())
