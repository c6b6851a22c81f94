"""Forced charges and discharges, and what the cloud knows of them."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from ..plants.plant import Plant
from ..plants.settings import Forced
from ..plants.steering import REPLACED
from .tasks import TIMEOUT, UPDATE, Ending, Outcome

STOPPED = "The task has been stopped."
DONE, RUNNING, FAILED = 0, 1, 2
_DEVICE_SECONDS = (5, 50)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """What a battery is told: W with + for charging, None to stop.

    A charge ends at a target in percent or after a duration.
    """

    power: float | None
    target: float | None = None
    duration: timedelta | None = None


@dataclass(slots=True, kw_only=True)
class ChargeTask:
    """A signal on its way to the battery behind one inverter of a plant."""

    number: str
    plant: Plant
    serial: str | None
    signal: Signal
    ending: Ending
    accepted: datetime
    begun: datetime | None = None
    stopped: datetime | None = None
    """When the battery ended it."""
    closed: datetime | None = None
    """When the cloud closed it."""
    status_at_end: int = DONE
    message: str | None = None

    def seen(self, now: datetime) -> datetime:
        """Return when the cloud last looked at the battery."""
        return self.accepted + (now - self.accepted) // UPDATE * UPDATE

    def status(self, now: datetime) -> int:
        """Return what the cloud knows: 0 done, 1 running, 2 timeout or failed."""
        closed = self.closed is not None and self.closed <= self.seen(now)
        return self.status_at_end if closed else RUNNING

    def energy(self, now: datetime) -> float:
        """Return the kWh charged or discharged that the cloud knows of."""
        seen = self.seen(now)
        if self.begun is None or self.begun >= seen or self.signal.power is None:
            return 0.0
        until = seen if self.stopped is None else min(self.stopped, seen)
        history = self.plant.history
        moved = history.until(until) - history.until(self.begun)
        return moved.charged if self.signal.power > 0 else moved.discharged

    def begin(self, at: datetime) -> None:
        """Let the battery obey, unless the task is over already."""
        over = self.closed is not None and self.closed <= at
        if over or not self.ending.applied:
            return
        steering, power = self.plant.steering, self.signal.power
        self.begun = at
        if power is None:
            steering.release(at, STOPPED)
            self.end(at, None)
            return
        forced = Forced(power=power, target=self.signal.target)
        steering.force(at, forced, self.end)
        if self.signal.duration is not None:
            steering.schedule(at + self.signal.duration, self._run_out)

    def end(self, at: datetime, reason: str | None) -> None:
        """Note that the battery has ended it, which the cloud may never hear."""
        self.stopped = at
        if self.ending.outcome is Outcome.SUCCESS:
            self.close(at, DONE, reason)

    def close(self, at: datetime, status: int, message: str | None) -> None:
        """Note how it ended, unless that is known."""
        if self.closed is None:
            self.closed, self.status_at_end, self.message = at, status, message

    def time_out(self, at: datetime) -> None:
        """Give up what has not ended by itself."""
        self.close(at, FAILED, Outcome.TIMEOUT)
        if self._is_in_force:
            self.plant.steering.release(at, Outcome.TIMEOUT)

    @property
    def _is_in_force(self) -> bool:
        return self.begun is not None and self.stopped is None

    def _run_out(self, at: datetime) -> None:
        if self._is_in_force:
            self.plant.steering.release(at, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    client: str
    tasks: list[ChargeTask] = field(default_factory=list)


class ChargeBook:
    """All forced charges and discharges of a simulated cloud, by request."""

    def __init__(self, seed: int) -> None:
        """Begin with none; how long a battery takes to begin comes from a seed."""
        self._random = Random(f"{seed}/charging")
        self._requests: dict[int, _Request] = {}
        self._latest: defaultdict[str, list[ChargeTask]] = defaultdict(list)

    def __iter__(self) -> Iterator[ChargeTask]:
        """Yield the tasks, oldest first."""
        for request in list(self._requests.values()):
            yield from request.tasks

    def __contains__(self, number: int) -> bool:
        """Return whether a request of this number has been accepted."""
        return number in self._requests

    def is_repeated(self, plant: Plant, signal: Signal, now: datetime) -> bool:
        """Return whether a plant is executing this very signal."""
        return any(
            task.signal == signal and task.status(now) == RUNNING
            for task in self._latest[plant.definition.code]
        )

    def running(self, plant: Plant, now: datetime) -> list[ChargeTask]:
        """Return what the cloud takes for running at a plant."""
        tasks = self._latest[plant.definition.code]
        return [task for task in tasks if task.status(now) == RUNNING]

    def add(self, request: int, client: str, task: ChargeTask) -> None:
        """Keep a task that has been accepted, and let it happen."""
        at, steering = task.accepted, task.plant.steering
        latest = self._latest[task.plant.definition.code]
        for other in latest:
            if other.begun is None:
                other.close(at, DONE, REPLACED)
        latest[:] = [other for other in latest if other.status(at) == RUNNING]
        latest.append(task)
        self._requests.setdefault(request, _Request(client=client)).tasks.append(task)
        delay = timedelta(seconds=self._random.uniform(*_DEVICE_SECONDS))
        steering.schedule(at + delay, task.begin)
        match task.ending.outcome:
            case Outcome.HANG:
                return
            case Outcome.SUCCESS | Outcome.NO_REPLY:
                steering.schedule(at + TIMEOUT, task.time_out)
            case failed:
                task.close(at + UPDATE, FAILED, failed)

    def find(self, request: int, client: str) -> list[ChargeTask]:
        """Return the tasks of a client's request, none if it is unknown."""
        found = self._requests.get(request)
        return found.tasks if found is not None and found.client == client else []
