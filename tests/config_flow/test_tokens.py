"""The tokens of an entry: refreshed, kept, and given up only for good reason."""

from datetime import timedelta
from typing import Any

from aiohttp import ClientSession
from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ImplementationUnavailableError
from homeassistant.helpers import config_entry_oauth2_flow
import pytest

from custom_components.smartpvms.const import DOMAIN
from custom_components.smartpvms.oauth.short_state import async_get_pending_states
from tests.conftest import advance
from tests.playback import async_set_up_anew

from .scripted_cloud import TOKEN, ScriptedCloud, plant_row, tokens
from .sign_in import BASIC, CONTROL, Owner
from .test_oauth_connect import callback_of

TOKEN_LIFE = timedelta(minutes=60)


def reauths(hass: HomeAssistant) -> int:
    """Return how many entries ask their owner to sign in again."""
    flows = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    return len([flow for flow in flows if flow["context"]["source"] == "reauth"])


@pytest.fixture
async def entry(elsewhere: Owner, scripted: ScriptedCloud) -> ConfigEntry:
    """Return an entry at the scripted cloud, whose token has expired."""
    scripted.list_plants(plant_row(1))
    flow = await elsewhere.to_consent_page()
    await elsewhere.come_back(callback_of(flow["url"], code="a-code"))
    entry = await elsewhere.finish(await elsewhere.enter(flow))
    assert await elsewhere.hass.config_entries.async_unload(entry.entry_id)
    token = entry.data["token"] | {"expires_at": 0}
    elsewhere.hass.config_entries.async_update_entry(
        entry, data={**entry.data, "token": token}
    )
    return entry


async def test_expired_token_is_refreshed_and_on_disk_at_once(
    *,
    hass: HomeAssistant,
    owner: Owner,
    freezer: FrozenDateTimeFactory,
    hass_storage: dict[str, Any],
) -> None:
    entry = await owner.add_by_oauth()
    before = entry.data["token"]
    await advance(hass, owner.cloud, freezer, TOKEN_LIFE)
    after = entry.data["token"]
    assert after["access_token"] != before["access_token"]
    assert after["refresh_token"] != before["refresh_token"]
    assert entry.runtime_data.plant_readings.last_update_success
    kept = hass_storage["smartpvms.tokens"]["data"][entry.entry_id]
    assert kept["token"] == after
    assert before["access_token"] not in str(kept)
    assert reauths(hass) == 0


async def test_token_that_home_assistant_had_no_time_to_store(
    hass: HomeAssistant, owner: Owner, freezer: FrozenDateTimeFactory
) -> None:
    entry = await owner.add_by_oauth()
    stored = dict(entry.data)
    for _ in range(2):
        await advance(hass, owner.cloud, freezer, TOKEN_LIFE)
    newest = entry.data["token"]
    # a crash now leaves the entry as it was when Home Assistant wrote it last
    hass.config_entries.async_update_entry(entry, data=stored)
    await async_set_up_anew(hass, entry)
    assert entry.state is ConfigEntryState.LOADED
    assert entry.data["token"] == newest
    assert reauths(hass) == 0


async def test_token_of_a_new_consent_wins_over_the_kept_one(
    hass: HomeAssistant, owner: Owner, freezer: FrozenDateTimeFactory
) -> None:
    entry = await owner.add_by_oauth()
    await advance(hass, owner.cloud, freezer, TOKEN_LIFE)
    await hass.config_entries.async_unload(entry.entry_id)
    entry.async_start_reauth(hass)
    await hass.async_block_till_done()
    (flow,) = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    flow = await hass.config_entries.flow.async_configure(flow["flow_id"], {})
    result = await owner.sign_in(await owner.enter(flow, {}))
    assert result["reason"] == "reauth_successful"
    await hass.async_block_till_done()
    (grant,) = owner.cloud.oauth.grants
    assert entry.data["token"]["access_token"] == grant.access_token
    assert entry.state is ConfigEntryState.LOADED


async def test_removed_entry_leaves_no_token(
    *,
    hass: HomeAssistant,
    owner: Owner,
    freezer: FrozenDateTimeFactory,
    hass_storage: dict[str, Any],
) -> None:
    entry = await owner.add_by_oauth()
    await advance(hass, owner.cloud, freezer, TOKEN_LIFE)
    assert list(hass_storage["smartpvms.tokens"]["data"]) == [entry.entry_id]
    await hass.config_entries.async_remove(entry.entry_id)
    assert hass_storage["smartpvms.tokens"]["data"] == {}


async def test_rejected_token_is_replaced(
    hass: HomeAssistant, owner: Owner, freezer: FrozenDateTimeFactory
) -> None:
    entry = await owner.add_by_oauth()
    (grant,) = owner.cloud.oauth.grants
    grant.access_token = "replaced elsewhere"
    await advance(hass, owner.cloud, freezer, timedelta(minutes=6))
    assert entry.runtime_data.plant_readings.last_update_success
    assert entry.data["token"]["access_token"] == grant.access_token
    assert reauths(hass) == 0


async def test_withdrawn_consent_asks_the_owner(
    hass: HomeAssistant, owner: Owner, freezer: FrozenDateTimeFactory
) -> None:
    await owner.add_by_oauth()
    owner.cloud.oauth.forget("owner", "100000001")
    await advance(hass, owner.cloud, freezer, TOKEN_LIFE)
    assert reauths(hass) == 1


async def test_change_of_scope_sets_the_entry_up_anew(
    hass: HomeAssistant, owner: Owner, freezer: FrozenDateTimeFactory
) -> None:
    entry = await owner.add_by_oauth()
    before = entry.runtime_data
    await advance(hass, owner.cloud, freezer, TOKEN_LIFE)
    assert entry.runtime_data is before
    (grant,) = owner.cloud.oauth.grants
    grant.scope = BASIC
    await advance(hass, owner.cloud, freezer, TOKEN_LIFE)
    assert entry.state is ConfigEntryState.LOADED
    assert entry.runtime_data is not before
    assert entry.data["token"]["scope"] == BASIC


async def test_change_of_scope_during_the_set_up_needs_no_other(
    hass: HomeAssistant, entry: ConfigEntry, scripted: ScriptedCloud
) -> None:
    answer = tokens(access_token="at-2", scope=f"{BASIC} {CONTROL}")
    scripted.answers[TOKEN] = (200, answer)
    await async_set_up_anew(hass, entry)
    assert entry.state is ConfigEntryState.LOADED
    assert [path for path, _ in scripted.sent].count(TOKEN) == 2


@pytest.mark.parametrize("refresh_token", [None, ""])
async def test_missing_refresh_token_leaves_the_old_one(
    hass: HomeAssistant,
    entry: ConfigEntry,
    scripted: ScriptedCloud,
    refresh_token: str | None,
) -> None:
    answer = tokens(access_token="at-2", refresh_token=refresh_token)
    scripted.answers[TOKEN] = (200, answer)
    await async_set_up_anew(hass, entry)
    assert entry.state is ConfigEntryState.LOADED
    assert entry.data["token"]["access_token"] == "at-2"
    assert entry.data["token"]["refresh_token"] == "rt-scripted"


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, {"error": "1199", "error_description": "try later"}),
        (400, "<html>"),
        (429, ""),
        (500, {"error": "1107", "error_description": "server_error"}),
        (200, "<html>maintenance</html>"),
        (200, {"success": False, "failCode": 407}),
    ],
)
async def test_temporary_refusal_is_no_end_of_the_consent(
    *,
    hass: HomeAssistant,
    entry: ConfigEntry,
    scripted: ScriptedCloud,
    caplog: pytest.LogCaptureFixture,
    status: int,
    body: Any,
) -> None:
    scripted.answers[TOKEN] = (status, body)
    await async_set_up_anew(hass, entry)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert reauths(hass) == 0
    assert "rt-scripted" not in caplog.text
    scripted.answers[TOKEN] = (200, tokens(access_token="at-2"))
    await async_set_up_anew(hass, entry)
    assert entry.state is ConfigEntryState.LOADED


async def test_refused_client_is_believed_after_an_hour(
    hass: HomeAssistant,
    entry: ConfigEntry,
    scripted: ScriptedCloud,
    freezer: FrozenDateTimeFactory,
) -> None:
    scripted.answers[TOKEN] = (401, {"error": "invalid_client"})
    for minutes in (0, 1, 1, 57):
        freezer.tick(timedelta(minutes=minutes))
        await async_set_up_anew(hass, entry)
        assert entry.state is ConfigEntryState.SETUP_RETRY
        assert entry.error_reason_translation_key == "client_refused"
    assert reauths(hass) == 0
    freezer.tick(timedelta(minutes=1))
    await async_set_up_anew(hass, entry)
    assert entry.state is ConfigEntryState.SETUP_ERROR
    assert reauths(hass) == 1


async def test_accepted_client_is_trusted_anew(
    hass: HomeAssistant,
    entry: ConfigEntry,
    scripted: ScriptedCloud,
    freezer: FrozenDateTimeFactory,
) -> None:
    refused = (401, {"error": "invalid_client"})
    scripted.answers[TOKEN] = refused
    await async_set_up_anew(hass, entry)
    await async_set_up_anew(hass, entry)
    scripted.answers[TOKEN] = (200, tokens(access_token="at-2", expires_in=1))
    await async_set_up_anew(hass, entry)
    assert entry.state is ConfigEntryState.LOADED
    freezer.tick(timedelta(hours=2))
    scripted.answers[TOKEN] = refused
    await async_set_up_anew(hass, entry)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert reauths(hass) == 0


async def test_deleted_credentials_ask_the_owner(
    hass: HomeAssistant, entry: ConfigEntry
) -> None:
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, "auth_implementation": "deleted"}
    )
    await async_set_up_anew(hass, entry)
    assert entry.state is ConfigEntryState.SETUP_ERROR
    assert reauths(hass) == 1


async def test_credentials_that_cannot_be_read_now(
    hass: HomeAssistant, visitor: Owner, caplog: pytest.LogCaptureFixture
) -> None:
    async def unavailable(*_: Any) -> list[Any]:
        raise ImplementationUnavailableError("not now")

    config_entry_oauth2_flow.async_add_implementation_provider(
        hass, "test", unavailable
    )
    result = await visitor.start("oauth")
    assert result["reason"] == "oauth_implementation_unavailable"
    assert "not now" in caplog.text


async def test_rule_of_the_callback_leaves_other_requests_alone(owner: Owner) -> None:
    flow = await owner.to_consent_page()
    callback = callback_of(flow["url"], code="1")
    assert (await owner.come_back(callback.with_path("/nowhere", keep_query=True)))[
        0
    ] == 404
    async with ClientSession() as session:
        address = f"{owner.callback_server}{callback.raw_path_qs}"
        async with session.post(address) as response:
            assert response.status == 405
    assert (await owner.come_back(callback))[0] == 200


async def test_rule_of_the_callback_is_registered_once(
    hass: HomeAssistant, owner: Owner
) -> None:
    await owner.to_consent_page()
    await owner.to_consent_page()
    rule = async_get_pending_states(hass)
    path = "/auth/external/callback"
    resources = [
        resource
        for resource in hass.http.app.router.resources()
        if resource.get_info().get("rule") is rule
    ]
    assert [resource.canonical for resource in resources] == [path]
    assert rule.get_info() == {"path": path}
