"""Fixtures of the tests of alarms."""

from collections.abc import AsyncGenerator

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest

from .cloud import START, AlarmCloud, AlarmNews


@pytest.fixture
async def cloud(freezer: FrozenDateTimeFactory) -> AsyncGenerator[AlarmCloud]:
    """Serve a cloud with alarms; the time stands at `START`."""
    freezer.move_to(START)
    async with (alarm_cloud := AlarmCloud()).serve():
        yield alarm_cloud


@pytest.fixture
def news(hass: HomeAssistant) -> AlarmNews:
    """Collect the events of all plants."""
    return AlarmNews(hass)
