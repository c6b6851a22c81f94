"""A house whose engine is told to control it."""

from collections.abc import AsyncGenerator

import pytest

from simulator import Simulator

from .house import START, House, serve_house


@pytest.fixture
async def house() -> AsyncGenerator[House]:
    """Return the simulated plant `home` with an engine."""
    simulator = Simulator(plant="home", start=START, seed=1, speed=0)
    async with serve_house(simulator) as house:
        yield house
