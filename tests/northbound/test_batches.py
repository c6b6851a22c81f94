"""Batches, and what one bad plant or device does to the others."""

from collections.abc import Callable

import pytest

from custom_components.smartpvms.northbound.client import NorthboundClient
from custom_components.smartpvms.northbound.errors import (
    DoorClosedError,
    PermissionDeniedError,
    RequestRejectedError,
    TemporaryError,
)
from custom_components.smartpvms.northbound.flow_control import Ledger
from custom_components.smartpvms.northbound.interfaces import Interface, InterfaceClass

from .cloud import Answer, Cloud, Received, StoppedClock, data, refusal

BASIC = InterfaceClass.BASIC


def plants(count: int) -> list[str]:
    return [f"NE={number}" for number in range(count)]


def cloud_refusing(*bad: str, code: int = 20056) -> Callable[[Received], Answer]:
    """Answer for all plants, unless one of the bad is asked for."""

    def reply(received: Received) -> Answer:
        codes = received.body["stationCodes"].split(",")
        if set(codes) & set(bad):
            return refusal(code)
        return data([{"stationCode": item, "dataItemMap": {}} for item in codes])

    return reply


def asked(cloud: Cloud, interface: str = "getStationRealKpi") -> list[list[str]]:
    return [body["stationCodes"].split(",") for body in cloud.bodies(interface)]


async def polls_until(
    client: NorthboundClient, clock: StoppedClock, wanted: list[str], good: set[str]
) -> int:
    """Poll five minutes apart until all the good are there, and return how often."""
    for poll in range(1, 20):
        try:
            got = await client.get_plant_readings(wanted)
        except PermissionDeniedError:
            got = {}
        clock.tick(300)
        if got.keys() == good:
            return poll
    return 20


async def test_hundred_in_a_call(client: NorthboundClient, cloud: Cloud) -> None:
    cloud.answer("getStationRealKpi", cloud_refusing())

    readings = await client.get_plant_readings(plants(250))

    assert list(readings) == plants(250)
    assert [len(codes) for codes in asked(cloud)] == [100, 100, 50]
    assert client.ledger.remaining(BASIC) == 997


async def test_nobody_asked_for_costs_nothing(
    client: NorthboundClient, cloud: Cloud
) -> None:
    assert await client.get_plant_readings([]) == {}
    assert await client.get_devices([]) == ()
    assert await client.get_device_readings(38, []) == {}
    assert cloud.requests == []


async def test_same_plant_is_asked_for_once(
    client: NorthboundClient, cloud: Cloud
) -> None:
    await client.get_plant_readings(["NE=1", "NE=2", "NE=1"])

    assert asked(cloud) == [["NE=1", "NE=2"]]


async def test_all_batches_or_none_are_booked(
    client: NorthboundClient, cloud: Cloud, ledger: Ledger
) -> None:
    await ledger.book(Interface.ALARMS, 998)

    with pytest.raises(DoorClosedError):
        await client.get_plant_readings(plants(250))

    assert cloud.requests == []
    assert ledger.remaining(BASIC) == 2


async def test_calls_after_a_failure_are_given_back(
    client: NorthboundClient, cloud: Cloud, ledger: Ledger
) -> None:
    cloud.answer("getStationRealKpi", cloud_refusing(), Answer(status=500))

    with pytest.raises(TemporaryError):
        await client.get_plant_readings(plants(250))

    assert len(cloud.requests) == 2
    assert ledger.remaining(BASIC) == 998


@pytest.mark.parametrize("code", [20007, 20015, 20045, 20056, 20621, 20622, 30029])
async def test_one_refused_plant_does_not_cost_the_others(
    client: NorthboundClient, cloud: Cloud, clock: StoppedClock, code: int
) -> None:
    cloud.answer("getStationRealKpi", cloud_refusing("NE=77", code=code))

    readings = await client.get_plant_readings(plants(100))

    assert readings.keys() == set(plants(100)) - {"NE=77"}
    assert set(client.refused) == {"NE=77"}
    assert client.refused["NE=77"].code == code
    assert len(asked(cloud)) <= 15
    calls = len(asked(cloud))
    await client.get_plant_readings(plants(100))
    assert len(asked(cloud)) == calls + 1
    assert "NE=77" not in asked(cloud)[-1]
    clock.tick(86400)
    assert client.refused == {}
    await client.get_plant_readings(plants(100))
    assert asked(cloud)[calls + 1] == plants(100)


@pytest.mark.parametrize("code", [20006, 20046])
async def test_one_refused_device_does_not_cost_the_others(
    client: NorthboundClient, cloud: Cloud, code: int
) -> None:
    def reply(received: Received) -> Answer:
        ids = received.body["devIds"].split(",")
        if "-3" in ids:
            return refusal(code)
        return data([{"devId": int(item), "dataItemMap": {"a": 1}} for item in ids])

    cloud.answer("getDevRealKpi", reply)

    readings = await client.get_device_readings(38, [1, 2, -3, 4])

    assert readings.keys() == {1, 2, 4}
    assert set(client.refused) == {"-3"}


async def test_failure_of_all_is_not_divided(
    client: NorthboundClient, cloud: Cloud
) -> None:
    cloud.answer("getStationRealKpi", refusal(401))
    cloud.answer("getDevRealKpi", refusal(20013))

    with pytest.raises(PermissionDeniedError):
        await client.get_plant_readings(plants(4))
    with pytest.raises(RequestRejectedError):
        await client.get_device_readings(62, [1, 2, 3])

    assert len(cloud.requests) == 2
    assert client.refused == {}


async def test_all_refused_is_an_error_and_looked_at_again_undivided(
    client: NorthboundClient, cloud: Cloud
) -> None:
    cloud.answer("getStationRealKpi", refusal(20056))
    with pytest.raises(PermissionDeniedError) as raised:
        await client.get_plant_readings(plants(3))
    assert set(client.refused) == set(plants(3))
    calls = len(asked(cloud))
    with pytest.raises(PermissionDeniedError):
        await client.get_plant_readings(plants(3))
    assert asked(cloud)[calls:] == [plants(3)]

    cloud.answer("getStationRealKpi", cloud_refusing())
    readings = await client.get_plant_readings(plants(3))

    assert raised.value.failure.key == "owner_not_authorised"
    assert readings.keys() == set(plants(3))
    assert client.refused == {}


async def test_division_ends_and_goes_on_with_the_next_poll(
    client: NorthboundClient, cloud: Cloud
) -> None:
    bad = plants(100)[::7]
    cloud.answer("getStationRealKpi", cloud_refusing(*bad))
    polls = [len(await client.get_plant_readings(plants(100)))]
    first_calls = len(asked(cloud))

    while polls[-1] < 100 - len(bad):
        polls.append(len(await client.get_plant_readings(plants(100))))

    assert first_calls < 40
    assert len(polls) < 10
    assert set(client.refused) == set(bad)


@pytest.mark.parametrize("bad", [["NE=0"], ["NE=5"], ["NE=2", "NE=7"]])
async def test_bad_plant_is_found_where_one_call_fits_in_five_minutes(
    account_client: NorthboundClient,
    cloud: Cloud,
    clock: StoppedClock,
    bad: list[str],
) -> None:
    cloud.answer("getStationRealKpi", cloud_refusing(*bad))
    good = set(plants(8)) - set(bad)

    assert await polls_until(account_client, clock, plants(8), good) <= 12
    assert set(account_client.refused) == set(bad)


async def test_suspects_wait_for_an_open_door(
    account_client: NorthboundClient, cloud: Cloud, clock: StoppedClock
) -> None:
    cloud.answer("getStationRealKpi", cloud_refusing("NE=0"))
    with pytest.raises(PermissionDeniedError):
        await account_client.get_plant_readings(plants(2))

    with pytest.raises(DoorClosedError):
        await account_client.get_plant_readings(plants(2))
    clock.tick(300)
    with pytest.raises(PermissionDeniedError):
        await account_client.get_plant_readings(plants(2))
    clock.tick(300)

    assert (await account_client.get_plant_readings(plants(2))).keys() == {"NE=1"}
    assert asked(cloud) == [["NE=0", "NE=1"], ["NE=0"], ["NE=1"]]


async def test_suspects_that_nobody_wants_now_stay_suspect(
    account_client: NorthboundClient, cloud: Cloud, clock: StoppedClock
) -> None:
    cloud.answer("getStationRealKpi", cloud_refusing("NE=1"))
    with pytest.raises(PermissionDeniedError):
        await account_client.get_plant_readings(plants(4))
    clock.tick(300)
    await account_client.get_plant_readings(["NE=0", "NE=3"])
    clock.tick(300)

    with pytest.raises(PermissionDeniedError):
        await account_client.get_plant_readings(plants(2))

    assert asked(cloud) == [plants(4), ["NE=0"], ["NE=1"]]


async def test_what_an_answer_may_say_nothing_of(
    account_client: NorthboundClient, cloud: Cloud, clock: StoppedClock
) -> None:
    assert account_client.left_out == frozenset()
    cloud.answer("getStationRealKpi", cloud_refusing("NE=0"))
    with pytest.raises(PermissionDeniedError):
        await account_client.get_plant_readings(plants(4))

    assert account_client.left_out == set(plants(4))
    clock.tick(300)
    assert await polls_until(account_client, clock, plants(4), set(plants(4)[1:])) < 8
    assert account_client.left_out == {"NE=0"}


async def test_who_is_not_come_to_after_a_division_is_left_out(
    account_client: NorthboundClient, cloud: Cloud, clock: StoppedClock
) -> None:
    cloud.answer("getStationRealKpi", cloud_refusing("NE=0", "NE=1"))
    with pytest.raises(PermissionDeniedError):
        await account_client.get_plant_readings(plants(2))
    cloud.answer("getStationRealKpi", cloud_refusing())

    answers = []
    for _ in range(3):
        clock.tick(300)
        readings = await account_client.get_plant_readings(plants(2))
        answers.append((set(readings), account_client.left_out))
    assert answers == [
        ({"NE=0"}, {"NE=1"}),
        ({"NE=1"}, {"NE=0"}),
        ({"NE=0", "NE=1"}, frozenset()),
    ]
