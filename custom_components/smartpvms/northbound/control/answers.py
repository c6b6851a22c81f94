"""From answers of the control interfaces to deliveries and tasks."""

from collections.abc import Mapping, Sequence
from datetime import datetime
import re
from typing import Final

from ..envelope import Answer
from ..errors import Failure, NorthboundError
from ..json_types import JsonObject, JsonValue
from ..models import BatteryParameters, FeedInLimit, FeedInLimitMode
from ..parsing import integer, members, moment_iso, number, objects, text
from ..readers import battery_mode_of, watts
from .reasons import Reason, reason_of_failure, reason_of_message
from .results import (
    Delivery,
    DeliveryState,
    InverterDelivery,
    PlantTask,
    Task,
    TaskKind,
    TaskReference,
    TaskState,
)

# no battery of a home holds it: the documents' samples are in Wh where the text says kWh
_LARGEST_ENERGY: Final = 1000.0

_BLAMED: Final = re.compile(r"plantCodes:\s*\[([^\]]*)\]")

_PARTIAL: Final = 1
_NONE: Final = 2
_BY_PLANT: Final = frozenset({_PARTIAL, _NONE})

_STATES: Final = {
    "RUNNING": TaskState.RUNNING,
    "SUCCESS": TaskState.SUCCEEDED,
    "FAIL": TaskState.FAILED,
}
_FEED_IN_MODES: Final = {0: FeedInLimitMode.NO_LIMIT, 6: FeedInLimitMode.LIMITED_POWER}
_SINGLE_PHASE: Final = {0: False, 1: True}


def deliveries_from(
    answer: Answer,
    kind: TaskKind,
    plant_codes: Sequence[str],
    *,
    chosen: TaskReference | None = None,
) -> tuple[Delivery, ...]:
    """Read what the cloud says of each of these plants, in their order.

    `chosen` is the task where its id was ours to choose.
    """
    data = members(answer.data)
    task_id = _identifier(data.get("taskId", data.get("requestID")))
    task = chosen if task_id is None else TaskReference(kind=kind, id=task_id)
    rows: dict[str, list[JsonObject]] = {}
    for row in objects(data.get("result")):
        rows.setdefault(text(row.get("plantCode")) or "", []).append(row)
    read = _read_charge if kind is TaskKind.FORCED_CHARGE else _read_setting
    return tuple(
        read(code, rows[code], task, answer)
        if code in rows and _is_told_by_plant(answer)
        else _without_row(code, task, answer)
        for code in plant_codes
    )


def _is_told_by_plant(answer: Answer) -> bool:
    """Return whether the rows are what counts: all, some or none were accepted."""
    return answer.failure is None or answer.failure.code in _BY_PLANT


def dispatch_from(answer: Answer, plant_code: str) -> Delivery:
    """Read the answer of battery-dispatch, which is flat."""
    data = members(answer.data)
    task_id = _identifier(data.get("taskId"))
    kind = TaskKind.BATTERY_DISPATCH
    task = None if task_id is None else TaskReference(kind=kind, id=task_id)
    if answer.failure is None:
        return _read_setting(plant_code, [data], task, answer)
    return _without_row(plant_code, task, answer)


def lost_delivery(
    plant_code: str, error: NorthboundError, task: TaskReference | None
) -> Delivery:
    """Return the delivery of a call that has left and has no usable answer."""
    return Delivery(
        plant_code=plant_code,
        state=DeliveryState.UNKNOWN,
        task=task,
        reason=Reason.NO_ANSWER,
        failure=error.failure,
    )


def unsent_delivery(plant_code: str, error: NorthboundError) -> Delivery:
    """Return the delivery of a call that was refused, or not made after another."""
    return Delivery(
        plant_code=plant_code,
        state=DeliveryState.REFUSED,
        reason=Reason.NOT_SENT,
        failure=error.failure,
    )


def _without_row(
    plant_code: str, task: TaskReference | None, answer: Answer
) -> Delivery:
    """Return the delivery to a plant that the answer does not name."""
    failure = answer.failure
    if failure is None:
        return Delivery(plant_code=plant_code, state=DeliveryState.ACCEPTED, task=task)
    if failure.code == _PARTIAL:
        return Delivery(
            plant_code=plant_code,
            state=DeliveryState.UNKNOWN,
            task=task,
            reason=Reason.NO_ANSWER,
            message=answer.message,
        )
    return _refused(plant_code, answer.message, failure)


def _refused(plant_code: str, message: str | None, failure: Failure | None) -> Delivery:
    reason = (
        reason_of_message(message)
        if failure is None
        else reason_of_failure(failure, message)
    )
    if reason is Reason.NO_PERMISSION and _names_others(message, plant_code):
        reason = Reason.OTHER_PLANT
    same = reason is Reason.SAME_VALUE
    return Delivery(
        plant_code=plant_code,
        state=DeliveryState.ALREADY if same else DeliveryState.REFUSED,
        reason=reason,
        message=message,
        failure=failure,
    )


def _names_others(message: str | None, plant_code: str) -> bool:
    """Return whether a message blames plants, and not this one, for a refused call."""
    named = _BLAMED.search(message or "")
    return named is not None and plant_code not in re.split(r"[,\s]+", named[1])


def _read_setting(
    plant_code: str,
    rows: list[JsonObject],
    task: TaskReference | None,
    answer: Answer,
) -> Delivery:
    """Read the row of a plant: RUNNING or FAIL; where it says neither, the code counts."""
    row = rows[-1]
    word = text(row.get("status"))
    if word == "FAIL":
        return _refused(plant_code, text(row.get("message")), None)
    if word in _STATES:
        return Delivery(plant_code=plant_code, state=DeliveryState.ACCEPTED, task=task)
    return _without_row(plant_code, task, answer)


def _read_charge(
    plant_code: str,
    rows: list[JsonObject],
    task: TaskReference | None,
    answer: Answer,
) -> Delivery:
    """Read the rows of a plant, one for each inverter or one for the refused plant."""
    inverters = tuple(
        InverterDelivery(
            serial=text(row.get("sn")),
            accepted=_is_accepted(row, answer),
            task_id=_identifier(row.get("subTaskId")),
            message=text(row.get("description")),
        )
        for row in rows
    )
    if any(inverter.accepted for inverter in inverters):
        return Delivery(
            plant_code=plant_code,
            state=DeliveryState.ACCEPTED,
            task=task,
            inverters=inverters,
        )
    messages = [inverter.message for inverter in inverters if inverter.message]
    refused = _refused(plant_code, messages[0] if messages else answer.message, None)
    return Delivery(
        plant_code=plant_code,
        state=refused.state,
        reason=refused.reason,
        message=refused.message,
        inverters=inverters,
    )


def _is_accepted(row: JsonObject, answer: Answer) -> bool:
    """Return what a row says, or the whole answer where the row says nothing."""
    result = integer(row.get("dispatchResult"))
    return answer.failure is None if result is None else result == 0


def task_from(data: JsonValue, reference: TaskReference) -> Task:
    """Read an answer about a task."""
    match reference.kind:
        case TaskKind.FORCED_CHARGE:
            # a list, or what the documents' table calls a map
            rows = objects(data) or objects([data])
            plants = [_charge_row(row) for row in rows]
        case TaskKind.BATTERY_DISPATCH:
            plants = [_setting_row(members(data), members(data), reference.kind)]
        case _:
            found = members(data)
            plants = [
                _setting_row(row, found, reference.kind)
                for row in objects(found.get("dispatchResult"))
            ]
    named = [row for row in plants if row is not None]
    return Task(reference=reference, plants=tuple(named))


def _setting_row(
    row: JsonObject, whole: Mapping[str, JsonValue], kind: TaskKind
) -> PlantTask | None:
    plant_code = text(row.get("plantCode"))
    if plant_code is None:
        return None
    state = _STATES.get(text(row.get("status")) or "", TaskState.UNKNOWN)
    message = text(row.get("message"))
    ends = state in (TaskState.SUCCEEDED, TaskState.FAILED)
    failed = state is TaskState.FAILED
    return PlantTask(
        plant_code=plant_code,
        state=state,
        reason=reason_of_message(message) if failed else None,
        message=message,
        started=_moment(whole, "startTime"),
        ended=_moment(whole, "endTime") if ends else None,
        battery_mode=(
            battery_mode_of(row, row, plant_code)
            if kind is TaskKind.BATTERY_MODE
            else None
        ),
        parameters=(
            _parameters(row, plant_code)
            if kind is TaskKind.BATTERY_PARAMETERS
            else None
        ),
        feed_in_limit=(
            _feed_in_limit(row, plant_code) if kind is TaskKind.FEED_IN_LIMIT else None
        ),
        charging_power=(
            number(row.get("dispatchPower"))
            if kind is TaskKind.BATTERY_DISPATCH
            else None
        ),
    )


def _parameters(row: JsonObject, plant_code: str) -> BatteryParameters:
    found = members(row.get("batteryConfigurationInfo"))
    return BatteryParameters(
        plant_code=plant_code,
        end_of_charge_soc=number(found.get("endOfChargeSoc")),
        end_of_discharge_soc=number(found.get("endOfDischargeSoc")),
        maximum_charge_power=number(found.get("maximumChargePower")),
        maximum_discharge_power=number(found.get("maximumDischargePower")),
    )


def _feed_in_limit(row: JsonObject, plant_code: str) -> FeedInLimit:
    mode = _FEED_IN_MODES.get(_index(row.get("controlMode")))
    details = members(row.get("controlInfo"))
    if mode is not FeedInLimitMode.LIMITED_POWER:
        details = {}
    return FeedInLimit(
        plant_code=plant_code,
        mode=mode or FeedInLimitMode.OTHER,
        power=watts(details.get("maxGridFeedInPower")),
        single_phase=_SINGLE_PHASE.get(_index(details.get("limitationMode"))),
        unknown_mode=text(row.get("controlMode")) if mode is None else None,
    )


def _index(value: JsonValue) -> int:
    """Return a number that may be spelled as text; -1 for none."""
    index = integer(value)
    return -1 if index is None else index


def _charge_row(row: JsonObject) -> PlantTask | None:
    """Read a row of chargeAndDischargeStatus, where done need not mean success."""
    plant_code = text(row.get("plantCode"))
    if plant_code is None:
        return None
    message = text(row.get("message"))
    reason = None
    match integer(row.get("status")):
        case 0 if message is None:
            state = TaskState.SUCCEEDED
        case 0:
            state, reason = TaskState.CLOSED, Reason.ENDED
        case 1:
            state = TaskState.RUNNING
        case 2:
            state = TaskState.FAILED
            reason = Reason.FAILURE if message is None else reason_of_message(message)
        case _:
            state = TaskState.UNKNOWN
    return PlantTask(
        plant_code=plant_code,
        state=state,
        reason=reason,
        message=message,
        started=_moment(row, "execStartTime", "startTime"),
        ended=_moment(row, "execEndTime", "endTime"),
        serial=text(row.get("sn")),
        sub_task_id=_identifier(row.get("remoteID")),
        charged_energy=_energy(row.get("chargedCapacity")),
        discharged_energy=_energy(row.get("dischargedCapacity")),
    )


def _energy(value: JsonValue) -> float | None:
    energy = number(value)
    return energy if energy is not None and 0 <= energy < _LARGEST_ENERGY else None


def _moment(row: Mapping[str, JsonValue], *names: str) -> datetime | None:
    """Return the first of these times that is there."""
    moments = (moment_iso(row.get(name)) for name in names)
    return next((moment for moment in moments if moment is not None), None)


def _identifier(value: JsonValue) -> str | None:
    """Return an id in text or digits; one that is not whole is none."""
    if isinstance(value, str):
        return text(value)
    whole = integer(value)
    return None if whole is None else str(whole)
