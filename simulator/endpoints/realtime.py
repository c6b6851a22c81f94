"""Real-time values of plants and devices."""

from ..answers import Answer, failure, success
from ..plants.plant import Device
from ..types import Json
from ..wire.realtime import device_items, plant_items
from .call import Call
from .parameters import Refused, id_list, plants_of

_BATCH = 100
SERVED_TYPES = frozenset({1, 10, 17, 38, 39, 41, 47, 23070, 23093})
_DONGLE = 62


def plant_real_time(call: Call) -> Answer:
    """Answer /thirdData/getStationRealKpi with the published sample of each plant."""
    try:
        plants = plants_of(call)
    except Refused as refused:
        return failure(refused.code, call.echo())
    rows: list[Json] = [
        {
            "stationCode": plant.code,
            "dataItemMap": plant_items(plant.state(plant.published(None, call.now))),
        }
        for plant in plants
    ]
    return success(rows, call.echo())


def device_real_time(call: Call) -> Answer:
    """Answer /thirdData/getDevRealKpi with the published sample of each device."""
    try:
        devices = devices_of(call)
    except Refused as refused:
        return failure(refused.code, call.echo())
    rows: list[Json] = [
        {
            "devId": device.id,
            "dataItemMap": device_items(
                device, device.plant.published(device.type_id, call.now)
            ),
            "sn": device.serial,
        }
        for device in devices
    ]
    return success(rows, call.echo())


def type_of(call: Call) -> int:
    """Return the devTypeId of a call. Raises Refused with 20008."""
    value = call.parameters.get("devTypeId")
    if isinstance(value, str) and value.isdigit():
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise Refused(20008)


def devices_of(call: Call) -> list[Device]:
    """Return the devices asked for by `devIds` or `sns`.

    Unknown ids are left out. Raises Refused with 20005, 20006, 20008, 20013
    or 20017.
    """
    ids = id_list(call.parameters.get("devIds"))
    serials = id_list(call.parameters.get("sns"))
    if not ids and not serials:
        raise Refused(20005)
    if len(ids or serials) > _BATCH:
        raise Refused(20017)
    type_id = type_of(call)
    devices = [
        device
        for device in call.devices
        if (str(device.id) in ids if ids else device.serial in serials)
    ]
    if any(device.type_id != type_id for device in devices):
        raise Refused(20006)
    served = SERVED_TYPES
    if call.principal.access == "api_account":
        served = served | {_DONGLE}
    if type_id not in served:
        raise Refused(20013)
    return devices
