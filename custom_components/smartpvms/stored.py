"""Files of ours in Home Assistant's storage, whatever became of them."""

from collections.abc import Mapping
import logging

from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.storage import Store

from .northbound.json_types import JsonObject

_LOGGER = logging.getLogger(__name__)


async def async_load_stored[DataT: Mapping[str, object]](
    store: Store[DataT],
) -> JsonObject:
    """Return what a file holds; empty where there is none, or none of any use.

    What was written by a later version, or not by Home Assistant at all, is no reason not
    to start: it is said once and begun anew. JSON that is broken is Home Assistant's
    matter, which keeps the file beside and raises a repair.
    """
    try:
        stored: object = await store.async_load()
    except (HomeAssistantError, NotImplementedError, KeyError, TypeError) as err:
        _LOGGER.warning("%s cannot be read and begins anew: %r", store.key, err)
        return {}
    if isinstance(stored, dict):
        return stored
    if stored is not None:
        _LOGGER.warning("%s holds no object and begins anew", store.key)
    return {}
