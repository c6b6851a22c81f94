"""Fixtures of the tests of sensors."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import Final

from freezegun.api import FrozenDateTimeFactory
from homeassistant.helpers.entity import Entity
import pytest

from tests.playback import PlaybackCloud

NOON: Final = datetime(2026, 6, 21, 19, tzinfo=UTC)


@pytest.fixture
async def cloud(freezer: FrozenDateTimeFactory) -> AsyncGenerator[PlaybackCloud]:
    """Start a cloud with one plant and no device, at noon of the test's time zone.

    In the morning a counter of the day may still be yesterday's.
    """
    freezer.move_to(NOON)
    async with PlaybackCloud().serve() as playback:
        yield playback


@pytest.fixture
def all_entities_enabled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Enable what is disabled at first."""
    monkeypatch.setattr(Entity, "entity_registry_enabled_default", True)
