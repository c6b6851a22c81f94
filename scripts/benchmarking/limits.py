"""What must be reached, and what is."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import override

from .day import DayResult, Freshness
from .fleet import FleetResult
from .home import OAUTH
from .restarts import RestartsResult, WeekResult
from .set_up import SetUpResult

LONG_DAY = 16.5
"""Hours: with more of light a day may cost more calls."""
CALLS_OF_HOME, CALLS_OF_LONG_DAY, CALLS_OF_SMALL = 840, 870, 700
SEEN, MEAN, P95 = 98.0, 45.0, 120.0
OUTDATED = 900.0
SET_UP_SECONDS, BLOCK, RATIO = 20.0, 0.05, 2.0
EXTRA_CALLS, LOG_INS = 20, 4
FLEET = 150
_LIVE_ELSEWHERE = frozenset({"emma", "commercial"})
"""Plants of which PV may be older than what is measured at grid and battery."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A figure and the most (or least) that it may be."""

    what: str
    figure: float | None
    limit: float
    least: bool = False
    unit: str = ""

    @property
    def reached(self) -> bool:
        """Whether the figure keeps to the limit; what is not known does not."""
        if self.figure is None:
            return False
        return self.figure >= self.limit if self.least else self.figure <= self.limit

    @override
    def __str__(self) -> str:
        """Return it as a line of the report."""
        figure = "unknown" if self.figure is None else f"{self.figure:.4g}"
        sign = "≥" if self.least else "≤"
        verdict = "reached" if self.reached else "MISSED"
        unit = f" {self.unit}" if self.unit else ""
        return f"{verdict}: {self.what} {figure} ({sign} {self.limit:g}{unit})"


def checks_of(
    result: DayResult | FleetResult | SetUpResult | RestartsResult | WeekResult,
) -> list[Check]:
    """Return what a result has to reach."""
    match result:
        case DayResult():
            return list(_of_day(result))
        case FleetResult():
            return list(_of_fleet(result))
        case SetUpResult():
            return list(_of_set_up(result))
        case RestartsResult():
            return list(_of_restarts(result))
        case WeekResult():
            return [Check(what="refusals", figure=result.calls.refused, limit=0)]


def _of_day(result: DayResult) -> Iterator[Check]:
    yield Check(what="refusals", figure=result.calls.refused, limit=0)
    if result.run.mode != OAUTH:
        return
    yield Check(
        what="basic calls in any 24 h",
        figure=result.calls.most_in_a_day,
        limit=_most_calls(result),
    )
    for period, figures in result.periods.items():
        for flow, freshness in figures.values.items():
            if not freshness.beats:
                continue
            if flow == "pv_power" and result.run.plant in _LIVE_ELSEWHERE:
                yield Check(
                    what=f"{flow} outdated, {period},",
                    figure=freshness.outdated,
                    limit=OUTDATED,
                    unit="s",
                )
            else:
                yield from _of_live(f"{flow}, {period},", period, freshness)


def _of_live(what: str, period: str, freshness: Freshness) -> Iterator[Check]:
    yield Check(
        what=f"{what} beats seen",
        figure=freshness.seen,
        limit=SEEN,
        least=True,
        unit="%",
    )
    if period != "locked":
        return
    delay = freshness.delay
    yield Check(what=f"{what} mean delay", figure=delay.mean, limit=MEAN, unit="s")
    yield Check(what=f"{what} p95 of delay", figure=delay.p95, limit=P95, unit="s")


def _most_calls(result: DayResult) -> int:
    match result.run.plant:
        case "pv" | "string":
            return CALLS_OF_SMALL
        case "home" if result.sun_hours <= LONG_DAY:
            return CALLS_OF_HOME
        case _:
            return CALLS_OF_LONG_DAY


def _of_fleet(result: FleetResult) -> Iterator[Check]:
    yield Check(what="refusals", figure=result.calls.refused, limit=0)
    yield Check(
        what="times what Home Assistant needs", figure=result.ratio, limit=RATIO
    )
    yield Check(
        what="longest block of a beat",
        figure=result.longest_block,
        limit=BLOCK,
        unit="s",
    )
    yield Check(
        what="longest block of set-up",
        figure=result.set_up_longest_block,
        limit=BLOCK,
        unit="s",
    )
    yield Check(
        what="set-up",
        figure=result.set_up_seconds,
        limit=SET_UP_SECONDS,
        unit="s",
    )


def _of_set_up(result: SetUpResult) -> Iterator[Check]:
    yield Check(
        what="entries that are loaded",
        figure=result.loaded,
        limit=result.entries,
        least=True,
    )
    yield Check(what="set-up", figure=result.seconds, limit=SET_UP_SECONDS, unit="s")
    yield Check(
        what="longest block", figure=result.longest_block, limit=BLOCK, unit="s"
    )
    if result.how == "restart at once":
        yield Check(what="calls within a beat", figure=result.calls, limit=0)


def _of_restarts(result: RestartsResult) -> Iterator[Check]:
    yield Check(what="refusals", figure=result.calls.refused, limit=0)
    yield Check(what="extra calls", figure=result.extra, limit=EXTRA_CALLS)
    yield Check(
        what="log-ins in any 10 min",
        figure=result.calls.most_log_ins,
        limit=LOG_INS,
    )
