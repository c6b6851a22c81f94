"""What happens to settings for a time when the entry is removed that was to end them."""

import logging

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, OAuth2TokenRequestBaseError
from homeassistant.helpers import device_registry as dr, issue_registry as ir
from homeassistant.util import dt as dt_util
from yarl import URL

from ..accounts import async_create_http_session
from ..connection import async_connect, async_entry_account
from ..const import CONF_ACCESS, CONF_SERVER, DOMAIN
from ..control import ControlEngine, Unreturned
from ..coordinator import SmartPVMSConfigEntry
from ..northbound.auth import Access, BearerAuthentication
from ..northbound.client import NorthboundClient
from ..repair_ids import nameless
from ..stored import async_load_stored
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
    state = await async_load_stored(store)
    if not state:
        return
    engine = ControlEngine(
        await _async_client(hass, entry),
        save=store.async_save,
        clock=lambda: dt_util.utcnow().timestamp(),
        live=lambda _: None,
        rules=lambda code: rules_of(entry.options, code),
        state=state,
        # nor can a token be renewed into an entry that is gone
        login_errors=(OAuth2TokenRequestBaseError, HomeAssistantError),
    )
    for each in await engine.leave():
        _async_tell(hass, entry, each)


async def _async_client(
    hass: HomeAssistant, entry: SmartPVMSConfigEntry
) -> NorthboundClient:
    """Return the client of an entry; one that sends nothing where credentials are gone."""
    try:
        return (await async_connect(hass, entry)).client
    except HomeAssistantError as err:
        _LOGGER.debug("Nothing can be given back: %s", type(err).__name__)
        cause = err

    async def no_token() -> str:
        raise cause

    async def no_other(_: str) -> None:
        """Nobody rejects what was not sent."""

    account = await async_entry_account(hass, entry)
    return NorthboundClient(
        async_create_http_session(hass),
        URL(entry.data[CONF_SERVER]),
        BearerAuthentication(no_token, no_other),
        account.ledger,
    )


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
