"""The simulator as the demo steers it: over /_simulator."""

import asyncio
from collections import Counter
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp

from .errors import DemonstrationError
from .expected import BATTERY_PACK, PLANT, PLANT_IN_DETAIL, Kind, Quantities
from .truth import SimulatedDevice, Truth

CLIENT_ID = "100000001"
CLIENT_SECRET = "simulator-secret"
OWNER_NAME = "owner"
OWNER_PASSWORD = "owner-password"

TIME_ZONE = ZoneInfo("Europe/Berlin")
START_OF_DAY = time(10, 30)

# The same day for every check, so that it shows the same each time.
DAY_OF_CHECK = date(2026, 6, 21)
# When Home Assistant makes statistics of five minutes.
STATISTICS_OF_CHECK = time(10, 35, 10)
SUBJECTS = {"getStationRealKpi": "stationCodes", "getDevRealKpi": "devIds"}
"""Which field of a request names the plants or devices whose readings it asks for."""
MOST_PLANTS_IN_DETAIL = 10
SEVERITIES = 4
SECONDS_TO_READ = 90


def start_of_demonstration() -> datetime:
    """Return the morning of today where the simulated plants stand."""
    today = datetime.now(TIME_ZONE).date()
    return datetime.combine(today, START_OF_DAY, TIME_ZONE)


def start_of_check(before_statistics: timedelta) -> datetime:
    """Return a morning in summer where the simulated plants stand.

    Home Assistant makes its first statistics when so much time has passed.
    """
    statistics = datetime.combine(DAY_OF_CHECK, STATISTICS_OF_CHECK, TIME_ZONE)
    return statistics - before_statistics


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

    async def raise_alarms(self) -> None:
        """Raise alarms of all severities: one for every third device."""
        devices = [
            device["dn"]
            for plant in (await self._state())["plants"]
            for device in plant["devices"]
        ]
        for number, dn in enumerate(devices[::3]):
            severity = number % SEVERITIES + 1
            await self._post(
                "alarms", {"raise": "network_lost", "device": dn, "severity": severity}
            )

    async def time_zones(self) -> dict[str, str]:
        """Return the time zones of the plants, by the names of the plants."""
        plants = (await self._state())["plants"]
        return {plant["name"]: plant["time_zone"] for plant in plants}

    async def plant_codes(self) -> list[str]:
        """Return the codes of the plants."""
        return [plant["code"] for plant in (await self._state())["plants"]]

    async def devices(self) -> list[SimulatedDevice]:
        """Return all plants, devices and battery packs; of many plants them only."""
        truth: dict[str, dict[str, Any]] = await self._get("truth")
        plants = (await self._state())["plants"]
        found: list[SimulatedDevice] = []
        in_detail = len(plants) <= MOST_PLANTS_IN_DETAIL
        for plant in plants:
            code: str = plant["code"]
            place = f"{plant['name']} " if len(plants) > 1 else ""
            found.append(
                SimulatedDevice(
                    key=code,
                    kind=PLANT_IN_DETAIL if in_detail else PLANT,
                    plant_code=code,
                    published_as="plant",
                    name=plant["name"],
                )
            )
            for device in plant["devices"] if in_detail else ():
                quantities = truth[code]["published"][device["dn"]]
                found.extend(_with_packs(device, place, code, quantities))
        return found

    async def truth(self) -> Truth:
        """Return the physical quantities behind what is published."""
        told: dict[str, dict[str, Any]] = await self._get("truth")
        state = await self._state()
        types = {
            device["dn"]: device["type_id"]
            for plant in state["plants"]
            for device in plant["devices"]
        }
        # The demo has one owner.
        used: dict[str, int] = state["quotas"]["used"]
        calls = {key.split()[-1]: count for key, count in used.items()}
        return Truth(told, types, calls)

    async def readings_given(self) -> Counter[tuple[str, str]]:
        """Return how often readings were given, by interface and plant code or id."""
        return Counter(
            (request["interface"], subject)
            for request in await self._get("requests")
            if request["interface"] in SUBJECTS and request["fail_code"] == 0
            for subject in str(request["body"][SUBJECTS[request["interface"]]]).split(
                ","
            )
        )

    async def wait_until_read_anew(self, given: Counter[tuple[str, str]]) -> None:
        """Wait until all that was given is given once more.

        Raises DemonstrationError if that takes too long.
        """
        waiting = set(given)
        try:
            async with asyncio.timeout(SECONDS_TO_READ):
                while waiting:
                    await asyncio.sleep(0.5)
                    now = await self.readings_given()
                    waiting = {kind for kind in given if now[kind] == given[kind]}
        except TimeoutError:
            names = sorted({f"{interface} {key}" for interface, key in waiting})
            raise DemonstrationError(f"Not fetched anew: {names[:5]}") from None

    async def one_of_each_type(self) -> list[str]:
        """Return the key of the first device of each type."""
        keys: dict[int, str] = {}
        for plant in (await self._state())["plants"]:
            for device in plant["devices"]:
                keys.setdefault(device["type_id"], device["serial"] or device["dn"])
        return list(keys.values())

    async def _state(self) -> dict[str, Any]:
        state: dict[str, Any] = await self._get("state")
        return state

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


def _with_packs(
    device: dict[str, Any], place: str, plant_code: str, quantities: Quantities
) -> list[SimulatedDevice]:
    """Return a device, and the packs that its truth tells of."""
    dn: str = device["dn"]
    name = f"{place}{device['name']}"
    parts: list[tuple[str, Kind, str]] = [
        (device["serial"] or dn, device["type_id"], name)
    ]
    for quantity in quantities:
        if quantity.startswith("pack_"):
            serial = quantity.removeprefix("pack_").removesuffix("_health")
            parts.append((serial, BATTERY_PACK, f"{name}, pack {serial}"))
    return [
        SimulatedDevice(
            key=key, kind=kind, plant_code=plant_code, published_as=dn, name=part_name
        )
        for key, kind, part_name in parts
    ]
