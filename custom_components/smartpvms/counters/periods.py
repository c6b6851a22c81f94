"""A counter that begins anew at the start of the plant's own day, month or year.

Observed: after the plant's midnight yesterday's value stays until the inverter wakes or
until 01:00, values are published up to three minutes late and now and then a beat
later, and month counters dip by yesterday's yield at 01:10 of the first day too.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Final, Self

from ..northbound.json_types import JsonObject, JsonValue
from ..northbound.parsing import integer, members, moment_iso, number
from .model import CounterKind, Sight
from .plausibility import ROUNDING, most_energy
from .rising import Mark, rise

_ZERO: Final = 0.005
_MOVEMENT: Final = 0.005
SETTLED_AFTER: Final = {
    CounterKind.DAY: timedelta(hours=2),
    CounterKind.MONTH: timedelta(days=2),
    CounterKind.YEAR: timedelta(days=2),
}
"""From then on it need not fall to half of what it was to have begun anew."""
_MOVES_AFTER: Final = timedelta(hours=2)
# a first sight: by then every inverter has woken, in winter and far north too
_FIRST_DAY_VALUE_AFTER: Final = timedelta(hours=10)
# fewer may be values of before midnight that came a beat late
_RISES_OF_A_LATE_RESET: Final = 3
_LONG_GAP: Final = timedelta(hours=6)
_UNSEEN_GAP: Final = timedelta(hours=1)


def period_start(kind: CounterKind, now: datetime, zone: tzinfo) -> date:
    """Return the first day of the plant's period that an instant lies in."""
    day = now.astimezone(zone).date()
    if kind is CounterKind.DAY:
        return day
    if kind is CounterKind.MONTH:
        return day.replace(day=1)
    return day.replace(month=1, day=1)


def since_start(start: date, sight: Sight) -> timedelta:
    """Return the time since the plant's midnight of a day."""
    midnight = datetime(start.year, start.month, start.day, tzinfo=sight.zone)
    return timedelta(seconds=sight.now.timestamp() - midnight.timestamp())


@dataclass(frozen=True, slots=True, kw_only=True)
class Reset:
    """A counter began anew: at `final` kWh, `again` of which it counts once more.

    `uncertain` of them may be of a period after the one that ended.
    """

    final: float
    again: float = 0.0
    uncertain: float = 0.0


@dataclass(slots=True, kw_only=True)
class Waiting:
    """A counter that may still be that of the period before.

    `raw` is the greatest value seen at `at`, `late` how much (kWh) of it came after
    midnight, in so many `rises`. `before` is the value before a gap in which the counter may have
    begun anew unseen. `first` says that the counter was never seen in another period.
    """

    raw: float
    at: datetime
    late: float = 0.0
    rises: int = 0
    before: float | None = None
    first: bool = False

    def as_dict(self) -> JsonObject:
        """Return it as JSON."""
        return {
            "raw": self.raw,
            "at": self.at.isoformat(),
            "late": self.late,
            "rises": self.rises,
            "before": self.before,
            "first": self.first,
        }

    def counted_again(self, value: float) -> float:
        """Return the kWh counted after midnight that the new value contains too."""
        several = self.rises >= _RISES_OF_A_LATE_RESET
        return self.late if several and value >= self.late else 0.0

    def reset(self, value: float) -> Reset:
        """Return what ends when the counter is seen to have fallen to a value."""
        again = self.counted_again(value)
        before = self.raw if self.before is None else self.before
        return Reset(
            final=self.raw, again=again, uncertain=max(self.raw - again - before, 0.0)
        )

    @classmethod
    def from_dict(cls, stored: JsonValue) -> Self | None:
        """Read what `as_dict` wrote, None where there is none or it is damaged."""
        values = members(stored)
        raw, at = number(values.get("raw")), moment_iso(values.get("at"))
        if raw is None or at is None:
            return None
        return cls(
            raw=raw,
            at=at,
            late=number(values.get("late")) or 0.0,
            rises=integer(values.get("rises")) or 0,
            before=number(values.get("before")),
            first=values.get("first") is True,
        )


@dataclass(slots=True, kw_only=True)
class PeriodMark:
    """What is believed of a counter in the period that begins on `start`."""

    start: date
    mark: Mark
    waiting: Waiting | None = None

    @classmethod
    def begin(cls, kind: CounterKind, sight: Sight, value: float) -> Self:
        """Take a first value, which may be that of the period before."""
        start = period_start(kind, sight.now, sight.zone)
        mark = Mark.begin(sight, value)
        began = cls(start=start, mark=mark)
        elapsed = since_start(start, sight)
        enough = (
            _FIRST_DAY_VALUE_AFTER if kind is CounterKind.DAY else SETTLED_AFTER[kind]
        )
        if value > _ZERO and (elapsed < enough or not _fits(began, kind, sight, value)):
            began.waiting = Waiting(raw=value, at=sight.now, first=True)
        return began

    @property
    def shown(self) -> float:
        """The believed value in kWh: 0 until today's is trusted."""
        return 0.0 if self.waiting else self.mark.shown

    @property
    def counted(self) -> float:
        """The kWh counted since the counter began anew last, whenever that was."""
        return self.waiting.raw if self.waiting else self.mark.shown

    def as_dict(self) -> JsonObject:
        """Return it as JSON."""
        return {
            "start": self.start.isoformat(),
            "mark": self.mark.as_dict(),
            "waiting": self.waiting.as_dict() if self.waiting else None,
        }

    @classmethod
    def from_dict(cls, stored: JsonValue) -> Self | None:
        """Read what `as_dict` wrote, None where it is damaged."""
        values = members(stored)
        mark = Mark.from_dict(values.get("mark"))
        start = stored_date(values.get("start"))
        if mark is None or start is None:
            return None
        waiting = Waiting.from_dict(values.get("waiting"))
        return cls(start=start, mark=mark, waiting=waiting)


def stored_date(stored: JsonValue) -> date | None:
    """Return the date of an ISO 8601 text, None where it is none."""
    if not isinstance(stored, str):
        return None
    try:
        return date.fromisoformat(stored)
    except ValueError:
        return None


def turn(period: PeriodMark, kind: CounterKind, sight: Sight) -> None:
    """Begin the period of now, if it is a later one."""
    start = period_start(kind, sight.now, sight.zone)
    if start <= period.start:
        return
    period.start = start
    if period.waiting is None:
        period.waiting = Waiting(raw=period.mark.shown, at=period.mark.at)
    else:
        period.waiting.first = False


def observe(
    period: PeriodMark, kind: CounterKind, sight: Sight, value: float
) -> Reset | None:
    """Take in a value of the period of now; tell when the counter began anew."""
    waiting = period.waiting
    if waiting is None:
        rise(period.mark, sight, value, replaceable=False)
        return None
    reset: Reset | None = None
    if _missed_a_period(period, waiting, kind, sight):
        began = PeriodMark.begin(kind, sight, value)
        period.mark, period.waiting = began.mark, began.waiting
        return Reset(final=waiting.raw)
    if _has_fallen(period, waiting, kind, sight, value):
        reset = waiting.reset(value)
    elif _fits(period, kind, sight, value) and _has_moved(
        period, waiting, sight, value
    ):
        if not waiting.first:
            reset = Reset(final=waiting.before or 0.0)
    else:
        _wait(period, waiting, sight, value)
        return None
    period.waiting = None
    period.mark = Mark.begin(sight, value)
    return reset


def _fits(period: PeriodMark, kind: CounterKind, sight: Sight, value: float) -> bool:
    """Return whether a value can have been counted since the period began."""
    elapsed = since_start(period.start, sight)
    if value > most_energy(sight.greatest_power, elapsed):
        return False
    if sight.ceiling is None or elapsed >= SETTLED_AFTER[kind]:
        return True
    return value <= sight.ceiling + ROUNDING


def _has_fallen(
    period: PeriodMark, waiting: Waiting, kind: CounterKind, sight: Sight, value: float
) -> bool:
    """Return whether a value shows that the counter began anew."""
    if value <= _ZERO:
        return True
    if not _fits(period, kind, sight, value):
        return False
    if value <= waiting.raw / 2:
        return True
    settled = since_start(period.start, sight) >= SETTLED_AFTER[kind]
    return settled and value < waiting.raw - ROUNDING


def _has_moved(
    period: PeriodMark, waiting: Waiting, sight: Sight, value: float
) -> bool:
    """Return whether a counter moves that may have begun anew unseen."""
    unseen = waiting.first or waiting.before is not None
    settled = since_start(period.start, sight) >= _MOVES_AFTER
    return unseen and settled and value > waiting.raw + _MOVEMENT


def _missed_a_period(
    period: PeriodMark, waiting: Waiting, kind: CounterKind, sight: Sight
) -> bool:
    """Return whether a whole period has passed in which the counter was not seen."""
    last = period_start(kind, waiting.at, sight.zone)
    previous = period.start - timedelta(days=1)
    if kind is CounterKind.MONTH:
        previous = previous.replace(day=1)
    elif kind is CounterKind.YEAR:
        previous = previous.replace(month=1, day=1)
    return last < previous


def _wait(period: PeriodMark, waiting: Waiting, sight: Sight, value: float) -> None:
    gap = sight.now - waiting.at
    midnight = sight.now - since_start(period.start, sight)
    most = most_energy(sight.greatest_power, gap)
    if not waiting.raw <= value <= waiting.raw + most:
        return
    within = most if sight.greatest_power is not None else _most_without_power(gap)
    reset_unseen = waiting.raw < value <= within or gap >= _LONG_GAP
    if waiting.before is None and reset_unseen:
        waiting.before = waiting.raw
    if waiting.at >= midnight and value > waiting.raw:
        waiting.late += value - waiting.raw
        waiting.rises += 1
    waiting.raw = value
    waiting.at = sight.now


def _most_without_power(gap: timedelta) -> float:
    return float("inf") if gap >= _UNSEEN_GAP else 1.0
