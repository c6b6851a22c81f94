"""Setting the working mode of batteries."""

from datetime import datetime
import re
from typing import Literal

from ...control.networking import (
    NOT_SUPPORTED,
    NOT_SUPPORTED_TEXT,
    Controller,
    controller_of,
    dispatch_obstacle,
    mode_obstacle,
)
from ...control.tasks import Kind
from ...plants.plant import Plant
from ...plants.settings import SettingChanges, TimeWindow
from ...types import Json
from ..parameters import MalformedError
from .delivery import SAME_VALUE, Delivery, Order, Wording
from .fields import (
    Fields,
    RejectedError,
    number,
    one_of,
    required_text,
    whole,
    within,
)

_MODES = ("maximumSelfConsumption", "TOU", "thirdPartyDispatch")
_PRIORITIES = ("fedToGridPreference", "chargePreference")
_MOST_WINDOWS = 14
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_OVERLAP = "The startTime and endTime of multiple days overlap."
_NEVER_DISPATCHED = (
    "Third-party dispatch has never been set for the plant through the northbound "
    "interface."
)
_GRID_CHARGE_LIMITS = {
    Controller.DONGLE: 50.0,
    Controller.EMMA: 50.0,
    Controller.DISTRIBUTED_SMART_LOGGER: 50_000.0,
}
_TIME_OF_USE_KEYS = (
    "redundantPVEnergyPriority",
    "allowedAcChargePower",
    "chargingAndDischargingTimeWindow",
)


def battery_mode_delivery() -> Delivery:
    """Return how battery modes are set."""
    return Delivery(
        kind=Kind.MODE,
        wording=Wording(
            name="battery mode",
            failed="Failed to deliver the battery mode control task.",
            no_permission="Exist no permission resources. plantCodes: [{}]",
        ),
        obstacle=mode_obstacle,
        read=_read,
    )


def _read(plant: Plant, task: Fields) -> Order:
    mode = one_of("operationMode", required_text(task, "operationMode"), _MODES)
    if mode == "thirdPartyDispatch":
        obstacle = dispatch_obstacle(plant)
        if obstacle is not None:
            raise RejectedError(obstacle.text, obstacle.code)
    definition = plant.definition
    if mode == "TOU" and definition.battery is not None and definition.meter is None:
        raise RejectedError(NOT_SUPPORTED_TEXT, NOT_SUPPORTED)
    shown: dict[str, Json] = {"operationMode": mode}
    shown |= {
        key: task.get(key) if mode == "TOU" else None for key in _TIME_OF_USE_KEYS
    }
    changes = _changes(plant, mode, task)
    settings, steering = plant.settings, plant.steering
    if all(getattr(settings, name) == value for name, value in changes.items()):
        raise RejectedError(SAME_VALUE)
    leaves = settings.operation_mode == "thirdPartyDispatch"
    if leaves and not steering.dispatched_before:
        raise RejectedError(_NEVER_DISPATCHED)

    def apply(at: datetime) -> None:
        if mode == "thirdPartyDispatch":
            steering.dispatched_before = True
        steering.change(at, **changes)

    return Order(apply=apply, shown=shown)


def _changes(plant: Plant, mode: str, task: Fields) -> SettingChanges:
    if mode == "maximumSelfConsumption":
        return {"operation_mode": "maximumSelfConsumption"}
    if mode == "thirdPartyDispatch":
        return {"operation_mode": "thirdPartyDispatch"}
    changes: SettingChanges = {"operation_mode": "TOU", "windows": _windows(task)}
    priority = task.get("redundantPVEnergyPriority")
    if priority is not None:
        one_of("redundantPVEnergyPriority", str(priority), _PRIORITIES)
        changes["surplus_priority"] = (
            "chargePreference"
            if priority == "chargePreference"
            else "fedToGridPreference"
        )
    power = number(task, "allowedAcChargePower")
    if power is not None:
        most = _grid_charge_limit(plant)
        changes["grid_charge_power"] = within("allowedAcChargePower", power, 0, most)
    return changes


def _grid_charge_limit(plant: Plant) -> float:
    """Return kW that may be set; without a controller what the battery can take."""
    battery = plant.definition.battery
    device = 0.0 if battery is None else battery.max_charge
    return _GRID_CHARGE_LIMITS.get(controller_of(plant), device)


def _windows(task: Fields) -> tuple[TimeWindow, ...]:
    name = "chargingAndDischargingTimeWindow"
    rows = task.get(name)
    if rows is None:
        raise MalformedError(name, f"{name} may not be null")
    if not isinstance(rows, list) or not 1 <= len(rows) <= _MOST_WINDOWS:
        text = f"{name} size must be between 1 and {_MOST_WINDOWS}"
        raise MalformedError(name, text)
    windows = []
    for row in rows:
        if not isinstance(row, dict):
            raise MalformedError(name, f"{name} must be a list of objects")
        windows.append(_window(row))
    for index, window in enumerate(windows):
        if any(_overlap(window, other) for other in windows[:index]):
            raise RejectedError(_OVERLAP)
    return tuple(windows)


def _window(row: Fields) -> TimeWindow:
    start, end = _clock(row, "startTime"), _clock(row, "endTime")
    if start >= end:
        raise RejectedError(
            "The input parameter is out of the valid range, startTime before endTime"
        )
    return TimeWindow(
        start=start, end=end, direction=_direction(row), weekdays=_weekdays(row)
    )


def _clock(row: Fields, name: str) -> str:
    text = required_text(row, name)
    if not _CLOCK.fullmatch(text):
        raise RejectedError(
            f"The input parameter is out of the valid range, {name} in: [00:00, 23:59]"
        )
    return text


def _direction(row: Fields) -> Literal["charge", "discharge"]:
    name = "chargeOrDischarge"
    word = one_of(name, required_text(row, name), ("charge", "discharge"))
    return "charge" if word == "charge" else "discharge"


def _weekdays(row: Fields) -> tuple[int, ...]:
    days = row.get("repeat")
    if not isinstance(days, list) or not 1 <= len(days) <= 7:
        raise MalformedError("repeat", "repeat size must be between 1 and 7")
    numbers = [whole({"repeat": day}, "repeat") for day in days]
    return tuple(sorted({int(within("repeat", day or 0, 1, 7)) for day in numbers}))


def _overlap(one: TimeWindow, other: TimeWindow) -> bool:
    common = set(one.weekdays) & set(other.weekdays)
    return bool(common) and one.start < other.end and other.start < one.end
