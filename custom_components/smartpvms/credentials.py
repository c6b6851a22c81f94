"""Repairs for credentials that the cloud refuses or that two use, and what ends them."""

from collections.abc import Mapping
from datetime import datetime, timedelta
import logging
from typing import Final

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntry
from homeassistant.const import CONF_PASSWORD, CONF_USERNAME
from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.translation import async_get_exception_message
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from .accounts import (
    Account,
    account_key,
    api_account_authentication,
    async_create_http_session,
    async_get_account,
)
from .const import CONF_ACCESS, CONF_SERVER, DOMAIN
from .northbound.auth import Access
from .northbound.errors import Area, Failure, FailureKey, NorthboundError

_LOGGER = logging.getLogger(__name__)

TRIED_AGAIN_AFTER: Final = timedelta(hours=6)
# what only the company that made the account can mend, without telling Home Assistant;
# a wrong password is not tried again, as five of them lock the account
_MENDED_ELSEWHERE: Final = frozenset(
    {
        FailureKey.ACCOUNT_UNKNOWN,
        FailureKey.ACCOUNT_DISABLED,
        FailureKey.ACCOUNT_EXPIRED,
        FailureKey.LOGIN_RESTRICTED,
    }
)
_ACCOUNT: Final = "account"
_SHARED: Final = "shared"
# another integration that speaks for FusionSolar accounts, official ones among them
_OTHER_INTEGRATION: Final = "fusion_solar"

_OUT: HassKey[set[str]] = HassKey(f"{DOMAIN}_entries_out")
_TIMERS: HassKey[dict[str, CALLBACK_TYPE]] = HassKey(f"{DOMAIN}_log_in_timers")


@callback
def async_note_out(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Note that only a sign-in helps, as far as is known, so that Home Assistant asks."""
    hass.data.setdefault(_OUT, set()).add(entry.entry_id)


@callback
def async_note_refused(
    hass: HomeAssistant, entry: ConfigEntry, failure: Failure
) -> None:
    """Raise the repair for an API account that the cloud does not let in."""
    if failure.area is not Area.ACCOUNT or entry.data[CONF_ACCESS] == Access.OAUTH:
        return
    async_note_out(hass, entry)
    ir.async_create_issue(
        hass,
        DOMAIN,
        _issue_id(_ACCOUNT, entry.entry_id),
        data={"entry_id": entry.entry_id},
        is_fixable=True,
        severity=ir.IssueSeverity.ERROR,
        translation_key=failure.key,
        translation_placeholders={
            "title": entry.title,
            "username": entry.data[CONF_USERNAME],
            "server": entry.data[CONF_SERVER],
        },
    )
    if failure.key in _MENDED_ELSEWHERE:
        _try_later(hass, entry)


@callback
def async_note_accepted(
    hass: HomeAssistant, entry: ConfigEntry, account: Account
) -> None:
    """Withdraw what is over, now that the cloud has answered."""
    _cancel(hass, entry.entry_id)
    ir.async_delete_issue(hass, DOMAIN, _issue_id(_ACCOUNT, entry.entry_id))
    out = hass.data.get(_OUT, set())
    if entry.entry_id in out:
        out.discard(entry.entry_id)
        for flow in tuple(entry.async_get_active_flows(hass, {SOURCE_REAUTH})):
            hass.config_entries.flow.async_abort(flow["flow_id"])
    now = dt_util.utcnow().timestamp()
    if not account.session_state.is_shared(now):
        ir.async_delete_issue(hass, DOMAIN, _issue_id(_SHARED, entry.entry_id))


@callback
def async_note_shared(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Raise the repair for a session, or a consent, that something else has ended."""
    others = hass.config_entries.async_entries(_OTHER_INTEGRATION)
    found = ", ".join(other.title for other in others)
    is_owner = entry.data[CONF_ACCESS] == Access.OAUTH
    ir.async_create_issue(
        hass,
        DOMAIN,
        _issue_id(_SHARED, entry.entry_id),
        is_fixable=False,
        severity=ir.IssueSeverity.ERROR,
        translation_key="consent_shared" if is_owner else "account_shared",
        translation_placeholders={
            "title": entry.title,
            "found": async_get_exception_message(
                DOMAIN,
                "sharer_found" if others else "no_sharer_found",
                {"names": found},
            ),
        },
    )


async def async_try_again(
    hass: HomeAssistant, entry: ConfigEntry
) -> NorthboundError | None:
    """Log in with the password as it is; return why not, or load the entry anew."""
    account = await async_get_account(hass, account_key(entry), Access.API_ACCOUNT)
    session = async_create_http_session(hass)
    authentication = api_account_authentication(
        session,
        account,
        entry.data[CONF_SERVER],
        entry.data[CONF_USERNAME],
        entry.data[CONF_PASSWORD],
    )
    try:
        await authentication.login()
    except NorthboundError as err:
        return err
    finally:
        session.detach()
    async_note_accepted(hass, entry, account)
    hass.config_entries.async_schedule_reload(entry.entry_id)
    return None


@callback
def async_forget_credentials(hass: HomeAssistant, entry_id: str) -> None:
    """Withdraw the repairs of an entry that is removed."""
    _cancel(hass, entry_id)
    hass.data.get(_OUT, set()).discard(entry_id)
    for kind in (_ACCOUNT, _SHARED):
        ir.async_delete_issue(hass, DOMAIN, _issue_id(kind, entry_id))


def is_about_account(data: Mapping[str, object], issue_id: str) -> bool:
    """Return whether a repair is about an account that the cloud does not let in."""
    return issue_id == _issue_id(_ACCOUNT, str(data.get("entry_id")))


def _try_later(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Look in some hours whether the account is let in again."""
    timers = hass.data.setdefault(_TIMERS, {})
    if entry.entry_id in timers:
        return

    async def try_again(_now: datetime) -> None:
        timers.pop(entry.entry_id, None)
        if entry.disabled_by or entry.data[CONF_ACCESS] == Access.OAUTH:
            # the account is nobody's here any more; a log-in would end another's session
            return
        error = await async_try_again(hass, entry)
        if error is not None:
            _LOGGER.debug("The account is still not let in: %s", error.failure.key)
            _try_later(hass, entry)

    timers[entry.entry_id] = async_call_later(
        hass, TRIED_AGAIN_AFTER, HassJob(try_again, cancel_on_shutdown=True)
    )


def _cancel(hass: HomeAssistant, entry_id: str) -> None:
    if cancel := hass.data.get(_TIMERS, {}).pop(entry_id, None):
        cancel()


def _issue_id(kind: str, entry_id: str) -> str:
    return f"credentials_{kind}_{entry_id}"
