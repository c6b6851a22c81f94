"""A day of a home, by its real clock and over HTTP, within the calls that there are."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest

from simulator import Simulator
from simulator.plants.plant import Plant
from simulator.wire.realtime import device_items
from tests.conftest import SimulatorFactory
from tests.playback import api_account_entry, async_set_up

from .living import async_live, async_owner_entry, basic_calls, polls

MIDNIGHT: Final = datetime(2026, 6, 20, 22, tzinfo=UTC)
DAY: Final = timedelta(days=1)
# what is published at the end is not polled any more
REST: Final = timedelta(minutes=10)
LIVE: Final = {
    "pv": (38, "mppt_power"),
    "battery": (39, "ch_discharge_power"),
    "soc": (39, "battery_soc"),
    "grid": (47, "active_power"),
}

pytestmark = [
    pytest.mark.one_version,
    pytest.mark.timeout(240),
    pytest.mark.usefixtures("hass_storage"),
]


def snapshots(
    plant: Plant, type_id: int, key: str, begin: datetime, end: datetime
) -> Iterator[datetime]:
    """Yield the samples that differ in a value from those published before."""
    (device,) = (each for each in plant.devices if each.type_id == type_id)
    publication = plant.publication(type_id)
    moment, before = begin, None
    while moment < end:
        sample = publication.sample(moment)
        value = device_items(device, sample).get(key)
        if before is not None and value != before:
            yield sample
        before = value
        moment = publication.next_change(moment)


def seen(simulator: Simulator, type_id: int) -> set[datetime]:
    """Return the samples that were polled."""
    plant = simulator.plants[0]
    return {
        plant.published(type_id, record.at)
        for record in polls(simulator, type_id)
        if record.fail_code == 0
    }


def share(simulator: Simulator, value: str, begin: datetime, end: datetime) -> float:
    """Return how many of the beats with something new were seen, in percent."""
    type_id, key = LIVE[value]
    (plant,) = simulator.plants
    due = set(snapshots(plant, type_id, key, begin, end - REST))
    assert len(due) > 100
    return 100 * len(due & seen(simulator, type_id)) / len(due)


def meters(plant: Plant) -> dict[str, object]:
    """Return the options of a plant whose meter is confirmed."""
    confirmed = {
        each.serial: {"role": "grid", "reversed": False}
        for each in plant.devices
        if each.type_id == 47
    }
    return {plant.code: {"time_zone": "Europe/Berlin", "meters": confirmed}}


async def test_an_owners_home_is_seen_within_its_calls(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    simulator_factory: SimulatorFactory,
) -> None:
    running = await simulator_factory(plant="home", start=MIDNIGHT)
    simulator = running.simulator
    (plant,) = simulator.plants
    await async_owner_entry(hass, running, plant_settings=meters(plant))
    await async_live(hass, freezer, simulator, DAY)

    assert basic_calls(simulator.requests) <= 840
    assert {record.status for record in simulator.requests} == {200}
    assert not any(record.fail_code for record in simulator.requests)
    for value in LIVE:
        assert share(simulator, value, MIDNIGHT, MIDNIGHT + DAY) >= 97, value
    assert sum(share(simulator, each, MIDNIGHT, MIDNIGHT + DAY) for each in LIVE) > 392


async def test_an_api_account_is_never_refused(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    simulator_factory: SimulatorFactory,
) -> None:
    running = await simulator_factory(plant="home", start=MIDNIGHT)
    simulator = running.simulator
    entry = api_account_entry(
        running.url, [simulator.plants[0].code], password="simulator-password"
    )
    await async_set_up(hass, entry)
    await async_live(hass, freezer, simulator, DAY / 2)
    for _ in range(3):
        assert await hass.config_entries.async_reload(entry.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
        await async_live(hass, freezer, simulator, timedelta(minutes=10))
    await async_live(hass, freezer, simulator, timedelta(hours=6))

    assert not any(record.fail_code for record in simulator.requests)
    assert {record.status for record in simulator.requests} == {200}
    for type_id in (38, 39, 47, None):
        times = [record.at for record in polls(simulator, type_id)]
        gaps = [later - earlier for earlier, later in pairwise(times)]
        assert min(gaps) > timedelta(minutes=5)
        assert max(gaps) < timedelta(minutes=11)


async def test_a_night_costs_few_calls(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    simulator_factory: SimulatorFactory,
) -> None:
    """No plant needs its inverter at each beat of the night."""
    running = await simulator_factory(plant="pv", start=MIDNIGHT)
    simulator = running.simulator
    await async_owner_entry(hass, running)
    await async_live(hass, freezer, simulator, timedelta(hours=4))

    assert 4 <= len(polls(simulator, 38)) <= 7
