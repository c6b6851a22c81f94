"""Each command and each way in which it can end, against the simulated cloud."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from custom_components.smartpvms.control import (
    Cause,
    Command,
    Evidence,
    Family,
    IfBusy,
    RemoveFeedInLimit,
    RestoreMode,
    Rules,
    StopForced,
    TaskState,
)
from custom_components.smartpvms.northbound.control.reasons import Reason
from custom_components.smartpvms.northbound.errors import FailureKey
from custom_components.smartpvms.northbound.interfaces import Interface
from simulator import Simulator

from .house import DAY, HOUR, MINUTE, START, House, serve_house
from .orders import (
    charge,
    discharge,
    dispatch,
    limit,
    parameters,
    self_consumption,
    third_party,
    time_of_use,
)

type Make = Callable[[House], Command]

COMMANDS: dict[str, Make] = {
    "mode": lambda house: time_of_use(house.code),
    "parameters": lambda house: parameters(house.code, end_of_charge_soc=95),
    "limit": lambda house: limit(house.code, 3000),
    "charge": lambda house: charge(house.code, minutes=30),
    "dispatch": lambda house: dispatch(
        house.code, battery_dn(house), 1000, house.now() + HOUR
    ),
}
DELIVERIES = {
    "mode": "control/battery/mode/async-task",
    "parameters": "control/battery/configuration/async-task",
    "limit": "control/active-power-control/async-task",
    "charge": "control/charge-and-discharge/async-task",
    "dispatch": "control/battery/battery-dispatch/async-task",
}
SETUPS = [kind for kind in COMMANDS if kind != "charge"]


def battery_dn(house: House) -> str:
    return next(each.dn for each in house.plant.devices if each.type_id == 39)


async def prepared(house: House, kind: str) -> Command:
    """Return a command; for a dispatch the plant is brought into its mode first."""
    if kind == "dispatch":
        task = await house.ask_one(third_party(house.code))
        await house.pass_time(20 * MINUTE)
        assert house.task(task).state is TaskState.SUCCESS
        house.simulator.requests.clear()
    return COMMANDS[kind](house)


@pytest.mark.parametrize("kind", SETUPS)
async def test_setting_succeeds_with_at_most_two_control_calls(
    house: House, kind: str
) -> None:
    command = await prepared(house, kind)
    task = await house.ask_one(command)
    assert task.state is TaskState.ACCEPTED
    assert task.accepted is not None
    await house.pass_time(15 * MINUTE)
    task = house.task(task)
    assert task.state is TaskState.SUCCESS
    assert task.evidence
    assert task.confirmed is not None
    assert task.requested <= task.accepted < task.confirmed == task.ended
    assert house.control_calls() == task.calls <= 2


async def test_mode_is_proven_by_reading_it_back(house: House) -> None:
    task = await house.ask_one(time_of_use(house.code))
    await house.pass_time(15 * MINUTE)
    assert house.task(task).evidence == (Evidence.READ_BACK,)
    assert house.control_calls() == 1
    assert house.mode == "TOU"


async def test_mode_may_be_proven_by_readings_alone(house: House) -> None:
    await house.read()
    house.simulator.faults.enable("configuration_refused", code=20629)
    house.simulator.faults.enable("mode_task_outcome", outcome="HANG", applied=True)
    task = await house.ask_one(third_party(house.code), overwrite_unrestorable=True)
    await house.pass_time(20 * MINUTE)
    task = house.task(task)
    assert task.state is TaskState.SUCCESS
    assert task.evidence[-1] is Evidence.LIVE_MODE


@pytest.mark.parametrize("kind", SETUPS)
@pytest.mark.parametrize(
    ("outcome", "why"),
    [
        ("FAILURE", Reason.FAILURE),
        ("TIMEOUT", Reason.TIMEOUT),
        ("BUSY", Reason.BUSY),
        ("INVALID", Reason.INVALID_DEVICE),
        ("EXCEPTION", Reason.EXCEPTION),
    ],
)
async def test_setting_fails_with_the_reason_of_the_cloud(
    house: House, kind: str, outcome: str, why: Reason
) -> None:
    command = await prepared(house, kind)
    house.simulator.faults.enable(f"{kind}_task_outcome", outcome=outcome)
    task = await house.ask_one(command)
    await house.pass_time(25 * MINUTE)
    task = house.task(task)
    assert (task.state, task.why) == (TaskState.FAILURE, why)
    assert task.message == outcome
    assert Evidence.TASK in task.evidence


@pytest.mark.parametrize("kind", SETUPS)
async def test_setting_that_hangs_is_a_timeout_after_a_day(
    house: House, kind: str
) -> None:
    house.has_readings = False
    command = await prepared(house, kind)
    house.simulator.faults.enable(f"{kind}_task_outcome", outcome="HANG")
    task = await house.ask_one(command)
    sent = house.now()
    await house.pass_time(10 * MINUTE)
    assert house.task(task).polls <= 3
    await house.pass_time(23 * HOUR)
    assert house.task(task).state is TaskState.ACCEPTED
    await house.pass_time(2 * HOUR)
    task = house.task(task)
    assert (task.state, task.why) == (TaskState.FAILURE, Reason.TIMEOUT)
    assert task.polls <= 12
    assert task.ended is not None
    assert task.ended - sent < DAY + HOUR


async def test_task_that_times_out_in_the_cloud_after_a_day(house: House) -> None:
    house.has_readings = False
    house.simulator.faults.enable("mode_task_outcome", outcome="NO_REPLY")
    task = await house.ask_one(time_of_use(house.code))
    await house.pass_time(DAY + HOUR)
    assert house.task(task).why is Reason.TIMEOUT
    assert house.task(task).message == "TIMEOUT"


async def test_setting_that_the_cloud_never_confirms_is_proven_all_the_same(
    house: House,
) -> None:
    house.simulator.faults.enable("mode_task_outcome", outcome="HANG", applied=True)
    task = await house.ask_one(time_of_use(house.code))
    await house.pass_time(10 * MINUTE)
    assert house.task(task).state is TaskState.SUCCESS


@pytest.mark.parametrize("kind", COMMANDS)
async def test_command_that_is_not_accepted_fails_at_once(
    house: House, kind: str
) -> None:
    command = await prepared(house, kind)
    house.simulator.faults.enable("task_rejected")
    task = await house.ask_one(command)
    assert (task.state, task.why) == (TaskState.FAILURE, Reason.SIGNAL_ERROR)
    assert task.calls == 1
    assert house.engine.due_of(house.code, task.family) is None


@pytest.mark.parametrize("kind", COMMANDS)
@pytest.mark.parametrize(
    ("code", "why"),
    [
        (20609, Reason.NETWORKING_UNSUPPORTED),
        (20614, Reason.DEVICE_OFFLINE),
        (20627, Reason.DISPATCH_NEVER_SET),
        (20628, Reason.DISPATCH_NOT_ACTIVE),
        (20629, Reason.NOT_SUPPORTED),
        (20631, Reason.DEVICE_MISSING),
    ],
)
async def test_refused_requests_say_why(
    house: House, kind: str, code: int, why: Reason
) -> None:
    command = await prepared(house, kind)
    house.simulator.faults.enable("control_refused", code=code)
    task = await house.ask_one(command)
    assert (task.state, task.why) == (TaskState.FAILURE, why)


@pytest.mark.parametrize("kind", ["mode", "limit", "dispatch"])
async def test_plant_that_is_offline_costs_no_control_call(
    house: House, kind: str
) -> None:
    command = await prepared(house, kind)
    house.simulator.faults.enable("controller_offline")
    task = await house.ask_one(command)
    assert (task.state, task.why) == (TaskState.FAILURE, FailureKey.DEVICE_OFFLINE)
    assert house.control_calls() == 0


@pytest.mark.parametrize("kind", COMMANDS)
async def test_no_permission_for_control(house: House, kind: str) -> None:
    command = await prepared(house, kind)
    house.simulator.faults.enable("interface_refused", interface=DELIVERIES[kind])
    task = await house.ask_one(command)
    assert (task.state, task.why) == (
        TaskState.FAILURE,
        FailureKey.INTERFACE_NOT_GRANTED,
    )


@pytest.mark.parametrize("kind", COMMANDS)
async def test_no_call_is_left(house: House, kind: str) -> None:
    command = await prepared(house, kind)
    ledger = house.client.ledger
    await ledger.book(Interface.CHARGE_TASK, house.engine_calls_left())
    task = await house.ask_one(command)
    assert (task.state, task.why) == (TaskState.FAILURE, FailureKey.CALLS_USED_UP)
    assert house.simulator.requests == []


@pytest.mark.parametrize("kind", COMMANDS)
async def test_cloud_refuses_one_call_too_many(house: House, kind: str) -> None:
    command = await prepared(house, kind)
    house.simulator.faults.enable("too_frequent", interface=DELIVERIES[kind], times=1)
    task = await house.ask_one(command)
    assert (task.state, task.why) == (
        TaskState.FAILURE,
        FailureKey.CALL_QUOTA_EXHAUSTED,
    )
    await house.pass_time(20 * MINUTE)
    assert len(house.deliveries()) == 1


@pytest.mark.parametrize("kind", COMMANDS)
async def test_no_token_is_no_access(house: House, kind: str) -> None:
    command = await prepared(house, kind)
    house.has_token = False
    task = await house.ask_one(command)
    assert (task.state, task.why) == (TaskState.FAILURE, Cause.NO_ACCESS)
    assert house.deliveries() == []


@pytest.mark.parametrize("kind", ["mode", "limit"])
async def test_lost_answer_is_looked_up_and_never_sent_again(
    house: House, kind: str
) -> None:
    house.power.lost_answer = DELIVERIES[kind]
    task = await house.ask_one(COMMANDS[kind](house))
    assert (task.state, task.why) == (TaskState.UNKNOWN, Reason.NO_ANSWER)
    assert task.is_open
    await house.pass_time(20 * MINUTE)
    task = house.task(task)
    assert (task.state, task.why) == (TaskState.SUCCESS, None)
    assert task.evidence == (Evidence.READ_BACK,)
    assert len(house.deliveries()) == 1


async def test_lost_answer_about_parameters_stays_unknown(house: House) -> None:
    house.power.lost_answer = DELIVERIES["parameters"]
    task = await house.ask_one(COMMANDS["parameters"](house))
    await house.pass_time(20 * MINUTE)
    task = house.task(task)
    assert (task.state, task.why) == (TaskState.UNKNOWN, Reason.NO_ANSWER)
    assert task.ended is not None
    assert len(house.deliveries()) == 1


async def test_cloud_that_does_not_know_the_task_any_more(house: House) -> None:
    task = await house.ask_one(COMMANDS["parameters"](house))
    house.simulator.faults.enable(
        "fail_code", interface="control/battery/configuration/task-info", code=20620
    )
    await house.pass_time(HOUR)
    task = house.task(task)
    assert (task.state, task.why) == (TaskState.UNKNOWN, Cause.NO_CONFIRMATION)
    assert task.reference is None


async def test_cloud_calls_a_value_the_same(house: House) -> None:
    """The queries do not work here, so that nobody could know before."""
    house.simulator.faults.enable("configuration_refused", code=20629)
    house.owner_changes(control_mode="limitedPowerGridKW", feed_in_limit=3.0)
    task = await house.ask_one(
        limit(house.code, 3000, house.now() + HOUR), overwrite_unrestorable=True
    )
    assert (task.state, task.why) == (TaskState.SUCCESS, Cause.ALREADY)
    assert task.evidence == (Evidence.DELIVERY,)
    # it was there before us, and stays
    await house.pass_time(2 * HOUR)
    assert house.limit == ("limitedPowerGridKW", 3000)
    assert len(house.deliveries()) == 1


async def test_setting_that_was_there_before_costs_no_control_call(
    house: House,
) -> None:
    task = await house.ask_one(self_consumption(house.code, house.now() + HOUR))
    assert (task.state, task.why) == (TaskState.SUCCESS, Cause.ALREADY)
    await house.pass_time(2 * HOUR)
    assert house.deliveries() == []
    assert house.engine.baseline(house.code, Family.MODE) is None


async def test_repeated_request_costs_no_call_at_all(house: House) -> None:
    await house.ask(time_of_use(house.code))
    await house.pass_time(8 * MINUTE)
    requests = len(house.simulator.requests)
    task = await house.ask_one(time_of_use(house.code))
    assert (task.state, task.why) == (TaskState.SUCCESS, Cause.ALREADY)
    assert len(house.simulator.requests) == requests
    await house.ask(parameters(house.code, end_of_charge_soc=95))
    await house.pass_time(15 * MINUTE)
    deliveries = len(house.deliveries())
    task = await house.ask_one(parameters(house.code, end_of_charge_soc=95))
    assert task.why is Cause.ALREADY
    assert len(house.deliveries()) == deliveries


async def test_several_plants_go_in_one_call_and_may_differ() -> None:
    simulator = Simulator(plant="fleet:7", start=START, seed=1, speed=0)
    async with serve_house(simulator) as house:
        able = [
            plant.code
            for plant in simulator.plants
            if {39, 62} <= {device.type_id for device in plant.devices}
        ]
        assert len(able) > 2
        simulator.faults.enable("task_rejected", plants=able[:1])
        tasks = await house.ask(*(time_of_use(code) for code in able))
        assert tasks[0].why is Reason.SIGNAL_ERROR
        assert {task.state for task in tasks[1:]} == {TaskState.ACCEPTED}
        await house.pass_time(20 * MINUTE)
        assert {house.task(task).state for task in tasks[1:]} == {TaskState.SUCCESS}
        assert len(house.deliveries()) == 1


async def test_tasks_of_several_plants_are_asked_for_together() -> None:
    simulator = Simulator(plant="fleet:7", start=START, seed=1, speed=0)
    async with serve_house(simulator) as house:
        able = [
            plant.code
            for plant in simulator.plants
            if {39, 62} <= {device.type_id for device in plant.devices}
        ]
        tasks = await house.ask(
            *(parameters(code, end_of_charge_soc=95) for code in able)
        )
        await house.pass_time(20 * MINUTE)
        assert {house.task(task).state for task in tasks} == {TaskState.SUCCESS}
        assert house.control_calls() <= 3


@pytest.mark.parametrize("plant", ["pv", "commercial"])
async def test_plants_that_cannot_say_so(plant: str) -> None:
    simulator = Simulator(plant=plant, start=START, seed=1, speed=0)
    async with serve_house(simulator) as house:
        task = await house.ask_one(time_of_use(house.code))
        assert task.state is TaskState.FAILURE
        assert task.why is FailureKey.DEVICE_MISSING
        assert house.control_calls() == 0


async def test_dispatch_needs_its_mode(house: House) -> None:
    task = await house.ask_one(COMMANDS["dispatch"](house))
    assert (task.state, task.why) == (TaskState.FAILURE, Reason.DISPATCH_NOT_ACTIVE)
    assert house.control_calls() == 0


async def test_limit_above_the_legal_maximum_is_not_sent(house: House) -> None:
    house.rules[house.code] = Rules(legal_maximum=4000)
    task = await house.ask_one(limit(house.code, 4001))
    assert task.why is Cause.ABOVE_LEGAL_MAXIMUM
    assert house.simulator.requests == []
    house.rules[house.code] = Rules(legal_maximum=4000)
    task = await house.ask_one(RemoveFeedInLimit(plant_code=house.code, unlimited=True))
    assert task.state is TaskState.ACCEPTED
    await house.pass_time(20 * MINUTE)
    assert house.limit == ("limitedPowerGridKW", 4000)


@pytest.mark.parametrize("mode", ["fullyFidToGrid", "other"])
async def test_mode_that_cannot_be_restored_is_not_overwritten(
    house: House, mode: str
) -> None:
    house.owner_changes(operation_mode=mode)
    task = await house.ask_one(self_consumption(house.code))
    assert (task.state, task.why) == (TaskState.FAILURE, Cause.UNRESTORABLE)
    assert house.control_calls() == 0
    task = await house.ask_one(
        self_consumption(house.code), overwrite_unrestorable=True
    )
    assert task.state is TaskState.ACCEPTED
    await house.pass_time(20 * MINUTE)
    task = await house.ask_one(RestoreMode(plant_code=house.code))
    assert (task.state, task.why) == (TaskState.FAILURE, Cause.NOT_RESTORABLE)


@pytest.mark.parametrize(
    "mode", ["zeroExportLimitation", "limitedPowerGridPercent", "other"]
)
async def test_limit_that_cannot_be_restored_is_not_overwritten(
    house: House, mode: str
) -> None:
    house.owner_changes(control_mode=mode)
    task = await house.ask_one(limit(house.code, 3000))
    assert (task.state, task.why) == (TaskState.FAILURE, Cause.UNRESTORABLE)
    house.rules[house.code] = Rules(legal_maximum=4000)
    task = await house.ask_one(limit(house.code, 3000, house.now() + HOUR))
    assert task.state is TaskState.ACCEPTED
    await house.pass_time(2 * HOUR)
    power = 0 if mode == "zeroExportLimitation" else 4000
    assert house.limit == ("limitedPowerGridKW", power)
    last = house.engine.tasks(house.code)[-1]
    assert (last.state, last.why) == (TaskState.SUCCESS, Cause.NEAREST_RESTORED)


@pytest.mark.parametrize(
    ("code", "why"),
    [(20629, Cause.UNREADABLE), (20609, FailureKey.NETWORKING_UNSUPPORTED)],
)
async def test_setting_that_cannot_be_read_is_not_overwritten(
    house: House, code: int, why: Cause
) -> None:
    house.simulator.faults.enable("configuration_refused", code=code)
    task = await house.ask_one(time_of_use(house.code))
    assert (task.state, task.why) == (TaskState.FAILURE, why)
    assert house.control_calls() == 0


async def test_limited_feed_in_shows_in_readings_where_it_cannot_be_read(
    house: House,
) -> None:
    await house.read()
    house.simulator.faults.enable("configuration_refused", code=20629)
    task = await house.ask_one(limit(house.code, 100), overwrite_unrestorable=True)
    await house.pass_time(12 * MINUTE)
    task = house.task(task)
    assert task.state is TaskState.SUCCESS
    assert house.control_calls() <= 2


async def test_busy_plant_lets_the_latest_command_wait(house: House) -> None:
    first = await house.ask_one(time_of_use(house.code))
    second = await house.ask_one(limit(house.code, 3000))
    third = await house.ask_one(limit(house.code, 2000))
    refused = await house.ask_one(limit(house.code, 1000), if_busy=IfBusy.REFUSE)
    assert house.task(second).why is Cause.REPLACED
    assert house.task(third).state is TaskState.WAITING
    assert (refused.state, refused.why) == (TaskState.FAILURE, Cause.BUSY)
    state = house.engine.state_of(house.code, Family.LIMIT)
    assert state.pending is not None
    assert state.pending.id == third.id
    await house.pass_time(30 * MINUTE)
    assert house.task(first).state is TaskState.SUCCESS
    assert house.task(third).state is TaskState.SUCCESS
    assert house.limit == ("limitedPowerGridKW", 2000)
    assert len(house.deliveries()) == 2


async def test_equal_command_joins_what_runs_or_waits(house: House) -> None:
    running = await house.ask_one(time_of_use(house.code))
    again = await house.ask_one(time_of_use(house.code, house.now() + HOUR))
    assert again.id == running.id
    waiting = await house.ask_one(limit(house.code, 3000))
    joined = await house.ask_one(limit(house.code, 3000, house.now() + HOUR))
    assert joined.id == waiting.id
    # back to what runs: nothing has to wait any more
    await house.ask_one(time_of_use(house.code, house.now() + HOUR))
    assert house.task(waiting).why is Cause.REPLACED
    due = house.engine.due_of(house.code, Family.MODE)
    assert due == house.now() + HOUR
    assert len(house.deliveries()) == 1


async def test_cloud_that_is_busy_is_asked_again_later(house: House) -> None:
    house.simulator.faults.enable("control_refused", code=20615, times=1)
    task = await house.ask_one(time_of_use(house.code))
    assert task.state is TaskState.WAITING
    await house.pass_time(30 * MINUTE)
    assert house.task(task).state is TaskState.SUCCESS
    house.simulator.faults.enable("control_refused", code=20615)
    task = await house.ask_one(self_consumption(house.code))
    await house.pass_time(30 * MINUTE)
    assert house.task(task).why is Reason.TASK_RUNNING
    assert house.task(task).calls <= 4
    task = await house.ask_one(self_consumption(house.code), if_busy=IfBusy.REFUSE)
    assert task.why is Reason.TASK_RUNNING


async def test_command_does_not_wait_for_ever(house: House) -> None:
    house.has_readings = False
    house.simulator.faults.enable("mode_task_outcome", outcome="HANG", times=1)
    await house.ask(time_of_use(house.code))
    waiting = await house.ask_one(limit(house.code, 3000))
    late = house.task(waiting)
    await house.pass_time(2 * HOUR)
    late = house.task(waiting)
    assert (late.state, late.why) == (TaskState.FAILURE, Cause.BUSY)
    timed = await house.ask_one(
        limit(house.code, 3000, house.now() + 20 * MINUTE), if_busy=IfBusy.QUEUE
    )
    await house.pass_time(HOUR)
    assert house.task(timed).why is Cause.TOO_LATE


async def test_forced_charge_runs_and_ends(house: House) -> None:
    house.tick(timedelta(hours=12).total_seconds())
    await house.ask(discharge(house.code, minutes=60))
    await house.pass_time(2 * HOUR)
    task = await house.ask_one(charge(house.code, minutes=60))
    await house.pass_time(20 * MINUTE)
    running = house.task(task)
    assert running.state is TaskState.RUNNING
    assert running.evidence == (Evidence.LIVE_MODE, Evidence.LIVE_POWER)
    await house.pass_time(90 * MINUTE)
    done = house.task(task)
    assert (done.state, done.why) == (TaskState.SUCCESS, None)
    assert done.charged == pytest.approx(2, abs=0.4)
    assert done.calls == 1
    assert done.ended is not None
    assert done.confirmed is not None
    assert done.ended > done.confirmed


async def test_forced_charge_that_runs_is_looked_after_when_its_time_is_over(
    house: House,
) -> None:
    task = await house.ask_one(charge(house.code, minutes=60))
    await house.pass_time(25 * MINUTE)
    task = house.task(task)

    assert task.state is TaskState.RUNNING
    assert task.accepted is not None
    # the cloud shows it within three minutes
    assert task.next_look == task.accepted + HOUR + 190


async def test_forced_charge_to_a_target(house: House) -> None:
    house.tick(timedelta(hours=12).total_seconds())
    await house.ask(discharge(house.code, minutes=120))
    await house.pass_time(3 * HOUR)
    soc = house.lives[house.code].soc
    assert soc is not None
    task = await house.ask_one(charge(house.code, soc=round(soc) + 10))
    await house.pass_time(3 * HOUR)
    done = house.task(task)
    assert done.state is TaskState.SUCCESS
    assert Evidence.LIVE_SOC in done.evidence


async def test_stop_ends_what_is_forced(house: House) -> None:
    house.tick(timedelta(hours=12).total_seconds())
    await house.read()
    task = await house.ask_one(discharge(house.code, minutes=300))
    await house.pass_time(30 * MINUTE)
    stop = await house.ask_one(StopForced(plant_code=house.code))
    await house.pass_time(30 * MINUTE)
    assert house.task(stop).state is TaskState.SUCCESS
    ended = house.task(task)
    assert (ended.state, ended.why) == (TaskState.SUCCESS, Cause.STOPPED)
    assert ended.discharged is not None
    assert ended.discharged > 0.3


async def test_later_charge_takes_the_place_of_one_that_runs(house: House) -> None:
    house.tick(timedelta(hours=12).total_seconds())
    first = await house.ask_one(discharge(house.code, minutes=300))
    await house.pass_time(30 * MINUTE)
    patient = await house.ask_one(charge(house.code, minutes=60), if_busy=IfBusy.QUEUE)
    assert patient.state is TaskState.WAITING
    second = await house.ask_one(charge(house.code, minutes=45))
    assert house.task(first).why is Cause.STOPPED
    assert second.state is TaskState.ACCEPTED
    assert house.task(patient).why is Cause.REPLACED


async def test_forced_charge_closed_by_others_says_so(house: House) -> None:
    house.tick(timedelta(hours=12).total_seconds())
    task = await house.ask_one(discharge(house.code, minutes=300))
    await house.pass_time(30 * MINUTE)
    house.owner_changes(end_of_discharge_soc=10.0)
    await house.pass_time(40 * MINUTE)
    ended = house.task(task)
    assert (ended.state, ended.why) == (TaskState.FAILURE, Reason.ENDED)
    assert ended.message is not None
    assert "settings" in ended.message


@pytest.mark.parametrize("outcome", ["FAILURE", "TIMEOUT", "BUSY"])
async def test_forced_charge_that_fails(house: House, outcome: str) -> None:
    house.simulator.faults.enable("charge_task_outcome", outcome=outcome)
    task = await house.ask_one(charge(house.code, minutes=30))
    await house.pass_time(20 * MINUTE)
    failed = house.task(task)
    assert (failed.state, failed.message) == (TaskState.FAILURE, outcome)


async def test_forced_charge_without_any_reading(house: House) -> None:
    house.has_readings = False
    task = await house.ask_one(charge(house.code, minutes=30))
    await house.pass_time(2 * HOUR)
    done = house.task(task)
    assert done.state is TaskState.SUCCESS
    assert done.evidence == (Evidence.TASK,)
    assert done.calls <= 4


async def test_forced_charge_that_hangs_is_a_timeout(house: House) -> None:
    house.has_readings = False
    house.simulator.faults.enable("charge_task_outcome", outcome="HANG")
    task = await house.ask_one(charge(house.code, minutes=30))
    await house.pass_time(DAY + 2 * HOUR)
    hung = house.task(task)
    assert (hung.state, hung.why) == (TaskState.FAILURE, Reason.TIMEOUT)
    assert hung.polls <= 12


async def test_lost_answer_about_a_charge_shows_in_readings(house: House) -> None:
    house.tick(timedelta(hours=12).total_seconds())
    await house.read()
    house.power.lost_answer = DELIVERIES["charge"]
    task = await house.ask_one(discharge(house.code, minutes=60))
    assert task.state is TaskState.UNKNOWN
    await house.pass_time(15 * MINUTE)
    assert house.task(task).state is TaskState.RUNNING
    await house.pass_time(2 * HOUR)
    assert house.task(task).state is TaskState.SUCCESS
    assert len(house.deliveries()) == 1


async def test_day_of_24_modes_within_100_calls_at_two_each(house: House) -> None:
    house.has_readings = False
    calls: list[int] = []
    tasks = []
    for hour in range(24):
        make = time_of_use if hour % 2 == 0 else self_consumption
        tasks.append(await house.ask_one(make(house.code)))
        await house.pass_time(HOUR)
    states = {house.task(task).state for task in tasks}
    calls = sorted(house.task(task).calls for task in tasks)
    assert states == {TaskState.SUCCESS}
    assert calls[len(calls) // 2] <= 2
    assert house.control_calls() <= 100
