"""Fixtures of the tests of sensors."""

from collections.abc import AsyncGenerator

from homeassistant.helpers.entity import Entity
import pytest

from tests.playback import PlaybackCloud


@pytest.fixture
async def cloud() -> AsyncGenerator[PlaybackCloud]:
    """Start a cloud with one plant and no device."""
    async with PlaybackCloud().serve() as playback:
        yield playback


@pytest.fixture
def all_entities_enabled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Enable what is disabled at first."""
    monkeypatch.setattr(Entity, "entity_registry_enabled_default", True)
