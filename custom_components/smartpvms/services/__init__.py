"""The actions: reading alarms and reports, filling the Energy dashboard, control."""

from homeassistant.core import HomeAssistant, callback

from .access import async_setup_access
from .control import async_setup_control
from .dashboard import async_setup_dashboard
from .history import async_setup_history
from .outliers import async_setup_outliers
from .plan import async_setup_plans
from .readings import async_setup_reading
from .settings import async_setup_settings


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions; they exist whether or not an entry is loaded."""
    async_setup_reading(hass)
    async_setup_control(hass)
    async_setup_plans(hass)
    async_setup_outliers(hass)
    async_setup_settings(hass)
    async_setup_dashboard(hass)
    async_setup_history(hass)
    async_setup_access(hass)
