"""The OAuth server: every documented rule and error."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from simulator.access.oauth import BASIC, CONTROL, Client

from .conftest import OAUTH, REDIRECT, Cloud

CLIENT = {"client_id": "100000001", "client_secret": "simulator-secret"}
QUERY = {
    "response_type": "code",
    "client_id": "100000001",
    "redirect_uri": REDIRECT,
    "state": "abc123",
}
FORM = {
    "user": "owner",
    "password": "owner-password",
    "decision": "allow",
    BASIC: "on",
    CONTROL: "on",
}


async def authorize(cloud: Cloud, form: dict[str, str] | None, **query: str) -> Any:
    """Open the page, or press a button on it; return status, text, location query."""
    url = f"{cloud.url}{OAUTH}/authorize"
    parameters = {
        name: value for name, value in {**QUERY, **query}.items() if value != "-"
    }
    async with cloud.session.request(
        "GET" if form is None else "POST",
        url,
        params=parameters,
        data=form,
        allow_redirects=False,
    ) as response:
        location = response.headers.get("Location", "")
        back = {
            name: values[0]
            for name, values in parse_qs(urlsplit(location).query).items()
        }
        if location:
            assert location.startswith(REDIRECT)
        return response.status, await response.text(), back


async def token(cloud: Cloud, **form: str) -> tuple[int, dict[str, Any]]:
    async with cloud.session.post(
        f"{cloud.url}{OAUTH}/token", data={**CLIENT, **form}
    ) as response:
        return response.status, await response.json()


async def code(cloud: Cloud, form: dict[str, str] = FORM) -> str:
    status, _, back = await authorize(cloud, form)
    assert status == 302
    value: str = back["code"]
    return value


async def exchange(cloud: Cloud, value: str, **form: str) -> tuple[int, dict[str, Any]]:
    return await token(
        cloud,
        **{
            "grant_type": "authorization_code",
            "code": value,
            "redirect_uri": REDIRECT,
            **form,
        },
    )


async def works(cloud: Cloud, access_token: str) -> bool:
    answer = await cloud.call(
        "stations", headers={"Authorization": f"Bearer {access_token}"}, pageNo=1
    )
    return answer["failCode"] == 0


async def test_a_consent_in_the_browser(cloud: Cloud) -> None:
    status, page, _ = await authorize(cloud, None)
    assert status == 200
    assert 'name="pvms.openapi.control"' in page
    assert "Home Assistant" in page
    status, _, back = await authorize(cloud, FORM)
    assert status == 302
    assert back["state"] == "abc123"
    status, answer = await exchange(cloud, back["code"])
    assert status == 200
    assert answer["scope"] == f"{BASIC} {CONTROL}"
    assert answer["expires_in"] == 3600
    assert await works(cloud, answer["access_token"])


async def test_a_subset_of_the_scopes(cloud: Cloud) -> None:
    value = await code(cloud, {**FORM, BASIC: ""})
    _, answer = await exchange(cloud, value)
    assert answer["scope"] == CONTROL
    refused = await cloud.call(
        "stations",
        headers={"Authorization": f"Bearer {answer['access_token']}"},
        pageNo=1,
    )
    assert refused["failCode"] == 401
    assert refused["message"] == "Invalid access to current interface!"


async def test_only_scopes_asked_for_are_offered(cloud: Cloud) -> None:
    _, page, _ = await authorize(cloud, None, scope=BASIC)
    assert CONTROL not in page
    _, _, back = await authorize(cloud, FORM, scope=BASIC)
    _, answer = await exchange(cloud, back["code"])
    assert answer["scope"] == BASIC


@pytest.mark.parametrize(
    ("form", "query", "error", "description"),
    [
        ({"decision": "refuse"}, {}, "10002", "access_is_denied"),
        (
            {**FORM, "user": "installer", "password": "installer-password"},
            {},
            "10007",
            "only_owner_role_is_supported_for_authorizing_third_party_app",
        ),
        (FORM, {"scope": "pvms.all"}, "invalid_scope", "OAuth 2.0 Parameter: scope"),
        (None, {"scope": "pvms.all"}, "invalid_scope", "OAuth 2.0 Parameter: scope"),
    ],
)
async def test_errors_on_the_callback(
    cloud: Cloud,
    form: dict[str, str] | None,
    query: dict[str, str],
    error: str,
    description: str,
) -> None:
    status, _, back = await authorize(cloud, form, **query)
    assert status == 302
    assert back == {"error": error, "error_description": description, "state": "abc123"}


@pytest.mark.parametrize("form", [None, FORM])
@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"client_id": "12345"}, "client_id"),
        ({"client_id": "-"}, "client_id"),
        ({"redirect_uri": "https://example.com/elsewhere"}, "redirect_uri"),
        ({"response_type": "token"}, "response_type"),
        ({"state": "a" * 181}, "state"),
        ({"state": "with.dots"}, "state"),
        ({"state": "ümlaut"}, "state"),
    ],
)
async def test_wrong_parameters_get_a_page_and_no_redirect(
    cloud: Cloud, form: dict[str, str] | None, query: dict[str, str], named: str
) -> None:
    status, page, back = await authorize(cloud, form, **query)
    assert status == 400
    assert not back
    assert f"<code>{named}</code>" in page


async def test_a_state_of_180_and_none_at_all(cloud: Cloud) -> None:
    _, _, back = await authorize(cloud, FORM, state="a" * 180)
    assert back["state"] == "a" * 180
    _, _, back = await authorize(cloud, FORM, state="-")
    assert back.keys() == {"code"}


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ({**FORM, "password": "wrong"}, "Wrong user name or password"),
        ({**FORM, "user": "nobody"}, "Wrong user name or password"),
        ({**FORM, BASIC: "", CONTROL: ""}, "Tick at least one"),
    ],
)
async def test_the_page_comes_again(
    cloud: Cloud, form: dict[str, str], text: str
) -> None:
    status, page, back = await authorize(cloud, form)
    assert status == 200
    assert text in page
    assert not back


async def test_a_code_lives_five_minutes_and_once(cloud: Cloud) -> None:
    value = await code(cloud)
    cloud.step(minutes=4, seconds=59)
    assert (await exchange(cloud, value))[0] == 200
    assert await exchange(cloud, value) == (
        400,
        {"error_description": "invalid_grant", "error": "1110"},
    )
    value = await code(cloud)
    cloud.step(minutes=5)
    assert (await exchange(cloud, value))[1]["error"] == "1110"


async def test_a_code_belongs_to_its_redirect(cloud: Cloud) -> None:
    value = await code(cloud)
    status, answer = await exchange(cloud, value, redirect_uri="https://example.com/x")
    assert (status, answer["error"]) == (400, "1110")


@pytest.mark.parametrize(
    ("form", "status", "body"),
    [
        (
            {"grant_type": "password"},
            400,
            {"error_description": "unsupported_grant_type", "error": "1111"},
        ),
        (
            {"grant_type": "client_credentials"},
            400,
            {"error_description": "unsupported_grant_type", "error": "1111"},
        ),
        (
            {"grant_type": "refresh_token", "client_secret": "wrong"},
            401,
            {"error": "invalid_client"},
        ),
        (
            {"grant_type": "authorization_code", "client_id": "999999999"},
            401,
            {"error": "invalid_client"},
        ),
        (
            {"grant_type": "authorization_code"},
            400,
            {
                "error_description": "when authorization_code,the code can not be null",
                "error": "1100",
            },
        ),
        (
            {"grant_type": "refresh_token", "refresh_token": "wrong"},
            400,
            {"error_description": "invalid_grant", "error": "1110"},
        ),
    ],
)
async def test_token_errors(
    cloud: Cloud, form: dict[str, str], status: int, body: dict[str, str]
) -> None:
    assert await token(cloud, **form) == (status, body)


async def test_token_parameters_belong_into_the_body(cloud: Cloud) -> None:
    async with cloud.session.post(
        f"{cloud.url}{OAUTH}/token", params={"grant_type": "refresh_token", **CLIENT}
    ) as response:
        assert response.status == 400
        assert await response.json() == {
            "error_description": "unsupported_request_type",
            "error": "1114",
        }
    async with cloud.session.post(f"{cloud.url}{OAUTH}/token", json=CLIENT) as response:
        assert (await response.json())["error"] == "1114"


async def test_refreshing_kills_the_old_tokens(cloud: Cloud) -> None:
    first = cloud.grant()
    status, second = await token(
        cloud, grant_type="refresh_token", refresh_token=first["refresh_token"]
    )
    assert status == 200
    assert not await works(cloud, first["access_token"])
    assert await works(cloud, second["access_token"])
    assert second["refresh_token"] != first["refresh_token"]
    status, answer = await token(
        cloud, grant_type="refresh_token", refresh_token=first["refresh_token"]
    )
    assert (status, answer["error"]) == (400, "1110")


async def test_an_access_token_lives_an_hour(cloud: Cloud) -> None:
    answer = cloud.grant()
    cloud.step(minutes=59, seconds=59)
    assert await works(cloud, answer["access_token"])
    cloud.step(seconds=1)
    refused = await cloud.call(
        "stations",
        headers={"Authorization": f"Bearer {answer['access_token']}"},
        pageNo=1,
    )
    assert refused == {
        "success": False,
        "failCode": 305,
        "message": "INVALID_CREDENTIAL",
    }
    status, _ = await token(
        cloud, grant_type="refresh_token", refresh_token=answer["refresh_token"]
    )
    assert status == 200


async def test_a_new_consent_kills_the_older_tokens(cloud: Cloud) -> None:
    older = cloud.grant()
    other_client = cloud.simulator.oauth.register(
        Client(
            client_id="100000002",
            client_secret="other",
            name="Other",
            redirect_uris={REDIRECT},
        )
    )
    elsewhere = cloud.grant(client_id=other_client.client_id)
    _, newer = await exchange(cloud, await code(cloud))
    assert not await works(cloud, older["access_token"])
    assert await works(cloud, elsewhere["access_token"])
    assert await works(cloud, newer["access_token"])
    status, _ = await token(
        cloud, grant_type="refresh_token", refresh_token=older["refresh_token"]
    )
    assert status == 400


async def test_bearer_and_session_token_together(cloud: Cloud) -> None:
    session = await cloud.login()
    answer = await cloud.call("stations", headers=cloud.headers | session, pageNo=1)
    assert answer == {
        "failCode": 305,
        "immediately": True,
        "message": "USER_MUST_RELOGIN",
    }
    for headers in ({}, {"Authorization": "Basic abc"}):
        assert (await cloud.call("stations", headers=headers))["failCode"] == 305


async def revoke(cloud: Cloud, **form: str) -> tuple[int, str]:
    async with cloud.session.post(
        f"{cloud.url}{OAUTH}/revoke-token", data=form
    ) as response:
        return response.status, await response.text()


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
async def test_revoking(cloud: Cloud, kind: str) -> None:
    answer = cloud.grant()
    status, text = await revoke(cloud, client_id="100000001", token=answer[kind])
    assert (status, text) == (200, "")
    assert not await works(cloud, answer["access_token"])
    status, text = await revoke(cloud, client_id="100000001", token=answer[kind])
    assert status == 401
    assert text == '{"error_description": "invalid_token", "error": "1106"}'


async def test_revoking_wrongly(cloud: Cloud) -> None:
    assert (await revoke(cloud, client_id="100000001"))[0] == 400
    answer = cloud.grant()
    cloud.step(hours=2)
    access, refresh = answer["access_token"], answer["refresh_token"]
    assert (await revoke(cloud, client_id="100000001", token=access))[0] == 401
    assert (await revoke(cloud, client_id="100000001", token=refresh))[0] == 200


def test_a_client_id_has_nine_digits(cloud: Cloud) -> None:
    with pytest.raises(ValueError, match="nine digits"):
        cloud.simulator.oauth.register(
            Client(client_id="12", client_secret="", name="", redirect_uris=set())
        )


async def test_a_token_without_an_owner_shows_no_plant(cloud: Cloud) -> None:
    cloud.simulator.faults.enable("client_credentials_accepted")
    status, answer = await token(cloud, grant_type="client_credentials")
    assert status == 200
    headers = {"Authorization": f"Bearer {answer['access_token']}"}
    plants = await cloud.call("stations", headers=headers, pageNo=1)
    assert plants["data"]["list"] == []


async def test_the_log_keeps_no_secret(cloud: Cloud) -> None:
    value = await code(cloud)
    _, answer = await exchange(cloud, value)
    await token(
        cloud, grant_type="refresh_token", refresh_token=answer["refresh_token"]
    )
    await cloud.login()
    log = repr(cloud.simulator.requests)
    for secret in (
        value,
        answer["access_token"],
        answer["refresh_token"],
        "simulator-secret",
        "simulator-password",
        "owner-password",
    ):
        assert secret not in log
    assert cloud.simulator.requests_to("token")[0].status == 200
    assert cloud.simulator.requests_to("authorize")[0].path == f"{OAUTH}/authorize"
