"""The one place that decides what is believed of a counter."""

from collections.abc import Mapping, Set
from datetime import date
from typing import Final, Protocol, Self, override

from ..northbound.json_types import JsonObject, JsonValue
from ..northbound.parsing import members
from .accumulation import Accumulation
from .model import Counter, CounterKind, Sight
from .periods import PeriodMark, observe, turn
from .rising import Mark, rise

_LONGEST_FIRST: Final = {
    CounterKind.LIFETIME: 0,
    CounterKind.YEAR: 1,
    CounterKind.MONTH: 2,
    CounterKind.DAY: 3,
}


class Believer(Protocol):
    """Makes what is shown of what the cloud tells."""

    def believe(self, counter: Counter, sight: Sight) -> float | None:
        """Return the kWh to show, None for unknown."""

    def believe_together(
        self, sights: Mapping[Counter, Sight]
    ) -> dict[Counter, float | None]:
        """Return the kWh to show of counters of which the longer contain the shorter."""

    def accumulate(self, counter: Counter, sight: Sight) -> float | None:
        """Return the lifetime total (kWh) of a day counter, None for unknown."""

    def remembered(self, subject: str) -> Set[str]:
        """Return the keys of a subject's counters that were told before."""

    def lifetimes(self) -> Mapping[str, Mapping[str, float]]:
        """Return what was shown last of the lifetime counters, by subject and key."""

    def settle(self, counter: Counter, day: date, final: float, sight: Sight) -> bool:
        """Take in a day's last value from its report; True where something was missing."""

    def unsettled(self, counter: Counter) -> Set[date]:
        """Return the days of which an accumulated total may lack a part."""

    def as_dict(self) -> JsonObject:
        """Return all that has to be remembered, as JSON."""


class PassThrough(Believer):
    """Believes everything: what the other way is measured against in proofs."""

    @override
    def believe(self, counter: Counter, sight: Sight) -> float | None:
        return sight.value

    @override
    def believe_together(
        self, sights: Mapping[Counter, Sight]
    ) -> dict[Counter, float | None]:
        return {counter: sight.value for counter, sight in sights.items()}

    @override
    def accumulate(self, counter: Counter, sight: Sight) -> float | None:
        return sight.value

    @override
    def remembered(self, subject: str) -> Set[str]:
        return frozenset()

    @override
    def lifetimes(self) -> Mapping[str, Mapping[str, float]]:
        return {}

    @override
    def settle(self, counter: Counter, day: date, final: float, sight: Sight) -> bool:
        return False

    @override
    def unsettled(self, counter: Counter) -> Set[date]:
        return frozenset()

    @override
    def as_dict(self) -> JsonObject:
        return {}


class Counters(Believer):
    """Believes what can be so, by the marks of what was believed before.

    Lifetime counters never step back, and a replacement goes on from where the old one
    was. Counters of a period are 0 after the plant's midnight until the new value is
    trusted, and never step back in their period. The marks are to be stored after each
    cycle: a restart then changes nothing.
    """

    def __init__(self) -> None:
        """Begin with nothing known."""
        self._lifetime: dict[str, Mark] = {}
        self._periods: dict[str, PeriodMark] = {}
        self._accumulations: dict[str, Accumulation] = {}
        self._remembered: dict[str, set[str]] = {}

    @override
    def believe(self, counter: Counter, sight: Sight) -> float | None:
        if sight.value is not None:
            self._remembered.setdefault(counter.subject, set()).add(counter.key)
        if counter.kind is CounterKind.LIFETIME:
            return self._believe_lifetime(counter, sight)
        return self._believe_period(counter, sight)

    @override
    def believe_together(
        self, sights: Mapping[Counter, Sight]
    ) -> dict[Counter, float | None]:
        if len(sights) == 1:
            return {
                counter: self.believe(counter, each) for counter, each in sights.items()
            }
        believed: dict[Counter, float | None] = {}
        ceiling: float | None = None
        for counter in sorted(sights, key=lambda counter: _LONGEST_FIRST[counter.kind]):
            sight = sights[counter]
            if ceiling is not None:
                sight = sight.below(ceiling)
            believed[counter] = self.believe(counter, sight)
            trusted = self._trusted(counter)
            ceiling = ceiling if trusted is None else trusted
        return believed

    @override
    def accumulate(self, counter: Counter, sight: Sight) -> float | None:
        accumulation = self._accumulations.get(counter.name)
        if sight.value is not None and sight.reachable:
            if accumulation is None:
                accumulation = Accumulation.begin(sight, sight.value)
                self._accumulations[counter.name] = accumulation
            else:
                accumulation.add(sight, sight.value)
        return accumulation.total if accumulation and sight.known else None

    @override
    def remembered(self, subject: str) -> Set[str]:
        return self._remembered.get(subject, set())

    @override
    def lifetimes(self) -> Mapping[str, Mapping[str, float]]:
        shown: dict[str, dict[str, float]] = {}
        for name, mark in self._lifetime.items():
            subject, _, key = name.rpartition("/")
            shown.setdefault(subject, {})[key] = mark.shown
        return shown

    @override
    def settle(self, counter: Counter, day: date, final: float, sight: Sight) -> bool:
        accumulation = self._accumulations.get(counter.name)
        return accumulation is not None and accumulation.settle(day, final, sight)

    @override
    def unsettled(self, counter: Counter) -> Set[date]:
        accumulation = self._accumulations.get(counter.name)
        return accumulation.unsettled if accumulation else frozenset()

    def _believe_lifetime(self, counter: Counter, sight: Sight) -> float | None:
        mark = self._lifetime.get(counter.name)
        if sight.value is not None and mark is None:
            mark = self._lifetime[counter.name] = Mark.begin(sight, sight.value)
        elif sight.value is not None and mark is not None:
            rise(mark, sight, sight.value, replaceable=True)
        return mark.shown if mark and sight.known else None

    def _believe_period(self, counter: Counter, sight: Sight) -> float | None:
        period = self._periods.get(counter.name)
        value = sight.value if sight.reachable else None
        if period is not None:
            turn(period, counter.kind, sight)
        if value is not None and period is None:
            period = PeriodMark.begin(counter.kind, sight, value)
            self._periods[counter.name] = period
        elif value is not None and period is not None:
            observe(period, counter.kind, sight, value)
        if period is None or not sight.known:
            return None
        if period.waiting is not None and not sight.reachable:
            return None
        return period.shown

    def _trusted(self, counter: Counter) -> float | None:
        """Return the cloud's value that was believed last, None while there is none."""
        if counter.kind is CounterKind.LIFETIME:
            mark = self._lifetime.get(counter.name)
            return mark.raw if mark else None
        period = self._periods.get(counter.name)
        return period.mark.raw if period and period.waiting is None else None

    @override
    def as_dict(self) -> JsonObject:
        return {
            "lifetime": {name: mark.as_dict() for name, mark in self._lifetime.items()},
            "periods": {
                name: period.as_dict() for name, period in self._periods.items()
            },
            "accumulations": {
                name: accumulation.as_dict()
                for name, accumulation in self._accumulations.items()
            },
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, JsonValue] | None) -> Self:
        """Read what `as_dict` wrote; a damaged mark begins anew."""
        stored = stored or {}
        counters = cls()
        for name, value in members(stored.get("lifetime")).items():
            if mark := Mark.from_dict(value):
                counters._lifetime[name] = mark
        for name, value in members(stored.get("periods")).items():
            if period := PeriodMark.from_dict(value):
                counters._periods[name] = period
        for name, value in members(stored.get("accumulations")).items():
            if accumulation := Accumulation.from_dict(value):
                counters._accumulations[name] = accumulation
        for name in counters._lifetime.keys() | counters._periods.keys():
            subject, _, key = name.rpartition("/")
            counters._remembered.setdefault(subject, set()).add(key)
        return counters
