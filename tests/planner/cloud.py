"""A day of a cloud that publishes late and unevenly, and of a planner that polls it."""

from bisect import bisect_right, insort
from collections.abc import Callable
from dataclasses import dataclass, field, replace
import json
from math import pi, sin
from random import Random
from statistics import mean

from custom_components.smartpvms.northbound.interfaces import Interface
from custom_components.smartpvms.planner import (
    Feed,
    LedgerView,
    Planner,
    Reason,
    Sun,
    Worth,
)

BEAT = 300.0
DAY = 86400.0
HOUR = 3600.0
MIDNIGHT = 1_781_913_600.0
"""2026-06-20 00:00 UTC, a whole number of days since the epoch."""


class Publication:
    """When the samples of one feed appear, by the figures the integration is held to.

    A base of 40 to 150 s by feed that drifts by 30 s within an hour, a deviation of 15 s
    from beat to beat, one sample in a hundred a beat late, and two outages a day of half
    an hour to an hour and a half, in which nothing appears.
    """

    def __init__(self, random: Random, outages: list[tuple[float, float]], days: int):
        """Make `days` days from midnight on."""
        base, turn = random.uniform(40, 150), random.uniform(0, 2 * pi)
        shown: list[tuple[float, float]] = []
        for number in range(-2, int(days * DAY / BEAT) + 2):
            sample = MIDNIGHT + number * BEAT
            drift = 30 * sin(2 * pi * sample / HOUR + turn)
            delay = max(base + drift + random.gauss(0, 15), 5.0)
            delay += BEAT * (random.random() < 0.01)
            if not any(begin <= sample < end for begin, end in outages):
                shown.append((sample + delay, sample))
        shown.sort()
        self.instants: list[float] = []
        self.newest: list[float] = []
        for instant, sample in shown:
            if not self.newest or sample > self.newest[-1]:
                self.instants.append(instant)
                self.newest.append(sample)
        self.shown_at = dict(zip(self.newest, self.instants, strict=True))

    def sample(self, now: float) -> float | None:
        """Return the instant of the sample shown."""
        index = bisect_right(self.instants, now)
        return self.newest[index - 1] if index else None


@dataclass(slots=True)
class Watched:
    """A feed as it is by day: `rests` and `stands_still` tell of an hour of the day."""

    feed: Feed
    rests: Callable[[float], bool] = lambda hour: False
    stands_still: Callable[[float], bool] = lambda hour: False
    counts: Callable[[float], bool] = lambda hour: True
    """Whether its value can change, and so has to be seen."""
    seen: dict[float, float] = field(default_factory=dict)
    last: float | None = None


@dataclass(slots=True, kw_only=True)
class Result:
    """What came of a feed's beats from `begin` on."""

    beats: int
    missed: int
    delays: list[float]

    @property
    def share(self) -> float:
        return 100 * (1 - self.missed / self.beats)

    @property
    def mean(self) -> float:
        return mean(self.delays)

    @property
    def p95(self) -> float:
        return sorted(self.delays)[int(0.95 * len(self.delays))]


class Cloud:
    """Feeds, their publication, and the calls made."""

    def __init__(
        self,
        watched: list[Watched],
        *,
        seed: int,
        days: int = 1,
        sun: tuple[float, float] = (4.0, 20.0),
        limit: int | None = 1000,
        learns: bool = True,
    ) -> None:
        """Prepare `days` days with the sun up between two hours of each."""
        random = Random(seed)
        self.random = random
        self.outages = [
            (begin, begin + random.uniform(1800, 5400))
            for day in range(days)
            for begin in (
                MIDNIGHT + day * DAY + random.uniform(1, 11) * HOUR,
                MIDNIGHT + day * DAY + random.uniform(13, 21) * HOUR,
            )
        ]
        self.watched = {item.feed.name: item for item in watched}
        self.publications = {
            name: Publication(random, self.outages, days) for name in self.watched
        }
        self.days = days
        self.sun = sun
        self.learns = learns
        self.limit = limit
        self.now = MIDNIGHT + random.uniform(0, BEAT)
        self.begin = self.now
        self.planner = Planner(now=self.now, learns=learns)
        self.booked: list[float] = []
        self.calls: list[tuple[float, str, Reason]] = []

    def hour(self, instant: float) -> float:
        return (instant - MIDNIGHT) % DAY / HOUR

    def sun_view(self) -> Sun:
        rises, sets = self.sun
        hour = self.hour(self.now)
        return Sun(
            rises=self.now + ((rises - hour) % 24 or 24) * HOUR,
            sets=self.now + ((sets - hour) % 24 or 24) * HOUR,
            dark=not rises <= hour < sets,
        )

    def ledger(self) -> LedgerView:
        since = bisect_right(self.booked, self.now - DAY)
        return LedgerView(limit=self.limit, booked=self.booked[since:])

    def feeds(self) -> list[Feed]:
        hour = self.hour(self.now)
        return [
            replace(item.feed, resting=item.rests(hour))
            for item in self.watched.values()
        ]

    def run(self, until: float | None = None) -> None:
        """Poll as planned until an instant, else until the days are over."""
        end = MIDNIGHT + self.days * DAY if until is None else until
        while True:
            plan = self.planner.plan(
                self.feeds(), self.ledger(), now=self.now, sun=self.sun_view()
            )
            turn = plan.turns[0]
            if turn.due > self.now:
                wake = min(turn.due, plan.look_again)
                if wake >= end:
                    self.now = end
                    return
                self.now = wake
                if wake < turn.due:
                    continue
            self.poll(turn.feed, turn.reason)

    def poll(self, name: str, reason: Reason = Reason.BEAT) -> None:
        item = self.watched[name]
        for _ in range(item.feed.calls):
            insort(self.booked, self.now)
        self.calls.append((self.now, name, reason))
        assert self.limit is None or len(self.ledger().booked) <= self.limit
        shown = self.publications[name].sample(self.now)
        changed = None if item.last is None else shown != item.last
        if item.stands_still(self.hour(self.now)) and changed:
            changed = False
        item.last = shown
        if shown is not None and shown not in item.seen:
            item.seen[shown] = self.now
        self.planner.observed(name, now=self.now, changed=changed)
        self.now += 0.5

    def restart(self) -> None:
        """Let the planner go on from what it wrote down."""
        state = json.loads(json.dumps(self.planner.as_dict()))
        self.planner = Planner(state, now=self.now, learns=self.learns)

    def calls_between(self, begin: float, end: float) -> int:
        return sum(
            self.watched[name].feed.calls
            for instant, name, _ in self.calls
            if begin <= instant < end
        )

    def result(self, name: str, begin: float, end: float) -> Result:
        """Return what was seen of the samples between two instants.

        Those count that the cloud showed at any time: one that comes so late that the
        next overtakes it nobody can see.
        """
        item, publication = self.watched[name], self.publications[name]
        due = [
            sample
            for sample in publication.newest
            if begin <= sample < end and item.counts(self.hour(sample))
        ]
        return Result(
            beats=len(due),
            missed=sum(sample not in item.seen for sample in due),
            delays=[
                item.seen[sample] - publication.shown_at[sample]
                for sample in due
                if sample in item.seen
            ],
        )


def readings(name: str, **changes: float | bool) -> Feed:
    return replace(
        Feed(name=name, interface=Interface.DEVICE_READINGS),
        **changes,  # type: ignore[arg-type]
    )


def upkeep(plant_wish: float) -> list[Watched]:
    """Return plant values, alarms and lists."""
    return [
        Watched(
            Feed(
                name="plants",
                interface=Interface.PLANT_READINGS,
                worth=Worth.PLANT,
                wish=plant_wish,
                rest=36,
                least=48,
                dozes=True,
            ),
            rests=is_dark,
        ),
        Watched(
            Feed(
                name="alarms",
                interface=Interface.ALARMS,
                worth=Worth.UPKEEP,
                wish=24,
                least=72,
            )
        ),
        Watched(
            Feed(
                name="plant list",
                interface=Interface.PLANTS,
                worth=Worth.UPKEEP,
                wish=288,
                least=288,
            )
        ),
        Watched(
            Feed(
                name="device list",
                interface=Interface.DEVICES,
                worth=Worth.UPKEEP,
                wish=288,
                least=288,
            )
        ),
    ]


def is_dark(hour: float) -> bool:
    return not 4 <= hour < 20


def inverter(rest: float) -> Watched:
    return Watched(
        readings("inverter", rest=rest, dozes=True),
        rests=is_dark,
        counts=lambda hour: not is_dark(hour),
    )


def battery(full: tuple[float, float] | None) -> Watched:
    """Return a battery that is full between two hours."""

    def idle(hour: float) -> bool:
        return full is not None and full[0] <= hour < full[1]

    return Watched(
        readings("battery", rest=6),
        rests=idle,
        stands_still=idle,
        counts=lambda hour: not idle(hour),
    )


def meter() -> Watched:
    return Watched(readings("meter"))


def home(full: tuple[float, float] | None = (11, 18)) -> list[Watched]:
    return [battery(full), meter(), inverter(3), *upkeep(12)]


def pv() -> list[Watched]:
    return [inverter(12), *upkeep(3)]


def string() -> list[Watched]:
    return [inverter(12), meter(), *upkeep(3)]
