"""Signing in again, and moving an entry to another server or account."""

from dataclasses import replace
from typing import Any

from homeassistant.components.application_credentials import (
    ClientCredential,
    async_import_client_credential,
)
from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigEntryState,
    ConfigFlowResult,
)
from homeassistant.core import HomeAssistant
import pytest

from custom_components.smartpvms.const import DOMAIN
from custom_components.smartpvms.identity import async_remember
from custom_components.smartpvms.northbound.models import Device
from simulator.access.accounts import Account
from simulator.access.owners import Owner as CloudOwner
from tests.conftest import SimulatorFactory
from tests.playback import api_account_entry, async_set_up_anew

from .scripted_cloud import (
    DEVICES,
    PLANTS,
    ScriptedCloud,
    device_row,
    failure,
    plant_row,
    scripted_cloud,
)
from .sign_in import ACCOUNT, Owner, consent
from .test_oauth_connect import callback_of


async def begin(
    hass: HomeAssistant, entry: ConfigEntry, source: str
) -> ConfigFlowResult:
    """Start a flow for an entry; of the menu of reconfiguration take the first item."""
    flow = await hass.config_entries.flow.async_init(
        entry.domain,
        context={"source": source, "entry_id": entry.entry_id},
        data=dict(entry.data) if source == SOURCE_REAUTH else None,
    )
    if source != SOURCE_RECONFIGURE:
        return flow
    assert flow["step_id"] == "reconfigure"
    return await hass.config_entries.flow.async_configure(
        flow["flow_id"], {"next_step_id": flow["menu_options"][0]}
    )


async def test_owner_signs_in_again(hass: HomeAssistant, owner: Owner) -> None:
    entry = await owner.add_by_oauth()
    before = dict(entry.data)
    flow = await begin(hass, entry, SOURCE_REAUTH)
    assert flow["step_id"] == "reauth_confirm"
    flow = await owner.enter(flow, {})
    assert flow["step_id"] == "redirect"
    result = await owner.sign_in(await owner.enter(flow, {}))
    assert result["reason"] == "reauth_successful"
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    assert entry.data["token"] != before["token"]
    assert {**entry.data, "token": 0} == {**before, "token": 0}


async def test_another_owner_is_not_taken(
    hass: HomeAssistant, owner: Owner, simulator_factory: SimulatorFactory
) -> None:
    running = await simulator_factory(plant="home,pv")
    owner = replace(owner, cloud=running.simulator, server=running.url)
    mine, theirs = (plant.code for plant in owner.cloud.plants)
    owner.cloud.owners["owner"].plant_codes = [mine]
    entry = await owner.add_by_oauth()
    token = entry.data["token"]
    owner.cloud.owners.register(
        CloudOwner(name="neighbour", password="word", plant_codes=[theirs])
    )
    flow = await owner.enter(await begin(hass, entry, SOURCE_REAUTH), {})
    flow = await owner.choose(await owner.enter(flow, {}), "browser")
    login = {"user": "neighbour", "password": "word"}
    await owner.come_back(await consent(flow["url"], login=login))
    assert (await owner.enter(flow))["reason"] == "wrong_account"
    assert entry.data["token"] == token


async def test_empty_list_is_not_another_owner(
    hass: HomeAssistant, owner: Owner
) -> None:
    entry = await owner.add_by_oauth()
    known = entry.data["known_plants"]
    owner.cloud.owners["owner"].plant_codes = []
    flow = await owner.enter(await begin(hass, entry, SOURCE_REAUTH), {})
    result = await owner.sign_in(await owner.enter(flow, {}))
    assert result["reason"] == "reauth_successful"
    assert entry.data["known_plants"] == known


@pytest.fixture
async def scripted_entry(elsewhere: Owner, scripted: ScriptedCloud) -> ConfigEntry:
    """Return an entry of an API account at the scripted cloud."""
    scripted.list_plants(plant_row(1), plant_row(2))
    scripted.list_devices(
        device_row(1, plant=1, serial="SN1"), device_row(2, plant=2, serial=None)
    )
    flow = await elsewhere.start("api_account")
    flow = await elsewhere.enter(flow, elsewhere.at_own_server(**ACCOUNT))
    entry = await elsewhere.finish(flow)
    assert entry.data["known_serials"] == ["SN1"]
    return entry


async def sign_in_again(
    hass: HomeAssistant, entry: ConfigEntry, owner: Owner
) -> ConfigFlowResult:
    """Enter the password anew."""
    flow = await begin(hass, entry, SOURCE_REAUTH)
    assert flow["step_id"] == "reauth_password"
    return await owner.enter(flow, {"password": "new"})


@pytest.mark.parametrize("code", [401, 20056, 407])
async def test_refused_list_is_not_another_account(
    *,
    hass: HomeAssistant,
    elsewhere: Owner,
    scripted: ScriptedCloud,
    scripted_entry: ConfigEntry,
    code: int,
) -> None:
    for path in (PLANTS, "/thirdData/getStationList"):
        scripted.refuse(path, code)
    result = await sign_in_again(hass, scripted_entry, elsewhere)
    assert result["reason"] == "reauth_successful"
    assert scripted_entry.data["password"] == "new"
    assert len(scripted_entry.data["known_plants"]) == 2


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((200, failure(20004)), "server_error"),
        ((200, "<html>"), "wrong_server"),
    ],
)
async def test_list_that_fails_is_asked_again(
    *,
    hass: HomeAssistant,
    elsewhere: Owner,
    scripted: ScriptedCloud,
    scripted_entry: ConfigEntry,
    answer: tuple[int, Any],
    error: str,
) -> None:
    kept = scripted.answers[PLANTS]
    scripted.answers[PLANTS] = answer
    flow = await sign_in_again(hass, scripted_entry, elsewhere)
    assert flow["errors"] == {"base": error}
    scripted.answers[PLANTS] = kept
    result = await elsewhere.enter(flow, {"password": "new"})
    assert result["reason"] == "reauth_successful"


@pytest.mark.parametrize(
    ("serial", "reason"), [("SN1", "reauth_successful"), ("SN9", "wrong_account")]
)
async def test_plants_with_other_codes_are_known_by_their_serial_numbers(
    *,
    hass: HomeAssistant,
    elsewhere: Owner,
    scripted: ScriptedCloud,
    scripted_entry: ConfigEntry,
    serial: str,
    reason: str,
) -> None:
    scripted.list_plants(plant_row(71), plant_row(72))
    scripted.list_devices(device_row(1, plant=71, serial=serial))
    result = await sign_in_again(hass, scripted_entry, elsewhere)
    assert result["reason"] == reason
    moved = reason == "reauth_successful"
    # of the second plant no serial number is known: it stays, and may be taken out
    first = "NE=33554071" if moved else "NE=33554001"
    expected = sorted([first, "NE=33554002"])
    assert scripted_entry.options["plants"] == expected


async def test_other_codes_and_no_device_list(
    *,
    hass: HomeAssistant,
    elsewhere: Owner,
    scripted: ScriptedCloud,
    scripted_entry: ConfigEntry,
) -> None:
    scripted.list_plants(plant_row(71))
    scripted.refuse(DEVICES, 401)
    result = await sign_in_again(hass, scripted_entry, elsewhere)
    assert result["reason"] == "wrong_account"


async def test_entry_without_serials_is_known_by_plants_alone(
    hass: HomeAssistant, elsewhere: Owner, scripted: ScriptedCloud
) -> None:
    scripted.list_plants(plant_row(1))
    flow = await elsewhere.start("api_account")
    flow = await elsewhere.enter(flow, elsewhere.at_own_server(**ACCOUNT))
    entry = await elsewhere.finish(flow)
    scripted.list_plants(plant_row(2))
    scripted.sent.clear()
    result = await sign_in_again(hass, entry, elsewhere)
    assert result["reason"] == "wrong_account"
    assert DEVICES not in [path for path, _ in scripted.sent]


async def test_changed_password_starts_a_reauth_and_ends_it(
    hass: HomeAssistant, visitor: Owner
) -> None:
    entry = await visitor.add_by_account()
    account = visitor.cloud.accounts["apiuser"]
    account.system_code = "changed"
    account.token = None
    await async_set_up_anew(hass, entry)
    assert entry.state is ConfigEntryState.SETUP_ERROR
    (progress,) = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert progress["step_id"] == "reauth_password"
    flow = await hass.config_entries.flow.async_configure(
        progress["flow_id"], {"password": "wrong"}
    )
    assert flow["description_placeholders"]["username"] == "apiuser"
    assert flow["errors"] == {"base": "credentials_rejected"}
    result = await visitor.enter(flow, {"password": "changed"})
    assert result["reason"] == "reauth_successful"
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    assert entry.data["password"] == "changed"


async def test_entry_moves_to_another_client_and_redirect(
    hass: HomeAssistant, owner: Owner
) -> None:
    entry = await owner.add_by_oauth()
    identity = entry.unique_id
    client = owner.cloud.oauth.clients["100000001"]
    client.redirect_uris.add("https://example.com/second")
    flow = await begin(hass, entry, SOURCE_RECONFIGURE)
    assert flow["step_id"] == "server"
    flow = await owner.enter(flow, {})
    flow = await owner.enter(flow, {"redirect_uri": "https://example.com/second"})
    flow = await owner.choose(flow, "paste")
    page = flow["description_placeholders"]["authorize_url"]
    result = await owner.enter(flow, {"final_address": str(await consent(page))})
    assert result["reason"] == "reconfigure_successful"
    await hass.async_block_till_done()
    assert entry.data["redirect_uri"] == "https://example.com/second"
    assert entry.state is ConfigEntryState.LOADED
    assert entry.unique_id == identity


async def test_entry_moves_to_another_server(
    *,
    hass: HomeAssistant,
    elsewhere: Owner,
    scripted: ScriptedCloud,
    scripted_entry: ConfigEntry,
) -> None:
    identity = scripted_entry.unique_id
    flow = await begin(hass, scripted_entry, SOURCE_RECONFIGURE)
    assert flow["step_id"] == "reconfigure_account"
    async with scripted_cloud() as moved:
        moved.answers = scripted.answers
        values = {"own_address": moved.url, "password": "word"}
        result = await elsewhere.enter(flow, values)
        await hass.async_block_till_done()
        assert result["reason"] == "reconfigure_successful"
        assert scripted_entry.data["server"] == moved.url
        assert scripted_entry.state is ConfigEntryState.LOADED
    assert scripted_entry.data["username"] == "apiuser"
    assert scripted_entry.unique_id == identity


async def test_entry_moves_to_another_account_of_the_same_plants(
    hass: HomeAssistant, visitor: Owner
) -> None:
    entry = await visitor.add_by_account()
    visitor.cloud.accounts.register(Account(user_name="second", system_code="word"))
    flow = await begin(hass, entry, SOURCE_RECONFIGURE)
    values = visitor.at_own_server(username="second", password="word")
    result = await visitor.enter(flow, values)
    assert result["reason"] == "reconfigure_successful"
    await hass.async_block_till_done()
    assert entry.data["username"] == "second"
    assert entry.state is ConfigEntryState.LOADED


async def test_account_of_another_entry_is_not_taken_over(
    *,
    hass: HomeAssistant,
    elsewhere: Owner,
    scripted: ScriptedCloud,
    scripted_entry: ConfigEntry,
) -> None:
    scripted.list_plants(plant_row(9))
    flow = await elsewhere.start("api_account")
    other = elsewhere.at_own_server(username="second", password="word")
    other_entry = await elsewhere.finish(await elsewhere.enter(flow, other))
    flow = await begin(hass, scripted_entry, SOURCE_RECONFIGURE)
    result = await elsewhere.enter(flow, other)
    assert result["reason"] == "already_configured"
    assert result["description_placeholders"] == {"title": other_entry.title}


async def test_reauth_after_the_credentials_were_deleted(
    hass: HomeAssistant, owner: Owner
) -> None:
    entry = await owner.add_by_oauth()
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, "auth_implementation": "deleted"}
    )
    clients = owner.cloud.oauth.clients
    clients["100000002"] = replace(clients["100000001"], client_id="100000002")
    await async_import_client_credential(
        hass, DOMAIN, ClientCredential("100000002", "simulator-secret"), "another"
    )
    flow = await owner.enter(await begin(hass, entry, SOURCE_REAUTH), {})
    assert flow["step_id"] == "pick_implementation"
    flow = await owner.enter(flow, {"implementation": "another"})
    result = await owner.sign_in(await owner.enter(flow, {}))
    assert result["reason"] == "reauth_successful"
    assert entry.data["auth_implementation"] == "another"
    await hass.async_block_till_done()


async def test_plant_list_of_a_reauth_can_be_tried_again(
    hass: HomeAssistant, elsewhere: Owner, scripted: ScriptedCloud
) -> None:
    scripted.list_plants(plant_row(1))
    flow = await elsewhere.to_consent_page()
    await elsewhere.come_back(callback_of(flow["url"], code="a-code"))
    entry = await elsewhere.finish(await elsewhere.enter(flow))
    flow = await elsewhere.enter(await begin(hass, entry, SOURCE_REAUTH), {})
    flow = await elsewhere.choose(await elsewhere.enter(flow, {}), "browser")
    scripted.refuse(PLANTS, 20004)
    await elsewhere.come_back(callback_of(flow["url"], code="a-code"))
    flow = await elsewhere.enter(flow)
    assert flow["errors"] == {"base": "server_error"}
    scripted.list_plants(plant_row(1))
    result = await elsewhere.enter(flow, elsewhere.at_own_server())
    assert result["reason"] == "reauth_successful"


async def test_two_entries_of_one_owner_share_no_plant(
    hass: HomeAssistant, owner: Owner
) -> None:
    """An API account beside OAuth: the plant is marked and cannot be chosen."""
    entry = await owner.add_by_oauth()
    owner.cloud.owners.register(CloudOwner(name="other", password="word"))
    flow = await owner.start("api_account")
    result = await owner.enter(flow, owner.at_own_server(**ACCOUNT))
    assert result["reason"] == "all_plants_served"
    assert entry.state is ConfigEntryState.LOADED


async def test_rotated_client_secret_is_mended_by_new_credentials(
    hass: HomeAssistant, owner: Owner
) -> None:
    """Credentials in use can be neither changed nor deleted: a second set has to do."""
    entry = await owner.add_by_oauth()
    owner.cloud.oauth.clients["100000001"].client_secret = "rotated"
    rotated = await hass.data["application_credentials"].async_create_item(
        {
            "domain": DOMAIN,
            "client_id": "100000001",
            "client_secret": "rotated",
            "name": "New secret",
        }
    )
    flow = await owner.enter(await begin(hass, entry, SOURCE_REAUTH), {})
    assert flow["step_id"] == "pick_implementation"
    (field,) = flow["data_schema"].schema
    assert field.description == {"suggested_value": "smartpvms"}
    flow = await owner.enter(flow, {"implementation": rotated["id"]})
    result = await owner.sign_in(await owner.enter(flow, {}))
    assert result["reason"] == "reauth_successful"
    await hass.async_block_till_done()
    assert entry.data["auth_implementation"] == rotated["id"]
    assert entry.state is ConfigEntryState.LOADED


async def test_short_list_makes_no_plant_new(
    *,
    hass: HomeAssistant,
    elsewhere: Owner,
    scripted: ScriptedCloud,
    scripted_entry: ConfigEntry,
) -> None:
    scripted.list_plants(plant_row(1), plant_row(5))
    result = await sign_in_again(hass, scripted_entry, elsewhere)
    assert result["reason"] == "reauth_successful"
    known = ["NE=33554001", "NE=33554002", "NE=33554005"]
    assert scripted_entry.data["known_plants"] == known
    assert scripted_entry.options["plants"] == known[:2]


async def test_serial_numbers_that_were_missing_are_learned(
    hass: HomeAssistant, elsewhere: Owner, scripted: ScriptedCloud
) -> None:
    scripted.list_plants(plant_row(1), plant_row(2))
    scripted.refuse(DEVICES, 401)
    flow = await elsewhere.start("api_account")
    flow = await elsewhere.enter(flow, elsewhere.at_own_server(**ACCOUNT))
    result = await elsewhere.enter(flow, {"plants": ["NE=33554001"]})
    entry = result["result"]
    await hass.async_block_till_done()
    assert entry.data["known_serials"] == []
    scripted.list_devices(
        device_row(1, plant=1, serial="SN1"), device_row(2, plant=2, serial="SN2")
    )
    await sign_in_again(hass, entry, elsewhere)
    assert entry.data["known_serials"] == ["SN1"]


async def test_entry_remembers_what_the_cloud_lists_for_it(
    hass: HomeAssistant, scripted_entry: ConfigEntry
) -> None:
    devices = [
        Device(id=3, name="C", type_id=1, plant_code="NE=33554001", serial=serial)
        for serial in ("SN3", None)
    ]
    async_remember(hass, scripted_entry, plant_codes=["NE=7"], devices=devices)
    assert scripted_entry.data["known_serials"] == ["SN1", "SN3"]
    assert "NE=7" in scripted_entry.data["known_plants"]
    assert len(scripted_entry.data["known_plants"]) == 3


async def test_entry_that_was_not_set_up_since_is_known_by_its_serial_numbers(
    hass: HomeAssistant, elsewhere: Owner, scripted: ScriptedCloud
) -> None:
    """Nobody knows which of its plants the device was in: it takes what is there."""
    entry = api_account_entry(scripted.url, ["NE=33554001"])
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, "known_serials": ["SN1"]}
    )
    scripted.list_plants(plant_row(71))
    scripted.list_devices(device_row(1, plant=71, serial="SN1"))
    result = await sign_in_again(hass, entry, elsewhere)

    assert result["reason"] == "reauth_successful"
    assert entry.options["plants"] == ["NE=33554071"]
