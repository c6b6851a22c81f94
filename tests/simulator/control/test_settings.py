"""Which values can be set, what the queries read back, and what plants cannot do."""

from typing import Any

import pytest

from simulator.plants.settings import TimeWindow

from ..conftest import NOON, Cloud, CloudFactory
from .conftest import (
    DISPATCH,
    EVERY_DAY,
    HOME,
    LIMIT,
    MODE,
    NIGHT,
    PARAMETERS,
    accepted,
    deliver,
    home,
    info,
    truth,
)

BATTERY = "NE=33815002"
MODE_QUERY = "configuration/battery-mode"
LIMIT_QUERY = "configuration/active-power-control-mode"
SELF_CONSUMPTION = {"operationMode": "maximumSelfConsumption"}
DISPATCH_MODE = {"operationMode": "thirdPartyDispatch"}
WINDOW = {**NIGHT, "repeat": [5, 1]}
OUT_OF_RANGE = "The input parameter is out of the valid range, "
NOT_SUPPORTED = "The device in the plant does not support this setting"


def time_of_use(*windows: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "operationMode": "TOU",
        "chargingAndDischargingTimeWindow": list(windows or (WINDOW,)),
        **changes,
    }


def limit(**info: Any) -> dict[str, Any]:
    return {"controlMode": "6", "controlInfo": info}


def parameters(**info: Any) -> dict[str, Any]:
    return {"batteryConfigurationInfo": info}


async def query(cloud: Cloud, name: str, plant: str = HOME) -> dict[str, Any]:
    return await cloud.call(name, plantCode=plant)


async def row_text(cloud: Cloud, kind: str, task: dict[str, Any]) -> str:
    answer = await deliver(cloud, kind, task)
    assert answer["failCode"] == 2
    (row,) = answer["data"]["result"]
    assert row["status"] == "FAIL"
    text: str = row["message"]
    return text


async def settled(cloud: Cloud, kind: str, task: dict[str, Any]) -> None:
    """Deliver a task and wait until it is done."""
    number = await accepted(cloud, kind, task)
    cloud.step(minutes=8)
    (row,) = (await info(cloud, kind, number))["dispatchResult"]
    assert row["status"] == "SUCCESS"


async def test_modes_are_read_back(cloud: Cloud) -> None:
    discharge = {
        "startTime": "17:00",
        "endTime": "23:59",
        "chargeOrDischarge": "discharge",
        "repeat": EVERY_DAY,
    }
    task = time_of_use(
        WINDOW,
        discharge,
        redundantPVEnergyPriority="fedToGridPreference",
        allowedAcChargePower=2.5,
    )
    await settled(cloud, MODE, task)
    data = (await query(cloud, MODE_QUERY))["data"]
    assert data == {
        "plantCode": HOME,
        "operationMode": "TOU",
        "touOperationModeParamDetail": {
            "redundantPVEnergyPriority": "fedToGridPreference",
            "allowedAcChargePower": 2.5,
            "chargingAndDischargingTimeWindow": [
                {**WINDOW, "repeat": [1, 5]},
                discharge,
            ],
        },
    }
    cloud.step(minutes=15)
    assert (await cloud.items(39))["ch_discharge_model"] == 6.0
    await settled(cloud, MODE, SELF_CONSUMPTION)
    data = (await query(cloud, MODE_QUERY))["data"]
    assert data["operationMode"] == "maximumSelfConsumption"
    assert data["touOperationModeParamDetail"] is None


async def test_limits_are_read_back(cloud: Cloud) -> None:
    task = limit(maxGridFeedInPower=0.7, limitationMode="1")
    await settled(cloud, LIMIT, task)
    data = (await query(cloud, LIMIT_QUERY))["data"]
    assert data["controlMode"] == "limitedPowerGridKW"
    assert data["limitedPowerGridValueParam"] == {
        "limitationMode": "singlePhasePower",
        "maxGridFeedInPowerValue": 0.7,
    }
    cloud.step(minutes=15)
    assert (await cloud.items(38))["inverter_state"] == 513.0
    assert (await cloud.items(47))["active_power"] <= 2100
    await settled(cloud, LIMIT, {"controlMode": "0"})
    assert (await query(cloud, LIMIT_QUERY))["data"]["controlMode"] == "noLimit"
    cloud.step(minutes=15)
    assert (await cloud.items(38))["inverter_state"] == 512.0
    await settled(cloud, LIMIT, limit(maxGridFeedInPower=1, limitationMode=0))
    assert truth(cloud)["limitation_mode"] == "totalPower"


async def test_parameters(cloud: Cloud) -> None:
    task = parameters(
        endOfChargeSoc=95,
        endOfDischargeSoc=10.0,
        maximumChargePower=99_000,
        maximumDischargePower=2000,
    )
    await settled(cloud, PARAMETERS, task)
    now = truth(cloud)
    assert now["end_of_charge_soc"] == 95.0
    assert now["end_of_discharge_soc"] == 10.0
    assert now["max_charge_power"] == 5000
    assert now["max_discharge_power"] == 2000
    await settled(cloud, PARAMETERS, parameters(maximumChargePower=200))
    assert truth(cloud) == {**now, "max_charge_power": 200}


@pytest.mark.parametrize(
    ("kind", "task", "text"),
    [
        (
            MODE,
            {"operationMode": "fullyFidToGrid"},
            "operationMode in: [maximumSelfConsumption, TOU, thirdPartyDispatch]",
        ),
        (
            MODE,
            time_of_use(redundantPVEnergyPriority="both"),
            "redundantPVEnergyPriority in: [fedToGridPreference, chargePreference]",
        ),
        (
            MODE,
            time_of_use(allowedAcChargePower=50.5),
            "allowedAcChargePower in: [0, 50]",
        ),
        (
            MODE,
            time_of_use({**WINDOW, "endTime": "24:00"}),
            "endTime in: [00:00, 23:59]",
        ),
        (
            MODE,
            time_of_use({**WINDOW, "endTime": "00:30"}),
            "startTime before endTime",
        ),
        (
            MODE,
            time_of_use({**WINDOW, "chargeOrDischarge": "hold"}),
            "chargeOrDischarge in: [charge, discharge]",
        ),
        (MODE, time_of_use({**WINDOW, "repeat": [0]}), "repeat in: [1, 7]"),
        (
            PARAMETERS,
            parameters(endOfChargeSoc=89),
            "endOfChargeSoc in: [90, 100]",
        ),
        (
            PARAMETERS,
            parameters(endOfDischargeSoc=21),
            "endOfDischargeSoc in: [0, 20]",
        ),
        (
            PARAMETERS,
            parameters(maximumDischargePower=199),
            "maximumDischargePower in: [200, inf]",
        ),
        (LIMIT, {"controlMode": "1"}, "controlMode in: [0, 6]"),
        (
            LIMIT,
            limit(maxGridFeedInPower=-1001),
            "maxGridFeedInPower in: [-1000, 5000]",
        ),
        (
            LIMIT,
            limit(maxGridFeedInPower=5, limitationMode="2"),
            "limitationMode in: [0, 1]",
        ),
    ],
)
async def test_values_out_of_range(
    cloud: Cloud, kind: str, task: dict[str, Any], text: str
) -> None:
    assert await row_text(cloud, kind, task) == OUT_OF_RANGE + text


@pytest.mark.parametrize(
    ("other", "overlap"),
    [
        ({**WINDOW, "startTime": "04:59", "endTime": "06:00"}, True),
        ({**WINDOW, "startTime": "05:00", "endTime": "06:00"}, False),
        ({**WINDOW, "repeat": [2, 3, 4, 6, 7]}, False),
        ({**WINDOW, "repeat": EVERY_DAY, "startTime": "01:00"}, True),
    ],
)
async def test_windows_that_overlap(
    cloud: Cloud, other: dict[str, Any], overlap: bool
) -> None:
    task = time_of_use(WINDOW, other)
    if overlap:
        assert await row_text(cloud, MODE, task) == (
            "The startTime and endTime of multiple days overlap."
        )
    else:
        await accepted(cloud, MODE, task)


@pytest.mark.parametrize(
    ("kind", "body", "parameter"),
    [
        (MODE, {}, "tasks"),
        (MODE, {"tasks": []}, "tasks"),
        (MODE, {"tasks": [{"plantCode": HOME}] * 11}, "tasks"),
        (MODE, {"tasks": [{"plantCode": HOME}]}, "operationMode"),
        (
            MODE,
            {"tasks": [{"plantCode": HOME, "operationMode": "TOU"}]},
            "chargingAndDischargingTimeWindow",
        ),
        (
            MODE,
            {"tasks": [{"plantCode": HOME, **time_of_use(*[WINDOW] * 15)}]},
            "chargingAndDischargingTimeWindow",
        ),
        (
            MODE,
            {
                "tasks": [
                    {
                        "plantCode": HOME,
                        **time_of_use(),
                        "chargingAndDischargingTimeWindow": ["x"],
                    }
                ]
            },
            "chargingAndDischargingTimeWindow",
        ),
        (
            MODE,
            {"tasks": [{"plantCode": HOME, **time_of_use({**WINDOW, "repeat": []})}]},
            "repeat",
        ),
        (PARAMETERS, {"tasks": [{"plantCode": HOME}]}, "batteryConfigurationInfo"),
        (
            PARAMETERS,
            {"tasks": [{"plantCode": HOME, "batteryConfigurationInfo": 5}]},
            "batteryConfigurationInfo",
        ),
        (
            PARAMETERS,
            {"tasks": [{"plantCode": HOME, **parameters()}]},
            "batteryConfigurationInfo",
        ),
        (
            PARAMETERS,
            {"tasks": [{"plantCode": HOME, **parameters(maximumChargePower=200.5)}]},
            "maximumChargePower",
        ),
        (LIMIT, {"tasks": [{"plantCode": HOME, "controlMode": 6}]}, "controlMode"),
        (LIMIT, {"tasks": [{"plantCode": HOME, "controlMode": "6"}]}, "controlInfo"),
        (LIMIT, {"tasks": [{"plantCode": HOME, **limit()}]}, "maxGridFeedInPower"),
        (DISPATCH, {}, "plantCode"),
        (DISPATCH, {"plantCode": HOME, "batteryDn": BATTERY}, "dispatchPower"),
    ],
)
async def test_malformed_requests(
    cloud: Cloud, kind: str, body: dict[str, Any], parameter: str
) -> None:
    code, text, _ = await cloud.raw(f"{kind}/async-task", body=body)
    assert code == 400
    assert "framwork.remote.Paramerror" in text
    assert f'"reasonArgs": ["{parameter}"]' in text


async def test_plants_of_others(cloud: Cloud) -> None:
    foreign = [{"plantCode": code, **SELF_CONSUMPTION} for code in ("NE=1", "NE=2")]
    assert await cloud.call(f"{MODE}/async-task", tasks=foreign) == {
        "failCode": 2,
        "success": False,
        "message": "Exist no permission resources. plantCodes: [NE=1, NE=2]",
        "data": None,
    }
    assert await cloud.call(
        f"{PARAMETERS}/async-task",
        tasks=[{"plantCode": "NE=1", **parameters(endOfChargeSoc=95)}],
    ) == {
        "failCode": 2,
        "success": False,
        "message": "Exist no permission plants, plantCodes: [NE=1]",
    }
    twice = await deliver(cloud, MODE, SELF_CONSUMPTION, SELF_CONSUMPTION)
    assert twice["failCode"] == 20608
    assert twice["data"] is None


async def dispatch(
    cloud: Cloud, power: Any, plant: str = HOME, battery: str = BATTERY
) -> dict[str, Any]:
    return await cloud.call(
        f"{DISPATCH}/async-task",
        plantCode=plant,
        batteryDn=battery,
        dispatchPower=power,
    )


async def test_dispatch(cloud: Cloud) -> None:
    cloud.step(hours=8)
    await settled(cloud, MODE, DISPATCH_MODE)
    cloud.step(minutes=15)
    items = await cloud.items(39)
    assert items["ch_discharge_model"] == 12.0
    assert items["ch_discharge_power"] == 0.0
    assert items["battery_status"] == 1.0
    answer = await dispatch(cloud, -1500)
    number = answer["data"]["taskId"]
    assert answer == {
        "failCode": 0,
        "success": True,
        "message": "The battery dispatch task is delivered successfully.",
        "data": {
            "taskId": number,
            "plantCode": HOME,
            "batteryDn": BATTERY,
            "status": "RUNNING",
        },
    }
    assert (await dispatch(cloud, -1400))["failCode"] == 20615
    cloud.step(minutes=8)
    assert await info(cloud, DISPATCH, number) == {
        "plantCode": HOME,
        "batteryDn": BATTERY,
        "status": "SUCCESS",
        "message": None,
        "dispatchPower": -1500,
    }
    cloud.step(minutes=15)
    items = await cloud.items(39)
    assert items["ch_discharge_power"] == -1500.0
    assert items["battery_status"] == 2.0
    number = (await dispatch(cloud, -99_000))["data"]["taskId"]
    cloud.step(minutes=8)
    assert (await info(cloud, DISPATCH, number))["dispatchPower"] == -5000
    assert truth(cloud)["dispatch_power"] == -5000


@pytest.mark.parametrize(
    "outcome", ["FAILURE", "TIMEOUT", "BUSY", "INVALID", "EXCEPTION"]
)
async def test_dispatch_fails(cloud: Cloud, outcome: str) -> None:
    await settled(cloud, MODE, DISPATCH_MODE)
    cloud.simulator.faults.enable("dispatch_task_outcome", outcome=outcome)
    answer = await dispatch(cloud, 1000)
    assert answer["failCode"] == 0, answer
    number = answer["data"]["taskId"]
    cloud.step(minutes=8)
    data = await info(cloud, DISPATCH, number)
    assert (data["status"], data["message"]) == ("FAIL", outcome)
    assert truth(cloud)["dispatch_power"] == 0


async def test_dispatch_needs_its_mode(cloud: Cloud) -> None:
    assert (await dispatch(cloud, 500))["failCode"] == 20627
    steering = home(cloud).steering
    steering.change(NOON, operation_mode="thirdPartyDispatch")
    assert (await dispatch(cloud, 500))["failCode"] == 20627
    assert await row_text(cloud, MODE, SELF_CONSUMPTION) == (
        "Third-party dispatch has never been set for the plant through the northbound "
        "interface."
    )
    steering.change(NOON, operation_mode="maximumSelfConsumption")
    await settled(cloud, MODE, DISPATCH_MODE)
    await settled(cloud, MODE, SELF_CONSUMPTION)
    assert (await dispatch(cloud, 500))["failCode"] == 20628
    assert (await dispatch(cloud, 500, plant="NE=1"))["failCode"] == 20622
    assert (await dispatch(cloud, 500, battery="NE=1"))["failCode"] == 20631


async def test_a_mode_that_changes_before_the_battery_hears(cloud: Cloud) -> None:
    await settled(cloud, MODE, DISPATCH_MODE)
    await dispatch(cloud, 500)
    home(cloud).steering.change(
        cloud.simulator.clock.now(), operation_mode="maximumSelfConsumption"
    )
    cloud.step(minutes=8)
    assert truth(cloud)["dispatch_power"] == 0


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


async def test_settings_from_outside(cloud: Cloud) -> None:
    async def post(status: int = 200, **body: object) -> None:
        async with cloud.session.post(
            f"{cloud.url}/_simulator/settings", json=body
        ) as response:
            assert response.status == status

    cloud.step(hours=10)
    request = (
        await cloud.call(
            "control/charge-and-discharge/async-task",
            tasks=[
                {
                    "plantCode": HOME,
                    "dispatchSwitch": 2,
                    "controlType": 2,
                    "dispatchTime": 600,
                    "powerDispatch": -500,
                }
            ],
        )
    )["data"]["requestID"]
    cloud.step(minutes=5)
    window = {"start": "22:00", "end": "06:00", "direction": "charge"}
    await post(plant=HOME, operation_mode="TOU", windows=[window])
    cloud.step(minutes=5)
    answer = await cloud.call("vpp/chargeAndDischargeStatus", requestID=request)
    assert answer["data"][0]["status"] == 0
    assert answer["data"][0]["message"]
    assert home(cloud).settings.windows == (
        TimeWindow(
            start="22:00",
            end="06:00",
            direction="charge",
            weekdays=(1, 2, 3, 4, 5, 6, 7),
        ),
    )
    discharge = {**window, "direction": "discharge", "weekdays": [1]}
    await post(
        plant=HOME,
        windows=[discharge],
        control_mode="limitedPowerGridPercent",
        feed_in_limit=70,
        max_charge_power=None,
        end_of_discharge_soc=12,
        online=False,
    )
    assert home(cloud).settings.windows[0].direction == "discharge"
    assert truth(cloud)["feed_in_limit"] == 70.0
    assert truth(cloud)["end_of_discharge_soc"] == 12.0
    assert truth(cloud)["controller"] == "offline"
    await post(plant=HOME, online=True)
    data = (await query(cloud, LIMIT_QUERY))["data"]
    assert data["limitedPowerGridPercentParam"]["maxGridFeedInPowerPercent"] == 70.0
    for wrong in (
        {"operation_mode": "fast"},
        {"feed_in_limit": "much"},
        {"windows": "none"},
        {"windows": ["x"]},
        {"windows": [{"start": "22:00"}]},
        {"windows": [{**window, "direction": "hold"}]},
        {"windows": [{**window, "weekdays": 5}]},
    ):
        await post(400, plant=HOME, **wrong)
    await post(400, plant="NE=1", online=True)


async def test_tasks_can_be_looked_at(cloud: Cloud) -> None:
    await accepted(cloud, LIMIT, limit(maxGridFeedInPower=1))
    await cloud.call(
        "control/charge-and-discharge/async-task",
        tasks=[{"plantCode": HOME, "dispatchSwitch": 0}],
    )
    cloud.step(minutes=8)
    async with cloud.session.get(f"{cloud.url}/_simulator/tasks") as response:
        rows = await response.json()
    assert [(row["kind"], row["status"]) for row in rows] == [
        ("limit", "SUCCESS"),
        ("charge", 0),
    ]
    assert all(row["applied"] and row["known"] for row in rows)
    async with cloud.session.get(
        f"{cloud.url}/_simulator/requests?interface={LIMIT}/async-task"
    ) as response:
        (record,) = await response.json()
    assert record["body"]["tasks"][0]["controlMode"] == "6"
