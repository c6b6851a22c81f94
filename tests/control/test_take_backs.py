"""What is set for a time is given back, on time or as soon as that is possible."""

import asyncio
from collections.abc import Awaitable, Callable
import json

import pytest

from custom_components.smartpvms.control import (
    Cause,
    Command,
    Family,
    IfBusy,
    Origin,
    RemoveFeedInLimit,
    RestoreMode,
    Rules,
    TaskState,
)
from custom_components.smartpvms.northbound.control.reasons import Reason
from custom_components.smartpvms.northbound.control.values import (
    ControlValueError,
    Problem,
)
from custom_components.smartpvms.northbound.errors import FailureKey
from custom_components.smartpvms.northbound.interfaces import Interface
from custom_components.smartpvms.northbound.models import (
    FeedInLimit,
    FeedInLimitMode,
    OperationMode,
)
from simulator import Simulator

from .house import DAY, HOUR, MINUTE, START, House, KilledError, serve_house
from .orders import (
    charge,
    dispatch,
    limit,
    parameters,
    self_consumption,
    third_party,
    time_of_use,
)

LIMIT_DELIVERY = "control/active-power-control/async-task"


def battery_dn(house: House) -> str:
    return next(each.dn for each in house.plant.devices if each.type_id == 39)


async def limited(house: House, seconds: float = HOUR) -> float:
    """Limit the plant for a time, and return when that ends."""
    due = house.now() + seconds
    await house.ask(limit(house.code, 3000, due))
    await house.pass_time(20 * MINUTE)
    assert house.limit == ("limitedPowerGridKW", 3000)
    return due


async def test_limit_is_given_back_on_time(house: House) -> None:
    house.owner_changes(control_mode="limitedPowerGridKW", feed_in_limit=4.5)
    due = await limited(house)
    baseline = house.engine.baseline(house.code, Family.LIMIT)
    assert isinstance(baseline, FeedInLimit)
    assert baseline.power == 4500
    assert house.engine.due_of(house.code, Family.LIMIT) == due
    assert house.engine.is_ours(house.code, Family.LIMIT)
    await house.pass_time(2 * HOUR)
    assert not house.engine.is_ours(house.code, Family.LIMIT)
    assert house.limit == ("limitedPowerGridKW", 4500)
    last = house.engine.tasks(house.code)[-1]
    assert (last.origin, last.state) == (Origin.TAKE_BACK, TaskState.SUCCESS)
    assert last.sent == due
    assert house.engine.baseline(house.code, Family.LIMIT) is None
    assert house.engine.next_due() is None
    assert house.control_calls() == 2


async def test_mode_is_given_back_with_its_windows(house: House) -> None:
    await house.ask(time_of_use(house.code))
    await house.pass_time(20 * MINUTE)
    await house.ask(RestoreMode(plant_code=house.code))
    await house.pass_time(20 * MINUTE)
    assert house.mode == "maximumSelfConsumption"
    await house.pass_time(HOUR)
    house.owner_changes(operation_mode="TOU")
    windows = house.plant.settings.windows
    await house.ask(self_consumption(house.code, house.now() + HOUR))
    await house.pass_time(30 * MINUTE)
    assert house.mode == "maximumSelfConsumption"
    await house.pass_time(HOUR)
    assert house.mode == "TOU"
    assert [window.start for window in house.plant.settings.windows] == [
        window.start for window in windows
    ]


async def test_dispatch_ends_at_0_watts(house: House) -> None:
    await house.ask(third_party(house.code))
    await house.pass_time(20 * MINUTE)
    await house.ask(
        dispatch(house.code, battery_dn(house), -1000, house.now() + 2 * HOUR)
    )
    await house.pass_time(20 * MINUTE)
    assert house.plant.steering.dispatch_power == -1000
    await house.pass_time(2 * HOUR)
    assert house.plant.steering.dispatch_power == 0
    assert house.mode == "thirdPartyDispatch"
    assert house.engine.next_due() is None


async def test_dispatch_that_ended_with_its_mode_is_left_alone(house: House) -> None:
    await house.ask(third_party(house.code))
    await house.pass_time(20 * MINUTE)
    await house.ask(dispatch(house.code, battery_dn(house), -1000, house.now() + HOUR))
    await house.pass_time(20 * MINUTE)
    house.owner_changes(operation_mode="maximumSelfConsumption")
    calls = house.control_calls()
    await house.pass_time(2 * HOUR)
    assert house.control_calls() == calls
    assert house.engine.tasks(house.code)[-1].why is Cause.NOT_OURS


async def test_setting_that_is_not_ours_any_more_is_left_and_it_is_said(
    house: House,
) -> None:
    await limited(house)
    house.owner_changes(feed_in_limit=2.0)
    calls = house.control_calls()
    await house.pass_time(2 * HOUR)
    assert house.limit == ("limitedPowerGridKW", 2000)
    last = house.engine.tasks(house.code)[-1]
    assert (last.state, last.why) == (TaskState.SUCCESS, Cause.NOT_OURS)
    assert house.control_calls() == calls


async def test_setting_that_somebody_else_gave_back_costs_no_call(
    house: House,
) -> None:
    await limited(house)
    house.owner_changes(control_mode="noLimit")
    calls = house.control_calls()
    await house.pass_time(2 * HOUR)
    last = house.engine.tasks(house.code)[-1]
    assert (last.state, last.why) == (TaskState.SUCCESS, Cause.ALREADY)
    assert house.control_calls() == calls


async def test_longer_time_for_the_same_limit_costs_no_call(house: House) -> None:
    await limited(house)
    calls = house.control_calls()
    later = house.now() + 3 * HOUR
    task = await house.ask_one(limit(house.code, 3000, later))
    assert task.why is Cause.ALREADY
    assert house.engine.due_of(house.code, Family.LIMIT) == later
    await house.pass_time(2 * HOUR)
    assert house.limit == ("limitedPowerGridKW", 3000)
    assert house.control_calls() == calls
    # what was proven long ago is read again, which costs no control call
    task = await house.ask_one(limit(house.code, 3000))
    assert task.why is Cause.ALREADY
    assert house.engine.due_of(house.code, Family.LIMIT) is None
    await house.pass_time(2 * HOUR)
    assert house.limit == ("limitedPowerGridKW", 3000)
    assert house.control_calls() == calls


async def test_failed_change_leaves_what_was_to_be_given_back(house: House) -> None:
    await limited(house)
    house.simulator.faults.enable("task_rejected", times=1)
    await house.ask(limit(house.code, 2500))
    await house.pass_time(2 * HOUR)
    assert house.limit[0] == "noLimit"


async def test_removing_restores_what_was_before(house: House) -> None:
    house.owner_changes(control_mode="limitedPowerGridKW", feed_in_limit=4.5)
    task = await house.ask_one(RemoveFeedInLimit(plant_code=house.code))
    assert (task.state, task.why) == (TaskState.SUCCESS, Cause.NOTHING_OF_OURS)
    await house.ask(limit(house.code, 1000))
    await house.pass_time(20 * MINUTE)
    await house.ask(RemoveFeedInLimit(plant_code=house.code, unlimited=True))
    await house.pass_time(20 * MINUTE)
    assert house.limit[0] == "noLimit"
    await house.ask(RemoveFeedInLimit(plant_code=house.code))
    await house.pass_time(20 * MINUTE)
    assert house.limit == ("limitedPowerGridKW", 4500)


async def test_limit_of_the_law_also_bounds_what_is_restored(house: House) -> None:
    house.rules[house.code] = Rules(legal_maximum=4000)
    await limited(house)
    await house.pass_time(2 * HOUR)
    assert house.limit == ("limitedPowerGridKW", 4000)
    assert house.engine.tasks(house.code)[-1].why is Cause.NEAREST_RESTORED


async def test_what_cannot_be_read_is_given_back_all_the_same(house: House) -> None:
    await limited(house)
    house.simulator.faults.enable("configuration_refused", code=20629)
    await house.pass_time(2 * HOUR)
    assert house.limit[0] == "noLimit"
    assert house.engine.tasks(house.code)[-1].state is TaskState.SUCCESS


async def test_take_back_that_fails_is_told_and_tried_again(house: House) -> None:
    house.has_readings = False
    due = await limited(house)
    house.simulator.faults.enable("limit_task_outcome", outcome="FAILURE")
    await house.pass_time(HOUR)
    (unreturned,) = house.engine.unreturned
    assert unreturned.family is Family.LIMIT
    assert unreturned.in_force == limit(house.code, 3000).order
    assert unreturned.due == due
    assert unreturned.why is Reason.FAILURE
    assert unreturned.message == "FAILURE"
    # two restarts forget nothing
    house.restart()
    house.restart()
    assert house.engine.unreturned == (unreturned,)
    house.simulator.faults.clear()
    await house.pass_time(6 * HOUR)
    assert house.engine.unreturned == ()
    assert house.limit[0] == "noLimit"


async def test_repair_goes_away_when_it_is_not_ours_any_more(house: House) -> None:
    house.has_readings = False
    await limited(house)
    house.simulator.faults.enable("limit_task_outcome", outcome="FAILURE")
    await house.pass_time(2 * HOUR)
    assert house.engine.unreturned
    house.owner_changes(feed_in_limit=2.0)
    present = FeedInLimit(
        plant_code=house.code, mode=FeedInLimitMode.LIMITED_POWER, power=2000
    )
    await house.engine.observe(present, house.now())
    assert house.engine.next_due() == house.now()
    await house.engine.step()
    assert house.engine.unreturned == ()


async def test_user_asks_to_take_back_what_could_not_be(house: House) -> None:
    house.has_readings = False
    await limited(house)
    house.simulator.faults.enable("limit_task_outcome", outcome="FAILURE")
    await house.pass_time(2 * HOUR)
    house.simulator.faults.clear()
    await house.engine.take_back(house.code, Family.LIMIT)
    await house.pass_time(20 * MINUTE)
    assert house.engine.unreturned == ()
    assert house.limit[0] == "noLimit"


async def cut_off(house: House) -> None:
    house.simulator.faults.enable("controller_offline")


async def without_calls(house: House) -> None:
    await house.client.ledger.book(Interface.CHARGE_TASK, house.engine_calls_left())


async def without_token(house: House) -> None:
    house.has_token = False


@pytest.mark.parametrize(
    ("hinder", "why"),
    [
        (cut_off, FailureKey.DEVICE_OFFLINE),
        (without_calls, FailureKey.CALLS_USED_UP),
        (without_token, Cause.NO_ACCESS),
    ],
)
async def test_take_back_waits_for_what_hinders_it(
    house: House, hinder: Callable[[House], Awaitable[None]], why: str
) -> None:
    house.has_readings = False
    await limited(house)
    await hinder(house)
    await house.pass_time(2 * HOUR)
    (unreturned,) = house.engine.unreturned
    assert unreturned.why == why
    assert house.limit == ("limitedPowerGridKW", 3000)
    house.simulator.faults.clear()
    house.has_token = True
    # the calls that were used up come back after a day, all others at once
    await house.pass_time(DAY - 90 * MINUTE if hinder is without_calls else 20 * MINUTE)
    assert house.limit[0] == "noLimit"
    assert house.engine.unreturned == ()


async def test_nothing_that_can_be_restored_is_said_at_once(house: House) -> None:
    house.has_readings = False
    house.owner_changes(control_mode="limitedPowerGridPercent")
    await house.ask(
        limit(house.code, 3000, house.now() + HOUR), overwrite_unrestorable=True
    )
    await house.pass_time(2 * HOUR)
    (unreturned,) = house.engine.unreturned
    assert unreturned.why is Cause.NOT_RESTORABLE
    assert unreturned.restore is None
    # the user names the legal maximum, which can be set
    house.rules[house.code] = Rules(legal_maximum=4000)
    await house.engine.take_back(house.code, Family.LIMIT)
    await house.pass_time(HOUR)
    assert house.limit == ("limitedPowerGridKW", 4000)


async def test_take_back_after_having_been_off(house: House) -> None:
    await limited(house)
    house.tick(5 * HOUR)
    house.restart()
    await house.engine.step()
    await house.pass_time(20 * MINUTE)
    assert house.limit[0] == "noLimit"
    assert len(house.deliveries()) == 2


async def test_calls_are_kept_back_for_take_backs(house: House) -> None:
    house.has_readings = False
    await limited(house, 5 * HOUR)
    left = house.engine_calls_left()
    await house.client.ledger.book(Interface.CHARGE_TASK, left - 2)
    task = await house.ask_one(parameters(house.code, end_of_charge_soc=95))
    assert (task.state, task.why) == (TaskState.FAILURE, Cause.CALLS_KEPT_BACK)
    await house.pass_time(5 * HOUR)
    assert house.limit[0] == "noLimit"


async def test_polls_are_sparse_where_calls_are_few(house: House) -> None:
    house.has_readings = False
    await house.client.ledger.book(Interface.CHARGE_TASK, 90)
    house.simulator.faults.enable("parameters_task_outcome", outcome="HANG")
    task = await house.ask_one(parameters(house.code, end_of_charge_soc=95))
    await house.pass_time(23 * HOUR)
    assert house.task(task).polls <= 3


async def test_timed_command_needs_calls_for_its_take_back(house: House) -> None:
    await house.client.ledger.book(Interface.CHARGE_TASK, 98)
    task = await house.ask_one(limit(house.code, 3000, house.now() + HOUR))
    assert task.why is Cause.CALLS_KEPT_BACK
    task = await house.ask_one(limit(house.code, 3000))
    assert task.state is TaskState.ACCEPTED


async def test_take_back_does_not_wait_for_another_kind(house: House) -> None:
    house.has_readings = False
    due = await limited(house)
    await house.pass_time(due - house.now() - 30)
    await house.ask(time_of_use(house.code))
    await house.pass_time(60)
    assert house.engine.tasks(house.code)[-1].sent == due


async def test_take_back_does_not_wait_for_ever_for_a_task_that_hangs(
    house: House,
) -> None:
    house.has_readings = False
    due = await limited(house)
    await house.pass_time(due - house.now() - 30)
    house.simulator.faults.enable("limit_task_outcome", outcome="HANG", times=1)
    await house.ask(limit(house.code, 2000))
    await house.pass_time(DAY + 6 * HOUR)
    assert house.limit[0] == "noLimit"


async def test_waiting_command_takes_the_place_of_a_take_back(house: House) -> None:
    house.has_readings = False
    due = await limited(house)
    await house.pass_time(due - house.now() - 30)
    await house.ask(time_of_use(house.code))
    waiting = await house.ask_one(limit(house.code, 2000))
    await house.pass_time(HOUR)
    assert house.task(waiting).state is TaskState.SUCCESS
    assert house.limit == ("limitedPowerGridKW", 2000)


@pytest.mark.parametrize(
    "make",
    [
        lambda house: limit(house.code, 3000, house.now()),
        lambda house: dispatch(
            house.code, battery_dn(house), 500, house.now() + 4 * HOUR + 1
        ),
    ],
)
async def test_end_must_lie_ahead_and_a_dispatch_is_short(
    house: House, make: Callable[[House], Command]
) -> None:
    with pytest.raises(ControlValueError) as raised:
        await house.ask(make(house))
    assert (raised.value.field, raised.value.problem) == (
        "until",
        Problem.OUT_OF_RANGE,
    )
    assert house.simulator.requests == []


async def test_plant_is_commanded_once_in_one_request(house: House) -> None:
    with pytest.raises(ControlValueError) as raised:
        await house.ask(limit(house.code, 3000), charge(house.code, minutes=5))
    assert raised.value.problem is Problem.DUPLICATE


async def test_windows_known_last_can_be_set_again(house: House) -> None:
    assert house.engine.time_of_use(house.code) is None
    house.owner_changes(operation_mode="TOU")
    await house.ask(self_consumption(house.code))
    known = house.engine.time_of_use(house.code)
    assert known is not None
    assert known.mode is OperationMode.TIME_OF_USE
    assert len(known.windows) == len(house.plant.settings.windows)
    await house.pass_time(20 * MINUTE)
    house.restart()
    assert house.engine.time_of_use(house.code) == known


async def test_observed_setting_proves_a_task_and_is_remembered(house: House) -> None:
    observed = FeedInLimit(
        plant_code=house.code, mode=FeedInLimitMode.LIMITED_POWER, power=3000
    )
    task = await house.ask_one(limit(house.code, 3000))
    house.tick(60)
    await house.engine.observe(observed, house.now())
    assert house.task(task).state is TaskState.SUCCESS
    house.tick(60)
    unlimited = FeedInLimit(plant_code=house.code, mode=FeedInLimitMode.NO_LIMIT)
    await house.engine.observe(unlimited, house.now())
    state = house.engine.state_of(house.code, Family.LIMIT)
    assert state.pending is None
    assert state.confirmed is not None
    assert state.confirmed.value == unlimited
    # what was read before the last proof says nothing new
    await house.engine.observe(observed, house.now() - 60)
    confirmed = house.engine.state_of(house.code, Family.LIMIT).confirmed
    assert confirmed is not None
    assert confirmed.value == unlimited


COMMANDS: dict[str, Callable[[House], Command]] = {
    "mode": lambda house: time_of_use(house.code, house.now() + HOUR),
    "limit": lambda house: limit(house.code, 3000, house.now() + HOUR),
    "parameters": lambda house: parameters(house.code, end_of_charge_soc=95),
    "charge": lambda house: charge(house.code, minutes=30),
}


@pytest.mark.parametrize("restarts", [1, 2])
@pytest.mark.parametrize("kind", COMMANDS)
async def test_kill_at_each_step_of_the_way(
    house: House, kind: str, restarts: int
) -> None:
    """Whenever the process dies, nothing is sent twice and all is given back."""
    house.has_readings = False
    number, killed = 0, True
    while killed:
        house.simulator.requests.clear()
        house.stored = house.ledger_state = None
        house.restart()
        house.power.points = number
        command = COMMANDS[kind](house)
        killed = False
        try:
            await house.ask(command)
            await house.pass_time(2 * HOUR)
        except KilledError:
            killed = True
        house.power.points = None
        for _ in range(restarts):
            house.tick(30)
            house.restart()
        await house.pass_time(DAY + 4 * HOUR)
        sent = [
            record
            for record in house.deliveries()
            if record.fail_code == 0 and "noLimit" not in str(record.body)
        ]
        ours = [record for record in sent if not _gives_back(record.body)]
        assert len(ours) <= 1, f"killed at {number}"
        assert house.mode == "maximumSelfConsumption", f"killed at {number}"
        assert house.limit[0] == "noLimit", f"killed at {number}"
        assert all(not task.is_open for task in house.engine.tasks(house.code))
        number += 1
        # parameters stay as they are: the next life sets others
        house.owner_changes(end_of_charge_soc=100.0)
    assert number > 5


def _gives_back(body: object) -> bool:
    text = str(body)
    return "maximumSelfConsumption" in text or "'controlMode': '0'" in text


async def test_request_that_is_cancelled_is_not_sent_again(house: House) -> None:
    """Who asked has gone: what was on its way becomes unknown, and is given back."""
    house.simulator.faults.enable("hang", interface=LIMIT_DELIVERY, times=1)
    house.power.left.clear()
    house.power.watched = LIMIT_DELIVERY
    asking = asyncio.create_task(house.ask(limit(house.code, 3000, house.now() + HOUR)))
    await house.power.left.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await house.engine.step()
    (task,) = house.engine.tasks(house.code)
    assert (task.state, task.why) == (TaskState.UNKNOWN, Cause.INTERRUPTED)
    await house.pass_time(2 * HOUR)
    (task,) = house.engine.tasks(house.code)
    assert (task.state, task.why) == (TaskState.UNKNOWN, Cause.INTERRUPTED)
    assert task.ended is not None
    assert len(house.deliveries()) <= 1
    # it may still come true within the day, and is looked for
    assert house.engine.next_due() is not None
    await house.pass_time(DAY)
    assert house.engine.next_due() is None


async def test_patient_command_waits_for_a_forced_charge(house: House) -> None:
    house.tick(12 * HOUR)
    await house.ask(charge(house.code, minutes=60))
    task = await house.ask_one(limit(house.code, 3000), if_busy=IfBusy.QUEUE)
    assert task.state is TaskState.WAITING
    await house.pass_time(3 * HOUR)
    assert house.task(task).state is TaskState.SUCCESS


async def test_several_plants_are_given_back_in_one_call() -> None:
    simulator = Simulator(plant="fleet:7", start=START, seed=1, speed=0)
    async with serve_house(simulator, has_readings=False) as house:
        able = [
            plant
            for plant in simulator.plants
            if 62 in {device.type_id for device in plant.devices}
        ]
        assert len(able) > 2
        due = house.now() + HOUR
        await house.ask(*(limit(plant.code, 1000, due) for plant in able))
        await house.pass_time(2 * HOUR)
        assert {plant.settings.control_mode for plant in able} == {"noLimit"}
        assert len(house.deliveries()) == 2


async def test_later_setting_of_ours_is_left_until_its_own_time(house: House) -> None:
    """Both answers were lost, so that each of the two may be in force."""
    house.has_readings = False
    house.power.lost_answer = LIMIT_DELIVERY
    house.simulator.faults.enable("limit_task_outcome", outcome="HANG", times=1)
    await house.ask(limit(house.code, 3000, house.now() + 30 * MINUTE))
    await house.pass_time(15 * MINUTE)
    house.simulator.faults.enable("control_refused", code=20615, times=1)
    await house.pass_time(HOUR)
    assert house.limit[0] == "noLimit"
    # what hangs in the cloud comes true after all
    house.owner_changes(control_mode="limitedPowerGridKW", feed_in_limit=3.0)
    await house.pass_time(2 * HOUR)
    house.simulator.faults.clear()
    await house.pass_time(DAY)
    assert house.limit[0] == "noLimit"
    assert house.engine.unreturned == ()


async def test_plants_that_were_never_commanded_have_nothing_to_tell(
    house: House,
) -> None:
    engine = house.engine
    assert engine.tasks("NE=0") == ()
    assert engine.state_of("NE=0", Family.MODE).confirmed is None
    assert engine.baseline("NE=0", Family.MODE) is None
    assert engine.due_of("NE=0", Family.MODE) is None
    assert engine.next_due() is None
    assert engine.unreturned == ()
    assert not engine.is_ours("NE=0", Family.MODE)


async def test_state_and_changes_are_told(house: House) -> None:
    heard: list[str] = []
    stop = house.engine.listen(lambda task: heard.append(task.state))
    await house.ask(parameters(house.code, end_of_charge_soc=95))
    assert heard[-1] == TaskState.ACCEPTED
    assert house.stored is not None
    assert house.engine.state == json.loads(house.stored)
    stop()
    count = len(heard)
    await house.pass_time(20 * MINUTE)
    assert len(heard) == count
    confirmed = house.engine.state_of(house.code, Family.PARAMETERS).confirmed
    assert confirmed is not None


async def test_dispatch_for_longer_costs_no_call(house: House) -> None:
    await house.ask(third_party(house.code))
    await house.pass_time(20 * MINUTE)
    await house.ask(dispatch(house.code, battery_dn(house), 800, house.now() + HOUR))
    await house.pass_time(20 * MINUTE)
    calls = house.control_calls()
    later = house.now() + 2 * HOUR
    task = await house.ask_one(dispatch(house.code, battery_dn(house), 800, later))
    assert task.why is Cause.ALREADY
    assert house.engine.due_of(house.code, Family.DISPATCH) == later
    assert house.control_calls() == calls


async def test_token_that_is_lost_later_is_waited_for(house: House) -> None:
    house.has_readings = False
    task = await house.ask_one(parameters(house.code, end_of_charge_soc=95))
    house.has_token = False
    await house.pass_time(10 * MINUTE)
    assert house.task(task).state is TaskState.ACCEPTED
    house.has_token = True
    await house.pass_time(HOUR)
    assert house.task(task).state is TaskState.SUCCESS
