"""Every failure that an API account can meet: those of all, and its own."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from .account_site import AccountSite
from .site import Site
from .table import (
    DAY,
    FAULTS,
    NO_SESSION,
    NOT_GRANTED,
    NOT_UNDERSTOOD,
    OVERLOADED,
    SERVER_ERROR,
    TIMEOUT,
    UNREACHABLE,
    WRONG_SERVER,
    Fault,
    Seen,
    outage,
    quota,
    refusal,
    switch,
    well,
)

_LOG_IN: Final[Mapping[str, Any]] = {"interface": "login"}
_OF_OAUTH: Final = ("token-", "withdrawn")
_HOURS: Final = timedelta(hours=2)

USED_UP: Final = quota("call_quota_exhausted")
TOO_MANY_LOG_INS: Final = refusal("too_many_logins")


def not_let_in(key: str) -> Seen:
    """Only the company that made the account can help, or another password."""
    return refusal(
        key,
        set_up=f"setup_error {key} {key} sign_in",
        poll=f"no power {key} sign_in",
        restart=f"no power {key} sign_in",
    )


def _account_site(site: Site) -> AccountSite:
    assert isinstance(site, AccountSite)
    return site


async def end_session(site: Site) -> None:
    """Have the next call log in."""
    _account_site(site).account.token = None


async def change_password(site: Site) -> None:
    """Have the next log-in refused until the new password is typed."""
    await end_session(site)
    _account_site(site).account.system_code += "-changed"


async def switch_access_off(site: Site) -> None:
    _account_site(site).account.api_access = False


async def switch_access_on(site: Site) -> None:
    _account_site(site).account.api_access = True


async def untick(site: Site) -> None:
    """Take the interfaces of readings from the account."""
    refused = {"getStationRealKpi", "getDevRealKpi"}
    _account_site(site).account.refused_interfaces = refused


async def tick(site: Site) -> None:
    _account_site(site).account.refused_interfaces = set()


def log_in(
    name: str, seen: Seen, within: timedelta = timedelta(minutes=30), **parameters: Any
) -> Fault:
    """Return a failure of the log-in, which is needed now."""
    told = "-".join(str(each) for each in (name, *parameters.values()))
    return Fault(
        name=f"login-{told}",
        switches={name: {**_LOG_IN, **parameters}},
        begins=end_session,
        seen=seen,
        within=within,
    )


def spent(shape: str, seen: Seen, within: timedelta = _HOURS) -> Fault:
    """Return what a spent quota is answered with, after a log-in that succeeds."""
    return Fault(
        name=f"quota_spent-{shape}",
        switches={"quota_spent": {}, "quota_answer": {"shape": shape}},
        seen=seen,
        within=within,
    )


# what an API account sees otherwise than an owner: the log-in fails too, and a quota is
# one of each interface, whose window is short
_OTHERWISE: Final[Mapping[str, Mapping[str, str]]] = {
    "dns": {"sign_in": "server_unreachable"},
    "hang": {"restart": "no power"},
    "slow_body": {"restart": "no power"},
    "http_403": {"sign_in": "interface_not_granted"},
    "interface_refused": {"sign_in": "interface_not_granted"},
    **{
        name: {
            "set_up": "setup_retry too_many_logins",
            "poll": "no power",
            "sign_in": "too_many_logins",
        }
        for name in (
            *("quota_control_403", "http_429", "http_429-1800", "system_429"),
            *("too_frequent-data", "too_frequent-message", "daily_maximum"),
        )
    },
    # no plant, no calls: the quota of an API account grows with its plants
    "plant_gone": {"poll": "no power"},
}


def _as_account(fault: Fault) -> Fault:
    """Return a failure of all as an API account sees it."""
    otherwise = _OTHERWISE.get(fault.name, {})
    within = max(fault.within, _HOURS) if fault.name in _OTHERWISE else fault.within
    return replace(fault, seen=replace(fault.seen, **otherwise), within=within)


ACCOUNT_FAULTS: Final = (
    *(_as_account(each) for each in FAULTS if not each.name.startswith(_OF_OAUTH)),
    *(
        log_in("fail_code", not_let_in(key), code=code)
        for code, key in (
            (20001, "account_unknown"),
            (20002, "account_disabled"),
            (20003, "account_expired"),
            (20028, "account_unknown"),
            (20400, "credentials_rejected"),
            (20403, "login_restricted"),
        )
    ),
    Fault(
        name="password_changed",
        begins=change_password,
        seen=replace(not_let_in("credentials_rejected"), sign_in="reauth_successful"),
    ),
    Fault(name="session_ended", begins=end_session),
    log_in("too_frequent", TOO_MANY_LOG_INS, shape="data"),
    log_in("too_frequent", TOO_MANY_LOG_INS, shape="message"),
    log_in("http_429", TOO_MANY_LOG_INS, _HOURS, retry_after=1800),
    log_in("connection_cut", UNREACHABLE),
    log_in("hang", TIMEOUT),
    log_in("html_page", WRONG_SERVER),
    log_in("http_404", WRONG_SERVER),
    log_in("empty_object", NOT_UNDERSTOOD),
    log_in("http_401", NO_SESSION),
    log_in("http_403", replace(NOT_GRANTED, sign_in="interface_not_granted"), DAY),
    log_in("http_502", SERVER_ERROR),
    log_in("busy", outage("server_busy")),
    spent("data", USED_UP),
    spent("message", USED_UP),
    spent("429", OVERLOADED),
    spent("http_429", OVERLOADED),
    spent("20618", quota("daily_quota_exhausted"), DAY),
    Fault(
        name="access_off",
        begins=switch_access_off,
        ends=switch_access_on,
        seen=refusal("owner_not_authorised", repair=True, sign_in="reauth_successful"),
        within=_HOURS,
    ),
    Fault(
        name="unticked",
        begins=untick,
        ends=tick,
        # the lists are there, and the readings since before the last sign-in are not
        seen=replace(
            NOT_GRANTED,
            set_up="no power refused_interface_not_granted",
            restart="no power refused_interface_not_granted",
        ),
        within=DAY,
    ),
    switch("fail_code", SERVER_ERROR, code=20004),
    switch("fail_code", refusal("request_invalid"), code=20010),
    switch("fail_code", refusal("request_refused"), code=99999),
    switch("fail_code", refusal("plant_not_accessible", repair=True), code=20007),
    switch(
        "no_right_20015",
        refusal("plant_not_accessible", repair=True, sign_in="reauth_successful"),
        _HOURS,
    ),
    switch("session_of_five_minutes", well()),
    switch("station_list_retired", well()),
    switch("realtime_spacing", well()),
    switch("alarm_spacing", well()),
)
