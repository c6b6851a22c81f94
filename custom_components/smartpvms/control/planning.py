"""What has to be sent for a command, by what is in force and what was before."""

from dataclasses import dataclass, replace

from ..northbound.control.commands import DispatchBattery
from ..northbound.control.reasons import Reason
from ..northbound.errors import FailureKey
from ..northbound.models import BatteryMode, OperationMode
from .causes import Cause, Why
from .commands import (
    Command,
    Family,
    Order,
    RemoveFeedInLimit,
    RestoreMode,
    SetFeedInLimit,
)
from .holding import compare
from .reading import Found
from .records import Holding
from .settings import (
    Exactness,
    Restoration,
    Rules,
    is_in_force,
    is_restorable,
    legal_restoration,
    restoration_of,
)
from .tasks import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to do: send `order`, or end the task as done or as not possible.

    `holding` is what of ours is left after what was read. `note` says of a success what
    there is to say.
    """

    holding: Holding
    order: Order | None = None
    failure: Why | None = None
    note: Cause | None = None


def is_return(command: Command) -> bool:
    """Return whether a command restores what was in force before."""
    return isinstance(command, RestoreMode) or (
        isinstance(command, RemoveFeedInLimit) and not command.unlimited
    )


def refusal_by_rules(task: Task, rules: Rules) -> Cause | None:
    """Return why a command must not be carried out, whatever is in force."""
    command = task.command
    if isinstance(command, SetFeedInLimit) and not rules.allows(command.order):
        return Cause.ABOVE_LEGAL_MAXIMUM
    return None


def restoration(
    plant_code: str, family: Family, holding: Holding, rules: Rules
) -> Restoration | None:
    """Return how what was in force before us is set again, None where it cannot be."""
    if family is Family.DISPATCH:
        last = holding.claims[-1].order if holding.claims else None
        if not isinstance(last, DispatchBattery):
            return None
        return Restoration(order=replace(last, charging_power=0))
    found = restoration_of(holding.baseline, rules)
    if found is None and family is Family.LIMIT:
        return legal_restoration(plant_code, rules)
    return found


def plan_return(
    task: Task, holding: Holding, found: Found, rules: Rules, now: float
) -> Plan:
    """Plan to give back what is ours, if it is still there.

    What cannot be read is given back all the same: it can only bring back what was.
    """
    ours = True
    left = holding
    if found.present is not None:
        left, ours = compare(holding, found.present, now)
    elif not found.unreadable:
        return Plan(holding=holding, failure=found.why)
    back = restoration(task.plant_code, task.family, holding, rules)
    if not ours:
        # what may still come true is not wanted any more
        claims = tuple(replace(claim, due=now) for claim in left.claims)
        left = replace(left, claims=claims)
        returned = back is not None and is_in_force(back.order, found.present)
        note = Cause.ALREADY if returned else Cause.NOT_OURS
        return Plan(holding=left, note=note)
    if back is None:
        return Plan(holding=left, failure=Cause.NOT_RESTORABLE)
    near = back.exactness is Exactness.NEAREST
    return Plan(
        holding=left,
        order=back.order,
        note=Cause.NEAREST_RESTORED if near else None,
    )


def plan_setting(
    task: Task,
    order: Order,
    found: Found,
    *,
    holding: Holding,
    rules: Rules,
    now: float,
) -> Plan:
    """Plan to set a mode or limit, keeping what was there before."""
    if found.present is None:
        return _plan_blind(task, order, found, holding, rules)
    left, ours = compare(holding, found.present, now)
    if is_in_force(order, found.present):
        return Plan(holding=left, note=Cause.ALREADY)
    if ours or is_restorable(left.baseline) or _may_overwrite(task, rules):
        return Plan(holding=left, order=order)
    return Plan(holding=left, failure=Cause.UNRESTORABLE)


def _plan_blind(
    task: Task, order: Order, found: Found, holding: Holding, rules: Rules
) -> Plan:
    if not found.unreadable:
        return Plan(holding=holding, failure=found.why)
    if holding.claims or _may_overwrite(task, rules):
        return Plan(holding=holding, order=order)
    cause = found.why if found.why in _SAY_THEMSELVES else Cause.UNREADABLE
    return Plan(holding=holding, failure=cause)


# better than "it cannot be read"
_SAY_THEMSELVES = frozenset(
    {
        FailureKey.NETWORKING_UNSUPPORTED,
        FailureKey.CALLS_USED_UP,
        FailureKey.CALL_QUOTA_EXHAUSTED,
        FailureKey.DAILY_QUOTA_EXHAUSTED,
        FailureKey.CLOUD_OVERLOADED,
    }
)


def _may_overwrite(task: Task, rules: Rules) -> bool:
    legal = task.family is Family.LIMIT and rules.legal_maximum is not None
    return task.overwrite or legal


def plan_dispatch(order: DispatchBattery, holding: Holding, found: Found) -> Plan:
    """Plan to dispatch a battery, which must be in its mode for that."""
    present = found.present
    if isinstance(present, BatteryMode) and (
        present.mode is not OperationMode.THIRD_PARTY_DISPATCH
    ):
        if order.charging_power == 0:
            return Plan(holding=Holding(), note=Cause.NOT_OURS)
        return Plan(holding=Holding(), failure=Reason.DISPATCH_NOT_ACTIVE)
    if present is None and not found.unreadable:
        return Plan(holding=holding, failure=found.why)
    return Plan(holding=holding, order=order)
