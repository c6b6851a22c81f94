"""Commands, tasks and settings as JSON, and back.

A command and its way back have to be on disk before the command leaves. What is read is
exactly what was written: a value that is damaged could change what a battery does, and
makes None of the whole.
"""

from collections.abc import Callable
from datetime import time
from typing import Final

from ..json_types import JsonObject, JsonValue
from ..models import (
    BatteryMode,
    Direction,
    FeedInLimit,
    FeedInLimitMode,
    OperationMode,
    TimeOfUseWindow,
)
from ..parsing import flag, integer, members, number, objects, text
from .commands import (
    Command,
    DispatchBattery,
    ForceCharge,
    LiftFeedInLimit,
    LimitFeedIn,
    SetBatteryMode,
    SetBatteryParameters,
    StopForcedCharge,
)
from .controllers import Controller
from .results import TaskKind, TaskReference
from .values import ControlValueError

_NAMES: Final[dict[type[Command], str]] = {
    SetBatteryMode: "set_battery_mode",
    SetBatteryParameters: "set_battery_parameters",
    LimitFeedIn: "limit_feed_in",
    LiftFeedInLimit: "lift_feed_in_limit",
    ForceCharge: "force_charge",
    StopForcedCharge: "stop_forced_charge",
    DispatchBattery: "dispatch_battery",
}


def command_as_json(command: Command) -> JsonObject:
    """Return a command as JSON."""
    stored: JsonObject = {
        "command": _NAMES[type(command)],
        "plant_code": command.plant_code,
    }
    match command:
        case SetBatteryMode():
            stored |= {
                "mode": command.mode.value,
                "windows": _windows_as_json(command.windows),
                "surplus_to_battery": command.surplus_to_battery,
                "grid_charge_power": command.grid_charge_power,
                "controller": command.controller,
            }
        case SetBatteryParameters():
            stored |= {
                "end_of_charge_soc": command.end_of_charge_soc,
                "end_of_discharge_soc": command.end_of_discharge_soc,
                "maximum_charge_power": command.maximum_charge_power,
                "maximum_discharge_power": command.maximum_discharge_power,
            }
        case LimitFeedIn():
            stored |= {
                "power": command.power,
                "single_phase": command.single_phase,
                "allow_import": command.allow_import,
                "controller": command.controller,
            }
        case ForceCharge():
            stored |= {
                "direction": command.direction.value,
                "power": command.power,
                "minutes": command.minutes,
                "target_soc": command.target_soc,
            }
        case DispatchBattery():
            stored |= {
                "battery_dn": command.battery_dn,
                "charging_power": command.charging_power,
            }
    return stored


def command_from_json(stored: JsonValue) -> Command | None:
    """Read what `command_as_json` wrote."""
    row = members(stored)
    plant_code = text(row.get("plant_code"))
    read = _READERS.get(text(row.get("command")) or "")
    if plant_code is None or read is None:
        return None
    try:
        command = read(row, plant_code)
    except ControlValueError:
        return None
    return command if command and command_as_json(command) == row else None


def _battery_mode(row: JsonObject, plant_code: str) -> Command | None:
    mode = _MODES.get(text(row.get("mode")) or "")
    if mode is None:
        return None
    return SetBatteryMode(
        plant_code=plant_code,
        mode=mode,
        windows=_windows_from_json(row.get("windows")),
        surplus_to_battery=flag(row.get("surplus_to_battery")),
        grid_charge_power=number(row.get("grid_charge_power")),
        controller=_CONTROLLERS.get(text(row.get("controller")) or ""),
    )


def _battery_parameters(row: JsonObject, plant_code: str) -> Command | None:
    return SetBatteryParameters(
        plant_code=plant_code,
        end_of_charge_soc=number(row.get("end_of_charge_soc")),
        end_of_discharge_soc=number(row.get("end_of_discharge_soc")),
        maximum_charge_power=integer(row.get("maximum_charge_power")),
        maximum_discharge_power=integer(row.get("maximum_discharge_power")),
    )


def _limit(row: JsonObject, plant_code: str) -> Command | None:
    power = number(row.get("power"))
    single_phase = flag(row.get("single_phase"))
    if power is None or single_phase is None:
        return None
    return LimitFeedIn(
        plant_code=plant_code,
        power=power,
        single_phase=single_phase,
        allow_import=flag(row.get("allow_import")) is True,
        controller=_CONTROLLERS.get(text(row.get("controller")) or ""),
    )


def _lift(row: JsonObject, plant_code: str) -> Command | None:
    return LiftFeedInLimit(plant_code=plant_code)


def _charge(row: JsonObject, plant_code: str) -> Command | None:
    direction = _DIRECTIONS.get(text(row.get("direction")) or "")
    if direction is None:
        return None
    return ForceCharge(
        plant_code=plant_code,
        direction=direction,
        power=integer(row.get("power")),
        minutes=integer(row.get("minutes")),
        target_soc=number(row.get("target_soc")),
    )


def _stop(row: JsonObject, plant_code: str) -> Command | None:
    return StopForcedCharge(plant_code=plant_code)


def _dispatch(row: JsonObject, plant_code: str) -> Command | None:
    battery_dn = text(row.get("battery_dn"))
    charging_power = integer(row.get("charging_power"))
    if battery_dn is None or charging_power is None:
        return None
    return DispatchBattery(
        plant_code=plant_code, battery_dn=battery_dn, charging_power=charging_power
    )


_MODES: Final = {mode.value: mode for mode in OperationMode}
_LIMIT_MODES: Final = {mode.value: mode for mode in FeedInLimitMode}
_CONTROLLERS: Final = {item.value: item for item in Controller}
_DIRECTIONS: Final = {direction.value: direction for direction in Direction}
_KINDS: Final = {kind.value: kind for kind in TaskKind}
_READERS: Final[dict[str, Callable[[JsonObject, str], Command | None]]] = {
    _NAMES[SetBatteryMode]: _battery_mode,
    _NAMES[SetBatteryParameters]: _battery_parameters,
    _NAMES[LimitFeedIn]: _limit,
    _NAMES[LiftFeedInLimit]: _lift,
    _NAMES[ForceCharge]: _charge,
    _NAMES[StopForcedCharge]: _stop,
    _NAMES[DispatchBattery]: _dispatch,
}


def task_reference_as_json(reference: TaskReference) -> JsonObject:
    """Return the reference of a task as JSON."""
    return {"kind": reference.kind.value, "id": reference.id}


def task_reference_from_json(stored: JsonValue) -> TaskReference | None:
    """Read what `task_reference_as_json` wrote."""
    row = members(stored)
    kind, task_id = _KINDS.get(text(row.get("kind")) or ""), text(row.get("id"))
    if kind is None or task_id is None:
        return None
    reference = TaskReference(kind=kind, id=task_id)
    return reference if task_reference_as_json(reference) == row else None


def battery_mode_as_json(mode: BatteryMode) -> JsonObject:
    """Return a battery mode that was read as JSON."""
    return {
        "plant_code": mode.plant_code,
        "mode": mode.mode.value,
        "grid_charge_power": mode.grid_charge_power,
        "surplus_to_battery": mode.surplus_to_battery,
        "windows": _windows_as_json(mode.windows),
        "unreadable_windows": mode.unreadable_windows,
        "unknown_mode": mode.unknown_mode,
    }


def battery_mode_from_json(stored: JsonValue) -> BatteryMode | None:
    """Read what `battery_mode_as_json` wrote."""
    row = members(stored)
    plant_code = text(row.get("plant_code"))
    mode = _MODES.get(text(row.get("mode")) or "")
    unreadable = integer(row.get("unreadable_windows"))
    if plant_code is None or mode is None or unreadable is None:
        return None
    found = BatteryMode(
        plant_code=plant_code,
        mode=mode,
        grid_charge_power=number(row.get("grid_charge_power")),
        surplus_to_battery=flag(row.get("surplus_to_battery")),
        windows=_windows_from_json(row.get("windows")),
        unreadable_windows=unreadable,
        unknown_mode=text(row.get("unknown_mode")),
    )
    return found if battery_mode_as_json(found) == row else None


def feed_in_limit_as_json(limit: FeedInLimit) -> JsonObject:
    """Return a feed-in limit that was read as JSON."""
    return {
        "plant_code": limit.plant_code,
        "mode": limit.mode.value,
        "power": limit.power,
        "percent": limit.percent,
        "single_phase": limit.single_phase,
        "unknown_mode": limit.unknown_mode,
    }


def feed_in_limit_from_json(stored: JsonValue) -> FeedInLimit | None:
    """Read what `feed_in_limit_as_json` wrote."""
    row = members(stored)
    plant_code = text(row.get("plant_code"))
    mode = _LIMIT_MODES.get(text(row.get("mode")) or "")
    if plant_code is None or mode is None:
        return None
    found = FeedInLimit(
        plant_code=plant_code,
        mode=mode,
        power=number(row.get("power")),
        percent=number(row.get("percent")),
        single_phase=flag(row.get("single_phase")),
        unknown_mode=text(row.get("unknown_mode")),
    )
    return found if feed_in_limit_as_json(found) == row else None


def _windows_as_json(windows: tuple[TimeOfUseWindow, ...]) -> list[JsonValue]:
    return [
        {
            "start": f"{window.start:%H:%M}",
            "end": f"{window.end:%H:%M}",
            "direction": window.direction.value,
            "weekdays": [*sorted(window.weekdays)],
        }
        for window in windows
    ]


def _windows_from_json(stored: JsonValue) -> tuple[TimeOfUseWindow, ...]:
    windows = (_window(row) for row in objects(stored))
    return tuple(window for window in windows if window is not None)


def _window(row: JsonObject) -> TimeOfUseWindow | None:
    start, end = _time_of_day(row.get("start")), _time_of_day(row.get("end"))
    direction = _DIRECTIONS.get(text(row.get("direction")) or "")
    days = row.get("weekdays")
    if start is None or end is None or direction is None or not isinstance(days, list):
        return None
    numbers = (integer(day) for day in days)
    return TimeOfUseWindow(
        start=start,
        end=end,
        direction=direction,
        weekdays=frozenset(day for day in numbers if day is not None),
    )


def _time_of_day(stored: JsonValue) -> time | None:
    try:
        return time.fromisoformat(text(stored) or "")
    except ValueError:
        return None
