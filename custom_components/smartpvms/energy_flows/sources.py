"""Which of several sources a total is taken from.

The first in the documented order that is told by all its units and moves. Some
firmwares tell counters that stand still or stay 0, which only time shows.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Self

from ..northbound.json_types import JsonObject, JsonValue
from ..northbound.parsing import members, moment_iso, number, text

_LONGEST_ABSENCE: Final = timedelta(days=1)
# the feeds show snapshots of up to ten minutes apart
_LONG_ENOUGH: Final = timedelta(hours=3)
_ENOUGH_TO_COMPARE: Final = 2.0
# not a share of the others: a day counter may show the whole night at once in the morning
_STANDS_STILL: Final = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A source of a total: what it is called, its parts, and their sum in kWh.

    `value` is None where a part is missing. Changed parts make it another source.
    """

    source: str
    parts: tuple[str, ...]
    value: float | None

    @property
    def name(self) -> str:
        """What the source is remembered by."""
        return ":".join((self.source, *sorted(self.parts)))

    @classmethod
    def of(cls, source: str, values: Mapping[str, float | None]) -> Self:
        """Return the sum of parts, which is not known before all are."""
        told = [value for value in values.values() if value is not None]
        complete = bool(values) and len(told) == len(values)
        return cls(
            source=source,
            parts=tuple(values),
            value=round(sum(told), 3) if complete else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The source to take, and what it counted (kWh) that the one before it missed."""

    candidate: Candidate
    added: float = 0.0


@dataclass(slots=True, kw_only=True)
class SourceChoice:
    """The source a total is taken from.

    `seen` is when it was told last. `compared` is what all sources showed when the
    comparison began, which goes on from `since`; `suspected` is what they showed when it
    found a better source once, empty where it did not. That may be the effect of a late
    snapshot, or of a day counter that leaps to what others have shown long before: only
    what moves after that counts.
    """

    chosen: str | None = None
    seen: datetime | None = None
    since: datetime | None = None
    suspected: dict[str, float] = field(default_factory=dict)
    compared: dict[str, float] = field(default_factory=dict)

    def choose(self, candidates: Sequence[Candidate], now: datetime) -> Chosen | None:
        """Return the source to take, None while there is none."""
        usable = {
            each.name: each.value for each in candidates if each.value is not None
        }
        growth = self._growth(usable, now)
        current = _named(candidates, self.chosen)
        added = 0.0
        if self.chosen is None or current is None:
            current = _named(candidates, _first_that_counts(usable))
        elif self.chosen in usable:
            better = self._compared(growth, now)
            added = max(growth[better] - growth[self.chosen], 0.0)
            current = _named(candidates, better)
        elif usable and (self.seen is None or now - self.seen > _LONGEST_ABSENCE):
            other = _first_that_counts(usable)
            added = max(growth[other], 0.0)
            current = _named(candidates, other)
        if current is None:
            return None
        changed = current.name != self.chosen
        if changed or current.value is not None:
            self.chosen, self.seen = current.name, now
        return Chosen(candidate=current, added=added if changed else 0.0)

    def compare_anew(self) -> None:
        """Forget what was compared: a source will leap that has not moved.

        A total made of day counters does so when a report settles days of the past, which
        the other sources have shown long before.
        """
        self.since, self.suspected, self.compared = None, {}, {}

    def _growth(self, usable: Mapping[str, float], now: datetime) -> dict[str, float]:
        """Return what each source has counted since the comparison began."""
        if usable.keys() != self.compared.keys():
            self.since, self.suspected, self.compared = now, {}, dict(usable)
        return {name: value - self.compared[name] for name, value in usable.items()}

    def _compared(self, growth: Mapping[str, float], now: datetime) -> str:
        """Return the first source that moves, once some moved far and long enough."""
        chosen = self.chosen or ""
        if self.since is None or now - self.since < _LONG_ENOUGH:
            return chosen
        shown = {name: value + growth[name] for name, value in self.compared.items()}
        if self.suspected:
            growth = {name: shown[name] - self.suspected[name] for name in shown}
        if max(growth.values()) < _ENOUGH_TO_COMPARE:
            return chosen
        better = next(name for name in growth if growth[name] > _STANDS_STILL)
        self.since = now
        if better != chosen and not self.suspected:
            self.suspected = shown
            return chosen
        self.suspected, self.compared = {}, shown
        return better

    def as_dict(self) -> JsonObject:
        """Return it as JSON."""
        return {
            "chosen": self.chosen,
            "seen": self.seen.isoformat() if self.seen else None,
            "since": self.since.isoformat() if self.since else None,
            "suspected": dict(self.suspected),
            "compared": dict(self.compared),
        }

    @classmethod
    def from_dict(cls, stored: JsonValue) -> Self:
        """Read what `as_dict` wrote; what is missing or damaged is left out."""
        values = members(stored)
        compared = _numbers(values.get("compared"))
        suspected = _numbers(values.get("suspected"))
        return cls(
            chosen=text(values.get("chosen")),
            seen=moment_iso(values.get("seen")),
            since=moment_iso(values.get("since")),
            suspected=suspected if suspected.keys() == compared.keys() else {},
            compared=compared,
        )


def _numbers(stored: JsonValue) -> dict[str, float]:
    found = ((name, number(value)) for name, value in members(stored).items())
    return {name: value for name, value in found if value is not None}


def _named(candidates: Iterable[Candidate], name: str | None) -> Candidate | None:
    return next((each for each in candidates if each.name == name), None)


def _first_that_counts(usable: Mapping[str, float]) -> str:
    """Return the first source that is not 0, or the first; "" where there is none."""
    counting = (name for name, value in usable.items() if value)
    return next(counting, next(iter(usable), ""))
