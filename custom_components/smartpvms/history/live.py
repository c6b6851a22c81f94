"""The present day's hours, from our own live totals: no call is made for them.

All rows of the day come to what the totals have grown since its marks were made, so that
an hour that is written twice, or after a kill, counts once. In the night the cloud's
report corrects the day.
"""

from collections.abc import Mapping
from datetime import datetime
import logging
from typing import Final

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_track_utc_time_change
from homeassistant.util import dt as dt_util

from ..const import INVERTER_TYPES
from ..coordinator import SmartPVMSConfigEntry
from ..energy_flows.model import ALL_IN_ONE_TYPE, BATTERY_TYPE, ESS_TYPE
from .book import NotRecordedError
from .history import History
from .hours import HOUR, full_hour, midnight
from .progress import LiveMarks
from .quantities import LIVE_TOTALS, Quantity, figure

_LOGGER = logging.getLogger(__name__)

# by then the snapshot of the full hour is there
MINUTE: Final = 5
_INCOME: Final = "total_income"
_YIELD: Final = "total_cap"
_BATTERIES_AT_INVERTERS: Final = frozenset({BATTERY_TYPE, ALL_IN_ONE_TYPE})


class LiveGrowth:
    """Makes the series of an entry's plants grow each hour."""

    def __init__(
        self, hass: HomeAssistant, entry: SmartPVMSConfigEntry, history: History
    ) -> None:
        """Begin with the marks that the history remembers."""
        self._hass = hass
        self._entry = entry
        self._history = history

    @callback
    def async_start(self) -> CALLBACK_TYPE:
        """Write the hour before, each hour; returns what ends it."""
        return async_track_utc_time_change(
            self._hass, self._async_hour_over, minute=MINUTE, second=0
        )

    async def _async_hour_over(self, now: datetime) -> None:
        self._entry.async_create_background_task(
            self._hass, self.async_grow(), f"{self._entry.domain} history of today"
        )

    async def async_grow(self) -> None:
        """Write what the hour before has brought, of each plant that is followed."""
        now = dt_util.utcnow()
        slot = now.replace(minute=0, second=0, microsecond=0) - HOUR
        async with self._history.writing:
            await self._async_grow_all(slot)
        await self._history.async_look_at_seams()

    async def _async_grow_all(self, slot: datetime) -> None:
        has_new_marks = False
        for code, plant in self._history.plants().items():
            progress = plant.progress
            totals = self.totals(code)
            if progress.refined is None or progress.deleted or not totals:
                continue
            day = slot.astimezone(plant.zone).date()
            following = (slot + HOUR).astimezone(plant.zone).date()
            if progress.live is not None and progress.live.day == day:
                start = full_hour(midnight(day, plant.zone))
                await self._async_grow(code, progress.live, totals, start, slot)
            if progress.live is None or progress.live.day != following:
                progress.live = LiveMarks(day=following)
            missing = totals.keys() - progress.live.marks.keys()
            for quantity in missing:
                progress.live.marks[quantity] = totals[quantity]
                has_new_marks = True
        if has_new_marks:
            await self._history.memory.async_save()

    async def _async_grow(
        self,
        code: str,
        live: LiveMarks,
        totals: Mapping[Quantity, int],
        start: datetime,
        slot: datetime,
    ) -> None:
        for quantity, total in totals.items():
            mark = live.marks.get(quantity)
            if mark is None:
                continue
            series = self._history.shelf.series(code, quantity)
            try:
                await self._history.book.async_complete(series)
                span = await self._history.book.async_span(series, start, slot)
                counted = sum(row.state for row in span.rows.values())
                grown = max(total - mark - counted, 0)
                await self._history.book.async_put(series, {slot: grown})
            except NotRecordedError:
                _LOGGER.debug("%s: the hour is made up later", series.statistic_id)

    def totals(self, plant_code: str) -> dict[Quantity, int]:
        """Return what our own totals of a plant show now, in thousandths."""
        energy = self._entry.runtime_data.energy
        picture = energy.picture(plant_code)
        if picture is None:
            return {}
        totals = {
            LIVE_TOTALS[total]: figure(value) for total, value in picture.totals.items()
        }
        if not totals:
            return {}
        believed = energy.believed(plant_code, plant_code)
        if believed is not None and _INCOME in believed.values:
            totals[Quantity.INCOME] = figure(believed.values[_INCOME])
        given = self._given(plant_code)
        if given is not None:
            totals[Quantity.INVERTER_YIELD] = given
        types = self._types(plant_code)
        if ESS_TYPE not in types:
            # the plant's own total may be an hour old
            totals.pop(Quantity.PV_YIELD, None)
            if (pv_yield := _pv_yield(totals, types)) is not None:
                totals[Quantity.PV_YIELD] = pv_yield
        return totals

    def _types(self, plant_code: str) -> set[int]:
        devices = self._entry.runtime_data.devices.data.values()
        return {each.type_id for each in devices if each.plant_code == plant_code}

    def _given(self, plant_code: str) -> int | None:
        """Return what all inverters of a plant have given, None while one is unknown."""
        data = self._entry.runtime_data
        given: list[int] = []
        for device in data.devices.all_read():
            if device.plant_code != plant_code or device.type_id not in INVERTER_TYPES:
                continue
            believed = data.energy.believed(plant_code, device.key)
            if believed is None or _YIELD not in believed.values:
                return None
            given.append(figure(believed.values[_YIELD]))
        return sum(given) if given else None


def _pv_yield(totals: Mapping[Quantity, int], types: set[int]) -> int | None:
    """Return the yield as recorded day reports have it, None where a part is unknown.

    PVYield = inverterYield + chargeCap - dischargeCap, of batteries at inverters.
    """
    given = totals.get(Quantity.INVERTER_YIELD)
    if not types & _BATTERIES_AT_INVERTERS:
        return given
    charged = totals.get(Quantity.BATTERY_CHARGE)
    discharged = totals.get(Quantity.BATTERY_DISCHARGE)
    if given is None or charged is None or discharged is None:
        return None
    return given + charged - discharged
