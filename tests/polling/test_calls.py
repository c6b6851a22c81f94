"""What the owner is told of the calls: how many are left, how often each feed is polled."""

from datetime import UTC, datetime, timedelta
from typing import Final

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.sensor import DOMAIN as SENSOR_DOMAIN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er, issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.smartpvms.const import DOMAIN
from simulator import Simulator
from tests.conftest import SimulatorFactory
from tests.playback import api_account_entry, async_set_up

from .living import async_live, async_owner_entry, basic_calls

MORNING: Final = datetime(2026, 6, 21, 8, tzinfo=UTC)
DAY: Final = timedelta(days=1)

pytestmark = [pytest.mark.timeout(240), pytest.mark.usefixtures("hass_storage")]


def value(hass: HomeAssistant, entry: MockConfigEntry, key: str) -> str | None:
    """Return the state of a sensor of the account, None for one that is not there."""
    entity_id = er.async_get(hass).async_get_entity_id(
        SENSOR_DOMAIN, DOMAIN, f"{entry.unique_id}_{key}"
    )
    state = None if entity_id is None else hass.states.get(entity_id)
    return None if state is None else state.state


def minutes(hass: HomeAssistant, entry: MockConfigEntry, key: str) -> float:
    """Return an interval that is known."""
    state = value(hass, entry, key)
    assert state is not None
    return float(state)


def let_another_program_call(simulator: Simulator, calls: int) -> None:
    """Spend calls of the only owner."""
    (owner,) = {key.split()[0] for key in simulator.quotas.used()}
    simulator.quotas.spend(owner, "basic", calls)


async def async_enable_all(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Enable what is disabled, as a user does."""
    registry = er.async_get(hass)
    for entity in er.async_entries_for_config_entry(registry, entry.entry_id):
        if entity.disabled_by is not None:
            registry.async_update_entity(entity.entity_id, disabled_by=None)
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_calls_left_are_those_of_the_last_24_hours(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    simulator_factory: SimulatorFactory,
) -> None:
    running = await simulator_factory(plant="home", start=MORNING)
    simulator = running.simulator
    entry = await async_owner_entry(hass, running)
    await async_live(hass, freezer, simulator, timedelta(minutes=30))

    made = basic_calls(simulator.requests)
    assert made > 20
    assert value(hass, entry, "calls_left") == str(1000 - made)
    assert value(hass, entry, "control_calls_left") == "100"
    assert value(hass, entry, "devices_38_interval") is None


async def test_each_feed_tells_how_often_it_is_polled(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    simulator_factory: SimulatorFactory,
) -> None:
    running = await simulator_factory(plant="home", start=MORNING)
    entry = await async_owner_entry(hass, running)
    await async_enable_all(hass, entry)
    await async_live(hass, freezer, running.simulator, timedelta(minutes=10))

    for type_id in (38, 39, 47):
        assert minutes(hass, entry, f"devices_{type_id}_interval") == 5
    # what is not live yields
    assert 5 < minutes(hass, entry, "plants_interval") <= 240
    assert 5 < minutes(hass, entry, "alarms_interval") <= 360
    assert minutes(hass, entry, "device_list_interval") >= 360
    state = hass.states.get("sensor.home_berlin_update_interval_battery")
    assert state is not None
    assert state.name == "Home Berlin Update interval: Battery"


async def test_an_api_account_has_no_number_of_calls(
    hass: HomeAssistant, simulator_factory: SimulatorFactory
) -> None:
    """Each interface of an API account has a window of its own."""
    running = await simulator_factory(plant="home", start=MORNING)
    entry = api_account_entry(
        running.url,
        [running.simulator.plants[0].code],
        password="simulator-password",
        detail="devices",
    )
    await async_set_up(hass, entry)
    assert value(hass, entry, "calls_left") is None
    await async_enable_all(hass, entry)
    assert minutes(hass, entry, "devices_38_interval") == 5


async def test_too_few_calls_are_told_and_no_more_when_they_are_back(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    simulator_factory: SimulatorFactory,
    issue_registry: ir.IssueRegistry,
) -> None:
    """Another program has taken the calls of the owner."""
    running = await simulator_factory(plant="home", start=MORNING)
    simulator = running.simulator
    entry = await async_owner_entry(hass, running)
    await async_enable_all(hass, entry)
    issue_id = f"calls_short_{entry.entry_id}"
    assert issue_registry.async_get_issue(DOMAIN, issue_id) is None

    let_another_program_call(simulator, 985)
    await async_live(hass, freezer, simulator, timedelta(minutes=20))
    refused = [record for record in simulator.requests if record.fail_code]
    # one refusal is enough to know
    assert len(refused) == 1
    assert value(hass, entry, "calls_left") == "0"
    # not at once: it may be over soon
    assert issue_registry.async_get_issue(DOMAIN, issue_id) is None

    await async_live(hass, freezer, simulator, timedelta(minutes=40))
    issue = issue_registry.async_get_issue(DOMAIN, issue_id)
    assert issue is not None
    assert issue.translation_placeholders is not None
    assert int(issue.translation_placeholders["minutes"]) > 15
    assert issue.translation_placeholders["calls"] == "1000"

    await async_live(hass, freezer, simulator, 2 * DAY)
    assert issue_registry.async_get_issue(DOMAIN, issue_id) is None
    assert minutes(hass, entry, "devices_47_interval") <= 15


async def test_the_repair_goes_with_the_entry(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    simulator_factory: SimulatorFactory,
    issue_registry: ir.IssueRegistry,
) -> None:
    running = await simulator_factory(plant="home", start=MORNING)
    simulator = running.simulator
    entry = await async_owner_entry(hass, running)
    let_another_program_call(simulator, 980)
    await async_live(hass, freezer, simulator, timedelta(hours=1))
    issue_id = f"calls_short_{entry.entry_id}"
    assert issue_registry.async_get_issue(DOMAIN, issue_id) is not None

    await hass.config_entries.async_unload(entry.entry_id)
    assert issue_registry.async_get_issue(DOMAIN, issue_id) is None
