"""What the planner remembers of a feed across restarts, as JSON."""

from dataclasses import fields
from math import isfinite
from typing import Final

from ..northbound.json_types import JsonObject, JsonValue
from .follower import Follower
from .phase import Phase
from .search import Search

_DIGITS: Final = 2
_PHASE: Final = "phase"
_SEARCH: Final = "search"


def as_json(follower: Follower) -> JsonObject:
    """Return a follower as JSON."""
    state: JsonObject = {}
    for name in _simple(follower):
        value = getattr(follower, name)
        state[name] = round(value, _DIGITS) if isinstance(value, float) else value
    if follower.phase is not None:
        state[_PHASE] = [
            round(follower.phase.mean, _DIGITS),
            round(follower.phase.doubt, _DIGITS),
        ]
    if follower.search is not None:
        state[_SEARCH] = [
            round(follower.search.start, _DIGITS),
            round(follower.search.width, _DIGITS),
            follower.search.found,
        ]
    return state


def from_json(state: JsonValue, now: float, *, learns: bool) -> Follower:
    """Return the follower that `as_json` made this of, a new one if it cannot be.

    What was polled in the future was so by another clock, and is not gone by.
    """
    follower = Follower(learns=learns)
    if not isinstance(state, dict):
        return follower
    for name in _simple(follower):
        value = state.get(name)
        if _fits(value, getattr(follower, name)):
            setattr(follower, name, value)
    if follower.polled is None or follower.polled > now:
        return Follower(learns=learns)
    if not learns:
        return follower
    follower.phase = _phase(state.get(_PHASE))
    follower.search = _search(state.get(_SEARCH))
    return follower


def _phase(state: JsonValue) -> Phase | None:
    match state:
        case [int() | float() as mean, int() | float() as doubt]:
            return Phase(mean=mean, doubt=doubt)
        case _:
            return None


def _search(state: JsonValue) -> Search | None:
    match state:
        case [int() | float() as start, int() | float() as width, bool() as found]:
            return Search(start, width, found)
        case _:
            return None


def _simple(follower: Follower) -> list[str]:
    """Return the names of what is a number or a truth value, but for `learns`."""
    apart = {"learns", _PHASE, _SEARCH}
    return [field.name for field in fields(follower) if field.name not in apart]


def _fits(value: JsonValue, default: float | int | bool | None) -> bool:
    """Return whether a value may stand where this default does."""
    if isinstance(default, bool) or isinstance(value, bool):
        return isinstance(default, bool) and isinstance(value, bool)
    if isinstance(default, int):
        return isinstance(value, int)
    return isinstance(value, int | float) and isfinite(value)
