"""An hour in which Home Assistant starts anew each minute, half the times by a crash."""

from datetime import timedelta
from pathlib import Path
from typing import Final

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState
import pytest

from simulator.journal import RequestRecord
from tests.conftest import SimulatorFactory

from .installation import Installation, entry_of

MINUTE: Final = timedelta(minutes=1)
RESTARTS: Final = 60
MOST_EXTRA_CALLS: Final = 20
MOST_LOGINS: Final = 4
LOGIN_WINDOW: Final = timedelta(minutes=10)
# a crash comes at any second: this one hits each quarter of a minute in turn
CRASH_STEP: Final = 15


async def async_hour(installation: Installation, access: str, restarts: int) -> None:
    """Set up for the first time, then live an hour with so many restarts."""
    async with installation.running() as hass:
        await installation.async_add(hass, await installation.async_entry(hass, access))
        await installation.async_wait(MINUTE, hass)
        if not restarts:
            await installation.async_wait(RESTARTS * MINUTE, hass)
    for number in range(restarts):
        alive = MINUTE
        crashes = number % 2 == 1
        if crashes:
            alive = timedelta(seconds=CRASH_STEP * (number // 2 % 4))
        async with installation.running() as hass:
            assert entry_of(hass).state is ConfigEntryState.LOADED
            await installation.async_wait(alive, hass)
            if crashes:
                installation.kill()
        await installation.async_wait(MINUTE - alive, None)


def calls(requests: list[RequestRecord]) -> list[RequestRecord]:
    """Return what an account's quota counts."""
    return [request for request in requests if "/thirdData/log" not in request.path]


def most_logins(requests: list[RequestRecord]) -> int:
    """Return the greatest number of log-ins within ten minutes."""
    times = [request.at for request in requests if request.path.endswith("/login")]
    return max(
        (sum(since <= at < since + LOGIN_WINDOW for at in times) for since in times),
        default=0,
    )


@pytest.mark.one_version
@pytest.mark.timeout(300)
@pytest.mark.parametrize("access", ["oauth", "api_account"])
async def test_sixty_restarts_cost_hardly_a_call(
    simulator_factory: SimulatorFactory,
    freezer: FrozenDateTimeFactory,
    tmp_path: Path,
    access: str,
) -> None:
    counts = {}
    for restarts in (0, RESTARTS):
        running = await simulator_factory()
        installation = Installation(tmp_path / str(restarts), running, freezer)
        await async_hour(installation, access, restarts)
        requests = running.simulator.requests
        counts[restarts] = len(calls(requests))
        assert {request.fail_code for request in requests} <= {0, None}
        assert most_logins(requests) <= MOST_LOGINS

    assert counts[RESTARTS] - counts[0] <= MOST_EXTRA_CALLS
