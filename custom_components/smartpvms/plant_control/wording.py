"""Tasks, settings and reasons in words, and as what actions and attributes return."""

from datetime import datetime
from typing import Final

from homeassistant.core import callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers.translation import async_get_exception_message
from homeassistant.util import dt as dt_util
from homeassistant.util.json import JsonObjectType

from ..const import DOMAIN
from ..control import Command, Forced, Task, TaskState, Why
from ..control.commands import Order
from ..coordinator import SmartPVMSConfigEntry
from ..failures import in_words
from ..northbound.control import (
    ControlValueError,
    DispatchBattery,
    ForceCharge,
    LiftFeedInLimit,
    LimitFeedIn,
    Problem,
    SetBatteryMode,
    SetBatteryParameters,
    StopForcedCharge,
)
from ..northbound.errors import FailureKey
from ..northbound.models import (
    BatteryMode,
    BatteryParameters,
    Direction,
    FeedInLimit,
    FeedInLimitMode,
    OperationMode,
    TimeOfUseWindow,
)

MODES: Final = {
    OperationMode.MAXIMUM_SELF_CONSUMPTION: "self_consumption",
    OperationMode.TIME_OF_USE: "time_of_use",
    OperationMode.THIRD_PARTY_DISPATCH: "third_party_dispatch",
    OperationMode.FULLY_FED_TO_GRID: "fully_fed_to_grid",
    OperationMode.OTHER: "other",
}
"""The battery modes by the names that actions and entities have for them."""
LIMITS: Final = {
    FeedInLimitMode.NO_LIMIT: "none",
    FeedInLimitMode.ZERO_EXPORT: "zero_export",
    FeedInLimitMode.LIMITED_POWER: "power",
    FeedInLimitMode.LIMITED_PERCENT: "percent",
    FeedInLimitMode.OTHER: "other",
}
"""The kinds of feed-in limits by the names that actions have for them."""
WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

# fields of commands that actions call otherwise
_FIELDS: Final = {
    "minutes": "duration",
    "until": "duration",
    "charging_power": "power",
    "plant_code": "device_id",
}
# one of two is missing
_ALTERNATIVES: Final = {
    "minutes": "duration or target_soc",
    "duration": "duration or permanent",
}
_STATUS: Final = {
    TaskState.WAITING: "waiting",
    TaskState.INTENDED: "running",
    TaskState.ACCEPTED: "running",
    TaskState.RUNNING: "running",
    TaskState.SUCCESS: "success",
    TaskState.FAILURE: "failure",
    TaskState.UNKNOWN: "unknown",
}
# a cause of ours or the cloud's has an own name among the exceptions
_OUTCOME: Final = "outcome_"


def status_of(task: Task) -> str:
    """Return waiting, running, success, failure or unknown."""
    return _STATUS[task.state]


@callback
def why_key(why: Why) -> str:
    """Return the translation key of a reason."""
    return why.value if isinstance(why, FailureKey) else f"{_OUTCOME}{why.value}"


@callback
def why_text(why: Why, retry_at: float | None = None) -> str:
    """Return a reason in words; `retry_at` is when it is over, if that is known."""
    placeholders = {
        "code": "-",
        "retry_at": "-" if retry_at is None else in_words(moment(retry_at)),
    }
    return async_get_exception_message(DOMAIN, why_key(why), placeholders)


@callback
def message_of(task: Task) -> str:
    """Return how far a task is, in words."""
    if task.why is not None:
        return why_text(task.why, task.retry_at)
    stage = "done" if _has_ended_well(task) else task.state.value
    return async_get_exception_message(DOMAIN, f"task_{stage}")


def _has_ended_well(task: Task) -> bool:
    return task.state is TaskState.SUCCESS and isinstance(task.command, Forced)


@callback
def as_dict(entry: SmartPVMSConfigEntry, task: Task) -> JsonObjectType:
    """Return a task as actions, events and attributes show it."""
    engine = entry.runtime_data.control.engine
    due = engine.due_of(task.plant_code, task.family)
    shown: JsonObjectType = {
        "task_id": task.id,
        "cloud_task_id": None if task.reference is None else task.reference.id,
        "command": command_name(task.command),
        "setting": setting_text(task.order) if task.order is not None else None,
        "origin": task.origin.value,
        "status": status_of(task),
        "reason": None if task.why is None else task.why.value,
        "message": message_of(task),
        "cloud_message": task.message,
        "requested": iso(task.requested),
        "accepted": iso(task.accepted),
        "confirmed": iso(task.confirmed),
        "ended": iso(task.ended),
        "evidence": [evidence.value for evidence in task.evidence],
        "charged_energy": task.charged,
        "discharged_energy": task.discharged,
        "control_calls": task.calls,
        "ends_at": iso(due),
    }
    return shown


def iso(seconds: float | None) -> str | None:
    """Return seconds since the epoch as local time."""
    if seconds is None:
        return None
    moment = dt_util.utc_from_timestamp(seconds).replace(microsecond=0)
    return dt_util.as_local(moment).isoformat()


def command_name(command: Command) -> str:
    """Return the name of the action that gives a command."""
    match command:
        case Forced():
            charges = command.order.direction is Direction.CHARGE
            return "forcible_charge" if charges else "forcible_discharge"
    return _NAMES[type(command).__name__]


_NAMES: Final = {
    "SetMode": "set_battery_mode",
    "RestoreMode": "set_battery_mode",
    "SetParameters": "set_battery_parameters",
    "StopForced": "stop_forcible_charge",
    "SetFeedInLimit": "set_feed_in_limit",
    "RemoveFeedInLimit": "remove_feed_in_limit",
    "Dispatch": "dispatch_battery",
}


@callback
def setting_text(order: Order) -> str:
    """Return in words what an order sets."""
    key, placeholders = _setting(order)
    return async_get_exception_message(DOMAIN, f"setting_{key}", placeholders)


def _setting(order: Order) -> tuple[str, dict[str, str]]:
    match order:
        case SetBatteryMode():
            return MODES[order.mode], {}
        case LimitFeedIn():
            kind = "limit_per_phase" if order.single_phase else "limit"
            return kind, {"power": f"{order.power:.0f}"}
        case LiftFeedInLimit():
            return "no_limit", {}
        case DispatchBattery():
            return "dispatch", {"power": f"{-order.charging_power}"}
        case ForceCharge():
            return _forced(order)
        case StopForcedCharge():
            return "stop", {}
        case SetBatteryParameters():
            given = {
                "end_of_charge_soc": order.end_of_charge_soc,
                "end_of_discharge_soc": order.end_of_discharge_soc,
                "maximum_charge_power": order.maximum_charge_power,
                "maximum_discharge_power": order.maximum_discharge_power,
            }
            told = (
                f"{name} {value:g}"
                for name, value in given.items()
                if value is not None
            )
            return "parameters", {"parameters": ", ".join(told)}


def _forced(order: ForceCharge) -> tuple[str, dict[str, str]]:
    kind = f"{order.direction.value}_{'until' if order.minutes is None else 'for'}"
    return kind if order.power is not None else f"{kind}_rated", {
        "power": f"{order.power}",
        "minutes": f"{order.minutes}",
        "target_soc": f"{order.target_soc or 0:g}",
    }


def mode_as_dict(mode: BatteryMode) -> JsonObjectType:
    """Return a battery mode as the actions show it."""
    return {
        "mode": MODES[mode.mode],
        "grid_charge_power": mode.grid_charge_power,
        "surplus_to_battery": mode.surplus_to_battery,
        "windows": [window_as_dict(window) for window in mode.windows],
        "unreadable_windows": mode.unreadable_windows,
        "unknown_mode": mode.unknown_mode,
    }


def window_as_dict(window: TimeOfUseWindow) -> JsonObjectType:
    """Return a window as `set_battery_mode` takes it."""
    return {
        "start": f"{window.start:%H:%M}",
        "end": f"{window.end:%H:%M}",
        "direction": window.direction.value,
        "weekdays": [WEEKDAYS[day - 1] for day in sorted(window.weekdays)],
    }


def limit_as_dict(limit: FeedInLimit) -> JsonObjectType:
    """Return a feed-in limit as the actions show it."""
    return {
        "limit": LIMITS[limit.mode],
        "power": limit.power,
        "percent": limit.percent,
        "single_phase": limit.single_phase,
        "unknown_mode": limit.unknown_mode,
    }


def parameters_as_dict(parameters: BatteryParameters) -> JsonObjectType:
    """Return limits of the batteries as the actions show them."""
    return {
        "end_of_charge_soc": parameters.end_of_charge_soc,
        "end_of_discharge_soc": parameters.end_of_discharge_soc,
        "maximum_charge_power": parameters.maximum_charge_power,
        "maximum_discharge_power": parameters.maximum_discharge_power,
    }


def as_validation_error(error: ControlValueError) -> ServiceValidationError:
    """Return what is wrong with a value, translated."""
    names = _ALTERNATIVES if error.problem is Problem.MISSING else _FIELDS
    bounds = {
        "minimum": f"{error.minimum or 0:g}",
        "maximum": f"{error.maximum or 0:g}",
    }
    return ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key=f"value_{error.problem.value}",
        translation_placeholders={
            "field": names.get(error.field, error.field),
            **bounds,
        },
    )


@callback
def async_raise_failures(entry: SmartPVMSConfigEntry, *tasks: Task) -> None:
    """Raise where commands were not carried out, with the reasons."""
    plants = entry.runtime_data.plants.data
    failures = [
        f"{plants[task.plant_code].name}: {message_of(task)}"
        for task in tasks
        if task.state is TaskState.FAILURE
    ]
    if failures:
        raise HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key="command_failed",
            translation_placeholders={"failures": "; ".join(failures)},
        )


def moment(seconds: float) -> datetime:
    """Return seconds since the epoch as local time."""
    return dt_util.as_local(dt_util.utc_from_timestamp(seconds))
