"""Real-time keys of batteries (39)."""

from ..plants.definitions import Battery
from ..plants.state import BatteryState
from ..types import Json

_RUNNING = 2.0
_AUTOMATIC = 4.0


def battery_items(state: BatteryState, battery: Battery) -> dict[str, Json]:
    """Return the dataItemMap of a battery: W with + for charging, kWh, V, %."""
    return {
        "run_state": 1,
        "battery_status": _RUNNING,
        "ch_discharge_model": _AUTOMATIC,
        "ch_discharge_power": float(round(state.power)),
        "max_charge_power": battery.max_charge * 1000,
        "max_discharge_power": battery.max_discharge * 1000,
        "busbar_u": round(state.voltage, 1),
        "battery_soc": round(state.soc, 1),
        "battery_soh": 0.0,
        "charge_cap": round(state.charged_today, 2),
        "discharge_cap": round(state.discharged_today, 2),
        "rated_capacity": battery.capacity,
        "total_charged_energy": round(state.charged_total, 2),
        "total_discharged_energy": round(state.discharged_total, 2),
        "battery_unit_info": {
            f"unit{number}": [
                {"sn": serial, "soh": f"{battery.pack_health:.1f}%"}
                for serial in serials
            ]
            for number, serials in enumerate(battery.packs, 1)
        },
    }
