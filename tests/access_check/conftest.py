"""A house whose owner looks what the cloud grants, and one that came by an API account."""

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest

from tests.conftest import RunningSimulator
from tests.plant_control.house import (
    House,
    async_build_account_house,
    async_build_house,
)


@pytest.fixture
async def house(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, simulator: RunningSimulator
) -> House:
    """Return a house that came by OAuth Connect."""
    return await async_build_house(hass, freezer, simulator, history=False)


@pytest.fixture
async def account_house(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, simulator: RunningSimulator
) -> House:
    """Return a house that came by an API account."""
    return await async_build_account_house(hass, freezer, simulator, history=False)
