"""A counter that only rises: dips and leaps are held back, replacements bridged.

Observed: around 01:10 plant time lifetime, year and month counters lack yesterday's
yield for 20 to 60 minutes, and after midnight some have it twice for a while.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Self

from ..northbound.json_types import JsonObject, JsonValue
from ..northbound.parsing import flag, members, moment_iso, number, text
from .model import Sight
from .plausibility import ROUNDING, energy, is_idle, most_energy

LEAP_BELIEVED_AFTER: Final = timedelta(minutes=90)
REPLACEMENT_BELIEVED_AFTER: Final = timedelta(hours=3)
# a fall by a few days' yield is more likely the end of a leap that was believed
SMALL_FALL_BELIEVED_AFTER: Final = timedelta(days=2)
_DAY: Final = timedelta(days=1)
LARGEST_FIRST_VALUE: Final = 100.0
"""kWh; where the power is unknown, more is not taken for a counter that began at 0."""
_MOVEMENT: Final = 0.02
_LAST_HOUR_OF_DIPS: Final = 3
_LONGEST_DIP: Final = timedelta(hours=3)


@dataclass(slots=True, kw_only=True)
class Doubt:
    """A run of values (kWh) that are not believed yet."""

    since: datetime
    seen: datetime
    first: float
    last: float

    @classmethod
    def begin(cls, sight: Sight, value: float) -> Self:
        """Doubt a value from now on."""
        return cls(since=sight.now, seen=sight.now, first=value, last=value)

    def as_dict(self) -> JsonObject:
        """Return it as JSON."""
        return {
            "since": self.since.isoformat(),
            "seen": self.seen.isoformat(),
            "first": self.first,
            "last": self.last,
        }

    @classmethod
    def from_dict(cls, stored: JsonValue) -> Self | None:
        """Read what `as_dict` wrote, None where there is none or it is damaged."""
        values = members(stored)
        since, seen = moment_iso(values.get("since")), moment_iso(values.get("seen"))
        first, last = number(values.get("first")), number(values.get("last"))
        if since is None or seen is None or first is None or last is None:
            return None
        return cls(since=since, seen=seen, first=first, last=last)

    def goes_on(self, sight: Sight, value: float) -> bool:
        """Return whether a value counts on from this run."""
        most = most_energy(sight.greatest_power, sight.now - self.seen)
        return self.last - ROUNDING <= value <= self.last + most


@dataclass(slots=True, kw_only=True)
class Mark:
    """What is believed of a counter.

    `raw` is the cloud's value that was believed last, at `at`; shown is `raw` plus
    `offset`, which is not 0 once a device was replaced. `former` is the offset before
    that, in case the old counter returns. `idle` says that there was no power then.
    """

    raw: float
    at: datetime
    begun: datetime
    offset: float = 0.0
    former: float | None = None
    idle: bool = False
    source: str = ""
    doubt: Doubt | None = None

    @classmethod
    def begin(cls, sight: Sight, value: float) -> Self:
        """Believe a first value."""
        return cls(
            raw=value,
            at=sight.now,
            begun=sight.now,
            idle=is_idle(sight.power, sight.greatest_power),
            source=sight.source,
        )

    @property
    def shown(self) -> float:
        """The believed value in kWh."""
        return round(self.raw + self.offset, 3)

    def as_dict(self) -> JsonObject:
        """Return it as JSON."""
        return {
            "raw": self.raw,
            "at": self.at.isoformat(),
            "begun": self.begun.isoformat(),
            "offset": self.offset,
            "former": self.former,
            "idle": self.idle,
            "source": self.source,
            "doubt": self.doubt.as_dict() if self.doubt else None,
        }

    @classmethod
    def from_dict(cls, stored: JsonValue) -> Self | None:
        """Read what `as_dict` wrote, None where it is damaged."""
        values = members(stored)
        raw, offset = number(values.get("raw")), number(values.get("offset"))
        at, begun = moment_iso(values.get("at")), moment_iso(values.get("begun"))
        if raw is None or offset is None or at is None or begun is None:
            return None
        return cls(
            raw=raw,
            at=at,
            begun=begun,
            offset=offset,
            former=number(values.get("former")),
            idle=flag(values.get("idle")) or False,
            source=text(values.get("source")) or "",
            doubt=Doubt.from_dict(values.get("doubt")),
        )


def rise(mark: Mark, sight: Sight, value: float, *, replaceable: bool) -> None:
    """Take in a value; `replaceable` counters may begin anew at any time."""
    doubt = mark.doubt
    leap = doubt if doubt and doubt.first > mark.raw else None
    if mark.source != sight.source:
        mark.source = sight.source
        _go_on_from(mark, sight, value, added=sight.added)
    elif leap and value >= leap.last - ROUNDING:
        _watch_leap(mark, leap, sight, value)
    elif mark.raw <= value <= _limit(mark, sight):
        _believe(mark, sight, value)
    elif mark.former is not None and _returns(mark, mark.former, sight, value):
        mark.offset = max(mark.former, mark.shown - value)
        mark.former = None
        _believe(mark, sight, value)
    elif doubt is None or leap or value >= mark.raw - ROUNDING:
        _begin_doubt(mark, sight, value)
    else:
        _watch_fall(mark, doubt, sight, value, replaceable=replaceable)


def _limit(mark: Mark, sight: Sight) -> float:
    """Return the greatest value that can be believed at once."""
    idle = mark.idle and is_idle(sight.power, sight.greatest_power)
    most = mark.raw + most_energy(sight.greatest_power, sight.now - mark.at, idle=idle)
    if sight.ceiling is None or mark.raw > sight.ceiling + ROUNDING:
        return most
    return min(most, sight.ceiling + ROUNDING)


def _believe(mark: Mark, sight: Sight, value: float) -> None:
    idle = is_idle(sight.power, sight.greatest_power)
    # a counter that stands still under power is late: what it lacks comes all at once
    if value > mark.raw or idle or sight.power is None:
        mark.at = sight.now
        mark.idle = idle
    mark.raw = value
    mark.doubt = None


def _go_on_from(mark: Mark, sight: Sight, value: float, *, added: float) -> None:
    """Let the cloud's `value` stand for what was shown so far and the kWh added."""
    mark.offset = mark.raw + mark.offset + added - value
    mark.raw = value
    mark.at = sight.now
    mark.idle = is_idle(sight.power, sight.greatest_power)
    mark.doubt = None


def _returns(mark: Mark, former: float, sight: Sight, value: float) -> bool:
    """Return whether the counter is back that seemed to have been replaced."""
    most = most_energy(sight.greatest_power, sight.now - mark.at)
    return -ROUNDING <= value + former - mark.shown <= most


def _begin_doubt(mark: Mark, sight: Sight, value: float) -> None:
    doubtful = value > mark.raw or value < mark.raw - ROUNDING
    mark.doubt = Doubt.begin(sight, value) if doubtful else None


def _watch_leap(mark: Mark, leap: Doubt, sight: Sight, value: float) -> None:
    """Believe what was too much once it has lasted and counts on."""
    if not leap.goes_on(sight, value):
        _begin_doubt(mark, sight, value)
        return
    leap.last, leap.seen = value, sight.now
    lasted = sight.now - leap.since >= LEAP_BELIEVED_AFTER
    if not lasted or value < leap.first + _MOVEMENT:
        return
    if _begun_in_a_dip(mark, leap, sight):
        _go_on_from(mark, sight, value, added=value - leap.first)
    else:
        _believe(mark, sight, value)


def _begun_in_a_dip(mark: Mark, leap: Doubt, sight: Sight) -> bool:
    """Return whether the leap is the end of a dip in which the counter was first seen."""
    hour = mark.begun.astimezone(sight.zone).hour
    return hour <= _LAST_HOUR_OF_DIPS and leap.since - mark.begun <= _LONGEST_DIP


def _watch_fall(
    mark: Mark, fall: Doubt, sight: Sight, value: float, *, replaceable: bool
) -> None:
    """Go on with another counter once it has stayed and counts."""
    if not fall.goes_on(sight, value):
        _begin_doubt(mark, sight, value)
        return
    fall.last, fall.seen = value, sight.now
    lasted = sight.now - fall.since >= _patience(mark, sight, value)
    if not replaceable or not lasted or value < fall.first + _MOVEMENT:
        return
    most = most_energy(sight.greatest_power, fall.since - mark.at)
    # what a new device shows at first was counted here if there was time enough
    counted_here = fall.first <= min(most, LARGEST_FIRST_VALUE)
    added = value if counted_here else value - fall.first
    mark.former = mark.offset
    _go_on_from(mark, sight, value, added=added)


def _patience(mark: Mark, sight: Sight, value: float) -> timedelta:
    """Return how long a fall has to last: a small one is made up for by itself."""
    far = LARGEST_FIRST_VALUE
    if sight.greatest_power is not None:
        far = energy(sight.greatest_power, _DAY)
    if value <= mark.raw / 2 or mark.raw - value >= far:
        return REPLACEMENT_BELIEVED_AFTER
    return SMALL_FALL_BELIEVED_AFTER
