"""The plant lists, new and old, and the device list."""

from datetime import datetime
from math import ceil

from ..answers import Answer, success
from ..clock import milliseconds
from ..plants.definitions import Inverter
from ..plants.plant import Device, Plant
from ..types import Json
from .call import Call
from .parameters import (
    PAGE_MISSING,
    PAGE_NEGATIVE,
    PAGE_SIZE_INVALID,
    PAGE_SIZE_MISSING,
    START_AFTER_END,
    START_IN_FUTURE,
    TIME_NEGATIVE,
    MalformedError,
    RefusedError,
    integer,
    plants_of,
)

_PAGE = 100
_OLD_PAGE_SIZES = frozenset({10, 20, 30, 50, 100})
_GRID_CONNECTED = "2"
_RESIDENTIAL, _COMMERCIAL = "3", "2"
_COMMERCIAL_CAPACITY = 30
_KILOWATTS_A_MEGAWATT = 1000


def stations(call: Call) -> Answer:
    """Answer /thirdData/stations, 100 plants a page; there is no `params`."""
    try:
        page = _page(call)
        rows: list[Json] = [
            _station(plant) for plant in _connected_between(call, call.plants)
        ]
    except MalformedError:
        raise
    except RefusedError as refused:
        return Answer(
            body={
                "success": False,
                "data": None,
                "failCode": refused.code,
                "message": refused.message,
            }
        )
    return Answer(
        body={
            "success": True,
            "data": {
                "list": rows[(page - 1) * _PAGE : page * _PAGE],
                "pageCount": ceil(len(rows) / _PAGE),
                "pageNo": page,
                "pageSize": _PAGE,
                "total": len(rows),
            },
            "failCode": 0,
            "message": "get plant list success",
        }
    )


def _page(call: Call) -> int:
    page = integer(call, "pageNo")
    if page is None:
        raise RefusedError(PAGE_MISSING)
    if page < 0:
        raise RefusedError(PAGE_NEGATIVE)
    if page == 0:
        raise MalformedError("pageNo", "pageNo must be greater than or equal to 1")
    return page


def _connected_between(call: Call, plants: list[Plant]) -> list[Plant]:
    start = integer(call, "gridConnectedStartTime")
    end = integer(call, "gridConnectedEndTime")
    if (start or 0) < 0 or (end or 0) < 0:
        raise RefusedError(TIME_NEGATIVE, "The time cannot be a negative number.")
    now = milliseconds(call.now)
    if start is not None and end is None and start >= now:
        raise RefusedError(
            START_IN_FUTURE, "The start time is later than the current time."
        )
    if start is not None and end is not None and start >= end:
        raise RefusedError(
            START_AFTER_END, "The start time is greater than the end time."
        )
    if start is None and end is None:
        return plants
    first, last = start or 0, now if end is None else end
    return [
        plant
        for plant in plants
        if first <= milliseconds(connection_date(plant)) <= last
    ]


def _station(plant: Plant) -> Json:
    definition = plant.definition
    return {
        "plantCode": plant.code,
        "plantName": plant.name,
        "plantAddress": definition.address,
        "longitude": definition.longitude,
        "latitude": definition.latitude,
        "capacity": definition.capacity,
        "contactPerson": "",
        "contactMethod": "",
        "gridConnectionDate": connection_date(plant).isoformat(),
    }


def connection_date(plant: Plant) -> datetime:
    """Return the grid connection with the plant's offset."""
    day = plant.history.connected
    return datetime(day.year, day.month, day.day, 10, 12, 30, tzinfo=plant.zone)


def old_station_list(call: Call) -> Answer:
    """Answer /thirdData/getStationList: all plants, or a page if one is asked for."""
    rows: list[Json] = [_old_station(plant) for plant in call.plants]
    page = integer(call, "pageNo")
    if page is None:
        return success(rows, call.echo())
    size = integer(call, "pageSize")
    if size is None:
        raise RefusedError(PAGE_SIZE_MISSING)
    if size not in _OLD_PAGE_SIZES:
        raise RefusedError(PAGE_SIZE_INVALID)
    page = _page(call)
    data: Json = {
        "total": len(rows),
        "pageNo": page,
        "pageCount": ceil(len(rows) / size),
        "list": rows[(page - 1) * size : page * size],
    }
    return success(data, call.echo())


def _old_station(plant: Plant) -> Json:
    definition = plant.definition
    commercial = definition.capacity >= _COMMERCIAL_CAPACITY
    return {
        "stationCode": plant.code,
        "stationName": plant.name,
        "stationAddr": definition.address,
        "capacity": round(definition.capacity / _KILOWATTS_A_MEGAWATT, 6),
        "buildState": _GRID_CONNECTED,
        "combineType": _COMMERCIAL if commercial else _RESIDENTIAL,
        "aidType": 1,
        "stationLinkman": "",
        "linkmanPho": "",
    }


def device_list(call: Call) -> Answer:
    """Answer /thirdData/getDevList."""
    rows: list[Json] = [
        _device(device) for plant in plants_of(call) for device in plant.devices
    ]
    return success(rows, call.echo())


def _device(device: Device) -> Json:
    definition = device.definition
    plant = device.plant.definition
    inverter = isinstance(definition, Inverter)
    return {
        "id": device.id,
        "devDn": device.dn,
        "devName": device.name,
        "stationCode": device.plant.code,
        "esnCode": device.serial,
        "devTypeId": device.type_id,
        "model": definition.model,
        "softwareVersion": definition.software,
        "optimizerNumber": (
            definition.optimizers if isinstance(definition, Inverter) else None
        ),
        "invType": definition.model if inverter else None,
        "longitude": plant.longitude,
        "latitude": plant.latitude,
    }
