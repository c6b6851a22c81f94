"""What Home Assistant would have recorded this morning, had it run: for the pictures."""

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
import sqlite3
from typing import Any, Final

import aiohttp

from ..demonstration.home import Home
from ..demonstration.simulated_cloud import SimulatedCloud

HOUR: Final = timedelta(hours=1)
STEP: Final = timedelta(minutes=5)
# The simulator's quantities, by the sensors that show them.
COUNTERS: Final = {
    "sensor.home_berlin_solar_energy": "yield_total",
    "sensor.home_berlin_grid_import_energy": "import_total",
    "sensor.home_berlin_grid_export_energy": "export_total",
    "sensor.home_berlin_battery_charged_energy": "charged_total",
    "sensor.home_berlin_battery_discharged_energy": "discharged_total",
}
POWERS: Final = {
    "sensor.home_berlin_pv_power": "pv_power",
    "sensor.home_berlin_grid_power": "grid_power",
    "sensor.home_berlin_battery_power": "battery_power",
}

type Quantities = Mapping[str, float]
type Morning = list[tuple[datetime, Quantities]]


async def live_until(
    end: datetime, session: aiohttp.ClientSession, cloud: SimulatedCloud
) -> Morning:
    """Let a simulator that begins at midnight live until a moment of its day.

    Returns the quantities of its one plant every five minutes.
    """
    moment = end.replace(hour=0, minute=0)
    seen = []
    while moment < end:
        async with session.get(f"{cloud.url}/_simulator/truth") as response:
            (plant,) = (await response.json()).values()
        seen.append((moment, plant["now"]))
        step = min(STEP, end - moment)
        await cloud.step(step)
        moment += step
    return seen


async def remember(home: Home, seen: Morning, database: Path) -> None:
    """Give Home Assistant the morning as statistics of the sensors that are to come."""
    hours = [(at, quantities) for at, quantities in seen if not at.minute]
    first = seen[0][1]
    for sensor, counter in COUNTERS.items():
        await _import(
            home,
            sensor,
            {"has_sum": True, "mean_type": 0},
            ("energy", "kWh"),
            (
                {
                    "start": (at - HOUR).isoformat(),
                    "state": counts[counter],
                    "sum": counts[counter] - first[counter],
                }
                for at, counts in hours
            ),
        )
    for sensor, power in POWERS.items():
        await _import(
            home,
            sensor,
            {"has_sum": False, "mean_type": 1},
            ("power", "W"),
            (
                {"start": at.isoformat(), "mean": powers[power]}
                for at, powers in hours[:-1]
            ),
        )
    await _wait_for_statistics(home)
    _write_fine(database, seen)


async def _import(
    home: Home,
    sensor: str,
    kind: Mapping[str, bool | int],
    unit: tuple[str, str],
    statistics: Iterable[Mapping[str, Any]],
) -> None:
    unit_class, unit_of_measurement = unit
    await home.command(
        "recorder/import_statistics",
        metadata={
            **kind,
            "name": None,
            "source": "recorder",
            "statistic_id": sensor,
            "unit_class": unit_class,
            "unit_of_measurement": unit_of_measurement,
        },
        stats=list(statistics),
    )


async def _wait_for_statistics(home: Home) -> None:
    """Wait until the recorder has all of them, which it writes by and by."""
    async with asyncio.timeout(60):
        while len(
            await home.command(
                "recorder/get_statistics_metadata", statistic_ids=list(POWERS)
            )
        ) < len(POWERS):
            await asyncio.sleep(0.1)


def _write_fine(database: Path, seen: Morning) -> None:
    """Write the statistics of five minutes, which Home Assistant lets nobody import."""
    rows = [
        (at.timestamp(), at.timestamp(), powers[power], sensor)
        for sensor, power in POWERS.items()
        for at, powers in seen
    ]
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.executemany(
            "INSERT INTO statistics_short_term (created_ts, start_ts, mean, metadata_id)"
            " SELECT ?, ?, ?, id FROM statistics_meta WHERE statistic_id = ?",
            rows,
        )
