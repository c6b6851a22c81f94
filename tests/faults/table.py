"""Every failure that can be switched on."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from .site import Site

SOON: Final = timedelta(minutes=30)
BUSINESS: Final[Mapping[str, Any]] = {}
TOKEN: Final[Mapping[str, Any]] = {"interface": "token"}


async def nothing(site: Site) -> None:
    """Do nothing."""


async def fail_dns(site: Site) -> None:
    site.resolver.fails = True
    await site.forget_names()


async def resolve_again(site: Site) -> None:
    site.resolver.fails = False


async def close_port(site: Site) -> None:
    await site.server.close_port()


async def open_port(site: Site) -> None:
    await site.server.open_port()


async def expire(site: Site) -> None:
    """Let the access token end before its time."""
    for grant in site.cloud.oauth.grants:
        grant.expires = site.cloud.clock.access_now()


async def withdraw(site: Site) -> None:
    site.cloud.oauth.forget("owner", "100000001")


async def ahead(site: Site) -> None:
    site.freezer.tick(timedelta(minutes=10))


async def behind(site: Site) -> None:
    site.freezer.tick(timedelta(minutes=-10))


async def lose_plant(site: Site) -> None:
    site.cloud.plants.remove(site.plant)


async def find_plant(site: Site) -> None:
    site.cloud.plants.append(site.plant)


async def lose_meter(site: Site) -> None:
    (site.meter,) = (each for each in site.plant.devices if each.type_id == 47)
    site.plant.devices.remove(site.meter)


async def find_meter(site: Site) -> None:
    site.plant.devices.append(site.meter)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a user sees at each moment while a failure lasts.

    The state of the entry and its cause, or "no power" where it is loaded and the powers
    of the plant are unknown, then the repairs and whether a sign-in is asked for; for
    `write` the status and reason of the command, for `sign_in` how the form ends.
    """

    set_up: str
    poll: str
    write: str
    options: str
    sign_in: str
    restart: str


def outage(key: str, **other: str) -> Seen:
    """The cloud gives no answer, or none that can be used; what was sent may be done."""
    seen = {
        "set_up": f"setup_retry {key}",
        "poll": "no power",
        "write": "unknown no_answer",
        "options": "loaded",
        "sign_in": key,
        "restart": "loaded",
    }
    return Seen(**seen | other)


def refusal(key: str, *, repair: bool = False, **other: str) -> Seen:
    """The cloud says that it does not do it."""
    asked = f" refused_{key}" if repair else ""
    seen = {
        "set_up": f"setup_retry {key}{asked}",
        "poll": f"no power{asked}",
        "write": f"failure {key}",
        "options": f"loaded{asked}",
        "sign_in": key,
        "restart": f"loaded{asked}",
    }
    return Seen(**seen | other)


def quota(key: str, **other: str) -> Seen:
    """The cloud wants to be left alone; who signs in is who he says all the same."""
    return refusal(key, **{"sign_in": "reauth_successful", **other})


def well(**other: str) -> Seen:
    """The cloud works."""
    seen = {
        "set_up": "loaded",
        "poll": "loaded",
        "write": "running",
        "options": "loaded",
        "sign_in": "reauth_successful",
        "restart": "loaded",
    }
    return Seen(**seen | other)


def values(**other: str) -> Seen:
    """The cloud works, and tells what cannot be used."""
    return well(**{"set_up": "no power", "poll": "no power", **other})


def no_token(key: str, sign_in: str, **other: str) -> Seen:
    """The token cannot be renewed at present."""
    return outage(key, **{"write": "failure no_access", "sign_in": sign_in, **other})


def grant_is_dead(sign_in: str, **other: str) -> Seen:
    """Only a new consent helps."""
    seen = {
        "set_up": "setup_error sign_in",
        "poll": "no power sign_in",
        "write": "failure no_access",
        "options": "no power sign_in",
        "sign_in": sign_in,
        "restart": "loaded sign_in",
    }
    return Seen(**seen | other)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    name: str
    switches: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    begins: Callable[[Site], Awaitable[None]] = nothing
    ends: Callable[[Site], Awaitable[None]] = nothing
    within: timedelta = SOON
    seen: Seen = field(default_factory=well)

    async def begin(self, site: Site) -> None:
        await self.begins(site)
        for name, parameters in self.switches.items():
            site.cloud.faults.enable(name, **parameters)

    async def end(self, site: Site) -> None:
        site.cloud.faults.clear()
        await self.ends(site)


def switch(name: str, seen: Seen, within: timedelta = SOON, **parameters: Any) -> Fault:
    """Return a failure that one switch of the simulator makes."""
    told = "-".join(str(each) for each in parameters.values())
    return Fault(
        name=f"{name}-{told}" if told else name,
        switches={name: parameters},
        seen=seen,
        within=within,
    )


def token(name: str, seen: Seen) -> Fault:
    """Return a failure of the token endpoint, whose token is needed now."""
    return Fault(name=f"token-{name}", switches={name: TOKEN}, begins=expire, seen=seen)


UNREACHABLE: Final = outage("server_unreachable")
TIMEOUT: Final = outage("server_timeout")
WRONG_SERVER: Final = refusal("wrong_server", repair=True)
NOT_UNDERSTOOD: Final = outage("invalid_response")
SERVER_ERROR: Final = outage("server_error")
NO_SESSION: Final = refusal("session_ended")
OVERLOADED: Final = quota("cloud_overloaded")
NOT_GRANTED: Final = refusal(
    "interface_not_granted", repair=True, sign_in="reauth_successful"
)
# so few calls are left that the next poll is hours away, and values live as long
FEW_CALLS: Final = "loaded calls_short"
SPENT: Final = quota("call_quota_exhausted", poll=FEW_CALLS)
DAY: Final = timedelta(hours=26)

FAULTS: Final = (
    Fault(name="refused", begins=close_port, ends=open_port, seen=UNREACHABLE),
    Fault(
        name="dns",
        begins=fail_dns,
        ends=resolve_again,
        seen=outage("server_unreachable", sign_in="no_token"),
    ),
    switch("hang", TIMEOUT),
    switch("slow_body", TIMEOUT),
    switch("connection_cut", UNREACHABLE),
    switch("connection_cut", UNREACHABLE, half=True),
    switch("html_page", WRONG_SERVER),
    switch("empty_body", NOT_UNDERSTOOD),
    switch("huge_body", NOT_UNDERSTOOD),
    switch("deep_json", NOT_UNDERSTOOD),
    switch("broken_json", NOT_UNDERSTOOD),
    switch("json_list", NOT_UNDERSTOOD),
    switch(
        "gateway_parameter_error",
        refusal("request_invalid", write="failure value_invalid"),
    ),
    switch("http_401", NO_SESSION),
    switch("http_403", NOT_GRANTED, DAY),
    switch("http_404", WRONG_SERVER),
    switch("quota_control_403", OVERLOADED),
    switch("http_406_access_denied", WRONG_SERVER),
    switch("http_429", OVERLOADED),
    switch("http_429", OVERLOADED, timedelta(hours=1), retry_after=1800),
    switch("http_500", SERVER_ERROR),
    switch("http_500_exception", SERVER_ERROR),
    switch("http_502", SERVER_ERROR),
    switch("maintenance", SERVER_ERROR),
    switch("redirect", WRONG_SERVER),
    switch("session_lost", NO_SESSION),
    switch("session_lost", NO_SESSION, message="INVALID_CREDENTIAL"),
    switch("session_306", NO_SESSION),
    switch("interface_refused", NOT_GRANTED, DAY),
    switch(
        "owner_access_off",
        refusal(
            "owner_not_authorised",
            repair=True,
            write="failure no_permission",
            sign_in="reauth_successful",
        ),
        timedelta(hours=1),
    ),
    switch("too_frequent", SPENT, DAY, shape="data"),
    switch("too_frequent", SPENT, DAY, shape="message"),
    switch("daily_maximum", quota("daily_quota_exhausted", poll=FEW_CALLS), DAY),
    switch("system_429", OVERLOADED),
    switch("busy", refusal("server_busy")),
    token("http_502", no_token("token_refused", "token_refused")),
    token("hang", no_token("token_unavailable", "no_token", restart="no power")),
    token("html_page", no_token("token_unavailable", "no_token")),
    token("token_temporary_400", no_token("token_refused", "token_refused")),
    token("token_refused", grant_is_dead("code_expired")),
    token("token_error_in_200", grant_is_dead("code_expired")),
    token("refresh_token_omitted", well()),
    token(
        "another_cluster",
        no_token(
            "client_refused",
            "invalid_client",
            poll="no power sign_in",
            options="no power sign_in",
            restart="loaded sign_in",
        ),
    ),
    Fault(name="withdrawn", begins=withdraw, seen=grant_is_dead("reauth_successful")),
    Fault(name="clock_ahead", begins=ahead, ends=behind, switches={"clock_off": {}}),
    Fault(name="clock_behind", begins=behind, ends=ahead, switches={"clock_off": {}}),
    Fault(
        name="plant_gone",
        begins=lose_plant,
        ends=find_plant,
        seen=refusal(
            "plant_not_accessible",
            repair=True,
            set_up="setup_retry plants_missing",
            write="failure no_permission",
            options="no_plant_chosen loaded",
            sign_in="reauth_successful",
            restart="loaded",
        ),
    ),
    Fault(
        name="device_gone",
        begins=lose_meter,
        ends=find_meter,
        seen=values(restart="loaded"),
        within=timedelta(hours=7),
    ),
    switch("null_values", values(restart="no power")),
    switch("wrong_types", values(restart="no power")),
    switch("unknown_keys", well()),
    switch("unknown_codes", well()),
    switch("unknown_device", well()),
    switch("repeated_rows", well()),
    switch("foreign_row", well()),
    switch("foreign_plant", well()),
)

SENSELESS: Final = {
    ("refused", "sign_in"): "the consent page is at the same port, so there is none",
}
"""Moments that a failure leaves nothing of, and why."""
