"""Refresh the sensors of a home as simulated time passes, and read what they show."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from .comparison import Row, Sensor, compare, missing, missing_device
from .dashboard import PlantOfHome, ShownSource, compare_sources
from .errors import DemonstrationError
from .expected import ACCOUNT, OWNER
from .home import Home
from .programs import Program
from .sign_in import DOMAIN
from .simulated_cloud import SimulatedCloud
from .truth import SimulatedDevice

SECONDS_TO_BE_KNOWN = 60
# Home Assistant makes statistics every five minutes of real time.
SECONDS_TO_STATISTICS = 330
NO_STATISTICS_YET = "statistics_not_defined"
UNKNOWN = {"unavailable", "unknown"}
CONTROL_CALLS_LEFT = "_control_calls_left"
# What the integration works out by itself: nothing in the cloud is behind it.
ABOUT_ITSELF = ("_history_progress", "_plants_below_median")


class Check:
    """Compares what a home shows with what the simulated cloud knows."""

    def __init__(self, home: Home, program: Program, cloud: SimulatedCloud) -> None:
        """Compare a home that the integration was just added to.

        `program` runs it by a clock that can be set.
        """
        self._home = home
        self._program = program
        self._cloud = cloud
        self._devices: list[SimulatedDevice] = []
        self._registered: set[str] = set()

    async def wait_until_known(self) -> None:
        """Wait until sensors show something; a while later that is for the rows to say."""
        try:
            async with asyncio.timeout(SECONDS_TO_BE_KNOWN):
                while any(
                    state["state"] in UNKNOWN
                    for state in (await self._numeric_states()).values()
                ):
                    await asyncio.sleep(0.5)
        except TimeoutError:
            return

    async def sensors(self) -> list[Sensor]:
        """Return every enabled numeric sensor of the integration that tells of the cloud.

        Raises DemonstrationError for one of an unknown device.
        """
        self._devices = await self._wanted_devices()
        # The longest first: the key of a plant may begin the key of a device.
        devices = sorted(self._devices, key=lambda device: -len(device.key))
        states = await self._numeric_states()
        sensors = []
        for entity_id, unique_id in (await self._entities()).items():
            if entity_id not in states or unique_id.endswith(ABOUT_ITSELF):
                continue
            for device in devices:
                if unique_id.startswith(f"{device.key}_"):
                    key = unique_id.removeprefix(f"{device.key}_")
                    sensors.append(Sensor(entity_id=entity_id, key=key, device=device))
                    break
            else:
                raise DemonstrationError(f"{entity_id} belongs to nothing expected")
        return sensors

    async def refresh(self, step: timedelta) -> None:
        """Let simulated time pass and ask Home Assistant for an update.

        Returns once every plant and device that was read before was read anew and the
        sensors have come to rest. Raises DemonstrationError if that does not happen,
        or if the cloud publishes nothing new.
        """
        published = (await self._cloud.truth()).taken_at
        then = await self._home.now() + step
        # Both at once: a poll between the two would see a day's energy in a second.
        self._home.set_clock_forward(self._program, step)
        await self._cloud.step(step)
        await self._home.wait_for_clock(then)
        # Not before the step: Home Assistant may still be reading what it was asked for
        # the last time.
        given = await self._cloud.readings_given()
        if (await self._cloud.truth()).taken_at == published:
            raise DemonstrationError("The simulated cloud publishes nothing new")
        await self._home.command(
            "call_service",
            domain="homeassistant",
            service="update_entity",
            service_data={"entity_id": list(await self._entities())},
        )
        await self._cloud.wait_until_read_anew(given)
        shown = await self._numeric_states()
        while True:
            await asyncio.sleep(0.5)
            before, shown = shown, await self._numeric_states()
            if before == shown:
                return

    async def rows(self, sensors: list[Sensor]) -> list[Row]:
        """Return the table as it is now, with what is missing."""
        states = await self._numeric_states()
        truth = await self._cloud.truth()
        rows = [
            compare(sensor, states[sensor.entity_id], truth.of(sensor.device))
            for sensor in sensors
            if sensor.entity_id in states
        ]
        shown: defaultdict[str, set[str]] = defaultdict(set)
        for row in rows:
            shown[row.device.key].add(row.key)
        for device in self._devices:
            if device.key not in self._registered:
                rows.append(missing_device(device))
            rows.extend(missing(device, shown[device.key], truth.of(device)))
        return rows

    async def sources(self, *, learned: bool) -> list[Row]:
        """Return the table of the Energy dashboard, as soon as there are statistics.

        `learned` says that Home Assistant has seen enough to know what meters measure.
        """
        shown = await self._shown_sources()
        try:
            async with asyncio.timeout(SECONDS_TO_STATISTICS):
                while any(NO_STATISTICS_YET in each.issues for each in shown):
                    await asyncio.sleep(1)
                    shown = await self._shown_sources()
        except TimeoutError:
            pass
        truth = await self._cloud.truth()
        entities = await self._entities()
        plants = [
            PlantOfHome(
                device=device,
                quantities=truth.of(device),
                entity_ids={
                    unique_id.removeprefix(f"{device.key}_"): entity_id
                    for entity_id, unique_id in entities.items()
                    if unique_id.startswith(f"{device.key}_")
                },
            )
            for device in self._devices
            if device.is_plant
        ]
        return compare_sources(plants, shown, learned=learned)

    async def _shown_sources(self) -> list[ShownSource]:
        """Return what the Energy dashboard has, as Home Assistant validates it."""
        validated = await self._home.command("energy/validate")
        # Without any source there may be no preferences at all, which is an error.
        if not validated["energy_sources"]:
            return []
        preferences = await self._home.command("energy/get_prefs")
        return [
            ShownSource(source=source, issues=tuple(issue["type"] for issue in issues))
            for source, issues in zip(
                preferences["energy_sources"],
                validated["energy_sources"],
                strict=True,
            )
        ]

    async def _wanted_devices(self) -> list[SimulatedDevice]:
        """Return what should be there."""
        entries = await self._home.command("config/device_registry/list")
        ours = {
            key: entry
            for entry in entries
            for domain, key in entry["identifiers"]
            if domain == DOMAIN
        }
        self._registered = set(ours)
        devices = await self._cloud.devices()
        plants = [device for device in devices if device.is_plant]
        if len(plants) > 1:
            return [*devices, _account(ours, plants)]
        owner = _owner((await self._entities()).values())
        # It has no device of its own.
        self._registered.add(owner.key)
        return [*devices, owner]

    async def _entities(self) -> dict[str, str]:
        """Return the unique ids of our enabled entities."""
        return {
            entity["entity_id"]: entity["unique_id"]
            for entity in await self._home.command("config/entity_registry/list")
            if entity["platform"] == DOMAIN and entity["disabled_by"] is None
        }

    async def _numeric_states(self) -> dict[str, dict[str, Any]]:
        """Return the states of our enabled numeric sensors."""
        entities = await self._entities()
        return {
            state["entity_id"]: state
            for state in await self._home.command("get_states")
            if state["entity_id"] in entities and _is_numeric(state)
        }


def _owner(unique_ids: Iterable[str]) -> SimulatedDevice:
    """Return the owner of a single plant, who has calls but no device.

    Raises DemonstrationError if nothing tells the calls.
    """
    for unique_id in unique_ids:
        if unique_id.endswith(CONTROL_CALLS_LEFT):
            return SimulatedDevice(
                key=unique_id.removesuffix(CONTROL_CALLS_LEFT),
                kind=OWNER,
                plant_code="",
                published_as="",
                name="Owner",
            )
    raise DemonstrationError("Nothing tells how many calls are left")


def _account(
    registered: dict[str, dict[str, Any]], plants: Iterable[SimulatedDevice]
) -> SimulatedDevice:
    """Return the account, which all plants hang under in Home Assistant.

    Raises DemonstrationError if there is none.
    """
    above = {
        registered[plant.key]["via_device_id"]
        for plant in plants
        if plant.key in registered
    }
    for key, entry in registered.items():
        if above == {entry["id"]}:
            return SimulatedDevice(
                key=key,
                kind=ACCOUNT,
                plant_code="",
                published_as="",
                name=entry["name"],
            )
    raise DemonstrationError("The plants hang under no account")


def _is_numeric(state: dict[str, Any]) -> bool:
    attributes = state["attributes"]
    return state["entity_id"].startswith("sensor.") and (
        "state_class" in attributes or "unit_of_measurement" in attributes
    )
