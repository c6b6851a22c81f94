"""The cloud's report of past days, for what totals made of day counters may have missed."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
import logging
from typing import Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import (
    OAuth2TokenRequestConnectionError,
    OAuth2TokenRequestError,
)
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.util import dt as dt_util

from .coordinator import SmartPVMSConfigEntry
from .northbound.auth import Access
from .northbound.client import PLANT_REPORTS
from .northbound.errors import NorthboundError
from .northbound.models import ReportPeriod

_LOGGER = logging.getLogger(__name__)

CHECK_INTERVAL: Final = timedelta(hours=1)
# by then the cloud has worked out the day before, as far as observed
REPORT_IS_THERE: Final = time(4)
CALLS_LEFT_TO_THE_USER: Final = 100


@callback
def async_follow_unsettled(hass: HomeAssistant, entry: SmartPVMSConfigEntry) -> None:
    """Ask once a day for the reports of the days that may lack a part."""
    settling = Settling(entry)
    entry.async_on_unload(
        async_track_time_interval(
            hass, settling.async_settle, CHECK_INTERVAL, cancel_on_shutdown=True
        )
    )


class Settling:
    """Settles the days of an entry's plants."""

    def __init__(self, entry: SmartPVMSConfigEntry) -> None:
        """Begin with no plant asked about."""
        self._entry = entry
        self._asked: dict[str, date] = {}

    async def async_settle(self, now: datetime) -> None:
        """Settle the plants that are due: one call for each month and 100 plants."""
        data = self._entry.runtime_data
        months: defaultdict[date, set[str]] = defaultdict(set)
        for plant_code in data.plants.data:
            for day in self._due(plant_code):
                months[day.replace(day=1)].add(plant_code)
        for month, plant_codes in months.items():
            if not self._has_calls():
                return
            await self._async_settle_month(month, sorted(plant_codes))

    def _due(self, plant_code: str) -> Iterable[date]:
        """Return the days of a plant to ask for now, once a day."""
        energies = self._entry.runtime_data.energy
        local = dt_util.utcnow().astimezone(energies.zone(plant_code))
        if local.time() < REPORT_IS_THERE or (
            self._asked.get(plant_code) == local.date()
        ):
            return ()
        return [day for day in energies.unsettled(plant_code) if day < local.date()]

    async def _async_settle_month(self, month: date, plant_codes: list[str]) -> None:
        data = self._entry.runtime_data
        # the middle of a month lies in it in every time zone
        at = datetime(month.year, month.month, 15, tzinfo=UTC)
        try:
            reports = await data.client.get_plant_report(
                ReportPeriod.DAY, plant_codes, at
            )
        except (
            NorthboundError,
            OAuth2TokenRequestError,
            OAuth2TokenRequestConnectionError,
        ) as err:
            _LOGGER.debug("The days stay unsettled for now: %s", err)
            return
        for plant_code in plant_codes:
            zone = data.energy.zone(plant_code)
            self._asked[plant_code] = dt_util.utcnow().astimezone(zone).date()
        for report in reports:
            zone = data.energy.zone(report.plant_code)
            data.energy.settle(
                report.plant_code, day_of(report.start, zone), report.values
            )

    def _has_calls(self) -> bool:
        """Return whether there are calls beside those that are left to the user."""
        ledger = self._entry.runtime_data.client.ledger
        left = ledger.remaining(PLANT_REPORTS[ReportPeriod.DAY])
        return left > (CALLS_LEFT_TO_THE_USER if ledger.access is Access.OAUTH else 0)


def day_of(start: datetime, zone: tzinfo) -> date:
    """Return the day of a report's row, which begins at the plant's or at UTC's midnight."""
    local, utc = start.astimezone(zone), start.astimezone(UTC)
    return (
        utc.date() if local.time() != time() and utc.time() == time() else local.date()
    )
