"""Hold the sources of the Energy dashboard against what the simulated plants have."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import isclose
from typing import Any

from .comparison import Row
from .expected import FLOW_SENSORS, SOURCES, Quantities
from .truth import SimulatedDevice

MOST_PLANTS_TO_FILL_IN = 3
"""Of more plants none is put in unless one says so."""
CAPACITY_DECIMALS = 2

type Source = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownSource:
    """A source as the dashboard has it, and what Home Assistant's validator says of it."""

    source: Source
    issues: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantOfHome:
    """A plant, what is physically so, and its entity ids by the keys of the sensors."""

    device: SimulatedDevice
    quantities: Quantities
    entity_ids: Mapping[str, str]


def compare_sources(
    plants: list[PlantOfHome], shown: list[ShownSource], *, learned: bool
) -> list[Row]:
    """Return a row for each source that is there or has to be.

    Before all is `learned` a source may be missing whose sensors may be.
    """
    left = list(shown)
    rows: list[Row] = []
    wanted = plants if len(plants) <= MOST_PLANTS_TO_FILL_IN else []
    for plant in wanted:
        for kind in SOURCES:
            found = _take(left, kind, plant)
            if found is not None:
                problem = "; ".join([*_differences(kind, plant, found), *found.issues])
                rows.append(_row(plant.device, kind, problem))
            elif _has(kind, plant, learned=learned):
                rows.append(_row(plant.device, kind, "is missing"))
    rows.extend(
        _row(plants[0].device, each.source["type"], "too much") for each in left
    )
    return rows


def _row(device: SimulatedDevice, kind: str, problem: str) -> Row:
    state = "there" if problem != "is missing" else "-"
    return Row(
        device=device, key=f"Energy dashboard, {kind}", state=state, problem=problem
    )


def _take(
    shown: list[ShownSource], kind: str, plant: PlantOfHome
) -> ShownSource | None:
    """Take a plant's source out of those that are shown."""
    energy = plant.entity_ids.get(SOURCES[kind]["stat_energy_from"])
    if energy is None:
        return None
    for each in shown:
        if each.source["type"] == kind and each.source["stat_energy_from"] == energy:
            shown.remove(each)
            return each
    return None


def _has(kind: str, plant: PlantOfHome, *, learned: bool) -> bool:
    """Return whether a plant has what a source shows, so that it has to be there."""
    expectations = [FLOW_SENSORS[key] for key in SOURCES[kind].values()]
    key, quantities = plant.device.key, plant.quantities
    if learned:
        return all(each.truths(key, quantities) for each in expectations)
    return all(each.is_known_at_once(key, quantities) for each in expectations)


def _differences(kind: str, plant: PlantOfHome, found: ShownSource) -> Iterable[str]:
    """Yield what is not as it has to be."""
    expected = {name: plant.entity_ids.get(key) for name, key in SOURCES[kind].items()}
    told = {
        name: value
        for name, value in found.source.items()
        if name.startswith("stat_") and value is not None
    }
    for name in sorted(expected.keys() | told.keys()):
        if expected.get(name) != told.get(name):
            yield f"{name} is {told.get(name)}"
    if kind == "battery":
        yield from _difference_of_capacity(plant, found)


def _difference_of_capacity(plant: PlantOfHome, found: ShownSource) -> Iterable[str]:
    capacity, truth = found.source.get("capacity"), plant.quantities["capacity"]
    if capacity is None or truth is None:
        if capacity is not truth:
            yield f"capacity is {capacity}"
    elif not isclose(capacity, truth, abs_tol=0.5 * 10**-CAPACITY_DECIMALS):
        yield f"capacity is {capacity}, not {truth}"
