"""When a command is looked after, and what readings prove, to the second and the watt."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from custom_components.smartpvms.control import (
    Cause,
    Command,
    Evidence,
    Live,
    StopForced,
    Task,
    TaskState,
)
from custom_components.smartpvms.control.commands import order_of
from custom_components.smartpvms.control.evidence import shows
from custom_components.smartpvms.control.forced import (
    expected_end,
    judge_live,
    judge_rows,
    look_again,
    wants_poll,
)
from custom_components.smartpvms.control.schedule import (
    BUSY_RETRY,
    FEW_CALLS,
    FORCED_UNKNOWN,
    HUNG_AFTER,
    LONGEST_WAIT,
    LOOKS,
    MOST_ATTEMPTS,
    POLLS,
    POLLS_OF_FORCED,
    SETUP_UNKNOWN,
    SPARSE_POLLS,
    first_look,
    next_look,
    poll_is_due,
)
from custom_components.smartpvms.northbound.control.commands import ForceCharge
from custom_components.smartpvms.northbound.control.reasons import Reason
from custom_components.smartpvms.northbound.control.results import (
    PlantTask,
    TaskState as CloudState,
)
from custom_components.smartpvms.northbound.models import Direction

from .orders import (
    charge,
    dispatch,
    limit,
    self_consumption,
    task_of,
    third_party,
    time_of_use,
)

CODE = "NE=1"
HOUR = 3600.0


def running(**changes: object) -> Task:
    """Return a charge of an hour that readings showed to run from 200 s on."""
    started = {
        "state": TaskState.RUNNING,
        "confirmed": 200.0,
        "evidence": (Evidence.LIVE_MODE,),
    }
    return task_of(charge(CODE, minutes=60), **{**started, **changes})


def forced(read_at: float) -> Live:
    return Live(read_at=read_at, model=1)


def free(read_at: float, **values: float) -> Live:
    return Live(read_at=read_at, model=4, **values)


# schedules


def test_a_task_is_looked_after_often_at_first_and_for_a_day() -> None:
    """As the guide of the documents asks: no more often than every three minutes."""
    assert first_look(1000.0) == 1190.0
    assert (
        *(190, 285, 380, 475, 570, 1200, 1 * HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR),
        *(12 * HOUR, 16 * HOUR, 20 * HOUR, 24 * HOUR + 60),
    ) == LOOKS
    assert next_look(1000.0, 1570.0) == 2200.0
    assert next_look(1000.0, 1000.0 + 24 * HOUR + 60) == 1000.0 + 25 * HOUR + 60


def test_the_cloud_is_asked_ten_times_a_day_at_most() -> None:
    hours = (4 * HOUR, 8 * HOUR, 12 * HOUR, 16 * HOUR, 20 * HOUR, 24 * HOUR + 60)
    assert (380, 570, 1200, HOUR, 2 * HOUR, *hours) == POLLS
    assert POLLS_OF_FORCED == (800, HOUR, 4 * HOUR, 12 * HOUR, 24 * HOUR + 60)
    assert SPARSE_POLLS == (570, HOUR, 8 * HOUR, 24 * HOUR + 60)


def test_a_poll_is_due_from_its_time_on() -> None:
    assert poll_is_due((380.0, 570.0), 0, 380.0)
    assert not poll_is_due((380.0, 570.0), 0, 379.9)
    assert poll_is_due((380.0, 570.0), 1, 570.0)
    assert not poll_is_due((380.0, 570.0), 2, 9999.0)


# what readings prove


@pytest.mark.parametrize(
    ("command", "before", "now", "proven"),
    [
        # a reading of the moment it was sent may be older than that
        (charge(CODE, minutes=5), free(-9.0), forced(0.0), False),
        (charge(CODE, minutes=5), free(-9.0), forced(0.1), True),
        # what was forced before is so for other reasons, until readings are of after
        (charge(CODE, minutes=5), forced(-9.0), forced(459.9), False),
        (charge(CODE, minutes=5), forced(-9.0), forced(460.0), True),
        (
            charge(CODE, minutes=5),
            free(-9.0),
            replace(forced(10.0), charging_power=50.0),
            True,
        ),
        (
            charge(CODE, minutes=5),
            free(-9.0),
            replace(forced(10.0), charging_power=49.9),
            False,
        ),
        (time_of_use(CODE), free(-9.0), Live(read_at=9.0, model=2), True),
        (time_of_use(CODE), free(-9.0), Live(read_at=9.0, model=6), True),
        (time_of_use(CODE), Live(read_at=-9.0, model=2), Live(read_at=9.0, model=6), 0),
        (time_of_use(CODE), free(-9.0), Live(read_at=9.0, model=12), False),
        (third_party(CODE), free(-9.0), Live(read_at=9.0, model=12), True),
        (self_consumption(CODE), Live(read_at=-9.0, model=2), free(9.0), True),
        (self_consumption(CODE), Live(read_at=-9.0), free(9.0), False),
        (limit(CODE, 5), Live(read_at=-9.0, is_limited=True), free(9.0), False),
        (
            limit(CODE, 5),
            Live(read_at=-9.0, is_limited=False),
            Live(read_at=9.0, is_limited=False),
            False,
        ),
    ],
)
def test_from_when_on_a_reading_is_proof(
    command: Command, before: Live | None, now: Live, proven: bool
) -> None:
    order = order_of(command)
    assert order is not None

    assert bool(shows(order, before, now, 0.0)) is bool(proven)


@pytest.mark.parametrize(
    ("power", "told", "holds"),
    [
        # 100 W, or a tenth of what is dispatched
        (500, 600.0, True),
        (500, 600.1, False),
        (500, 400.0, True),
        (500, 399.9, False),
        (4000, 4400.0, True),
        (4000, 4400.1, False),
        (-4000, -3600.0, True),
        (-4000, -3599.9, False),
    ],
)
def test_how_near_a_battery_has_to_follow_a_dispatch(
    power: int, told: float, holds: bool
) -> None:
    order = dispatch(CODE, "NE=2", power, 9.0).order
    now = Live(read_at=460.0, model=12, charging_power=told)

    assert bool(shows(order, None, now, 0.0)) is holds
    assert not shows(order, None, replace(now, model=4), 0.0)
    assert not shows(order, None, replace(now, read_at=459.0), 0.0)


# how a forced charge ends


@pytest.mark.parametrize(
    ("before", "read_at", "over"),
    [
        # what was forced and is not any more has been stopped
        (forced(-9.0), 0.1, True),
        (forced(-9.0), 0.0, False),
        # else it may have been so before, and the reading has to be of after
        (free(-9.0), 460.0, False),
        (free(-9.0), 460.1, True),
        (None, 460.0, False),
        (None, 460.1, True),
    ],
)
def test_a_stop_shows_in_readings(
    before: Live | None, read_at: float, over: bool
) -> None:
    stop = task_of(StopForced(plant_code=CODE), before=before)
    verdict = judge_live(stop, free(read_at), 900.0)

    assert (verdict is not None) is over
    if verdict is not None:
        assert verdict.state is TaskState.SUCCESS
        assert verdict.evidence == (Evidence.LIVE_MODE,)
    assert judge_live(stop, forced(900.0), 900.0) is None
    assert judge_live(stop, Live(read_at=900.0), 900.0) is None
    assert judge_live(stop, None, 900.0) is None


def test_times_count_from_the_acceptance_or_from_what_is_known_before_it() -> None:
    task = task_of(charge(CODE, minutes=30), accepted=50.0, sent=20.0, requested=10.0)

    assert expected_end(task) == 50 + 1800
    assert expected_end(replace(task, accepted=None)) == 20 + 1800
    assert expected_end(replace(task, accepted=None, sent=None)) == 10 + 1800
    assert expected_end(task_of(charge(CODE, soc=80))) is None
    assert expected_end(task_of(limit(CODE, 5))) is None


@pytest.mark.parametrize(
    ("at", "ended"), [(3419.0, False), (3420.0, True), (3700.0, True)]
)
def test_an_end_may_be_three_minutes_early(at: float, ended: bool) -> None:
    verdict = judge_live(running(), free(at), at)

    assert (verdict is not None) is ended
    rows = [row(CloudState.SUCCEEDED)]
    told = judge_rows(running(), rows, None, at)
    assert told is not None
    assert (told.state is TaskState.SUCCESS) is ended


def test_the_end_that_the_cloud_tells_counts_and_not_when_it_is_asked() -> None:
    for seconds, ended in ((3419, False), (3420, True)):
        told = row(CloudState.SUCCEEDED, ended=datetime.fromtimestamp(seconds, UTC))
        verdict = judge_rows(running(), [told], None, 9000.0)
        assert verdict is not None
        assert (verdict.state is TaskState.SUCCESS) is ended


@pytest.mark.parametrize(
    ("confirmed", "evidence", "read_at", "over"),
    [
        (200.0, (Evidence.LIVE_MODE,), 200.0, False),
        (200.0, (Evidence.LIVE_MODE,), 200.1, True),
        (200.0, (Evidence.TASK,), 460.0, False),
        (200.0, (Evidence.TASK,), 460.1, True),
        (None, (Evidence.LIVE_MODE,), 460.0, False),
    ],
)
def test_from_when_on_a_battery_that_is_not_forced_has_ended(
    confirmed: float | None,
    evidence: tuple[Evidence, ...],
    read_at: float,
    over: bool,
) -> None:
    task = running(confirmed=confirmed, evidence=evidence, reference=None)

    assert (judge_live(task, free(read_at), read_at) is not None) is over


@pytest.mark.parametrize(
    ("direction", "soc", "reached"),
    [
        (Direction.CHARGE, 79.0, True),
        (Direction.CHARGE, 78.9, False),
        (Direction.CHARGE, 95.0, True),
        (Direction.DISCHARGE, 81.0, True),
        (Direction.DISCHARGE, 81.1, False),
        (Direction.DISCHARGE, 5.0, True),
    ],
)
def test_a_target_may_be_missed_by_one_percent(
    direction: Direction, soc: float, reached: bool
) -> None:
    order = ForceCharge(plant_code=CODE, direction=direction, target_soc=80)
    verdict = judge_live(running(order=order), free(900.0, soc=soc), 900.0)

    assert (verdict is not None) is reached
    assert judge_live(running(order=order), free(900.0), 900.0) is None
    told = judge_rows(
        running(order=order), [row(CloudState.SUCCEEDED)], free(900.0, soc=soc), 900.0
    )
    assert told is not None
    assert (told.state is TaskState.SUCCESS) is reached


# when the cloud is asked


def test_what_no_reading_shows_is_asked_about_by_the_schedule() -> None:
    sent = task_of(charge(CODE, minutes=60), next_look=0.0)

    def asks(live: Live | None, now: float, *, sparing: bool = False) -> bool:
        return wants_poll(sent, live, now, sparing=sparing)

    # blind without a reading, without a mode, and with an old one
    for live in (None, Live(read_at=379.0), forced(-521.0)):
        assert not asks(live, 379.0)
        assert asks(live, 380.0)
        assert not asks(live, 569.0, sparing=True)
        assert asks(live, 570.0, sparing=True)
    # readings tell
    assert not asks(free(-100.0), 799.0)
    assert asks(free(-100.0), 800.0)
    assert not asks(free(-99.0), 569.0, sparing=True)


@pytest.mark.parametrize(("polls", "asked"), [(11, True), (12, False)])
def test_nobody_asks_more_than_twelve_times(polls: int, asked: bool) -> None:
    task = running(polls=polls, next_look=0.0)

    assert wants_poll(task, free(900.0), 900.0, sparing=False) is asked
    verdict = judge_live(task, free(900.0), 900.0)
    assert (verdict is None) is asked


@pytest.mark.parametrize(
    ("next_look", "asked"),
    [
        # at once, as it was to be looked after much later, and then every 190 s
        (1090.1, True),
        (1090.0, False),
        (901.0, False),
        (900.0, True),
        (800.0, True),
        (None, True),
    ],
)
def test_an_early_end_is_asked_about_at_once_and_again_after_three_minutes(
    next_look: float | None, asked: bool
) -> None:
    task = running(next_look=next_look)

    assert wants_poll(task, free(900.0), 900.0, sparing=False) is asked


@pytest.mark.parametrize(
    ("live_age", "after_end", "asked"),
    [
        # where readings tell, they are given the time to show it
        (10.0, 799.0, False),
        (10.0, 800.0, True),
        (900.0, 799.0, False),
        # where they do not, three minutes are enough
        (901.0, 189.0, False),
        (901.0, 190.0, True),
    ],
)
def test_an_overdue_end_is_asked_about(
    live_age: float, after_end: float, asked: bool
) -> None:
    now = 3600 + after_end
    task = running(next_look=now, polls=4)

    assert wants_poll(task, forced(now - live_age), now, sparing=False) is asked
    later = replace(task, next_look=now + 1)
    assert not wants_poll(later, forced(now - live_age), now, sparing=False)


def test_a_charge_to_a_target_that_nobody_sees_is_asked_about_by_the_schedule() -> None:
    task = running(order=order_of(charge(CODE, soc=80)), next_look=0.0)

    assert not wants_poll(task, None, 379.0, sparing=False)
    assert wants_poll(task, None, 380.0, sparing=False)
    assert not wants_poll(task, forced(3600.0), 3600.0, sparing=False)


@pytest.mark.parametrize(
    ("live", "now", "again"),
    [
        (forced(100.0), 100.0, 3700.0),
        (forced(300.0), 300.0, 3790.0),
        (free(900.0), 900.0, 1090.0),
        (forced(3600.0), 3600.0, 3790.0),
        (forced(3790.0), 3790.0, 4400.0),
        (forced(4399.0), 4399.0, 4400.0),
        (forced(4400.0), 4400.0, 4590.0),
        (forced(5000.0), 5000.0, 5190.0),
    ],
)
def test_a_charge_that_runs_is_looked_after_when_something_may_have_happened(
    live: Live, now: float, again: float
) -> None:
    assert look_again(running(), live, now) == again


def test_only_a_charge_that_runs_is_looked_after_so() -> None:
    assert look_again(running(order=order_of(charge(CODE, soc=80))), None, 5.0) == 3605
    assert look_again(task_of(StopForced(plant_code=CODE)), None, 5.0) is None
    stop = task_of(StopForced(plant_code=CODE), state=TaskState.RUNNING)
    assert look_again(stop, None, 5.0) is None


# what the cloud says


def row(state: CloudState, **values: object) -> PlantTask:
    return replace(PlantTask(plant_code=CODE, state=state), **values)


def test_energies_that_are_told_are_kept_in_their_direction() -> None:
    rows = [
        row(CloudState.RUNNING, charged_energy=1.0, discharged_energy=0.25),
        row(CloudState.SUCCEEDED, charged_energy=None, discharged_energy=0.5),
    ]
    verdict = judge_rows(running(), rows, None, 900.0)
    assert verdict is not None
    assert (verdict.charged, verdict.discharged) == (1.0, 0.75)

    over = judge_rows(running(), rows[1:], None, 3600.0)
    assert over is not None
    assert (over.charged, over.discharged) == (None, 0.5)
    assert over.evidence == (Evidence.TASK,)


def test_the_row_that_does_not_run_tells_the_reason() -> None:
    rows = [
        row(CloudState.SUCCEEDED),
        row(CloudState.FAILED, reason=Reason.TIMEOUT, message="too late"),
    ]
    first = judge_rows(running(), rows, None, 3600.0)
    other = judge_rows(running(), rows[::-1], None, 3600.0)
    assert first is not None
    assert other is not None

    assert first.state is TaskState.SUCCESS
    assert (other.state, other.why) == (TaskState.FAILURE, Reason.TIMEOUT)
    assert other.message == "too late"


@pytest.mark.parametrize(
    ("state", "reason"),
    [(CloudState.FAILED, Reason.FAILURE), (CloudState.CLOSED, Reason.ENDED)],
)
def test_a_failure_without_a_reason_has_one_all_the_same(
    state: CloudState, reason: Reason
) -> None:
    verdict = judge_rows(running(), [row(state)], None, 900.0)
    assert verdict is not None

    assert (verdict.state, verdict.why) == (TaskState.FAILURE, reason)


def test_a_stop_is_done_when_what_it_stops_is_closed() -> None:
    stop = task_of(StopForced(plant_code=CODE))
    for state in (CloudState.CLOSED, CloudState.SUCCEEDED):
        verdict = judge_rows(stop, [row(state)], None, 10.0)
        assert verdict is not None
        assert (verdict.state, verdict.why) == (TaskState.SUCCESS, None)


def test_what_was_stopped_and_is_called_done_keeps_its_reason() -> None:
    verdict = judge_rows(
        running(why=Cause.STOPPED), [row(CloudState.SUCCEEDED)], None, 900.0
    )
    assert verdict is not None

    assert (verdict.state, verdict.why) == (TaskState.SUCCESS, Cause.STOPPED)


def test_how_long_is_waited_for_what_may_never_come() -> None:
    """Minutes for what nobody names, an hour for a plant that is busy."""
    assert (SETUP_UNKNOWN, FORCED_UNKNOWN) == (11 * 60, 16 * 60)
    assert (BUSY_RETRY, MOST_ATTEMPTS) == (190, 3)
    assert (HUNG_AFTER, LONGEST_WAIT) == (20 * 60, HOUR)
    assert FEW_CALLS == 20
