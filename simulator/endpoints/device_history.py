"""Five-minute histories of devices."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from ..answers import Answer, success
from ..clock import milliseconds
from ..plants.plant import Device
from ..plants.publication import BEAT
from ..types import Json
from ..wire.realtime import history_items
from .call import Call
from .parameters import (
    DEVICES_MISSING,
    HISTORY_TOO_LONG,
    ONE_DEVICE_ONE_DAY,
    START_AFTER_END,
    START_AFTER_END_OLD,
    TIME_INVALID,
    TIME_NEGATIVE,
    TOO_MANY_HISTORY_DEVICES,
    TYPE_MISMATCH,
    TYPE_NOT_SERVED,
    MalformedError,
    RefusedError,
    collect_time,
    devices_of,
    id_list,
    instant,
    integer,
    type_of,
)

_OLD_TYPES = frozenset({1, 10, 17, 38, 39, 41, 47, 23070})
_TYPES = _OLD_TYPES | {63, 60001, 60003, 60010, 60014, 60043, 23093}
_LONGEST = timedelta(hours=24)
_OLD_LONGEST = timedelta(days=3)
_OLD_MOST_DEVICES = 10


def device_history(call: Call) -> Answer:
    """Answer device/history: one device, at most 24 hours; there is no `params`."""
    try:
        device, start, end = _one_device(call)
    except MalformedError:
        raise
    except RefusedError as refused:
        return Answer(
            body={
                "success": False,
                "failCode": refused.code,
                "message": refused.message,
            }
        )
    rows: list[Json] = []
    if device is not None:
        rows = [
            {
                "devDn": device.dn,
                "collectTime": milliseconds(sample),
                "dataItems": history_items(device, sample),
            }
            for sample in samples(device, start, end, call.now)
        ]
    return Answer(
        body={
            "failCode": 0,
            "success": True,
            "message": "historical data information query successful.",
            "data": rows,
        }
    )


def _one_device(call: Call) -> tuple[Device | None, datetime, datetime]:
    names = id_list(call, "devDn")
    if not names:
        raise RefusedError(DEVICES_MISSING)
    type_id = type_of(call)
    start, end = integer(call, "startTime"), integer(call, "endTime")
    if start is None or end is None:
        raise RefusedError(TIME_INVALID)
    if start < 0 or end < 0:
        raise RefusedError(TIME_NEGATIVE, "The time cannot be a negative number.")
    if start > end:
        raise RefusedError(
            START_AFTER_END, "The start time is greater than the end time."
        )
    if len(names) > 1 or instant(end) - instant(start) > _LONGEST:
        text = "Only the data of one device within 24 hours can be queried."
        raise RefusedError(ONE_DEVICE_ONE_DAY, text)
    if type_id not in _TYPES:
        raise RefusedError(TYPE_NOT_SERVED)
    found = [device for device in call.devices if device.dn == names[0]]
    if any(device.type_id != type_id for device in found):
        raise RefusedError(TYPE_MISMATCH)
    return found[0] if found else None, instant(start), instant(end)


def old_device_history(call: Call) -> Answer:
    """Answer /thirdData/getDevHistoryKpi: at most 10 devices and 3 days."""
    devices = devices_of(
        call, _OLD_TYPES, most=_OLD_MOST_DEVICES, too_many=TOO_MANY_HISTORY_DEVICES
    )
    start, end = integer(call, "startTime"), integer(call, "endTime")
    if start is None or end is None:
        raise RefusedError(HISTORY_TOO_LONG)
    if start > end:
        raise RefusedError(START_AFTER_END_OLD)
    first, last = instant(start), instant(end)
    if last - first > _OLD_LONGEST:
        raise RefusedError(HISTORY_TOO_LONG)
    rows: list[Json] = [
        {"sn": device.serial, **_row(device, sample)}
        for device in devices
        for sample in samples(device, first, last, call.now)
    ]
    return success(rows, call.echo())


def five_minutes(call: Call) -> Answer:
    """Answer /thirdData/getDevFiveMinutes: the plant-local day of collectTime."""
    devices = devices_of(call, _OLD_TYPES)
    wanted = collect_time(call)
    rows: list[Json] = []
    for device in devices:
        history = device.plant.history
        day = history.local_date(wanted)
        first = history.midnight(day)
        last = history.midnight(day + timedelta(days=1)) - timedelta(seconds=1)
        rows += [
            _row(device, sample) for sample in samples(device, first, last, call.now)
        ]
    return success(rows, call.echo())


def _row(device: Device, sample: datetime) -> dict[str, Json]:
    return {
        "devId": device.id,
        "collectTime": milliseconds(sample),
        "dataItemMap": history_items(device, sample),
    }


def samples(
    device: Device, first: datetime, last: datetime, now: datetime
) -> Iterator[datetime]:
    """Yield the published samples of a device from `first` to `last`, both included."""
    first = max(first, device.plant.history.first_instant)
    last = min(last, device.plant.published(device.type_id, now))
    beyond = -first.timestamp() % BEAT
    sample = first + timedelta(seconds=beyond)
    while sample <= last:
        yield sample
        sample += timedelta(seconds=BEAT)
