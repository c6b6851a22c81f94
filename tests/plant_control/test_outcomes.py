"""Each action and each way in which it can end, as a user hears of it."""

import asyncio
from datetime import timedelta
from typing import Any, Final

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util
import pytest

from custom_components.smartpvms.const import DOMAIN
from tests.conftest import SimulatorFactory

from .commands import CASES, IDS, KINDS, SETTINGS, Case, prepare
from .fixtures import NIGHT
from .house import House, async_build_house

KINDS_OF_SETTINGS: Final = [case for case in KINDS if case.kind != "charge"]
# what the cloud answers to a delivery as a whole, and what the user is told
CODES: Final = {
    20609: "networking_unsupported",
    20614: "device_offline",
    20620: "control_task_unknown",
    20627: "dispatch_never_set",
    20628: "dispatch_not_active",
    20629: "not_supported",
    20631: "device_missing",
    20056: "no_permission",
    401: "interface_not_granted",
}
# what the cloud says of a plant, and what the user is told
MESSAGES: Final = {
    "Signal dispensing happened error.": "signal_error",
    "No resource permission.": "no_permission",
    "The startTime and endTime of multiple days overlap.": "windows_overlap",
    "The input parameter is out of the valid range": "value_invalid",
    "The device in the plant does not support this setting": "not_supported",
    "Device offline, can not set param.": "device_offline",
    "Third-party dispatch has never been set for the plant through the northbound "
    "interface.": "dispatch_never_set",
}
NAMELESS: Final = "Something that no document names"
OUTCOMES: Final = {
    "FAILURE": "failure",
    "TIMEOUT": "timeout",
    "BUSY": "busy",
    "INVALID": "invalid_device",
    "EXCEPTION": "exception",
}

# what comes from the gateway or in between, and what the user is told
GATEWAY: Final = (
    ("gateway_parameter_error", {}, "failure", "value_invalid"),
    ("html_page", {}, "failure", "wrong_server"),
    ("http_500_exception", {}, "unknown", "no_answer"),
    ("http_502", {}, "unknown", "no_answer"),
    ("broken_json", {}, "unknown", "no_answer"),
    ("too_frequent", {}, "failure", "call_quota_exhausted"),
    ("http_429", {"retry_after": 1800}, "failure", "cloud_overloaded"),
    ("daily_maximum", {}, "failure", "daily_quota_exhausted"),
)


@pytest.fixture
async def two(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    simulator_factory: SimulatorFactory,
) -> House:
    """Return two homes of one owner."""
    running = await simulator_factory(plant="home,all_in_one", start=NIGHT)
    return await async_build_house(hass, freezer, running)


async def task_of(house: House, row: dict[str, Any]) -> dict[str, Any]:
    """Return how far the task of an answer is now."""
    tasks = (await house.call("get_tasks", hours=48))["tasks"]
    (task,) = (each for each in tasks if each["task_id"] == row["task_id"])
    assert isinstance(task, dict)
    return task


@pytest.mark.parametrize("case", CASES, ids=IDS)
async def test_command_succeeds_and_says_by_what_evidence(
    night: House, case: Case
) -> None:
    await prepare(night, case)
    row = await night.call(case.action, **case.data)
    assert row["status"] == "running"
    assert row["accepted"] is not None
    await night.pass_time(50)
    task = await task_of(night, row)

    assert task["status"] == "success"
    assert task["requested"] < task["confirmed"] <= task["ended"]
    assert task["evidence"]
    assert night.control_calls() == task["control_calls"] <= 2
    event = night.state("event", "task_outcome")
    assert event.attributes["event_type"] == "success"
    assert event.attributes["task_id"] == row["task_id"]


@pytest.mark.parametrize("case", CASES, ids=IDS)
async def test_request_that_is_refused_says_why_and_is_not_repeated(
    night: House, case: Case
) -> None:
    await prepare(night, case)
    told: dict[int, str] = {}
    for code in CODES:
        night.cloud.faults.enable("control_refused", code=code)
        row = await night.call(case.action, **case.data)
        assert row["status"] == "failure"
        assert row["message"]
        told[code] = row["reason"]

    assert told == CODES
    assert night.control_calls() == len(CODES)
    with pytest.raises(HomeAssistantError) as raised:
        await night.do(case.action, **case.data)
    assert str(raised.value).startswith(f"Not carried out: {night.plant.name}: ")


@pytest.mark.parametrize("case", CASES, ids=IDS)
async def test_plant_that_is_refused_says_why(night: House, case: Case) -> None:
    await prepare(night, case)
    told: dict[str, str] = {}
    for message in (*MESSAGES, NAMELESS):
        night.cloud.faults.enable("task_rejected", message=message)
        row = await night.call(case.action, **case.data)
        assert (row["status"], row["cloud_message"]) == ("failure", message)
        told[message] = row["reason"]

    # a dispatch has no rows: there the code says at least that it was not passed on
    nameless = "not_delivered" if case.kind == "dispatch" else "other"
    assert told == {**MESSAGES, NAMELESS: nameless}


@pytest.mark.parametrize("case", KINDS, ids=[case.kind for case in KINDS])
@pytest.mark.parametrize(("fault", "parameters", "status", "reason"), GATEWAY)
async def test_answer_that_is_not_the_interfaces_own(
    night: House,
    case: Case,
    *,
    fault: str,
    parameters: dict[str, Any],
    status: str,
    reason: str,
) -> None:
    await prepare(night, case)
    night.cloud.faults.enable(fault, interface=case.delivery, times=1, **parameters)
    row = await night.call(case.action, **case.data)

    assert (row["status"], row["reason"]) == (status, reason)
    assert len(night.cloud.requests_to(case.delivery)) == 1


@pytest.mark.parametrize("case", SETTINGS, ids=[case.action for case in SETTINGS])
async def test_setting_that_fails_later_says_why(night: House, case: Case) -> None:
    await prepare(night, case)
    told: dict[str, str] = {}
    for outcome in OUTCOMES:
        night.cloud.faults.enable(f"{case.kind}_task_outcome", outcome=outcome)
        waiting = asyncio.create_task(night.call(case.action, wait=15, **case.data))
        await night.pass_time(16)
        row = await asyncio.wait_for(waiting, 5)
        assert row["status"] == "failure"
        assert row["message"]
        told[row["cloud_message"]] = row["reason"]
        event = night.state("event", "task_outcome")
        assert event.attributes["event_type"] == "failure"
        assert event.attributes["task_id"] == row["task_id"]

    assert told == OUTCOMES


@pytest.mark.parametrize("outcome", ["HANG", "NO_REPLY"])
@pytest.mark.parametrize(
    "case", KINDS_OF_SETTINGS, ids=[case.kind for case in KINDS_OF_SETTINGS]
)
async def test_setting_that_nobody_confirms_has_failed_after_a_day(
    night: House, case: Case, outcome: str
) -> None:
    await prepare(night, case)
    night.cloud.faults.enable(f"{case.kind}_task_outcome", outcome=outcome, times=1)
    row = await night.call(case.action, **case.data)
    await night.pass_time(23 * 60, step=30)
    assert (await task_of(night, row))["ended"] is None
    await night.pass_time(2 * 60, step=30)
    task = await task_of(night, row)

    assert (task["status"], task["reason"]) == ("failure", "timeout")
    assert task["control_calls"] <= 12


async def test_forced_charge_that_never_begins_has_failed_after_a_day(
    night: House,
) -> None:
    night.cloud.faults.enable("charge_task_outcome", outcome="HANG")
    row = await night.call("forcible_charge", power=2000, duration=30)
    await night.pass_time(120, step=5)
    task = await task_of(night, row)
    assert task["message"].startswith("The cloud has taken it")
    assert (task["status"], task["confirmed"]) == ("running", None)
    await night.pass_time(23 * 60, step=30)
    task = await task_of(night, row)

    assert (task["status"], task["reason"]) == ("failure", "timeout")


@pytest.mark.parametrize("case", KINDS, ids=[case.kind for case in KINDS])
async def test_cloud_that_is_busy_is_told_again_later(night: House, case: Case) -> None:
    await prepare(night, case)
    night.cloud.faults.enable("control_refused", code=20615, times=1)
    row = await night.call(case.action, **case.data)
    assert (row["status"], row["reason"]) == ("waiting", None)
    await night.pass_time(60)
    assert (await task_of(night, row))["status"] == "success"


@pytest.mark.parametrize("case", KINDS, ids=[case.kind for case in KINDS])
async def test_cloud_that_is_busy_may_be_a_refusal(night: House, case: Case) -> None:
    await prepare(night, case)
    night.cloud.faults.enable("control_refused", code=20615)
    row = await night.call(case.action, if_busy="refuse", **case.data)

    assert (row["status"], row["reason"]) == ("failure", "task_running")
    assert night.control_calls() == 1


async def test_value_that_the_cloud_calls_the_same_is_in_force(night: House) -> None:
    night.owner_changes(control_mode="limitedPowerGridKW", feed_in_limit=3.0)
    night.cloud.faults.enable("configuration_refused", code=20629)
    row = await night.call(
        "set_feed_in_limit", power=3000, permanent=True, overwrite_unrestorable=True
    )

    assert (row["status"], row["reason"]) == ("success", "already")
    assert row["evidence"] == ["delivery"]


@pytest.mark.parametrize(
    "case",
    [case for case in CASES if case.action != "dispatch_battery"],
    ids=[each for each in IDS if each != "dispatch_battery"],
)
async def test_two_plants_in_one_call_one_of_which_is_refused(
    two: House, case: Case
) -> None:
    first, second = (plant.code for plant in two.cloud.plants)
    both = [two.device_id(first), two.device_id(second)]
    if case.action == "remove_feed_in_limit":
        await two.hass.services.async_call(
            DOMAIN,
            "set_feed_in_limit",
            {"device_id": both, "power": 900, "permanent": True},
            blocking=True,
        )
        await two.pass_time(12)
    two.cloud.requests.clear()
    two.cloud.faults.enable("task_rejected", plants=[second])
    data = {"device_id": both, **case.data}
    if case.action == "set_battery_mode":
        # one of the two cannot tell its mode
        data["overwrite_unrestorable"] = True
    response = await two.hass.services.async_call(
        DOMAIN, case.action, data, blocking=True, return_response=True
    )

    assert response is not None
    rows = {row["plant_code"]: row for row in response["plants"]}
    assert rows[first]["status"] == "running"
    assert (rows[second]["status"], rows[second]["reason"]) == (
        "failure",
        "signal_error",
    )
    assert len(two.cloud.requests_to(case.delivery)) == 1
    await two.pass_time(50)
    assert two.state("sensor", "last_task").state == "success"


async def test_plants_that_all_fail_are_all_named(two: House) -> None:
    two.cloud.faults.enable("task_rejected")
    both = [two.device_id(plant.code) for plant in two.cloud.plants]
    with pytest.raises(HomeAssistantError) as raised:
        await two.do("forcible_charge", device_id=both, power=2000, duration=30)

    for plant in two.cloud.plants:
        assert f"{plant.name}: The cloud could not send" in str(raised.value)


async def test_time_at_which_it_goes_on_is_told_with_its_date_and_stays(
    night: House,
) -> None:
    night.cloud.faults.enable("daily_maximum", interface=CASES[2].delivery, times=1)
    row = await night.call("forcible_charge", power=2000, duration=30)
    tomorrow = dt_util.now() + timedelta(days=1)
    assert row["message"].endswith(f"after {tomorrow:%Y-%m-%d %H:%M}")

    await night.pass_time(120, step=10)
    assert (await task_of(night, row))["message"] == row["message"]
