"""What is refused before a call is spent: bad input, no permission, no ability."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.auth.const import GROUP_ID_ADMIN, GROUP_ID_USER
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr
import pytest
from pytest_homeassistant_custom_component.common import MockUser
import voluptuous as vol

from custom_components.smartpvms.const import DOMAIN
from tests.conftest import SimulatorFactory
from tests.playback import api_account_entry, async_set_up

from .fixtures import NIGHT
from .house import House, async_build_house

CHARGE = {"power": 1000, "duration": 10}
OVERLAPPING = ["00:00-06:00/+", "05:00-07:00/-"]


@pytest.mark.parametrize(
    ("action", "data", "key", "said"),
    [
        ("forcible_charge", {"power": 0, "duration": 5}, "out_of_range", "power"),
        ("forcible_charge", {"duration": 1441}, "out_of_range", "1440"),
        ("forcible_charge", {"duration": "0"}, "out_of_range", "duration"),
        ("forcible_charge", {"target_soc": 101}, "out_of_range", "target_soc"),
        ("forcible_charge", {"power": 1000}, "missing", "duration or target_soc"),
        (
            "forcible_discharge",
            {"duration": 5, "target_soc": 50},
            "conflict",
            "target_soc",
        ),
        ("forcible_charge", {**CHARGE, "wait": 16}, "out_of_range", "wait"),
        ("set_battery_mode", {"mode": "time_of_use"}, "missing", "windows"),
        (
            "set_battery_mode",
            {"mode": "time_of_use", "windows": OVERLAPPING},
            "overlap",
            "windows",
        ),
        (
            "set_battery_mode",
            {"mode": "time_of_use", "windows": ["22:00-06:00/+"]},
            "ends_before_start",
            "windows",
        ),
        (
            "set_battery_mode",
            {
                "mode": "time_of_use",
                "windows": [f"{hour:02}:00-{hour:02}:30/+" for hour in range(15)],
            },
            "too_many",
            "14",
        ),
        (
            "set_battery_mode",
            {"mode": "self_consumption", "windows": ["00:00-06:00/+"]},
            "conflict",
            "windows",
        ),
        (
            "set_battery_mode",
            {"mode": "self_consumption", "duration": 50000},
            "out_of_range",
            "duration",
        ),
        ("set_battery_parameters", {}, "missing", "end_of_charge_soc"),
        (
            "set_battery_parameters",
            {"end_of_charge_soc": 80},
            "out_of_range",
            "end_of_charge_soc",
        ),
        (
            "set_battery_parameters",
            {"maximum_charge_power": 100},
            "out_of_range",
            "200",
        ),
        ("set_feed_in_limit", {"power": 1000}, "missing", "duration or permanent"),
        (
            "set_feed_in_limit",
            {"power": 1000, "duration": 5, "permanent": True},
            "conflict",
            "duration",
        ),
        (
            "set_feed_in_limit",
            {"power": -1, "duration": 5},
            "import_not_allowed",
            "allow_import",
        ),
        (
            "set_feed_in_limit",
            {"power": 5000001, "duration": 5},
            "out_of_range",
            "power",
        ),
    ],
)
async def test_bad_values_are_refused_in_words_and_spend_no_call(
    night: House, action: str, data: dict[str, Any], key: str, said: str
) -> None:
    calls = night.calls()

    with pytest.raises(ServiceValidationError) as raised:
        await night.do(action, **data)
    assert raised.value.translation_domain == DOMAIN
    assert raised.value.translation_key == f"value_{key}"
    assert said in str(raised.value)
    assert night.calls() == calls


@pytest.mark.parametrize(
    "data",
    [
        {"power": "much", "duration": 5},
        {"power": True, "duration": 5},
        {"power": "inf", "duration": 5},
        {"power": None, "duration": 5},
        {"power": 10**400, "duration": 5},
    ],
)
async def test_what_is_no_number_is_refused(night: House, data: dict[str, Any]) -> None:
    with pytest.raises(vol.Invalid):
        await night.do("forcible_charge", **data)
    assert night.control_calls() == 0


@pytest.mark.parametrize(
    "windows",
    [
        "midnight to six",
        [{"start": "00:00", "end": "06:00"}],
        [{"start": "00:00", "end": "06:00", "direction": "up"}],
        [{"start": "25:00", "end": "06:00", "direction": "charge"}],
    ],
)
async def test_what_is_no_window_is_refused(night: House, windows: Any) -> None:
    with pytest.raises(vol.Invalid):
        await night.do("set_battery_mode", mode="time_of_use", windows=windows)
    assert night.control_calls() == 0


async def test_dispatch_has_to_be_allowed(night: House) -> None:
    calls = night.calls()
    data = {"power": 1000, "duration": 30}
    with pytest.raises(ServiceValidationError) as raised:
        await night.do("dispatch_battery", **data)
    assert raised.value.translation_key == "dispatch_not_allowed"

    night.change_plant_settings(dispatch=True)
    with pytest.raises(ServiceValidationError) as raised:
        await night.do("dispatch_battery", **data | {"duration": 241})
    assert raised.value.translation_key == "value_out_of_range"
    assert night.calls() == calls


async def test_limit_above_the_legal_maximum_spends_no_call(night: House) -> None:
    night.change_plant_settings(legal_maximum=4000)
    calls = night.calls()
    row = await night.call("set_feed_in_limit", power=4001, permanent=True)

    assert row["reason"] == "above_legal_maximum"
    assert night.calls() == calls


async def test_device_that_is_no_battery_is_not_controlled(night: House) -> None:
    (meter,) = (each for each in night.plant.devices if each.type_id == 47)
    assert meter.serial is not None
    with pytest.raises(ServiceValidationError) as raised:
        await night.do(
            "forcible_charge", device_id=night.device_id(meter.serial), **CHARGE
        )
    assert raised.value.translation_key == "not_controllable"
    assert night.control_calls() == 0


async def test_battery_stands_for_its_plant(night: House) -> None:
    row = await night.call("forcible_charge", device_id=night.battery_id(), **CHARGE)
    assert row["plant_code"] == night.code


async def test_plant_that_the_cloud_tells_nothing_of_is_not_commanded(
    night: House,
) -> None:
    await night.lose_plant()
    calls = night.calls()
    with pytest.raises(ServiceValidationError) as raised:
        await night.do("forcible_charge", **CHARGE)
    assert raised.value.translation_key == "plant_unavailable"
    assert night.calls() == calls


async def test_plant_of_another_account_is_not_mixed_in(
    hass: HomeAssistant, night: House, simulator_factory: SimulatorFactory
) -> None:
    other = await simulator_factory(plant="pv", start=NIGHT)
    code = other.simulator.plants[0].code
    entry = api_account_entry(other.url, [code], password="simulator-password")
    await async_set_up(hass, entry)
    found = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, code), entry.entry_id
    )
    assert found is not None
    both = [night.device_id(), found.id]
    calls = night.calls()

    with pytest.raises(ServiceValidationError) as raised:
        await night.do("forcible_charge", device_id=both, **CHARGE)
    assert raised.value.translation_key == "devices_of_several_entries"
    with pytest.raises(ServiceValidationError) as raised:
        await night.do("forcible_charge", device_id=found.id, **CHARGE)
    assert raised.value.translation_key == "control_needs_oauth"
    assert night.calls() == calls


@pytest.mark.parametrize(
    ("plant", "action", "data"),
    [
        ("pv", "forcible_charge", CHARGE),
        ("pv", "set_battery_mode", {"mode": "self_consumption"}),
        ("commercial", "set_battery_parameters", {"end_of_charge_soc": 95}),
        ("power_m", "set_feed_in_limit", {"power": 0, "permanent": True}),
    ],
)
async def test_plant_that_cannot_says_so_and_has_no_entity(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    simulator_factory: SimulatorFactory,
    *,
    plant: str,
    action: str,
    data: dict[str, Any],
) -> None:
    running = await simulator_factory(plant=plant, start=NIGHT)
    house = await async_build_house(hass, freezer, running)

    with pytest.raises(ServiceValidationError) as raised:
        await house.do(action, **data)
    assert raised.value.translation_key == "plant_not_able"
    assert "no such device" in str(raised.value)
    assert house.control_calls() == 0
    assert not {
        each
        for each in hass.states.async_entity_ids(("button", "select"))
        if not each.endswith("_check_access")
    }
    limited = bool(hass.states.async_entity_ids("switch"))
    assert limited is (plant != "power_m")


@pytest.mark.parametrize(
    ("options", "scope", "key"),
    [
        ({"control": False}, "pvms.openapi.basic pvms.openapi.control", "switched_off"),
        ({}, "pvms.openapi.basic", "not_granted"),
    ],
)
async def test_control_has_to_be_allowed_and_granted(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    simulator_factory: SimulatorFactory,
    *,
    options: dict[str, Any],
    scope: str,
    key: str,
) -> None:
    running = await simulator_factory(plant="home", start=NIGHT)
    house = await async_build_house(hass, freezer, running, scope=scope, **options)
    calls = house.calls()

    with pytest.raises(ServiceValidationError) as raised:
        await house.do("forcible_charge", **CHARGE)
    assert raised.value.translation_key == f"control_{key}"
    with pytest.raises(ServiceValidationError):
        await house.call("get_battery_mode")
    with pytest.raises(ServiceValidationError):
        await house.call("get_tasks")
    assert house.calls() == calls
    assert not {
        each
        for each in hass.states.async_entity_ids(
            ("button", "select", "number", "switch")
        )
        if not each.endswith("_check_access")
    }


async def test_only_administrators_where_the_owner_wants_that(
    hass: HomeAssistant, night: House
) -> None:
    night.change_options(admins_only=True)
    await night.reload()
    users = await hass.auth.async_get_group(GROUP_ID_USER)
    admins = await hass.auth.async_get_group(GROUP_ID_ADMIN)
    guest = MockUser(id="guest", groups=[users]).add_to_hass(hass)
    admin = MockUser(id="admin", groups=[admins]).add_to_hass(hass)

    with pytest.raises(ServiceValidationError) as raised:
        await night.do("forcible_charge", context=Context(user_id=guest.id), **CHARGE)
    assert raised.value.translation_key == "control_for_administrators"
    with pytest.raises(ServiceValidationError):
        await hass.services.async_call(
            "button",
            "press",
            {"entity_id": night.entity_id("button", "charge_now")},
            blocking=True,
            context=Context(user_id=guest.id),
        )
    assert night.control_calls() == 0

    await night.do("forcible_charge", context=Context(user_id=admin.id), **CHARGE)
    await night.do("stop_forcible_charge")
    assert night.control_calls() == 2


async def test_more_than_five_plants_have_to_be_confirmed(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    simulator_factory: SimulatorFactory,
) -> None:
    running = await simulator_factory(plant="fleet:6", start=NIGHT)
    house = await async_build_house(hass, freezer, running)
    devices = [house.device_id(plant.code) for plant in house.cloud.plants]
    data = {"device_id": devices, "power": 1000, "permanent": True}

    with pytest.raises(ServiceValidationError) as raised:
        await house.do("set_feed_in_limit", **data)
    assert raised.value.translation_key == "confirm_many"
    assert house.control_calls() == 0

    # one of them is of a kind that the cloud refuses
    with pytest.raises(HomeAssistantError) as failed:
        await house.do("set_feed_in_limit", **data, confirm_many=True)
    assert str(failed.value).count("does not have this setting") == 1
    assert house.control_calls() == 1
