"""How much of each plant is created, polled and kept."""

from collections.abc import AsyncGenerator
from typing import Final

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
)
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.smartpvms.const import DOMAIN

from .playback import (
    PlaybackCloud,
    api_account_entry,
    async_next_poll,
    async_set_up,
    states_by_key,
    success,
)

MILL: Final = "NE=1"
FARM: Final = "NE=2"
BATTERY_IDS: Final = {MILL: 12, FARM: 22}

# of each plant: inverter, battery, optimizer
TYPES: Final = {1: 38, 2: 39, 3: 46}


@pytest.fixture
async def cloud() -> AsyncGenerator[PlaybackCloud]:
    """Serve plants with an inverter, a battery with a pack, and an optimizer each."""
    async with PlaybackCloud().serve() as playback:
        serve(playback, [MILL, FARM])
        yield playback


def serve(cloud: PlaybackCloud, plants: list[str]) -> None:
    rows = [{"plantCode": code, "plantName": f"Plant {code}"} for code in plants]
    cloud.answers["stations"] = success(
        {"total": len(rows), "pageNo": 1, "pageCount": 1, "list": rows}
    )
    cloud.answers["getStationRealKpi"] = success(
        [{"stationCode": code, "dataItemMap": {"day_power": 1}} for code in plants]
    )
    devices = [
        {
            "id": 10 * int(code.removeprefix("NE=")) + number,
            "devTypeId": type_id,
            "devName": f"Device {number}",
            "esnCode": f"{code}-{type_id}",
            "stationCode": code,
        }
        for code in plants
        for number, type_id in TYPES.items()
    ]
    cloud.answers["getDevList"] = success(devices)
    # the answers to one type's question hold the other type's devices too
    values = {
        "active_power": 1,
        "mppt_power": 1,
        "a_u": 230,
        "pv1_u": 600,
        "battery_soc": 50,
    }
    cloud.answers["getDevRealKpi"] = success(
        [
            {
                "devId": device["id"],
                "dataItemMap": values
                | {
                    "battery_unit_info": {
                        "unit1": [{"sn": f"PACK-{device['id']}", "soh": "99%"}]
                    }
                    if device["devTypeId"] == 39
                    else {}
                },
            }
            for device in devices
        ]
    )


def owners(hass: HomeAssistant, entry: MockConfigEntry) -> set[str]:
    """Return what the devices in the registry are known by."""
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    return {key for device in devices for _, key in device.identifiers}


def keys(hass: HomeAssistant, owner: str) -> set[str]:
    return {*states_by_key(hass, owner)}


async def async_change(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    **options: object,
) -> None:
    """Set the entry up with other options, late enough to be answered."""
    freezer.tick(303)
    await hass.config_entries.async_unload(entry.entry_id)
    hass.config_entries.async_update_entry(entry, options=entry.options | options)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)


def family(code: str) -> set[str]:
    """Return the keys of all devices of a plant."""
    devices = {f"{code}-{type_id}" for type_id in TYPES.values()}
    return {*devices, f"PACK-{BATTERY_IDS[code]}"}


async def test_what_is_not_wanted_any_more_is_removed(
    hass: HomeAssistant, cloud: PlaybackCloud, freezer: FrozenDateTimeFactory
) -> None:
    entry = api_account_entry(cloud.url, [MILL, FARM], detail="everything")
    await async_set_up(hass, entry)
    account = entry.unique_id
    all_devices = {account, MILL, FARM, *family(MILL), *family(FARM)}
    assert owners(hass, entry) == all_devices
    assert {"active_power", "a_u", "pv1_u"} <= keys(hass, "NE=1-38")

    await async_change(hass, entry, freezer, detail="devices")
    assert owners(hass, entry) == all_devices
    assert {"active_power", "pv1_u"} <= keys(hass, "NE=1-38")
    assert "a_u" not in keys(hass, "NE=1-38")
    assert keys(hass, "PACK-12") == {"soh"}

    await async_change(hass, entry, freezer, detail="totals")
    assert owners(hass, entry) == {account, MILL, FARM}
    assert keys(hass, "NE=1-38") == keys(hass, "NE=1-39") == set()
    assert "day_power" in keys(hass, MILL)
    assert states_by_key(hass, "NE=1-38", Platform.BINARY_SENSOR) == {}

    await async_change(hass, entry, freezer, detail="everything")
    assert owners(hass, entry) == all_devices
    assert {"active_power", "a_u", "pv1_u"} <= keys(hass, "NE=2-38")


async def test_a_plant_may_differ_from_the_others(
    hass: HomeAssistant, cloud: PlaybackCloud
) -> None:
    entry = api_account_entry(
        cloud.url,
        [MILL, FARM],
        detail="totals",
        plant_settings={FARM: {"detail": "everything"}},
    )
    await async_set_up(hass, entry)

    assert owners(hass, entry) == {entry.unique_id, MILL, FARM, *family(FARM)}
    assert "a_u" in keys(hass, "NE=2-38")


async def test_only_what_an_entity_needs_is_polled(
    hass: HomeAssistant, cloud: PlaybackCloud, freezer: FrozenDateTimeFactory
) -> None:
    fleet = [f"NE={number}" for number in range(1, 12)]
    serve(cloud, fleet)
    entry = api_account_entry(cloud.url, fleet, detail="totals")
    await async_set_up(hass, entry)
    # the account adds up the inverters
    readings = entry.runtime_data.device_readings
    assert readings.keys() == {38}
    assert readings[38].data.keys() == {10 * number + 1 for number in range(1, 12)}
    assert "pv_power" not in keys(hass, FARM)

    await async_change(
        hass, entry, freezer, plant_settings={FARM: {"detail": "devices"}}
    )
    readings = entry.runtime_data.device_readings
    assert readings.keys() == {38, 39}
    assert readings[39].data.keys() == {22}
    assert "pv_power" in keys(hass, FARM)
    assert "pv_power" not in keys(hass, MILL)

    await async_change(hass, entry, freezer, plant_settings={})
    assert "pv_power" not in keys(hass, FARM)


async def test_the_flows_of_few_plants_are_worked_out_with_totals_too(
    hass: HomeAssistant, cloud: PlaybackCloud, freezer: FrozenDateTimeFactory
) -> None:
    entry = api_account_entry(cloud.url, [MILL], detail="totals")
    await async_set_up(hass, entry)
    assert owners(hass, entry) == {MILL}
    assert {"pv_power", "battery_state_of_charge"} <= keys(hass, MILL)

    cloud.requests.clear()
    await async_next_poll(hass, freezer)
    # the optimizer has no readings
    assert sorted(cloud.requests) == [
        "getDevRealKpi",
        "getDevRealKpi",
        "getStationRealKpi",
    ]


@pytest.mark.parametrize(
    ("plants", "detail", "area"), [(1, "devices", False), (11, "totals", True)]
)
async def test_the_default_is_by_the_number_of_plants(
    hass: HomeAssistant, cloud: PlaybackCloud, plants: int, detail: str, area: bool
) -> None:
    codes = [f"NE={number}" for number in range(1, plants + 1)]
    serve(cloud, codes)
    entry = api_account_entry(cloud.url, codes)
    entry.add_to_hass(hass)
    options = {key: value for key, value in entry.options.items() if key != "detail"}
    hass.config_entries.async_update_entry(entry, options=options)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)

    assert entry.options["detail"] == detail
    areas = {each.name for each in ar.async_get(hass).async_list_areas()}
    assert ("Plant NE=1" in areas) == area


async def test_devices_of_a_fleet_are_put_into_the_area_of_their_plant(
    hass: HomeAssistant, cloud: PlaybackCloud
) -> None:
    codes = [f"NE={number}" for number in range(1, 12)]
    serve(cloud, codes)
    entry = api_account_entry(cloud.url, codes, detail="devices")
    await async_set_up(hass, entry)

    registry = dr.async_get(hass)
    area = ar.async_get(hass).async_get_area_by_name("Plant NE=3")
    assert area is not None
    for key in (MILL.replace("1", "3"), "NE=3-38", "NE=3-46", "PACK-32"):
        device = registry.async_get_device_by_identifier((DOMAIN, key), entry.entry_id)
        assert device is not None
        assert device.area_id == area.id


async def test_what_the_user_enabled_goes_with_the_detail_and_comes_back(
    hass: HomeAssistant, cloud: PlaybackCloud, freezer: FrozenDateTimeFactory
) -> None:
    entry = api_account_entry(cloud.url, [MILL, FARM], detail="everything")
    await async_set_up(hass, entry)
    registry = er.async_get(hass)

    def phase_voltage() -> str | None:
        return registry.async_get_entity_id(Platform.SENSOR, DOMAIN, "NE=1-38_a_u")

    entity_id = phase_voltage()
    assert entity_id is not None
    registry.async_update_entity(entity_id, name="Roof", disabled_by=None)
    await async_change(hass, entry, freezer, detail="devices")
    assert phase_voltage() is None

    await async_change(hass, entry, freezer, detail="everything")
    entity_id = phase_voltage()
    assert entity_id is not None
    entity = registry.async_get(entity_id)
    assert entity is not None
    assert entity.name == "Roof"
