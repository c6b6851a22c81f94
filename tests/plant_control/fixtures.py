"""Fixtures of a house that is controlled, for the tests of whatever looks at it."""

from datetime import UTC, datetime
from typing import Final

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest

from tests.conftest import SimulatorFactory
from tests.plant_control.house import House, async_build_house

# the sun is down, and the battery neither full nor empty
NIGHT: Final = datetime(2026, 6, 21, 20, 30, tzinfo=UTC)


@pytest.fixture
async def night(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    simulator_factory: SimulatorFactory,
) -> House:
    """Return the simulated home after sunset: inverter, battery, meter, dongle."""
    running = await simulator_factory(plant="home", start=NIGHT)
    return await async_build_house(hass, freezer, running)
