"""How long set-up and polls of many plants take, and how long they block Home Assistant.

A real Home Assistant with a simulated fleet, measured from inside by the component
`loop_monitor`. Nothing leaves this machine.
"""

import argparse
import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
import sys
from typing import Any

import aiohttp

from scripts.demonstration.errors import DemonstrationError
from scripts.demonstration.home import FOLDER, Home, make_folder
from scripts.demonstration.programs import free_port
from scripts.demonstration.sign_in import DOMAIN
from scripts.demonstration.simulated_cloud import SimulatedCloud, start_of_demonstration
from scripts.demonstration.stage import (
    Progress,
    add_integration,
    home_assistant,
    simulator,
)

MONITOR = Path(__file__).with_name("loop_monitor")
STEP = timedelta(minutes=10)
HEAD = (
    "",
    *("devices", "entities", "enabled"),
    *("seconds", "longest block", "changed", "unchanged"),
)


class Measuring:
    """Lets a home do things, and keeps what its monitor says."""

    def __init__(self, home: Home, cloud: SimulatedCloud) -> None:
        """Measure a home that the integration is not added to yet."""
        self._home = home
        self._cloud = cloud
        self.results: dict[str, dict[str, Any]] = {}

    @asynccontextmanager
    async def measured(self, what: str, *, loads: bool = False) -> AsyncGenerator[None]:
        """Measure what happens in the context; `loads` if the integration is set up."""
        await self._call("begin")
        yield
        self.results[what] = await self._call("end", loads=loads)

    async def reload(self) -> None:
        """Load the integration anew."""
        entry_id = await self._entry_id()
        await self._home.config_entries(f"entry/{entry_id}/reload", {})

    async def show(self, detail: str) -> None:
        """Choose how much is shown, which loads the integration anew."""
        flow = await self._home.config_entries(
            "options/flow", {"handler": await self._entry_id()}
        )
        path = f"options/flow/{flow['flow_id']}"
        await self._home.config_entries(path, {"next_step_id": "detail"})
        await self._home.config_entries(path, {"detail": detail})

    async def poll(self) -> None:
        """Let all be read anew ten minutes later on the plants."""
        await self._cloud.step(STEP)
        await self._call("poll")

    async def _entry_id(self) -> str:
        (entry,) = await self._home.command("config_entries/get", domain=DOMAIN)
        entry_id: str = entry["entry_id"]
        return entry_id

    async def _call(self, service: str, **data: Any) -> dict[str, Any]:
        result = await self._home.command(
            "call_service",
            domain=MONITOR.name,
            service=service,
            service_data=data,
            return_response=service == "end",
        )
        response: dict[str, Any] = result.get("response") or {}
        return response


async def measure(plants: str) -> dict[str, dict[str, Any]]:
    """Return what was measured of each step."""
    show = Progress()
    port = free_port()
    start = start_of_demonstration()
    make_folder(FOLDER / "config", port, further=MONITOR)
    async with (
        aiohttp.ClientSession() as session,
        simulator(session, plants, start=start, speed=0) as (_, cloud),
        home_assistant(session, port, None, show) as (_, home),
    ):
        measuring = Measuring(home, cloud)
        async with measuring.measured("totals: first set-up"):
            await add_integration(home, cloud, show)
        for detail in ("totals", "devices", "everything"):
            show(detail)
            if detail != "totals":
                async with measuring.measured(f"{detail}: first set-up", loads=True):
                    await measuring.show(detail)
            async with measuring.measured(f"{detail}: loaded again", loads=True):
                await measuring.reload()
            async with measuring.measured(f"{detail}: a poll"):
                await measuring.poll()
        return measuring.results


def table(results: dict[str, dict[str, Any]]) -> str:
    """Return a line for each step."""
    lines = [
        HEAD,
        *(
            (
                what,
                *(str(each[key]) for key in ("devices", "entities", "enabled")),
                "-" if each["seconds"] is None else f"{each['seconds']:.2f}",
                f"{each['longest_block']:.3f} s",
                *(str(each[key]) for key in ("changed", "unchanged")),
            )
            for what, each in results.items()
        ),
    ]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            [
                line[0].ljust(widths[0]),
                *map(str.rjust, line[1:], widths[1:], strict=True),
            ]
        ).rstrip()
        for line in lines
    )


def causes(results: dict[str, dict[str, Any]]) -> str:
    """Return which lines of the integration the loop was in while it was blocked."""
    return "\n".join(
        f"\n{what}\n"
        + "\n".join(f"  {share:5.0%}  {line}" for line, share in each["in_blocks"])
        for what, each in results.items()
        if each["in_blocks"]
    )


def main() -> int:
    """Measure and print; return the exit code."""
    parser = argparse.ArgumentParser(prog="scripts/measure", description=__doc__)
    parser.add_argument("--plant", default="fleet:150", help="default: %(default)s")
    parser.add_argument(
        "--causes", action="store_true", help="say where the loop was while blocked"
    )
    options = parser.parse_args()
    try:
        results = asyncio.run(measure(options.plant))
    except DemonstrationError as problem:
        print(f"\n{problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt, asyncio.CancelledError:
        return 130
    print(f"\n{table(results)}")
    if options.causes:
        print(causes(results))
    return 0


if __name__ == "__main__":
    sys.exit(main())
