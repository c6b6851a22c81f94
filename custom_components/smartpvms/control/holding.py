"""How what we hold of a plant changes with what happens to a task."""

from dataclasses import replace
from typing import Final

from ..northbound.control.commands import (
    DispatchBattery,
    LiftFeedInLimit,
    LimitFeedIn,
    SetBatteryMode,
    SetBatteryParameters,
)
from ..northbound.models import (
    BatteryMode,
    BatteryParameters,
    FeedInLimit,
    FeedInLimitMode,
    OperationMode,
)
from .commands import Family, Order, until_of
from .evidence import Evidence
from .records import Claim, Confirmed, Holding, PlantRecord
from .settings import Confirmable, Present, Rules, is_in_force, restoration_of
from .tasks import Task

DAY: Final = 86400.0
# the cloud may show a setting of before for so many seconds after a task succeeded
_LATE: Final = 300.0


def is_claimed(order: Order, holding: Holding) -> bool:
    """Return whether an order sets what must be given back, and is not that itself."""
    match order:
        case SetBatteryMode() | LimitFeedIn() | LiftFeedInLimit():
            return not is_in_force(order, holding.baseline)
        case DispatchBattery():
            return order.charging_power != 0
    return False


def claim(record: PlantRecord, task: Task, order: Order, now: float) -> None:
    """Note, before it is sent, that a setting of ours may be in force from now on."""
    holding = record.holding(task.family)
    new = Claim(
        order=order,
        task_id=task.id,
        set_at=now,
        due=until_of(task.command),
        certain_from=now + DAY,
    )
    claims = (*holding.without(task.id).claims, new)
    record.hold(task.family, replace(holding, claims=claims))


def note_refused(record: PlantRecord, task: Task) -> None:
    """Note that a command was not carried out: what was there before still is."""
    record.hold(task.family, record.holding(task.family).without(task.id))


def note_accepted(record: PlantRecord, task: Task, now: float) -> None:
    """Note that the cloud has taken a command: those before it are done or dead.

    It takes no second one while one runs.
    """
    holding = record.holding(task.family)
    claims = tuple(
        claim
        if claim.task_id == task.id
        else replace(claim, certain_from=min(claim.certain_from, now))
        for claim in holding.claims
    )
    record.hold(task.family, replace(holding, claims=claims))


def note_failed(record: PlantRecord, task: Task, now: float) -> None:
    """Note that a task failed; a device may have done it all the same."""
    holding = record.holding(task.family)
    claims = tuple(
        replace(claim, certain_from=now + _LATE) if claim.task_id == task.id else claim
        for claim in holding.claims
    )
    record.hold(task.family, replace(holding, claims=claims))


def note_in_force(record: PlantRecord, task: Task, order: Order, now: float) -> None:
    """Note that what a task sets is in force: it replaces all that was."""
    family = task.family
    holding = record.holding(family)
    read = Evidence.READ_BACK in task.evidence
    own = [claim for claim in holding.claims if claim.task_id == task.id]
    certain_from = now if read else now + _LATE
    claims = tuple(replace(claim, certain_from=certain_from) for claim in own)
    record.hold(
        family,
        replace(
            holding, claims=claims, attempts=0, looks=0, retry_at=0.0, trouble=None
        ),
    )
    _remember(record, task, order, now)
    if family is Family.MODE and (
        isinstance(order, SetBatteryMode)
        and order.mode is not OperationMode.THIRD_PARTY_DISPATCH
    ):
        # a dispatch ends with its mode
        record.hold(Family.DISPATCH, Holding())
        record.confirmed.pop(Family.DISPATCH, None)


def note_same(record: PlantRecord, task: Task, order: Order, now: float) -> None:
    """Note that the cloud says a value is in force already, which may be ours.

    A claim of ours with the same order gets the new end. Claims that may still come true
    are kept.
    """
    family = task.family
    holding = record.holding(family)
    others = [claim for claim in holding.claims if claim.task_id != task.id]
    earlier = [claim for claim in others if claim.order == order]
    open_ = tuple(
        claim for claim in others if claim.order != order and claim.certain_from > now
    )
    if earlier:
        kept = replace(
            earlier[-1],
            task_id=task.id,
            due=until_of(task.command),
            certain_from=min(earlier[-1].certain_from, now + _LATE),
        )
        record.hold(family, replace(holding, claims=(*open_, kept), trouble=None))
    else:
        record.hold(family, replace(holding, claims=open_, trouble=None))
    _remember(record, task, order, now)


def extend(
    holding: Holding, order: Order, present: Confirmable | None, task: Task
) -> Holding:
    """Give a claim that is in force the end of a command that asks for the same."""
    found = holding.claim_of(present)
    claims = tuple(
        replace(claim, due=until_of(task.command), task_id=task.id)
        if claim is found or claim.order == order
        else claim
        for claim in holding.claims
    )
    return replace(holding, claims=claims, trouble=None, retry_at=0.0)


def note_present(record: PlantRecord, present: Present, now: float) -> None:
    """Remember what a query has told, and the windows it told of.

    Windows that we have set for a time, as those of a plan, are not wanted again.
    """
    family = Family.LIMIT if isinstance(present, FeedInLimit) else Family.MODE
    record.confirmed[family] = Confirmed(value=present, at=now)
    ours = record.holding(family).claim_of(present)
    lasts = ours is None or ours.due is None
    if isinstance(present, BatteryMode) and present.windows and lasts:
        restoration = restoration_of(present, Rules())
        if restoration is not None and isinstance(restoration.order, SetBatteryMode):
            record.time_of_use = restoration.order


def compare(holding: Holding, present: Present, now: float) -> tuple[Holding, bool]:
    """Return what of ours is left by a query, and whether a setting of ours is there.

    What is not ours becomes the baseline. Claims that may still come true are kept.
    """
    found = holding.claim_of(present)
    if found is not None:
        confirmed = replace(found, certain_from=min(found.certain_from, now))
        kept = tuple(
            confirmed if claim is found else claim
            for claim in holding.claims
            if claim is found or claim.certain_from > now
        )
        return replace(holding, claims=kept), True
    left = tuple(claim for claim in holding.claims if claim.certain_from > now)
    return replace(holding, claims=left, baseline=present, trouble=None), False


def _remember(record: PlantRecord, task: Task, order: Order, now: float) -> None:
    family = task.family
    before = record.confirmed.get(family)
    value = as_confirmed(order, None if before is None else before.value)
    if value is not None:
        record.confirmed[family] = Confirmed(value=value, at=now)
    lasts = until_of(task.command) is None
    if isinstance(order, SetBatteryMode) and order.windows and lasts:
        record.time_of_use = order


def as_confirmed(order: Order, before: Confirmable | None) -> Confirmable | None:
    """Return what is in force after an order, by the order alone."""
    match order:
        case SetBatteryMode():
            return BatteryMode(
                plant_code=order.plant_code,
                mode=order.mode,
                grid_charge_power=order.grid_charge_power,
                surplus_to_battery=order.surplus_to_battery,
                windows=order.windows,
            )
        case LimitFeedIn():
            return FeedInLimit(
                plant_code=order.plant_code,
                mode=FeedInLimitMode.LIMITED_POWER,
                power=order.power,
                single_phase=order.single_phase,
            )
        case LiftFeedInLimit():
            return FeedInLimit(
                plant_code=order.plant_code, mode=FeedInLimitMode.NO_LIMIT
            )
        case SetBatteryParameters():
            known = before if isinstance(before, BatteryParameters) else None
            return _merged(
                order, known or BatteryParameters(plant_code=order.plant_code)
            )
        case DispatchBattery():
            return order
    return None


def _merged(order: SetBatteryParameters, known: BatteryParameters) -> BatteryParameters:
    return BatteryParameters(
        plant_code=order.plant_code,
        end_of_charge_soc=_first(order.end_of_charge_soc, known.end_of_charge_soc),
        end_of_discharge_soc=_first(
            order.end_of_discharge_soc, known.end_of_discharge_soc
        ),
        maximum_charge_power=_first(
            order.maximum_charge_power, known.maximum_charge_power
        ),
        maximum_discharge_power=_first(
            order.maximum_discharge_power, known.maximum_discharge_power
        ),
    )


def _first(new: float | None, known: float | None) -> float | None:
    return known if new is None else new
