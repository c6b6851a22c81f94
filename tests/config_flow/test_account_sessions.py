"""What people try with API accounts in flows, and entries that run beside it."""

from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigEntryState,
)
from homeassistant.core import HomeAssistant
import pytest
from yarl import URL

from custom_components.smartpvms.accounts import async_purge_accounts
from simulator.access.accounts import Account
from tests.conftest import advance

from .scripted_cloud import (
    LOGIN,
    PLANTS,
    ScriptedCloud,
    device_row,
    envelope,
    failure,
    plant_row,
    scripted_cloud,
)
from .sign_in import ACCOUNT, Owner
from .test_existing_entries import begin
from .test_tokens import reauths

POLL = timedelta(minutes=5, seconds=3)
SECOND = {"username": "second", "password": "word"}


def accounts_on_disk(hass_storage: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what the files of accounts hold."""
    return [
        content["data"]
        for name, content in hass_storage.items()
        if name.startswith("smartpvms.account.")
    ]


@pytest.fixture
async def entry(visitor: Owner) -> ConfigEntry:
    """Return an entry of an API account at the simulator."""
    return await visitor.add_by_account()


async def test_typing_error_leaves_the_running_entry_alone(
    *,
    hass: HomeAssistant,
    visitor: Owner,
    entry: ConfigEntry,
    freezer: FrozenDateTimeFactory,
) -> None:
    before = entry.runtime_data.account.session_state
    flow = await begin(hass, entry, SOURCE_RECONFIGURE)
    flow = await visitor.enter(flow, {"password": "typo"})
    assert flow["errors"] == {"base": "credentials_rejected"}
    hass.config_entries.flow.async_abort(flow["flow_id"])
    await advance(hass, visitor.cloud, freezer, POLL)
    after = entry.runtime_data.account.session_state
    assert (after.token, after.refused) == (before.token, None)
    assert entry.runtime_data.plant_readings.answered
    assert reauths(hass) == 0
    assert len(visitor.cloud.requests_to("login")) == 2


async def test_session_at_another_server_stays_there(
    *,
    hass: HomeAssistant,
    visitor: Owner,
    scripted: ScriptedCloud,
    entry: ConfigEntry,
    freezer: FrozenDateTimeFactory,
    hass_storage: dict[str, Any],
) -> None:
    before = entry.runtime_data.account.session_state
    scripted.list_plants(plant_row(9))
    flow = await begin(hass, entry, SOURCE_RECONFIGURE)
    values = {"own_address": scripted.url, **SECOND}
    result = await visitor.enter(flow, values)
    assert result["reason"] == "wrong_account"
    await hass.async_block_till_done()
    assert entry.runtime_data.account.session_state == before
    # nothing of the account that was tried but its log-ins, and these for a day
    assert "x-scripted" not in str(hass_storage)
    sessions = [each["session"] for each in accounts_on_disk(hass_storage)]
    assert [len(each["login_times"]) for each in sessions] == [1, 1]
    await advance(hass, visitor.cloud, freezer, POLL)
    assert entry.runtime_data.plant_readings.answered
    freezer.tick(timedelta(days=1))
    await async_purge_accounts(hass)
    assert len(accounts_on_disk(hass_storage)) == 1


async def test_tries_of_other_users_leave_the_log_ins_of_the_entry(
    hass: HomeAssistant, visitor: Owner, entry: ConfigEntry
) -> None:
    flow = await begin(hass, entry, SOURCE_RECONFIGURE)
    for _ in range(5):
        flow = await visitor.enter(flow, SECOND)
    assert flow["errors"] == {"base": "too_many_logins"}
    assert len(entry.runtime_data.account.session_state.login_times) == 1
    hass.config_entries.flow.async_abort(flow["flow_id"])
    await hass.async_block_till_done()
    # what the cloud counts outlives the flow
    flow = await begin(hass, entry, SOURCE_RECONFIGURE)
    flow = await visitor.enter(flow, SECOND)
    assert flow["errors"] == {"base": "too_many_logins"}
    assert len(visitor.cloud.requests_to("login")) == 5


async def test_poll_waits_for_the_log_in_of_a_flow(
    *,
    hass: HomeAssistant,
    elsewhere: Owner,
    scripted: ScriptedCloud,
    freezer: FrozenDateTimeFactory,
) -> None:
    """The session has ended when the owner enters a new password."""
    scripted.list_plants(plant_row(1))
    flow = await elsewhere.start("api_account")
    flow = await elsewhere.enter(flow, elsewhere.at_own_server(**ACCOUNT))
    entry = await elsewhere.finish(flow)
    client = entry.runtime_data.client
    freezer.tick(timedelta(minutes=26))
    held = scripted.hold(LOGIN)
    flow = await begin(hass, entry, SOURCE_RECONFIGURE)
    step = hass.async_create_task(elsewhere.enter(flow, {"password": "new"}))
    await held.arrived.wait()
    scripted.refuse(LOGIN, 20400)
    poll = hass.async_create_task(client.list_plants())
    held.released.set()
    await poll
    assert (await step)["reason"] == "reconfigure_successful"
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    assert scripted.count(LOGIN) == 2
    assert reauths(hass) == 0


async def test_refusal_of_the_old_password_ends_with_the_new_one(
    *,
    hass: HomeAssistant,
    elsewhere: Owner,
    scripted: ScriptedCloud,
    freezer: FrozenDateTimeFactory,
) -> None:
    scripted.list_plants(plant_row(1))
    flow = await elsewhere.start("api_account")
    flow = await elsewhere.enter(flow, elsewhere.at_own_server(**ACCOUNT))
    entry = await elsewhere.finish(flow)
    scripted.refuse(PLANTS, 305)
    scripted.refuse(LOGIN, 20400)
    with pytest.raises(Exception, match="credentials_rejected"):
        await entry.runtime_data.client.list_plants()
    assert entry.runtime_data.account.session_state.refused == 20400
    # the password in the flow is refused too, and says nothing of the entry's
    flow = await begin(hass, entry, SOURCE_REAUTH)
    flow = await elsewhere.enter(flow, {"password": "typo"})
    assert flow["errors"] == {"base": "credentials_rejected"}
    assert entry.runtime_data.account.session_state.refused == 20400
    scripted.answers[LOGIN] = (200, envelope(None))
    scripted.list_plants(plant_row(1))
    result = await elsewhere.enter(flow, {"password": "new"})
    assert result["reason"] == "reauth_successful"
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    assert entry.runtime_data.account.session_state.refused is None


async def test_moved_entry_goes_on_with_the_session_of_the_flow(
    *,
    hass: HomeAssistant,
    visitor: Owner,
    entry: ConfigEntry,
    hass_storage: dict[str, Any],
) -> None:
    visitor.cloud.accounts.register(Account(user_name="second", system_code="word"))
    flow = await begin(hass, entry, SOURCE_RECONFIGURE)
    result = await visitor.enter(flow, SECOND)
    assert result["reason"] == "reconfigure_successful"
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    assert len(visitor.cloud.requests_to("login")) == 2
    tokens = [each["session"]["token"] for each in accounts_on_disk(hass_storage)]
    assert sorted(token is None for token in tokens) == [False, True]


async def test_moved_entry_blocks_the_account_it_has_and_not_the_one_it_had(
    *,
    hass: HomeAssistant,
    visitor: Owner,
    entry: ConfigEntry,
    scripted: ScriptedCloud,
) -> None:
    elsewhere = visitor
    identity = entry.unique_id
    visitor.cloud.accounts.register(Account(user_name="second", system_code="word"))
    flow = await begin(hass, entry, SOURCE_RECONFIGURE)
    await visitor.enter(flow, SECOND)
    await hass.async_block_till_done()
    assert entry.unique_id == identity
    made = len(visitor.cloud.requests)

    flow = await elsewhere.start("api_account")
    result = await elsewhere.enter(flow, elsewhere.at_own_server(**SECOND))
    assert result["reason"] == "already_configured"
    assert len(visitor.cloud.requests) == made

    # the first account is free again, and its plants are others by now
    flow = await elsewhere.start("api_account")
    hass.config_entries.async_update_entry(
        entry,
        data={**entry.data, "known_plants": [], "known_serials": []},
        options={**entry.options, "plants": []},
    )
    flow = await elsewhere.enter(flow, elsewhere.at_own_server(**ACCOUNT))
    other = await elsewhere.finish(flow)
    assert other.unique_id == f"{identity}_2"
    assert hass.config_entries.async_get_entry(entry.entry_id) is entry
    assert other.state is ConfigEntryState.LOADED


async def test_abandoned_flow_leaves_no_token_on_disk(
    *,
    hass: HomeAssistant,
    elsewhere: Owner,
    scripted: ScriptedCloud,
    hass_storage: dict[str, Any],
    freezer: FrozenDateTimeFactory,
) -> None:
    scripted.list_plants(plant_row(1))
    flow = await elsewhere.start("api_account")
    flow = await elsewhere.enter(flow, elsewhere.at_own_server(**ACCOUNT))
    assert "x-scripted" in str(hass_storage)
    hass.config_entries.flow.async_abort(flow["flow_id"])
    await hass.async_block_till_done()
    assert "x-scripted" not in str(hass_storage)
    (kept,) = accounts_on_disk(hass_storage)
    assert len(kept["session"]["login_times"]) == 1
    freezer.tick(timedelta(days=1, seconds=1))
    await async_purge_accounts(hass)
    assert accounts_on_disk(hass_storage) == []


async def test_internet_that_is_down_uses_up_no_log_in(visitor: Owner) -> None:
    flow = await visitor.start("api_account")
    nowhere = {"server": "other", "own_address": "127.0.0.1:9", **ACCOUNT}
    for _ in range(6):
        flow = await visitor.enter(flow, nowhere)
        assert flow["errors"] == {"base": "server_unreachable"}


async def test_plant_under_another_code_is_marked_by_its_serial_numbers(
    hass: HomeAssistant, elsewhere: Owner, scripted: ScriptedCloud
) -> None:
    scripted.list_plants(plant_row(1), plant_row(2))
    scripted.list_devices(
        device_row(1, plant=1, serial="SN1"), device_row(2, plant=2, serial="SN2")
    )
    flow = await elsewhere.start("api_account")
    flow = await elsewhere.enter(flow, elsewhere.at_own_server(**ACCOUNT))
    await elsewhere.finish(flow)
    async with scripted_cloud() as other_cloud:
        other = {"server": "other", "own_address": other_cloud.url, **ACCOUNT}
        other_cloud.list_plants(plant_row(71))
        other_cloud.list_devices(device_row(1, plant=71, serial="SN2"))
        flow = await elsewhere.start("api_account")
        result = await elsewhere.enter(flow, other)
        assert result["reason"] == "all_plants_served"
        other_cloud.answers[PLANTS] = (200, failure(20200))
        flow = await elsewhere.start("api_account")
        flow = await elsewhere.enter(flow, other)
        other_cloud.list_plants(plant_row(2), plant_row(72))
        flow = await elsewhere.enter(flow, other)
        assert flow["step_id"] == "plants"
        port = URL(other_cloud.url).port
        assert f":{port}_" in str(
            hass.config_entries.flow.async_get(flow["flow_id"])["context"]
        )
