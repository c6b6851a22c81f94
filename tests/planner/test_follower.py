"""How one feed is polled along the cloud's beat."""

from dataclasses import dataclass, field

import pytest

from custom_components.smartpvms.planner.follower import AGAIN_AFTER, Follower
from custom_components.smartpvms.planner.model import BEAT, Reason
from custom_components.smartpvms.planner.phase import Phase

START = 1000 * BEAT


def locked(**state: float | bool | None) -> Follower:
    """Return a follower at beat 1000 that expects snapshots 100 s after the beat."""
    known = {
        "polled": START + 140,
        "beat": 1000,
        "turn": 1000.0,
        "seen": True,
        "check": 1100,
    }
    return Follower(
        phase=Phase(mean=100, doubt=12),
        **(known | state),  # type: ignore[arg-type]
    )


def poll(follower: Follower, *, changed: bool | None, expected: Reason) -> float:
    """Poll when due; return when that was."""
    due, reason = follower.due()
    assert reason is expected
    follower.answered(due, changed)
    return due


@dataclass(slots=True)
class Steady:
    """A cloud that shows each snapshot `delay` seconds after its beat."""

    follower: Follower
    delay: float
    newest: int = 0
    polls: list[tuple[float, Reason]] = field(default_factory=list)

    def poll(self, times: int = 1) -> None:
        for _ in range(times):
            due, reason = self.follower.due()
            newest = int((due - self.delay) // BEAT)
            self.follower.answered(due, newest != self.newest)
            self.newest = newest
            self.polls.append((due, reason))


def test_the_first_poll_is_due_at_once() -> None:
    assert Follower().due() == (0.0, Reason.FIRST)
    assert not Follower().holds(START)


def test_the_phase_is_found_in_a_few_polls() -> None:
    cloud = Steady(Follower(polled=START), 77)
    cloud.follower.answered(START, None)
    cloud.poll(12)

    assert cloud.follower.phase is not None
    assert cloud.follower.phase.mean == pytest.approx(77, abs=35)
    assert sum(reason is Reason.SEARCH for _, reason in cloud.polls) <= 5


def test_what_cannot_be_compared_is_no_search() -> None:
    follower = Follower()
    follower.answered(START, None)
    follower.answered(START + 100, None)

    assert follower.search is not None
    assert follower.search.start == START + 100


def test_what_stands_still_is_polled_once_a_beat_until_it_moves() -> None:
    follower = Follower()
    follower.answered(START, None)
    while follower.search is not None:
        poll(follower, changed=False, expected=Reason.SEARCH)
    first = poll(follower, changed=False, expected=Reason.BEAT)
    second = poll(follower, changed=True, expected=Reason.BEAT)

    assert second - first == BEAT
    assert follower.due()[1] is Reason.SEARCH


def test_a_feed_that_rests_is_not_searched() -> None:
    follower = Follower(resting=True, every=12)
    follower.answered(START, None)

    assert follower.due() == (START + 12 * BEAT, Reason.RESTING)


def test_a_feed_that_does_not_learn_keeps_its_interval() -> None:
    follower = Follower(learns=False, every=4)
    follower.answered(START, changed=True)

    assert follower.due() == (START + 4 * BEAT, Reason.BEAT)
    assert follower.holds(START + BEAT - 1)
    assert not follower.holds(START + BEAT)


def test_a_poll_too_early_is_repeated_once() -> None:
    follower = locked(extras=5)
    first = poll(follower, changed=False, expected=Reason.BEAT)
    assert not follower.holds(first + 1)
    second = poll(follower, changed=True, expected=Reason.AGAIN)

    assert second - first == AGAIN_AFTER
    assert follower.extras == 4
    assert follower.holds(second + 1)
    assert follower.phase is not None
    assert follower.phase.mean > 100
    assert follower.due()[0] > second + 200


def test_a_beat_that_comes_late_is_left() -> None:
    follower = locked(extras=5)
    poll(follower, changed=False, expected=Reason.BEAT)
    second = poll(follower, changed=False, expected=Reason.AGAIN)

    assert follower.phase is not None
    assert follower.phase.mean == 100
    assert not follower.seen
    due, reason = follower.due()
    assert due == pytest.approx(second + BEAT - AGAIN_AFTER, abs=10)
    assert reason is Reason.BEAT


def test_with_calls_left_over_a_late_beat_is_asked_for_once_more() -> None:
    follower = locked(extras=9)
    poll(follower, changed=False, expected=Reason.BEAT)
    second = poll(follower, changed=False, expected=Reason.AGAIN)
    third = poll(follower, changed=True, expected=Reason.AGAIN)

    assert third - second == AGAIN_AFTER
    assert follower.extras == 7
    assert follower.seen
    assert follower.phase is not None
    assert follower.phase.mean > 110


def test_what_is_later_than_any_jitter_is_left() -> None:
    follower = locked(extras=9)
    poll(follower, changed=False, expected=Reason.BEAT)
    for _ in range(2):
        poll(follower, changed=False, expected=Reason.AGAIN)

    assert not follower.seen
    assert follower.due()[1] is Reason.BEAT


def test_without_extra_calls_nothing_is_repeated() -> None:
    follower = locked(extras=0.5)
    poll(follower, changed=False, expected=Reason.BEAT)

    assert follower.due()[1] is Reason.BEAT
    assert follower.phase is not None
    assert follower.phase.mean > 100


def test_what_often_stands_still_is_not_repeated() -> None:
    follower = locked(extras=5, lively=0.3)
    poll(follower, changed=False, expected=Reason.BEAT)

    assert follower.due()[1] is Reason.BEAT


def test_an_outage_costs_one_extra_call() -> None:
    follower = locked(extras=5)
    poll(follower, changed=False, expected=Reason.BEAT)
    poll(follower, changed=False, expected=Reason.AGAIN)
    for _ in range(10):
        poll(follower, changed=False, expected=Reason.BEAT)

    assert follower.extras == 4
    assert follower.phase is not None
    assert follower.phase.mean == 100


def test_after_an_outage_the_phase_is_checked() -> None:
    follower = locked(extras=5, silent=4, seen=False)
    poll(follower, changed=True, expected=Reason.BEAT)
    poll(follower, changed=True, expected=Reason.BEAT)
    early = poll(follower, changed=False, expected=Reason.CHECK)
    poll(follower, changed=True, expected=Reason.BEAT)

    assert early % BEAT < 60
    assert follower.phase is not None
    assert follower.check > 1100


def test_a_check_finds_a_phase_that_is_earlier() -> None:
    cloud = Steady(locked(extras=5, check=1001), 10, newest=1000)
    cloud.poll(3)

    assert [reason for _, reason in cloud.polls] == [
        Reason.CHECK,
        Reason.BEAT,
        Reason.AGAIN,
    ]
    assert cloud.follower.phase is None
    cloud.poll(8)
    assert cloud.follower.phase is not None
    assert cloud.follower.phase.at(0) % BEAT == pytest.approx(10, abs=40)


def test_a_check_that_sees_a_late_beat_loses_nothing() -> None:
    follower = locked(extras=5, check=1001)
    poll(follower, changed=True, expected=Reason.CHECK)
    poll(follower, changed=True, expected=Reason.BEAT)

    assert follower.phase is not None
    assert follower.due()[1] is Reason.BEAT


def test_a_check_that_sees_a_late_beat_is_followed_by_a_slow_one() -> None:
    follower = locked(extras=5, check=1001)
    poll(follower, changed=True, expected=Reason.CHECK)
    poll(follower, changed=False, expected=Reason.BEAT)
    poll(follower, changed=True, expected=Reason.AGAIN)

    assert follower.phase is not None
    assert follower.seen


def test_a_poll_of_somebody_else_before_the_beat_is_one_of_the_beat_before() -> None:
    follower = locked()
    follower.answered(START + BEAT + 60, changed=False)

    assert follower.beat == 1000
    assert follower.seen
    assert follower.due()[0] > START + BEAT + 100


def test_a_poll_of_somebody_else_can_see_what_was_missed() -> None:
    follower = locked(seen=False)
    follower.answered(START + 200, changed=True)

    assert follower.seen
    assert follower.holds(START + 200)


def test_a_poll_that_cannot_be_compared_counts_as_seen() -> None:
    follower = locked()
    poll(follower, changed=None, expected=Reason.BEAT)

    assert follower.seen
    assert follower.beat == 1001
    assert follower.phase is not None
    assert follower.phase.mean == 100


def test_a_failed_poll_is_left_until_the_next_beat() -> None:
    follower = locked()
    due, _ = follower.due()
    follower.failed(due)

    assert not follower.holds(due)
    assert follower.due()[0] == pytest.approx(due + BEAT, abs=5)


def test_a_failed_poll_ends_a_search() -> None:
    follower = Follower()
    follower.answered(START, None)
    follower.failed(START + 150)

    assert follower.due() == (START + 150 + BEAT, Reason.BEAT)


def test_fewer_polls_than_beats_are_spread_evenly() -> None:
    follower = locked(every=2.5)
    beats = []
    for _ in range(4):
        poll(follower, changed=True, expected=Reason.BEAT)
        beats.append(follower.beat)

    assert beats == [1003, 1005, 1008, 1010]


def test_a_resting_feed_that_stands_still_keeps_its_phase() -> None:
    follower = locked(every=12, resting=True)
    for _ in range(5):
        poll(follower, changed=False, expected=Reason.RESTING)

    assert follower.lively == 1
    assert follower.phase is not None
    assert follower.phase.mean == 100


def test_extra_calls_are_saved_up_to_a_bound() -> None:
    follower = Follower()
    follower.earn(100)

    assert follower.extras == 10


def test_a_doubtful_mean_is_polled_closely() -> None:
    sure, doubtful = locked(extras=5), locked(extras=5)
    assert doubtful.phase is not None
    doubtful.phase.doubt = 30

    assert doubtful.due()[0] < sure.due()[0]
