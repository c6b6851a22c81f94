"""Keys of the devices of off-grid power supplies (600xx)."""

from collections.abc import Mapping
from dataclasses import dataclass

from ..plants.definitions import DeviceType
from ..types import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """How a quantity is written: divided, and with so many decimals."""

    quantity: str
    divisor: float = 1
    decimals: int = 2


def _code(quantity: str) -> Key:
    return Key(quantity=quantity, decimals=0)


def _electric(quantity: str) -> Key:
    """Volts, amperes, percent and hours, with one decimal."""
    return Key(quantity=quantity, decimals=1)


def _kilo(quantity: str) -> Key:
    """Watts written as kW, volt-amperes as kVA."""
    return Key(quantity=quantity, divisor=1000, decimals=3)


def _charging(quantity: str) -> Key:
    """W of discharging written as kW with + for charging, as batteries (39) do."""
    return Key(quantity=quantity, divisor=-1000, decimals=3)


_REAL_TIME: Mapping[int, Mapping[str, Key]] = {
    DeviceType.MAINS: {
        "mains_state": _code("mains_present"),
        "ac_voltage": _electric("ac_voltage"),
        "ac_current": _electric("ac_current"),
        "active_power": _kilo("ac_power"),
        "ac_frequency": Key(quantity="frequency"),
        "grid_quality_grade": _code("grid_quality_class"),
        "total_energy_consumption": Key(quantity="consumption_total"),
        "supply_duration_per_total": _electric("supply_hours_total"),
    },
    DeviceType.GENSET: {
        "running_state": _code("running_state"),
        "output_power": _kilo("ac_power"),
        "load_rate": _electric("load_share"),
    },
    DeviceType.AC_DISTRIBUTION: {
        "ac_voltage": _electric("ac_voltage"),
        "ac_current": _electric("ac_current"),
        "ac_frequency": Key(quantity="frequency"),
        "active_power": _kilo("ac_power"),
    },
    DeviceType.BATTERY_RACK: {
        "battery_state": _code("battery_state"),
        "soc": _electric("soc"),
        "charge_discharge_power": _charging("battery_power"),
        "total_discharge": Key(quantity="discharged_total"),
        "voltage": _electric("voltage"),
        "current": _electric("current"),
        "remaining_backup_time": _electric("backup_hours_left"),
        "total_discharge_times": _code("discharge_cycles_total"),
        "total_capacity": Key(quantity="rated_capacity"),
    },
    DeviceType.SOLAR_GROUP: {
        "total_output_current": _electric("dc_current"),
        "total_output_power": _kilo("dc_power"),
    },
    DeviceType.SOLAR_UNIT: {
        "input_voltage": _electric("input_voltage"),
        "output_voltage": _electric("output_voltage"),
        "output_current": _electric("output_current"),
        "on_off_state": _code("switched_off"),
    },
    DeviceType.POWER_CONVERTER: {
        "total_runtime": _electric("running_hours_total"),
        "pv_input_voltage": _electric("pv_voltage"),
        "pv_input_current": _electric("pv_current"),
        "pv_input_power": _kilo("pv_power"),
        "inverter_voltage": _electric("inverter_voltage"),
        "inverter_frequency": Key(quantity="inverter_frequency"),
        "ac_output_voltage": _electric("ac_voltage"),
        "ac_output_current": _electric("ac_current"),
        "ac_output_frequency": Key(quantity="frequency"),
        "ac_output_apparent_power": _kilo("apparent_power"),
    },
}
_HISTORY: Mapping[int, Mapping[str, Key]] = {
    DeviceType.MAINS: {
        key: _REAL_TIME[DeviceType.MAINS][key]
        for key in (
            "mains_state",
            "ac_voltage",
            "ac_current",
            "active_power",
            "ac_frequency",
        )
    },
    DeviceType.GENSET: {
        key: _REAL_TIME[DeviceType.GENSET][key]
        for key in ("load_rate", "running_state")
    },
    DeviceType.AC_DISTRIBUTION: {
        "ac_frequency": Key(quantity="frequency"),
        "total_load_active_power": _kilo("ac_power"),
    },
    DeviceType.BATTERY_RACK: {
        "soc": _electric("soc"),
        "voltage": _electric("voltage"),
        "average_temperature": _electric("temperature"),
    },
    DeviceType.SOLAR_GROUP: {
        "total_output_current": _electric("dc_current"),
        "total_output_energy": Key(quantity="dc_energy_total"),
    },
}


def power_m_items(
    quantities: Mapping[str, float], type_id: int, *, history: bool = False
) -> dict[str, Json]:
    """Return the dataItemMap: kW, kVA, kWh, V, A, Hz, °C, % and hours.

    There is no run_state. Types without a history have no keys there.
    """
    table = _HISTORY if history else _REAL_TIME
    return {
        key: round(quantities[form.quantity] / form.divisor, form.decimals)
        for key, form in table.get(type_id, {}).items()
    }
