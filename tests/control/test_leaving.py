"""What is given back when nobody will be there on time."""

from custom_components.smartpvms.control import Cause, Family, TaskState
from custom_components.smartpvms.northbound.control.reasons import Reason

from .house import HOUR, MINUTE, House
from .orders import dispatch, limit, third_party, time_of_use


async def dispatched(house: House, mode_until: float | None) -> None:
    """Hold the battery at a power in its mode for that."""
    await house.ask(third_party(house.code, mode_until))
    await house.pass_time(20 * MINUTE)
    battery = next(each.dn for each in house.plant.devices if each.type_id == 39)
    await house.ask(dispatch(house.code, battery, 1000, house.now() + HOUR))
    await house.pass_time(20 * MINUTE)
    house.simulator.requests.clear()


async def test_dispatch_ends_at_0_watts(house: House) -> None:
    await dispatched(house, None)
    assert await house.engine.leave() == ()
    (delivery,) = house.deliveries()
    assert "battery-dispatch" in delivery.path
    house.tick(10 * MINUTE)
    assert house.mode == "thirdPartyDispatch"


async def test_dispatch_ends_with_its_mode(house: House) -> None:
    await dispatched(house, house.now() + 3 * HOUR)
    assert await house.engine.leave() == ()
    (delivery,) = house.deliveries()
    assert "battery/mode" in delivery.path
    house.tick(10 * MINUTE)
    assert house.mode == "maximumSelfConsumption"


async def test_what_has_no_end_is_left(house: House) -> None:
    await house.ask(time_of_use(house.code))
    await house.pass_time(20 * MINUTE)
    house.simulator.requests.clear()
    assert await house.engine.leave() == ()
    assert house.simulator.requests == []


async def test_what_somebody_else_has_changed_is_left(house: House) -> None:
    await house.ask(limit(house.code, 2000, house.now() + HOUR))
    await house.pass_time(20 * MINUTE)
    house.owner_changes(control_mode="zeroExportLimitation")
    house.simulator.requests.clear()
    assert await house.engine.leave() == ()
    assert house.deliveries() == []


async def test_what_is_on_its_way_is_told(house: House) -> None:
    await house.ask(limit(house.code, 2000, house.now() + HOUR))
    (left,) = await house.engine.leave()
    assert (left.family, left.why) == (Family.LIMIT, Cause.BUSY)
    assert len(house.deliveries()) == 1


async def test_what_is_refused_is_told(house: House) -> None:
    await house.ask(limit(house.code, 2000, house.now() + HOUR))
    await house.pass_time(20 * MINUTE)
    house.simulator.faults.enable("control_refused", code=20614)
    (left,) = await house.engine.leave()
    assert left.why is Reason.DEVICE_OFFLINE
    assert house.limit == ("limitedPowerGridKW", 2000)


async def test_answer_that_is_lost_is_told(house: House) -> None:
    await house.ask(limit(house.code, 2000, house.now() + HOUR))
    await house.pass_time(20 * MINUTE)
    house.power.lost_answer = "control/active-power-control/async-task"
    (left,) = await house.engine.leave()
    assert left.why is Reason.NO_ANSWER
    assert house.engine.tasks(house.code)[-1].state is TaskState.UNKNOWN
