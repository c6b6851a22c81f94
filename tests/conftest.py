"""Fixtures that every test may use: Home Assistant, the simulator and one clock."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
import logging
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed
from pytest_homeassistant_custom_component.syrupy import HomeAssistantSnapshotExtension
from syrupy.assertion import SnapshotAssertion

# Imported here so that Home Assistant finds our package and not the one of the
# same name that pytest-homeassistant-custom-component brings.
import custom_components.smartpvms
from simulator import Simulator

# A clear summer morning at the simulated plants, which lie in central Europe.
DAY_START = datetime(2026, 6, 21, 8, 30, tzinfo=UTC)

assert custom_components.smartpvms

# Home Assistant's plugin logs each statement of the recorder, which buries failures.
logging.getLogger("sqlalchemy.engine").setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningSimulator:
    """A simulator and the address at which it answers."""

    simulator: Simulator
    url: str


type SimulatorFactory = Callable[..., Awaitable[RunningSimulator]]


@pytest.fixture(autouse=True)
def loopback_sockets(socket_enabled: None) -> None:
    """Allow sockets; the Home Assistant plugin keeps all hosts but 127.0.0.1 out."""


@pytest.fixture(autouse=True)
def enable_event_loop_debug() -> None:
    """Leave the event loop as it is, where Home Assistant's plugin turns debugging on.

    A stack for each handle costs a third of all time, and wrong threads are found by Home
    Assistant itself. `PYTHONASYNCIODEBUG=1` brings it back.
    """


@pytest.fixture(autouse=True)
def custom_integrations(request: pytest.FixtureRequest) -> None:
    """Let Home Assistant load ours, in tests that use Home Assistant."""
    if "recorder_mock" in request.fixturenames:
        # The recorder's fixture has to come before that of Home Assistant.
        request.getfixturevalue("recorder_mock")
    if "hass" in request.fixturenames:
        request.getfixturevalue("enable_custom_integrations")


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Store snapshots in Home Assistant's own notation."""
    return snapshot.use_extension(HomeAssistantSnapshotExtension)


@pytest.fixture
async def simulator_factory(
    freezer: FrozenDateTimeFactory,
) -> AsyncGenerator[SimulatorFactory]:
    """Start simulators whose clock stands until a test moves it.

    The factory takes the arguments of `Simulator`; the frozen time of the test is
    set to the simulator's start.
    """
    async with AsyncExitStack() as stack:

        async def start_simulator(**arguments: Any) -> RunningSimulator:
            start: datetime = arguments.setdefault("start", DAY_START)
            simulator = Simulator(speed=0, **{"plant": "home", "seed": 1, **arguments})
            freezer.move_to(start)
            server = await stack.enter_async_context(simulator.serve(port=0))
            return RunningSimulator(simulator=simulator, url=server.url)

        yield start_simulator


@pytest.fixture
async def simulator(simulator_factory: SimulatorFactory) -> RunningSimulator:
    """Start the simulated plant `home`: inverter, battery, meter, communication."""
    return await simulator_factory()


async def advance(
    hass: HomeAssistant,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    delta: timedelta,
) -> None:
    """Let time pass for Home Assistant and the simulated cloud alike."""
    freezer.tick(delta)
    simulator.clock.step(delta)
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
