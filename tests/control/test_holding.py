"""What of ours is in force by what happens to a command: what must be given back."""

from dataclasses import replace

import pytest

from custom_components.smartpvms.control import (
    Command,
    Evidence,
    Family,
    Origin,
    Task,
    TaskState,
)
from custom_components.smartpvms.control.commands import order_of
from custom_components.smartpvms.control.holding import (
    claim,
    compare,
    extend,
    is_claimed,
    note_accepted,
    note_failed,
    note_in_force,
    note_present,
    note_refused,
    note_same,
)
from custom_components.smartpvms.control.records import (
    Claim,
    Confirmed,
    Holding,
    PlantRecord,
    Trouble,
)
from custom_components.smartpvms.northbound.control.commands import (
    LiftFeedInLimit,
    SetBatteryMode,
)
from custom_components.smartpvms.northbound.control.reasons import Reason
from custom_components.smartpvms.northbound.models import (
    BatteryMode,
    FeedInLimit,
    FeedInLimitMode,
    OperationMode,
)

from .orders import (
    NIGHT,
    charge,
    dispatch,
    limit,
    parameters,
    self_consumption,
    third_party,
    time_of_use,
)

CODE = "NE=1"
DAY = 86400.0
NOW = 1000.0
NO_LIMIT = FeedInLimit(plant_code=CODE, mode=FeedInLimitMode.NO_LIMIT)
TROUBLE = Trouble(why=Reason.FAILURE, since=5.0)


def limited(power: float) -> FeedInLimit:
    return FeedInLimit(plant_code=CODE, mode=FeedInLimitMode.LIMITED_POWER, power=power)


def task_of(command: Command, **changes: object) -> Task:
    task = Task(
        id="new",
        command=command,
        origin=Origin.USER,
        state=TaskState.ACCEPTED,
        requested=0.0,
        order=order_of(command),
    )
    return replace(task, **changes)


def claim_of(power: float, task_id: str, **values: float | None) -> Claim:
    made = Claim(order=limit(CODE, power).order, task_id=task_id, set_at=1.0)
    return replace(made, **values)


def record_of(*claims: Claim, **values: object) -> PlantRecord:
    """Return a plant whose feed-in we have limited."""
    record = PlantRecord.empty(CODE)
    holding = Holding(baseline=NO_LIMIT, claims=claims, trouble=TROUBLE)
    record.hold(Family.LIMIT, replace(holding, **values))
    return record


def held(record: PlantRecord) -> Holding:
    return record.holding(Family.LIMIT)


@pytest.mark.parametrize(
    ("command", "claimed"),
    [
        (limit(CODE, 3000), True),
        (limit(CODE, 2000), False),
        (dispatch(CODE, "NE=2", 500, 9.0), True),
        (dispatch(CODE, "NE=2", -500, 9.0), True),
        (dispatch(CODE, "NE=2", 0, 9.0), False),
        (parameters(CODE, end_of_charge_soc=90), False),
        (charge(CODE, minutes=5), False),
        (self_consumption(CODE), True),
    ],
)
def test_only_what_was_not_there_before_is_given_back(
    command: Command, claimed: bool
) -> None:
    order = order_of(command)
    assert order is not None

    assert is_claimed(order, Holding(baseline=limited(2000.0))) is claimed


def test_a_command_may_be_carried_out_for_a_day() -> None:
    record = record_of(claim_of(1000, "old"), claim_of(2000, "new"))
    task = task_of(limit(CODE, 3000, until=5000.0))
    assert task.order is not None
    claim(record, task, task.order, NOW)

    assert held(record).claims == (
        claim_of(1000, "old"),
        Claim(
            order=task.order,
            task_id="new",
            set_at=NOW,
            due=5000.0,
            certain_from=NOW + DAY,
        ),
    )
    assert held(record).baseline == NO_LIMIT


def test_a_refused_command_has_nothing_to_give_back() -> None:
    record = record_of(claim_of(1000, "old"), claim_of(3000, "new"))
    note_refused(record, task_of(limit(CODE, 3000)))
    assert held(record).claims == (claim_of(1000, "old"),)

    alone = record_of(claim_of(3000, "new"))
    note_refused(alone, task_of(limit(CODE, 3000)))
    assert alone.holdings == {}


def test_what_the_cloud_takes_ends_what_was_on_its_way() -> None:
    record = record_of(
        claim_of(1000, "sure", certain_from=500.0),
        claim_of(2000, "open", certain_from=5000.0),
        claim_of(3000, "new", certain_from=9000.0),
    )
    note_accepted(record, task_of(limit(CODE, 3000)), NOW)

    assert [each.certain_from for each in held(record).claims] == [500.0, NOW, 9000.0]


def test_what_failed_may_show_for_five_minutes() -> None:
    record = record_of(
        claim_of(1000, "old", certain_from=5000.0),
        claim_of(3000, "new", certain_from=9000.0),
    )
    note_failed(record, task_of(limit(CODE, 3000)), NOW)

    assert [each.certain_from for each in held(record).claims] == [5000.0, NOW + 300]


@pytest.mark.parametrize(
    ("evidence", "certain_from"),
    [((Evidence.READ_BACK,), NOW), ((Evidence.TASK,), NOW + 300)],
)
def test_what_is_in_force_replaces_all_that_was(
    evidence: tuple[Evidence, ...], certain_from: float
) -> None:
    record = record_of(
        claim_of(1000, "old"),
        claim_of(3000, "new", certain_from=9000.0, due=5000.0),
        attempts=2,
        looks=3,
        retry_at=77.0,
    )
    task = task_of(limit(CODE, 3000), evidence=evidence)
    assert task.order is not None
    note_in_force(record, task, task.order, NOW)

    assert held(record) == Holding(
        baseline=NO_LIMIT,
        claims=(claim_of(3000, "new", certain_from=certain_from, due=5000.0),),
    )
    assert record.confirmed[Family.LIMIT] == Confirmed(
        value=replace(limited(3000), single_phase=False), at=NOW
    )


@pytest.mark.parametrize(
    ("command", "kept"),
    [
        (self_consumption(CODE), False),
        (time_of_use(CODE), False),
        (third_party(CODE), True),
        (limit(CODE, 3000), True),
        (parameters(CODE, end_of_charge_soc=90), True),
    ],
)
def test_a_dispatch_ends_with_its_mode(command: Command, kept: bool) -> None:
    record = PlantRecord.empty(CODE)
    order = dispatch(CODE, "NE=2", 500, 9.0).order
    holding = Holding(claims=(Claim(order=order, task_id="d", set_at=1.0),))
    record.hold(Family.DISPATCH, holding)
    record.confirmed[Family.DISPATCH] = Confirmed(value=order, at=1.0)
    task = task_of(command)
    assert task.order is not None
    note_in_force(record, task, task.order, NOW)

    assert (record.holding(Family.DISPATCH) == holding) is kept
    assert (Family.DISPATCH in record.confirmed) is kept


def test_a_value_that_is_the_same_gets_the_new_end() -> None:
    record = record_of(
        claim_of(1000, "gone", certain_from=NOW),
        claim_of(2000, "open", certain_from=NOW + 1),
        claim_of(3000, "ours", certain_from=9000.0, due=2000.0),
        claim_of(3000, "new", certain_from=9000.0),
    )
    task = task_of(limit(CODE, 3000, until=5000.0))
    assert task.order is not None
    note_same(record, task, task.order, NOW)

    assert held(record).claims == (
        claim_of(2000, "open", certain_from=NOW + 1),
        claim_of(3000, "new", certain_from=NOW + 300, due=5000.0),
    )
    assert held(record).trouble is None
    assert record.confirmed[Family.LIMIT].value == replace(
        limited(3000), single_phase=False
    )

    sure = record_of(claim_of(3000, "ours", certain_from=7.0))
    note_same(sure, task, task.order, NOW)
    assert held(sure).claims == (claim_of(3000, "new", certain_from=7.0, due=5000.0),)


def test_a_value_that_was_there_before_us_is_not_ours() -> None:
    record = record_of(
        claim_of(2000, "open", certain_from=9000.0),
        claim_of(3000, "new", certain_from=9000.0),
    )
    task = task_of(limit(CODE, 3000))
    assert task.order is not None
    note_same(record, task, task.order, NOW)

    assert held(record).claims == (claim_of(2000, "open", certain_from=9000.0),)
    assert held(record).trouble is None


def test_a_longer_time_is_that_of_what_is_in_force_or_ordered() -> None:
    holding = Holding(
        claims=(claim_of(1000, "a"), claim_of(2000, "b"), claim_of(3000, "c")),
        trouble=TROUBLE,
        retry_at=50.0,
    )
    task = task_of(limit(CODE, 3000, until=5000.0))
    assert task.order is not None
    longer = extend(holding, task.order, limited(1000), task)

    assert [(each.task_id, each.due) for each in longer.claims] == [
        ("new", 5000.0),
        ("b", None),
        ("new", 5000.0),
    ]
    assert (longer.trouble, longer.retry_at) == (None, 0.0)


def test_what_a_query_tells_proves_only_what_is_certain() -> None:
    sure = claim_of(1000, "sure", certain_from=NOW)
    open_ = claim_of(2000, "open", certain_from=NOW + 1)
    holding = Holding(baseline=NO_LIMIT, claims=(sure, open_), trouble=TROUBLE)

    assert compare(holding, limited(5000), NOW) == (
        Holding(baseline=limited(5000), claims=(open_,)),
        False,
    )
    ours = compare(holding, limited(2000), NOW)
    assert ours == (replace(holding, claims=(replace(open_, certain_from=NOW),)), True)
    early = compare(holding, limited(1000), NOW - 1)
    assert early == (
        replace(holding, claims=(replace(sure, certain_from=NOW - 1), open_)),
        True,
    )


def windows(**values: object) -> BatteryMode:
    mode = BatteryMode(
        plant_code=CODE, mode=OperationMode.TIME_OF_USE, windows=(NIGHT,)
    )
    return replace(mode, **values)


def test_windows_that_a_query_tells_are_remembered_unless_they_are_ours_for_a_time() -> (
    None
):
    order = SetBatteryMode(
        plant_code=CODE, mode=OperationMode.TIME_OF_USE, windows=(NIGHT,)
    )
    for due, remembered in ((5000.0, False), (None, True)):
        record = PlantRecord.empty(CODE)
        ours = Claim(order=order, task_id="x", set_at=1.0, due=due)
        record.hold(Family.MODE, Holding(claims=(ours,)))
        note_present(record, windows(), NOW)

        assert (record.time_of_use is not None) is remembered
        assert record.confirmed[Family.MODE] == Confirmed(value=windows(), at=NOW)

    somebody = PlantRecord.empty(CODE)
    note_present(somebody, windows(), NOW)
    assert somebody.time_of_use == order
    note_present(somebody, windows(windows=()), NOW)
    assert somebody.time_of_use == order
    note_present(somebody, limited(5.0), NOW)
    assert somebody.confirmed[Family.LIMIT] == Confirmed(value=limited(5.0), at=NOW)


@pytest.mark.parametrize(("until", "remembered"), [(None, True), (5000.0, False)])
def test_windows_that_we_set_for_good_are_remembered(
    until: float | None, remembered: bool
) -> None:
    record = PlantRecord.empty(CODE)
    task = task_of(time_of_use(CODE, until))
    assert task.order is not None
    note_in_force(record, task, task.order, NOW)

    assert (record.time_of_use == task.order) is remembered
    plain = task_of(self_consumption(CODE))
    assert plain.order is not None
    note_in_force(record, plain, plain.order, NOW)
    assert (record.time_of_use == task.order) is remembered


def test_a_lifted_limit_is_remembered_as_none() -> None:
    record = PlantRecord.empty(CODE)
    lift = LiftFeedInLimit(plant_code=CODE)
    task = task_of(limit(CODE, 5), order=lift)
    note_in_force(record, task, lift, NOW)

    assert record.confirmed[Family.LIMIT].value == NO_LIMIT


def test_what_is_due_waits_for_its_retry() -> None:
    holding = Holding(claims=(claim_of(1, "a", due=300.0), claim_of(2, "b", due=200.0)))
    assert holding.next_due() == 200.0
    assert replace(holding, retry_at=250.0).next_due() == 250.0
    assert Holding(claims=(claim_of(1, "a"),), retry_at=9.0).next_due() is None
    assert holding.claim_of(limited(2)) == claim_of(2, "b", due=200.0)
    assert holding.claim_of(None) is None


def test_an_update_reads_all_that_was_stored_of_a_plant() -> None:
    record = record_of(
        claim_of(1000, "old", due=300.0, certain_from=400.0),
        retry_at=5.0,
        attempts=2,
        looks=3,
    )
    task = task_of(limit(CODE, 3000))
    record.put(task)
    assert task.order is not None
    record.confirmed[Family.DISPATCH] = Confirmed(
        value=dispatch(CODE, "NE=2", 500, 9.0).order, at=7.0
    )
    record.confirmed[Family.LIMIT] = Confirmed(value=limited(3000), at=NOW)

    stored = record.as_json()
    assert stored.keys() == {"tasks", "holdings", "confirmed", "time_of_use"}
    assert PlantRecord.from_json(CODE, stored) == record


def test_what_runs_is_told_by_its_kind() -> None:
    record = PlantRecord.empty(CODE)
    setup = task_of(limit(CODE, 5), id="setup")
    force = task_of(charge(CODE, minutes=5), id="force")
    waits = task_of(limit(CODE, 9), id="waits", state=TaskState.WAITING)
    over = task_of(limit(CODE, 7), id="over", ended=5.0)
    for task in (over, force, setup, waits):
        record.put(task)

    assert record.open_tasks() == (force, setup)
    assert (record.setup_running(), record.forced_running()) == (setup, force)
    assert record.waiting() == waits
    assert PlantRecord.empty(CODE).waiting() is None
