"""The blueprints for storms, peaks, cars, holidays, and what a user wants to know."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest

from tests.conftest import SimulatorFactory
from tests.plant_control.house import House, async_build_house

from .conftest import MORNING
from .using import async_use_automation, told


def stale(house: House) -> str:
    return house.entity_id("binary_sensor", "data_stale")


async def use_reserve(house: House, **more: Any) -> None:
    house.hass.states.async_set("binary_sensor.storm", "off")
    house.hass.states.async_set("sensor.charge", "50")
    await async_use_automation(
        house,
        "reserve",
        **{
            "stale": stale(house),
            "warning": "binary_sensor.storm",
            "state_of_charge": "sensor.charge",
            "target": 95,
            **more,
        },
    )


async def test_reserve_is_charged_and_then_held(night: House) -> None:
    await use_reserve(night)
    night.hass.states.async_set("binary_sensor.storm", "on")
    await night.pass_time(12)
    assert night.battery_power() == pytest.approx(-2500, abs=5)
    night.hass.states.async_set("sensor.charge", "95")
    await night.pass_time(12)
    assert night.battery_power() == 0
    assert night.mode == "TOU"
    night.hass.states.async_set("binary_sensor.storm", "off")
    await night.pass_time(12)

    assert night.mode == "maximumSelfConsumption"
    assert told(night) == []


async def test_reserve_is_charged_once_the_data_are_fresh(night: House) -> None:
    night.hass.states.async_set("binary_sensor.data", "on")
    await use_reserve(night, stale="binary_sensor.data")
    night.hass.states.async_set("binary_sensor.data", "off")
    await night.pass_time(1)
    assert night.control_calls() == 0
    night.hass.states.async_set("binary_sensor.data", "on")
    night.hass.states.async_set("binary_sensor.storm", "on")
    await night.pass_time(2)
    assert told(night) == ["No reserve was charged"]
    assert night.control_calls() == 0
    night.hass.states.async_set("binary_sensor.data", "off")
    await night.pass_time(2)

    assert night.control_calls() == 1


async def test_reserve_that_cannot_be_charged_is_told(night: House) -> None:
    await use_reserve(night)
    night.cloud.faults.enable("control_refused", code=20614)
    night.hass.states.async_set("binary_sensor.storm", "on")
    await night.pass_time(5)

    assert told(night) == ["The reserve is not charged or held"]


async def use_peak(house: House, **more: Any) -> None:
    await async_use_automation(
        house,
        "peak_shaving",
        **{
            "stale": stale(house),
            "at": "00:30:00",
            "charge_hours": 2,
            "power": 1500,
            **more,
        },
    )


async def test_battery_is_kept_for_the_peak(night: House) -> None:
    await use_peak(night)
    await night.pass_time(150, step=10)

    windows = (await night.call("get_battery_mode"))["windows"]
    assert [(each["start"], each["end"], each["direction"]) for each in windows] == [
        ("00:30", "02:30", "charge"),
        ("17:00", "21:00", "discharge"),
    ]
    assert night.battery_power() == pytest.approx(-1500, abs=20)
    assert night.control_calls() == 1
    assert told(night) == []


async def test_peak_of_another_day_is_left(night: House) -> None:
    await use_peak(night, days=["tue"])
    await night.pass_time(150, step=10)

    assert night.control_calls() == 0


async def use_car(house: House) -> None:
    house.hass.states.async_set("binary_sensor.car", "off")
    await async_use_automation(
        house,
        "car_holds_battery",
        stale=stale(house),
        charging="binary_sensor.car",
    )


async def test_battery_is_held_while_the_car_charges(night: House) -> None:
    await use_car(night)
    night.hass.states.async_set("binary_sensor.car", "on")
    await night.pass_time(15)
    assert night.battery_power() == 0
    # longer than one hold lasts
    await night.pass_time(180, step=5)
    assert night.battery_power() == 0
    assert night.control_calls() == 1
    night.hass.states.async_set("binary_sensor.car", "off")
    await night.pass_time(15)

    assert night.mode == "maximumSelfConsumption"
    assert night.control_calls() == 2
    assert told(night) == []


async def test_short_charge_of_the_car_is_not_worth_a_command(night: House) -> None:
    await use_car(night)
    night.hass.states.async_set("binary_sensor.car", "on")
    await night.pass_time(3)
    night.hass.states.async_set("binary_sensor.car", "off")
    await night.pass_time(10)

    assert night.control_calls() == 0


async def use_alarms(house: House) -> None:
    await async_use_automation(
        house,
        "alarms_and_failures",
        plant=False,
        stale=stale(house),
        alarms=house.entity_id("event", "alarm"),
        outcomes=[house.entity_id("event", "task_outcome")],
    )


async def test_failed_command_is_told(night: House) -> None:
    await use_alarms(night)
    await night.do("forcible_charge", power=1000, duration=10)
    await night.pass_time(30, step=5)
    assert told(night) == []
    night.cloud.faults.enable("limit_task_outcome", outcome="FAILURE")
    await night.do("set_feed_in_limit", power=1000, permanent=True)
    await night.pass_time(20)

    assert told(night) == ["A command was not carried out"]


async def test_alarm_is_told_by_its_severity(night: House) -> None:
    await use_alarms(night)
    await night.entry.runtime_data.alarms.async_refresh()
    night.plant.alarms.raise_alarm("grid_loss", severity=1)
    night.plant.alarms.raise_alarm("battery_temperature", severity=4)
    await night.pass_time(30, step=10)
    await night.entry.runtime_data.alarms.async_refresh()
    await night.hass.async_block_till_done(wait_background_tasks=True)

    assert told(night) == [night.plant.alarms.active()[0].text("en_US").name]


async def test_month_is_reported(night: House) -> None:
    await async_use_automation(night, "monthly_report", at="22:40:00", day=21)
    calls = night.calls()
    await night.pass_time(12, step=1)

    notes = night.hass.states.async_all("persistent_notification")
    assert notes == []
    assert told(night) == [f"{night.plant.name} in 2026-05"]
    assert night.calls() > calls


async def test_month_is_not_reported_every_day(night: House) -> None:
    await async_use_automation(night, "monthly_report", at="22:40:00", day=22)
    await night.pass_time(12)

    assert told(night) == []


async def test_battery_is_spared_while_nobody_is_at_home(night: House) -> None:
    night.hass.states.async_set("input_boolean.away", "off")
    await async_use_automation(
        night, "holiday", stale=stale(night), away="input_boolean.away"
    )
    night.hass.states.async_set("input_boolean.away", "on")
    await night.pass_time(25)
    night.plant.steering.advance()
    settings = night.plant.settings
    assert (settings.end_of_charge_soc, settings.end_of_discharge_soc) == (90, 20)
    night.hass.states.async_set("input_boolean.away", "off")
    await night.pass_time(15)
    night.plant.steering.advance()

    settings = night.plant.settings
    assert (settings.end_of_charge_soc, settings.end_of_discharge_soc) == (100, 5)
    assert told(night) == []


async def test_holiday_that_began_with_stale_data_is_made_up_for_once(
    night: House,
) -> None:
    set_state = night.hass.states.async_set
    set_state("input_boolean.away", "off")
    set_state("binary_sensor.data", "off")
    await async_use_automation(
        night, "holiday", stale="binary_sensor.data", away="input_boolean.away"
    )
    await night.pass_time(5)
    set_state("binary_sensor.data", "on")
    set_state("input_boolean.away", "on")
    await night.pass_time(15)
    assert len(told(night)) == 1
    assert night.control_calls() == 0

    set_state("binary_sensor.data", "off")
    await night.pass_time(12)
    night.plant.steering.advance()
    settings = night.plant.settings
    assert (settings.end_of_charge_soc, settings.end_of_discharge_soc) == (90, 20)

    calls = night.control_calls()
    set_state("binary_sensor.data", "on")
    await night.pass_time(5)
    set_state("binary_sensor.data", "off")
    await night.pass_time(12)
    assert night.control_calls() == calls


@pytest.mark.parametrize(
    "blueprint",
    [
        *("reserve", "peak_shaving", "car_holds_battery", "holiday"),
        "no_negative_export",
    ],
)
async def test_stale_data_stop_a_blueprint_and_are_told(
    night: House, blueprint: str
) -> None:
    night.hass.states.async_set("binary_sensor.data", "on")
    night.hass.states.async_set("binary_sensor.storm", "off")
    given = {
        "reserve": {
            "warning": "binary_sensor.storm",
            "state_of_charge": "sensor.charge",
        },
        "peak_shaving": {"at": "22:40:00", "days": ["sun"]},
        "car_holds_battery": {"charging": "binary_sensor.storm"},
        "holiday": {"away": "binary_sensor.storm"},
        "no_negative_export": {"price": "sensor.price"},
    }
    await async_use_automation(
        night, blueprint, stale="binary_sensor.data", **given[blueprint]
    )
    night.hass.states.async_set("binary_sensor.storm", "on")
    night.hass.states.async_set("sensor.price", "-0.01")
    await night.pass_time(12)

    assert len(told(night)) == 1
    assert night.control_calls() == 0


@pytest.mark.parametrize(
    ("plants", "title"),
    [
        ("fleet:5", "Plants yield too little"),
        ("fleet:3", "The plants were not compared"),
    ],
)
async def test_plants_that_yield_too_little_are_told(
    home_assistant: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    simulator_factory: SimulatorFactory,
    plants: str,
    title: str,
) -> None:
    running = await simulator_factory(plant=plants, start=MORNING)
    house = await async_build_house(home_assistant, freezer, running)
    await async_use_automation(
        house,
        "outliers",
        plant=False,
        plants=[house.device_id(plant.code) for plant in house.cloud.plants],
        at="08:35:00",
        days=1,
        below=100,
    )
    await house.pass_time(10)

    assert told(house) == [title]
