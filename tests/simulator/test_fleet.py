"""Many plants: of differing kinds, consistent, and cheap to ask."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from time import process_time
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from simulator import Simulator
from simulator.plants.catalogue import definitions

from .conftest import NOON, CloudFactory


def test_a_fleet_is_mixed() -> None:
    plants = definitions("fleet:150")
    assert len(plants) == 150
    assert Counter(plant.kind for plant in plants) == {
        "home": 60,
        "pv": 30,
        "emma": 30,
        "string": 15,
        "all_in_one": 15,
    }
    assert len({plant.time_zone for plant in plants}) == 12
    assert len({plant.capacity for plant in plants}) > 100
    assert len({plant.name for plant in plants}) == 150
    devices = [device for plant in plants for device in plant.devices]
    numbers = [device.number for device in devices]
    numbers += [plant.number for plant in plants]
    assert len(set(numbers)) == len(numbers)
    serials = [device.serial for device in devices if device.serial]
    serials += [
        serial
        for plant in plants
        if plant.battery
        for unit in plant.battery.packs
        for serial in unit
    ]
    assert len(set(serials)) == len(serials)
    assert {
        getattr(plant.meter, "external_ct", None)
        for plant in plants
        if plant.kind == "emma"
    } == {"pv", "load"}


def test_a_larger_fleet_begins_with_the_smaller_one() -> None:
    assert definitions("fleet:20")[:7] == definitions("fleet:7")


@pytest.mark.parametrize("names", ["fleet", "fleet:0", "fleet:x", "fleet:2,fleet:3"])
def test_what_is_no_fleet(names: str) -> None:
    with pytest.raises(ValueError, match="fleet"):
        Simulator(plant=names, start=NOON)


def test_a_fleet_beside_a_home() -> None:
    simulator = Simulator(plant="home,fleet:3", start=NOON)
    assert len({plant.code for plant in simulator.plants}) == 4


async def test_answers_agree_with_the_truth(cloud_factory: CloudFactory) -> None:
    cloud = await cloud_factory(plant="fleet:12")
    cloud.step(days=1, hours=3)
    truth: Any = cloud.simulator.truth()
    for index, plant in enumerate(cloud.simulator.plants):
        published = truth[plant.code]["published"]
        items = await cloud.items(plant=index)
        assert items["day_power"] == pytest.approx(
            published["plant"]["yield_today"], abs=0.006
        )
        assert items["total_power"] >= items["month_power"] >= items["day_power"]
        now = truth[plant.code]["now"]
        assert now["ac_power"] + now["grid_power"] == pytest.approx(now["load_power"])
        assert plant.history.zone == ZoneInfo(plant.time_zone)


def test_a_fleet_starts_quickly() -> None:
    began = process_time()
    simulator = Simulator(plant="fleet:150", start=NOON)
    assert process_time() - began < 3
    simulator.clock.step(timedelta(minutes=5))
    began = process_time()
    simulator.truth()
    assert process_time() - began < 0.3


async def test_a_hundred_devices_are_answered_quickly(
    cloud_factory: CloudFactory,
) -> None:
    cloud = await cloud_factory(plant="fleet:150")
    inverters = [
        str(device.id)
        for plant in cloud.simulator.plants
        for device in plant.devices
        if device.type_id == 38
    ][:100]
    assert len(inverters) == 100
    took = []
    for _ in range(5):
        cloud.step(minutes=5)
        began = process_time()
        answer = await cloud.call(
            "getDevRealKpi", devIds=",".join(inverters), devTypeId=38
        )
        took.append(process_time() - began)
        assert len(answer["data"]) == 100
    assert min(took) < 0.05


async def test_plants_of_a_fleet_come_in_pages(cloud_factory: CloudFactory) -> None:
    cloud = await cloud_factory(plant="fleet:120")
    first = (await cloud.call("stations", pageNo=1))["data"]
    second = (await cloud.call("stations", pageNo=2))["data"]
    assert (len(first["list"]), len(second["list"])) == (100, 20)
    assert first["pageCount"] == 2
    assert {row["gridConnectionDate"][-6:] for row in first["list"]} >= {
        "+02:00",
        "-03:00",
        "+05:30",
    }


def test_days_pass_in_every_zone() -> None:
    simulator = Simulator(plant="fleet:30", start=datetime(2026, 6, 21, tzinfo=UTC))
    before: Any = simulator.truth()
    simulator.clock.step(timedelta(days=3))
    after: Any = simulator.truth()
    for code, truth in after.items():
        gained = truth["now"]["yield_total"] - before[code]["now"]["yield_total"]
        assert gained > 1
        assert truth["now"]["yield_today"] < gained
