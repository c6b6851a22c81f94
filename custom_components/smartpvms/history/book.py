"""The series of a plant's quantities: what was counted each hour, and sums that follow.

`state` of a row is what its hour counted, `sum` the running sum from base 0. A change
makes all later sums follow, oldest first. What is under way stands in `pending`, which
is on disk before the first row is written: after a kill `async_complete` goes on.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from .hours import HOUR
from .recording import MOST_ROWS, Row, Series, Span, async_read, async_write

# rows are read in spans of half a year, which takes some hundredths of a second
_SPAN: Final = timedelta(days=180)


class NotRecordedError(HomeAssistantError):
    """The recorder did not take what was written; it is to be tried again later."""


class SeriesBook:
    """Changes the rows of series and keeps their sums right."""

    def __init__(
        self,
        hass: HomeAssistant,
        pending: dict[str, datetime],
        save: Callable[[], Awaitable[None]],
    ) -> None:
        """Go on with what was `pending`: from when on the sums of a series may be wrong.

        `save` has to write it to disk before it returns.
        """
        self._hass = hass
        self._pending = pending
        self._save = save
        self._lock = asyncio.Lock()

    async def async_complete(self, series: Series) -> None:
        """Make right the sums of a series whose rewriting was cut off."""
        if series.statistic_id in self._pending:
            async with self._lock:
                await self._async_complete(series)

    async def async_put(self, series: Series, changes: Mapping[datetime, int]) -> None:
        """Set what some hours counted; all that follows from it is written with it.

        Raises `NotRecordedError`; then the same changes have to be put again.
        """
        if not changes:
            return
        async with self._lock:
            await self._async_complete(series)
            await self._async_rewrite(series, min(changes), changes)

    async def async_span(self, series: Series, start: datetime, end: datetime) -> Span:
        """Return the rows of a span of time."""
        return await async_read(self._hass, series.statistic_id, start, end)

    async def _async_complete(self, series: Series) -> None:
        start = self._pending.get(series.statistic_id)
        if start is not None:
            await self._async_rewrite(series, start, {})

    async def _async_rewrite(
        self, series: Series, start: datetime, changes: Mapping[datetime, int]
    ) -> None:
        """Write what is not as it should be, from `start` on."""
        latest_change = max(changes, default=None)
        was_cut_off = series.statistic_id in self._pending
        at, running = start, None
        while True:
            span = await self.async_span(series, at, at + _SPAN)
            running = span.before if running is None else running
            states = {hour: row.state for hour, row in span.rows.items()}
            states |= {
                hour: state
                for hour, state in changes.items()
                if at <= hour < at + _SPAN
            }
            due, running = _summed(states, running)
            wrong = {
                hour: row for hour, row in due.items() if span.rows.get(hour) != row
            }
            at += _SPAN
            last = max(
                each for each in (span.last, latest_change, start) if each is not None
            )
            follows = not was_cut_off and _follows(span, due, latest_change)
            is_over = follows or last < at
            if not is_over or len(wrong) > MOST_ROWS:
                await self._note(series, start)
            await self._async_write(series, wrong)
            if is_over:
                break
        await self._note(series, None)

    async def _async_write(self, series: Series, rows: Mapping[datetime, Row]) -> None:
        if not rows:
            return
        await async_write(self._hass, series, rows)
        first, last = min(rows), max(rows)
        span = await self.async_span(series, first, last + HOUR)
        if any(span.rows.get(hour) != row for hour, row in rows.items()):
            raise NotRecordedError

    async def _note(self, series: Series, start: datetime | None) -> None:
        """Keep from when on the sums may be wrong, None for nowhere."""
        if self._pending.get(series.statistic_id) == start:
            return
        if start is None:
            del self._pending[series.statistic_id]
        else:
            self._pending[series.statistic_id] = start
        await self._save()


def _summed(
    states: Mapping[datetime, int], running: int
) -> tuple[dict[datetime, Row], int]:
    rows: dict[datetime, Row] = {}
    for hour, state in sorted(states.items()):
        running += state
        rows[hour] = Row(state=state, total=running)
    return rows, running


def _follows(
    span: Span, due: Mapping[datetime, Row], latest_change: datetime | None
) -> bool:
    """Return whether the rows after the last change are right as they are."""
    if latest_change is None:
        return False
    later = [hour for hour in span.rows if hour > latest_change]
    return bool(later) and span.rows[min(later)] == due[min(later)]
