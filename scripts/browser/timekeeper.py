"""Lets the browser's journey move time: of the plant, of the cloud, and of Home Assistant."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

from aiohttp import web

from ..demonstration.home import Home
from ..demonstration.programs import Program
from ..demonstration.sign_in import DOMAIN
from ..demonstration.simulated_cloud import SimulatedCloud

# Home Assistant hangs up on who does not listen for a minute.
SECONDS_BETWEEN_TALKS = 15


class Timekeeper:
    """Answers POST /later, with `seconds` in its JSON."""

    def __init__(self, home: Home, program: Program, cloud: SimulatedCloud) -> None:
        """Move the clocks of a simulator and of a Home Assistant that runs by its own."""
        self._home = home
        self._program = program
        self._cloud = cloud
        self._talking = asyncio.Lock()

    async def stay_connected(self) -> None:
        """Talk to Home Assistant now and then, until cancelled."""
        while True:
            await asyncio.sleep(SECONDS_BETWEEN_TALKS)
            async with self._talking:
                await self._home.command("get_config")

    async def later(self, request: web.Request) -> web.Response:
        """Set all clocks forward, and have everything read anew as it is then."""
        step = timedelta(seconds=(await request.json())["seconds"])
        then = await self._home.now() + step
        # Both at once: a poll between the two would see a day's energy in a second.
        self._home.set_clock_forward(self._program, step)
        await self._cloud.step(step)
        await self._home.wait_for_clock(then)
        async with self._talking:
            await self._home.command(
                "call_service",
                domain="homeassistant",
                service="update_entity",
                service_data={"entity_id": await self._entity_ids()},
            )
        return web.json_response({"now": (await self._home.now()).isoformat()})

    async def _entity_ids(self) -> list[str]:
        return [
            entity["entity_id"]
            for entity in await self._home.command("config/entity_registry/list")
            if entity["platform"] == DOMAIN and entity["disabled_by"] is None
        ]


@asynccontextmanager
async def served(timekeeper: Timekeeper, port: int) -> AsyncGenerator[str]:
    """Serve a timekeeper on this machine; gives its address."""
    app = web.Application()
    app.router.add_post("/later", timekeeper.later)
    runner = web.AppRunner(app)
    await runner.setup()
    connection = asyncio.create_task(timekeeper.stay_connected())
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        yield f"http://127.0.0.1:{port}"
    finally:
        connection.cancel()
        with suppress(asyncio.CancelledError):
            await connection
        await runner.cleanup()
