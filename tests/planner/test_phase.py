"""The delay of publication, learnt from what polls show."""

from math import inf
from random import Random

import pytest

from custom_components.smartpvms.planner.model import BEAT
from custom_components.smartpvms.planner.phase import SPREAD, Phase
from custom_components.smartpvms.planner.search import Search


def test_a_poll_in_time_says_that_it_is_earlier_rather_than_later() -> None:
    phase = Phase(mean=100, doubt=20)
    phase.learn(-inf, 110)

    assert 85 < phase.mean < 100
    assert phase.doubt < 20


def test_a_poll_too_early_says_that_it_is_later() -> None:
    phase = Phase(mean=100, doubt=20)
    phase.learn(110, inf)

    assert 100 < phase.mean < 130
    assert phase.doubt < 20


def test_what_lies_between_two_polls_is_known_best() -> None:
    phase = Phase(mean=100, doubt=30)
    phase.learn(140, 150)

    assert 100 < phase.mean < 145
    assert phase.deviation == pytest.approx((phase.doubt**2 + SPREAD**2) ** 0.5)


def test_what_can_hardly_be_is_not_learnt() -> None:
    phase = Phase(mean=100, doubt=20)
    phase.learn(290, 300)

    assert phase == Phase(mean=100, doubt=20)


def test_doubt_grows_with_time_to_a_bound() -> None:
    phase = Phase(mean=100, doubt=10)
    phase.wander(4)
    after_four = phase.doubt
    phase.wander(100_000)

    assert 10 < after_four < 20
    assert 30 < phase.doubt <= 60


@pytest.mark.parametrize("truth", [60.0, 100.0, 140.0])
def test_the_mean_is_found(truth: float) -> None:
    random = Random(7)
    phase = Phase(mean=100, doubt=30)
    for _ in range(200):
        delay, poll = random.gauss(truth, SPREAD), phase.at(0)
        phase.wander(1)
        phase.learn(*((-inf, poll) if delay <= poll else (poll, inf)))

    assert phase.mean == pytest.approx(truth, abs=15)


@pytest.mark.parametrize("truth", [0.0, 40.0, 151.0, 299.0])
def test_a_search_needs_four_polls(truth: float) -> None:
    now = polled = 1000 * BEAT + 17
    search, polls = Search(now), 0

    def newest(instant: float) -> int:
        return int((instant - truth) // BEAT)

    while not search.is_over:
        now = search.next_poll(polled)
        search.narrow(polled, now, changed=newest(now) > newest(polled))
        polled, polls = now, polls + 1

    apart = (search.centre - truth + BEAT / 2) % BEAT - BEAT / 2
    assert 3 <= polls <= 4
    assert abs(apart) <= 20
    assert search.found


def test_polls_a_beat_apart_tell_nothing() -> None:
    search = Search(1000 * BEAT, 100.0)
    search.narrow(1000 * BEAT, 1001 * BEAT + 50, changed=True)

    assert search == Search(1000 * BEAT, 100.0)


@pytest.mark.parametrize("width", [BEAT, 140.0, 60.0])
@pytest.mark.parametrize("into", [0.0, 0.5, 1.0])
def test_a_search_goes_on_wherever_in_the_beat_it_was_left(
    width: float, into: float
) -> None:
    """A poll of another kind may fall on what the search would poll next."""
    truth = 1000 * BEAT + width * 0.7
    search = Search(1000 * BEAT, width)
    polled = 1012 * BEAT + into * width
    search.narrow(1000 * BEAT, polled, changed=True)
    for _ in range(6):
        now = search.next_poll(polled)
        seen, sees = (int((each - truth) // BEAT) for each in (polled, now))
        search.narrow(polled, now, changed=sees > seen)
        polled = now
        if search.is_over:
            break

    apart = (search.centre - truth + BEAT / 2) % BEAT - BEAT / 2
    assert search.is_over
    assert abs(apart) <= 20


def test_a_poll_outside_of_what_is_left_narrows_nothing() -> None:
    search = Search(1000 * BEAT, 100.0)
    search.narrow(1000 * BEAT + 10, 1000 * BEAT + 150, changed=False)

    assert search == Search(1000 * BEAT, 100.0)


def test_a_search_in_an_outage_ends_without_a_find() -> None:
    polled = 1000 * BEAT
    search = Search(polled)
    while not search.is_over:
        now = search.next_poll(polled)
        search.narrow(polled, now, changed=False)
        polled = now

    assert not search.found
    assert polled < 1001 * BEAT + 60


def test_the_next_poll_is_after_the_last() -> None:
    search = Search(1000 * BEAT, 100.0)

    assert search.next_poll(1000 * BEAT + 20) == 1000 * BEAT + 50
    # a whole beat after the last it would tell nothing: one between comes first
    assert search.next_poll(1000 * BEAT + 50) == 1000 * BEAT + 130
    assert search.next_poll(1000 * BEAT + 130) == 1001 * BEAT + 50
