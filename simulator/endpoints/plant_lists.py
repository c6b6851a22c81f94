"""The plant list and the device list."""

from math import ceil
from datetime import datetime

from ..answers import Answer, failure, success
from ..plants.plant import Device, Plant
from ..types import Json
from .call import Call
from .parameters import Refused, plants_of

_PAGE = 100


def stations(call: Call) -> Answer:
    """Answer /thirdData/stations, 100 plants a page."""
    page = call.parameters.get("pageNo")
    if not isinstance(page, int):
        return failure(30004)
    rows = [_station(plant) for plant in call.plants]
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


def device_list(call: Call) -> Answer:
    """Answer /thirdData/getDevList."""
    try:
        plants = plants_of(call)
    except Refused as refused:
        return failure(refused.code, call.echo())
    rows: list[Json] = [_device(device) for plant in plants for device in plant.devices]
    return success(rows, call.echo())


def _device(device: Device) -> Json:
    definition = device.definition
    inverter = device.type_id in (1, 38)
    plant = device.plant.definition
    return {
        "id": device.id,
        "devDn": device.dn,
        "devName": device.name,
        "stationCode": device.plant.code,
        "esnCode": device.serial,
        "devTypeId": device.type_id,
        "model": definition.model,
        "softwareVersion": definition.software,
        "optimizerNumber": 0 if inverter else None,
        "invType": definition.model if inverter else None,
        "longitude": plant.longitude,
        "latitude": plant.latitude,
    }
