"""What is held when the cloud leaves something out, fails or lists something new."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
import logging
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.smartpvms.const import DOMAIN

from .conftest import SimulatorFactory, advance
from .playback import (
    PLANT,
    Answer,
    PlaybackCloud,
    api_account_entry,
    async_oauth_entry,
    async_set_up,
    recorded,
    states_by_key,
    success,
)

NOON = datetime(2026, 6, 21, 19, tzinfo=UTC)
BEAT = timedelta(minutes=5, seconds=3)
LISTS = timedelta(hours=6, seconds=3)
TIMEOUT = Answer(body="", status=500)


@pytest.fixture
async def cloud(freezer: FrozenDateTimeFactory) -> AsyncGenerator[PlaybackCloud]:
    """Serve a plant with one inverter that yields 5 kWh, at noon of the test's zone."""
    freezer.move_to(NOON)
    cloud = PlaybackCloud()
    cloud.list_device(1, 38)
    cloud.answers["getDevRealKpi"] = inverter_reading(1, 5.0)
    async with cloud.serve():
        yield cloud


def inverter_reading(device_id: int, yield_today: float) -> Answer:
    """Answer with one inverter's yield."""
    return success(
        [{"devId": device_id, "dataItemMap": {"day_cap": yield_today, "run_state": 1}}]
    )


def device(device_id: int, type_id: int, serial: str) -> dict[str, Any]:
    """Return a row of the device list."""
    return {
        "id": device_id,
        "devName": f"Device-{device_id}",
        "devTypeId": type_id,
        "esnCode": serial,
        "stationCode": PLANT,
    }


def plants(*codes: str) -> Answer:
    """Answer with a list of plants."""
    rows = [{"plantCode": code, "plantName": f"Plant {code}"} for code in codes]
    return success({"total": len(rows), "pageNo": 1, "pageCount": 1, "list": rows})


async def wait(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, delta: timedelta = BEAT
) -> None:
    """Let time pass."""
    freezer.tick(delta)
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)


def yield_today(hass: HomeAssistant) -> str:
    """Return the state of the inverter's yield."""
    return states_by_key(hass, "SERIAL")["day_cap"]


@pytest.mark.parametrize(
    "answer",
    [
        success([]),
        TIMEOUT,
        recorded("error_407_dataString.json"),
        recorded("http_403_quotaControl_api.json"),
        recorded("error_20056_dataNull.json"),
        Answer(body=""),
    ],
    ids=["left out", "down", "too frequent", "overloaded", "not authorised", "empty"],
)
async def test_one_missed_poll_changes_nothing_and_three_make_unavailable(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    cloud: PlaybackCloud,
    answer: Answer,
) -> None:
    await async_set_up(hass, api_account_entry(cloud.url, [PLANT]))
    assert yield_today(hass) == "5.0"

    cloud.answers["getDevRealKpi"] = answer
    for _ in range(2):
        await wait(hass, freezer)
        assert yield_today(hass) == "5.0"
    await wait(hass, freezer)
    assert yield_today(hass) == STATE_UNAVAILABLE

    cloud.answers["getDevRealKpi"] = inverter_reading(1, 6.0)
    for _ in range(13):
        await wait(hass, freezer)
    assert yield_today(hass) == "6.0"


async def test_outage_is_logged_once_down_and_once_up(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    cloud: PlaybackCloud,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await async_set_up(hass, api_account_entry(cloud.url, [PLANT]))
    caplog.clear()
    cloud.answers["getDevRealKpi"] = TIMEOUT
    for _ in range(8):
        await wait(hass, freezer)
    cloud.answers["getDevRealKpi"] = inverter_reading(1, 6.0)
    for _ in range(3):
        await wait(hass, freezer)

    lines = [
        record
        for record in caplog.records
        if record.levelno >= logging.INFO
        and record.name.startswith("custom_components")
    ]
    assert [line.levelname for line in lines] == ["WARNING", "INFO"]
    assert not [line for line in lines if line.exc_info]


async def test_outage_of_everything_is_one_line_too(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    cloud: PlaybackCloud,
    caplog: pytest.LogCaptureFixture,
) -> None:
    cloud.answers["getDevList"] = success([device(1, 38, "SERIAL"), device(2, 39, "B")])
    await async_set_up(hass, api_account_entry(cloud.url, [PLANT]))
    caplog.clear()
    well = dict(cloud.answers)
    cloud.answers |= dict.fromkeys(well, TIMEOUT)
    for _ in range(5):
        await wait(hass, freezer)
    cloud.answers |= well
    for _ in range(2):
        await wait(hass, freezer)

    lines = [
        record
        for record in caplog.records
        if record.levelno >= logging.INFO and "smartpvms" in record.name
    ]
    assert [line.levelname for line in lines] == ["WARNING", "INFO"]
    assert "FusionSolar" in lines[0].message


async def test_refused_plant_is_told_once_and_asked_for_again_within_the_hour(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    simulator_factory: SimulatorFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    cloud = await simulator_factory(plant="pv,string")
    refused, allowed = cloud.simulator.plants
    cloud.simulator.quotas.enabled = False
    entry = api_account_entry(
        cloud.url, [refused.code, allowed.code], password="simulator-password"
    )
    await async_set_up(hass, entry)
    cloud.simulator.faults.enable("owner_access_off", plants=[refused.code])
    for _ in range(12):
        await advance(hass, cloud.simulator, freezer, BEAT)
    lines = [
        record.message
        for record in caplog.records
        if record.levelno >= logging.WARNING and refused.name in record.message
    ]

    assert states_by_key(hass, refused.code)["day_power"] == STATE_UNAVAILABLE
    assert states_by_key(hass, allowed.code)["day_power"] != STATE_UNAVAILABLE
    assert len(lines) == 1
    assert "Access to API" in lines[0]

    cloud.simulator.faults.clear()
    for _ in range(14):
        await advance(hass, cloud.simulator, freezer, BEAT)
    assert states_by_key(hass, refused.code)["day_power"] != STATE_UNAVAILABLE


async def test_reload_goes_on_with_what_was_read(
    hass: HomeAssistant, cloud: PlaybackCloud
) -> None:
    entry = api_account_entry(cloud.url, [PLANT])
    await async_set_up(hass, entry)
    calls = cloud.requests.count("getDevRealKpi")
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)

    assert cloud.requests.count("getDevRealKpi") == calls
    assert yield_today(hass) == "5.0"


async def test_devices_of_the_same_serial_number_both_have_their_sensors(
    hass: HomeAssistant, cloud: PlaybackCloud
) -> None:
    cloud.answers["getDevList"] = success(
        [device(1, 38, "SERIAL"), device(2, 38, "SERIAL")]
    )
    cloud.answers["getDevRealKpi"] = success(
        [{"devId": n, "dataItemMap": {"day_cap": n}} for n in (1, 2)]
    )
    await async_set_up(hass, api_account_entry(cloud.url, [PLANT]))

    assert states_by_key(hass, "SERIAL")["day_cap"] == "1.0"
    assert states_by_key(hass, "2")["day_cap"] == "2.0"


async def test_device_that_gets_another_id_goes_on(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, cloud: PlaybackCloud
) -> None:
    await async_set_up(hass, api_account_entry(cloud.url, [PLANT]))
    cloud.answers["getDevList"] = success([device(-77, 38, "SERIAL")])
    cloud.answers["getDevRealKpi"] = inverter_reading(-77, 8.0)
    await wait(hass, freezer, LISTS)
    await wait(hass, freezer)

    assert yield_today(hass) == "8.0"
    assert "Device--77" in device_names(hass)


async def test_token_endpoint_that_is_down_for_a_poll_changes_nothing(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    simulator_factory: SimulatorFactory,
) -> None:
    cloud = await simulator_factory(plant="pv")
    token = cloud.simulator.oauth.grant()
    entry = await async_oauth_entry(
        hass,
        cloud.url,
        [cloud.simulator.plants[0].code],
        token | {"expires_at": freezer().timestamp() + 3600},
    )
    await async_set_up(hass, entry)
    inverter = cloud.simulator.plants[0].devices[0]
    cloud.simulator.faults.enable("token_temporary_400")
    for _ in range(13):
        await advance(hass, cloud.simulator, freezer, BEAT)
    assert states_by_key(hass, inverter.serial)["day_cap"] != STATE_UNAVAILABLE
    for _ in range(3):
        await advance(hass, cloud.simulator, freezer, BEAT)
    assert states_by_key(hass, inverter.serial)["day_cap"] == STATE_UNAVAILABLE

    cloud.simulator.faults.clear()
    await advance(hass, cloud.simulator, freezer, BEAT)
    assert states_by_key(hass, inverter.serial)["day_cap"] != STATE_UNAVAILABLE


async def test_a_device_that_misses_a_poll_costs_the_others_nothing(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, cloud: PlaybackCloud
) -> None:
    cloud.answers["getDevList"] = success(
        [device(1, 38, "FIRST"), device(2, 38, "SECOND")]
    )
    cloud.answers["getDevRealKpi"] = success(
        [{"devId": n, "dataItemMap": {"day_cap": n}} for n in (1, 2)]
    )
    await async_set_up(hass, api_account_entry(cloud.url, [PLANT]))

    cloud.answers["getDevRealKpi"] = inverter_reading(2, 3.5)
    for _ in range(3):
        await wait(hass, freezer)

    assert states_by_key(hass, "FIRST")["day_cap"] == STATE_UNAVAILABLE
    assert states_by_key(hass, "SECOND")["day_cap"] == "3.5"


async def test_update_on_demand_asks_for_no_second_call_in_the_same_window(
    hass: HomeAssistant, cloud: PlaybackCloud
) -> None:
    entry = api_account_entry(cloud.url, [PLANT])
    await async_set_up(hass, entry)
    calls = cloud.requests.count("getDevRealKpi")
    for _ in range(4):
        await entry.runtime_data.device_readings[38].async_refresh()

    assert cloud.requests.count("getDevRealKpi") == calls
    assert yield_today(hass) == "5.0"


async def test_new_device_of_a_new_type_appears_without_reload(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, cloud: PlaybackCloud
) -> None:
    await async_set_up(hass, api_account_entry(cloud.url, [PLANT]))
    registry = dr.async_get(hass)
    before = {entry.name for entry in registry.devices}

    cloud.answers["getDevList"] = success(
        [device(1, 38, "SERIAL"), device(2, 39, "BATTERY")]
    )
    cloud.answers["getDevRealKpi"] = success(
        [{"devId": 2, "dataItemMap": {"battery_soc": 55.0}}]
    )
    await wait(hass, freezer, LISTS)

    assert states_by_key(hass, "BATTERY")["battery_soc"] == "55.0"
    after = {entry.name for entry in registry.devices}
    assert after - before == {"Device-2"}


def device_names(hass: HomeAssistant) -> set[str | None]:
    """Return what is in the device registry."""
    return {device.name for device in dr.async_get(hass).devices}


@pytest.mark.parametrize(
    "answer",
    [success([]), recorded("error_401_invalidAccess.json"), TIMEOUT],
    ids=["empty", "refused", "down"],
)
async def test_no_device_is_lost_by_an_empty_or_refused_list(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    cloud: PlaybackCloud,
    answer: Answer,
) -> None:
    entry = api_account_entry(cloud.url, [PLANT])
    await async_set_up(hass, entry)
    before = device_names(hass)
    cloud.answers["getDevList"] = answer
    for _ in range(4):
        await wait(hass, freezer, LISTS)

    assert set(entry.runtime_data.devices.data) == {1}
    assert device_names(hass) == before


async def test_device_is_removed_when_a_second_list_lacks_it(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, cloud: PlaybackCloud
) -> None:
    both = success([device(1, 38, "SERIAL"), device(2, 38, "SECOND")])
    cloud.answers["getDevList"] = both
    await async_set_up(hass, api_account_entry(cloud.url, [PLANT]))
    cloud.answers["getDevList"] = success([device(1, 38, "SERIAL")])
    await wait(hass, freezer, LISTS)
    assert {"Device-1", "Device-2"} <= device_names(hass)
    await wait(hass, freezer, LISTS)

    assert "Device-1" in device_names(hass)
    assert "Device-2" not in device_names(hass)
    assert not states_by_key(hass, "SECOND")

    cloud.answers["getDevList"] = both
    cloud.answers["getDevRealKpi"] = inverter_reading(2, 7.0)
    await wait(hass, freezer, LISTS)
    await wait(hass, freezer)
    assert states_by_key(hass, "SECOND")["day_cap"] != STATE_UNAVAILABLE


async def test_device_that_vanished_while_home_assistant_was_down_is_removed_later(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, cloud: PlaybackCloud
) -> None:
    entry = api_account_entry(cloud.url, [PLANT])
    entry.add_to_hass(hass)
    dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={(DOMAIN, "GONE")}, name="Gone"
    )
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert "Gone" in device_names(hass)
    await wait(hass, freezer, LISTS)

    assert "Gone" not in device_names(hass)
    assert "Device-1" in device_names(hass)


async def test_battery_packs_stay_while_their_battery_tells_nothing(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, cloud: PlaybackCloud
) -> None:
    cloud.answers["getDevList"] = success([device(3, 39, "BATTERY")])
    cloud.answers["getDevRealKpi"] = success(
        [
            {
                "devId": 3,
                "dataItemMap": {
                    "battery_unit_info": {"unit1": [{"sn": "PACK", "soh": "98.0%"}]}
                },
            }
        ]
    )
    entry = api_account_entry(cloud.url, [PLANT])
    await async_set_up(hass, entry)
    before = device_names(hass)
    cloud.answers["getDevRealKpi"] = TIMEOUT
    for _ in range(4):
        await wait(hass, freezer, LISTS)
    assert device_names(hass) == before

    cloud.answers["getDevList"] = success([device(1, 38, "SERIAL")])
    for _ in range(3):
        await wait(hass, freezer, LISTS)
    assert device_names(hass) == {"Plant A", "Device-1"}


async def test_plant_is_removed_when_a_second_list_lacks_it(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, cloud: PlaybackCloud
) -> None:
    cloud.answers["stations"] = plants(PLANT, "NE=2")
    entry = api_account_entry(cloud.url, [PLANT, "NE=2"])
    await async_set_up(hass, entry)
    cloud.answers["stations"] = plants(PLANT)
    await wait(hass, freezer, LISTS)
    assert "Plant NE=2" in device_names(hass)
    for _ in range(2):
        await wait(hass, freezer, LISTS)

    assert "Plant NE=2" not in device_names(hass)
    assert entry.options["plants"] == [PLANT, "NE=2"]


async def test_lists_are_read_four_times_a_day(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, cloud: PlaybackCloud
) -> None:
    await async_set_up(hass, api_account_entry(cloud.url, [PLANT]))
    for _ in range(4):
        await wait(hass, freezer, LISTS)

    assert cloud.requests.count("stations") == 5
    assert cloud.requests.count("getDevList") == 5


@pytest.mark.parametrize(
    ("wanted", "served"), [(True, [PLANT, "NE=2"]), (False, [PLANT])]
)
async def test_new_plant_is_taken_in_where_the_user_chose_so(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    cloud: PlaybackCloud,
    wanted: bool,
    served: list[str],
) -> None:
    entry = api_account_entry(cloud.url, [PLANT], add_new_plants=wanted)
    await async_set_up(hass, entry)
    cloud.answers["stations"] = plants(PLANT, "NE=2")
    await wait(hass, freezer, LISTS)

    assert sorted(entry.runtime_data.plants.data) == sorted(served)
    assert entry.options["plants"] == sorted(served)
    assert entry.data["known_plants"] == sorted(served)


async def test_new_plant_of_another_entry_is_left_to_it(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, cloud: PlaybackCloud
) -> None:
    other = api_account_entry(cloud.url, ["NE=2"], username="other")
    other.add_to_hass(hass)
    entry = api_account_entry(cloud.url, [PLANT], add_new_plants=True)
    await async_set_up(hass, entry)
    cloud.answers["stations"] = plants(PLANT, "NE=2")
    await wait(hass, freezer, LISTS)

    assert list(entry.runtime_data.plants.data) == [PLANT]


async def test_plant_that_was_declined_stays_out(
    hass: HomeAssistant, cloud: PlaybackCloud
) -> None:
    entry = api_account_entry(cloud.url, [PLANT], add_new_plants=True)
    hass_data = {**entry.data, "known_plants": [PLANT, "NE=2"]}
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, data=hass_data)
    cloud.answers["stations"] = plants(PLANT, "NE=2")
    await hass.config_entries.async_setup(entry.entry_id)

    assert list(entry.runtime_data.plants.data) == [PLANT]


async def test_rejected_credentials_while_running_ask_for_new_ones(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, cloud: PlaybackCloud
) -> None:
    entry = api_account_entry(cloud.url, [PLANT])
    await async_set_up(hass, entry)
    cloud.answers["getDevRealKpi"] = recorded("error_305_immediately.json")
    cloud.answers["login"] = Answer(
        body='{"success":false,"failCode":20400,"message":"user.login.user_or_value_invalid"}'
    )
    await wait(hass, freezer)

    assert entry.state is ConfigEntryState.LOADED
    flows = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert [flow["context"]["source"] for flow in flows] == [SOURCE_REAUTH]
    logins = cloud.requests.count("login")
    for _ in range(5):
        await wait(hass, freezer)
    assert cloud.requests.count("login") == logins


async def test_session_taken_by_another_client_is_no_reason_for_new_credentials(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, cloud: PlaybackCloud
) -> None:
    await async_set_up(hass, api_account_entry(cloud.url, [PLANT]))
    cloud.answers["getDevRealKpi"] = recorded("error_305_immediately.json")
    for _ in range(3):
        await wait(hass, freezer)

    assert not hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert yield_today(hass) == STATE_UNAVAILABLE


async def test_missing_value_is_unknown_and_not_unavailable(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, cloud: PlaybackCloud
) -> None:
    cloud.tell(1, day_cap=5.0, active_power=1.0)
    await async_set_up(hass, api_account_entry(cloud.url, [PLANT]))
    cloud.tell(1)
    await wait(hass, freezer)

    assert states_by_key(hass, "SERIAL")["active_power"] == STATE_UNKNOWN
    # what was counted stays counted
    assert yield_today(hass) == "5.0"


@pytest.mark.parametrize("serials", [("SERIAL", None), (None, "SERIAL")])
async def test_device_stays_the_same_when_its_serial_number_comes_or_goes(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    cloud: PlaybackCloud,
    serials: tuple[str | None, str | None],
) -> None:
    before, after = (
        success([{**device(1, 38, ""), "devDn": "NE=1", "esnCode": serial}])
        for serial in serials
    )
    cloud.answers["getDevList"] = before
    entry = api_account_entry(cloud.url, [PLANT])
    await async_set_up(hass, entry)
    key = serials[0] or "NE=1"
    assert states_by_key(hass, key)["day_cap"] == "5.0"

    cloud.answers["getDevList"] = after
    for _ in range(3):
        await wait(hass, freezer, LISTS)
    if serials[1]:
        await hass.config_entries.async_reload(entry.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)

    assert [listed.key for listed in entry.runtime_data.devices.data.values()] == [key]
    assert device_names(hass) == {"Plant A", "Device-1"}
    assert states_by_key(hass, key)["day_cap"] != STATE_UNAVAILABLE


async def test_another_serial_number_is_another_device(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, cloud: PlaybackCloud
) -> None:
    await async_set_up(hass, api_account_entry(cloud.url, [PLANT]))
    cloud.answers["getDevList"] = success([device(1, 38, "SUCCESSOR")])
    await wait(hass, freezer, LISTS)

    assert "day_cap" in states_by_key(hass, "SUCCESSOR")


async def test_plant_whose_owner_refuses_keeps_its_devices(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    simulator_factory: SimulatorFactory,
) -> None:
    cloud = await simulator_factory(plant="pv,string")
    refused, allowed = cloud.simulator.plants
    entry = api_account_entry(
        cloud.url, [refused.code, allowed.code], password="simulator-password"
    )
    await async_set_up(hass, entry)
    before = device_names(hass)
    cloud.simulator.faults.enable("device_list_refused", plants=[refused.code])
    for _ in range(5):
        await advance(hass, cloud.simulator, freezer, LISTS)

    assert device_names(hass) == before


async def test_failed_device_list_is_asked_for_again_soon(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, cloud: PlaybackCloud
) -> None:
    await async_set_up(hass, api_account_entry(cloud.url, [PLANT]))
    well = cloud.answers["getDevList"]
    cloud.answers["getDevList"] = TIMEOUT
    await wait(hass, freezer, LISTS)
    calls = cloud.requests.count("getDevList")
    cloud.answers["getDevList"] = well
    await wait(hass, freezer, timedelta(minutes=31))

    assert cloud.requests.count("getDevList") == calls + 1


async def test_hiccup_of_both_lists_removes_no_plant(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, cloud: PlaybackCloud
) -> None:
    cloud.answers["stations"] = plants(PLANT, "NE=2")
    entry = api_account_entry(cloud.url, [PLANT, "NE=2"])
    await async_set_up(hass, entry)
    before = device_names(hass)
    well = dict(cloud.answers)
    cloud.answers["stations"] = plants(PLANT)
    cloud.answers["getDevList"] = TIMEOUT
    await wait(hass, freezer, LISTS)
    cloud.answers |= well
    for _ in range(3):
        await wait(hass, freezer, LISTS)

    assert device_names(hass) == before


async def test_plant_that_was_taken_out_is_gone_after_the_reload(
    hass: HomeAssistant, cloud: PlaybackCloud
) -> None:
    cloud.answers["stations"] = plants(PLANT, "NE=2")
    entry = api_account_entry(cloud.url, [PLANT, "NE=2"])
    await async_set_up(hass, entry)
    assert "Plant NE=2" in device_names(hass)
    hass.config_entries.async_update_entry(
        entry, options={**entry.options, "plants": ["NE=2"]}
    )
    await hass.config_entries.async_reload(entry.entry_id)

    assert device_names(hass) == {"Plant NE=2"}
