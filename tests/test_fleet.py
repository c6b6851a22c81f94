"""Many plants: what they are called, how little is written, and that nothing blocks."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Container, Generator
from contextlib import contextmanager
from datetime import UTC, datetime
import logging
from typing import Any, Final

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_STATE_CHANGED, EVENT_STATE_REPORTED, Platform
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest

from custom_components.smartpvms import slices
from custom_components.smartpvms.const import DOMAIN
from custom_components.smartpvms.discovery import ADDED_TOGETHER

from .playback import (
    PlaybackCloud,
    api_account_entry,
    async_next_poll,
    async_set_up,
    states_by_key,
    success,
)

PLANTS: Final = [f"NE={number}" for number in range(1, 13)]
INVERTER: Final = 38
BATTERY: Final = 39
NOON: Final = datetime(2026, 6, 21, 19, tzinfo=UTC)


@pytest.fixture(autouse=True)
def noon(freezer: FrozenDateTimeFactory) -> None:
    """Let it be noon of the test's time zone: by night no day counter is believed."""
    freezer.move_to(NOON)


class Fleet(PlaybackCloud):
    """A cloud with twelve plants, each with an inverter and a battery."""

    def __init__(self) -> None:
        """Let all be as at sunrise."""
        super().__init__()
        rows = [{"plantCode": code, "plantName": f"Mill {code[3:]}"} for code in PLANTS]
        self.answers["stations"] = success(
            {"total": len(rows), "pageNo": 1, "pageCount": 1, "list": rows}
        )
        self.answers["getDevList"] = success(
            [
                {
                    "id": 10 * int(code[3:]) + number,
                    "devTypeId": type_id,
                    "devName": f"Device {number}",
                    "esnCode": f"{code}-{type_id}",
                    "stationCode": code,
                }
                for code in PLANTS
                for number, type_id in enumerate((INVERTER, BATTERY))
            ]
        )
        self.tell_plants({})
        self.tell_inverters(active_power=1)

    def tell_plants(self, yields: dict[str, float], income: float = 2) -> None:
        """Tell the day's yield (kWh) of plants, 1 of those that are left out."""
        self.answers["getStationRealKpi"] = success(
            [
                {
                    "stationCode": code,
                    "dataItemMap": {
                        "day_power": yields.get(code, 1),
                        "day_income": income,
                    },
                }
                for code in PLANTS
            ]
        )

    def tell_inverters(self, **values: object) -> None:
        """Tell the same of all inverters; all batteries have a pack."""
        packs = {"unit1": [{"sn": "PACK", "soh": "99%"}]}
        self.answers["getDevRealKpi"] = success(
            [
                {
                    "devId": 10 * int(code[3:]) + number,
                    "dataItemMap": values
                    if type_id == INVERTER
                    else {
                        "battery_soc": 50,
                        "battery_unit_info": {
                            "unit1": [{**packs["unit1"][0], "sn": f"PACK-{code}"}]
                        },
                    },
                }
                for code in PLANTS
                for number, type_id in enumerate((INVERTER, BATTERY))
            ]
        )


@pytest.fixture
async def cloud() -> AsyncGenerator[Fleet]:
    fleet = Fleet()
    async with fleet.serve():
        yield fleet


@pytest.fixture
def shortest_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each step be a slice of its own, however fast the machine."""
    monkeypatch.setattr(slices, "SLICE", 0)


@contextmanager
def counted_by_turn(
    hass: HomeAssistant, event_type: str, entity_ids: Container[str] | None = None
) -> Generator[Counter[int]]:
    """Count events of entities by the turn of the event loop in which they are fired."""
    turns = 0
    counted: Counter[int] = Counter()

    async def count_turns() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    @callback
    def count(event: Event[Any]) -> None:
        if entity_ids is None or event.data["entity_id"] in entity_ids:
            counted[turns] += 1

    stop = hass.bus.async_listen(event_type, count)
    counting = asyncio.get_running_loop().create_task(count_turns())
    yield counted
    counting.cancel()
    stop()


@contextmanager
def written(hass: HomeAssistant) -> Generator[tuple[list[str], list[str]]]:
    """Note the entities whose states are written: with something new, and without."""
    changed: list[str] = []
    unchanged: list[str] = []

    def note(entity_ids: list[str]) -> Callable[[Event[Any]], None]:
        @callback
        def noted(event: Event[Any]) -> None:
            entity_ids.append(event.data["entity_id"])

        return noted

    stop = (
        hass.bus.async_listen(EVENT_STATE_CHANGED, note(changed)),
        hass.bus.async_listen(
            EVENT_STATE_REPORTED,
            note(unchanged),
            event_filter=callback(lambda _: True),
        ),
    )
    yield changed, unchanged
    for each in stop:
        each()


def entity_id_of(hass: HomeAssistant, unique_id: str) -> str:
    entity_id = er.async_get(hass).async_get_entity_id(
        Platform.SENSOR, DOMAIN, unique_id
    )
    assert entity_id is not None
    return entity_id


async def test_a_plant_is_named_once_in_its_entity_ids(
    hass: HomeAssistant, cloud: Fleet, freezer: FrozenDateTimeFactory
) -> None:
    entry = api_account_entry(cloud.url, PLANTS)
    await async_set_up(hass, entry)

    assert entity_id_of(hass, "NE=3_day_power") == "sensor.mill_3_daily_yield"
    assert (
        entity_id_of(hass, "NE=3-38_active_power")
        == "sensor.mill_3_device_0_active_power"
    )
    assert (
        entity_id_of(hass, "PACK-NE=3_soh")
        == "sensor.mill_3_device_1_pack_1_1_state_of_health"
    )
    # what comes later is called the same way
    cloud.tell_inverters(active_power=1, pv1_u=600, pv1_i=5)
    await async_next_poll(hass, freezer)
    assert entity_id_of(hass, "NE=3-38_pv1_u") == "sensor.mill_3_device_0_pv_1_voltage"


async def test_home_assistant_names_what_the_user_put_elsewhere(
    hass: HomeAssistant, cloud: Fleet, freezer: FrozenDateTimeFactory
) -> None:
    entry = api_account_entry(cloud.url, PLANTS)
    await async_set_up(hass, entry)
    registry = dr.async_get(hass)
    inverter = registry.async_get_device_by_identifier(
        (DOMAIN, "NE=3-38"), entry.entry_id
    )
    assert inverter is not None
    registry.async_update_device(inverter.id, area_id=None)

    cloud.tell_inverters(active_power=1, pv1_u=600)
    await async_next_poll(hass, freezer)
    assert entity_id_of(hass, "NE=3-38_pv1_u") == "sensor.mill_3_device_0_pv_1_voltage"


async def test_only_what_is_new_is_written(
    hass: HomeAssistant, cloud: Fleet, freezer: FrozenDateTimeFactory
) -> None:
    entry = api_account_entry(cloud.url, PLANTS)
    await async_set_up(hass, entry)

    with written(hass) as (changed, unchanged):
        await async_next_poll(hass, freezer)
    assert (changed, unchanged) == ([], [])

    cloud.tell_plants({"NE=3": 1.5})
    with written(hass) as (changed, unchanged):
        await async_next_poll(hass, freezer)
    # the account's may come with another feed
    changed = [each for each in changed if "fusionsolar" not in each]
    assert changed == [entity_id_of(hass, "NE=3_day_power")]
    assert unchanged == []


async def test_what_cannot_be_told_any_more_is_written_too(
    hass: HomeAssistant, cloud: Fleet, freezer: FrozenDateTimeFactory
) -> None:
    entry = api_account_entry(cloud.url, PLANTS)
    await async_set_up(hass, entry)
    cloud.answers["getStationRealKpi"] = success([])
    for _ in range(4):
        await async_next_poll(hass, freezer)
    assert states_by_key(hass, "NE=3")["day_income"] == "unavailable"

    cloud.tell_plants({})
    await async_next_poll(hass, freezer)
    assert states_by_key(hass, "NE=3")["day_income"] == "2.0"


@pytest.mark.usefixtures("shortest_slices")
async def test_entities_are_added_few_at_a_time_and_in_order(
    hass: HomeAssistant, cloud: Fleet
) -> None:
    entry = api_account_entry(cloud.url, PLANTS)
    with counted_by_turn(hass, er.EVENT_ENTITY_REGISTRY_UPDATED) as counted:
        await async_set_up(hass, entry)
    assert entry.state is ConfigEntryState.LOADED
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    assert counted.total() >= len(entities) > 200
    # of one slice before the count in a turn, and of one after it
    assert max(counted.values()) <= 2 * ADDED_TOGETHER

    plants = [
        entity.unique_id.removesuffix("_day_power")
        for entity in entities
        if entity.unique_id.endswith("_day_power")
    ]
    assert plants == PLANTS


@pytest.mark.usefixtures("shortest_slices")
async def test_a_search_for_entities_ends_with_the_entry(
    hass: HomeAssistant,
    cloud: Fleet,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    entry = api_account_entry(cloud.url, PLANTS)
    await async_set_up(hass, entry)
    cloud.tell_inverters(
        active_power=1, **{f"pv{number}_u": 600 for number in range(1, 9)}
    )
    added = asyncio.Event()
    stop = hass.bus.async_listen(
        er.EVENT_ENTITY_REGISTRY_UPDATED, callback(lambda _: added.set())
    )
    freezer.tick(303)
    polling = hass.async_create_task(
        entry.runtime_data.device_readings[INVERTER].async_refresh()
    )
    await added.wait()
    stop()
    assert await hass.config_entries.async_unload(entry.entry_id)
    await polling

    registry = er.async_get(hass)
    strings = [
        entity
        for entity in er.async_entries_for_config_entry(registry, entry.entry_id)
        if "_pv" in entity.unique_id and entity.unique_id.endswith("_u")
    ]
    assert 0 < len(strings) < 8 * len(PLANTS)
    assert not hass.states.async_all("sensor") or {
        state.state for state in hass.states.async_all("sensor")
    } == {"unavailable"}
    assert not [
        record.message
        for record in caplog.records
        if record.levelno >= logging.WARNING and "custom_components" in record.pathname
    ]

    freezer.tick(303)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert {f"pv{number}_u" for number in range(1, 9)} <= states_by_key(
        hass, "NE=12-38"
    ).keys()


async def test_a_renamed_entity_is_no_lost_one(
    hass: HomeAssistant,
    cloud: Fleet,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    entry = api_account_entry(cloud.url, PLANTS)
    await async_set_up(hass, entry)
    registry = er.async_get(hass)
    registry.async_update_entity(
        entity_id_of(hass, "NE=1_day_power"), new_entity_id="sensor.roof"
    )
    cloud.tell_plants({"NE=1": 3})
    await async_next_poll(hass, freezer)
    assert hass.states.is_state("sensor.roof", "3.0")
    assert "does not generate unique IDs" not in caplog.text

    registry.async_remove("sensor.roof")
    await async_next_poll(hass, freezer)
    cloud.tell_plants({"NE=1": 4})
    await async_next_poll(hass, freezer)
    assert states_by_key(hass, "NE=1")["day_power"] == "4.0"


@pytest.mark.usefixtures("shortest_slices")
async def test_a_poll_is_told_plant_by_plant(
    hass: HomeAssistant, cloud: Fleet, freezer: FrozenDateTimeFactory
) -> None:
    entry = api_account_entry(cloud.url, PLANTS)
    await async_set_up(hass, entry)
    cloud.tell_plants(dict.fromkeys(PLANTS, 5.0), income=3)
    freezer.tick(303)
    incomes = {entity_id_of(hass, f"{plant}_day_income") for plant in PLANTS}
    with counted_by_turn(hass, EVENT_STATE_CHANGED, incomes) as counted:
        await entry.runtime_data.plant_readings.async_refresh()
        # all is told when it is over
        assert all(hass.states.is_state(each, "3.0") for each in incomes)
    assert counted.total() == len(PLANTS)
    # of one slice before the count in a turn, and of one after it
    assert max(counted.values()) <= 2


@pytest.mark.no_fail_on_log_exception
async def test_a_listener_that_fails_does_not_silence_the_others(
    hass: HomeAssistant,
    cloud: Fleet,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    entry = api_account_entry(cloud.url, PLANTS)
    await async_set_up(hass, entry)

    @callback
    def fail() -> None:
        raise ValueError("broken listener")

    stop = entry.runtime_data.plant_readings.async_add_listener(fail)
    cloud.tell_plants({}, income=3)
    await async_next_poll(hass, freezer)
    stop()
    assert states_by_key(hass, "NE=12")["day_income"] == "3.0"
    assert "broken listener" in caplog.text


@pytest.mark.usefixtures("shortest_slices")
async def test_entities_go_one_after_the_other(
    hass: HomeAssistant, cloud: Fleet
) -> None:
    entry = api_account_entry(cloud.url, PLANTS)
    await async_set_up(hass, entry)
    states = len(hass.states.async_all())
    with counted_by_turn(hass, EVENT_STATE_CHANGED) as counted:
        assert await hass.config_entries.async_unload(entry.entry_id)
    assert counted.total() == states > 200
    # of one slice before the count in a turn, and of one after it
    assert max(counted.values()) <= 2
    assert {state.state for state in hass.states.async_all()} == {"unavailable"}
