"""What the fields of the control actions take: numbers also as text, windows in two forms."""

from collections.abc import Mapping
from datetime import time
from math import isfinite
import re
from typing import Any, Final

from homeassistant.helpers import config_validation as cv
import voluptuous as vol

from ..northbound.control import ControlValueError, Problem
from ..northbound.models import Direction, TimeOfUseWindow
from ..plant_control.wording import WEEKDAYS

_LAST_MINUTE: Final = time(23, 59)
_WINDOW: Final = re.compile(
    r"(?P<start>\d{1,2}:\d{2})\s*-\s*(?P<end>\d{1,2}:\d{2})"
    r"(?:\s*/\s*(?P<days>[1-7]+))?\s*/\s*(?P<sign>[+-])"
)


def number(value: Any) -> float:
    """Take a number, also one that a template wrote as text."""
    try:
        read = float(value)
    except (TypeError, ValueError, OverflowError) as err:
        raise vol.Invalid("expected a number") from err
    if isinstance(value, bool) or not isfinite(read):
        raise vol.Invalid("expected a number")
    return read


def whole_number(value: Any) -> int:
    """Take a number, and round it."""
    return round(number(value))


def _time_of_day(value: Any) -> time:
    """Take a time; the end of the day, which the cloud does not take, is its last minute."""
    if isinstance(value, str) and value.startswith("24:00"):
        return _LAST_MINUTE
    found: time = cv.time(value)
    return found


def _end(value: Any) -> time:
    found = _time_of_day(value)
    return _LAST_MINUTE if found == time(0, 0) else found


_WINDOW_SCHEMA: Final = vol.Schema(
    {
        vol.Required("start"): _time_of_day,
        vol.Required("end"): _end,
        vol.Required("direction"): vol.In([each.value for each in Direction]),
        vol.Optional("weekdays", default=list(WEEKDAYS)): vol.All(
            cv.ensure_list, [vol.In(WEEKDAYS)]
        ),
    }
)


def _from_text(text: str) -> Mapping[str, Any]:
    found = _WINDOW.fullmatch(text.strip())
    if found is None:
        raise vol.Invalid(f"expected a window such as 00:00-06:00/12345/+: {text}")
    days = found["days"] or "1234567"
    return {
        "start": found["start"],
        "end": found["end"],
        "direction": (
            Direction.CHARGE if found["sign"] == "+" else Direction.DISCHARGE
        ).value,
        "weekdays": [WEEKDAYS[int(day) - 1] for day in days],
    }


def windows(value: Any) -> tuple[TimeOfUseWindow, ...]:
    """Take windows, each as a mapping or as text such as 00:00-06:00/12345/+.

    In text the digits are the weekdays, 1 for Monday, all where they are left out; plus
    charges and minus discharges. A text may hold several, one in each line.
    """
    given = value.strip().splitlines() if isinstance(value, str) else value
    if not isinstance(given, list):
        given = [given]
    return tuple(
        _window(_from_text(each) if isinstance(each, str) else each) for each in given
    )


def _window(value: Mapping[str, Any]) -> TimeOfUseWindow:
    read = _WINDOW_SCHEMA(value)
    return TimeOfUseWindow(
        start=read["start"],
        end=read["end"],
        direction=Direction(read["direction"]),
        weekdays=frozenset(WEEKDAYS.index(day) + 1 for day in read["weekdays"]),
    )


def until(minutes: float | None, *, now: float, longest: int) -> float | None:
    """Return when so many minutes are over, None for no end.

    Raises:
        ControlValueError: fewer than one, or more than the longest.
    """
    if minutes is None:
        return None
    if not 1 <= minutes <= longest:
        raise ControlValueError(
            "duration", Problem.OUT_OF_RANGE, minimum=1, maximum=longest
        )
    return now + minutes * 60
