"""Houses in which blueprints are used."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from pathlib import Path
import shutil

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest

from tests.conftest import SimulatorFactory
from tests.plant_control.fixtures import NIGHT
from tests.plant_control.house import House, async_build_house

PROJECT = Path(__file__).parents[2]
MORNING = datetime(2026, 6, 21, 6, 30, tzinfo=UTC)


@pytest.fixture(name="home_assistant")
async def home_assistant_fixture(
    hass: HomeAssistant, tmp_path: Path
) -> AsyncGenerator[HomeAssistant]:
    """Return a Home Assistant at the plant's place that has the blueprints."""
    shutil.copytree(PROJECT / "blueprints", tmp_path / "blueprints")
    hass.config.config_dir = str(tmp_path)
    await hass.config.async_set_time_zone("Europe/Berlin")
    assert await async_setup_component(hass, "persistent_notification", {})
    yield hass
    if hass.services.has_service("automation", "turn_off"):
        # else its triggers would outlive the test
        await hass.services.async_call(
            "automation", "turn_off", {"entity_id": "all"}, blocking=True
        )


@pytest.fixture
async def night(
    home_assistant: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    simulator_factory: SimulatorFactory,
) -> House:
    """Return the simulated home on Sunday at 22:30 of its own clock."""
    running = await simulator_factory(plant="home", start=NIGHT)
    return await async_build_house(home_assistant, freezer, running)


@pytest.fixture
async def morning(
    home_assistant: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    simulator_factory: SimulatorFactory,
) -> House:
    """Return the simulated home on a sunny Sunday at 8:30 of its own clock."""
    running = await simulator_factory(plant="home", start=MORNING)
    return await async_build_house(home_assistant, freezer, running)
