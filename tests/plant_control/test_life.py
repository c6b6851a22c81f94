"""Commands that outlive Home Assistant: restarts, take-backs, and what stays in force."""

from datetime import timedelta
from typing import Any

from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
import pytest

from custom_components.smartpvms.const import DOMAIN
from custom_components.smartpvms.repairs import async_create_fix_flow

from .house import House


async def unload(house: House) -> None:
    assert await house.hass.config_entries.async_unload(house.entry.entry_id)
    await house.hass.async_block_till_done(wait_background_tasks=True)


async def load(house: House) -> None:
    assert await house.hass.config_entries.async_setup(house.entry.entry_id)
    await house.hass.async_block_till_done(wait_background_tasks=True)


def issues(house: House) -> list[ir.IssueEntry]:
    return [
        issue
        for (domain, _), issue in ir.async_get(house.hass).issues.items()
        if domain == DOMAIN
        and issue.translation_key is not None
        and issue.translation_key.startswith(("unreturned", "lasting"))
    ]


async def test_task_is_followed_over_two_restarts(night: House) -> None:
    row = await night.call("set_feed_in_limit", power=3000, permanent=True)
    for _ in range(2):
        await unload(night)
        await night.pass_time(1)
        await load(night)
    assert night.state("switch", "feed_in_limited").attributes["pending"] is True
    await night.pass_time(12)

    (task,) = (await night.call("get_tasks"))["tasks"]
    assert task["task_id"] == row["task_id"]
    assert task["status"] == "success"
    deliveries = [each for each in night.cloud.requests if "async-task" in each.path]
    assert len(deliveries) == 1
    assert night.state("event", "task_outcome").attributes["event_type"] == "success"


async def test_plant_can_be_controlled_after_a_restart_until_it_is_read_again(
    night: House,
) -> None:
    """Its own values may be polled every few hours only."""
    await night.pass_time(12)
    await night.reload()
    for _ in range(30):
        await night.pass_time(10, step=5)
        assert night.state("button", "charge_now").state != STATE_UNAVAILABLE
    await night.do("forcible_charge", power=1000, duration=30)


async def test_take_back_happens_at_start_when_home_assistant_was_off(
    night: House,
) -> None:
    await night.do("set_feed_in_limit", power=2000, duration=30)
    await night.pass_time(10)
    await unload(night)
    await night.pass_time(60, step=10)
    assert night.limit == ("limitedPowerGridKW", 2000)
    await load(night)
    await night.pass_time(10)

    assert night.limit[0] == "noLimit"
    tasks = (await night.call("get_tasks"))["tasks"]
    assert [task["origin"] for task in tasks] == ["user", "take_back"]


async def test_take_back_happens_although_control_was_switched_off(
    night: House,
) -> None:
    await night.do("set_feed_in_limit", power=2000, duration=30)
    await night.pass_time(10)
    night.change_options(control=False)
    await night.reload()
    await night.pass_time(40)

    assert night.limit[0] == "noLimit"


async def test_setting_that_others_have_changed_is_left(night: House) -> None:
    await night.do("set_feed_in_limit", power=2000, duration=30)
    await night.pass_time(15)
    night.owner_changes(control_mode="zeroExportLimitation")
    await night.pass_time(30)

    assert night.limit[0] == "zeroExportLimitation"
    task = (await night.call("get_tasks"))["tasks"][-1]
    assert task["origin"] == "take_back"
    assert task["reason"] == "not_ours"


async def test_take_back_that_fails_is_a_repair_until_it_works(night: House) -> None:
    await night.do("set_feed_in_limit", power=2000, duration=30)
    await night.pass_time(10)
    night.cloud.faults.enable("limit_task_outcome", outcome="FAILURE")
    await night.pass_time(45)
    (issue,) = issues(night)
    assert issue.translation_key == "unreturned_limit"
    assert issue.severity is ir.IssueSeverity.ERROR
    placeholders = issue.translation_placeholders
    assert placeholders is not None
    assert placeholders["in_force"] == "feed-in of at most 2000 W"
    assert placeholders["restore"] == "feed-in without limit"
    assert placeholders["plant"] == night.plant.name
    assert night.limit == ("limitedPowerGridKW", 2000)

    # tried as the user wishes, and failed once more
    assert await submit(night, issue) == "create_entry"
    await night.pass_time(15)
    assert issues(night)
    night.cloud.faults.clear()
    assert await submit(night, issue) == "create_entry"
    await night.pass_time(15)
    assert issues(night) == []
    assert night.limit[0] == "noLimit"


async def submit(house: House, issue: ir.IssueEntry) -> str:
    """Submit the form of a repair, and return how that ends."""
    flow = await async_create_fix_flow(house.hass, issue.issue_id, issue.data)
    flow.hass = house.hass
    flow.issue_id = issue.issue_id
    form = await flow.async_step_init()
    assert form["step_id"] == "confirm"
    result = await flow.async_step_confirm({})
    if result["type"] is FlowResultType.CREATE_ENTRY:
        ir.async_delete_issue(house.hass, DOMAIN, issue.issue_id)
    return str(result.get("reason", result["type"].value))


async def test_repair_stays_while_the_cloud_cannot_be_reached(night: House) -> None:
    await night.do("set_feed_in_limit", power=2000, duration=30)
    await night.pass_time(10)
    night.cloud.faults.enable("limit_task_outcome", outcome="FAILURE")
    await night.pass_time(45)
    (issue,) = issues(night)
    night.cloud.faults.enable(
        "http_500", interface="configuration/active-power-control-mode"
    )

    assert await submit(night, issue) in ("tried", "create_entry")
    await night.pass_time(15)
    (issue,) = issues(night)
    assert issue.translation_placeholders is not None
    assert "fault of its own" in issue.translation_placeholders["why"]


async def test_repair_of_an_entry_that_is_not_loaded_waits(night: House) -> None:
    await night.do("set_feed_in_limit", power=2000, duration=30)
    await night.pass_time(10)
    night.cloud.faults.enable("limit_task_outcome", outcome="FAILURE")
    await night.pass_time(45)
    (issue,) = issues(night)
    await unload(night)
    calls = night.calls()

    assert await submit(night, issue) == "tried"
    assert night.calls() == calls


async def test_removed_entry_leaves_nothing(hass: HomeAssistant, night: House) -> None:
    await night.do("set_feed_in_limit", power=2000, duration=30)
    await night.pass_time(10)
    night.cloud.faults.enable("limit_task_outcome", outcome="FAILURE")
    await night.pass_time(45)
    assert issues(night)
    await hass.config_entries.async_remove(night.entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)

    assert issues(night) == []


async def remove(house: House) -> None:
    await house.hass.config_entries.async_remove(house.entry.entry_id)
    await house.hass.async_block_till_done(wait_background_tasks=True)


def left_behind(house: House) -> list[ir.IssueEntry]:
    return [
        issue
        for (domain, _), issue in ir.async_get(house.hass).issues.items()
        if domain == DOMAIN and issue.translation_key == "left_behind"
    ]


async def test_removed_entry_gives_back_what_was_set_for_a_time(night: House) -> None:
    await night.do("set_feed_in_limit", power=2000, duration=600)
    await night.pass_time(10)
    await night.do(
        "set_battery_mode", mode="time_of_use", windows="00:00-06:00/+", duration=600
    )
    await night.pass_time(10)
    assert (night.limit[1], night.mode) == (2000, "TOU")
    calls = night.control_calls()
    await remove(night)
    night.cloud.clock.step(timedelta(minutes=10))

    assert night.limit[0] == "noLimit"
    assert night.mode == "maximumSelfConsumption"
    assert night.control_calls() == calls + 2
    assert left_behind(night) == []


async def test_removed_entry_leaves_what_was_set_for_good(night: House) -> None:
    await night.do("set_feed_in_limit", power=2000, permanent=True)
    await night.pass_time(10)
    calls = night.calls()
    await remove(night)

    assert night.calls() == calls
    assert night.limit == ("limitedPowerGridKW", 2000)


@pytest.mark.parametrize(
    ("fault", "parameters", "said"),
    [
        ("control_refused", {"code": 20614}, "offline"),
        (
            "http_500",
            {"interface": "configuration/active-power-control-mode"},
            "fault of its own",
        ),
        (
            "broken_json",
            {"interface": "control/active-power-control/async-task"},
            "no answer came",
        ),
    ],
)
async def test_removed_entry_says_what_it_could_not_give_back(
    night: House, fault: str, parameters: dict[str, Any], said: str
) -> None:
    await night.do("set_feed_in_limit", power=2000, duration=600)
    await night.pass_time(10)
    night.cloud.faults.enable(fault, **parameters)
    await remove(night)

    (issue,) = left_behind(night)
    assert issue.is_persistent
    placeholders = issue.translation_placeholders
    assert placeholders is not None
    assert placeholders["plant"] == night.plant.name
    assert placeholders["in_force"] == "feed-in of at most 2000 W"
    assert placeholders["restore"] == "feed-in without limit"
    assert said in placeholders["why"]


async def test_removed_entry_cannot_give_back_what_is_on_its_way(night: House) -> None:
    await night.do("set_feed_in_limit", power=2000, duration=600)
    await remove(night)

    (issue,) = left_behind(night)
    assert issue.translation_placeholders is not None
    assert "another command" in issue.translation_placeholders["why"]


async def test_removed_entry_without_credentials_says_what_it_leaves(
    hass: HomeAssistant, night: House
) -> None:
    await night.do("set_feed_in_limit", power=2000, duration=600)
    await night.pass_time(10)
    hass.config_entries.async_update_entry(
        night.entry, data={**night.entry.data, "auth_implementation": "deleted"}
    )
    calls = night.calls()
    await remove(night)

    assert night.calls() == calls
    (issue,) = left_behind(night)
    assert issue.is_persistent
    placeholders = issue.translation_placeholders
    assert placeholders is not None
    assert placeholders["plant"] == night.plant.name
    assert placeholders["in_force"] == "feed-in of at most 2000 W"
    assert "does not let Home Assistant in" in placeholders["why"]


async def test_removed_entry_with_a_dead_grant_says_what_it_leaves(
    night: House,
) -> None:
    await night.do("set_feed_in_limit", power=2000, duration=600)
    await night.pass_time(10)
    night.cloud.oauth.forget("owner", "100000001")
    await remove(night)

    assert [each.is_persistent for each in left_behind(night)] == [True]
    assert night.limit == ("limitedPowerGridKW", 2000)
