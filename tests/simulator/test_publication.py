"""When the cloud shows which sample."""

from datetime import UTC, datetime, timedelta
from statistics import mean, pstdev

import pytest

from simulator.plants.publication import BEAT, Publication

from .conftest import NOON, Cloud

FIRST_BEAT = int(NOON.timestamp()) // BEAT


@pytest.mark.parametrize("feed", ["plant", "38", "39", "47"])
def test_delays_lie_where_they_should(feed: str) -> None:
    publication = Publication(1, f"NE=1/{feed}")
    assert 40 <= publication.base <= 150
    delays = [publication.delay(FIRST_BEAT + beat) for beat in range(4000)]
    prompt = [delay for delay in delays if delay < 300]
    late = len(delays) - len(prompt)
    assert 0.004 < late / len(delays) < 0.02
    assert mean(prompt) == pytest.approx(publication.base, abs=3)
    assert pstdev(prompt) == pytest.approx((15**2 + 30**2 / 2) ** 0.5, abs=4)
    assert min(prompt) >= 5


def test_delays_drift_within_the_hour() -> None:
    publication = Publication(1, "NE=1/plant")
    phases = [
        mean(
            publication.delay(FIRST_BEAT + phase + 12 * hour) % 300
            for hour in range(200)
        )
        for phase in range(12)
    ]
    assert 45 < max(phases) - min(phases) < 75


def test_the_same_seed_publishes_at_the_same_time() -> None:
    one, same, other = Publication(1, "x"), Publication(1, "x"), Publication(2, "x")
    assert one.delay(FIRST_BEAT) == same.delay(FIRST_BEAT)
    assert one.delay(FIRST_BEAT) != other.delay(FIRST_BEAT)


def test_samples_appear_in_order_and_on_the_beat() -> None:
    publication = Publication(3, "plant")
    now = NOON
    shown = [publication.sample(now)]
    for _ in range(600):
        change = publication.next_change(now)
        assert change > now
        assert publication.sample(change - timedelta(seconds=1)) == shown[-1]
        now = change
        shown.append(publication.sample(now))
    assert shown == sorted(set(shown))
    assert all(sample.timestamp() % BEAT == 0 for sample in shown)
    ages = [(now - shown[-1]).total_seconds()]
    assert all(5 <= age < 2 * BEAT for age in ages)


async def test_answers_hold_still_between_publications(cloud: Cloud) -> None:
    plant = cloud.simulator.plants[0]
    before = await cloud.items()
    change = plant.publication(None).next_change(NOON)
    cloud.step(seconds=(change - NOON).total_seconds() - 2)
    assert await cloud.items() == before
    cloud.step(seconds=3)
    after = await cloud.items()
    assert after["day_power"] > before["day_power"]
    assert plant.published(None, change) > plant.published(None, NOON)


def test_published_is_not_in_the_future() -> None:
    publication = Publication(1, "plant")
    instant = datetime(2026, 1, 1, tzinfo=UTC)
    assert publication.sample(instant) < instant


def test_samples_of_an_outage_never_appear() -> None:
    begin, end = NOON + timedelta(minutes=5), NOON + timedelta(minutes=65)
    publication = Publication(1, "plant", [(begin, end)])
    before = NOON + timedelta(seconds=publication.delay(FIRST_BEAT) + 1)

    assert publication.sample(before) == NOON
    change = publication.next_change(before)
    assert publication.sample(change - timedelta(seconds=1)) == NOON
    assert publication.sample(change) >= end
