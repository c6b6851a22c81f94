"""What is remembered of a plant: its tasks, what of ours is in force, what was before."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from ..northbound.control.commands import SetBatteryMode
from ..northbound.json_types import JsonObject, JsonValue
from .causes import Why
from .codec import NotReadableError, as_json, from_json
from .commands import Family, Order
from .settings import Confirmable, Present, is_in_force
from .tasks import Task

# as many as diagnostics tell, of each plant
_ENDED_KEPT = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """What is in force by the last proof, `at` seconds since the epoch."""

    value: Confirmable
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A setting of ours that is in force, or may be.

    `due` is when it must be taken back, None for never. Only `certain_from` on does a
    query that tells another setting prove that it is not ours any more: before that a
    command of unknown fate may still be carried out, or the cloud may be late.
    """

    order: Order
    task_id: str
    set_at: float
    due: float | None = None
    certain_from: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Why a take-back has not worked, and since when."""

    why: Why
    since: float
    message: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What of ours is in force in one family, and what was there before.

    `baseline` is None where it could not be read. `retry_at` is when a take-back that
    did not work is tried again; `attempts` counts those sent.
    """

    baseline: Present | None = None
    claims: tuple[Claim, ...] = ()
    retry_at: float = 0.0
    attempts: int = 0
    looks: int = 0
    trouble: Trouble | None = None

    def claim_of(self, present: Confirmable | None) -> Claim | None:
        """Return the last claim that is what a query tells."""
        for claim in reversed(self.claims):
            if is_in_force(claim.order, present):
                return claim
        return None

    def next_due(self) -> float | None:
        """Return when the next claim has to be taken back, or is tried again."""
        times = [claim.due for claim in self.claims if claim.due is not None]
        return max(min(times), self.retry_at) if times else None

    def without(self, task_id: str) -> Holding:
        """Return it without the claim of a task that has changed nothing."""
        kept = tuple(claim for claim in self.claims if claim.task_id != task_id)
        return replace(self, claims=kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreturned:
    """A setting of ours that should have been taken back and is still in force.

    `in_force` is what stands, `restore` what should stand, None where nothing can be
    set back. `due`, `since` and `retry_at` are seconds since the epoch: when it should
    have ended, since when it is known not to have, and when it is tried again.
    """

    plant_code: str
    family: Family
    in_force: Order
    restore: Order | None
    due: float
    since: float
    retry_at: float
    why: Why
    message: str | None = None


@dataclass(slots=True)
class PlantRecord:
    """All that is remembered of a plant."""

    code: str
    tasks: dict[str, Task]
    holdings: dict[Family, Holding]
    confirmed: dict[Family, Confirmed]
    time_of_use: SetBatteryMode | None = None

    @classmethod
    def empty(cls, code: str) -> PlantRecord:
        """Return the record of a plant that was never commanded."""
        return cls(code, {}, {}, {})

    def open_tasks(self) -> tuple[Task, ...]:
        """Return the tasks that have left and whose outcome is to come."""
        return tuple(task for task in self.tasks.values() if task.is_under_way)

    def waiting(self) -> Task | None:
        """Return what waits for the plant."""
        return next(
            (
                task
                for task in self.tasks.values()
                if task.is_open and not task.is_under_way
            ),
            None,
        )

    def setup_running(self) -> Task | None:
        """Return the set-up task that runs: the cloud would refuse another."""
        return next(
            (task for task in self.open_tasks() if task.family is not Family.FORCED),
            None,
        )

    def forced_running(self) -> Task | None:
        """Return the forced charge or discharge that runs, or its stop."""
        return next(
            (task for task in self.open_tasks() if task.family is Family.FORCED), None
        )

    def put(self, task: Task) -> None:
        """Remember a task, and forget those that ended long ago."""
        self.tasks[task.id] = task
        ended = [task for task in self.tasks.values() if not task.is_open]
        for old in sorted(ended, key=_ended)[:-_ENDED_KEPT]:
            del self.tasks[old.id]

    def holding(self, family: Family) -> Holding:
        """Return what of ours is in force; empty where nothing is."""
        return self.holdings.get(family, Holding())

    def hold(self, family: Family, holding: Holding) -> None:
        """Remember it, or forget the baseline where nothing of ours is left."""
        if holding.claims:
            self.holdings[family] = holding
        else:
            self.holdings.pop(family, None)

    def as_json(self) -> JsonObject:
        """Return it as JSON."""
        return {
            "tasks": [as_json(task) for task in self.tasks.values()],
            "holdings": {
                family.value: as_json(holding)
                for family, holding in self.holdings.items()
            },
            "confirmed": {
                family.value: as_json(confirmed)
                for family, confirmed in self.confirmed.items()
            },
            "time_of_use": as_json(self.time_of_use),
        }

    @classmethod
    def from_json(cls, code: str, stored: JsonValue) -> PlantRecord:
        """Read what `as_json` wrote; what cannot be read is left out."""
        record = cls.empty(code)
        found = stored if isinstance(stored, dict) else {}
        tasks = found.get("tasks")
        for task in _readable(Task, tasks if isinstance(tasks, list) else []):
            record.tasks[task.id] = task
        record.holdings.update(_by_family(Holding, found.get("holdings")))
        record.confirmed.update(_by_family(Confirmed, found.get("confirmed")))
        for order in _readable(SetBatteryMode, [found.get("time_of_use")]):
            record.time_of_use = order
        return record


def _ended(task: Task) -> float:
    return task.ended or 0.0


def _readable[T](kind: type[T], stored: Iterable[JsonValue]) -> Iterable[T]:
    for item in stored:
        try:
            yield from_json(kind, item)
        except NotReadableError:
            continue


def _by_family[T](kind: type[T], stored: JsonValue) -> Mapping[Family, T]:
    found: dict[Family, T] = {}
    for name, item in stored.items() if isinstance(stored, dict) else ():
        if name in {*Family}:
            for value in _readable(kind, [item]):
                found[Family(name)] = value
    return found
