"""Plans of batteries, and why one is refused, in words."""

from collections.abc import Iterable

from homeassistant.core import callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers.translation import async_get_exception_message
from homeassistant.util import dt as dt_util
from homeassistant.util.json import JsonObjectType, JsonValueType

from ..const import DOMAIN
from ..day_plan import DayPlan, PlanRefusedError, PlanSlot, runs
from .wording import window_as_dict


def plan_as_dict(plan: DayPlan) -> JsonObjectType:
    """Return a plan as the actions show it: its windows, and what they mean."""
    zone = plan.begin.tzinfo or dt_util.UTC
    return {
        "begin": plan.begin.isoformat(),
        "expires": plan.expires.isoformat(),
        "windows": [window_as_dict(window) for window in plan.windows],
        "only_holds": plan.placeholder,
        "held_minutes": plan.held_minutes,
        "means": slots_as_list(runs(plan.windows, zone, plan.begin, plan.expires)),
    }


def slots_as_list(slots: Iterable[PlanSlot]) -> list[JsonValueType]:
    """Return slots as `set_battery_plan` takes them."""
    return [
        {
            "start": slot.start.isoformat(),
            "end": slot.end.isoformat(),
            "action": slot.action.value,
        }
        for slot in slots
    ]


@callback
def refusal_as_dict(error: PlanRefusedError) -> JsonObjectType:
    """Return why a plan is refused, and what would fit instead."""
    key, placeholders = _words(error)
    proposal = error.proposal
    return {
        "reason": error.refusal.value,
        "message": async_get_exception_message(DOMAIN, key, placeholders),
        "windows_needed": error.windows_needed,
        "proposal": None
        if proposal is None
        else {
            "minutes_changed": proposal.minutes_changed,
            "slots": slots_as_list(proposal.slots),
        },
    }


def plan_as_validation_error(error: PlanRefusedError) -> ServiceValidationError:
    """Return why a plan is refused, translated."""
    key, placeholders = _words(error)
    return ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key=key,
        translation_placeholders=placeholders,
    )


def _words(error: PlanRefusedError) -> tuple[str, dict[str, str]]:
    at, proposal = error.at, error.proposal
    return f"plan_{error.refusal}", {
        "at": "-" if at is None else at.strftime("%Y-%m-%d %H:%M"),
        "windows": f"{error.windows_needed or 0}",
        "minutes": f"{0 if proposal is None else proposal.minutes_changed}",
        "maximum": f"{error.maximum or 0:g}",
    }
