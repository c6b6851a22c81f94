"""How long set-up takes, and how many calls: cold, and after a restart."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
import time

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant

from custom_components.smartpvms.const import DOMAIN

from .cloud import CloudProgram
from .fleet import START
from .home import (
    OAUTH,
    api_account_entry,
    async_add,
    async_start,
    oauth_entry,
    temporary_folder,
)
from .lives import House
from .world import World

SCENES = ("home", "fleet:150", "owners:50")
_PAUSES = {
    "cold": timedelta(),
    "restart at once": timedelta(seconds=10),
    "restart after an hour": timedelta(hours=1),
}
_SETTLING = 60
"""Simulated seconds after set-up whose calls belong to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUpResult:
    """What one set-up of all entries took."""

    scene: str
    mode: str
    how: str
    entries: int
    loaded: int
    states: int
    seconds: float
    """By the clock on the wall, until all is set up."""
    cpu_seconds: float
    """Of the thread of the event loop."""
    longest_block: float
    longest_collection: float
    """Of Python's garbage collector, which is in no block."""
    simulated_seconds: float
    calls: int
    """Basic ones, from the beginning of set-up until a minute after its end."""


def run_set_up(scene: str, mode: str) -> list[SetUpResult]:
    """Set a scene up cold, and again after restarts."""
    name, _, count = scene.partition(":")
    plants = f"fleet:{count}" if name == "owners" else scene
    results = []
    with CloudProgram.running(plants, START) as cloud, temporary_folder() as folder:
        house = House(folder, cloud, START)
        for how, pause in _PAUSES.items():
            cloud.step(pause)
            house.now += pause

            async def set_up(
                hass: HomeAssistant, world: World, how: str = how
            ) -> SetUpResult:
                return await _async_set_up(hass, world, scene, mode, how)

            results.append(house.live(set_up))
    return results


def _entries(world: World, mode: str, *, single: bool) -> list[ConfigEntry]:
    """Return one entry for all plants, or one of an own owner for each."""
    cloud, now = world.cloud, world.timeline.now
    plants = cloud.plants()
    if single:
        return [
            oauth_entry(cloud.url, [plant], cloud.grant(cloud.owner_of(plant)), now)
            for plant in plants
        ]
    if mode == OAUTH:
        return [oauth_entry(cloud.url, plants, cloud.grant(), now)]
    return [api_account_entry(cloud.url, plants)]


async def _async_set_up(
    hass: HomeAssistant, world: World, scene: str, mode: str, how: str
) -> SetUpResult:
    timeline, load = world.timeline, world.timeline.load
    known = bool(hass.config_entries.async_entries(DOMAIN))
    added = [] if known else _entries(world, mode, single=scene.startswith("owners"))
    world.catch_up()
    begun, since = timeline.now, timeline.seconds
    load.begin()
    began = time.perf_counter()
    await async_start(hass)
    for entry in added:
        await async_add(hass, entry)
    await hass.async_block_till_done()
    seconds, simulated = time.perf_counter() - began, timeline.seconds - since
    await asyncio.sleep(0)
    cpu, block, collection = load.cpu, load.longest_cpu, load.longest_collection
    await asyncio.sleep(_SETTLING)
    entries = hass.config_entries.async_entries(DOMAIN)
    calls = [call for call in world.cloud.calls() if call.at >= begun]
    return SetUpResult(
        scene=scene,
        mode=mode,
        how=how,
        entries=len(entries),
        loaded=sum(entry.state is ConfigEntryState.LOADED for entry in entries),
        states=len(hass.states.async_all()),
        seconds=round(seconds, 2),
        cpu_seconds=round(cpu, 2),
        longest_block=round(block, 3),
        longest_collection=round(collection, 3),
        simulated_seconds=round(simulated, 1),
        calls=sum(call.counted_as == "basic" for call in calls),
    )
