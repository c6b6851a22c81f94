"""Active alarms."""

from collections.abc import Callable

from ..alarms import LANGUAGES, Alarm, Alarms
from ..answers import Answer, success
from ..clock import milliseconds
from ..plants.plant import Device
from ..types import Json
from .call import Call
from .parameters import (
    BATCH,
    LANGUAGE_INVALID,
    LANGUAGE_MISSING,
    LISTS_MISSING,
    START_AFTER_END_OLD,
    TIME_INVALID,
    TOO_MANY_DEVICES,
    RefusedError,
    id_list,
    integer,
    optional_filter,
    plants_of,
)

_ACTIVE = 1
LONGEST_WINDOW = 7 * 86_400_000
"""Milliseconds; of a longer window the oldest part is answered."""
_PARAMETERS = (
    "stationCodes",
    "sns",
    "beginTime",
    "endTime",
    "language",
    "levels",
    "devTypes",
)


def alarm_list(alarms: Alarms) -> Callable[[Call], Answer]:
    """Return the endpoint for /thirdData/getAlarmList."""

    def endpoint(call: Call) -> Answer:
        devices = set(_devices(call))
        begin, end = integer(call, "beginTime"), integer(call, "endTime")
        if begin is None or end is None or begin < 0 or end < 0:
            raise RefusedError(TIME_INVALID)
        if begin > end:
            raise RefusedError(START_AFTER_END_OLD)
        language = call.parameters.get("language")
        if not language:
            raise RefusedError(LANGUAGE_MISSING)
        if not isinstance(language, str) or language not in LANGUAGES:
            raise RefusedError(LANGUAGE_INVALID)
        levels = optional_filter(call, "levels")
        types = optional_filter(call, "devTypes")
        # Windows that are too long are cut without a word.
        end = min(end, begin + LONGEST_WINDOW)
        rows: list[Json] = [
            _row(alarm, language)
            for alarm in alarms.active
            if alarm.device in devices
            and begin <= milliseconds(alarm.raised) <= end
            and (levels is None or alarm.severity in levels)
            and (types is None or alarm.device.type_id in types)
        ]
        echo = {name: call.parameters.get(name, "") for name in _PARAMETERS}
        return success(rows, echo | {"currentTime": milliseconds(call.now)})

    return endpoint


def _devices(call: Call) -> list[Device]:
    """Return the devices of the plants, or of the serial numbers if no plant is named."""
    if id_list(call, "stationCodes"):
        return [device for plant in plants_of(call) for device in plant.devices]
    serials = id_list(call, "sns")
    if not serials:
        raise RefusedError(LISTS_MISSING)
    if len(serials) > BATCH:
        raise RefusedError(TOO_MANY_DEVICES)
    return [device for device in call.devices if device.serial in serials]


def _row(alarm: Alarm, language: str) -> Json:
    text = alarm.text(language)
    return {
        "alarmCause": text.cause,
        "alarmId": alarm.kind.number,
        "alarmName": text.name,
        "alarmType": alarm.kind.category,
        "causeId": alarm.kind.cause_id,
        "devName": alarm.device.name,
        "devTypeId": alarm.device.type_id,
        "esnCode": alarm.device.serial,
        "lev": alarm.severity,
        "raiseTime": milliseconds(alarm.raised),
        "repairSuggestion": text.repair,
        "stationCode": alarm.device.plant.code,
        "stationName": alarm.device.plant.name,
        "status": _ACTIVE,
    }
