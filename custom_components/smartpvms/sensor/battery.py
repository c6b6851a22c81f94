"""Sensors of batteries (type 39) and of the packs they are made of."""

from typing import Final

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import (
    EntityCategory,
    UnitOfEnergy,
    UnitOfRatio,
)

from .description import (
    SmartPVMSSensorEntityDescription,
    daily_energy,
    power,
    status,
    total_energy,
    voltage,
)
from .enums import BATTERY_STATUS, WORKING_MODE

BATTERY_SENSORS: Final[tuple[SmartPVMSSensorEntityDescription, ...]] = (
    status("battery_status", "battery_status", BATTERY_STATUS),
    status("ch_discharge_model", "working_mode", WORKING_MODE),
    SmartPVMSSensorEntityDescription(
        key="battery_soc",
        translation_key="state_of_charge",
        device_class=SensorDeviceClass.BATTERY,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        suggested_display_precision=0,
    ),
    # Only batteries of LG report a value, others 0; see the packs.
    SmartPVMSSensorEntityDescription(
        key="battery_soh",
        translation_key="state_of_health",
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        suggested_display_precision=0,
        entity_category=EntityCategory.DIAGNOSTIC,
        optional=True,
        missing_at_zero=True,
    ),
    power("ch_discharge_power", "charge_power"),
    power(
        "max_charge_power",
        "maximum_charge_power",
        category=EntityCategory.DIAGNOSTIC,
    ),
    power(
        "max_discharge_power",
        "maximum_discharge_power",
        category=EntityCategory.DIAGNOSTIC,
    ),
    daily_energy("charge_cap", "daily_charged_energy"),
    daily_energy("discharge_cap", "daily_discharged_energy"),
    # since 26.1.0
    total_energy("total_charged_energy", "total_charged_energy", optional=True),
    total_energy("total_discharged_energy", "total_discharged_energy", optional=True),
    # since 24.7.0
    SmartPVMSSensorEntityDescription(
        key="rated_capacity",
        translation_key="rated_capacity",
        device_class=SensorDeviceClass.ENERGY_STORAGE,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        suggested_display_precision=1,
        entity_category=EntityCategory.DIAGNOSTIC,
        optional=True,
    ),
    voltage("busbar_u"),
)

BATTERY_PACK_HEALTH: Final = SmartPVMSSensorEntityDescription(
    key="soh",
    translation_key="state_of_health",
    state_class=SensorStateClass.MEASUREMENT,
    native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
    suggested_display_precision=0,
    entity_category=EntityCategory.DIAGNOSTIC,
)
"""State of health of a pack (battery_unit_info, since 25.3.0)."""
