"""Days of polling a cloud that publishes late, unevenly, and twice a day not at all."""

from collections.abc import Callable
from itertools import pairwise
from statistics import mean

import pytest

from custom_components.smartpvms.planner import Reason

from .cloud import BEAT, DAY, HOUR, MIDNIGHT, Cloud, Watched, home, pv, string

SEEDS = range(1, 6)
# the last samples of the simulation are not polled any more
REST = 2 * BEAT
LIVE = ("battery", "meter", "inverter")


def two_days(plant: Callable[[], list[Watched]], seed: int) -> Cloud:
    cloud = Cloud(plant(), seed=seed, days=2)
    cloud.run()
    return cloud


def live(cloud: Cloud) -> list[str]:
    return [name for name in LIVE if name in cloud.watched]


def delays(cloud: Cloud, begin: float, end: float) -> list[float]:
    """Return the delays of all live feeds, sorted."""
    return sorted(
        delay
        for name in live(cloud)
        for delay in cloud.result(name, begin, end - REST).delays
    )


def p95(values: list[float]) -> float:
    return values[int(0.95 * len(values))]


def shares(clouds: list[Cloud], begin: float, end: float) -> dict[str, float]:
    """Return the percentage of the beats seen of each live feed, all clouds together."""
    results = {
        name: [cloud.result(name, begin, end - REST) for cloud in clouds]
        for name in live(clouds[0])
    }
    return {
        name: 100
        * (1 - sum(one.missed for one in those) / sum(one.beats for one in those))
        for name, those in results.items()
    }


def test_home_is_fresh_within_its_calls() -> None:
    """The second day: part of the first is spent on finding the phases."""
    begin, end = MIDNIGHT + DAY, MIDNIGHT + 2 * DAY
    clouds = [two_days(home, seed) for seed in SEEDS]

    for cloud in clouds:
        seen = delays(cloud, begin, end)
        assert cloud.calls_between(begin, end) <= 840
        assert mean(seen) <= 45
        assert p95(seen) <= 120
        for name in live(cloud):
            assert cloud.result(name, begin, end - REST).share >= 97
    assert min(shares(clouds, begin, end).values()) >= 98


def test_home_needs_little_to_find_its_phases() -> None:
    """The first day, on which values are a few seconds older."""
    begin, end = MIDNIGHT, MIDNIGHT + DAY
    clouds = [two_days(home, seed) for seed in SEEDS]

    for cloud in clouds:
        seen = delays(cloud, begin + HOUR, end)
        assert cloud.calls_between(begin, end) <= 840
        assert mean(seen) <= 50
        assert p95(seen) <= 120
        for name in live(cloud):
            assert cloud.result(name, begin, end - REST).share >= 96
    assert min(shares(clouds, begin, end).values()) >= 98


def test_a_battery_that_never_rests_costs_no_call_of_the_user() -> None:
    for seed in SEEDS:
        cloud = two_days(lambda: home(None), seed)

        assert cloud.calls_between(MIDNIGHT, MIDNIGHT + DAY) <= 900
        assert cloud.calls_between(MIDNIGHT + DAY, MIDNIGHT + 2 * DAY) <= 880
        for name in live(cloud):
            assert cloud.result(name, MIDNIGHT, MIDNIGHT + 2 * DAY - REST).share >= 97


@pytest.mark.parametrize("plant", [pv, string])
def test_smaller_plants_are_fresher_with_fewer_calls(
    plant: Callable[[], list[Watched]],
) -> None:
    for seed in SEEDS:
        cloud = two_days(plant, seed)
        seen = delays(cloud, MIDNIGHT + HOUR, MIDNIGHT + 2 * DAY)

        assert cloud.calls_between(MIDNIGHT, MIDNIGHT + DAY) <= 700
        assert cloud.calls_between(MIDNIGHT + DAY, MIDNIGHT + 2 * DAY) <= 700
        assert mean(seen) <= 45
        assert p95(seen) <= 120


def test_a_restart_each_minute_costs_nothing() -> None:
    through = Cloud(home(), seed=3)
    through.run()
    restarted = Cloud(home(), seed=3)
    restarted.run(until=MIDNIGHT + 8 * HOUR)
    for minute in range(60):
        restarted.restart()
        restarted.run(until=MIDNIGHT + 8 * HOUR + 60 * (minute + 1))
    restarted.run()

    more = len(restarted.calls) - len(through.calls)
    assert abs(more) <= 10


def test_an_api_account_asks_no_feed_twice_in_five_minutes() -> None:
    cloud = Cloud(home(), seed=2, days=7, limit=None, learns=False)
    cloud.run(until=MIDNIGHT + 8 * HOUR)
    for restart in range(6):
        cloud.restart()
        cloud.run(until=MIDNIGHT + (8 + (restart + 1) / 6) * HOUR)
    cloud.run()

    for name in cloud.watched:
        times = [instant for instant, polled, _ in cloud.calls if polled == name]
        assert min(b - a for a, b in pairwise(times)) > BEAT
    assert min(shares([cloud], MIDNIGHT, MIDNIGHT + 7 * DAY).values()) > 95


def test_extra_calls_are_few() -> None:
    cloud = two_days(home, 1)

    extra = {Reason.AGAIN, Reason.CHECK, Reason.SEARCH}
    assert 40 < sum(reason in extra for _, _, reason in cloud.calls) < 200


def test_the_same_seed_gives_the_same_calls() -> None:
    first, second = (Cloud(home(), seed=1) for _ in range(2))
    first.run()
    second.run()

    assert first.calls == second.calls
