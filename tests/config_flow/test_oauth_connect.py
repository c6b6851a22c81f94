"""Adding an entry by OAuth Connect."""

from datetime import timedelta
import re
from typing import Any, override

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.application_credentials import (
    ClientCredential,
    async_import_client_credential,
)
from homeassistant.config_entries import ConfigEntryState, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import config_entry_oauth2_flow
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import (
    MockModule,
    mock_config_flow,
    mock_integration,
    mock_platform,
)
from yarl import URL

from custom_components.smartpvms.const import DOMAIN
from simulator.access.owners import Owner as CloudOwner
from tests.conftest import RunningSimulator

from .scripted_cloud import PLANTS, TOKEN, ScriptedCloud, plant_row, tokens
from .sign_in import BASIC, CONTROL, Owner, consent, open_page

REDIRECT = "https://example.com/auth/external/callback"


def callback_of(page: str, **query: str) -> URL:
    """Return the callback of a consent page with this outcome."""
    state = URL(page).query["state"]
    return URL(REDIRECT).with_query({"state": state, **query})


async def test_owner_adds_plant_in_the_browser(
    hass: HomeAssistant, owner: Owner
) -> None:
    plant = owner.cloud.plants[0]
    flow = await owner.to_consent_page()
    page = URL(flow["url"])
    assert flow["url"].startswith(owner.server)
    assert page.path == "/rest/dp/uidm/oauth2/v1/authorize"
    assert re.fullmatch("[A-Za-z0-9]{32}", page.query["state"])
    assert f"scope={BASIC}%20{CONTROL}" in flow["url"]
    assert page.query["redirect_uri"] == REDIRECT
    status, text = await owner.come_back(await consent(flow["url"]))
    assert (status, "window.close" in text) == (200, True)
    entry = await owner.finish(await owner.enter(flow))

    assert entry.state is ConfigEntryState.LOADED
    assert entry.title == plant.name
    assert entry.unique_id == f"127.0.0.1:{URL(owner.server).port}_{plant.code}"
    data = dict(entry.data)
    token = data.pop("token")
    assert data == {
        "access": "oauth",
        "auth_implementation": "smartpvms",
        "known_plants": [plant.code],
        "known_serials": sorted(each.serial for each in plant.devices if each.serial),
        "redirect_uri": REDIRECT,
        "server": owner.server,
    }
    assert token["scope"] == f"{BASIC} {CONTROL}"
    assert dict(entry.options) == {
        "add_new_plants": False,
        "control": False,
        "detail": "devices",
        "plant_settings": {
            plant.code: {
                "meters": {
                    each.serial: {"role": "grid", "reversed": False}
                    for each in plant.devices
                    if each.type_id == 47
                }
            }
        },
        "plants": [plant.code],
    }


async def test_calls_of_the_flow_are_counted_for_the_owner(
    hass: HomeAssistant, owner: Owner
) -> None:
    entry = await owner.add_by_oauth()
    made = [
        record
        for record in owner.cloud.requests
        if record.access == "oauth" and record.interface
    ]
    booked = entry.runtime_data.account.ledger.snapshot()["booked"]
    assert sum(booked.values()) == len(made) > 2


@pytest.mark.parametrize(
    ("decision", "login", "reason"),
    [
        ("refuse", {}, "authorisation_refused"),
        (
            "allow",
            {"user": "installer", "password": "installer-password"},
            "not_an_owner",
        ),
    ],
)
async def test_consent_page_sends_back_without_a_code(
    owner: Owner, decision: str, login: dict[str, str], reason: str
) -> None:
    flow = await owner.to_consent_page()
    await owner.come_back(await consent(flow["url"], decision=decision, login=login))
    assert (await owner.enter(flow))["reason"] == reason


async def test_client_without_control_is_told_so(owner: Owner) -> None:
    owner.cloud.oauth.clients["100000001"].scopes = (BASIC,)
    flow = await owner.to_consent_page()
    await owner.come_back(await consent(flow["url"]))
    assert (await owner.enter(flow))["reason"] == "invalid_scope"


@pytest.mark.parametrize(
    ("error", "shown"), [("10099", "10099"), ("anything at all!", "-")]
)
async def test_unknown_error_of_the_consent_page(
    owner: Owner, error: str, shown: str
) -> None:
    flow = await owner.to_consent_page()
    await owner.come_back(callback_of(flow["url"], error=error))
    result = await owner.enter(flow)
    assert result["reason"] == "authorisation_failed"
    assert result["description_placeholders"] == {"error": shown}


async def test_unregistered_redirect_shows_the_error_page(owner: Owner) -> None:
    flow = await owner.start("oauth")
    flow = await owner.enter(flow, owner.at_own_server())
    flow = await owner.enter(flow, {"redirect_uri": "https://elsewhere.example/back"})
    flow = await owner.choose(flow, "browser")
    status, text = await open_page(flow["url"])
    assert (status, "redirect_uri" in text) == (400, True)


async def test_callback_is_good_for_one_time(owner: Owner) -> None:
    flow = await owner.to_consent_page()
    address = await consent(flow["url"])
    assert (await owner.come_back(address))[0] == 200
    assert (await owner.come_back(address))[0] == 400
    unknown = address.update_query(state="0" * 32)
    assert (await owner.come_back(unknown))[0] == 400
    assert (await owner.enter(flow))["step_id"] == "plants"


async def test_callback_after_ten_minutes_is_refused(
    owner: Owner, freezer: FrozenDateTimeFactory
) -> None:
    flow = await owner.to_consent_page()
    freezer.tick(timedelta(minutes=10))
    status, text = await owner.come_back(callback_of(flow["url"], code="late"))
    assert (status, "ten minutes ago" in text) == (400, True)
    progress = owner.hass.config_entries.flow.async_get(flow["flow_id"])
    assert progress["step_id"] == "auth"


async def test_consent_page_can_be_opened_again(owner: Owner) -> None:
    flow = await owner.to_consent_page()
    again = await owner.enter(flow)
    assert again["type"] is FlowResultType.EXTERNAL_STEP
    assert (await owner.come_back(callback_of(flow["url"], code="old")))[0] == 400
    await owner.come_back(await consent(again["url"]))
    assert (await owner.enter(again))["step_id"] == "plants"


async def test_expired_code(owner: Owner, freezer: FrozenDateTimeFactory) -> None:
    flow = await owner.to_consent_page()
    address = await consent(flow["url"])
    owner.cloud.clock.step(timedelta(minutes=5))
    await owner.come_back(address)
    assert (await owner.enter(flow))["reason"] == "code_expired"


async def test_abandoned_flow_is_not_waited_for(owner: Owner) -> None:
    flow = await owner.to_consent_page()
    owner.hass.config_entries.flow.async_abort(flow["flow_id"])
    assert (await owner.come_back(callback_of(flow["url"], code="late")))[0] == 400


async def test_pasted_address(owner: Owner) -> None:
    flow = await owner.choose(await owner.to_sign_in(), "paste")
    page = flow["description_placeholders"]["authorize_url"]
    address = str(await consent(page))
    for pasted, error in (
        ("http://[", "invalid_address"),
        (REDIRECT, "no_code"),
        (f"{REDIRECT}?code=1", "wrong_state"),
        (f"{REDIRECT}?code=1&state=abc", "wrong_state"),
    ):
        flow = await owner.enter(flow, {"final_address": pasted})
        assert flow["errors"] == {"final_address": error}
        assert flow["description_placeholders"]["authorize_url"] == page
    flow = await owner.enter(flow, {"final_address": f"  {address} "})
    entry = await owner.finish(flow)
    assert entry.state is ConfigEntryState.LOADED


async def test_address_can_be_pasted_though_it_leads_here(owner: Owner) -> None:
    flow = await owner.choose(await owner.to_sign_in(), "paste")
    page = flow["description_placeholders"]["authorize_url"]
    address = await consent(page)
    assert (await owner.come_back(address))[0] == 400
    flow = await owner.enter(flow, {"final_address": str(address)})
    assert flow["step_id"] == "plants"


async def test_pasted_address_after_ten_minutes_gets_a_new_page(
    owner: Owner, freezer: FrozenDateTimeFactory
) -> None:
    flow = await owner.choose(await owner.to_sign_in(), "paste")
    page = flow["description_placeholders"]["authorize_url"]
    freezer.tick(timedelta(minutes=10))
    pasted = {"final_address": str(callback_of(page, code="late"))}
    flow = await owner.enter(flow, pasted)
    assert flow["errors"] == {"final_address": "wrong_state"}
    new_page = flow["description_placeholders"]["authorize_url"]
    assert URL(new_page).query["state"] != URL(page).query["state"]
    flow = await owner.enter(flow, {"final_address": str(await consent(new_page))})
    assert flow["step_id"] == "plants"


@pytest.mark.parametrize("with_state", [True, False])
async def test_pasted_refusal(owner: Owner, with_state: bool) -> None:
    flow = await owner.choose(await owner.to_sign_in(), "paste")
    page = flow["description_placeholders"]["authorize_url"]
    address = await consent(page, decision="refuse")
    if not with_state:
        address = address.without_query_params("state")
    result = await owner.enter(flow, {"final_address": str(address)})
    assert result["reason"] == "authorisation_refused"


async def test_two_flows_at_once_keep_apart(owner: Owner) -> None:
    other = owner.cloud.owners.register(
        CloudOwner(name="neighbour", password="secret", plant_codes=[])
    )
    first = await owner.to_consent_page()
    second = await owner.to_consent_page()
    login = {"user": other.name, "password": other.password}
    await owner.come_back(await consent(second["url"], login=login))
    await owner.come_back(await consent(first["url"]))
    first = await owner.enter(first)
    second = await owner.enter(second)
    assert first["step_id"] == "plants"
    assert second["errors"] == {"base": "no_plants"}


async def test_same_owner_in_two_flows_at_once(owner: Owner) -> None:
    first = await owner.to_consent_page()
    second = await owner.to_consent_page()
    await owner.come_back(await consent(first["url"]))
    first = await owner.enter(first)
    await owner.come_back(await consent(second["url"]))
    second = await owner.enter(second)
    assert second["reason"] == "already_in_progress"
    first = await owner.enter(first, {})
    assert first["step_id"] == "control"
    assert (await owner.enter(first, {}))["type"] is FlowResultType.CREATE_ENTRY


async def test_flow_of_another_integration_is_left_alone(
    hass: HomeAssistant, owner: Owner
) -> None:
    class OtherFlow(config_entry_oauth2_flow.AbstractOAuth2FlowHandler):
        DOMAIN = "other"

        @property
        @override
        def logger(self) -> Any:
            return pytest.fail("not asked for")

    mock_integration(hass, MockModule("other"))
    mock_platform(hass, "other.config_flow", None)
    implementation = config_entry_oauth2_flow.LocalOAuth2Implementation(
        hass, "other", "id", "secret", "https://other.example", "https://other.example"
    )
    OtherFlow.async_register_implementation(hass, implementation)
    with mock_config_flow("other", OtherFlow):
        ours = await owner.to_consent_page()
        theirs: ConfigFlowResult = await hass.config_entries.flow.async_init(
            "other", context={"source": "user"}
        )
        assert len(URL(theirs["url"]).query["state"]) > 180
        status, _ = await owner.come_back(callback_of(theirs["url"], code="theirs"))
        assert status == 200
        progress = hass.config_entries.flow.async_get(theirs["flow_id"])
        assert progress["step_id"] == "creation"
        progress = hass.config_entries.flow.async_get(ours["flow_id"])
        assert progress["step_id"] == "auth"
        hass.config_entries.flow.async_abort(theirs["flow_id"])
    await owner.come_back(await consent(ours["url"]))
    assert (await owner.enter(ours))["step_id"] == "plants"


async def test_without_credentials_home_assistant_offers_to_add_them(
    hass: HomeAssistant, visitor: Owner
) -> None:
    assert await async_setup_component(hass, "application_credentials", {})
    result = await visitor.start("oauth")
    assert result["reason"] == "missing_credentials"
    assert result["translation_domain"] == "homeassistant"


async def test_choice_between_two_clients(hass: HomeAssistant, owner: Owner) -> None:
    await async_import_client_credential(
        hass, DOMAIN, ClientCredential("100000002", "other-secret"), "another"
    )
    flow = await owner.start("oauth")
    assert flow["step_id"] == "pick_implementation"
    flow = await owner.enter(flow, {"implementation": "another"})
    flow = await owner.enter(flow, owner.at_own_server())
    flow = await owner.choose(await owner.enter(flow, {}), "browser")
    assert URL(flow["url"]).query["client_id"] == "100000002"


async def test_wrong_client_secret(owner: Owner) -> None:
    flow = await owner.to_consent_page()
    address = await consent(flow["url"])
    owner.cloud.oauth.clients["100000001"].client_secret = "changed meanwhile"
    await owner.come_back(address)
    assert (await owner.enter(flow))["reason"] == "invalid_client"


@pytest.mark.parametrize(
    ("status", "body", "reason", "placeholders"),
    [
        (500, {"error": "1107"}, "token_refused", {"error": "1107"}),
        (200, {"error": "1111"}, "token_refused", {"error": "1111"}),
        (429, "<html>", "token_refused", {"error": "HTTP 429"}),
        (400, {"error": "secret at-1 <b>"}, "token_refused", {"error": "HTTP 400"}),
        (302, "", "token_refused", {"error": "HTTP 302"}),
        (400, [], "token_refused", {"error": "HTTP 400"}),
        (200, "<html>", "no_token", None),
        (200, tokens(access_token=None), "no_token", None),
        (200, tokens(expires_in="soon"), "no_token", None),
        (200, tokens(expires_in=0), "no_token", None),
        (200, tokens(refresh_token=""), "no_token", None),
        (200, tokens(access_token="at\n-1"), "no_token", None),
        (200, tokens(refresh_token="rt \u00fc"), "no_token", None),
    ],
)
async def test_token_endpoint_gives_no_token(
    *,
    elsewhere: Owner,
    scripted: ScriptedCloud,
    caplog: pytest.LogCaptureFixture,
    status: int,
    body: Any,
    reason: str,
    placeholders: dict[str, str] | None,
) -> None:
    scripted.answers[TOKEN] = (status, body)
    flow = await elsewhere.to_consent_page()
    await elsewhere.come_back(callback_of(flow["url"], code="a-code"))
    result = await elsewhere.enter(flow)
    assert result["reason"] == reason
    assert result["description_placeholders"] == placeholders
    for secret in ("a-code", "simulator-secret", "at-scripted", "rt-scripted", "at-1"):
        assert secret not in caplog.text


async def test_token_endpoint_does_not_answer(
    elsewhere: Owner, scripted: ScriptedCloud
) -> None:
    flow = await elsewhere.start("oauth")
    flow = await elsewhere.enter(
        flow, {"server": "other", "own_address": "http://127.0.0.1:9"}
    )
    flow = await elsewhere.choose(await elsewhere.enter(flow, {}), "browser")
    await elsewhere.come_back(callback_of(flow["url"], code="a-code"))
    assert (await elsewhere.enter(flow))["reason"] == "no_token"


async def test_plant_list_fails_and_is_tried_again(
    elsewhere: Owner, scripted: ScriptedCloud
) -> None:
    scripted.answers[PLANTS] = (200, "<html>portal</html>")
    flow = await elsewhere.to_consent_page()
    await elsewhere.come_back(callback_of(flow["url"], code="a-code"))
    flow = await elsewhere.enter(flow)
    assert flow["step_id"] == "plant_list"
    assert flow["errors"] == {"base": "wrong_server"}
    scripted.refuse(PLANTS, 305)
    flow = await elsewhere.enter(flow, elsewhere.at_own_server())
    assert flow["errors"] == {"base": "session_ended"}
    scripted.list_plants()
    flow = await elsewhere.enter(flow, elsewhere.at_own_server())
    assert flow["errors"] == {"base": "no_plants"}
    flow = await elsewhere.enter(flow, {"server": "other", "own_address": "ftp://x"})
    assert flow["errors"] == {"own_address": "invalid_address"}
    scripted.list_plants(plant_row(1))
    flow = await elsewhere.enter(flow, elsewhere.at_own_server())
    assert flow["step_id"] == "plants"


async def test_server_of_another_oauth_server_needs_another_sign_in(
    elsewhere: Owner, scripted: ScriptedCloud
) -> None:
    flow = await elsewhere.to_consent_page()
    await elsewhere.come_back(callback_of(flow["url"], code="a-code"))
    flow = await elsewhere.enter(flow)
    flow = await elsewhere.enter(flow, {"server": "eu5"})
    assert flow["step_id"] == "redirect"
    flow = await elsewhere.choose(await elsewhere.enter(flow, {}), "browser")
    assert flow["url"].startswith("https://oauth2.fusionsolar.huawei.com/rest/")


async def test_refusal_that_no_list_should_meet(
    elsewhere: Owner, scripted: ScriptedCloud
) -> None:
    scripted.refuse(PLANTS, 20609)
    flow = await elsewhere.to_consent_page()
    await elsewhere.come_back(callback_of(flow["url"], code="a-code"))
    flow = await elsewhere.enter(flow)
    assert flow["errors"] == {"base": "request_refused"}
    assert flow["description_placeholders"]["code"] == "20609"


async def test_owner_whose_plants_are_there_already(
    owner: Owner, simulator: RunningSimulator
) -> None:
    entry = await owner.add_by_oauth()
    result = await owner.to_plants()
    assert result["reason"] == "already_configured"
    assert result["description_placeholders"] == {"title": entry.title}
    await owner.hass.async_block_till_done()


async def test_plant_in_common_with_another_entry(
    hass: HomeAssistant, elsewhere: Owner, scripted: ScriptedCloud
) -> None:
    async def sign_in() -> ConfigFlowResult:
        flow = await elsewhere.to_consent_page()
        await elsewhere.come_back(callback_of(flow["url"], code="a-code"))
        return await elsewhere.enter(flow)

    scripted.list_plants(plant_row(2), plant_row(3))
    entry = await elsewhere.finish(await sign_in())
    assert entry.title == "FusionSolar 127.0.0.1"
    scripted.list_plants(plant_row(1), plant_row(3))
    assert (await sign_in())["reason"] == "already_configured"
    scripted.list_plants(plant_row(1))
    assert (await sign_in())["step_id"] == "plants"


async def test_redirect_may_be_edited_by_the_rules_of_the_server(owner: Owner) -> None:
    flow = await owner.start("oauth")
    flow = await owner.enter(flow, {"server": "eu5"})
    assert flow["step_id"] == "redirect"
    for redirect, error in (
        ("http://[", "redirect_invalid"),
        ("example.com/back", "redirect_invalid"),
        (f"https://example.com/{'x' * 240}", "redirect_too_long"),
        ("https://example.com/../back", "redirect_forbidden"),
        ("https://example.com/?redirect=1", "redirect_forbidden"),
        ("https://example.com/#top", "redirect_forbidden"),
        ("http://localhost:8123/auth/external/callback", "redirect_localhost"),
    ):
        flow = await owner.enter(flow, {"redirect_uri": redirect})
        assert flow["errors"] == {"redirect_uri": error}
    flow = await owner.enter(flow, {"redirect_uri": " https://example.com/mine "})
    flow = await owner.choose(flow, "browser")
    assert URL(flow["url"]).query["redirect_uri"] == "https://example.com/mine"

    flow = await owner.start("oauth")
    flow = await owner.enter(flow, owner.at_own_server())
    flow = await owner.enter(flow, {"redirect_uri": "http://localhost/#here"})
    assert flow["step_id"] == "sign_in"


async def test_outside_europe_the_page_says_so(owner: Owner) -> None:
    flow = await owner.enter(await owner.start("oauth"), {"server": "sg5"})
    assert flow["step_id"] == "redirect_outside_europe"
    flow = await owner.enter(flow, {})
    assert flow["step_id"] == "sign_in"


async def test_redirect_of_my_home_assistant(hass: HomeAssistant, owner: Owner) -> None:
    hass.config.components.add("my")
    flow = await owner.to_consent_page()
    expected = "https://my.home-assistant.io/redirect/oauth"
    assert URL(flow["url"]).query["redirect_uri"] == expected
    address = await consent(flow["url"])
    assert str(address).startswith(expected)
    # the page of My sends the browser on to the instance with the same query
    own = URL(REDIRECT).with_query(address.query)
    assert (await owner.come_back(own))[0] == 200
    assert (await owner.enter(flow))["step_id"] == "plants"
