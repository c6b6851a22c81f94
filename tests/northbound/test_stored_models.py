"""Plants, devices and readings survive being written down; damage is read as nothing."""

from dataclasses import fields
from datetime import datetime, timedelta, timezone
import json
from typing import Any

import pytest

from custom_components.smartpvms.northbound.models import (
    BatteryPack,
    Device,
    Plant,
    Reading,
)
from custom_components.smartpvms.northbound.stored_models import (
    device_as_json,
    device_from_json,
    plant_as_json,
    plant_from_json,
    reading_as_json,
    reading_from_json,
)

PLANT = Plant(
    code="NE=1",
    name="Mühle",
    address="Am Bach 1",
    longitude=11.5,
    latitude=-48.1,
    capacity=9.9,
    grid_connection=datetime(
        2023, 5, 11, 10, 12, 30, tzinfo=timezone(timedelta(hours=-5))
    ),
)
DEVICE = Device(
    id=-(2**62),
    type_id=38,
    plant_code="NE=1",
    name="Inverter",
    dn="NE=2",
    serial="SERIAL",
    model="SUN2000",
    software_version="V100",
    optimizer_count=12,
    kept_key="OLD",
)
READING = Reading(
    values={"active_power": 1.25, "total_cap": 0.0},
    reported=frozenset({"active_power", "total_cap", "close_time"}),
    battery_packs=(
        BatteryPack(serial="A", unit=1, health=98.0),
        BatteryPack(serial="B", unit=2),
    ),
)


def stored(value: Any) -> Any:
    """Return JSON as a file gives it back."""
    return json.loads(json.dumps(value))


@pytest.mark.parametrize("model", [PLANT, DEVICE, READING])
def test_examples_fill_each_field(model: Plant | Device | Reading) -> None:
    assert all(getattr(model, field.name) for field in fields(model))


@pytest.mark.parametrize("plant", [PLANT, Plant(code="NE=2", name="Bare")])
def test_plant_survives(plant: Plant) -> None:
    assert plant_from_json(stored(plant_as_json(plant))) == plant


@pytest.mark.parametrize(
    "device", [DEVICE, Device(id=1, type_id=39, plant_code="NE=1", name="Bare")]
)
def test_device_survives(device: Device) -> None:
    assert device_from_json(stored(device_as_json(device))) == device


@pytest.mark.parametrize("reading", [READING, Reading()])
def test_reading_survives(reading: Reading) -> None:
    assert reading_from_json(stored(reading_as_json(reading))) == reading


def test_key_that_no_file_holds_is_left_out() -> None:
    odd = Reading(values={"\ud800": 1.0}, reported=frozenset({"\ud800", "é"}))
    assert reading_from_json(stored(reading_as_json(odd))) == Reading()


@pytest.mark.parametrize("damaged", [None, 7, "text", [], {}, {"code": "NE=1"}])
def test_damage_is_no_plant_and_no_device(damaged: Any) -> None:
    assert plant_from_json(damaged) is None
    assert device_from_json(damaged) is None


@pytest.mark.parametrize("name", ["id", "type_id", "plant_code", "name"])
def test_device_that_lacks_what_each_has_is_none(name: str) -> None:
    assert device_from_json(device_as_json(DEVICE) | {name: None}) is None


@pytest.mark.parametrize("damaged", [None, [], {}, {"values": [1]}])
def test_damage_is_no_reading(damaged: Any) -> None:
    assert reading_from_json(damaged) is None


def test_damaged_part_of_a_reading_is_left_out() -> None:
    damaged = {
        "values": {"active_power": 1.25, "total_cap": "much"},
        "empty": [1, "close_time"],
        "packs": [{"serial": "A"}, {"unit": 1}, 7, {"serial": "B", "unit": 2}],
    }
    assert reading_from_json(damaged) == Reading(
        values={"active_power": 1.25},
        reported=frozenset({"active_power", "close_time"}),
        battery_packs=(BatteryPack(serial="B", unit=2),),
    )
    assert reading_from_json({"values": {}, "empty": 7}) == Reading()
