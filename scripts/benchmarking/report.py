"""Results as tables and as JSON."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from .beats import Delays
from .day import DayResult
from .fleet import FleetResult
from .history import HistoryResult
from .history_fleet import HistoryFleetResult
from .history_kills import HistoryKillsResult
from .limits import Check, Result, checks_of
from .restarts import RestartsResult, WeekResult
from .set_up import SetUpResult
from .summary import summaries_of

_SUMMARY_HEAD = (
    *("plant", "mode", "runs", "24 h", "refused", "part", "value", "beats", "seen"),
    *("lowest", "mean", "worst p95", "outdated"),
)

_DAY_HEAD = (
    *("plant", "mode", "weather", "seed", "part", "calls", "refused", "value"),
    *("beats", "fetched", "seen", "mean", "p50", "p95", "max", "day", "night"),
    "outdated",
)


def as_json(results: Iterable[Result]) -> list[dict[str, Any]]:
    """Return results with their checks, for a file."""
    return [
        {
            "benchmark": type(result).__name__.removesuffix("Result").lower(),
            **asdict(result),
            "checks": [
                {**asdict(check), "reached": check.reached}
                for check in checks_of(result)
            ],
        }
        for result in results
    ]


def text_of(results: Sequence[Result], *, details: bool = True) -> str:
    """Return tables of results and what was missed; `details` of each day, too."""
    days = [each for each in results if isinstance(each, DayResult)]
    fleets = [each for each in results if isinstance(each, FleetResult)]
    set_ups = [each for each in results if isinstance(each, SetUpResult)]
    restarts = [each for each in results if isinstance(each, RestartsResult)]
    weeks = [each for each in results if isinstance(each, WeekResult)]
    parts = []
    if days:
        if details:
            rows = [row for day in days for row in _day_rows(day)]
            parts.append(table([_DAY_HEAD, *rows]))
        parts += [_calls_of_days(days), _summary_of_days(days)]
    if fleets:
        parts.append(table(_columns([_fleet_facts(fleet) for fleet in fleets])))
    if set_ups:
        parts.append(table(_rows_of([asdict(set_up) for set_up in set_ups])))
    if restarts:
        parts.append(table(_rows_of([_restart_facts(each) for each in restarts])))
    if weeks:
        parts.append(table(_rows_of([_week_facts(week) for week in weeks])))
    parts += _history_tables(results)
    parts.append(_verdicts(results))
    return "\n\n".join(parts)


def table(rows: Sequence[Sequence[str]]) -> str:
    """Return rows of equal length as aligned columns, text left and numbers right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if _is_number(cell) else cell.ljust(width)
            for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in rows
    )


def _day_rows(result: DayResult) -> Iterable[tuple[str, ...]]:
    run = result.run
    for part, period in result.periods.items():
        for flow, fresh in period.values.items():
            delay = fresh.delay
            yield (
                *(run.plant, run.mode, run.weather, str(run.seed), part),
                str(period.calls.by_class.get("basic", 0)),
                str(period.calls.refused),
                flow,
                str(fresh.beats),
                *(_percent(fresh.fetched), _percent(fresh.seen)),
                *(_seconds(delay.mean), _seconds(delay.p50)),
                *(_seconds(delay.p95), _seconds(delay.longest)),
                *(_mean(fresh.day), _mean(fresh.night)),
                _seconds(fresh.outdated),
            )


def _summary_of_days(results: Sequence[DayResult]) -> str:
    """Return a line for each plant, way in, part and value."""
    rows = [_SUMMARY_HEAD]
    rows += [
        (
            *(each.plant, each.mode, str(each.runs), str(each.calls)),
            *(str(each.refused), each.part, each.value, str(each.beats)),
            *(_percent(each.seen), _percent(each.lowest_seen)),
            *(_seconds(each.mean), _seconds(each.p95), _seconds(each.outdated)),
        )
        for each in summaries_of(results)
    ]
    return table(rows)


def _calls_of_days(results: Sequence[DayResult]) -> str:
    """Return a line for each run: the calls of all its days by interface."""
    rows = [
        (
            *("plant", "mode", "weather", "seed", "24 h", "sent", "known after"),
            *("real s", "calls"),
        )
    ]
    for result in results:
        run, calls = result.run, result.calls
        named = ", ".join(
            f"{name} {count}" for name, count in calls.by_interface.items()
        )
        rows.append(
            (
                *(run.plant, run.mode, run.weather, str(run.seed)),
                *(str(calls.most_in_a_day), str(result.sent)),
                _latest(result.known_after.values()),
                *(f"{result.real_seconds:.1f}", named),
            )
        )
    return table(rows)


def _latest(hours: Iterable[float | None]) -> str:
    """Return after how many hours all was known."""
    known = [each for each in hours if each is not None]
    return f"{max(known):.1f} h" if known else "-"


def _fleet_facts(result: FleetResult) -> dict[str, Any]:
    facts = asdict(result)
    calls = facts.pop("calls")
    return facts | {"refused": calls["refused"]}


def _history_tables(results: Sequence[Result]) -> list[str]:
    homes = [each for each in results if isinstance(each, HistoryResult)]
    fleets = [each for each in results if isinstance(each, HistoryFleetResult)]
    kills = [each for each in results if isinstance(each, HistoryKillsResult)]
    tables = []
    if homes:
        tables.append(table(_columns([_history_facts(each) for each in homes])))
        tables.append(table([row for each in homes for row in _fresh_rows(each)]))
    tables += [
        table(_columns([asdict(each) for each in those]))
        for those in (fleets, kills)
        if those
    ]
    return tables


def _history_facts(result: HistoryResult) -> dict[str, Any]:
    facts = asdict(result)
    for name in ("calls", "freshness", "freshness_without", "seam"):
        del facts[name]
    held = {
        f"{name} {whose}": seconds
        for name in ("recorder_cpu", "recorder_wall")
        for whose, seconds in facts.pop(name).items()
    }
    seam = {f"seam {quantity}": worst for quantity, worst in result.seam.items()}
    calls = {
        "24 h": result.calls.most_in_a_day,
        "basic calls": result.calls.by_class.get("basic", 0),
        "refused": result.calls.refused,
    }
    return facts | seam | calls | held


def _fresh_rows(result: HistoryResult) -> Iterable[tuple[str, ...]]:
    yield ("mode", "history", "value", "beats", "seen", "mean", "p95")
    for name, values in (
        ("with", result.freshness),
        ("without", result.freshness_without),
    ):
        for flow, fresh in values.items():
            yield (
                *(result.mode, name, flow, str(fresh.beats), _percent(fresh.seen)),
                *(_seconds(fresh.delay.mean), _seconds(fresh.delay.p95)),
            )


def _restart_facts(result: RestartsResult) -> dict[str, Any]:
    return {
        "mode": result.mode,
        "restarts": result.restarts,
        "killed": result.killed,
        "basic calls": result.calls.by_class.get("basic", 0),
        "without": result.without.by_class.get("basic", 0),
        "extra": result.extra,
        "refused": result.calls.refused,
        "log-ins in 10 min": result.calls.most_log_ins,
    }


def _week_facts(result: WeekResult) -> dict[str, Any]:
    return {
        "days": result.days,
        "restarts": result.restarts,
        "basic calls": result.calls.by_class.get("basic", 0),
        "refused": result.calls.refused,
        "failed": result.calls.failed,
        "log-ins in 10 min": result.calls.most_log_ins,
    }


def _rows_of(facts: Sequence[dict[str, Any]]) -> list[list[str]]:
    """Return a head and a row for each."""
    return [
        list(facts[0]),
        *([str(value) for value in each.values()] for each in facts),
    ]


def _columns(facts: Sequence[dict[str, Any]]) -> list[list[str]]:
    """Return a row for each fact, with a column for each result."""
    return [[name, *(str(each[name]) for each in facts)] for name in facts[0]]


def _verdicts(results: Sequence[Result]) -> str:
    """Return how much was reached, and each figure that was not."""
    checked = [(result, check) for result in results for check in checks_of(result)]
    missed = [(result, check) for result, check in checked if not check.reached]
    lines = [f"{len(checked) - len(missed)} of {len(checked)} figures reached"]
    lines += [f"{_name(result)}: {check}" for result, check in missed]
    return "\n".join(lines)


def missed_by(results: Iterable[Result]) -> list[Check]:
    """Return all figures that do not keep to their limits."""
    return [
        check for result in results for check in checks_of(result) if not check.reached
    ]


def _name(result: Result) -> str:
    match result:
        case DayResult(run=run):
            return f"{run.plant} {run.mode} {run.weather} {run.seed}"
        case FleetResult():
            return f"fleet:{result.plants} {result.mode}"
        case HistoryResult():
            return f"history {result.mode}"
        case HistoryFleetResult():
            return f"history fleet:{result.plants}"
        case HistoryKillsResult():
            return f"history {result.kills} kills"
        case SetUpResult():
            return f"{result.scene} {result.mode} {result.how}"
        case RestartsResult():
            return f"{result.restarts} restarts {result.mode}"
        case WeekResult():
            return f"{result.days} days api_account"


def _mean(delays: Delays) -> str:
    return _seconds(delays.mean)


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}"


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _is_number(cell: str) -> bool:
    return cell.replace(".", "", 1).lstrip("-").isdigit() or cell == "-"
