"""Devices and plants that come and go while the cloud runs."""

from typing import Any

import pytest

from simulator import Simulator
from simulator.plants.catalogue import PLANTS

from .conftest import NOON, Cloud, CloudFactory


async def listed(cloud: Cloud, plant: int = 0) -> list[Any]:
    code = cloud.simulator.plants[plant].code
    rows: list[Any] = (await cloud.call("getDevList", stationCodes=code))["data"]
    return rows


async def readings(cloud: Cloud, device: Any) -> dict[str, Any]:
    answer = await cloud.call(
        "getDevRealKpi", devIds=device.id, devTypeId=device.type_id
    )
    items: dict[str, Any] = answer["data"][0]["dataItemMap"]
    return items


@pytest.mark.parametrize("type_id", [38, 39, 47])
async def test_another_device_of_a_type(cloud: Cloud, type_id: int) -> None:
    old = await cloud.items(type_id)
    added = cloud.simulator.add_device(cloud.simulator.plants[0], type_id)
    assert [row["devDn"] for row in await listed(cloud)][-1] == added.dn
    new = await readings(cloud, added)
    ignored = {"battery_unit_info"}
    assert {key: new[key] for key in new.keys() - ignored} == {
        key: old[key] for key in old.keys() - ignored
    }
    assert new["run_state"] == 1
    truth: Any = cloud.simulator.truth()[added.plant.code]["published"]
    twin = truth[cloud.device(type_id).dn]
    same = {key for key in twin if not key.startswith("pack_")} - {"name"}
    assert {key: truth[added.dn][key] for key in same} == {
        key: twin[key] for key in same
    }


async def test_another_battery_has_its_own_packs(cloud: Cloud) -> None:
    added = cloud.simulator.add_device("NE=33554875", 39)
    old, new = await cloud.items(39), await readings(cloud, added)
    serials = [
        pack["sn"]
        for items in (old, new)
        for pack in items["battery_unit_info"]["unit1"]
    ]
    assert len(set(serials)) == 4
    truth: Any = cloud.simulator.truth()["NE=33554875"]["published"]
    assert truth[added.dn][f"pack_{serials[2]}_health"] == 98.0


async def test_a_first_meter_measures_at_once(cloud_factory: CloudFactory) -> None:
    cloud = await cloud_factory(plant="pv")
    assert (await cloud.items())["day_use_energy"] is None
    added = cloud.simulator.add_device(cloud.simulator.plants[0], 47)
    before = await readings(cloud, added)
    assert before["active_power"] != 0
    assert (await cloud.items())["day_use_energy"] > 1
    cloud.step(hours=1)
    assert (await readings(cloud, added))["active_cap"] > before["active_cap"]


async def test_a_first_battery_works_from_the_next_day(
    cloud_factory: CloudFactory,
) -> None:
    cloud = await cloud_factory(plant="pv")
    yields = (await cloud.items())["total_power"]
    added = cloud.simulator.add_device(cloud.simulator.plants[0], 39)
    assert (await cloud.items())["total_power"] == yields
    today = await readings(cloud, added)
    assert today["ch_discharge_power"] == today["battery_soc"] == 0
    cloud.step(days=1)
    tomorrow = await readings(cloud, added)
    assert tomorrow["battery_soc"] > 5
    assert tomorrow["charge_cap"] > 1
    assert (await cloud.items())["total_power"] > yields


async def test_a_first_weather_station(cloud_factory: CloudFactory) -> None:
    cloud = await cloud_factory(plant="home")
    added = cloud.simulator.add_device(cloud.simulator.plants[0], 10)
    assert (await readings(cloud, added))["radiant_line"] == 0
    cloud.step(days=1)
    assert (await readings(cloud, added))["radiant_line"] > 50


@pytest.mark.parametrize("type_id", [2, 46, 62, 23072])
async def test_devices_without_readings(cloud: Cloud, type_id: int) -> None:
    added = cloud.simulator.add_device(cloud.simulator.plants[0], type_id)
    row = (await listed(cloud))[-1]
    assert (row["devTypeId"], row["id"]) == (type_id, added.id)
    code = await cloud.code("getDevRealKpi", devIds=added.id, devTypeId=type_id)
    assert code == 20013


async def test_an_off_grid_device_shows_fixed_values(cloud: Cloud) -> None:
    added = cloud.simulator.add_device(cloud.simulator.plants[0], 60003)
    before = await readings(cloud, added)
    assert before["output_power"] == 3.215
    cloud.step(hours=3)
    assert await readings(cloud, added) == before


@pytest.mark.parametrize(
    ("plant", "type_id"),
    [("home", 1), ("home", 41), ("home", 23070), ("all_in_one", 23093)],
)
def test_what_cannot_be_installed(plant: str, type_id: int) -> None:
    simulator = Simulator(plant=plant, start=NOON)
    before = list(simulator.plants[0].devices)
    with pytest.raises(ValueError, match=r"another|all-in-one|inverter"):
        simulator.add_device(simulator.plants[0], type_id)
    assert simulator.plants[0].devices == before


def test_numbers_are_never_used_again() -> None:
    simulator = Simulator(plant="home", start=NOON)
    plant = simulator.plants[0]
    first = simulator.add_device(plant, 47)
    assert simulator.remove_device(first.dn) is first
    assert simulator.add_device(plant, 47).id != first.id
    with pytest.raises(LookupError):
        simulator.remove_device(first.dn)
    with pytest.raises(LookupError):
        simulator.add_device("NE=1", 47)


async def test_a_removed_device_is_not_listed(cloud: Cloud) -> None:
    battery = cloud.simulator.remove_device(cloud.device(39).dn)
    assert {row["devTypeId"] for row in await listed(cloud)} == {38, 47, 62}
    answer = await cloud.call("getDevRealKpi", devIds=battery.id, devTypeId=39)
    assert (answer["data"], answer["failCode"]) == ([], 0)
    battery.plant.devices.append(battery)
    assert (await cloud.items(39))["battery_soc"] > 0


@pytest.mark.parametrize("name", PLANTS)
async def test_plants_come_and_go(cloud: Cloud, name: str) -> None:
    first = cloud.simulator.add_plant(name)
    second = cloud.simulator.add_plant(name)
    page = (await cloud.call("stations", pageNo=1))["data"]
    assert [row["plantCode"] for row in page["list"]][-2:] == [first.code, second.code]
    devices = [device for plant in cloud.simulator.plants for device in plant.devices]
    assert len({device.id for device in devices}) == len(devices)
    serials = [device.serial for device in devices if device.serial]
    assert len(set(serials)) == len(serials)
    position = len(cloud.simulator.plants) - 1
    assert (await cloud.items(plant=position))["real_health_state"] == 3
    truth: Any = cloud.simulator.truth()
    assert second.code in truth
    assert cloud.simulator.remove_plant(second.code) is second
    assert second.code not in cloud.simulator.truth()
    assert await cloud.code("getDevList", stationCodes=second.code) == 20007


def test_plants_that_cannot_come_or_go(cloud: Cloud) -> None:
    with pytest.raises(ValueError, match="one plant"):
        cloud.simulator.add_plant("fleet:3")
    with pytest.raises(LookupError):
        cloud.simulator.remove_plant("NE=1")
    assert len(cloud.simulator.plants) == 1


async def test_the_device_list_of_chosen_plants_is_refused(cloud: Cloud) -> None:
    other = cloud.simulator.add_plant("pv")
    cloud.simulator.faults.enable(
        "device_list_refused", code=20015, plants=[other.code]
    )
    assert await cloud.code("getDevList", stationCodes=other.code) == 20015
    assert len(await listed(cloud)) == 4


async def test_frozen_and_disconnected(cloud: Cloud) -> None:
    before = await cloud.items(38)
    dn = cloud.device(38).dn
    cloud.simulator.faults.enable("frozen", device=dn)
    cloud.step(hours=2)
    assert await cloud.items(38) == before
    cloud.simulator.faults.disable("frozen")
    cloud.simulator.faults.enable("unreachable", device=dn)
    last = await cloud.items(38)
    assert last["run_state"] == 0
    assert last["day_cap"] > before["day_cap"]
    cloud.simulator.faults.disable("unreachable")
    cloud.simulator.faults.enable("device_offline", device=dn)
    nulls = await cloud.items(38)
    assert nulls.pop("run_state") == 0
    assert set(nulls.values()) == {None}
