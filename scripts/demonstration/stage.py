"""What runs in a demonstration: the simulator, and a Home Assistant with the integration."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
import sys
import time

import aiohttp

from .home import FOLDER, PASSWORD, PROJECT, USER, Home, log_in, onboard
from .programs import Program, free_port, running
from .sign_in import CALLBACK_PATH, DOMAIN, SignIn
from .simulated_cloud import CLIENT_ID, CLIENT_SECRET, SimulatedCloud


class Progress:
    """Tells what is going on, and for how long already."""

    def __init__(self) -> None:
        """Begin now."""
        self._began = time.monotonic()

    def __call__(self, text: str) -> None:
        """Print one step."""
        print(f"[{time.monotonic() - self._began:5.1f} s] {text}", flush=True)


@asynccontextmanager
async def simulator(
    session: aiohttp.ClientSession,
    plant: str,
    *,
    start: datetime,
    speed: float,
    folder: Path = FOLDER,
) -> AsyncGenerator[tuple[Program, SimulatedCloud]]:
    """Run the simulator from `start` on, `speed` times as fast as real time.

    Its log is in `folder`.
    """
    port = free_port()
    command = [
        *(sys.executable, "-m", "simulator"),
        *("--port", str(port)),
        *("--plant", plant),
        *("--speed", str(speed)),
        *("--start", start.isoformat()),
    ]
    async with running(
        "The simulator",
        command,
        folder=PROJECT,
        log=folder / "simulator.log",
        environment={},
    ) as program:
        cloud = SimulatedCloud(session, f"http://127.0.0.1:{port}")
        await program.wait_until_answering(session, f"{cloud.url}/_simulator/state")
        yield program, cloud


def home_at(start: datetime) -> list[str | Path]:
    """Return what makes Python run Home Assistant by a clock of its own."""
    # Without the folder of the program, whose modules are no packages for everyone.
    return ["-P", Path(__file__).with_name("home_at.py"), start.isoformat()]


@asynccontextmanager
async def home_assistant(
    session: aiohttp.ClientSession,
    port: int,
    start: datetime | None,
    show: Progress,
    *,
    folder: Path = FOLDER,
) -> AsyncGenerator[tuple[Program, Home]]:
    """Run the Home Assistant made in `folder`, onboarded and logged in to.

    With a `start` it goes by a clock that begins then and can be set.
    """
    url = f"http://127.0.0.1:{port}"
    # Its own folder as the working directory: Python looks there first, and the
    # project has a custom_components too.
    configuration = folder / "config"
    async with running(
        "Home Assistant",
        [
            sys.executable,
            *(["-m", "homeassistant"] if start is None else home_at(start)),
            *("--config", configuration),
        ],
        folder=configuration,
        log=folder / "home-assistant.log",
        environment={},
    ) as program:
        await program.wait_until_answering(session, f"{url}/api/onboarding")
        show(f"Onboarding: user {USER}, password {PASSWORD}")
        token = (await onboard(session, url)).access_token
        async with log_in(session, url, token) as home:
            await home.wait_until_started()
            yield program, home


async def add_integration(home: Home, cloud: SimulatedCloud, show: Progress) -> None:
    """Create the application credentials and go through the config flow."""
    await cloud.allow_redirect(f"{home.url}{CALLBACK_PATH}")
    show("Adding the application credentials")
    await home.command(
        "application_credentials/create",
        domain=DOMAIN,
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        name="Simulator",
    )
    show("Adding the integration over OAuth")
    title = await SignIn(home, cloud.url, await cloud.time_zones(), show).run()
    show(f"Added: {title}")
