"""The specific yield of an entry's plants on the last days: a call a day."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Self, override

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from ..connection import Connection
from ..coordinator import NorthboundCoordinator, SmartPVMSConfigEntry
from ..coordinator.memory import memory_of
from ..northbound.errors import DoorClosedError, NorthboundError
from ..northbound.json_types import JsonObject
from ..northbound.models import ReportPeriod
from ..northbound.parsing import members, number
from ..report import ReportRange
from .finding import FEWEST_PLANTS, Outlier, SpecificYields, find_outliers, medians

SPECIFIC_YIELD: Final = "perpower_ratio"
"""kWh for each kWp, of a report by days (24.2.0, daily plant data)."""
DAYS: Final = 3
"""On so many days, one after the other, an outlier is below."""
PART: Final = 0.8
"""Below this part of the median."""

# the cloud counts a day until some hours after its midnight
_SETTLED: Final = timedelta(hours=6)
_AFTER_FAILURE: Final = timedelta(hours=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyYields:
    """The specific yield (kWh/kWp) of each plant, by its code, on the days asked for."""

    days: Mapping[date, Mapping[str, float]] = field(default_factory=dict)

    @property
    def until(self) -> date | None:
        """The last day, None where none was asked for."""
        return max(self.days, default=None)

    def outliers(self, plant_codes: Iterable[str]) -> tuple[Outlier, ...] | None:
        """Return the outliers among these plants, worst first.

        None while there are not enough days on which enough plants have told a yield.
        """
        plants: dict[str, SpecificYields] = {
            code: {day: row[code] for day, row in self.days.items() if code in row}
            for code in plant_codes
        }
        if len(medians(plants)) < DAYS:
            return None
        return find_outliers(plants, part=PART)

    def as_json(self) -> JsonObject:
        """Return it as JSON."""
        return {day.isoformat(): {**row} for day, row in self.days.items()}

    @classmethod
    def from_json(cls, stored: JsonObject) -> Self:
        """Read what `as_json` wrote; what is damaged is left out."""
        days: dict[date, dict[str, float]] = {}
        for name, row in stored.items():
            try:
                day = date.fromisoformat(name)
            except ValueError:
                continue
            values = {code: number(value) for code, value in members(row).items()}
            days[day] = {
                code: value for code, value in values.items() if value is not None
            }
        return cls(days=days)


class YieldCoordinator(NorthboundCoordinator[DailyYields]):
    """The yields of the last days that are over for all plants (getKpiStationDay).

    An answer is of a month: a call for a hundred plants each morning, and a second one
    where a month begins and the days before are not known. All is on disk.
    """

    def __init__(
        self, hass: HomeAssistant, entry: SmartPVMSConfigEntry, connection: Connection
    ) -> None:
        """Go on with what was asked before."""
        super().__init__(
            hass,
            entry,
            connection,
            name="yields",
            wish=timedelta(days=1),
            empty=DailyYields(),
        )
        self._memory = memory_of(hass, entry.entry_id)
        self.data = DailyYields.from_json(self._memory.recall(self.name))
        self._not_before = dt_util.utcnow()

    @property
    def is_due(self) -> bool:
        """Whether there is a day to ask for, and plants enough to compare."""
        plants = self.config_entry.runtime_data.plants.data
        return (
            len(plants) >= FEWEST_PLANTS
            and dt_util.utcnow() >= self._not_before
            and not self.data.days.keys() >= set(self._wanted())
        )

    @property
    def is_current(self) -> bool:
        """Whether the days asked for are not long ago."""
        until = self.data.until
        return until is not None and until >= self._wanted()[-2]

    @override
    async def _async_fetch(self) -> DailyYields:
        wanted = self._wanted()
        missing = [day for day in wanted if day not in self.data.days]
        if not missing:
            return self.data
        try:
            told = await self._async_month_of(missing[-1])
        except DoorClosedError as err:
            # no calls are left for it: that is no failure
            self.keep(err)
            return self.data
        except NorthboundError:
            self._not_before = dt_util.utcnow() + _AFTER_FAILURE
            raise
        days = {**self.data.days, **told.days}
        yields = DailyYields(days={day: days[day] for day in wanted if day in days})
        self._memory.remember(self.name, yields)
        return yields

    def _wanted(self) -> list[date]:
        """Return the last days that are over for all plants."""
        data = self.config_entry.runtime_data
        zones = {data.energy.zone(code) for code in data.plants.data}
        today = min(
            ((dt_util.now(zone) - _SETTLED).date() for zone in zones),
            default=dt_util.now().date(),
        )
        return [today - timedelta(days=ago) for ago in range(DAYS, 0, -1)]

    async def _async_month_of(self, day: date) -> DailyYields:
        """Ask for the days of a month until this one."""
        energy = self.config_entry.runtime_data.energy
        wanted = ReportRange(period=ReportPeriod.DAY, start=day.replace(day=1), end=day)
        codes = sorted(self.config_entry.runtime_data.plants.data)
        days: dict[date, dict[str, float]] = {
            day.replace(day=number): {} for number in range(1, day.day + 1)
        }
        # noon of any day: its month is the same in every zone
        at = datetime.combine(day.replace(day=15), time(12), UTC)
        for row in await self.client.get_plant_report(ReportPeriod.DAY, codes, at):
            start = wanted.row_start(row.start, energy.zone(row.plant_code)).date()
            if start in days and SPECIFIC_YIELD in row.values:
                days[start][row.plant_code] = row.values[SPECIFIC_YIELD]
        return DailyYields(days=days)
