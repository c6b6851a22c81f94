"""Sensors of a plant (getStationRealKpi)."""

from typing import Final

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass

from .description import (
    SmartPVMSSensorEntityDescription,
    daily_energy,
    status,
    total_energy,
)
from .enums import PLANT_HEALTH

PLANT_SENSORS: Final[tuple[SmartPVMSSensorEntityDescription, ...]] = (
    daily_energy("day_power", "daily_yield"),
    total_energy("month_power", "monthly_yield"),
    # Counted by the cloud since the plant was registered, not by the inverters.
    total_energy("total_power", "total_yield"),
    daily_energy("day_on_grid_energy", "daily_feed_in_energy", optional=True),
    daily_energy("day_use_energy", "daily_consumption", optional=True),
    SmartPVMSSensorEntityDescription(
        key="day_income",
        translation_key="daily_revenue",
        device_class=SensorDeviceClass.MONETARY,
        state_class=SensorStateClass.TOTAL,
        suggested_display_precision=2,
        in_plant_currency=True,
        reset_daily=True,
    ),
    SmartPVMSSensorEntityDescription(
        key="total_income",
        translation_key="total_revenue",
        device_class=SensorDeviceClass.MONETARY,
        state_class=SensorStateClass.TOTAL,
        suggested_display_precision=2,
        in_plant_currency=True,
    ),
    status("real_health_state", "plant_health", PLANT_HEALTH),
)
