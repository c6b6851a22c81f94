"""The failure table: what becomes of each code of the documents, and what a person reads."""

from collections.abc import AsyncGenerator, Mapping
import csv
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
import json
from pathlib import Path
import re
from typing import Any, Final

from aiohttp import ClientSession, DummyCookieJar
from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ConfigEntryAuthFailed
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.update_coordinator import UpdateFailed
import pytest

from custom_components.smartpvms.const import DOMAIN
from custom_components.smartpvms.failures import (
    REACTIONS,
    Retry,
    as_home_assistant_error,
    needs_the_owner,
)
from custom_components.smartpvms.flows.oauth import AUTHORISATION_ERRORS
from custom_components.smartpvms.northbound.auth import Access, BearerAuthentication
from custom_components.smartpvms.northbound.client import NorthboundClient
from custom_components.smartpvms.northbound.control.reasons import (
    Reason,
    reason_of_message,
)
from custom_components.smartpvms.northbound.errors import (
    FailureKey,
    NorthboundError,
    RequestRejectedError,
    TemporaryError,
    error_for,
    failure_of,
)
from custom_components.smartpvms.northbound.failures import KEY_OF_CODE
from custom_components.smartpvms.northbound.flow_control import Ledger
from custom_components.smartpvms.northbound.grant import revoke_grant
from custom_components.smartpvms.refusals import REPAIRS
from tests.conftest import RunningSimulator
from tests.northbound.cloud import Answer, Cloud, refusal
from tests.plant_control.house import House, async_build_house
from tests.playback import (
    PLANT,
    Answer as Playback,
    PlaybackCloud,
    api_account_entry,
    async_oauth_entry,
    async_set_up,
)

FIXTURE: Final = Path(__file__).parent / "fixtures" / "errors.csv"
INTEGRATION: Final = Path(__file__).parents[1] / "custom_components" / DOMAIN
WORDS: Final[dict[str, Any]] = json.loads(
    (INTEGRATION / "translations" / "en.json").read_text(encoding="utf-8")
)
# no call of ours creates plants, diagnoses strings or upgrades devices
NEVER_MET: Final = ("plant creation", "I-V diagnosis", "upgrade")
NOW: Final = datetime(2026, 6, 21, 12, tzinfo=UTC)
READINGS_NOT_CONFIGURED: Final = 20009


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of the documents."""

    code: str
    area: str
    retryable: str

    @property
    def is_about_who_asks(self) -> bool:
        """Whether the account is at fault, which only a new sign-in can mend."""
        return self.area == "account" or self.code in ("20400", "20403")


def rows() -> list[Row]:
    with FIXTURE.open(encoding="utf-8", newline="") as file:
        return [
            Row(code=row["code"], area=row["area"], retryable=row["retryable"])
            for row in csv.DictReader(file)
            if row["code"] != "0"
        ]


MET: Final = [row for row in rows() if not row.area.startswith(NEVER_MET)]
CODES: Final = [
    row
    for row in MET
    if row.code.isdecimal() and int(row.code) != READINGS_NOT_CONFIGURED
]


def of_area(area: str) -> list[Row]:
    """Return the rows of an area."""
    return [row for row in MET if row.area == area]


def of_kind(kind: str) -> list[Row]:
    """Return the rows whose code begins so."""
    return [row for row in MET if row.code.startswith(f"{kind}:")]


@pytest.fixture
async def cloud(freezer: FrozenDateTimeFactory) -> AsyncGenerator[Cloud]:
    freezer.move_to(NOW)
    async with Cloud().serve() as cloud:
        yield cloud


@pytest.fixture
async def session() -> AsyncGenerator[ClientSession]:
    async with ClientSession(cookie_jar=DummyCookieJar()) as session:
        yield session


@pytest.fixture
def client(cloud: Cloud, session: ClientSession) -> NorthboundClient:
    async def nothing(_: object) -> None:
        """Save and renew nothing."""

    async def token() -> str:
        return "token"

    ledger = Ledger(Access.OAUTH, state=None, save=nothing)
    authentication = BearerAuthentication(token, nothing)
    return NorthboundClient(session, cloud.url, authentication, ledger)


async def error_of(client: NorthboundClient, cloud: Cloud, answer: Answer) -> Any:
    """Return what the client raises at this answer."""
    cloud.answer("battery-mode", answer)
    with pytest.raises(NorthboundError) as raised:
        await client.get_battery_mode("NE=1")
    return raised.value


def message_of(key: str, placeholders: Mapping[str, str] | None) -> str:
    """Return a message as a person reads it; nothing may be left to fill in."""
    text: str = WORDS["exceptions"][key]["message"].format(**placeholders or {})
    assert "{" not in text
    return text


def test_table_is_whole() -> None:
    kinds = ("oauth", "exc", "task")
    walked = len(CODES) + 1 + sum(len(of_kind(kind)) for kind in kinds)

    assert walked == len(MET)
    assert set(REACTIONS) == set(FailureKey)
    assert not {
        int(row.code)
        for row in rows()
        if row.area.startswith(NEVER_MET) and int(row.code) in KEY_OF_CODE
    }


@pytest.mark.parametrize("row", CODES, ids=lambda row: row.code)
async def test_each_code(client: NorthboundClient, cloud: Cloud, row: Row) -> None:
    """Exception, message, time of the next try and repair are those of the row."""
    error = await error_of(client, cloud, refusal(int(row.code)))
    failure = error.failure
    raised = as_home_assistant_error(error)

    assert failure.code == int(row.code)
    assert failure.retryable == row.retryable.startswith(("yes", "next"))
    reaction = REACTIONS[failure.key]
    assert isinstance(raised, ConfigEntryAuthFailed) == row.is_about_who_asks
    assert needs_the_owner(error) == row.is_about_who_asks
    assert raised.translation_key == failure.key
    message = message_of(failure.key, raised.translation_placeholders)
    if row.is_about_who_asks:
        assert reaction.retry is Retry.AFTER_SIGN_IN
    elif row.area == "flow control":
        assert isinstance(raised, UpdateFailed)
        assert reaction.retry is Retry.AT_TIME
        assert raised.retry_after is not None
        assert raised.retry_after >= 60
        opens = NOW + timedelta(seconds=raised.retry_after)
        assert re.search(r"\d\d:\d\d", message)
        assert error.retry_at == opens
    else:
        assert isinstance(raised, UpdateFailed)
        assert reaction.retry is (
            Retry.SELDOM if failure.key == "interface_not_granted" else Retry.NEXT_POLL
        )
        assert raised.retry_after is None
    # what mends itself needs nobody, and what asks for a sign-in is asked for already
    assert not (reaction.repair and (failure.retryable or row.is_about_who_asks))


async def test_readings_that_are_not_configured_are_none(
    client: NorthboundClient, cloud: Cloud
) -> None:
    cloud.answer("getDevRealKpi", refusal(READINGS_NOT_CONFIGURED))

    assert await client.get_device_readings(38, [1]) == {}


@pytest.mark.parametrize("row", of_kind("exc"), ids=lambda row: row.code)
async def test_each_exception_of_the_gateway(
    hass: HomeAssistant, client: NorthboundClient, cloud: Cloud, row: Row
) -> None:
    body = {"exceptionId": "framwork.remote.Paramerror", "detailArgs": ["NE=1"]}
    is_system = row.code == "exc:500/system"
    answer = Answer(body=body, status=500 if is_system else 400)

    error = await error_of(client, cloud, answer)

    assert type(error) is (TemporaryError if is_system else RequestRejectedError)
    assert error.failure.retryable == row.retryable.startswith("yes")
    assert "NE=1" not in str(as_home_assistant_error(error))


@pytest.mark.parametrize("row", of_kind("task"), ids=lambda row: row.code)
def test_each_end_of_a_task(row: Row) -> None:
    reason = reason_of_message(row.code.removeprefix("task:"))

    assert reason is not Reason.OTHER
    assert message_of(f"outcome_{reason}", None)


@pytest.mark.parametrize("row", of_area("OAuth authorize"), ids=lambda row: row.code)
def test_each_error_of_the_consent_page(row: Row) -> None:
    key = AUTHORISATION_ERRORS[row.code.removeprefix("oauth:")]

    assert WORDS["config"]["abort"][key]


@pytest.mark.parametrize("row", of_area("OAuth token"), ids=lambda row: row.code)
async def test_each_refusal_of_a_token(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, row: Row
) -> None:
    """Only a dead grant asks for a sign-in at once; all else is tried again."""
    code = row.code.removeprefix("oauth:")
    status = 401 if code == "invalid_client" else 400
    key = {"1110": "consent_ended", "invalid_client": "client_refused"}.get(
        code, "token_refused"
    )
    freezer.move_to(NOW)
    token = {
        "access_token": "old",
        "refresh_token": "kept",
        "token_type": "Bearer",
        "expires_at": NOW.timestamp() - 1,
        "scope": "pvms.openapi.basic",
    }
    cloud = PlaybackCloud()
    cloud.answers["token"] = Playback(body=json.dumps({"error": code}), status=status)
    async with cloud.serve():
        entry = await async_oauth_entry(hass, cloud.url, [PLANT], token)
        await async_set_up(hass, entry)

    needs_sign_in = code == "1110"
    assert entry.state is (
        ConfigEntryState.SETUP_ERROR if needs_sign_in else ConfigEntryState.SETUP_RETRY
    )
    assert bool(hass.config_entries.flow.async_progress()) == needs_sign_in
    assert entry.reason == message_of(key, {"error": code}).removesuffix(".")


@pytest.mark.parametrize("row", of_area("OAuth revoke"), ids=lambda row: row.code)
async def test_each_answer_to_a_revocation(
    cloud: Cloud, session: ClientSession, row: Row
) -> None:
    code, _, status = row.code.removeprefix("oauth:").partition("/")
    cloud.answer(
        "revoke-token", Answer(body={"error": code}, status=int(status or 500))
    )
    if status == "401":
        assert not await revoke_grant(session, cloud.url, "client", "token")
        return

    with pytest.raises(NorthboundError) as raised:
        await revoke_grant(session, cloud.url, "client", "token")

    assert raised.value.failure.retryable == row.retryable.startswith("yes")


@pytest.mark.parametrize("key", FailureKey)
def test_each_repair_has_words_and_no_other(key: FailureKey) -> None:
    error = error_for(failure_of(key, 1), retry_at=None)
    words = WORDS["issues"].get(f"refused_{key}")

    assert (key in REPAIRS) == (words is not None)
    if words is not None:
        told = words["title"] + words["description"]
        assert set(re.findall(r"{(\w+)}", told)) <= {"title", "subjects"}
        assert "goes away by itself" in words["description"]
        assert as_home_assistant_error(error).translation_key == key


@pytest.mark.parametrize(
    "key",
    [
        *FailureKey,
        *("consent_ended", "client_refused", "client_rejected"),
        *("token_refused", "token_unavailable"),
    ],
)
def test_each_message_stands_on_the_page_of_remedies(key: str) -> None:
    page = (INTEGRATION.parents[1] / "docs" / "troubleshooting.md").read_text("utf-8")
    text = re.sub(
        r" (\(code )?(after )?{\w+}\)?", "", WORDS["exceptions"][key]["message"]
    )

    begins = re.split(r"[.:] ", text)[0].rstrip(".")

    assert f"| {begins} |" in page


def repairs(hass: HomeAssistant) -> dict[str | None, dict[str, str] | None]:
    """Return what the repairs about refusals fill into their words, by key."""
    return {
        issue.translation_key: issue.translation_placeholders
        for (domain, issue_id), issue in ir.async_get(hass).issues.items()
        if domain == DOMAIN and issue_id.startswith("refused_")
    }


@pytest.fixture
async def house(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, simulator: RunningSimulator
) -> House:
    return await async_build_house(hass, freezer, simulator)


async def test_switch_of_the_owner_is_a_repair_until_it_is_on_again(
    house: House,
) -> None:
    assert repairs(house.hass) == {}

    house.cloud.owners["owner"].api_access = False
    await house.pass_time(15)
    assert repairs(house.hass).keys() == {"refused_owner_not_authorised"}

    house.cloud.owners["owner"].api_access = True
    await house.pass_time(90, step=5)
    assert repairs(house.hass) == {}


async def test_interface_that_is_not_ticked_is_named(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, house: House
) -> None:
    house.cloud.faults.enable("interface_refused", interface="getStationRealKpi")
    await house.entry.runtime_data.plant_readings.async_refresh()
    assert repairs(hass) == {
        "refused_interface_not_granted": {
            "title": "FusionSolar",
            "subjects": "getStationRealKpi",
        }
    }

    # an outage says nothing of what is granted
    house.cloud.faults.clear()
    house.cloud.faults.enable("http_500")
    await house.entry.runtime_data.plant_readings.async_refresh()
    assert repairs(hass).keys() == {"refused_interface_not_granted"}

    house.cloud.faults.clear()
    await house.entry.runtime_data.plant_readings.async_refresh()
    assert repairs(hass) == {}


async def test_wrong_server_is_a_repair_while_set_up_fails(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    freezer.move_to(NOW)
    cloud = PlaybackCloud()
    stations = cloud.answers["stations"]
    cloud.answers["stations"] = Playback(body="<html></html>")
    async with cloud.serve():
        entry = api_account_entry(cloud.url, [PLANT])
        await async_set_up(hass, entry)
        assert entry.state is ConfigEntryState.SETUP_RETRY
        assert repairs(hass).keys() == {"refused_wrong_server"}

        cloud.answers["stations"] = stations
        freezer.tick(1000)
        await hass.config_entries.async_reload(entry.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
        assert repairs(hass) == {}


async def test_repairs_go_with_the_entry(house: House) -> None:
    house.cloud.faults.enable("interface_refused", interface="getStationRealKpi")
    await house.entry.runtime_data.plant_readings.async_refresh()
    assert repairs(house.hass)

    await house.hass.config_entries.async_remove(house.entry.entry_id)
    await house.hass.async_block_till_done(wait_background_tasks=True)

    assert repairs(house.hass) == {}
