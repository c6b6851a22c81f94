"""Application credentials: the client id and secret that Huawei grants by e-mail."""

from homeassistant.components.application_credentials import ClientCredential
from homeassistant.core import HomeAssistant

from .access_letters import ACCESS_PAGE
from .const import SERVERS
from .oauth import SmartPVMSImplementation


async def async_get_auth_implementation(
    hass: HomeAssistant, auth_domain: str, credential: ClientCredential
) -> SmartPVMSImplementation:
    """Return the implementation for Huawei's public servers; the flow may choose another."""
    return SmartPVMSImplementation(hass, auth_domain, credential, server=SERVERS["eu5"])


async def async_get_description_placeholders(hass: HomeAssistant) -> dict[str, str]:
    """Return the address of the page that says how one gets a client."""
    return {"access_page": ACCESS_PAGE}
