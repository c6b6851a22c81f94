"""Ids of repairs that tell nobody whose plants they are about.

Home Assistant puts the ids of all repairs into the diagnostics that users publish.
"""

from hashlib import blake2b
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers import instance_id
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN

_DIGEST_SIZE: Final = 8
_SECRET: HassKey[bytes] = HassKey(f"{DOMAIN}_repair_ids")


async def async_prepare_repair_ids(hass: HomeAssistant) -> None:
    """Have what makes the ids; it must run before the first repair."""
    hass.data[_SECRET] = (await instance_id.async_get(hass)).encode()


def nameless(hass: HomeAssistant, name: str) -> str:
    """Return what stands for a plant code or a device key in the id of a repair.

    It is always the same in one Home Assistant. Plant codes have few digits, so that a
    digest alone could be tried out; the id of the installation is not in diagnostics.
    """
    return blake2b(
        name.encode(), key=hass.data[_SECRET], digest_size=_DIGEST_SIZE
    ).hexdigest()
