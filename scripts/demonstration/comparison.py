"""Compare every enabled numeric sensor with the simulator's physical truth."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from math import isclose
from typing import Any

from .errors import DemonstrationError
from .expected import EXPECTATIONS, UNITS, Expectation
from .home import Home
from .sign_in import DOMAIN
from .simulated_cloud import SimulatedCloud, SimulatedDevice

SECONDS_TO_FETCH = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensor:
    """An enabled numeric sensor of ours, and the simulated thing it belongs to."""

    entity_id: str
    key: str
    device: SimulatedDevice


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table; `truth` and `difference` are in the sensor's unit."""

    sensor: Sensor
    unit: str
    state: str
    truth: float | None
    difference: float | None
    problem: str

    @property
    def agrees(self) -> bool:
        """Whether the sensor shows the truth to the published precision."""
        return not self.problem


class Comparison:
    """Refreshes the sensors of a home and holds them against the simulator."""

    def __init__(self, home: Home, cloud: SimulatedCloud) -> None:
        """Compare what `home` shows with what `cloud` knows."""
        self._home = home
        self._cloud = cloud

    async def sensors(self) -> list[Sensor]:
        """Return every enabled numeric sensor of the integration.

        Raises DemonstrationError for one of an unknown device.
        """
        # The longest first: the key of a plant may begin the key of a device.
        devices = sorted(
            await self._cloud.devices(), key=lambda device: -len(device.key)
        )
        states = await self._states()
        sensors = []
        for entity in await self._home.command("config/entity_registry/list"):
            entity_id: str = entity["entity_id"]
            if (
                entity["platform"] != DOMAIN
                or entity["disabled_by"] is not None
                or not _is_numeric(entity_id, states.get(entity_id))
            ):
                continue
            unique_id: str = entity["unique_id"]
            for device in devices:
                if unique_id.startswith(f"{device.key}_"):
                    key = unique_id.removeprefix(f"{device.key}_")
                    sensors.append(Sensor(entity_id=entity_id, key=key, device=device))
                    break
            else:
                raise DemonstrationError(f"{entity_id} belongs to no simulated device")
        return sensors

    async def refresh(self, sensors: list[Sensor], step: timedelta) -> None:
        """Let simulated time pass and ask Home Assistant for an update.

        Returns once every kind of readings was fetched anew and the sensors have
        come to rest. Raises DemonstrationError if that does not happen, or if no
        sensor has moved.
        """
        before = await self._shown(sensors)
        given = await self._cloud.readings_given()
        await self._cloud.step(step)
        await self._home.command(
            "call_service",
            domain="homeassistant",
            service="update_entity",
            service_data={"entity_id": [sensor.entity_id for sensor in sensors]},
        )
        waiting = set(given)
        try:
            async with asyncio.timeout(SECONDS_TO_FETCH):
                while waiting:
                    await asyncio.sleep(0.5)
                    now = await self._cloud.readings_given()
                    waiting = {kind for kind in given if now[kind] == given[kind]}
        except TimeoutError:
            raise DemonstrationError(f"Not fetched anew: {waiting}") from None
        moved, shown = before, await self._shown(sensors)
        while moved != shown:
            await asyncio.sleep(0.5)
            moved, shown = shown, await self._shown(sensors)
        if shown == before:
            raise DemonstrationError("No sensor has moved")

    async def rows(self, sensors: list[Sensor]) -> list[Row]:
        """Return the table as it is now."""
        states = await self._states()
        truth = await self._cloud.truth()
        return [
            compare(
                sensor,
                states[sensor.entity_id],
                truth[sensor.device.plant_code][sensor.device.published_as],
            )
            for sensor in sensors
        ]

    async def _states(self) -> dict[str, dict[str, Any]]:
        states = await self._home.command("get_states")
        return {state["entity_id"]: state for state in states}

    async def _shown(self, sensors: list[Sensor]) -> dict[str, str]:
        states = await self._states()
        return {
            sensor.entity_id: states[sensor.entity_id]["state"] for sensor in sensors
        }


def _is_numeric(entity_id: str, state: dict[str, Any] | None) -> bool:
    if state is None or not entity_id.startswith("sensor."):
        return False
    attributes = state["attributes"]
    return "state_class" in attributes or "unit_of_measurement" in attributes


def compare(sensor: Sensor, state: dict[str, Any], truth: dict[str, Any]) -> Row:
    """Hold the state of a sensor against the quantities of its device's sample."""
    unit: str = state["attributes"].get("unit_of_measurement", "")
    expectation = EXPECTATIONS.get(sensor.device.kind, {}).get(sensor.key)
    expected: float | None = None
    difference: float | None = None
    if expectation is None:
        problem = "no truth is known"
    elif (quantity := _quantity(expectation, sensor, truth)) is None:
        problem = f"the simulator does not tell {expectation.quantity}"
    elif (factor := _factor(unit, expectation.unit)) is None:
        problem = f"not in {expectation.unit}"
    else:
        # Adding zero makes an ordinary zero of a negative one.
        expected = expectation.sign * quantity / factor + 0.0
        difference, problem = _difference(state["state"], expected, expectation, factor)
    return Row(
        sensor=sensor,
        unit=unit,
        state=state["state"],
        truth=expected,
        difference=difference,
        problem=problem,
    )


def _quantity(
    expectation: Expectation, sensor: Sensor, truth: dict[str, Any]
) -> float | None:
    quantity: float | None = truth.get(
        expectation.quantity.format(key=sensor.device.key)
    )
    return quantity


def _factor(unit: str, truth_unit: str) -> float | None:
    return 1 if unit == truth_unit else UNITS.get((unit, truth_unit))


def _difference(
    state: str, expected: float, expectation: Expectation, factor: float
) -> tuple[float | None, str]:
    """Return the difference, and what is wrong with it; both in the sensor's unit."""
    try:
        difference = float(state) - expected
    except ValueError:
        return None, "not a number"
    half_of_last_decimal = 0.5 * 10**-expectation.decimals / factor
    if abs(difference) < half_of_last_decimal or isclose(
        abs(difference), half_of_last_decimal, rel_tol=1e-6
    ):
        return difference, ""
    return difference, "differs"


def table(rows: list[Row]) -> str:
    """Return the rows as text."""
    lines = [("", "quantity", "simulator", "Home Assistant", "difference", "unit", "")]
    lines.extend(
        (
            "ok" if row.agrees else "FAIL",
            f"{row.sensor.device.name}: {row.sensor.key}",
            "-" if row.truth is None else f"{row.truth:.4f}",
            row.state,
            "-" if row.difference is None else f"{row.difference:+.4f}",
            row.unit,
            row.problem,
        )
        for row in sorted(
            rows, key=lambda row: (row.sensor.device.name, row.sensor.key)
        )
    )
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        f"{mark:<{widths[0]}}  {name:<{widths[1]}}  {truth:>{widths[2]}}"
        f"  {state:>{widths[3]}}  {difference:>{widths[4]}}  {unit:<{widths[5]}}"
        f"  {problem}".rstrip()
        for mark, name, truth, state, difference, unit, problem in lines
    )
