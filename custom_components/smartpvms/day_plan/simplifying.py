"""The cheapest plan that fits, where one needs too many windows."""

from dataclasses import dataclass, replace
from typing import Final

from ..northbound.control import MOST_WINDOWS
from .model import Action
from .week import Stretch, windows_of

_ACTIONS: Final = (Action.HOLD, Action.SELF_USE, Action.CHARGE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    """One way through the stretches so far: what each does, and the minutes changed."""

    cost: int = 0
    before: _Way | None = None
    action: Action = Action.HOLD


type _Ways = dict[tuple[Action, int], _Way]
"""The cheapest way by what is done last and how many windows it took."""


def simplified(stretches: tuple[Stretch, ...]) -> tuple[tuple[Stretch, ...], int]:
    """Return stretches that fit into 14 windows, and how many minutes were changed.

    Each stretch inside the plan may do something else as a whole. It is the cheapest of
    those with 14 windows where every weekday has its own; where weekdays can share
    windows, one that changes less and fits is taken.
    """
    ways: _Ways = {(Action.HOLD, 0): _Way()}
    weekday = 0
    for stretch in stretches:
        ways = _ways_on(ways, stretch, new_day=stretch.weekday != weekday)
        weekday = stretch.weekday
    found = [
        changed
        for changed in ((_followed(way, stretches), way.cost) for way in ways.values())
        if len(windows_of(changed[0])) <= MOST_WINDOWS
    ]
    return min(found, key=lambda changed: changed[1])


def _ways_on(ways: _Ways, stretch: Stretch, *, new_day: bool) -> _Ways:
    found: _Ways = {}
    for (last, windows), way in ways.items():
        for action in _ACTIONS if stretch.movable else (stretch.action,):
            opens = action is not Action.HOLD and (new_day or action is not last)
            changed = 0 if action is stretch.action else stretch.end - stretch.start
            key, cost = (action, windows + opens), way.cost + changed
            if key not in found or cost < found[key].cost:
                found[key] = _Way(cost=cost, before=way, action=action)
    return found


def _followed(way: _Way, stretches: tuple[Stretch, ...]) -> tuple[Stretch, ...]:
    changed: list[Stretch] = []
    for stretch in reversed(stretches):
        changed.append(replace(stretch, action=way.action))
        if way.before is not None:
            way = way.before
    return tuple(reversed(changed))
