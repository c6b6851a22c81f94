"""The delay of publication, learnt from what polls show."""

from math import inf
from random import Random
from statistics import NormalDist

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


def posterior(phase: Phase, after: float, until: float) -> tuple[float, float]:
    """Return mean and deviation of the mean by summing over all that it may be."""
    jitter = NormalDist(0, SPREAD)
    prior = NormalDist(phase.mean, phase.doubt)
    weights: dict[float, float] = {}
    for step in range(-4000, 4001):
        mean = phase.mean + step * phase.doubt / 500
        below = jitter.cdf(until - mean) if until < inf else 1.0
        above = jitter.cdf(after - mean) if after > -inf else 0.0
        weights[mean] = prior.pdf(mean) * (below - above)
    total = sum(weights.values())
    mean = sum(value * weight for value, weight in weights.items()) / total
    variance = sum((v - mean) ** 2 * w for v, w in weights.items()) / total
    return mean, variance**0.5


@pytest.mark.parametrize(
    ("after", "until"),
    [(-inf, 110), (-inf, 60), (110, inf), (150, inf), (90, 121), (140, 171), (20, 60)],
)
@pytest.mark.parametrize("doubt", [12.0, 30.0])
def test_what_is_learnt_is_what_probability_says(
    doubt: float, after: float, until: float
) -> None:
    phase = Phase(mean=100, doubt=doubt)
    mean, deviation = posterior(phase, after, until)
    phase.learn(after, until)

    assert phase.mean == pytest.approx(mean, abs=0.01)
    assert phase.doubt == pytest.approx(deviation, abs=0.01)


def test_what_happens_once_in_ten_thousand_beats_is_something_else() -> None:
    for deviations, learnt in ((3.7, True), (3.75, False)):
        phase = Phase(mean=100, doubt=20)
        phase.learn(phase.at(deviations), inf)

        assert (phase.mean > 100) is learnt, deviations


def test_a_mean_is_never_known_to_less_than_a_second() -> None:
    phase = Phase(mean=100, doubt=1.0)
    for _ in range(50):
        phase.learn(95, 105)

    assert phase.doubt == 1.0


def test_doubt_grows_by_two_seconds_a_beat_as_a_walk_does() -> None:
    phase = Phase(mean=100, doubt=3.0)
    phase.wander(4)
    assert phase.doubt == pytest.approx(5.0)
    phase.wander(100_000)

    assert phase.doubt == 40


def test_a_search_halves_what_is_left() -> None:
    search = Search(1000 * BEAT)
    assert search.next_poll(1000 * BEAT) == 1000 * BEAT + 150
    search.narrow(1000 * BEAT, 1000 * BEAT + 150, changed=True)
    assert search == Search(1000 * BEAT, 150, found=True)
    assert search.next_poll(1000 * BEAT + 150) == 1001 * BEAT + 75
    search.narrow(1000 * BEAT + 150, 1001 * BEAT + 75, changed=False)

    assert search == Search(1001 * BEAT + 75, 75, found=True)
    assert search.centre == 75 + 37.5
    assert not search.is_over


@pytest.mark.parametrize(
    ("width", "found", "decided", "over"),
    [
        (40.0, True, False, True),
        (41.0, True, False, False),
        (40.0, False, False, False),
        (40.0, False, True, True),
        (300.0, False, True, True),
    ],
)
def test_a_search_is_over_when_forty_seconds_are_left_in_which_something_came(
    width: float, found: bool, decided: bool, over: bool
) -> None:
    assert Search(0.0, width, found, decided).is_over is over


def test_a_search_without_a_find_asks_once_after_all_of_it() -> None:
    search = Search(1000 * BEAT, 40.0)
    late = search.next_poll(1000 * BEAT)
    assert late == 1000 * BEAT + 40 + 30
    search.narrow(1000 * BEAT, late, changed=True)

    assert search.found
    assert search.decided


def test_a_poll_at_the_end_of_what_is_left_decides_only_once_that_is_narrow() -> None:
    search = Search(1000 * BEAT, 41.0)
    search.narrow(1000 * BEAT, 1000 * BEAT + 41, changed=True)

    assert search.found
    assert not search.decided
    assert search.width == 41


def test_only_polls_within_one_beat_tell_when_something_came() -> None:
    start = 1000 * BEAT
    for apart, width in ((299.0, 199.0), (299.5, 200.0)):
        search = Search(start, 200.0)
        search.narrow(start + 199 - apart, start + 199, changed=True)

        assert search.width == width
    whole = Search(start)
    whole.narrow(start, start + 299.5, changed=True)
    assert whole == Search(start + 299.5)
