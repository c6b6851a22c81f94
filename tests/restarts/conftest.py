"""Fixtures of the tests of restarts."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import Final

from freezegun.api import FrozenDateTimeFactory
import pytest

from tests.playback import PlaybackCloud

NOON: Final = datetime(2026, 6, 21, 19, tzinfo=UTC)


@pytest.fixture
async def cloud(freezer: FrozenDateTimeFactory) -> AsyncGenerator[PlaybackCloud]:
    """Serve a plant with one inverter, at noon of the test's time zone."""
    freezer.move_to(NOON)
    cloud = PlaybackCloud()
    cloud.list_device(1, 38)
    cloud.tell_plant(day_power=5.0, total_power=700.0)
    cloud.tell(1, active_power=2.0, total_cap=600.0, day_cap=5.0, run_state=1)
    async with cloud.serve():
        yield cloud
