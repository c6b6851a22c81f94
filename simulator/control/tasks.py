"""Tasks that set something up: mode, parameters, limit and dispatch."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random

from ..plants.plant import Plant
from ..types import Json

TIMEOUT = timedelta(hours=24)
"""After this time an unfinished task has failed."""
UPDATE = timedelta(minutes=3)
"""How often the cloud looks how a task is getting on."""
_DEVICE_SECONDS = (30, 300)
_FIRST_UPDATE_SECONDS = (120, 180)

type Apply = Callable[[datetime], None]


class Kind(StrEnum):
    """What a task sets."""

    MODE = "mode"
    PARAMETERS = "parameters"
    LIMIT = "limit"
    DISPATCH = "dispatch"
    CHARGE = "charge"

    @property
    def of_battery(self) -> bool:
        """Whether the battery has to do it, one task at a time."""
        return self is not Kind.LIMIT


class Outcome(StrEnum):
    """How a task ends; all but the first two and the last are wire messages."""

    SUCCESS = "SUCCESS"
    NO_REPLY = "NO_REPLY"
    """Nothing is heard until the task times out after 24 hours."""
    FAILURE = "FAILURE"
    TIMEOUT = "TIMEOUT"
    BUSY = "BUSY"
    INVALID = "INVALID"
    EXCEPTION = "EXCEPTION"
    HANG = "HANG"
    """It is running for ever."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a task ends for a plant, and whether the device does it all the same."""

    outcome: Outcome = Outcome.SUCCESS
    applied: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A task as far as it concerns one plant.

    `applied_at` is when the device does it, `known_at` when the cloud tells
    the outcome, None for never. `shown` is what the task query repeats.
    """

    plant: Plant
    outcome: Outcome
    accepted: datetime
    applied_at: datetime | None
    known_at: datetime | None
    shown: Mapping[str, Json]

    def is_running(self, now: datetime) -> bool:
        """Return whether the cloud still waits for the outcome."""
        return self.known_at is None or now < self.known_at

    def status(self, now: datetime) -> str:
        """Return RUNNING, SUCCESS or FAIL."""
        if self.is_running(now):
            return "RUNNING"
        return "SUCCESS" if self.outcome is Outcome.SUCCESS else "FAIL"

    def message(self, now: datetime) -> str | None:
        """Return why the task failed."""
        if self.status(now) != "FAIL":
            return None
        late = self.outcome is Outcome.NO_REPLY
        return Outcome.TIMEOUT if late else self.outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUpTask:
    """A task for one plant or several, known to the client that delivered it."""

    number: str
    kind: Kind
    client: str
    accepted: datetime
    parts: tuple[Part, ...]

    def ended(self, now: datetime) -> datetime | None:
        """Return when the last outcome became known, None while one is not."""
        ends = [part.known_at for part in self.parts if not part.is_running(now)]
        known = [end for end in ends if end is not None]
        return max(known) if len(known) == len(self.parts) else None


class TaskBook:
    """All set-up tasks of a simulated cloud, and the numbers of every task."""

    def __init__(self, seed: int) -> None:
        """Begin with no task; durations and numbers come from a seed."""
        self._random = Random(f"{seed}/tasks")
        self._tasks: dict[str, SetUpTask] = {}

    def __iter__(self) -> Iterator[SetUpTask]:
        """Yield the tasks, oldest first."""
        return iter(list(self._tasks.values()))

    def number(self) -> int:
        """Return a new number of 16 digits."""
        return self._random.randrange(10**15, 10**16)

    def part(
        self,
        kind: Kind,
        plant: Plant,
        now: datetime,
        *,
        ending: Ending,
        apply: Apply,
        shown: Mapping[str, Json],
    ) -> Part:
        """Let a plant's device do something in a while, and the cloud hear of it."""
        device = timedelta(seconds=self._random.uniform(*_DEVICE_SECONDS))
        update = timedelta(seconds=self._random.uniform(*_FIRST_UPDATE_SECONDS))
        while update < device:
            update += UPDATE
        if self._is_battery_busy(kind, plant, now):
            ending = Ending(outcome=Outcome.BUSY, applied=False)
        if ending.applied:
            plant.steering.schedule(now + device, apply)
        known: datetime | None = now + update
        if ending.outcome is Outcome.NO_REPLY:
            known = now + TIMEOUT
        elif ending.outcome is Outcome.HANG:
            known = None
        return Part(
            plant=plant,
            outcome=ending.outcome,
            accepted=now,
            applied_at=now + device if ending.applied else None,
            known_at=known,
            shown=shown,
        )

    def add(
        self, kind: Kind, client: str, now: datetime, parts: tuple[Part, ...]
    ) -> SetUpTask:
        """Keep a task that has been accepted."""
        task = SetUpTask(
            number=str(self.number()),
            kind=kind,
            client=client,
            accepted=now,
            parts=parts,
        )
        self._tasks[task.number] = task
        return task

    def find(self, number: str, kind: Kind, client: str) -> SetUpTask | None:
        """Return a client's task of a kind."""
        task = self._tasks.get(number)
        if task is None or task.kind is not kind or task.client != client:
            return None
        return task

    def running(self, plant: Plant, now: datetime) -> list[tuple[SetUpTask, Part]]:
        """Return what the cloud waits for at a plant, 24 hours at most."""
        return [
            (task, part)
            for task in self._tasks.values()
            for part in task.parts
            if part.plant is plant
            and part.accepted <= now < part.accepted + TIMEOUT
            and part.is_running(now)
        ]

    def _is_battery_busy(self, kind: Kind, plant: Plant, now: datetime) -> bool:
        return kind.of_battery and any(
            task.kind.of_battery for task, _ in self.running(plant, now)
        )
