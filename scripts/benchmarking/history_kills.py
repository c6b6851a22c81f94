"""The years before, with Home Assistant killed again and again while they come in."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
import os
from pathlib import Path
from random import Random
import signal
from threading import Timer
from zoneinfo import ZoneInfo

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant

from custom_components.smartpvms.const import DOMAIN
from custom_components.smartpvms.history.quantities import Quantity
from custom_components.smartpvms.history.shelf import statistic_id
from scripts.demonstration.programs import free_port

from .cloud import BenchmarkError, CloudProgram
from .fleet import START
from .history_recorder import IMPORT, RecorderWatch
from .history_truth import Rows, async_rows
from .home import (
    async_add,
    async_boot,
    async_start,
    oauth_entry,
    temporary_folder,
)
from .lives import in_child
from .timeline import run
from .world import World

KILLS = 50
_PLANT = "home"
_BY_THE_HOUR = timedelta(days=6)
_LOOK = 30
_MOST_JOBS = 8
_LONGEST_DELAY = 0.02
"""Seconds: a job of the history takes some hundredths."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryKillsResult:
    """What is recorded after kills, compared with what is recorded without any."""

    kills: int
    rows: int
    different: int
    """Rows of any quantity that are not the same, or are not in both."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _End:
    """When a life ends: so many seconds after its n-th job of the history began."""

    job: int
    delay: float


type Recorded = dict[str, Rows]


def run_history_kills(kills: int = KILLS) -> HistoryKillsResult:
    """Bring the history in once with kills, once without, and compare."""
    random = Random("kills")
    ends = [
        _End(job=random.randint(1, _MOST_JOBS), delay=random.uniform(0, _LONGEST_DELAY))
        for _ in range(kills)
    ]
    killed, lives = _recorded([*ends, None])
    whole, _ = _recorded([None])
    different = sum(
        killed[name].get(hour) != whole[name].get(hour)
        for name in whole
        for hour in killed[name].keys() | whole[name].keys()
    )
    return HistoryKillsResult(
        kills=lives - 1,
        rows=sum(map(len, whole.values())),
        different=different,
    )


def _recorded(ends: Sequence[_End | None]) -> tuple[Recorded, int]:
    """Return what is recorded in the end, and how many lives that took."""
    with CloudProgram.running(_PLANT, START) as cloud, temporary_folder() as folder:
        place = _Place(cloud=cloud, folder=folder, port=free_port())
        for lives, end in enumerate(ends, 1):
            recorded = in_child(partial(_live, place, end))
            if recorded is not None:
                return recorded, lives
    raise BenchmarkError("The history did not come to an end.")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where one Home Assistant after the other lives."""

    cloud: CloudProgram
    folder: Path
    port: int


def _live(place: _Place, end: _End | None) -> Recorded:
    now = datetime.fromisoformat(place.cloud.get("state")["now"])
    world, recorder = World(place.cloud, now), RecorderWatch()
    if end is not None:
        recorder.before.append(partial(_die_at, end, recorder))
    with world.living(), recorder.followed(world.timeline):
        return run(world.timeline, lambda: _async_live(world, place, recorder))


def _die_at(end: _End, recorder: RecorderWatch, kind: str) -> None:
    """Have this process killed while the recorder is at the job, or soon after."""
    if kind == IMPORT and recorder.jobs.get(IMPORT, 0) + 1 == end.job:
        Timer(end.delay, os.kill, (os.getpid(), signal.SIGKILL)).start()


async def _async_live(world: World, place: _Place, recorder: RecorderWatch) -> Recorded:
    """Let the history come in until it is as far as is compared."""
    hass = await async_boot(place.folder, place.port)
    await recorder.async_begin(hass, place.folder)
    await async_start(hass)
    entries = hass.config_entries.async_entries(DOMAIN)
    entry = entries[0] if entries else await _async_added(hass, world)
    (plant,) = world.cloud.plants()
    zone = ZoneInfo(plant.time_zone)
    today = START.astimezone(zone).date()
    progress = entry.runtime_data.history.memory.of(plant.code)
    while progress.refined is None or progress.refined > today - _BY_THE_HOUR:
        await asyncio.sleep(_LOOK)
    names = [statistic_id(plant.code, quantity) for quantity in Quantity]
    recorded = {
        name: {
            hour: row
            for hour, row in (await async_rows(hass, name)).items()
            if hour.astimezone(zone).date() < today
        }
        for name in names
    }
    await recorder.async_end(hass)
    return recorded


async def _async_added(hass: HomeAssistant, world: World) -> ConfigEntry:
    cloud = world.cloud
    entry = oauth_entry(cloud.url, cloud.plants(), cloud.grant(), world.timeline.now)
    await async_add(hass, entry)
    return entry
