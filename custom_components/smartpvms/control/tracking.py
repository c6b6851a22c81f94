"""The tracker: follows each task to its outcome, by what is free first."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from ..northbound.control.commands import ForceCharge, StopForcedCharge
from ..northbound.control.reasons import Reason
from ..northbound.control.results import (
    PlantTask,
    TaskReference,
    TaskState as CloudState,
)
from ..northbound.errors import FailureKey, NorthboundError
from ..northbound.models import FeedInLimit
from .book import Book
from .causes import Cause, Why
from .commands import Family
from .evidence import Evidence, energy_between, shows
from .forced import judge_live, judge_rows, look_again, wants_poll
from .holding import (
    note_failed,
    note_in_force,
    note_present,
    note_refused,
)
from .reading import Reader
from .records import PlantRecord
from .schedule import (
    DAY,
    FEW_CALLS,
    FORCED_UNKNOWN,
    POLLS,
    SETUP_UNKNOWN,
    SPARSE_POLLS,
    next_look,
    poll_is_due,
)
from .settings import Present, is_in_force
from .tasks import Origin, Task, TaskState
from .verdicts import Verdict

# what there is to say of a success
_LASTING: Final = frozenset({Cause.STOPPED, Cause.NEAREST_RESTORED})
_READABLE: Final = frozenset({Family.MODE, Family.LIMIT})


class Tracker:
    """Looks after tasks that are under way."""

    def __init__(self, book: Book, reader: Reader) -> None:
        """Track the tasks of this book."""
        self._book = book
        self._reader = reader

    def recover(self) -> None:
        """Give up knowing of what was interrupted while it was sent.

        Nobody sends while this is called: what is still only intended was cut off by a
        crash, or by the end of who had asked.
        """
        for task in self._book.open_tasks():
            if task.state is TaskState.INTENDED:
                self._book.update(task, state=TaskState.UNKNOWN, why=Cause.INTERRUPTED)

    async def look(self) -> None:
        """Look after all tasks that are under way."""
        for task in self._book.open_tasks():
            self._judge_live(task)
        now = self._book.clock()
        for task in self._book.open_tasks():
            if self._is_readable(task) and (task.next_look or 0) <= now:
                await self._read_back(task)
        await self._poll_all()
        for task in self._book.open_tasks():
            if (task.next_look or 0) <= now:
                self._go_on(task, now)

    def due_times(self) -> Iterable[float]:
        """Yield when tasks are looked after next."""
        for task in self._book.open_tasks():
            yield task.next_look or task.requested

    def observe(self, present: Present, read_at: float) -> None:
        """Take in what a query has told: it may prove a task, or that ours is gone."""
        record = self._book.record(present.plant_code)
        family = Family.LIMIT if isinstance(present, FeedInLimit) else Family.MODE
        known = record.confirmed.get(family)
        if known is not None and known.at > read_at:
            return
        open_tasks = [task for task in record.open_tasks() if task.family is family]
        for task in open_tasks:
            if task.order is not None and read_at > (task.sent or 0):
                self._judge_present(task, present)
        if not open_tasks:
            note_present(record, present, read_at)
            holding = record.holding(family)
            if holding.trouble is not None and holding.claim_of(present) is None:
                # what could not be given back seems to be gone: look at once
                record.hold(family, replace(holding, retry_at=read_at))
        self._book.changed()

    def supersede(self, task: Task) -> None:
        """Note that what is forced ends, as the cloud has taken another such task."""
        if task.family is not Family.FORCED:
            return
        for other in self._book.record(task.plant_code).open_tasks():
            if other.family is not Family.FORCED or other.id == task.id:
                continue
            if isinstance(task.order, StopForcedCharge):
                self._book.update(other, why=Cause.STOPPED)
            else:
                self._apply(other, Verdict(state=TaskState.SUCCESS, why=Cause.STOPPED))

    def fail(self, task: Task, why: Why, message: str | None = None) -> None:
        """End a task that was not carried out."""
        self._book.update(
            task,
            state=TaskState.FAILURE,
            why=why,
            message=message,
            retry_at=self._book.fits_again(task.family),
            ended=self._book.clock(),
        )

    def refuse(self, task: Task, why: Why, message: str | None) -> None:
        """End a task that nobody has taken: nothing of it is in force."""
        self.forget_claim(task)
        self.fail(task, why, message)

    def forget_claim(self, task: Task) -> None:
        """Forget what was to be taken back, as it never came into force."""
        note_refused(self._book.record(task.plant_code), task)

    def _go_on(self, task: Task, now: float) -> None:
        """Set when to look again, or give up."""
        sent = task.sent or task.requested
        limit = FORCED_UNKNOWN if task.family is Family.FORCED else SETUP_UNKNOWN
        if task.reference is None and task.state is not TaskState.RUNNING:
            if now >= sent + limit:
                self._give_up(task)
                return
        elif now >= sent + DAY + 60:
            self._give_up(task)
            return
        again = look_again(task, self._book.live(task.plant_code), now)
        self._book.update(
            task, next_look=again or next_look(sent, now), looks=task.looks + 1
        )

    def _give_up(self, task: Task) -> None:
        """End a task of which nothing can be found out, or that takes a day."""
        if Evidence.TASK in task.evidence:
            # unfinished after 24 hours is a timeout (endpoint 2 and common rules)
            self._apply(task, Verdict(state=TaskState.FAILURE, why=Reason.TIMEOUT))
            return
        why = task.why if task.state is TaskState.UNKNOWN else None
        self._apply(
            task,
            Verdict(state=TaskState.UNKNOWN, why=why or Cause.NO_CONFIRMATION),
        )

    def _judge_live(self, task: Task) -> None:
        live = self._book.live(task.plant_code)
        if task.order is None or task.sent is None:
            return
        if isinstance(task.order, ForceCharge | StopForcedCharge):
            verdict = judge_live(task, live, self._book.clock())
            if verdict is not None:
                self._apply(task, verdict)
            return
        proof = shows(task.order, task.before, live, task.sent)
        if proof and not (task.family is Family.LIMIT and self._is_readable(task)):
            self._apply(task, Verdict(state=TaskState.SUCCESS, evidence=proof))

    def _is_readable(self, task: Task) -> bool:
        """Return whether a query tells what a task sets, as it did before it."""
        record = self._book.record(task.plant_code)
        return task.family in _READABLE and task.family in record.confirmed

    async def _read_back(self, task: Task) -> None:
        found = await self._reader.read(task.plant_code, task.family)
        if found.present is not None:
            self._judge_present(task, found.present)

    def _judge_present(self, task: Task, present: Present) -> None:
        if task.order is not None and is_in_force(task.order, present):
            self._apply(
                task,
                Verdict(state=TaskState.SUCCESS, evidence=(Evidence.READ_BACK,)),
            )

    async def _poll_all(self) -> None:
        """Ask the cloud about tasks, once for all plants that share one."""
        asked: dict[TaskReference, list[Task]] = {}
        for task in self._book.open_tasks():
            if task.reference is not None:
                asked.setdefault(task.reference, []).append(task)
        for reference, tasks in asked.items():
            if any(self._wants_poll(task) for task in tasks):
                await self._poll(reference, tasks)

    def _wants_poll(self, task: Task) -> bool:
        now = self._book.clock()
        left = self._book.calls_left()
        if task.origin is not Origin.TAKE_BACK:
            left -= self._book.calls_kept_back()
        if left < 1:
            return False
        if task.family is Family.FORCED:
            live = self._book.live(task.plant_code)
            return wants_poll(task, live, now, sparing=left < FEW_CALLS)
        if task.next_look is None or task.next_look > now:
            return False
        polls = SPARSE_POLLS if left < FEW_CALLS else POLLS
        return poll_is_due(polls, task.polls, now - (task.sent or now))

    async def _poll(self, reference: TaskReference, tasks: Sequence[Task]) -> None:
        try:
            told = await self._book.client.control.get_task(reference)
        except NorthboundError as error:
            for task in tasks:
                self._poll_failed(task, error.failure.key)
            return
        except self._book.login_errors:
            return
        for number, task in enumerate(tasks):
            counted = self._book.update(
                task, polls=task.polls + 1, calls=task.calls + (number == 0)
            )
            self._judge_rows(counted, told.of_plant(task.plant_code))
            self._look_again(task.plant_code, task.id)

    def _look_again(self, plant_code: str, task_id: str) -> None:
        """Set when a forced charge that runs is looked after next."""
        task = self._book.record(plant_code).tasks[task_id]
        again = look_again(task, self._book.live(plant_code), self._book.clock())
        if task.is_open and again is not None:
            self._book.update(task, next_look=again)

    def _poll_failed(self, task: Task, key: FailureKey) -> None:
        """Note that the cloud did not tell; it may not know the task any more."""
        unknown = key is FailureKey.CONTROL_TASK_UNKNOWN
        self._book.update(
            task,
            polls=task.polls + 1,
            reference=None if unknown else task.reference,
        )

    def _judge_rows(self, task: Task, rows: Sequence[PlantTask]) -> None:
        if not rows:
            return
        if isinstance(task.order, ForceCharge | StopForcedCharge):
            live = self._book.live(task.plant_code)
            verdict = judge_rows(task, rows, live, self._book.clock())
        else:
            verdict = _judge_setup(rows[0])
        if verdict is not None:
            self._apply(task, verdict)

    def _apply(self, task: Task, verdict: Verdict) -> None:
        """Note what was found out about a task."""
        now = self._book.clock()
        evidence = tuple(dict.fromkeys((*task.evidence, *verdict.evidence)))
        good = verdict.state in (TaskState.RUNNING, TaskState.SUCCESS)
        over = verdict.state not in (TaskState.ACCEPTED, TaskState.RUNNING)
        if over and isinstance(task.order, ForceCharge):
            live = self._book.live(task.plant_code)
            charged, discharged = energy_between(task.before, live)
        else:
            charged, discharged = None, None
        why = verdict.why or (task.why if good and task.why in _LASTING else None)
        changed = self._book.update(
            task,
            state=verdict.state,
            why=why,
            message=verdict.message,
            evidence=evidence,
            charged=_first(charged, verdict.charged, task.charged),
            discharged=_first(discharged, verdict.discharged, task.discharged),
        )
        if good and task.confirmed is None:
            changed = self._book.update(changed, confirmed=now)
        if over:
            self._settle(self._book.update(changed, ended=now), now)

    def _settle(self, task: Task, now: float) -> None:
        """Change what we hold by the outcome of a task."""
        record = self._book.record(task.plant_code)
        if task.state is TaskState.FAILURE:
            note_failed(record, task, now)
        if task.state is not TaskState.SUCCESS or task.order is None:
            return
        if isinstance(task.order, StopForcedCharge):
            self._finish_forced(record, task)
        elif not isinstance(task.order, ForceCharge):
            note_in_force(record, task, task.order, now)

    def _finish_forced(self, record: PlantRecord, stop: Task) -> None:
        """End what a stop has ended."""
        for task in record.open_tasks():
            if isinstance(task.order, ForceCharge) and task.id != stop.id:
                self._apply(
                    task,
                    Verdict(
                        state=TaskState.SUCCESS,
                        why=Cause.STOPPED,
                        evidence=stop.evidence,
                    ),
                )


def _first(*values: float | None) -> float | None:
    return next((value for value in values if value is not None), None)


def _judge_setup(row: PlantTask) -> Verdict | None:
    """Return what the cloud's word about a set-up task means."""
    match row.state:
        case CloudState.SUCCEEDED:
            return Verdict(state=TaskState.SUCCESS, evidence=(Evidence.TASK,))
        case CloudState.FAILED:
            return Verdict(
                state=TaskState.FAILURE,
                why=row.reason or Reason.FAILURE,
                message=row.message,
                evidence=(Evidence.TASK,),
            )
        case CloudState.RUNNING:
            return Verdict(state=TaskState.ACCEPTED, evidence=(Evidence.TASK,))
    return None
