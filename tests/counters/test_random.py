"""Two weeks of a cloud that misbehaves in every known way at once, by seeds.

What the cloud counts is known here, so that each shown value can be held against it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
import math
from random import Random

import pytest

from custom_components.smartpvms.counters import (
    Counter,
    CounterKind,
    Counters,
    PassThrough,
    Sight,
)

from .telling import BERLIN

DAYS = 14
BEAT = timedelta(minutes=5)
# days of 23 and 25 hours are among these, and a month ends
STARTS = (
    datetime(2026, 3, 22, 11, tzinfo=UTC),
    datetime(2026, 10, 20, 11, tzinfo=UTC),
    datetime(2026, 6, 24, 11, tzinfo=UTC),
)
TOTAL = Counter(subject="plant", key="total", kind=CounterKind.LIFETIME)
MONTH = Counter(subject="plant", key="month", kind=CounterKind.MONTH)
DAY = Counter(subject="plant", key="day", kind=CounterKind.DAY)
FIRST_TOTAL = 5000.0


class Physics:
    """What is really counted: kWh since the start, every minute."""

    def __init__(self, random: Random, start: datetime, *, solar: bool) -> None:
        self.start = start
        self.powers: list[float] = []
        self.sums = [0.0]
        cloudy = 1.0
        for minute in range((DAYS + 2) * 1440):
            local = (start + timedelta(minutes=minute)).astimezone(BERLIN)
            hour = local.hour + local.minute / 60
            if minute % 20 == 0:
                cloudy = random.uniform(0.2, 1)
            if solar:
                height = math.sin((hour - 6.5) / 12 * math.pi)
                power = 7000 * cloudy * height if 6.5 < hour < 18.5 else 0.0
            else:
                power = 250 + (900 if 17 < hour < 22 else 0) + 300 * cloudy
            self.powers.append(power)
            self.sums.append(self.sums[-1] + power / 60_000)

    def _minute(self, at: datetime) -> int:
        return max(int((at - self.start) / timedelta(minutes=1)), 0)

    def power(self, at: datetime) -> float:
        return self.powers[self._minute(at)]

    def total(self, at: datetime) -> float:
        return FIRST_TOTAL + self.sums[self._minute(at)]

    def since(self, begin: datetime, at: datetime) -> float:
        return self.total(at) - self.total(begin)


def midnight(at: datetime) -> datetime:
    local = at.astimezone(BERLIN)
    return datetime(local.year, local.month, local.day, tzinfo=BERLIN).astimezone(UTC)


def month_start(at: datetime) -> datetime:
    local = at.astimezone(BERLIN)
    return datetime(local.year, local.month, 1, tzinfo=BERLIN).astimezone(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the cloud shows at an instant, and of when that is."""

    now: datetime
    sample: datetime
    total: float
    month: float
    day: float


def tellings(random: Random, physics: Physics, *, solar: bool) -> Iterator[Told]:
    """Yield what a poll every five minutes meets, but in an outage a day."""
    delay = random.uniform(40, 150)
    sample = now = physics.start
    for day in range(DAYS):
        late_until = random.choice((0, 1))
        leaps, dips = random.random() < 0.3, random.random() < 0.7
        outage = random.uniform(0, 21)
        for _ in range(288):
            now += BEAT
            late = random.random() < 0.01
            age = timedelta(seconds=delay + random.gauss(0, 15) + 300 * late)
            beat = int((now - age).timestamp() // 300) * 300
            sample = max(sample, datetime.fromtimestamp(beat, UTC))
            since_noon = (now - physics.start) / timedelta(hours=1) - 24 * day
            if outage < since_noon < outage + 3:
                continue
            yield told(
                physics, now, sample, late_until, leaps=leaps, dips=dips, solar=solar
            )


def told(
    physics: Physics,
    now: datetime,
    sample: datetime,
    late_until: int,
    *,
    leaps: bool,
    dips: bool,
    solar: bool,
) -> Told:
    today = midnight(sample)
    yesterday = midnight(today - timedelta(hours=12))
    of_yesterday = physics.since(yesterday, today)
    hour = sample.astimezone(BERLIN).hour + sample.astimezone(BERLIN).minute / 60
    day = physics.since(today, sample)
    stale = hour < late_until or (solar and physics.since(today, sample) == 0)
    if stale:
        day = of_yesterday
    wrong = 0.0
    if dips and 1.17 < hour < 1.9:
        wrong = -of_yesterday
    elif leaps and solar and 0.3 < hour < 1.1:
        wrong = of_yesterday
    begin = max(month_start(sample), physics.start)
    return Told(
        now=now,
        sample=sample,
        total=round(physics.total(sample) + wrong, 2),
        month=round(max(physics.since(begin, sample) + wrong, 0), 2),
        day=round(day, 2),
    )


def run(
    seed: int, start: datetime, *, solar: bool, believer: Counters | PassThrough
) -> tuple[list[tuple[Told, dict[Counter, float], float]], Physics]:
    """Return each poll with what was shown of each counter, and of the accumulation."""
    random = Random(seed)
    physics = Physics(random, start, solar=solar)
    shown: list[tuple[Told, dict[Counter, float], float]] = []
    for poll in tellings(random, physics, solar=solar):
        if isinstance(believer, Counters) and random.random() < 2 / 288:
            believer = Counters.from_dict(believer.as_dict())
        power = physics.power(poll.sample)
        sight = Sight(
            value=None,
            now=poll.now,
            zone=BERLIN,
            greatest_power=8000,
            power=power if solar else None,
            flow=power,
        )
        values = {TOTAL: poll.total, MONTH: poll.month, DAY: poll.day}
        sights = {key: replace(sight, value=value) for key, value in values.items()}
        believed = believer.believe_together(sights)
        accumulated = believer.accumulate(DAY, sights[DAY])
        for day in sorted(believer.unsettled(DAY)):
            noon = datetime(day.year, day.month, day.day, 12, tzinfo=BERLIN)
            begin = midnight(noon.astimezone(UTC))
            end = midnight(begin + timedelta(hours=36))
            believer.settle(DAY, day, physics.since(begin, end), sight)
        assert accumulated is not None
        told_values = {k: v for k, v in believed.items() if v is not None}
        shown.append((poll, told_values, accumulated))
    return shown, physics


@pytest.mark.parametrize("start", STARTS, ids=["spring", "autumn", "summer"])
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("solar", [True, False], ids=["solar", "home"])
def test_nothing_false_is_shown(seed: int, start: datetime, *, solar: bool) -> None:
    shown, physics = run(seed, start, solar=solar, believer=Counters())
    previous: Told | None = None
    last_total = last_accumulated = last_day = 0.0
    for poll, values, accumulated in shown:
        where = poll.now.isoformat()
        same_day = previous and midnight(previous.now) == midnight(poll.now)
        assert values[TOTAL] >= last_total, where
        assert values[TOTAL] <= physics.total(poll.sample) + 0.02, where
        assert accumulated >= last_accumulated, where
        assert values[DAY] <= physics.since(midnight(poll.now), poll.now) + 0.02, where
        assert not same_day or values[DAY] >= last_day, where
        most = physics.since(max(month_start(poll.now), start), poll.now) + 0.02
        assert values[MONTH] <= most, where
        previous, last_total = poll, values[TOTAL]
        last_accumulated, last_day = accumulated, values[DAY]

    poll, values, accumulated = shown[-1]
    counted = physics.since(start, poll.sample)
    assert values[TOTAL] == pytest.approx(FIRST_TOTAL + counted, abs=0.01)
    assert values[DAY] == poll.day
    assert values[MONTH] == poll.month
    first = shown[0][0]
    total = accumulated - shown[0][2]
    assert total == pytest.approx(physics.since(first.sample, poll.sample), rel=0.001)


@pytest.mark.parametrize("solar", [True, False], ids=["solar", "home"])
def test_passing_everything_through_shows_what_is_false(*, solar: bool) -> None:
    shown, physics = run(0, STARTS[0], solar=solar, believer=PassThrough())

    totals = [values[TOTAL] for _, values, _ in shown]
    yesterdays = [
        poll
        for poll, values, _ in shown
        if values[DAY] > physics.since(midnight(poll.now), poll.now) + 1
    ]
    assert any(after < before - 1 for before, after in pairwise(totals))
    assert yesterdays
