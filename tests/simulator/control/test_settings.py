"""Which values can be set, and what the queries read back."""

from datetime import timedelta
from typing import Any

import pytest

from simulator.plants.settings import TimeWindow

from ..conftest import NOON, Cloud
from .conftest import (
    BATTERY,
    DISPATCH,
    DISPATCH_MODE,
    EVERY_DAY,
    HOME,
    LIMIT,
    LIMIT_QUERY,
    MODE,
    MODE_QUERY,
    OUT_OF_RANGE,
    PARAMETERS,
    SELF_CONSUMPTION,
    WINDOW,
    accepted,
    deliver,
    dispatch,
    home,
    info,
    limit,
    parameters,
    query,
    row_text,
    settled,
    time_of_use,
    truth,
)


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


async def test_the_clock_goes_back(cloud: Cloud) -> None:
    number = await accepted(cloud, LIMIT, limit(maxGridFeedInPower=0.5))
    cloud.step(minutes=30)
    assert truth(cloud)["feed_in_limit"] == 0.5
    cloud.simulator.set_clock(NOON - timedelta(hours=1))
    assert truth(cloud)["running_tasks"] == ""
    (row,) = (await info(cloud, LIMIT, number))["dispatchResult"]
    assert row["status"] == "RUNNING"
    steering, plant = home(cloud).steering, home(cloud)
    steering.change(cloud.simulator.clock.now(), control_mode="noLimit")
    cloud.step(hours=2)
    assert plant.state(NOON + timedelta(minutes=30)).powers.grid < -3000
    assert truth(cloud)["control_mode"] == "noLimit"


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
