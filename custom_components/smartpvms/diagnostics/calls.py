"""The ledger, what came of the calls, and when each feed is polled."""

from datetime import datetime
from typing import Any

from homeassistant.exceptions import HomeAssistantError

from ..access_check import known_access
from ..accounts import Account
from ..coordinator import NorthboundCoordinator, SmartPVMSConfigEntry
from ..northbound.auth import Access
from ..northbound.call_journal import CallOutcome
from ..northbound.errors import NorthboundError
from ..northbound.interfaces import InterfaceClass
from ..northbound.json_types import JsonObject
from ..polling import PollingClock
from .times import iso


def calls_section(account: Account) -> JsonObject:
    """Return what is left, which doors are closed, and the outcome of each interface.

    The outcomes are those since Home Assistant was started.
    """
    ledger = account.ledger
    return {
        "left": {each.value: ledger.remaining(each) for each in InterfaceClass},
        "ledger": ledger.snapshot(),
        "session": (_session(account) if ledger.access is Access.API_ACCOUNT else None),
        "interfaces": {
            interface.value: _outcome(outcome)
            for interface, outcome in sorted(account.journal.outcomes.items())
        },
    }


def _outcome(outcome: CallOutcome) -> JsonObject:
    failure = outcome.failure
    return {
        "calls": outcome.calls,
        "last_success": _text(outcome.answered),
        "last_failure": _text(outcome.failed),
        "failure": None if failure is None else failure.key.value,
        "code": None if failure is None else failure.code,
    }


def probe_section(entry: SmartPVMSConfigEntry, account: Account) -> JsonObject:
    """Return which interfaces are granted, as far as calls and checks have shown."""
    known = known_access(entry, account.journal)
    return {
        "control": known.control,
        "interfaces": {
            each.interface.value: each.grant.value for each in known.findings
        },
    }


def _session(account: Account) -> JsonObject:
    """Return what is known of the session, and nothing of the token."""
    state = account.session_state
    return {
        "has_token": state.token is not None,
        "last_used": iso(state.last_used or None),
        "logins": [iso(time) for time in state.login_times],
        "login_after": iso(state.login_after or None),
        "login_refused": state.refused,
    }


def feeds_section(clock: PollingClock) -> JsonObject:
    """Return each feed by its name."""
    return {
        name: feed_section(clock, coordinator)
        for name, coordinator in sorted(clock.coordinators.items())
    }


def feed_section(
    clock: PollingClock, coordinator: NorthboundCoordinator[Any]
) -> JsonObject:
    """Return when a feed is polled and why then, and what came of the last time.

    `interval`, `wish` and `delay` are in seconds; `delay` is how long after the beat of
    the cloud its values are published, as far as that was learned.
    """
    name = coordinator.feed
    turn, standing = clock.turn(name), clock.standing(name)
    delay = clock.delay(name)
    return {
        "wish": round(coordinator.wish.total_seconds()),
        "interval": None if turn is None else round(turn.interval),
        "next": None if turn is None else iso(turn.due),
        "reason": None if turn is None else turn.reason.value,
        "delay": None if delay is None else round(delay),
        "last_poll": None if standing is None else iso(standing.polled),
        "is_late": None if standing is None else standing.is_late,
        "live": None if standing is None else standing.live,
        "available": coordinator.last_update_success,
        "is_last_answer": coordinator.answered,
        "failure": _cause(coordinator.failure),
    }


def _cause(error: Exception | None) -> str | None:
    """Return what an error is called; its text may name somebody."""
    if isinstance(error, NorthboundError):
        return error.failure.key.value
    if isinstance(error, HomeAssistantError) and error.translation_key:
        return error.translation_key
    return None if error is None else type(error).__name__


def _text(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat(timespec="seconds")
