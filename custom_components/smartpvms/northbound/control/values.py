"""What a command may say, checked before it costs a call."""

from collections.abc import Iterable
from enum import StrEnum
from itertools import combinations
from typing import Final

from ..models import TimeOfUseWindow

MOST_WINDOWS: Final = 14
_WEEK: Final = frozenset(range(1, 8))


class Problem(StrEnum):
    """What is wrong with a value; also the key of its translation.

    The text behind each member is what a translation has to say.
    """

    OUT_OF_RANGE = "out_of_range"
    """The value is below the minimum or above the maximum."""
    MISSING = "missing"
    """The value is missing, and the command makes no sense without it."""
    CONFLICT = "conflict"
    """The value cannot stand beside the others: both a duration and a target SOC, or
    time-of-use details in another mode."""
    NOT_SETTABLE = "not_settable"
    """The cloud can tell this value and not set it."""
    IMPORT_NOT_ALLOWED = "import_not_allowed"
    """A negative feed-in limit makes the plant draw power from the grid, and that was
    not allowed explicitly."""
    TOO_MANY = "too_many"
    """There are more of them than the cloud takes."""
    ENDS_BEFORE_START = "ends_before_start"
    """A window ends before it starts. It can neither reach midnight nor go past it."""
    NO_WEEKDAY = "no_weekday"
    """A window has no weekday, or one that is not Monday (1) to Sunday (7)."""
    NOT_WHOLE_MINUTES = "not_whole_minutes"
    """A time has seconds, which the cloud does not know."""
    OVERLAP = "overlap"
    """Two windows overlap on a common weekday."""
    DUPLICATE = "duplicate"
    """A plant is named twice in one delivery."""


class ControlValueError(ValueError):
    """A command that the cloud would refuse; nothing was sent.

    `field` is the name of the field of the command, `minimum` and `maximum` the bounds
    in the field's unit where `problem` is OUT_OF_RANGE or TOO_MANY.
    """

    def __init__(
        self,
        field: str,
        problem: Problem,
        *,
        minimum: float | None = None,
        maximum: float | None = None,
    ) -> None:
        """Say what is wrong with which field."""
        bounds = "" if maximum is None else f" ({minimum} to {maximum})"
        super().__init__(f"{field}: {problem.value}{bounds}")
        self.field = field
        self.problem = problem
        self.minimum = minimum
        self.maximum = maximum


def check_range(
    field: str, value: float | None, minimum: float, maximum: float
) -> None:
    """Raise where a value is there and not within the bounds, or not a number."""
    if value is not None and not minimum <= value <= maximum:
        raise ControlValueError(
            field, Problem.OUT_OF_RANGE, minimum=minimum, maximum=maximum
        )


def check_given(field: str, value: object) -> None:
    """Raise where a value is missing: None, no text, no windows."""
    if value is None or value in ("", ()):
        raise ControlValueError(field, Problem.MISSING)


def check_windows(windows: tuple[TimeOfUseWindow, ...]) -> None:
    """Raise where the cloud would not take these windows of the time of use.

    There are 1 to 14, each from 00:00 to 23:59 of one day. Windows that touch do not
    overlap. The documents say nothing of windows past midnight.
    """
    check_given("windows", windows)
    if len(windows) > MOST_WINDOWS:
        raise ControlValueError(
            "windows", Problem.TOO_MANY, minimum=1, maximum=MOST_WINDOWS
        )
    for window in windows:
        for edge in (window.start, window.end):
            if edge.second or edge.microsecond:
                raise ControlValueError("windows", Problem.NOT_WHOLE_MINUTES)
        if window.end <= window.start:
            raise ControlValueError("windows", Problem.ENDS_BEFORE_START)
        if not window.weekdays or window.weekdays - _WEEK:
            raise ControlValueError("windows", Problem.NO_WEEKDAY)
    for one, other in combinations(windows, 2):
        if one.weekdays & other.weekdays and (
            one.start < other.end and other.start < one.end
        ):
            raise ControlValueError("windows", Problem.OVERLAP)


def check_plants(plant_codes: Iterable[str]) -> None:
    """Raise where a plant is named twice (the cloud's 20608)."""
    codes = list(plant_codes)
    if len(codes) != len({*codes}):
        raise ControlValueError("plant_code", Problem.DUPLICATE)
