"""A new consent kills the older tokens: it must reach the entry of its owner."""

from dataclasses import replace
from datetime import timedelta

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigEntryState,
    ConfigFlowResult,
)
from homeassistant.core import HomeAssistant
import pytest

from simulator.access.owners import Owner as CloudOwner
from tests.conftest import SimulatorFactory, advance
from tests.playback import async_set_up_anew

from .scripted_cloud import (
    DEVICES,
    PLANTS,
    TOKEN,
    ScriptedCloud,
    device_row,
    plant_row,
    scripted_cloud,
    tokens,
)
from .sign_in import Owner, consent
from .test_existing_entries import begin
from .test_oauth_connect import callback_of
from .test_tokens import reauths

POLL = timedelta(minutes=5, seconds=3)


def is_alive(owner: Owner, entry: ConfigEntry) -> bool:
    """Tell whether the cloud takes the token of an entry."""
    token = entry.data["token"]["access_token"]
    return token in [grant.access_token for grant in owner.cloud.oauth.grants]


async def to_menu(
    hass: HomeAssistant, owner: Owner, entry: ConfigEntry, source: str
) -> ConfigFlowResult:
    """Go to the menu before the consent, in a flow for an entry."""
    flow = await owner.enter(await begin(hass, entry, source), {})
    assert flow["step_id"] == "redirect"
    return await owner.enter(flow, {})


async def test_owner_who_is_added_again_keeps_the_entry_alive(
    hass: HomeAssistant, owner: Owner, freezer: FrozenDateTimeFactory
) -> None:
    entry = await owner.add_by_oauth()
    assert (await owner.to_plants())["reason"] == "already_configured"
    await hass.async_block_till_done()
    assert is_alive(owner, entry)
    assert entry.state is ConfigEntryState.LOADED
    await advance(hass, owner.cloud, freezer, POLL)
    assert entry.runtime_data.plant_readings.last_update_success
    assert reauths(hass) == 0


async def test_sign_in_that_proves_another_entry_goes_to_that_one(
    hass: HomeAssistant, owner: Owner, simulator_factory: SimulatorFactory
) -> None:
    """In the flow of my entry the neighbour signs in, who has an entry too."""
    running = await simulator_factory(plant="home,pv")
    owner = replace(owner, cloud=running.simulator, server=running.url)
    mine, theirs = (plant.code for plant in owner.cloud.plants)
    owner.cloud.owners["owner"].plant_codes = [mine]
    entry = await owner.add_by_oauth()
    login = {"user": "neighbour", "password": "word"}
    owner.cloud.owners.register(
        CloudOwner(name="neighbour", password="word", plant_codes=[theirs])
    )
    flow = await owner.to_consent_page()
    await owner.come_back(await consent(flow["url"], login=login))
    other = await owner.finish(await owner.enter(flow))

    flow = await to_menu(hass, owner, entry, SOURCE_REAUTH)
    flow = await owner.choose(flow, "browser")
    await owner.come_back(await consent(flow["url"], login=login))
    assert (await owner.enter(flow))["reason"] == "wrong_account"
    await hass.async_block_till_done()
    assert is_alive(owner, entry)
    assert is_alive(owner, other)
    assert other.state is ConfigEntryState.LOADED


@pytest.mark.parametrize("source", [SOURCE_REAUTH, SOURCE_RECONFIGURE])
async def test_closed_flow_leaves_its_consent_to_the_entry(
    *,
    hass: HomeAssistant,
    owner: Owner,
    freezer: FrozenDateTimeFactory,
    source: str,
) -> None:
    """The plants cannot be listed, and the owner closes the form."""
    entry = await owner.add_by_oauth()
    flow = await to_menu(hass, owner, entry, source)
    flow = await owner.choose(flow, "browser")
    owner.cloud.faults.enable("busy", interface="stations")
    await owner.come_back(await consent(flow["url"]))
    flow = await owner.enter(flow)
    assert flow["step_id"] == "plant_list"
    hass.config_entries.flow.async_abort(flow["flow_id"])
    assert not is_alive(owner, entry)

    # whose consent it is cannot be asked yet, and that is no reason to ask the owner
    await advance(hass, owner.cloud, freezer, POLL)
    assert not entry.runtime_data.device_readings[47].answered
    assert reauths(hass) == 0
    owner.cloud.faults.disable("busy")
    await advance(hass, owner.cloud, freezer, POLL)
    assert is_alive(owner, entry)
    assert entry.runtime_data.device_readings[47].answered
    assert reauths(hass) == 0


async def test_second_sign_in_of_a_new_owner_reaches_the_entry_of_the_first(
    hass: HomeAssistant, owner: Owner
) -> None:
    first = await owner.to_consent_page()
    second = await owner.to_consent_page()
    await owner.come_back(await consent(first["url"]))
    first = await owner.enter(first)
    await owner.come_back(await consent(second["url"]))
    assert (await owner.enter(second))["reason"] == "already_in_progress"
    entry = await owner.finish(first)
    assert entry.state is ConfigEntryState.LOADED
    assert is_alive(owner, entry)
    assert reauths(hass) == 0


# at the scripted cloud, where a token says whose it is


async def sign_in(elsewhere: Owner) -> ConfigFlowResult:
    """Sign in, to what comes after the consent."""
    flow = await elsewhere.to_consent_page()
    await elsewhere.come_back(callback_of(flow["url"], code="a-code"))
    return await elsewhere.enter(flow)


@pytest.fixture
async def entry(elsewhere: Owner, scripted: ScriptedCloud) -> ConfigEntry:
    """Return an entry whose token has expired, and whose consent is dead."""
    scripted.list_plants(plant_row(1))
    scripted.list_devices(device_row(1, plant=1, serial="SN1"))
    entry = await elsewhere.finish(await sign_in(elsewhere))
    assert await elsewhere.hass.config_entries.async_unload(entry.entry_id)
    token = entry.data["token"] | {"expires_at": 0}
    elsewhere.hass.config_entries.async_update_entry(
        entry, data={**entry.data, "token": token}
    )
    return entry


async def close_sign_in(elsewhere: Owner, scripted: ScriptedCloud) -> None:
    """Consent anew in a flow that is closed when no plant can be listed."""
    kept = scripted.answers[PLANTS]
    scripted.answers[TOKEN] = (200, tokens(access_token="at-new"))
    scripted.refuse(PLANTS, 20004)
    flow = await sign_in(elsewhere)
    assert flow["step_id"] == "plant_list"
    elsewhere.hass.config_entries.flow.async_abort(flow["flow_id"])
    scripted.answers[PLANTS] = kept
    scripted.answers[TOKEN] = (400, {"error": "1110"})


async def test_waiting_consent_is_proven_by_the_plants(
    hass: HomeAssistant, elsewhere: Owner, scripted: ScriptedCloud, entry: ConfigEntry
) -> None:
    await close_sign_in(elsewhere, scripted)
    await async_set_up_anew(hass, entry)
    assert entry.state is ConfigEntryState.LOADED
    assert entry.data["token"]["access_token"] == "at-new"
    assert reauths(hass) == 0


async def test_waiting_consent_is_proven_by_serial_numbers(
    hass: HomeAssistant, elsewhere: Owner, scripted: ScriptedCloud, entry: ConfigEntry
) -> None:
    await close_sign_in(elsewhere, scripted)
    scripted.list_plants(plant_row(71))
    scripted.list_devices(device_row(1, plant=71, serial="SN1"))
    await async_set_up_anew(hass, entry)
    assert entry.data["token"]["access_token"] == "at-new"
    assert reauths(hass) == 0


async def test_consent_of_another_owner_is_not_taken_up(
    hass: HomeAssistant, elsewhere: Owner, scripted: ScriptedCloud, entry: ConfigEntry
) -> None:
    await close_sign_in(elsewhere, scripted)
    scripted.list_plants(plant_row(71))
    scripted.list_devices(device_row(1, plant=71, serial="SN9"))
    await async_set_up_anew(hass, entry)
    assert entry.data["token"]["access_token"] == "at-scripted"
    assert reauths(hass) == 1


@pytest.mark.parametrize("code", [401, 20400])
async def test_waiting_consent_that_may_list_nothing_proves_nothing(
    *,
    hass: HomeAssistant,
    elsewhere: Owner,
    scripted: ScriptedCloud,
    entry: ConfigEntry,
    code: int,
) -> None:
    await close_sign_in(elsewhere, scripted)
    for path in (PLANTS, "/thirdData/getStationList"):
        scripted.refuse(path, code)
    await async_set_up_anew(hass, entry)
    assert entry.data["token"]["access_token"] == "at-scripted"
    assert reauths(hass) == 1


async def test_waiting_consent_without_plants_proves_nothing(
    hass: HomeAssistant, elsewhere: Owner, scripted: ScriptedCloud, entry: ConfigEntry
) -> None:
    await close_sign_in(elsewhere, scripted)
    scripted.list_plants()
    await async_set_up_anew(hass, entry)
    assert reauths(hass) == 1


async def test_waiting_consent_is_refreshed_when_it_is_old(
    *,
    hass: HomeAssistant,
    elsewhere: Owner,
    scripted: ScriptedCloud,
    entry: ConfigEntry,
    freezer: FrozenDateTimeFactory,
) -> None:
    await close_sign_in(elsewhere, scripted)
    freezer.tick(timedelta(hours=2))
    # a dead consent refreshes neither the entry nor itself
    await async_set_up_anew(hass, entry)
    assert reauths(hass) == 1
    assert "rt-scripted" in scripted.sent[-1][1]

    await close_sign_in(elsewhere, scripted)
    freezer.tick(timedelta(hours=2))
    scripted.answers_in_turn(
        TOKEN,
        (400, {"error": "1110"}),
        (200, tokens(access_token="at-newest")),
    )
    await async_set_up_anew(hass, entry)
    assert entry.data["token"]["access_token"] == "at-newest"
    assert entry.state is ConfigEntryState.LOADED


async def test_consent_waits_for_a_day(
    *,
    hass: HomeAssistant,
    elsewhere: Owner,
    scripted: ScriptedCloud,
    entry: ConfigEntry,
    freezer: FrozenDateTimeFactory,
) -> None:
    await close_sign_in(elsewhere, scripted)
    freezer.tick(timedelta(days=1))
    # another that is of no use here
    async with scripted_cloud() as other_cloud:
        await close_sign_in(replace(elsewhere, server=other_cloud.url), other_cloud)
    scripted.sent.clear()
    await async_set_up_anew(hass, entry)
    assert scripted.count(TOKEN) == 1
    assert scripted.count(PLANTS) == 0
    assert reauths(hass) == 1


async def test_plants_of_another_cloud_prove_nothing(
    hass: HomeAssistant, elsewhere: Owner, scripted: ScriptedCloud, entry: ConfigEntry
) -> None:
    async with scripted_cloud() as other_cloud:
        other_cloud.answers = dict(scripted.answers)
        flow = await sign_in(replace(elsewhere, server=other_cloud.url))
        await hass.async_block_till_done()
    assert flow["reason"] == "already_configured"
    assert entry.data["server"] == scripted.url
    assert entry.data["token"]["access_token"] == "at-scripted"
    assert entry.state is ConfigEntryState.NOT_LOADED


async def test_home_under_another_code_is_known_by_its_serial_numbers(
    hass: HomeAssistant, elsewhere: Owner, scripted: ScriptedCloud, entry: ConfigEntry
) -> None:
    scripted.list_plants(plant_row(71))
    scripted.list_devices(device_row(1, plant=71, serial="SN1"))
    scripted.answers[TOKEN] = (200, tokens(access_token="at-new"))
    flow = await sign_in(elsewhere)
    assert flow["reason"] == "already_configured"
    await hass.async_block_till_done()
    assert entry.data["token"]["access_token"] == "at-new"


async def test_devices_are_listed_once_for_recognising_and_remembering(
    elsewhere: Owner, scripted: ScriptedCloud, entry: ConfigEntry
) -> None:
    scripted.list_plants(plant_row(1), plant_row(71))
    scripted.list_devices(device_row(1, plant=71, serial="SN9"))
    scripted.sent.clear()
    scripted.list_plants(plant_row(71))
    flow = await sign_in(elsewhere)
    assert flow["step_id"] == "plants"
    result = await elsewhere.enter(flow, {})
    assert result["data"]["known_serials"] == ["SN9"]
    flows = [body for path, body in scripted.sent if path == DEVICES]
    assert len(flows) == 2  # one of the flow, one of the set-up
