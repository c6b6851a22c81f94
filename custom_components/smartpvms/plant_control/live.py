"""The last readings of a plant's batteries and inverters, as evidence."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from ..const import INVERTER_TYPES
from ..control import Live
from ..coordinator import SmartPVMSConfigEntry
from .abilities import BATTERY_TYPES

_BATTERY: Final = 39
_LIMITED: Final = 513


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What was read of a device."""

    type_id: int
    read_at: float
    values: Mapping[str, float]


def live_of(entry: SmartPVMSConfigEntry, plant_code: str) -> Live | None:
    """Return what was read last of a plant, None where nothing was.

    The readings of several batteries count as one where they agree. Of an all-in-one no
    document says which sign of its power is charging.
    """
    batteries = list(_readings(entry, plant_code, BATTERY_TYPES))
    inverters = list(_readings(entry, plant_code, INVERTER_TYPES))
    read = [found.read_at for found in batteries or inverters]
    if not read:
        return None
    values = [found.values for found in batteries]
    own = [found.values for found in batteries if found.type_id == _BATTERY]
    models = {found.get("ch_discharge_model") for found in values}
    model = models.pop() if len(models) == 1 else None
    states = [
        found.values["inverter_state"]
        for found in inverters
        if "inverter_state" in found.values
    ]
    charges = [found.get("battery_soc") for found in values]
    known = [charge for charge in charges if charge is not None]
    return Live(
        read_at=min(read),
        model=None if model is None else round(model),
        charging_power=_sum(own, "ch_discharge_power"),
        soc=sum(known) / len(known) if known and len(known) == len(charges) else None,
        charged=_counter(values, "total_charged_energy", "charge_cap"),
        discharged=_counter(values, "total_discharged_energy", "discharge_cap"),
        is_limited=_LIMITED in states if states else None,
    )


def _readings(
    entry: SmartPVMSConfigEntry, plant_code: str, types: Iterable[int]
) -> Iterable[_Found]:
    data = entry.runtime_data
    for type_id in types:
        coordinator = data.device_readings.get(type_id)
        if coordinator is None:
            continue
        for device_id in data.devices.read(type_id):
            if data.devices.data[device_id].plant_code != plant_code:
                continue
            reading = coordinator.data.get(device_id)
            read_at = coordinator.read_at(device_id)
            if reading is not None and read_at is not None:
                yield _Found(
                    type_id=type_id,
                    read_at=read_at.timestamp(),
                    values=reading.values,
                )


def _sum(readings: list[Mapping[str, float]], name: str) -> float | None:
    values = [found.get(name) for found in readings]
    known = [value for value in values if value is not None]
    return sum(known) if known and len(known) == len(values) else None


def _counter(readings: list[Mapping[str, float]], total: str, day: str) -> float | None:
    """Return the lifetime counter, else that of the day."""
    found = _sum(readings, total)
    return _sum(readings, day) if found is None else found
