"""How far a forced charge or discharge is: it begins at once and ends by itself."""

from collections.abc import Sequence
from typing import Final

from ..northbound.control.commands import ForceCharge, StopForcedCharge
from ..northbound.control.reasons import Reason
from ..northbound.control.results import PlantTask, TaskState as CloudState
from .causes import Cause, Why
from .evidence import (
    FORCED,
    SHOWN_AFTER,
    Evidence,
    Live,
    has_ended,
    reached_target,
    shows,
)
from .schedule import (
    POLLS,
    POLLS_OF_FORCED,
    SEEN_AFTER,
    SPARSE_POLLS,
    poll_is_due,
)
from .tasks import Task, TaskState
from .verdicts import Verdict

# a device may begin so late, and clocks differ
_SLACK: Final = 180.0
# readings that are older tell nothing any more
_TOO_OLD: Final = 900.0
# between two questions about the same end: the cloud looks every three minutes
_AGAIN: Final = 190.0
_MOST_POLLS: Final = 12


def expected_end(task: Task) -> float | None:
    """Return when a duration is over; None for a target."""
    order = task.order
    if isinstance(order, ForceCharge) and order.minutes is not None:
        return (task.accepted or task.sent or task.requested) + order.minutes * 60
    return None


def judge_live(task: Task, live: Live | None, now: float) -> Verdict | None:
    """Return what the last readings say; None for nothing new."""
    order, sent = task.order, task.sent or task.requested
    if isinstance(order, StopForcedCharge):
        since = sent + (0 if _was_forced(task) else SHOWN_AFTER)
        over = (
            live is not None
            and live.read_at > since
            and live.model not in (None, FORCED)
        )
        if over:
            return Verdict(state=TaskState.SUCCESS, evidence=(Evidence.LIVE_MODE,))
        return None
    if not isinstance(order, ForceCharge):
        return None
    if task.state is not TaskState.RUNNING:
        proof = shows(order, task.before, live, sent)
        return Verdict(state=TaskState.RUNNING, evidence=proof) if proof else None
    if has_ended(order, live, _seen_since(task)):
        return _normal_end(task, order, live, now)
    return None


def _was_forced(task: Task) -> bool:
    return task.before is not None and task.before.model == FORCED


def _seen_since(task: Task) -> float:
    """Return from when on a reading that is not forced means that it is over."""
    if Evidence.LIVE_MODE in task.evidence and task.confirmed is not None:
        return task.confirmed
    return (task.sent or task.requested) + SHOWN_AFTER


def _normal_end(
    task: Task, order: ForceCharge, live: Live | None, now: float
) -> Verdict | None:
    """Return the success of what has ended at its target or time."""
    if reached_target(order, live):
        return Verdict(
            state=TaskState.SUCCESS, evidence=(Evidence.LIVE_MODE, Evidence.LIVE_SOC)
        )
    if Evidence.LIVE_MODE in task.evidence and _is_time_over(task, now):
        return Verdict(state=TaskState.SUCCESS, evidence=(Evidence.LIVE_MODE,))
    if task.why is Cause.STOPPED:
        return Verdict(
            state=TaskState.SUCCESS,
            why=Cause.STOPPED,
            evidence=(Evidence.LIVE_MODE,),
        )
    if task.reference is None or task.polls >= _MOST_POLLS:
        return Verdict(
            state=TaskState.FAILURE,
            why=Cause.ENDED_EARLY,
            evidence=(Evidence.LIVE_MODE,),
        )
    return None


def _is_time_over(task: Task, at: float) -> bool:
    end = expected_end(task)
    return end is not None and at >= end - _SLACK


def wants_poll(task: Task, live: Live | None, now: float, *, sparing: bool) -> bool:
    """Return whether the cloud has to be asked, since readings do not tell.

    It is asked about a start that no reading shows, about an end that came early, and
    about an end that is overdue.
    """
    order, sent = task.order, task.sent or task.requested
    if task.polls >= _MOST_POLLS:
        return False
    blind = live is None or live.model is None or now - live.read_at > _TOO_OLD
    polls = POLLS if blind else POLLS_OF_FORCED
    if sparing:
        polls = SPARSE_POLLS
    if task.state is not TaskState.RUNNING or not isinstance(order, ForceCharge):
        return poll_is_due(polls, task.polls, now - sent)
    wait = (task.next_look or 0) - now
    if has_ended(order, live, _seen_since(task)):
        # at once, and then as often as the cloud looks
        return not 0 < wait <= _AGAIN
    if wait > 0:
        return False
    end = expected_end(task)
    if end is not None and now >= end + (_AGAIN if blind else SEEN_AFTER):
        return True
    return blind and poll_is_due(polls, task.polls, now - sent)


def look_again(task: Task, live: Live | None, now: float) -> float | None:
    """Return when a forced charge that runs is looked after next."""
    if task.state is not TaskState.RUNNING or not isinstance(task.order, ForceCharge):
        return None
    end = expected_end(task)
    times = [now + 3600.0]
    if has_ended(task.order, live, _seen_since(task)):
        times.append(now + _AGAIN)
    if end is not None:
        times += [end + wait for wait in (_AGAIN, SEEN_AFTER) if end + wait > now]
        if now >= end + SEEN_AFTER:
            times.append(now + _AGAIN)
    return min(times)


def judge_rows(
    task: Task, rows: Sequence[PlantTask], live: Live | None, now: float
) -> Verdict | None:
    """Return what the cloud says, one row for each inverter; status 0 proves nothing.

    Nor does status 1, where readings show a battery that is not forced.
    """
    energies = _sum(rows, "charged"), _sum(rows, "discharged")
    states = {row.state for row in rows}
    first = next((row for row in rows if row.state is not CloudState.RUNNING), rows[0])
    if CloudState.RUNNING in states:
        if not isinstance(task.order, ForceCharge):
            return None
        obeys = any(energies) or not _is_denied(task, task.order, live)
        return Verdict(
            state=TaskState.RUNNING if obeys else TaskState.ACCEPTED,
            evidence=(Evidence.TASK,),
            charged=energies[0],
            discharged=energies[1],
        )
    state, why = _outcome(task, first, live, now, energies)
    if state is None:
        return None
    return Verdict(
        state=state,
        why=why,
        message=first.message,
        evidence=(Evidence.TASK,),
        charged=energies[0],
        discharged=energies[1],
    )


def _is_denied(task: Task, order: ForceCharge, live: Live | None) -> bool:
    """Return whether readings show that what the cloud calls running never began."""
    seen = Evidence.LIVE_MODE in task.evidence
    return not seen and has_ended(order, live, _seen_since(task))


def _outcome(
    task: Task,
    row: PlantTask,
    live: Live | None,
    now: float,
    energies: tuple[float | None, float | None],
) -> tuple[TaskState | None, Why | None]:
    match row.state:
        case CloudState.FAILED:
            return TaskState.FAILURE, row.reason or Reason.FAILURE
        case CloudState.SUCCEEDED | CloudState.CLOSED if isinstance(
            task.order, StopForcedCharge
        ):
            return TaskState.SUCCESS, None
        case CloudState.CLOSED:
            if task.why is Cause.STOPPED:
                return TaskState.SUCCESS, Cause.STOPPED
            return TaskState.FAILURE, row.reason or Reason.ENDED
        case CloudState.SUCCEEDED:
            at = now if row.ended is None else row.ended.timestamp()
            if _is_whole(task, live, at, energies):
                return TaskState.SUCCESS, task.why
            return TaskState.FAILURE, Cause.ENDED_EARLY
    return None, None


def _is_whole(
    task: Task,
    live: Live | None,
    at: float,
    energies: tuple[float | None, float | None],
) -> bool:
    """Return whether what the cloud calls done has run its time, or moved energy."""
    order = task.order
    if not isinstance(order, ForceCharge) or task.why is Cause.STOPPED:
        return True
    if order.minutes is not None:
        return _is_time_over(task, at)
    return reached_target(order, live) or any(energies)


def _sum(rows: Sequence[PlantTask], direction: str) -> float | None:
    values = [
        row.charged_energy if direction == "charged" else row.discharged_energy
        for row in rows
    ]
    known = [value for value in values if value is not None]
    return round(sum(known), 3) if known else None
