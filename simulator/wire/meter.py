"""Real-time keys of grid meters (17) and power sensors (47)."""

from ..plants.definitions import DeviceType
from ..plants.state import MeterState
from ..types import Json

_TARIFFS = ("peak", "power", "valley", "top")
_TARIFF_REGISTERS = tuple(
    f"{direction}_{kind}_{tariff}"
    for direction in ("reverse", "positive")
    for kind in ("active", "reactive")
    for tariff in _TARIFFS
)
_DEPRECATED = {
    DeviceType.GRID_METER: (
        "reactive_power_a",
        "reactive_power_b",
        "reactive_power_c",
        "grid_frequency",
        *_TARIFF_REGISTERS,
    ),
    DeviceType.POWER_SENSOR: (
        "forward_reactive_cap",
        "reverse_reactive_cap",
        "reactive_power_a",
        "reactive_power_b",
        "reactive_power_c",
        "total_apparent_power",
        *_TARIFF_REGISTERS,
    ),
}


def meter_items(state: MeterState, type_id: int) -> dict[str, Json]:
    """Return the dataItemMap of a meter: W with + for export, var, kWh, V, A."""
    kind = DeviceType(type_id)
    items: dict[str, Json] = dict.fromkeys(_DEPRECATED[kind])
    items |= {
        "run_state": 1,
        "active_power": float(round(-state.power)),
        "reactive_power": float(round(-state.reactive_power)),
        "power_factor": round(-state.power_factor, 3),
        "active_cap": round(state.export_total, 2),
        "reverse_active_cap": round(state.import_total, 2),
    }
    for phase, power in zip("abc", state.phase_powers, strict=True):
        items[f"active_power_{phase}"] = float(round(-power))
    for line, voltage in zip(("ab", "bc", "ca"), state.line_voltages, strict=True):
        items[f"{line}_u"] = round(voltage, 1)
    residential = kind is DeviceType.POWER_SENSOR
    names_u = ("meter_u", "b_u", "c_u") if residential else ("a_u", "b_u", "c_u")
    names_i = ("meter_i", "b_i", "c_i") if residential else ("a_i", "b_i", "c_i")
    for name, voltage in zip(names_u, state.phase_voltages, strict=True):
        items[name] = round(voltage, 1)
    for name, current in zip(names_i, state.phase_currents, strict=True):
        items[name] = round(current, 2)
    if residential:
        items["meter_status"] = 1.0
        items["grid_frequency"] = round(state.frequency, 2)
    else:
        items["forward_reactive_cap"] = round(state.reactive_export_total, 2)
        items["reverse_reactive_cap"] = round(state.reactive_import_total, 2)
        items["total_apparent_power"] = round(state.apparent_power / 1000, 3)
    return items
