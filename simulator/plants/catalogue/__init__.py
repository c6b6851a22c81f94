"""The plants that can be asked for by name."""

from collections.abc import Callable

from ..definitions import PlantDefinition
from .companies import commercial, string
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


def definitions(names: str) -> tuple[PlantDefinition, ...]:
    """Return the plants of a comma separated list, in that order.

    Raises ValueError for an unknown or repeated name.
    """
    wanted = [name.strip() for name in names.split(",")]
    if len(set(wanted)) < len(wanted):
        raise ValueError(f"a plant is named twice in {names!r}")
    unknown = [name for name in wanted if name not in PLANTS]
    if unknown:
        raise ValueError(
            f"no plant {', '.join(unknown)}; there are {', '.join(PLANTS)}"
        )
    return tuple(PLANTS[name]() for name in wanted)
