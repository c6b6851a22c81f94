"""Simulated time: an event loop that does not wait, and what it does meanwhile."""

import asyncio
from asyncio import AbstractEventLoop, Future
from collections.abc import Callable, Coroutine, Generator
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
import gc
from math import ceil
import selectors
import threading
import time
from typing import Any, override

import time_machine

# what the kernel may need to hand data from one end of a connection to the other
_GRACE = 0.0005
_LOOK_AGAIN = 0.02
_LONGEST_WAIT = 10.0
_GRAIN = 1000
"""Parts of a second in which time moves."""


@dataclass(slots=True)
class Load:
    """What a loop did, in real seconds, from one wait to the next.

    `cpu` counts only what the thread of the loop worked, so that other programs on the
    machine do not show in it. Of that, `collecting` is what Python's garbage collector
    took, which goes through the memory of the whole process: the longest stretches are
    without it.
    """

    cpu: float = 0.0
    wall: float = 0.0
    collecting: float = 0.0
    longest_cpu: float = 0.0
    longest_wall: float = 0.0
    longest_collection: float = 0.0
    _since_cpu: float = 0.0
    _since_wall: float = 0.0
    _collected_cpu: float = 0.0
    _collected_wall: float = 0.0
    _collection_cpu: float = 0.0
    _collection_wall: float = 0.0

    @contextmanager
    def watching_collector(self) -> Generator[None]:
        """Tell what the garbage collector takes of the present thread."""
        thread = threading.get_ident()

        def tell(phase: str, _: dict[str, int]) -> None:
            if threading.get_ident() == thread:
                self._collection(begins=phase == "start")

        gc.callbacks.append(tell)
        try:
            yield
        finally:
            gc.callbacks.remove(tell)

    def _collection(self, *, begins: bool) -> None:
        if begins:
            self._collection_cpu = time.thread_time()
            self._collection_wall = time.perf_counter()
            return
        took = time.thread_time() - self._collection_cpu
        self.collecting += took
        self.longest_collection = max(self.longest_collection, took)
        self._collected_cpu += took
        self._collected_wall += time.perf_counter() - self._collection_wall

    @contextmanager
    def without(self) -> Generator[None]:
        """Leave out what is done in the context, as it is no work of Home Assistant's."""
        cpu, wall = time.thread_time(), time.perf_counter()
        try:
            yield
        finally:
            self._since_cpu += time.thread_time() - cpu
            self._since_wall += time.perf_counter() - wall

    def begin(self) -> None:
        """Forget what was; called by what runs in the loop."""
        self.cpu = self.wall = self.longest_cpu = self.longest_wall = 0.0
        self.collecting = self.longest_collection = 0.0
        self.resume()

    def resume(self) -> None:
        """Note that the loop begins to work."""
        self._since_cpu = time.thread_time()
        self._since_wall = time.perf_counter()
        self._collected_cpu = self._collected_wall = 0.0

    def pause(self) -> None:
        """Note that the loop waits."""
        cpu = time.thread_time() - self._since_cpu
        wall = time.perf_counter() - self._since_wall
        self.cpu += cpu
        self.wall += wall
        self.longest_cpu = max(self.longest_cpu, cpu - self._collected_cpu)
        self.longest_wall = max(self.longest_wall, wall - self._collected_wall)


class Timeline:
    """The time of day of this process; those who follow move along."""

    def __init__(self, start: datetime) -> None:
        """Begin at an aware instant, which `passing` makes the present."""
        self.start = start
        self.load = Load()
        self.busy: list[Callable[[], bool]] = []
        """What may say that an answer is under way, so that time stands still."""
        self.followers: list[Callable[[timedelta], None]] = []
        """Called with each step of the time."""
        self._steps = 0
        self._traveller: time_machine.Traveller | None = None

    @contextmanager
    def passing(self) -> Generator[None]:
        """Let this process live by the timeline."""
        with (
            self.load.watching_collector(),
            time_machine.travel(self.now, tick=False) as traveller,
        ):
            self._traveller = traveller
            yield

    @property
    def seconds(self) -> float:
        """How much has passed since the start."""
        return self._steps / _GRAIN

    @property
    def now(self) -> datetime:
        """The present instant."""
        return self.start + timedelta(seconds=self.seconds)

    def move(self, seconds: float) -> None:
        """Go on by at least so many seconds."""
        steps = max(ceil(seconds * _GRAIN), 1)
        self._steps += steps
        delta = timedelta(seconds=steps / _GRAIN)
        assert self._traveller is not None
        self._traveller.shift(delta)
        for follow in self.followers:
            follow(delta)


class _Selector(selectors.DefaultSelector):
    """Moves the time where the loop would wait for a timer."""

    def __init__(self, timeline: Timeline) -> None:
        super().__init__()
        self.jobs = 0
        """What runs in other threads."""
        self._timeline = timeline
        self._moved_data = False

    @override
    def select(
        self, timeout: float | None = None
    ) -> list[tuple[selectors.SelectorKey, int]]:
        self._timeline.load.pause()
        try:
            return self._next(timeout)
        finally:
            self._timeline.load.resume()

    def _next(self, timeout: float | None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is not None and timeout <= 0:
            return self._look(0)
        until = time.perf_counter() + _LONGEST_WAIT
        while self._is_busy() and time.perf_counter() < until:
            if events := self._look(_LOOK_AGAIN):
                return events
        if self._moved_data:
            time.sleep(_GRACE)
        if events := self._look(0):
            return events
        if timeout is None:
            return self._look(_LOOK_AGAIN)
        self._moved_data = False
        self._timeline.move(timeout)
        return []

    def _look(self, timeout: float) -> list[tuple[selectors.SelectorKey, int]]:
        events = super().select(timeout)
        self._moved_data = self._moved_data or bool(events)
        return events

    def _is_busy(self) -> bool:
        return self.jobs > 0 or any(busy() for busy in self._timeline.busy)


class SimulatedLoop(asyncio.SelectorEventLoop):
    """A loop whose timers are due as soon as there is nothing else to do.

    Time stands still while other threads work and while answers are under way.
    """

    def __init__(self, timeline: Timeline) -> None:
        """Live by a timeline."""
        self._simulated = timeline
        self._waits = _Selector(timeline)
        super().__init__(self._waits)

    @override
    def time(self) -> float:
        return self._simulated.seconds

    @override
    def run_in_executor[*Ts, T](
        self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts
    ) -> Future[T]:
        running = super().run_in_executor(executor, func, *args)
        self._waits.jobs += 1
        running.add_done_callback(self._ran)
        return running

    @override
    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        self._waits.jobs += 1
        try:
            await super().shutdown_default_executor(timeout)
        finally:
            self._waits.jobs -= 1

    def _ran(self, _: Future[Any]) -> None:
        self._waits.jobs -= 1


def run[T](timeline: Timeline, main: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine from now on in simulated time."""

    def loop() -> AbstractEventLoop:
        return SimulatedLoop(timeline)

    with asyncio.Runner(loop_factory=loop) as runner:
        return runner.run(main())
