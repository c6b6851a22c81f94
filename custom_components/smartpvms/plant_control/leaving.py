"""What happens to settings for a time when the entry is removed that was to end them."""

import logging

from homeassistant.config_entries import UnknownEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, OAuth2TokenRequestBaseError
from homeassistant.helpers import device_registry as dr, issue_registry as ir
from homeassistant.util import dt as dt_util

from ..connection import async_connect
from ..const import CONF_ACCESS, DOMAIN
from ..control import ControlEngine, Unreturned
from ..coordinator import SmartPVMSConfigEntry
from ..northbound.auth import Access
from ..repair_ids import nameless
from .control import control_store
from .permission import rules_of
from .wording import setting_text, why_text

_LOGGER = logging.getLogger(__name__)


async def async_give_back_all(hass: HomeAssistant, entry: SmartPVMSConfigEntry) -> None:
    """Give back what was set for a time, and leave a repair for what could not be.

    The entry is unloaded and about to go. Nobody follows what the cloud accepts now.
    """
    if entry.data[CONF_ACCESS] != Access.OAUTH:
        return
    store = control_store(hass, entry.entry_id)
    state = await store.async_load()
    if state is None:
        return
    try:
        connection = await async_connect(hass, entry)
    except HomeAssistantError as err:
        _LOGGER.warning("%s: nothing could be given back: %s", entry.title, err)
        return
    engine = ControlEngine(
        connection.client,
        save=store.async_save,
        clock=lambda: dt_util.utcnow().timestamp(),
        live=lambda _: None,
        rules=lambda code: rules_of(entry.options, code),
        state=state,
        # a token cannot be renewed into an entry that is gone
        login_errors=(OAuth2TokenRequestBaseError, UnknownEntry),
    )
    for each in await engine.leave():
        _async_tell(hass, entry, each)


@callback
def _async_tell(
    hass: HomeAssistant, entry: SmartPVMSConfigEntry, left: Unreturned
) -> None:
    device = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, left.plant_code), entry.entry_id
    )
    name = None if device is None else device.name_by_user or device.name
    ir.async_create_issue(
        hass,
        DOMAIN,
        f"left_behind_{entry.entry_id}_{nameless(hass, left.plant_code)}_{left.family}",
        is_fixable=False,
        is_persistent=True,
        severity=ir.IssueSeverity.ERROR,
        translation_key="left_behind",
        translation_placeholders={
            "plant": name or left.plant_code,
            "in_force": setting_text(left.in_force),
            "restore": "-" if left.restore is None else setting_text(left.restore),
            "why": why_text(left.why, left.retry_at or None),
        },
    )
