"""Real-time keys of energy managers (23070)."""

from ..plants.state import MeterState
from ..types import Json


def emma_items(state: MeterState, external_ct: MeterState) -> dict[str, Json]:
    """Return the dataItemMap of an EMMA: kW, kVar, kWh, V, A.

    Its counters are named the other way round than a meter's: positive energy
    is import. No source knows the sign of the power; here it is + for import.
    """
    items: dict[str, Json] = {"run_state": 1}
    for line, voltage in zip(("ab", "bc", "ca"), state.line_voltages, strict=True):
        items[f"{line}_u"] = round(voltage, 1)
    return items | _metering("", state) | _metering("ex_", external_ct)


def _metering(prefix: str, state: MeterState) -> dict[str, Json]:
    items: dict[str, Json] = {
        "active_power": round(state.power / 1000, 3),
        "reactive_power": round(state.reactive_power / 1000, 3),
        "power_factor": round(state.power_factor, 3),
        "active_cap": round(state.import_total, 2),
        "reverse_active_cap": round(state.export_total, 2),
    }
    for phase, power, voltage, current in zip(
        "abc",
        state.phase_powers,
        state.phase_voltages,
        state.phase_currents,
        strict=True,
    ):
        items[f"active_power_{phase}"] = round(power / 1000, 3)
        items[f"{phase}_u"] = round(voltage, 1)
        items[f"{phase}_i"] = round(current, 2)
    return {f"{prefix}{key}": value for key, value in items.items()}
