"""The history of an entry's plants: one call at a time, when the entry's clock says so.

The clock asks `next_call` whether there is anything to ask for, and `HistoryCoordinator`
makes the call when its turn has come, which is after all else. What was answered is
written meanwhile; the next call waits for it.
"""

import asyncio
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
import logging
from math import ceil
from typing import Final

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.util import dt as dt_util
from sqlalchemy.exc import SQLAlchemyError

from ..coordinator import SmartPVMSConfigEntry
from ..northbound.interfaces import Interface
from ..northbound.models import PlantReport, ReportPeriod
from .before_live import BeforeLive
from .book import NotRecordedError, SeriesBook
from .importer import Importer
from .memory import HistoryMemory
from .meters import GridMeter, MeterCall, MeterHistory, grid_meters
from .progress import Progress
from .quantities import Quantity
from .recording import async_clear
from .shelf import Shelf, async_words, statistic_ids
from .steps import Kind, PlantNow, Step, instant_in, newest_day, next_step

_LOGGER = logging.getLogger(__name__)

BY_THE_HOUR_PLANTS: Final = 10
"""For more plants than these the hours are brought in on request only."""
_PERIODS: Final = {
    Kind.YEARS: ReportPeriod.YEAR,
    Kind.DAYS: ReportPeriod.DAY,
    Kind.AGAIN: ReportPeriod.DAY,
    Kind.HOURS: ReportPeriod.HOUR,
}
_AFTER_FAILURE: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How far the history is: percent, the day reached by what is under way, days left."""

    percent: int
    day: str | None
    days_left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """The days of a plant: those in, all, those left, and where it is."""

    done: int
    whole: int
    left: int
    day: str | None


def _work_of(plant: PlantNow, now: datetime) -> _Work:
    progress = plant.progress
    if progress.deleted:
        return _Work(done=0, whole=0, left=0, day=None)
    if progress.first is None or progress.until is None:
        # as long as nobody knows how many there are
        return _Work(done=0, whole=1, left=1, day=None)
    end = newest_day(now, plant.zone) + timedelta(days=1)
    whole = max((end - (progress.began or progress.first)).days, 0)
    days_left = max((end - progress.until).days, 0)
    if not plant.by_the_hour and not progress.wanted:
        day = progress.until if days_left else None
        return _work(whole - days_left, whole, days_left, day)
    hours_left = whole if progress.refined is None else progress.days_without_hours()
    day = progress.until if days_left else progress.next_hours()
    done = 2 * whole - days_left - min(hours_left, whole)
    return _work(done, 2 * whole, days_left or hours_left, day)


def _work(done: int, whole: int, left: int, day: date | None) -> _Work:
    return _Work(
        done=max(done, 0),
        whole=whole,
        left=left,
        day=None if day is None else day.isoformat(),
    )


class History:
    """Brings in the history of the plants of an entry."""

    def __init__(self, hass: HomeAssistant, entry: SmartPVMSConfigEntry) -> None:
        """Begin with nothing known; `async_load` has to come before use."""
        self._hass = hass
        self._entry = entry
        self.memory = HistoryMemory(hass, entry.entry_id)
        self._meters = MeterHistory()
        self.writing = asyncio.Lock()
        """Held while series are written, so that none is written while it is deleted."""
        self._is_writing = False
        self._asked: Interface | None = None
        self._is_complete: bool | None = None
        self._not_before = dt_util.utcnow()
        self._listeners: list[CALLBACK_TYPE] = []

    async def async_load(self) -> None:
        """Take up what was remembered."""
        await self.memory.async_load()
        self.shelf = Shelf(self._hass, self._entry, await async_words(self._hass))
        self.book = SeriesBook(self._hass, self.memory.pending, self.memory.async_save)
        self.before_live = BeforeLive(self._hass, self.memory, self.shelf, self.book)
        self._importer = Importer(self.shelf, self.book, self.before_live)

    @callback
    def async_listen(self, changed: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call `changed` after each step; returns what ends it."""
        self._listeners.append(changed)

        @callback
        def stop() -> None:
            self._listeners.remove(changed)

        return stop

    def plants(self) -> dict[str, PlantNow]:
        """Return the plants as they are now."""
        data = self._entry.runtime_data
        by_the_hour = len(data.plants.data) <= BY_THE_HOUR_PLANTS
        return {
            code: PlantNow(
                progress=self.memory.of(code),
                zone=data.energy.zone(code),
                by_the_hour=by_the_hour,
            )
            for code in data.plants.data
        }

    def next_call(self) -> Step | MeterCall | None:
        """Return the call to make next, None while there is nothing to ask for."""
        now = dt_util.utcnow()
        if self._is_writing or now < self._not_before:
            return None
        plants = self.plants()
        for plant in plants.values():
            plant.progress.look_back(newest_day(now, plant.zone))
        step = next_step(plants, now)
        if step is not None and step.kind is Kind.HOURS:
            missing = self._meters.missing(
                self._grid_meters(step), step.period, plants[step.plant_codes[0]].zone
            )
            return missing or step
        return step

    @property
    def interface(self) -> Interface | None:
        """What is asked next, None while there is nothing; the last while that is written.

        A feed that comes and goes would get a turn at once each time.
        """
        if self._is_writing:
            return self._asked
        call = self.next_call()
        return None if call is None else call.interface

    def _grid_meters(self, step: Step) -> list[GridMeter]:
        return [meter for code in step.plant_codes for meter in self._meters_of(code)]

    def _meters_of(self, plant_code: str) -> list[GridMeter]:
        data = self._entry.runtime_data
        devices = [
            device
            for device in data.devices.data.values()
            if device.plant_code == plant_code
        ]
        return grid_meters(devices, data.energy.assignments(plant_code))

    async def async_ask(self, call: Step | MeterCall) -> None:
        """Make a call, and begin to write what it says; raises `NorthboundError`."""
        client = self._entry.runtime_data.client
        if isinstance(call, MeterCall):
            await self._meters.async_ask(client, call)
            return
        self._asked = call.interface
        zone = self.plants()[call.plant_codes[0]].zone
        rows = await client.get_plant_report(
            _PERIODS[call.kind], call.plant_codes, instant_in(call, zone)
        )
        self._is_writing = True
        self._entry.async_create_background_task(
            self._hass,
            self._async_write(call, rows, client.left_out),
            f"{self._entry.domain} history",
        )

    @callback
    def async_pause(self) -> None:
        """Ask for nothing for a while: the cloud or the recorder failed."""
        self._not_before = dt_util.utcnow() + _AFTER_FAILURE

    async def _async_write(
        self, step: Step, rows: tuple[PlantReport, ...], left_out: frozenset[str]
    ) -> None:
        try:
            async with self.writing:
                await self._async_take(step, rows, left_out)
            if step.kind is Kind.DAYS:
                await self.async_look_at_seams()
        except NotRecordedError, SQLAlchemyError:
            _LOGGER.debug("The recorder did not take the history; later again")
            self.async_pause()
        finally:
            self._is_writing = False
        self._tell()
        self._entry.runtime_data.clock.async_look_again()

    async def _async_take(
        self, step: Step, rows: tuple[PlantReport, ...], left_out: frozenset[str]
    ) -> None:
        plants = self.plants()
        by_the_hour = set(step.plant_codes) if step.kind is Kind.HOURS else set()
        await self._importer.async_take(
            step,
            plants,
            rows,
            dt_util.utcnow(),
            left_out=left_out,
            meters={
                code: self._meters.hours(
                    self._meters_of(code), step.period, plants[code].zone
                )
                for code in by_the_hour & plants.keys()
            },
        )
        await self.memory.async_save()

    async def async_is_whole(
        self, plant_code: str, quantities: Iterable[Quantity]
    ) -> bool | None:
        """Return whether all days of a plant are in, and tell of these quantities.

        None is returned while the days come in.
        """
        progress = self.memory.of(plant_code)
        if progress.deleted:
            return False
        if progress.refined is None:
            return None
        now = dt_util.utcnow()
        for quantity in quantities:
            series = self.shelf.series(plant_code, quantity)
            if (await self.book.async_span(series, now, now)).last is None:
                return False
        return True

    async def async_is_before_live(
        self, plant_code: str, quantities: Iterable[Quantity]
    ) -> bool:
        """Return whether the series are there that end where the live sensors begin.

        They are made if they are not.
        """
        wanted = tuple(quantities)
        if await self.before_live.async_want(plant_code, wanted):
            self._entry.async_create_background_task(
                self._hass,
                self.async_look_at_seams(),
                f"{self._entry.domain} history before live",
            )
        return self.before_live.is_there(plant_code, wanted)

    async def async_look_at_seams(self) -> None:
        """Let the series that end at the live sensors be as these are now."""
        is_new = False
        async with self.writing:
            for code, plant in self.plants().items():
                is_new |= await self.before_live.async_look(code, plant)
        if is_new:
            self._tell()

    @callback
    def _tell(self) -> None:
        standing = self.standing()
        is_complete = standing.days_left == 0
        if is_complete and self._is_complete is False:
            _LOGGER.info("%s: the history is complete", self._entry.title)
        self._is_complete = is_complete
        for changed in tuple(self._listeners):
            changed()

    def cost(self, plant_codes: Collection[str], start: date, end: date) -> int:
        """Return how many calls it takes to bring in these days, both included, anew.

        Hours cost a call a day and a time zone, and the meters at the grid one for
        three days and ten meters of a type.
        """
        plants = self.plants()
        firsts = [plants[code].progress.first or start for code in plant_codes]
        start = max(start, min(firsts, default=start))
        if end < start:
            return 0
        batches = ceil(len(plant_codes) / Interface.PLANT_DAY.batch_size)
        days = (end - start).days + 1
        months = (end.year - start.year) * 12 + end.month - start.month + 1
        zones = {plants[code].zone for code in plant_codes}
        types = Counter(
            meter.device.type_id
            for code in plant_codes
            for meter in self._meters_of(code)
        )
        meter_calls = sum(
            ceil(count / Interface.DEVICE_HISTORY_OLD.batch_size)
            for count in types.values()
        )
        hours = max(batches, len(zones)) * days
        return batches * months + hours + meter_calls * ceil(days / 3)

    async def async_request(
        self, plant_codes: Iterable[str], start: date, end: date
    ) -> None:
        """Bring in these days, both included, anew: their figures, then their hours."""
        for code in plant_codes:
            progress = self.memory.of(code)
            progress.deleted = False
            progress.years_asked = None
            progress.again.append((start, end))
        await self.memory.async_save()
        self._tell()
        self._entry.runtime_data.clock.async_look_again()

    async def async_delete(self, plant_codes: Collection[str]) -> None:
        """Delete the series of plants; none comes back before it is asked for."""
        async with self.writing:
            for code in plant_codes:
                self.memory.plants[code] = Progress(deleted=True)
                for each in statistic_ids(code):
                    self.memory.pending.pop(each, None)
            await self.memory.async_save()
            await async_delete_series(self._hass, plant_codes)
        self._tell()

    def standing(self) -> Standing:
        """Return how far the history is."""
        now = dt_util.utcnow()
        done = whole = left = 0
        days: list[str] = []
        for plant in self.plants().values():
            each = _work_of(plant, now)
            done, whole, left = done + each.done, whole + each.whole, left + each.left
            if each.day is not None:
                days.append(each.day)
        return Standing(
            percent=100 if not whole else int(100 * done / whole),
            day=min(days, default=None),
            days_left=left,
        )


async def async_delete_series(hass: HomeAssistant, plant_codes: Iterable[str]) -> None:
    """Delete all series of these plants."""
    ids = [each for code in plant_codes for each in statistic_ids(code)]
    await async_clear(hass, ids)
