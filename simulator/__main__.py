"""Command line: python -m simulator."""

import argparse
import asyncio
from contextlib import suppress
from datetime import UTC, datetime

from .plants.catalogue import NAMES
from .simulator import Simulator


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def arguments(words: list[str] | None = None) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m simulator",
        description="A SmartPVMS Northbound API to run against.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=8765, help="0 for a free one")
    parser.add_argument(
        "--plant", default="home", help=f"comma separated list of: {NAMES}"
    )
    parser.add_argument(
        "--speed", type=float, default=1.0, help="plant seconds in a real second"
    )
    parser.add_argument(
        "--start", type=_instant, help="ISO time, UTC if without offset; default now"
    )
    parser.add_argument("--seed", type=int, default=1, help="another weather")
    parser.add_argument(
        "--redirect", action="append", default=[], help="a further callback URL"
    )
    parser.add_argument(
        "--alarms", action="store_true", help="let alarms come and go by themselves"
    )
    return parser.parse_args(words)


async def run(options: argparse.Namespace) -> None:
    """Serve until cancelled."""
    simulator = Simulator(
        plant=options.plant,
        start=options.start,
        speed=options.speed,
        seed=options.seed,
    )
    simulator.alarms.spontaneous(options.alarms)
    for client in simulator.oauth.clients.values():
        client.redirect_uris |= set(options.redirect)
    async with simulator.serve(port=options.port, host=options.host) as server:
        names = ", ".join(plant.name for plant in simulator.plants)
        print(f"SmartPVMS simulator with {names} at {server.url}", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(run(arguments()))
