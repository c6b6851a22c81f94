"""Amounts of energy over some span of time."""

from collections.abc import Iterable
from dataclasses import dataclass
from operator import add


@dataclass(frozen=True, slots=True, kw_only=True)
class Energies:
    """Energy in kWh; durations in hours."""

    strings: tuple[float, ...]
    inverters: tuple[float, ...]
    pv_yield: float = 0.0
    """Energy of the modules as the cloud counts it, behind the inverters.

    Recorded day reports of hybrid inverters satisfy PVYield = inverterYield +
    chargeCap - dischargeCap to the hundredth.
    """
    charged: float = 0.0
    discharged: float = 0.0
    load: float = 0.0
    imported: float = 0.0
    exported: float = 0.0
    charging_hours: float = 0.0
    discharging_hours: float = 0.0
    irradiation: float = 0.0
    """Light on a weather station's sensor, kWh/m²."""
    absorbed: float = 0.0
    """What inverters took from the AC side to charge a battery."""

    def __add__(self, other: Energies) -> Energies:
        """Return the energies of both spans together."""
        return Energies(
            strings=tuple(map(add, self.strings, other.strings, strict=True)),
            inverters=tuple(map(add, self.inverters, other.inverters, strict=True)),
            pv_yield=self.pv_yield + other.pv_yield,
            charged=self.charged + other.charged,
            discharged=self.discharged + other.discharged,
            load=self.load + other.load,
            imported=self.imported + other.imported,
            exported=self.exported + other.exported,
            charging_hours=self.charging_hours + other.charging_hours,
            discharging_hours=self.discharging_hours + other.discharging_hours,
            irradiation=self.irradiation + other.irradiation,
            absorbed=self.absorbed + other.absorbed,
        )

    def __sub__(self, other: Energies) -> Energies:
        """Return what came after the other span."""
        return self + other.scaled(-1.0)

    def scaled(self, factor: float) -> Energies:
        """Return every amount times a factor."""
        return Energies(
            strings=tuple(value * factor for value in self.strings),
            inverters=tuple(value * factor for value in self.inverters),
            pv_yield=self.pv_yield * factor,
            charged=self.charged * factor,
            discharged=self.discharged * factor,
            load=self.load * factor,
            imported=self.imported * factor,
            exported=self.exported * factor,
            charging_hours=self.charging_hours * factor,
            discharging_hours=self.discharging_hours * factor,
            irradiation=self.irradiation * factor,
            absorbed=self.absorbed * factor,
        )

    @property
    def inverter_yield(self) -> float:
        """AC energy of all inverters, battery discharge included."""
        return sum(self.inverters)

    @classmethod
    def zero(cls, strings: int, inverters: int) -> Energies:
        """Return no energy for a plant of so many strings and inverters."""
        return cls(strings=(0.0,) * strings, inverters=(0.0,) * inverters)


def total(start: Energies, spans: Iterable[Energies]) -> Energies:
    """Return the sum of a start and all spans."""
    for span in spans:
        start = start + span
    return start
