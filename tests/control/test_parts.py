"""The parts of the engine that need no cloud."""

from dataclasses import replace
from datetime import UTC, datetime, time

import pytest

from custom_components.smartpvms.control import (
    Cause,
    Command,
    Evidence,
    Family,
    Live,
    RemoveFeedInLimit,
    RestoreMode,
    Rules,
    StopForced,
    Task,
    TaskState,
)
from custom_components.smartpvms.control.codec import (
    NotReadableError,
    as_json,
    from_json,
)
from custom_components.smartpvms.control.commands import family_of, order_of, until_of
from custom_components.smartpvms.control.evidence import energy_between, shows
from custom_components.smartpvms.control.forced import (
    judge_live,
    judge_rows,
    look_again,
    wants_poll,
)
from custom_components.smartpvms.control.holding import as_confirmed, compare
from custom_components.smartpvms.control.records import Claim, Holding, PlantRecord
from custom_components.smartpvms.control.schedule import next_look, poll_is_due
from custom_components.smartpvms.control.settings import (
    Exactness,
    is_in_force,
    is_restorable,
    restoration_of,
)
from custom_components.smartpvms.northbound.control.commands import (
    ForceCharge,
    LiftFeedInLimit,
    LimitFeedIn,
    SetBatteryMode,
)
from custom_components.smartpvms.northbound.control.reasons import Reason
from custom_components.smartpvms.northbound.control.results import (
    PlantTask,
    TaskState as CloudState,
)
from custom_components.smartpvms.northbound.errors import FailureKey
from custom_components.smartpvms.northbound.models import (
    BatteryMode,
    BatteryParameters,
    Direction,
    FeedInLimit,
    FeedInLimitMode,
    OperationMode,
    TimeOfUseWindow,
)

from .orders import (
    EVERY_DAY,
    NIGHT,
    charge,
    discharge,
    dispatch,
    limit,
    parameters,
    self_consumption,
    task_of,
    third_party,
    time_of_use,
)

CODE = "NE=1"
COMMANDS: tuple[Command, ...] = (
    self_consumption(CODE, 7200.0),
    time_of_use(CODE),
    parameters(CODE, end_of_charge_soc=95.0, maximum_charge_power=2000),
    charge(CODE, minutes=30),
    discharge(CODE, minutes=5),
    StopForced(plant_code=CODE),
    limit(CODE, 3000.0, 99.0),
    RemoveFeedInLimit(plant_code=CODE, unlimited=True),
    RestoreMode(plant_code=CODE),
    dispatch(CODE, "NE=2", -500, 1000.0),
)


@pytest.mark.parametrize(
    "command", COMMANDS, ids=lambda command: type(command).__name__
)
@pytest.mark.parametrize(
    "why", [None, Cause.STOPPED, Reason.SIGNAL_ERROR, FailureKey.SERVER_BUSY]
)
def test_tasks_are_stored_and_read(command: Command, why: Cause | None) -> None:
    task = task_of(
        command,
        why=why,
        message="text",
        evidence=(Evidence.LIVE_MODE, Evidence.TASK),
        before=Live(read_at=1.0, model=4, charging_power=-20.5, is_limited=False),
        charged=1.25,
    )
    record = PlantRecord.empty(CODE)
    record.put(task)
    record.time_of_use = SetBatteryMode(
        plant_code=CODE, mode=OperationMode.TIME_OF_USE, windows=(NIGHT,)
    )
    record.hold(
        Family.LIMIT,
        Holding(
            baseline=FeedInLimit(plant_code=CODE, mode=FeedInLimitMode.NO_LIMIT),
            claims=(Claim(order=limit(CODE, 1.0).order, task_id="task", set_at=5.0),),
        ),
    )
    again = PlantRecord.from_json(CODE, record.as_json())
    assert again == record
    assert again.tasks["task"].why == why


def test_what_cannot_be_read_is_left_out() -> None:
    good = as_json(task_of(charge(CODE, minutes=5)))
    assert isinstance(good, dict)
    stored = {
        "tasks": [
            good,
            {**good, "id": 5},
            {**good, "state": "dancing"},
            {**good, "evidence": "none"},
            {**good, "command": {"$": "Conquer"}},
            {**good, "order": {"$": "LimitFeedIn", "plant_code": CODE, "power": -5}},
            {"$": "Task"},
            "nothing",
        ],
        "holdings": {"limit": {"$": "Claim"}, "weather": {}},
        "confirmed": [],
    }
    record = PlantRecord.from_json(CODE, stored)
    assert list(record.tasks) == ["task"]
    assert record.holdings == {}
    assert PlantRecord.from_json(CODE, None) == PlantRecord.empty(CODE)


def test_unknown_fields_are_ignored_and_missing_ones_get_their_default() -> None:
    stored = as_json(Live(read_at=1.0))
    assert isinstance(stored, dict)
    assert from_json(Live, {**stored, "weather": "fine"}) == Live(read_at=1.0)


def test_only_what_is_known_can_be_stored() -> None:
    with pytest.raises(TypeError):
        as_json(object())
    with pytest.raises(NotReadableError):
        from_json(TimeOfUseWindow, {**window_as_json(), "start": "25:00"})


def window_as_json() -> dict[str, object]:
    stored = as_json(NIGHT)
    assert isinstance(stored, dict)
    assert from_json(TimeOfUseWindow, stored) == NIGHT
    return dict(stored)


def test_ended_tasks_are_forgotten_after_a_while() -> None:
    record = PlantRecord.empty(CODE)
    record.put(task_of(charge(CODE, minutes=5)))
    for number in range(70):
        ended = task_of(charge(CODE, minutes=5), id=str(number), ended=float(number))
        record.put(ended)
    assert "task" in record.tasks
    assert set(record.tasks) - {"task"} == {str(number) for number in range(20, 70)}


def test_each_command_has_family_order_and_end() -> None:
    assert [family_of(command).value for command in COMMANDS] == [
        *("mode", "mode", "parameters", "forced", "forced"),
        *("forced", "limit", "limit", "mode", "dispatch"),
    ]
    assert [until_of(command) for command in COMMANDS] == [
        *(7200.0, None, None, None, None, None, 99.0, None, None, 1000.0)
    ]
    assert order_of(RestoreMode(plant_code=CODE)) is None
    assert {command.plant_code for command in COMMANDS} == {CODE}


def limit_is(mode: FeedInLimitMode, **values: float) -> FeedInLimit:
    return FeedInLimit(plant_code=CODE, mode=mode, **values)


@pytest.mark.parametrize(
    ("baseline", "order", "exactness"),
    [
        (limit_is(FeedInLimitMode.NO_LIMIT), LiftFeedInLimit(plant_code=CODE), "exact"),
        (
            limit_is(FeedInLimitMode.LIMITED_POWER, power=2000.0),
            limit(CODE, 2000.0).order,
            "exact",
        ),
        (limit_is(FeedInLimitMode.ZERO_EXPORT), limit(CODE, 0.0).order, "nearest"),
    ],
)
def test_limits_are_restored_as_near_as_possible(
    baseline: FeedInLimit, order: LimitFeedIn, exactness: str
) -> None:
    found = restoration_of(baseline, Rules())
    assert found is not None
    if isinstance(order, LimitFeedIn):
        order = replace(order, allow_import=True)
    assert (found.order, found.exactness) == (order, exactness)
    assert is_restorable(baseline) is (exactness == "exact")


@pytest.mark.parametrize(
    "present",
    [
        None,
        limit_is(FeedInLimitMode.LIMITED_PERCENT, percent=50.0),
        limit_is(FeedInLimitMode.OTHER),
        limit_is(FeedInLimitMode.LIMITED_POWER),
        limit_is(FeedInLimitMode.LIMITED_POWER, power=1e9),
        BatteryMode(plant_code=CODE, mode=OperationMode.FULLY_FED_TO_GRID),
        BatteryMode(plant_code=CODE, mode=OperationMode.TIME_OF_USE),
        BatteryMode(
            plant_code=CODE,
            mode=OperationMode.TIME_OF_USE,
            windows=(NIGHT,),
            unreadable_windows=1,
        ),
    ],
)
def test_what_cannot_be_set_is_not_restorable(
    present: FeedInLimit | BatteryMode | None,
) -> None:
    assert not is_restorable(present)
    assert restoration_of(present, Rules()) is None


def test_window_to_midnight_is_restored_to_the_last_minute() -> None:
    evening = replace(NIGHT, start=time(22), end=time(0))
    present = BatteryMode(
        plant_code=CODE, mode=OperationMode.TIME_OF_USE, windows=(evening,)
    )
    found = restoration_of(present, Rules())
    assert found is not None
    assert isinstance(found.order, SetBatteryMode)
    assert found.order.windows[0].end == time(23, 59)


def test_limits_for_each_phase_count_with_all_phases() -> None:
    rules = Rules(legal_maximum=6000, phases=3)
    single = LimitFeedIn(plant_code=CODE, power=2500, single_phase=True)
    assert not rules.allows(single)
    assert rules.at_most(single) == replace(single, power=2000)
    assert Rules(legal_maximum=6000, phases=1).allows(single)
    assert Rules().at_most(single) == single
    assert rules.at_most(limit(CODE, 6000).order) == limit(CODE, 6000).order
    bounded = restoration_of(limit_is(FeedInLimitMode.NO_LIMIT), rules)
    assert bounded is not None
    assert bounded.exactness is Exactness.NEAREST


def time_of_use_is(**values: object) -> BatteryMode:
    present = BatteryMode(
        plant_code=CODE,
        mode=OperationMode.TIME_OF_USE,
        windows=(NIGHT,),
        surplus_to_battery=True,
        grid_charge_power=3000.0,
    )
    return replace(present, **values)


@pytest.mark.parametrize(
    ("present", "same"),
    [
        (time_of_use_is(), True),
        (time_of_use_is(windows=(replace(NIGHT, end=time(6)),)), False),
        (time_of_use_is(unreadable_windows=1), False),
        (time_of_use_is(surplus_to_battery=False), False),
        (time_of_use_is(grid_charge_power=2000.0), False),
        (time_of_use_is(grid_charge_power=None), False),
        (BatteryMode(plant_code=CODE, mode=OperationMode.OTHER), False),
        (limit_is(FeedInLimitMode.NO_LIMIT), False),
        (None, False),
    ],
)
def test_time_of_use_is_in_force_only_as_it_was_ordered(
    present: BatteryMode | None, same: bool
) -> None:
    assert is_in_force(time_of_use(CODE).order, present) is same
    open_order = SetBatteryMode(
        plant_code=CODE, mode=OperationMode.TIME_OF_USE, windows=(NIGHT,)
    )
    assert is_in_force(open_order, time_of_use_is(surplus_to_battery=None))


def test_baseline_is_what_is_not_ours() -> None:
    old = limit_is(FeedInLimitMode.NO_LIMIT)
    sure = Claim(order=limit(CODE, 1000).order, task_id="1", set_at=0.0)
    open_ = replace(sure, order=limit(CODE, 2000).order, certain_from=500.0)
    holding = Holding(baseline=old, claims=(sure, open_))
    ours = limit_is(FeedInLimitMode.LIMITED_POWER, power=1000.0)
    assert compare(holding, ours, 100.0) == (holding, True)
    foreign = limit_is(FeedInLimitMode.LIMITED_POWER, power=5000.0)
    left, is_ours = compare(holding, foreign, 100.0)
    assert not is_ours
    assert left == Holding(baseline=foreign, claims=(open_,))
    later = limit_is(FeedInLimitMode.LIMITED_POWER, power=2000.0)
    assert compare(holding, later, 100.0)[0].claims == (
        replace(open_, certain_from=100.0),
    )


def test_parameters_add_up() -> None:
    first = as_confirmed(parameters(CODE, end_of_charge_soc=95).order, None)
    second = as_confirmed(parameters(CODE, maximum_charge_power=900).order, first)
    assert second == BatteryParameters(
        plant_code=CODE, end_of_charge_soc=95, maximum_charge_power=900
    )
    assert as_confirmed(charge(CODE, minutes=5).order, None) is None


IDLE = Live(read_at=-10.0, model=4, charging_power=0.0, is_limited=False)
EARLY, LATE = 100.0, 500.0


@pytest.mark.parametrize(
    ("command", "before", "now", "proof"),
    [
        # before it was sent, and without any reading
        (charge(CODE, minutes=5), IDLE, Live(read_at=-1.0, model=1), ()),
        (charge(CODE, minutes=5), IDLE, None, ()),
        (charge(CODE, minutes=5), IDLE, Live(read_at=EARLY, model=1), ("live_mode",)),
        (charge(CODE, minutes=5), IDLE, Live(read_at=EARLY, model=4), ()),
        # an earlier one may still show
        (
            charge(CODE, minutes=5),
            replace(IDLE, model=1),
            Live(read_at=EARLY, model=1),
            (),
        ),
        (charge(CODE, minutes=5), None, Live(read_at=EARLY, model=1), ()),
        (charge(CODE, minutes=5), None, Live(read_at=LATE, model=1), ("live_mode",)),
        # in the wrong direction
        (
            discharge(CODE, minutes=5),
            IDLE,
            Live(read_at=EARLY, model=1, charging_power=900.0),
            (),
        ),
        (
            discharge(CODE, minutes=5),
            IDLE,
            Live(read_at=EARLY, model=1, charging_power=-900.0),
            ("live_mode", "live_power"),
        ),
        (third_party(CODE), IDLE, Live(read_at=EARLY, model=12), ("live_mode",)),
        (third_party(CODE), None, Live(read_at=EARLY, model=12), ()),
        (self_consumption(CODE), IDLE, Live(read_at=LATE, model=4), ()),
        (
            dispatch(CODE, "NE=2", 1000, 9.0),
            IDLE,
            Live(read_at=LATE, model=12, charging_power=950.0),
            ("live_mode", "live_power"),
        ),
        (
            dispatch(CODE, "NE=2", 1000, 9.0),
            IDLE,
            Live(read_at=EARLY, model=12, charging_power=950.0),
            (),
        ),
        (
            dispatch(CODE, "NE=2", 1000, 9.0),
            IDLE,
            Live(read_at=LATE, model=12, charging_power=400.0),
            (),
        ),
        (dispatch(CODE, "NE=2", 1000, 9.0), IDLE, Live(read_at=LATE, model=12), ()),
        (limit(CODE, 5), IDLE, Live(read_at=EARLY, is_limited=True), ("live_limit",)),
        (limit(CODE, 5), None, Live(read_at=EARLY, is_limited=True), ()),
        (parameters(CODE, end_of_charge_soc=95), IDLE, Live(read_at=EARLY), ()),
    ],
)
def test_readings_prove_what_could_not_be_so_by_itself(
    command: Command, before: Live | None, now: Live | None, proof: tuple[str, ...]
) -> None:
    order = order_of(command)
    assert order is not None
    assert shows(order, before, now, 0.0) == proof


def test_energy_is_what_counters_rose() -> None:
    before = Live(read_at=0.0, charged=5.0, discharged=9.0)
    now = Live(read_at=900.0, charged=6.25, discharged=0.2)
    assert energy_between(before, now) == (1.25, None)
    assert energy_between(None, now) == (None, None)
    assert energy_between(before, Live(read_at=1.0)) == (None, None)


def running(**changes: object) -> Task:
    started = {"state": TaskState.RUNNING, "confirmed": 200.0}
    return task_of(
        charge(CODE, minutes=60),
        **{**started, "evidence": (Evidence.LIVE_MODE,), **changes},
    )


def test_early_end_is_asked_about_once_and_then_as_often_as_the_cloud_looks() -> None:
    over = Live(read_at=900.0, model=4)
    task = running(next_look=3700.0)
    assert judge_live(task, over, 900.0) is None
    assert wants_poll(task, over, 900.0, sparing=False)
    assert look_again(task, over, 900.0) == 1090.0
    asked = replace(task, next_look=1090.0)
    assert not wants_poll(asked, over, 1000.0, sparing=False)
    assert wants_poll(asked, over, 1090.0, sparing=False)
    assert not wants_poll(replace(asked, polls=12), over, 1090.0, sparing=False)


@pytest.mark.parametrize("changes", [{"reference": None}, {"polls": 12}])
def test_early_end_that_nobody_explains(changes: dict[str, object]) -> None:
    verdict = judge_live(running(**changes), Live(read_at=900.0, model=4), 900.0)
    assert verdict is not None
    assert (verdict.state, verdict.why) == (TaskState.FAILURE, Cause.ENDED_EARLY)


def test_stopped_charge_ends_well() -> None:
    verdict = judge_live(
        running(why=Cause.STOPPED), Live(read_at=900.0, model=4), 900.0
    )
    assert verdict is not None
    assert (verdict.state, verdict.why) == (TaskState.SUCCESS, Cause.STOPPED)


def test_charge_that_the_cloud_saw_running_is_not_over_by_an_old_reading() -> None:
    task = running(evidence=(Evidence.TASK,))
    assert judge_live(task, Live(read_at=300.0, model=4), 300.0) is None
    # nothing but a charge is judged here
    assert judge_live(task_of(limit(CODE, 5)), IDLE, 0.0) is None


def test_overdue_end_is_asked_about_where_no_reading_tells() -> None:
    task = running(next_look=3600.0)
    charging = Live(read_at=3700.0, model=1)
    assert not wants_poll(task, charging, 3700.0, sparing=False)
    assert wants_poll(task, None, 3800.0, sparing=False)
    assert wants_poll(replace(task, next_look=4400.0), charging, 4400.0, sparing=False)
    assert look_again(task, charging, 4500.0) == 4690.0
    assert look_again(task_of(charge(CODE, minutes=5)), None, 0.0) is None


def row(state: CloudState, **values: object) -> PlantTask:
    told = PlantTask(plant_code=CODE, state=state)
    return replace(told, **values)


@pytest.mark.parametrize(
    ("task", "rows", "state", "why"),
    [
        (running(), [row(CloudState.RUNNING)], "running", None),
        # one inverter has ended, the other not
        (
            running(),
            [row(CloudState.SUCCEEDED), row(CloudState.RUNNING)],
            "running",
            None,
        ),
        (running(), [row(CloudState.SUCCEEDED)], "success", None),
        (
            running(),
            [row(CloudState.SUCCEEDED, ended=datetime.fromtimestamp(900, UTC))],
            "failure",
            Cause.ENDED_EARLY,
        ),
        (
            running(),
            [row(CloudState.CLOSED, reason=Reason.ENDED, message="settings")],
            "failure",
            Reason.ENDED,
        ),
        (running(why=Cause.STOPPED), [row(CloudState.CLOSED)], "success", "stopped"),
        (
            running(),
            [row(CloudState.FAILED, reason=Reason.TIMEOUT)],
            "failure",
            Reason.TIMEOUT,
        ),
        (running(), [row(CloudState.UNKNOWN)], None, None),
        (
            task_of(charge(CODE, soc=80)),
            [row(CloudState.SUCCEEDED, charged_energy=1.0)],
            "success",
            None,
        ),
        (
            task_of(charge(CODE, soc=80)),
            [row(CloudState.SUCCEEDED, charged_energy=0.0)],
            "failure",
            Cause.ENDED_EARLY,
        ),
        (task_of(StopForced(plant_code=CODE)), [row(CloudState.RUNNING)], None, None),
        (
            task_of(StopForced(plant_code=CODE)),
            [row(CloudState.SUCCEEDED)],
            "success",
            None,
        ),
    ],
)
def test_status_of_a_charge_is_not_believed_blindly(
    task: Task, rows: list[PlantTask], state: str | None, why: str | None
) -> None:
    verdict = judge_rows(task, rows, None, 3600.0)
    found = (None, None) if verdict is None else (verdict.state, verdict.why)
    assert found == (state, why)


@pytest.mark.parametrize(
    ("task", "told", "live", "state"),
    [
        # a battery that does something else, and nothing charged
        (
            task_of(charge(CODE, minutes=60)),
            0.0,
            Live(read_at=900.0, model=4),
            "accepted",
        ),
        (
            running(evidence=(Evidence.TASK,)),
            None,
            Live(read_at=900.0, model=4),
            "accepted",
        ),
        # readings that are too early, or that speak for it
        (
            task_of(charge(CODE, minutes=60)),
            0.0,
            Live(read_at=300.0, model=4),
            "running",
        ),
        (
            task_of(charge(CODE, minutes=60)),
            0.0,
            Live(read_at=900.0, model=1),
            "running",
        ),
        (
            task_of(charge(CODE, minutes=60)),
            0.3,
            Live(read_at=900.0, model=4),
            "running",
        ),
        # it was seen to run
        (running(), 0.0, Live(read_at=900.0, model=4), "running"),
    ],
)
def test_charge_that_the_cloud_alone_calls_running(
    task: Task, told: float | None, live: Live, state: str
) -> None:
    rows = [row(CloudState.RUNNING, charged_energy=told)]
    verdict = judge_rows(task, rows, live, 900.0)
    assert verdict is not None
    assert verdict.state == state


def test_end_of_a_charge_that_no_reading_has_shown_is_left_to_the_cloud() -> None:
    task = running(evidence=(Evidence.TASK,))
    over = Live(read_at=3700.0, model=4)
    assert judge_live(task, over, 3700.0) is None
    assert wants_poll(task, over, 3700.0, sparing=False)


def test_discharge_reaches_its_target_from_above() -> None:
    order = ForceCharge(plant_code=CODE, direction=Direction.DISCHARGE, target_soc=30)
    task = running(order=order)
    done = judge_live(task, Live(read_at=900.0, model=4, soc=30.4), 900.0)
    assert done is not None
    assert done.state is TaskState.SUCCESS
    assert Evidence.LIVE_SOC in done.evidence


def test_energies_of_all_inverters_are_added() -> None:
    rows = [
        row(CloudState.RUNNING, charged_energy=1.0),
        row(CloudState.RUNNING, charged_energy=0.5),
    ]
    verdict = judge_rows(running(), rows, None, 900.0)
    assert verdict is not None
    assert (verdict.charged, verdict.discharged) == (1.5, None)


def test_looks_grow_rarer() -> None:
    assert [next_look(0.0, now) for now in (0.0, 190.0, 600.0, 90000.0)] == [
        *(190.0, 285.0, 1200.0, 93600.0)
    ]
    assert [poll_is_due((380.0, 570.0), made, 400.0) for made in range(3)] == [
        *(True, False, False)
    ]
    assert frozenset(range(1, 8)) == EVERY_DAY
