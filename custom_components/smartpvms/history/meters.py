"""What the meters at the grid counted in the hours of past days, from their history.

getDevHistoryKpi answers for ten devices and three days at once, but is known to cut
silently what is too long; device/history (25.3.0) answers for one device and a day.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from typing import Final

from ..energy_flows import Assignment, Unit
from ..energy_flows.points import grid_points
from ..northbound.client import NorthboundClient
from ..northbound.errors import PermissionDeniedError, RequestRejectedError
from ..northbound.interfaces import Interface
from ..northbound.models import Device, HistoryRow
from .days import days_between
from .hours import full_hour, growth_by_hour, hours_of, midnight
from .quantities import Quantity, figure

_DAY: Final = timedelta(days=1)
_LONGEST_OLD: Final = timedelta(days=3)
_LONGEST: Final = timedelta(days=1)
_MOST_DEVICES: Final = 10
# an answer that ends, or begins, so far from where it should may have been cut
_MARGIN: Final = timedelta(hours=2)

type Samples = Sequence[tuple[datetime, Mapping[str, float]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class GridMeter:
    """A measuring point at the grid: its device, and which counter is which."""

    device: Device
    import_key: str
    export_key: str


def grid_meters(
    devices: Iterable[Device], assignments: Mapping[str, Assignment]
) -> list[GridMeter]:
    """Return the points of a plant that are at the grid, as confirmed or proved."""
    units = [Unit(device=device, reading=None) for device in devices]
    return [
        GridMeter(
            device=point.unit.device,
            import_key=point.import_key(direction),
            export_key=point.export_key(direction),
        )
        for point, direction in grid_points(units, assignments)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterCall:
    """One call for the history of devices of one type, with the days that it tells."""

    devices: tuple[Device, ...]
    days: tuple[date, ...]
    zone: tzinfo
    old: bool

    @property
    def interface(self) -> Interface:
        """What is asked."""
        return Interface.DEVICE_HISTORY_OLD if self.old else Interface.DEVICE_HISTORY

    @property
    def start(self) -> datetime:
        """When the first day begins."""
        return midnight(self.days[0], self.zone)

    @property
    def end(self) -> datetime:
        """When the last day ends."""
        return midnight(self.days[-1] + _DAY, self.zone)


@dataclass(slots=True, kw_only=True)
class _Known:
    """What was answered of a device: samples by day, and days that may have been cut."""

    days: dict[date, Samples] = field(default_factory=dict)
    doubtful: set[date] = field(default_factory=set)


class MeterHistory:
    """The last days of history that were asked for, in memory only."""

    def __init__(self) -> None:
        """Begin with nothing known."""
        self._known: dict[int, _Known] = {}
        self._old_is_cut = False
        self._is_refused = False

    def missing(
        self, meters: Iterable[GridMeter], day: date, zone: tzinfo
    ) -> MeterCall | None:
        """Return the call that is needed before these meters tell their hours of a day."""
        if self._is_refused:
            return None
        devices = {
            meter.device.id: meter.device
            for meter in meters
            if day not in self._of(meter.device.id).days
        }
        if not devices:
            return None
        one = next(iter(devices.values()))
        if self._old_is_cut or day in self._of(one.id).doubtful:
            return MeterCall(devices=(one,), days=(day,), zone=zone, old=False)
        alike = [
            device
            for device in devices.values()
            if device.type_id == one.type_id and day not in self._of(device.id).doubtful
        ]
        return MeterCall(
            devices=tuple(alike[:_MOST_DEVICES]),
            days=_days_until(day, zone),
            zone=zone,
            old=True,
        )

    async def async_ask(self, client: NorthboundClient, call: MeterCall) -> None:
        """Make a call, and keep what it tells; raises `NorthboundError`."""
        try:
            rows = await self._async_rows(client, call)
        except PermissionDeniedError, RequestRejectedError:
            if call.old:
                self._old_is_cut = True
            else:
                self._is_refused = True
            return
        for device in call.devices:
            self._keep(device, call, _samples_of(device, rows))

    async def _async_rows(
        self, client: NorthboundClient, call: MeterCall
    ) -> list[HistoryRow]:
        (first, *_) = call.devices
        if call.old:
            ids = [device.id for device in call.devices]
            return list(
                await client.get_device_history_old(
                    first.type_id, ids, call.start, call.end
                )
            )
        rows: list[HistoryRow] = []
        start = call.start
        while first.dn is not None and start < call.end:
            # a day of 25 hours takes two calls
            end = min(start + _LONGEST, call.end)
            rows += await client.get_device_history(first.dn, first.type_id, start, end)
            start = end
        return rows

    def _keep(self, device: Device, call: MeterCall, samples: Samples) -> None:
        known = self._of(device.id)
        if call.old:
            known.days.clear()
        for day in call.days:
            begin, end = midnight(day, call.zone), midnight(day + _DAY, call.zone)
            of_day = [each for each in samples if begin <= each[0] <= end]
            if call.old and samples and not _reach(of_day, begin, end):
                known.doubtful.add(day)
                continue
            if not call.old and day in known.doubtful:
                self._old_is_cut |= _reach(of_day, begin, end)
            known.days[day] = of_day

    def hours(
        self, meters: Iterable[GridMeter], day: date, zone: tzinfo
    ) -> dict[Quantity, dict[datetime, int]]:
        """Return import and export of the hours of a day, as far as all meters tell."""
        hours = hours_of(day, zone)
        totals: dict[Quantity, dict[datetime, float]] = {}
        for meter in meters:
            samples = self._of(meter.device.id).days.get(day, ())
            for quantity, key in (
                (Quantity.IMPORT, meter.import_key),
                (Quantity.EXPORT, meter.export_key),
            ):
                counted = [
                    (moment, values[key]) for moment, values in samples if key in values
                ]
                grown = growth_by_hour(counted, hours)
                if not grown:
                    return {}
                total = totals.setdefault(quantity, {})
                for hour, energy in grown.items():
                    slot = full_hour(hour)
                    total[slot] = total.get(slot, 0.0) + energy
        return {
            quantity: {slot: figure(energy) for slot, energy in total.items()}
            for quantity, total in totals.items()
        }

    def _of(self, device_id: int) -> _Known:
        return self._known.setdefault(device_id, _Known())


def _days_until(day: date, zone: tzinfo) -> tuple[date, ...]:
    """Return the days up to this one that one call may ask for."""
    end = midnight(day + _DAY, zone)
    days = days_between(day - 2 * _DAY, day + _DAY)
    return tuple(each for each in days if end - midnight(each, zone) <= _LONGEST_OLD)


def _samples_of(device: Device, rows: Iterable[HistoryRow]) -> Samples:
    return [
        (row.collected, row.values)
        for row in rows
        if device.id == row.device_id or (device.dn and device.dn == row.device_dn)
    ]


def _reach(samples: Samples, begin: datetime, end: datetime) -> bool:
    """Return whether samples tell of a day from its beginning to its end."""
    if not samples:
        return False
    moments = [moment for moment, _ in samples]
    return min(moments) <= begin + _MARGIN and max(moments) >= end - _MARGIN
