"""How an entry reaches the cloud, and what its user chose."""

from typing import Final

from homeassistant.helpers.config_entry_oauth2_flow import MY_AUTH_CALLBACK_PATH
from homeassistant.util import dt as dt_util
from yarl import URL

from ..const import (
    CONF_ACCESS,
    CONF_KNOWN_PLANTS,
    CONF_KNOWN_SERIALS,
    CONF_REDIRECT_URI,
    CONF_SERVER,
)
from ..coordinator import SmartPVMSConfigEntry
from ..northbound.auth import Access
from ..northbound.json_types import JsonObject
from ..server_address import is_public
from .aliases import Aliases
from .times import iso

OWN_ADDRESS: Final = "own address"


def entry_section(entry: SmartPVMSConfigEntry, aliases: Aliases) -> JsonObject:
    """Return the way in, what was granted, and the options."""
    return {
        "state": entry.state.value,
        "reason": entry.error_reason_translation_key,
        "version": f"{entry.version}.{entry.minor_version}",
        "polling_disabled": entry.pref_disable_polling,
        "server": _server(entry.data[CONF_SERVER]),
        "access": entry.data[CONF_ACCESS],
        "grant": _grant(entry),
        "plants_seen": len(entry.data[CONF_KNOWN_PLANTS]),
        "serials_seen": len(entry.data[CONF_KNOWN_SERIALS]),
        "options": aliases.replaced(dict(entry.options)),
    }


def _server(server: str) -> str:
    """Return Huawei's host; that of an own system may name its owner."""
    return URL(server).host or "" if is_public(server) else OWN_ADDRESS


def _grant(entry: SmartPVMSConfigEntry) -> JsonObject | None:
    """Return what the owner granted, None for an API account."""
    if entry.data[CONF_ACCESS] != Access.OAUTH:
        return None
    token = entry.data["token"]
    expires = token.get("expires_at")
    return {
        "scopes": sorted(str(token.get("scope") or "").split()),
        "token_expires": iso(expires if isinstance(expires, int | float) else None),
        "token_is_valid": isinstance(expires, int | float)
        and expires > dt_util.utcnow().timestamp(),
        "redirect_by_my": entry.data[CONF_REDIRECT_URI] == MY_AUTH_CALLBACK_PATH,
    }
