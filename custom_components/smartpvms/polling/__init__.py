"""The one clock of an entry: it makes the polls that the planner plans."""

from .clock import PollingClock
from .feeds import (
    ALARMS,
    BATTERY_MODES,
    DEVICE_LIST,
    FEED_IN_LIMITS,
    PLANT_LIST,
    PLANT_READINGS,
    device_feed,
)
from .planning import async_forget_polling
from .standing import Standing, awaited

__all__ = [
    "ALARMS",
    "BATTERY_MODES",
    "DEVICE_LIST",
    "FEED_IN_LIMITS",
    "PLANT_LIST",
    "PLANT_READINGS",
    "PollingClock",
    "Standing",
    "async_forget_polling",
    "awaited",
    "device_feed",
]
