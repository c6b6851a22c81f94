"""All days of a plant since its connection, simulated when asked for."""

from collections import OrderedDict
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from .day import DayTrace, day_start
from .definitions import PlantDefinition
from .energies import Energies, total
from .settings import Forced, Regime, Timeline

ARCHIVE_STEP = 1800
_DAYS_KEPT = 40
_LIVE_DAYS_BEFORE_START = 2


class _Archive:
    """Days before the simulated present, in half-hour steps."""

    def __init__(self, plant: PlantDefinition, connected: date, seed: int) -> None:
        self._plant = plant
        self._connected = connected
        self._seed = seed
        self._days: list[Energies] = []
        self._stored = [_first_stored(plant)]

    def day(self, number: int) -> Energies:
        """Return the energies of the day so many days after the connection."""
        while len(self._days) <= number:
            trace = self.trace(len(self._days))
            self._days.append(trace.energies())
            self._stored.append(trace.stored_at_end)
        return self._days[number]

    def stored(self, number: int) -> float:
        """Return the energy in the battery when that day begins, kWh."""
        if number:
            self.day(number - 1)
        return self._stored[number]

    def trace(self, number: int) -> DayTrace:
        day = self._connected + timedelta(days=number)
        return DayTrace(
            self._plant,
            day,
            seed=self._seed,
            stored=self._stored[number],
            step=ARCHIVE_STEP,
        )


def _first_stored(plant: PlantDefinition) -> float:
    return 0.0 if plant.battery is None else plant.battery.capacity / 2


@lru_cache(maxsize=512)
def _archive(plant: PlantDefinition, connected: date, seed: int) -> _Archive:
    """Share the archive between simulators of one process: it never differs."""
    return _Archive(plant, connected, seed)


@lru_cache(maxsize=64)
def _day(
    plant: PlantDefinition,
    day: date,
    seed: int,
    stored: float,
    regimes: tuple[tuple[datetime, Regime], ...] | None,
) -> DayTrace:
    """Share a live day too: it never changes, and many simulators begin alike."""
    return DayTrace(
        plant,
        day,
        seed=seed,
        stored=stored,
        step=plant.live_step,
        regimes=None if regimes is None else list(regimes),
    )


class PlantHistory:
    """Energies and powers of a plant at any instant since its connection.

    Days from two days before the simulator's start are simulated in the plant's
    live steps, older ones in half-hour steps. A day's resolution never changes, so
    that counters, reports and histories always agree.
    """

    def __init__(self, plant: PlantDefinition, start: datetime, seed: int) -> None:
        """Prepare a history for a simulator that starts at an aware instant."""
        self.plant = plant
        self.zone = ZoneInfo(plant.time_zone)
        today = start.astimezone(self.zone).date()
        self.connected = date(
            today.year - plant.years, plant.connected_month, plant.connected_day
        )
        if plant.connected_days is not None:
            self.connected = today - timedelta(days=plant.connected_days)
        self.timeline = Timeline()
        self._seed = seed
        self._archive = _archive(plant, self.connected, seed)
        self._first_live = self._number(today) - _LIVE_DAYS_BEFORE_START
        self._live: list[Energies] = []
        self._live_stored: list[float] = []
        self._sums: list[Energies] = [
            Energies.zero(len(plant.strings), len(plant.inverters))
        ]
        self._traces: OrderedDict[int, DayTrace] = OrderedDict()

    def local_date(self, instant: datetime) -> date:
        """Return the plant-local date of an instant."""
        return instant.astimezone(self.zone).date()

    def midnight(self, day: date) -> datetime:
        """Return the start of a plant-local day in UTC."""
        return day_start(day, self.zone)

    @property
    def first_instant(self) -> datetime:
        """The midnight before the connection: nothing is known earlier."""
        return self.midnight(self.connected)

    def trace(self, day: date) -> DayTrace:
        """Return a day step by step. Raises LookupError before the connection."""
        number = self._number(day)
        if number < 0:
            raise LookupError(f"{self.plant.name} was connected on {self.connected}")
        if number in self._traces:
            self._traces.move_to_end(number)
            return self._traces[number]
        if number < self._first_live:
            self._archive.stored(number)
            trace = self._archive.trace(number)
        else:
            stored = self._stored(number)
            trace = self._live_trace(day, stored)
        self._traces[number] = trace
        if len(self._traces) > _DAYS_KEPT:
            self._traces.popitem(last=False)
        return trace

    def day(self, day: date) -> Energies:
        """Return the energies of a whole day, none before the connection."""
        number = self._number(day)
        if number < 0:
            return self._sums[0]
        return self._whole(number)

    def between(self, first: date, end: date) -> Energies:
        """Return the energies of the days from `first` up to but without `end`."""
        return self._before(end) - self._before(first)

    def until(self, instant: datetime) -> Energies:
        """Return the energies since the connection."""
        day = self.local_date(instant)
        return self._before(day) + self.trace(day).energies(instant)

    def today(self, instant: datetime) -> Energies:
        """Return the energies since plant-local midnight."""
        return self.trace(self.local_date(instant)).energies(instant)

    def since(self, first: date, instant: datetime) -> Energies:
        """Return the energies from a day's start to an instant."""
        return self.until(instant) - self._before(first)

    def change(self, at: datetime, regime: Regime) -> None:
        """Let the controller obey another regime from an instant on.

        Days that are older than the live ones are past and keep what they are.
        """
        self.timeline.change(at, regime)
        number = max(self._number(self.local_date(at)), self._first_live)
        for known in [known for known in self._traces if known >= number]:
            del self._traces[known]
        del self._sums[number + 1 :]
        position = number - self._first_live
        del self._live[position:]
        del self._live_stored[position + 1 :]

    def reaching(
        self, forced: Forced, after: datetime, until: datetime
    ) -> datetime | None:
        """Return when the battery is at a target within a span, None if it is not."""
        while after <= until:
            trace = self.trace(self.local_date(after))
            found = trace.reaching(self.plant, forced, after)
            if found is not None:
                return found if found <= until else None
            after = trace.end
        return None

    def _number(self, day: date) -> int:
        return (day - self.connected).days

    def _before(self, day: date) -> Energies:
        number = max(self._number(day), 0)
        while len(self._sums) <= number:
            self._sums.append(total(self._sums[-1], [self._whole(len(self._sums) - 1)]))
        return self._sums[number]

    def _whole(self, number: int) -> Energies:
        if number < self._first_live:
            return self._archive.day(number)
        self._stored(number + 1)
        return self._live[number - self._first_live]

    def _stored(self, number: int) -> float:
        if not self._live_stored:
            self._live_stored.append(self._archive.stored(self._first_live))
        while len(self._live_stored) <= number - self._first_live:
            position = len(self._live)
            day = self.connected + timedelta(days=self._first_live + position)
            known = self._traces.get(self._first_live + position)
            trace = known or self._live_trace(day, self._live_stored[position])
            self._live.append(trace.energies())
            self._live_stored.append(trace.stored_at_end)
        return self._live_stored[number - self._first_live]

    def _live_trace(self, day: date, stored: float) -> DayTrace:
        start, end = self.midnight(day), self.midnight(day + timedelta(days=1))
        regimes = self.timeline.within(start, end)
        known = None if regimes is None else tuple(regimes)
        return _day(self.plant, day, self._seed, stored, known)
