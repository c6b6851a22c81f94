"""Reading the fields of a control request, and refusing them as the gateway does."""

from collections.abc import Mapping

from ...types import Json
from ..parameters import MalformedError

type Fields = Mapping[str, Json]


class RejectedError(Exception):
    """A plant's task that is not accepted; `code` is set where one is documented."""

    def __init__(self, text: str, code: int | None = None) -> None:
        """Carry the text of the row and the failCode."""
        super().__init__(text)
        self.text = text
        self.code = code


def task_list(parameters: Fields, most: int, *, least: int = 1) -> list[Fields]:
    """Return the `tasks` of a request. Raises MalformedError."""
    value = parameters.get("tasks")
    if value is None:
        raise MalformedError("tasks", "tasks may not be null")
    if not isinstance(value, list):
        raise MalformedError("tasks", "tasks must be a list")
    if not least <= len(value) <= most:
        raise MalformedError("tasks", f"tasks size must be between {least} and {most}")
    tasks: list[Fields] = []
    for task in value:
        if not isinstance(task, dict):
            raise MalformedError("tasks", "tasks must be a list of objects")
        tasks.append(task)
    return tasks


def required_text(fields: Fields, name: str) -> str:
    """Return a text that has to be there. Raises MalformedError."""
    value = fields.get(name)
    if value is None or value == "":
        raise MalformedError(name, f"{name} may not be null")
    if not isinstance(value, str):
        raise MalformedError(name, f"{name} must be a string")
    return value


def whole(fields: Fields, name: str) -> int | None:
    """Return a whole number or None. Raises MalformedError for anything else."""
    value = fields.get(name)
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise MalformedError(name, f"{name} must be an integer")
    return value


def number(fields: Fields, name: str) -> float | None:
    """Return a number or None. Raises MalformedError for anything else."""
    value = fields.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise MalformedError(name, f"{name} must be a number")
    return float(value)


def required_object(fields: Fields, name: str) -> Fields:
    """Return an object that has to be there. Raises MalformedError."""
    value = fields.get(name)
    if value is None:
        raise MalformedError(name, f"{name} may not be null")
    if not isinstance(value, dict):
        raise MalformedError(name, f"{name} must be an object")
    return value


def within(name: str, value: float, lowest: float, highest: float) -> float:
    """Return a value. Raises RejectedError outside of its range."""
    if not lowest <= value <= highest:
        raise RejectedError(
            "The input parameter is out of the valid range, "
            f"{name} in: [{lowest:g}, {highest:g}]"
        )
    return value


def one_of(name: str, value: str, allowed: tuple[str, ...]) -> str:
    """Return a word. Raises RejectedError for one that is not allowed."""
    if value not in allowed:
        raise RejectedError(
            "The input parameter is out of the valid range, "
            f"{name} in: [{', '.join(allowed)}]"
        )
    return value
