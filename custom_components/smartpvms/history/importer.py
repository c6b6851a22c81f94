"""What the cloud answered, into the series of its plants."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
import logging
from typing import Final

from ..northbound.models import PlantReport
from .before_live import BeforeLive
from .book import SeriesBook
from .days import (
    HourReport,
    MonthWork,
    days_of_report,
    first_year,
    hours_of_report,
    month_work,
    with_meter,
)
from .hours import (
    HOUR,
    Hours,
    day_plan,
    deviation,
    midnight,
    scaled,
    slots_of,
)
from .quantities import Figures, Quantity
from .recording import Series
from .shelf import Shelf
from .steps import Kind, PlantNow, Step, month_after, newest_day

_LOGGER = logging.getLogger(__name__)

_DAY: Final = timedelta(days=1)
_ACCEPTED_DEVIATION: Final = 0.02
# what is only told by reports is no reason to ask for a day's hours
_MEASURED: Final = frozenset(Quantity) - {Quantity.INCOME, Quantity.INVERTER_YIELD}

type MeterHours = Mapping[Quantity, Mapping[datetime, int]]


class Importer:
    """Writes answers into series; a plant's progress moves on once they are recorded."""

    def __init__(self, shelf: Shelf, book: SeriesBook, before_live: BeforeLive) -> None:
        """Write these series, and let those that end at the live sensors follow."""
        self._shelf = shelf
        self._book = book
        self._before_live = before_live

    async def async_take(
        self,
        step: Step,
        plants: Mapping[str, PlantNow],
        rows: Sequence[PlantReport],
        now: datetime,
        *,
        left_out: frozenset[str] = frozenset(),
        meters: Mapping[str, MeterHours],
    ) -> None:
        """Take in the answer to a step for those plants that the cloud answered for.

        `meters` is what the meters counted by plant, for a step of hours. Raises
        `NotRecordedError`; the step is to be made again then.
        """
        by_plant: defaultdict[str, list[PlantReport]] = defaultdict(list)
        for row in rows:
            by_plant[row.plant_code].append(row)
        for code in step.plant_codes:
            plant, told = plants.get(code), by_plant[code]
            if plant is None or plant.progress.deleted:
                # so it is since the call was made
                continue
            if plant.progress.until is None and step.kind is not Kind.YEARS:
                # deleted, and wanted anew from the beginning
                continue
            if code in left_out:
                plant.progress.wait(now)
                continue
            match step.kind:
                case Kind.YEARS:
                    self._take_years(plant, told, now)
                case Kind.DAYS:
                    await self._async_take_days(code, plant, step.period, told, now)
                case Kind.AGAIN:
                    await self._async_take_again(code, plant, step.period, told)
                case Kind.HOURS:
                    meter = meters.get(code, {})
                    await self._async_take_hours(code, plant, step.period, told, meter)

    def _take_years(
        self, plant: PlantNow, rows: Iterable[PlantReport], now: datetime
    ) -> None:
        year = first_year(rows, plant.zone)
        if year is None:
            plant.progress.years_asked = now.astimezone(plant.zone).date()
        else:
            plant.progress.begin(year)

    async def _async_take_days(
        self,
        code: str,
        plant: PlantNow,
        month: date,
        rows: Iterable[PlantReport],
        now: datetime,
    ) -> None:
        progress = plant.progress
        assert progress.until is not None
        newest = newest_day(now, plant.zone)
        reported = days_of_report(rows, plant.zone)
        end = min(month_after(month), newest + _DAY)
        work = month_work(reported, begin=progress.until, end=end, began=progress.began)
        if work.lacks and not progress.lacks(now):
            work = MonthWork(
                days={day: told for day, told in reported.items() if day < end},
                until=end,
                lacks=False,
            )
            work = _from(work, progress.until)
        await self._async_put_days(code, plant, work.days)
        if progress.began is None and work.days:
            progress.began = min(work.days)
        progress.until = work.until
        if not work.lacks:
            progress.settle()
        if progress.refined is None and progress.until > newest:
            progress.refined = progress.until
            progress.checked = newest

    async def _async_take_again(
        self, code: str, plant: PlantNow, month: date, rows: Iterable[PlantReport]
    ) -> None:
        progress = plant.progress
        assert progress.until is not None
        (start, end), *others = progress.ranges_again()
        beyond = min(month_after(month), end + _DAY, progress.until)
        days = {
            day: told
            for day, told in days_of_report(rows, plant.zone).items()
            if start <= day < beyond
        }
        await self._async_put_days(code, plant, days)
        progress.wanted |= days.keys()
        following = month_after(month)
        is_over = following > end or following >= progress.until
        progress.again = others if is_over else [(following, end), *others]

    async def _async_put_days(
        self, code: str, plant: PlantNow, days: Mapping[date, Figures]
    ) -> None:
        """Give days their figures; those that have no hours, and should, are wanted."""
        if not days:
            return
        quantities = {each for figures in days.values() for each in figures}
        for quantity in sorted(quantities):
            series = self._shelf.series(code, quantity)
            await self._book.async_complete(series)
            changes: dict[datetime, int] = {}
            recorded = await self._async_recorded(series, plant, min(days), max(days))
            for day, figures in days.items():
                if quantity not in figures:
                    continue
                slots = slots_of(day, plant.zone)
                told = {slot: recorded[slot] for slot in slots if slot in recorded}
                planned = day_plan(told, day, plant.zone, figures[quantity])
                changes |= planned.changes
                is_good = planned.is_whole or figures[quantity] == 0
                if planned.is_whole and not _is_near(told, figures[quantity]):
                    _tell(series, day, told, figures[quantity])
                    is_good = False
                if not is_good and quantity in _MEASURED:
                    _want(plant, day)
            await self._book.async_put(series, changes)
            await self._before_live.async_follow(
                code, plant, quantity, (min(days), max(days))
            )

    async def _async_recorded(
        self, series: Series, plant: PlantNow, first: date, last: date
    ) -> Hours:
        span = await self._book.async_span(
            series,
            midnight(first, plant.zone),
            midnight(last + _DAY, plant.zone) + HOUR,
        )
        return {hour: row.state for hour, row in span.rows.items()}

    async def _async_take_hours(
        self,
        code: str,
        plant: PlantNow,
        day: date,
        rows: Iterable[PlantReport],
        meter: MeterHours,
    ) -> None:
        slots = slots_of(day, plant.zone)
        report: HourReport = hours_of_report(rows, slots)
        for quantity, hours in sorted(with_meter(report, meter).items()):
            series = self._shelf.series(code, quantity)
            await self._book.async_complete(series)
            recorded = await self._async_recorded(series, plant, day, day)
            told = [recorded[slot] for slot in slots if slot in recorded]
            whole = {slot: hours.get(slot, 0) for slot in slots}
            in_hours = scaled(whole, sum(told)) if told else None
            if in_hours is None:
                continue
            if not _is_near(whole, sum(told)):
                _tell(series, day, whole, sum(told))
            await self._book.async_put(series, in_hours)
            await self._before_live.async_follow(code, plant, quantity, (day, day))
        plant.progress.has_refined(day)


def _want(plant: PlantNow, day: date) -> None:
    """Want the hours of a day that is not among those still to be refined anyway."""
    refined = plant.progress.refined
    if plant.by_the_hour and refined is not None and day >= refined:
        plant.progress.wanted.add(day)


def _from(work: MonthWork, begin: date) -> MonthWork:
    days = {day: told for day, told in work.days.items() if day >= begin}
    return MonthWork(days=days, until=work.until, lacks=work.lacks)


def _is_near(hours: Hours, total: int) -> bool:
    return deviation(hours, total) <= _ACCEPTED_DEVIATION


def _tell(series: Series, day: date, hours: Hours, total: int) -> None:
    _LOGGER.debug(
        "%s on %s: the hours come to %s, the day to %s thousandths",
        series.statistic_id,
        day,
        sum(hours.values()),
        total,
    )
