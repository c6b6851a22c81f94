"""What may be believed of an energy counter.

Nothing here knows Home Assistant: readings come in, what to show goes out, and the
marks of what was believed are JSON that the caller stores after each cycle.
"""

from .believer import Believer, Counters, PassThrough
from .kinds import COUNTER_KINDS, believed_reading, without_counters
from .model import Counter, CounterKind, Sight

__all__ = [
    "COUNTER_KINDS",
    "Believer",
    "Counter",
    "CounterKind",
    "Counters",
    "PassThrough",
    "Sight",
    "believed_reading",
    "without_counters",
]
