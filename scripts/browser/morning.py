"""What Home Assistant would have counted this morning, had it run: for the pictures."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

import aiohttp

from ..demonstration.home import Home
from ..demonstration.simulated_cloud import SimulatedCloud

HOUR: Final = timedelta(hours=1)
# The simulator's quantities, by the sensors that show them.
COUNTERS: Final = {
    "sensor.home_berlin_solar_energy": "yield_total",
    "sensor.home_berlin_grid_import_energy": "import_total",
    "sensor.home_berlin_grid_export_energy": "export_total",
    "sensor.home_berlin_battery_charged_energy": "charged_total",
    "sensor.home_berlin_battery_discharged_energy": "discharged_total",
}

type Counts = Mapping[str, float]


async def live_until(
    end: datetime, session: aiohttp.ClientSession, cloud: SimulatedCloud
) -> list[tuple[datetime, Counts]]:
    """Let a simulator that begins at midnight live until a moment of its day.

    Returns what its one plant's counters show at each full hour.
    """
    moment = end.replace(hour=0, minute=0)
    seen = []
    while moment <= end:
        async with session.get(f"{cloud.url}/_simulator/truth") as response:
            (plant,) = (await response.json()).values()
        seen.append((moment, plant["now"]))
        step = min(HOUR, end - moment)
        if not step:
            break
        await cloud.step(step)
        moment += step
    return [(at, counts) for at, counts in seen if not at.minute]


async def remember(home: Home, seen: list[tuple[datetime, Counts]]) -> None:
    """Give Home Assistant the hours as statistics of the sensors that are to come."""
    first = seen[0][1]
    for sensor, counter in COUNTERS.items():
        await home.command(
            "recorder/import_statistics",
            metadata={
                "has_sum": True,
                "mean_type": 0,
                "name": None,
                "source": "recorder",
                "statistic_id": sensor,
                "unit_class": "energy",
                "unit_of_measurement": "kWh",
            },
            stats=[
                {
                    "start": (at - HOUR).isoformat(),
                    "state": counts[counter],
                    "sum": counts[counter] - first[counter],
                }
                for at, counts in seen
            ],
        )
