"""What an entry remembers on disk: its plants, its devices, and what was read last."""

from datetime import timedelta
from typing import Any, Final

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.smartpvms.coordinator import forget_entry
from tests.conftest import RunningSimulator
from tests.playback import (
    PLANT,
    Answer,
    PlaybackCloud,
    api_account_entry,
    async_oauth_entry,
    async_set_up,
    states_by_key,
    success,
)

pytestmark = pytest.mark.usefixtures("hass_storage")

MINUTE: Final = timedelta(minutes=1)
# a second later: an API account keeps a margin between its calls
LISTS: Final = timedelta(hours=6, seconds=15)
DOWN: Final = Answer(body="", status=502)


async def async_stop(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Unload the entry, and leave nothing of it in memory."""
    assert await hass.config_entries.async_unload(entry.entry_id)
    forget_entry(hass, entry.entry_id)


async def async_start(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Set the entry up."""
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)


async def async_restart(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    pause: timedelta,
) -> None:
    """Be off for a while."""
    await async_stop(hass, entry)
    freezer.tick(pause)
    await async_start(hass, entry)


async def async_wait(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, delta: timedelta
) -> None:
    """Let time pass."""
    freezer.tick(delta)
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)


def fail(cloud: PlaybackCloud) -> None:
    """Let the cloud fail from now on."""
    cloud.answers = dict.fromkeys(cloud.answers, DOWN)


def device(device_id: int, serial: str | None, dn: str) -> dict[str, Any]:
    """Return a row of the device list."""
    return {
        "id": device_id,
        "devDn": dn,
        "devName": f"Device-{device_id}",
        "devTypeId": 38,
        "esnCode": serial,
        "stationCode": PLANT,
    }


def names(hass: HomeAssistant) -> set[str | None]:
    """Return the names of all devices."""
    return {each.name for each in dr.async_get(hass).devices}


def file_of(entry: MockConfigEntry) -> str:
    """Return the name of what the entry remembers."""
    return f"smartpvms.memory.{entry.entry_id}"


async def test_set_up_within_a_beat_makes_no_call(
    hass: HomeAssistant, cloud: PlaybackCloud, freezer: FrozenDateTimeFactory
) -> None:
    entry = api_account_entry(cloud.url, [PLANT])
    await async_set_up(hass, entry)
    before = states_by_key(hass, "SERIAL") | states_by_key(hass, PLANT)
    cloud.requests.clear()
    for _ in range(4):
        await async_restart(hass, entry, freezer, MINUTE)
        assert states_by_key(hass, "SERIAL") | states_by_key(hass, PLANT) == before

    assert entry.state is ConfigEntryState.LOADED
    assert before["active_power"] == "2000.0"
    assert cloud.requests == []


async def test_owner_who_restarts_within_a_beat_spends_no_call(
    hass: HomeAssistant, simulator: RunningSimulator, freezer: FrozenDateTimeFactory
) -> None:
    home = simulator.simulator
    token = home.oauth.grant() | {"expires_at": freezer().timestamp() + 3600}
    entry = await async_oauth_entry(hass, simulator.url, [home.plants[0].code], token)
    await async_set_up(hass, entry)
    owners = [home.plants[0].code, *(each.serial for each in home.plants[0].devices)]
    before = [states_by_key(hass, owner) for owner in owners if owner]
    calls = len(home.requests)
    await async_restart(hass, entry, freezer, timedelta(0))

    assert [states_by_key(hass, owner) for owner in owners if owner] == before
    assert len(home.requests) == calls


async def test_known_plants_need_no_cloud(
    hass: HomeAssistant, cloud: PlaybackCloud, freezer: FrozenDateTimeFactory
) -> None:
    entry = api_account_entry(cloud.url, [PLANT])
    await async_set_up(hass, entry)
    fail(cloud)
    await async_restart(hass, entry, freezer, timedelta(days=3))

    assert entry.state is ConfigEntryState.LOADED
    assert names(hass) == {"Plant A", "Device-1"}
    assert states_by_key(hass, "SERIAL")["active_power"] == STATE_UNAVAILABLE


@pytest.mark.parametrize(("pause", "power"), [(14, "2000.0"), (16, STATE_UNAVAILABLE)])
async def test_value_of_before_is_shown_for_three_beats_and_a_lifetime_total_longer(
    hass: HomeAssistant,
    cloud: PlaybackCloud,
    freezer: FrozenDateTimeFactory,
    pause: int,
    power: str,
) -> None:
    entry = api_account_entry(cloud.url, [PLANT])
    await async_set_up(hass, entry)
    fail(cloud)
    await async_restart(hass, entry, freezer, pause * MINUTE)
    inverter, plant = states_by_key(hass, "SERIAL"), states_by_key(hass, PLANT)

    assert inverter["active_power"] == power
    assert inverter["total_cap"] == "600.0"
    assert plant["total_power"] == "700.0"
    assert plant["solar_energy"] == "600.0"


async def test_value_of_before_does_not_outlive_three_beats_without_a_poll(
    hass: HomeAssistant, cloud: PlaybackCloud, freezer: FrozenDateTimeFactory
) -> None:
    entry = api_account_entry(cloud.url, [PLANT])
    await async_set_up(hass, entry)
    await async_stop(hass, entry)
    hass.config_entries.async_update_entry(entry, pref_disable_polling=True)
    freezer.tick(3 * MINUTE)
    await async_start(hass, entry)
    await async_wait(hass, freezer, 11 * MINUTE)
    assert states_by_key(hass, "SERIAL")["active_power"] == "2000.0"

    await async_wait(hass, freezer, 2 * MINUTE)
    states = states_by_key(hass, "SERIAL")
    assert states["active_power"] == STATE_UNAVAILABLE
    assert states["total_cap"] == "600.0"


async def test_lifetime_total_stays_through_an_outage(
    hass: HomeAssistant, cloud: PlaybackCloud, freezer: FrozenDateTimeFactory
) -> None:
    await async_set_up(hass, api_account_entry(cloud.url, [PLANT]))
    fail(cloud)
    for _ in range(12):
        await async_wait(hass, freezer, timedelta(minutes=5, seconds=3))
    states = states_by_key(hass, "SERIAL")

    assert states["active_power"] == STATE_UNAVAILABLE
    assert states["total_cap"] == "600.0"


async def test_old_list_is_used_at_once_and_read_again_afterwards(
    hass: HomeAssistant, cloud: PlaybackCloud, freezer: FrozenDateTimeFactory
) -> None:
    entry = api_account_entry(cloud.url, [PLANT])
    await async_set_up(hass, entry)
    await async_stop(hass, entry)
    cloud.answers["getDevList"] = success(
        [device(1, "SERIAL", "NE=1"), device(2, "SECOND", "NE=2")]
    )
    cloud.requests.clear()
    freezer.tick(LISTS)
    await async_start(hass, entry)
    assert "Device-1" in names(hass)

    await async_wait(hass, freezer, MINUTE)
    assert "Device-2" in names(hass)
    assert cloud.requests.count("stations") == 1
    assert cloud.requests.count("getDevList") == 1


async def test_list_is_read_when_its_turn_comes_whatever_the_number_of_restarts(
    hass: HomeAssistant, cloud: PlaybackCloud, freezer: FrozenDateTimeFactory
) -> None:
    entry = api_account_entry(cloud.url, [PLANT])
    await async_set_up(hass, entry)
    for _ in range(13):
        await async_restart(hass, entry, freezer, MINUTE)
        await async_wait(hass, freezer, timedelta(hours=1))

    assert cloud.requests.count("stations") == 3
    assert cloud.requests.count("getDevList") == 3


async def test_list_of_before_is_no_second_list(
    hass: HomeAssistant, cloud: PlaybackCloud, freezer: FrozenDateTimeFactory
) -> None:
    cloud.answers["getDevList"] = success(
        [device(1, "SERIAL", "NE=1"), device(2, "SECOND", "NE=2")]
    )
    entry = api_account_entry(cloud.url, [PLANT])
    await async_set_up(hass, entry)
    cloud.answers["getDevList"] = success([device(1, "SERIAL", "NE=1")])
    await async_restart(hass, entry, freezer, LISTS)
    await async_wait(hass, freezer, MINUTE)
    assert "Device-2" in names(hass)

    await async_restart(hass, entry, freezer, LISTS)
    assert "Device-2" in names(hass)
    for _ in range(3):
        await async_wait(hass, freezer, LISTS)
    assert "Device-2" not in names(hass)


async def test_device_whose_serial_number_stays_away_after_a_restart_is_the_same(
    hass: HomeAssistant, cloud: PlaybackCloud, freezer: FrozenDateTimeFactory
) -> None:
    cloud.answers["getDevList"] = success([device(1, "SERIAL", "NE=1")])
    entry = api_account_entry(cloud.url, [PLANT])
    await async_set_up(hass, entry)
    cloud.answers["getDevList"] = success([device(1, None, "NE=1")])
    await async_restart(hass, entry, freezer, LISTS)
    for _ in range(3):
        await async_wait(hass, freezer, LISTS)

    [listed] = entry.runtime_data.devices.data.values()
    assert listed.serial is None
    assert listed.key == "SERIAL"
    assert names(hass) == {"Plant A", "Device-1"}


async def test_plant_that_was_not_among_those_read_is_looked_for_at_once(
    hass: HomeAssistant, cloud: PlaybackCloud, freezer: FrozenDateTimeFactory
) -> None:
    entry = api_account_entry(cloud.url, [PLANT])
    await async_set_up(hass, entry)
    await async_stop(hass, entry)
    rows = [
        {"plantCode": code, "plantName": f"Plant {code}"} for code in (PLANT, "NE=2")
    ]
    cloud.answers["stations"] = success(
        {"total": 2, "pageNo": 1, "pageCount": 1, "list": rows}
    )
    hass.config_entries.async_update_entry(
        entry, options={**entry.options, "plants": [PLANT, "NE=2"]}
    )
    freezer.tick(10 * MINUTE)
    await async_start(hass, entry)
    assert "Plant NE=2" in names(hass)
    assert cloud.requests.count("getDevList") == 2


async def test_new_choice_that_cannot_be_looked_for_leaves_the_plants_of_before(
    hass: HomeAssistant, cloud: PlaybackCloud, freezer: FrozenDateTimeFactory
) -> None:
    entry = api_account_entry(cloud.url, [PLANT])
    await async_set_up(hass, entry)
    await async_stop(hass, entry)
    hass.config_entries.async_update_entry(
        entry, options={**entry.options, "plants": [PLANT, "NE=2"]}
    )
    fail(cloud)
    freezer.tick(10 * MINUTE)
    await async_start(hass, entry)

    assert entry.state is ConfigEntryState.LOADED
    assert list(entry.runtime_data.plants.data) == [PLANT]


async def test_choice_without_any_plant_of_before_needs_the_cloud(
    hass: HomeAssistant, cloud: PlaybackCloud, freezer: FrozenDateTimeFactory
) -> None:
    entry = api_account_entry(cloud.url, [PLANT])
    await async_set_up(hass, entry)
    await async_stop(hass, entry)
    hass.config_entries.async_update_entry(
        entry, options={**entry.options, "plants": ["NE=2"]}
    )
    fail(cloud)
    freezer.tick(10 * MINUTE)
    await async_start(hass, entry)

    assert entry.state is ConfigEntryState.SETUP_RETRY


async def test_plant_list_of_a_failed_set_up_is_not_read_again_after_a_restart(
    hass: HomeAssistant, cloud: PlaybackCloud, freezer: FrozenDateTimeFactory
) -> None:
    listed = cloud.answers["getDevList"]
    cloud.answers["getDevList"] = DOWN
    entry = api_account_entry(cloud.url, [PLANT])
    await async_set_up(hass, entry)
    assert entry.state is ConfigEntryState.SETUP_RETRY

    cloud.answers["getDevList"] = listed
    await async_restart(hass, entry, freezer, 10 * MINUTE)
    assert entry.state is ConfigEntryState.LOADED
    assert cloud.requests.count("stations") == 1


async def test_news_are_on_disk_within_seconds(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    cloud: PlaybackCloud,
    freezer: FrozenDateTimeFactory,
) -> None:
    entry = api_account_entry(cloud.url, [PLANT])
    await async_set_up(hass, entry)
    await async_wait(hass, freezer, timedelta(seconds=2))
    stored = hass_storage[file_of(entry)]["data"]

    assert [row["name"] for row in stored["smartpvms device list"]["rows"]] == [
        "Device-1"
    ]
    [[device_id, _, reading]] = stored["smartpvms readings of device type 38"]["seen"]
    assert device_id == 1
    assert reading["values"]["active_power"] == 2.0
    assert hass_storage[file_of(entry)]["version"] == 1


async def test_with_the_entry_goes_what_it_remembers(
    hass: HomeAssistant, hass_storage: dict[str, Any], cloud: PlaybackCloud
) -> None:
    entry = api_account_entry(cloud.url, [PLANT])
    await async_set_up(hass, entry)
    await hass.config_entries.async_remove(entry.entry_id)
    assert file_of(entry) not in hass_storage

    other = api_account_entry(cloud.url, [PLANT])
    await async_set_up(hass, other)
    await async_stop(hass, other)
    assert file_of(other) in hass_storage
    await hass.config_entries.async_remove(other.entry_id)
    assert file_of(other) not in hass_storage


def _version(stored: Any) -> Any:
    return stored | {"version": 99}


def _data(data: Any) -> Any:
    return lambda stored: stored | {"data": data(stored["data"])}


def _part(name: str, **damage: Any) -> Any:
    def damaged(data: Any) -> Any:
        return data | {f"smartpvms {name}": data[f"smartpvms {name}"] | damage}

    return _data(damaged)


@pytest.mark.parametrize(
    "damage",
    [
        _version,
        _data(lambda data: []),
        _data(dict.fromkeys),
        _data(lambda data: {name: ["no"] for name in data}),
        _part("plant list", rows=7),
        _part("plant list", rows=[{"code": "NE=1"}]),
        _part("plant list", due="soon"),
        _part("device list", rows=["no"]),
        _part("device list", rows=[]),
    ],
)
async def test_damaged_memory_is_none(
    *,
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    cloud: PlaybackCloud,
    freezer: FrozenDateTimeFactory,
    damage: Any,
) -> None:
    entry = api_account_entry(cloud.url, [PLANT])
    await async_set_up(hass, entry)
    await async_stop(hass, entry)
    hass_storage[file_of(entry)] = damage(hass_storage[file_of(entry)])
    cloud.requests.clear()
    freezer.tick(10 * MINUTE)
    await async_start(hass, entry)

    assert entry.state is ConfigEntryState.LOADED
    assert {"stations", "getDevList"} & {*cloud.requests}
    assert states_by_key(hass, "SERIAL")["active_power"] == "2000.0"


@pytest.mark.parametrize(
    "damage",
    [
        {"seen": 7, "asked": 7, "tried": "N/A"},
        {"seen": [7, [1], [1, "now", {}], ["x", 1.8e9, {}], [1, 1.8e9, {}]]},
        {"seen": [[1, 4e9, {"values": {"active_power": 9.0}}]], "tried": 4e9},
    ],
)
async def test_damaged_reading_is_none(
    *,
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    cloud: PlaybackCloud,
    freezer: FrozenDateTimeFactory,
    damage: dict[str, Any],
) -> None:
    entry = api_account_entry(cloud.url, [PLANT])
    await async_set_up(hass, entry)
    await async_stop(hass, entry)
    part = _part("readings of device type 38", **damage)
    hass_storage[file_of(entry)] = part(hass_storage[file_of(entry)])
    fail(cloud)
    freezer.tick(10 * MINUTE)
    await async_start(hass, entry)

    assert entry.state is ConfigEntryState.LOADED
    assert states_by_key(hass, "SERIAL")["active_power"] == STATE_UNAVAILABLE
    assert states_by_key(hass, PLANT)["day_power"] == "5.0"


async def test_clock_that_was_set_back_delays_no_list(
    hass: HomeAssistant, cloud: PlaybackCloud, freezer: FrozenDateTimeFactory
) -> None:
    entry = api_account_entry(cloud.url, [PLANT])
    await async_set_up(hass, entry)
    await async_restart(hass, entry, freezer, -timedelta(days=30))
    cloud.requests.clear()
    await async_wait(hass, freezer, LISTS)

    assert cloud.requests.count("getDevList") == 1
