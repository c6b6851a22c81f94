"""Sensors of the parts of a Power-M, which supplies places with a bad grid or none."""

from typing import Final

from homeassistant.components.sensor import SensorStateClass
from homeassistant.const import EntityCategory, UnitOfRatio

from .battery import capacity, state_of_charge
from .description import (
    SmartPVMSSensorEntityDescription,
    apparent_power,
    current,
    duration,
    frequency,
    power,
    status,
    total_energy,
    voltage,
)
from .enums import (
    BATTERY_RACK_STATE,
    GENSET_STATE,
    GRID_QUALITY,
    MAINS_STATE,
    SWITCH_STATE,
)

# type 60010
AC_DISTRIBUTION_SENSORS: Final[tuple[SmartPVMSSensorEntityDescription, ...]] = (
    power("active_power", "active_power", told_in_kilowatts=True),
    voltage("ac_voltage"),
    current("ac_current"),
    frequency("ac_frequency"),
)

# type 60001
MAINS_SENSORS: Final[tuple[SmartPVMSSensorEntityDescription, ...]] = (
    status("mains_state", "mains_state", MAINS_STATE),
    status("grid_quality_grade", "grid_quality", GRID_QUALITY),
    *AC_DISTRIBUTION_SENSORS,
    total_energy("total_energy_consumption", "total_consumption"),
    duration(
        "supply_duration_per_total",
        "total_supply_time",
        SensorStateClass.TOTAL_INCREASING,
    ),
)

# type 60003
GENSET_SENSORS: Final[tuple[SmartPVMSSensorEntityDescription, ...]] = (
    status("running_state", "genset_state", GENSET_STATE),
    power("output_power", "output_power", told_in_kilowatts=True),
    SmartPVMSSensorEntityDescription(
        key="load_rate",
        translation_key="load_rate",
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        suggested_display_precision=0,
    ),
)

# type 60014
BATTERY_RACK_SENSORS: Final[tuple[SmartPVMSSensorEntityDescription, ...]] = (
    status("battery_state", "battery_rack_state", BATTERY_RACK_STATE),
    state_of_charge("soc"),
    # no document says which sign is charging
    power("charge_discharge_power", "charge_discharge_power", told_in_kilowatts=True),
    total_energy("total_discharge", "total_discharged_energy"),
    capacity("total_capacity", "total_capacity"),
    duration(
        "remaining_backup_time", "remaining_backup_time", SensorStateClass.MEASUREMENT
    ),
    SmartPVMSSensorEntityDescription(
        key="total_discharge_times",
        translation_key="discharges",
        state_class=SensorStateClass.TOTAL_INCREASING,
        suggested_display_precision=0,
        entity_category=EntityCategory.DIAGNOSTIC,
    ),
    voltage("voltage"),
    current("current"),
)

# type 60043
SSU_GROUP_SENSORS: Final[tuple[SmartPVMSSensorEntityDescription, ...]] = (
    power("total_output_power", "output_power", told_in_kilowatts=True),
    current("total_output_current", "output_current"),
)

# type 60044
SSU_SENSORS: Final[tuple[SmartPVMSSensorEntityDescription, ...]] = (
    status("on_off_state", "switch_state", SWITCH_STATE),
    voltage("input_voltage", "input_voltage"),
    voltage("output_voltage", "output_voltage"),
    current("output_current", "output_current"),
)

# type 60092
POWER_CONVERTER_SENSORS: Final[tuple[SmartPVMSSensorEntityDescription, ...]] = (
    power("pv_input_power", "input_power", told_in_kilowatts=True),
    voltage("pv_input_voltage", "input_voltage"),
    current("pv_input_current", "input_current"),
    voltage("inverter_voltage", "inverter_voltage"),
    frequency("inverter_frequency", "inverter_frequency"),
    apparent_power("ac_output_apparent_power"),
    voltage("ac_output_voltage", "output_voltage"),
    current("ac_output_current", "output_current"),
    frequency("ac_output_frequency", "output_frequency"),
    duration("total_runtime", "total_runtime", SensorStateClass.TOTAL_INCREASING),
)
