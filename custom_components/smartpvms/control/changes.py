"""What of a task may change after it was made."""

from typing import TypedDict

from ..northbound.control.results import TaskReference
from .causes import Why
from .commands import Command, Order
from .evidence import Evidence, Live
from .tasks import TaskState


class TaskChanges(TypedDict, total=False):
    """The fields of `Task` that change on its way."""

    command: Command
    state: TaskState
    order: Order | None
    reference: TaskReference | None
    sent: float
    accepted: float
    confirmed: float
    ended: float
    why: Why | None
    retry_at: float | None
    message: str | None
    evidence: tuple[Evidence, ...]
    charged: float | None
    discharged: float | None
    calls: int
    attempts: int
    before: Live | None
    next_look: float | None
    looks: int
    polls: int
