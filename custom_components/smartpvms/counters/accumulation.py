"""A lifetime total made of a day counter.

Every increment counts once: those of the day, those that are shown late after midnight,
and between the last value of a day and the first of the next at least what the mean
power gives. After an outage over midnight only what is certain is added. The day's
report of the cloud settles both: what is missing is added, and what was bridged too
much is kept back from the next bridge.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final, Self

from ..northbound.json_types import JsonObject, JsonValue
from ..northbound.parsing import members, moment_iso, number
from .model import CounterKind, Sight
from .periods import PeriodMark, Reset, observe, period_start, stored_date, turn
from .plausibility import energy, most_energy

_LONGEST_BRIDGE: Final = timedelta(minutes=30)
DAYS_KEPT: Final = timedelta(days=14)
"""For so long a day's report can settle what was missed."""


@dataclass(slots=True, kw_only=True)
class Accumulation:
    """The total of a day counter; `closed` (kWh) are the days before `day`.

    `days` tells what was counted of each closed day, `bridged` how much of that is not
    certain, and `unsettled` of which days a part may be missing. `excess` was bridged
    too much. `moved` and `power` (W) are of the last time that the counter rose,
    `seen` is when it was told last.
    """

    period: PeriodMark
    begun: date
    day: date
    seen: datetime
    moved: datetime
    power: float | None = None
    closed: float = 0.0
    days: dict[date, float] = field(default_factory=dict)
    bridged: dict[date, float] = field(default_factory=dict)
    unsettled: set[date] = field(default_factory=set)
    excess: float = 0.0

    @classmethod
    def begin(cls, sight: Sight, value: float) -> Self:
        """Begin with what the counter shows."""
        period = PeriodMark.begin(CounterKind.DAY, sight, value)
        return cls(
            period=period,
            begun=period.start,
            day=period.start,
            seen=sight.now,
            moved=sight.now,
            power=sight.flow,
        )

    @property
    def total(self) -> float:
        """The kWh counted since the first sight, and on that day before it."""
        return round(self.closed + self.period.counted, 3)

    def add(self, sight: Sight, value: float) -> None:
        """Take in a value of the day counter."""
        before = self.period.counted
        self._note_gap(sight)
        turn(self.period, CounterKind.DAY, sight)
        reset = observe(self.period, CounterKind.DAY, sight, value)
        if reset is not None:
            self._close(reset, sight, value)
        if reset is not None or self.period.counted > before:
            self.moved = sight.now
            self.power = sight.flow

    def settle(self, day: date, final: float, sight: Sight) -> bool:
        """Take in what the day's report says; True where something was missing.

        Only closed days are settled, none before the first sight and none older than
        `DAYS_KEPT`; nothing is ever taken away.
        """
        if not self._oldest(sight) <= day < self.day:
            return False
        self.unsettled.discard(day)
        missing = final - self.days.get(day, 0.0)
        if missing <= 0:
            self.excess += min(-missing, self.bridged.pop(day, 0.0))
            return False
        self.days[day] = final
        self.closed += self._without_excess(missing)
        return True

    def _without_excess(self, uncertain: float) -> float:
        """Return an amount (kWh) less what was bridged too much before."""
        kept_back = min(uncertain, self.excess)
        self.excess -= kept_back
        return uncertain - kept_back

    def _oldest(self, sight: Sight) -> date:
        return max(self.begun, sight.now.astimezone(sight.zone).date() - DAYS_KEPT)

    def _note_gap(self, sight: Sight) -> None:
        """Note the days that ended while nothing was told for long."""
        last = sight.now.astimezone(sight.zone).date()
        day = max(self.seen.astimezone(sight.zone).date(), self._oldest(sight))
        while day < last and sight.now - self.seen > _LONGEST_BRIDGE:
            self.unsettled.add(day)
            day += timedelta(days=1)
        self.unsettled = {day for day in self.unsettled if day >= self._oldest(sight)}
        self.seen = sight.now

    def _close(self, reset: Reset, sight: Sight, value: float) -> None:
        """End the day that the counter belonged to."""
        bridge = self._bridge(sight, value)
        counted = reset.final - reset.again
        today = period_start(CounterKind.DAY, sight.now, sight.zone)
        # what is seen for the first time by night may be of the day before
        day = min(self.day, today - timedelta(days=1))
        self.closed += counted + self._without_excess(bridge)
        if day in self.unsettled:
            # counted already, by whatever day it was: the reports must not add it again
            counted -= reset.uncertain
            self.excess += reset.uncertain
        self.days[day] = counted + bridge
        if bridge > 0:
            self.bridged[day] = bridge
            self.unsettled.add(day)
        self.day = today
        oldest = self.day - DAYS_KEPT
        self.days = _since(oldest, self.days)
        self.bridged = _since(oldest, self.bridged)

    def _bridge(self, sight: Sight, value: float) -> float:
        """Return the kWh between the last value of a day and its end."""
        elapsed = sight.now - self.moved
        if self.power is None or sight.flow is None or elapsed > _LONGEST_BRIDGE:
            return 0.0
        mean = (self.power + sight.flow) / 2
        most = most_energy(sight.greatest_power, elapsed)
        return max(min(energy(mean, elapsed), most) - value, 0.0)

    def as_dict(self) -> JsonObject:
        """Return it as JSON."""
        return {
            "period": self.period.as_dict(),
            "begun": self.begun.isoformat(),
            "day": self.day.isoformat(),
            "seen": self.seen.isoformat(),
            "moved": self.moved.isoformat(),
            "power": self.power,
            "closed": self.closed,
            "unsettled": [day.isoformat() for day in sorted(self.unsettled)],
            "days": _as_json(self.days),
            "bridged": _as_json(self.bridged),
            "excess": self.excess,
        }

    @classmethod
    def from_dict(cls, stored: JsonValue) -> Self | None:
        """Read what `as_dict` wrote, None where it is damaged."""
        values = members(stored)
        period = PeriodMark.from_dict(values.get("period"))
        begun, day = (stored_date(values.get(key)) for key in ("begun", "day"))
        seen, moved = (moment_iso(values.get(key)) for key in ("seen", "moved"))
        if period is None or begun is None or day is None:
            return None
        if seen is None or moved is None:
            return None
        unsettled = values.get("unsettled")
        return cls(
            period=period,
            begun=begun,
            day=day,
            seen=seen,
            moved=moved,
            power=number(values.get("power")),
            closed=number(values.get("closed")) or 0.0,
            days=_stored_days(values.get("days")),
            bridged=_stored_days(values.get("bridged")),
            excess=number(values.get("excess")) or 0.0,
            unsettled={
                missed
                for missed in map(
                    stored_date, unsettled if isinstance(unsettled, list) else []
                )
                if missed is not None
            },
        )


def _since(oldest: date, days: dict[date, float]) -> dict[date, float]:
    return {day: value for day, value in days.items() if day >= oldest}


def _as_json(days: dict[date, float]) -> JsonObject:
    return {day.isoformat(): value for day, value in days.items()}


def _stored_days(stored: JsonValue) -> dict[date, float]:
    days: dict[date, float] = {}
    for key, value in members(stored).items():
        day, counted = stored_date(key), number(value)
        if day is not None and counted is not None:
            days[day] = counted
    return days
