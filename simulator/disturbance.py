"""Faults that strike before a request is looked at."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
import json
from typing import TYPE_CHECKING

from aiohttp import web

from .endpoints.table import interface_of
from .journal import RequestRecord, masked
from .oauth_pages import OAUTH_ROOT

if TYPE_CHECKING:
    from .answers import Answer
    from .simulator import Simulator

type Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_OWN_PATHS = "/_simulator/"
_ONE_HOUR = 3600
_TOO_LONG = 4096
_MANY_MEGABYTES = 50
_OK = 200
CUT = 0
"""The status under which a request without an answer is recorded."""


class Disturbance:
    """Answers canned answers, hangs and cuts connections."""

    def __init__(self, simulator: Simulator) -> None:
        """Disturb a simulator."""
        self._simulator = simulator
        self._released = asyncio.Event()

    async def release(self, _: web.Application) -> None:
        """Let every hanging request go, so that the server can stop."""
        self._released.set()

    async def handle(
        self, request: web.Request, handler: Handler
    ) -> web.StreamResponse:
        """Answer in place of the handler where a switch says so."""
        if request.path.startswith(_OWN_PATHS):
            return await handler(request)
        interface = interface_of(request.path).removeprefix(f"{OAUTH_ROOT}/")
        faults = self._simulator.faults
        hanging = faults.take("hang", interface)
        if hanging is not None:
            await self._record(request, CUT)
            await self._hang(request, hanging.get("seconds"))
            if request.transport is None or request.transport.is_closing():
                # nobody waits any more, and what was asked for is not done either
                return web.Response()
        cut = faults.take("connection_cut", interface)
        if cut is not None:
            await self._record(request, CUT)
            return await _cut(request, half=bool(cut.get("half")))
        huge = faults.take("huge_body", interface)
        if huge is not None:
            await self._record(request, _OK)
            return await _huge(request, huge.get("megabytes"))
        slow = faults.take("slow_body", interface)
        canned = faults.canned(interface)
        if canned is not None:
            await self._record(request, canned.status, canned)
            return response(canned)
        try:
            answer = await handler(request)
        except web.HTTPClientError as unknown_path:
            await self._record(request, unknown_path.status)
            raise
        if slow is not None and isinstance(answer, web.Response):
            return await self._slow(request, answer, slow.get("seconds"))
        return answer

    async def _hang(self, request: web.Request, seconds: object) -> None:
        timeout = seconds if isinstance(seconds, int | float) else _ONE_HOUR
        self._simulator.held.append(request)
        try:
            await asyncio.wait_for(self._released.wait(), timeout)
        except TimeoutError:
            return
        finally:
            self._simulator.held.remove(request)

    async def _slow(
        self, request: web.Request, whole: web.Response, seconds: object
    ) -> web.StreamResponse:
        """Send half of an answer, wait, and send the rest."""
        body = (whole.text or "").encode()
        answer = web.StreamResponse(
            status=whole.status, headers={"Content-Type": whole.content_type}
        )
        answer.content_length = len(body)
        await answer.prepare(request)
        await answer.write(body[: len(body) // 2])
        await self._hang(request, seconds)
        with suppress(ConnectionError):
            await answer.write(body[len(body) // 2 :])
        return answer

    async def _record(
        self, request: web.Request, status: int, answer: Answer | None = None
    ) -> None:
        text = await request.text()
        try:
            body = json.loads(text)
        except ValueError:
            body = {name: str(value) for name, value in (await request.post()).items()}
        interface = interface_of(request.path).removeprefix(f"{OAUTH_ROOT}/")
        self._simulator.requests.append(
            RequestRecord(
                at=self._simulator.clock.now(),
                method=request.method,
                path=request.path,
                body=masked(body),
                status=status,
                fail_code=None if answer is None else answer.fail_code,
                interface=interface,
                access=None,
            )
        )


async def _huge(request: web.Request, megabytes: object) -> web.StreamResponse:
    """Send JSON of this size, as far as the other side takes it."""
    size = megabytes if isinstance(megabytes, int) else _MANY_MEGABYTES
    answer = web.StreamResponse(headers={"Content-Type": "application/json"})
    await answer.prepare(request)
    await answer.write(b'{"success": true, "data": "')
    with suppress(ConnectionError):
        for _ in range(size):
            await answer.write(b"x" * 1024 * 1024)
        await answer.write(b'"}')
    return answer


async def _cut(request: web.Request, *, half: bool) -> web.StreamResponse:
    """Close the connection without an answer, or after half of one."""
    answer = web.StreamResponse(headers={"Content-Type": "application/json"})
    answer.content_length = _TOO_LONG
    if half:
        await answer.prepare(request)
        await answer.write(b'{"success": true, "data": [')
    if request.transport is not None:
        request.transport.abort()
    return answer


def response(answer: Answer) -> web.Response:
    """Return the HTTP response for an answer."""
    text = answer.body if isinstance(answer.body, str) else json.dumps(answer.body)
    return web.Response(
        text=text,
        status=answer.status,
        headers=answer.headers,
        content_type=answer.content_type,
    )
