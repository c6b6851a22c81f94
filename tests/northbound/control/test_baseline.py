"""Settings that were read: the way back to them, and whether they are ours."""

from dataclasses import replace
from datetime import time
from typing import Any, Final

import pytest

from custom_components.smartpvms.northbound.control import (
    FeedInCommand,
    LiftFeedInLimit,
    LimitFeedIn,
    SetBatteryMode,
    command_restoring_limit,
    command_restoring_mode,
    limit_is_in_force,
    mode_is_in_force,
)
from custom_components.smartpvms.northbound.models import (
    BatteryMode,
    Direction,
    FeedInLimit,
    FeedInLimitMode,
    OperationMode,
    TimeOfUseWindow,
)

NIGHT: Final = TimeOfUseWindow(
    start=time(0, 30),
    end=time(5),
    direction=Direction.CHARGE,
    weekdays=frozenset(range(1, 8)),
)
EVENING: Final = TimeOfUseWindow(
    start=time(17),
    end=time(22),
    direction=Direction.DISCHARGE,
    weekdays=frozenset(range(1, 6)),
)
TIME_OF_USE: Final = BatteryMode(
    plant_code="NE=1",
    mode=OperationMode.TIME_OF_USE,
    grid_charge_power=5000.0,
    surplus_to_battery=True,
    windows=(NIGHT, EVENING),
)


def test_way_back_to_time_of_use() -> None:
    command = command_restoring_mode(TIME_OF_USE)

    assert command == SetBatteryMode(
        plant_code="NE=1",
        mode=OperationMode.TIME_OF_USE,
        grid_charge_power=5000.0,
        surplus_to_battery=True,
        windows=(NIGHT, EVENING),
    )
    assert mode_is_in_force(command, TIME_OF_USE)


@pytest.mark.parametrize(
    "mode", [OperationMode.MAXIMUM_SELF_CONSUMPTION, OperationMode.THIRD_PARTY_DISPATCH]
)
def test_way_back_to_modes_without_details(mode: OperationMode) -> None:
    # what an answer says beside the mode belongs to time of use
    found = replace(TIME_OF_USE, mode=mode)

    command = command_restoring_mode(found)

    assert command == SetBatteryMode(plant_code="NE=1", mode=mode)


@pytest.mark.parametrize(
    "change",
    [
        {"mode": OperationMode.FULLY_FED_TO_GRID},
        {"mode": OperationMode.OTHER, "unknown_mode": "somethingNew"},
        {"windows": ()},
        {"unreadable_windows": 1},
        {"windows": (replace(NIGHT, end=time(0)),)},
        {"windows": (NIGHT, NIGHT)},
        {"grid_charge_power": -1.0},
    ],
)
def test_no_way_back_to_modes(change: dict[str, Any]) -> None:
    assert command_restoring_mode(replace(TIME_OF_USE, **change)) is None


@pytest.mark.parametrize(
    ("change", "ours"),
    [
        ({}, True),
        ({"windows": (EVENING, NIGHT)}, True),
        ({"grid_charge_power": 5000.4}, True),
        ({"grid_charge_power": 4000.0}, False),
        ({"grid_charge_power": None}, False),
        ({"surplus_to_battery": False}, False),
        ({"surplus_to_battery": None}, False),
        ({"windows": (NIGHT,)}, False),
        ({"windows": (replace(NIGHT, end=time(6)), EVENING)}, False),
        ({"unreadable_windows": 1}, False),
        ({"mode": OperationMode.MAXIMUM_SELF_CONSUMPTION}, False),
    ],
)
def test_mode_is_still_ours(change: dict[str, Any], ours: bool) -> None:
    command = command_restoring_mode(TIME_OF_USE)
    assert command is not None

    assert mode_is_in_force(command, replace(TIME_OF_USE, **change)) is ours


def test_what_a_command_left_open_may_be_anything() -> None:
    command = SetBatteryMode(
        plant_code="NE=1", mode=OperationMode.TIME_OF_USE, windows=(NIGHT, EVENING)
    )

    assert mode_is_in_force(command, TIME_OF_USE)


LIMITED: Final = FeedInLimit(
    plant_code="NE=1",
    mode=FeedInLimitMode.LIMITED_POWER,
    power=5000.0,
    single_phase=False,
)


@pytest.mark.parametrize(
    ("change", "command"),
    [
        ({}, LimitFeedIn(plant_code="NE=1", power=5000, allow_import=True)),
        (
            {"power": -1000.0, "single_phase": True},
            LimitFeedIn(
                plant_code="NE=1", power=-1000, single_phase=True, allow_import=True
            ),
        ),
        ({"mode": FeedInLimitMode.NO_LIMIT}, LiftFeedInLimit(plant_code="NE=1")),
        ({"mode": FeedInLimitMode.ZERO_EXPORT}, None),
        ({"mode": FeedInLimitMode.LIMITED_PERCENT, "percent": 60.0}, None),
        ({"mode": FeedInLimitMode.OTHER}, None),
        ({"power": None}, None),
        ({"power": 1e9}, None),
        ({"single_phase": None}, None),
    ],
)
def test_way_back_to_limits(
    change: dict[str, Any], command: FeedInCommand | None
) -> None:
    found = replace(LIMITED, **change)

    assert command_restoring_limit(found) == command
    if command is not None:
        assert limit_is_in_force(command, found)


@pytest.mark.parametrize(
    ("change", "ours"),
    [
        ({"power": 5000.9}, True),
        ({"power": 5001.0}, False),
        ({"power": None}, False),
        ({"single_phase": None}, True),
        ({"single_phase": True}, False),
        ({"mode": FeedInLimitMode.LIMITED_PERCENT}, False),
        ({"mode": FeedInLimitMode.NO_LIMIT}, False),
    ],
)
def test_limit_is_still_ours(change: dict[str, Any], ours: bool) -> None:
    command = LimitFeedIn(plant_code="NE=1", power=5000)

    assert limit_is_in_force(command, replace(LIMITED, **change)) is ours


def test_no_limit_is_no_longer_ours() -> None:
    assert not limit_is_in_force(LiftFeedInLimit(plant_code="NE=1"), LIMITED)
