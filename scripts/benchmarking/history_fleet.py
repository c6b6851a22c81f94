"""The years before of many plants: how long recorder and event loop are held."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import MAJOR_VERSION, MINOR_VERSION
from homeassistant.core import HomeAssistant

from custom_components.smartpvms.history.history import History
from custom_components.smartpvms.history.quantities import Quantity
from custom_components.smartpvms.history.shelf import statistic_id
from scripts.demonstration.programs import free_port

from .cloud import CloudProgram
from .fleet import START
from .history_recorder import IMPORT, RecorderWatch
from .history_truth import async_rows
from .home import async_add, async_boot, async_start, oauth_entry, temporary_folder
from .timeline import run
from .world import World

PLANTS = 100
HOURS = 8
"""Simulated: a call for a month of all plants takes its turn three times an hour."""
_SETTLING = 900


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryFleetResult:
    """What the history of a fleet holds, in seconds.

    `block` is the longest of the event loop, `held` the longest of the recorder's
    thread by one of the history's jobs: what the thread worked, and by the clock on the
    wall. `without` is the same loop in the same hours with the history switched off.
    """

    home_assistant: str
    plants: int
    hours: int
    rows: int
    jobs: int
    block: float
    block_without: float
    held: float
    held_on_wall: float
    held_by_others: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hours:
    block: float
    rows: int


def run_history_fleet(plants: int = PLANTS, hours: int = HOURS) -> HistoryFleetResult:
    """Measure some hours of a fleet whose history comes in, and the same without."""
    with_history, recorder = _live(plants, hours, with_history=True)
    without, _ = _live(plants, hours, with_history=False)
    others = [held for kind, held in recorder.cpu.items() if kind != IMPORT]
    return HistoryFleetResult(
        home_assistant=f"{MAJOR_VERSION}.{MINOR_VERSION}",
        plants=plants,
        hours=hours,
        rows=with_history.rows,
        jobs=recorder.jobs.get(IMPORT, 0),
        block=round(with_history.block, 4),
        block_without=round(without.block, 4),
        held=round(recorder.cpu.get(IMPORT, 0.0), 4),
        held_on_wall=round(recorder.wall.get(IMPORT, 0.0), 4),
        held_by_others=round(max(others, default=0.0), 4),
    )


def _live(
    plants: int, hours: int, *, with_history: bool
) -> tuple[_Hours, RecorderWatch]:
    recorder = RecorderWatch()
    with (
        CloudProgram.running(f"fleet:{plants}", START) as cloud,
        temporary_folder() as folder,
    ):
        world = World(cloud, START)
        with world.living(), recorder.followed(world.timeline):
            return (
                run(
                    world.timeline,
                    lambda: _async_live(world, folder, recorder, hours, with_history),
                ),
                recorder,
            )


async def _async_live(
    world: World, folder: Path, recorder: RecorderWatch, hours: int, with_history: bool
) -> _Hours:
    hass = await async_boot(folder, free_port())
    await recorder.async_begin(hass, folder)
    await async_start(hass)
    cloud, load = world.cloud, world.timeline.load
    entry = oauth_entry(
        cloud.url,
        cloud.plants(),
        cloud.grant(),
        world.timeline.now,
        history=with_history,
    )
    await async_add(hass, entry)
    await asyncio.sleep(_SETTLING)
    load.begin()
    await asyncio.sleep(timedelta(hours=hours).total_seconds())
    block = load.longest_cpu
    rows = await _async_rows_of(hass, entry) if with_history else 0
    await recorder.async_end(hass)
    return _Hours(block=block, rows=rows)


async def _async_rows_of(hass: HomeAssistant, entry: ConfigEntry) -> int:
    """Return how many rows are recorded of all plants."""
    assert isinstance(entry.runtime_data.history, History)
    found = [
        await async_rows(hass, statistic_id(code, quantity))
        for code in entry.runtime_data.plants.data
        for quantity in Quantity
    ]
    return sum(map(len, found))
