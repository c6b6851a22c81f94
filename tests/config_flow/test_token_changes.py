"""Tokens that change while something else happens: none is lost, none comes back."""

import asyncio
from datetime import timedelta
import logging
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigEntryState,
)
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import (
    OAuth2TokenRequestConnectionError,
    OAuth2TokenRequestTransientError,
)
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.smartpvms.oauth import async_get_bearer_authentication
from tests.playback import async_set_up_anew

from .scripted_cloud import (
    PLANTS,
    TOKEN,
    Held,
    ScriptedCloud,
    plant_row,
    scripted_cloud,
    tokens,
)
from .sign_in import Owner
from .test_existing_entries import begin
from .test_oauth_connect import callback_of
from .test_tokens import TOKEN_LIFE, reauths

POLL = timedelta(minutes=5, seconds=3)


@pytest.fixture
async def entry(
    elsewhere: Owner, scripted: ScriptedCloud, hass: HomeAssistant
) -> ConfigEntry:
    """Return a running entry, whose next refresh brings at-2 and rt-2."""
    scripted.list_plants(plant_row(1))
    flow = await elsewhere.to_consent_page()
    await elsewhere.come_back(callback_of(flow["url"], code="a-code"))
    entry = await elsewhere.finish(await elsewhere.enter(flow))
    assert entry.state is ConfigEntryState.LOADED
    answer = tokens(access_token="at-2", refresh_token="rt-2")
    scripted.answers[TOKEN] = (200, answer)
    scripted.sent.clear()
    scripted.bearers.clear()
    return entry


async def refresh_by_a_poll(
    hass: HomeAssistant, scripted: ScriptedCloud, freezer: FrozenDateTimeFactory
) -> Held:
    """Let a poll find the token expired, and return when its refresh is under way."""
    held = scripted.hold(TOKEN)
    freezer.tick(TOKEN_LIFE)
    async_fire_time_changed(hass)
    await held.arrived.wait()
    return held


def kept_token(hass_storage: dict[str, Any], entry: ConfigEntry) -> str:
    """Return the access token that is on disk."""
    kept = hass_storage["smartpvms.tokens"]["data"][entry.entry_id]
    return str(kept["token"]["access_token"])


@pytest.mark.parametrize("answered_first", [True, False])
async def test_refresh_survives_the_unload_that_cancels_the_poll(
    *,
    hass: HomeAssistant,
    scripted: ScriptedCloud,
    entry: ConfigEntry,
    freezer: FrozenDateTimeFactory,
    hass_storage: dict[str, Any],
    answered_first: bool,
) -> None:
    held = await refresh_by_a_poll(hass, scripted, freezer)
    if answered_first:
        held.released.set()
    assert await hass.config_entries.async_unload(entry.entry_id)
    held.released.set()
    await hass.async_block_till_done()
    assert entry.data["token"]["refresh_token"] == "rt-2"
    assert kept_token(hass_storage, entry) == "at-2"
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert scripted.count(TOKEN) == 1
    assert reauths(hass) == 0


async def test_refused_refresh_that_nobody_waits_for_is_no_error_in_the_log(
    *,
    hass: HomeAssistant,
    scripted: ScriptedCloud,
    entry: ConfigEntry,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    scripted.answers[TOKEN] = (500, {"error": "1107"})
    held = await refresh_by_a_poll(hass, scripted, freezer)
    assert await hass.config_entries.async_unload(entry.entry_id)
    held.released.set()
    await hass.async_block_till_done()
    assert "never retrieved" not in caplog.text
    assert "ERROR" not in [record.levelname for record in caplog.records]


async def test_refreshes_at_once_are_one(
    *,
    hass: HomeAssistant,
    scripted: ScriptedCloud,
    entry: ConfigEntry,
    freezer: FrozenDateTimeFactory,
) -> None:
    held = await refresh_by_a_poll(hass, scripted, freezer)
    # another that speaks for the same entry, as one from before a reload may
    other = await async_get_bearer_authentication(hass, entry)
    call = hass.async_create_task(other.headers())
    held.released.set()
    assert await call == {"Authorization": "Bearer at-2"}
    await hass.async_block_till_done(wait_background_tasks=True)
    assert scripted.count(TOKEN) == 1


async def test_refresh_that_home_assistant_cancels_ends_those_who_wait(
    hass: HomeAssistant,
    scripted: ScriptedCloud,
    entry: ConfigEntry,
    freezer: FrozenDateTimeFactory,
) -> None:
    await refresh_by_a_poll(hass, scripted, freezer)
    (task,) = (
        task
        for task in asyncio.all_tasks()
        if task.get_name() == "smartpvms token refresh"
    )
    task.cancel()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert task.cancelled()
    assert reauths(hass) == 0
    # the next that needs a token does not wait for the one that is gone
    await entry.runtime_data.client.list_plants()
    assert entry.data["token"]["access_token"] == "at-2"


async def test_consent_that_was_taken_up_and_refreshed_is_not_set_back(
    *,
    hass: HomeAssistant,
    elsewhere: Owner,
    scripted: ScriptedCloud,
    entry: ConfigEntry,
    freezer: FrozenDateTimeFactory,
) -> None:
    """The form of the flow stays open while the entry goes on with its consent."""
    freezer.tick(TOKEN_LIFE - timedelta(minutes=1))
    flow = await elsewhere.enter(await begin(hass, entry, SOURCE_RECONFIGURE), {})
    flow = await elsewhere.choose(await elsewhere.enter(flow, {}), "browser")
    scripted.answers[TOKEN] = (200, tokens(access_token="at-consent"))
    plants = scripted.answers[PLANTS]
    scripted.refuse(PLANTS, 20004)
    await elsewhere.come_back(callback_of(flow["url"], code="a-code"))
    flow = await elsewhere.enter(flow)
    assert flow["step_id"] == "plant_list"
    scripted.answers[PLANTS] = plants
    scripted.answers_in_turn(
        TOKEN,
        (400, {"error": "1110"}),
        (200, tokens(access_token="at-3", refresh_token="rt-3")),
    )
    for access_token, minutes in (("at-consent", 1), ("at-3", 60)):
        freezer.tick(timedelta(minutes=minutes))
        await entry.runtime_data.client.list_plants()
        assert entry.data["token"]["access_token"] == access_token
    result = await elsewhere.enter(flow, {})
    assert result["reason"] == "reconfigure_successful"
    await hass.async_block_till_done()
    assert entry.data["token"]["refresh_token"] == "rt-3"
    assert entry.state is ConfigEntryState.LOADED


async def test_refresh_that_ends_after_a_new_consent_does_not_replace_it(
    *,
    hass: HomeAssistant,
    elsewhere: Owner,
    scripted: ScriptedCloud,
    entry: ConfigEntry,
    hass_storage: dict[str, Any],
    freezer: FrozenDateTimeFactory,
) -> None:
    held = await refresh_by_a_poll(hass, scripted, freezer)
    flow = await elsewhere.enter(await begin(hass, entry, SOURCE_RECONFIGURE), {})
    flow = await elsewhere.choose(await elsewhere.enter(flow, {}), "browser")
    scripted.answers[TOKEN] = (200, tokens(access_token="at-consent"))
    await elsewhere.come_back(callback_of(flow["url"], code="a-code"))
    result = await elsewhere.enter(flow)
    assert result["reason"] == "reconfigure_successful"
    held.released.set()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entry.data["token"]["access_token"] == "at-consent"
    assert kept_token(hass_storage, entry) == "at-consent"
    assert entry.state is ConfigEntryState.LOADED


async def test_refresh_that_a_new_consent_made_fail_is_no_reauth(
    *,
    hass: HomeAssistant,
    elsewhere: Owner,
    scripted: ScriptedCloud,
    entry: ConfigEntry,
    freezer: FrozenDateTimeFactory,
) -> None:
    scripted.answers[TOKEN] = (400, {"error": "1110"})
    held = await refresh_by_a_poll(hass, scripted, freezer)
    flow = await elsewhere.enter(await begin(hass, entry, SOURCE_RECONFIGURE), {})
    flow = await elsewhere.choose(await elsewhere.enter(flow, {}), "browser")
    scripted.answers[TOKEN] = (200, tokens(access_token="at-consent"))
    await elsewhere.come_back(callback_of(flow["url"], code="a-code"))
    result = await elsewhere.enter(flow)
    assert result["reason"] == "reconfigure_successful"
    held.released.set()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entry.data["token"]["access_token"] == "at-consent"
    assert reauths(hass) == 0


async def test_entry_that_is_removed_during_a_refresh_leaves_no_token(
    *,
    hass: HomeAssistant,
    scripted: ScriptedCloud,
    entry: ConfigEntry,
    hass_storage: dict[str, Any],
    freezer: FrozenDateTimeFactory,
) -> None:
    held = await refresh_by_a_poll(hass, scripted, freezer)
    await hass.config_entries.async_remove(entry.entry_id)
    held.released.set()
    await hass.async_block_till_done()
    assert hass_storage["smartpvms.tokens"]["data"] == {}


async def test_token_that_is_not_on_disk_is_written_with_the_next_use(
    *,
    hass: HomeAssistant,
    scripted: ScriptedCloud,
    entry: ConfigEntry,
    hass_storage: dict[str, Any],
) -> None:
    token = entry.data["token"] | {"access_token": "at-unwritten"}
    hass.config_entries.async_update_entry(entry, data={**entry.data, "token": token})
    await entry.runtime_data.client.list_plants()
    assert kept_token(hass_storage, entry) == "at-unwritten"
    assert scripted.bearers == ["Bearer at-unwritten"]


async def test_token_of_another_server_is_not_sent_to_the_one_before(
    *,
    hass: HomeAssistant,
    elsewhere: Owner,
    scripted: ScriptedCloud,
    entry: ConfigEntry,
) -> None:
    before = entry.runtime_data.client
    flow = await begin(hass, entry, SOURCE_RECONFIGURE)
    async with scripted_cloud() as moved:
        moved.list_plants(plant_row(1))
        moved.answers[TOKEN] = (200, tokens(access_token="at-moved"))
        flow = await elsewhere.enter(flow, {"own_address": moved.url})
        flow = await elsewhere.choose(await elsewhere.enter(flow, {}), "browser")
        await elsewhere.come_back(callback_of(flow["url"], code="a-code"))
        result = await elsewhere.enter(flow)
        assert result["reason"] == "reconfigure_successful"
        await hass.async_block_till_done()
        assert entry.state is ConfigEntryState.LOADED
    with pytest.raises(OAuth2TokenRequestConnectionError):
        await before.list_plants()
    assert "Bearer at-moved" not in scripted.bearers


async def test_rejected_token_is_not_used_again_where_none_replaces_it(
    *,
    hass: HomeAssistant,
    scripted: ScriptedCloud,
    entry: ConfigEntry,
    freezer: FrozenDateTimeFactory,
) -> None:
    """A call with it would count for nothing."""
    scripted.answers[TOKEN] = (500, {"error": "1107"})
    scripted.refuse(PLANTS, 305)
    client = entry.runtime_data.client
    for _ in range(2):
        with pytest.raises(OAuth2TokenRequestTransientError):
            await client.list_plants()
    assert scripted.count(PLANTS) == 1
    assert scripted.count(TOKEN) == 2


@pytest.mark.parametrize(
    ("answer", "state", "key", "words"),
    [
        (
            (400, {"error": "1110"}),
            ConfigEntryState.SETUP_ERROR,
            "consent_ended",
            "The consent was withdrawn",
        ),
        (
            (500, {"error": "1107"}),
            ConfigEntryState.SETUP_RETRY,
            "token_refused",
            "refused to renew the access (code 1107)",
        ),
        (
            (200, "<html>"),
            ConfigEntryState.SETUP_RETRY,
            "token_unavailable",
            "did not answer, or not with a token",
        ),
        (
            (200, tokens(access_token="a\nb")),
            ConfigEntryState.SETUP_RETRY,
            "token_unavailable",
            "did not answer, or not with a token",
        ),
    ],
)
async def test_failed_refresh_is_told_in_words_and_without_an_address(
    *,
    hass: HomeAssistant,
    scripted: ScriptedCloud,
    entry: ConfigEntry,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
    answer: tuple[int, Any],
    state: ConfigEntryState,
    key: str,
    words: str,
) -> None:
    caplog.set_level(logging.INFO)
    caplog.clear()
    scripted.answers[TOKEN] = answer
    freezer.tick(TOKEN_LIFE)
    await async_set_up_anew(hass, entry)
    assert entry.state is state
    assert words in (entry.reason or "")
    told = [
        record.getMessage()
        for record in caplog.records
        if record.levelno > logging.INFO
    ]
    for each in (*told, entry.reason or ""):
        assert scripted.url not in each
        assert "message=" not in each
    if state is ConfigEntryState.SETUP_RETRY:
        assert entry.error_reason_translation_key == key
