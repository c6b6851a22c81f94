"""The binary sensors in Home Assistant."""

from collections.abc import AsyncGenerator

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import EntityCategory, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest

from custom_components.smartpvms.const import DOMAIN

from .playback import (
    PLANT,
    PlaybackCloud,
    api_account_entry,
    async_next_poll,
    async_set_up,
    states_by_key,
)

DEVICE_ID = 1000000000000001


@pytest.fixture
async def cloud() -> AsyncGenerator[PlaybackCloud]:
    async with PlaybackCloud().serve() as playback:
        yield playback


def connection(hass: HomeAssistant) -> str | None:
    return states_by_key(hass, "SERIAL", Platform.BINARY_SENSOR).get("run_state")


@pytest.mark.parametrize("type_id", [1, 10, 38, 39, 41, 47, 23093])
async def test_connection_of_a_device(
    hass: HomeAssistant, cloud: PlaybackCloud, type_id: int
) -> None:
    cloud.list_device(DEVICE_ID, type_id)
    cloud.tell(DEVICE_ID, run_state=1)
    await async_set_up(hass, api_account_entry(cloud.url, [PLANT]))

    registry = er.async_get(hass)
    entity_id = registry.async_get_entity_id(
        Platform.BINARY_SENSOR, DOMAIN, "SERIAL_run_state"
    )
    assert entity_id is not None
    entity = registry.async_get(entity_id)
    assert entity is not None
    assert entity.entity_category is EntityCategory.DIAGNOSTIC
    state = hass.states.get(entity_id)
    assert state is not None
    assert state.state == "on"
    assert state.attributes["device_class"] == "connectivity"
    assert state.attributes["friendly_name"] == "Device-1 Connectivity"


@pytest.mark.parametrize(
    ("reported", "state"),
    [(1, "on"), (0, "off"), ("1.0", "on"), (2, "unknown"), (None, "unknown")],
)
async def test_only_the_documented_codes_have_a_meaning(
    hass: HomeAssistant, cloud: PlaybackCloud, reported: object, state: str
) -> None:
    cloud.list_device(DEVICE_ID, 38)
    cloud.tell(DEVICE_ID, run_state=reported, active_power=1)
    await async_set_up(hass, api_account_entry(cloud.url, [PLANT]))

    assert connection(hass) == state


@pytest.mark.parametrize("type_id", [17, 23070])
async def test_others_get_one_when_they_report_one(
    hass: HomeAssistant,
    cloud: PlaybackCloud,
    freezer: FrozenDateTimeFactory,
    type_id: int,
) -> None:
    cloud.list_device(DEVICE_ID, type_id)
    cloud.tell(DEVICE_ID, active_power=1)
    entry = api_account_entry(cloud.url, [PLANT])
    await async_set_up(hass, entry)
    assert connection(hass) is None

    cloud.tell(DEVICE_ID, active_power=1, run_state=1)
    await async_next_poll(hass, freezer)
    assert connection(hass) == "on"

    cloud.tell(DEVICE_ID, active_power=1)
    freezer.tick(303)
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert connection(hass) == "unknown"


async def test_devices_without_readings_have_none(
    hass: HomeAssistant, cloud: PlaybackCloud
) -> None:
    cloud.list_device(DEVICE_ID, 62)
    await async_set_up(hass, api_account_entry(cloud.url, [PLANT]))

    assert connection(hass) is None


async def test_a_type_without_readings_is_a_device_and_costs_no_calls(
    hass: HomeAssistant, cloud: PlaybackCloud, freezer: FrozenDateTimeFactory
) -> None:
    cloud.list_device(DEVICE_ID, 2, model="SmartLogger3000", softwareVersion="V300")
    cloud.tell(DEVICE_ID, run_state=1)
    entry = api_account_entry(cloud.url, [PLANT])
    await async_set_up(hass, entry)
    assert connection(hass) is None
    assert states_by_key(hass, "SERIAL") == {}
    logger = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, "SERIAL"), entry.entry_id
    )
    assert logger is not None
    assert (logger.model, logger.sw_version) == ("SmartLogger3000", "V300")

    await async_next_poll(hass, freezer)
    assert "getDevRealKpi" not in cloud.requests
