"""The control side of the simulated cloud."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from ..plants.plant import Plant
from ..types import Json
from .charging import ChargeBook
from .tasks import Ending, Kind, TaskBook


class Switches(Protocol):
    """What misbehaviours do to tasks."""

    def ending(self, kind: Kind, plant: Plant) -> Ending:
        """Return how the next task of a plant ends."""
        ...

    def rejection(self, kind: Kind, plant: Plant) -> str | None:
        """Return why the next task of a plant is not accepted, if it is not."""
        ...


class Control:
    """Tasks of all plants, and how they end."""

    def __init__(
        self, seed: int, switches: Switches, now: Callable[[], datetime]
    ) -> None:
        """Begin without tasks; `now` tells plant time."""
        self.tasks = TaskBook(seed)
        self.charges = ChargeBook(seed)
        self.switches = switches
        self._now = now

    def running(self, plant: Plant) -> list[str]:
        """Return what a plant is doing or about to do, as "kind number"."""
        now = self._now()
        plant.steering.advance()
        return [
            f"{task.kind} {task.number}" for task, _ in self.tasks.running(plant, now)
        ] + [
            f"{Kind.CHARGE} {task.number}" for task in self.charges.running(plant, now)
        ]

    def describe(self) -> list[Json]:
        """Return every task for /_simulator/tasks, set-up tasks first."""
        now = self._now()
        rows: list[Json] = [
            {
                "kind": task.kind,
                "number": task.number,
                "plant": part.plant.code,
                "accepted": part.accepted.isoformat(),
                "applied": _text(part.applied_at),
                "known": _text(part.known_at),
                "status": part.status(now),
                "message": part.message(now),
                "outcome": part.outcome,
            }
            for task in self.tasks
            for part in task.parts
        ]
        for charge in self.charges:
            charge.plant.steering.advance()
            rows.append(
                {
                    "kind": Kind.CHARGE,
                    "number": charge.number,
                    "plant": charge.plant.code,
                    "accepted": charge.accepted.isoformat(),
                    "applied": _text(charge.begun),
                    "known": _text(charge.closed),
                    "status": charge.status(now),
                    "message": charge.message,
                    "outcome": charge.ending.outcome,
                }
            )
        return rows


def _text(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat()
