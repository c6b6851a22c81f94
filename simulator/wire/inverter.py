"""Real-time keys of inverters (1, 38) and of an all-in-one's inverter (23093)."""

from datetime import datetime

from ..clock import milliseconds
from ..plants.definitions import DeviceType
from ..plants.state import InverterState
from ..types import Json

_STRINGS = {
    DeviceType.STRING_INVERTER: 36,
    DeviceType.RESIDENTIAL_INVERTER: 8,
    DeviceType.ALL_IN_ONE: 3,
}
_TRACKERS = {
    DeviceType.STRING_INVERTER: 10,
    DeviceType.RESIDENTIAL_INVERTER: 4,
    DeviceType.ALL_IN_ONE: 3,
}
_GRID_CONNECTED = 512.0
_POWER_LIMITED = 513.0
_NO_IRRADIATION = 40960.0


def inverter_items(state: InverterState, type_id: int) -> dict[str, Json]:
    """Return the dataItemMap of an inverter: kW, kVar, kWh, V, A, Hz, °C, %."""
    kind = DeviceType(type_id)
    items: dict[str, Json] = {
        "run_state": 1,
        "inverter_state": _state(state),
        "active_power": round(state.ac_power / 1000, 3),
        "reactive_power": round(state.reactive_power / 1000, 3) + 0.0,
        "mppt_power": round(state.pv_power / 1000, 3),
        "power_factor": round(state.power_factor, 3),
        "efficiency": round(state.efficiency, 2),
        "temperature": round(state.temperature, 1),
        "elec_freq": round(state.frequency, 2),
        "day_cap": round(state.yield_today, 2),
        "total_cap": round(state.yield_total, 2),
        "open_time": _time(state.started),
        "close_time": "N/A" if state.stopped is None else milliseconds(state.stopped),
    }
    for phase, voltage, current in zip(
        "abc", state.phase_voltages, state.phase_currents, strict=True
    ):
        items[f"{phase}_u"] = round(voltage, 1)
        items[f"{phase}_i"] = round(current, 3)
    for line, voltage in zip(("ab", "bc", "ca"), state.line_voltages, strict=True):
        items[f"{line}_u"] = round(voltage, 1)
    for number in range(1, _STRINGS[kind] + 1):
        connected = number <= len(state.string_voltages)
        items[f"pv{number}_u"] = (
            round(state.string_voltages[number - 1], 1) if connected else 0.0
        )
        items[f"pv{number}_i"] = (
            round(state.string_currents[number - 1], 2) if connected else 0.0
        )
    for number in range(1, _TRACKERS[kind] + 1):
        connected = number <= len(state.mppt_energies)
        energy = state.mppt_energies[number - 1] if connected else 0.0
        items[f"mppt_{number}_cap"] = round(energy, 2)
    if kind is DeviceType.STRING_INVERTER:
        items["mppt_total_cap"] = round(sum(state.mppt_energies), 2)
    return items


def _state(state: InverterState) -> float:
    if not state.awake:
        return _NO_IRRADIATION
    return _POWER_LIMITED if state.limited else _GRID_CONNECTED


def _time(instant: datetime | None) -> Json:
    return None if instant is None else milliseconds(instant)
