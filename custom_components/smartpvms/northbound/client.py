"""The client: one method for each query interface of the Northbound API."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from math import ceil
from typing import Final

from aiohttp import ClientSession
from yarl import URL

from .auth import Authentication
from .batches import Group, Members, gather
from .call_journal import CallJournal
from .calls import Calls
from .clock import Clock, system_clock
from .control.client import ControlClient
from .device_types import TypeForms
from .errors import (
    Failure,
    FailureKey,
    InvalidResponseError,
    PermissionDeniedError,
    RequestRejectedError,
    failure_of,
)
from .flow_control import Booking, Ledger
from .interfaces import Interface
from .json_types import JsonObject
from .models import (
    Alarm,
    BatteryMode,
    Device,
    DeviceReport,
    FeedInLimit,
    HistoryRow,
    Plant,
    PlantReport,
    Reading,
    ReportPeriod,
)
from .parsing import integer, members
from .readers import (
    alarms_from,
    battery_mode_from,
    device_readings_from,
    device_reports_from,
    devices_from,
    feed_in_limit_from,
    history_from,
    old_history_from,
    plant_readings_from,
    plant_reports_from,
    plants_from,
    plants_from_old,
    rows_of,
)
from .transport import Transport

_PAGE_SIZE: Final = 100
# ten thousand plants: beyond that a page count is a mistake
_MOST_PAGES: Final = 100
_LONGEST_HISTORY: Final = timedelta(hours=24)
_LONGEST_OLD_HISTORY: Final = timedelta(days=3)

PLANT_REPORTS: Final = {
    ReportPeriod.HOUR: Interface.PLANT_HOUR,
    ReportPeriod.DAY: Interface.PLANT_DAY,
    ReportPeriod.MONTH: Interface.PLANT_MONTH,
    ReportPeriod.YEAR: Interface.PLANT_YEAR,
}
"""The interface of each plant report."""
DEVICE_REPORTS: Final = {
    ReportPeriod.DAY: Interface.DEVICE_DAY,
    ReportPeriod.MONTH: Interface.DEVICE_MONTH,
    ReportPeriod.YEAR: Interface.DEVICE_YEAR,
}
"""The interface of each device report; there is none by the hour."""


class NorthboundClient:
    """Reads plants and devices of one owner or API account; `control` commands them.

    Requests follow each other, as parallel ones provoke 407. Each is booked in the
    ledger before it leaves, and a refusal is never answered by asking again.

    All methods raise `NorthboundError`: `DoorClosedError` where the ledger has no call
    left and nothing was sent, `FlowControlError` where the cloud refused, and the rest
    as `failures.py` lists them.
    """

    def __init__(
        self,
        session: ClientSession,
        server: URL,
        authentication: Authentication,
        ledger: Ledger,
        *,
        timeout: float = 30,
        clock: Clock = system_clock,
        journal: CallJournal | None = None,
    ) -> None:
        """Use `server` ("https://eu5.fusionsolar.huawei.com"); `timeout` in seconds.

        The session must be made with a DummyCookieJar, else TypeError is raised.
        """
        transport = Transport(session, server, timeout)
        self.ledger = ledger
        self.journal = CallJournal() if journal is None else journal
        self._calls = Calls(transport, authentication, ledger, clock, self.journal)
        self.control = ControlClient(self._calls)
        self._plants = Members(clock)
        self._devices = Members(clock)
        self._serials = Members(clock)
        self._stations_refused = False
        self._type_forms = TypeForms()

    @property
    def refused(self) -> Mapping[str, Failure]:
        """Plants (by code) and devices (by id) the cloud refused in the last hour.

        They are left out of batches, and so of the answers.
        """
        return {
            **self._plants.refused,
            **self._devices.refused,
            **self._serials.refused,
        }

    @property
    def left_out(self) -> frozenset[str]:
        """Plants and devices of which an answer that has just come may say nothing.

        They are the refused ones, those of a refused batch that is still divided, since
        calls are few, and those that were not asked for after such a division: the next
        poll goes on with them. Only true until another call is made.
        """
        in_doubt = (
            asked.in_doubt for asked in (self._plants, self._devices, self._serials)
        )
        return frozenset(self.refused).union(*in_doubt)

    async def list_plants(self) -> tuple[Plant, ...]:
        """Return all plants, from the old list where `stations` is not granted."""
        if not self._stations_refused:
            try:
                return await self.get_plants()
            except PermissionDeniedError as error:
                if error.failure.key is not FailureKey.INTERFACE_NOT_GRANTED:
                    raise
        plants = await self.get_plants_old()
        self._stations_refused = True
        return plants

    async def get_plants(self) -> tuple[Plant, ...]:
        """Return all plants (stations, 24.2.0)."""
        return plants_from(await self._pages(Interface.PLANTS, {}))

    async def get_plants_old(self) -> tuple[Plant, ...]:
        """Return all plants (getStationList), without coordinates and dates.

        Servers know it in two forms. The one with pages is asked for first, as those
        that do not know pages ignore them.
        """
        interface = Interface.PLANTS_OLD
        try:
            rows = await self._pages(interface, {"pageSize": _PAGE_SIZE})
        except RequestRejectedError as error:
            if error.failure.key is not FailureKey.REQUEST_INVALID:
                raise
            async with self.ledger.booking(interface) as booking:
                rows = rows_of(await self._calls.call(booking, {}))
        return plants_from_old(rows)

    async def get_devices(self, plant_codes: Iterable[str]) -> tuple[Device, ...]:
        """Return the devices of these plants (getDevList)."""
        codes = tuple(plant_codes)
        return devices_from(await self._for_plants(Interface.DEVICES, codes, {}), codes)

    async def get_plant_readings(
        self, plant_codes: Iterable[str]
    ) -> dict[str, Reading]:
        """Return the last values of these plants (getStationRealKpi) by plant code.

        A plant may be missing from the answer.
        """
        codes = tuple(plant_codes)
        rows = await self._for_plants(Interface.PLANT_READINGS, codes, {})
        return plant_readings_from(rows, codes)

    async def get_device_readings(
        self, type_id: int, device_ids: Iterable[int]
    ) -> dict[int, Reading]:
        """Return the last values of devices of one type (getDevRealKpi) by device id.

        A device may be missing from the answer. Where none is in it the type may be
        asked for again, as `TypeForms` says.
        """
        ids = tuple(device_ids)
        interface = Interface.DEVICE_READINGS
        rows = await self._readings(type_id, ids)
        if ids and self._type_forms.note(type_id, found=bool(rows)):
            calls = ceil(len(ids) / interface.batch_size)
            if self.ledger.retry_at(interface, calls) is None:
                rows = await self._readings(type_id, ids)
                self._type_forms.note(type_id, found=bool(rows))
        return device_readings_from(rows, ids)

    async def _readings(self, type_id: int, ids: tuple[int, ...]) -> list[JsonObject]:
        try:
            return await self._for_devices(Interface.DEVICE_READINGS, type_id, ids, {})
        except RequestRejectedError:
            self._type_forms.refused(type_id)
            raise

    async def get_device_history(
        self, device_dn: str, type_id: int, start: datetime, end: datetime
    ) -> tuple[HistoryRow, ...]:
        """Return five-minute values of one device (device/history, 25.3.0).

        `start` and `end` are aware and at most 24 hours apart, else ValueError.
        """
        _check_range(start, end, _LONGEST_HISTORY)
        async with self.ledger.booking(Interface.DEVICE_HISTORY) as booking:
            data = await self._calls.call(
                booking,
                {
                    "devDn": device_dn,
                    "devTypeId": self._type_forms.wire(type_id),
                    "startTime": _milliseconds(start),
                    "endTime": _milliseconds(end),
                },
            )
        return history_from(rows_of(data), device_dn)

    async def get_device_history_old(
        self, type_id: int, device_ids: Iterable[int], start: datetime, end: datetime
    ) -> tuple[HistoryRow, ...]:
        """Return five-minute values (getDevHistoryKpi, for servers before 25.3.0).

        `start` and `end` are aware and at most three days apart, else ValueError.
        """
        _check_range(start, end, _LONGEST_OLD_HISTORY)
        ids = tuple(device_ids)
        times: JsonObject = {
            "startTime": _milliseconds(start),
            "endTime": _milliseconds(end),
        }
        rows = await self._for_devices(
            Interface.DEVICE_HISTORY_OLD, type_id, ids, times
        )
        return old_history_from(rows, ids)

    async def get_device_five_minutes(
        self, type_id: int, device_ids: Iterable[int], at: datetime
    ) -> tuple[HistoryRow, ...]:
        """Return the five-minute values of the day of `at` (getDevFiveMinutes, old)."""
        ids = tuple(device_ids)
        rows = await self._for_devices(
            Interface.DEVICE_FIVE_MINUTES, type_id, ids, _collected(at)
        )
        return old_history_from(rows, ids)

    async def get_alarms(
        self,
        *,
        plant_codes: Iterable[str] = (),
        serials: Iterable[str] = (),
        begin: datetime,
        end: datetime,
        language: str,
        severities: Iterable[int] = (),
        type_ids: Iterable[int] = (),
    ) -> tuple[Alarm, ...]:
        """Return the active alarms raised from `begin` to `end` (getAlarmList).

        They are those of the plants or, without plants, of the devices with these
        serial numbers. `language` is one of the cloud's ("en_US"). No severities and
        no types are all. The cloud silently cuts a range of more than seven days.

        Raises `InvalidResponseError` where a success brings no list: no alarms are an
        empty one, and nothing must not pass for the end of every alarm.
        """
        codes = tuple(plant_codes)
        numbers = () if codes else tuple(serials)
        common: JsonObject = {
            "beginTime": _milliseconds(begin),
            "endTime": _milliseconds(end),
            "language": language,
            "levels": ",".join(map(str, severities)),
            "devTypes": ",".join(map(str, type_ids)),
        }
        if codes:
            rows = await self._for_plants(Interface.ALARMS, codes, common)
        else:
            rows = await self._batches(
                Interface.ALARMS, self._serials, numbers, "sns", common
            )
        return alarms_from(rows, plant_codes=codes, serials=numbers)

    async def get_plant_report(
        self, period: ReportPeriod, plant_codes: Iterable[str], at: datetime
    ) -> tuple[PlantReport, ...]:
        """Return a report (getKpiStationHour, Day, Month, Year) in order of time.

        `at` is any instant of the day for hours, of the month for days, of the year for
        months, in the plant's zone; for years, whatever it is, all years are answered.
        """
        codes = tuple(plant_codes)
        rows = await self._for_plants(PLANT_REPORTS[period], codes, _collected(at))
        return plant_reports_from(rows, codes)

    async def get_device_report(
        self,
        period: ReportPeriod,
        type_id: int,
        device_ids: Iterable[int],
        at: datetime,
    ) -> tuple[DeviceReport, ...]:
        """Return a report (getDevKpiDay, Month, Year) in order of time.

        There is none by the hour: ValueError. `at` as for plants.
        """
        if period not in DEVICE_REPORTS:
            raise ValueError("the cloud has no hourly report of devices")
        ids = tuple(device_ids)
        rows = await self._for_devices(
            DEVICE_REPORTS[period], type_id, ids, _collected(at)
        )
        return device_reports_from(rows, ids)

    async def get_battery_mode(self, plant_code: str) -> BatteryMode:
        """Return the battery mode in force (configuration/battery-mode, 24.6.0).

        Raises `RequestRejectedError` where the plant has no battery (20631), several
        networks (20609), a controller that cannot tell (20629) or is offline (20614).
        """
        data = await self._setting(Interface.BATTERY_MODE, plant_code)
        return battery_mode_from(data, plant_code)

    async def get_feed_in_limit(self, plant_code: str) -> FeedInLimit:
        """Return the feed-in limit (configuration/active-power-control-mode, 24.6.0).

        Raises `RequestRejectedError` as `get_battery_mode` does.
        """
        data = await self._setting(Interface.FEED_IN_LIMIT, plant_code)
        return feed_in_limit_from(data, plant_code)

    async def _setting(self, interface: Interface, plant_code: str) -> JsonObject:
        async with self.ledger.booking(interface) as booking:
            data = await self._calls.call(booking, {"plantCode": plant_code})
        if not isinstance(data, dict):
            raise InvalidResponseError(
                failure_of(FailureKey.INVALID_RESPONSE), interface
            )
        return data

    async def _pages(self, interface: Interface, body: JsonObject) -> list[JsonObject]:
        """Return the rows of all pages; those after the first are booked together."""
        async with self.ledger.booking(interface) as booking:
            data = await self._calls.call(booking, {"pageNo": 1, **body})
        rows = rows_of(data)
        more = _page_count(members(data)) - 1
        if more > 0 and rows:
            async with self.ledger.booking(interface, more) as booking:
                for page in range(2, more + 2):
                    found = rows_of(
                        await self._calls.call(booking, {"pageNo": page, **body})
                    )
                    if not found:
                        break
                    rows += found
        return rows

    async def _for_plants(
        self, interface: Interface, codes: Sequence[str], body: JsonObject
    ) -> list[JsonObject]:
        return await self._batches(interface, self._plants, codes, "stationCodes", body)

    async def _for_devices(
        self, interface: Interface, type_id: int, ids: Sequence[int], body: JsonObject
    ) -> list[JsonObject]:
        typed: JsonObject = {"devTypeId": self._type_forms.wire(type_id), **body}
        names = [str(device_id) for device_id in ids]
        return await self._batches(interface, self._devices, names, "devIds", typed)

    async def _batches(
        self,
        interface: Interface,
        subjects: Members,
        names: Sequence[str],
        field: str,
        body: JsonObject,
    ) -> list[JsonObject]:
        async def ask(booking: Booking, group: Group) -> list[JsonObject]:
            data = await self._calls.call(booking, {field: ",".join(group), **body})
            if interface is Interface.ALARMS and not isinstance(data, list):
                failure = failure_of(FailureKey.INVALID_RESPONSE)
                raise InvalidResponseError(failure, interface)
            return rows_of(data)

        return await gather(self.ledger, interface, subjects, names, ask)


def _page_count(page: JsonObject) -> int:
    """Return how many pages there are; a list without pages is one."""
    count = integer(page.get("pageCount"))
    if count is None:
        count = ceil((integer(page.get("total")) or 0) / _PAGE_SIZE)
    return min(count, _MOST_PAGES)


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _collected(at: datetime) -> JsonObject:
    return {"collectTime": _milliseconds(at)}


def _check_range(start: datetime, end: datetime, longest: timedelta) -> None:
    if not timedelta(0) < end - start <= longest:
        raise ValueError(f"a range must be longer than 0 and at most {longest}")
