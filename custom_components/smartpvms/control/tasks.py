"""A task: a command on its way, from intention to outcome."""

from dataclasses import dataclass
from enum import StrEnum

from ..northbound.control.results import TaskReference
from .causes import Why
from .commands import Command, Family, Order, family_of
from .evidence import Evidence, Live


class TaskState(StrEnum):
    """How far a task is."""

    WAITING = "waiting"
    """It has not been sent; it waits for the plant."""
    INTENDED = "intended"
    """It is on disk and about to leave. Found so after a crash it becomes UNKNOWN."""
    ACCEPTED = "accepted"
    """The cloud has taken it; whether the plant obeys shows in minutes."""
    RUNNING = "running"
    """A forced charge or discharge is seen to run."""
    SUCCESS = "success"
    """It is in force, or a forced charge has come to its end."""
    FAILURE = "failure"
    """It was not carried out, or a forced charge ended early; `why` says it."""
    UNKNOWN = "unknown"
    """Nobody can say. While `ended` is None we still look, without sending again."""


class IfBusy(StrEnum):
    """What becomes of a command to a plant that carries out another."""

    REPLACE = "replace"
    """It takes the place of what waits, and of a forced charge that runs. A set-up task
    that runs is waited for, as the cloud takes no second one."""
    QUEUE = "queue"
    """It takes the place of what waits, and waits for all that runs."""
    REFUSE = "refuse"
    """It is not carried out."""


class Origin(StrEnum):
    """Who wants it."""

    USER = "user"
    TAKE_BACK = "take_back"
    PLAN = "plan"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A command for one plant and what became of it.

    Times are seconds since the epoch: `requested`, `sent` (the request was about to
    leave), `accepted` by the cloud, `confirmed` in force or running, `ended`. `order` is
    what went over the wire, None where nothing had to. `why` is set on failure, and on
    success where there is something to say; `retry_at` is when calls fit again, where a
    task failed while they did not. `message` is the cloud's own text, which may name
    plants. `charged` and `discharged` are kWh of a forced charge or a dispatch.
    `calls` counts control calls; one that serves several plants counts for the first.
    """

    id: str
    command: Command
    origin: Origin
    state: TaskState
    requested: float
    order: Order | None = None
    reference: TaskReference | None = None
    sent: float | None = None
    accepted: float | None = None
    confirmed: float | None = None
    ended: float | None = None
    why: Why | None = None
    retry_at: float | None = None
    message: str | None = None
    evidence: tuple[Evidence, ...] = ()
    charged: float | None = None
    discharged: float | None = None
    calls: int = 0
    overwrite: bool = False
    """`overwrite_unrestorable` was asked for."""
    if_busy: IfBusy = IfBusy.REPLACE
    """What to do where the plant is busy."""
    attempts: int = 0
    """How often the cloud was busy with a command of somebody else."""
    before: Live | None = None
    """The last readings when it was sent."""
    next_look: float | None = None
    """When it is looked after next, or sent where it waits."""
    looks: int = 0
    polls: int = 0

    @property
    def plant_code(self) -> str:
        """The plant."""
        return self.command.plant_code

    @property
    def family(self) -> Family:
        """What it is about."""
        return family_of(self.command)

    @property
    def is_open(self) -> bool:
        """Whether its outcome is still to come."""
        return self.ended is None

    @property
    def is_under_way(self) -> bool:
        """Whether it has left, or may have, and is not known to be done."""
        return self.is_open and self.state is not TaskState.WAITING
