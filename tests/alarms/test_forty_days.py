"""Forty days with alarms, outages, refusals and restarts: nothing false, nothing lost."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Final

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from tests.playback import Answer, async_set_up, recorded, states_by_key, success

from .cloud import (
    FARM,
    HOME,
    START,
    AlarmCloud,
    AlarmNews,
    CloudAlarm,
    Key,
    account_entry,
    async_wait,
    oauth_entry,
)

DAYS: Final = 40
QUIET: Final = timedelta(days=3)
HALF_AN_HOUR: Final = timedelta(minutes=30)
END: Final = START + timedelta(days=DAYS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What goes wrong from one hour on to another."""

    begin: float
    end: float
    answer: Answer | None = None
    refused: str | None = None


TROUBLES: Final = (
    Trouble(begin=0.6, end=3, answer=Answer(body="", status=500)),
    Trouble(begin=50, end=62, answer=recorded("error_407_dataString.json")),
    Trouble(begin=120, end=125, answer=success(None)),
    Trouble(begin=170, end=200, refused=FARM),
    Trouble(begin=230, end=233, answer=Answer(body="{}")),
    Trouble(begin=300, end=310, answer=recorded("http_403_quotaControl_api.json")),
    Trouble(begin=330, end=334, answer=recorded("error_401_invalidAccess.json")),
    # longer than a recent window reaches back
    Trouble(begin=380, end=600, answer=Answer(body="<html>", status=502)),
    Trouble(begin=660, end=700, refused=HOME),
    Trouble(begin=800, end=806, answer=recorded("error_305_immediately.json")),
)
SWITCHED_OFF: Final = ((260.0, 262.0), (340.0, 345.0), (710.0, 790.0))
"""Hours during which Home Assistant does not run."""
RECOVERY: Final = 30
"""Hours after which all is known again: a refused plant is left alone for a day."""


def life_of_alarms(seed: int) -> list[CloudAlarm]:
    """Return alarms of all ages; some come to the cloud long after they were raised."""
    random = Random(seed)
    alarms: list[CloudAlarm] = []
    # the cloud was there before, and some of its alarms are older than any look back
    moment = START - timedelta(days=40)
    while moment < END - QUIET:
        moment += timedelta(hours=random.expovariate(1 / 5))
        device = random.choice([("Inverter-1", "SN1"), ("Battery-1", None)])
        raised = moment.replace(microsecond=random.randrange(1000) * 1000)
        late = timedelta(hours=random.choice([0, 0, 0, 1, 20]))
        life = timedelta(hours=random.choice([0.2, 2, 12, 70, 200, 600]))
        alarms.append(
            CloudAlarm(
                kind=random.choice([2032, 3012, 999999999]),
                raised=raised,
                plant=random.choice([HOME, FARM]),
                device=device[0],
                serial=device[1],
                severity=random.choice([1, 2, 3, 4]),
                seen=raised + late,
                cleared=raised + late + life * random.uniform(0.5, 1.5),
            )
        )
    return alarms


def hours_since_start() -> float:
    return (dt_util.utcnow() - START) / timedelta(hours=1)


def set_trouble(cloud: AlarmCloud) -> None:
    """Let the cloud do now what it does at this hour."""
    hour = hours_since_start()
    now = [trouble for trouble in TROUBLES if trouble.begin <= hour < trouble.end]
    cloud.behaviour.answer = next((one.answer for one in now if one.answer), None)
    cloud.behaviour.refused_plants = {one.refused for one in now if one.refused}
    cloud.behaviour.certain = not any(
        one.refused and one.begin <= hour < one.end + RECOVERY for one in TROUBLES
    )


def steps(seed: int) -> Iterator[bool]:
    """Yield for each half-hour whether Home Assistant is restarted in it."""
    random = Random(seed)
    while dt_util.utcnow() < END:
        yield random.random() < 0.02


async def async_switch_off(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    entry: MockConfigEntry,
    until: datetime,
) -> None:
    """Let Home Assistant rest until then."""
    assert await hass.config_entries.async_unload(entry.entry_id)
    freezer.move_to(max(until, dt_util.utcnow()))
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)


def known_keys(entry: MockConfigEntry) -> set[Key]:
    """Return what Home Assistant takes for active."""
    alarms = entry.runtime_data.alarms
    return {
        (
            alarm.plant_code,
            alarm.kind,
            alarm.device_serial or alarm.device_name or "",
            alarm.raised,
        )
        for plant in (HOME, FARM)
        for alarm in alarms.known(plant)
    }


def forgotten(cloud: AlarmCloud, known: set[Key]) -> list[CloudAlarm]:
    """Return the active alarms that the cloud has listed and that are not known."""
    now = dt_util.utcnow()
    return [
        alarm
        for key, alarm in cloud.listed_for_certain.items()
        if alarm.active_at(now) and key not in known
    ]


def overlooked(cloud: AlarmCloud, known: set[Key]) -> list[CloudAlarm]:
    """Return the active alarms that should be known by now, and are not."""
    hour = hours_since_start()
    troubles = [(trouble.begin, trouble.end) for trouble in TROUBLES]
    first_look = (0, 0)
    if any(
        begin <= hour < end + RECOVERY
        for begin, end in (first_look, *troubles, *SWITCHED_OFF)
    ):
        return []
    now = dt_util.utcnow()
    before = now - timedelta(hours=RECOVERY)
    return [
        alarm
        for alarm in cloud.alarms
        if alarm.active_at(now)
        and (alarm.seen or alarm.raised) <= before
        and alarm.raised >= START - timedelta(days=27)
        and alarm.key not in known
    ]


@pytest.mark.one_version
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("access", "seed"), [("api_account", 1), ("oauth", 2)])
async def test_forty_days_without_a_false_or_lost_event(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    cloud: AlarmCloud,
    news: AlarmNews,
    *,
    access: str,
    seed: int,
) -> None:
    cloud.list_plants(HOME, FARM)
    cloud.alarms = life_of_alarms(seed)
    plants = (HOME, FARM)
    entry = (
        await oauth_entry(hass, cloud, plants)
        if access == "oauth"
        else account_entry(cloud, plants)
    )
    await async_set_up(hass, entry)
    rests = list(SWITCHED_OFF)
    told = 0
    for restart in steps(seed):
        if rests and hours_since_start() >= rests[0][0]:
            until = START + timedelta(hours=rests.pop(0)[1])
            await async_switch_off(hass, freezer, entry, until)
        elif restart:
            await async_switch_off(hass, freezer, entry, dt_util.utcnow())
        set_trouble(cloud)
        await async_wait(hass, freezer)

        now = dt_util.utcnow()
        active = {alarm.key for alarm in cloud.alarms if alarm.active_at(now)}
        new, told = news.events[told:], len(news.events)
        false = [
            key for key in news.cleared[len(news.cleared) - len(new) :] if key in active
        ]
        assert false == []
        known = known_keys(entry)
        assert forgotten(cloud, known) == []
        assert overlooked(cloud, known) == []

    first_look = {alarm.key for alarm in cloud.alarms if alarm.active_at(START)}
    assert not [key for key, n in Counter(news.raised).items() if n > 1]
    assert not [key for key, n in Counter(news.cleared).items() if n > 1]
    expected = {
        key
        for key, alarm in cloud.listed_for_certain.items()
        if key not in first_look and alarm.raised >= START - timedelta(days=28)
    }
    assert expected <= set(news.raised) <= cloud.listed.keys() - first_look
    over = {
        key
        for key, alarm in cloud.listed_for_certain.items()
        if alarm.cleared and alarm.cleared < END - timedelta(days=2)
    }
    assert over <= set(news.cleared) <= cloud.listed.keys()
    assert len(over) > 50

    for plant in plants:
        states = states_by_key(hass, plant)
        for severity, name in enumerate(("critical", "major", "minor", "warning"), 1):
            count = sum(
                alarm.active_at(dt_util.utcnow())
                and alarm.plant == plant
                and alarm.severity == severity
                and alarm.key in cloud.listed
                for alarm in cloud.alarms
            )
            assert states[f"{name}_alarms"] in {str(count), str(count + 1)}

    assert max(query.end - query.begin for query in cloud.queries) <= timedelta(days=7)
    if access == "api_account":
        times = [query.at for query in cloud.queries]
        gaps = [later - at for at, later in pairwise(times)]
        # but for the same call once more after 305
        assert [gap for gap in gaps if timedelta(0) < gap < HALF_AN_HOUR] == []
