"""Battery and grid close the balance of steps for which a controller was set."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import inf

from .balance import Flows, clip
from .definitions import Battery, DeviceType, Inverter, PlantDefinition
from .electricity import LOAD_SHARES
from .settings import Direction, PlantSettings, Regime

_WATTS_A_KILOWATT = 1000.0
_NOTICED = 30.0
"""Power in W that has to be given up before an inverter calls itself limited."""
_ENOUGH = 1e-9
"""Share of a percent by which a target may be missed in arithmetic."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Order:
    """A regime, and what its time-of-use plan wants in one step."""

    regime: Regime
    direction: Direction | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Offer:
    """What a battery may choose from in one step, in W on its own side.

    `available` comes from the modules, `demand` is what the house asks for,
    `limit` what the inverter takes either way, `output` what may leave it.
    """

    available: float
    demand: float
    limit: float
    output: float


@dataclass(slots=True, kw_only=True)
class _Store:
    """A battery that obeys."""

    battery: Battery
    stored: float
    hours: float

    def obey(self, order: _Order, offer: _Offer) -> float:
        """Return W at the terminals, + charging, and book it for one step."""
        wish = _wish(order, offer)
        power = (
            self._charge(order.regime, wish, offer)
            if wish >= 0
            else -self._discharge(order.regime, -wish, offer)
        )
        efficiency = self.battery.efficiency
        gained = power * (efficiency if power >= 0 else 1 / efficiency)
        self.stored += gained * self.hours / _WATTS_A_KILOWATT
        return power

    def _charge(self, regime: Regime, wish: float, offer: _Offer) -> float:
        battery, settings = self.battery, regime.settings
        highest = settings.end_of_charge_soc
        if regime.forced is not None and regime.forced.target is not None:
            highest = min(highest, regime.forced.target)
        room = battery.capacity * highest / 100 - self.stored
        return min(
            wish,
            charge_limit(battery, settings),
            offer.available + offer.limit,
            self._power(room / battery.efficiency),
        )

    def _discharge(self, regime: Regime, wish: float, offer: _Offer) -> float:
        battery, settings = self.battery, regime.settings
        lowest = lowest_soc(battery, settings)
        if regime.forced is not None and regime.forced.target is not None:
            lowest = max(lowest, regime.forced.target)
        content = self.stored - battery.capacity * lowest / 100
        return min(
            wish,
            discharge_limit(battery, settings),
            max(min(offer.limit, offer.output) - offer.available, 0.0),
            self._power(content * battery.efficiency),
        )

    def _power(self, energy: float) -> float:
        return max(energy * _WATTS_A_KILOWATT / self.hours, 0.0)


def charge_limit(battery: Battery, settings: PlantSettings) -> float:
    """Return the most W that a battery is charged with."""
    most = battery.max_charge * _WATTS_A_KILOWATT
    wanted = settings.max_charge_power
    return most if wanted is None else min(wanted, most)


def discharge_limit(battery: Battery, settings: PlantSettings) -> float:
    """Return the most W that a battery is discharged with."""
    most = battery.max_discharge * _WATTS_A_KILOWATT
    wanted = settings.max_discharge_power
    return most if wanted is None else min(wanted, most)


def lowest_soc(battery: Battery, settings: PlantSettings) -> float:
    """Return the state of charge in % at which a battery stops giving."""
    wanted = settings.end_of_discharge_soc
    return battery.lowest_soc if wanted is None else wanted


def _wish(order: _Order, offer: _Offer) -> float:
    """Return the power that the regime wants at the battery, + charging."""
    regime, settings = order.regime, order.regime.settings
    if regime.forced is not None:
        return regime.forced.power
    surplus = offer.available - offer.demand
    most = min(offer.limit, offer.output)
    match settings.operation_mode:
        case "thirdPartyDispatch":
            return regime.dispatch_power
        case "fullyFidToGrid":
            return offer.available - most
        case "TOU":
            return _time_of_use(order, surplus, offer.available - most)
        case _:
            return surplus


def _time_of_use(order: _Order, surplus: float, excess: float) -> float:
    """Return the wish; `excess` is what neither house nor grid may take."""
    settings = order.regime.settings
    prefers_charging = settings.surplus_priority == "chargePreference"
    kept = max(surplus if prefers_charging else excess, 0.0)
    if order.direction == "discharge" and surplus < 0:
        return surplus
    if order.direction == "charge":
        from_grid = settings.grid_charge_power if prefers_charging else 0.0
        return max(surplus, 0.0) + from_grid * _WATTS_A_KILOWATT
    return kept


def balance_by(
    plant: PlantDefinition,
    flows: Flows,
    stored: float,
    step: int,
    *,
    regimes: Sequence[Regime],
    local: Callable[[int], datetime],
) -> None:
    """Fill in inverters, battery, grid and stored energy of a controlled day.

    `regimes` has one for each step, `local` tells a step's plant-local time.
    """
    day = _Day(plant, flows, stored, step)
    for index, order in enumerate(_orders(regimes, local)):
        day.settle(index, order)


def _orders(
    regimes: Sequence[Regime], local: Callable[[int], datetime]
) -> Iterator[_Order]:
    for index, regime in enumerate(regimes):
        settings = regime.settings
        planned = settings.operation_mode == "TOU"
        direction = settings.direction(local(index)) if planned else None
        yield _Order(regime=regime, direction=direction)


class _Day:
    """The steps of a day, one after the other."""

    def __init__(
        self, plant: PlantDefinition, flows: Flows, stored: float, step: int
    ) -> None:
        self._plant = plant
        self._flows = flows
        self._store: _Store | None = None
        if plant.battery is not None:
            hours = step / 3600
            self._store = _Store(battery=plant.battery, stored=stored, hours=hours)
        self._beside = (
            plant.battery is not None and plant.battery.type_id == DeviceType.ESS
        )
        self._strings: list[list[list[float]]] = []
        first = 0
        for inverter in plant.inverters:
            end = first + len(inverter.strings)
            self._strings.append(flows.strings[first:end])
            first = end
        flows.inverters = [[] for _ in plant.inverters]
        flows.stored.append(stored)

    def settle(self, index: int, order: _Order) -> None:
        """Work out one step."""
        flows = self._flows
        allowed = self._allowed(index, order.regime.settings)
        if self._store is None or self._beside:
            limited = self._inverters_alone(index, order, allowed)
        else:
            limited = self._hybrid(self._store, index, order, allowed)
        flows.limited.append(limited)
        flows.stored.append(0.0 if self._store is None else self._store.stored)
        produced = sum(powers[index] for powers in flows.inverters)
        beside = flows.battery[index] if self._beside else 0.0
        flows.grid.append(flows.load[index] - produced + beside)

    def _allowed(self, index: int, settings: PlantSettings) -> float:
        """Return the AC power in W that all inverters together may give."""
        plant = self._plant
        match settings.control_mode:
            case "zeroExportLimitation":
                limit = 0.0
            case "limitedPowerGridKW":
                limit = settings.feed_in_limit
            case "limitedPowerGridPercent":
                rated = sum(inverter.rated_power for inverter in plant.inverters)
                limit = rated * settings.feed_in_limit / 100
            case _:
                return inf
        limit *= _WATTS_A_KILOWATT
        load = 0.0 if plant.meter is None else self._flows.load[index]
        if settings.limitation_mode == "totalPower":
            return load + limit
        if plant.inverters[0].phases == 1:
            return LOAD_SHARES[0] * load + limit
        return 3 * (min(LOAD_SHARES) * load + limit)

    def _inverters_alone(self, index: int, order: _Order, allowed: float) -> bool:
        powers = [
            self._available(index, position, inverter) * inverter.efficiency
            for position, inverter in enumerate(self._plant.inverters)
        ]
        total = sum(powers)
        battery = 0.0
        if self._store is not None:
            load = self._flows.measured_load[index]
            offer = _Offer(available=total, demand=load, limit=inf, output=allowed)
            battery = self._store.obey(order, offer)
        self._flows.battery.append(battery)
        kept = min(total, max(allowed + battery, 0.0))
        for position, power in enumerate(powers):
            self._give(index, position, power * kept / total if total else 0.0)
        return total - kept > _NOTICED

    def _hybrid(self, store: _Store, index: int, order: _Order, allowed: float) -> bool:
        """Work out a battery behind the first inverter; the others come first."""
        inverter, *others = self._plant.inverters
        rest = 0.0
        for position, other in enumerate(others, 1):
            power = self._available(index, position, other) * other.efficiency
            power = min(power, max(allowed - rest, 0.0))
            self._give(index, position, power)
            rest += power
        efficiency = inverter.efficiency
        limit = inverter.rated_power * _WATTS_A_KILOWATT / efficiency
        output = min((allowed - rest) / efficiency, limit)
        available = sum(values[index] for values in self._strings[0])
        demand = self._flows.measured_load[index] / efficiency
        offer = _Offer(available=available, demand=demand, limit=limit, output=output)
        battery = store.obey(order, offer)
        self._flows.battery.append(battery)
        possible = min(available, limit + battery)
        used = max(min(possible, output + battery), 0.0)
        clip(self._strings[0], index, available, used)
        self._flows.inverters[0].append((used - battery) * efficiency)
        return possible - used > _NOTICED

    def _available(self, index: int, position: int, inverter: Inverter) -> float:
        """Return the DC power that an inverter can take from its modules."""
        available = sum(values[index] for values in self._strings[position])
        limit = inverter.rated_power * _WATTS_A_KILOWATT / inverter.efficiency
        return min(available, limit)

    def _give(self, index: int, position: int, power: float) -> None:
        """Let an inverter give an AC power, and its modules no more than that."""
        strings = self._strings[position]
        available = sum(values[index] for values in strings)
        efficiency = self._plant.inverters[position].efficiency
        clip(strings, index, available, power / efficiency)
        self._flows.inverters[position].append(power)


def reached(stored: float, battery: Battery, power: float, target: float) -> bool:
    """Return whether stored kWh satisfy a target in % in the direction of a power."""
    missing = target - 100 * stored / battery.capacity
    return missing <= _ENOUGH if power > 0 else -missing <= _ENOUGH
