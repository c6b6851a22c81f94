"""Tolerant readers: any JSON value becomes a value of ours or None, never an exception.

The cloud sends numbers as strings, enumerations as floats, "N/A" and "null" for nothing,
and coordinates as text on some servers (SmartPVMS 24.2 to 26.2 and recorded answers).
"""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
import math
import re
from typing import Final

from .json_types import JsonObject, JsonValue

_NUMBER: Final = re.compile(
    r"[+-]?(?:\d{1,40}(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII
)
_INTEGER: Final = re.compile(r"[+-]?\d{1,19}", re.ASCII)
# identifiers are 64-bit integers, of which a float holds fewer
_LARGEST_INTEGER: Final = 2**63
_LARGEST_EXACT_FLOAT: Final = 2**53
_FIRST_MOMENT: Final = datetime(1990, 1, 1, tzinfo=UTC)
_LAST_MOMENT: Final = datetime(2100, 1, 1, tzinfo=UTC)
_FIRST_MILLISECOND: Final = int(_FIRST_MOMENT.timestamp() * 1000)
_LAST_MILLISECOND: Final = int(_LAST_MOMENT.timestamp() * 1000)


def number(value: JsonValue) -> float | None:
    """Return a finite number, or None for all that is none ("N/A", NaN, true, a list)."""
    if isinstance(value, float):
        result = value
    elif isinstance(value, bool):
        return None
    elif isinstance(value, str):
        digits = value.strip()
        if not _NUMBER.fullmatch(digits):
            return None
        result = float(digits)
    elif isinstance(value, int):
        if abs(value) >= _LARGEST_INTEGER:
            return None
        result = float(value)
    else:
        return None
    return result if math.isfinite(result) else None


def integer(value: JsonValue) -> int | None:
    """Return a 64-bit integer, also from 512.0 and "39", or None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and _INTEGER.fullmatch(value.strip()):
        value = int(value)
    if isinstance(value, int):
        return value if abs(value) < _LARGEST_INTEGER else None
    result = number(value)
    if result is None or not result.is_integer() or abs(result) > _LARGEST_EXACT_FLOAT:
        return None
    return int(result)


def text(value: JsonValue) -> str | None:
    """Return stripped printable text; None for nothing, which may be spelled "null"."""
    if isinstance(value, str):
        # half a surrogate pair or a NUL could be neither stored nor shown
        kept = "".join(char for char in value if char.isprintable() or char in "\n\t")
        kept = kept.strip()
        return kept if kept and kept.lower() != "null" else None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return None if number(value) is None else str(value)
    return None


def flag(value: JsonValue) -> bool | None:
    """Return true or false, also where it is spelled, or None."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.strip().lower())
    return None


def moment_ms(value: JsonValue) -> datetime | None:
    """Return the instant of milliseconds since the epoch, in UTC, or None.

    Instants before 1990 and after 2100 are mistakes of the sender (0, or seconds).
    """
    milliseconds = integer(value)
    if milliseconds is None:
        return None
    if not _FIRST_MILLISECOND <= milliseconds < _LAST_MILLISECOND:
        return None
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=milliseconds)


def moment_iso(value: JsonValue) -> datetime | None:
    """Return the instant of an ISO 8601 text with its offset kept, or None.

    Without an offset the text names no instant.
    """
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    if moment.tzinfo is None or not _FIRST_MOMENT.year <= moment.year < 2100:
        return None
    return moment


def members(value: JsonValue) -> JsonObject:
    """Return an object, empty where the value is none."""
    return value if isinstance(value, dict) else {}


def objects(value: JsonValue) -> list[JsonObject]:
    """Return the objects of a list, without what else is in it."""
    if not isinstance(value, list):
        return []
    return [item for item in value if isinstance(item, dict)]


def retry_after(value: str | None, now: float) -> float | None:
    """Return the seconds that a Retry-After header asks for, given as such or as date."""
    if value is None:
        return None
    seconds = number(value)
    if seconds is None:
        try:
            seconds = parsedate_to_datetime(value).timestamp() - now
        except ValueError, OverflowError:
            return None
    return max(0.0, seconds)
