"""Answers of the control interfaces for the log, without what names a plant.

No answer to a command has been published. So what the cloud really sends is worth a line
in the log, which an owner may show to others.
"""

import re
from typing import Final

from ..json_types import JsonValue

_MASK: Final = "**"
# texts that say how things are, and not whose
_TOLD: Final = frozenset(
    {
        *("status", "message", "description", "operationMode", "controlMode"),
        *("redundantPVEnergyPriority", "chargeOrDischarge", "limitationMode"),
        *("startTime", "endTime", "execStartTime", "execEndTime"),
    }
)
_IDENTIFIERS: Final = re.compile(r"\w+=\w+|\[[^\]]*\]|\w*\d{6,}\w*", re.ASCII)
# from here on numbers are ids
_LARGEST_NUMBER: Final = 10**8


def masked(value: JsonValue, name: str = "") -> JsonValue:
    """Return a copy in which ids, codes and serial numbers are stars."""
    if isinstance(value, dict):
        return {key: masked(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [masked(item, name) for item in value]
    if isinstance(value, str):
        return _IDENTIFIERS.sub(_MASK, value) if name in _TOLD else _MASK
    if isinstance(value, int | float) and abs(value) >= _LARGEST_NUMBER:
        return _MASK
    return value
