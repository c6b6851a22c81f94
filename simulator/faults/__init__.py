"""Misbehaviours of the real cloud that can be switched on and off."""

from .canned import CANNED
from .control import CONTROL, ControlSwitches
from .counters import COUNTERS
from .readings import READINGS
from .refusals import REFUSALS
from .registry import Faults, World
from .values import VALUES

__all__ = ["ControlSwitches", "Faults", "World", "all_faults"]


def all_faults(world: World) -> Faults:
    """Return every switch there is, all off."""
    return Faults((*CANNED, *REFUSALS, *VALUES, *READINGS, *COUNTERS, *CONTROL), world)
