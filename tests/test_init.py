"""Set-up, unload and removal of an entry."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from typing import Final

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.smartpvms import async_remove_config_entry_device
from custom_components.smartpvms.const import DOMAIN

from .conftest import SimulatorFactory
from .playback import (
    PLANT,
    Answer,
    PlaybackCloud,
    api_account_entry,
    async_set_up,
    async_set_up_anew,
    recorded,
    states_by_key,
    success,
)

REFUSED_LOGIN = Answer(
    body='{"success":false,"failCode":20400,"message":"user.login.user_or_value_invalid"}'
)

NOON: Final = datetime(2026, 6, 21, 19, tzinfo=UTC)


@pytest.fixture
async def cloud(freezer: FrozenDateTimeFactory) -> AsyncGenerator[PlaybackCloud]:
    """Serve a plant with one inverter, at noon of the test's time zone."""
    # soon after midnight the counters of the day are not believed
    freezer.move_to(NOON)
    cloud = PlaybackCloud()
    cloud.list_device(1, 38, model="SUN2000-8KTL-M1", softwareVersion="V100")
    cloud.answers["getDevRealKpi"] = success(
        [{"devId": 1, "dataItemMap": {"day_cap": 5.0}}]
    )
    async with cloud.serve():
        yield cloud


async def test_home_is_set_up_and_unloaded(
    hass: HomeAssistant, simulator_factory: SimulatorFactory
) -> None:
    home = await simulator_factory(plant="home")
    plant = home.simulator.plants[0]
    entry = api_account_entry(home.url, [plant.code], password="simulator-password")
    await async_set_up(hass, entry)

    assert entry.state is ConfigEntryState.LOADED
    assert set(entry.runtime_data.device_readings) == {38, 39, 47}
    names = {device.name for device in dr.async_get(hass).devices}
    assert {plant.name, *(device.name for device in plant.devices)} <= names
    polled = len(home.simulator.requests)
    assert [request.fail_code for request in home.simulator.requests] == [0] * polled

    assert await hass.config_entries.async_unload(entry.entry_id)
    assert entry.state is ConfigEntryState.NOT_LOADED
    states = hass.states.async_all("sensor")
    assert states
    assert {state.state for state in states} == {STATE_UNAVAILABLE}


async def test_devices_hang_under_their_plant(
    hass: HomeAssistant, cloud: PlaybackCloud
) -> None:
    entry = api_account_entry(cloud.url, [PLANT])
    await async_set_up(hass, entry)
    registry = dr.async_get(hass)
    plant = registry.async_get_device_by_identifier((DOMAIN, PLANT), entry.entry_id)
    inverter = registry.async_get_device_by_identifier(
        (DOMAIN, "SERIAL"), entry.entry_id
    )

    assert plant is not None
    assert plant.name == "Plant A"
    assert plant.entry_type is dr.DeviceEntryType.SERVICE
    assert plant.configuration_url == cloud.url
    assert inverter is not None
    assert inverter.via_device_id == plant.id
    assert inverter.name == "Device-1"
    assert inverter.manufacturer == "Huawei"
    assert inverter.model == "SUN2000-8KTL-M1"
    assert inverter.sw_version == "V100"
    assert inverter.serial_number == "SERIAL"


async def test_devices_carry_their_plant_in_the_name_where_there_are_several(
    hass: HomeAssistant, cloud: PlaybackCloud
) -> None:
    rows = [
        {"plantCode": PLANT, "plantName": "Mill"},
        {"plantCode": "NE=2", "plantName": "Farm"},
    ]
    cloud.answers["stations"] = success(
        {"total": 2, "pageNo": 1, "pageCount": 1, "list": rows}
    )
    await async_set_up(hass, api_account_entry(cloud.url, [PLANT, "NE=2"]))

    names = {device.name for device in dr.async_get(hass).devices}
    assert names == {"FusionSolar", "Mill", "Farm", "Mill Device-1"}


@pytest.mark.parametrize(
    ("interface", "answer", "key"),
    [
        ("stations", Answer(body="", status=502), "server_error"),
        ("stations", recorded("http_200_html_wrongHost.json"), "wrong_server"),
        ("getDevList", recorded("error_20056_dataNull.json"), "owner_not_authorised"),
        (
            "getDevList",
            recorded("error_401_invalidAccess.json"),
            "interface_not_granted",
        ),
        ("login", recorded("error_407_dataString.json"), "too_many_logins"),
    ],
)
async def test_set_up_is_tried_again_with_the_cause(
    hass: HomeAssistant,
    cloud: PlaybackCloud,
    interface: str,
    answer: Answer,
    key: str,
) -> None:
    cloud.answers[interface] = answer
    entry = api_account_entry(cloud.url, [PLANT])
    await async_set_up(hass, entry)

    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.error_reason_translation_key == key
    assert not hass.config_entries.flow.async_progress_by_handler(DOMAIN)


async def test_set_up_with_refused_credentials_asks_for_new_ones(
    hass: HomeAssistant, cloud: PlaybackCloud
) -> None:
    cloud.answers["login"] = REFUSED_LOGIN
    entry = api_account_entry(cloud.url, [PLANT])
    await async_set_up(hass, entry)

    assert entry.state is ConfigEntryState.SETUP_ERROR
    flows = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert [flow["context"]["source"] for flow in flows] == [SOURCE_REAUTH]


@pytest.mark.parametrize(
    ("interface", "key"),
    [("stations", "plants_missing"), ("getDevList", "devices_missing")],
)
async def test_empty_list_at_set_up_is_not_believed(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    cloud: PlaybackCloud,
    interface: str,
    key: str,
) -> None:
    entry = api_account_entry(cloud.url, [PLANT])
    await async_set_up(hass, entry)
    well = cloud.answers[interface]
    cloud.answers[interface] = Answer(body='{"success":true,"failCode":0,"data":null}')
    await async_set_up_anew(hass, entry)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.error_reason_translation_key == key

    cloud.answers[interface] = well
    freezer.tick(timedelta(minutes=6))
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entry.state is ConfigEntryState.LOADED
    assert states_by_key(hass, "SERIAL")["day_cap"] == "5.0"


async def test_plant_without_devices_is_set_up_and_looked_at_again_soon(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, cloud: PlaybackCloud
) -> None:
    listed = cloud.answers["getDevList"]
    cloud.answers["getDevList"] = success([])
    entry = api_account_entry(cloud.url, [PLANT])
    await async_set_up(hass, entry)
    assert entry.state is ConfigEntryState.LOADED

    cloud.answers["getDevList"] = listed
    freezer.tick(timedelta(minutes=31))
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert states_by_key(hass, "SERIAL")["day_cap"] == "5.0"


async def test_account_without_chosen_plants_has_nothing_to_ask_for(
    hass: HomeAssistant, cloud: PlaybackCloud
) -> None:
    entry = api_account_entry(cloud.url, [])
    await async_set_up(hass, entry)

    assert entry.state is ConfigEntryState.LOADED
    assert "getDevList" not in cloud.requests
    assert "getStationRealKpi" not in cloud.requests


async def test_hours_of_failing_set_up_leave_calls_for_the_rest_of_the_day(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, cloud: PlaybackCloud
) -> None:
    listed = cloud.answers["getDevList"]
    cloud.answers["getDevList"] = Answer(body="", status=502)
    entry = api_account_entry(cloud.url, [PLANT])
    await async_set_up(hass, entry)
    for _ in range(4 * 60):
        freezer.tick(timedelta(minutes=1))
        async_fire_time_changed(hass)
        await hass.async_block_till_done(wait_background_tasks=True)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.error_reason_translation_key == "server_error"
    assert cloud.requests.count("stations") == 1
    assert cloud.requests.count("getDevList") <= 22

    cloud.answers["getDevList"] = listed
    for _ in range(26):
        freezer.tick(timedelta(minutes=1))
        async_fire_time_changed(hass)
        await hass.async_block_till_done(wait_background_tasks=True)
    assert entry.state is ConfigEntryState.LOADED


async def test_removed_entry_leaves_nothing_to_the_next(
    hass: HomeAssistant, cloud: PlaybackCloud
) -> None:
    entry = api_account_entry(cloud.url, [PLANT])
    await async_set_up(hass, entry)
    await hass.config_entries.async_remove(entry.entry_id)

    left = {
        str(key): value
        for key, value in hass.data.items()
        if str(key) in ("smartpvms_memories", "smartpvms_set_up_tries")
    }
    assert left == {"smartpvms_memories": {}, "smartpvms_set_up_tries": {}}


async def test_old_plant_list_serves_accounts_without_stations(
    hass: HomeAssistant, cloud: PlaybackCloud
) -> None:
    cloud.answers["stations"] = recorded("error_401_invalidAccess.json")
    cloud.answers["getStationList"] = success(
        {
            "total": 1,
            "pageNo": 1,
            "pageCount": 1,
            "list": [{"stationCode": PLANT, "stationName": "Old", "capacity": 0.009}],
        }
    )
    entry = api_account_entry(cloud.url, [PLANT])
    await async_set_up(hass, entry)

    assert entry.state is ConfigEntryState.LOADED
    assert entry.runtime_data.plants.data[PLANT].capacity == pytest.approx(9.0)


async def test_refused_readings_of_one_kind_cost_the_others_nothing(
    hass: HomeAssistant, cloud: PlaybackCloud
) -> None:
    cloud.answers["getStationRealKpi"] = recorded("error_401_invalidAccess.json")
    entry = api_account_entry(cloud.url, [PLANT])
    await async_set_up(hass, entry)

    assert entry.state is ConfigEntryState.LOADED
    readings = {
        state
        for key, state in states_by_key(hass, PLANT).items()
        if not key.endswith("_alarms")
    }
    assert readings <= {STATE_UNAVAILABLE, "disabled"}
    assert states_by_key(hass, "SERIAL")["day_cap"] == "5.0"


async def test_restart_goes_on_with_the_old_session(
    hass: HomeAssistant, cloud: PlaybackCloud
) -> None:
    entry = api_account_entry(cloud.url, [PLANT])
    await async_set_up(hass, entry)
    await hass.config_entries.async_reload(entry.entry_id)

    assert entry.state is ConfigEntryState.LOADED
    assert cloud.requests.count("login") == 1
    assert set(cloud.tokens[1:]) == {"x-playback"}


async def test_removal_logs_out_and_forgets_the_session(
    hass: HomeAssistant, cloud: PlaybackCloud
) -> None:
    entry = api_account_entry(cloud.url, [PLANT])
    await async_set_up(hass, entry)
    await hass.config_entries.async_remove(entry.entry_id)
    await async_set_up(hass, api_account_entry(cloud.url, [PLANT]))

    assert cloud.requests.count("logout") == 1
    assert cloud.requests.count("login") == 2


async def test_removal_succeeds_while_the_cloud_is_down(
    hass: HomeAssistant, cloud: PlaybackCloud
) -> None:
    entry = api_account_entry(cloud.url, [PLANT])
    await async_set_up(hass, entry)
    cloud.answers["logout"] = Answer(body="", status=502)
    await hass.config_entries.async_remove(entry.entry_id)

    assert not hass.config_entries.async_entries(DOMAIN)


async def test_only_what_the_cloud_lists_no_more_can_be_removed(
    hass: HomeAssistant, cloud: PlaybackCloud
) -> None:
    entry = api_account_entry(cloud.url, [PLANT])
    await async_set_up(hass, entry)
    registry = dr.async_get(hass)
    listed = [
        registry.async_get_device_by_identifier((DOMAIN, key), entry.entry_id)
        for key in (PLANT, "SERIAL")
    ]
    gone = registry.async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={(DOMAIN, "GONE")}
    )

    for device in listed:
        assert device is not None
        assert not await async_remove_config_entry_device(hass, entry, device)
    assert await async_remove_config_entry_device(hass, entry, gone)


async def test_integration_loads_without_an_entry(hass: HomeAssistant) -> None:
    assert await async_setup_component(hass, DOMAIN, {})
    await hass.async_block_till_done()

    assert DOMAIN in hass.config.components


async def test_the_interval_of_former_versions_is_dropped(
    hass: HomeAssistant, cloud: PlaybackCloud
) -> None:
    entry = api_account_entry(cloud.url, [PLANT], update_interval=30)
    await async_set_up(hass, entry)

    assert entry.state is ConfigEntryState.LOADED
    assert "update_interval" not in entry.options
    assert entry.options["plants"] == [PLANT]
    assert (entry.version, entry.minor_version) == (1, 2)


async def test_an_entry_of_a_later_version_is_left_alone(
    hass: HomeAssistant, cloud: PlaybackCloud
) -> None:
    entry = api_account_entry(cloud.url, [PLANT])
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, version=2)
    await hass.config_entries.async_setup(entry.entry_id)

    assert entry.state is ConfigEntryState.MIGRATION_ERROR


async def test_an_entry_of_a_later_minor_version_is_used_as_it_is(
    hass: HomeAssistant, cloud: PlaybackCloud
) -> None:
    entry = api_account_entry(cloud.url, [PLANT], of_a_later_version=True)
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, minor_version=7)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)

    assert entry.state is ConfigEntryState.LOADED
    assert (entry.version, entry.minor_version) == (1, 7)
    assert entry.options["of_a_later_version"] is True


async def test_an_entry_as_the_first_version_stored_it(
    hass: HomeAssistant, cloud: PlaybackCloud
) -> None:
    """It had neither detail nor settings of plants, and an interval."""
    entry = api_account_entry(cloud.url, [PLANT])
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(
        entry,
        options={"plants": [PLANT], "update_interval": 30},
        version=1,
        minor_version=1,
    )
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)

    assert entry.state is ConfigEntryState.LOADED
    assert entry.minor_version == 2
    assert entry.options == {"plants": [PLANT], "detail": "devices"}
