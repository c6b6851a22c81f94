"""The time as this package reads it; a test or a simulator hands in its own."""

from collections.abc import Callable
from datetime import UTC, datetime
import time

type Clock = Callable[[], float]


def system_clock() -> float:
    """Return the seconds since the epoch.

    A function of its own, since a default of `time.time` would be bound when the class
    is made, and a test that freezes time could not reach it.
    """
    return time.time()


def instant(seconds: float) -> datetime:
    """Return these seconds since the epoch as an aware datetime in UTC."""
    return datetime.fromtimestamp(seconds, UTC)
