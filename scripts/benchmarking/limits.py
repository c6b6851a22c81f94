"""What must be reached, and what is."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import override

from .day import DayResult, Freshness
from .fleet import FleetResult
from .history import DAYS, LAST_YEAR, HistoryResult
from .history_fleet import HistoryFleetResult
from .history_kills import HistoryKillsResult
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
CALLS_OF_YEARS, CALLS_OF_OWNER, HOURS_OF_API_YEARS = 80, 1000, 72.0
EXACT, EXACT_HOUR, ACROSS_THE_SEAM = 0.01, 0.05, 0.02
"""kWh: of a day, of an hour, and of a day that two sources count together."""
RECORDER_HELD = 0.5
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


type Result = (
    DayResult
    | FleetResult
    | HistoryResult
    | HistoryFleetResult
    | HistoryKillsResult
    | SetUpResult
    | RestartsResult
    | WeekResult
)


def checks_of(result: Result) -> list[Check]:
    """Return what a result has to reach."""
    match result:
        case DayResult():
            return list(_of_day(result))
        case FleetResult():
            return list(_of_fleet(result))
        case HistoryResult():
            return list(_of_history(result))
        case HistoryFleetResult():
            return list(_of_history_fleet(result))
        case HistoryKillsResult():
            what = "rows that kills made different"
            return [Check(what=what, figure=result.different, limit=0)]
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


def _of_history(result: HistoryResult) -> Iterator[Check]:
    yield Check(what="refusals", figure=result.calls.refused, limit=0)
    yield Check(
        what="calls until all days were in",
        figure=result.calls_until_days,
        limit=CALLS_OF_YEARS,
    )
    worst = ("worst day", "worst day at the end")
    figures = (result.worst_day, result.worst_day_at_the_end)
    for what, figure in zip(worst, figures, strict=True):
        yield Check(what=what, figure=figure, limit=EXACT, unit="kWh")
    for quantity, figure in result.seam.items():
        yield Check(
            what=f"{quantity} across the seam",
            figure=figure,
            limit=ACROSS_THE_SEAM,
            unit="kWh",
        )
    yield Check(what="issues of the dashboard", figure=result.dashboard_issues, limit=0)
    if result.mode != OAUTH:
        yield Check(
            what="all days in", figure=result.hours_until_days, limit=HOURS_OF_API_YEARS
        )
        return
    yield Check(
        what="basic calls in any 24 h",
        figure=result.calls.most_in_a_day,
        limit=CALLS_OF_OWNER,
    )
    if result.days >= DAYS:
        yield Check(
            what="days by the hour",
            figure=result.days_by_the_hour,
            limit=LAST_YEAR,
            least=True,
        )
        yield Check(
            what="worst hour", figure=result.worst_hour, limit=EXACT_HOUR, unit="kWh"
        )
    for flow, freshness in result.freshness.items():
        yield from _of_live(f"{flow},", "locked", freshness)


def _of_history_fleet(result: HistoryFleetResult) -> Iterator[Check]:
    yield Check(what="longest block", figure=result.block, limit=BLOCK, unit="s")
    yield Check(what="recorder held", figure=result.held, limit=RECORDER_HELD, unit="s")
