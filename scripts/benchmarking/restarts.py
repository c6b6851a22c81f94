"""Home Assistant that is started again and again: what it costs, and what is refused."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from homeassistant.core import HomeAssistant

from custom_components.smartpvms.const import DOMAIN

from .calls import Call, Calls, calls_of
from .cloud import CloudProgram
from .fleet import START
from .home import (
    API_ACCOUNT,
    OAUTH,
    api_account_entry,
    async_add,
    async_start,
    oauth_entry,
    temporary_folder,
)
from .lives import House
from .world import World

RESTARTS = 60
_LEAD = timedelta(hours=3)
_MINUTE = timedelta(minutes=1)
_AFTER = timedelta(hours=1)

WEEK = timedelta(days=7)
_RESTARTS_BEGIN = timedelta(days=2, hours=3, minutes=30)
_RESTARTS_OF_WEEK = 6
_PAUSE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartsResult:
    """Calls from the first restart until an hour after the last."""

    mode: str
    restarts: int
    killed: int
    calls: Calls
    without: Calls
    """Of the same time without a restart."""
    extra: int
    """Basic calls that only the restarts cost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekResult:
    """What a week of an API account came to."""

    days: int
    restarts: int
    calls: Calls


@dataclass(frozen=True, slots=True, kw_only=True)
class _Life:
    until: datetime
    killed: bool = False


def run_restarts(mode: str, restarts: int = RESTARTS) -> RestartsResult:
    """Restart a home each minute, each second time by SIGKILL."""
    first = START + _LEAD
    ends = [first + number * _MINUTE for number in range(restarts)]
    lives = [_Life(until=end, killed=number % 2 > 0) for number, end in enumerate(ends)]
    end = ends[-1] + _AFTER
    with_restarts = _calls(mode, [*lives, _Life(until=end)])
    without = _calls(mode, [_Life(until=end)])
    figures = [
        calls_of([call for call in calls if first <= call.at < end])
        for calls in (with_restarts, without)
    ]
    return RestartsResult(
        mode=mode,
        restarts=restarts,
        killed=sum(life.killed for life in lives),
        calls=figures[0],
        without=figures[1],
        extra=figures[0].by_class.get("basic", 0) - figures[1].by_class.get("basic", 0),
    )


def run_week(days: int = WEEK.days) -> WeekResult:
    """Live through a week with an API account, with an hour of restarts in it."""
    begin = START + min(_RESTARTS_BEGIN, timedelta(days=days) / 2)
    lives = [
        _Life(until=begin + number * _PAUSE, killed=number % 2 > 0)
        for number in range(_RESTARTS_OF_WEEK + 1)
    ]
    calls = _calls(API_ACCOUNT, [*lives, _Life(until=START + timedelta(days=days))])
    return WeekResult(days=days, restarts=len(lives), calls=calls_of(calls))


def _calls(mode: str, lives: Sequence[_Life]) -> list[Call]:
    """Return the calls of some lives, one after the other."""
    with CloudProgram.running("home", START) as cloud, temporary_folder() as folder:
        house = House(folder, cloud, START)
        for life in lives:

            async def live(
                hass: HomeAssistant, world: World, until: datetime = life.until
            ) -> None:
                await _async_live(hass, world, mode, until)

            if life.killed:
                house.live_until_killed(live, life.until)
            else:
                house.live(live)
        return cloud.calls()


async def _async_live(
    hass: HomeAssistant, world: World, mode: str, until: datetime
) -> None:
    """Set our entry up, for the first time if there is none, and wait."""
    known = bool(hass.config_entries.async_entries(DOMAIN))
    await async_start(hass)
    if not known:
        cloud, plants = world.cloud, world.cloud.plants()
        entry = (
            oauth_entry(cloud.url, plants, cloud.grant(), world.timeline.now)
            if mode == OAUTH
            else api_account_entry(cloud.url, plants)
        )
        await async_add(hass, entry)
    await asyncio.sleep((until - world.timeline.now).total_seconds())
