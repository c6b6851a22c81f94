"""Sensors of a plant's energy flows, which are worked out from all its devices.

Powers are in W, grid + is import and battery + is discharge; energies in kWh.
"""

from dataclasses import replace
from typing import Final

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import UnitOfEnergy, UnitOfRatio

from .battery import state_of_charge
from .description import SmartPVMSSensorEntityDescription, power, total_energy


def flow_power(key: str) -> SmartPVMSSensorEntityDescription:
    """Describe a power in W."""
    return replace(power(key, key), optional=True)


def flow_energy(key: str) -> SmartPVMSSensorEntityDescription:
    """Describe an energy in kWh that never falls."""
    return total_energy(key, key, optional=True)


def storage(key: str) -> SmartPVMSSensorEntityDescription:
    """Describe what batteries hold, in kWh."""
    return SmartPVMSSensorEntityDescription(
        key=key,
        translation_key=key,
        device_class=SensorDeviceClass.ENERGY_STORAGE,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        suggested_display_precision=1,
        optional=True,
    )


def share(key: str) -> SmartPVMSSensorEntityDescription:
    """Describe a share of today's energy in percent."""
    return SmartPVMSSensorEntityDescription(
        key=key,
        translation_key=key,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        suggested_display_precision=0,
        optional=True,
    )


FLOW_SENSORS: Final[tuple[SmartPVMSSensorEntityDescription, ...]] = (
    flow_power("pv_power"),
    flow_power("grid_power"),
    flow_power("battery_power"),
    flow_power("home_consumption_power"),
    replace(
        state_of_charge("battery_state_of_charge"),
        translation_key="battery_state_of_charge",
        optional=True,
    ),
    storage("stored_energy"),
    storage("usable_capacity"),
    flow_energy("solar_energy"),
    flow_energy("grid_import_energy"),
    flow_energy("grid_export_energy"),
    flow_energy("battery_charged_energy"),
    flow_energy("battery_discharged_energy"),
    flow_energy("home_consumption_energy"),
    share("self_sufficiency"),
    share("self_consumption"),
)
"""Each is created once it is known, and stays absent where it cannot be."""
