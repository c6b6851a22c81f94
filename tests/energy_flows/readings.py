"""Plants made of a few values, and cycles of their readings."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from custom_components.smartpvms.energy_flows import Cycle, Unit
from custom_components.smartpvms.northbound.models import BatteryPack, Device, Reading

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 6, 10, 12, 1, tzinfo=BERLIN).astimezone(UTC)
PLANT = "NE=1"


def unit(
    type_id: int,
    values: Mapping[str, float] | None = None,
    *,
    key: str = "",
    packs: tuple[BatteryPack, ...] = (),
) -> Unit:
    """Return a device with a reading of these values, None for one left out."""
    key = key or f"SN{type_id}"
    device = Device(
        id=hash(key) % 10_000,
        type_id=type_id,
        plant_code=PLANT,
        name=key,
        serial=key,
    )
    if values is None:
        return Unit(device=device, reading=None)
    reading = Reading(values=values, reported=frozenset(values), battery_packs=packs)
    return Unit(device=device, reading=reading)


def cycle(
    *units: Unit, plant: Mapping[str, float] | None = None, **details: Any
) -> Cycle:
    """Return a cycle at noon; `details` are fields of `Cycle`."""
    reading = None if plant is None else Reading(values=plant)
    defaults = {"plant_code": PLANT, "now": NOON, "zone": BERLIN, "capacity": 10.0}
    return Cycle(reading=reading, units=units, **{**defaults, **details})
