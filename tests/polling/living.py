"""Hours of an entry and its cloud, from one timer of Home Assistant to the next."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.util.async_ import get_scheduled_timer_handles
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from simulator import Simulator
from simulator.journal import RequestRecord
from tests.conftest import RunningSimulator
from tests.playback import async_oauth_entry, async_set_up

LONGEST_STEP: Final = 60.0
# the time stands still between two steps
_LEAST_STEP: Final = 0.5


async def async_owner_entry(
    hass: HomeAssistant, running: RunningSimulator, **options: object
) -> MockConfigEntry:
    """Set up an entry of the owner of all plants, with their devices."""
    simulator = running.simulator
    expires = simulator.clock.access_now().timestamp() + 3600
    token = simulator.oauth.grant() | {"expires_at": expires}
    codes = [plant.code for plant in simulator.plants]
    entry = await async_oauth_entry(
        hass, running.url, codes, token, detail="devices", **options
    )
    await async_set_up(hass, entry)
    return entry


async def async_live(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    simulator: Simulator,
    delta: timedelta,
) -> None:
    """Let time pass; each timer finds the time that it was set for."""
    end = simulator.clock.now() + delta
    while (left := (end - simulator.clock.now()).total_seconds()) > 0:
        step = timedelta(seconds=min(_next_timer(hass), left))
        freezer.tick(step)
        simulator.clock.step(step)
        async_fire_time_changed(hass)
        await hass.async_block_till_done(wait_background_tasks=True)


def _next_timer(hass: HomeAssistant) -> float:
    now = hass.loop.time()
    waits = [
        handle.when() - now
        for handle in get_scheduled_timer_handles(hass.loop)
        if not handle.cancelled()
    ]
    return min(max(min(waits, default=LONGEST_STEP), _LEAST_STEP), LONGEST_STEP)


def polls(
    simulator: Simulator, type_id: int | None = None, since: datetime | None = None
) -> list[RequestRecord]:
    """Return the polls of a device type, of the plants for None."""
    return [
        record
        for record in simulator.requests
        if (since is None or record.at >= since)
        and (
            record.interface == "getStationRealKpi"
            if type_id is None
            else record.interface == "getDevRealKpi"
            and isinstance(record.body, dict)
            and record.body["devTypeId"] == type_id
        )
    ]


def basic_calls(records: Collection[RequestRecord]) -> int:
    """Return how many calls of an owner's basic class are among the requests."""
    return sum(
        record.access == "oauth" and record.interface != "token" for record in records
    )
