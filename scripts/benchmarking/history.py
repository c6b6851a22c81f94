"""The years before of a home: what they cost, when they are right, and what else suffers."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
import time
from unittest.mock import patch

from homeassistant.components.energy.validate import async_validate
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from custom_components.smartpvms.const import DOMAIN
from custom_components.smartpvms.energy_dashboard import Existing, Shows
from custom_components.smartpvms.energy_dashboard.offer import accepted_offer
from custom_components.smartpvms.history.history import History
from custom_components.smartpvms.history.quantities import LIVE_SENSORS, Quantity
from custom_components.smartpvms.history.shelf import id_before_live, statistic_id
from scripts.demonstration.programs import free_port
from simulator import Simulator
from simulator.plants.catalogue import PLANTS
from simulator.plants.catalogue.homes import home
from simulator.plants.plant import Plant

from .beats import published_flows, sightings
from .calls import Call, Calls, calls_of
from .cloud import listed, logged
from .day import COLD, Freshness, Watch, freshness_of, polls_of
from .history_recorder import IMPORT, RecorderWatch
from .history_truth import (
    DAY,
    TRUTH,
    async_rows,
    by_the_hour,
    days_from,
    days_of,
    worst_day,
)
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

YEARS = 5
DAYS = 30
API_DAYS = 4
"""So long an API account is followed."""
COMPARED_DAYS = 5
"""So long the freshness is compared with that without history, which is the busiest time."""
LAST_YEAR = 365
START = datetime(2026, 6, 21, 8, 31, tzinfo=UTC)
_LOOK = 300
_INTERFACES = frozenset(
    {
        *("getKpiStationYear", "getKpiStationDay", "getKpiStationHour"),
        *("getDevHistoryKpi", "device/history"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryResult:
    """What the years before of a home came to.

    Differences are in kWh between what is recorded and what the simulated plant did, of
    the worst day or hour of all quantities.
    """

    mode: str
    years: int
    days: int
    calls_until_days: int | None
    """Calls for the history until all days of all years were in."""
    hours_until_days: float | None
    worst_day: float | None
    """When all days were in."""
    days_by_the_hour: int
    """Of the last 365, at the end, with every hour of every quantity."""
    worst_hour: float | None
    """Of the days before set-up, whose hours come from reports and the meter."""
    worst_live_hour: float | None
    """Of the days since, whose hours come from values that are minutes late."""
    worst_day_at_the_end: float
    seam: dict[str, float]
    """By quantity, of the days across the seam: history and live sensors together."""
    dashboard_issues: int | None
    """What Home Assistant's own check finds wrong with the dashboard's sources."""
    calls: Calls
    calls_for_history: int
    freshness: dict[str, Freshness]
    freshness_without: dict[str, Freshness]
    recorder_cpu: dict[str, float]
    recorder_wall: dict[str, float]
    real_seconds: float


@dataclass(slots=True, kw_only=True)
class _Seen:
    """What was observed while it ran."""

    watch: Watch
    hours_until_days: float | None = None
    calls_until_days: int | None = None
    worst_day: float | None = None
    days_by_the_hour: int = 0
    worst_hour: float | None = None
    worst_live_hour: float | None = None
    worst_day_at_the_end: float = 0.0
    seam: dict[str, float]
    dashboard_issues: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lived:
    """A life with its cloud."""

    seen: _Seen
    calls: list[Call]
    freshness: dict[str, Freshness]
    recorder: RecorderWatch


def run_history(mode: str, days: int | None = None) -> HistoryResult:
    """Live through the days in which the history comes in, and some without it."""
    began = time.perf_counter()
    length = days or (DAYS if mode == OAUTH else API_DAYS)
    compared = min(COMPARED_DAYS, length)
    lived = _live(mode, length, compared, with_history=True)
    without = _live(mode, compared, compared, with_history=False)
    seen = lived.seen
    return HistoryResult(
        mode=mode,
        years=YEARS,
        days=length,
        calls_until_days=seen.calls_until_days,
        hours_until_days=seen.hours_until_days,
        worst_day=_rounded(seen.worst_day),
        days_by_the_hour=seen.days_by_the_hour,
        worst_hour=_rounded(seen.worst_hour),
        worst_live_hour=_rounded(seen.worst_live_hour),
        worst_day_at_the_end=round(seen.worst_day_at_the_end, 4),
        seam=seen.seam,
        dashboard_issues=seen.dashboard_issues,
        calls=calls_of(lived.calls),
        calls_for_history=_for_history(lived.calls),
        freshness=lived.freshness,
        freshness_without=without.freshness,
        recorder_cpu=_longest(lived.recorder.cpu),
        recorder_wall=_longest(lived.recorder.wall),
        real_seconds=round(time.perf_counter() - began, 1),
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _longest(held: dict[str, float]) -> dict[str, float]:
    """Return how long the history's jobs held the recorder, and the longest other."""
    others = [seconds for kind, seconds in held.items() if kind != IMPORT]
    return {
        "history": round(held.get(IMPORT, 0.0), 3),
        "others": round(max(others, default=0.0), 3),
    }


def _for_history(calls: Sequence[Call]) -> int:
    return sum(call.interface in _INTERFACES for call in calls)


def _live(mode: str, days: int, compared: int, *, with_history: bool) -> _Lived:
    old = replace(home(), years=YEARS)
    with patch.dict(PLANTS, {"home": lambda: old}):
        simulator = Simulator(plant="home", start=START, seed=1, speed=0)
    plant, timeline, traffic = simulator.plants[0], Timeline(START), Traffic()
    recorder = RecorderWatch()
    timeline.followers.append(simulator.clock.step)
    timeline.busy.append(traffic.is_under_way)
    life = _Life(
        simulator=simulator,
        timeline=timeline,
        recorder=recorder,
        mode=mode,
        days=days,
        with_history=with_history,
    )
    with (
        temporary_folder() as folder,
        timeline.passing(),
        traffic.followed(),
        recorder.followed(timeline),
    ):
        seen = run(timeline, lambda: life.async_live(folder))
    calls = [call for call in logged(simulator) if call.at < START + days * DAY]
    return _Lived(
        seen=seen,
        calls=calls,
        freshness=_freshness(plant, calls, seen.watch, compared),
        recorder=recorder,
    )


def _freshness(
    plant: Plant, calls: Sequence[Call], watch: Watch, days: int
) -> dict[str, Freshness]:
    """Return how fresh each value was, without the first hours."""
    begin, end = START + COLD, START + days * DAY
    figures = {}
    for flow in published_flows(plant, START, end):
        course = watch.courses[flow.flow]
        found = sightings(flow, course, polls_of(calls, flow), end.timestamp() - 600)
        known = max(begin.timestamp(), course.known_from or 0)
        figures[flow.flow] = freshness_of(
            [each for each in found if each.snapshot.appears >= known]
        )
    return figures


@dataclass(frozen=True, slots=True, kw_only=True)
class _Life:
    """A Home Assistant beside its cloud, for some days."""

    simulator: Simulator
    timeline: Timeline
    recorder: RecorderWatch
    mode: str
    days: int
    with_history: bool

    @property
    def plant(self) -> Plant:
        """The only plant."""
        return self.simulator.plants[0]

    async def async_live(self, folder: Path) -> _Seen:
        """Set up, and follow the history until the days are over."""
        async with self.simulator.serve() as server:
            hass = await async_boot(folder, free_port())
            await self.recorder.async_begin(hass, folder)
            await async_start(hass)
            seen = _Seen(watch=Watch(hass, self.plant.code), seam={})
            entry = self._entry(server.url)
            await async_add(hass, entry)
            while self.timeline.seconds < self.days * DAY.total_seconds():
                await asyncio.sleep(_LOOK)
                if self.with_history and seen.hours_until_days is None:
                    await self._async_look(hass, entry, seen)
            if self.with_history:
                await self._async_at_the_end(hass, seen)
            await self.recorder.async_end(hass)
        return seen

    def _entry(self, url: str) -> ConfigEntry:
        plants = listed(self.simulator)
        codes = [plant.code for plant in plants]
        offer = accepted_offer(codes, Existing.KEEP, (), Shows.LIVE_AND_HISTORY)
        options = {"history": self.with_history, "energy_dashboard": offer}
        if self.mode == OAUTH:
            token = self.simulator.oauth.grant()
            return oauth_entry(url, plants, token, self.timeline.now, **options)
        return api_account_entry(url, plants, **options)

    def _today(self) -> date:
        return self.plant.history.local_date(self.timeline.now)

    async def _async_look(
        self, hass: HomeAssistant, entry: ConfigEntry, seen: _Seen
    ) -> None:
        """Note when all days are in, and how right they are."""
        history = entry.runtime_data.history
        assert isinstance(history, History)
        if history.memory.of(self.plant.code).refined is None:
            return
        seen.hours_until_days = round(self.timeline.seconds / 3600, 1)
        seen.calls_until_days = _for_history(logged(self.simulator))
        seen.worst_day = await self._async_worst_day(hass)

    async def _async_worst_day(self, hass: HomeAssistant) -> float:
        history = self.plant.history
        days = days_from(history.connected, self._today())
        worst = 0.0
        for quantity in TRUTH:
            rows = await async_rows(hass, statistic_id(self.plant.code, quantity))
            told = days_of(rows, history.zone)
            worst = max(worst, worst_day(told, history, quantity, days))
        return worst

    async def _async_at_the_end(self, hass: HomeAssistant, seen: _Seen) -> None:
        """Compare the last year by the hour, and the days across the seam."""
        code, history = self.plant.code, self.plant.history
        days = days_from(self._today() - LAST_YEAR * DAY, self._today())
        rows = {
            quantity: await async_rows(hass, statistic_id(code, quantity))
            for quantity in TRUTH
        }
        errors = {
            day: [
                by_the_hour(rows[quantity], history, quantity, day)
                for quantity in TRUTH
            ]
            for day in days
        }
        whole = {
            day: max(error for error in of_day if error is not None)
            for day, of_day in errors.items()
            if None not in of_day
        }
        first = history.local_date(START)
        seen.days_by_the_hour = len(whole)
        before = [error for day, error in whole.items() if day < first]
        since = [error for day, error in whole.items() if day >= first]
        seen.worst_hour = max(before, default=None)
        seen.worst_live_hour = max(since, default=None)
        seen.worst_day_at_the_end = await self._async_worst_day(hass)
        seen.seam = {
            quantity.value: round(await self._async_seam(hass, quantity), 4)
            for quantity in LIVE_SENSORS
        }
        checked = (await async_validate(hass)).as_dict()
        issues: list[list[object]] = checked["energy_sources"]
        seen.dashboard_issues = sum(map(len, issues)) if issues else None

    async def _async_seam(self, hass: HomeAssistant, quantity: Quantity) -> float:
        """Return by how much a day misses the truth from a week before set-up on.

        What is told of the day after set-up and later is the live sensor's.
        """
        code, history = self.plant.code, self.plant.history
        sensor = er.async_get(hass).async_get_entity_id(
            Platform.SENSOR, DOMAIN, f"{code}_{LIVE_SENSORS[quantity]}"
        )
        assert sensor is not None
        first = history.local_date(START)
        before = days_of(
            await async_rows(hass, id_before_live(code, quantity)), history.zone
        )
        live = days_of(await async_rows(hass, sensor), history.zone)
        told = {
            day: before.get(day, 0.0) + live.get(day, 0.0)
            for day in before.keys() | live.keys()
        }
        days = days_from(first - 7 * DAY, min(first + 3 * DAY, self._today()))
        return worst_day(told, history, quantity, days)
