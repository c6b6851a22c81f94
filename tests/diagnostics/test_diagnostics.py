"""What the diagnostics tell, and that they name nobody."""

from datetime import timedelta
import json
from typing import Any, Final

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.smartpvms.const import DOMAIN
from custom_components.smartpvms.diagnostics import (
    async_get_config_entry_diagnostics,
    async_get_device_diagnostics,
)
from custom_components.smartpvms.northbound.interfaces import InterfaceClass
from simulator import Simulator
from tests.conftest import RunningSimulator, SimulatorFactory, advance
from tests.plant_control.house import House, async_build_house
from tests.playback import (
    PLANT,
    PlaybackCloud,
    api_account_entry,
    async_set_up,
)

HOUR: Final = 60


async def whole_file(
    hass: HomeAssistant, entry: MockConfigEntry, device: dr.DeviceEntry | None = None
) -> dict[str, Any]:
    """Return what of ours a user downloads, the repairs that come with it included."""
    data = (
        await async_get_config_entry_diagnostics(hass, entry)
        if device is None
        else await async_get_device_diagnostics(hass, entry, device)
    )
    issues = [
        issue.to_json()
        for (domain, _), issue in ir.async_get(hass).issues.items()
        if domain == DOMAIN
    ]
    content: dict[str, Any] = json.loads(
        json.dumps({"data": data, "issues": issues}, allow_nan=False)
    )
    return content


async def restart(house: House) -> None:
    """Start anew from what is on disk."""
    hass = house.hass
    assert await hass.config_entries.async_unload(house.entry.entry_id)
    for key in [key for key in hass.data if key.startswith(f"{DOMAIN}_")]:
        if not key.endswith("repair_ids"):
            del hass.data[key]
    assert await hass.config_entries.async_setup(house.entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)


def personal(cloud: Simulator) -> set[str]:
    """Return all that names an owner, a plant, a place or a device."""
    found: set[str] = {"owner-password", "installer-password", "simulator-secret"}
    for plant in cloud.plants:
        place = plant.definition
        found |= {plant.code, plant.name, str(place.latitude), str(place.longitude)}
        found |= {plant.code.partition("=")[2], place.address}
        for device in plant.devices:
            found |= {device.name, device.dn, str(device.id), device.serial or ""}
    return found - {""}


def leaked(content: dict[str, Any], secrets: set[str]) -> set[str]:
    """Return the secrets that stand somewhere in what a user downloads."""
    text = json.dumps(content, ensure_ascii=False)
    assert len(text) > 2000
    return {secret for secret in secrets if secret in text}


def tokens(entry: MockConfigEntry) -> set[str]:
    token = entry.data["token"]
    return {token["access_token"], token["refresh_token"]}


async def busy_house(house: House) -> None:
    """Have a command succeed, one refused, one under way, and an hour pass."""
    await house.call("set_feed_in_limit", power=3000, duration=30)
    await house.pass_time(20)
    await house.call("forcible_charge", power=1000, duration=60)
    await house.pass_time(HOUR - 20)


async def test_nothing_of_a_house_is_named(
    night: House,
) -> None:
    await busy_house(night)
    secrets = personal(night.cloud) | tokens(night.entry) | {"100000001"}
    secrets |= {str(night.entry.unique_id)}

    content = await whole_file(night.hass, night.entry)

    assert leaked(content, secrets) == set()
    assert content["data"]["control"]["tasks"]


@pytest.mark.parametrize("access", ["oauth", "api_account"])
async def test_nothing_of_a_fleet_is_named(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    simulator_factory: SimulatorFactory,
    access: str,
) -> None:
    running = await simulator_factory(plant="fleet:5")
    cloud = running.simulator
    secrets = personal(cloud)
    if access == "oauth":
        entry = (await async_build_house(hass, freezer, running)).entry
        secrets |= tokens(entry)
    else:
        codes = [plant.code for plant in cloud.plants]
        entry = api_account_entry(running.url, codes, password="simulator-password")
        await async_set_up(hass, entry)
        secrets |= {entry.data["username"], "simulator-password"}
    for _ in range(HOUR):
        await advance(hass, cloud, freezer, timedelta(minutes=1))

    content = await whole_file(hass, entry)

    assert leaked(content, secrets) == set()
    told = content["data"]
    assert [plant["plant"] for plant in told["plants"]] == [
        f"plant {number}" for number in range(1, 6)
    ]
    assert all(plant["values"] for plant in told["plants"])
    assert (told["calls"]["session"] is None) == (access == "oauth")


async def test_file_of_each_device_names_nobody(
    night: House,
) -> None:
    await busy_house(night)
    secrets = personal(night.cloud) | tokens(night.entry)
    registry = dr.async_get(night.hass)
    devices = dr.async_entries_for_config_entry(registry, night.entry.entry_id)
    assert len(devices) >= 4

    for device in devices:
        content = await whole_file(night.hass, night.entry, device)
        assert leaked(content, secrets) == set(), device.model
        assert "plant" in content["data"] or "device" in content["data"]


async def test_what_is_told_of_an_entry(night: House) -> None:
    await busy_house(night)

    told = (await whole_file(night.hass, night.entry))["data"]

    assert told["entry"]["state"] == "loaded"
    assert told["entry"]["grant"]["scopes"] == [
        "pvms.openapi.basic",
        "pvms.openapi.control",
    ]
    assert told["entry"]["grant"]["token_is_valid"]
    assert told["entry"]["server"] == "own address"
    ledger = night.entry.runtime_data.account.ledger
    assert told["calls"]["left"] == {
        "basic": ledger.remaining(InterfaceClass.BASIC),
        "control": ledger.remaining(InterfaceClass.CONTROL),
    }
    readings = told["calls"]["interfaces"]["getDevRealKpi"]
    assert readings["calls"] == len(night.cloud.requests_to("getDevRealKpi"))
    assert readings["failure"] is None
    assert readings["last_success"] > "2026-06-21T21:"
    battery = told["feeds"]["devices_39"]
    assert battery["wish"] == battery["interval"] == 300
    assert battery["next"] > told["taken"]
    assert battery["available"]
    assert told["planner"]["feeds"].keys() == told["feeds"].keys()


async def test_what_is_told_of_plants_and_devices(night: House) -> None:
    await night.pass_time(2)

    (plant,) = (await whole_file(night.hass, night.entry))["data"]["plants"]

    assert plant["plant"] == "plant 1"
    assert plant["has_coordinates"]
    assert plant["values"]["total_power"] > 0
    assert plant["flows"]["battery_power"] > 0
    by_type = {device["type_id"]: device for device in plant["devices"]}
    assert set(by_type) == {38, 39, 47, 62}
    assert {device["plant"] for device in plant["devices"]} == {"plant 1"}
    assert len({device["device"] for device in plant["devices"]}) == 4
    assert by_type[38]["known_by"] == "serial"
    assert by_type[39]["known_by"] == "dn"
    assert by_type[39]["values"]["battery_soc"] > 0
    assert by_type[62]["values"] is None
    (meter,) = plant["meters"]
    assert meter["point"] == by_type[47]["device"]
    assert meter["role"] == "grid"


async def test_last_commands_are_told_after_a_restart_too(night: House) -> None:
    night.cloud.faults.enable("control_refused", code=20614)
    for minute in range(1, 53):
        row = await night.call("forcible_discharge", power=1000, duration=minute)
        assert row["status"] == "failure"
        night.freezer.tick(1)
    told = (await whole_file(night.hass, night.entry))["data"]["control"]
    await restart(night)
    again = (await whole_file(night.hass, night.entry))["data"]["control"]

    minutes = [task["command"]["order"]["minutes"] for task in again["tasks"]]
    assert minutes == list(range(52, 2, -1))
    assert again["tasks"] == told["tasks"]
    # the answers to them are those since the start
    assert len(told["answers"]) == 50
    assert again["answers"] == []


async def test_tasks_are_told_with_the_answers_of_the_cloud(night: House) -> None:
    await busy_house(night)

    control = (await whole_file(night.hass, night.entry))["data"]["control"]

    assert control["not_allowed"] is None
    kinds = [task["command"]["$"] for task in control["tasks"]]
    assert kinds == ["RemoveFeedInLimit", "Forced", "SetFeedInLimit"]
    newest = control["tasks"][0]
    assert newest["command"]["plant_code"] == "plant 1"
    assert newest["state"] == "success"
    assert newest["requested"].startswith("2026-06-21T21:00")
    assert len({task["reference"] for task in control["tasks"]}) == 3
    assert [answer["interface"] for answer in control["answers"]] == [
        "active-power-control",
        "charge-and-discharge",
        "active-power-control",
    ]
    assert control["answers"][0]["content"]["taskId"] == "**"
    assert control["in_force"]["plant 1"]["confirmed"]["limit"]["value"]["mode"] == (
        "noLimit"
    )


async def test_failure_of_an_interface_is_told(night: House) -> None:
    night.cloud.faults.enable("http_500", interface="getDevRealKpi")
    await night.pass_time(10)

    told = (await whole_file(night.hass, night.entry))["data"]

    outcome = told["calls"]["interfaces"]["getDevRealKpi"]
    assert (outcome["failure"], outcome["code"]) == ("server_error", "http:500")
    assert outcome["last_failure"] > outcome["last_success"]
    assert told["feeds"]["devices_39"]["failure"] == "server_error"
    assert not told["feeds"]["devices_39"]["is_last_answer"]


async def test_dead_grant_is_told_of_each_feed(night: House) -> None:
    night.cloud.faults.enable("token_refused")
    await night.pass_time(70, step=5)

    told = (await whole_file(night.hass, night.entry))["data"]

    assert told["feeds"]["devices_39"]["failure"] == "consent_ended"
    assert not told["entry"]["grant"]["token_is_valid"]


async def test_refused_plant_is_told(night: House) -> None:
    night.cloud.owners["owner"].api_access = False
    await night.pass_time(40)

    told = (await whole_file(night.hass, night.entry))["data"]

    failures = {each["failure"] for each in told["calls"]["interfaces"].values()}
    assert "owner_not_authorised" in failures


async def test_entry_that_does_not_load_tells_what_is_known(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, simulator: RunningSimulator
) -> None:
    simulator.simulator.faults.enable("http_500")
    code = simulator.simulator.plants[0].code
    entry = api_account_entry(simulator.url, [code], password="simulator-password")
    await async_set_up(hass, entry)
    assert entry.state is ConfigEntryState.SETUP_RETRY

    told = await async_get_config_entry_diagnostics(hass, entry)

    assert told["entry"]["state"] == "setup_retry"
    assert told["entry"]["reason"] == "server_error"
    assert told["entry"]["grant"] is None
    assert told["entry"]["options"]["plants"] == ["plant 1"]
    assert told.keys() == {"taken", "entry"}


async def test_unloaded_entry_tells_the_same_of_its_devices(night: House) -> None:
    device = dr.async_get(night.hass).async_get(night.device_id())
    assert device is not None
    await night.hass.config_entries.async_unload(night.entry.entry_id)

    content = await whole_file(night.hass, night.entry, device)

    assert content["data"]["entry"]["state"] == "not_loaded"
    assert night.code not in json.dumps(content)


async def test_account_is_told_of_as_the_entry(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    simulator_factory: SimulatorFactory,
) -> None:
    running = await simulator_factory(plant="home,pv")
    house = await async_build_house(hass, freezer, running)
    account = dr.async_get(hass).async_get(house.device_id(house.entry.unique_id))

    content = await whole_file(hass, house.entry, account)

    assert len(content["data"]["plants"]) == 2


async def test_battery_pack_is_told_of_with_its_battery(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    cloud = PlaybackCloud()
    cloud.list_device(7, 39)
    packs = {"unit1": [{"sn": "PACK-0001", "soh": "99%"}]}
    cloud.tell(7, battery_soc=50.0, battery_unit_info=packs)
    async with cloud.serve():
        entry = api_account_entry(cloud.url, [PLANT])
        await async_set_up(hass, entry)
        devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
        (pack,) = [each for each in devices if each.serial_number == "PACK-0001"]

        content = await whole_file(hass, entry, pack)

    told = content["data"]["device"]
    assert told["type_id"] == 39
    assert [each["unit"] for each in told["packs"]] == [1]
    assert "PACK-0001" not in json.dumps(content)


async def test_home_assistant_hands_the_file_out(
    night: House, hass_client: ClientSessionGenerator
) -> None:
    told = await get_diagnostics_for_config_entry(night.hass, hass_client, night.entry)

    assert told.keys() == {
        *("taken", "entry", "calls", "probe", "feeds"),
        *("planner", "plants", "control"),
    }
