"""What is remembered of plans, and what becomes of it when something is wrong with it."""

from typing import Any

from homeassistant.exceptions import ServiceValidationError
import pytest

from simulator.plants.settings import TimeWindow
from tests.plant_control.house import House

from .test_actions import PLAN, WINDOWS

type Storage = dict[str, Any]


def stored(house: House, storage: Storage) -> dict[str, Any]:
    """Return what is on disk of the plant's plan."""
    plans = storage[f"smartpvms.plans.{house.entry.entry_id}"]["data"]
    known: dict[str, Any] = plans[house.code]
    return known


@pytest.fixture(name="storage")
def storage_fixture(hass_storage: Storage) -> Storage:
    """Return the disk, from before Home Assistant begins on."""
    return hass_storage


async def test_plan_is_on_disk_before_it_is_sent(
    storage: Storage, evening: House
) -> None:
    evening.cloud.faults.enable("control_refused", code=20614)
    row = await evening.call("set_battery_plan", **PLAN)

    assert row["status"] == "failure"
    assert len(stored(evening, storage)["request"]["slots"]) == 2
    # what was never in force is not gone on with
    evening.cloud.faults.disable("control_refused")
    held = await evening.call("hold_battery", duration=30)
    assert held["only_holds"] is True


@pytest.mark.parametrize(
    "damage",
    [
        {"begin": "yesterday"},
        {"order": {"mode": "time_of_use"}},
        {"request": {"slots": "none"}},
        {"request": {"slots": [1], "surplus_to_battery": None}},
        {"request": {"slots": [{"action": "hold", "start": 1}]}},
        {"request": {"slots": [], "expires": "2026-06-22T09:00:00"}},
    ],
)
async def test_damaged_plan_is_forgotten_and_still_given_back(
    storage: Storage, evening: House, damage: dict[str, Any]
) -> None:
    await evening.do("set_battery_plan", **PLAN)
    await evening.pass_time(10)
    assert await evening.hass.config_entries.async_unload(evening.entry.entry_id)
    stored(evening, storage).update(damage)
    assert await evening.hass.config_entries.async_setup(evening.entry.entry_id)
    await evening.hass.async_block_till_done(wait_background_tasks=True)

    held = await evening.call("hold_battery", duration=30)
    assert held["only_holds"] is True
    await evening.pass_time(45, step=3)
    assert evening.mode == "maximumSelfConsumption"


async def test_plan_of_a_plant_that_was_changed_by_others_is_not_gone_on_with(
    evening: House,
) -> None:
    await evening.do("set_battery_plan", **PLAN)
    await evening.pass_time(10)
    await evening.do("set_battery_mode", mode="self_consumption")
    await evening.pass_time(10)
    held = await evening.call("hold_battery", duration=30)

    assert held["only_holds"] is True
    assert held["windows"] != WINDOWS


async def test_hold_that_makes_too_many_windows_is_refused(evening: House) -> None:
    slots = [
        {
            "start": f"2026-06-22 {hour:02}:00",
            "end": f"2026-06-22 {hour:02}:30",
            "action": "charge",
        }
        for hour in range(13)
    ]
    # the same window on both days, which a hold on one of them makes two
    slots += [
        {"start": f"{day} 22:40", "end": f"{day} 23:30", "action": "self_use"}
        for day in ("2026-06-21", "2026-06-22")
    ]
    row = await evening.call("set_battery_plan", slots=slots, grid_charge_power=2000)
    assert len(row["windows"]) == 14
    await evening.pass_time(15)
    calls = evening.control_calls()
    with pytest.raises(ServiceValidationError) as raised:
        await evening.do("hold_battery", duration=10)

    assert raised.value.translation_key == "plan_too_many_windows"
    assert evening.control_calls() == calls


async def test_plans_are_forgotten_with_the_entry(
    storage: Storage, evening: House
) -> None:
    await evening.do("set_battery_plan", **PLAN)
    await evening.pass_time(10)
    assert f"smartpvms.plans.{evening.entry.entry_id}" in storage
    await evening.hass.config_entries.async_remove(evening.entry.entry_id)

    assert f"smartpvms.plans.{evening.entry.entry_id}" not in storage


async def test_windows_of_a_plan_are_not_those_that_a_user_chooses_again(
    evening: House,
) -> None:
    owners = TimeWindow(
        start="02:00", end="05:00", direction="discharge", weekdays=(1, 2)
    )
    evening.owner_changes(operation_mode="TOU", windows=(owners,))
    await evening.do("hold_battery", duration=30)
    await evening.pass_time(10)
    await evening.call("get_battery_mode")
    await evening.use(
        "select", "battery_mode_choice", "select_option", option="time_of_use"
    )
    await evening.pass_time(10)

    read = await evening.call("get_battery_mode")
    assert [(each["start"], each["end"]) for each in read["windows"]] == [
        ("02:00", "05:00")
    ]
