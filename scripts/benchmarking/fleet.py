"""A beat of many plants: what it costs Home Assistant, and what it could cost at least."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
import logging
from pathlib import Path
import resource
from statistics import mean
import time

from homeassistant.components.sensor import SensorDeviceClass, SensorEntity
from homeassistant.components.sensor.const import DOMAIN as SENSOR
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_STATE_CHANGED, EVENT_STATE_REPORTED
from homeassistant.core import (
    Event,
    EventStateChangedData,
    EventStateReportedData,
    HomeAssistant,
    State,
    callback,
)
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.entity_component import EntityComponent
from homeassistant.helpers.typing import StateType
from homeassistant.util import dt as dt_util

from scripts.demonstration.programs import free_port
from simulator.plants.publication import BEAT

from .calls import Calls, calls_of
from .cloud import CloudProgram
from .home import (
    OAUTH,
    api_account_entry,
    async_add,
    async_boot,
    async_start,
    oauth_entry,
    temporary_folder,
)
from .timeline import run
from .world import World

START = datetime(2026, 6, 21, 8, 31, tzinfo=UTC)
BEATS = 12
_SETTLING_BEATS = 3
_MEGABYTE = 1 << 20
_LOGGER = logging.getLogger(__name__)

type Written = list[tuple[str, str]]
"""Entity ids and their new states."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetResult:
    """What a fleet costs; seconds are CPU seconds of the thread of the event loop.

    `changed` and `unchanged` are states written in a mean beat; `alone` is what Home
    Assistant needs to write the changed ones with entities that do nothing else.
    `collecting` is what Python's garbage collector takes of the seconds of a mean beat.
    It is in neither side of `ratio`, as its pauses fall where they may, and in no block.
    """

    plants: int
    mode: str
    detail: str
    devices: int
    entities: int
    set_up_seconds: float
    """By the clock on the wall."""
    set_up_longest_block: float
    set_up_longest_collection: float
    calls_a_beat: float
    calls: Calls
    seconds: float
    most_seconds: float
    collecting: float
    longest_block: float
    longest_block_on_wall: float
    longest_collection: float
    changed: float
    unchanged: float
    alone: float
    ratio: float | None
    megabytes: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Beat:
    seconds: float
    collecting: float
    block: float
    block_on_wall: float
    collection: float
    changed: Written
    unchanged: int


class _Writes:
    """Counts what is written into the state machine."""

    def __init__(self, hass: HomeAssistant) -> None:
        self.changed: Written = []
        self.unchanged = 0
        hass.bus.async_listen(EVENT_STATE_CHANGED, self._changed)
        hass.bus.async_listen(
            EVENT_STATE_REPORTED, self._reported, event_filter=_every_report
        )

    def begin(self) -> None:
        self.changed, self.unchanged = [], 0

    @callback
    def _changed(self, event: Event[EventStateChangedData]) -> None:
        if state := event.data["new_state"]:
            self.changed.append((state.entity_id, state.state))

    @callback
    def _reported(self, event: Event[EventStateReportedData]) -> None:
        self.unchanged += 1


@callback
def _every_report(data: EventStateReportedData) -> bool:
    return True


def run_fleet(plants: int, mode: str, detail: str | None = None) -> FleetResult:
    """Measure an hour of beats of so many plants in one entry."""
    with (
        CloudProgram.running(f"fleet:{plants}", START) as cloud,
        temporary_folder() as folder,
    ):
        world = World(cloud, START)
        with world.living():
            return run(
                world.timeline,
                lambda: _async_fleet(world, folder, plants, mode, detail),
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class _SetUp:
    entry: ConfigEntry
    seconds: float
    block: float
    collection: float


async def _async_fleet(
    world: World, folder: Path, plants: int, mode: str, detail: str | None
) -> FleetResult:
    hass = await async_boot(folder, free_port())
    await async_start(hass)
    before = _megabytes()
    set_up = await _async_set_up(hass, world, mode, detail)
    await asyncio.sleep(_SETTLING_BEATS * BEAT)
    begun = world.timeline.now
    beats = await _async_beats(hass, world)
    megabytes = _megabytes() - before
    calls = [call for call in world.cloud.calls() if call.at >= begun]
    alone = await _async_alone(hass, world, [beat.changed for beat in beats])
    seconds = mean(beat.seconds for beat in beats)
    collecting = mean(beat.collecting for beat in beats)
    entry_id = set_up.entry.entry_id
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry_id)
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry_id)
    await hass.async_stop()
    return FleetResult(
        plants=plants,
        mode=mode,
        detail=set_up.entry.options.get("detail", ""),
        devices=len(devices),
        entities=len(entities),
        set_up_seconds=round(set_up.seconds, 2),
        set_up_longest_block=round(set_up.block, 3),
        set_up_longest_collection=round(set_up.collection, 3),
        calls_a_beat=round(len(calls) / len(beats), 2),
        calls=calls_of(calls),
        seconds=round(seconds, 4),
        most_seconds=round(max(beat.seconds for beat in beats), 4),
        collecting=round(collecting, 4),
        longest_block=round(max(beat.block for beat in beats), 4),
        longest_block_on_wall=round(max(beat.block_on_wall for beat in beats), 4),
        longest_collection=round(max(beat.collection for beat in beats), 4),
        changed=round(mean(len(beat.changed) for beat in beats), 1),
        unchanged=round(mean(beat.unchanged for beat in beats), 1),
        alone=round(alone, 4),
        ratio=round((seconds - collecting) / alone, 2) if alone else None,
        megabytes=round(megabytes, 1),
    )


async def _async_set_up(
    hass: HomeAssistant, world: World, mode: str, detail: str | None
) -> _SetUp:
    cloud, plants = world.cloud, world.cloud.plants()
    options = {} if detail is None else {"detail": detail}
    entry = (
        oauth_entry(cloud.url, plants, cloud.grant(), world.timeline.now, **options)
        if mode == OAUTH
        else api_account_entry(cloud.url, plants, **options)
    )
    load = world.timeline.load
    load.begin()
    began = time.perf_counter()
    await async_add(hass, entry)
    await hass.async_block_till_done()
    seconds = time.perf_counter() - began
    # The loop has to come by once more for the last block to count.
    await asyncio.sleep(0)
    return _SetUp(
        entry=entry,
        seconds=seconds,
        block=load.longest_cpu,
        collection=load.longest_collection,
    )


async def _async_beats(hass: HomeAssistant, world: World) -> list[_Beat]:
    load, writes = world.timeline.load, _Writes(hass)
    beats = []
    for _ in range(BEATS):
        writes.begin()
        load.begin()
        await asyncio.sleep(BEAT)
        beats.append(
            _Beat(
                seconds=load.cpu,
                collecting=load.collecting,
                block=load.longest_cpu,
                block_on_wall=load.longest_wall,
                collection=load.longest_collection,
                changed=[
                    (entity_id, state)
                    for entity_id, state in writes.changed
                    if er.async_get(hass).async_get(entity_id) is not None
                ],
                unchanged=writes.unchanged,
            )
        )
    return beats


class PlainSensor(SensorEntity):
    """A sensor that does nothing but to be written."""

    _attr_should_poll = False

    def __init__(self, like: State) -> None:
        """Describe it like another sensor, whose state it does not show yet."""
        self._attr_name = f"Plain {like.name}"
        self._attr_unique_id = like.entity_id
        self._value_of: Callable[[str], StateType | datetime] = str
        device_class = like.attributes.get("device_class")
        if device_class == SensorDeviceClass.TIMESTAMP:
            self._attr_device_class = SensorDeviceClass.TIMESTAMP
            self._value_of = dt_util.parse_datetime
        elif _number(like.state) is not None:
            self._attr_device_class = device_class
            self._attr_state_class = like.attributes.get("state_class")
            self._attr_native_unit_of_measurement = like.attributes.get(
                "unit_of_measurement"
            )
            self._value_of = _number

    def show(self, state: str) -> None:
        """Write a state."""
        self._attr_native_value = self._value_of(state)
        self.async_write_ha_state()


async def _async_alone(
    hass: HomeAssistant, world: World, beats: Sequence[Written]
) -> float:
    """Return the seconds in which Home Assistant writes the states of a mean beat.

    Without those of the garbage collector.
    """
    changed = dict.fromkeys(entity_id for beat in beats for entity_id, _ in beat)
    plain = {
        entity_id: PlainSensor(state)
        for entity_id in changed
        if (state := hass.states.get(entity_id)) is not None
    }
    component = EntityComponent[SensorEntity](_LOGGER, SENSOR, hass)
    await component.async_add_entities(list(plain.values()))
    load = world.timeline.load
    load.begin()
    since = time.thread_time()
    for beat in (*beats, *beats):
        for entity_id, written in beat:
            plain[entity_id].show(written)
    seconds = time.thread_time() - since - load.collecting
    return seconds / (2 * len(beats))


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _megabytes() -> float:
    """Return the memory in use; where the system does not tell, the most ever used."""
    pages = Path("/proc/self/statm")
    if pages.exists():
        used = int(pages.read_text().split()[1]) * resource.getpagesize()
    else:
        used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used / _MEGABYTE
