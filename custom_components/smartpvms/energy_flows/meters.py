"""What each measuring point measures, and which way round it is mounted.

By day the plant's own feed-in (`day_on_grid_energy`) grows. The point at the grid
connection has a counter that grows as much; which of its two counters that is tells the
direction. A point whose counter grows as the inverters' yield is at their output, and
another one measures a part of the house.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Final, Self

from ..northbound.json_types import JsonObject, JsonValue
from ..northbound.parsing import integer, members, moment_iso, number
from .model import INVERTER_TYPES, Assignment, Cycle, Direction, Role
from .points import Point, points_of

_ENOUGH_FEED_IN: Final = 1.0
"""kWh that have to be fed in before counters are compared."""
# the feeds are snapshots of up to ten minutes apart
_SHORTEST: Final = timedelta(hours=2)
_TOLERANCE: Final = 0.15
_TOLERANCE_SHARE: Final = 0.1
_MOVED: Final = 0.3
_VOTES_FOR_PROOF: Final = 3


class Confidence(IntEnum):
    """How sure a proposal is; only what is proved needs no confirmation."""

    ASSUMED = 1
    LIKELY = 2
    PROVED = 3


class Reason(StrEnum):
    """Why a proposal is made; keys of translations."""

    ONLY_METER = "only_meter"
    NOT_COMPARED = "not_compared"
    EXPORTS_AS_PLANT = "exports_as_plant"
    EXPORTS_AS_PLANT_REVERSED = "exports_as_plant_reversed"
    COUNTS_AS_INVERTERS = "counts_as_inverters"
    DIFFERS_FROM_PLANT = "differs_from_plant"
    SAME_AS_OTHER = "same_as_other"


class _Finding(StrEnum):
    GRID = "grid"
    GRID_REVERSED = "grid_reversed"
    GENERATION = "generation"
    GENERATION_REVERSED = "generation_reversed"
    LOAD = "load"
    LOAD_REVERSED = "load_reversed"


_MEANINGS: Final = {
    _Finding.GRID: (Role.GRID, Direction.NORMAL, Reason.EXPORTS_AS_PLANT),
    _Finding.GRID_REVERSED: (
        Role.GRID,
        Direction.REVERSED,
        Reason.EXPORTS_AS_PLANT_REVERSED,
    ),
    _Finding.GENERATION: (
        Role.GENERATION,
        Direction.NORMAL,
        Reason.COUNTS_AS_INVERTERS,
    ),
    _Finding.GENERATION_REVERSED: (
        Role.GENERATION,
        Direction.REVERSED,
        Reason.COUNTS_AS_INVERTERS,
    ),
    _Finding.LOAD: (Role.LOAD, Direction.NORMAL, Reason.DIFFERS_FROM_PLANT),
    _Finding.LOAD_REVERSED: (Role.LOAD, Direction.REVERSED, Reason.DIFFERS_FROM_PLANT),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What a measuring point seems to be, how sure that is, and why."""

    point: str
    assignment: Assignment
    confidence: Confidence
    reason: Reason


@dataclass(slots=True, kw_only=True)
class _Evidence:
    """What was found of one point."""

    votes: dict[_Finding, int] = field(default_factory=dict)

    @property
    def finding(self) -> _Finding | None:
        """What was found most often."""
        return max(self.votes, key=lambda key: self.votes[key], default=None)

    @property
    def confidence(self) -> Confidence:
        ranked = sorted(self.votes.values(), reverse=True)
        others = sum(ranked[1:])
        proved = ranked[0] - others >= _VOTES_FOR_PROOF and others * 4 <= ranked[0]
        return Confidence.PROVED if proved else Confidence.LIKELY


@dataclass(slots=True, kw_only=True)
class MeterComparison:
    """Compares the measuring points of a plant with its feed-in, day by day."""

    began: datetime | None = None
    since: dict[str, float] = field(default_factory=dict)
    evidence: dict[str, _Evidence] = field(default_factory=dict)

    def compare(self, cycle: Cycle) -> None:
        """Take in a cycle as the cloud told it."""
        now = _counters(cycle)
        if self.began is None or not self._comparable(self.began, cycle, now):
            self.began, self.since = cycle.now, now
            return
        grown = {key: value - self.since[key] for key, value in now.items()}
        fed_in = grown.get(_FEED_IN, 0.0)
        if fed_in < _ENOUGH_FEED_IN or cycle.now - self.began < _SHORTEST:
            return
        self.began, self.since = cycle.now, now
        for point in points_of(cycle.units):
            finding = _finding(point, grown, fed_in)
            if finding is not None:
                votes = self.evidence.setdefault(point.key, _Evidence()).votes
                votes[finding] = votes.get(finding, 0) + 1

    def _comparable(
        self, began: datetime, cycle: Cycle, now: Mapping[str, float]
    ) -> bool:
        """Return whether the counters go on from where the comparison began."""
        if now.keys() != self.since.keys():
            return False
        days = (at.astimezone(cycle.zone).date() for at in (began, cycle.now))
        return len(set(days)) == 1 and all(
            value >= self.since[key] for key, value in now.items()
        )

    def propose(self, cycle: Cycle) -> tuple[Proposal, ...]:
        """Return a proposal for each measuring point of the plant."""
        points = sorted(points_of(cycle.units), key=_rank)
        proposals = [self._proposal(point, points) for point in points]
        return tuple(_one_grid_only(proposals))

    def _proposal(self, point: Point, points: list[Point]) -> Proposal:
        evidence = self.evidence.get(point.key, _Evidence())
        finding = evidence.finding
        if finding is None:
            only = len(points) == 1 and not point.of_emma
            return Proposal(
                point=point.key,
                assignment=Assignment(role=Role.GRID if only else Role.IGNORE),
                confidence=Confidence.ASSUMED,
                reason=Reason.ONLY_METER if only else Reason.NOT_COMPARED,
            )
        role, direction, reason = _MEANINGS[finding]
        return Proposal(
            point=point.key,
            assignment=Assignment(role=role, direction=direction),
            confidence=evidence.confidence,
            reason=reason,
        )

    def as_dict(self) -> JsonObject:
        """Return it as JSON."""
        return {
            "began": self.began.isoformat() if self.began else None,
            "since": dict(self.since),
            "evidence": {
                key: {finding.value: votes for finding, votes in each.votes.items()}
                for key, each in self.evidence.items()
            },
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, JsonValue] | None) -> Self:
        """Read what `as_dict` wrote; what is missing or damaged is left out."""
        values = stored or {}
        since = {
            key: number(value) for key, value in members(values.get("since")).items()
        }
        return cls(
            began=moment_iso(values.get("began")),
            since={key: value for key, value in since.items() if value is not None},
            evidence={
                key: _Evidence(votes=_stored_votes(value))
                for key, value in members(values.get("evidence")).items()
            },
        )


_FEED_IN: Final = "plant/fed_in"
_YIELD: Final = "inverters/yield"


def _stored_votes(stored: JsonValue) -> dict[_Finding, int]:
    votes = {
        finding: integer(members(stored).get(finding.value)) for finding in _Finding
    }
    return {finding: count for finding, count in votes.items() if count}


def _counters(cycle: Cycle) -> dict[str, float]:
    """Return the counters to compare, as far as they are told."""
    counters: dict[str, float] = {}
    plant = {} if cycle.reading is None else cycle.reading.values
    if (fed_in := plant.get("day_on_grid_energy")) is not None:
        counters[_FEED_IN] = fed_in
    outputs = [unit.counted.get("total_cap") for unit in cycle.of_types(INVERTER_TYPES)]
    told = [output for output in outputs if output is not None]
    if told and len(told) == len(outputs):
        counters[_YIELD] = sum(told)
    for point in points_of(cycle.units):
        for key in (point.positive_key, point.negative_key):
            value = point.unit.counted.get(key)
            if value is not None:
                counters[f"{point.key}/{key}"] = value
    return counters


def _finding(
    point: Point, grown: Mapping[str, float], fed_in: float
) -> _Finding | None:
    """Return what the growth (kWh) of a point's counters shows, None for nothing."""
    exported = grown.get(f"{point.key}/{point.export_key(Direction.NORMAL)}")
    imported = grown.get(f"{point.key}/{point.import_key(Direction.NORMAL)}")
    if exported is None or imported is None:
        return None
    as_export, as_import = _equal(exported, fed_in), _equal(imported, fed_in)
    if as_export and as_import:
        return None
    if as_export or as_import:
        return _Finding.GRID if as_export else _Finding.GRID_REVERSED
    given = grown.get(_YIELD)
    if given is not None and _equal(exported, given):
        return _Finding.GENERATION
    if given is not None and _equal(imported, given):
        return _Finding.GENERATION_REVERSED
    if max(exported, imported) < _MOVED:
        # nothing was used there, which says no more than that it is not the grid
        return _Finding.LOAD
    return _Finding.LOAD if imported > exported else _Finding.LOAD_REVERSED


def _equal(one: float, other: float) -> bool:
    return abs(one - other) <= max(_TOLERANCE, _TOLERANCE_SHARE * other)


def _rank(point: Point) -> tuple[bool, bool, str]:
    """Sort meters first, whose sign is known, and EMMA's external CT last."""
    return point.of_emma, bool(point.prefix), point.key


def _one_grid_only(proposals: Iterable[Proposal]) -> Iterable[Proposal]:
    """Leave the role grid to the surest point: others measure the same once more."""
    kept = list(proposals)
    at_grid = [each for each in kept if each.assignment.role is Role.GRID]
    surest = max(at_grid, key=lambda each: each.confidence, default=None)
    for each in kept:
        if each.assignment.role is not Role.GRID or each is surest:
            yield each
        else:
            yield Proposal(
                point=each.point,
                assignment=Assignment(role=Role.IGNORE),
                confidence=each.confidence,
                reason=Reason.SAME_AS_OTHER,
            )
