"""Credentials that are refused or shared: who is told what, and that it goes away."""

from datetime import timedelta
import json
from typing import Any, Final

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.repairs import repairs_flow_manager
from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.core import DOMAIN as HOME_ASSISTANT, HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.smartpvms.const import DOMAIN
from simulator.access.accounts import Account
from tests.conftest import RunningSimulator
from tests.plant_control.house import (
    House,
    async_build_account_house,
    async_build_house,
)
from tests.playback import (
    PLANT,
    Answer,
    PlaybackCloud,
    api_account_entry,
    async_set_up,
)

CLIENT: Final = "100000001"


def repairs(hass: HomeAssistant) -> dict[str, dict[str, str]]:
    """Return what our repairs fill into their words, by key."""
    return {
        str(issue.translation_key): issue.translation_placeholders or {}
        for (domain, issue_id), issue in ir.async_get(hass).issues.items()
        if domain == DOMAIN and not issue_id.startswith("meter_")
    }


def sign_ins(hass: HomeAssistant) -> int:
    """Return how many sign-ins are asked for, which are a repair of Home Assistant's too."""
    flows = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    issues = [
        issue_id
        for domain, issue_id in ir.async_get(hass).issues
        if domain == HOME_ASSISTANT and issue_id.startswith("config_entry_reauth")
    ]
    assert len(issues) == len(flows)
    return len(flows)


@pytest.fixture
async def house(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, simulator: RunningSimulator
) -> House:
    """Return a house that came by an API account."""
    return await async_build_account_house(hass, freezer, simulator, history=False)


@pytest.fixture
async def owned(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, simulator: RunningSimulator
) -> House:
    """Return a house that came by OAuth Connect, without control."""
    return await async_build_house(
        hass, freezer, simulator, history=False, control=False
    )


def account_of(house: House) -> Account:
    return house.cloud.accounts["apiuser"]


@pytest.mark.parametrize("kind", ["disabled", "expired"])
async def test_account_that_is_let_in_again_heals_by_itself(
    hass: HomeAssistant, house: House, kind: str
) -> None:
    key, account = f"account_{kind}", account_of(house)
    setattr(account, kind, True)
    account.token = None
    await house.pass_time(10, step=5)
    assert repairs(hass)[key]["username"] == "apiuser"
    assert sign_ins(hass) == 1
    logins = len(house.cloud.requests_to("login"))
    await house.pass_time(5 * 60, step=60)
    assert len(house.cloud.requests_to("login")) == logins
    await house.pass_time(90, step=30)
    assert len(house.cloud.requests_to("login")) == logins + 1
    assert key in repairs(hass)

    setattr(account, kind, False)
    await house.pass_time(7 * 60, step=60)
    assert repairs(hass) == {}
    assert sign_ins(hass) == 0
    assert house.entry.state is ConfigEntryState.LOADED
    assert house.entry.runtime_data.plant_readings.last_update_success


async def test_account_of_an_entry_that_is_switched_off_is_left_alone(
    hass: HomeAssistant, house: House
) -> None:
    account = account_of(house)
    account.disabled = True
    account.token = None
    await house.pass_time(10, step=5)
    assert "account_disabled" in repairs(hass)

    await hass.config_entries.async_set_disabled_by(
        house.entry.entry_id, ConfigEntryDisabler.USER
    )
    account.disabled = False
    calls = house.calls()
    await house.pass_time(13 * 60, step=60)
    assert house.calls() == calls


@pytest.mark.parametrize(
    ("code", "key"), [(20001, "account_unknown"), (20403, "login_restricted")]
)
async def test_account_that_was_never_let_in(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, code: int, key: str
) -> None:
    cloud = PlaybackCloud()
    welcome = cloud.answers["login"]
    cloud.answers["login"] = Answer(
        body=json.dumps({"success": False, "failCode": code, "data": None})
    )
    async with cloud.serve():
        entry = api_account_entry(cloud.url, [PLANT], history=False)
        await async_set_up(hass, entry)
        assert entry.state is ConfigEntryState.SETUP_ERROR
        assert list(repairs(hass)) == [key]
        assert sign_ins(hass) == 1

        cloud.answers["login"] = welcome
        freezer.tick(timedelta(hours=6, minutes=1))
        async_fire_time_changed(hass)
        await hass.async_block_till_done(wait_background_tasks=True)
        assert entry.state is ConfigEntryState.LOADED
        assert repairs(hass) == {}
        assert sign_ins(hass) == 0


async def submit(hass: HomeAssistant) -> dict[str, Any]:
    """Submit the repair of the account."""
    assert await async_setup_component(hass, "repairs", {})
    (issue_id,) = [
        issue_id
        for domain, issue_id in ir.async_get(hass).issues
        if domain == DOMAIN and issue_id.startswith("credentials_account")
    ]
    manager = repairs_flow_manager(hass)
    assert manager is not None
    flow: Any = await manager.async_init(DOMAIN, context={"issue_id": issue_id})
    assert flow["step_id"] == "confirm"
    assert flow["description_placeholders"]["title"] == "FusionSolar"
    result: Any = await manager.async_configure(flow["flow_id"], {})
    await hass.async_block_till_done(wait_background_tasks=True)
    return dict(result)


async def test_repair_tries_again_when_it_is_submitted(
    hass: HomeAssistant, house: House
) -> None:
    account = account_of(house)
    account.expired, account.token = True, None
    await house.pass_time(10, step=5)
    tried = await submit(hass)
    assert tried["reason"] == "tried"
    assert "has expired" in tried["description_placeholders"]["reason"]
    assert "account_expired" in repairs(hass)

    account.expired = False
    assert (await submit(hass))["type"] == "create_entry"
    assert repairs(hass) == {}
    assert sign_ins(hass) == 0
    assert house.entry.state is ConfigEntryState.LOADED


async def test_locked_account_is_not_tried_by_itself(
    hass: HomeAssistant, house: House
) -> None:
    """Five wrong passwords lock an account: only a person may try."""
    account = account_of(house)
    account.token = None
    account.locked_until = house.cloud.clock.now() + timedelta(minutes=30)
    await house.pass_time(10, step=5)
    assert "credentials_rejected" in repairs(hass)
    logins = len(house.cloud.requests_to("login"))
    await house.pass_time(12 * 60, step=60)
    assert len(house.cloud.requests_to("login")) == logins

    assert (await submit(hass))["type"] == "create_entry"
    assert repairs(hass) == {}


async def test_sign_in_says_what_the_cloud_says(
    hass: HomeAssistant, house: House
) -> None:
    account = account_of(house)
    account.disabled, account.token = True, None
    await house.pass_time(10, step=5)
    (progress,) = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    flow = await hass.config_entries.flow.async_configure(progress["flow_id"])

    assert flow["description_placeholders"]["username"] == "apiuser"
    assert "is disabled" in flow["description_placeholders"]["reason"]


async def test_repairs_go_with_the_entry(hass: HomeAssistant, house: House) -> None:
    account = account_of(house)
    account.disabled, account.token = True, None
    await house.pass_time(10, step=5)
    assert repairs(hass)
    logins = len(house.cloud.requests_to("login"))
    await hass.config_entries.async_remove(house.entry.entry_id)
    await house.pass_time(7 * 60, step=60)

    assert repairs(hass) == {}
    assert len(house.cloud.requests_to("login")) == logins


async def test_account_that_something_else_uses_gets_a_truce(
    hass: HomeAssistant, house: House
) -> None:
    MockConfigEntry(domain="fusion_solar", title="Their roof").add_to_hass(hass)
    await house.pass_time(10, step=5)
    # the other one logs in whenever its session is gone, each few minutes
    logins = len(house.cloud.requests_to("login"))
    for _ in range(24):
        account_of(house).token = "of the other one"
        await house.pass_time(5)
    shared = repairs(hass)["account_shared"]
    ours = len(house.cloud.requests_to("login")) - logins

    assert "Their roof" in shared["found"]
    # without a truce it would be 24
    assert ours <= 6
    assert sign_ins(hass) == 0

    # the other one is gone: values come again, and two hours later the repair goes
    await house.pass_time(75, step=5)
    assert house.entry.runtime_data.plant_readings.last_update_success
    await house.pass_time(3 * 60, step=30)
    assert repairs(hass) == {}


async def test_account_that_was_shared_from_the_start(
    hass: HomeAssistant, house: House
) -> None:
    """Where sessions live on for longer at times, it is not the cloud that ends them."""
    for minute in range(4 * 60):
        if minute % 12 == 7:
            account_of(house).token = "of the other one"
        await house.pass_time(1)
        if "account_shared" in repairs(hass):
            break

    assert "account_shared" in repairs(hass)


@pytest.mark.parametrize("step", [1, 3.5])
async def test_cloud_that_ends_idle_sessions_early_is_not_shared(
    hass: HomeAssistant, house: House, step: float
) -> None:
    house.cloud.faults.enable("session_of_five_minutes")
    ended = failures = 0
    while ended < 30:
        await house.pass_time(step, step=step)
        assert repairs(hass) == {}
        failures += not house.entry.runtime_data.plant_readings.last_update_success
        ended = sum(each.fail_code == 305 for each in house.cloud.requests)

    assert failures == 0
    assert sign_ins(hass) == 0


async def test_session_that_ends_once_is_no_matter(
    hass: HomeAssistant, house: House
) -> None:
    await house.pass_time(10, step=5)
    account_of(house).token = "the cloud was restarted"
    await house.pass_time(10, step=5)

    assert repairs(hass) == {}
    assert house.entry.runtime_data.plant_readings.last_update_success


async def sign_in_again(house: House) -> None:
    token = house.cloud.oauth.grant()
    expires = house.cloud.clock.now().timestamp() + int(token["expires_in"])
    house.hass.config_entries.async_update_entry(
        house.entry,
        data={**house.entry.data, "token": {**token, "expires_at": expires}},
    )
    await house.hass.config_entries.async_reload(house.entry.entry_id)
    await house.pass_time(10, step=5)


async def test_consent_that_ends_is_asked_for_again_and_no_more(
    hass: HomeAssistant, owned: House
) -> None:
    await owned.pass_time(90, step=30)
    owned.cloud.oauth.forget("owner", CLIENT)
    await owned.pass_time(10, step=5)
    assert repairs(hass) == {}
    assert sign_ins(hass) == 1

    await owned.reload()
    await owned.pass_time(10, step=5)
    assert repairs(hass) == {}
    assert sign_ins(hass) == 1


async def test_consent_that_ends_again_names_what_may_use_it_too(
    hass: HomeAssistant, owned: House
) -> None:
    await owned.pass_time(90, step=30)
    owned.cloud.oauth.forget("owner", CLIENT)
    await owned.pass_time(10, step=5)
    await sign_in_again(owned)
    assert repairs(hass) == {}
    assert sign_ins(hass) == 0

    await owned.pass_time(90, step=30)
    owned.cloud.oauth.forget("owner", CLIENT)
    await owned.pass_time(10, step=5)
    assert "no other FusionSolar" in repairs(hass)["consent_shared"]["found"]
    assert sign_ins(hass) == 1

    await sign_in_again(owned)
    assert repairs(hass) == {}
    assert sign_ins(hass) == 0


async def test_consent_that_was_not_used_for_long_may_just_have_expired(
    hass: HomeAssistant, owned: House
) -> None:
    await hass.config_entries.async_unload(owned.entry.entry_id)
    owned.freezer.tick(timedelta(days=3))
    owned.cloud.clock.step(timedelta(days=3))
    owned.cloud.oauth.forget("owner", CLIENT)
    await hass.config_entries.async_setup(owned.entry.entry_id)
    await owned.pass_time(10, step=5)

    assert sign_ins(hass) == 1
    assert "consent_shared" not in repairs(hass)


async def test_control_that_is_wanted_and_not_granted_is_a_repair(
    hass: HomeAssistant, owned: House
) -> None:
    token = owned.cloud.oauth.grant(scope="pvms.openapi.basic")
    expires = owned.cloud.clock.now().timestamp() + int(token["expires_in"])
    hass.config_entries.async_update_entry(
        owned.entry,
        data={**owned.entry.data, "token": {**token, "expires_at": expires}},
    )
    await owned.reload()
    assert repairs(hass) == {}
    owned.change_options(control=True)
    await owned.reload()
    assert repairs(hass) == {"control_not_granted": {"title": "FusionSolar"}}

    # the owner grants it: the next refresh tells
    token = owned.cloud.oauth.grant()
    hass.config_entries.async_update_entry(
        owned.entry,
        data={**owned.entry.data, "token": {**token, "expires_at": expires}},
    )
    await owned.reload()
    assert repairs(hass) == {}


async def test_repair_about_control_goes_with_the_wish(
    hass: HomeAssistant, owned: House
) -> None:
    hass.config_entries.async_update_entry(
        owned.entry,
        data={
            **owned.entry.data,
            "token": {**owned.entry.data["token"], "scope": "pvms.openapi.basic"},
        },
    )
    owned.change_options(control=True)
    await owned.reload()
    assert "control_not_granted" in repairs(hass)
    owned.change_options(control=False)
    await owned.reload()
    assert repairs(hass) == {}
