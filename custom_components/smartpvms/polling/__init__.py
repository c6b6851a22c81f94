"""The one clock of an entry: it makes the polls that the planner plans."""

from .clock import PollingClock
from .feeds import (
    ALARMS,
    BATTERY_MODES,
    DEVICE_LIST,
    FEED_IN_LIMITS,
    HISTORY,
    PLANT_LIST,
    PLANT_READINGS,
    YIELDS,
    device_feed,
    type_of,
)
from .planning import async_forget_polling
from .shortage import async_follow_shortage
from .standing import Standing, awaited

__all__ = [
    "ALARMS",
    "BATTERY_MODES",
    "DEVICE_LIST",
    "FEED_IN_LIMITS",
    "HISTORY",
    "PLANT_LIST",
    "PLANT_READINGS",
    "YIELDS",
    "PollingClock",
    "Standing",
    "async_follow_shortage",
    "async_forget_polling",
    "awaited",
    "device_feed",
    "type_of",
]
