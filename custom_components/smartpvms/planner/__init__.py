"""The one clock of an entry: which feed is polled when, so that a day's calls suffice."""

from .model import Feed, LedgerView, Outcome, Plan, Reason, Sun, Turn, Worth
from .planner import Planner

__all__ = [
    "Feed",
    "LedgerView",
    "Outcome",
    "Plan",
    "Planner",
    "Reason",
    "Sun",
    "Turn",
    "Worth",
]
