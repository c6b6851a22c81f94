"""Tasks that set something up: accepted, running, done, failed, and never heard of."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from ..conftest import Cloud
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

TASKS = {
    MODE: {
        "operationMode": "TOU",
        "redundantPVEnergyPriority": "chargePreference",
        "allowedAcChargePower": 3.0,
        "chargingAndDischargingTimeWindow": [{**NIGHT, "repeat": EVERY_DAY}],
    },
    PARAMETERS: {"batteryConfigurationInfo": {"endOfDischargeSoc": 15.0}},
    LIMIT: {
        "controlMode": "6",
        "controlInfo": {"maxGridFeedInPower": 2.5, "limitationMode": "0"},
    },
}
NAMES = {
    MODE: "battery mode",
    PARAMETERS: "battery configuration",
    LIMIT: "active power control",
}
SWITCHES = {MODE: "mode", PARAMETERS: "parameters", LIMIT: "limit"}


@pytest.mark.parametrize("kind", TASKS)
async def test_a_task_runs_for_minutes_and_succeeds(cloud: Cloud, kind: str) -> None:
    answer = await deliver(cloud, kind, TASKS[kind])
    row = {"plantCode": HOME, "status": "RUNNING"}
    assert answer == {
        "failCode": 0,
        "success": True,
        "message": f"The {NAMES[kind]} task is delivered successfully.",
        "data": {
            "taskId": answer["data"]["taskId"],
            "result": [row if kind == PARAMETERS else {**row, "message": None}],
        },
    }
    number = answer["data"]["taskId"]
    before = truth(cloud)
    assert before["running_tasks"] == f"{SWITCHES[kind]} {number}"
    data = await info(cloud, kind, number)
    assert data["startTime"] == "2026-06-21T12:30:00+02:00"
    assert data["endTime"] is None
    assert data["dispatchResult"][0]["status"] == "RUNNING"
    cloud.step(minutes=1, seconds=59)
    assert (await info(cloud, kind, number))["endTime"] is None
    cloud.step(minutes=6, seconds=1)
    data = await info(cloud, kind, number)
    (row,) = data["dispatchResult"]
    assert row["status"] == "SUCCESS"
    assert row["message"] is None
    took = datetime.fromisoformat(data["endTime"]) - datetime.fromisoformat(
        data["startTime"]
    )
    assert timedelta(minutes=2) <= took <= timedelta(minutes=8)
    after = truth(cloud)
    assert after["running_tasks"] == ""
    assert after != {**before, "running_tasks": ""}


@pytest.mark.parametrize("kind", TASKS)
async def test_a_task_repeats_what_it_sets(cloud: Cloud, kind: str) -> None:
    data = await info(cloud, kind, await accepted(cloud, kind, TASKS[kind]))
    (row,) = data["dispatchResult"]
    assert (row.pop("plantCode"), row.pop("status"), row.pop("message")) == (
        HOME,
        "RUNNING",
        None,
    )
    if kind == PARAMETERS:
        assert row == {
            "batteryConfigurationInfo": {
                "endOfChargeSoc": 100.0,
                "endOfDischargeSoc": 15.0,
                "maximumChargePower": 5000,
                "maximumDischargePower": 5000,
            }
        }
    else:
        assert row == TASKS[kind]


@pytest.mark.parametrize("kind", TASKS)
@pytest.mark.parametrize(
    "outcome", ["FAILURE", "TIMEOUT", "BUSY", "INVALID", "EXCEPTION"]
)
async def test_a_task_fails(cloud: Cloud, kind: str, outcome: str) -> None:
    before = truth(cloud)
    cloud.simulator.faults.enable(
        f"{SWITCHES[kind]}_task_outcome", outcome=outcome, times=1
    )
    number = await accepted(cloud, kind, TASKS[kind])
    cloud.step(minutes=8)
    (row,) = (await info(cloud, kind, number))["dispatchResult"]
    assert (row["status"], row["message"]) == ("FAIL", outcome)
    assert truth(cloud) == before
    await accepted(cloud, kind, TASKS[kind])
    cloud.step(minutes=8)
    assert truth(cloud) != before


@pytest.mark.parametrize("kind", TASKS)
async def test_a_task_without_a_reply_times_out(cloud: Cloud, kind: str) -> None:
    cloud.simulator.faults.enable(f"{SWITCHES[kind]}_task_outcome", outcome="NO_REPLY")
    number = await accepted(cloud, kind, TASKS[kind])
    cloud.step(hours=23, minutes=59)
    (row,) = (await info(cloud, kind, number))["dispatchResult"]
    assert row["status"] == "RUNNING"
    cloud.step(minutes=1)
    data = await info(cloud, kind, number)
    assert data["dispatchResult"][0]["status"] == "FAIL"
    assert data["dispatchResult"][0]["message"] == "TIMEOUT"
    assert data["endTime"] == "2026-06-22T12:30:00+02:00"


async def test_a_hanging_task_that_was_done_all_the_same(cloud: Cloud) -> None:
    cloud.simulator.faults.enable("limit_task_outcome", outcome="HANG", applied=True)
    number = await accepted(cloud, LIMIT, TASKS[LIMIT])
    cloud.step(minutes=10)
    assert truth(cloud)["feed_in_limit"] == 2.5
    assert (await deliver(cloud, LIMIT, {"controlMode": "0"}))["failCode"] == 20615
    cloud.step(hours=24)
    data = await info(cloud, LIMIT, number)
    assert data["dispatchResult"][0]["status"] == "RUNNING"
    assert data["endTime"] is None
    assert truth(cloud)["running_tasks"] == ""
    await accepted(cloud, LIMIT, {"controlMode": "0"})


async def test_the_device_does_it_at_its_own_time_within_a_long_step(
    cloud: Cloud,
) -> None:
    await accepted(cloud, LIMIT, TASKS[LIMIT])
    cloud.step(hours=30)
    timeline = home(cloud).history.timeline
    now = cloud.simulator.clock.now()
    accepted_at = now - timedelta(hours=30)
    assert timeline.at(accepted_at + timedelta(seconds=29)).settings.control_mode == (
        "noLimit"
    )
    assert timeline.at(accepted_at + timedelta(minutes=5)).settings.control_mode == (
        "limitedPowerGridKW"
    )


@pytest.mark.parametrize("kind", [MODE, LIMIT])
async def test_the_same_value_is_refused(cloud: Cloud, kind: str) -> None:
    await accepted(cloud, kind, TASKS[kind])
    cloud.step(minutes=8)
    answer = await deliver(cloud, kind, TASKS[kind])
    failed = f"Failed to deliver the {NAMES[kind]} task."
    assert answer == {
        "failCode": 2,
        "success": False,
        "message": failed.replace("mode task", "mode control task"),
        "data": {
            "taskId": None,
            "result": [
                {
                    "plantCode": HOME,
                    "status": "FAIL",
                    "message": "The configured value is the same as the current value.",
                }
            ],
        },
    }


@pytest.mark.parametrize("kind", TASKS)
async def test_one_task_of_a_kind_at_a_time(cloud: Cloud, kind: str) -> None:
    await accepted(cloud, kind, TASKS[kind])
    answer = await deliver(cloud, kind, TASKS[kind])
    assert answer == {
        "success": False,
        "data": None,
        "failCode": 20615,
        "message": "The same task is being executed in the plant.",
    }


async def test_a_battery_is_busy_with_another_task(cloud: Cloud) -> None:
    await accepted(cloud, MODE, TASKS[MODE])
    limit = await accepted(cloud, LIMIT, TASKS[LIMIT])
    parameters = await accepted(cloud, PARAMETERS, TASKS[PARAMETERS])
    cloud.step(minutes=8)
    (row,) = (await info(cloud, PARAMETERS, parameters))["dispatchResult"]
    assert (row["status"], row["message"]) == ("FAIL", "BUSY")
    assert truth(cloud)["end_of_discharge_soc"] == 5.0
    (row,) = (await info(cloud, LIMIT, limit))["dispatchResult"]
    assert row["status"] == "SUCCESS"


@pytest.mark.parametrize("kind", [*TASKS, DISPATCH])
async def test_unknown_tasks(cloud: Cloud, kind: str) -> None:
    assert await cloud.call(f"{kind}/task-info", taskId="1234567890123456") == {
        "failCode": 20620,
        "success": False,
        "message": "The taskId is not exist.",
        "data": None,
    }
    code, text, _ = await cloud.raw(f"{kind}/task-info")
    assert code == 400
    assert "taskId may not be null" in text


async def test_tasks_are_known_to_their_own_client_only(cloud: Cloud) -> None:
    number = await accepted(cloud, LIMIT, TASKS[LIMIT])
    simulator = cloud.simulator
    simulator.owners.register(type(simulator.owners["owner"])(name="two", password="x"))
    token = cloud.grant(owner="two")["access_token"]
    answer = await cloud.call(
        f"{LIMIT}/task-info",
        headers={"Authorization": f"Bearer {token}"},
        taskId=number,
    )
    assert answer["failCode"] == 20620
    wrong_kind = await cloud.call(f"{MODE}/task-info", taskId=number)
    assert wrong_kind["failCode"] == 20620


async def test_several_plants_in_one_task(cloud_factory: Any) -> None:
    cloud = await cloud_factory(plant="home,emma,pv,string")
    codes = [plant.code for plant in cloud.simulator.plants]
    tasks = [{"plantCode": code, **TASKS[LIMIT]} for code in codes]
    answer = await deliver(cloud, LIMIT, *tasks)
    assert answer["failCode"] == 1
    assert answer["success"] is True
    assert answer["message"] == (
        "The active power control task is partially delivered successfully."
    )
    assert [row["status"] for row in answer["data"]["result"]] == [
        *["RUNNING"] * 3,
        "FAIL",
    ]
    assert answer["data"]["result"][3]["message"] == (
        "The device in the plant does not support this setting"
    )
    cloud.simulator.faults.enable(
        "limit_task_outcome", outcome="FAILURE", plants=[codes[1]]
    )
    cloud.step(minutes=8)
    data = await info(cloud, LIMIT, answer["data"]["taskId"])
    assert [row["status"] for row in data["dispatchResult"]] == ["SUCCESS"] * 3
    assert data["endTime"] is not None
    tasks = [{"plantCode": code, "controlMode": "0"} for code in codes[:2]]
    number = await accepted(cloud, LIMIT, *tasks)
    cloud.step(minutes=8)
    data = await info(cloud, LIMIT, number)
    assert [row["status"] for row in data["dispatchResult"]] == ["SUCCESS", "FAIL"]
    assert "controlInfo" not in data["dispatchResult"][0]
