"""Sensors of inverters with a battery built in (PV+ESS all-in-one, type 23093)."""

from typing import Final

from .battery import DAILY_ENERGIES, POWER_LIMITS, capacity, state_of_charge
from .description import SmartPVMSSensorEntityDescription, part_of_flow, status, voltage
from .enums import ALL_IN_ONE_BATTERY_STATUS, WORKING_MODE
from .inverter import INVERTER_SENSORS, inputs

ALL_IN_ONE_STRINGS: Final = 3
ALL_IN_ONE_MPPTS: Final = 3

ALL_IN_ONE_SENSORS: Final[tuple[SmartPVMSSensorEntityDescription, ...]] = (
    *INVERTER_SENSORS,
    *inputs(ALL_IN_ONE_STRINGS, ALL_IN_ONE_MPPTS),
    status("battery_status", "all_in_one_battery_status", ALL_IN_ONE_BATTERY_STATUS),
    status("ch_discharge_model", "working_mode", WORKING_MODE),
    state_of_charge("battery_soc"),
    # no document says which sign is charging
    part_of_flow("ch_discharge_power", "charge_discharge_power"),
    *POWER_LIMITS,
    *DAILY_ENERGIES,
    capacity("rated_capacity", "rated_capacity"),
    voltage("busbar_u", "battery_voltage"),
)
