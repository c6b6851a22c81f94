"""A user's journey in a real browser, from the sign-in to the removal of the entry."""

import argparse
import asyncio
from datetime import datetime
import os
from pathlib import Path
import shutil
import sys

import aiohttp

from ..demonstration.ending import run_to_exit_code
from ..demonstration.errors import DemonstrationError
from ..demonstration.home import PASSWORD, PROJECT, USER, make_folder
from ..demonstration.programs import free_port
from ..demonstration.sign_in import CALLBACK_PATH
from ..demonstration.simulated_cloud import (
    CLIENT_ID,
    CLIENT_SECRET,
    OWNER_NAME,
    OWNER_PASSWORD,
    TIME_ZONE,
)
from ..demonstration.stage import Progress, home_assistant, simulator
from .morning import live_until, remember
from .timekeeper import Timekeeper, served

FOLDER = PROJECT / ".cache" / "e2e"
JOURNEY = Path(__file__).with_name("journey.js")
# The same morning each time, so that the pictures show the same, and one at which the
# battery has room left. Before ten no value of a day would be believed.
START = datetime(2026, 3, 22, 10, 47, tzinfo=TIME_ZONE)
MOST_SECONDS = 540
OURS = "[custom_components.smartpvms"
LOUD = ("WARNING", "ERROR", "CRITICAL")
# The journey itself withdraws it.
EXPECTED = "The consent was withdrawn, given anew elsewhere, or has expired."


def arguments() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(prog="scripts/e2e", description=__doc__)
    parser.add_argument(
        "--screenshots",
        action="store_true",
        help="also take the pictures of docs/images anew",
    )
    return parser.parse_args()


def complaints(log: Path) -> list[str]:
    """Return the lines of a log of Home Assistant in which the integration complains."""
    return [
        line
        for line in log.read_text(errors="replace").splitlines()
        if OURS in line
        and EXPECTED not in line
        and any(f" {level} " in line for level in LOUD)
    ]


async def journey(environment: dict[str, str]) -> bool:
    """Drive the browser to the end; return whether all was as it should."""
    process = await asyncio.create_subprocess_exec(
        "node", JOURNEY, env={**os.environ, **environment}
    )
    try:
        async with asyncio.timeout(MOST_SECONDS):
            return await process.wait() == 0
    except TimeoutError:
        raise DemonstrationError(f"Not done after {MOST_SECONDS} s") from None
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


async def run(options: argparse.Namespace) -> bool:
    """Do everything; return whether all was as it should."""
    show = Progress()
    port = free_port()
    shutil.rmtree(FOLDER, ignore_errors=True)
    make_folder(FOLDER / "config", port)
    async with (
        aiohttp.ClientSession() as session,
        simulator(
            session,
            "home",
            start=START.replace(hour=0, minute=0) if options.screenshots else START,
            speed=1,
            folder=FOLDER,
        ) as (_, cloud),
        home_assistant(session, port, START, show, folder=FOLDER) as (program, home),
        served(Timekeeper(home, program, cloud), free_port()) as time_url,
    ):
        if options.screenshots:
            morning = await live_until(START, session, cloud)
            await remember(home, morning, FOLDER / "config" / "home-assistant_v2.db")
        await cloud.allow_redirect(f"{home.url}{CALLBACK_PATH}")
        show("Opening the browser")
        passed = await journey(
            {
                "HOME_URL": home.url,
                "HOME_USER": USER,
                "HOME_PASSWORD": PASSWORD,
                "CLOUD_URL": cloud.url,
                "CLIENT_ID": CLIENT_ID,
                "CLIENT_SECRET": CLIENT_SECRET,
                "OWNER": OWNER_NAME,
                "OWNER_PASSWORD": OWNER_PASSWORD,
                "TIME_URL": time_url,
                "TIME_ZONE": str(TIME_ZONE),
                "NOW": (await home.now()).isoformat(),
                "FAILURES": str(FOLDER / "failures"),
                "PICTURES": str(PROJECT / "docs" / "images")
                if options.screenshots
                else "",
            }
        )
    loud = complaints(FOLDER / "home-assistant.log")
    for line in loud:
        print(f"Home Assistant's log: {line}")
    show("All as it should" if passed and not loud else f"Failed; see {FOLDER}")
    return passed and not loud


if __name__ == "__main__":
    sys.exit(run_to_exit_code(run(arguments()), FOLDER))
