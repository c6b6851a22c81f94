"""A real Home Assistant with the integration and a simulated plant in it."""

import argparse
import asyncio
from datetime import datetime, timedelta
import sys

import aiohttp

from .check import Check
from .comparison import report
from .ending import run_to_exit_code
from .errors import DemonstrationError
from .examples import show_example
from .home import FOLDER, PASSWORD, USER, Home, make_folder
from .programs import Program, free_port
from .simulated_cloud import SimulatedCloud, start_of_check, start_of_demonstration
from .stage import Progress, add_integration, home_assistant, simulator

# In the evening the battery gives back what it took in the morning. By then the
# access token has expired, too.
REFRESHES = (timedelta(minutes=10), timedelta(minutes=10), timedelta(hours=10))
# What an EMMA measures, and which sign a power has, is learned from counters that move.
REFRESHES_TO_LEARN = (*REFRESHES[:2], *[timedelta(hours=2)] * 5)
HAVE_TO_LEARN = {"all_in_one", "emma", "ess"}
# By then all is refreshed, so that the first statistics contain every sensor.
TIME_TO_REFRESH = timedelta(seconds=50)
TIME_TO_LEARN = timedelta(seconds=110)
# One time zone is told for all plants of a fleet: within this time the day ends in none.
REFRESHES_OF_FLEET = (*REFRESHES[:2], timedelta(hours=2))


def arguments() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(prog="scripts/demo", description=__doc__)
    parser.add_argument(
        "--check",
        action="store_true",
        help="compare every sensor with the simulated plant, then end;"
        " exit code 0 only if all agree",
    )
    parser.add_argument(
        "--break",
        dest="distortion",
        metavar="NAME",
        help="let the simulated cloud lie, for example inverter_power_times_1000;"
        " --check has to notice it",
    )
    parser.add_argument(
        "--plant",
        default="home",
        metavar="NAME",
        help="the simulated plant (%(default)s), several with commas, or fleet:150",
    )
    parser.add_argument(
        "--speed",
        type=float,
        default=1,
        metavar="N",
        help="how many times faster the simulated day passes (%(default)s)",
    )
    parser.add_argument(
        "--port", type=int, default=0, help="the port of Home Assistant (a free one)"
    )
    return parser.parse_args()


def refreshes_of(plants: str) -> tuple[timedelta, ...]:
    """Return by how much time goes on before each comparison."""
    if "fleet" in plants:
        return REFRESHES_OF_FLEET
    return REFRESHES_TO_LEARN if HAVE_TO_LEARN & {*plants.split(",")} else REFRESHES


def start_of(options: argparse.Namespace) -> datetime | None:
    """Return when the clock of Home Assistant begins; None for the true time."""
    if not options.check:
        return None
    learns = refreshes_of(options.plant) is REFRESHES_TO_LEARN
    return start_of_check(TIME_TO_LEARN if learns else TIME_TO_REFRESH)


async def check(
    comparison: Check,
    cloud: SimulatedCloud,
    options: argparse.Namespace,
    show: Progress,
) -> bool:
    """Refresh, compare and print; return whether all sensors agree each time.

    With a distortion they must not: one that all agree under is a failure too.
    """
    distortion: str | None = options.distortion
    refreshes = refreshes_of(options.plant)
    await comparison.wait_until_known()
    if distortion is not None:
        await cloud.distort(distortion)
        show(f"The simulated cloud lies: {distortion}")
    agreed = True
    for number, step in enumerate(refreshes, 1):
        sensors = await comparison.sensors()
        show(f"Refresh {number} of {len(refreshes)}, {step} later on the plant")
        await comparison.refresh(step)
        rows = await comparison.rows(sensors)
        wrong = sum(not row.agrees for row in rows)
        print(f"\n{report(rows)}\n")
        show(f"{len(rows) - wrong} sensors agree with the simulator, {wrong} do not")
        agreed = agreed and bool(sensors) and not wrong
    sources = await comparison.sources(learned=refreshes is REFRESHES_TO_LEARN)
    print(f"\n{report(sources)}\n")
    agreed = agreed and all(row.agrees for row in sources)
    if agreed and distortion is not None:
        show(f"{distortion} moves no value that is shown: this check cannot notice it")
        return False
    return agreed


async def stay(
    home: Home, cloud: SimulatedCloud, dashboard: str, programs: list[Program]
) -> None:
    """Print where to look, and wait until a program ends or Ctrl-C."""
    print(
        f"\n  Home Assistant  {home.url}  user {USER}, password {PASSWORD}"
        f"\n  Dashboard       {dashboard}"
        f"\n  Simulator       {cloud.url}/_simulator/state"
        f"\n  Logs            {FOLDER}"
        "\n\n  Ctrl-C ends it.\n",
        flush=True,
    )
    ends = [asyncio.create_task(program.process.wait()) for program in programs]
    try:
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for end in ends:
            end.cancel()
    for program in programs:
        program.check()


async def demonstrate(options: argparse.Namespace) -> bool:
    """Do everything; return False if a comparison failed."""
    show = Progress()
    port = free_port(options.port)
    start = start_of(options)
    make_folder(FOLDER / "config", port)
    async with aiohttp.ClientSession() as session:
        show(f"Starting the simulator with the plant {options.plant}")
        async with simulator(
            session,
            options.plant,
            start=start or start_of_demonstration(),
            speed=0 if options.check else options.speed,
        ) as (cloud_program, cloud):
            known = await cloud.distortions()
            if options.distortion not in {None, *known}:
                raise DemonstrationError(
                    f"The simulator knows no {options.distortion}, only:\n"
                    + "\n".join(f"  {name}: {text}" for name, text in known.items())
                )
            if options.check:
                await cloud.raise_alarms()
            show("Starting Home Assistant")
            async with home_assistant(session, port, start, show) as (
                home_program,
                home,
            ):
                await add_integration(home, cloud, show)
                if options.check:
                    comparison = Check(home, home_program, cloud)
                    return await check(comparison, cloud, options, show)
                if options.distortion is not None:
                    await cloud.distort(options.distortion)
                dashboard = await show_example(home, await cloud.plant_codes())
                await stay(home, cloud, dashboard, [cloud_program, home_program])
    return True


if __name__ == "__main__":
    sys.exit(run_to_exit_code(demonstrate(arguments()), FOLDER))
