"""Powers and storage of a plant, from one cycle of readings.

| quantity | from | unknown where |
|---|---|---|
| PV | sum of `mppt_power`; `active_power` of an inverter that tells none, where the plant has no battery; by night 0 | an inverter is missing or not connected by day |
| AC output | sum of `active_power`; by night 0 for one that tells none | as above |
| battery | sum of `ch_discharge_power` (39: + is charging; 41 and 23093 as learned) | one is missing, not connected, or its sign not learned |
| grid | measuring points with the role grid | there is none, one is missing, or its sign not learned |
| home | AC output + batteries with an own converter (41) + grid | one of them is, or the sum is negative by more than noise |
| SOC | mean of `battery_soc`, weighted by `rated_capacity` | one of several tells no capacity |
| rated capacity | sum of `rated_capacity` | one tells none |
| usable capacity | `rated_capacity` times the health of the packs | a battery tells no health |
| stored energy | SOC of the usable capacity, else of the rated one | SOC or rated capacity are unknown |

A sum is unknown while one of its units is left out of the cycle. The output of a hybrid
inverter contains what its battery gives and lacks what it takes, so that the battery
does not appear in the sum of the home.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from .model import (
    BATTERY_TYPE,
    ESS_TYPE,
    INVERTER_TYPES,
    STORAGE_TYPES,
    Cycle,
    Powers,
    PowerSign,
    Unit,
)
from .points import grid_points

_WATTS_A_KILOWATT: Final = 1000.0
# the feeds of one cycle are snapshots of up to five minutes apart
_NOISE: Final = 50.0
_NOISE_SHARE: Final = 0.05


def powers_of(cycle: Cycle) -> Powers:
    """Return what can be known of this cycle; unknown is None, never 0."""
    ac_output = _sum(cycle.of_types(INVERTER_TYPES), lambda unit: _ac(unit, cycle))
    grid = _grid(cycle)
    storage = cycle.of_types(STORAGE_TYPES)
    rated = _sum(storage, _capacity)
    usable = _sum(storage, _usable_capacity)
    soc = _state_of_charge(storage)
    holds = rated if usable is None else usable
    return Powers(
        pv=_sum(cycle.of_types(INVERTER_TYPES), lambda unit: _pv(unit, cycle)),
        ac_output=ac_output,
        grid=grid,
        battery=_sum(storage, lambda unit: battery_power(unit, cycle.signs)),
        home=_home(cycle, ac_output, grid),
        soc=soc,
        stored_energy=(
            None if soc is None or holds is None else round(soc / 100 * holds, 3)
        ),
        usable_capacity=usable,
        rated_capacity=rated,
    )


def _sum(
    units: Iterable[Unit], value_of: Callable[[Unit], float | None]
) -> float | None:
    """Return the sum over all units, None where one is unknown or there is none."""
    total: float | None = None
    for unit in units:
        value = value_of(unit)
        if value is None:
            return None
        total = value if total is None else total + value
    return None if total is None else round(total, 3)


def _asleep(unit: Unit, cycle: Cycle) -> bool:
    """Return whether an inverter tells nothing because it is night."""
    return cycle.dark and unit.reading is not None


def _pv(unit: Unit, cycle: Cycle) -> float | None:
    power = unit.usable.get("mppt_power")
    if power is None and not cycle.of_types(STORAGE_TYPES):
        power = unit.usable.get("active_power")
    if power is None:
        return 0.0 if _asleep(unit, cycle) else None
    return max(power, 0.0) * _WATTS_A_KILOWATT


def _ac(unit: Unit, cycle: Cycle) -> float | None:
    power = unit.usable.get("active_power")
    if power is None:
        return 0.0 if _asleep(unit, cycle) else None
    return power * _WATTS_A_KILOWATT


def battery_power(unit: Unit, signs: Mapping[str, PowerSign]) -> float | None:
    """Return W with + for discharge; None where value or sign are unknown."""
    power = unit.usable.get("ch_discharge_power")
    if power is None or power == 0:
        return power
    known = unit.device.type_id == BATTERY_TYPE
    sign = PowerSign.SAME if known else signs.get(unit.device.key)
    if sign is None:
        return None
    return -power if sign is PowerSign.SAME else power


def _grid(cycle: Cycle) -> float | None:
    total: float | None = None
    for point, direction in grid_points(cycle.units, cycle.assignments):
        power = point.import_power(direction, cycle.signs.get(point.key))
        if power is None:
            return None
        total = power if total is None else total + power
    return total


def _home(cycle: Cycle, ac_output: float | None, grid: float | None) -> float | None:
    ess = cycle.of_types(frozenset({ESS_TYPE}))
    given = _sum(ess, lambda unit: battery_power(unit, cycle.signs)) if ess else 0.0
    if ac_output is None or grid is None or given is None:
        return None
    home = round(ac_output + given + grid, 3)
    noise = _NOISE + _NOISE_SHARE * (abs(ac_output) + abs(given))
    if home < -noise:
        return None
    return max(home, 0.0)


def _capacity(unit: Unit) -> float | None:
    # 0 where the battery does not know
    return unit.counted.get("rated_capacity") or None


def _usable_capacity(unit: Unit) -> float | None:
    capacity = _capacity(unit)
    packs = unit.reading.battery_packs if unit.reading else ()
    healths = [pack.health for pack in packs if pack.health is not None]
    if capacity is None or not healths or len(healths) < len(packs):
        return None
    return capacity * sum(healths) / len(healths) / 100


def _state_of_charge(storage: tuple[Unit, ...]) -> float | None:
    levels = [unit.usable.get("battery_soc") for unit in storage]
    weights = [_capacity(unit) for unit in storage]
    if len(storage) == 1:
        return levels[0]
    content = capacity = 0.0
    for level, weight in zip(levels, weights, strict=True):
        if level is None or weight is None:
            return None
        content += level * weight
        capacity += weight
    return round(content / capacity, 1) if capacity else None
