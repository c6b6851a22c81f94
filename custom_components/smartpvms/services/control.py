"""The actions that control plants: validate, command, wait if asked to, and report."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from homeassistant.const import ATTR_DEVICE_ID, ATTR_MODE
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util
from homeassistant.util.json import JsonObjectType
import voluptuous as vol

from ..const import DOMAIN
from ..control import (
    Command,
    Dispatch,
    Forced,
    IfBusy,
    RemoveFeedInLimit,
    RestoreMode,
    SetFeedInLimit,
    SetMode,
    SetParameters,
    StopForced,
    Task,
)
from ..coordinator import SmartPVMSConfigEntry
from ..northbound.control import (
    ControlValueError,
    DispatchBattery,
    Feature,
    ForceCharge,
    LimitFeedIn,
    Problem,
    SetBatteryMode,
    SetBatteryParameters,
)
from ..northbound.models import Direction, OperationMode
from ..plant_control.wording import (
    MODES,
    as_dict,
    as_validation_error,
    async_raise_failures,
)
from .fields import number, until, whole_number, windows
from .targets import (
    ATTR_CONFIRM_MANY,
    Target,
    Targets,
    async_targets,
    battery_of,
    check_ability,
)

ATTR_DURATION: Final = "duration"
ATTR_POWER: Final = "power"
ATTR_TARGET_SOC: Final = "target_soc"
ATTR_WAIT: Final = "wait"
ATTR_IF_BUSY: Final = "if_busy"
ATTR_OVERWRITE: Final = "overwrite_unrestorable"

PREVIOUS: Final = "previous"
LONGEST_WAIT: Final = 15.0
LONGEST_SETTING: Final = 31 * 24 * 60
LONGEST_DISPATCH: Final = 240
PARAMETERS: Final = (
    "end_of_charge_soc",
    "end_of_discharge_soc",
    "maximum_charge_power",
    "maximum_discharge_power",
)

_SETTABLE: Final = {
    MODES[mode]: mode
    for mode in (
        OperationMode.MAXIMUM_SELF_CONSUMPTION,
        OperationMode.TIME_OF_USE,
        OperationMode.THIRD_PARTY_DISPATCH,
    )
}
COMMON: Final = {
    vol.Required(ATTR_DEVICE_ID): vol.All(
        cv.ensure_list, vol.Length(min=1), [cv.string]
    ),
    vol.Optional(ATTR_WAIT, default=0): number,
    vol.Optional(ATTR_IF_BUSY, default=IfBusy.REPLACE.value): vol.Coerce(IfBusy),
    vol.Optional(ATTR_CONFIRM_MANY, default=False): cv.boolean,
}
RESTORABLE: Final = {vol.Optional(ATTR_OVERWRITE, default=False): cv.boolean}
_FORCED: Final = {
    vol.Optional(ATTR_POWER): whole_number,
    vol.Optional(ATTR_DURATION): whole_number,
    vol.Optional(ATTR_TARGET_SOC): number,
}

type Build = Callable[[Targets, Target, Mapping[str, Any]], Command]


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """An action: what a plant must be able to do, its own fields, its command."""

    feature: Feature
    fields: Mapping[vol.Marker, Any]
    build: Build


def _set_mode(_targets: Targets, target: Target, data: Mapping[str, Any]) -> Command:
    if data[ATTR_MODE] == PREVIOUS:
        return RestoreMode(plant_code=target.plant.code)
    mode = _SETTABLE[data[ATTR_MODE]]
    if mode is OperationMode.THIRD_PARTY_DISPATCH:
        check_ability(target, Feature.THIRD_PARTY_DISPATCH)
    return SetMode(
        order=SetBatteryMode(
            plant_code=target.plant.code,
            mode=mode,
            windows=data.get("windows", ()),
            surplus_to_battery=data.get("surplus_to_battery"),
            grid_charge_power=data.get("grid_charge_power"),
            controller=target.abilities.controller,
        ),
        until=until(data.get(ATTR_DURATION), now=_now(), longest=LONGEST_SETTING),
    )


def _set_parameters(
    _targets: Targets, target: Target, data: Mapping[str, Any]
) -> Command:
    given = {field: data[field] for field in PARAMETERS if field in data}
    return SetParameters(
        order=SetBatteryParameters(plant_code=target.plant.code, **given)
    )


def _forced(direction: Direction) -> Build:
    def build(_targets: Targets, target: Target, data: Mapping[str, Any]) -> Command:
        return Forced(
            order=ForceCharge(
                plant_code=target.plant.code,
                direction=direction,
                power=data.get(ATTR_POWER),
                minutes=data.get(ATTR_DURATION),
                target_soc=data.get(ATTR_TARGET_SOC),
            )
        )

    return build


def _stop(_targets: Targets, target: Target, _data: Mapping[str, Any]) -> Command:
    return StopForced(plant_code=target.plant.code)


def _set_limit(_targets: Targets, target: Target, data: Mapping[str, Any]) -> Command:
    minutes: float | None = data.get(ATTR_DURATION)
    if data["permanent"] and minutes is not None:
        raise ControlValueError(ATTR_DURATION, Problem.CONFLICT)
    if not data["permanent"] and minutes is None:
        raise ControlValueError(ATTR_DURATION, Problem.MISSING)
    return SetFeedInLimit(
        order=LimitFeedIn(
            plant_code=target.plant.code,
            power=data[ATTR_POWER],
            single_phase=data["scope"] == "single_phase",
            allow_import=data["allow_import"],
            controller=target.abilities.controller,
        ),
        until=until(minutes, now=_now(), longest=LONGEST_SETTING),
    )


def _remove_limit(
    _targets: Targets, target: Target, data: Mapping[str, Any]
) -> Command:
    return RemoveFeedInLimit(plant_code=target.plant.code, unlimited=data["unlimited"])


def _dispatch(targets: Targets, target: Target, data: Mapping[str, Any]) -> Command:
    ends = until(data[ATTR_DURATION], now=_now(), longest=LONGEST_DISPATCH)
    assert ends is not None
    return Dispatch(
        order=DispatchBattery(
            plant_code=target.plant.code,
            battery_dn=battery_of(targets.entry, target),
            # above 0 is discharging, as of all battery powers in Home Assistant
            charging_power=-data[ATTR_POWER],
        ),
        until=ends,
    )


ACTIONS: Final = {
    "set_battery_mode": Action(
        feature=Feature.BATTERY_MODE,
        fields={
            vol.Required(ATTR_MODE): vol.In([*_SETTABLE, PREVIOUS]),
            vol.Optional("windows"): windows,
            vol.Optional("surplus_to_battery"): cv.boolean,
            vol.Optional("grid_charge_power"): number,
            vol.Optional(ATTR_DURATION): number,
            **RESTORABLE,
        },
        build=_set_mode,
    ),
    "set_battery_parameters": Action(
        feature=Feature.BATTERY_PARAMETERS,
        fields={
            vol.Optional("end_of_charge_soc"): number,
            vol.Optional("end_of_discharge_soc"): number,
            vol.Optional("maximum_charge_power"): whole_number,
            vol.Optional("maximum_discharge_power"): whole_number,
        },
        build=_set_parameters,
    ),
    "forcible_charge": Action(
        feature=Feature.FORCED_CHARGE,
        fields=_FORCED,
        build=_forced(Direction.CHARGE),
    ),
    "forcible_discharge": Action(
        feature=Feature.FORCED_CHARGE,
        fields=_FORCED,
        build=_forced(Direction.DISCHARGE),
    ),
    "stop_forcible_charge": Action(
        feature=Feature.FORCED_CHARGE, fields={}, build=_stop
    ),
    "set_feed_in_limit": Action(
        feature=Feature.FEED_IN_LIMIT,
        fields={
            vol.Required(ATTR_POWER): number,
            vol.Optional("scope", default="total"): vol.In(["total", "single_phase"]),
            vol.Optional(ATTR_DURATION): number,
            vol.Optional("permanent", default=False): cv.boolean,
            vol.Optional("allow_import", default=False): cv.boolean,
            **RESTORABLE,
        },
        build=_set_limit,
    ),
    "remove_feed_in_limit": Action(
        feature=Feature.FEED_IN_LIMIT,
        fields={
            vol.Optional("unlimited", default=False): cv.boolean,
            **RESTORABLE,
        },
        build=_remove_limit,
    ),
    "dispatch_battery": Action(
        feature=Feature.THIRD_PARTY_DISPATCH,
        fields={
            vol.Required(ATTR_POWER): whole_number,
            vol.Required(ATTR_DURATION): number,
        },
        build=_dispatch,
    ),
}
"""The actions that control, by their names."""


@callback
def async_setup_control(hass: HomeAssistant) -> None:
    """Register these actions."""
    for name, action in ACTIONS.items():
        hass.services.async_register(
            DOMAIN,
            name,
            _handler(action),
            schema=vol.Schema({**COMMON, **action.fields}),
            supports_response=SupportsResponse.OPTIONAL,
        )


def _handler(action: Action) -> Callable[[ServiceCall], Any]:
    async def async_handle(call: ServiceCall) -> ServiceResponse:
        targets = await async_targets(call, action.feature)
        entry = targets.entry
        control = entry.runtime_data.control
        seconds = seconds_to_wait(call)
        try:
            commands = [
                action.build(targets, target, call.data) for target in targets.plants
            ]
            tasks: Sequence[Task] = await control.async_request(
                commands,
                if_busy=call.data[ATTR_IF_BUSY],
                overwrite_unrestorable=call.data.get(ATTR_OVERWRITE, False),
            )
        except ControlValueError as error:
            raise as_validation_error(error) from error
        if seconds:
            tasks = await control.async_wait(tasks, seconds)
        if not call.return_response:
            async_raise_failures(entry, *tasks)
            return None
        return {"plants": [task_row(entry, task) for task in tasks]}

    return async_handle


def seconds_to_wait(call: ServiceCall) -> float:
    """Return how long to wait for the outcome; raises for what is out of range."""
    minutes: float = call.data[ATTR_WAIT]
    if not 0 <= minutes <= LONGEST_WAIT:
        raise as_validation_error(
            ControlValueError(
                ATTR_WAIT, Problem.OUT_OF_RANGE, minimum=0, maximum=LONGEST_WAIT
            )
        )
    return timedelta(minutes=minutes).total_seconds()


def task_row(entry: SmartPVMSConfigEntry, task: Task) -> JsonObjectType:
    """Return what the response says of a task."""
    plant = entry.runtime_data.plants.data[task.plant_code]
    return {
        "plant": plant.name,
        "plant_code": plant.code,
        **as_dict(entry, task),
    }


def _now() -> float:
    return dt_util.utcnow().timestamp()
