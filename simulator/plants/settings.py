"""What a plant's controller is set to, and what it does from some instant on."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypedDict

type OperationMode = Literal[
    "maximumSelfConsumption", "fullyFidToGrid", "TOU", "thirdPartyDispatch", "other"
]
type ControlMode = Literal[
    "noLimit",
    "zeroExportLimitation",
    "limitedPowerGridKW",
    "limitedPowerGridPercent",
    "other",
]
type LimitationMode = Literal["totalPower", "singlePhasePower"]
type SurplusPriority = Literal["fedToGridPreference", "chargePreference"]
type Direction = Literal["charge", "discharge"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeWindow:
    """A window of the time-of-use plan, "HH:MM" plant-local; 1 is Monday.

    The end is not part of it. A window that ends before it starts goes over
    midnight and belongs to the day on which it starts.
    """

    start: str
    end: str
    direction: Direction
    weekdays: tuple[int, ...] = (7, 1, 2, 3, 4, 5, 6)

    def contains(self, local: datetime) -> bool:
        """Return whether a plant-local time lies in this window."""
        clock, weekday = local.strftime("%H:%M"), local.isoweekday()
        if self.start <= self.end:
            return weekday in self.weekdays and self.start <= clock < self.end
        if clock >= self.start:
            return weekday in self.weekdays
        yesterday = (local - timedelta(days=1)).isoweekday()
        return yesterday in self.weekdays and clock < self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantSettings:
    """Working mode of the battery, its limits, and that of the active power.

    `feed_in_limit` is kW or percent of the inverters' rated power, as the
    control mode says, for each phase with `singlePhasePower`. Powers of the
    battery are W, None for what the device can. With `scheduled_tasks` the
    controller has a plan of its own for active power.
    """

    operation_mode: OperationMode = "maximumSelfConsumption"
    surplus_priority: SurplusPriority = "chargePreference"
    grid_charge_power: float = 5.0
    """kW that a charging window may take from the grid."""
    windows: tuple[TimeWindow, ...] = (
        TimeWindow(start="00:00", end="05:00", direction="charge"),
        TimeWindow(
            start="17:00", end="22:30", direction="discharge", weekdays=(1, 2, 3, 4, 5)
        ),
    )
    control_mode: ControlMode = "noLimit"
    limitation_mode: LimitationMode = "totalPower"
    feed_in_limit: float = 5.0
    end_of_charge_soc: float = 100.0
    end_of_discharge_soc: float | None = None
    """Percent; None for the battery's own lowest state of charge."""
    max_charge_power: float | None = None
    max_discharge_power: float | None = None
    scheduled_tasks: bool = False

    def direction(self, local: datetime) -> Direction | None:
        """Return what the time-of-use plan wants at a plant-local time."""
        for window in self.windows:
            if window.contains(local):
                return window.direction
        return None


class SettingChanges(TypedDict, total=False):
    """Changes of PlantSettings."""

    operation_mode: OperationMode
    surplus_priority: SurplusPriority
    grid_charge_power: float
    windows: tuple[TimeWindow, ...]
    control_mode: ControlMode
    limitation_mode: LimitationMode
    feed_in_limit: float
    end_of_charge_soc: float
    end_of_discharge_soc: float | None
    max_charge_power: float | None
    max_discharge_power: float | None
    scheduled_tasks: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Forced:
    """A forced charge (W above 0) or discharge, until a state of charge in %."""

    power: float
    target: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Regime:
    """All that a controller obeys at an instant; `dispatch_power` in W, + charging."""

    settings: PlantSettings = PlantSettings()
    forced: Forced | None = None
    dispatch_power: float = 0.0


FACTORY = Regime()
"""What a plant does that nobody ever set."""


class Timeline:
    """Which regime was in force when; what is past is never changed."""

    def __init__(self) -> None:
        """Begin with a plant as it left the factory."""
        self._since: list[tuple[datetime, Regime]] = []

    def change(self, at: datetime, regime: Regime) -> None:
        """Put a regime in force from an instant on, whatever was to come later."""
        self._since = [(since, other) for since, other in self._since if since < at]
        self._since.append((at, regime))

    def at(self, instant: datetime) -> Regime:
        """Return the regime at an instant."""
        for since, regime in reversed(self._since):
            if since <= instant:
                return regime
        return FACTORY

    def within(
        self, start: datetime, end: datetime
    ) -> list[tuple[datetime, Regime]] | None:
        """Return what is in force from `start` on up to `end`, None for all FACTORY."""
        first = self.at(start)
        later = [(at, regime) for at, regime in self._since if start < at < end]
        if not later and first == FACTORY:
            return None
        return [(start, first), *later]
