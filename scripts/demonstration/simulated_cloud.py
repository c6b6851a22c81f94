"""The simulator as the demo steers it: over /_simulator."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp

from .errors import DemonstrationError
from .expected import BATTERY_PACK, PLANT

CLIENT_ID = "100000001"
CLIENT_SECRET = "simulator-secret"
OWNER_NAME = "owner"
OWNER_PASSWORD = "owner-password"

TIME_ZONE = ZoneInfo("Europe/Berlin")
START_OF_DAY = time(10, 30)


# The same day for every check, so that it shows the same each time.
DAY_OF_CHECK = date(2026, 6, 21)
READINGS = {"getStationRealKpi", "getDevRealKpi"}


def start_of_demonstration() -> datetime:
    """Return the morning of today where the simulated plants stand."""
    today = datetime.now(TIME_ZONE).date()
    return datetime.combine(today, START_OF_DAY, TIME_ZONE)


def start_of_check() -> datetime:
    """Return a morning in summer where the simulated plants stand."""
    return datetime.combine(DAY_OF_CHECK, START_OF_DAY, TIME_ZONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedDevice:
    """A plant, device or battery pack, by the key that its unique ids begin with."""

    key: str
    kind: int | str
    """The devTypeId, PLANT or BATTERY_PACK."""
    plant_code: str
    published_as: str
    name: str


class SimulatedCloud:
    """A running simulator."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        """Steer the simulator at `url`."""
        self.url = url
        self._session = session

    async def allow_redirect(self, redirect_uri: str) -> None:
        """Register a redirect address of our OAuth client."""
        await self._post(
            "clients", {"client_id": CLIENT_ID, "redirect_uris": [redirect_uri]}
        )

    async def stop_clock(self) -> None:
        """Let time stand still until it is stepped."""
        await self._post("clock", {"speed": 0})

    async def step(self, delta: timedelta) -> None:
        """Move time forward."""
        await self._post("clock", {"step_seconds": delta.total_seconds()})

    async def distortions(self) -> dict[str, str]:
        """Return what can be made to go wrong, by name."""
        catalogue: dict[str, str] = (await self._get("faults"))["catalogue"]
        return catalogue

    async def distort(self, name: str) -> None:
        """Switch one misbehaviour on."""
        await self._post("faults", {"enable": name})

    async def devices(self) -> list[SimulatedDevice]:
        """Return all plants, devices and battery packs."""
        truth = await self.truth()
        found: list[SimulatedDevice] = []
        for plant in (await self._get("state"))["plants"]:
            code: str = plant["code"]
            found.append(
                SimulatedDevice(
                    key=code,
                    kind=PLANT,
                    plant_code=code,
                    published_as="plant",
                    name=plant["name"],
                )
            )
            for device in plant["devices"]:
                dn: str = device["dn"]
                name: str = device["name"]
                parts = [(device["serial"] or dn, device["type_id"], name)]
                parts.extend(
                    (serial, BATTERY_PACK, f"{name}, pack {serial}")
                    for serial in _packs(truth[code][dn])
                )
                found.extend(
                    SimulatedDevice(
                        key=key,
                        kind=kind,
                        plant_code=code,
                        published_as=dn,
                        name=part_name,
                    )
                    for key, kind, part_name in parts
                )
        return found

    async def truth(self) -> dict[str, dict[str, Any]]:
        """Return the physical quantities behind what is published, by plant code."""
        truth: dict[str, dict[str, Any]] = await self._get("truth")
        return {code: plant["published"] for code, plant in truth.items()}

    async def readings_given(self) -> Counter[tuple[str, int | None]]:
        """Return how often readings were given, by interface and devTypeId."""
        return Counter(
            (request["interface"], request["body"].get("devTypeId"))
            for request in await self._get("requests")
            if request["interface"] in READINGS and request["fail_code"] == 0
        )

    async def _get(self, path: str) -> Any:
        async with self._session.get(f"{self.url}/_simulator/{path}") as response:
            return await self._checked(response)

    async def _post(self, path: str, body: dict[str, Any]) -> Any:
        url = f"{self.url}/_simulator/{path}"
        async with self._session.post(url, json=body) as response:
            return await self._checked(response)

    async def _checked(self, response: aiohttp.ClientResponse) -> Any:
        if not response.ok:
            raise DemonstrationError(
                f"The simulator answers {response.status} to {response.url.path}:"
                f" {await response.text()}"
            )
        return await response.json()


def _packs(quantities: dict[str, Any]) -> list[str]:
    """Return the serial numbers of the packs that a battery's truth tells of."""
    return [
        quantity.removeprefix("pack_").removesuffix("_health")
        for quantity in quantities
        if quantity.startswith("pack_")
    ]
