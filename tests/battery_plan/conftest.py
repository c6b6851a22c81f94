"""Houses whose battery follows a plan."""

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest

from tests.conftest import SimulatorFactory
from tests.plant_control.fixtures import NIGHT
from tests.plant_control.house import House, async_build_house


@pytest.fixture
async def evening(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    simulator_factory: SimulatorFactory,
) -> House:
    """Return the simulated home on Sunday at 22:30 of its own clock."""
    await hass.config.async_set_time_zone("Europe/Berlin")
    running = await simulator_factory(plant="home", start=NIGHT)
    return await async_build_house(hass, freezer, running)
