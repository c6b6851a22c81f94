"""What was found out about a task."""

from dataclasses import dataclass

from .causes import Why
from .evidence import Evidence
from .tasks import TaskState


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How far a task is now, and what says so; energies in kWh."""

    state: TaskState
    why: Why | None = None
    message: str | None = None
    evidence: tuple[Evidence, ...] = ()
    charged: float | None = None
    discharged: float | None = None
