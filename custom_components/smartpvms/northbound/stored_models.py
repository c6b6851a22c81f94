"""Plants, devices and readings as JSON, and back; what is damaged is read as None."""

from datetime import datetime

from .json_types import JsonObject, JsonValue
from .models import BatteryPack, Device, Plant, Reading
from .parsing import integer, members, moment_iso, number, objects, text


def plant_as_json(plant: Plant) -> JsonObject:
    """Return a plant as JSON."""
    return {
        "code": plant.code,
        "name": plant.name,
        "address": plant.address,
        "longitude": plant.longitude,
        "latitude": plant.latitude,
        "capacity": plant.capacity,
        "grid_connection": _iso(plant.grid_connection),
    }


def plant_from_json(stored: JsonValue) -> Plant | None:
    """Read what `plant_as_json` wrote."""
    row = members(stored)
    code, name = text(row.get("code")), text(row.get("name"))
    if code is None or name is None:
        return None
    return Plant(
        code=code,
        name=name,
        address=text(row.get("address")),
        longitude=number(row.get("longitude")),
        latitude=number(row.get("latitude")),
        capacity=number(row.get("capacity")),
        grid_connection=moment_iso(row.get("grid_connection")),
    )


def device_as_json(device: Device) -> JsonObject:
    """Return a device as JSON."""
    return {
        "id": device.id,
        "type_id": device.type_id,
        "plant_code": device.plant_code,
        "name": device.name,
        "dn": device.dn,
        "serial": device.serial,
        "model": device.model,
        "software_version": device.software_version,
        "optimizer_count": device.optimizer_count,
        "kept_key": device.kept_key,
    }


def device_from_json(stored: JsonValue) -> Device | None:
    """Read what `device_as_json` wrote."""
    row = members(stored)
    device_id, type_id = integer(row.get("id")), integer(row.get("type_id"))
    plant_code, name = text(row.get("plant_code")), text(row.get("name"))
    if device_id is None or type_id is None or plant_code is None or name is None:
        return None
    return Device(
        id=device_id,
        type_id=type_id,
        plant_code=plant_code,
        name=name,
        dn=text(row.get("dn")),
        serial=text(row.get("serial")),
        model=text(row.get("model")),
        software_version=text(row.get("software_version")),
        optimizer_count=integer(row.get("optimizer_count")),
        kept_key=text(row.get("kept_key")),
    )


def reading_as_json(reading: Reading) -> JsonObject:
    """Return a reading as JSON: its values, what else was reported, and its packs.

    A key that is not ASCII is none of the documents', and may be text that no file holds.
    """
    values = {key: value for key, value in reading.values.items() if key.isascii()}
    empty = sorted(reading.reported - reading.values.keys())
    stored: JsonObject = {
        "values": dict(values),
        "empty": [key for key in empty if key.isascii()],
    }
    if reading.battery_packs:
        stored["packs"] = [
            {"serial": pack.serial, "unit": pack.unit, "health": pack.health}
            for pack in reading.battery_packs
        ]
    return stored


def reading_from_json(stored: JsonValue) -> Reading | None:
    """Read what `reading_as_json` wrote."""
    row = members(stored)
    if not isinstance(row.get("values"), dict):
        return None
    numbers = {key: number(value) for key, value in members(row["values"]).items()}
    values = {key: value for key, value in numbers.items() if value is not None}
    return Reading(
        values=values,
        reported=frozenset(values) | frozenset(texts(row.get("empty"))),
        battery_packs=tuple(
            pack
            for pack in map(_pack_from_json, objects(row.get("packs")))
            if pack is not None
        ),
    )


def texts(stored: JsonValue) -> list[str]:
    """Return the texts of a list, without what else is in it."""
    if not isinstance(stored, list):
        return []
    return [item for item in stored if isinstance(item, str)]


def _pack_from_json(row: JsonObject) -> BatteryPack | None:
    serial, unit = text(row.get("serial")), integer(row.get("unit"))
    if serial is None or unit is None:
        return None
    return BatteryPack(serial=serial, unit=unit, health=number(row.get("health")))


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
