"""The actions for plans of batteries: up to two days in one task, and holding."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any, Final

from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.translation import async_get_exception_message
from homeassistant.util.json import JsonObjectType
import voluptuous as vol

from ..const import DOMAIN
from ..control import Cause, Command, Origin, RestoreMode, Task, TaskState
from ..coordinator import SmartPVMSConfigEntry
from ..day_plan import Action, Gaps, PlanRefusedError, PlanSlot, Refusal
from ..northbound.control import ControlValueError, Feature, Problem
from ..northbound.models import Plant
from ..plant_control.plan_request import PlanRequest
from ..plant_control.plan_wording import (
    plan_as_dict,
    plan_as_validation_error,
    refusal_as_dict,
)
from ..plant_control.plans import BatteryPlans, NewPlan
from ..plant_control.wording import (
    as_validation_error,
    async_raise_failures,
    why_key,
)
from .control import (
    ATTR_DURATION,
    ATTR_IF_BUSY,
    ATTR_OVERWRITE,
    COMMON,
    RESTORABLE,
    seconds_to_wait,
    task_row,
)
from .fields import number
from .targets import Target, Targets, async_targets

ATTR_SLOTS: Final = "slots"
ATTR_GAPS: Final = "gaps"
ATTR_EXPIRES: Final = "expires"
ATTR_GRID_CHARGE_POWER: Final = "grid_charge_power"
ATTR_SURPLUS: Final = "surplus_to_battery"
ATTR_DRY_RUN: Final = "dry_run"
LONGEST_HOLD: Final = 48 * 60

_GAPS: Final[Mapping[str, Gaps]] = {"hold": Action.HOLD, "self_use": Action.SELF_USE}
_SLOT: Final = vol.Schema(
    {
        vol.Required("start"): cv.datetime,
        vol.Required("end"): cv.datetime,
        vol.Required("action"): vol.Coerce(Action),
    }
)
_PLAN_SCHEMA: Final = vol.Schema(
    {
        **COMMON,
        **RESTORABLE,
        vol.Required(ATTR_SLOTS): vol.All(cv.ensure_list, [_SLOT]),
        vol.Optional(ATTR_GAPS, default="hold"): vol.In(_GAPS),
        vol.Optional(ATTR_EXPIRES): cv.datetime,
        vol.Optional(ATTR_GRID_CHARGE_POWER): number,
        vol.Optional(ATTR_SURPLUS): cv.boolean,
        vol.Optional(ATTR_DRY_RUN, default=False): cv.boolean,
    }
)
_HOLD_SCHEMA: Final = vol.Schema(
    {**COMMON, **RESTORABLE, vol.Required(ATTR_DURATION): number}
)


@callback
def async_setup_plans(hass: HomeAssistant) -> None:
    """Register these actions."""
    for name, handler, schema in (
        ("set_battery_plan", _async_set_plan, _PLAN_SCHEMA),
        ("hold_battery", _async_hold, _HOLD_SCHEMA),
    ):
        hass.services.async_register(
            DOMAIN,
            name,
            handler,
            schema=schema,
            supports_response=SupportsResponse.OPTIONAL,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Planned:
    """The plan of a target, or why it has none."""

    target: Target
    new: NewPlan | None = None
    refused: PlanRefusedError | None = None


async def _async_set_plan(call: ServiceCall) -> ServiceResponse:
    targets = await async_targets(call, Feature.BATTERY_MODE)
    plans = targets.entry.runtime_data.control.plans
    planned = [
        _planned(plans, target, call.data, proposes=call.return_response)
        for target in targets.plants
    ]
    is_refused = any(each.refused is not None for each in planned)
    if is_refused or call.data[ATTR_DRY_RUN]:
        return {"plants": [_dry_row(each) for each in planned]}
    return await _async_send(
        call, targets, [each.new for each in planned if each.new is not None]
    )


def _planned(
    plans: BatteryPlans, target: Target, data: Mapping[str, Any], *, proposes: bool
) -> _Planned:
    """Plan for a plant; what is refused raises, unless the answer can say it better."""
    zone = plans.zone(target.plant.code)
    try:
        request = _request(data, zone)
        new = plans.plan(target.plant.code, request)
    except PlanRefusedError as error:
        if proposes and error.refusal is Refusal.TOO_MANY_WINDOWS:
            return _Planned(target=target, refused=error)
        raise plan_as_validation_error(error) from error
    return _Planned(target=target, new=new)


def _request(data: Mapping[str, Any], zone: tzinfo) -> PlanRequest:
    slots = tuple(
        PlanSlot(
            start=_local(slot["start"], zone),
            end=_local(slot["end"], zone),
            action=slot["action"],
        )
        for slot in data[ATTR_SLOTS]
    )
    if not slots:
        raise PlanRefusedError(Refusal.NO_SLOTS)
    expires: datetime | None = data.get(ATTR_EXPIRES)
    return PlanRequest(
        slots=slots,
        gaps=_GAPS[data[ATTR_GAPS]],
        expires=max(slot.end for slot in slots)
        if expires is None
        else _local(expires, zone),
        grid_charge_power=data.get(ATTR_GRID_CHARGE_POWER),
        surplus_to_battery=data.get(ATTR_SURPLUS),
    )


def _local(given: datetime, zone: tzinfo) -> datetime:
    """Return a time that names no zone by the clock of the plant."""
    return given if given.tzinfo is not None else given.replace(tzinfo=zone)


async def _async_hold(call: ServiceCall) -> ServiceResponse:
    """Hold batteries for some minutes; none end a hold."""
    targets = await async_targets(call, Feature.BATTERY_MODE)
    plans = targets.entry.runtime_data.control.plans
    minutes: float = call.data[ATTR_DURATION]
    if not 0 <= minutes <= LONGEST_HOLD:
        raise as_validation_error(
            ControlValueError(
                ATTR_DURATION, Problem.OUT_OF_RANGE, minimum=0, maximum=LONGEST_HOLD
            )
        )
    codes = [target.plant.code for target in targets.plants]
    if not minutes:
        released = [plans.released(code) for code in codes]
        held = [code for code in codes if plans.is_holding(code)]
        return await _async_send(
            call,
            targets,
            [new for new in released if new is not None],
            [RestoreMode(plant_code=code) for code in held],
        )
    try:
        new = [plans.hold(code, timedelta(minutes=minutes)) for code in codes]
    except PlanRefusedError as error:
        raise plan_as_validation_error(error) from error
    return await _async_send(call, targets, new)


async def _async_send(
    call: ServiceCall,
    targets: Targets,
    plans: Sequence[NewPlan],
    restoring: Sequence[Command] = (),
) -> ServiceResponse:
    """Send plans, and wait if asked to."""
    entry = targets.entry
    control = entry.runtime_data.control
    seconds = seconds_to_wait(call)
    await control.plans.async_remember(plans)
    tasks: Sequence[Task] = await control.async_request(
        [*(new.plan.command for new in plans), *restoring],
        if_busy=call.data[ATTR_IF_BUSY],
        overwrite_unrestorable=call.data[ATTR_OVERWRITE],
        origin=Origin.PLAN,
    )
    if seconds:
        tasks = await control.async_wait(tasks, seconds)
    if not call.return_response:
        async_raise_failures(entry, *tasks)
        return None
    told = {task.plant_code: task for task in tasks}
    by_plant = {new.plan.order.plant_code: new for new in plans}
    return {
        "plants": [
            _row(entry, target, by_plant.get(code), told.get(code))
            for target in targets.plants
            for code in (target.plant.code,)
        ]
    }


def _row(
    entry: SmartPVMSConfigEntry, target: Target, new: NewPlan | None, task: Task | None
) -> JsonObjectType:
    """Return what the response says of a plant."""
    told = _nothing_held(target.plant) if task is None else task_row(entry, task)
    return {
        **told,
        "can_be_confirmed": target.abilities.has(Feature.READ_BATTERY_MODE),
        **({} if new is None else plan_as_dict(new.plan)),
    }


def _dry_row(planned: _Planned) -> JsonObjectType:
    """Return what a plant would be told, or why it is told nothing."""
    told = {} if planned.new is None else plan_as_dict(planned.new.plan)
    refused = None if planned.refused is None else refusal_as_dict(planned.refused)
    return {**_plant(planned.target.plant), "refused": refused, **told}


def _nothing_held(plant: Plant) -> JsonObjectType:
    """Return what the response says where a hold was to end that there is not."""
    return {
        **_plant(plant),
        "status": TaskState.SUCCESS.value,
        "reason": Cause.NOTHING_OF_OURS.value,
        "message": async_get_exception_message(DOMAIN, why_key(Cause.NOTHING_OF_OURS)),
    }


def _plant(plant: Plant) -> JsonObjectType:
    return {"plant": plant.name, "plant_code": plant.code}
