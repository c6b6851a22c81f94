"""Alarms in Home Assistant: entities, polling, restarts and what goes wrong."""

import asyncio
from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.const import EntityCategory, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.smartpvms.const import DOMAIN
from tests.playback import Answer, async_set_up, recorded, states_by_key, success

from .cloud import (
    FARM,
    HALF_HOUR,
    HOME,
    START,
    AlarmCloud,
    AlarmNews,
    account_entry,
    async_pass,
    async_wait,
    oauth_entry,
)

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def counts(hass: HomeAssistant, plant: str = HOME) -> list[str]:
    """Return the states of the four sensors, critical first."""
    states = states_by_key(hass, plant)
    return [
        states[f"{name}_alarms"] for name in ("critical", "major", "minor", "warning")
    ]


def problem(hass: HomeAssistant, plant: str = HOME) -> str:
    return states_by_key(hass, plant, Platform.BINARY_SENSOR)["alarm_active"]


async def test_entities_of_a_plant(hass: HomeAssistant, cloud: AlarmCloud) -> None:
    for severity in (1, 2, 2, 4, None):
        cloud.add(severity or 0, START - DAY, severity=severity, serial=f"{id(cloud)}")
    cloud.add(7, START - DAY, severity=2, serial="SN7")
    await async_set_up(hass, account_entry(cloud))

    assert counts(hass) == ["1", "2", "0", "1"]
    assert problem(hass) == "on"
    registry = er.async_get(hass)
    names = {}
    for platform, key in (
        (Platform.SENSOR, "critical_alarms"),
        (Platform.SENSOR, "warning_alarms"),
        (Platform.BINARY_SENSOR, "alarm_active"),
        (Platform.EVENT, "alarm"),
    ):
        entity_id = registry.async_get_entity_id(platform, DOMAIN, f"{HOME}_{key}")
        assert entity_id is not None
        entity = registry.async_get(entity_id)
        state = hass.states.get(entity_id)
        assert entity is not None
        assert state is not None
        names[key] = state.attributes["friendly_name"]
        is_event = platform is Platform.EVENT
        category = None if is_event else EntityCategory.DIAGNOSTIC
        assert entity.entity_category is category
        assert state.attributes.get("unit_of_measurement") == (
            "alarms" if platform is Platform.SENSOR else None
        )
    assert names == {
        "critical_alarms": "Home Critical alarms",
        "warning_alarms": "Home Warnings",
        "alarm_active": "Home Alarm",
        "alarm": "Home Alarm event",
    }


async def test_alarm_comes_and_goes(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    cloud: AlarmCloud,
    news: AlarmNews,
) -> None:
    await async_set_up(hass, account_entry(cloud))
    assert counts(hass) == ["0", "0", "0", "0"]
    assert problem(hass) == "off"

    alarm = cloud.add(2032, START + timedelta(minutes=5), severity=1)
    await async_pass(hass, freezer, HOUR)
    assert problem(hass) == "on"
    assert counts(hass) == ["1", "0", "0", "0"]
    assert news.events == [
        {
            "event_types": ["alarm_raised", "alarm_cleared"],
            "event_type": "alarm_raised",
            "name": "Alarm 2032 in en_US",
            "severity": "critical",
            "cause": "A cause",
            "repair_suggestion": "A remedy",
            "device": "Inverter-1",
            "serial_number": "SN1",
            "kind": 2032,
            "raised": "2026-03-01T12:05:00+00:00",
            "friendly_name": "Home Alarm event",
            "plant": HOME,
        }
    ]

    cloud.alarms.remove(alarm)
    await async_pass(hass, freezer, HOUR)
    assert problem(hass) == "off"
    assert news.cleared == [alarm.key]


async def test_several_at_once_are_events_of_their_own(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    cloud: AlarmCloud,
    news: AlarmNews,
) -> None:
    cloud.list_plants(HOME, FARM)
    await async_set_up(hass, account_entry(cloud, [HOME, FARM]))
    raised = [
        cloud.add(kind, START + HOUR / 10, plant=plant).key
        for plant in (HOME, FARM)
        for kind in (1, 2, 3)
    ]
    await async_pass(hass, freezer, HOUR)

    assert sorted(news.raised) == sorted(raised)
    assert counts(hass, FARM) == ["0", "3", "0", "0"]


async def test_api_account_asks_one_question_in_half_an_hour(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, cloud: AlarmCloud
) -> None:
    old = cloud.add(1, START - 25 * DAY)
    await async_set_up(hass, account_entry(cloud))
    assert len(cloud.queries) == 1
    await async_pass(hass, freezer, 3 * HOUR)

    begins = [START - query.begin for query in cloud.queries[:7]]
    assert begins[0] == 7 * DAY
    assert [begins[1], begins[3], begins[5]] == [14 * DAY, 21 * DAY, 28 * DAY]
    assert all(begin < 7 * DAY for begin in (begins[2], begins[4], begins[6]))
    assert counts(hass) == ["0", "1", "0", "0"]

    cloud.alarms.remove(old)
    await async_pass(hass, freezer, DAY)
    assert counts(hass) == ["0", "0", "0", "0"]


async def test_owner_is_looked_back_at_once(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, cloud: AlarmCloud
) -> None:
    cloud.add(1, START - 25 * DAY)
    await async_set_up(hass, await oauth_entry(hass, cloud))
    assert [START - query.begin for query in cloud.queries] == [
        7 * DAY,
        14 * DAY,
        21 * DAY,
        28 * DAY,
    ]
    assert counts(hass) == ["0", "1", "0", "0"]

    await async_pass(hass, freezer, 5 * HOUR)
    assert {query.begin > START - 7 * DAY for query in cloud.queries[4:]} == {True}


@pytest.mark.parametrize("access", ["api_account", "oauth"])
async def test_restart_neither_repeats_nor_forgets_nor_asks_again(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    cloud: AlarmCloud,
    news: AlarmNews,
    access: str,
) -> None:
    entry = (
        await oauth_entry(hass, cloud) if access == "oauth" else account_entry(cloud)
    )
    await async_set_up(hass, entry)
    alarm = cloud.add(2032, START + timedelta(minutes=5))
    await async_pass(hass, freezer, HOUR)
    assert news.raised == [alarm.key]
    asked = len(cloud.queries)

    freezer.tick(60)
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert len(cloud.queries) == asked
    assert counts(hass) == ["0", "1", "0", "0"]

    await async_pass(hass, freezer, HOUR)
    assert news.raised == [alarm.key]
    assert news.cleared == []


async def test_answer_during_an_unload_is_told_after_it(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    cloud: AlarmCloud,
    news: AlarmNews,
) -> None:
    entry = await oauth_entry(hass, cloud)
    await async_set_up(hass, entry)
    alarm = cloud.add(2032, START + timedelta(minutes=5))
    freezer.tick(HALF_HOUR)
    cloud.was_asked.clear()
    refresh = asyncio.create_task(entry.runtime_data.alarms.async_refresh())
    await cloud.was_asked.wait()
    await hass.config_entries.async_unload(entry.entry_id)
    await refresh
    assert news.raised == []

    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert news.raised == [alarm.key]


@pytest.mark.parametrize(
    "answer",
    [
        Answer(body="", status=500),
        success(None),
        success({}),
        Answer(body="{}"),
        Answer(body='{"success":true}'),
        recorded("error_407_dataString.json"),
        recorded("http_403_quotaControl_api.json"),
        recorded("error_20056_dataNull.json"),
        recorded("error_401_invalidAccess.json"),
        Answer(body='{"success":false,"failCode":20009,"data":null}'),
    ],
    ids=[
        "down",
        "null",
        "object",
        "empty",
        "no data",
        "too frequent",
        "overloaded",
        "not authorised",
        "not granted",
        "nothing configured",
    ],
)
async def test_failure_clears_nothing_and_three_hours_of_it_make_unavailable(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    cloud: AlarmCloud,
    news: AlarmNews,
    answer: Answer,
) -> None:
    cloud.add(2032, START - DAY)
    await async_set_up(hass, account_entry(cloud))
    cloud.behaviour.answer = answer
    await async_pass(hass, freezer, 2 * HOUR)
    assert counts(hass) == ["0", "1", "0", "0"]
    assert problem(hass) == "on"

    await async_pass(hass, freezer, 2 * HOUR)
    assert counts(hass) == ["unavailable"] * 4
    assert problem(hass) == "unavailable"

    cloud.behaviour.answer = None
    await async_pass(hass, freezer, 26 * HOUR)
    assert counts(hass) == ["0", "1", "0", "0"]
    assert news.events == []


async def test_refused_plant_keeps_its_alarms_and_costs_the_other_nothing(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    cloud: AlarmCloud,
    news: AlarmNews,
) -> None:
    cloud.list_plants(HOME, FARM)
    cloud.add(1, START - DAY)
    cloud.add(2, START - DAY, plant=FARM)
    entry = await oauth_entry(hass, cloud, [HOME, FARM])
    await async_set_up(hass, entry)
    cloud.behaviour.refused_plants = {FARM}
    cloud.alarms.clear()
    new = cloud.add(3, START + HOUR)
    await async_pass(hass, freezer, 4 * HOUR)

    assert counts(hass, HOME) == ["0", "1", "0", "0"]
    assert counts(hass, FARM) == ["unavailable"] * 4
    assert news.raised == [new.key]
    assert [key[0] for key in news.cleared] == [HOME]
    assert len(entry.runtime_data.alarms.known(FARM)) == 1

    cloud.behaviour.refused_plants = set()
    await async_pass(hass, freezer, 26 * HOUR)
    assert counts(hass, FARM) == ["0", "0", "0", "0"]
    assert [key[0] for key in news.cleared] == [HOME, FARM]


async def test_first_failure_leaves_set_up_alone(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, cloud: AlarmCloud
) -> None:
    cloud.behaviour.answer = Answer(body="", status=500)
    entry = account_entry(cloud)
    await async_set_up(hass, entry)
    assert entry.state is ConfigEntryState.LOADED
    assert counts(hass) == ["unavailable"] * 4

    cloud.behaviour.answer = None
    await async_pass(hass, freezer, HOUR)
    assert counts(hass) == ["0", "0", "0", "0"]


async def test_calls_that_other_programs_made_are_waited_for(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    cloud: AlarmCloud,
    hass_storage: dict[str, Any],
) -> None:
    entry = account_entry(cloud)
    await async_set_up(hass, entry)
    await hass.config_entries.async_unload(entry.entry_id)
    hass_storage.pop(f"{DOMAIN}.alarms.{entry.entry_id}")
    freezer.tick(60)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    # the ledger still knows the call that the alarms have forgotten
    assert len(cloud.queries) == 1
    assert counts(hass) == ["unavailable"] * 4

    await async_wait(hass, freezer)
    assert len(cloud.queries) == 2
    assert counts(hass) == ["0", "0", "0", "0"]


async def test_language_is_home_assistants(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    cloud: AlarmCloud,
    news: AlarmNews,
) -> None:
    hass.config.language = "de"
    await async_set_up(hass, account_entry(cloud))
    cloud.add(1, START + HOUR / 10)
    await async_pass(hass, freezer, HOUR)

    assert cloud.queries[0].language == "de_DE"
    assert news.events[0]["name"] == "Alarm 1 in de_DE"


async def test_old_server_is_asked_in_english(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, cloud: AlarmCloud
) -> None:
    hass.config.language = "hu"
    cloud.behaviour.answer = Answer(body='{"success":false,"failCode":20025}')
    await async_set_up(hass, account_entry(cloud))
    cloud.behaviour.answer = None
    await async_pass(hass, freezer, HOUR)

    assert [query.language for query in cloud.queries[:2]] == ["hu_HU", "en_US"]
    assert counts(hass) == ["0", "0", "0", "0"]


async def test_rejected_credentials_ask_for_new_ones(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, cloud: AlarmCloud
) -> None:
    entry = account_entry(cloud)
    await async_set_up(hass, entry)
    cloud.behaviour.answer = recorded("error_305_immediately.json")
    cloud.answers["login"] = Answer(
        body='{"success":false,"failCode":20400,"message":"user.login.user_or_value_invalid"}'
    )
    await async_wait(hass, freezer)

    flows = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert [flow["context"]["source"] for flow in flows] == [SOURCE_REAUTH]


async def test_new_plant_gets_entities_and_no_events(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    cloud: AlarmCloud,
    news: AlarmNews,
) -> None:
    entry = account_entry(cloud)
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(
        entry, options={**entry.options, "add_new_plants": True}
    )
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    cloud.add(1, START - DAY, plant=FARM)
    cloud.list_plants(HOME, FARM)
    await async_pass(hass, freezer, 7 * HOUR)

    assert counts(hass, FARM) == ["0", "1", "0", "0"]
    assert news.events == []


async def test_account_without_a_plant_asks_nothing(
    hass: HomeAssistant, cloud: AlarmCloud
) -> None:
    cloud.list_plants()
    await async_set_up(hass, account_entry(cloud))

    assert cloud.queries == []


async def test_removal_forgets_the_alarms(
    hass: HomeAssistant, cloud: AlarmCloud, hass_storage: dict[str, Any]
) -> None:
    entry = account_entry(cloud)
    await async_set_up(hass, entry)
    await hass.config_entries.async_unload(entry.entry_id)
    file = f"{DOMAIN}.alarms.{entry.entry_id}"
    assert HOME in hass_storage[file]["data"]["plants"]
    await hass.config_entries.async_remove(entry.entry_id)

    assert file not in hass_storage
