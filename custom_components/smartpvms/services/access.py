"""The action that asks which interfaces the cloud serves."""

from typing import Final

from homeassistant.const import ATTR_CONFIG_ENTRY_ID
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import config_validation as cv, service
import voluptuous as vol

from ..access_check import as_response, async_check_access, stop_text
from ..const import DOMAIN
from ..coordinator import SmartPVMSConfigEntry

CHECK_ACCESS: Final = "check_access"

_SCHEMA: Final = vol.Schema({vol.Optional(ATTR_CONFIG_ENTRY_ID): cv.string})


@callback
def async_setup_access(hass: HomeAssistant) -> None:
    """Register this action."""
    hass.services.async_register(
        DOMAIN,
        CHECK_ACCESS,
        _async_check,
        schema=_SCHEMA,
        supports_response=SupportsResponse.ONLY,
    )


async def _async_check(call: ServiceCall) -> ServiceResponse:
    """Ask each interface once that has not answered lately, and return a table."""
    entry: SmartPVMSConfigEntry = service.async_get_config_entry(
        call.hass, DOMAIN, call.data.get(ATTR_CONFIG_ENTRY_ID)
    )
    check = await async_check_access(call.hass, entry)
    if check.stopped is not None:
        raise HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key="access_not_checked",
            translation_placeholders={"reason": stop_text(check.stopped).rstrip(".")},
        ) from check.stopped
    return as_response(check)
