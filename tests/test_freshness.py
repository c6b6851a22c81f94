"""Whether a plant's values are seen to move, and noticed when they stand still."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
import json
from typing import Any, Final

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.restore_state import async_get as async_get_restore_state
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.smartpvms.northbound.interfaces import Interface
from custom_components.smartpvms.polling import PLANT_READINGS

from .conftest import SimulatorFactory, advance
from .playback import (
    PLANT,
    Answer,
    PlaybackCloud,
    api_account_entry,
    async_next_poll,
    async_oauth_entry,
    async_set_up,
    async_set_up_anew,
    states_by_key,
    success,
)

# at the plant, which lies in Munich
NOON: Final = datetime(2026, 6, 21, 11, tzinfo=UTC)
MIDNIGHT: Final = datetime(2026, 6, 21, 23, tzinfo=UTC)
BEAT: Final = timedelta(seconds=303)

INVERTER: Final = 38
BATTERY: Final = 39
METER: Final = 47
DEVICE_ID: Final = 1000000000000001


@pytest.fixture(autouse=True)
def all_enabled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Enable when a value last changed, too."""
    monkeypatch.setattr(Entity, "entity_registry_enabled_default", True)


@pytest.fixture
async def cloud() -> AsyncGenerator[PlaybackCloud]:
    """Serve a plant with coordinates."""
    async with PlaybackCloud().serve() as playback:
        place(playback, latitude=48.1, longitude=11.6)
        playback.tell_plant(day_power=5.0, real_health_state=3)
        yield playback


def place(cloud: PlaybackCloud, **coordinates: float) -> None:
    """Say where the plant is."""
    plant = {"plantCode": PLANT, "plantName": "Plant A", **coordinates}
    cloud.answers["stations"] = success(
        {"total": 1, "pageNo": 1, "pageCount": 1, "list": [plant]}
    )


def tell(cloud: PlaybackCloud, type_id: int, **values: Any) -> None:
    """Let the plant have one device, with these values."""
    cloud.list_device(DEVICE_ID, type_id)
    cloud.tell(DEVICE_ID, **values)


def is_stale(hass: HomeAssistant, plant_code: str = PLANT) -> str:
    return states_by_key(hass, plant_code, Platform.BINARY_SENSOR)["data_stale"]


def last_change(hass: HomeAssistant) -> str:
    return states_by_key(hass, PLANT)["last_change"]


def iso(moment: datetime) -> str:
    return moment.replace(microsecond=0).isoformat()


async def async_stand_still(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> str:
    """Let three beats pass without a change, and return whether that is a problem."""
    for _ in range(2):
        await async_next_poll(hass, freezer)
        assert is_stale(hass) == "off"
    await async_next_poll(hass, freezer)
    return is_stale(hass)


async def test_a_change_is_seen_and_three_beats_without_one_by_day_are_a_problem(
    hass: HomeAssistant, cloud: PlaybackCloud, freezer: FrozenDateTimeFactory
) -> None:
    freezer.move_to(NOON)
    tell(cloud, INVERTER, active_power=5.0, run_state=1)
    await async_set_up(hass, api_account_entry(cloud.url, [PLANT]))
    assert last_change(hass) == "unknown"
    assert is_stale(hass) == "off"

    cloud.tell(DEVICE_ID, active_power=5.1, run_state=1)
    await async_next_poll(hass, freezer)
    assert last_change(hass) == iso(NOON + BEAT)
    assert await async_stand_still(hass, freezer) == "on"
    assert last_change(hass) == iso(NOON + BEAT)

    cloud.tell_plant(day_power=5.1, real_health_state=3)
    await async_next_poll(hass, freezer)
    assert is_stale(hass) == "off"
    assert last_change(hass) == iso(NOON + 5 * BEAT)


async def test_values_that_never_moved_since_the_start_are_a_problem_too(
    hass: HomeAssistant, cloud: PlaybackCloud, freezer: FrozenDateTimeFactory
) -> None:
    freezer.move_to(NOON)
    await async_set_up(hass, api_account_entry(cloud.url, [PLANT]))

    assert await async_stand_still(hass, freezer) == "on"
    assert last_change(hass) == "unknown"


@pytest.mark.parametrize(
    ("device", "state"),
    [
        ((INVERTER, {"active_power": 0, "run_state": 1}), "off"),
        ((METER, {"active_power": -150, "run_state": 1}), "on"),
        ((METER, {"active_power": 0.0, "run_state": 1}), "off"),
        ((METER, {"active_cap": 1000.0, "run_state": 1}), "on"),
        ((BATTERY, {"ch_discharge_power": 0, "battery_soc": 5}), "off"),
        ((BATTERY, {"ch_discharge_power": -200, "battery_soc": 50}), "on"),
        ((60014, {"charge_discharge_power": 0.2, "soc": 50}), "on"),
    ],
)
async def test_at_night_only_meters_and_busy_batteries_have_to_move(
    hass: HomeAssistant,
    cloud: PlaybackCloud,
    freezer: FrozenDateTimeFactory,
    device: tuple[int, dict[str, float]],
    state: str,
) -> None:
    freezer.move_to(MIDNIGHT)
    tell(cloud, device[0], **device[1])
    await async_set_up(hass, api_account_entry(cloud.url, [PLANT]))
    for _ in range(3):
        await async_next_poll(hass, freezer)

    assert is_stale(hass) == state


async def test_a_meter_that_is_offline_need_not_move(
    hass: HomeAssistant, cloud: PlaybackCloud, freezer: FrozenDateTimeFactory
) -> None:
    freezer.move_to(MIDNIGHT)
    rows = [
        {"id": number, "devTypeId": type_id, "esnCode": f"S{number}"}
        for number, type_id in ((1, METER), (2, INVERTER))
    ]
    cloud.answers["getDevList"] = success(rows)
    cloud.answers["getDevRealKpi"] = success(
        [
            {"devId": 1, "dataItemMap": {"active_power": 9, "run_state": 0}},
            {"devId": 2, "dataItemMap": {"active_power": 0, "run_state": 1}},
        ]
    )
    await async_set_up(hass, api_account_entry(cloud.url, [PLANT]))

    assert await async_stand_still(hass, freezer) == "off"


@pytest.mark.parametrize(
    ("told", "state"),
    [
        ((3, 1), "off"),
        ((3, 0), "on"),
        ((1, 1), "on"),
        ((2, 1), "off"),
        ((None, None), "off"),
    ],
)
async def test_what_the_cloud_has_lost_is_stale_at_once(
    hass: HomeAssistant,
    cloud: PlaybackCloud,
    freezer: FrozenDateTimeFactory,
    told: tuple[int | None, int | None],
    state: str,
) -> None:
    freezer.move_to(NOON)
    health, run_state = told
    cloud.tell_plant(day_power=5.0, real_health_state=health)
    tell(cloud, INVERTER, active_power=0, run_state=run_state)
    await async_set_up(hass, api_account_entry(cloud.url, [PLANT]))

    assert is_stale(hass) == state


async def test_inverters_without_the_sun_may_lose_their_connection(
    hass: HomeAssistant, cloud: PlaybackCloud, freezer: FrozenDateTimeFactory
) -> None:
    freezer.move_to(MIDNIGHT)
    tell(cloud, INVERTER, active_power=0, run_state=0)
    entry = api_account_entry(cloud.url, [PLANT])
    await async_set_up(hass, entry)
    assert await async_stand_still(hass, freezer) == "off"

    tell(cloud, METER, active_power=9, run_state=0)
    freezer.tick(BEAT)
    await async_set_up_anew(hass, entry)
    assert is_stale(hass) == "on"


@pytest.mark.parametrize(
    ("states", "stale"),
    [
        ((0xA000,), "off"),
        ((0x0002, 0xA001), "off"),
        ((0xA000, 0x0200), "on"),
        ((0xA000, None), "on"),
    ],
)
async def test_inverters_that_wait_under_snow_need_not_move(
    hass: HomeAssistant,
    cloud: PlaybackCloud,
    freezer: FrozenDateTimeFactory,
    states: tuple[int | None, ...],
    stale: str,
) -> None:
    freezer.move_to(NOON)
    cloud.answers["getDevList"] = success(
        [
            {
                "id": number,
                "devTypeId": INVERTER,
                "esnCode": f"S{number}",
                "stationCode": PLANT,
            }
            for number, _ in enumerate(states)
        ]
    )
    cloud.answers["getDevRealKpi"] = success(
        [
            {
                "devId": number,
                "dataItemMap": {"active_power": 0, "inverter_state": state},
            }
            for number, state in enumerate(states)
        ]
    )
    await async_set_up(hass, api_account_entry(cloud.url, [PLANT]))

    assert await async_stand_still(hass, freezer) == stale


async def test_the_sun_stands_where_the_plant_is_or_else_where_home_assistant_is(
    hass: HomeAssistant, cloud: PlaybackCloud, freezer: FrozenDateTimeFactory
) -> None:
    # noon in San Diego, where Home Assistant is in tests, and evening in Munich
    freezer.move_to(datetime(2026, 6, 21, 20, 30, tzinfo=UTC))
    entry = api_account_entry(cloud.url, [PLANT])
    await async_set_up(hass, entry)
    assert await async_stand_still(hass, freezer) == "off"

    # some servers give 0 for what was never entered
    place(cloud, latitude=0, longitude=0)
    freezer.tick(BEAT)
    await async_set_up_anew(hass, entry)
    assert await async_stand_still(hass, freezer) == "on"


async def test_a_cloud_that_tells_nothing_any_more_is_noticed(
    hass: HomeAssistant, cloud: PlaybackCloud, freezer: FrozenDateTimeFactory
) -> None:
    freezer.move_to(NOON)
    await async_set_up(hass, api_account_entry(cloud.url, [PLANT]))
    cloud.answers["getStationRealKpi"] = Answer(body="", status=500)
    assert await async_stand_still(hass, freezer) == "on"
    assert states_by_key(hass, PLANT)["day_power"] == "unavailable"


async def test_nothing_is_said_before_the_first_answer(
    hass: HomeAssistant, cloud: PlaybackCloud, freezer: FrozenDateTimeFactory
) -> None:
    freezer.move_to(NOON)
    cloud.answers["getStationRealKpi"] = Answer(body="", status=500)
    await async_set_up(hass, api_account_entry(cloud.url, [PLANT]))
    for _ in range(4):
        assert is_stale(hass) == "unavailable"
        assert last_change(hass) == "unavailable"
        await async_next_poll(hass, freezer)

    cloud.tell_plant(day_power=5.0)
    # a failing interface is left alone for a while
    for _ in range(4):
        await async_next_poll(hass, freezer)
    assert is_stale(hass) in {"off", "on"}


async def test_slow_polls_have_longer_beats(
    hass: HomeAssistant, cloud: PlaybackCloud, freezer: FrozenDateTimeFactory
) -> None:
    freezer.move_to(NOON)
    token = {"access_token": "playback", "expires_at": freezer().timestamp() + 864000}
    entry = await async_oauth_entry(hass, cloud.url, [PLANT], token)
    await async_set_up(hass, entry)
    data = entry.runtime_data
    await data.account.ledger.book(Interface.PLANT_DAY, 800)
    await async_next_poll(hass, freezer)
    interval = data.clock.interval(PLANT_READINGS)
    assert interval is not None
    assert interval > timedelta(minutes=10)

    still_since = freezer()
    while is_stale(hass) == "off" and freezer() < still_since + timedelta(hours=4):
        freezer.tick(60)
        async_fire_time_changed(hass)
        await hass.async_block_till_done(wait_background_tasks=True)
    assert freezer() - still_since > 2 * interval


async def test_what_is_stored_tells_after_a_restart_whether_something_moved(
    hass: HomeAssistant, cloud: PlaybackCloud, freezer: FrozenDateTimeFactory
) -> None:
    freezer.move_to(NOON)
    tell(cloud, INVERTER, active_power=5.0)
    entry = api_account_entry(cloud.url, [PLANT])
    await async_set_up(hass, entry)

    async def async_restart() -> None:
        await hass.config_entries.async_unload(entry.entry_id)
        freezer.tick(timedelta(minutes=20))
        await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)

    await async_restart()
    assert last_change(hass) == "unknown"
    assert is_stale(hass) == "off"

    cloud.tell(DEVICE_ID, active_power=5.1)
    await async_next_poll(hass, freezer)
    changed = last_change(hass)
    assert changed == iso(NOON + timedelta(minutes=20) + BEAT)
    await async_restart()
    assert last_change(hass) == changed
    assert is_stale(hass) == "on"

    cloud.tell(DEVICE_ID, active_power=5.2)
    await async_restart()
    assert last_change(hass) == iso(NOON + timedelta(minutes=60) + BEAT)
    assert is_stale(hass) == "off"


async def test_what_is_stored_is_json(
    hass: HomeAssistant, cloud: PlaybackCloud, freezer: FrozenDateTimeFactory
) -> None:
    freezer.move_to(NOON)
    tell(cloud, INVERTER, active_power=5.0)
    await async_set_up(hass, api_account_entry(cloud.url, [PLANT]))
    cloud.tell(DEVICE_ID, active_power=5.1)
    await async_next_poll(hass, freezer)

    [stored] = [
        state.as_dict()["extra_data"]
        for state in async_get_restore_state(hass).async_get_stored_states()
        if state.state.entity_id.endswith("data_stale")
    ]
    assert json.loads(json.dumps(stored)) == stored
    assert stored["last_change"] == iso(NOON + BEAT)
    assert stored["fingerprints"].keys() == {PLANT, "SERIAL"}


@pytest.mark.parametrize(("plant", "hours"), [("home", 8), ("pv", 24), ("emma", 8)])
async def test_simulated_plants_are_never_stale(
    hass: HomeAssistant,
    simulator_factory: SimulatorFactory,
    freezer: FrozenDateTimeFactory,
    plant: str,
    hours: int,
) -> None:
    running = await simulator_factory(plant=plant, start=MIDNIGHT - timedelta(hours=4))
    code = running.simulator.plants[0].code
    entry = api_account_entry(running.url, [code], password="simulator-password")
    await async_set_up(hass, entry)
    changes: set[str] = set()
    for _ in range(hours * 12):
        await advance(hass, running.simulator, freezer, BEAT)
        assert is_stale(hass, code) == "off"
        changes.add(states_by_key(hass, code)["last_change"])

    assert len(changes) > hours * 6
