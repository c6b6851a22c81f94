"""Control that tells the truth and gives back what it took, without Home Assistant.

`ControlEngine` takes commands, saves what it is about to do before it does it, follows
each task to its outcome by what costs nothing first, and gives back what was set for a
time. After a crash nothing is sent again, and everything is still given back.
"""

from .causes import Cause, Why
from .commands import (
    LONGEST_DISPATCH,
    Command,
    Dispatch,
    Family,
    Forced,
    RemoveFeedInLimit,
    RestoreMode,
    SetFeedInLimit,
    SetMode,
    SetParameters,
    StopForced,
)
from .engine import ControlEngine, FamilyState
from .evidence import Evidence, Live
from .records import Confirmed, Unreturned
from .settings import Rules
from .tasks import IfBusy, Origin, Task, TaskState

__all__ = [
    "LONGEST_DISPATCH",
    "Cause",
    "Command",
    "Confirmed",
    "ControlEngine",
    "Dispatch",
    "Evidence",
    "Family",
    "FamilyState",
    "Forced",
    "IfBusy",
    "Live",
    "Origin",
    "RemoveFeedInLimit",
    "RestoreMode",
    "Rules",
    "SetFeedInLimit",
    "SetMode",
    "SetParameters",
    "StopForced",
    "Task",
    "TaskState",
    "Unreturned",
    "Why",
]
