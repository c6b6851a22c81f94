"""What the energy flows of a plant are made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from enum import StrEnum
from typing import Final

from ..northbound.models import Device, Reading

INVERTER_TYPES: Final = frozenset({1, 38, 23093})
BATTERY_TYPE: Final = 39
ESS_TYPE: Final = 41
ALL_IN_ONE_TYPE: Final = 23093
STORAGE_TYPES: Final = frozenset({BATTERY_TYPE, ESS_TYPE, ALL_IN_ONE_TYPE})
METER_TYPES: Final = frozenset({17, 47})
EMMA_TYPE: Final = 23070


class Role(StrEnum):
    """What a measuring point measures."""

    GRID = "grid"
    LOAD = "load"
    GENERATION = "generation"
    """The output of the inverters, which the inverters tell themselves."""
    IGNORE = "ignore"


class Direction(StrEnum):
    """Whether a measuring point is mounted as the cloud expects, or the other way round."""

    NORMAL = "normal"
    REVERSED = "reversed"


class PowerSign(StrEnum):
    """Which counter a positive power fills.

    For a measuring point `SAME` means `active_cap`; for an ESS it means charging.
    """

    SAME = "same"
    OPPOSITE = "opposite"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """Role and direction of a measuring point, as confirmed or proved."""

    role: Role
    direction: Direction = Direction.NORMAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A device of the plant with its reading of this cycle, None where it was left out."""

    device: Device
    reading: Reading | None

    @property
    def usable(self) -> Mapping[str, float]:
        """The values that are of now: none of a device that is not connected.

        The cloud goes on telling the last values of a device with run_state 0.
        """
        if self.reading is None or self.reading.values.get("run_state") == 0:
            return {}
        return self.reading.values

    @property
    def counted(self) -> Mapping[str, float]:
        """All values that were told, as counters stay true when they are old."""
        return {} if self.reading is None else self.reading.values


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycle:
    """One cycle of readings of one plant.

    `dark` says that the sun is below the plant's horizon. `capacity` is in kWp.
    `assignments` (by measuring point) and `signs` (by measuring point, and by key of an
    ESS) hold what is confirmed, proved or learned; what is not in them is unknown.
    `is_new` says that the plant's own reading came in this cycle: it may be polled more
    seldom than the devices, and is held meanwhile.
    """

    plant_code: str
    now: datetime
    zone: tzinfo
    reading: Reading | None
    is_new: bool = True
    units: tuple[Unit, ...]
    dark: bool = False
    capacity: float | None = None
    assignments: Mapping[str, Assignment] = field(default_factory=dict)
    signs: Mapping[str, PowerSign] = field(default_factory=dict)

    def of_types(self, types: frozenset[int]) -> tuple[Unit, ...]:
        """Return the units of some device types."""
        return tuple(unit for unit in self.units if unit.device.type_id in types)


@dataclass(frozen=True, slots=True, kw_only=True)
class Powers:
    """Powers and storage of a plant in one cycle; None where they cannot be known.

    W: `grid` + is import, `battery` + is discharge, `ac_output` is what all inverters
    give to the house. `soc` in %, the rest in kWh.
    """

    pv: float | None = None
    ac_output: float | None = None
    grid: float | None = None
    battery: float | None = None
    home: float | None = None
    soc: float | None = None
    stored_energy: float | None = None
    usable_capacity: float | None = None
    rated_capacity: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """How much of today's energy stays in the house, 0..100 %; None where unknown."""

    self_sufficiency: float | None = None
    self_consumption: float | None = None


class Total(StrEnum):
    """The energy totals of a plant, in kWh, none of which ever steps back."""

    SOLAR = "solar"
    GRID_IMPORT = "grid_import"
    GRID_EXPORT = "grid_export"
    BATTERY_CHARGED = "battery_charged"
    BATTERY_DISCHARGED = "battery_discharged"
    HOME_CONSUMPTION = "home_consumption"
