"""The entities that control: what they show before, during and after a command."""

from typing import Any

from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
import pytest

from .house import House

WINDOW = "00:00-06:00/+"


@pytest.fixture
async def read(night: House) -> House:
    """Return the home with its mode and limit read."""
    await night.call("get_battery_mode")
    await night.call("get_feed_in_limit")
    return night


def shown(house: House, platform: str, key: str) -> tuple[str, bool, Any]:
    """Return state, `pending` and `confirmed_value` of an entity."""
    state = house.state(platform, key)
    return (
        state.state,
        state.attributes["pending"],
        state.attributes["confirmed_value"],
    )


async def test_charge_now_charges_the_battery(night: House) -> None:
    await night.use("button", "charge_now", "press")
    sensor = night.state("sensor", "last_task")
    assert sensor.state == "running"
    assert sensor.attributes["command"] == "forcible_charge"
    assert sensor.attributes["setting"] == "charge with 2500 W for 60 min"

    await night.pass_time(12)
    assert night.battery_power() == pytest.approx(-2500, abs=5)
    assert night.state("sensor", "last_task").attributes["evidence"]
    await night.pass_time(65)
    assert night.state("sensor", "last_task").state == "success"
    event = night.state("event", "task_outcome")
    assert event.attributes["event_type"] == "success"
    assert event.attributes["command"] == "forcible_charge"
    assert event.attributes["charged_energy"] > 1.5


async def test_discharge_now_goes_by_the_numbers_beside_it(night: House) -> None:
    calls = night.calls()
    for key, value in (
        ("forced_power", 1500),
        ("forced_duration", 0),
        ("forced_target_soc", 60),
    ):
        await night.use("number", key, "set_value", value=value)
    assert night.calls() == calls
    await night.use("button", "discharge_now", "press")
    sensor = night.state("sensor", "last_task")
    assert sensor.attributes["setting"] == "discharge with 1500 W down to 60 %"

    await night.pass_time(12)
    assert night.battery_power() == pytest.approx(1500, abs=5)
    await night.use("button", "stop_forced_charge", "press")
    await night.pass_time(12)
    assert night.battery_power() < 1400
    assert night.state("sensor", "last_task").state == "success"


async def test_power_of_zero_leaves_it_to_the_battery(night: House) -> None:
    await night.use("number", "forced_power", "set_value", value=0)
    await night.use("button", "charge_now", "press")

    setting = night.state("sensor", "last_task").attributes["setting"]
    assert setting == "charge for 60 min"


async def test_numbers_of_forced_charging_are_restored(night: House) -> None:
    await night.use("number", "forced_power", "set_value", value=1234)
    await night.use("number", "feed_in_limit", "set_value", value=3210)
    await night.reload()

    assert float(night.state("number", "forced_power").state) == 1234
    assert float(night.state("number", "feed_in_limit").state) == 3210
    assert float(night.state("number", "forced_duration").state) == 60


async def test_mode_shows_what_is_asked_for_and_returns_on_failure(
    read: House,
) -> None:
    await read.do("set_battery_mode", mode="time_of_use", windows=WINDOW)
    assert shown(read, "select", "battery_mode_choice") == (
        *("time_of_use", True, "self_consumption"),
    )
    await read.pass_time(10)
    assert shown(read, "select", "battery_mode_choice") == (
        *("time_of_use", False, "time_of_use"),
    )

    read.cloud.faults.enable("mode_task_outcome", outcome="FAILURE")
    await read.use(
        "select", "battery_mode_choice", "select_option", option="self_consumption"
    )
    assert shown(read, "select", "battery_mode_choice") == (
        *("self_consumption", True, "time_of_use"),
    )
    await read.pass_time(20)
    assert shown(read, "select", "battery_mode_choice") == (
        *("time_of_use", False, "time_of_use"),
    )
    assert read.state("sensor", "last_task").state == "failure"
    assert read.state("event", "task_outcome").attributes["event_type"] == "failure"


async def test_time_of_use_sends_the_windows_known_last(night: House) -> None:
    with pytest.raises(ServiceValidationError) as raised:
        await night.use(
            "select", "battery_mode_choice", "select_option", option="time_of_use"
        )
    assert raised.value.translation_key == "no_windows_known"
    assert night.control_calls() == 0

    await night.do("set_battery_mode", mode="time_of_use", windows=WINDOW)
    await night.pass_time(10)
    for option in ("self_consumption", "time_of_use"):
        await night.use("select", "battery_mode_choice", "select_option", option=option)
        await night.pass_time(10)
    assert night.mode == "TOU"
    (window,) = night.state("sensor", "battery_mode").attributes["windows"]
    assert (window["start"], window["end"]) == ("00:00", "06:00")


async def test_mode_that_can_only_be_read_stands_in_the_sensor(night: House) -> None:
    night.owner_changes(operation_mode="fullyFidToGrid")
    await night.call("get_battery_mode")

    assert night.state("sensor", "battery_mode").state == "fully_fed_to_grid"
    assert night.state("select", "battery_mode_choice").state == STATE_UNKNOWN
    with pytest.raises(HomeAssistantError) as raised:
        await night.use(
            "select", "battery_mode_choice", "select_option", option="self_consumption"
        )
    assert "overwrite_unrestorable" in str(raised.value)


async def test_mode_on_its_way_back_shows_the_one_before(read: House) -> None:
    await read.do("set_battery_mode", mode="time_of_use", windows=WINDOW)
    await read.pass_time(10)
    await read.do("set_battery_mode", mode="previous")

    assert shown(read, "select", "battery_mode_choice") == (
        *("self_consumption", True, "time_of_use"),
    )


async def test_battery_limits_are_unknown_until_set_and_become_one_task(
    night: House,
) -> None:
    assert shown(night, "number", "end_of_charge_soc") == (
        *(STATE_UNKNOWN, False, None),
    )
    await night.use("number", "end_of_charge_soc", "set_value", value=95)
    await night.use("number", "maximum_charge_power", "set_value", value=3000)
    assert shown(night, "number", "end_of_charge_soc") == ("95.0", True, None)
    assert night.control_calls() == 0

    await night.pass_time(1)
    assert len(night.control.engine.tasks(night.code)) == 1
    assert shown(night, "number", "end_of_charge_soc") == ("95.0", True, None)
    await night.pass_time(12)
    assert shown(night, "number", "end_of_charge_soc") == ("95.0", False, 95)
    assert night.plant.settings.end_of_charge_soc == 95
    assert night.plant.settings.max_charge_power == 3000

    await night.reload()
    assert shown(night, "number", "end_of_charge_soc") == ("95.0", False, 95)
    assert night.state("number", "end_of_discharge_soc").state == STATE_UNKNOWN


async def test_battery_limit_returns_when_it_fails(night: House) -> None:
    night.cloud.faults.enable("parameters_task_outcome", outcome="EXCEPTION")
    await night.use("number", "end_of_discharge_soc", "set_value", value=10)
    await night.pass_time(15)

    assert shown(night, "number", "end_of_discharge_soc") == (
        *(STATE_UNKNOWN, False, None),
    )
    assert night.state("sensor", "last_task").attributes["reason"] == "exception"


async def test_battery_limit_that_waits_is_sent_when_the_entry_is_unloaded(
    night: House,
) -> None:
    await night.use("number", "end_of_discharge_soc", "set_value", value=10)
    await night.reload()
    await night.pass_time(12)

    assert shown(night, "number", "end_of_discharge_soc") == ("10.0", False, 10)


async def test_feed_in_limit_is_switched_on_changed_and_off(read: House) -> None:
    read.owner_changes(control_mode="limitedPowerGridKW", feed_in_limit=6.0)
    with pytest.raises(ServiceValidationError) as raised:
        await read.use("switch", "feed_in_limited", "turn_on")
    assert raised.value.translation_key == "no_feed_in_limit_entered"
    await read.use("number", "feed_in_limit", "set_value", value=2000)
    assert read.control_calls() == 0

    await read.use("switch", "feed_in_limited", "turn_on")
    assert shown(read, "switch", "feed_in_limited") == ("on", True, False)
    await read.pass_time(10)
    assert shown(read, "switch", "feed_in_limited") == ("on", False, True)
    assert shown(read, "number", "feed_in_limit") == ("2000.0", False, 2000)
    assert read.limit == ("limitedPowerGridKW", 2000)

    await read.use("number", "feed_in_limit", "set_value", value=1000)
    assert shown(read, "number", "feed_in_limit") == ("1000.0", True, 2000)
    await read.pass_time(10)
    assert read.limit == ("limitedPowerGridKW", 1000)

    await read.use("switch", "feed_in_limited", "turn_off")
    assert shown(read, "switch", "feed_in_limited") == ("off", True, True)
    await read.pass_time(10)
    assert shown(read, "switch", "feed_in_limited") == ("off", False, False)
    assert read.limit == ("limitedPowerGridKW", 6000)
    assert float(read.state("number", "feed_in_limit").state) == 1000


async def test_legal_maximum_bounds_the_number(night: House) -> None:
    night.change_plant_settings(legal_maximum=4000)
    await night.reload()

    assert night.state("number", "feed_in_limit").attributes["max"] == 4000
    with pytest.raises(ServiceValidationError):
        await night.use("number", "feed_in_limit", "set_value", value=4001)


async def test_value_out_of_range_is_refused(night: House) -> None:
    with pytest.raises(ServiceValidationError):
        await night.use("number", "end_of_charge_soc", "set_value", value=89)
    await night.use("number", "forced_duration", "set_value", value=0)
    await night.use("number", "forced_power", "set_value", value=0)
    assert night.control_calls() == 0


async def test_entities_are_unavailable_while_the_plant_is(night: House) -> None:
    await night.lose_plant()

    assert night.state("button", "charge_now").state == STATE_UNAVAILABLE
    assert night.state("select", "battery_mode_choice").state == STATE_UNAVAILABLE
    assert night.state("event", "task_outcome").state != STATE_UNAVAILABLE


async def test_entities_go_when_control_is_switched_off(
    hass: HomeAssistant, night: House
) -> None:
    assert len(hass.states.async_entity_ids("button")) == 4
    night.change_options(control=False)
    await night.reload()

    domains = ("button", "number", "select", "switch")
    assert hass.states.async_entity_ids(domains) == ["button.home_berlin_check_access"]
    assert not [each for each in hass.states.async_entity_ids() if "command" in each]
