"""A cloud that says what a test tells it to, for what the simulator has no switch for."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from aiohttp import web

TOKEN: Final = "/rest/dp/uidm/oauth2/v1/token"
LOGIN: Final = "/thirdData/login"
PLANTS: Final = "/thirdData/stations"
OLD_PLANTS: Final = "/thirdData/getStationList"
DEVICES: Final = "/thirdData/getDevList"

type Body = dict[str, Any] | str


class Held:
    """A request that is answered when a test says so."""

    def __init__(self) -> None:
        self.arrived = asyncio.Event()
        self.released = asyncio.Event()


@dataclass(slots=True, kw_only=True)
class ScriptedCloud:
    """Answers by path: HTTP status and body; and what it was sent."""

    url: str = ""
    answers: dict[str, tuple[int, Body]] = field(default_factory=dict)
    sent: list[tuple[str, str]] = field(default_factory=list)
    bearers: list[str] = field(default_factory=list)
    first: dict[str, list[tuple[int, Body]]] = field(default_factory=dict)
    held: dict[str, Held] = field(default_factory=dict)

    def hold(self, path: str) -> Held:
        """Hold back the answer to the next request of this path."""
        self.held[path] = held = Held()
        return held

    def answers_in_turn(self, path: str, *answers: tuple[int, Body]) -> None:
        """Answer with each of these once, and with the last for ever."""
        *first, self.answers[path] = answers
        self.first[path] = first

    def count(self, path: str) -> int:
        """Return how often this path was asked for."""
        return [each for each, _ in self.sent].count(path)

    def list_plants(self, *rows: dict[str, Any]) -> None:
        """List these plants."""
        data = {"list": list(rows), "pageCount": 1, "pageNo": 1, "total": len(rows)}
        self.answers[PLANTS] = (200, envelope(data))

    def list_devices(self, *rows: dict[str, Any]) -> None:
        """List these devices."""
        self.answers[DEVICES] = (200, envelope(list(rows)))

    def refuse(self, path: str, code: int) -> None:
        """Answer with a failCode."""
        self.answers[path] = (200, failure(code))


def envelope(data: Any) -> dict[str, Any]:
    """Return a successful answer."""
    return {"success": True, "failCode": 0, "data": data, "params": {}, "message": None}


def failure(code: int) -> dict[str, Any]:
    """Return a refusal."""
    return {"success": False, "failCode": code, "data": None, "params": {}}


def plant_row(
    number: int, *, connected: str | None = None, name: str | None = None
) -> dict[str, Any]:
    """Return a row of the plant list."""
    return {
        "plantCode": f"NE={33554000 + number}",
        "plantName": name or f"Plant {number:02}",
        "capacity": 9.8,
        "gridConnectionDate": connected,
    }


def device_row(number: int, *, plant: int, serial: str | None) -> dict[str, Any]:
    """Return a row of the device list."""
    return {
        "id": number,
        "devDn": f"NE={44554000 + number}",
        "devName": f"Inverter {number}",
        "stationCode": f"NE={33554000 + plant}",
        "esnCode": serial,
        "devTypeId": 1,
    }


def tokens(**changes: Any) -> dict[str, Any]:
    """Return a token answer."""
    return {
        "access_token": "at-scripted",
        "refresh_token": "rt-scripted",
        "expires_in": 3600,
        "scope": "pvms.openapi.basic",
        "token_type": "Bearer",
    } | changes


@asynccontextmanager
async def scripted_cloud() -> AsyncGenerator[ScriptedCloud]:
    """Serve a cloud on loopback that accepts every sign-in and has no plant."""
    cloud = ScriptedCloud()
    cloud.answers = {LOGIN: (200, envelope(None)), TOKEN: (200, tokens())}
    cloud.list_plants()
    cloud.list_devices()

    async def answer(request: web.Request) -> web.Response:
        cloud.sent.append((request.path, await request.text()))
        cloud.bearers.append(request.headers.get("Authorization", ""))
        # what is answered is settled before the answer is held back
        first = cloud.first.get(request.path)
        answered = (
            first.pop(0)
            if first
            else cloud.answers.get(request.path, (404, "nothing here"))
        )
        held = cloud.held.get(request.path)
        if held and not held.arrived.is_set():
            held.arrived.set()
            await held.released.wait()
        status, body = answered
        headers = {"xsrf-token": "x-scripted"} if request.path == LOGIN else {}
        if isinstance(body, str):
            return web.Response(
                status=status, text=body, content_type="text/html", headers=headers
            )
        return web.json_response(body, status=status, headers=headers)

    application = web.Application()
    application.router.add_post("/{path:.*}", answer)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    cloud.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield cloud
    finally:
        for held in cloud.held.values():
            held.released.set()
        await runner.cleanup()
