"""The actions that control: what they do, what they say, and what they cost."""

import asyncio
from typing import Any

from homeassistant.exceptions import HomeAssistantError
import pytest

from custom_components.smartpvms.northbound.interfaces import Interface

from .house import House

WINDOWS = [
    {"start": "00:00", "end": "06:00", "direction": "charge"},
    {
        "start": "17:00",
        "end": "24:00",
        "direction": "discharge",
        "weekdays": ["mon", "fri"],
    },
]
SETTINGS: list[tuple[str, dict[str, Any], str]] = [
    ("set_battery_mode", {"mode": "time_of_use", "windows": WINDOWS}, "mode"),
    ("set_battery_parameters", {"end_of_charge_soc": "95"}, "parameters"),
    ("set_feed_in_limit", {"power": "3000", "permanent": True}, "limit"),
]
FORCED: list[tuple[str, dict[str, Any]]] = [
    ("forcible_charge", {"power": 2500, "duration": "30"}),
    ("forcible_discharge", {"power": "1500.0", "target_soc": 40}),
]


@pytest.mark.parametrize(("action", "data", "kind"), SETTINGS)
async def test_setting_is_accepted_and_succeeds(
    night: House, action: str, data: dict[str, Any], kind: str
) -> None:
    row = await night.call(action, **data)

    assert row["plant"] == night.plant.name
    assert row["status"] == "running"
    assert row["cloud_task_id"]
    assert row["accepted"] == row["requested"]
    assert row["confirmed"] is None

    await night.pass_time(12)
    (task,) = (await night.call("get_tasks"))["tasks"]
    assert task["task_id"] == row["task_id"]
    assert task["command"] == action
    assert task["status"] == "success"
    assert task["message"] == "In force"
    assert task["evidence"]
    assert row["requested"] < task["confirmed"] == task["ended"]
    assert night.control_calls() <= 2


async def test_windows_come_as_mappings_or_as_text(night: House) -> None:
    text = "00:00-06:00/+\n17:00-24:00/15/-"
    await night.do("set_battery_mode", mode="time_of_use", windows=text)
    await night.pass_time(10)
    as_text = await night.call("get_battery_mode")
    calls = night.control_calls()
    again = await night.call("set_battery_mode", mode="time_of_use", windows=WINDOWS)

    assert as_text["mode"] == "time_of_use"
    assert as_text["windows"] == [
        {
            "start": "00:00",
            "end": "06:00",
            "direction": "charge",
            "weekdays": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
        },
        {
            "start": "17:00",
            "end": "23:59",
            "direction": "discharge",
            "weekdays": ["mon", "fri"],
        },
    ]
    assert as_text["set_by_home_assistant"] is True
    assert as_text["previous"]["mode"] == "self_consumption"
    assert again["status"] == "success"
    assert again["reason"] == "already"
    assert night.control_calls() == calls


@pytest.mark.parametrize(("action", "data"), FORCED)
async def test_forced_charge_is_awaited_until_it_runs(
    night: House, action: str, data: dict[str, Any]
) -> None:
    waiting = asyncio.create_task(night.call(action, wait=15, **data))
    for _ in range(14):
        await night.pass_time(1)
        if waiting.done():
            break
    row = await asyncio.wait_for(waiting, 5)

    assert row["status"] == "running"
    assert row["message"] == "The battery obeys"
    assert row["evidence"] == ["live_mode", "live_power"]
    sign = -1 if action == "forcible_charge" else 1
    assert night.battery_power() * sign > 1000
    assert night.control_calls() == 1


async def test_forced_charge_tells_its_energy_when_it_has_ended(night: House) -> None:
    await night.do("forcible_charge", power=2500, duration=30)
    await night.pass_time(45)
    (task,) = (await night.call("get_tasks"))["tasks"]

    assert task["status"] == "success"
    assert task["message"] == "It has come to its end"
    assert task["charged_energy"] > 0.5
    assert night.battery_power() >= 0


async def test_stop_ends_a_forced_charge(night: House) -> None:
    await night.do("forcible_charge", power=2500, duration=600)
    await night.pass_time(12)
    assert night.battery_power() < -2000
    await night.do("stop_forcible_charge")
    await night.pass_time(12)

    tasks = (await night.call("get_tasks"))["tasks"]
    assert [task["status"] for task in tasks] == ["success", "success"]
    assert tasks[0]["reason"] == "stopped"
    assert night.battery_power() >= 0


async def test_wait_that_is_over_says_running_and_leaves_the_task(night: House) -> None:
    night.cloud.faults.enable("limit_task_outcome", outcome="HANG")
    waiting = asyncio.create_task(
        night.call("set_feed_in_limit", power=3000, permanent=True, wait="2")
    )
    await night.pass_time(3)
    row = await asyncio.wait_for(waiting, 5)

    assert row["status"] == "running"
    (task,) = (await night.call("get_tasks"))["tasks"]
    assert task["ended"] is None


async def test_action_that_is_cancelled_does_not_take_the_command_with_it(
    night: House,
) -> None:
    waiting = asyncio.create_task(
        night.call("set_feed_in_limit", power=3000, permanent=True, wait=10)
    )
    begun = asyncio.Event()
    night.control.async_listen(night.code, begun.set)
    await asyncio.wait_for(begun.wait(), 5)
    waiting.cancel()
    await night.pass_time(10)

    assert night.limit == ("limitedPowerGridKW", 3000)
    (task,) = (await night.call("get_tasks"))["tasks"]
    assert task["status"] == "success"


@pytest.mark.parametrize(
    "outcome", ["FAILURE", "TIMEOUT", "BUSY", "INVALID", "EXCEPTION"]
)
@pytest.mark.parametrize(("action", "data", "kind"), SETTINGS)
async def test_setting_that_fails_says_why(
    night: House, action: str, data: dict[str, Any], kind: str, outcome: str
) -> None:
    night.cloud.faults.enable(f"{kind}_task_outcome", outcome=outcome)
    waiting = asyncio.create_task(night.call(action, wait=15, **data))
    await night.pass_time(14)
    row = await asyncio.wait_for(waiting, 5)

    reasons = {"INVALID": "invalid_device"}
    assert row["status"] == "failure"
    assert row["reason"] == reasons.get(outcome, outcome.lower())
    assert row["message"]
    assert not row["message"].startswith("outcome_")


@pytest.mark.parametrize(
    ("fault", "parameters", "reason"),
    [
        ("task_rejected", {}, "signal_error"),
        ("task_rejected", {"message": "Device is offline"}, "device_offline"),
        ("control_refused", {"code": 20609}, "networking_unsupported"),
        ("control_refused", {"code": 20614}, "device_offline"),
        ("control_refused", {"code": 20629}, "not_supported"),
        ("control_refused", {"code": 20631}, "device_missing"),
        ("control_refused", {"code": 407}, "call_quota_exhausted"),
    ],
)
async def test_command_that_is_refused_raises_or_says_so(
    night: House, fault: str, parameters: dict[str, Any], reason: str
) -> None:
    night.cloud.faults.enable(fault, **parameters)
    data = {"power": 1000, "duration": 10}
    row = await night.call("forcible_charge", **data)

    assert row["status"] == "failure"
    assert row["reason"] == reason
    with pytest.raises(HomeAssistantError) as raised:
        await night.do("forcible_charge", **data)
    assert raised.value.translation_key == "command_failed"
    assert night.plant.name in str(raised.value)


async def test_day_without_control_calls_says_when_it_goes_on(night: House) -> None:
    ledger = night.entry.runtime_data.client.ledger
    for _ in range(100):
        await ledger.book(Interface.CHARGE_TASK)
    row = await night.call("forcible_charge", power=1000, duration=10)

    assert row["status"] == "failure"
    assert row["reason"] in ("calls_used_up", "calls_kept_back")
    assert night.control_calls() == 0


async def test_busy_plant_can_be_refused(night: House) -> None:
    await night.do("set_feed_in_limit", power=3000, permanent=True)
    row = await night.call(
        "set_battery_parameters", end_of_charge_soc=95, if_busy="refuse"
    )

    assert row["status"] == "failure"
    assert row["reason"] == "busy_plant"
    assert night.control_calls() == 1


async def test_limit_is_taken_back_when_its_time_is_over(night: House) -> None:
    row = await night.call("set_feed_in_limit", power=2000, duration=30)
    assert row["ends_at"] is not None
    await night.pass_time(10)
    assert night.limit == ("limitedPowerGridKW", 2000)
    before = await night.call("get_feed_in_limit")
    assert before["previous"]["limit"] == "none"
    await night.pass_time(35)

    assert night.limit[0] == "noLimit"
    tasks = (await night.call("get_tasks"))["tasks"]
    assert [task["origin"] for task in tasks] == ["user", "take_back"]


async def test_limit_is_removed_and_the_one_before_is_back(night: House) -> None:
    night.owner_changes(control_mode="limitedPowerGridKW", feed_in_limit=4.0)
    await night.do("set_feed_in_limit", power=1000, permanent=True)
    await night.pass_time(10)
    await night.do("remove_feed_in_limit")
    await night.pass_time(10)
    assert night.limit == ("limitedPowerGridKW", 4000)

    await night.do("remove_feed_in_limit", unlimited=True)
    await night.pass_time(10)
    assert night.limit[0] == "noLimit"


async def test_limit_of_the_installer_is_overwritten_only_on_request(
    night: House,
) -> None:
    night.owner_changes(control_mode="zeroExportLimitation")
    row = await night.call("set_feed_in_limit", power=1000, permanent=True)
    assert row["status"] == "failure"
    assert row["reason"] == "unrestorable"
    assert night.control_calls() == 0

    row = await night.call(
        "set_feed_in_limit", power=1000, permanent=True, overwrite_unrestorable=True
    )
    assert row["status"] == "running"


async def test_mode_goes_back_to_what_it_was(night: House) -> None:
    await night.do("set_battery_mode", mode="time_of_use", windows=WINDOWS)
    await night.pass_time(10)
    assert night.mode == "TOU"
    await night.do("set_battery_mode", mode="previous")
    await night.pass_time(10)

    assert night.mode == "maximumSelfConsumption"


async def test_battery_is_dispatched_for_a_time(night: House) -> None:
    night.change_plant_settings(dispatch=True)
    await night.do("set_battery_mode", mode="third_party_dispatch")
    await night.pass_time(10)
    await night.do(
        "dispatch_battery", device_id=night.battery_id(), power=1200, duration=30
    )
    await night.pass_time(15)
    assert night.battery_power() == pytest.approx(1200, abs=5)
    await night.pass_time(40)

    assert night.battery_power() == pytest.approx(0, abs=5)


async def test_permanent_limit_below_zero_draws_from_the_grid(night: House) -> None:
    row = await night.call(
        "set_feed_in_limit", power=-500, permanent=True, allow_import=True
    )

    assert row["status"] == "running"
    assert row["setting"] == "feed-in of at most -500 W"


async def test_tasks_of_long_ago_are_left_out(night: House) -> None:
    await night.do("forcible_charge", power=1000, duration=5)
    await night.pass_time(130, step=5)

    assert len((await night.call("get_tasks", hours=3))["tasks"]) == 1
    assert (await night.call("get_tasks", hours=1))["tasks"] == []
