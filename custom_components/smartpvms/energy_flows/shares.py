"""Self-sufficiency and self-consumption of today.

As in the cloud's reports, where selfProvide = inverterYield - ongrid_power is what the
plant gave to the house, and selfUsePower = PVYield - ongrid_power what stayed of the PV.
"""

from collections.abc import Mapping

from .model import ESS_TYPE, INVERTER_TYPES, Cycle, Shares, Unit


def shares_of(cycle: Cycle) -> Shares:
    """Return today's shares from believed day counters.

    Self-sufficiency: (sum of `day_cap` - `day_on_grid_energy`) of `day_use_energy`.
    Self-consumption: (`day_power` - `day_on_grid_energy`) of `day_power`. Unknown for
    plants that tell no feed-in (before 24.6.0, or without a meter), and at 0 kWh.
    """
    values = {} if cycle.reading is None else cycle.reading.values
    fed_in = values.get("day_on_grid_energy")
    if fed_in is None:
        return Shares()
    output = _output(cycle)
    return Shares(
        self_sufficiency=(
            None
            if output is None
            else _share(output - fed_in, values.get("day_use_energy"))
        ),
        self_consumption=_share_of(values, "day_power", fed_in),
    )


def _share_of(values: Mapping[str, float], key: str, fed_in: float) -> float | None:
    whole = values.get(key)
    return None if whole is None else _share(whole - fed_in, whole)


def _share(part: float, whole: float | None) -> float | None:
    if whole is None or whole <= 0:
        return None
    return round(min(max(100 * part / whole, 0.0), 100.0), 1)


def _output(cycle: Cycle) -> float | None:
    """Return the kWh that inverters, and batteries with an own converter, gave today."""
    inverters = cycle.of_types(INVERTER_TYPES)
    if not inverters:
        return None
    total = 0.0
    for unit in inverters:
        given = unit.counted.get("day_cap")
        if given is None:
            return None
        total += given
    for unit in cycle.of_types(frozenset({ESS_TYPE})):
        net = _net_discharge(unit)
        if net is None:
            return None
        total += net
    return total


def _net_discharge(unit: Unit) -> float | None:
    charged = unit.counted.get("charge_cap")
    discharged = unit.counted.get("discharge_cap")
    if charged is None or discharged is None:
        return None
    return discharged - charged
