"""Plants that the cloud lists under other codes: noticed, confirmed, and moved whole."""

from errno import ENOSPC
import json
from typing import Any, Final

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.repairs import repairs_flow_manager
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import (
    device_registry as dr,
    entity_registry as er,
    issue_registry as ir,
)
from homeassistant.setup import async_setup_component
import pytest

from custom_components.smartpvms.const import DOMAIN
from custom_components.smartpvms.northbound.models import Device
from custom_components.smartpvms.plant_codes import moving
from custom_components.smartpvms.plant_codes.matching import moved_plants
from custom_components.smartpvms.renaming import renamed
from tests.conftest import RunningSimulator, SimulatorFactory
from tests.plant_control.house import House, async_build_house

CHANGED: Final = "plant_codes_changed"


def the_repair(hass: HomeAssistant) -> ir.IssueEntry | None:
    """Return the repair about plants with new codes."""
    for (domain, _), issue in ir.async_get(hass).issues.items():
        if domain == DOMAIN and issue.translation_key == "plants_moved":
            return issue
    return None


async def confirm(hass: HomeAssistant) -> dict[str, str]:
    """Confirm the repair, and return what it showed."""
    assert await async_setup_component(hass, "repairs", {})
    issue = the_repair(hass)
    assert issue is not None
    manager = repairs_flow_manager(hass)
    assert manager is not None
    flow: Any = await manager.async_init(DOMAIN, context={"issue_id": issue.issue_id})
    assert flow["step_id"] == "confirm"
    done: Any = await manager.async_configure(flow["flow_id"], {})
    assert done["type"] == "create_entry"
    await hass.async_block_till_done(wait_background_tasks=True)
    shown: dict[str, str] = flow["description_placeholders"]
    return shown


def kept(hass: HomeAssistant, entry_id: str) -> dict[str, tuple[str, str]]:
    """Return device and unique id of each entity, by its entity id."""
    return {
        each.entity_id: (each.device_id or "", each.unique_id)
        for each in er.async_entries_for_config_entry(er.async_get(hass), entry_id)
    }


@pytest.fixture
async def house(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, simulator: RunningSimulator
) -> House:
    return await async_build_house(hass, freezer, simulator, history=False)


async def look(house: House) -> None:
    """Read the plant list."""
    await house.entry.runtime_data.plants.async_refresh()
    await house.hass.async_block_till_done(wait_background_tasks=True)


async def test_plant_with_a_new_code_is_moved_whole(
    hass: HomeAssistant, house: House, hass_storage: dict[str, Any]
) -> None:
    old = house.code
    house.change_plant_settings(currency="EUR")
    await house.reload()
    await house.do("set_feed_in_limit", power=2000, duration=60)
    await house.pass_time(10)
    before = kept(hass, house.entry.entry_id)
    assert the_repair(hass) is None

    house.cloud.faults.enable(CHANGED)
    new = house.code
    assert new != old
    await look(house)
    shown = await confirm(hass)

    assert f"- {house.plant.name}: {old} → {new}" in shown["plants"]
    assert the_repair(hass) is None
    assert house.entry.state is ConfigEntryState.LOADED
    assert house.entry.options["plants"] == [new]
    assert house.entry.options["plant_settings"] == {new: {"currency": "EUR"}}
    assert house.entry.data["known_plants"] == sorted([old, new])
    after = kept(hass, house.entry.entry_id)
    assert after.keys() == before.keys()
    for entity_id, (device_id, unique_id) in before.items():
        moved = unique_id.replace(f"{old}_", f"{new}_", 1)
        own = unique_id if not unique_id.startswith(old) else moved
        assert after[entity_id] == (device_id, own)

    # what is in force is still ours, and given back in time
    (limit,) = [
        each for each in house.control.engine.tasks(new) if each.origin.value == "user"
    ]
    assert limit.state.value == "success"
    await house.pass_time(70, step=5)
    assert house.limit[0] != "limited_power" or house.limit[1] != 2000
    # no file remembers the plant by its old code; an entry forgets no code
    files = {
        name: json.dumps(content["data"])
        for name, content in hass_storage.items()
        if name.startswith(f"{DOMAIN}.") and name.endswith(house.entry.entry_id)
    }
    assert len(files) >= 4
    assert [name for name, text in files.items() if f'"{old}"' in text] == []


async def test_crash_before_the_registries_are_saved_is_made_up_for(
    hass: HomeAssistant, house: House, freezer: FrozenDateTimeFactory
) -> None:
    old = house.code
    before = kept(hass, house.entry.entry_id)
    house.cloud.faults.enable(CHANGED)
    new = house.code
    await look(house)
    await confirm(hass)
    moved = kept(hass, house.entry.entry_id)
    assert house.entry.data["moved_plants"] == {old: new}

    # the entry was on disk, the registries were not
    assert await hass.config_entries.async_unload(house.entry.entry_id)
    registry = er.async_get(hass)
    for entity_id, (_, unique_id) in before.items():
        if unique_id != moved[entity_id][1]:
            registry.async_update_entity(entity_id, new_unique_id=unique_id)
    devices = dr.async_get(hass)
    plant = devices.async_get_device_by_identifier((DOMAIN, new), house.entry.entry_id)
    assert plant is not None
    devices.async_update_device(plant.id, new_identifiers={(DOMAIN, old)})
    assert kept(hass, house.entry.entry_id) == before
    assert await hass.config_entries.async_setup(house.entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)

    assert kept(hass, house.entry.entry_id) == moved
    await house.pass_time(2)
    assert "moved_plants" not in house.entry.data


async def test_move_that_breaks_off_is_gone_on_with(
    hass: HomeAssistant, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, before = house.code, kept(hass, house.entry.entry_id)
    house.cloud.faults.enable(CHANGED)
    new = house.code

    async def no_space(*_: object) -> None:
        monkeypatch.undo()
        raise OSError(ENOSPC, "No space left on device")

    monkeypatch.setattr(moving, "_async_move_file", no_space)
    with pytest.raises(OSError, match="No space left"):
        await moving.async_move_plants(hass, house.entry, {old: new})
    await hass.async_block_till_done(wait_background_tasks=True)

    assert house.entry.state is ConfigEntryState.LOADED
    after = kept(hass, house.entry.entry_id)
    assert after.keys() == before.keys()
    assert [each for each in after.values() if each[1].startswith(old)] == []


async def test_nothing_moves_and_nothing_goes_before_somebody_confirms(
    hass: HomeAssistant, house: House
) -> None:
    house.change_options(add_new_plants=True)
    old = house.code
    before = kept(hass, house.entry.entry_id)
    house.cloud.faults.enable(CHANGED)
    for _ in range(4):
        await house.pass_time(90, step=30)
        await look(house)
    calls = len(house.cloud.requests_to("getDevList"))
    await look(house)

    assert the_repair(hass) is not None
    assert house.entry.options["plants"] == [old]
    assert kept(hass, house.entry.entry_id) == before
    # the devices of the new plant are looked at once
    assert len(house.cloud.requests_to("getDevList")) == calls

    # a restart finds it out again
    ir.async_delete_issue(hass, DOMAIN, f"plants_moved_{house.entry.entry_id}")
    await house.reload()
    await look(house)
    assert the_repair(hass) is not None

    # and it goes away when the old code is back
    house.cloud.faults.clear()
    await look(house)
    assert the_repair(hass) is None
    assert house.entry.options["plants"] == [old]
    assert before.items() <= kept(hass, house.entry.entry_id).items()


async def test_fleet_with_totals_only_is_known_by_the_last_device_list(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    simulator_factory: SimulatorFactory,
) -> None:
    running = await simulator_factory(plant="fleet:12")
    house = await async_build_house(
        hass, freezer, running, history=False, detail="totals"
    )
    old = sorted(plant.code for plant in house.cloud.plants)
    house.cloud.faults.enable(CHANGED)
    for _ in range(3):
        await house.pass_time(120, step=120)
        await look(house)
    await house.reload()
    await look(house)
    before = kept(hass, house.entry.entry_id)
    await confirm(hass)

    new = sorted(plant.code for plant in house.cloud.plants)
    assert house.entry.options["plants"] == new != old
    assert before.keys() - kept(hass, house.entry.entry_id).keys() == set()


async def test_device_list_that_fails_is_asked_again(
    hass: HomeAssistant, house: House
) -> None:
    house.cloud.faults.enable(CHANGED)
    house.cloud.faults.enable("http_500", interface="getDevList")
    await look(house)
    assert the_repair(hass) is None

    house.cloud.faults.disable("http_500")
    await look(house)
    assert the_repair(hass) is not None


async def test_other_plants_are_not_taken_for_those_that_vanished(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    simulator_factory: SimulatorFactory,
) -> None:
    running = await simulator_factory(plant="home,pv")
    cloud = running.simulator
    owner = cloud.owners["owner"]
    mine, other = (plant.code for plant in cloud.plants)
    house = await async_build_house(hass, freezer, running, history=False)
    hass.config_entries.async_update_entry(
        house.entry, options={**house.entry.options, "plants": [mine]}
    )
    await house.reload()
    owner.plant_codes = [other]
    await look(house)

    assert the_repair(hass) is None


async def test_repair_goes_with_the_entry(hass: HomeAssistant, house: House) -> None:
    house.cloud.faults.enable(CHANGED)
    await look(house)
    assert the_repair(hass) is not None
    await hass.config_entries.async_remove(house.entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)

    assert the_repair(hass) is None


def a_device(serial: str | None, plant_code: str) -> Device:
    return Device(
        id=1, plant_code=plant_code, type_id=1, name="Inverter", serial=serial
    )


def test_plant_is_where_most_of_its_devices_are() -> None:
    known = {"A": "old", "B": "old", "C": "old", "D": "second", "E": "stays"}
    devices = [
        *(a_device(serial, "new") for serial in ("A", "B", "D")),
        a_device("C", "other"),
        a_device("E", "new"),
        a_device(None, "new"),
        a_device("X", "new"),
    ]

    assert moved_plants(known, {"old", "second"}, devices) == {"old": "new"}


def test_names_are_replaced_whole_and_everywhere() -> None:
    stored = {"NE=1": [{"plant": "NE=1", "NE=12": "NE=12"}, ("NE=1",), 3, None]}

    assert renamed(stored, {"NE=1": "NE=9"}) == {
        "NE=9": [{"plant": "NE=9", "NE=12": "NE=12"}, ["NE=9"], 3, None]
    }
