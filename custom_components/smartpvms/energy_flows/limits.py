"""How much the counters of a plant can count at most, and what they count now."""

from dataclasses import dataclass
from typing import Final, Self

from ..counters import Sight
from .model import (
    EMMA_TYPE,
    INVERTER_TYPES,
    METER_TYPES,
    STORAGE_TYPES,
    Cycle,
    Powers,
    Unit,
)
from .powers import battery_power

_WATTS_A_KILOWATT: Final = 1000.0
# no document tells the power of a grid connection; this only stops absurd leaps
_LEAST_GRID_CONNECTION: Final = 100_000.0
_GRID_CONNECTION_SHARE: Final = 10.0
_PV_COUNTERS: Final = frozenset({"day_power", "month_power", "total_power"})
_NOT_CONNECTED: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantLimits:
    """The greatest powers of a plant in W, None where they are unknown."""

    cycle: Cycle
    powers: Powers
    pv: float | None
    inverters: float | None
    grid: float

    @classmethod
    def of(cls, cycle: Cycle, powers: Powers) -> Self:
        """Return what the modules, the inverters and the grid connection can do.

        An inverter gives at most what its modules and its batteries give.
        """
        pv = inverters = None
        if cycle.capacity:
            pv = cycle.capacity * _WATTS_A_KILOWATT
            inverters = pv + sum(
                unit.counted.get("max_discharge_power", 0.0)
                for unit in cycle.of_types(STORAGE_TYPES)
            )
        return cls(
            cycle=cycle,
            powers=powers,
            pv=pv,
            inverters=inverters,
            grid=max(_LEAST_GRID_CONNECTION, (pv or 0.0) * _GRID_CONNECTION_SHARE),
        )

    def of_plant(self, key: str, value: float | None) -> Sight:
        """Return how a counter of the plant is told, with its value (kWh)."""
        told = {} if self.cycle.reading is None else self.cycle.reading.values
        connected = told.get("real_health_state") != _NOT_CONNECTED
        reachable = connected or self.cycle.dark
        if key in _PV_COUNTERS:
            return self._sight(
                value, self.pv, reachable=reachable, power=self.powers.pv
            )
        if key == "day_on_grid_energy":
            grid = self.powers.grid
            flow = None if grid is None else max(-grid, 0.0)
            return self._sight(value, self.inverters, reachable=reachable, flow=flow)
        return self._sight(value, self.grid, reachable=reachable, flow=self.powers.home)

    def of_device(self, unit: Unit, key: str, value: float | None) -> Sight:
        """Return how a counter of a device is told, with its value (kWh)."""
        kind = unit.device.type_id
        reachable = unit.counted.get("run_state") != 0
        if kind in METER_TYPES or kind == EMMA_TYPE:
            return self._sight(value, self.grid, reachable=reachable)
        if "charge" in key:
            return self._of_battery(unit, key, value, reachable=reachable)
        if kind in INVERTER_TYPES:
            return self._of_inverter(
                unit, key, value, reachable=reachable or self.cycle.dark
            )
        return self._sight(value, self.grid, reachable=reachable)

    def _of_inverter(
        self, unit: Unit, key: str, value: float | None, *, reachable: bool
    ) -> Sight:
        direct = key.startswith("mppt")
        if not direct and self.cycle.of_types(STORAGE_TYPES):
            return self._sight(value, self.inverters, reachable=reachable)
        power = unit.usable.get("mppt_power" if direct else "active_power")
        if power is None:
            asleep = self.cycle.dark and unit.reading is not None
            now = 0.0 if asleep else None
        else:
            now = max(power, 0.0) * _WATTS_A_KILOWATT
        return self._sight(value, self.pv, reachable=reachable, power=now)

    def _of_battery(
        self, unit: Unit, key: str, value: float | None, *, reachable: bool
    ) -> Sight:
        discharge = "discharge" in key
        greatest = unit.counted.get(
            "max_discharge_power" if discharge else "max_charge_power"
        )
        power = battery_power(unit, self.cycle.signs)
        flow = None
        if power is not None:
            flow = max(power if discharge else -power, 0.0)
        return self._sight(value, greatest or self.grid, reachable=reachable, flow=flow)

    def _sight(
        self,
        value: float | None,
        greatest_power: float | None,
        *,
        reachable: bool,
        power: float | None = None,
        flow: float | None = None,
    ) -> Sight:
        return Sight(
            value=value,
            now=self.cycle.now,
            zone=self.cycle.zone,
            greatest_power=greatest_power,
            power=power,
            flow=flow,
            reachable=reachable,
        )
