"""Forced charging and discharging: the present form, the old one, and the status."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from math import copysign

from ...answers import Answer
from ...control.charging import RUNNING, ChargeTask, Signal
from ...control.control import Control
from ...control.networking import battery_obstacle
from ...control.tasks import Kind
from ...plants.plant import Plant
from ...types import Json
from ..call import Call
from ..configuration import refused
from ..parameters import id_list
from .delivery import NOTHING, PARTLY, client_of, timestamp
from .fields import Fields, RejectedError, number, required_text, task_list, whole

_STOP, _CHARGE, _DISCHARGE = 0, 1, 2
_LONGEST = 1440
_MOST_PLANTS = 100

_SWITCH_INVALID = 20040
_CONTROL_TYPE_MISSING = 20041
_TARGET_INVALID = 20042
_DURATION_INVALID = 20043
_REQUEST_MISSING = 20044
_NO_PERMISSION = 20045
_POWER_INVALID = 20047
_DUPLICATE_REQUEST = 20048
_REQUEST_UNKNOWN = 20050
_PLANTS_MISSING = 20010

_ILLEGAL_POWER = (
    "PowerDispatch is illegal. The value should be greater than 0 during forced charge "
    "(dispatchSwitch = 1) and smaller than 0 during forced discharge (dispatchSwitch "
    "= 2)."
)
_REPEATED = "The device is executing the same charge/discharge task."
_EMPTY = "Battery charge and discharge task list is empty."
_DELIVERED = "The battery charge/discharge task is delivered successfully."
_PARTLY_DELIVERED = (
    "The battery charge/discharge task is partially delivered successfully."
)
_NOT_DELIVERED = "Failed to deliver the battery charge/discharge task."


def charge_and_discharge(control: Control) -> Callable[[Call], Answer]:
    """Return the endpoint for charge-and-discharge/async-task, version 2."""

    def endpoint(call: Call) -> Answer:
        fields = task_list(call.parameters, _MOST_PLANTS, least=0)
        if not fields:
            return refused(NOTHING, _EMPTY)
        delivery = _Delivery(control, call, control.tasks.number())
        for task in fields:
            delivery.add(required_text(task, "plantCode"), task)
        return delivery.answer()

    return endpoint


def old_charge_and_discharge(control: Control) -> Callable[[Call], Answer]:
    """Return the endpoint for vpp/chargeAndDischarge: one order for all plants."""

    def endpoint(call: Call) -> Answer:
        request = whole(call.parameters, "requestID")
        if request is None:
            return refused(_REQUEST_MISSING, "The requestID is missing.")
        if request in control.charges:
            return refused(_DUPLICATE_REQUEST, "The requestID is repeated.")
        codes = id_list(call, "plantCodes")
        if not codes:
            return refused(_PLANTS_MISSING, "The plantCodes are missing.")
        if not set(codes) <= {plant.code for plant in call.plants}:
            return refused(_NO_PERMISSION, "No resource permission.")
        try:
            _signal(call.parameters)
        except RejectedError as rejection:
            return refused(rejection.code or NOTHING, rejection.text)
        delivery = _Delivery(control, call, request)
        for code in codes:
            delivery.add(code, call.parameters)
        return delivery.answer()

    return endpoint


def _signal(task: Fields) -> Signal:
    """Return the signal. Raises RejectedError with the code of the old form."""
    switch = whole(task, "dispatchSwitch")
    if switch not in {_STOP, _CHARGE, _DISCHARGE}:
        text = "DispatchSwitch is illegal, valid value: 0 or 1 or 2"
        raise RejectedError(text, _SWITCH_INVALID)
    if switch == _STOP:
        return Signal(power=None)
    power = number(task, "powerDispatch")
    if power is None:
        power = float("inf") if switch == _CHARGE else -float("inf")
    if (power > 0) is not (switch == _CHARGE) or not power:
        raise RejectedError(_ILLEGAL_POWER, _POWER_INVALID)
    match whole(task, "controlType"):
        case 1:
            return Signal(power=power, target=_target(task))
        case 2:
            return Signal(power=power, duration=_duration(task))
        case _:
            text = "ControlType is illegal, valid value: 1 or 2"
            raise RejectedError(text, _CONTROL_TYPE_MISSING)


def _clamped(signal: Signal, plant: Plant) -> Signal:
    """Return a signal with a power that the battery can have."""
    battery = plant.definition.battery
    if signal.power is None or battery is None:
        return signal
    most = battery.max_charge if signal.power > 0 else battery.max_discharge
    power = copysign(min(abs(signal.power), most * 1000), signal.power)
    return replace(signal, power=power)


def _target(task: Fields) -> float:
    target = number(task, "targetSOC")
    if target is None or not 0 <= target <= 100:
        text = "TargetSOC is illegal, valid value: 0 to 100"
        raise RejectedError(text, _TARGET_INVALID)
    return target


def _duration(task: Fields) -> timedelta:
    minutes = whole(task, "dispatchTime")
    if minutes is None or not 0 <= minutes <= _LONGEST:
        text = "DispatchTime is illegal, valid value: 0 to 1440"
        raise RejectedError(text, _DURATION_INVALID)
    return timedelta(minutes=minutes)


class _Delivery:
    """A request with a row for each plant."""

    def __init__(self, control: Control, call: Call, request: int) -> None:
        self._control = control
        self._call = call
        self._request = request
        self._plants = {plant.code: plant for plant in call.plants}
        self._rows: list[Json] = []
        self._accepted = 0

    def add(self, code: str, fields: Fields) -> None:
        """Take a plant's order, or note why not."""
        row: dict[str, Json] = {
            "plantCode": code,
            "sn": None,
            "dispatchResult": 1,
            "subTaskId": None,
            "description": None,
        }
        try:
            task = self._accept(code, fields)
        except RejectedError as rejection:
            row["description"] = rejection.text
        else:
            self._accepted += 1
            row |= {"sn": task.serial, "dispatchResult": 0, "subTaskId": task.number}
        self._rows.append(row)

    def answer(self) -> Answer:
        """Return what became of all plants."""
        code, text = 0, _DELIVERED
        if not self._accepted:
            code, text = NOTHING, _NOT_DELIVERED
        elif self._accepted < len(self._rows):
            code, text = PARTLY, _PARTLY_DELIVERED
        return Answer(
            body={
                "data": {
                    "requestID": self._request if self._accepted else None,
                    "result": self._rows,
                },
                "failCode": code,
                "message": text,
                "success": bool(self._accepted),
            }
        )

    def _accept(self, code: str, fields: Fields) -> ChargeTask:
        plant = self._plants.get(code)
        if plant is None:
            raise RejectedError("No resource permission.")
        control, now = self._control, self._call.now
        signal = _signal(fields)
        obstacle = battery_obstacle(plant)
        if obstacle is not None:
            raise RejectedError(obstacle.text)
        signal = _clamped(signal, plant)
        reason = control.switches.rejection(Kind.CHARGE, plant)
        if reason is not None:
            raise RejectedError(reason)
        if signal.power is not None and control.charges.is_repeated(plant, signal, now):
            raise RejectedError(_REPEATED)
        task = ChargeTask(
            number=str(control.tasks.number()),
            plant=plant,
            serial=plant.definition.inverters[0].serial,
            signal=signal,
            ending=control.switches.ending(Kind.CHARGE, plant),
            accepted=now,
        )
        control.charges.add(self._request, client_of(self._call), task)
        return task


def charge_and_discharge_status(control: Control) -> Callable[[Call], Answer]:
    """Return the endpoint for vpp/chargeAndDischargeStatus."""

    def endpoint(call: Call) -> Answer:
        request = whole(call.parameters, "requestID")
        if request is None:
            return refused(_REQUEST_MISSING, "The requestID is missing.")
        tasks = control.charges.find(request, client_of(call))
        if not tasks:
            return refused(_REQUEST_UNKNOWN, "The task does not exist.")
        return Answer(
            body={
                "success": True,
                "failCode": 0,
                "message": None,
                "data": [_status(task, call.now) for task in tasks],
            }
        )

    return endpoint


def _status(task: ChargeTask, now: datetime) -> Json:
    status, power = task.status(now), task.signal.power
    over = status != RUNNING
    energy = round(task.energy(now), 3)
    charges = power is not None and power > 0
    return {
        "plantCode": task.plant.code,
        "sn": task.serial,
        "remoteID": task.number,
        "status": status,
        "chargedCapacity": energy if charges else None,
        "dischargedCapacity": energy if power is not None and not charges else None,
        "execStartTime": timestamp(task.accepted, task.plant),
        "execEndTime": timestamp(task.closed, task.plant) if over else None,
        "message": task.message if over else None,
    }
