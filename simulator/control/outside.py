"""Settings that an owner changes in the app, or an installer at the plant."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeAliasType, cast, get_args

from aiohttp import web

from ..plants.settings import (
    ControlMode,
    Direction,
    LimitationMode,
    OperationMode,
    SettingChanges,
    SurplusPriority,
    TimeWindow,
)
from ..types import Json

if TYPE_CHECKING:
    from ..simulator import Simulator

type Reader = Callable[[Json], object]


def change_settings(simulator: Simulator, body: Mapping[str, Json]) -> str:
    """Change settings of a `plant` at once; return its code. See the README.

    The names are those of PlantSettings, and `online` for the controller.

    Raises HTTPBadRequest for an unknown plant, and for values that cannot be.
    """
    plant = next(
        (plant for plant in simulator.plants if plant.code == body.get("plant")), None
    )
    if plant is None:
        raise web.HTTPBadRequest(text="no such plant")
    try:
        changes = {
            name: reader(body[name])
            for name, reader in _READERS.items()
            if name in body
        }
    except (TypeError, ValueError, LookupError) as problem:
        raise web.HTTPBadRequest(text=f"no such setting: {problem}") from problem
    steering = plant.steering
    steering.advance()
    steering.online = bool(body.get("online", steering.online))
    if changes:
        # Every reader gives what the setting of its name is.
        steering.change(simulator.clock.now(), **cast(SettingChanges, changes))
    return plant.code


def _word(words: TypeAliasType) -> Reader:
    allowed = get_args(words.__value__)

    def read(value: Json) -> object:
        if value not in allowed:
            raise ValueError(f"{value} is none of {', '.join(allowed)}")
        return value

    return read


def _number(value: Json) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{value} is no number")
    return float(value)


def _number_or_none(value: Json) -> float | None:
    return None if value is None else _number(value)


def _windows(value: Json) -> tuple[TimeWindow, ...]:
    if not isinstance(value, list):
        raise TypeError("windows are a list")
    return tuple(_window(one) for one in value)


def _window(value: Json) -> TimeWindow:
    if not isinstance(value, dict):
        raise TypeError("a window is an object")
    direction = value["direction"]
    weekdays = value.get("weekdays", [1, 2, 3, 4, 5, 6, 7])
    if not isinstance(weekdays, list):
        raise TypeError("weekdays are a list")
    _word(Direction)(direction)
    return TimeWindow(
        start=str(value["start"]),
        end=str(value["end"]),
        direction="charge" if direction == "charge" else "discharge",
        weekdays=tuple(int(_number(day)) for day in weekdays),
    )


_READERS: Mapping[str, Reader] = {
    "operation_mode": _word(OperationMode),
    "surplus_priority": _word(SurplusPriority),
    "grid_charge_power": _number,
    "windows": _windows,
    "control_mode": _word(ControlMode),
    "limitation_mode": _word(LimitationMode),
    "feed_in_limit": _number,
    "end_of_charge_soc": _number,
    "end_of_discharge_soc": _number_or_none,
    "max_charge_power": _number_or_none,
    "max_discharge_power": _number_or_none,
    "scheduled_tasks": bool,
}
