"""Letters that get an owner in: to Huawei, to the installer, to a holder of a client.

They are meant to be copied into an e-mail. That to Huawei is in English, which its desk
reads everywhere; the others are in Home Assistant's language. What only the sender knows
stands in square brackets.
"""

from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations

from .const import DOMAIN

ACCESS_PAGE: Final = (
    "https://github.com/smartpvms/smartpvms-home-assistant"
    "/blob/main/docs/getting-access.md"
)
HUAWEI_PARTNER_DESK: Final = "huaweipartners@huawei.com"

_LETTER_TO_HUAWEI: Final = """\
To: {desk}
Subject: Application for FusionSolar OAuth Connect (SmartPVMS Northbound API)

Dear Huawei team,

I would like to register a client application for OAuth Connect of the SmartPVMS \
Northbound API, in order to read my own FusionSolar plant, and to set its battery and \
feed-in limit, from Home Assistant. These are the fields of the application form:

Company name: [your company, or your own name]
Registered address: [address in the register, or your home address]
Address: [postal address]
Legal entity: [who is answerable, for a private owner your own name]
Tax number: [VAT or tax number]
Phone: [with the country code]
Registration e-mail: [e-mail address that the client is to be registered with]
App name: SmartPVMS-Home-Assistant
App overview: Home Assistant, an open-source home automation, reads the plants that \
their owners release to it and shows their power and energy. With a further consent it \
sets working mode and power limits of the battery and the feed-in limit. Data stay in \
the home of the owner.
Callback URL: {redirect_uri}

I ask for both scopes, pvms.openapi.basic and pvms.openapi.control. My plants are on the \
management system [for example eu5.fusionsolar.huawei.com].

Please send me the client ID (nine digits) and the client secret.

With kind regards
[name]
"""


def letter_to_huawei(redirect_uri: str) -> str:
    """Return the application for a client, with all fields of the form (24.2 to 26.2)."""
    return _LETTER_TO_HUAWEI.format(desk=HUAWEI_PARTNER_DESK, redirect_uri=redirect_uri)


async def async_letter_to_installer(hass: HomeAssistant) -> str:
    """Return the request for an API account, and what the installer has to tick."""
    return await _async_letter(hass, "letter_to_installer")


async def async_letter_to_community(hass: HomeAssistant, redirect_uri: str) -> str:
    """Return the request to sign in with a client that somebody holds already."""
    letter = await _async_letter(hass, "letter_to_community")
    return letter.replace("{redirect_uri}", redirect_uri)


async def _async_letter(hass: HomeAssistant, key: str) -> str:
    texts = await async_get_translations(hass, hass.config.language, "common", {DOMAIN})
    return texts[f"component.{DOMAIN}.common.{key}"]
