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


@pytest.mark.parametrize(
    ("every", "failures", "beats"),
    [
        (1, 5, 1),
        (1.5, 5, 1.5),
        (1.6, 1, 1),
        (12, 1, 1),
        (12, 2, 2),
        (12, 3, 3),
        (12, 9, 3),
        (24, 3, 4),
        (24, 9, 6),
    ],
)
def test_after_failures_a_slow_feed_is_asked_sooner_and_sooner_gives_way(
    every: float, failures: int, beats: float
) -> None:
    follower = Follower(learns=False, every=every)
    for number in range(failures):
        follower.failed(START + number * BEAT)
    last = START + (failures - 1) * BEAT

    assert follower.due() == (last + beats * BEAT, Reason.BEAT)
    follower.answered(last, None)
    assert follower.due() == (last + every * BEAT, Reason.BEAT)


@pytest.mark.parametrize(
    ("state", "late"),
    [
        ({"silent": 1}, True),
        ({"silent": 2}, True),
        ({"silent": 0}, False),
        ({"silent": 3}, False),
        ({"silent": 1, "seen": True}, False),
        ({"silent": 1, "resting": True}, False),
        ({"silent": 1, "after": 120.0}, False),
        ({"silent": 1, "lively": 0.6}, True),
        ({"silent": 1, "lively": 0.59}, False),
    ],
)
def test_what_usually_moves_and_is_still_for_a_beat_or_two_is_late(
    state: dict[str, float | bool | None], late: bool
) -> None:
    follower = locked(**({"seen": False} | state))

    assert follower.is_late is late
    follower.phase = None
    assert follower.is_late is False


def test_the_beat_that_is_asked_for_and_the_one_that_is_held() -> None:
    follower = locked(extras=5)
    assert (follower.expected, follower.held) == (1001, 1000)
    poll(follower, changed=False, expected=Reason.BEAT)
    assert (follower.expected, follower.held) == (1001, 1000)
    poll(follower, changed=True, expected=Reason.AGAIN)
    assert (follower.expected, follower.held) == (1002, 1001)

    assert (Follower().expected, Follower().held) == (None, None)


@pytest.mark.parametrize(
    ("extras", "deviations"), [(10.0, 1.1), (5.0, 1.5), (0.0, 1.9), (-5.0, 1.9)]
)
def test_a_poll_comes_the_later_the_fewer_calls_are_left_over(
    extras: float, deviations: float
) -> None:
    follower = locked(extras=extras)
    assert follower.phase is not None

    wait = 100 + deviations * follower.phase.deviation
    assert follower.due()[0] == pytest.approx(START + BEAT + wait)


@pytest.mark.parametrize(
    ("state", "doubt", "deviations"),
    [
        ({"extras": 10.0}, 18.1, 0.3),
        ({"extras": 10.0}, 18.0, 1.1),
        ({"extras": 0.9}, 30.0, 1.828),
        ({"extras": 10.0, "every": 1.5}, 12.0, 1.1),
        ({"extras": 10.0, "every": 1.6}, 12.0, 1.9),
        ({"extras": 10.0, "every": 1.6}, 30.0, 1.9),
    ],
)
def test_where_in_the_beat_a_poll_tells_the_most(
    state: dict[str, float | bool | None], doubt: float, deviations: float
) -> None:
    follower = locked(**state)
    assert follower.phase is not None
    follower.phase.doubt = doubt

    due = follower.due()[0]
    wait = 100 + deviations * follower.phase.deviation
    assert due % BEAT == pytest.approx(wait)


@pytest.mark.parametrize(
    ("state", "again"),
    [
        ({"extras": 1.0}, True),
        ({"extras": 0.99}, False),
        ({"extras": 5.0, "lively": 0.6}, True),
        ({"extras": 5.0, "lively": 0.59}, False),
        ({"extras": 5.0, "every": 1.5, "turn": 999.5}, True),
        ({"extras": 5.0, "every": 1.6, "turn": 999.4}, False),
    ],
)
def test_a_poll_that_is_too_early_is_repeated_while_there_are_calls(
    state: dict[str, float | bool | None], again: bool
) -> None:
    follower = locked(**state)
    poll(follower, changed=False, expected=Reason.BEAT)

    assert (follower.due()[1] is Reason.AGAIN) is again
    assert follower.phase is not None
    assert (follower.phase.mean == 100) is again


@pytest.mark.parametrize(("extras", "third"), [(7.0, True), (6.9, False)])
def test_with_six_calls_in_hand_a_late_beat_is_asked_for_once_more(
    extras: float, third: bool
) -> None:
    follower = locked(extras=extras)
    poll(follower, changed=False, expected=Reason.BEAT)
    poll(follower, changed=False, expected=Reason.AGAIN)

    assert (follower.due()[1] is Reason.AGAIN) is third


def test_what_is_missed_counts_for_less_and_what_moves_for_more() -> None:
    follower = locked(extras=0, lively=1.0)
    shares = []
    for changed in (False, False, False, False, True):
        poll(follower, changed=changed, expected=Reason.BEAT)
        shares.append(follower.lively)

    missed = 11 / 12
    assert shares == pytest.approx(
        [missed, missed**2, missed**2, missed**2, missed**2 * missed + 1 / 12]
    )
    assert follower.silent == 0


@pytest.mark.parametrize(
    ("state", "check"),
    [
        # the first beat that is missed, and the first that comes after an outage
        ({"check": 1100}, 1003),
        ({"check": 1002}, 1002),
        ({"check": 1100, "checked": 990}, 1026),
        ({"check": 1100, "silent": 1}, 1100),
    ],
)
def test_a_missed_beat_is_followed_by_a_check_of_the_phase(
    state: dict[str, float | bool | None], check: int
) -> None:
    follower = locked(**({"extras": 0} | state))
    poll(follower, changed=False, expected=Reason.BEAT)

    assert follower.check == check


@pytest.mark.parametrize(("silent", "check"), [(2, 1100), (3, 1003), (9, 1003)])
def test_three_beats_of_silence_are_an_outage(silent: int, check: int) -> None:
    follower = locked(extras=0, silent=silent, seen=False)
    poll(follower, changed=True, expected=Reason.BEAT)

    assert follower.check == check


def test_a_check_comes_early_costs_a_call_and_is_done_for_half_a_day() -> None:
    follower = locked(extras=5, check=1001)
    assert follower.phase is not None
    early = poll(follower, changed=False, expected=Reason.CHECK)
    assert early == pytest.approx(START + BEAT + 100 - 1.8 * (12**2 + 25**2) ** 0.5)
    assert follower.extras == 4
    assert follower.beat == 1000
    usual = poll(follower, changed=True, expected=Reason.BEAT)

    assert usual > early
    assert (follower.checked, follower.check) == (1001, 1001 + 144)
    # what came between both polls is known from both sides
    between = Phase(mean=100, doubt=12)
    between.wander(1)
    between.learn(early - START - BEAT, usual - START - BEAT)
    assert follower.phase == between


@pytest.mark.parametrize(
    "state",
    [{"extras": 0.9}, {"lively": 0.5}, {"resting": True}, {"seen": False}],
)
def test_a_phase_is_not_checked_without_calls_or_while_it_rests_or_is_still(
    state: dict[str, float | bool | None],
) -> None:
    follower = locked(**({"extras": 5, "check": 1001} | state))

    assert follower.due()[1] is not Reason.CHECK


def test_a_beat_that_is_seen_in_time_teaches_only_after_the_one_before() -> None:
    """After a missed beat what is new may have come at any time."""
    after, missed = locked(extras=0), locked(extras=0, seen=False)
    for follower in (after, missed):
        poll(follower, changed=True, expected=Reason.BEAT)
    assert after.phase is not None
    assert missed.phase is not None

    assert after.phase.mean < 100
    assert missed.phase.mean == 100
    assert missed.seen
    skipped = locked(extras=0)
    skipped.answered(START + 2 * BEAT + 150, changed=True)
    assert skipped.phase is not None
    assert skipped.phase.mean == 100


def test_nothing_new_after_a_missed_beat_is_the_same_silence() -> None:
    follower = locked(extras=5, seen=False, silent=1)
    poll(follower, changed=False, expected=Reason.BEAT)

    assert follower.due()[1] is Reason.BEAT
    assert follower.silent == 2
    assert follower.phase is not None
    assert follower.phase.mean == 100


def test_a_search_costs_what_it_asks_more_than_once_a_beat() -> None:
    follower = Follower()
    follower.answered(START, None)
    follower.answered(START + 150, changed=True)
    assert follower.extras == pytest.approx(3.5)
    follower.answered(START + 750, changed=True)
    assert follower.extras == pytest.approx(3.5)

    slow = Follower(every=2.0)
    slow.answered(START, None)
    slow.answered(START + 150, changed=True)
    assert slow.extras == pytest.approx(3.25)


@pytest.mark.parametrize(("extras", "searches"), [(-9.9, True), (-10.0, False)])
def test_a_search_may_owe_ten_calls(extras: float, searches: bool) -> None:
    follower = Follower(extras=extras)
    follower.answered(START, None)

    assert (follower.due()[1] is Reason.SEARCH) is searches


def test_what_a_search_found_is_followed_and_soon_checked() -> None:
    cloud = Steady(Follower(), 77)
    while cloud.follower.phase is None:
        cloud.poll()
    found = cloud.follower
    assert found.phase is not None
    mean = found.phase.mean
    assert found.phase.doubt == 30
    assert not found.seen
    assert found.turn == found.beat
    assert found.check == found.beat + 4
    beat = found.beat
    cloud.poll()

    # the beat before was not followed, so that the first one teaches nothing
    assert (found.beat, found.phase.mean) == (beat + 1, mean)


def test_what_stood_still_through_a_search_is_not_searched_again() -> None:
    follower = Follower()
    follower.answered(START, None)
    while follower.search is not None:
        poll(follower, changed=False, expected=Reason.SEARCH)
    for _ in range(3):
        poll(follower, changed=False, expected=Reason.BEAT)
        assert follower.search is None

    poll(follower, changed=True, expected=Reason.BEAT)
    assert follower.search is not None
    assert follower.silent == 0


def test_a_poll_of_somebody_else_long_after_tells_that_a_late_beat_came() -> None:
    """It is asked just before the next beat, whose snapshot cannot be there."""
    follower = locked(extras=5)
    poll(follower, changed=False, expected=Reason.BEAT)
    follower.answered(START + 2 * BEAT + 50, changed=True)

    assert (follower.beat, follower.seen) == (1001, True)
    assert follower.phase is not None
    assert follower.phase.mean > 100


def test_a_poll_of_somebody_else_may_be_of_a_beat_that_was_not_asked_for() -> None:
    follower = locked()
    follower.answered(START + 2 * BEAT + 50, changed=True)

    assert (follower.beat, follower.seen) == (1001, True)


@pytest.mark.parametrize(
    ("after", "beat"),
    [
        # one deviation before the mean is still of the beat before
        (71.0, 1000),
        (73.0, 1001),
        (37.0, 1000),
    ],
)
def test_from_when_on_a_poll_is_one_of_the_beat(after: float, beat: int) -> None:
    follower = locked()
    follower.answered(START + BEAT + after, changed=True)

    assert follower.beat == beat


def test_a_feed_that_was_left_for_long_goes_on_with_the_next_beat() -> None:
    follower = locked(every=2.5, turn=990.0)
    assert follower.expected == 1001
    poll(follower, changed=True, expected=Reason.BEAT)
    assert follower.turn == 1001
    poll(follower, changed=True, expected=Reason.BEAT)

    assert (follower.beat, follower.turn) == (1004, 1003.5)


def test_what_is_held_is_so_until_the_next_snapshot_may_be_there() -> None:
    follower = locked()
    assert follower.phase is not None
    next_one = START + BEAT + follower.phase.at(1.1)

    assert follower.holds(next_one - 1)
    assert not follower.holds(next_one + 1)
    assert not locked(seen=False).holds(START + 150)


def test_calls_beyond_the_beat_add_up() -> None:
    follower = Follower(extras=4)
    follower.earn(0.25)
    follower.earn(0.5)

    assert follower.extras == 4.75


def test_a_resting_feed_is_not_still_and_misses_nothing() -> None:
    follower = locked(every=12, resting=True, extras=5)
    poll(follower, changed=False, expected=Reason.RESTING)

    assert (follower.silent, follower.lively, follower.check) == (0, 1.0, 1100)
