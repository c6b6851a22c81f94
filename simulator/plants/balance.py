"""Battery and grid close the balance of each step."""

from dataclasses import dataclass, field
from math import inf

from .definitions import Battery, DeviceType, Inverter, PlantDefinition

_WATTS_A_KILOWATT = 1000.0


@dataclass(slots=True, kw_only=True)
class Flows:
    """Power of each step in W, one list for each quantity.

    `battery` is positive while charging, `grid` for import; `stored` is the
    battery's energy in kWh at the start of each step and at the day's end.
    """

    strings: list[list[float]]
    irradiance: list[float]
    """W/m² on a weather station's sensor."""
    load: list[float]
    measured_load: list[float]
    """What the battery's control takes the load for."""
    inverters: list[list[float]] = field(default_factory=list)
    battery: list[float] = field(default_factory=list)
    grid: list[float] = field(default_factory=list)
    stored: list[float] = field(default_factory=list)
    limited: list[bool] = field(default_factory=list)
    """Whether a limit takes power from the modules; empty where none is set."""


@dataclass(slots=True, kw_only=True)
class _Store:
    """A battery in its working mode of greatest self-consumption."""

    battery: Battery
    stored: float
    hours: float
    """Length of a step."""

    def power(self, available: float, demand: float, limit: float) -> float:
        """Return W at the terminals, + charging, and book it for one step.

        `available` is DC from the modules, `demand` DC that the house asks
        for, `limit` DC that the inverter can take.
        """
        battery = self.battery
        kilowatt_hours = _WATTS_A_KILOWATT / self.hours
        surplus = available - demand
        if surplus >= 0:
            room = (battery.capacity - self.stored) / battery.efficiency
            power = min(
                surplus,
                battery.max_charge * _WATTS_A_KILOWATT,
                max(room * kilowatt_hours, 0.0),
            )
            self.stored += power * battery.efficiency / kilowatt_hours
            return power
        lowest = battery.capacity * battery.lowest_soc / 100
        content = (self.stored - lowest) * battery.efficiency
        power = min(
            -surplus,
            max(limit - available, 0.0),
            battery.max_discharge * _WATTS_A_KILOWATT,
            max(content * kilowatt_hours, 0.0),
        )
        self.stored -= power / battery.efficiency / kilowatt_hours
        return -power


def balance(plant: PlantDefinition, flows: Flows, stored: float, step: int) -> None:
    """Fill in inverters, battery, grid and stored energy.

    `flows` has the modules' power and the load; modules give less where the
    inverter cannot take it. `stored` is the battery's energy at first, kWh.
    """
    store: _Store | None = None
    if plant.battery is not None:
        store = _Store(battery=plant.battery, stored=stored, hours=step / 3600)
    flows.stored.append(stored)
    behind_inverter = plant.battery is not None and (
        plant.battery.type_id != DeviceType.ESS
    )
    first = 0
    for inverter in plant.inverters:
        group = flows.strings[first : first + len(inverter.strings)]
        first += len(inverter.strings)
        if behind_inverter and inverter is plant.inverters[0] and store is not None:
            flows.inverters.append(_with_battery(inverter, group, flows, store))
        else:
            flows.inverters.append(_without_battery(inverter, group))
    if store is None:
        flows.battery = [0.0] * len(flows.load)
        flows.stored = [stored] * (len(flows.load) + 1)
    flows.grid = list(flows.load)
    for powers in flows.inverters:
        flows.grid = [
            grid - power for grid, power in zip(flows.grid, powers, strict=True)
        ]
    if store is not None and not behind_inverter:
        _beside_inverters(flows, store)


def _with_battery(
    inverter: Inverter, strings: list[list[float]], flows: Flows, store: _Store
) -> list[float]:
    limit = inverter.rated_power * _WATTS_A_KILOWATT / inverter.efficiency
    produced: list[float] = []
    for index, load in enumerate(flows.measured_load):
        available = sum(values[index] for values in strings)
        battery = store.power(available, load / inverter.efficiency, limit)
        used = min(available, limit + battery)
        clip(strings, index, available, used)
        flows.battery.append(battery)
        flows.stored.append(store.stored)
        produced.append((used - battery) * inverter.efficiency)
    return produced


def _beside_inverters(flows: Flows, store: _Store) -> None:
    for index, grid in enumerate(flows.grid):
        load = flows.load[index]
        demand = flows.measured_load[index]
        battery = store.power(load - grid, demand, inf)
        flows.battery.append(battery)
        flows.stored.append(store.stored)
        flows.grid[index] = grid + battery


def _without_battery(inverter: Inverter, strings: list[list[float]]) -> list[float]:
    limit = inverter.rated_power * _WATTS_A_KILOWATT / inverter.efficiency
    produced: list[float] = []
    for index in range(len(strings[0])):
        available = sum(values[index] for values in strings)
        used = min(available, limit)
        clip(strings, index, available, used)
        produced.append(used * inverter.efficiency)
    return produced


def clip(strings: list[list[float]], index: int, available: float, used: float) -> None:
    """Let strings that could give `available` W give `used` W in one step."""
    if used < available:
        for values in strings:
            values[index] *= used / available
