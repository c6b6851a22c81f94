"""What the Energy dashboard shows of a plant: kinds of sources, and their sensors."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from homeassistant.components.energy.data import SourceType

from ..energy_flows import Total
from ..history.quantities import Quantity


class Kind(StrEnum):
    """A kind of source of the Energy dashboard."""

    SOLAR = "solar"
    BATTERY = "battery"
    GRID = "grid"


class Existing(StrEnum):
    """What to do where others have put in sources of the same kind."""

    KEEP = "keep"
    REPLACE = "replace"
    ADD = "add"


class Shows(StrEnum):
    """What the dashboard shows of a plant: its sensors, its history, or both."""

    LIVE_AND_HISTORY = "live_and_history"
    LIVE = "live"
    HISTORY = "history"


COUNTERS: Final[Mapping[Kind, Mapping[Total, str]]] = {
    Kind.SOLAR: {Total.SOLAR: "solar_energy"},
    Kind.BATTERY: {
        Total.BATTERY_DISCHARGED: "battery_discharged_energy",
        Total.BATTERY_CHARGED: "battery_charged_energy",
    },
    Kind.GRID: {
        Total.GRID_IMPORT: "grid_import_energy",
        Total.GRID_EXPORT: "grid_export_energy",
    },
}
"""The sensors of a plant without which there is no source, by what they show."""
RATES: Final[Mapping[Kind, tuple[str, ...]]] = {
    Kind.SOLAR: ("pv_power",),
    Kind.BATTERY: ("battery_power", "battery_state_of_charge"),
    Kind.GRID: ("grid_power",),
}
"""The sensors that complete a source."""
QUANTITIES: Final[Mapping[Kind, tuple[Quantity, ...]]] = {
    Kind.SOLAR: (Quantity.PV_YIELD,),
    Kind.BATTERY: (Quantity.BATTERY_DISCHARGE, Quantity.BATTERY_CHARGE),
    Kind.GRID: (Quantity.IMPORT, Quantity.EXPORT),
}
"""The history of a source: what comes from it, and what goes to it."""

type Wanted = Mapping[tuple[str, Kind], SourceType]
"""Sources by plant code and kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What came of filling the dashboard.

    `added` are sources by plant code and kind, `kept` the kinds that were left to the
    sources that others have put in.
    """

    added: tuple[tuple[str, Kind], ...]
    kept: frozenset[Kind]
