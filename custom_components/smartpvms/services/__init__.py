"""The actions: reading alarms and reports, filling the Energy dashboard, control."""

from homeassistant.core import HomeAssistant, callback

from .readings import async_setup_reading


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions; they exist whether or not an entry is loaded."""
    async_setup_reading(hass)
