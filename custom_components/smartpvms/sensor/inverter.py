"""Sensors of inverters: string inverters (type 1) and residential ones (type 38)."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import (
    EntityCategory,
    UnitOfRatio,
)

from ..northbound.parsing import moment_ms
from .description import (
    SmartPVMSSensorEntityDescription,
    current,
    daily_energy,
    frequency,
    line_voltages,
    phase_currents,
    phase_voltages,
    power,
    power_factor,
    reactive_power,
    status,
    temperature,
    total_energy,
    voltage,
)
from .enums import INVERTER_STATE

# since 25.1.0; 24 strings in 2022, 28 in 24.x
STRING_INVERTER_STRINGS: Final = 36
STRING_INVERTER_MPPTS: Final = 10
RESIDENTIAL_INVERTER_STRINGS: Final = 8
RESIDENTIAL_INVERTER_MPPTS: Final = 4


def moment(key: str, translation_key: str) -> SmartPVMSSensorEntityDescription:
    """Describe an instant, which the cloud tells in milliseconds; 0 where there is none."""
    return SmartPVMSSensorEntityDescription(
        key=key,
        translation_key=translation_key,
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        convert=moment_ms,
        missing_at_zero=True,
    )


def inputs(strings: int, mppts: int) -> Iterator[SmartPVMSSensorEntityDescription]:
    """Describe the PV strings and MPPT trackers; unused ones are reported as 0."""
    for number in range(1, strings + 1):
        placeholders = {"number": str(number)}
        for each in (
            voltage(f"pv{number}_u", "string_voltage", placeholders, optional=True),
            current(f"pv{number}_i", "string_current", placeholders, optional=True),
        ):
            yield replace(each, of_pv_input=True)
    for number in range(1, mppts + 1):
        yield replace(
            total_energy(f"mppt_{number}_cap", "mppt_energy", optional=True),
            translation_placeholders={"number": str(number)},
            entity_registry_enabled_default=False,
            unused_at_zero=True,
            of_pv_input=True,
        )


INVERTER_SENSORS: Final[tuple[SmartPVMSSensorEntityDescription, ...]] = (
    status("inverter_state", "inverter_state", INVERTER_STATE),
    power("active_power", "active_power", told_in_kilowatts=True),
    power("mppt_power", "input_power", told_in_kilowatts=True),
    daily_energy("day_cap", "daily_yield"),
    total_energy("total_cap", "total_yield"),
    SmartPVMSSensorEntityDescription(
        key="efficiency",
        translation_key="efficiency",
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        suggested_display_precision=1,
    ),
    temperature(
        "temperature", "internal_temperature", category=EntityCategory.DIAGNOSTIC
    ),
    moment("open_time", "startup_time"),
    moment("close_time", "shutdown_time"),
    reactive_power(told_in_kilovars=True),
    power_factor(),
    frequency("elec_freq", "grid_frequency"),
    *line_voltages(),
    *phase_voltages("a_u", "b_u", "c_u"),
    *phase_currents("a_i", "b_i", "c_i"),
)

STRING_INVERTER_SENSORS: Final = (
    *INVERTER_SENSORS,
    replace(
        total_energy("mppt_total_cap", "input_energy", optional=True),
        entity_registry_enabled_default=False,
    ),
    *inputs(STRING_INVERTER_STRINGS, STRING_INVERTER_MPPTS),
)

RESIDENTIAL_INVERTER_SENSORS: Final = (
    *INVERTER_SENSORS,
    *inputs(RESIDENTIAL_INVERTER_STRINGS, RESIDENTIAL_INVERTER_MPPTS),
)
