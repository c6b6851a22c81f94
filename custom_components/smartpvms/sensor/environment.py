"""Sensors of environment monitors (EMI, type 10)."""

from typing import Final

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import DEGREE, UnitOfIrradiance, UnitOfSpeed

from .description import SmartPVMSSensorEntityDescription, temperature


def irradiance(
    key: str, translation_key: str | None = None, *, optional: bool = False
) -> SmartPVMSSensorEntityDescription:
    """Describe an irradiance in W/m²."""
    return SmartPVMSSensorEntityDescription(
        key=key,
        translation_key=translation_key,
        device_class=SensorDeviceClass.IRRADIANCE,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfIrradiance.WATTS_PER_SQUARE_METER,
        suggested_display_precision=0,
        optional=optional,
    )


def daily_irradiation(
    key: str, translation_key: str, *, optional: bool = False
) -> SmartPVMSSensorEntityDescription:
    """Describe the irradiation of the day in MJ/m²; 3.6 MJ are a kWh."""
    return SmartPVMSSensorEntityDescription(
        key=key,
        translation_key=translation_key,
        state_class=SensorStateClass.TOTAL_INCREASING,
        native_unit_of_measurement="MJ/m²",
        suggested_display_precision=2,
        optional=optional,
    )


ENVIRONMENT_SENSORS: Final[tuple[SmartPVMSSensorEntityDescription, ...]] = (
    temperature("temperature", "ambient_temperature"),
    temperature("pv_temperature", "module_temperature"),
    SmartPVMSSensorEntityDescription(
        key="wind_speed",
        device_class=SensorDeviceClass.WIND_SPEED,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfSpeed.METERS_PER_SECOND,
        suggested_display_precision=1,
    ),
    SmartPVMSSensorEntityDescription(
        key="wind_direction",
        device_class=SensorDeviceClass.WIND_DIRECTION,
        state_class=SensorStateClass.MEASUREMENT_ANGLE,
        native_unit_of_measurement=DEGREE,
        suggested_display_precision=0,
    ),
    irradiance("radiant_line"),
    daily_irradiation("radiant_total", "daily_irradiation"),
    # filled by servers of the year 2022, void since
    irradiance("horiz_radiant_line", "horizontal_irradiance", optional=True),
    daily_irradiation(
        "horiz_radiant_total", "daily_horizontal_irradiation", optional=True
    ),
)
