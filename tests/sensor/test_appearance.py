"""When sensors are created: at once, with a first value, with a new plant or device."""

from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.entity import Entity
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.smartpvms.const import DOMAIN
from tests.playback import (
    PLANT,
    PlaybackCloud,
    api_account_entry,
    async_next_poll,
    async_set_up,
    states_by_key,
    success,
)

INVERTER_ID = 1000000000000001
BATTERY_ID = 1000000000000002
EMMA_ID = 1000000000000003

pytestmark = pytest.mark.usefixtures("all_entities_enabled")


def plant_row(code: str) -> dict[str, Any]:
    return {"plantCode": code, "plantName": f"Plant {code}"}


def plant_list(*codes: str) -> Any:
    rows = [plant_row(code) for code in codes]
    return success({"total": len(rows), "pageNo": 1, "pageCount": 1, "list": rows})


def device_row(device_id: int, type_id: int, serial: str) -> dict[str, Any]:
    return {
        "id": device_id,
        "devDn": f"NE={device_id}",
        "devName": f"Device {serial}",
        "devTypeId": type_id,
        "esnCode": serial,
        "stationCode": PLANT,
    }


async def async_read_lists(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    """Let the time pass until plants and devices are listed anew."""
    freezer.tick(timedelta(hours=6, minutes=1))
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_a_string_appears_with_its_first_voltage_and_stays(
    hass: HomeAssistant, cloud: PlaybackCloud, freezer: FrozenDateTimeFactory
) -> None:
    cloud.list_device(INVERTER_ID, 38)
    cloud.tell(INVERTER_ID, pv1_u=600.1, pv2_u=0.0, pv3_u=None, pv9_u=5.0)
    await async_set_up(hass, api_account_entry(cloud.url, [PLANT]))
    states = states_by_key(hass, "SERIAL")
    assert {key for key in states if key.startswith("pv")} == {"pv1_u"}

    cloud.tell(INVERTER_ID, pv1_u=0.0, pv2_u=590.0)
    await async_next_poll(hass, freezer)
    states = states_by_key(hass, "SERIAL")
    assert states["pv1_u"] == "0.0"
    assert states["pv2_u"] == "590.0"

    cloud.tell(INVERTER_ID, pv1_u=1.0)
    await async_next_poll(hass, freezer)
    assert states_by_key(hass, "SERIAL")["pv2_u"] == "unknown"


async def test_what_existed_before_is_there_at_once(
    hass: HomeAssistant, cloud: PlaybackCloud, freezer: FrozenDateTimeFactory
) -> None:
    cloud.list_device(INVERTER_ID, 38)
    cloud.tell(INVERTER_ID, pv1_u=600.1, a_u=230.0)
    entry = api_account_entry(cloud.url, [PLANT])
    await async_set_up(hass, entry)
    entities = states_by_key(hass, "SERIAL").keys()

    cloud.tell(INVERTER_ID, run_state=0)
    # sooner, an API account may not read again
    freezer.tick(303)
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    states = states_by_key(hass, "SERIAL")
    assert states.keys() == entities
    assert states["pv1_u"] == "unknown"
    assert states["a_u"] == "unknown"


async def test_keys_of_later_versions_appear_with_the_update_of_the_cloud(
    hass: HomeAssistant, cloud: PlaybackCloud, freezer: FrozenDateTimeFactory
) -> None:
    cloud.list_device(BATTERY_ID, 39)
    cloud.tell(BATTERY_ID, battery_soc=50.0)
    cloud.tell_plant(day_power="1.50")
    await async_set_up(hass, api_account_entry(cloud.url, [PLANT]))
    assert "total_charged_energy" not in states_by_key(hass, "SERIAL")
    assert "day_use_energy" not in states_by_key(hass, PLANT)

    cloud.tell(BATTERY_ID, battery_soc=51.0, total_charged_energy=0.0)
    cloud.tell_plant(day_power="1.60", day_use_energy="0.00")
    await async_next_poll(hass, freezer)
    assert states_by_key(hass, "SERIAL")["total_charged_energy"] == "0.0"
    states = states_by_key(hass, PLANT)
    assert states["day_power"] == "1.6"
    assert states["day_use_energy"] == "0.0"


async def test_an_emma_has_what_it_reports_and_an_external_ct_once_it_measures(
    hass: HomeAssistant, cloud: PlaybackCloud, freezer: FrozenDateTimeFactory
) -> None:
    cloud.list_device(EMMA_ID, 23070)
    cloud.tell(EMMA_ID, active_power=-1.5, active_cap=0, ex_active_power=0, run_state=1)
    await async_set_up(hass, api_account_entry(cloud.url, [PLANT]))
    assert states_by_key(hass, "SERIAL") == {
        "active_power": "-1500.0",
        "active_cap": "0.0",
    }
    names = {state.name for state in hass.states.async_all("sensor")}
    assert "Device-1 Power (built-in metering)" in names
    assert "Device-1 Grid import energy" in names

    cloud.tell(EMMA_ID, active_power=2, active_cap=0.5, ex_active_power=0.25)
    await async_next_poll(hass, freezer)
    assert states_by_key(hass, "SERIAL") == {
        "active_power": "2000.0",
        "active_cap": "0.5",
        "ex_active_power": "250.0",
    }


async def test_new_devices_of_known_and_new_types_appear_without_reload(
    hass: HomeAssistant, cloud: PlaybackCloud, freezer: FrozenDateTimeFactory
) -> None:
    cloud.list_device(INVERTER_ID, 38)
    cloud.tell(INVERTER_ID, active_power=1.0)
    await async_set_up(hass, api_account_entry(cloud.url, [PLANT]))

    cloud.answers["getDevList"] = success(
        [
            device_row(INVERTER_ID, 38, "SERIAL"),
            device_row(INVERTER_ID + 10, 38, "SECOND"),
            device_row(BATTERY_ID, 39, "BATTERY"),
            device_row(BATTERY_ID + 10, 70, "SAFETY-BOX"),
        ]
    )
    cloud.answers["getDevRealKpi"] = success(
        [
            {"devId": INVERTER_ID, "dataItemMap": {"active_power": 1.0}},
            {"devId": INVERTER_ID + 10, "dataItemMap": {"active_power": 2.0}},
            {"devId": BATTERY_ID, "dataItemMap": {"battery_soc": 60, "run_state": 1}},
        ]
    )
    await async_read_lists(hass, freezer)
    await async_next_poll(hass, freezer)
    await async_next_poll(hass, freezer)

    assert states_by_key(hass, "SECOND")["active_power"] == "2000.0"
    assert states_by_key(hass, "BATTERY")["battery_soc"] == "60.0"
    assert states_by_key(hass, "SAFETY-BOX") == {}

    cloud.tell(BATTERY_ID, battery_soc=61, rated_capacity=10.0)
    await async_next_poll(hass, freezer)
    assert states_by_key(hass, "BATTERY")["rated_capacity"] == "10.0"


async def test_a_deleted_device_that_is_listed_again_has_its_entities_again(
    hass: HomeAssistant, cloud: PlaybackCloud, freezer: FrozenDateTimeFactory
) -> None:
    both = success(
        [
            device_row(INVERTER_ID, 38, "FIRST"),
            device_row(BATTERY_ID, 39, "BATTERY"),
        ]
    )
    cloud.answers["getDevList"] = both
    cloud.answers["getDevRealKpi"] = success(
        [
            {"devId": INVERTER_ID, "dataItemMap": {"active_power": 1}},
            {
                "devId": BATTERY_ID,
                "dataItemMap": {
                    "battery_soc": 60,
                    "rated_capacity": 10,
                    "run_state": 1,
                    "battery_unit_info": {"unit1": [{"sn": "PACK", "soh": "99%"}]},
                },
            },
        ]
    )
    entry = api_account_entry(cloud.url, [PLANT])
    await async_set_up(hass, entry)
    owners = ("FIRST", "BATTERY", "PACK")
    before = [states_by_key(hass, owner) for owner in owners]
    assert before[1]["battery_soc"] == "60.0"

    cloud.answers["getDevList"] = success([device_row(INVERTER_ID, 38, "FIRST")])
    await async_read_lists(hass, freezer)
    registry = dr.async_get(hass)
    for owner in ("PACK", "BATTERY"):
        device = registry.async_get_device_by_identifier(
            (DOMAIN, owner), entry.entry_id
        )
        assert device is not None
        registry.async_remove_device(device.id)
    await hass.async_block_till_done()
    assert [states_by_key(hass, owner) for owner in owners] == [before[0], {}, {}]

    cloud.answers["getDevList"] = both
    await async_read_lists(hass, freezer)
    await async_next_poll(hass, freezer)
    assert [states_by_key(hass, owner) for owner in owners] == before
    connections = states_by_key(hass, "BATTERY", Platform.BINARY_SENSOR)
    assert connections == {"run_state": "on"}


async def test_what_is_disabled_is_not_created_again_at_each_poll(
    hass: HomeAssistant,
    entity_registry: er.EntityRegistry,
    cloud: PlaybackCloud,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cloud.list_device(INVERTER_ID, 38)
    cloud.tell(INVERTER_ID, active_power=1.0, a_u=230.0)
    await async_set_up(hass, api_account_entry(cloud.url, [PLANT]))
    for unique_id in ("SERIAL_active_power", "SERIAL_a_u", f"{PLANT}_last_change"):
        entity_id = entity_registry.async_get_entity_id(
            Platform.SENSOR, DOMAIN, unique_id
        )
        assert entity_id is not None
        entity_registry.async_update_entity(
            entity_id, disabled_by=er.RegistryEntryDisabler.USER
        )
    await hass.async_block_till_done()
    assert states_by_key(hass, "SERIAL")["active_power"] == "disabled"

    created: list[Entity] = []
    start = Entity.add_to_platform_start

    def note(entity: Entity, *arguments: Any) -> None:
        created.append(entity)
        start(entity, *arguments)

    monkeypatch.setattr(Entity, "add_to_platform_start", note)
    cloud.tell(INVERTER_ID, active_power=1.1, a_u=231.0)
    cloud.tell_plant(day_power=5.0)
    await async_next_poll(hass, freezer)
    assert created == []

    cloud.tell(INVERTER_ID, active_power=1.1, b_u=231.0)
    await async_next_poll(hass, freezer)
    assert [entity.unique_id for entity in created] == ["SERIAL_b_u"]


async def test_new_plants_appear_without_reload_where_the_user_wants_them(
    hass: HomeAssistant, cloud: PlaybackCloud, freezer: FrozenDateTimeFactory
) -> None:
    entry = api_account_entry(cloud.url, [PLANT], add_new_plants=True)
    await async_set_up(hass, entry)
    assert states_by_key(hass, "NE=2") == {}

    cloud.answers["stations"] = plant_list(PLANT, "NE=2")
    cloud.answers["getStationRealKpi"] = success(
        [
            {"stationCode": code, "dataItemMap": {"day_power": 3.5}}
            for code in (PLANT, "NE=2")
        ]
    )
    await async_read_lists(hass, freezer)
    await async_next_poll(hass, freezer)
    assert states_by_key(hass, "NE=2")["day_power"] == "3.5"


async def test_battery_packs_are_devices_under_their_battery(
    hass: HomeAssistant, cloud: PlaybackCloud, freezer: FrozenDateTimeFactory
) -> None:
    cloud.list_device(BATTERY_ID, 39, devName="Battery-1")
    cloud.tell(
        BATTERY_ID,
        battery_soc=50,
        battery_unit_info={
            "unit1": [{"sn": "PACK-A", "soh": "98.0%"}, {"sn": "PACK-B", "soh": "0.0%"}]
        },
    )
    entry = api_account_entry(cloud.url, [PLANT])
    await async_set_up(hass, entry)

    assert states_by_key(hass, "PACK-A") == {"soh": "98.0"}
    assert states_by_key(hass, "PACK-B") == {"soh": "unknown"}
    registry = dr.async_get(hass)
    battery = registry.async_get_device_by_identifier(
        (DOMAIN, "SERIAL"), entry.entry_id
    )
    pack = registry.async_get_device_by_identifier((DOMAIN, "PACK-B"), entry.entry_id)
    assert battery is not None
    assert pack is not None
    assert pack.via_device_id == battery.id
    assert pack.serial_number == "PACK-B"
    assert pack.name == "Battery-1 pack 1.2"

    # a pack is taken out, another is added in a second unit
    cloud.tell(
        BATTERY_ID,
        battery_soc=50,
        battery_unit_info={
            "unit1": [{"sn": "PACK-A", "soh": "97.0%"}],
            "unit2": [{"sn": "PACK-C", "soh": "100.0%"}],
        },
    )
    await async_next_poll(hass, freezer)
    assert states_by_key(hass, "PACK-A") == {"soh": "97.0"}
    assert states_by_key(hass, "PACK-B") == {"soh": "unavailable"}
    assert states_by_key(hass, "PACK-C") == {"soh": "100.0"}
    added = registry.async_get_device_by_identifier((DOMAIN, "PACK-C"), entry.entry_id)
    assert added is not None
    assert added.name == "Battery-1 pack 2.1"


async def test_a_pack_that_was_replaced_goes_after_a_day(
    hass: HomeAssistant, cloud: PlaybackCloud, freezer: FrozenDateTimeFactory
) -> None:
    def tell_packs(*serials: str) -> None:
        packs = [{"sn": serial, "soh": "98.0%"} for serial in serials]
        cloud.tell(
            BATTERY_ID,
            battery_soc=50,
            battery_unit_info={"unit1": packs} if packs else {},
        )

    def packs() -> set[str]:
        return {
            serial
            for serial in ("PACK-A", "PACK-B", "PACK-C")
            if registry.async_get_device_by_identifier((DOMAIN, serial), entry.entry_id)
        }

    async def async_hours_later(hours: int) -> None:
        freezer.tick(timedelta(hours=hours))
        await async_next_poll(hass, freezer)

    registry = dr.async_get(hass)
    cloud.list_device(BATTERY_ID, 39, devName="Battery-1")
    tell_packs("PACK-A", "PACK-B")
    entry = api_account_entry(cloud.url, [PLANT])
    await async_set_up(hass, entry)

    # one that comes back within the day stays, and so does each of a silent battery
    tell_packs("PACK-A", "PACK-C")
    await async_next_poll(hass, freezer)
    await async_hours_later(23)
    tell_packs("PACK-A", "PACK-B", "PACK-C")
    await async_next_poll(hass, freezer)
    tell_packs()
    await async_hours_later(0)
    await async_hours_later(25)
    assert packs() == {"PACK-A", "PACK-B", "PACK-C"}

    tell_packs("PACK-A", "PACK-C")
    await async_next_poll(hass, freezer)
    await async_hours_later(23)
    assert packs() == {"PACK-A", "PACK-B", "PACK-C"}
    await async_hours_later(1)
    assert packs() == {"PACK-A", "PACK-C"}
    assert states_by_key(hass, "PACK-B") == {}

    # put in once more
    tell_packs("PACK-A", "PACK-B")
    await async_next_poll(hass, freezer)
    assert states_by_key(hass, "PACK-B") == {"soh": "98.0"}


async def test_packs_of_an_all_in_one_are_devices_under_it(
    hass: HomeAssistant, cloud: PlaybackCloud
) -> None:
    cloud.list_device(BATTERY_ID, 23093, devName="All-in-one")
    cloud.tell(
        BATTERY_ID,
        battery_status=2,
        inverter_state=512,
        battery_info=[{"sn": "PACK-A", "soh": "98.0%"}, {"sn": "PACK-B", "soh": "0%"}],
    )
    entry = api_account_entry(cloud.url, [PLANT])
    await async_set_up(hass, entry)

    assert states_by_key(hass, "PACK-A") == {"soh": "98.0"}
    pack = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, "PACK-B"), entry.entry_id
    )
    assert pack is not None
    assert pack.name == "All-in-one pack 1.2"
    states = states_by_key(hass, "SERIAL")
    assert states["inverter_state"] == "grid_connected"
    assert states["battery_status"] == "running"
