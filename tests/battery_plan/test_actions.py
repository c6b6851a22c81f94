"""The actions `set_battery_plan` and `hold_battery`."""

import asyncio
import json
from pathlib import Path
from typing import Any, Final

from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
import pytest
import voluptuous as vol

from custom_components.smartpvms.day_plan import Refusal
from simulator.plants.settings import TimeWindow
from tests.plant_control.house import House

FOLDER: Final = Path(__file__).parents[2] / "custom_components" / "smartpvms"
CHARGE: Final = {
    "start": "2026-06-22 01:00",
    "end": "2026-06-22 04:00",
    "action": "charge",
}
SELF_USE: Final = {
    "start": "2026-06-22 06:00",
    "end": "2026-06-22 09:00",
    "action": "self_use",
}
PLAN: Final[dict[str, Any]] = {"slots": [CHARGE, SELF_USE], "grid_charge_power": "2000"}


def window(start: str, end: str, direction: str, *weekdays: str) -> dict[str, Any]:
    return {
        "start": start,
        "end": end,
        "direction": direction,
        "weekdays": list(weekdays),
    }


WINDOWS: Final = [
    window("01:00", "04:00", "charge", "mon"),
    window("06:00", "09:00", "discharge", "mon"),
]


async def test_dry_run_returns_the_windows_and_makes_no_call(evening: House) -> None:
    calls = evening.calls()
    row = await evening.call("set_battery_plan", **PLAN, dry_run=True)

    assert evening.calls() == calls
    assert row["refused"] is None
    assert row["windows"] == WINDOWS
    assert row["begin"] == "2026-06-21T22:30:00+02:00"
    assert row["expires"] == "2026-06-22T09:00:00+02:00"
    assert row["means"] == [
        {
            "start": "2026-06-21T22:30:00+02:00",
            "end": "2026-06-22T01:00:00+02:00",
            "action": "hold",
        },
        {
            "start": "2026-06-22T01:00:00+02:00",
            "end": "2026-06-22T04:00:00+02:00",
            "action": "charge",
        },
        {
            "start": "2026-06-22T04:00:00+02:00",
            "end": "2026-06-22T06:00:00+02:00",
            "action": "hold",
        },
        {
            "start": "2026-06-22T06:00:00+02:00",
            "end": "2026-06-22T09:00:00+02:00",
            "action": "self_use",
        },
    ]
    assert row["held_minutes"] == 0
    assert row["only_holds"] is False


async def test_plan_becomes_one_task_and_the_mode_before_comes_back(
    evening: House,
) -> None:
    row = await evening.call("set_battery_plan", **PLAN)
    assert row["status"] == "running"
    assert row["origin"] == "plan"
    assert row["can_be_confirmed"] is True
    assert row["windows"] == WINDOWS

    await evening.pass_time(10)
    read = await evening.call("get_battery_mode")
    assert read["windows"] == WINDOWS
    assert read["grid_charge_power"] == 2000
    assert read["ends_at"] == row["expires"]
    assert read["previous"]["mode"] == "self_consumption"

    await evening.pass_time(11 * 60, step=20)
    assert evening.mode == "maximumSelfConsumption"
    tasks = (await evening.call("get_tasks"))["tasks"]
    assert [task["origin"] for task in tasks] == ["plan", "take_back"]
    assert [task["status"] for task in tasks] == ["success", "success"]
    assert evening.control_calls() == 2


async def test_plan_that_is_in_force_costs_no_call_again(evening: House) -> None:
    await evening.do("set_battery_plan", **PLAN)
    await evening.pass_time(6 * 60, step=20)
    calls = evening.control_calls()
    # the windows that are over need not go
    only_the_rest = {**PLAN, "slots": [SELF_USE]}
    row = await evening.call("set_battery_plan", **only_the_rest)

    assert row["reason"] == "already"
    assert evening.control_calls() == calls
    await evening.pass_time(5 * 60, step=20)
    assert evening.mode == "maximumSelfConsumption"


async def test_next_plan_takes_the_place_of_the_one_before(evening: House) -> None:
    await evening.do("set_battery_plan", **PLAN)
    await evening.pass_time(5 * 60, step=20)
    new = {"start": "2026-06-22 18:00", "end": "2026-06-22 24:00", "action": "self_use"}
    new["end"] = "2026-06-23 02:00"
    row = await evening.call("set_battery_plan", slots=[new])
    await evening.pass_time(10)

    assert row["windows"] == [
        window("18:00", "23:59", "discharge", "mon"),
        window("00:00", "02:00", "discharge", "tue"),
    ]
    assert row["held_minutes"] == 1
    assert (await evening.call("get_battery_mode"))["windows"] == row["windows"]
    await evening.pass_time(24 * 60, step=30)
    assert evening.mode == "maximumSelfConsumption"
    assert evening.control_calls() == 3


async def test_plan_that_needs_too_many_windows_comes_with_one_that_fits(
    evening: House,
) -> None:
    slots = [
        {
            "start": f"2026-06-22 {hour:02}:00",
            "end": f"2026-06-22 {hour:02}:{20 + hour}",
            "action": "charge",
        }
        for hour in range(16)
    ]
    calls = evening.calls()
    row = await evening.call("set_battery_plan", slots=slots, grid_charge_power=2000)

    assert evening.calls() == calls
    refused = row["refused"]
    assert refused["reason"] == "too_many_windows"
    assert refused["windows_needed"] == 16
    # the two shortest are given up
    assert refused["proposal"]["minutes_changed"] == 20 + 21
    assert "41 minutes" in refused["message"]
    fitting = await evening.call(
        "set_battery_plan",
        slots=refused["proposal"]["slots"],
        grid_charge_power=2000,
        dry_run=True,
    )
    assert len(fitting["windows"]) == 14

    with pytest.raises(ServiceValidationError) as raised:
        await evening.do("set_battery_plan", slots=slots, grid_charge_power=2000)
    assert raised.value.translation_key == "plan_too_many_windows"


WRONG: Final[list[tuple[dict[str, Any], str]]] = [
    ({"slots": []}, "no_slots"),
    ({"grid_charge_power": 0}, "grid_charge_power_missing"),
    ({"grid_charge_power": 60_000_000}, "grid_charge_power_out_of_range"),
    ({"expires": "2026-06-22 08:59"}, "expires_too_early"),
    ({"expires": "2026-06-30 00:00"}, "expires_too_late"),
    ({"slots": [CHARGE, CHARGE]}, "overlap"),
    ({"slots": [{**CHARGE, "start": "2026-06-22 04:00"}]}, "ends_before_start"),
    ({"slots": [{**CHARGE, "end": "2026-06-22 04:00:30"}]}, "not_whole_minutes"),
    ({"slots": [{**CHARGE, "end": "2026-06-25 04:00"}]}, "too_long"),
    (
        {"slots": [{**CHARGE, "start": "2026-06-21 01:00", "end": "2026-06-21 04:00"}]},
        "past",
    ),
]


async def test_plan_that_cannot_be_is_refused_before_a_call(evening: House) -> None:
    calls = evening.calls()
    for change, refusal in WRONG:
        with pytest.raises(ServiceValidationError) as raised:
            await evening.call("set_battery_plan", **{**PLAN, **change})
        assert raised.value.translation_key == f"plan_{refusal}"
        assert "{" not in str(raised.value)
    assert evening.calls() == calls


async def test_slot_must_say_what_the_battery_does(evening: House) -> None:
    with pytest.raises(vol.Invalid):
        await evening.do("set_battery_plan", slots=[{**CHARGE, "action": "sleep"}])


def test_each_refusal_has_words() -> None:
    words = json.loads((FOLDER / "translations" / "en.json").read_text())

    assert words["exceptions"].keys() >= {f"plan_{refusal}" for refusal in Refusal}


async def test_times_with_a_zone_are_taken_as_they_are(evening: House) -> None:
    slot = {
        "start": "2026-06-21T23:00:00+00:00",
        "end": "2026-06-22T02:00:00+00:00",
        "action": "charge",
    }
    row = await evening.call(
        "set_battery_plan", slots=slot, grid_charge_power=2000, dry_run=True
    )

    assert row["windows"] == WINDOWS[:1]


async def test_plan_goes_by_the_clock_of_the_plant(evening: House) -> None:
    evening.change_plant_settings(time_zone="Asia/Tokyo")
    await evening.reload()
    row = await evening.call(
        "set_battery_plan",
        slots=[{**SELF_USE, "start": "2026-06-22 10:00", "end": "2026-06-22 12:00"}],
        gaps="self_use",
        expires="2026-06-22 14:00",
        dry_run=True,
    )

    assert row["begin"] == "2026-06-22T05:30:00+09:00"
    assert row["windows"] == [window("05:30", "14:00", "discharge", "mon")]


async def test_hold_keeps_the_battery_and_then_gives_back_the_mode(
    evening: House,
) -> None:
    assert evening.battery_power() > 100
    row = await evening.call("hold_battery", duration="90", wait=0)
    assert row["only_holds"] is True
    assert row["expires"] == "2026-06-22T00:00:00+02:00"

    await evening.pass_time(10)
    assert evening.battery_power() == 0
    await evening.pass_time(90, step=10)
    assert evening.mode == "maximumSelfConsumption"
    assert evening.battery_power() > 100
    assert evening.control_calls() == 2


async def test_hold_restores_windows_of_the_owner(evening: House) -> None:
    evening.owner_changes(
        operation_mode="TOU",
        windows=(
            TimeWindow(
                start="02:00", end="05:00", direction="discharge", weekdays=(1, 2)
            ),
        ),
    )
    await evening.do("hold_battery", duration=30)
    await evening.pass_time(15)
    held = (await evening.call("get_battery_mode"))["windows"]
    await evening.pass_time(30)

    owners = [window("02:00", "05:00", "discharge", "mon", "tue")]
    assert held != owners
    assert (await evening.call("get_battery_mode"))["windows"] == owners


async def test_what_the_owner_had_beside_windows_comes_back(evening: House) -> None:
    evening.owner_changes(
        operation_mode="TOU",
        surplus_priority="fedToGridPreference",
        grid_charge_power=4.5,
    )
    owners = evening.plant.settings.windows
    plan = {"slots": [CHARGE], "grid_charge_power": 2000}
    await evening.do("set_battery_plan", **plan, surplus_to_battery=True)
    await evening.pass_time(15)
    planned = evening.plant.settings
    assert planned.surplus_priority == "chargePreference"
    assert planned.grid_charge_power == 2.0
    assert planned.windows != owners

    await evening.pass_time(6 * 60, step=30)
    restored = evening.plant.settings
    assert restored.surplus_priority == "fedToGridPreference"
    assert restored.grid_charge_power == 4.5
    assert {(each.start, each.end, each.direction) for each in restored.windows} == {
        (each.start, each.end, each.direction) for each in owners
    }


async def test_beside_self_consumption_what_a_plan_has_set_stays(
    evening: House,
) -> None:
    """No query tells it then, and no command takes it: the documents say so."""
    evening.owner_changes(surplus_priority="fedToGridPreference")
    before = await evening.call("get_battery_mode")
    assert before["surplus_to_battery"] is None
    plan = {"slots": [CHARGE], "grid_charge_power": 2000}
    await evening.do("set_battery_plan", **plan, surplus_to_battery=True)
    await evening.pass_time(6 * 60, step=20)

    assert evening.mode == "maximumSelfConsumption"
    assert evening.plant.settings.surplus_priority == "chargePreference"


async def test_hold_is_cut_into_a_plan_that_then_goes_on(evening: House) -> None:
    await evening.do("set_battery_plan", **PLAN)
    await evening.pass_time(3 * 60, step=10)
    assert evening.battery_power() == pytest.approx(-2000, abs=50)
    row = await evening.call("hold_battery", duration=60)

    assert row["windows"] == [
        window("02:30", "04:00", "charge", "mon"),
        window("06:00", "09:00", "discharge", "mon"),
    ]
    assert row["expires"] == "2026-06-22T09:00:00+02:00"
    await evening.pass_time(20)
    assert evening.battery_power() == 0
    calls = evening.control_calls()
    await evening.pass_time(50, step=10)
    assert evening.battery_power() < -1000
    assert evening.control_calls() == calls


async def test_hold_that_is_ended_lets_the_plan_go_on_at_once(evening: House) -> None:
    await evening.do("set_battery_plan", **PLAN)
    await evening.pass_time(3 * 60, step=10)
    await evening.do("hold_battery", duration=60)
    await evening.pass_time(15)
    await evening.reload()
    row = await evening.call("hold_battery", duration=0)

    assert row["windows"] == WINDOWS
    await evening.pass_time(10)
    assert evening.battery_power() < -1000
    await evening.pass_time(8 * 60, step=20)
    assert evening.mode == "maximumSelfConsumption"


async def test_hold_alone_that_is_ended_gives_back_the_mode(evening: House) -> None:
    await evening.do("hold_battery", duration=60)
    await evening.pass_time(10)
    row = await evening.call("hold_battery", duration=0)
    assert row["status"] == "running"
    await evening.pass_time(10)
    again = await evening.call("hold_battery", duration=0)

    assert evening.mode == "maximumSelfConsumption"
    assert again["status"] == "success"
    assert again["reason"] == "nothing_of_ours"
    assert evening.control_calls() == 2


async def test_hold_that_outlasts_the_plan_is_all_that_is_left(evening: House) -> None:
    await evening.do("set_battery_plan", **PLAN)
    await evening.pass_time(10)
    row = await evening.call("hold_battery", duration=48 * 60)

    assert row["only_holds"] is True
    assert row["expires"] == "2026-06-23T22:40:00+02:00"


async def test_hold_again_while_holding_only_moves_its_end(evening: House) -> None:
    await evening.do("hold_battery", duration=60)
    await evening.pass_time(20)
    calls = evening.control_calls()
    row = await evening.call("hold_battery", duration=120)

    assert row["reason"] == "already"
    assert evening.control_calls() == calls
    await evening.pass_time(60)
    assert evening.mode == "TOU"
    await evening.pass_time(75, step=10)
    assert evening.mode == "maximumSelfConsumption"


@pytest.mark.parametrize("duration", [-1, 48 * 60 + 1])
async def test_hold_must_end(evening: House, duration: int) -> None:
    with pytest.raises(ServiceValidationError):
        await evening.do("hold_battery", duration=duration)
    with pytest.raises(vol.Invalid):
        await evening.do("hold_battery")


async def test_command_that_is_refused_raises(evening: House) -> None:
    evening.cloud.faults.enable("control_refused", code=20614)
    with pytest.raises(HomeAssistantError):
        await evening.do("set_battery_plan", **PLAN)


async def test_plan_waits_for_its_outcome(evening: House) -> None:
    waiting = asyncio.create_task(evening.call("set_battery_plan", **PLAN, wait=10))
    await evening.pass_time(11)
    row = await asyncio.wait_for(waiting, 5)

    assert row["status"] == "success"
    assert row["confirmed"] is not None
