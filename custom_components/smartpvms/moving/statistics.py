"""Statistics of sensors that go on under an entity id of before.

The statistics of an entity id stay when the entity changes hands. What a sensor of ours
has counted under its former id, after the last hour that is recorded of the new one,
follows them. Where both have an hour, it is that of the new id that stays.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import batched
from typing import Final

from homeassistant.components.recorder.db_schema import StatisticsShortTerm
from homeassistant.components.recorder.models import StatisticData, StatisticMetaData
from homeassistant.components.recorder.statistics import (
    StatisticsRow,
    async_import_statistics,
    async_update_statistics_metadata,
    get_last_statistics,
    get_metadata,
    statistics_during_period,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.recorder import get_instance

from ..history.recording import MOST_ROWS, async_clear, async_worked_off, has_recorder

# the last five minutes of an hour, for which short-term statistics are kept too
_LAST_MINUTES: Final = timedelta(minutes=55)
# a counter that has lost more than a tenth has started anew, as the recorder sees it
_ANEW: Final = 0.9


async def async_join(hass: HomeAssistant, names: Mapping[str, str]) -> None:
    """Join the statistics of sensors, by former id, to those of the ids they have now."""
    if not has_recorder(hass):
        return
    # what the recorder has yet to write down belongs to it too
    await async_worked_off(hass)
    ids = {*names, *names.values()}
    known = await get_instance(hass).async_add_executor_job(
        lambda: get_metadata(hass, statistic_ids=ids)
    )
    for former, entity_id in names.items():
        old = known[former][1] if former in known else None
        kept = known[entity_id][1] if entity_id in known else None
        last = None if kept is None else await _async_last(hass, entity_id)
        if kept is not None and last is not None:
            await _async_go_on(hass, kept, old, last)
        elif old is not None:
            if kept is not None:
                # it has no hour yet, and would be in the way
                await async_clear(hass, [entity_id])
            async_update_statistics_metadata(hass, former, new_statistic_id=entity_id)
    await async_clear(hass, [former for former in names if former in known])


async def _async_last(hass: HomeAssistant, statistic_id: str) -> StatisticsRow | None:
    """Return the last hour of a series, None for one that has none."""
    found = await get_instance(hass).async_add_executor_job(
        get_last_statistics, hass, 1, statistic_id, False, {"state", "sum"}
    )
    rows = found.get(statistic_id)
    return rows[0] if rows else None


async def _async_go_on(
    hass: HomeAssistant,
    kept: StatisticMetaData,
    former: StatisticMetaData | None,
    last: StatisticsRow,
) -> None:
    """Add what follows the last hour of a series, and let the recorder count on there."""
    recorder = get_instance(hass)
    rows: list[StatisticData] = []
    if former is not None and _is_alike(kept, former):
        following = await recorder.async_add_executor_job(
            _rows_from, hass, former["statistic_id"], last, kept
        )
        rows = _appended(last, following, has_sum=kept["has_sum"])
    for some in batched(rows, MOST_ROWS, strict=False):
        async_import_statistics(hass, kept, some)
        await async_worked_off(hass)
    if not kept["has_sum"]:
        return
    if rows or not await recorder.async_add_executor_job(
        _has_minutes, hass, last, kept
    ):
        end = rows[-1] if rows else _row(last, last.get("sum") or 0.0)
        mark = StatisticData(
            start=end["start"] + _LAST_MINUTES, state=end["state"], sum=end["sum"]
        )
        recorder.async_import_statistics(kept, [mark], StatisticsShortTerm)


def _is_alike(kept: StatisticMetaData, former: StatisticMetaData) -> bool:
    """Return whether the figures of one series can be converted into those of the other."""
    same_unit = kept["unit_of_measurement"] == former["unit_of_measurement"]
    same_class = kept["unit_class"] == former["unit_class"] is not None
    same_kind = (kept["has_sum"], kept["mean_type"]) == (
        former["has_sum"],
        former["mean_type"],
    )
    return same_kind and (same_unit or same_class)


def _rows_from(
    hass: HomeAssistant, statistic_id: str, last: StatisticsRow, kept: StatisticMetaData
) -> Sequence[StatisticsRow]:
    """Return the rows from the hour of `last` on, in the unit of the series that is kept."""
    unit_class, unit = kept["unit_class"], kept["unit_of_measurement"]
    units = {unit_class: unit} if unit_class and unit else None
    found = statistics_during_period(
        hass,
        _hour(last),
        None,
        {statistic_id},
        "hour",
        units,
        {"state", "sum", "mean", "min", "max"},
    )
    return found.get(statistic_id, [])


def _has_minutes(
    hass: HomeAssistant, last: StatisticsRow, kept: StatisticMetaData
) -> bool:
    """Return whether the recorder knows how far a series has counted.

    It looks at short-term statistics alone, and deletes them after some days.
    """
    statistic_id = kept["statistic_id"]
    return statistic_id in statistics_during_period(
        hass, _hour(last), None, {statistic_id}, "5minute", None, {"sum"}
    )


def _appended(
    last: StatisticsRow, following: Sequence[StatisticsRow], *, has_sum: bool
) -> list[StatisticData]:
    """Return the rows after the last one, with sums that go on from it."""
    rows = [row for row in following if row["start"] > last["start"]]
    if not rows or not has_sum:
        return [_row(row, None) for row in rows]
    common = [row for row in following if row["start"] == last["start"]]
    before = -(common[0].get("sum") or 0.0) if common else _growth(last, rows[0])
    before += last.get("sum") or 0.0
    return [_row(row, (row.get("sum") or 0.0) + before) for row in rows]


def _growth(last: StatisticsRow, first: StatisticsRow) -> float:
    """Return what has passed between two series, of which neither has counted it."""
    began = (first.get("state") or 0.0) - (first.get("sum") or 0.0)
    ended = last.get("state") or 0.0
    return began if began < _ANEW * ended else max(began - ended, 0.0)


def _row(row: StatisticsRow, total: float | None) -> StatisticData:
    start = _hour(row)
    if total is not None:
        return StatisticData(start=start, state=row.get("state") or 0.0, sum=total)
    return StatisticData(
        start=start,
        mean=row.get("mean") or 0.0,
        min=row.get("min") or 0.0,
        max=row.get("max") or 0.0,
    )


def _hour(row: StatisticsRow) -> datetime:
    return datetime.fromtimestamp(row["start"], UTC)
