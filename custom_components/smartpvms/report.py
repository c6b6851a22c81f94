"""Reports of the cloud for a range of dates: which calls they take, and what they say."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from math import ceil
from typing import Final

from homeassistant.util import dt as dt_util

from .northbound.client import DEVICE_REPORTS, PLANT_REPORTS, NorthboundClient
from .northbound.interfaces import Interface
from .northbound.models import ReportPeriod

_NOON: Final = time(12)
_HALF_A_DAY: Final = timedelta(hours=12)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRange:
    """The rows that are wanted: of each hour, day, month or year from `start` to `end`.

    Both dates are those of the plant, and both are included; a month or a year counts
    as a whole where it holds one of the days.
    """

    period: ReportPeriod
    start: date
    end: date

    @property
    def asked(self) -> range:
        """The periods that a call has to be made for each, by number.

        A call answers the hours of a day, the days of a month, the months of a year, or
        all years.
        """
        if self.end < self.start:
            return range(0)
        match self.period:
            case ReportPeriod.HOUR:
                first, last = self.start.toordinal(), self.end.toordinal()
            case ReportPeriod.DAY:
                first, last = _month_number(self.start), _month_number(self.end)
            case ReportPeriod.MONTH:
                first, last = self.start.year, self.end.year
            case ReportPeriod.YEAR:
                first = last = self.end.toordinal()
        return range(first, last + 1)

    def instants(self, zone: tzinfo) -> Iterator[datetime]:
        """Yield one instant of each period that a call has to be made for.

        But for hours the instants lie in the same period in every zone.
        """
        for number in self.asked:
            match self.period:
                case ReportPeriod.DAY:
                    year, month = divmod(number, 12)
                    yield datetime(year, month + 1, 15, tzinfo=UTC)
                case ReportPeriod.MONTH:
                    yield datetime(number, 7, 1, tzinfo=UTC)
                case _:
                    yield datetime.combine(date.fromordinal(number), _NOON, zone)

    def until_today(self, today: date) -> ReportRange:
        """Return the range without the days that are still to come."""
        return ReportRange(
            period=self.period, start=self.start, end=min(self.end, today)
        )

    def holds(self, day: date) -> bool:
        """Return whether a row that starts on this day is wanted."""
        first = self.start
        if self.period is ReportPeriod.MONTH:
            first = first.replace(day=1)
        elif self.period is ReportPeriod.YEAR:
            first = first.replace(month=1, day=1)
        return first <= day <= self.end

    def row_start(self, start: datetime, zone: tzinfo) -> datetime:
        """Return when a row starts by the plant's clock.

        Some plants name 00:00 UTC instead of their own midnight, and a zone that nobody
        set may be an hour or two off: the day that is meant is the nearest one.
        """
        local = start.astimezone(zone)
        if self.period is ReportPeriod.HOUR:
            return local
        universal = start.astimezone(UTC)
        midnight = universal.time() == time()
        day = universal.date() if midnight else (local + _HALF_A_DAY).date()
        return datetime.combine(day, time(), zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRow:
    """What the cloud counted in a period; `values` by the keys of the documents."""

    start: datetime
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Plants (by code) or devices of one type (by id) that share the calls and the zone."""

    zone: tzinfo
    plant_codes: tuple[str, ...] = ()
    type_id: int = 0
    device_ids: tuple[int, ...] = ()

    def interface(self, period: ReportPeriod) -> Interface:
        """Return what answers for them."""
        return PLANT_REPORTS[period] if self.plant_codes else DEVICE_REPORTS[period]

    def until_today(self, wanted: ReportRange) -> ReportRange:
        """Return the range without the days that are still to come here."""
        return wanted.until_today(dt_util.now(self.zone).date())

    def calls(self, wanted: ReportRange) -> int:
        """Return what a report costs."""
        size = self.interface(wanted.period).batch_size
        members = len(self.plant_codes) + len(self.device_ids)
        return len(self.until_today(wanted).asked) * ceil(members / size)


async def async_fetch(
    client: NorthboundClient, batch: Batch, wanted: ReportRange
) -> dict[str | int, list[ReportRow]]:
    """Return the rows of each plant (by code) or device (by id), in order of time.

    Rows without any value, as those of the years before the plant was built, are left
    out. Raises `NorthboundError`.
    """
    members: tuple[str | int, ...] = (*batch.plant_codes, *batch.device_ids)
    rows: dict[str | int, list[ReportRow]] = {member: [] for member in members}
    for at in batch.until_today(wanted).instants(batch.zone):
        for member, start, values in await _async_call(
            client, batch, wanted.period, at
        ):
            row = ReportRow(start=wanted.row_start(start, batch.zone), values=values)
            if values and wanted.holds(row.start.date()):
                rows[member].append(row)
    return rows


async def _async_call(
    client: NorthboundClient, batch: Batch, period: ReportPeriod, at: datetime
) -> Iterable[tuple[str | int, datetime, Mapping[str, float]]]:
    """Return whose row it is, when it starts, and what it says."""
    if batch.plant_codes:
        return [
            (row.plant_code, row.start, row.values)
            for row in await client.get_plant_report(period, batch.plant_codes, at)
        ]
    return [
        (row.device_id, row.start, row.values)
        for row in await client.get_device_report(
            period, batch.type_id, batch.device_ids, at
        )
    ]


def _month_number(day: date) -> int:
    """Return the months since the year 0."""
    return day.year * 12 + day.month - 1
