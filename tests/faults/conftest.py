"""A site whose name resolution, connection, cloud and credentials can fail."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime
import logging
from typing import Final

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest

from simulator import Simulator
from tests.config_flow.conftest import callback_server

from .site import Resolver, Site

__all__ = ["callback_server"]

# at noon the day's counters are believed
NOON: Final = datetime(2026, 6, 21, 10, tzinfo=UTC)


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Resolver:
    """Resolve names ourselves."""
    resolver = Resolver()
    monkeypatch.setattr(
        "homeassistant.helpers.aiohttp_client._async_make_resolver",
        lambda hass: resolver,
    )
    return resolver


@pytest.fixture
def kind() -> type[Site]:
    """Return how the owner came in: by OAuth Connect."""
    return Site


@pytest.fixture
async def site(
    *,
    kind: type[Site],
    resolver: Resolver,
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    callback_server: str,
    current_request_with_host: None,
    caplog: pytest.LogCaptureFixture,
) -> AsyncGenerator[Site]:
    """Return a home with a battery, whose entry is not set up yet."""
    caplog.set_level(logging.INFO)
    # a debugging loop notes where each task came from, which takes most of the time
    hass.loop.set_debug(False)
    freezer.move_to(NOON)
    await hass.config.async_set_time_zone("Europe/Amsterdam")
    # of a fleet, whose plants have a short past to be worked out
    cloud = Simulator(plant="fleet:3", start=NOON, speed=0, seed=1)
    del cloud.plants[:2]
    async with cloud.serve() as server:
        site = kind(
            hass=hass,
            freezer=freezer,
            cloud=cloud,
            server=server,
            resolver=resolver,
            callback_server=callback_server,
            caplog=caplog,
        )
        await site.make_entry()
        yield site
