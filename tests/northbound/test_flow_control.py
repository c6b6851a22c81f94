"""The ledger: limits, persistence, closed doors."""

import asyncio
import json

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.smartpvms.northbound.auth import Access
from custom_components.smartpvms.northbound.errors import (
    DoorClosedError,
    FailureKey,
    failure_of_code,
)
from custom_components.smartpvms.northbound.flow_control import Ledger
from custom_components.smartpvms.northbound.interfaces import Interface, InterfaceClass
from custom_components.smartpvms.northbound.json_types import JsonObject, JsonValue
from custom_components.smartpvms.northbound.quotas import (
    Inventory,
    Window,
    account_window,
)

from .cloud import StoppedClock
from .conftest import Disk

DAY = 86400
BASIC = InterfaceClass.BASIC
CONTROL = InterfaceClass.CONTROL


def restarted(ledger: Ledger, disk: Disk, clock: StoppedClock) -> Ledger:
    """Return the ledger as it comes back from what was saved last, through JSON."""
    state = json.loads(json.dumps(disk.saved[-1]))
    return Ledger(ledger.access, state=state, save=disk.save, clock=clock)


@pytest.mark.parametrize(
    ("interface", "smallest", "hundred_and_twenty"),
    [
        (Interface.PLANTS, (34, DAY), (44, DAY)),
        (Interface.PLANTS_OLD, (34, DAY), (44, DAY)),
        (Interface.DEVICES, (25, DAY), (26, DAY)),
        (Interface.PLANT_READINGS, (1, 300), (2, 300)),
        (Interface.DEVICE_READINGS, (1, 300), (5, 300)),
        (Interface.DEVICE_HISTORY, (1, 600), (1, 600 / 370)),
        (Interface.DEVICE_HISTORY_OLD, (25, DAY), (61, DAY)),
        (Interface.DEVICE_FIVE_MINUTES, (25, DAY), (61, DAY)),
        (Interface.ALARMS, (1, 1800), (5, 1800)),
        (Interface.PLANT_HOUR, (25, DAY), (26, DAY)),
        (Interface.PLANT_DAY, (25, DAY), (26, DAY)),
        (Interface.PLANT_MONTH, (25, DAY), (26, DAY)),
        (Interface.PLANT_YEAR, (25, DAY), (26, DAY)),
        (Interface.DEVICE_DAY, (25, DAY), (28, DAY)),
        (Interface.DEVICE_MONTH, (25, DAY), (28, DAY)),
        (Interface.DEVICE_YEAR, (25, DAY), (28, DAY)),
        (Interface.BATTERY_MODE, (1, 60), (1, 60)),
        (Interface.FEED_IN_LIMIT, (1, 60), (1, 60)),
        (Interface.CHARGE_TASK, (1, 60), (1, 60)),
        (Interface.BATTERY_DISPATCH_TASK_STATUS, (1, 60), (1, 60)),
    ],
)
def test_limits_of_an_api_account(
    interface: Interface,
    smallest: tuple[int, float],
    hundred_and_twenty: tuple[int, float],
) -> None:
    # 120 dongles without readings beside inverters, batteries and meters
    devices = {38: 150, 39: 120, 47: 100, 62: 120}
    large = Inventory(plants=120, devices_by_type=devices)

    small = account_window(interface, Inventory())

    assert small == Window(calls=smallest[0], seconds=smallest[1])
    assert account_window(interface, large) == Window(
        calls=hundred_and_twenty[0], seconds=hundred_and_twenty[1]
    )


def test_examples_of_the_documents() -> None:
    """20 plants, 20 inverters and 10 meters, as auth.md section 3.2 works them out."""
    inventory = Inventory(plants=20, devices_by_type={38: 20, 47: 10})
    pair = Inventory(plants=1, devices_by_type={38: 1, 47: 1})

    assert account_window(Interface.DEVICE_READINGS, inventory).calls == 2
    assert account_window(Interface.DEVICE_HISTORY, inventory).seconds == 20
    assert account_window(Interface.DEVICE_HISTORY, pair).seconds == 300


async def test_owner_has_a_thousand_basic_calls_in_any_day(
    ledger: Ledger, clock: StoppedClock
) -> None:
    await ledger.book(Interface.PLANTS, 400)
    clock.tick(3600)
    await ledger.book(Interface.DEVICE_READINGS, 600)
    began = clock.now - 3600

    with pytest.raises(DoorClosedError) as closed:
        await ledger.book(Interface.ALARMS)

    assert closed.value.failure.key is FailureKey.CALLS_USED_UP
    assert closed.value.interface == "getAlarmList"
    assert closed.value.retry_at.timestamp() == began + DAY
    assert ledger.remaining(BASIC) == 0
    assert ledger.remaining(CONTROL) == 100
    clock.now = began + DAY - 1
    assert ledger.remaining(Interface.ALARMS) == 0
    clock.now = began + DAY
    assert ledger.remaining(Interface.ALARMS) == 400
    assert ledger.retry_at(Interface.ALARMS, 400) is None
    retry_at = ledger.retry_at(Interface.ALARMS, 401)
    assert retry_at is not None
    assert retry_at.timestamp() == began + 3600 + DAY


async def test_owner_has_a_hundred_control_calls_in_any_day(ledger: Ledger) -> None:
    await ledger.book(Interface.BATTERY_MODE_TASK, 40)
    await ledger.book(Interface.BATTERY_MODE_TASK_STATUS, 60)

    with pytest.raises(DoorClosedError):
        await ledger.book(Interface.ACTIVE_POWER_TASK)

    assert ledger.remaining(CONTROL) == 0
    assert ledger.remaining(BASIC) == 1000


async def test_all_calls_or_none(ledger: Ledger, disk: Disk) -> None:
    await ledger.book(Interface.PLANTS, 999)
    written = len(disk.saved)

    with pytest.raises(DoorClosedError):
        await ledger.book(Interface.PLANTS, 2)

    assert ledger.remaining(BASIC) == 1
    assert len(disk.saved) == written


async def test_interfaces_of_an_account_have_windows_of_their_own(
    account_ledger: Ledger, clock: StoppedClock
) -> None:
    await account_ledger.book(Interface.PLANT_READINGS)
    await account_ledger.book(Interface.DEVICE_READINGS)

    with pytest.raises(DoorClosedError) as closed:
        await account_ledger.book(Interface.PLANT_READINGS)

    assert closed.value.retry_at.timestamp() == clock.now + 300
    clock.tick(300)
    await account_ledger.book(Interface.PLANT_READINGS)
    await account_ledger.book(Interface.ALARMS)
    clock.tick(1799)
    assert account_ledger.retry_at(Interface.ALARMS) is not None
    clock.tick(1)
    assert account_ledger.retry_at(Interface.ALARMS) is None


async def test_limits_grow_with_what_the_account_manages(
    account_ledger: Ledger, disk: Disk, clock: StoppedClock
) -> None:
    with pytest.raises(DoorClosedError) as closed:
        await account_ledger.book(Interface.DEVICE_READINGS, 3)
    assert closed.value.retry_at.timestamp() == clock.now + 300

    account_ledger.set_inventory(120, {38: 101, 47: 1, 62: 9})
    await account_ledger.book(Interface.DEVICE_READINGS, 3)

    later = restarted(account_ledger, disk, clock)
    assert later.remaining(Interface.DEVICE_READINGS) == 0
    assert later.remaining(Interface.PLANT_READINGS) == 2
    assert later.snapshot()["plants"] == 120


async def test_more_than_a_window_ever_holds_is_worth_a_look_when_it_is_empty(
    account_ledger: Ledger, clock: StoppedClock
) -> None:
    await account_ledger.book(Interface.PLANT_READINGS)
    clock.tick(100)

    retry_at = account_ledger.retry_at(Interface.PLANT_READINGS, 3)

    assert retry_at is not None
    assert retry_at.timestamp() == clock.now + 200


async def test_calls_are_on_disk_before_they_leave(
    ledger: Ledger, disk: Disk, clock: StoppedClock
) -> None:
    await ledger.book(Interface.PLANTS, 3)

    assert disk.saved[-1]["booked"] == {"stations": [clock.now] * 3}
    assert restarted(ledger, disk, clock).remaining(BASIC) == 997


async def test_slow_disk_never_ends_with_an_older_state(clock: StoppedClock) -> None:
    written: list[JsonObject] = []
    first = asyncio.Event()

    async def save(state: JsonObject) -> None:
        if not written and not first.is_set():
            first.set()
            await asyncio.sleep(0)
        written.append(state)

    ledger = Ledger(Access.OAUTH, state=None, save=save, clock=clock)
    await asyncio.gather(*(ledger.book(Interface.PLANTS) for _ in range(3)))

    assert written[-1] == ledger.state
    assert ledger.remaining(BASIC) == 997


async def test_unspent_calls_are_given_back(ledger: Ledger, disk: Disk) -> None:
    async with ledger.booking(Interface.PLANTS, 5) as booking:
        booking.spend()
        booking.spend()
        assert ledger.remaining(BASIC) == 995

    assert ledger.remaining(BASIC) == 998
    assert len(disk.saved[-1]["booked"]["stations"]) == 2


async def test_release_of_more_than_was_booked(ledger: Ledger) -> None:
    await ledger.book(Interface.PLANTS)
    await ledger.release(Interface.PLANTS, 5)
    await ledger.release(Interface.ALARMS, 1)

    assert ledger.remaining(BASIC) == 1000


async def test_entries_older_than_a_day_are_dropped(
    ledger: Ledger, disk: Disk, clock: StoppedClock
) -> None:
    await ledger.book(Interface.PLANTS)
    clock.tick(DAY)
    await ledger.book(Interface.DEVICES)

    assert disk.saved[-1]["booked"] == {"getDevList": [clock.now]}


async def test_owner_407_closes_the_class_for_an_hour_at_most(
    ledger: Ledger, disk: Disk, clock: StoppedClock
) -> None:
    await ledger.book(Interface.PLANTS)
    clock.tick(DAY - 1800)
    await ledger.book(Interface.DEVICES)

    until = await ledger.close(Interface.DEVICES, failure_of_code(407))

    assert until.timestamp() == clock.now + 1800
    assert ledger.remaining(BASIC) == 0
    assert ledger.remaining(CONTROL) == 100
    with pytest.raises(DoorClosedError) as closed:
        await restarted(ledger, disk, clock).book(Interface.PLANT_READINGS)
    assert closed.value.failure == failure_of_code(407)
    clock.tick(1800)
    await ledger.book(Interface.PLANT_READINGS)
    again = await ledger.close(Interface.PLANT_READINGS, failure_of_code(407))
    assert again.timestamp() == clock.now + 3600


async def test_owner_407_with_nothing_booked(
    ledger: Ledger, clock: StoppedClock
) -> None:
    until = await ledger.close(Interface.DEVICES, failure_of_code(407))

    assert until.timestamp() == clock.now + 3600


async def test_account_407_closes_the_interface_for_its_window(
    account_ledger: Ledger, clock: StoppedClock
) -> None:
    first = await account_ledger.close(Interface.PLANT_READINGS, failure_of_code(407))
    config = await account_ledger.close(Interface.BATTERY_MODE, failure_of_code(407))

    assert first.timestamp() == clock.now + 300
    assert config.timestamp() == clock.now + 60
    assert account_ledger.retry_at(Interface.PLANT_READINGS) == first
    assert account_ledger.retry_at(Interface.BATTERY_MODE) == config
    assert account_ledger.retry_at(Interface.DEVICE_READINGS) is None
    waits = []
    for _ in range(5):
        clock.now = first.timestamp()
        first = await account_ledger.close(
            Interface.PLANT_READINGS, failure_of_code(407)
        )
        waits.append(first.timestamp() - clock.now)
    assert waits == [600, 1200, 2400, 3600, 3600]


@pytest.mark.parametrize("code", [403, 429])
@pytest.mark.parametrize("access", list(Access))
async def test_overload_closes_the_interface_for_longer_and_longer(
    disk: Disk, clock: StoppedClock, access: Access, code: int
) -> None:
    ledger = Ledger(access, state=None, save=disk.save, clock=clock)
    waits = []
    for _ in range(8):
        until = await ledger.close(Interface.DEVICES, failure_of_code(code))
        waits.append(until.timestamp() - clock.now)
        clock.now = until.timestamp()
        ledger = restarted(ledger, disk, clock)

    assert waits == [60, 120, 240, 480, 960, 1920, 3600, 3600]
    await ledger.succeeded(Interface.DEVICES)
    until = await ledger.close(Interface.DEVICES, failure_of_code(code))
    assert until.timestamp() == clock.now + 60
    assert ledger.retry_at(Interface.PLANTS) is None


@pytest.mark.parametrize(
    ("retry_after", "wait"), [(None, 60), (5, 60), (900, 900), (10**7, DAY)]
)
async def test_server_may_ask_for_longer(
    ledger: Ledger, clock: StoppedClock, retry_after: float | None, wait: float
) -> None:
    until = await ledger.close(Interface.DEVICES, failure_of_code(429), retry_after)

    assert until.timestamp() == clock.now + wait


@pytest.mark.parametrize(
    ("access", "others_open"), [(Access.OAUTH, False), (Access.API_ACCOUNT, True)]
)
async def test_quota_of_the_day_closes_for_a_day(
    disk: Disk, clock: StoppedClock, access: Access, others_open: bool
) -> None:
    ledger = Ledger(access, state=None, save=disk.save, clock=clock)

    until = await ledger.close(Interface.DEVICES, failure_of_code(20618))

    assert until.timestamp() == clock.now + DAY
    assert ledger.retry_at(Interface.DEVICES) == until
    assert (ledger.retry_at(Interface.PLANTS) is None) is others_open


async def test_longest_closed_door_counts(ledger: Ledger, clock: StoppedClock) -> None:
    await ledger.close(Interface.DEVICES, failure_of_code(429), 7200)
    await ledger.close(Interface.DEVICES, failure_of_code(407))

    retry_at = ledger.retry_at(Interface.DEVICES)

    assert retry_at is not None
    assert retry_at.timestamp() == clock.now + 7200


async def test_success_without_a_door_writes_nothing(
    ledger: Ledger, disk: Disk
) -> None:
    await ledger.succeeded(Interface.DEVICES)

    assert disk.saved == []


async def test_two_ledgers_become_one(disk: Disk, clock: StoppedClock) -> None:
    entry = Ledger(Access.API_ACCOUNT, state=None, save=disk.save, clock=clock)
    await entry.book(Interface.PLANTS)
    await entry.close(Interface.ALARMS, failure_of_code(429))
    flow = restarted(entry, disk, clock)
    clock.tick(5)
    await flow.book(Interface.PLANTS, 2)
    await flow.book(Interface.DEVICES)
    await flow.close(Interface.ALARMS, failure_of_code(429))
    await flow.close(Interface.BATTERY_MODE, failure_of_code(429))
    flow.set_inventory(3, {38: 3})
    clock.tick(1)
    await entry.book(Interface.PLANTS)

    await entry.merge(flow.state)

    assert entry.snapshot()["booked"] == {"stations": 4, "getDevList": 1}
    assert entry.retry_at(Interface.ALARMS) == flow.retry_at(Interface.ALARMS)
    assert entry.retry_at(Interface.BATTERY_MODE) is not None
    assert disk.saved[-1] == entry.state
    assert entry.state["inventory"] == {"plants": 3, "devices": {"38": 3}}


async def test_merge_keeps_what_is_known_better(
    disk: Disk, clock: StoppedClock
) -> None:
    entry = Ledger(Access.API_ACCOUNT, state=None, save=disk.save, clock=clock)
    entry.set_inventory(120, {})
    await entry.close(Interface.ALARMS, failure_of_code(429), 600)
    until = entry.retry_at(Interface.ALARMS)
    flow = Ledger(Access.API_ACCOUNT, state=None, save=disk.save, clock=clock)
    flow.set_inventory(1, {})
    await flow.close(Interface.ALARMS, failure_of_code(429))

    await entry.merge(flow.state)

    assert entry.retry_at(Interface.ALARMS) == until
    assert entry.snapshot()["plants"] == 120


@pytest.mark.parametrize(
    "state",
    [
        None,
        {},
        {"booked": 5, "doors": [], "inventory": "x"},
        {
            "booked": {
                "basic": [1],
                "stations": "x",
                "nothing": [1],
                "getDevList": ["x"],
            },
            "doors": {
                "stations": {"until": "x"},
                "getDevList": {"until": 1, "wait": 1, "key": "nonsense"},
                "getAlarmList": 3,
                "nothing": {"until": 1, "wait": 1, "key": "cloud_overloaded"},
            },
            "inventory": {"plants": "many", "devices": {"x": 1, "38": None}},
        },
    ],
)
async def test_damaged_state(
    disk: Disk, clock: StoppedClock, state: dict[str, JsonValue] | None
) -> None:
    ledger = Ledger(Access.OAUTH, state=state, save=disk.save, clock=clock)

    assert ledger.remaining(BASIC) == 1000
    await ledger.book(Interface.PLANTS)
    assert ledger.state["inventory"] == {"plants": 0, "devices": {}}


async def test_clock_that_was_ahead_blocks_for_a_day_at_most(
    disk: Disk, clock: StoppedClock
) -> None:
    ahead = clock.now + 10**8
    state: JsonObject = {
        "booked": {"stations": [ahead] * 1000},
        "doors": {
            "basic": {
                "until": ahead,
                "wait": 60,
                "key": "cloud_overloaded",
                "code": 429,
            }
        },
    }
    ledger = Ledger(Access.OAUTH, state=state, save=disk.save, clock=clock)

    retry_at = ledger.retry_at(Interface.PLANTS)

    assert retry_at is not None
    assert retry_at.timestamp() == clock.now + DAY
    clock.tick(DAY)
    assert ledger.retry_at(Interface.PLANTS) is None


async def test_code_of_a_door_survives_in_letters_too(
    disk: Disk, clock: StoppedClock
) -> None:
    closed = {"until": clock.now + 60, "wait": 60, "key": "cloud_overloaded"}
    state: JsonObject = {"doors": {"stations": {**closed, "code": "http:429"}}}
    ledger = Ledger(Access.OAUTH, state=state, save=disk.save, clock=clock)

    with pytest.raises(DoorClosedError) as raised:
        await ledger.book(Interface.PLANTS)

    assert raised.value.failure.code == "http:429"


async def test_remaining_of_a_class_of_an_account(account_ledger: Ledger) -> None:
    await account_ledger.book(Interface.BATTERY_MODE)

    assert account_ledger.remaining(Interface.BATTERY_MODE) == 0
    assert account_ledger.remaining(CONTROL) == 11
    assert account_ledger.remaining(BASIC) == 2 * 34 + 10 * 25 + 5


async def test_what_diagnostics_show(ledger: Ledger, clock: StoppedClock) -> None:
    await ledger.book(Interface.DEVICES, 2)
    await ledger.close(Interface.ALARMS, failure_of_code(429))
    await ledger.close(Interface.PLANTS, failure_of_code(429))
    clock.tick(30)
    shown = ledger.snapshot()

    assert shown["access"] == "oauth"
    assert shown["booked"] == {"getDevList": 2}
    assert isinstance(shown["remaining"], dict)
    assert shown["remaining"]["getDevRealKpi"] == 998
    assert shown["remaining"]["getAlarmList"] == 0
    assert shown["closed"] == {
        "getAlarmList": {
            "until": "2027-01-15T08:01:00+00:00",
            "reason": "cloud_overloaded",
        },
        "stations": {
            "until": "2027-01-15T08:01:00+00:00",
            "reason": "cloud_overloaded",
        },
    }
    clock.tick(30)
    assert ledger.snapshot()["closed"] == {}


async def test_time_comes_from_the_system_where_none_is_given(
    disk: Disk, freezer: FrozenDateTimeFactory
) -> None:
    freezer.move_to("2027-01-15T08:00:00Z")
    ledger = Ledger(Access.OAUTH, state=None, save=disk.save)
    await ledger.book(Interface.PLANTS)

    assert disk.saved[-1]["booked"] == {"stations": [1_800_000_000.0]}
