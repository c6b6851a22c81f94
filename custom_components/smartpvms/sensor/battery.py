"""Sensors of batteries (type 39), their packs, and ESS of businesses (type 41)."""

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
    part_of_flow,
    power,
    status,
    total_energy,
    voltage,
)
from .enums import BATTERY_STATUS, WORKING_MODE


def state_of_charge(key: str) -> SmartPVMSSensorEntityDescription:
    """Describe the state of charge in percent."""
    return SmartPVMSSensorEntityDescription(
        key=key,
        translation_key="state_of_charge",
        device_class=SensorDeviceClass.BATTERY,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        suggested_display_precision=0,
    )


def capacity(
    key: str, translation_key: str, *, optional: bool = False
) -> SmartPVMSSensorEntityDescription:
    """Describe how much a battery holds, in kWh."""
    return SmartPVMSSensorEntityDescription(
        key=key,
        translation_key=translation_key,
        device_class=SensorDeviceClass.ENERGY_STORAGE,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        suggested_display_precision=1,
        entity_category=EntityCategory.DIAGNOSTIC,
        optional=optional,
    )


# Only batteries of LG report a value, others 0 (see the packs); void for type 41.
STATE_OF_HEALTH: Final = SmartPVMSSensorEntityDescription(
    key="battery_soh",
    translation_key="state_of_health",
    state_class=SensorStateClass.MEASUREMENT,
    native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
    suggested_display_precision=0,
    entity_category=EntityCategory.DIAGNOSTIC,
    optional=True,
    missing_at_zero=True,
)

POWER_LIMITS: Final = (
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
)

DAILY_ENERGIES: Final = (
    daily_energy("charge_cap", "daily_charged_energy"),
    daily_energy("discharge_cap", "daily_discharged_energy"),
)

BATTERY_SENSORS: Final[tuple[SmartPVMSSensorEntityDescription, ...]] = (
    status("battery_status", "battery_status", BATTERY_STATUS),
    status("ch_discharge_model", "working_mode", WORKING_MODE),
    state_of_charge("battery_soc"),
    STATE_OF_HEALTH,
    part_of_flow("ch_discharge_power", "charge_power"),
    *POWER_LIMITS,
    *DAILY_ENERGIES,
    # since 26.1.0
    total_energy("total_charged_energy", "total_charged_energy", optional=True),
    total_energy("total_discharged_energy", "total_discharged_energy", optional=True),
    # since 24.7.0
    capacity("rated_capacity", "rated_capacity", optional=True),
    voltage("busbar_u"),
)

ESS_SENSORS: Final[tuple[SmartPVMSSensorEntityDescription, ...]] = (
    state_of_charge("battery_soc"),
    STATE_OF_HEALTH,
    # Which sign is charging is not documented, and unlike type 39 on the one system
    # of which it is known.
    part_of_flow("ch_discharge_power", "charge_discharge_power"),
    *DAILY_ENERGIES,
)

BATTERY_PACK_HEALTH: Final = SmartPVMSSensorEntityDescription(
    key="soh",
    translation_key="state_of_health",
    state_class=SensorStateClass.MEASUREMENT,
    native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
    suggested_display_precision=0,
    entity_category=EntityCategory.DIAGNOSTIC,
)
"""State of health of a pack (battery_unit_info, since 25.3.0; battery_info, 26.2.0)."""
