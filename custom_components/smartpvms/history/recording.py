"""External statistics in Home Assistant's recorder: read, written and cleared.

The recorder works off a queue in a thread of its own. What is written counts as written
only when it has been read back.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from homeassistant.components.recorder.models import (
    StatisticData,
    StatisticMeanType,
    StatisticMetaData,
)
from homeassistant.components.recorder.statistics import (
    StatisticsRow,
    async_add_external_statistics,
    get_last_statistics,
    statistics_during_period,
)
from homeassistant.components.recorder.tasks import SynchronizeTask
from homeassistant.const import UnitOfEnergy
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.recorder import DATA_RECORDER, get_instance

from .hours import HOUR
from .quantities import SCALE, figure

RECORDER: Final = "recorder"
_LONG_AGO: Final = datetime(2000, 1, 1, tzinfo=UTC)
_UNITS: Final = {"energy": UnitOfEnergy.KILO_WATT_HOUR.value}
MOST_ROWS: Final = 150
"""Rows of a job: more would hold the recorder for long (2026.10: 1 ms each and more).

The hours of some days fit in, so that none of these is ever recorded by half.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """An external statistic: its id, its name in the picker, and its unit."""

    statistic_id: str
    name: str
    unit: str
    unit_class: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What was counted in an hour, and in all hours until its end, in thousandths."""

    state: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The rows of a span of time by their hour, the sum before, and the last hour of all."""

    rows: Mapping[datetime, Row]
    before: int
    last: datetime | None


@callback
def has_recorder(hass: HomeAssistant) -> bool:
    """Return whether this Home Assistant records at all."""
    return RECORDER in hass.config.components and DATA_RECORDER in hass.data


async def async_read(
    hass: HomeAssistant, statistic_id: str, start: datetime, end: datetime
) -> Span:
    """Return what is recorded of a series from `start` to before `end`."""
    return await get_instance(hass).async_add_executor_job(
        _read, hass, statistic_id, start, end
    )


def _read(
    hass: HomeAssistant, statistic_id: str, start: datetime, end: datetime
) -> Span:
    last = get_last_statistics(hass, 1, statistic_id, False, {"sum"}).get(statistic_id)
    if not last:
        return Span(rows={}, before=0, last=None)
    last_start = datetime.fromtimestamp(last[0]["start"], UTC)
    if last_start < start:
        return Span(rows={}, before=figure(last[0]["sum"] or 0.0), last=last_start)
    told = _rows(hass, statistic_id, start, end)
    # without rows in the span, those after it tell the sum before
    following = told or _rows(hass, statistic_id, end, None)
    first = following[0]
    return Span(
        rows={
            datetime.fromtimestamp(row["start"], UTC): Row(
                state=figure(row["state"] or 0.0), total=figure(row["sum"] or 0.0)
            )
            for row in told
        },
        before=figure((first["sum"] or 0.0) - (first["change"] or 0.0)),
        last=last_start,
    )


def _rows(
    hass: HomeAssistant, statistic_id: str, start: datetime, end: datetime | None
) -> Sequence[StatisticsRow]:
    found = statistics_during_period(
        hass, start, end, {statistic_id}, "hour", _UNITS, {"state", "sum", "change"}
    )
    return found.get(statistic_id, [])


async def async_first_hour(
    hass: HomeAssistant, statistic_id: str, expected: datetime | None
) -> datetime | None:
    """Return in which hour the statistics of a sensor begin, None where there are none.

    It is quick where that is the hour that is `expected`.
    """
    return await get_instance(hass).async_add_executor_job(
        _first_hour, hass, statistic_id, expected
    )


def _first_hour(
    hass: HomeAssistant, statistic_id: str, expected: datetime | None
) -> datetime | None:
    if expected is not None:
        is_there = _rows(hass, statistic_id, expected, expected + HOUR)
        if is_there and not _rows(hass, statistic_id, _LONG_AGO, expected):
            return expected
    rows = _rows(hass, statistic_id, _LONG_AGO, None)
    return datetime.fromtimestamp(rows[0]["start"], UTC) if rows else None


async def async_sums(
    hass: HomeAssistant, statistic_id: str, start: datetime, end: datetime
) -> dict[datetime, int]:
    """Return what a sensor had counted at the end of each hour, in thousandths of a kWh."""
    rows = await get_instance(hass).async_add_executor_job(
        _rows, hass, statistic_id, start, end
    )
    return {
        datetime.fromtimestamp(row["start"], UTC): figure(row["sum"] or 0.0)
        for row in rows
    }


async def async_write(
    hass: HomeAssistant, series: Series, rows: Mapping[datetime, Row]
) -> None:
    """Write rows, oldest first, and return when the recorder has worked off the jobs."""
    ordered = sorted(rows.items())
    for at in range(0, len(ordered), MOST_ROWS):
        async_add_external_statistics(
            hass,
            _metadata(series),
            [
                StatisticData(
                    start=hour, state=row.state / SCALE, sum=row.total / SCALE
                )
                for hour, row in ordered[at : at + MOST_ROWS]
            ],
        )
        await async_worked_off(hass)


def _metadata(series: Series) -> StatisticMetaData:
    return StatisticMetaData(
        mean_type=StatisticMeanType.NONE,
        has_sum=True,
        name=series.name,
        source=series.statistic_id.partition(":")[0],
        statistic_id=series.statistic_id,
        unit_class=series.unit_class,
        unit_of_measurement=series.unit,
    )


async def async_worked_off(hass: HomeAssistant) -> None:
    """Wait until the recorder has done all that is in its queue now."""
    done: asyncio.Future[None] = hass.loop.create_future()
    get_instance(hass).queue_task(SynchronizeTask(done))
    await done


async def async_clear(hass: HomeAssistant, statistic_ids: Sequence[str]) -> None:
    """Delete series with all their rows."""
    get_instance(hass).async_clear_statistics(list(statistic_ids))
    await async_worked_off(hass)
