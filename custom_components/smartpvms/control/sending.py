"""From commands to requests: what was there before is read, and all is on disk first."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import batched

from ..northbound.control.commands import (
    DispatchBattery,
    ForceCharge,
    LiftFeedInLimit,
    LimitFeedIn,
    SetBatteryMode,
    SetBatteryParameters,
    StopForcedCharge,
)
from ..northbound.control.reasons import Reason
from ..northbound.control.results import Delivery, DeliveryState
from ..northbound.errors import FailureKey, NorthboundError
from .book import CALLS_A_TAKE_BACK, INTERFACES, Book
from .causes import Cause, Why
from .commands import Dispatch, Family, Order, order_of, until_of
from .evidence import Evidence
from .holding import claim, extend, is_claimed, note_accepted, note_same
from .planning import (
    Plan,
    is_return,
    plan_dispatch,
    plan_return,
    plan_setting,
    refusal_by_rules,
)
from .reading import Found, Reader
from .records import PlantRecord
from .schedule import BUSY_RETRY, LONGEST_WAIT, MOST_ATTEMPTS, first_look
from .tasks import IfBusy, Origin, Task, TaskState
from .tracking import Tracker


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ready:
    """A task that is about to leave, and what to say of it when it succeeds."""

    task: Task
    order: Order


class Sender:
    """Prepares tasks and sends them."""

    def __init__(self, book: Book, reader: Reader, tracker: Tracker) -> None:
        """Send for this book."""
        self._book = book
        self._reader = reader
        self._tracker = tracker

    async def start(
        self, tasks: Iterable[Task], found: Mapping[str, Found] | None = None
    ) -> None:
        """Prepare these tasks and send what must be sent, equal kinds in one call.

        `found` has what was just read for tasks, by their id.
        """
        known = found or {}
        ready: dict[Family, list[_Ready]] = {}
        for task in tasks:
            prepared = await self._prepare(task, known.get(task.id))
            if prepared is not None:
                ready.setdefault(task.family, []).append(prepared)
        for family, waiting in ready.items():
            for group in batched(waiting, INTERFACES[family].batch_size, strict=False):
                await self._send(family, group)

    def ready(self) -> list[Task]:
        """Return what has waited and can leave now, and end what has waited too long."""
        now = self._book.clock()
        found: list[Task] = []
        for record in self._book.records.values():
            task = record.waiting()
            if task is None:
                continue
            late = self._too_late(task, now)
            if late is not None:
                self._tracker.fail(task, late)
            elif not is_blocked(record, task.if_busy) and (task.next_look or 0) <= now:
                found.append(task)
        return found

    def due_times(self) -> Iterable[float]:
        """Yield when something that waits must be looked at again."""
        for record in self._book.records.values():
            task = record.waiting()
            if task is None:
                continue
            if not is_blocked(record, task.if_busy):
                yield task.next_look or task.requested
            until = until_of(task.command)
            if until is not None:
                yield until
            if task.if_busy is not IfBusy.QUEUE:
                yield task.requested + LONGEST_WAIT

    def _too_late(self, task: Task, now: float) -> Cause | None:
        until = until_of(task.command)
        if until is not None and until <= now and task.origin is not Origin.TAKE_BACK:
            return Cause.TOO_LATE
        waits = task.if_busy is not IfBusy.QUEUE
        return Cause.BUSY if waits and now >= task.requested + LONGEST_WAIT else None

    async def _prepare(self, task: Task, found: Found | None) -> _Ready | None:
        """Return what to send for a task; None where its outcome is known already."""
        rules = self._book.rules(task.plant_code)
        refusal = refusal_by_rules(task, rules) or self._lacks_calls(task)
        if refusal is not None:
            self._tracker.fail(task, refusal)
            return None
        record = self._book.record(task.plant_code)
        plan = await self._plan(task, record, found)
        record.hold(task.family, plan.holding)
        if plan.order is not None:
            # the baseline must last until the claim on it is there
            record.holdings[task.family] = plan.holding
        self._book.changed()
        if plan.failure is not None:
            self._tracker.fail(task, plan.failure)
            return None
        if plan.order is None:
            self._done_already(task, record, plan)
            return None
        return _Ready(
            task=self._book.update(task, order=plan.order, why=plan.note),
            order=plan.order,
        )

    def _done_already(self, task: Task, record: PlantRecord, plan: Plan) -> None:
        order = order_of(task.command)
        if order is not None and plan.note is Cause.ALREADY:
            order = self._book.rules(task.plant_code).at_most(order)
            confirmed = record.confirmed.get(task.family)
            present = None if confirmed is None else confirmed.value
            holding = record.holding(task.family)
            record.hold(task.family, extend(holding, order, present, task))
        self._book.update(
            task,
            state=TaskState.SUCCESS,
            why=plan.note,
            evidence=(Evidence.READ_BACK,),
            confirmed=self._book.clock(),
            ended=self._book.clock(),
        )

    async def _plan(self, task: Task, record: PlantRecord, found: Found | None) -> Plan:
        """Return what to do for a task; modes and limits are read for it."""
        now = self._book.clock()
        family, command = task.family, task.command
        holding = record.holding(family)
        if family in (Family.PARAMETERS, Family.FORCED):
            return Plan(holding=holding, order=order_of(command))
        if is_return(command) and not holding.claims:
            return Plan(holding=holding, note=Cause.NOTHING_OF_OURS)
        known = found or await self._reader.read(task.plant_code, family)
        if isinstance(command, Dispatch):
            return plan_dispatch(command.order, holding, known)
        rules = self._book.rules(task.plant_code)
        order = order_of(command)
        if order is None:
            return plan_return(task, holding, known, rules, now)
        order = rules.at_most(order)
        return plan_setting(task, order, known, holding=holding, rules=rules, now=now)

    def _lacks_calls(self, task: Task) -> Why | None:
        """Return why a command must leave the remaining calls to take-backs."""
        left = self._book.calls_left()
        if left == 0:
            return FailureKey.CALLS_USED_UP
        if task.origin is Origin.TAKE_BACK or is_return(task.command):
            return None
        needed = 1 if until_of(task.command) is None else 1 + CALLS_A_TAKE_BACK
        kept = self._book.calls_kept_back(but=(task.plant_code, task.family))
        return None if left >= kept + needed else Cause.CALLS_KEPT_BACK

    async def _send(self, family: Family, group: Sequence[_Ready]) -> None:
        """Send a batch: intentions on disk, then one call, then what came of it."""
        sent = [self._intend(ready) for ready in group]
        await self._book.save()
        try:
            deliveries = await self._deliver(family, [ready.order for ready in group])
        except NorthboundError as error:
            for task in sent:
                self._tracker.refuse(task, error.failure.key, None)
        except self._book.login_errors:
            for task in sent:
                self._tracker.refuse(task, Cause.NO_ACCESS, None)
        else:
            told = {delivery.plant_code: delivery for delivery in deliveries}
            for number, task in enumerate(sent):
                calls = task.calls + (number == 0)
                counted = self._book.update(task, calls=calls)
                self._take(counted, told[task.plant_code])
        await self._book.save()

    def _intend(self, ready: _Ready) -> Task:
        """Note what is about to be sent, and what must be taken back for it."""
        now = self._book.clock()
        record = self._book.record(ready.task.plant_code)
        holding = record.holding(ready.task.family)
        if is_claimed(ready.order, holding) and not is_return(ready.task.command):
            claim(record, ready.task, ready.order, now)
        return self._book.update(
            ready.task,
            state=TaskState.INTENDED,
            sent=now,
            before=self._book.live(ready.task.plant_code),
            next_look=first_look(now),
        )

    async def _deliver(
        self, family: Family, orders: Sequence[Order]
    ) -> Sequence[Delivery]:
        control = self._book.client.control
        match family:
            case Family.MODE:
                return await control.set_battery_modes(
                    order for order in orders if isinstance(order, SetBatteryMode)
                )
            case Family.PARAMETERS:
                return await control.set_battery_parameters(
                    order for order in orders if isinstance(order, SetBatteryParameters)
                )
            case Family.LIMIT:
                return await control.set_feed_in_limits(
                    order
                    for order in orders
                    if isinstance(order, LimitFeedIn | LiftFeedInLimit)
                )
            case Family.FORCED:
                return await control.force_charge(
                    order
                    for order in orders
                    if isinstance(order, ForceCharge | StopForcedCharge)
                )
            case Family.DISPATCH:
                return [
                    await control.dispatch_battery(order)
                    for order in orders
                    if isinstance(order, DispatchBattery)
                ]

    def _take(self, task: Task, delivery: Delivery) -> None:
        """Note what the cloud says of a command."""
        now = self._book.clock()
        record = self._book.record(task.plant_code)
        match delivery.state:
            case DeliveryState.ACCEPTED:
                note_accepted(record, task, now)
                self._book.update(
                    task,
                    state=TaskState.ACCEPTED,
                    accepted=now,
                    reference=delivery.task,
                )
                self._tracker.supersede(task)
            case DeliveryState.ALREADY:
                if task.order is not None:
                    note_same(record, task, task.order, now)
                self._book.update(
                    task,
                    state=TaskState.SUCCESS,
                    why=task.why or Cause.ALREADY,
                    message=delivery.message,
                    evidence=(Evidence.DELIVERY,),
                    confirmed=now,
                    ended=now,
                )
            case DeliveryState.UNKNOWN:
                self._book.update(
                    task,
                    state=TaskState.UNKNOWN,
                    why=Reason.NO_ANSWER,
                    message=delivery.message,
                )
            case DeliveryState.REFUSED:
                self._refused(task, delivery)

    def _refused(self, task: Task, delivery: Delivery) -> None:
        reason = delivery.reason
        busy = reason is Reason.TASK_RUNNING and task.if_busy is not IfBusy.REFUSE
        if (
            busy
            and task.attempts < MOST_ATTEMPTS
            and task.origin is not Origin.TAKE_BACK
        ):
            self._tracker.forget_claim(task)
            self._book.update(
                task,
                state=TaskState.WAITING,
                order=None,
                attempts=task.attempts + 1,
                next_look=self._book.clock() + BUSY_RETRY,
            )
            return
        why: Why = reason or Reason.OTHER
        if delivery.failure is not None and why in (Reason.OTHER, Reason.NOT_SENT):
            why = delivery.failure.key
        self._tracker.refuse(task, why, delivery.message)


def is_blocked(record: PlantRecord, if_busy: IfBusy) -> bool:
    """Return whether a plant carries out something that must be waited for."""
    if record.setup_running() is not None:
        return True
    return if_busy is not IfBusy.REPLACE and record.forced_running() is not None
