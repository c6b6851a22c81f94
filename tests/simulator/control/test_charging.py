"""Forced charging and discharging through the API, in both forms, and its status."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ..conftest import Cloud, CloudFactory
from .conftest import (
    CHARGE,
    EVERY_DAY,
    HOME,
    LIMIT,
    MODE,
    NIGHT,
    PARAMETERS,
    STATUS,
    accepted,
    charge,
    home,
    status,
    truth,
)

OLD = "vpp/chargeAndDischarge"
SERIAL = "HV2210054001"
WINTER = datetime(2026, 12, 2, 0, 0, tzinfo=UTC)
FOR_AN_HOUR = {"dispatchSwitch": 1, "controlType": 2, "dispatchTime": 60}
TO_NINETY = {"dispatchSwitch": 1, "controlType": 1, "targetSOC": 90.0}
DISCHARGE = {
    "dispatchSwitch": 2,
    "controlType": 2,
    "dispatchTime": 30,
    "powerDispatch": -1000,
}


@pytest.fixture
async def winter(cloud_factory: CloudFactory) -> Cloud:
    """Start a cloud in a winter night, the battery all but empty."""
    return await cloud_factory(start=WINTER)


async def begun(cloud: Cloud, **task: Any) -> int:
    answer = await charge(cloud, **task)
    assert answer["failCode"] == 0, answer
    request: int = answer["data"]["requestID"]
    return request


async def test_a_charge_for_an_hour(winter: Cloud) -> None:
    answer = await charge(winter, **FOR_AN_HOUR, powerDispatch=2500)
    request = answer["data"]["requestID"]
    sub_task = answer["data"]["result"][0]["subTaskId"]
    assert len(str(request)) == 16
    assert answer == {
        "failCode": 0,
        "success": True,
        "message": "The battery charge/discharge task is delivered successfully.",
        "data": {
            "requestID": request,
            "result": [
                {
                    "plantCode": HOME,
                    "sn": SERIAL,
                    "dispatchResult": 0,
                    "subTaskId": sub_task,
                    "description": None,
                }
            ],
        },
    }
    row = {
        "plantCode": HOME,
        "sn": SERIAL,
        "remoteID": sub_task,
        "status": 1,
        "chargedCapacity": 0.0,
        "dischargedCapacity": None,
        "execStartTime": "2026-12-02T01:00:00+01:00",
        "execEndTime": None,
        "message": None,
    }
    assert await status(winter, request) == row
    assert truth(winter)["running_tasks"] == f"charge {sub_task}"
    assert truth(winter)["forced_power"] is None
    winter.step(minutes=1)
    assert truth(winter)["forced_power"] == 2500
    winter.step(minutes=29)
    half = await status(winter, request)
    assert half["status"] == 1
    assert half["chargedCapacity"] == pytest.approx(1.25, abs=0.1)
    winter.step(minutes=34)
    done = await status(winter, request)
    assert done["status"] == 0
    assert done["message"] is None
    assert done["chargedCapacity"] == pytest.approx(2.5, abs=0.05)
    end = datetime.fromisoformat(done["execEndTime"])
    assert timedelta(minutes=60) < end - WINTER < timedelta(minutes=61)
    assert truth(winter)["forced_power"] is None
    assert truth(winter)["running_tasks"] == ""


async def test_the_battery_shows_that_it_is_forced(winter: Cloud) -> None:
    await begun(winter, **FOR_AN_HOUR, powerDispatch=2500)
    assert (await winter.items(39))["ch_discharge_model"] == 4.0
    winter.step(minutes=15)
    items = await winter.items(39)
    assert items["ch_discharge_model"] == 1.0
    assert items["ch_discharge_power"] == 2500.0
    assert items["battery_status"] == 2.0
    inverter = await winter.items(38)
    assert inverter["active_power"] == -2.5
    assert inverter["inverter_state"] == 512.0
    assert (await winter.items(47))["active_power"] < -2500
    winter.step(hours=2)
    assert (await winter.items(39))["ch_discharge_model"] == 4.0


async def test_the_cloud_looks_every_three_minutes(winter: Cloud) -> None:
    request = await begun(winter, **FOR_AN_HOUR, powerDispatch=3000)
    seen = []
    for _ in range(12):
        winter.step(minutes=1)
        seen.append((await status(winter, request))["chargedCapacity"])
    assert seen[0] == seen[1] == 0.0
    assert seen[2] == seen[3] == seen[4] > 0
    assert seen[5] == seen[7] == pytest.approx(seen[2] + 0.15)


async def test_a_charge_to_a_target(winter: Cloud) -> None:
    request = await begun(winter, **TO_NINETY, powerDispatch=5000)
    winter.step(hours=3)
    done = await status(winter, request)
    assert done["status"] == 0
    assert done["chargedCapacity"] == pytest.approx(8.5 / 0.975, abs=0.15)
    ended = datetime.fromisoformat(done["execEndTime"])
    battery = home(winter).state(ended).battery
    assert battery is not None
    assert battery.soc == pytest.approx(90.0)


async def test_a_discharge_with_the_power_of_the_device(cloud: Cloud) -> None:
    task = {"dispatchSwitch": 2, "controlType": 2, "dispatchTime": 30}
    cloud.step(hours=10)
    request = await begun(cloud, **task)
    cloud.step(minutes=33)
    done = await status(cloud, request)
    assert done["status"] == 0
    assert done["chargedCapacity"] is None
    assert done["dischargedCapacity"] == pytest.approx(2.5, abs=0.05)


async def test_powers_beyond_the_range_are_clamped(winter: Cloud) -> None:
    await begun(winter, **FOR_AN_HOUR, powerDispatch=90_000)
    winter.step(minutes=2)
    assert truth(winter)["forced_power"] == 5000


async def test_stopping(winter: Cloud) -> None:
    request = await begun(winter, **FOR_AN_HOUR, powerDispatch=2000)
    winter.step(minutes=10)
    stop = await begun(winter, dispatchSwitch=0)
    assert (await status(winter, stop))["status"] == 1
    winter.step(minutes=3)
    stopped, done = await status(winter, stop), await status(winter, request)
    assert (stopped["status"], stopped["message"]) == (0, None)
    assert stopped["chargedCapacity"] is stopped["dischargedCapacity"] is None
    assert (done["status"], done["message"]) == (0, "The task has been stopped.")
    assert truth(winter)["forced_power"] is None
    again = await begun(winter, dispatchSwitch=0)
    winter.step(minutes=3)
    assert (await status(winter, again))["status"] == 0


async def test_another_charge_takes_over(winter: Cloud) -> None:
    first = await begun(winter, **FOR_AN_HOUR, powerDispatch=2000)
    winter.step(minutes=5)
    second = await begun(winter, **FOR_AN_HOUR, powerDispatch=3000)
    winter.step(minutes=6)
    closed = await status(winter, first)
    assert closed["status"] == 0
    assert closed["message"] == (
        "The task has been replaced by another charge/discharge task."
    )
    assert (await status(winter, second))["status"] == 1
    assert truth(winter)["forced_power"] == 3000


async def test_a_charge_that_had_not_begun_is_replaced(winter: Cloud) -> None:
    first = await begun(winter, **FOR_AN_HOUR, powerDispatch=2000)
    second = await begun(winter, dispatchSwitch=0)
    winter.step(minutes=3)
    assert (await status(winter, first))["status"] == 0
    assert (await status(winter, first))["chargedCapacity"] == 0.0
    assert (await status(winter, second))["status"] == 0
    assert truth(winter)["forced_power"] is None


async def test_the_same_signal_is_refused_while_it_runs(winter: Cloud) -> None:
    await begun(winter, **FOR_AN_HOUR, powerDispatch=2000)
    answer = await charge(winter, **FOR_AN_HOUR, powerDispatch=2000)
    assert answer["failCode"] == 2
    (row,) = answer["data"]["result"]
    assert row["dispatchResult"] == 1
    assert (
        row["description"] == "The device is executing the same charge/discharge task."
    )
    winter.step(minutes=70)
    await begun(winter, **FOR_AN_HOUR, powerDispatch=2000)


async def test_a_change_of_settings_closes_a_charge_as_done(winter: Cloud) -> None:
    request = await begun(winter, **FOR_AN_HOUR, powerDispatch=2000)
    await accepted(
        winter, PARAMETERS, {"batteryConfigurationInfo": {"maximumChargePower": 1500}}
    )
    winter.step(minutes=9)
    row = await status(winter, request)
    assert row["status"] == 0
    assert row["message"] == (
        "The charge/discharge settings of the battery have been changed."
    )
    assert row["chargedCapacity"] < 0.35
    request = await begun(winter, **FOR_AN_HOUR, powerDispatch=2000)
    await accepted(
        winter,
        LIMIT,
        {"controlMode": "6", "controlInfo": {"maxGridFeedInPower": 3.0}},
    )
    winter.step(minutes=9)
    assert (await status(winter, request))["status"] == 1
    assert home(winter).state(winter.simulator.clock.now()).powers.battery == 1500


async def test_a_target_that_is_never_reached_times_out(winter: Cloud) -> None:
    window = {**NIGHT, "repeat": EVERY_DAY}
    await accepted(
        winter,
        MODE,
        {
            "operationMode": "TOU",
            "chargingAndDischargingTimeWindow": [window],
        },
    )
    winter.step(minutes=9)
    home(winter).steering.change(winter.simulator.clock.now(), end_of_charge_soc=90.0)
    request = await begun(winter, **{**TO_NINETY, "targetSOC": 95}, powerDispatch=4000)
    winter.step(hours=23, minutes=57)
    row = await status(winter, request)
    assert row["status"] == 1
    winter.step(minutes=6)
    row = await status(winter, request)
    assert (row["status"], row["message"]) == (2, "TIMEOUT")
    assert truth(winter)["forced_power"] is None


@pytest.mark.parametrize(
    ("outcome", "later"),
    [("FAILURE", {}), ("BUSY", {}), ("INVALID", {}), ("EXCEPTION", {})],
)
async def test_a_charge_fails(winter: Cloud, outcome: str, later: Any) -> None:
    winter.simulator.faults.enable("charge_task_outcome", outcome=outcome, times=1)
    request = await begun(winter, **FOR_AN_HOUR, powerDispatch=2000)
    assert (await status(winter, request))["status"] == 1
    winter.step(minutes=3)
    row = await status(winter, request)
    assert (row["status"], row["message"]) == (2, outcome)
    assert row["chargedCapacity"] == 0.0
    assert truth(winter)["forced_power"] is None
    await begun(winter, **FOR_AN_HOUR, powerDispatch=2000)


async def test_a_charge_without_a_reply(winter: Cloud) -> None:
    faults = winter.simulator.faults
    faults.enable("charge_task_outcome", outcome="NO_REPLY", applied=True)
    request = await begun(winter, **FOR_AN_HOUR, powerDispatch=2000)
    winter.step(minutes=2)
    assert truth(winter)["forced_power"] == 2000
    winter.step(hours=20)
    assert truth(winter)["forced_power"] is None
    row = await status(winter, request)
    assert row["status"] == 1
    assert row["chargedCapacity"] == pytest.approx(2.0, abs=0.05)
    winter.step(hours=4)
    row = await status(winter, request)
    assert (row["status"], row["message"]) == (2, "TIMEOUT")


async def test_a_charge_that_hangs(winter: Cloud) -> None:
    winter.simulator.faults.enable("charge_task_outcome", outcome="HANG")
    request = await begun(winter, **FOR_AN_HOUR, powerDispatch=2000)
    winter.step(hours=48)
    assert (await status(winter, request))["status"] == 1
    assert truth(winter)["forced_power"] is None


@pytest.mark.parametrize(
    ("task", "text"),
    [
        ({"dispatchSwitch": 3}, "DispatchSwitch is illegal, valid value: 0 or 1 or 2"),
        ({**FOR_AN_HOUR, "powerDispatch": -5}, "PowerDispatch is illegal. The value"),
        ({**FOR_AN_HOUR, "powerDispatch": 0}, "PowerDispatch is illegal. The value"),
        ({**DISCHARGE, "powerDispatch": 5}, "PowerDispatch is illegal. The value"),
        ({"dispatchSwitch": 1}, "ControlType is illegal"),
        ({"dispatchSwitch": 1, "controlType": 1}, "TargetSOC is illegal"),
        ({**TO_NINETY, "targetSOC": 101}, "TargetSOC is illegal"),
        ({"dispatchSwitch": 1, "controlType": 2}, "DispatchTime is illegal"),
        ({**FOR_AN_HOUR, "dispatchTime": 1441}, "DispatchTime is illegal"),
        ({**FOR_AN_HOUR, "plantCode": "NE=1"}, "No resource permission."),
    ],
)
async def test_what_is_rejected(cloud: Cloud, task: Any, text: str) -> None:
    answer = await charge(cloud, **task)
    assert answer["failCode"] == 2
    assert answer["success"] is False
    assert answer["message"] == "Failed to deliver the battery charge/discharge task."
    assert answer["data"]["requestID"] is None
    (row,) = answer["data"]["result"]
    assert (row["sn"], row["dispatchResult"], row["subTaskId"]) == (None, 1, None)
    assert row["description"].startswith(text)


async def test_some_are_rejected(cloud_factory: CloudFactory) -> None:
    cloud = await cloud_factory(plant="home,pv,ess,emma")
    cloud.simulator.faults.enable("controller_offline", plants=["NE=33900100"])
    tasks = [{"plantCode": plant.code, **DISCHARGE} for plant in cloud.simulator.plants]
    answer = await cloud.call(CHARGE, tasks=tasks)
    assert (answer["failCode"], answer["success"]) == (1, True)
    assert answer["message"] == (
        "The battery charge/discharge task is partially delivered successfully."
    )
    assert [row["description"] for row in answer["data"]["result"]] == [
        None,
        "The plant has no battery device.",
        "The device in the plant does not support this setting",
        "Device offline, can not set param.",
    ]
    cloud.simulator.faults.disable("controller_offline")
    assert (await cloud.call(CHARGE, tasks=tasks[3:]))["failCode"] == 0


async def test_malformed_requests(cloud: Cloud) -> None:
    assert await cloud.call(CHARGE, tasks=[]) == {
        "failCode": 2,
        "success": False,
        "message": "Battery charge and discharge task list is empty.",
        "data": None,
    }
    for body, text in (
        ({}, "tasks may not be null"),
        ({"tasks": "x"}, "tasks must be a list"),
        ({"tasks": [5]}, "tasks must be a list of objects"),
        ({"tasks": [DISCHARGE] * 101}, "tasks size must be between 0 and 100"),
        ({"tasks": [DISCHARGE]}, "plantCode may not be null"),
        ({"tasks": [{**DISCHARGE, "plantCode": 5}]}, "plantCode must be a string"),
        (
            {"tasks": [{**DISCHARGE, "plantCode": HOME, "dispatchSwitch": "2"}]},
            "dispatchSwitch must be an integer",
        ),
        (
            {"tasks": [{**DISCHARGE, "plantCode": HOME, "powerDispatch": "2"}]},
            "powerDispatch must be a number",
        ),
    ):
        code, answer, _ = await cloud.raw(CHARGE, body=body)
        assert code == 400
        assert text in answer


async def test_status_of_nothing(cloud: Cloud) -> None:
    assert (await cloud.call(STATUS))["failCode"] == 20044
    assert (await cloud.call(STATUS, requestID=1234567890123456))["failCode"] == 20050
    request = await begun(cloud, **DISCHARGE)
    owners = cloud.simulator.owners
    owners.register(type(owners["owner"])(name="two", password="x"))
    token = cloud.grant(owner="two")["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    answer = await cloud.call(STATUS, headers=headers, requestID=request)
    assert answer["failCode"] == 20050


async def old(cloud: Cloud, **changes: Any) -> dict[str, Any]:
    body = {"plantCodes": HOME, "requestID": 77, **DISCHARGE, **changes}
    return await cloud.call(OLD, **body)


async def test_the_old_form(cloud: Cloud) -> None:
    answer = await old(cloud)
    assert answer["failCode"] == 0
    assert answer["data"]["requestID"] == 77
    assert answer["data"]["result"][0]["dispatchResult"] == 0
    cloud.step(minutes=3)
    assert (await status(cloud, 77))["status"] == 1
    assert truth(cloud)["forced_power"] == -1000


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"requestID": None}, 20044),
        ({"plantCodes": ""}, 20010),
        ({"plantCodes": f"{HOME},NE=1"}, 20045),
        ({"dispatchSwitch": None}, 20040),
        ({"controlType": None}, 20041),
        ({"controlType": 1}, 20042),
        ({"dispatchTime": -1}, 20043),
        ({"powerDispatch": 100}, 20047),
    ],
)
async def test_codes_of_the_old_form(
    cloud: Cloud, changes: dict[str, Any], code: int
) -> None:
    assert (await old(cloud, **changes))["failCode"] == code
    assert truth(cloud)["running_tasks"] == ""


async def test_the_caller_chooses_each_number_once(cloud: Cloud) -> None:
    await old(cloud)
    assert (await old(cloud, powerDispatch=-500))["failCode"] == 20048
    assert (await old(cloud, requestID=78, powerDispatch=-500))["failCode"] == 0


async def test_servers_without_the_present_form(cloud: Cloud) -> None:
    cloud.simulator.faults.enable("charge_version_2_missing")
    code, _, _ = await cloud.raw(CHARGE, tasks=[{"plantCode": HOME, **DISCHARGE}])
    assert code == 404
    assert (await old(cloud))["failCode"] == 0
