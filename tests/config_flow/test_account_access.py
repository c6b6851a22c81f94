"""Adding an entry with an API account, and what can be wrong with one."""

from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
import pytest
from yarl import URL

from .scripted_cloud import (
    DEVICES,
    LOGIN,
    OLD_PLANTS,
    PLANTS,
    ScriptedCloud,
    envelope,
    failure,
    plant_row,
)
from .sign_in import ACCOUNT, Owner


async def test_installers_account_is_added(hass: HomeAssistant, visitor: Owner) -> None:
    plant = visitor.cloud.plants[0]
    entry = await visitor.add_by_account()
    assert entry.state is ConfigEntryState.LOADED
    assert entry.unique_id == f"127.0.0.1:{URL(visitor.server).port}_apiuser"
    assert dict(entry.data) == {
        "access": "api_account",
        "known_plants": [plant.code],
        "known_serials": sorted(each.serial for each in plant.devices if each.serial),
        "password": "simulator-password",
        "server": visitor.server,
        "username": "apiuser",
    }
    # the entry goes on with the session of the flow
    assert len(visitor.cloud.requests_to("login")) == 1


async def test_account_is_added_once(hass: HomeAssistant, visitor: Owner) -> None:
    entry = await visitor.add_by_account()
    flow = await visitor.start("api_account")
    result = await visitor.enter(flow, visitor.at_own_server(**ACCOUNT))
    assert result["reason"] == "already_configured"
    assert result["description_placeholders"] == {"title": entry.title}
    assert len(visitor.cloud.requests_to("login")) == 1


async def test_wrong_password_can_be_corrected(visitor: Owner) -> None:
    flow = await visitor.start("api_account")
    wrong = visitor.at_own_server(username=" apiuser ", password="wrong")
    flow = await visitor.enter(flow, wrong)
    assert flow["errors"] == {"base": "credentials_rejected"}
    flow = await visitor.enter(flow, visitor.at_own_server(**ACCOUNT))
    assert flow["step_id"] == "plants"


async def test_fifth_log_in_in_ten_minutes_is_not_tried(
    visitor: Owner, freezer: FrozenDateTimeFactory
) -> None:
    flow = await visitor.start("api_account")
    wrong = visitor.at_own_server(username="apiuser", password="wrong")
    for _ in range(5):
        flow = await visitor.enter(flow, wrong)
    assert flow["errors"] == {"base": "too_many_logins"}
    assert flow["description_placeholders"]["retry_at"] == "10:40"
    assert len(visitor.cloud.requests_to("login")) == 4
    freezer.tick(timedelta(minutes=11))
    visitor.cloud.clock.step(timedelta(minutes=11))
    flow = await visitor.enter(flow, visitor.at_own_server(**ACCOUNT))
    assert flow["step_id"] == "plants"


async def test_account_without_any_plant(visitor: Owner) -> None:
    visitor.cloud.accounts["apiuser"].plant_codes = []
    flow = await visitor.start("api_account")
    flow = await visitor.enter(flow, visitor.at_own_server(**ACCOUNT))
    assert flow["errors"] == {"base": "no_plants"}


@pytest.mark.parametrize(
    ("path", "status", "body", "error"),
    [
        (LOGIN, 200, "<html>portal</html>", "wrong_server"),
        (LOGIN, 404, "not here", "wrong_server"),
        (LOGIN, 200, failure(407), "too_many_logins"),
        (LOGIN, 200, failure(20001), "account_unknown"),
        (LOGIN, 200, failure(20002), "account_disabled"),
        (LOGIN, 200, failure(20003), "account_expired"),
        (LOGIN, 200, failure(20403), "login_restricted"),
        (LOGIN, 500, "", "server_error"),
        (PLANTS, 200, failure(20056), "owner_not_authorised"),
        (PLANTS, 200, failure(407), "call_quota_exhausted"),
        (PLANTS, 429, "", "cloud_overloaded"),
        (PLANTS, 200, failure(20200), "server_busy"),
        (PLANTS, 200, envelope("nonsense"), "no_plants"),
    ],
)
async def test_each_failure_is_told_apart(
    *,
    elsewhere: Owner,
    scripted: ScriptedCloud,
    path: str,
    status: int,
    body: Any,
    error: str,
) -> None:
    scripted.answers[path] = (status, body)
    flow = await elsewhere.start("api_account")
    flow = await elsewhere.enter(flow, elsewhere.at_own_server(**ACCOUNT))
    assert flow["step_id"] == "api_account"
    assert flow["errors"] == {"base": error}


async def test_server_that_is_not_there(visitor: Owner) -> None:
    flow = await visitor.start("api_account")
    nowhere = {"server": "other", "own_address": "127.0.0.1:9", **ACCOUNT}
    flow = await visitor.enter(flow, nowhere)
    assert flow["errors"] == {"base": "server_unreachable"}


async def test_own_address_is_checked(visitor: Owner) -> None:
    flow = await visitor.start("api_account")
    for address, error in (
        ("", "invalid_address"),
        ("http://[", "invalid_address"),
        ("https://user:word@example.com", "invalid_address"),
        ("http://example.com", "https_required"),
        ("http://8.8.8.8", "https_required"),
    ):
        values = {"server": "other", "own_address": address, **ACCOUNT}
        flow = await visitor.enter(flow, values)
        assert flow["errors"] == {"own_address": error}, address


async def test_interface_that_is_not_ticked_falls_back_to_the_old_list(
    elsewhere: Owner, scripted: ScriptedCloud
) -> None:
    scripted.refuse(PLANTS, 401)
    flow = await elsewhere.start("api_account")
    scripted.refuse(OLD_PLANTS, 401)
    flow = await elsewhere.enter(flow, elsewhere.at_own_server(**ACCOUNT))
    assert flow["errors"] == {"base": "interface_not_granted"}


async def test_old_plant_list_serves_where_the_new_one_is_refused(
    elsewhere: Owner, scripted: ScriptedCloud
) -> None:
    scripted.refuse(PLANTS, 401)
    row = {"stationCode": "NE=1", "stationName": "Old", "capacity": 0.0098}
    scripted.answers[OLD_PLANTS] = (200, envelope([row]))
    flow = await elsewhere.start("api_account")
    flow = await elsewhere.enter(flow, elsewhere.at_own_server(**ACCOUNT))
    entry = await elsewhere.finish(flow)
    assert (entry.title, entry.options["plants"]) == ("Old", ["NE=1"])


async def test_refused_device_list_leaves_the_serials_unknown(
    elsewhere: Owner, scripted: ScriptedCloud
) -> None:
    scripted.list_plants(plant_row(1))
    scripted.refuse(DEVICES, 401)
    flow = await elsewhere.start("api_account")
    flow = await elsewhere.enter(flow, elsewhere.at_own_server(**ACCOUNT))
    entry = await elsewhere.finish(flow)
    assert entry.data["known_serials"] == []
