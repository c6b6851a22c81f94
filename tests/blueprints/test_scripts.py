"""The scripts for the modes that evcc knows, and a day in which it changes them often."""

from contextlib import suppress
from datetime import timedelta
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from homeassistant.exceptions import HomeAssistantError
import pytest

from custom_components.smartpvms.northbound.interfaces import Interface
from tests.plant_control.house import House

from .using import async_use_all_modes, async_use_scripts, turn_on

CHANGES: Final = ("normal", "hold", "charge")


async def test_hold_keeps_the_battery_and_normal_lets_it_go(night: House) -> None:
    await async_use_all_modes(night)
    await turn_on(night, "hold")
    await night.pass_time(10)
    assert night.battery_power() == 0
    await turn_on(night, "normal")
    await night.pass_time(10)

    assert night.battery_power() > 100
    assert night.mode == "maximumSelfConsumption"
    assert night.control_calls() == 2


async def test_charge_ends_by_itself(night: House) -> None:
    await async_use_all_modes(night)
    await turn_on(night, "charge")
    await night.pass_time(10)
    assert night.battery_power() == pytest.approx(-2000, abs=50)
    await night.pass_time(6 * 60 + 10, step=15)

    assert night.mode == "maximumSelfConsumption"


async def test_holdcharge_sends_surplus_into_the_grid(morning: House) -> None:
    await async_use_all_modes(morning)
    assert morning.battery_power() < -500
    await turn_on(morning, "holdcharge")
    await morning.pass_time(10)
    assert morning.battery_power() == 0
    # what it has changed must not stay with the next
    await turn_on(morning, "hold")
    await morning.pass_time(10)

    assert morning.battery_power() < -500


async def test_discharge_ends_with_the_next_script(night: House) -> None:
    await async_use_all_modes(night)
    await turn_on(night, "discharge")
    await night.pass_time(10)
    assert night.battery_power() == pytest.approx(1500, abs=20)
    await turn_on(night, "normal")
    await night.pass_time(10)

    assert night.plant.steering.forced is None
    assert night.battery_power() != pytest.approx(1500, abs=20)


def does(house: House) -> str:
    """Return the mode that the plant truly has."""
    if house.mode == "maximumSelfConsumption":
        return "normal"
    zone = ZoneInfo(house.plant.definition.time_zone)
    now = house.cloud.clock.now().astimezone(zone)
    return "charge" if house.plant.settings.direction(now) == "charge" else "hold"


# a day is lived through minute by minute
@pytest.mark.timeout(300)
async def test_last_mode_of_a_day_of_changes_always_wins(night: House) -> None:
    """The modes change at random every 3 to 30 minutes; evcc calls only on a change."""
    await async_use_all_modes(night)
    random = Random(1)
    began = night.cloud.clock.now()
    mode, changes, left = "normal", 0, []
    while night.cloud.clock.now() - began < timedelta(days=1):
        mode = random.choice([each for each in CHANGES if each != mode])
        await turn_on(night, mode)
        changes += 1
        minutes = random.randint(3, 30)
        await night.pass_time(minutes, step=5)
        if minutes >= 12 and does(night) != mode:
            left.append((night.cloud.clock.now(), mode, does(night)))
    await night.pass_time(12)

    assert changes > 75
    assert left == []
    assert does(night) == mode
    assert night.control_calls() <= 100


async def test_calls_do_not_run_out_beside_other_commands(night: House) -> None:
    """What would be one too many is refused and told; what is in force still ends."""
    plant = {"plant": night.device_id()}
    await async_use_scripts(
        night.hass,
        normal=("normal", plant),
        hold=("hold", {**plant, "duration": 240}),
        charge=("charge", {**plant, "power": 2000, "duration": 240}),
    )
    others = 88
    ledger = night.entry.runtime_data.account.ledger
    await ledger.book(Interface.BATTERY_PARAMETERS_TASK, others)
    refused: list[str] = []
    last = "normal"
    for number, mode in enumerate(("hold", "charge", "normal") * 3):
        with suppress(HomeAssistantError):
            await night.hass.services.async_call("script", mode, blocking=True)
        # with no call to ask what became of the parameters, a mode waits for longer
        await night.pass_time(30, step=10)
        tasks = (await night.call("get_tasks"))["tasks"]
        task = next(each for each in tasks[::-1] if "mode" in each["command"])
        if task["status"] == "success":
            last = mode
        elif task["status"] == "failure":
            refused.append(task["message"])
        assert does(night) == last
        with suppress(HomeAssistantError):
            await night.do("set_battery_parameters", end_of_discharge_soc=5 + number)
        await night.pass_time(10, step=5)
    told = night.state("event", "task_outcome").attributes
    assert told["status"] == "failure"
    assert told["message"]
    await night.pass_time(4 * 60, step=20)

    assert does(night) == "normal"
    assert others + night.control_calls() <= 100
    reasons = ("one more than the cloud allows", "needed to give back")
    assert refused
    assert all(any(each in told for each in reasons) for told in refused)
    assert all(each.fail_code != 407 for each in night.cloud.requests)
