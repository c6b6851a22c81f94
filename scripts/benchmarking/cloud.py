"""The simulated cloud: in this process, or as a program of its own."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.client import HTTPConnection
import json
from pathlib import Path
import subprocess
import sys
import time
from typing import Any

from scripts.demonstration.programs import free_port
from simulator import Simulator

from .calls import Call
from .home import METER_TYPES, ListedPlant

PROJECT = Path(__file__).parents[2]
_SECONDS_TO_ANSWER = 60


class BenchmarkError(Exception):
    """What keeps a benchmark from being run."""


class CloudProgram:
    """A simulator that runs beside Home Assistant, whose work is not to be measured."""

    def __init__(self, port: int) -> None:
        """Steer the simulator at a port of this machine."""
        self.url = f"http://127.0.0.1:{port}"
        self._port = port

    @contextmanager
    @staticmethod
    def running(plants: str, start: datetime, seed: int = 1) -> Generator[CloudProgram]:
        """Run a simulator whose clock is stepped. Raises BenchmarkError if it cannot."""
        port = free_port()
        cloud = CloudProgram(port)
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "simulator"),
                *("--port", str(port)),
                *("--plant", plants),
                *("--speed", "0"),
                *("--start", start.isoformat()),
                *("--seed", str(seed)),
            ],
            cwd=PROJECT,
            stdout=subprocess.DEVNULL,
        )
        try:
            cloud.wait_until_answering(process)
            yield cloud
        finally:
            process.terminate()
            process.wait()

    def wait_until_answering(self, process: subprocess.Popen[bytes]) -> None:
        """Wait for a first answer. Raises BenchmarkError if there is none."""
        until = time.perf_counter() + _SECONDS_TO_ANSWER
        while time.perf_counter() < until and process.poll() is None:
            try:
                self.get("state")
            except ConnectionError:
                time.sleep(0.1)
            else:
                return
        raise BenchmarkError("The simulator does not answer.")

    def step(self, delta: timedelta) -> None:
        """Move time forward."""
        self.post("clock", {"step_seconds": delta.total_seconds()})

    def plants(self) -> list[ListedPlant]:
        """Return the plants as an entry needs them."""
        return [
            ListedPlant(
                code=plant["code"],
                time_zone=plant["time_zone"],
                meters=tuple(
                    device["serial"]
                    for device in plant["devices"]
                    if device["type_id"] in METER_TYPES
                ),
            )
            for plant in self.get("state")["plants"]
        ]

    def calls(self) -> list[Call]:
        """Return what was logged so far."""
        return [Call.from_log(record) for record in self.get("requests")]

    def owner_of(self, plant: ListedPlant) -> str:
        """Make an owner who has just this plant, and return the name."""
        name = f"owner of {plant.code}"
        self.post("owners", {"name": name, "plant_codes": [plant.code]})
        return name

    def grant(self, owner: str = "owner") -> dict[str, Any]:
        """Return the answer of a token request after an owner's consent."""
        token: dict[str, Any] = self.post("grant", {"owner": owner})
        return token

    def get(self, path: str) -> Any:
        """Return what the control panel tells. Raises ConnectionError."""
        return self._ask("GET", path, None)

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """Steer the simulator. Raises ConnectionError, and BenchmarkError if refused."""
        return self._ask("POST", path, json.dumps(body))

    def _ask(self, method: str, path: str, body: str | None) -> Any:
        # A connection each: a process that forks must not share one with its child.
        connection = HTTPConnection("127.0.0.1", self._port, timeout=60)
        try:
            connection.request(
                method,
                f"/_simulator/{path}",
                body,
                {"Content-Type": "application/json"},
            )
            response = connection.getresponse()
            text = response.read()
        finally:
            connection.close()
        if response.status != 200:
            raise BenchmarkError(f"The simulator answers {response.status}: {text!r}")
        return json.loads(text)


def listed(simulator: Simulator) -> list[ListedPlant]:
    """Return the plants of a simulator in this process as an entry needs them."""
    return [
        ListedPlant(
            code=plant.code,
            time_zone=plant.time_zone,
            meters=tuple(
                device.serial
                for device in plant.devices
                if device.type_id in METER_TYPES and device.serial is not None
            ),
        )
        for plant in simulator.plants
    ]


def logged(simulator: Simulator) -> list[Call]:
    """Return what a simulator in this process logged so far."""
    return [Call.from_log(record.as_json()) for record in simulator.requests]
