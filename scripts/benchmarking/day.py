"""Days of one plant: what its polling costs, and how fresh the live values are."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
import time

from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import (
    Event,
    EventStateChangedData,
    HomeAssistant,
    callback,
)
from homeassistant.helpers import entity_registry as er

from custom_components.smartpvms.const import DOMAIN
from scripts.demonstration.programs import free_port
from simulator import Simulator
from simulator.plants.day import day_start
from simulator.plants.plant import Plant

from .beats import (
    FLOWS,
    Course,
    Delays,
    PublishedFlow,
    Sighting,
    delays_of,
    published_flows,
    share,
    sightings,
)
from .calls import DAY, Call, Calls, calls_of
from .cloud import listed, logged
from .home import (
    OAUTH,
    api_account_entry,
    async_add,
    async_boot,
    async_start,
    oauth_entry,
    temporary_folder,
)
from .timeline import Timeline, run
from .traffic import Traffic

CLEAR, CLOUDY = "clear", "cloudy"
WEATHERS = (CLEAR, CLOUDY)
PLANTS = ("pv", "home", "emma", "string", "commercial")
COLD = timedelta(hours=6)
"""After that the phases are expected to be found."""
_CANDIDATES = (date(2026, 5, 22), 60)
# what appears in the end need not be shown any more
_REST = timedelta(minutes=10)
_OUTAGE_HOURS = ((1, 11), (13, 21))
_OUTAGE_SECONDS = (1800, 5400)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What is run: a plant, how it is accessed, under which circumstances."""

    plant: str
    mode: str
    weather: str
    seed: int
    days: int = 2
    hours: float | None = None
    """So many instead of days."""

    @property
    def length(self) -> timedelta:
        """How long it takes in simulated time."""
        return (
            timedelta(days=self.days)
            if self.hours is None
            else timedelta(hours=self.hours)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """How fresh a live value was in a part of the time; delays are in seconds.

    `fetched` and `seen` are the percentages of the published changes that an answer
    brought and that the state showed; `outdated` is for how long at most the state
    showed something older than what was published.
    """

    beats: int
    fetched: float | None
    seen: float | None
    delay: Delays
    day: Delays
    night: Delays
    poll: Delays
    """From publication to the answer that brought it."""
    outdated: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A part of a run; its calls include set-up if it begins with the run."""

    hours: float
    calls: Calls
    values: dict[str, Freshness]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayResult:
    """What came of a run.

    The periods are each `day 1`, `day 2`, and `locked`: all but the first six hours, and
    but what was before a value was known at all.
    """

    run: Run
    begin: str
    sun_hours: float
    """Of the first day."""
    calls: Calls
    sent: int
    """How many requests left Home Assistant, counted there."""
    known_after: dict[str, float | None]
    """Hours until a value was known, as the sign of some has to be learned."""
    periods: dict[str, Period]
    real_seconds: float


class Watch:
    """The states of a plant's live values."""

    def __init__(self, hass: HomeAssistant, plant_code: str) -> None:
        """Watch them from now on."""
        self.courses = {flow: Course() for flow in FLOWS}
        self._registry = er.async_get(hass)
        self._prefix = f"{plant_code}_"
        self._flows: dict[str, str | None] = {}
        hass.bus.async_listen(EVENT_STATE_CHANGED, self._changed)

    @callback
    def _changed(self, event: Event[EventStateChangedData]) -> None:
        entity_id = event.data["entity_id"]
        if entity_id not in self._flows:
            self._flows[entity_id] = self._flow(entity_id)
        flow, state = self._flows[entity_id], event.data["new_state"]
        if flow is None:
            return
        try:
            value = None if state is None else float(state.state)
        except ValueError:
            value = None
        self.courses[flow].add(event.time_fired.timestamp(), value)

    def _flow(self, entity_id: str) -> str | None:
        entry = self._registry.async_get(entity_id)
        if entry is None or entry.platform != DOMAIN:
            return None
        flow = entry.unique_id.removeprefix(self._prefix)
        return flow if flow in self.courses else None


def day_of(kind: str, weather: str, seed: int) -> datetime:
    """Return the midnight before the clearest or cloudiest day of early summer."""
    first, count = _CANDIDATES
    days = [first + timedelta(days=number) for number in range(count)]
    start = datetime.combine(days[-1], datetime.min.time(), UTC)
    plant = Simulator(plant=kind, start=start, seed=seed).plants[0]
    choose = max if weather == CLEAR else min
    chosen = choose(days, key=lambda day: plant.history.day(day).pv_yield)
    return day_start(chosen, plant.zone)


def outages_of(run: Run, begin: datetime) -> list[tuple[datetime, datetime]]:
    """Return when nothing is published: twice a day, for half an hour to an hour and a half."""
    random = Random(f"{run.plant}/{run.seed}/outages")
    found = []
    for day in range(run.days):
        for hours in _OUTAGE_HOURS:
            lost = begin + timedelta(days=day, hours=random.uniform(*hours))
            found.append(
                (lost, lost + timedelta(seconds=random.uniform(*_OUTAGE_SECONDS)))
            )
    return found


def run_day(wanted: Run) -> DayResult:
    """Live through the days of a plant."""
    began = time.perf_counter()
    # not on the beat, and another place in it with each seed
    midnight = day_of(wanted.plant, wanted.weather, wanted.seed)
    begin = midnight + timedelta(seconds=Random(f"{wanted.seed}/begin").uniform(1, 300))
    simulator = Simulator(plant=wanted.plant, start=begin, seed=wanted.seed, speed=0)
    plant = simulator.plants[0]
    plant.outages.extend(outages_of(wanted, midnight))
    timeline = Timeline(begin)
    timeline.followers.append(simulator.clock.step)
    traffic = Traffic()
    timeline.busy.append(traffic.is_under_way)
    with (
        temporary_folder() as folder,
        timeline.passing(),
        traffic.followed(),
    ):
        watch = run(timeline, lambda: _async_live(wanted, simulator, timeline, folder))
    end = begin + wanted.length
    flows = published_flows(plant, begin, end)
    last = (end - _REST).timestamp()
    calls = [call for call in logged(simulator) if call.at < end]
    found = {
        flow.flow: sightings(
            flow, watch.courses[flow.flow], polls_of(calls, flow), last
        )
        for flow in flows
    }
    return DayResult(
        run=wanted,
        begin=begin.isoformat(),
        sun_hours=_sun_hours(plant, begin),
        calls=calls_of(calls),
        sent=traffic.paths.total(),
        known_after={
            flow: _hours(begin, watch.courses[flow].known_from) for flow in found
        },
        periods=_periods(calls, found, watch, begin, end),
        real_seconds=round(time.perf_counter() - began, 1),
    )


async def _async_live(
    wanted: Run, simulator: Simulator, timeline: Timeline, folder: Path
) -> Watch:
    async with simulator.serve() as server:
        hass = await async_boot(folder, free_port())
        await async_start(hass)
        plants = listed(simulator)
        watch = Watch(hass, plants[0].code)
        entry = (
            oauth_entry(server.url, plants, simulator.oauth.grant(), timeline.now)
            if wanted.mode == OAUTH
            else api_account_entry(server.url, plants)
        )
        await async_add(hass, entry)
        await asyncio.sleep(wanted.length.total_seconds() - timeline.seconds)
        await hass.async_stop()
    return watch


def polls_of(calls: Sequence[Call], flow: PublishedFlow) -> list[float]:
    """Return when an answer brought the feed of a flow."""
    return [
        call.at.timestamp()
        for call in calls
        if call.interface == "getDevRealKpi"
        and call.type_id == flow.type_id
        and call.fail_code == 0
    ]


def _hours(begin: datetime, instant: float | None) -> float | None:
    return None if instant is None else round((instant - begin.timestamp()) / 3600, 2)


def _periods(
    calls: Sequence[Call],
    found: dict[str, list[Sighting]],
    watch: Watch,
    begin: datetime,
    end: datetime,
) -> dict[str, Period]:
    """Return the parts of a run by name."""
    periods: dict[str, Period] = {}
    since = begin
    while since < end:
        until = min(since + DAY, end)
        periods[f"day {len(periods) + 1}"] = _period(calls, found, since, until)
        since = until
    if begin + COLD < end:
        known = {
            flow: [
                each
                for each in those
                if each.snapshot.appears >= (watch.courses[flow].known_from or 0)
            ]
            for flow, those in found.items()
        }
        periods["locked"] = _period(calls, known, begin + COLD, end)
    return periods


def _period(
    calls: Sequence[Call],
    found: dict[str, list[Sighting]],
    since: datetime,
    until: datetime,
) -> Period:
    first, last = since.timestamp(), until.timestamp()
    return Period(
        hours=round((last - first) / 3600, 2),
        calls=calls_of([call for call in calls if since <= call.at < until]),
        values={
            flow: freshness_of(
                [each for each in those if first <= each.snapshot.appears < last]
            )
            for flow, those in found.items()
        },
    )


def freshness_of(found: Sequence[Sighting]) -> Freshness:
    """Return how fresh a value was by its sightings."""
    shown = [(each.snapshot.day, each.shown) for each in found]
    outdated = [each.outdated for each in found]
    return Freshness(
        beats=len(found),
        fetched=share(found, "fetched"),
        seen=share(found, "shown"),
        delay=delays_of(delay for _, delay in shown if delay is not None),
        day=delays_of(delay for day, delay in shown if day and delay is not None),
        night=delays_of(delay for day, delay in shown if not day and delay is not None),
        poll=delays_of(each.fetched for each in found if each.fetched is not None),
        outdated=max((each for each in outdated if each is not None), default=None),
    )


def _sun_hours(plant: Plant, begin: datetime) -> float:
    """Return for how long the modules gave power on the first day."""
    trace = plant.history.trace(plant.history.local_date(begin))
    if trace.first_light is None or trace.last_light is None:
        return 0.0
    return round((trace.last_light - trace.first_light) / timedelta(hours=1), 1)
