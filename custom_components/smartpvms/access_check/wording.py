"""What was found of the interfaces, in words: a table, a list, a response."""

from datetime import datetime
from typing import Final

from homeassistant.core import callback
from homeassistant.helpers.translation import async_get_exception_message
from homeassistant.util import dt as dt_util
from homeassistant.util.json import JsonObjectType

from ..const import DOMAIN
from ..failures import as_home_assistant_error, in_words
from ..northbound.errors import Failure, NorthboundError
from ..northbound.interfaces import Interface
from .checking import AccessCheck, Finding, Grant

# what an interface is for, by the name that its text has among the translations
_USES: Final = {
    Interface.PLANTS: "plants",
    Interface.PLANTS_OLD: "plants",
    Interface.DEVICES: "devices",
    Interface.PLANT_READINGS: "plant_readings",
    Interface.DEVICE_READINGS: "device_readings",
    Interface.ALARMS: "alarms",
    Interface.PLANT_HOUR: "hours",
    Interface.PLANT_DAY: "days",
    Interface.PLANT_MONTH: "months",
    Interface.PLANT_YEAR: "years",
    Interface.DEVICE_DAY: "device_reports",
    Interface.DEVICE_MONTH: "device_reports",
    Interface.DEVICE_YEAR: "device_reports",
    Interface.DEVICE_HISTORY: "device_history",
    Interface.DEVICE_HISTORY_OLD: "device_history",
    Interface.BATTERY_MODE: "battery_mode",
    Interface.FEED_IN_LIMIT: "feed_in_limit",
}


@callback
def used_for(interface: Interface) -> str:
    """Return what Home Assistant needs an interface for."""
    return async_get_exception_message(DOMAIN, f"access_use_{_USES[interface]}")


@callback
def as_table(check: AccessCheck) -> str:
    """Return what was found as a table of Markdown."""
    rows = [
        _row(*(_text(f"access_column_{name}") for name in ("interface", "use", "is"))),
        _row("---", "---", "---"),
        *(
            _row(each.interface.value, used_for(each.interface), _is(each))
            for each in check.findings
        ),
        _row("control", _text("access_use_control"), _text(_control_key(check))),
    ]
    return "\n".join(rows)


@callback
def as_response(check: AccessCheck) -> JsonObjectType:
    """Return what was found as an action does."""
    return {
        "calls": check.calls,
        "control": _control_key(check).removeprefix("access_control_"),
        "interfaces": [
            {
                "interface": each.interface.value,
                "used_for": used_for(each.interface),
                "access": each.grant.value,
                "at": _iso(each.at),
                "reason": _reason(each),
                "code": _failure_code(each.outcome.failure),
            }
            for each in check.findings
        ],
    }


@callback
def refused_interfaces(check: AccessCheck) -> list[str]:
    """Return the names of the interfaces that are refused."""
    return [
        each.interface.value for each in check.findings if each.grant is Grant.REFUSED
    ]


@callback
def stop_text(stopped: Exception) -> str:
    """Return why a check ended early, in the words that a poll would have for it."""
    if isinstance(stopped, NorthboundError):
        return str(as_home_assistant_error(stopped))
    return str(stopped)


def _is(finding: Finding) -> str:
    if finding.at is None:
        return _reason(finding) or _text("access_unknown")
    at = in_words(finding.at)
    if finding.grant is Grant.GRANTED:
        return _text("access_granted", at=at)
    return _text("access_refused", at=at, reason=_reason(finding) or "")


def _reason(finding: Finding) -> str | None:
    """Return why an interface does not answer, None where it does."""
    failure = finding.outcome.failure
    if failure is None or finding.grant is Grant.GRANTED:
        return None
    return async_get_exception_message(
        DOMAIN, failure.key, {"code": str(failure.code or "-"), "retry_at": "-"}
    )


def _control_key(check: AccessCheck) -> str:
    if check.control is None:
        return "access_control_needs_oauth"
    return "access_control_granted" if check.control else "access_control_not_granted"


def _failure_code(failure: Failure | None) -> int | str | None:
    return None if failure is None else failure.code


def _iso(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    return dt_util.as_local(moment.replace(microsecond=0)).isoformat()


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _text(key: str, **placeholders: str) -> str:
    return async_get_exception_message(DOMAIN, key, placeholders)
