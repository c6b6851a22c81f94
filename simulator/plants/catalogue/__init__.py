"""The plants that can be asked for by name."""

from collections.abc import Callable
import re

from ..definitions import PlantDefinition
from .companies import commercial, string
from .fleet import fleet
from .homes import emma, home, pv
from .special import all_in_one, ess, power_m

PLANTS: dict[str, Callable[[], PlantDefinition]] = {
    "pv": pv,
    "home": home,
    "string": string,
    "emma": emma,
    "commercial": commercial,
    "ess": ess,
    "power_m": power_m,
    "all_in_one": all_in_one,
}
"""Builders by the name that `--plant` takes."""
NAMES = f"{', '.join(PLANTS)}, fleet:N"
"""What `--plant` takes, to be read."""
_FLEET = re.compile(r"fleet:([1-9]\d{0,3})")


def definitions(names: str) -> tuple[PlantDefinition, ...]:
    """Return the plants of a comma separated list, in that order.

    "fleet:150" stands for 150 homes; at most 9999. Raises ValueError for an
    unknown or repeated name, and for two fleets.
    """
    wanted = [name.strip() for name in names.split(",")]
    kinds = [name.partition(":")[0] for name in wanted]
    if len(set(kinds)) < len(wanted):
        raise ValueError(f"a plant is named twice in {names!r}")
    return tuple(plant for name in wanted for plant in _named(name))


def _named(name: str) -> tuple[PlantDefinition, ...]:
    if name in PLANTS:
        return (PLANTS[name](),)
    if match := _FLEET.fullmatch(name):
        return fleet(int(match[1]))
    raise ValueError(f"no plant {name}; there are {NAMES}")
