"""What the planner is told, and what it answers; times are seconds since the epoch."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Final

from ..northbound.interfaces import Interface

BEAT: Final = 300.0
"""Seconds between two samples of the cloud."""
HOUR: Final = 3600.0
DAY: Final = 86400.0


class Worth(IntEnum):
    """Who is served first when calls are short; the smaller number."""

    LIVE = 0
    UPKEEP = 1
    PLANT = 2
    SPARE = 3
    HISTORY = 4


class Reason(StrEnum):
    """Why a feed is polled when it is."""

    FIRST = "first"
    BEAT = "beat"
    AGAIN = "again"
    CHECK = "check"
    SEARCH = "search"
    RESTING = "resting"
    STRETCHED = "stretched"
    DOOR = "door"


class Outcome(StrEnum):
    """How a poll ended."""

    ANSWERED = "answered"
    FAILED = "failed"
    REFUSED = "refused"
    """The cloud says that the calls are used up (407)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """What is polled together.

    `wish` is how many beats should lie between two polls, `rest` how many while the feed
    is `resting` (if it ever is), `least` the most it should come to when calls are short.
    `dozes` says that it rests in the dark, which the forecast needs. Only `Worth.LIVE`
    follows the cloud's beat. `closes_hours` says that it has counters and is polled
    seldom: shortly before a full hour, as statistics are made of hours.
    """

    name: str
    interface: Interface
    worth: Worth = Worth.LIVE
    calls: int = 1
    wish: float = 1.0
    rest: float = 0.0
    least: float = 12.0
    resting: bool = False
    dozes: bool = False
    closes_hours: bool = False

    @property
    def at_rest(self) -> float:
        """The beats between two polls while the feed rests."""
        return max(self.wish, self.rest)

    @property
    def pace(self) -> float:
        """The beats that should lie between two polls now."""
        return self.at_rest if self.resting else self.wish


@dataclass(frozen=True, slots=True, kw_only=True)
class Sun:
    """When the sun next rises and next sets, both after now; None for not within a day."""

    rises: float | None = None
    sets: float | None = None
    dark: bool = False

    def bright_seconds(self, now: float, seconds: float) -> float:
        """Return how many of the next seconds, a day at most, are not dark."""
        end = now + seconds
        rises = end if self.rises is None else min(self.rises, end)
        sets = end if self.sets is None else min(self.sets, end)
        if self.dark:
            return max(0.0, sets - rises)
        return sets - now + (end - rises if rises > sets else 0.0)

    @property
    def turns(self) -> float | None:
        """When it gets bright or dark."""
        return self.rises if self.dark else self.sets


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerView:
    """What the ledger allows.

    `limit` calls fit into any 24 hours, of which those at the times `booked` (in order)
    are taken; None for an API account, which has a window for each interface instead.
    `doors` tells when a feed may be polled again, by name; a feed not named may be now.
    `planners` is how many plan with the same ledger, each with its share.
    """

    limit: int | None
    booked: Sequence[float] = ()
    planners: int = 1
    doors: Mapping[str, float] = field(default_factory=dict)

    def left(self, now: float) -> int:
        """Return how many calls fit now."""
        return (self.limit or 0) - len(self.booked) + self.returning(now, 0)

    def returning(self, now: float, seconds: float) -> int:
        """Return how many of those booked leave the window so soon."""
        return bisect_right(self.booked, now - DAY + seconds)

    def opens(self, now: float, kept: int) -> float:
        """Return when a call fits that leaves so many; now, if it does."""
        missing = kept + 1 - self.left(now)
        if self.limit is None or missing <= 0 or not self.booked:
            return now
        gone = self.returning(now, 0)
        return self.booked[min(gone + missing, len(self.booked)) - 1] + DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """When a feed is due, why then, and how many seconds lie between two polls now.

    `beat` is the number of the beat (seconds since the epoch / 300) whose snapshot the
    poll is for, `held` that of the beat that needs no poll any more: its snapshot is
    there, or was given up. Both are None while the phase of the feed is not known.
    """

    feed: str
    due: float
    reason: Reason
    interval: float
    beat: int | None = None
    held: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Turns by due time, and when to plan anew at the latest.

    `is_short` where not even 15 minutes can be kept for what is live.
    """

    turns: tuple[Turn, ...]
    look_again: float
    is_short: bool
