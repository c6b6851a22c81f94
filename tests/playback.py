"""A cloud that gives recorded answers, and what shows what Home Assistant made of them."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
import json
from pathlib import Path
from ssl import SSLContext
from typing import Any, Final

from aiohttp import web
from aiohttp.test_utils import TestServer
from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.application_credentials import (
    ClientCredential,
    async_import_client_credential,
)
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_PASSWORD, CONF_USERNAME, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.smartpvms.accounts import unique_id_for
from custom_components.smartpvms.const import DOMAIN
from custom_components.smartpvms.coordinator import async_forget_memory

PAYLOADS: Final = Path(__file__).parent / "fixtures" / "payloads"

PLANT: Final = "NE=49141481"
USER: Final = "apiuser"
PASSWORD: Final = "playback-password"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the cloud answers: a status, headers and a body."""

    body: str
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


def success(data: object) -> Answer:
    """Answer with data in an envelope."""
    return Answer(body=json.dumps({"success": True, "failCode": 0, "data": data}))


def recorded(file_name: str) -> Answer:
    """Answer as a file of the recorded payloads says, which may name status and headers."""
    text = (PAYLOADS / file_name).read_text(encoding="utf-8")
    content = json.loads(text)
    if "body" not in content:
        return Answer(body=text)
    body = content["body"]
    return Answer(
        body=body if isinstance(body, str) else json.dumps(body),
        status=content["status"],
        headers=content.get("headers", {}),
    )


def recorded_rows(file_name: str) -> list[dict[str, Any]]:
    """Return the rows of a recorded answer."""
    rows: list[dict[str, Any]] = json.loads(
        (PAYLOADS / file_name).read_text(encoding="utf-8")
    )["data"]
    return rows


class PlaybackCloud:
    """Answers each interface with what `answers` holds for it.

    An interface is named by the last part of its path ("getDevList"). What a test leaves
    out is answered for a plant of the code `PLANT` that has nothing.
    """

    def __init__(self) -> None:
        """Answer with one plant and no device."""
        self.url = ""
        self.requests: list[str] = []
        self.tokens: list[str] = []
        self.answers: dict[str, Answer] = {
            "login": Answer(
                body=recorded("login_success_withDocMessage.json").body,
                headers={"xsrf-token": "x-playback"},
            ),
            "logout": success(None),
            "stations": success(
                {
                    "total": 1,
                    "pageNo": 1,
                    "pageCount": 1,
                    "list": [{"plantCode": PLANT, "plantName": "Plant A"}],
                }
            ),
            "getDevList": success([]),
            "getStationRealKpi": success([{"stationCode": PLANT, "dataItemMap": {}}]),
            "getDevRealKpi": success([]),
            "getAlarmList": success([]),
            "getKpiStationDay": success([]),
        }

    def list_device(self, device_id: int, type_id: int, **fields: object) -> None:
        """List one device of the plant, with the serial number SERIAL."""
        device = {
            "id": device_id,
            "devDn": f"NE={device_id}",
            "devName": "Device-1",
            "devTypeId": type_id,
            "esnCode": "SERIAL",
            "stationCode": PLANT,
        }
        self.answers["getDevList"] = success([device | fields])

    def tell(self, device_id: int, **values: object) -> None:
        """Answer with these real-time values of a device."""
        self.answers["getDevRealKpi"] = success(
            [{"devId": device_id, "dataItemMap": values}]
        )

    def tell_plant(self, **values: object) -> None:
        """Answer with these real-time values of the plant."""
        self.answers["getStationRealKpi"] = success(
            [{"stationCode": PLANT, "dataItemMap": values}]
        )

    async def _answer(self, request: web.Request) -> web.Response:
        interface = request.path.rsplit("/", 1)[-1]
        self.requests.append(interface)
        self.tokens.append(
            request.headers.get("Authorization")
            or request.headers.get("XSRF-TOKEN", "")
        )
        answer = self.answers[interface]
        return web.Response(
            text=answer.body,
            status=answer.status,
            headers={"Content-Type": "application/json", **answer.headers},
        )

    @asynccontextmanager
    async def serve(
        self, context: SSLContext | None = None
    ) -> AsyncGenerator[PlaybackCloud]:
        """Listen on a free port of the loopback, with a context by TLS."""
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        server = TestServer(app, host="127.0.0.1")
        await server.start_server(ssl=context)
        self.url = str(server.make_url("")).rstrip("/")
        try:
            yield self
        finally:
            await server.close()


def api_account_entry(
    url: str,
    plants: list[str],
    *,
    username: str = USER,
    password: str = PASSWORD,
    **options: object,
) -> MockConfigEntry:
    """Return an entry that came in by an API account and serves these plants."""
    return MockConfigEntry(
        domain=DOMAIN,
        title="FusionSolar",
        unique_id=unique_id_for(url, username),
        data={
            "access": "api_account",
            "server": url,
            CONF_USERNAME: username,
            CONF_PASSWORD: password,
            "known_plants": plants,
            "known_serials": [],
        },
        options={
            "plants": plants,
            "add_new_plants": False,
            "plant_settings": {},
            "detail": "everything",
            **options,
        },
    )


async def async_oauth_entry(
    hass: HomeAssistant,
    url: str,
    plants: list[str],
    token: Mapping[str, object],
    **options: object,
) -> MockConfigEntry:
    """Return an entry that came in by OAuth Connect, with its client's credentials."""
    assert await async_setup_component(hass, "application_credentials", {})
    await async_import_client_credential(
        hass, DOMAIN, ClientCredential("100000001", "simulator-secret"), "client"
    )
    account = api_account_entry(url, plants, **options)
    return MockConfigEntry(
        domain=DOMAIN,
        title="FusionSolar",
        unique_id=unique_id_for(url, min(plants)),
        data={
            "access": "oauth",
            "server": url,
            "known_plants": plants,
            "known_serials": [],
            "auth_implementation": "client",
            "redirect_uri": "http://homeassistant.local/auth/external/callback",
            "token": dict(token),
        },
        options=dict(account.options),
    )


async def async_set_up(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Set the entry up and wait until all is quiet."""
    entry.add_to_hass(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)


async def async_set_up_anew(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Reload the entry as if it remembered neither lists nor readings."""
    await hass.config_entries.async_unload(entry.entry_id)
    await async_forget_memory(hass, entry.entry_id)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)


async def async_next_poll(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    """Let the time pass until the next readings are there."""
    freezer.tick(303)
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)


def states_by_key(
    hass: HomeAssistant, owner: str, platform: Platform = Platform.SENSOR
) -> dict[str, str]:
    """Return the states of a plant or device by wire key; disabled ones are "disabled"."""
    states: dict[str, str] = {}
    for entry in er.async_get(hass).entities.values():
        if entry.domain == platform and entry.unique_id.startswith(f"{owner}_"):
            state = hass.states.get(entry.entity_id)
            states[entry.unique_id.removeprefix(f"{owner}_")] = (
                state.state if state else "disabled"
            )
    return states
