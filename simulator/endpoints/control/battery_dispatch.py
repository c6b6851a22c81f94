"""Telling a battery in third-party dispatch which power to hold."""

from collections.abc import Callable
from datetime import datetime

from ...answers import Answer
from ...control.control import Control
from ...control.networking import dispatch_obstacle
from ...control.tasks import Kind
from ...plants.definitions import BATTERY_TYPES
from ...plants.plant import Plant
from ...types import Json
from ..call import Call
from ..configuration import refused
from ..parameters import PLANT_INVALID, MalformedError
from .delivery import client_of, found_task, obstruct
from .fields import RejectedError, required_text, whole

_NO_BATTERY = 20631
_NEVER_DISPATCHED = 20627
_OTHER_MODE = 20628
_FAILED = 2


def battery_dispatch(control: Control) -> Callable[[Call], Answer]:
    """Return the endpoint for battery-dispatch/async-task: one battery at a time."""

    def endpoint(call: Call) -> Answer:
        code = required_text(call.parameters, "plantCode")
        dn = required_text(call.parameters, "batteryDn")
        power = whole(call.parameters, "dispatchPower")
        if power is None:
            raise MalformedError("dispatchPower", "dispatchPower may not be null")
        plant = next((one for one in call.plants if one.code == code), None)
        if plant is None:
            return refused(PLANT_INVALID, "The plant DN is invalid.")
        try:
            _check(control, plant, dn, call.now)
        except RejectedError as rejection:
            return refused(rejection.code or _FAILED, rejection.text)
        return _deliver(control, call, plant, dn, power)

    return endpoint


def _check(control: Control, plant: Plant, dn: str, now: datetime) -> None:
    """Raise RejectedError where a battery cannot be dispatched now."""
    obstacle, steering = dispatch_obstacle(plant), plant.steering
    obstruct(control, Kind.DISPATCH, plant, obstacle, now)
    batteries = [one.dn for one in plant.devices if one.type_id in BATTERY_TYPES]
    if dn not in batteries:
        raise RejectedError("The plant has no battery device.", _NO_BATTERY)
    if not steering.dispatched_before:
        text = "Third-party dispatch has never been set for the plant."
        raise RejectedError(text, _NEVER_DISPATCHED)
    if plant.settings.operation_mode != "thirdPartyDispatch":
        text = "The battery is not in third-party dispatch mode."
        raise RejectedError(text, _OTHER_MODE)


def _deliver(control: Control, call: Call, plant: Plant, dn: str, power: int) -> Answer:
    battery, steering = plant.definition.battery, plant.steering
    if battery is not None:
        lowest = -round(battery.max_discharge * 1000)
        power = min(max(power, lowest), round(battery.max_charge * 1000))

    def apply(at: datetime) -> None:
        if steering.settings.operation_mode == "thirdPartyDispatch":
            steering.dispatch(at, power)

    part = control.tasks.part(
        Kind.DISPATCH,
        plant,
        call.now,
        ending=control.switches.ending(Kind.DISPATCH, plant),
        apply=apply,
        shown={"batteryDn": dn, "dispatchPower": power},
    )
    task = control.tasks.add(Kind.DISPATCH, client_of(call), call.now, (part,))
    data: dict[str, Json] = {
        "taskId": task.number,
        "plantCode": plant.code,
        "batteryDn": dn,
        "status": "RUNNING",
    }
    return Answer(
        body={
            "failCode": 0,
            "success": True,
            "message": "The battery dispatch task is delivered successfully.",
            "data": data,
        }
    )


def battery_dispatch_info(control: Control) -> Callable[[Call], Answer]:
    """Return the endpoint for battery-dispatch/task-info, whose data is flat."""

    def endpoint(call: Call) -> Answer:
        task = found_task(control, Kind.DISPATCH, call)
        if isinstance(task, Answer):
            return task
        part = task.parts[0]
        return Answer(
            body={
                "failCode": 0,
                "success": True,
                "message": "The battery dispatch task status queried successfully.",
                "data": {
                    "plantCode": part.plant.code,
                    "status": part.status(call.now),
                    "message": part.message(call.now),
                    **part.shown,
                },
            }
        )

    return endpoint
