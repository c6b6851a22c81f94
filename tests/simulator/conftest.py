"""A simulated cloud at noon in June, and a plain HTTP client for it."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest

from simulator import Simulator

NOON = datetime(2026, 6, 21, 10, 30, tzinfo=UTC)
OAUTH = "/rest/dp/uidm/oauth2/v1"
NBI = "/rest/openapi/pvms/nbi/v1/"
REDIRECT = "https://example.com/auth/external/callback"


def path_of(interface: str) -> str:
    """Return the documented path of an interface."""
    if interface.startswith("vpp/"):
        return f"/rest/openapi/pvms/v1/{interface}"
    if interface.startswith(("control/charge", "control/active")):
        return f"/rest/openapi/pvms/nbi/v2/{interface}"
    return f"{NBI}{interface}" if "/" in interface else f"/thirdData/{interface}"


class Cloud:
    """A running simulator and requests to it, without any code of the client."""

    def __init__(
        self, simulator: Simulator, url: str, session: aiohttp.ClientSession
    ) -> None:
        """Speak to a simulator."""
        self.simulator = simulator
        self.url = url
        self.session = session
        self._token = ""

    @property
    def headers(self) -> dict[str, str]:
        """The default owner's bearer token, renewed by a new consent."""
        if self.simulator.oauth.grant_of(self._token) is None:
            self._token = self.grant()["access_token"]
        return {"Authorization": f"Bearer {self._token}"}

    def grant(self, **arguments: str) -> dict[str, Any]:
        """Consent without a browser."""
        return self.simulator.oauth.grant(**arguments)

    async def raw(
        self,
        interface: str,
        /,
        *,
        headers: dict[str, str] | None = None,
        body: object = None,
        **parameters: object,
    ) -> tuple[int, str, dict[str, str]]:
        """Return status, text and headers of a business call."""
        path = path_of(interface)
        async with self.session.post(
            self.url + path,
            json=parameters if body is None else body,
            headers=self.headers if headers is None else headers,
            allow_redirects=False,
        ) as response:
            lower = {name.lower(): value for name, value in response.headers.items()}
            return response.status, await response.text(), lower

    async def call(
        self,
        interface: str,
        /,
        *,
        headers: dict[str, str] | None = None,
        **parameters: object,
    ) -> dict[str, Any]:
        """Return the envelope of a business call that is answered with HTTP 200."""
        path = path_of(interface)
        async with self.session.post(
            self.url + path,
            json=parameters,
            headers=self.headers if headers is None else headers,
        ) as response:
            assert response.status == 200, await response.text()
            envelope: dict[str, Any] = await response.json()
            return envelope

    async def login(
        self, user: str = "apiuser", password: str = "simulator-password"
    ) -> dict[str, str]:
        """Return the headers of a new API account session."""
        _, _, headers = await self.raw("login", userName=user, systemCode=password)
        return {"XSRF-TOKEN": headers["xsrf-token"]}

    async def code(self, interface: str, /, **parameters: object) -> int:
        """Return the failCode of a call."""
        code: int = (await self.call(interface, **parameters))["failCode"]
        return code

    async def items(self, type_id: int | None = None, plant: int = 0) -> dict[str, Any]:
        """Return the real-time dataItemMap of a plant's device, or of the plant."""
        if type_id is None:
            code = self.simulator.plants[plant].code
            answer = await self.call("getStationRealKpi", stationCodes=code)
        else:
            device = self.device(type_id, plant)
            answer = await self.call(
                "getDevRealKpi", devIds=str(device.id), devTypeId=type_id
            )
        items: dict[str, Any] = answer["data"][0]["dataItemMap"]
        return items

    def device(self, type_id: int, plant: int = 0) -> Any:
        """Return the first device of a type."""
        return next(
            device
            for device in self.simulator.plants[plant].devices
            if device.type_id == type_id
        )

    def step(self, **delta: float) -> None:
        """Let time pass in the simulated cloud."""
        self.simulator.clock.step(timedelta(**delta))


type CloudFactory = Callable[..., Awaitable[Cloud]]


@pytest.fixture
async def cloud_factory() -> AsyncGenerator[CloudFactory]:
    """Start clouds with chosen plants or times."""
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(
            aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        )

        async def start(**arguments: Any) -> Cloud:
            simulator = Simulator(
                **{"plant": "home", "start": NOON, "speed": 0, "seed": 1, **arguments}
            )
            server = await stack.enter_async_context(simulator.serve(port=0))
            return Cloud(simulator, server.url, session)

        yield start


@pytest.fixture
async def cloud(cloud_factory: CloudFactory) -> Cloud:
    """Start a cloud with the plant `home`."""
    return await cloud_factory()
