"""Commands: what the wire gets of them, and what is refused before it costs a call."""

from collections.abc import Callable
from datetime import time
from typing import Any, Final

import pytest

from custom_components.smartpvms.northbound.control import (
    Command,
    Controller,
    ControlValueError,
    DispatchBattery,
    ForceCharge,
    LiftFeedInLimit,
    LimitFeedIn,
    Problem,
    SetBatteryMode,
    SetBatteryParameters,
    StopForcedCharge,
)
from custom_components.smartpvms.northbound.models import (
    Direction,
    OperationMode,
    TimeOfUseWindow,
)

PLANT: Final = {"plant_code": "NE=1"}
TIME_OF_USE: Final = OperationMode.TIME_OF_USE
CHARGE: Final = {**PLANT, "direction": Direction.CHARGE}


def window(
    start: time = time(1),
    end: time = time(5),
    *weekdays: int,
    direction: Direction = Direction.CHARGE,
) -> TimeOfUseWindow:
    """Return a window, of Mondays where no day is named."""
    return TimeOfUseWindow(
        start=start,
        end=end,
        direction=direction,
        weekdays=frozenset(weekdays or (1,)),
    )


@pytest.mark.parametrize(
    ("command", "wire"),
    [
        (
            SetBatteryMode(**PLANT, mode=OperationMode.MAXIMUM_SELF_CONSUMPTION),
            {"operationMode": "maximumSelfConsumption"},
        ),
        (
            SetBatteryMode(**PLANT, mode=OperationMode.THIRD_PARTY_DISPATCH),
            {"operationMode": "thirdPartyDispatch"},
        ),
        (
            SetBatteryMode(
                **PLANT,
                mode=TIME_OF_USE,
                surplus_to_battery=True,
                grid_charge_power=4999.9996,
                windows=(
                    window(time(0, 30), time(5), 7, 1, 2),
                    window(time(17), time(23, 59), 1, direction=Direction.DISCHARGE),
                ),
            ),
            {
                "operationMode": "TOU",
                "redundantPVEnergyPriority": "chargePreference",
                "allowedAcChargePower": 5.0,
                "chargingAndDischargingTimeWindow": [
                    {
                        "startTime": "00:30",
                        "endTime": "05:00",
                        "chargeOrDischarge": "charge",
                        "repeat": [1, 2, 7],
                    },
                    {
                        "startTime": "17:00",
                        "endTime": "23:59",
                        "chargeOrDischarge": "discharge",
                        "repeat": [1],
                    },
                ],
            },
        ),
        (
            SetBatteryMode(
                **PLANT,
                mode=TIME_OF_USE,
                surplus_to_battery=False,
                grid_charge_power=0,
                windows=(window(time(0, 5), time(0, 6)),),
            ),
            {
                "operationMode": "TOU",
                "redundantPVEnergyPriority": "fedToGridPreference",
                "allowedAcChargePower": 0.0,
                "chargingAndDischargingTimeWindow": [
                    {
                        "startTime": "00:05",
                        "endTime": "00:06",
                        "chargeOrDischarge": "charge",
                        "repeat": [1],
                    }
                ],
            },
        ),
        (
            SetBatteryParameters(
                **PLANT,
                end_of_charge_soc=100,
                end_of_discharge_soc=0,
                maximum_charge_power=200,
                maximum_discharge_power=5000,
            ),
            {
                "batteryConfigurationInfo": {
                    "endOfChargeSoc": 100,
                    "endOfDischargeSoc": 0,
                    "maximumChargePower": 200,
                    "maximumDischargePower": 5000,
                }
            },
        ),
        (
            SetBatteryParameters(**PLANT, end_of_discharge_soc=12.5),
            {"batteryConfigurationInfo": {"endOfDischargeSoc": 12.5}},
        ),
        (
            LimitFeedIn(**PLANT, power=5000),
            {
                "controlMode": "6",
                "controlInfo": {"maxGridFeedInPower": 5.0, "limitationMode": "0"},
            },
        ),
        (
            LimitFeedIn(**PLANT, power=-1500, single_phase=True, allow_import=True),
            {
                "controlMode": "6",
                "controlInfo": {"maxGridFeedInPower": -1.5, "limitationMode": "1"},
            },
        ),
        (LiftFeedInLimit(**PLANT), {"controlMode": "0"}),
        (
            ForceCharge(**CHARGE, power=2500, minutes=60),
            {
                "dispatchSwitch": 1,
                "controlType": 2,
                "dispatchTime": 60,
                "powerDispatch": 2500,
            },
        ),
        (
            ForceCharge(
                **PLANT, direction=Direction.DISCHARGE, power=2500, target_soc=0
            ),
            {
                "dispatchSwitch": 2,
                "controlType": 1,
                "targetSOC": 0,
                "powerDispatch": -2500,
            },
        ),
        (
            ForceCharge(**CHARGE, minutes=1440),
            {"dispatchSwitch": 1, "controlType": 2, "dispatchTime": 1440},
        ),
        (StopForcedCharge(**PLANT), {"dispatchSwitch": 0}),
        (
            DispatchBattery(**PLANT, battery_dn="NE=2", charging_power=-1500),
            {"batteryDn": "NE=2", "dispatchPower": -1500},
        ),
    ],
)
def test_wire_of_commands(command: Command, wire: dict[str, Any]) -> None:
    assert command.as_task() == {"plantCode": "NE=1", **wire}


MODE_OF_WINDOWS: Final = {**PLANT, "mode": TIME_OF_USE}
ONE: Final = (window(),)


@pytest.mark.parametrize(
    ("make", "values", "field", "problem"),
    [
        (
            SetBatteryMode,
            {"plant_code": "", "mode": TIME_OF_USE},
            "plant_code",
            "missing",
        ),
        (
            SetBatteryMode,
            {**PLANT, "mode": OperationMode.FULLY_FED_TO_GRID},
            "mode",
            "not_settable",
        ),
        (
            SetBatteryMode,
            {**PLANT, "mode": OperationMode.OTHER},
            "mode",
            "not_settable",
        ),
        (SetBatteryMode, MODE_OF_WINDOWS, "windows", "missing"),
        (
            SetBatteryMode,
            {**MODE_OF_WINDOWS, "windows": ONE * 15},
            "windows",
            "too_many",
        ),
        (
            SetBatteryMode,
            {**MODE_OF_WINDOWS, "windows": ONE, "grid_charge_power": -1},
            "grid_charge_power",
            "out_of_range",
        ),
        *(
            (
                SetBatteryMode,
                {
                    **PLANT,
                    "mode": OperationMode.MAXIMUM_SELF_CONSUMPTION,
                    field: value,
                },
                field,
                "conflict",
            )
            for field, value in (
                ("windows", ONE),
                ("surplus_to_battery", False),
                ("grid_charge_power", 0),
            )
        ),
        (SetBatteryParameters, PLANT, "end_of_charge_soc", "missing"),
        (LimitFeedIn, {**PLANT, "power": -1}, "power", "import_not_allowed"),
        (ForceCharge, CHARGE, "minutes", "missing"),
        (
            ForceCharge,
            {**CHARGE, "minutes": 5, "target_soc": 50},
            "target_soc",
            "conflict",
        ),
        (LimitFeedIn, {"plant_code": "", "power": 0}, "plant_code", "missing"),
        (LiftFeedInLimit, {"plant_code": ""}, "plant_code", "missing"),
        (StopForcedCharge, {"plant_code": ""}, "plant_code", "missing"),
        (
            DispatchBattery,
            {**PLANT, "battery_dn": "", "charging_power": 0},
            "battery_dn",
            "missing",
        ),
    ],
)
def test_commands_that_make_no_sense(
    make: Callable[..., Command], values: dict[str, Any], field: str, problem: str
) -> None:
    with pytest.raises(ControlValueError) as raised:
        make(**values)

    assert (raised.value.field, raised.value.problem) == (field, problem)
    assert str(raised.value).startswith(f"{field}: {problem}")


@pytest.mark.parametrize(
    ("make", "values", "field", "minimum", "maximum"),
    [
        (SetBatteryParameters, PLANT, "end_of_charge_soc", 90, 100),
        (SetBatteryParameters, PLANT, "end_of_discharge_soc", 0, 20),
        (SetBatteryParameters, PLANT, "maximum_charge_power", 200, 50_000_000),
        (SetBatteryParameters, PLANT, "maximum_discharge_power", 200, 50_000_000),
        (ForceCharge, CHARGE, "minutes", 1, 1440),
        (ForceCharge, CHARGE, "target_soc", 0, 100),
        (ForceCharge, {**CHARGE, "minutes": 5}, "power", 1, 50_000_000),
        (
            DispatchBattery,
            {**PLANT, "battery_dn": "NE=2"},
            "charging_power",
            -50_000_000,
            50_000_000,
        ),
        *(
            (
                LimitFeedIn,
                {**PLANT, "allow_import": True, "controller": controller},
                "power",
                -1_000_000,
                maximum,
            )
            for controller, maximum in (
                (None, 50_000_000),
                (Controller.DONGLE, 5_000_000),
                (Controller.SMART_LOGGER, 5_000_000),
                (Controller.INVERTER_DIRECT, 5_000_000),
                (Controller.DISTRIBUTED_SMART_LOGGER, 50_000_000),
                (Controller.EMMA, 50_000_000),
            )
        ),
        *(
            (
                SetBatteryMode,
                {**MODE_OF_WINDOWS, "windows": ONE, "controller": controller},
                "grid_charge_power",
                0,
                maximum,
            )
            for controller, maximum in (
                (None, 50_000_000),
                (Controller.DONGLE, 50_000),
                (Controller.EMMA, 50_000),
                (Controller.DISTRIBUTED_SMART_LOGGER, 50_000_000),
                (Controller.INVERTER_DIRECT, 50_000_000),
            )
        ),
    ],
)
def test_bounds(
    make: Callable[..., Command],
    values: dict[str, Any],
    field: str,
    minimum: float,
    maximum: float,
) -> None:
    for fits in (minimum, maximum):
        assert getattr(make(**values, **{field: fits}), field) == fits

    for outside in (minimum - 1, maximum + 1, float("nan")):
        with pytest.raises(ControlValueError) as raised:
            make(**values, **{field: outside})
        error = raised.value
        assert (error.field, error.problem) == (field, Problem.OUT_OF_RANGE)
        assert (error.minimum, error.maximum) == (minimum, maximum)
        assert str(error) == f"{field}: out_of_range ({minimum} to {maximum})"


@pytest.mark.parametrize(
    ("windows", "problem"),
    [
        ((window(time(5), time(5)),), "ends_before_start"),
        ((window(time(22), time(6)),), "ends_before_start"),
        ((window(time(22), time(0)),), "ends_before_start"),
        ((window(time(1, 0, 30), time(5)),), "not_whole_minutes"),
        ((window(time(1), time(5, 0, 0, 1)),), "not_whole_minutes"),
        ((window(time(1), time(5), 0),), "no_weekday"),
        ((window(time(1), time(5), 1, 8),), "no_weekday"),
        (
            (
                TimeOfUseWindow(
                    start=time(1),
                    end=time(5),
                    direction=Direction.CHARGE,
                    weekdays=frozenset(),
                ),
            ),
            "no_weekday",
        ),
        ((window(), window()), "overlap"),
        (
            (window(time(1), time(5), 1, 2), window(time(4, 59), time(6), 2, 3)),
            "overlap",
        ),
        (
            (window(time(2), time(3)), window(time(8), time(9)), window(time(1))),
            "overlap",
        ),
    ],
)
def test_windows_that_the_cloud_does_not_take(
    windows: tuple[TimeOfUseWindow, ...], problem: str
) -> None:
    with pytest.raises(ControlValueError) as raised:
        SetBatteryMode(**PLANT, mode=TIME_OF_USE, windows=windows)

    assert (raised.value.field, raised.value.problem) == ("windows", problem)


def test_windows_that_the_cloud_takes() -> None:
    touching = (window(time(1), time(5)), window(time(5), time(6)))
    other_day = (window(time(1), time(5), 2),)
    most = tuple(window(time(hour), time(hour, 59), 3) for hour in range(11))
    windows = (*touching, *other_day, *most)

    command = SetBatteryMode(**PLANT, mode=TIME_OF_USE, windows=windows)

    assert len(command.windows) == 14


def test_parameters_are_those_of_a_plant() -> None:
    with pytest.raises(ControlValueError):
        SetBatteryParameters(plant_code="", end_of_charge_soc=95)
