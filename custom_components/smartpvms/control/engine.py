"""The engine: commands in, tasks out, and everything given back on time.

It knows nothing of Home Assistant, has no timers and waits for nothing: who owns it
calls `step` when `next_due` says so, and whenever new readings have come.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from ..northbound.client import NorthboundClient
from ..northbound.control.commands import SetBatteryMode
from ..northbound.control.values import ControlValueError, Problem
from ..northbound.json_types import JsonObject, JsonValue
from .book import Book, Listener, Save
from .commands import LONGEST_DISPATCH, Command, Dispatch, Family, until_of
from .evidence import Live
from .placing import place
from .reading import Reader
from .records import Confirmed, Unreturned
from .returning import Returner
from .sending import Sender
from .settings import Present, Rules
from .tasks import IfBusy, Origin, Task
from .tracking import Tracker


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyState:
    """What is known of one family of a plant.

    `confirmed` is what is in force by the last proof, `pending` the task on its way
    (waiting, or under way), whose command is what was asked for.
    """

    confirmed: Confirmed | None = None
    pending: Task | None = None


class ControlEngine:
    """Commands the plants of one owner, and follows each command to its end.

    `save` must have written the state to disk when it returns. `live` returns the last
    readings of a plant, and `rules` what its user says of it. `state` is what was saved
    last. All of the client's errors become outcomes; `login_errors` are those that
    the owner's authentication raises by itself.

    No method raises for what the cloud does. What raises in `save` goes through, and no
    request leaves then.
    """

    def __init__(
        self,
        client: NorthboundClient,
        *,
        save: Save,
        clock: Callable[[], float],
        live: Callable[[str], Live | None],
        rules: Callable[[str], Rules] = lambda _: Rules(),
        state: Mapping[str, JsonValue] | None = None,
        login_errors: tuple[type[Exception], ...] = (),
    ) -> None:
        """Go on with what was saved; nothing is sent before the first `step`."""
        self._book = Book(
            client=client,
            save_state=save,
            clock=clock,
            live=live,
            rules=rules,
            login_errors=login_errors,
        )
        self._book.load(state)
        reader = Reader(self._book)
        self._tracker = Tracker(self._book, reader)
        self._sender = Sender(self._book, reader, self._tracker)
        self._returner = Returner(self._book, self._sender, reader)
        self._lock = asyncio.Lock()

    async def request(
        self,
        commands: Iterable[Command],
        *,
        if_busy: IfBusy = IfBusy.REPLACE,
        overwrite_unrestorable: bool = False,
        origin: Origin = Origin.USER,
    ) -> list[Task]:
        """Carry out commands, one for each plant, and return how far each is.

        Equal kinds for several plants go in one call. A command that equals what is
        confirmed or running costs no control call. `overwrite_unrestorable` lets a mode
        or limit be overwritten that could not be set again.

        Raises:
            ControlValueError: a plant twice, or an end in the past or too far away;
                nothing was sent.
        """
        wanted = tuple(commands)
        self._check(wanted)
        async with self._lock:
            self._tracker.recover()
            tasks = [
                place(
                    self._book,
                    replace(
                        self._book.new_task(command, origin),
                        if_busy=if_busy,
                        overwrite=overwrite_unrestorable,
                    ),
                )
                for command in wanted
            ]
            await self._sender.start([placed.task for placed in tasks if placed.starts])
            await self._book.save()
            return [self._latest(placed.task) for placed in tasks]

    async def step(self) -> None:
        """Do all that is due: look after tasks, send what waits, take back."""
        async with self._lock:
            self._tracker.recover()
            await self._tracker.look()
            await self._sender.start(self._sender.ready())
            await self._returner.take_back()
            await self._book.save()

    def next_due(self) -> float | None:
        """Return when `step` has something to do next, None for never.

        Seconds since the epoch; it may lie in the past.
        """
        times = (
            *self._tracker.due_times(),
            *self._sender.due_times(),
            *self._returner.due_times(),
        )
        return min(times, default=None)

    async def take_back(self, plant_code: str, family: Family) -> None:
        """Give back now what we hold, whenever it was due; as a user asks in a repair.

        What comes of it is the plant's last task, and `unreturned`.
        """
        async with self._lock:
            self._returner.hasten(plant_code, family)
            self._tracker.recover()
            await self._returner.take_back()
            await self._book.save()

    async def leave(self) -> tuple[Unreturned, ...]:
        """Give back now what was set for a time, since nobody will when that is over.

        Returns what could not be given back. What was accepted is not followed.
        """
        async with self._lock:
            self._tracker.recover()
            unreturned = await self._returner.leave()
            await self._book.save()
            return unreturned

    async def observe(self, present: Present, read_at: float) -> None:
        """Take in a mode or limit that somebody has read anyway, at no cost."""
        async with self._lock:
            self._tracker.observe(present, read_at)
            await self._book.save()

    def tasks(self, plant_code: str) -> tuple[Task, ...]:
        """Return the tasks of a plant that are remembered, oldest first."""
        record = self._book.records.get(plant_code)
        return () if record is None else tuple(record.tasks.values())

    def state_of(self, plant_code: str, family: Family) -> FamilyState:
        """Return what is in force, and what is on its way."""
        record = self._book.records.get(plant_code)
        if record is None:
            return FamilyState()
        of_family = [
            task
            for task in record.tasks.values()
            if task.is_open and task.family is family
        ]
        return FamilyState(
            confirmed=record.confirmed.get(family),
            pending=of_family[-1] if of_family else None,
        )

    def baseline(self, plant_code: str, family: Family) -> Present | None:
        """Return what was in force before our first change, while ours is in force."""
        record = self._book.records.get(plant_code)
        return None if record is None else record.holding(family).baseline

    def time_of_use(self, plant_code: str) -> SetBatteryMode | None:
        """Return the time of use with the windows known last, as it can be set."""
        record = self._book.records.get(plant_code)
        return None if record is None else record.time_of_use

    def due_of(self, plant_code: str, family: Family) -> float | None:
        """Return when what we hold is to be given back, None for never."""
        record = self._book.records.get(plant_code)
        return None if record is None else record.holding(family).next_due()

    def is_ours(self, plant_code: str, family: Family) -> bool:
        """Return whether what is in force by the last proof is a setting of ours."""
        record = self._book.records.get(plant_code)
        confirmed = None if record is None else record.confirmed.get(family)
        if record is None or confirmed is None:
            return False
        return record.holding(family).claim_of(confirmed.value) is not None

    @property
    def unreturned(self) -> tuple[Unreturned, ...]:
        """What should have been given back and is still in force."""
        return self._returner.unreturned()

    @property
    def state(self) -> JsonObject:
        """What `save` was, or will be, given."""
        return self._book.state()

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Have each change of a task told; returns how to end that."""
        self._book.listeners.append(listener)
        return lambda: self._book.listeners.remove(listener)

    def _latest(self, task: Task) -> Task:
        return self._book.record(task.plant_code).tasks.get(task.id, task)

    def _check(self, commands: Iterable[Command]) -> None:
        now = self._book.clock()
        seen: set[str] = set()
        for command in commands:
            if command.plant_code in seen:
                raise ControlValueError("plant_code", Problem.DUPLICATE)
            seen.add(command.plant_code)
            until = until_of(command)
            if until is None:
                continue
            longest = LONGEST_DISPATCH if isinstance(command, Dispatch) else None
            if until <= now or (longest is not None and until > now + longest):
                raise ControlValueError(
                    "until",
                    Problem.OUT_OF_RANGE,
                    minimum=now,
                    maximum=None if longest is None else now + longest,
                )
