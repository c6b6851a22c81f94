"""What plants can do, by their devices; what the last readings say of them."""

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
import pytest

from custom_components.smartpvms.northbound.control import Controller, Feature
from custom_components.smartpvms.northbound.errors import FailureKey
from custom_components.smartpvms.northbound.models import Device, Plant
from custom_components.smartpvms.plant_control.abilities import abilities_of
from custom_components.smartpvms.plant_control.live import live_of
from tests.conftest import SimulatorFactory

from .fixtures import NIGHT
from .house import House, async_build_house

PLANT = Plant(code="NE=1", name="Home")


def devices(*types: int) -> list[Device]:
    return [
        Device(id=number, type_id=type_id, plant_code="NE=1", name=f"Device {number}")
        for number, type_id in enumerate(types)
    ]


def test_several_controllers_leave_forced_charging() -> None:
    abilities = abilities_of(PLANT, devices(38, 39, 62, 23070))

    assert abilities.controller is Controller.SEVERAL
    assert abilities.has(Feature.FORCED_CHARGE)
    missing = abilities.missing(Feature.FEED_IN_LIMIT)
    assert missing is FailureKey.NETWORKING_UNSUPPORTED


def test_smart_logger_has_no_battery_mode() -> None:
    abilities = abilities_of(PLANT, devices(1, 39, 2))

    assert abilities.missing(Feature.BATTERY_MODE) is FailureKey.FEATURE_UNSUPPORTED
    assert abilities.has(Feature.BATTERY_PARAMETERS)


def test_battery_without_inverter_is_not_controlled() -> None:
    abilities = abilities_of(PLANT, devices(39, 62))
    assert abilities.missing(Feature.FORCED_CHARGE) is FailureKey.DEVICE_MISSING


async def test_emma_offers_all_and_says_what_the_cloud_refuses(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    simulator_factory: SimulatorFactory,
) -> None:
    running = await simulator_factory(plant="emma", start=NIGHT)
    house = await async_build_house(hass, freezer, running)
    row = await house.call("set_battery_mode", mode="third_party_dispatch")

    assert row["status"] == "failure"
    assert row["reason"] in ("not_supported", "feature_unsupported")
    assert house.state("number", "forced_power").attributes["max"] == 50_000


async def test_all_in_one_charges_and_cannot_tell_its_mode(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    simulator_factory: SimulatorFactory,
) -> None:
    running = await simulator_factory(plant="all_in_one", start=NIGHT)
    house = await async_build_house(hass, freezer, running)
    await house.pass_time(10)
    assert house.state("select", "battery_mode_choice").state == "unknown"
    with pytest.raises(HomeAssistantError) as raised:
        await house.call("get_battery_mode")
    assert raised.value.translation_key == "plant_not_read"

    await house.use("button", "charge_now", "press")
    await house.pass_time(20)
    assert house.battery_power() < -1000
    assert house.state("sensor", "last_task").attributes["evidence"]


async def test_readings_of_the_battery_are_evidence(night: House) -> None:
    live = live_of(night.entry, night.code)

    assert live is not None
    assert live.model == 4
    assert live.soc == pytest.approx(78, abs=1)
    assert live.charging_power == pytest.approx(-night.battery_power(), abs=60)
    assert live.is_limited is False
    assert live_of(night.entry, "NE=elsewhere") is None


async def test_two_batteries_have_to_be_told_apart(night: House) -> None:
    night.change_plant_settings(dispatch=True)
    night.cloud.add_device(night.plant, 39)
    await night.entry.runtime_data.devices.async_refresh()
    await night.pass_time(10)

    with pytest.raises(ServiceValidationError) as raised:
        await night.do("dispatch_battery", power=1000, duration=10)
    assert raised.value.translation_key == "which_battery"
    assert night.control_calls() == 0
