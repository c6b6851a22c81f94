"""What can be set at which plant, by its controller, inverters and battery."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ..conftest import NOON, Cloud, CloudFactory
from .conftest import (
    BATTERY,
    DISPATCH,
    DISPATCH_MODE,
    LIMIT,
    LIMIT_QUERY,
    MODE,
    MODE_QUERY,
    NOT_SUPPORTED,
    OUT_OF_RANGE,
    PARAMETERS,
    accepted,
    deliver,
    dispatch,
    home,
    limit,
    parameters,
    query,
    row_text,
    settled,
    time_of_use,
)


@pytest.mark.parametrize("kind", [MODE, PARAMETERS, LIMIT, DISPATCH])
async def test_an_offline_dongle(cloud: Cloud, kind: str) -> None:
    cloud.simulator.faults.enable("controller_offline")
    tasks = {
        MODE: time_of_use(),
        PARAMETERS: parameters(endOfChargeSoc=95),
        LIMIT: limit(maxGridFeedInPower=1),
    }
    if kind == DISPATCH:
        answer = await dispatch(cloud, 5)
    else:
        answer = await deliver(cloud, kind, tasks[kind])
    assert answer == {
        "failCode": 20614,
        "success": False,
        "message": "Device offline, can not set param.",
        "data": None,
    }
    for name in (MODE_QUERY, LIMIT_QUERY):
        answer = await query(cloud, name)
        assert answer["failCode"] == 20614
        assert answer["message"] == "The device is offline."
    cloud.simulator.faults.disable("controller_offline")
    assert (await query(cloud, MODE_QUERY))["failCode"] == 0


@pytest.mark.parametrize(
    ("kind", "mode", "others", "seen"),
    [
        ("home", 0, [0, 0, 0], [0, 0]),
        ("emma", 0, [20629, 0, 0], [0, 0]),
        ("all_in_one", 0, [0, 0, 0], [20629, 0]),
        ("pv", 20631, [20631, 20631, 0], [20631, 0]),
        ("ess", 20629, [20629, 20629, 20629], [20629, 0]),
        ("string", 20631, [20631, 20631, 20629], [20631, 0]),
        ("commercial", 20631, [20631, 20631, 0], [20631, 0]),
        ("power_m", 20631, [20631, 20631, 20631], [20631, 20631]),
    ],
)
async def test_what_each_plant_can_do(
    cloud_factory: CloudFactory,
    kind: str,
    mode: int,
    others: list[int],
    seen: list[int],
) -> None:
    cloud = await cloud_factory(plant=kind)
    code = home(cloud).code
    found = [
        (await deliver(cloud, which, {"plantCode": code, **task}))["failCode"]
        for which, task in (
            (MODE, DISPATCH_MODE),
            (PARAMETERS, parameters(endOfChargeSoc=95)),
            (LIMIT, limit(maxGridFeedInPower=1)),
        )
    ]
    assert found == others
    cloud.step(minutes=8)
    answer = await deliver(cloud, MODE, {"plantCode": code, **time_of_use()})
    assert answer["failCode"] == mode
    queries = (MODE_QUERY, LIMIT_QUERY)
    assert [(await query(cloud, one, code))["failCode"] for one in queries] == seen


@pytest.mark.parametrize(
    ("kind", "models", "code"),
    [
        ("emma", ("SUN2000-10KTL-M1", "SUN2000-5KTL-L1"), 0),
        ("emma", ("SUN2000-10KTL-M1", "SUN2000-10K-MAP0"), 20629),
        ("home", ("SUN2000-10KTL-M1", "SUN2000-10KTL-M1"), 20629),
        ("home", ("SUN2000-15K-MB0-ZH",), 0),
        ("home", ("SUN2000-8K-LC0",), 0),
        ("home", (None,), 20629),
    ],
)
async def test_inverters_that_can_be_dispatched(
    cloud_factory: CloudFactory, kind: str, models: tuple[str | None, ...], code: int
) -> None:
    cloud = await cloud_factory(plant=kind)
    plant = home(cloud)
    first = plant.definition.inverters[0]
    inverters = tuple(replace(first, model=model) for model in models)
    plant.definition = replace(plant.definition, inverters=inverters)
    task = {"plantCode": plant.code, **DISPATCH_MODE}
    assert (await deliver(cloud, MODE, task))["failCode"] == code


async def test_an_inverter_that_is_not_known_to_take_a_limit(
    cloud_factory: CloudFactory,
) -> None:
    cloud = await cloud_factory(plant="commercial")
    plant = home(cloud)
    other = replace(plant.definition.inverters[0], model="SUN2000-33KTL-A")
    plant.definition = replace(plant.definition, inverters=(other,))
    task = {"plantCode": plant.code, **limit(maxGridFeedInPower=1)}
    assert (await deliver(cloud, LIMIT, task))["failCode"] == 20629


async def test_time_of_use_needs_a_meter(cloud: Cloud) -> None:
    plant = home(cloud)
    plant.definition = replace(plant.definition, meter=None)
    assert (await deliver(cloud, MODE, time_of_use()))["failCode"] == 20629
    await accepted(cloud, MODE, DISPATCH_MODE)


async def test_the_battery_of_an_all_in_one(cloud_factory: CloudFactory) -> None:
    cloud = await cloud_factory(plant="all_in_one", start=NOON + timedelta(hours=9))
    plant = home(cloud)
    await settled(cloud, MODE, {"plantCode": plant.code, **DISPATCH_MODE})
    dn = cloud.device(23093).dn
    assert (await dispatch(cloud, -700.0, plant.code, dn))["failCode"] == 0
    cloud.step(minutes=20)
    items = await cloud.items(23093)
    assert items["ch_discharge_power"] == -700.0
    assert items["ch_discharge_model"] == 12.0


async def test_several_controllers(cloud: Cloud) -> None:
    cloud.simulator.add_device(home(cloud), 62)
    for kind, task in ((MODE, time_of_use()), (LIMIT, limit(maxGridFeedInPower=1))):
        answer = await deliver(cloud, kind, task)
        assert answer["failCode"] == 20609
        assert answer["message"] == "The plant networking is not supported."
    for name in (MODE_QUERY, LIMIT_QUERY):
        assert (await query(cloud, name))["failCode"] == 20609
    await accepted(cloud, PARAMETERS, parameters(endOfChargeSoc=95))


async def test_a_smart_logger_sets_no_modes(cloud: Cloud) -> None:
    cloud.simulator.remove_device(cloud.device(62).dn)
    cloud.simulator.add_device(home(cloud), 2)
    assert (await deliver(cloud, MODE, time_of_use()))["failCode"] == 20629
    assert (await query(cloud, MODE_QUERY))["failCode"] == 0
    await accepted(cloud, LIMIT, limit(maxGridFeedInPower=5000))


async def test_a_distributed_smart_logger(cloud: Cloud) -> None:
    cloud.simulator.remove_device(cloud.device(62).dn)
    cloud.simulator.add_device(home(cloud), 63)
    assert (await deliver(cloud, MODE, DISPATCH_MODE))["failCode"] == 20629
    await accepted(cloud, MODE, time_of_use(allowedAcChargePower=49_999))
    await accepted(cloud, LIMIT, limit(maxGridFeedInPower=49_999))


async def test_an_inverter_that_connects_itself(cloud: Cloud) -> None:
    cloud.simulator.remove_device(cloud.device(62).dn)
    assert (await deliver(cloud, MODE, DISPATCH_MODE))["failCode"] == 20629
    assert await row_text(cloud, MODE, time_of_use(allowedAcChargePower=5.5)) == (
        OUT_OF_RANGE + "allowedAcChargePower in: [0, 5]"
    )
    await accepted(cloud, MODE, time_of_use(allowedAcChargePower=4.5))
    assert (await query(cloud, MODE_QUERY))["failCode"] == 20629


async def test_an_emma_allows_no_more_than_the_inverter(
    cloud_factory: CloudFactory,
) -> None:
    cloud = await cloud_factory(plant="emma")
    task = {"plantCode": home(cloud).code, **limit(maxGridFeedInPower=10.5)}
    assert await row_text(cloud, LIMIT, task) == (
        OUT_OF_RANGE + "maxGridFeedInPower in: [-1000, 10]"
    )


async def test_a_battery_that_is_gone(cloud: Cloud) -> None:
    cloud.simulator.remove_device(BATTERY)
    answer = await deliver(cloud, PARAMETERS, parameters(endOfChargeSoc=95))
    assert answer["failCode"] == 20631


async def test_scheduled_tasks_of_the_controller(cloud: Cloud) -> None:
    home(cloud).steering.change(NOON, scheduled_tasks=True)
    answer = await deliver(cloud, LIMIT, limit(maxGridFeedInPower=1))
    assert (answer["failCode"], answer["message"]) == (20629, NOT_SUPPORTED)
