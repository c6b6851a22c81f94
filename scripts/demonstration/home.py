"""A fresh Home Assistant: its folder, its onboarding, and talking to it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
import json
from pathlib import Path
import shutil
from typing import Any

import aiohttp

from .errors import DemonstrationError
from .programs import Program

PROJECT = Path(__file__).parents[2]
FOLDER = PROJECT / ".demo"
COMPONENTS = PROJECT / "custom_components"
USER = "demo"
PASSWORD = "demo"
SECONDS_TO_START = 120
SECONDS_TO_SET_CLOCK = 10

CONFIGURATION = """\
homeassistant:
  name: Demo
  latitude: 52.52
  longitude: 13.405
  elevation: 34
  unit_system: metric
  currency: EUR
  country: DE
  time_zone: Europe/Berlin

application_credentials:
config:
energy:
frontend:
history:
logbook:
recorder:
system_health:

logger:
  default: warning
  logs:
    custom_components.smartpvms: info
"""


def make_folder(folder: Path, port: int, further: Path | None = None) -> None:
    """Make a configuration folder in place of an older one.

    `further` is a component to set up beside those of this project.
    """
    if folder.exists():
        shutil.rmtree(folder)
    storage = folder / ".storage"
    storage.mkdir(parents=True)
    components = folder / "custom_components"
    components.mkdir()
    configuration = CONFIGURATION
    ours = [folder for folder in COMPONENTS.iterdir() if folder.is_dir()]
    for component in ours if further is None else [*ours, further]:
        link = components / component.name
        link.symlink_to(component, target_is_directory=True)
    if further is not None:
        configuration += f"\n{further.name}:\n"
    (folder / "configuration.yaml").write_text(configuration)
    # Only from this machine: the password is known to everyone. An `http:` in the
    # YAML would be a trial that Home Assistant takes back after five minutes.
    _store(
        storage / "http",
        version=3,
        data={
            "stable": {
                "server_host": ["127.0.0.1"],
                "server_port": port,
                "cors_allowed_origins": [],
                "login_attempts_threshold": -1,
                "ip_ban_enabled": True,
                "ssl_profile": "intermediate_v6",
                "use_x_frame_options": True,
                "created_at": "2026-11-01T00:00:00+00:00",
                "error": None,
                "error_message": None,
            },
            "pending": None,
            "yaml_migration_done": True,
        },
    )
    # The place stands in the YAML. Asking for it would also add integrations that
    # want the internet.
    _store(
        storage / "onboarding",
        version=4,
        data={"done": ["core_config", "analytics", "integration"]},
    )


def _store(file: Path, *, version: int, data: dict[str, Any]) -> None:
    content = {
        "version": version,
        "minor_version": 1,
        "key": file.name,
        "data": data,
    }
    file.write_text(json.dumps(content, indent=2))


@dataclass(frozen=True, slots=True, kw_only=True)
class Onboarding:
    """The token of the user that onboarding has created."""

    access_token: str


async def onboard(session: aiohttp.ClientSession, url: str) -> Onboarding:
    """Create the user as the onboarding page does, and log in."""
    client_id = f"{url}/"
    created = await _checked_post(
        session,
        f"{url}/api/onboarding/users",
        json={
            "client_id": client_id,
            "name": "Demo",
            "username": USER,
            "password": PASSWORD,
            "language": "en",
        },
    )
    token = await _checked_post(
        session,
        f"{url}/auth/token",
        data={
            "grant_type": "authorization_code",
            "code": created["auth_code"],
            "client_id": client_id,
        },
    )
    return Onboarding(access_token=token["access_token"])


async def _checked_post(
    session: aiohttp.ClientSession, url: str, **content: Any
) -> dict[str, Any]:
    async with session.post(url, **content) as response:
        if response.status != HTTPStatus.OK:
            raise DemonstrationError(
                f"Home Assistant answers {response.status} to {response.url.path}:"
                f" {await response.text()}"
            )
        body: dict[str, Any] = await response.json()
        return body


class Home:
    """A Home Assistant that one is logged in to."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        socket: aiohttp.ClientWebSocketResponse,
        url: str,
        access_token: str,
    ) -> None:
        """Talk over an authenticated socket and over REST."""
        self.url = url
        self._session = session
        self._socket = socket
        self._last_id = 0
        self._headers = {
            "Authorization": f"Bearer {access_token}",
            # The frontend sends it: a redirect of OAuth is made from it.
            "HA-Frontend-Base": url,
        }

    async def command(self, kind: str, **fields: Any) -> Any:
        """Return the result of a websocket command."""
        self._last_id += 1
        await self._socket.send_json({"id": self._last_id, "type": kind, **fields})
        while (answer := await self._socket.receive_json())["id"] != self._last_id:
            pass
        if not answer["success"]:
            raise DemonstrationError(f"{kind}: {answer['error']['message']}")
        return answer["result"]

    def set_clock_forward(self, program: Program, delta: timedelta) -> None:
        """Set the clock of a Home Assistant forward that runs by one of its own."""
        assert program.process.stdin is not None
        program.process.stdin.write(f"{delta.total_seconds()}\n".encode())

    async def wait_for_clock(self, moment: datetime) -> None:
        """Wait until the clock shows a moment that it was set forward to.

        Raises DemonstrationError if it does not.
        """
        try:
            async with asyncio.timeout(SECONDS_TO_SET_CLOCK):
                while await self.now() < moment:
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise DemonstrationError("Home Assistant keeps its own time") from None

    async def now(self) -> datetime:
        """Return what its clock shows, to the second."""
        async with self._session.get(f"{self.url}/manifest.json") as response:
            return parsedate_to_datetime(response.headers["Date"])

    async def wait_until_started(self) -> None:
        """Wait until every configured component is there.

        The web server answers long before. Raises DemonstrationError if it takes too
        long.
        """
        try:
            async with asyncio.timeout(SECONDS_TO_START):
                while (await self.command("get_config"))["state"] != "RUNNING":
                    await asyncio.sleep(0.2)
        except TimeoutError:
            raise DemonstrationError("Home Assistant does not start") from None

    async def flow(
        self, flow_id: str | None = None, content: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Begin a config flow, answer its step, or look where it is."""
        path = f"flow/{flow_id}" if flow_id else "flow"
        return await self.config_entries(path, content, ask=flow_id is not None)

    async def config_entries(
        self, path: str, content: dict[str, Any] | None = None, *, ask: bool = False
    ) -> dict[str, Any]:
        """Send something to the config entries over REST, or `ask` for it."""
        method = "GET" if ask and content is None else "POST"
        async with self._session.request(
            method,
            f"{self.url}/api/config/config_entries/{path}",
            json=content,
            headers=self._headers,
        ) as response:
            if response.status != HTTPStatus.OK:
                raise DemonstrationError(
                    f"Home Assistant answers {response.status} to {path} {content}:"
                    f" {await response.text()}"
                )
            result: dict[str, Any] = await response.json()
            return result


@asynccontextmanager
async def log_in(
    session: aiohttp.ClientSession, url: str, access_token: str
) -> AsyncGenerator[Home]:
    """Open the websocket of a Home Assistant."""
    # The registries of a fleet are larger than messages may be by default.
    async with session.ws_connect(f"{url}/api/websocket", max_msg_size=0) as socket:
        await socket.receive_json()
        await socket.send_json({"type": "auth", "access_token": access_token})
        answer = await socket.receive_json()
        if answer["type"] != "auth_ok":
            raise DemonstrationError(f"Home Assistant refuses the log-in: {answer}")
        yield Home(session, socket, url, access_token)
