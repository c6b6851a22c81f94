"""What an account keeps across restarts, crashes and the removal of its entry."""

from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest

from custom_components.smartpvms.accounts import (
    account_key,
    async_create_http_session,
    async_forget_account,
    async_get_account,
    async_purge_accounts,
    async_release_account,
    unique_id_for,
)
from custom_components.smartpvms.northbound.auth import Access, SessionState
from custom_components.smartpvms.northbound.interfaces import Interface

from .playback import PLANT, PlaybackCloud, api_account_entry, async_set_up

KEY = "eu5.fusionsolar.huawei.com_apiuser"


def account_files(hass_storage: dict[str, Any]) -> dict[str, Any]:
    """Return what accounts wrote to disk, by file."""
    return {
        name: content["data"]
        for name, content in hass_storage.items()
        if name.startswith("smartpvms.account.")
    }


@pytest.fixture
async def cloud() -> AsyncGenerator[PlaybackCloud]:
    """Serve a plant without devices."""
    async with (cloud := PlaybackCloud()).serve():
        yield cloud


@pytest.mark.parametrize(
    ("server", "key"),
    [
        ("https://eu5.fusionsolar.huawei.com", "eu5.fusionsolar.huawei.com_x"),
        ("https://pvms.example:8443", "pvms.example:8443_x"),
        ("http://127.0.0.1:8765", "127.0.0.1:8765_x"),
    ],
)
def test_key_names_server_and_account(server: str, key: str) -> None:
    assert unique_id_for(server, "x") == key


async def test_calls_are_on_disk_before_they_leave(
    hass: HomeAssistant, hass_storage: dict[str, Any], cloud: PlaybackCloud
) -> None:
    await async_set_up(hass, api_account_entry(cloud.url, [PLANT]))
    (stored,) = account_files(hass_storage).values()

    assert len(stored["ledger"]["booked"]["stations"]) == 1
    assert len(stored["ledger"]["booked"]["getStationRealKpi"]) == 1
    assert stored["session"]["token"] == "x-playback"
    assert len(stored["session"]["login_times"]) == 1


async def test_file_name_tells_neither_user_nor_server(
    hass: HomeAssistant, hass_storage: dict[str, Any]
) -> None:
    account = await async_get_account(hass, KEY, Access.OAUTH)
    await account.ledger.book(Interface.PLANTS)

    (name,) = account_files(hass_storage)
    assert "apiuser" not in name
    assert "huawei" not in name


async def test_entry_and_flow_share_ledger_and_session(hass: HomeAssistant) -> None:
    first = await async_get_account(hass, KEY, Access.API_ACCOUNT)
    second = await async_get_account(hass, KEY, Access.API_ACCOUNT)
    await first.async_save_session(SessionState(token="x-shared"))

    assert second.session_state.token == "x-shared"
    assert second.ledger is first.ledger


async def test_damaged_file_counts_as_nothing_known(
    hass: HomeAssistant, hass_storage: dict[str, Any]
) -> None:
    account = await async_get_account(hass, KEY, Access.OAUTH)
    await account.ledger.book(Interface.PLANTS)
    await async_forget_account(hass, KEY)
    (name,) = account_files(hass_storage)
    hass_storage[name]["data"] = {"ledger": ["no"], "session": 7}
    account = await async_get_account(hass, KEY, Access.OAUTH)

    assert account.session_state == SessionState()
    assert account.ledger.remaining(Interface.PLANTS) == 1000


async def test_ledger_outlives_the_entry_by_a_day(
    hass: HomeAssistant, hass_storage: dict[str, Any], freezer: FrozenDateTimeFactory
) -> None:
    account = await async_get_account(hass, KEY, Access.OAUTH)
    await account.ledger.book(Interface.PLANTS, 10)
    await account.async_save_session(SessionState(token="x-secret"))
    await async_forget_account(hass, KEY)
    freezer.tick(timedelta(hours=23))
    await async_purge_accounts(hass)

    assert "x-secret" not in str(account_files(hass_storage))
    again = await async_get_account(hass, KEY, Access.OAUTH)
    assert again.ledger.remaining(Interface.PLANTS) == 990


async def test_ledger_of_a_removed_entry_is_deleted_after_a_day(
    hass: HomeAssistant, hass_storage: dict[str, Any], freezer: FrozenDateTimeFactory
) -> None:
    kept = await async_get_account(hass, "kept", Access.OAUTH)
    await kept.ledger.book(Interface.PLANTS)
    removed = await async_get_account(hass, KEY, Access.OAUTH)
    await removed.ledger.book(Interface.PLANTS)
    await async_forget_account(hass, KEY)
    freezer.tick(timedelta(hours=25))
    await async_purge_accounts(hass)

    assert len(account_files(hass_storage)) == 1


async def test_account_that_comes_back_is_not_deleted(
    hass: HomeAssistant, hass_storage: dict[str, Any], freezer: FrozenDateTimeFactory
) -> None:
    account = await async_get_account(hass, KEY, Access.OAUTH)
    await account.ledger.book(Interface.PLANTS)
    await async_forget_account(hass, KEY)
    await async_get_account(hass, KEY, Access.OAUTH)
    freezer.tick(timedelta(hours=25))
    await async_purge_accounts(hass)

    assert len(account_files(hass_storage)) == 1


async def test_account_that_a_flow_tried_is_forgotten_and_that_of_an_entry_is_not(
    hass: HomeAssistant, hass_storage: dict[str, Any], cloud: PlaybackCloud
) -> None:
    entry = api_account_entry(cloud.url, [PLANT])
    await async_set_up(hass, entry)
    tried = await async_get_account(hass, KEY, Access.API_ACCOUNT)
    await tried.async_save_session(SessionState(token="x-tried", login_times=(1.0,)))
    for key in (KEY, account_key(entry), "never used"):
        await async_release_account(hass, key)

    sessions = [each["session"] for each in account_files(hass_storage).values()]
    assert {each["token"] for each in sessions} == {None, "x-playback"}
    assert [1.0] in [each["login_times"] for each in sessions]
    again = await async_get_account(hass, KEY, Access.API_ACCOUNT)
    assert again.session_state == SessionState(login_times=(1.0,))


async def test_key_follows_an_entry_that_moves(hass: HomeAssistant) -> None:
    entry = api_account_entry("https://pvms.example", [PLANT])
    entry.add_to_hass(hass)
    assert account_key(entry) == entry.unique_id
    data = {**entry.data, "username": "second"}
    hass.config_entries.async_update_entry(entry, data=data)
    assert account_key(entry) == "pvms.example_second"


async def test_http_session_keeps_no_cookies(hass: HomeAssistant) -> None:
    session = async_create_http_session(hass)
    session.cookie_jar.update_cookies({"XSRF-TOKEN": "x-log-in"})

    assert not list(session.cookie_jar)
