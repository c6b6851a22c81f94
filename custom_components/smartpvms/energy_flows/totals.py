"""Where the energy totals of a plant come from, in this order.

| total | with a battery at an inverter (39, 23093) | without |
|---|---|---|
| solar | sum of `mppt_total_cap`; plant `total_power`; sum of `total_cap` + charged - discharged | sum of `total_cap`; plant `total_power`; sum of `mppt_total_cap` |
| grid import | import counters of the measuring points with the role grid | the same |
| grid export | their export counters; accumulated `day_on_grid_energy` | the same |
| battery | `total_charged_energy` and `total_discharged_energy` of each battery, else its accumulated `charge_cap` and `discharge_cap` | |
| home consumption | sum of `total_cap` + import - export; accumulated `day_use_energy` | the same |

Why: `total_cap` is what an inverter gave to the house. With a battery behind it that
contains what came out of the battery and lacks what went in, so that the PV has to be
read before it: on the DC side, or as the cloud's own yield. Recorded day reports say
PVYield = inverterYield + chargeCap - dischargeCap, which is the last source. Without a
battery the AC side is the better one: it is what the reports call the yield, and the
losses of the inverter would otherwise appear as consumption. The home is what the cloud
itself computes: recorded reports say use_power = inverterYield + buyPower -
ongrid_power; lifetime counters lose nothing over midnight and through outages. A
battery with an own converter (41) has no such counters and is not in `total_cap`:
there the home is known from the plant only.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from .model import (
    ALL_IN_ONE_TYPE,
    BATTERY_TYPE,
    ESS_TYPE,
    INVERTER_TYPES,
    STORAGE_TYPES,
    Cycle,
    Direction,
    Total,
)
from .points import Point, grid_points
from .sources import Candidate

BATTERY_COUNTERS: Final = {
    Total.BATTERY_CHARGED: ("total_charged_energy", "charge_cap"),
    Total.BATTERY_DISCHARGED: ("total_discharged_energy", "discharge_cap"),
}
"""Lifetime and day counter of each direction."""
PLANT_ACCUMULATIONS: Final = {
    Total.GRID_EXPORT: "day_on_grid_energy",
    Total.HOME_CONSUMPTION: "day_use_energy",
}
"""Day counters of the plant that lifetime totals are made of."""

type Accumulated = Mapping[tuple[str, str], float | None]
"""Lifetime totals made of day counters, by subject and key."""


def candidates_of(
    cycle: Cycle, accumulated: Accumulated
) -> dict[Total, list[Candidate]]:
    """Return the sources of each total, best first; a plant lacks those without any.

    `cycle` holds believed counters.
    """
    battery = {total: _battery(cycle, accumulated, total) for total in BATTERY_COUNTERS}
    grid = grid_points(cycle.units, cycle.assignments)
    candidates = {
        Total.SOLAR: _solar(cycle, battery),
        Total.GRID_IMPORT: _at_grid(grid, imports=True),
        Total.GRID_EXPORT: [
            *_at_grid(grid, imports=False),
            *_of_plant(cycle, accumulated, Total.GRID_EXPORT),
        ],
        Total.HOME_CONSUMPTION: [
            *_balance(cycle, grid),
            *_of_plant(cycle, accumulated, Total.HOME_CONSUMPTION),
        ],
    }
    for total, parts in battery.items():
        candidates[total] = [Candidate.of("batteries", parts)] if parts else []
    return {total: sources for total, sources in candidates.items() if sources}


def _solar(
    cycle: Cycle, battery: Mapping[Total, Mapping[str, float | None]]
) -> list[Candidate]:
    direct = Candidate.of("mppt_total_cap", _inverters(cycle, "mppt_total_cap"))
    output = _inverters(cycle, "total_cap")
    if not output:
        return []
    plant = {} if cycle.reading is None else cycle.reading.values
    of_plant = Candidate.of("total_power", {cycle.plant_code: plant.get("total_power")})
    if not cycle.of_types(frozenset({BATTERY_TYPE, ALL_IN_ONE_TYPE})):
        return [Candidate.of("total_cap", output), of_plant, direct]
    parts = output | {
        f"{total}/{key}": _signed(value, total is Total.BATTERY_CHARGED)
        for total, values in battery.items()
        for key, value in values.items()
        if key in _behind_inverters(cycle)
    }
    return [direct, of_plant, Candidate.of("total_cap_and_batteries", parts)]


def _behind_inverters(cycle: Cycle) -> set[str]:
    units = cycle.of_types(frozenset({BATTERY_TYPE, ALL_IN_ONE_TYPE}))
    return {unit.device.key for unit in units}


def _signed(value: float | None, positive: bool) -> float | None:
    if value is None:
        return None
    return value if positive else -value


def _inverters(cycle: Cycle, key: str) -> dict[str, float | None]:
    return {
        unit.device.key: unit.counted.get(key)
        for unit in cycle.of_types(INVERTER_TYPES)
    }


def _battery(
    cycle: Cycle, accumulated: Accumulated, total: Total
) -> dict[str, float | None]:
    """Return what each battery took or gave."""
    lifetime, day = BATTERY_COUNTERS[total]
    return {
        unit.device.key: unit.counted.get(
            lifetime, accumulated.get((unit.device.key, day))
        )
        for unit in cycle.of_types(STORAGE_TYPES)
    }


def _counters(
    grid: Iterable[tuple[Point, Direction]], *, imports: bool
) -> dict[str, float | None]:
    counters: dict[str, float | None] = {}
    for point, direction in grid:
        key = point.import_key(direction) if imports else point.export_key(direction)
        counters[f"{point.key}/{key}"] = point.unit.counted.get(key)
    return counters


def _at_grid(
    grid: Iterable[tuple[Point, Direction]], *, imports: bool
) -> list[Candidate]:
    counters = _counters(grid, imports=imports)
    return [Candidate.of("grid", counters)] if counters else []


def _balance(cycle: Cycle, grid: list[tuple[Point, Direction]]) -> list[Candidate]:
    output = _inverters(cycle, "total_cap")
    if not grid or not output or cycle.of_types(frozenset({ESS_TYPE})):
        return []
    exported = {
        key: _signed(value, positive=False)
        for key, value in _counters(grid, imports=False).items()
    }
    parts = output | _counters(grid, imports=True) | exported
    return [Candidate.of("balance", parts)]


def _of_plant(cycle: Cycle, accumulated: Accumulated, total: Total) -> list[Candidate]:
    key = PLANT_ACCUMULATIONS[total]
    value = accumulated.get((cycle.plant_code, key))
    if value is None:
        return []
    return [Candidate.of(key, {cycle.plant_code: value})]
