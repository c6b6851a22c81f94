"""Where a new command goes: to the plant, behind what runs, or nowhere."""

from dataclasses import dataclass, replace
from typing import Final

from .book import Book
from .causes import Cause
from .commands import Command, Dispatch, Family, SetFeedInLimit, SetMode, order_of
from .holding import as_confirmed, extend
from .records import PlantRecord
from .sending import is_blocked
from .settings import is_in_force
from .tasks import IfBusy, Task, TaskState

# what was proven so many seconds ago is taken for granted; what can be read is read
# again after that, at no control call
_FRESH: Final = 600.0
_FRESH_UNREADABLE: Final = 1800.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """The task that stands for a command, and whether it is to be sent now."""

    task: Task
    starts: bool = False


def place(book: Book, task: Task) -> Placed:
    """Find the place of a new task: the last one of a plant wins.

    What equals a task that runs or waits becomes one with it.
    """
    record = book.record(task.plant_code)
    waiting = record.waiting()
    running = next(
        (other for other in record.open_tasks() if _is_same(other, task)), None
    )
    if running is not None:
        _drop(book, waiting)
        return Placed(task=_with_end_of(book, record, running, task))
    if _is_confirmed(book, record, task):
        _drop(book, waiting)
        return Placed(task=_already(book, record, task))
    if task.if_busy is IfBusy.REFUSE and (
        waiting is not None or is_blocked(record, task.if_busy)
    ):
        return Placed(task=_end(book, task, TaskState.FAILURE, Cause.BUSY))
    if waiting is not None and _is_same(waiting, task):
        return Placed(task=_with_end_of(book, record, waiting, task))
    _drop(book, waiting)
    put = book.put(task)
    return Placed(task=put, starts=not is_blocked(record, task.if_busy))


def _is_same(one: Task, other: Task) -> bool:
    return _without_end(one.command) == _without_end(other.command)


def _without_end(command: Command) -> Command:
    match command:
        case SetMode() | SetFeedInLimit():
            return replace(command, until=None)
        case Dispatch():
            return replace(command, until=0.0)
    return command


def _with_end_of(book: Book, record: PlantRecord, task: Task, new: Task) -> Task:
    """Return a task that runs or waits, with the end that is wanted now."""
    if task.order is not None:
        renewed = replace(task, command=new.command)
        holding = record.holding(task.family)
        record.hold(task.family, extend(holding, task.order, None, renewed))
    return book.update(task, command=new.command)


def _is_confirmed(book: Book, record: PlantRecord, task: Task) -> bool:
    """Return whether what is asked for was proven to be in force a short while ago."""
    confirmed = record.confirmed.get(task.family)
    order = order_of(task.command)
    if confirmed is None or order is None or task.family is Family.FORCED:
        return False
    readable = task.family in (Family.MODE, Family.LIMIT)
    if confirmed.at < book.clock() - (_FRESH if readable else _FRESH_UNREADABLE):
        return False
    if any(other.family is task.family for other in record.open_tasks()):
        return False
    order = book.rules(task.plant_code).at_most(order)
    if task.family is Family.DISPATCH:
        return confirmed.value == order
    if task.family is Family.PARAMETERS:
        return confirmed.value == as_confirmed(order, confirmed.value)
    return is_in_force(order, confirmed.value)


def _already(book: Book, record: PlantRecord, task: Task) -> Task:
    order = order_of(task.command)
    confirmed = record.confirmed.get(task.family)
    if order is not None and confirmed is not None:
        order = book.rules(task.plant_code).at_most(order)
        holding = record.holding(task.family)
        record.hold(task.family, extend(holding, order, None, task))
    return _end(book, task, TaskState.SUCCESS, Cause.ALREADY)


def _drop(book: Book, waiting: Task | None) -> None:
    if waiting is not None:
        _end(book, waiting, TaskState.FAILURE, Cause.REPLACED)


def _end(book: Book, task: Task, state: TaskState, why: Cause) -> Task:
    now = book.clock()
    if state is TaskState.SUCCESS:
        return book.put(replace(task, state=state, why=why, confirmed=now, ended=now))
    return book.put(replace(task, state=state, why=why, ended=now))
