"""Sensors of meters: grid meters (type 17) and power sensors (type 47).

Positive is what is fed in, for power and for energy, as measured on a plant whose
meter was read by the cloud and by Modbus at once.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from homeassistant.const import EntityCategory

from .description import (
    SmartPVMSSensorEntityDescription,
    apparent_power,
    frequency,
    line_voltages,
    part_of_flow,
    phase_currents,
    phase_power,
    phase_reactive_power,
    phase_voltages,
    power_factor,
    reactive_energy,
    reactive_power,
    status,
    total_energy,
)
from .enums import METER_STATUS

# `..._power` among the tariffs is the energy of the shoulder hours, not a power
TARIFFS: Final = {
    "peak": "peak",
    "power": "shoulder",
    "valley": "off_peak",
    "top": "sharp",
}


def tariff_registers() -> Iterator[SmartPVMSSensorEntityDescription]:
    """Describe the energy registers by tariff, which the cloud has long left empty."""
    for register, tariff in TARIFFS.items():
        for direction, energy in (("positive", "feed_in"), ("reverse", "grid_import")):
            yield replace(
                total_energy(f"{direction}_active_{register}", f"{energy}_{tariff}"),
                entity_registry_enabled_default=False,
                optional=True,
            )
            yield reactive_energy(
                f"{direction}_reactive_{register}",
                f"{direction}_reactive_energy_{tariff}",
                optional=True,
            )


METER_SENSORS: Final[tuple[SmartPVMSSensorEntityDescription, ...]] = (
    part_of_flow("active_power", "feed_in_power"),
    total_energy("active_cap", "feed_in_energy"),
    total_energy("reverse_active_cap", "grid_import_energy"),
    reactive_power(),
    power_factor(),
    *line_voltages(),
    *(
        phase_power(f"active_power_{phase}", "phase_feed_in_power", phase.upper())
        for phase in "abc"
    ),
    *(
        phase_reactive_power(f"reactive_power_{phase}", phase.upper())
        for phase in "abc"
    ),
    *tariff_registers(),
)

GRID_METER_SENSORS: Final = (
    *METER_SENSORS,
    *phase_voltages("a_u", "b_u", "c_u"),
    *phase_currents("a_i", "b_i", "c_i"),
    apparent_power("total_apparent_power"),
    frequency("grid_frequency", "grid_frequency", optional=True),
    reactive_energy("forward_reactive_cap", "positive_reactive_energy"),
    reactive_energy("reverse_reactive_cap", "reverse_reactive_energy"),
)

# its documents name the first phase otherwise than the others
POWER_SENSOR_SENSORS: Final = (
    *METER_SENSORS,
    status(
        "meter_status",
        "meter_status",
        METER_STATUS,
        category=EntityCategory.DIAGNOSTIC,
    ),
    *phase_voltages("meter_u", "b_u", "c_u"),
    *phase_currents("meter_i", "b_i", "c_i"),
    apparent_power("total_apparent_power", optional=True),
    frequency("grid_frequency", "grid_frequency"),
    reactive_energy("forward_reactive_cap", "positive_reactive_energy", optional=True),
    reactive_energy("reverse_reactive_cap", "reverse_reactive_energy", optional=True),
)
