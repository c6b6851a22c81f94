"""Days of one plant and one way in, of all seeds and weathers together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .day import DayResult, Freshness


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A live value in one part of all runs of a plant and a way in.

    `seen` and `mean` are of all beats together, `lowest_seen`, `p95` and `outdated` of
    the worst run; `calls` is the most of any run in any 24 hours.
    """

    plant: str
    mode: str
    part: str
    value: str
    runs: int
    calls: int
    refused: int
    beats: int
    seen: float | None
    lowest_seen: float | None
    mean: float | None
    p95: float | None
    outdated: float | None


def summaries_of(results: Sequence[DayResult]) -> list[Summary]:
    """Return a summary for each plant, way in, part and value, as they come."""
    groups: dict[tuple[str, str, str, str], list[tuple[DayResult, Freshness]]] = {}
    for result in results:
        for part, period in result.periods.items():
            for value, freshness in period.values.items():
                key = (result.run.plant, result.run.mode, part, value)
                groups.setdefault(key, []).append((result, freshness))
    return [_summary(*key, group) for key, group in groups.items()]


def _summary(
    plant: str,
    mode: str,
    part: str,
    value: str,
    group: Sequence[tuple[DayResult, Freshness]],
) -> Summary:
    values = [freshness for _, freshness in group]
    return Summary(
        plant=plant,
        mode=mode,
        part=part,
        value=value,
        runs=len(group),
        calls=max(result.calls.most_in_a_day for result, _ in group),
        refused=sum(result.calls.refused for result, _ in group),
        beats=sum(each.beats for each in values),
        seen=_mean((each.seen, each.beats) for each in values),
        lowest_seen=min(_known(each.seen for each in values), default=None),
        mean=_mean((each.delay.mean, each.delay.count) for each in values),
        p95=max(_known(each.delay.p95 for each in values), default=None),
        outdated=max(_known(each.outdated for each in values), default=None),
    )


def _mean(weighted: Iterable[tuple[float | None, int]]) -> float | None:
    known = [(value, weight) for value, weight in weighted if value is not None]
    total = sum(weight for _, weight in known)
    return sum(value * weight for value, weight in known) / total if total else None


def _known(values: Iterable[float | None]) -> list[float]:
    return [value for value in values if value is not None]
