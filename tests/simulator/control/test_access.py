"""Who may control, how often, and the switches of control."""

import pytest

from simulator.faults.control import CONTROL as SWITCHES

from ..conftest import Cloud
from .conftest import (
    CHARGE,
    HOME,
    LIMIT,
    MODE,
    PARAMETERS,
    STATUS,
    accepted,
    charge,
    deliver,
    info,
    status,
)

LIMITED = {"controlMode": "6", "controlInfo": {"maxGridFeedInPower": 1.0}}
DISCHARGE = {"dispatchSwitch": 2, "controlType": 2, "dispatchTime": 30}
REFUSED = {
    "success": False,
    "data": None,
    "failCode": 401,
    "params": {},
    "message": "Invalid access to current interface!",
}


async def test_the_scope_of_control_is_needed(cloud: Cloud) -> None:
    token = cloud.grant(scope="pvms.openapi.basic")["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    for interface in (f"{LIMIT}/async-task", f"{LIMIT}/task-info", CHARGE, STATUS):
        assert await cloud.call(interface, headers=headers) == REFUSED
    answer = await cloud.call("stations", headers=headers, pageNo=1)
    assert answer["failCode"] == 0
    token = cloud.grant(scope="pvms.openapi.control")["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    assert (await cloud.call("stations", headers=headers)) == REFUSED
    assert (await cloud.call(STATUS, headers=headers))["failCode"] == 20044


async def test_api_accounts_may_not_control(cloud: Cloud) -> None:
    headers = await cloud.login()
    assert await cloud.call(STATUS, headers=headers) == REFUSED
    cloud.simulator.faults.enable("accounts_may_control")
    assert (await cloud.call(STATUS, headers=headers))["failCode"] == 20044
    assert (await cloud.call(STATUS, headers=headers))["failCode"] == 407
    answer = await cloud.call(
        f"{LIMIT}/async-task", headers=headers, tasks=[{"plantCode": HOME, **LIMITED}]
    )
    assert answer["failCode"] == 0
    cloud.step(minutes=1)
    assert (await cloud.call(STATUS, headers=headers))["failCode"] == 20044


async def test_a_hundred_calls_a_day(cloud: Cloud) -> None:
    number = await accepted(cloud, LIMIT, LIMITED)
    for _ in range(99):
        await info(cloud, LIMIT, number)
    spent = await cloud.call(f"{LIMIT}/task-info", taskId=number)
    assert spent["failCode"] == 407
    assert (await deliver(cloud, MODE, {}))["failCode"] == 407
    assert (await charge(cloud, **DISCHARGE))["failCode"] == 407
    assert (await cloud.call("stations", pageNo=1))["failCode"] == 0
    answer = await cloud.call("configuration/battery-mode", plantCode=HOME)
    assert answer["failCode"] == 0
    assert cloud.simulator.quotas.used() == {
        "100000001/owner control": 100,
        "100000001/owner basic": 2,
    }
    cloud.step(hours=24)
    assert (await charge(cloud, **DISCHARGE))["failCode"] == 0


async def test_hammering_extends_the_block_of_control_only(cloud: Cloud) -> None:
    quotas = cloud.simulator.quotas
    quotas.spend("100000001/owner", "control", 100)
    cloud.simulator.faults.enable("hammering_extends_block")
    assert (await charge(cloud, **DISCHARGE))["failCode"] == 407
    assert quotas.used()["100000001/owner control"] == 101


@pytest.mark.parametrize("plants", [None, [HOME], ["NE=1"]])
async def test_the_owners_switch(cloud: Cloud, plants: list[str] | None) -> None:
    limited = {} if plants is None else {"plants": plants}
    cloud.simulator.faults.enable("owner_access_off", **limited)
    wanted = 0 if plants == ["NE=1"] else 20056
    assert (await charge(cloud, **DISCHARGE))["failCode"] == wanted


async def test_tasks_that_are_not_accepted(cloud: Cloud) -> None:
    faults = cloud.simulator.faults
    faults.enable("task_rejected", interface=f"{PARAMETERS}/async-task")
    task = {"batteryConfigurationInfo": {"endOfChargeSoc": 95}}
    assert await deliver(cloud, PARAMETERS, task) == {
        "failCode": 2,
        "success": False,
        "message": "Failed to deliver the battery configuration task.",
        "data": {
            "result": [
                {
                    "plantCode": HOME,
                    "status": "FAIL",
                    "message": "Signal dispensing happened error.",
                }
            ]
        },
    }
    assert (await deliver(cloud, LIMIT, LIMITED))["failCode"] == 0
    faults.enable("task_rejected", plants=["NE=1"], message="any")
    assert (await deliver(cloud, PARAMETERS, task))["failCode"] == 0
    faults.enable("task_rejected", message="any", times=1)
    answer = await charge(cloud, **DISCHARGE)
    assert answer["data"]["result"][0]["description"] == "any"
    assert (await charge(cloud, **DISCHARGE))["failCode"] == 0


@pytest.mark.parametrize("code", [20609, 20614, 20615, 20627, 20628, 20629, 20631])
async def test_requests_that_are_refused(cloud: Cloud, code: int) -> None:
    cloud.simulator.faults.enable("control_refused", code=code)
    for answer in (
        await deliver(cloud, LIMIT, LIMITED),
        await charge(cloud, **DISCHARGE),
    ):
        assert answer["failCode"] == code
        assert answer["data"] is None
        assert answer["message"]
    assert (await cloud.call("stations", pageNo=1))["failCode"] == 0


async def test_outcomes_for_chosen_plants_and_a_number_of_times(cloud: Cloud) -> None:
    faults = cloud.simulator.faults
    faults.enable("limit_task_outcome", outcome="BUSY", plants=["NE=1"])
    number = await accepted(cloud, LIMIT, LIMITED)
    cloud.step(minutes=8)
    (row,) = (await info(cloud, LIMIT, number))["dispatchResult"]
    assert row["status"] == "SUCCESS"
    faults.enable("limit_task_outcome", plants=[HOME], times=1)
    number = await accepted(cloud, LIMIT, {"controlMode": "0"})
    assert faults.enabled == {}
    cloud.step(minutes=8)
    (row,) = (await info(cloud, LIMIT, number))["dispatchResult"]
    assert row["message"] == "FAILURE"


async def test_shapes_of_the_status(cloud: Cloud) -> None:
    cloud.step(hours=9)
    answer = await charge(cloud, **DISCHARGE)
    request = answer["data"]["requestID"]
    cloud.step(minutes=33)
    right = await status(cloud, request)
    faults = cloud.simulator.faults
    faults.enable("status_time_names")
    row = await status(cloud, request)
    assert row["startTime"] == right["execStartTime"]
    assert row["endTime"] == right["execEndTime"]
    assert "execStartTime" not in row
    faults.clear()
    faults.enable("status_in_watt_hours")
    row = await status(cloud, request)
    assert row["dischargedCapacity"] == pytest.approx(
        1000 * right["dischargedCapacity"]
    )
    assert row["chargedCapacity"] is None
    faults.clear()
    faults.enable("status_without_nulls")
    assert "chargedCapacity" not in await status(cloud, request)
    faults.clear()
    assert await status(cloud, request) == right


def test_every_switch_says_what_it_does() -> None:
    names = [switch.name for switch in SWITCHES]
    assert len(set(names)) == len(names) == 13
    assert all(switch.description for switch in SWITCHES)
