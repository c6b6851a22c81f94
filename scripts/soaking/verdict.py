"""What a soak came to: figures, and what was not as it has to be."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

MOST_ERROR: Final = 0.001
"""Of an energy, beside the two decimals in which the cloud publishes it."""
ROUNDING: Final = 0.02
MOST_GROWTH: Final = 1.02

type Lines = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Figures of a soak; all but the first group have to be 0, growth at most 1.02.

    `growth` compares the blocks of memory that Python holds after the last day with those
    after the second of the same process, None where it did not live so long.
    """

    lives: int
    kills: int
    faults: int
    reloads: int
    commands: int
    refused: int
    outcomes: int
    energies: int
    """How many were compared."""

    exceptions: int
    secrets: int
    lost: int
    repeated: int
    wrong_energies: int
    largest_error: float
    """Of all energies, as a share of what came in since the first look."""
    growth: float | None

    @property
    def missed(self) -> list[str]:
        """The figures that are not as they have to be."""
        zero = ("exceptions", "secrets", "lost", "repeated", "wrong_energies")
        missed = [name for name in zero if getattr(self, name)]
        if not self.energies:
            missed.append("energies")
        if self.growth is not None and self.growth > MOST_GROWTH:
            missed.append("growth")
        return missed


def verdict_of(lines: Lines) -> Verdict:
    """Judge the journal of a soak."""
    kinds = Counter(line["kind"] for line in lines)
    told = {(line["task"], line["at"]) for line in _of(lines, "outcome")}
    reports = Counter(task for task, _ in told)
    given = {line["task"] for line in _of(lines, "command")}
    errors = [error for each in _energies(lines) for error in _errors(each)]
    return Verdict(
        lives=kinds["life"],
        kills=sum(line["killed"] for line in _of(lines, "life")),
        faults=kinds["fault"],
        reloads=kinds["reload"],
        commands=len(given),
        refused=kinds["refused"],
        outcomes=len(reports),
        energies=len(errors),
        exceptions=kinds["exception"],
        secrets=kinds["secret"],
        lost=len(given - reports.keys()),
        repeated=sum(count > 1 for count in reports.values()),
        wrong_energies=sum(error > 1 for error, _ in errors),
        largest_error=max((share for _, share in errors), default=0.0),
        growth=_growth(_of(lines, "memory")),
    )


def _of(lines: Lines, kind: str) -> Lines:
    return [line for line in lines if line["kind"] == kind]


def _energies(lines: Lines) -> Iterable[Lines]:
    """Return the looks at each sensor, in order."""
    looks = _of(lines, "energy")
    for key in sorted({line["key"] for line in looks}):
        yield [line for line in looks if line["key"] == key and line["truths"]]


def _errors(looks: Lines) -> Iterable[tuple[float, float]]:
    """Yield how far each look after the first is off: in what is allowed, and as a share.

    What is compared is what came in since the first look. The sensor shows one of the
    samples that were published just then.
    """
    if not looks:
        return
    first = looks[0]
    for look in looks[1:]:
        came_in = look["shown"] - first["shown"]
        error, true = min(
            (abs(came_in - (end - begin)), end - begin)
            for begin in first["truths"]
            for end in look["truths"]
        )
        allowed = max(true * MOST_ERROR, ROUNDING)
        yield error / allowed, error / true if true > 1 else 0.0


def _growth(weighed: Lines) -> float | None:
    """Compare the last day with the second one of the last process."""
    last_life = weighed
    for number in range(1, len(weighed)):
        if weighed[number]["life"] != weighed[number - 1]["life"]:
            last_life = weighed[number:]
    if len(last_life) < 3:
        return None
    return float(last_life[-1]["blocks"] / last_life[1]["blocks"])
