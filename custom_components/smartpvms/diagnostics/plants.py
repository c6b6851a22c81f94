"""Plants and devices as they are known now, without what names them or their place."""

from collections.abc import Iterable

from ..coordinator import SmartPVMSConfigEntry
from ..detail import detail_of
from ..northbound.device_types import device_type_name
from ..northbound.json_types import JsonObject, JsonValue
from ..northbound.models import Alarm, Device, Plant, Reading
from .aliases import Aliases


def plants_section(entry: SmartPVMSConfigEntry, aliases: Aliases) -> list[JsonValue]:
    """Return the chosen plants, each with its devices."""
    return [
        plant_section(entry, aliases, code)
        for code in sorted(entry.runtime_data.plants.data)
    ]


def plant_section(
    entry: SmartPVMSConfigEntry, aliases: Aliases, plant_code: str
) -> JsonObject:
    """Return a plant with its devices."""
    data = entry.runtime_data
    plant = data.plants.data[plant_code]
    freshness = data.freshness.of(plant_code)
    flows = data.energy.flows(plant_code)
    changed = freshness.last_change
    return {
        "plant": aliases.of(plant_code),
        "detail": detail_of(entry.options, plant_code).value,
        **_facts(plant),
        "time_zone": str(data.energy.zone(plant_code)),
        "refused": _refused(entry, plant_code),
        "last_change": None if changed is None else changed.isoformat(),
        "is_stale": freshness.is_stale,
        **_told(data.plant_readings.data.get(plant_code)),
        "flows": None if flows is None else dict(flows.values),
        "meters": _meters(entry, aliases, plant_code),
        "alarms": _alarms(data.alarms.known(plant_code)),
        "devices": [
            device_section(entry, aliases, device)
            for device in sorted(
                data.devices.data.values(), key=lambda each: (each.type_id, each.key)
            )
            if device.plant_code == plant_code
        ],
    }


def device_section(
    entry: SmartPVMSConfigEntry, aliases: Aliases, device: Device
) -> JsonObject:
    """Return a device with its last reading, in the cloud's units."""
    coordinator = entry.runtime_data.device_readings.get(device.type_id)
    reading = None if coordinator is None else coordinator.data.get(device.id)
    read_at = None if coordinator is None else coordinator.read_at(device.id)
    return {
        "device": aliases.of(device.key),
        "plant": aliases.of(device.plant_code),
        "type_id": device.type_id,
        "type": device_type_name(device.type_id),
        "model": device.model,
        "software_version": device.software_version,
        "optimizers": device.optimizer_count,
        "known_by": _known_by(device),
        "refused": _refused(entry, str(device.id)),
        "read_at": None if read_at is None else read_at.isoformat(),
        **_told(reading),
    }


def _facts(plant: Plant) -> JsonObject:
    """Return what the plant list says, as far as it tells nothing of the place."""
    connected = plant.grid_connection
    offset = None if connected is None else connected.utcoffset()
    return {
        "capacity": plant.capacity,
        "has_coordinates": plant.latitude is not None and plant.longitude is not None,
        "utc_offset": None if offset is None else offset.total_seconds() / 3600,
    }


def _told(reading: Reading | None) -> JsonObject:
    """Return a reading: the values, and the keys that came without a number."""
    if reading is None:
        return {"values": None, "without_number": None, "packs": []}
    return {
        "values": dict(sorted(reading.values.items())),
        "without_number": list[JsonValue](
            sorted(reading.reported - reading.values.keys())
        ),
        "packs": [
            {"unit": pack.unit, "health": pack.health} for pack in reading.battery_packs
        ],
    }


def _known_by(device: Device) -> str:
    """Return which of its names stays the same for a device."""
    names = {"serial": device.serial, "dn": device.dn, "id": str(device.id)}
    return next((kind for kind, name in names.items() if name == device.key), "former")


def _refused(entry: SmartPVMSConfigEntry, subject: str) -> str | None:
    failure = entry.runtime_data.client.refused.get(subject)
    return None if failure is None else failure.key.value


def _meters(
    entry: SmartPVMSConfigEntry, aliases: Aliases, plant_code: str
) -> list[JsonValue]:
    """Return what the measuring points seem to measure, and how sure that is."""
    return [
        {
            "point": aliases.replaced(proposal.point),
            "role": proposal.assignment.role.value,
            "direction": proposal.assignment.direction.value,
            "confidence": proposal.confidence.value,
            "reason": proposal.reason.value,
        }
        for proposal in entry.runtime_data.energy.proposals(plant_code)
    ]


def _alarms(alarms: Iterable[Alarm]) -> list[JsonValue]:
    """Return the kinds of the active alarms; their texts are the cloud's."""
    return [
        {
            "kind": alarm.kind,
            "severity": alarm.severity,
            "category": alarm.category,
            "cause": alarm.cause_id,
            "raised": alarm.raised.isoformat(),
            "type_id": alarm.device_type_id,
        }
        for alarm in alarms
    ]
