"""Take-backs: what was set for a time is given back on time, or it is said that not."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from ..northbound.control.commands import DispatchBattery
from ..northbound.errors import FailureKey
from .book import INTERFACES, Book
from .causes import Cause, Why
from .commands import (
    Command,
    Dispatch,
    Family,
    RemoveFeedInLimit,
    RestoreMode,
)
from .evidence import Evidence
from .holding import compare
from .planning import restoration
from .reading import Found, Reader
from .records import Claim, Holding, PlantRecord, Trouble, Unreturned
from .schedule import DAY, HUNG_AFTER
from .sending import Sender
from .settings import is_in_force
from .tasks import Origin, Task, TaskState

# seconds until a take-back that was sent and failed is sent again
_AFTER_ATTEMPT: Final = (300.0, 900.0, 3600.0, 2 * 3600.0)
# the same where nothing could be sent, which costs no control call
_AFTER_NOTHING: Final = 600.0
# seconds until it is looked for again what may still come true
_AFTER_LOOK: Final = (190.0, 190.0, 190.0, 1800.0, 3600.0)
# so late it is more than a matter of seconds
_OVERDUE: Final = 60.0


class Returner:
    """Gives back what is due."""

    def __init__(self, book: Book, sender: Sender, reader: Reader) -> None:
        """Give back what this book holds."""
        self._book = book
        self._sender = sender
        self._reader = reader

    async def take_back(self) -> None:
        """Give back all that is due, equal kinds in one call.

        A command of the same family that waits comes first: it takes the place of what
        would be given back.
        """
        tasks: list[Task] = []
        known: dict[str, Found] = {}
        for record in list(self._book.records.values()):
            for family in tuple(record.holdings):
                self._note_trouble(record, family)
                if not self._is_due(record, family):
                    continue
                found = await self._reader.read(record.code, family)
                task = self._begin(record, family, found)
                if task is not None:
                    tasks.append(task)
                    known[task.id] = found
                    break
        await self._sender.start(tasks, known)
        for task in tasks:
            self._note_trouble(self._book.record(task.plant_code), task.family)

    def hasten(self, plant_code: str, family: Family) -> None:
        """Make everything due now that we hold."""
        self._make_due(self._book.record(plant_code), family, all_of_it=True)

    def _make_due(
        self, record: PlantRecord, family: Family, *, all_of_it: bool = False
    ) -> None:
        """Make due now what has an end, or all."""
        holding = record.holding(family)
        now = self._book.clock()
        claims = tuple(
            replace(claim, due=now) if all_of_it or claim.due is not None else claim
            for claim in holding.claims
        )
        record.hold(family, replace(holding, claims=claims, retry_at=0.0, attempts=0))
        self._book.changed()

    async def leave(self) -> tuple[Unreturned, ...]:
        """Give back now what is due at any time, and return what could not be."""
        held = [
            (record, family)
            for record in self._book.records.values()
            for family, holding in record.holdings.items()
            if holding.next_due() is not None
        ]
        for record, family in held:
            self._make_due(record, family)
        # each time one setting of a plant
        for _ in Family:
            await self.take_back()
        found = (self._left_behind(record, family) for record, family in held)
        return tuple(each for each in found if each is not None)

    def due_times(self) -> Iterable[float]:
        """Yield when something is due, where nothing is in the way."""
        for record in self._book.records.values():
            for family, holding in record.holdings.items():
                due = holding.next_due()
                if due is None:
                    continue
                if not self._must_wait(record, family):
                    yield due
                for task in record.open_tasks():
                    yield max(due, (task.sent or due) + HUNG_AFTER)

    def unreturned(self) -> tuple[Unreturned, ...]:
        """Return what should have been given back and is still in force."""
        return tuple(
            found
            for record in self._book.records.values()
            for family, holding in record.holdings.items()
            if (found := self._unreturned(record, family, holding)) is not None
            and found.due + _OVERDUE <= self._book.clock()
        )

    def _is_due(self, record: PlantRecord, family: Family) -> bool:
        now = self._book.clock()
        holding = record.holding(family)
        due = holding.next_due()
        return due is not None and due <= now and not self._must_wait(record, family)

    def _must_wait(self, record: PlantRecord, family: Family) -> bool:
        """Return whether something is to come first.

        A task that hangs does not count: whether the cloud takes another one shows.
        """
        waiting = record.waiting()
        if waiting is not None and waiting.family is family:
            return True
        now = self._book.clock()
        return any(
            task.family is not Family.FORCED
            and (task.family is Family.LIMIT) is (family is Family.LIMIT)
            and now < (task.sent or now) + HUNG_AFTER
            for task in record.open_tasks()
        )

    def _begin(self, record: PlantRecord, family: Family, found: Found) -> Task | None:
        """Return the task that gives something back, None where there is none to do."""
        now = self._book.clock()
        holding = record.holding(family)
        self._book.changed()
        if found.present is None:
            if not found.unreadable:
                self._put_off(record, family, found.why or Cause.UNREADABLE)
                return None
            claim: Claim | None = holding.claims[-1]
        else:
            left, ours = compare(holding, found.present, now)
            if not ours:
                self._leave(record, family, left, found)
                return None
            holding = left
            claim = left.claim_of(found.present)
        record.hold(family, holding)
        if claim is None or claim.due is None or claim.due > now:
            # a later setting of ours is in force, and its time has not come
            later = now + _AFTER_LOOK[-1]
            if claim is not None and claim.due is not None:
                later = min(later, claim.due)
            record.hold(family, replace(holding, retry_at=later))
            return None
        back = restoration(record.code, family, holding, self._book.rules(record.code))
        if back is None:
            self._put_off(record, family, Cause.NOT_RESTORABLE, DAY)
            return None
        opens = self._book.client.ledger.retry_at(INTERFACES[family])
        if opens is not None:
            wait = max(opens.timestamp() - now, _OVERDUE)
            self._put_off(record, family, FailureKey.CALLS_USED_UP, wait)
            return None
        wait = _AFTER_ATTEMPT[min(holding.attempts, len(_AFTER_ATTEMPT) - 1)]
        record.hold(
            family,
            replace(holding, attempts=holding.attempts + 1, retry_at=now + wait),
        )
        order = back.order
        return self._book.put(
            self._book.new_task(
                _command(record.code, family, order, now), Origin.TAKE_BACK
            )
        )

    def _leave(
        self, record: PlantRecord, family: Family, left: Holding, found: Found
    ) -> None:
        """Leave what is not ours as it is, and say so; look again at what may come."""
        now = self._book.clock()
        before = record.holding(family)
        gone = [claim for claim in before.claims if claim not in left.claims]
        looks = left.looks + 1
        # as after a command: often at first, then ever more rarely
        wait = _AFTER_LOOK[min(looks, len(_AFTER_LOOK)) - 1]
        record.hold(family, replace(left, looks=looks, retry_at=now + wait))
        if not gone:
            return
        rules = self._book.rules(record.code)
        back = restoration(record.code, family, before, rules)
        returned = back is not None and is_in_force(back.order, found.present)
        command = _command(
            record.code, family, gone[-1].order if back is None else back.order, now
        )
        self._book.put(
            replace(
                self._book.new_task(command, Origin.TAKE_BACK),
                state=TaskState.SUCCESS,
                why=Cause.ALREADY if returned else Cause.NOT_OURS,
                evidence=(Evidence.READ_BACK,),
                confirmed=now,
                ended=now,
            )
        )

    def _put_off(
        self,
        record: PlantRecord,
        family: Family,
        why: Why,
        wait: float = _AFTER_NOTHING,
    ) -> None:
        """Note why nothing could be sent, and when it is tried again."""
        now = self._book.clock()
        holding = record.holding(family)
        trouble = holding.trouble
        since = now if trouble is None else trouble.since
        record.hold(
            family,
            replace(
                holding,
                retry_at=now + wait,
                trouble=Trouble(why=why, since=since),
            ),
        )

    def _note_trouble(self, record: PlantRecord, family: Family) -> None:
        """Note why the last take-back did not work."""
        holding = record.holding(family)
        if not holding.attempts:
            return
        last = next(
            (
                task
                for task in reversed(tuple(record.tasks.values()))
                if task.origin is Origin.TAKE_BACK and task.family is family
            ),
            None,
        )
        if last is None or last.ended is None or last.state is TaskState.SUCCESS:
            return
        since = last.ended if holding.trouble is None else holding.trouble.since
        trouble = Trouble(
            why=last.why or Cause.NO_CONFIRMATION, since=since, message=last.message
        )
        if trouble != holding.trouble:
            record.hold(family, replace(holding, trouble=trouble))
            self._book.changed()

    def _left_behind(self, record: PlantRecord, family: Family) -> Unreturned | None:
        """Return what stays in force when nobody follows it; None for nothing."""
        holding = record.holding(family)
        back = {
            task.family: task
            for task in record.open_tasks()
            if task.origin is Origin.TAKE_BACK
        }
        own = back.get(family)
        why: Why | None = None if holding.trouble is None else holding.trouble.why
        if own is not None:
            why = own.why if own.state is TaskState.UNKNOWN else None
        elif family is Family.DISPATCH and Family.MODE in back:
            # it ends with its mode
            why = None
        elif why is None and self._must_wait(record, family):
            why = Cause.BUSY
        if why is None:
            return None
        trouble = Trouble(why=why, since=self._book.clock())
        return self._unreturned(record, family, replace(holding, trouble=trouble))

    def _unreturned(
        self, record: PlantRecord, family: Family, holding: Holding
    ) -> Unreturned | None:
        now = self._book.clock()
        due = [claim for claim in holding.claims if claim.due is not None]
        if not due or holding.trouble is None:
            return None
        claim = due[-1]
        if claim.due is None or claim.due > now:
            return None
        back = restoration(record.code, family, holding, self._book.rules(record.code))
        return Unreturned(
            plant_code=record.code,
            family=family,
            in_force=claim.order,
            restore=None if back is None else back.order,
            due=claim.due,
            since=holding.trouble.since,
            retry_at=holding.retry_at,
            why=holding.trouble.why,
            message=holding.trouble.message,
        )


def _command(plant_code: str, family: Family, order: object, now: float) -> Command:
    """Return the command that gives a family back."""
    if isinstance(order, DispatchBattery):
        return Dispatch(order=replace(order, charging_power=0), until=now)
    if family is Family.LIMIT:
        return RemoveFeedInLimit(plant_code=plant_code)
    return RestoreMode(plant_code=plant_code)
