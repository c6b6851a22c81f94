"""The totals over the plants of an account."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.smartpvms.const import DOMAIN
from tests.playback import (
    PLANT,
    Answer,
    PlaybackCloud,
    api_account_entry,
    async_next_poll,
    async_set_up,
    states_by_key,
    success,
)

OTHER: Final = "NE=2"
FAILED: Final = Answer(body="", status=500)
# in San Diego, where Home Assistant and plants without a place are
AFTERNOON: Final = datetime(2026, 6, 21, 22, tzinfo=UTC)
MIDNIGHT: Final = datetime(2026, 6, 22, 7, tzinfo=UTC)


@pytest.fixture(autouse=True)
def afternoon(freezer: FrozenDateTimeFactory) -> None:
    freezer.move_to(AFTERNOON)


def list_plants(cloud: PlaybackCloud) -> None:
    rows = [{"plantCode": code, "plantName": code} for code in (PLANT, OTHER)]
    cloud.answers["stations"] = success(
        {"total": 2, "pageNo": 1, "pageCount": 1, "list": rows}
    )


def tell_plants(cloud: PlaybackCloud, *values: dict[str, Any]) -> None:
    """Answer with these values of the two plants."""
    cloud.answers["getStationRealKpi"] = success(
        [
            {"stationCode": code, "dataItemMap": items}
            for code, items in zip((PLANT, OTHER), values, strict=False)
        ]
    )


def tell_inverters(cloud: PlaybackCloud, *values: dict[str, Any]) -> None:
    """List an inverter for each of these values, and answer with them."""
    cloud.answers["getDevList"] = success(
        [
            {
                "id": number,
                "devTypeId": 1,
                "esnCode": f"S{number}",
                "stationCode": OTHER,
            }
            for number, _ in enumerate(values, 1)
        ]
    )
    cloud.answers["getDevRealKpi"] = success(
        [
            {"devId": number, "dataItemMap": items}
            for number, items in enumerate(values, 1)
        ]
    )


def totals(hass: HomeAssistant, entry: MockConfigEntry) -> dict[str, str]:
    """Return the states of the account, less how often its feeds are polled."""
    assert entry.unique_id is not None
    states = states_by_key(hass, entry.unique_id)
    return {
        key: state for key, state in states.items() if not key.endswith("_interval")
    }


async def test_totals_over_the_plants(
    hass: HomeAssistant, cloud: PlaybackCloud, freezer: FrozenDateTimeFactory
) -> None:
    list_plants(cloud)
    tell_plants(
        cloud,
        {"day_power": 1.5, "real_health_state": 1},
        {"day_power": "2.25", "real_health_state": 2},
    )
    tell_inverters(
        cloud,
        {"mppt_power": 1.234, "active_power": 1.2, "run_state": 1},
        {"active_power": 2.0},
        {"mppt_power": 5.0, "run_state": 0},
        {"mppt_power": None, "run_state": 1, "inverter_state": 0xA000},
    )
    cloud.answers["getAlarmList"] = success([])
    entry = api_account_entry(cloud.url, [PLANT, OTHER], detail="totals")
    await async_set_up(hass, entry)
    assert entry.unique_id is not None
    assert totals(hass, entry) == {
        "input_power": "3234.0",
        # what was told of a plant that is offline may be of any day
        "daily_yield": "2.25",
        "plants_offline": "1",
        "plants_faulty": "1",
        "active_alarms": "0",
    }

    tell_plants(cloud, {"day_power": 1.5}, {"day_power": 2.25})
    tell_inverters(cloud, *[{"run_state": 1}] * 4)
    await async_next_poll(hass, freezer)
    states = states_by_key(hass, entry.unique_id)
    assert states["input_power"] == "unknown"
    assert states["daily_yield"] == "3.75"
    assert states["plants_offline"] == "unknown"
    assert states["plants_faulty"] == "unknown"


async def test_what_nobody_told_is_unknown(
    hass: HomeAssistant, cloud: PlaybackCloud
) -> None:
    list_plants(cloud)
    tell_plants(cloud, {}, {})
    entry = api_account_entry(cloud.url, [PLANT, OTHER])
    await async_set_up(hass, entry)

    assert entry.unique_id is not None
    states = states_by_key(hass, entry.unique_id)
    assert states["daily_yield"] == "unknown"
    assert states["input_power"] == "unknown"


async def test_the_power_is_unknown_while_that_of_an_inverter_is_missing(
    hass: HomeAssistant, cloud: PlaybackCloud, freezer: FrozenDateTimeFactory
) -> None:
    list_plants(cloud)
    awake = {"mppt_power": 1.0, "run_state": 1}
    tell_inverters(cloud, awake, awake)
    entry = api_account_entry(cloud.url, [PLANT, OTHER], detail="totals")
    await async_set_up(hass, entry)
    assert entry.unique_id is not None
    assert states_by_key(hass, entry.unique_id)["input_power"] == "2000.0"

    cloud.answers["getDevRealKpi"] = success([{"devId": 1, "dataItemMap": awake}])
    for _ in range(3):
        await async_next_poll(hass, freezer)
    assert states_by_key(hass, entry.unique_id)["input_power"] == "unknown"


@pytest.mark.parametrize(
    ("moment", "power"), [(AFTERNOON, "unknown"), (MIDNIGHT, "1000.0")]
)
async def test_an_inverter_that_tells_nothing_sleeps_without_the_sun(
    hass: HomeAssistant,
    cloud: PlaybackCloud,
    freezer: FrozenDateTimeFactory,
    moment: datetime,
    power: str,
) -> None:
    freezer.move_to(moment)
    list_plants(cloud)
    tell_inverters(cloud, {"mppt_power": 1.0}, {"mppt_power": None, "run_state": 1})
    entry = api_account_entry(cloud.url, [PLANT, OTHER], detail="totals")
    await async_set_up(hass, entry)

    assert entry.unique_id is not None
    assert states_by_key(hass, entry.unique_id)["input_power"] == power


async def test_a_plant_without_an_answer_is_offline(
    hass: HomeAssistant, cloud: PlaybackCloud, freezer: FrozenDateTimeFactory
) -> None:
    list_plants(cloud)
    healthy = {"day_power": 1.5, "real_health_state": 3}
    tell_plants(cloud, healthy, healthy)
    entry = api_account_entry(cloud.url, [PLANT, OTHER], detail="totals")
    await async_set_up(hass, entry)
    assert entry.unique_id is not None
    assert states_by_key(hass, entry.unique_id)["plants_offline"] == "0"

    tell_plants(cloud, healthy)
    for _ in range(3):
        await async_next_poll(hass, freezer)
    states = states_by_key(hass, entry.unique_id)
    assert states["plants_offline"] == "1"
    assert states["plants_faulty"] == "0"


async def test_the_account_is_a_service_above_its_plants(
    hass: HomeAssistant, cloud: PlaybackCloud
) -> None:
    list_plants(cloud)
    entry = api_account_entry(cloud.url, [PLANT, OTHER])
    await async_set_up(hass, entry)

    registry = dr.async_get(hass)
    assert entry.unique_id is not None
    account = registry.async_get_device_by_identifier(
        (DOMAIN, entry.unique_id), entry.entry_id
    )
    plant = registry.async_get_device_by_identifier((DOMAIN, OTHER), entry.entry_id)
    assert account is not None
    assert account.entry_type is dr.DeviceEntryType.SERVICE
    assert account.name == "FusionSolar"
    assert plant is not None
    assert plant.via_device_id == account.id


async def test_the_yield_begins_anew_with_each_plants_day(
    hass: HomeAssistant, cloud: PlaybackCloud, freezer: FrozenDateTimeFactory
) -> None:
    list_plants(cloud)
    tell_plants(cloud, {"day_power": 60.0}, {"day_power": 40.0})
    entry = api_account_entry(cloud.url, [PLANT, OTHER])
    await async_set_up(hass, entry)

    async def async_yield_at(moment: datetime) -> str:
        freezer.move_to(moment)
        await async_next_poll(hass, freezer)
        assert entry.unique_id is not None
        return states_by_key(hass, entry.unique_id)["daily_yield"]

    # the cloud keeps yesterday's totals for a while
    assert await async_yield_at(MIDNIGHT - timedelta(minutes=30)) == "100.0"
    assert await async_yield_at(MIDNIGHT + timedelta(minutes=10)) == "0.0"
    tell_plants(cloud, {"day_power": 0.5}, {"day_power": 40.0})
    assert await async_yield_at(MIDNIGHT + timedelta(hours=5)) == "0.5"
    tell_plants(cloud, {"day_power": 0.75}, {"day_power": 0.25})
    assert await async_yield_at(MIDNIGHT + timedelta(hours=6)) == "1.0"


async def test_a_silent_plant_keeps_its_yield_until_its_day_ends(
    hass: HomeAssistant, cloud: PlaybackCloud, freezer: FrozenDateTimeFactory
) -> None:
    list_plants(cloud)
    tell_plants(cloud, {"day_power": 60.0}, {"day_power": 40.0})
    entry = api_account_entry(cloud.url, [PLANT, OTHER])
    await async_set_up(hass, entry)
    tell_plants(cloud, {"day_power": 61.0})
    for _ in range(4):
        await async_next_poll(hass, freezer)
    assert entry.unique_id is not None
    states = states_by_key(hass, entry.unique_id)
    assert states["daily_yield"] == "101.0"
    assert states_by_key(hass, OTHER)["day_power"] == "unavailable"

    tell_plants(cloud, {"day_power": 0.0})
    freezer.move_to(MIDNIGHT + timedelta(minutes=10))
    await async_next_poll(hass, freezer)
    assert states_by_key(hass, entry.unique_id)["daily_yield"] == "0.0"


async def test_the_yield_has_no_statistics(
    hass: HomeAssistant, cloud: PlaybackCloud
) -> None:
    list_plants(cloud)
    tell_plants(cloud, {"day_power": 1.5}, {"day_power": 2})
    entry = api_account_entry(cloud.url, [PLANT, OTHER])
    await async_set_up(hass, entry)

    entity_id = er.async_get(hass).async_get_entity_id(
        "sensor", DOMAIN, f"{entry.unique_id}_daily_yield"
    )
    assert entity_id is not None
    state = hass.states.get(entity_id)
    assert state is not None
    assert state.attributes["device_class"] == "energy"
    assert not state.attributes.keys() & {"state_class", "last_reset"}


async def test_a_single_plant_needs_no_account_and_a_lost_one_takes_it_away(
    hass: HomeAssistant, cloud: PlaybackCloud, freezer: FrozenDateTimeFactory
) -> None:
    list_plants(cloud)
    entry = api_account_entry(cloud.url, [PLANT, OTHER])
    await async_set_up(hass, entry)
    assert totals(hass, entry)

    freezer.tick(303)
    await hass.config_entries.async_unload(entry.entry_id)
    options = {**entry.options, "plants": [PLANT]}
    hass.config_entries.async_update_entry(entry, options=options)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)

    assert totals(hass, entry) == {}
    device = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, entry.unique_id), entry.entry_id
    )
    assert device is None


async def test_values_of_a_cloud_that_fails_are_not_added_up(
    hass: HomeAssistant, cloud: PlaybackCloud, freezer: FrozenDateTimeFactory
) -> None:
    list_plants(cloud)
    tell_plants(cloud, {"day_power": 1.5}, {"day_power": 2})
    tell_inverters(cloud, {"mppt_power": 1.0})
    entry = api_account_entry(cloud.url, [PLANT, OTHER])
    await async_set_up(hass, entry)
    assert entry.unique_id is not None
    assert states_by_key(hass, entry.unique_id)["input_power"] == "1000.0"

    cloud.answers["getDevRealKpi"] = FAILED
    for _ in range(3):
        await async_next_poll(hass, freezer)
    states = states_by_key(hass, entry.unique_id)
    assert states["input_power"] == "unknown"
    assert states["daily_yield"] == "3.5"

    cloud.answers["getStationRealKpi"] = FAILED
    for _ in range(3):
        await async_next_poll(hass, freezer)
    assert states_by_key(hass, entry.unique_id)["daily_yield"] == "unavailable"


async def test_an_update_asks_for_what_the_totals_are_made_of(
    hass: HomeAssistant, cloud: PlaybackCloud, freezer: FrozenDateTimeFactory
) -> None:
    await async_setup_component(hass, "homeassistant", {})
    list_plants(cloud)
    tell_plants(cloud, {"day_power": 1.5}, {"day_power": 2.25})
    tell_inverters(cloud, {"run_state": 1, "mppt_power": 1.2})
    entry = api_account_entry(cloud.url, [PLANT, OTHER], detail="totals")
    await async_set_up(hass, entry)
    tell_plants(cloud, {"day_power": 2.5}, {"day_power": 2.25})
    cloud.answers["getDevRealKpi"] = success(
        [{"devId": 1, "dataItemMap": {"run_state": 1, "mppt_power": 1.3}}]
    )
    # no timer fires, yet the cloud may be asked again
    freezer.tick(300)
    entity_id = er.async_get(hass).async_get_entity_id(
        "sensor", DOMAIN, f"{entry.unique_id}_input_power"
    )

    await hass.services.async_call(
        "homeassistant", "update_entity", {"entity_id": entity_id}, blocking=True
    )
    await hass.async_block_till_done()

    assert entry.unique_id is not None
    states = states_by_key(hass, entry.unique_id)
    assert states["input_power"] == "1300.0"
    assert states["daily_yield"] == "4.75"
