"""Modes and limits as feeds of the entry's clock."""

from homeassistant.core import HomeAssistant, callback

from ..coordinator import SmartPVMSConfigEntry
from ..northbound.control import Feature
from ..polling import BATTERY_MODES, FEED_IN_LIMITS
from .present import LimitCoordinator, ModeCoordinator


@callback
def async_follow_settings(hass: HomeAssistant, entry: SmartPVMSConfigEntry) -> None:
    """Have modes and limits read by the entry's clock."""
    data = entry.runtime_data
    if not data.control.is_allowed:
        return
    modes = ModeCoordinator(
        hass,
        entry,
        data.connection,
        data.control,
        name="battery modes",
        feature=Feature.READ_BATTERY_MODE,
    )
    data.clock.async_follow(BATTERY_MODES, modes)
    limits = LimitCoordinator(
        hass,
        entry,
        data.connection,
        data.control,
        name="feed-in limits",
        feature=Feature.READ_FEED_IN_LIMIT,
    )
    data.clock.async_follow(FEED_IN_LIMITS, limits)
