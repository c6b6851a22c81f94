"""What the system information of Home Assistant says of all entries together.

Nothing of it costs a call: the server is asked for a page that is none of the API's, and
the rest is known.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from homeassistant.components import system_health
from homeassistant.core import HomeAssistant, callback

from .accounts import Account
from .const import CONF_SERVER, DOMAIN
from .coordinator import SmartPVMSConfigEntry
from .northbound.auth import Access
from .northbound.interfaces import InterfaceClass

type Reached = str | dict[str, str]

_OK = "ok"


@callback
def async_register(
    hass: HomeAssistant, register: system_health.SystemHealthRegistration
) -> None:
    """Say what is told, and where the integration is managed."""
    register.async_register_info(
        _async_information, f"/config/integrations/integration/{DOMAIN}"
    )


async def _async_information(hass: HomeAssistant) -> dict[str, Any]:
    """Return what is told; where there are several accounts, of the worst of them.

    `calls_left` are those of owners: an API account has no limit a day that all of its
    interfaces share.
    """
    entries: list[SmartPVMSConfigEntry] = hass.config_entries.async_entries(
        DOMAIN, include_ignore=False, include_disabled=False
    )
    loaded: list[SmartPVMSConfigEntry] = hass.config_entries.async_loaded_entries(
        DOMAIN
    )
    accounts = [entry.runtime_data.account for entry in loaded]
    told: dict[str, Any] = {"entries_loaded": f"{len(loaded)} / {len(entries)}"}
    if entries:
        servers = sorted({entry.data[CONF_SERVER] for entry in entries})
        told["server_reached"] = _async_reach(hass, servers)
    if accounts:
        told["last_success"] = _last_success(accounts) or "-"
    owners = [each.ledger for each in accounts if each.ledger.access is Access.OAUTH]
    if owners:
        told["calls_left"] = min(
            ledger.remaining(InterfaceClass.BASIC) for ledger in owners
        )
        told["control_calls_left"] = min(
            ledger.remaining(InterfaceClass.CONTROL) for ledger in owners
        )
    return told


def _last_success(accounts: Iterable[Account]) -> datetime | None:
    """Return since when each account has had an answer, None where one has had none."""
    times = [account.journal.last_success for account in accounts]
    known = [time for time in times if time is not None]
    return min(known) if len(known) == len(times) else None


async def _async_reach(hass: HomeAssistant, servers: Iterable[str]) -> Reached:
    """Return "ok" where all servers answer, else what is wrong with the first that does not."""
    for server in servers:
        reached = await system_health.async_check_can_reach_url(hass, server)
        if reached != _OK:
            return reached
    return _OK
