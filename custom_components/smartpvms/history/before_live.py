"""The series that the Energy dashboard shows beside the live sensors: they end there.

Each is a copy of a plant's series up to the hour in which the statistics of the sensor
begin, so that all years are shown, and nothing twice. The series itself goes on. Where
the sensor's statistics begin is looked up each hour: they may be deleted and start anew.
"""

import asyncio
from collections.abc import Iterable
from datetime import date, datetime, timedelta
import logging
from typing import Final

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from ..const import DOMAIN
from .book import NotRecordedError, SeriesBook
from .hours import HOUR, Hours, midnight, slots_of
from .memory import HistoryMemory
from .quantities import LIVE_SENSORS, Quantity
from .recording import Span, async_first_hour, async_sums
from .seam import comparable_days, day_of_seam, rest_before
from .shelf import Shelf
from .steps import PlantNow

_LOGGER = logging.getLogger(__name__)

_DAY: Final = timedelta(days=1)
_SPAN: Final = 180 * _DAY
# for so long a sensor may tell nothing at midnight until its beginning is left open
_LONGEST_OUTAGE: Final = timedelta(days=30)


class BeforeLive:
    """Copies what was before the live sensors, for those plants that want it."""

    def __init__(
        self, hass: HomeAssistant, memory: HistoryMemory, shelf: Shelf, book: SeriesBook
    ) -> None:
        """Go on with the seams that are remembered."""
        self._hass = hass
        self._memory = memory
        self._shelf = shelf
        self._book = book
        self._lock = asyncio.Lock()

    async def async_want(self, plant_code: str, quantities: Iterable[Quantity]) -> bool:
        """Keep such series of a plant from now on; return whether some are new.

        `async_look` makes them.
        """
        seams = self._memory.of(plant_code).seams
        missing = [each for each in quantities if each not in seams]
        if missing:
            seams.update(dict.fromkeys(missing))
            await self._memory.async_save()
        return bool(missing)

    def is_there(self, plant_code: str, quantities: Iterable[Quantity]) -> bool:
        """Return whether these series are there with all years."""
        seams = self._memory.of(plant_code).seams
        return all(seams.get(quantity) is not None for quantity in quantities)

    async def async_look(self, plant_code: str, plant: PlantNow) -> bool:
        """See where the live sensors begin, and copy; return whether a series is new.

        Nothing is copied before all days are in.
        """
        progress = plant.progress
        if progress.refined is None or progress.deleted:
            return False
        is_new = False
        for name, known in tuple(progress.seams.items()):
            quantity = Quantity(name)
            begin = await self._async_begin(plant_code, quantity, known)
            if begin is None:
                continue
            try:
                await self._async_take_up(plant_code, plant, quantity, known, begin)
            except NotRecordedError:
                _LOGGER.debug("%s of %s is copied later", quantity, plant_code)
                continue
            if begin != known:
                progress.seams[name] = begin
                await self._memory.async_save()
            is_new = is_new or known is None
        return is_new

    async def _async_begin(
        self, plant_code: str, quantity: Quantity, known: datetime | None
    ) -> datetime | None:
        sensor = self._sensor(plant_code, quantity)
        if sensor is None:
            return None
        return await async_first_hour(self._hass, sensor, known)

    def _sensor(self, plant_code: str, quantity: Quantity) -> str | None:
        return er.async_get(self._hass).async_get_entity_id(
            Platform.SENSOR, DOMAIN, f"{plant_code}_{LIVE_SENSORS[quantity]}"
        )

    async def _async_take_up(
        self,
        plant_code: str,
        plant: PlantNow,
        quantity: Quantity,
        known: datetime | None,
        begin: datetime,
    ) -> None:
        """Copy all for a new seam, else only the day of the seam, which may be open yet."""
        first = last = begin.astimezone(plant.zone).date()
        if known is None:
            first = min(plant.progress.began or first, first)
        else:
            before = known.astimezone(plant.zone).date()
            first, last = min(first, before), max(last, before)
        await self._async_copy(plant_code, plant, quantity, begin, (first, last))

    async def async_follow(
        self,
        plant_code: str,
        plant: PlantNow,
        quantity: Quantity,
        days: tuple[date, date],
    ) -> None:
        """Copy some days, from the first to the last, whose figures may be others now.

        Raises `NotRecordedError`.
        """
        begin = plant.progress.seams.get(quantity)
        if begin is not None:
            last = min(days[1], begin.astimezone(plant.zone).date())
            await self._async_copy(plant_code, plant, quantity, begin, (days[0], last))

    async def _async_copy(
        self,
        plant_code: str,
        plant: PlantNow,
        quantity: Quantity,
        begin: datetime,
        days: tuple[date, date],
    ) -> None:
        whole = self._shelf.series(plant_code, quantity)
        copy = self._shelf.before_live(plant_code, quantity)
        of_seam = begin.astimezone(plant.zone).date()
        limit = slots_of(of_seam, plant.zone)[0]
        seam = await self._async_day_of_seam(plant_code, plant, quantity, begin)
        first, last = days
        while first <= last:
            beyond = min(first + _SPAN, last + _DAY)
            start = slots_of(first, plant.zone)[0]
            end = slots_of(beyond - _DAY, plant.zone)[-1] + HOUR
            async with self._lock:
                await self._book.async_complete(whole)
                await self._book.async_complete(copy)
                original = _states(await self._book.async_span(whole, start, end))
                present = _states(await self._book.async_span(copy, start, end))
                wanted = {
                    hour: state for hour, state in original.items() if hour < limit
                }
                if first <= of_seam < beyond:
                    # its first row makes the series be there, also with nothing in it
                    wanted[begin] = 0
                    wanted.update(
                        _within(present, limit, begin) if seam is None else seam
                    )
                await self._book.async_put(copy, _changes(present, wanted))
            first = beyond

    async def _async_day_of_seam(
        self, plant_code: str, plant: PlantNow, quantity: Quantity, begin: datetime
    ) -> Hours | None:
        """Return the hours before the sensor on its first day, None while not known."""
        sensor = self._sensor(plant_code, quantity)
        until = plant.progress.until
        if sensor is None or until is None:
            return None
        sums = await async_sums(self._hass, sensor, begin, begin + _LONGEST_OUTAGE)
        days = comparable_days(sums, begin, until, plant.zone)
        if not days:
            return None
        recorded = await self._async_states(plant_code, plant, quantity, days)
        totals = {
            day: sum(recorded.get(slot, 0) for slot in slots_of(day, plant.zone))
            for day in days
        }
        rest = rest_before(totals, sums, begin, plant.zone)
        return day_of_seam(recorded, sums, begin, rest, plant.zone)

    async def _async_states(
        self,
        plant_code: str,
        plant: PlantNow,
        quantity: Quantity,
        days: tuple[date, ...],
    ) -> Hours:
        return _states(
            await self._book.async_span(
                self._shelf.series(plant_code, quantity),
                midnight(days[0], plant.zone),
                midnight(days[-1] + _DAY, plant.zone) + HOUR,
            )
        )


def _states(span: Span) -> dict[datetime, int]:
    return {hour: row.state for hour, row in span.rows.items()}


def _within(hours: Hours, first: datetime, last: datetime) -> Hours:
    return {hour: state for hour, state in hours.items() if first <= hour <= last}


def _changes(present: Hours, wanted: Hours) -> Hours:
    """Return what to set; rows cannot be deleted, so what is not wanted becomes 0."""
    return {
        hour: wanted.get(hour, 0)
        for hour in present.keys() | wanted.keys()
        if present.get(hour) != wanted.get(hour, 0)
    }
