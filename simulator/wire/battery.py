"""Real-time keys of batteries (39), ESS (41) and an all-in-one's battery (23093)."""

from ..plants.definitions import Battery
from ..plants.settings import Regime
from ..plants.state import BatteryState
from ..types import Json

_STANDBY = 1.0
_RUNNING = 2.0
_FORCED = 1.0
_MODELS = {
    "maximumSelfConsumption": 4.0,
    "fullyFidToGrid": 5.0,
    "TOU": 6.0,
    "thirdPartyDispatch": 12.0,
    "other": 0.0,
}


def battery_items(state: BatteryState, battery: Battery) -> dict[str, Json]:
    """Return the dataItemMap of a battery: W with + for charging, kWh, V, %."""
    return _common(state, battery) | {
        "run_state": 1,
        "battery_soh": 0.0,
        "total_charged_energy": round(state.charged_total, 2),
        "total_discharged_energy": round(state.discharged_total, 2),
        "battery_unit_info": {
            f"unit{number}": [_pack(serial, battery) for serial in serials]
            for number, serials in enumerate(battery.packs, 1)
        },
    }


def ess_items(state: BatteryState, battery: Battery) -> dict[str, Json]:
    """Return the dataItemMap of an ESS: W with + for discharging, kWh, %.

    The sign is that of the only field report; no document tells it.
    """
    return {
        "run_state": 1,
        "ch_discharge_power": float(round(-state.power)) + 0.0,
        "battery_soc": round(state.soc, 1),
        "battery_soh": round(battery.pack_health, 1),
        "charge_cap": round(state.charged_today, 2),
        "discharge_cap": round(state.discharged_today, 2),
    }


def built_in_battery_items(state: BatteryState, battery: Battery) -> dict[str, Json]:
    """Return what an all-in-one adds to an inverter's keys; signs as a battery's."""
    packs = [serial for serials in battery.packs for serial in serials]
    return _common(state, battery) | {
        "battery_info": [_pack(serial, battery) for serial in packs]
    }


def _common(state: BatteryState, battery: Battery) -> dict[str, Json]:
    return {
        "battery_status": _status(state.regime),
        "ch_discharge_model": _model(state.regime),
        "ch_discharge_power": float(round(state.power)),
        "max_charge_power": battery.max_charge * 1000,
        "max_discharge_power": battery.max_discharge * 1000,
        "busbar_u": round(state.voltage, 1),
        "battery_soc": round(state.soc, 1),
        "charge_cap": round(state.charged_today, 2),
        "discharge_cap": round(state.discharged_today, 2),
        "rated_capacity": battery.capacity,
    }


def _status(regime: Regime) -> float:
    waits = regime.settings.operation_mode == "thirdPartyDispatch" and (
        regime.forced is None and not regime.dispatch_power
    )
    return _STANDBY if waits else _RUNNING


def _model(regime: Regime) -> float:
    if regime.forced is not None:
        return _FORCED
    return _MODELS[regime.settings.operation_mode]


def _pack(serial: str, battery: Battery) -> Json:
    return {"sn": serial, "soh": f"{battery.pack_health:.1f}%"}
