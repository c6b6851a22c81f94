"""What is on disk of commands, tasks and settings, whole or damaged."""

from collections.abc import Callable
from datetime import time
import json
import random
from typing import Any, Final

import pytest

from custom_components.smartpvms.northbound.control import (
    Controller,
    DispatchBattery,
    ForceCharge,
    LiftFeedInLimit,
    LimitFeedIn,
    SetBatteryMode,
    SetBatteryParameters,
    StopForcedCharge,
    TaskKind,
    TaskReference,
    battery_mode_as_json,
    battery_mode_from_json,
    command_as_json,
    command_from_json,
    feed_in_limit_as_json,
    feed_in_limit_from_json,
    task_reference_as_json,
    task_reference_from_json,
)
from custom_components.smartpvms.northbound.models import (
    BatteryMode,
    Direction,
    FeedInLimit,
    FeedInLimitMode,
    OperationMode,
    TimeOfUseWindow,
)

from ..test_any_input import mutated, places

WINDOWS: Final = (
    TimeOfUseWindow(
        start=time(0, 30),
        end=time(5),
        direction=Direction.CHARGE,
        weekdays=frozenset({1, 7}),
    ),
    TimeOfUseWindow(
        start=time(17),
        end=time(23, 59),
        direction=Direction.DISCHARGE,
        weekdays=frozenset({2}),
    ),
)
COMMANDS: Final = [
    SetBatteryMode(plant_code="NE=1", mode=OperationMode.THIRD_PARTY_DISPATCH),
    SetBatteryMode(
        plant_code="NE=1",
        mode=OperationMode.TIME_OF_USE,
        windows=WINDOWS,
        surplus_to_battery=False,
        grid_charge_power=5000,
        controller=Controller.EMMA,
    ),
    SetBatteryParameters(plant_code="NE=1", end_of_charge_soc=95.5),
    SetBatteryParameters(
        plant_code="NE=1",
        end_of_discharge_soc=0,
        maximum_charge_power=200,
        maximum_discharge_power=5000,
    ),
    LimitFeedIn(plant_code="NE=1", power=5000.5),
    LimitFeedIn(
        plant_code="NE=1",
        power=-5000,
        single_phase=True,
        allow_import=True,
        controller=Controller.DONGLE,
    ),
    LiftFeedInLimit(plant_code="NE=1"),
    ForceCharge(plant_code="NE=1", direction=Direction.CHARGE, power=1, minutes=60),
    ForceCharge(plant_code="NE=1", direction=Direction.DISCHARGE, target_soc=20),
    StopForcedCharge(plant_code="NE=1"),
    DispatchBattery(plant_code="NE=1", battery_dn="NE=39", charging_power=0),
]
MODES: Final = [
    BatteryMode(
        plant_code="NE=1", mode=OperationMode.OTHER, unknown_mode="somethingNew"
    ),
    BatteryMode(
        plant_code="NE=1",
        mode=OperationMode.TIME_OF_USE,
        grid_charge_power=5000.0,
        surplus_to_battery=True,
        windows=WINDOWS,
        unreadable_windows=1,
    ),
]
LIMITS: Final = [
    FeedInLimit(
        plant_code="NE=1",
        mode=FeedInLimitMode.LIMITED_POWER,
        power=5000.0,
        single_phase=False,
    ),
    FeedInLimit(plant_code="NE=1", mode=FeedInLimitMode.LIMITED_PERCENT, percent=60.0),
    FeedInLimit(plant_code="NE=1", mode=FeedInLimitMode.OTHER, unknown_mode="new"),
]
REFERENCES: Final = [
    TaskReference(kind=kind, id="2839011389499814") for kind in TaskKind
]

type Write = Callable[[Any], Any]
type Read = Callable[[Any], Any]
ALL: Final[list[tuple[Any, Write, Read]]] = [
    *((item, command_as_json, command_from_json) for item in COMMANDS),
    *((item, battery_mode_as_json, battery_mode_from_json) for item in MODES),
    *((item, feed_in_limit_as_json, feed_in_limit_from_json) for item in LIMITS),
    *((item, task_reference_as_json, task_reference_from_json) for item in REFERENCES),
]


@pytest.mark.parametrize(("item", "write", "read"), ALL)
def test_what_is_written_is_read(item: Any, write: Write, read: Read) -> None:
    assert read(json.loads(json.dumps(write(item)))) == item


@pytest.mark.parametrize(("item", "write", "read"), ALL)
def test_what_is_damaged_is_nothing(item: Any, write: Write, read: Read) -> None:
    stored = write(item)
    chance = random.Random(repr(item))
    for _ in range(200):
        damaged = mutated(stored, chance)
        found = read(damaged)
        assert found is None or write(found) == damaged


@pytest.mark.parametrize(("item", "write", "read"), ALL)
def test_what_is_missing_makes_nothing_of_it(
    item: Any, write: Write, read: Read
) -> None:
    whole = write(item)
    for number in range(len([*places(whole)])):
        stored = json.loads(json.dumps(whole))
        container, key = [*places(stored)][number]
        del container[key]
        assert read(stored) is None or write(read(stored)) == stored


@pytest.mark.parametrize("stored", [None, [], {}, "text", {"plant_code": "NE=1"}])
def test_what_is_something_else(stored: Any) -> None:
    assert command_from_json(stored) is None
    assert battery_mode_from_json(stored) is None
    assert feed_in_limit_from_json(stored) is None
    assert task_reference_from_json(stored) is None


def test_values_that_no_command_may_have() -> None:
    stored = command_as_json(COMMANDS[2])

    assert command_from_json({**stored, "end_of_charge_soc": 89}) is None
    assert command_from_json({**stored, "end_of_charge_soc": 90}) is not None
    assert command_from_json({**stored, "end_of_charge_soc": "95.5"}) is None
    assert command_from_json({**stored, "more": 1}) is None
