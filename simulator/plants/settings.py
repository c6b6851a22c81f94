"""Settings of a plant's controller that the configuration queries show."""

from dataclasses import dataclass
from typing import Literal

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


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeWindow:
    """A window of the time-of-use plan, "HH:MM" plant-local; 1 is Monday."""

    start: str
    end: str
    direction: Literal["charge", "discharge"]
    weekdays: tuple[int, ...] = (7, 1, 2, 3, 4, 5, 6)


@dataclass(slots=True, kw_only=True)
class PlantSettings:
    """Working mode of the battery and limit of the inverters' active power.

    `feed_in_limit` is kW or percent, as the control mode says.
    """

    operation_mode: OperationMode = "maximumSelfConsumption"
    surplus_priority: Literal["fedToGridPreference", "chargePreference"] = (
        "chargePreference"
    )
    grid_charge_power: float = 5.0
    windows: tuple[TimeWindow, ...] = (
        TimeWindow(start="00:00", end="05:00", direction="charge"),
        TimeWindow(
            start="17:00", end="22:30", direction="discharge", weekdays=(1, 2, 3, 4, 5)
        ),
    )
    control_mode: ControlMode = "noLimit"
    limitation_mode: LimitationMode = "totalPower"
    feed_in_limit: float = 5.0
