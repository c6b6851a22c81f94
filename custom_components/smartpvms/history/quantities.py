"""What is kept of each plant as a series, and where the cloud's reports tell it.

Keys and units are those of getKpiStationHour and getKpiStationDay (26.2.0): kWh, and
the plant's currency for the income.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from ..energy_flows import Total

SCALE: Final = 1000
"""Figures are whole thousandths of a kWh or of the currency, so that sums stay exact."""


class Quantity(StrEnum):
    """A series of a plant; the value is part of the statistic's id."""

    PV_YIELD = "pv_yield"
    INVERTER_YIELD = "inverter_yield"
    EXPORT = "export"
    IMPORT = "import"
    CONSUMPTION = "consumption"
    BATTERY_CHARGE = "battery_charge"
    BATTERY_DISCHARGE = "battery_discharge"
    INCOME = "income"


type Figures = Mapping[Quantity, int]
"""What was counted in a day or in an hour, in thousandths."""

# where the first key is missing, the next one says the same in all recorded answers
_DAY_KEYS: Final[Mapping[Quantity, tuple[str, ...]]] = {
    Quantity.PV_YIELD: ("PVYield", "inverter_power"),
    Quantity.INVERTER_YIELD: ("inverterYield",),
    Quantity.EXPORT: ("ongrid_power",),
    Quantity.IMPORT: ("buyPower",),
    Quantity.CONSUMPTION: ("use_power",),
    Quantity.BATTERY_CHARGE: ("chargeCap",),
    Quantity.BATTERY_DISCHARGE: ("dischargeCap",),
    Quantity.INCOME: ("power_profit",),
}
_SELF_PROVIDED: Final = "selfProvide"

LIVE_TOTALS: Final[Mapping[Total, Quantity]] = {
    Total.SOLAR: Quantity.PV_YIELD,
    Total.GRID_EXPORT: Quantity.EXPORT,
    Total.GRID_IMPORT: Quantity.IMPORT,
    Total.HOME_CONSUMPTION: Quantity.CONSUMPTION,
    Total.BATTERY_CHARGED: Quantity.BATTERY_CHARGE,
    Total.BATTERY_DISCHARGED: Quantity.BATTERY_DISCHARGE,
}
"""The series that our own totals make grow."""

LIVE_SENSORS: Final[Mapping[Quantity, str]] = {
    Quantity.PV_YIELD: "solar_energy",
    Quantity.EXPORT: "grid_export_energy",
    Quantity.IMPORT: "grid_import_energy",
    Quantity.BATTERY_CHARGE: "battery_charged_energy",
    Quantity.BATTERY_DISCHARGE: "battery_discharged_energy",
}
"""The plant's sensors (keys) that the Energy dashboard shows, by the series before them."""


def figure(value: float) -> int:
    """Return a value of the cloud in thousandths."""
    return round(value * SCALE)


def figures_of_report(values: Mapping[str, float]) -> dict[Quantity, int]:
    """Return what a row of a plant's report tells; what it lacks is not known.

    A row of the hour report has no import and no consumption.
    """
    return {
        quantity: figure(values[key])
        for quantity, keys in _DAY_KEYS.items()
        if (key := next((key for key in keys if key in values), None)) is not None
    }


def self_provided(values: Mapping[str, float]) -> int | None:
    """Return what the house used of its own in an hour, None where it is not told."""
    value = values.get(_SELF_PROVIDED)
    return None if value is None else figure(value)
