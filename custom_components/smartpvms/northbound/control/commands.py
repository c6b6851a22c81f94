"""Commands to plants and batteries, each as the cloud's documents bound it.

A command that exists can be sent: what is out of range raises `ControlValueError` when
it is made. Powers are in W whatever unit the wire has, and times are of the plant's
clock.
"""

from dataclasses import dataclass
from typing import Final

from ..json_types import JsonObject, JsonValue
from ..models import Direction, OperationMode, TimeOfUseWindow
from .controllers import (
    LARGEST_POWER,
    LOWEST_FEED_IN,
    Controller,
    largest_feed_in,
    largest_grid_charge_power,
)
from .values import ControlValueError, Problem, check_given, check_range, check_windows

_KILO: Final = 1000
_DAY_IN_MINUTES: Final = 1440

SETTABLE_MODES: Final = frozenset(
    {
        OperationMode.MAXIMUM_SELF_CONSUMPTION,
        OperationMode.TIME_OF_USE,
        OperationMode.THIRD_PARTY_DISPATCH,
    }
)
"""The modes that can be set; the others can only be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetBatteryMode:
    """Set how the batteries of a plant work (control/battery/mode, 24.5.0).

    Time of use needs 1 to 14 `windows`. `surplus_to_battery` (else PV surplus goes to
    the grid first) and `grid_charge_power` in W (what the battery may draw from the
    grid, up to what the `controller` allows) stay as they are where they are None. The
    other modes take none of the three. Third-party dispatch came with 24.6.0.
    """

    plant_code: str
    mode: OperationMode
    windows: tuple[TimeOfUseWindow, ...] = ()
    surplus_to_battery: bool | None = None
    grid_charge_power: float | None = None
    controller: Controller | None = None

    def __post_init__(self) -> None:
        """Check it; raises `ControlValueError`."""
        check_given("plant_code", self.plant_code)
        if self.mode not in SETTABLE_MODES:
            raise ControlValueError("mode", Problem.NOT_SETTABLE)
        if self.mode is OperationMode.TIME_OF_USE:
            check_windows(self.windows)
            largest = largest_grid_charge_power(self.controller)
            check_range("grid_charge_power", self.grid_charge_power, 0, largest)
            return
        for field, value in (
            ("windows", self.windows or None),
            ("surplus_to_battery", self.surplus_to_battery),
            ("grid_charge_power", self.grid_charge_power),
        ):
            if value is not None:
                raise ControlValueError(field, Problem.CONFLICT)

    def as_task(self) -> JsonObject:
        """Return it as the cloud takes it, powers in kW."""
        task: JsonObject = {
            "plantCode": self.plant_code,
            "operationMode": self.mode.value,
        }
        if self.surplus_to_battery is not None:
            task["redundantPVEnergyPriority"] = (
                "chargePreference" if self.surplus_to_battery else "fedToGridPreference"
            )
        if self.grid_charge_power is not None:
            task["allowedAcChargePower"] = _kilowatts(self.grid_charge_power)
        if self.windows:
            task["chargingAndDischargingTimeWindow"] = [
                _window(window) for window in self.windows
            ]
        return task


@dataclass(frozen=True, slots=True, kw_only=True)
class SetBatteryParameters:
    """Limit the batteries of a plant (control/battery/configuration, 24.5.0).

    At least one of: `end_of_charge_soc` 90 to 100 %, `end_of_discharge_soc` 0 to 20 %,
    `maximum_charge_power` and `maximum_discharge_power` from 200 W (since 25.2.0), which
    the cloud cuts to what the battery can do.
    """

    plant_code: str
    end_of_charge_soc: float | None = None
    end_of_discharge_soc: float | None = None
    maximum_charge_power: int | None = None
    maximum_discharge_power: int | None = None

    def __post_init__(self) -> None:
        """Check it; raises `ControlValueError`."""
        check_given("plant_code", self.plant_code)
        if not self._given():
            raise ControlValueError("end_of_charge_soc", Problem.MISSING)
        check_range("end_of_charge_soc", self.end_of_charge_soc, 90, 100)
        check_range("end_of_discharge_soc", self.end_of_discharge_soc, 0, 20)
        for field, power in (
            ("maximum_charge_power", self.maximum_charge_power),
            ("maximum_discharge_power", self.maximum_discharge_power),
        ):
            check_range(field, power, 200, LARGEST_POWER)

    def _given(self) -> JsonObject:
        wire: JsonObject = {
            "endOfChargeSoc": self.end_of_charge_soc,
            "endOfDischargeSoc": self.end_of_discharge_soc,
            "maximumChargePower": self.maximum_charge_power,
            "maximumDischargePower": self.maximum_discharge_power,
        }
        return {name: value for name, value in wire.items() if value is not None}

    def as_task(self) -> JsonObject:
        """Return it as the cloud takes it."""
        return {
            "plantCode": self.plant_code,
            "batteryConfigurationInfo": self._given(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitFeedIn:
    """Limit what a plant feeds into the grid (active-power-control v2, 24.5.0).

    `power` in W: 0 feeds nothing in, and where nobody consumes it stops the PV. Below 0
    so much must be drawn from the grid, down to 1 MW, which `allow_import` must say is
    meant. The largest is the `controller`'s. `single_phase` limits each phase instead of
    the total.
    """

    plant_code: str
    power: float
    single_phase: bool = False
    allow_import: bool = False
    controller: Controller | None = None

    def __post_init__(self) -> None:
        """Check it; raises `ControlValueError`."""
        check_given("plant_code", self.plant_code)
        if self.power < 0 and not self.allow_import:
            raise ControlValueError("power", Problem.IMPORT_NOT_ALLOWED)
        largest = largest_feed_in(self.controller)
        check_range("power", self.power, LOWEST_FEED_IN, largest)

    def as_task(self) -> JsonObject:
        """Return it as the cloud takes it, power in kW."""
        return {
            "plantCode": self.plant_code,
            "controlMode": "6",
            "controlInfo": {
                "maxGridFeedInPower": _kilowatts(self.power),
                "limitationMode": "1" if self.single_phase else "0",
            },
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class LiftFeedInLimit:
    """Let a plant feed in without limit (active-power-control v2, 24.5.0).

    This also lifts a limit that the installer has set because the law asks for it.
    """

    plant_code: str

    def __post_init__(self) -> None:
        """Check it; raises `ControlValueError`."""
        check_given("plant_code", self.plant_code)

    def as_task(self) -> JsonObject:
        """Return it as the cloud takes it."""
        return {"plantCode": self.plant_code, "controlMode": "0"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ForceCharge:
    """Charge or discharge all batteries of a plant (charge-and-discharge v2, 24.2.0).

    `power` in W is above 0 in both directions, or None for the device's own; the cloud
    cuts it to what the battery can do. It ends after `minutes`, 1 to 1440, or at
    `target_soc`, 0 to 100 %: one of the two. The working mode resumes afterwards.
    """

    plant_code: str
    direction: Direction
    power: int | None = None
    minutes: int | None = None
    target_soc: float | None = None

    def __post_init__(self) -> None:
        """Check it; raises `ControlValueError`."""
        check_given("plant_code", self.plant_code)
        if self.minutes is None:
            check_given("minutes", self.target_soc)
        elif self.target_soc is not None:
            raise ControlValueError("target_soc", Problem.CONFLICT)
        check_range("minutes", self.minutes, 1, _DAY_IN_MINUTES)
        check_range("target_soc", self.target_soc, 0, 100)
        check_range("power", self.power, 1, LARGEST_POWER)

    def as_task(self) -> JsonObject:
        """Return it as the cloud takes it: a negative power discharges."""
        charges = self.direction is Direction.CHARGE
        task: JsonObject = {
            "plantCode": self.plant_code,
            "dispatchSwitch": 1 if charges else 2,
        }
        if self.minutes is None:
            task |= {"controlType": 1, "targetSOC": self.target_soc}
        else:
            task |= {"controlType": 2, "dispatchTime": self.minutes}
        if self.power is not None:
            task["powerDispatch"] = self.power if charges else -self.power
        return task


@dataclass(frozen=True, slots=True, kw_only=True)
class StopForcedCharge:
    """End a forced charge or discharge (charge-and-discharge v2, 24.2.0)."""

    plant_code: str

    def __post_init__(self) -> None:
        """Check it; raises `ControlValueError`."""
        check_given("plant_code", self.plant_code)

    def as_task(self) -> JsonObject:
        """Return it as the cloud takes it."""
        return {"plantCode": self.plant_code, "dispatchSwitch": 0}


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchBattery:
    """Hold a battery at a power until told otherwise (battery-dispatch, 24.6.0).

    `charging_power` in W: above 0 charges, below 0 discharges, 0 idles; the cloud cuts
    it to what the battery can do. It has no end, and nobody in the cloud watches it.
    The plant must be in third-party dispatch. `battery_dn` is the device's DN, not its
    id.
    """

    plant_code: str
    battery_dn: str
    charging_power: int

    def __post_init__(self) -> None:
        """Check it; raises `ControlValueError`."""
        check_given("plant_code", self.plant_code)
        check_given("battery_dn", self.battery_dn)
        check_range(
            "charging_power", self.charging_power, -LARGEST_POWER, LARGEST_POWER
        )

    def as_task(self) -> JsonObject:
        """Return it as the cloud takes it."""
        return {
            "plantCode": self.plant_code,
            "batteryDn": self.battery_dn,
            "dispatchPower": self.charging_power,
        }


type FeedInCommand = LimitFeedIn | LiftFeedInLimit
type ChargeCommand = ForceCharge | StopForcedCharge
type Command = (
    SetBatteryMode
    | SetBatteryParameters
    | FeedInCommand
    | ChargeCommand
    | DispatchBattery
)


def _kilowatts(watts: float) -> float:
    return round(watts / _KILO, 3)


def _window(window: TimeOfUseWindow) -> JsonObject:
    weekdays: list[JsonValue] = [*sorted(window.weekdays)]
    return {
        "startTime": f"{window.start:%H:%M}",
        "endTime": f"{window.end:%H:%M}",
        "chargeOrDischarge": window.direction.value,
        "repeat": weekdays,
    }
