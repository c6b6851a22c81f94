"""Deliveries: what is sent, in how many calls, and what the cloud says of each plant."""

from collections.abc import Callable, Iterable
from typing import Any, Final

from aiohttp import ClientSession
from aiohttp.test_utils import unused_port
import pytest
from yarl import URL

from custom_components.smartpvms.northbound.auth import BearerAuthentication
from custom_components.smartpvms.northbound.client import NorthboundClient
from custom_components.smartpvms.northbound.control import (
    Command,
    ControlValueError,
    Delivery,
    DispatchBattery,
    ForceCharge,
    InverterDelivery,
    LiftFeedInLimit,
    LimitFeedIn,
    SetBatteryMode,
    SetBatteryParameters,
    StopForcedCharge,
    TaskReference,
)
from custom_components.smartpvms.northbound.errors import (
    DoorClosedError,
    FlowControlError,
    NorthboundError,
    PermissionDeniedError,
    TemporaryError,
    UnreachableError,
    WrongServerError,
)
from custom_components.smartpvms.northbound.flow_control import Ledger
from custom_components.smartpvms.northbound.interfaces import Interface, InterfaceClass
from custom_components.smartpvms.northbound.models import Direction, OperationMode

from ..cloud import Answer, Cloud, Received, StoppedClock, recorded, refusal

ROOT: Final = "/rest/openapi/pvms/nbi"
TASK: Final = "2839011389499814"
NEVER_SET: Final = (
    "Third-party dispatch has never been set for the plant through the northbound"
    " interface."
)
SAME: Final = "The configured value is the same as the current value."


def mode(plant_code: str = "NE=1") -> SetBatteryMode:
    return SetBatteryMode(
        plant_code=plant_code, mode=OperationMode.MAXIMUM_SELF_CONSUMPTION
    )


def charge(plant_code: str = "NE=1", *, power: int = 2500) -> ForceCharge:
    return ForceCharge(
        plant_code=plant_code, direction=Direction.CHARGE, power=power, minutes=60
    )


def limit(plant_code: str = "NE=1") -> LimitFeedIn:
    return LimitFeedIn(plant_code=plant_code, power=5000)


def parameters(plant_code: str = "NE=1") -> SetBatteryParameters:
    return SetBatteryParameters(plant_code=plant_code, end_of_charge_soc=100)


def dispatch(plant_code: str = "NE=1") -> DispatchBattery:
    return DispatchBattery(
        plant_code=plant_code, battery_dn="NE=39", charging_power=-1500
    )


def overall(code: int, content: Any, message: str | None = None) -> Answer:
    """Answer with a code of the batch interfaces; 1 comes with success."""
    success = code in (0, 1)
    envelope = {"failCode": code, "success": success, "message": message}
    return Answer(body={**envelope, "data": content})


def running(received: Received) -> Answer:
    """Accept every plant of a list of tasks."""
    rows = [
        {"plantCode": task["plantCode"], "status": "RUNNING", "message": None}
        for task in received.body["tasks"]
    ]
    return overall(0, {"taskId": TASK, "result": rows})


async def deliver(
    client: NorthboundClient, commands: Iterable[Command]
) -> tuple[Delivery, ...]:
    """Deliver commands of one kind by the method of their kind."""
    control = client.control
    wanted: Any = list(commands)
    match wanted[0]:
        case SetBatteryMode():
            return await control.set_battery_modes(wanted)
        case SetBatteryParameters():
            return await control.set_battery_parameters(wanted)
        case LimitFeedIn() | LiftFeedInLimit():
            return await control.set_feed_in_limits(wanted)
        case ForceCharge() | StopForcedCharge():
            return await control.force_charge(wanted)
        case _:
            return (await control.dispatch_battery(wanted[0]),)


def told(deliveries: Iterable[Delivery]) -> dict[str, tuple[str, str | None]]:
    """Return state and reason of each plant."""
    return {item.plant_code: (item.state, item.reason) for item in deliveries}


SETTINGS: Final = [
    (mode, f"{ROOT}/v1/control/battery/mode/async-task", "battery_mode"),
    (
        parameters,
        f"{ROOT}/v1/control/battery/configuration/async-task",
        "battery_parameters",
    ),
    (limit, f"{ROOT}/v2/control/active-power-control/async-task", "feed_in_limit"),
]


@pytest.mark.parametrize(("command", "path", "kind"), SETTINGS)
async def test_settings_of_plants_in_one_call(
    client: NorthboundClient,
    cloud: Cloud,
    command: Callable[[str], Command],
    path: str,
    kind: str,
) -> None:
    cloud.answer("async-task", running)
    commands = [command("NE=1"), command("NE=2")]

    deliveries = await deliver(client, commands)

    task = TaskReference(kind=kind, id=TASK)
    assert deliveries == (
        Delivery(plant_code="NE=1", state="accepted", task=task),
        Delivery(plant_code="NE=2", state="accepted", task=task),
    )
    assert [request.path for request in cloud.requests] == [path]
    assert cloud.bodies("async-task") == [
        {"tasks": [command.as_task() for command in commands]}
    ]
    assert client.ledger.remaining(InterfaceClass.CONTROL) == 99
    assert client.ledger.remaining(InterfaceClass.BASIC) == 1000


@pytest.mark.parametrize(
    ("command", "size"), [(mode, 10), (parameters, 10), (limit, 10), (charge, 100)]
)
async def test_many_plants_take_few_calls(
    client: NorthboundClient,
    cloud: Cloud,
    command: Callable[[str], Command],
    size: int,
) -> None:
    cloud.answer("async-task", running)
    codes = [f"NE={number}" for number in range(2 * size + 1)]

    deliveries = await deliver(client, map(command, codes))

    sizes = [len(body["tasks"]) for body in cloud.bodies("async-task")]
    assert sizes == [size, size, 1]
    assert [item.plant_code for item in deliveries] == codes
    assert client.ledger.remaining(InterfaceClass.CONTROL) == 97


async def test_nothing_to_deliver(client: NorthboundClient, cloud: Cloud) -> None:
    assert await client.control.set_battery_modes([]) == ()
    assert await client.control.force_charge_old([]) == ()
    assert cloud.requests == []


@pytest.mark.parametrize("command", [mode, charge])
async def test_plant_named_twice_costs_no_call(
    client: NorthboundClient, cloud: Cloud, command: Callable[[str], Command]
) -> None:
    with pytest.raises(ControlValueError) as raised:
        await deliver(client, [command("NE=1"), command("NE=1")])

    assert raised.value.problem == "duplicate"
    with pytest.raises(ControlValueError):
        await client.control.force_charge_old([charge(), charge()])
    assert cloud.requests == []


@pytest.mark.parametrize(
    ("message", "state", "reason"),
    [
        (SAME, "already", "same_value"),
        (
            "The startTime and endTime of multiple days overlap.",
            "refused",
            "windows_overlap",
        ),
        (
            NEVER_SET,
            "refused",
            "dispatch_never_set",
        ),
        (
            "The input parameter is out of the valid range, limitationMode in: [0, 1]",
            "refused",
            "value_invalid",
        ),
        (
            "The device in the plant does not support this setting",
            "refused",
            "not_supported",
        ),
        ("Signal dispensing happened error.", "refused", "signal_error"),
        ("No resource permission.", "refused", "no_permission"),
        ("The device is offline.", "refused", "device_offline"),
        ("The plant networking is not supported.", "refused", "networking_unsupported"),
        ("The plant has no battery device.", "refused", "device_missing"),
        ("The plant has no inverter device.", "refused", "device_missing"),
        ("BUSY", "refused", "busy"),
        ("Something new.", "refused", "other"),
        (None, "refused", "other"),
    ],
)
async def test_plant_that_is_refused(
    client: NorthboundClient,
    cloud: Cloud,
    message: str | None,
    state: str,
    reason: str,
) -> None:
    row = {"plantCode": "NE=1", "status": "FAIL", "message": message}
    failed = "Failed to deliver the battery mode control task."
    cloud.answer("async-task", overall(2, {"taskId": None, "result": [row]}, failed))

    deliveries = await deliver(client, [mode()])

    assert deliveries == (
        Delivery(plant_code="NE=1", state=state, reason=reason, message=message),
    )
    assert client.ledger.remaining(InterfaceClass.CONTROL) == 99


async def test_some_plants_are_accepted(client: NorthboundClient, cloud: Cloud) -> None:
    rows = [
        {"plantCode": "NE=3", "status": "FAIL", "message": SAME},
        {"plantCode": "NE=1", "status": "RUNNING"},
        {"plantCode": "NE=2", "status": "FAIL", "message": "No resource permission."},
        {"plantCode": "NE=9", "status": "FAIL"},
        {"status": "FAIL"},
    ]
    cloud.answer("async-task", overall(1, {"taskId": TASK, "result": rows}))
    codes = ["NE=1", "NE=2", "NE=3", "NE=4"]

    deliveries = await deliver(client, map(limit, codes))

    assert told(deliveries) == {
        "NE=1": ("accepted", None),
        "NE=2": ("refused", "no_permission"),
        "NE=3": ("already", "same_value"),
        # the cloud speaks of some plants, and not of this one
        "NE=4": ("unknown", "no_answer"),
    }
    assert [item.task is not None for item in deliveries] == [True, False, False, True]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        # all accepted, says the code, and rows say no more
        (overall(0, {"taskId": TASK}), ("accepted", None, True)),
        (overall(0, {"taskId": float(TASK)}), ("accepted", None, True)),
        (overall(0, {"taskId": "null"}), ("accepted", None, False)),
        (overall(0, None), ("accepted", None, False)),
        (
            overall(0, {"taskId": TASK, "result": [{"plantCode": "NE=1"}]}),
            ("accepted", None, True),
        ),
        (
            overall(
                0, {"taskId": TASK, "result": [{"plantCode": "NE=1", "status": "NEW"}]}
            ),
            ("accepted", None, True),
        ),
        (
            overall(
                1, {"taskId": TASK, "result": [{"plantCode": "NE=1", "status": "NEW"}]}
            ),
            ("unknown", "no_answer", True),
        ),
        (
            overall(2, {"result": [{"plantCode": "NE=1", "status": "NEW"}]}),
            ("refused", "not_delivered", False),
        ),
        # none accepted, without a row
        (
            overall(2, None, "Failed to deliver the battery mode control task."),
            ("refused", "not_delivered", False),
        ),
        (overall(2, None, SAME), ("already", "same_value", False)),
        (
            overall(2, None, "Exist no permission resources. plantCodes: [NE=0, NE=1]"),
            ("refused", "no_permission", False),
        ),
        (
            overall(2, None, "Exist no permission plants, plantCodes: [NE=0, NE=11]"),
            ("refused", "other_plant", False),
        ),
        (
            overall(2, None, "Battery charge and discharge task list is empty."),
            ("refused", "value_invalid", False),
        ),
    ],
)
async def test_plant_without_a_clear_row(
    client: NorthboundClient,
    cloud: Cloud,
    answer: Answer,
    expected: tuple[str, str | None, bool],
) -> None:
    cloud.answer("async-task", answer)

    (delivery,) = await deliver(client, [mode()])

    has_task = delivery.task is not None
    assert (delivery.state, delivery.reason, has_task) == expected


@pytest.mark.parametrize("command", [mode, parameters, limit, charge, dispatch])
@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (20609, "networking_unsupported"),
        (20614, "device_offline"),
        (20615, "task_running"),
        (20627, "dispatch_never_set"),
        (20628, "dispatch_not_active"),
        (20629, "not_supported"),
        (20631, "device_missing"),
        (20608, "value_invalid"),
        (20611, "value_invalid"),
        (20047, "power_invalid"),
        (20049, "not_delivered"),
        (20045, "no_permission"),
        (20056, "no_permission"),
        (20622, "no_permission"),
        (77777, "other"),
    ],
)
async def test_codes_that_refuse_a_call(
    client: NorthboundClient,
    cloud: Cloud,
    command: Callable[[], Command],
    code: int,
    reason: str,
) -> None:
    cloud.answer("async-task", refusal(code))

    (delivery,) = await deliver(client, [command()])

    assert (delivery.state, delivery.reason) == ("refused", reason)
    assert delivery.task is None
    assert delivery.failure is not None
    assert delivery.failure.code == code


@pytest.mark.parametrize(
    ("code", "message", "reason"),
    [
        (20613, "The device is offline.", "device_offline"),
        (
            77777,
            "The device in the plant does not support this setting",
            "not_supported",
        ),
    ],
)
async def test_message_says_more_than_a_vague_code(
    client: NorthboundClient, cloud: Cloud, code: int, message: str, reason: str
) -> None:
    cloud.answer("async-task", overall(code, None, message))

    (delivery,) = await deliver(client, [mode()])

    assert (delivery.reason, delivery.message) == (reason, message)


@pytest.mark.parametrize(
    ("exception", "message"),
    [
        (
            {
                "exceptionId": "framwork.remote.Paramerror",
                "exceptionType": "ROA_EXFRAME_EXCEPTION",
                "descArgs": None,
                "reasonArgs": ["tasks"],
                "detailArgs": ["tasks size must be between 1 and 10", None, "more"],
                "adviceArgs": None,
            },
            "tasks size must be between 1 and 10; more",
        ),
        (
            {"exceptionId": "framwork.remote.Paramerror", "reasonArgs": ["tasks"]},
            "tasks",
        ),
        ({"exceptionId": "framwork.remote.Paramerror", "detailArgs": "tasks"}, None),
        ([1], None),
    ],
)
async def test_exception_of_the_gateway(
    client: NorthboundClient, cloud: Cloud, exception: Any, message: str | None
) -> None:
    cloud.answer("async-task", Answer(body=exception, status=400))

    (delivery,) = await deliver(client, [mode()])

    assert (delivery.state, delivery.reason) == ("refused", "value_invalid")
    assert delivery.message == message


async def test_long_message_is_cut(client: NorthboundClient, cloud: Cloud) -> None:
    cloud.answer("async-task", overall(2, None, "x" * 9000))

    (delivery,) = await deliver(client, [mode()])

    assert delivery.message == "x" * 500


CHARGE_ID: Final = 9694030627470695
WRONG_POWER: Final = (
    "PowerDispatch is illegal. The value should be greater than 0 during forced charge"
    " (dispatchSwitch = 1) and smaller than 0 during forced discharge"
    " (dispatchSwitch = 2)."
)


def charge_row(plant_code: str, accepted: Any = 0, **more: Any) -> dict[str, Any]:
    row = {"plantCode": plant_code, "sn": "HV22", "dispatchResult": accepted}
    return {**row, "subTaskId": "42", "description": None, **more}


async def test_forced_charges(client: NorthboundClient, cloud: Cloud) -> None:
    refused = {"sn": None, "subTaskId": None, "description": WRONG_POWER}
    rows = [
        charge_row("NE=1"),
        charge_row("NE=1", 1, sn="HV23", subTaskId=43, description=""),
        charge_row("NE=2", 1, **refused),
        charge_row("NE=3", 1, description=None),
        charge_row("NE=4", None, subTaskId=44.0),
    ]
    cloud.answer(
        "async-task",
        overall(1, {"requestID": CHARGE_ID, "result": rows}, "partially delivered"),
    )

    deliveries = await client.control.force_charge(
        [
            charge("NE=1"),
            charge("NE=2"),
            charge("NE=3"),
            StopForcedCharge(plant_code="NE=4"),
        ]
    )

    assert deliveries[0] == Delivery(
        plant_code="NE=1",
        state="accepted",
        task=TaskReference(kind="forced_charge", id=str(CHARGE_ID)),
        inverters=(
            InverterDelivery(serial="HV22", accepted=True, task_id="42"),
            InverterDelivery(serial="HV23", accepted=False, task_id="43"),
        ),
    )
    assert deliveries[1] == Delivery(
        plant_code="NE=2",
        state="refused",
        reason="power_invalid",
        message=WRONG_POWER,
        inverters=(InverterDelivery(serial=None, accepted=False, message=WRONG_POWER),),
    )
    assert told(deliveries[2:]) == {
        "NE=3": ("refused", "other"),
        "NE=4": ("refused", "other"),
    }
    assert cloud.requests[0].path == (
        f"{ROOT}/v2/control/charge-and-discharge/async-task"
    )
    assert cloud.requests[0].body["tasks"][3] == {
        "plantCode": "NE=4",
        "dispatchSwitch": 0,
    }


async def test_forced_charge_whose_row_says_nothing(
    client: NorthboundClient, cloud: Cloud
) -> None:
    rows = [charge_row("NE=1", "N/A", subTaskId=None)]
    cloud.answer("async-task", overall(0, {"requestID": CHARGE_ID, "result": rows}))

    (delivery,) = await client.control.force_charge([charge()])

    assert delivery.state == "accepted"


async def test_forced_charge_all_refused(
    client: NorthboundClient, cloud: Cloud
) -> None:
    wrong = "DispatchSwitch is illegal, valid value: 0 or 1 or 2"
    rows = [charge_row("NE=1", 1, description=wrong)]
    message = "Failed to deliver the battery charge/discharge task."
    cloud.answer("async-task", overall(2, {"requestID": None, "result": rows}, message))

    (delivery,) = await client.control.force_charge([charge()])

    assert (delivery.reason, delivery.message) == ("value_invalid", wrong)


GONE: Final = Answer(body=b"<html></html>", status=404)
VPP: Final = "/rest/openapi/pvms/v1/vpp"


async def test_old_form_where_the_new_one_is_not_there(
    client: NorthboundClient, cloud: Cloud
) -> None:
    cloud.answer("async-task", GONE)
    cloud.answer("chargeAndDischarge", overall(0, None))
    commands = [charge("NE=1"), StopForcedCharge(plant_code="NE=2"), charge("NE=3")]

    deliveries = await client.control.force_charge(commands)
    await client.control.force_charge([charge("NE=4", power=100)])

    paths = [request.path for request in cloud.requests]
    assert paths[1:] == [f"{VPP}/chargeAndDischarge"] * 3
    first, second, third = cloud.bodies("chargeAndDischarge")
    assert first == {
        "plantCodes": "NE=1,NE=3",
        "dispatchSwitch": 1,
        "controlType": 2,
        "targetSOC": None,
        "dispatchTime": 60,
        "powerDispatch": 2500,
        "requestID": first["requestID"],
    }
    assert (second["plantCodes"], second["dispatchSwitch"]) == ("NE=2", 0)
    assert third["powerDispatch"] == 100
    ids = [body["requestID"] for body in (first, second, first)]
    assert [item.plant_code for item in deliveries] == ["NE=1", "NE=2", "NE=3"]
    assert [item.task for item in deliveries] == [
        TaskReference(kind="forced_charge", id=str(each)) for each in ids
    ]
    assert all(10**15 <= each < 2**53 for each in ids)
    assert first["requestID"] != second["requestID"]
    assert client.ledger.remaining(InterfaceClass.CONTROL) == 96


async def test_old_form_for_more_plants_than_a_call_takes(
    client: NorthboundClient, cloud: Cloud
) -> None:
    cloud.answer("chargeAndDischarge", overall(0, {}))

    deliveries = await client.control.force_charge_old(
        [charge(f"NE={number}") for number in range(101)]
    )

    sizes = [
        len(body["plantCodes"].split(","))
        for body in cloud.bodies("chargeAndDischarge")
    ]
    assert sizes == [100, 1]
    assert len(deliveries) == 101


async def test_lost_answer_to_the_old_form_leaves_a_task_to_ask_for(
    client: NorthboundClient, cloud: Cloud
) -> None:
    cloud.answer("chargeAndDischarge", Answer(lost=True))

    (delivery,) = await client.control.force_charge_old([charge()])

    (body,) = cloud.bodies("chargeAndDischarge")
    assert (delivery.state, delivery.reason) == ("unknown", "no_answer")
    assert delivery.task == TaskReference(
        kind="forced_charge", id=str(body["requestID"])
    )


async def test_no_old_form_either(client: NorthboundClient, cloud: Cloud) -> None:
    cloud.answer("async-task", GONE)
    cloud.answer("chargeAndDischarge", GONE)

    for _ in range(2):
        with pytest.raises(WrongServerError):
            await client.control.force_charge([charge()])

    # the new form is asked for again: nothing has proven the old one
    assert len(cloud.bodies("async-task")) == 2


async def test_page_of_another_server_is_no_reason_for_the_old_form(
    client: NorthboundClient, cloud: Cloud
) -> None:
    cloud.answer("async-task", Answer(body=b"<html></html>"))

    with pytest.raises(WrongServerError):
        await client.control.force_charge([charge()])

    assert cloud.bodies("chargeAndDischarge") == []


async def test_dispatch(client: NorthboundClient, cloud: Cloud) -> None:
    content = {"plantCode": "NE=1", "batteryDn": "NE=39", "status": "RUNNING"}
    cloud.answer("async-task", overall(0, {"taskId": TASK, **content}))

    delivery = await client.control.dispatch_battery(dispatch())

    assert delivery == Delivery(
        plant_code="NE=1",
        state="accepted",
        task=TaskReference(kind="battery_dispatch", id=TASK),
    )
    assert cloud.requests[0].path == (
        f"{ROOT}/v1/control/battery/battery-dispatch/async-task"
    )
    assert cloud.requests[0].body == {
        "plantCode": "NE=1",
        "batteryDn": "NE=39",
        "dispatchPower": -1500,
    }


async def test_dispatch_that_fails_at_once(
    client: NorthboundClient, cloud: Cloud
) -> None:
    content = {"taskId": TASK, "status": "FAIL", "message": "BUSY"}
    cloud.answer("async-task", overall(0, content))

    delivery = await client.control.dispatch_battery(dispatch())

    assert (delivery.state, delivery.reason) == ("refused", "busy")


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refusal(401), PermissionDeniedError),
        (recorded("error_407_dataString"), FlowControlError),
        (refusal(429), FlowControlError),
        (refusal(20200), TemporaryError),
        (Answer(body=b"<html></html>"), WrongServerError),
        (Answer(status=302, headers={"Location": "/"}), WrongServerError),
    ],
)
@pytest.mark.parametrize("command", [mode, charge, dispatch])
async def test_nothing_told_to_any_plant(
    client: NorthboundClient,
    cloud: Cloud,
    command: Callable[[], Command],
    answer: Answer,
    error: type[NorthboundError],
) -> None:
    cloud.answer("async-task", answer)

    with pytest.raises(error):
        await deliver(client, [command()])

    assert len(cloud.requests) == 1


async def test_no_call_left(
    client: NorthboundClient, cloud: Cloud, ledger: Ledger
) -> None:
    await ledger.book(Interface.BATTERY_MODE_TASK, 98)

    with pytest.raises(DoorClosedError):
        await deliver(client, [mode(f"NE={number}") for number in range(21)])

    assert cloud.requests == []
    assert ledger.remaining(InterfaceClass.CONTROL) == 2


async def test_server_that_is_not_there(
    session: ClientSession, bearer: BearerAuthentication, ledger: Ledger
) -> None:
    url = URL(f"http://127.0.0.1:{unused_port()}")
    client = NorthboundClient(session, url, bearer, ledger, timeout=3)

    with pytest.raises(UnreachableError) as raised:
        await deliver(client, [mode()])

    assert not raised.value.sent
    assert ledger.remaining(InterfaceClass.CONTROL) == 100


LOST: Final = [
    (Answer(body=b"busy", status=503), "server_error"),
    (refusal(20004), "server_error"),
    (Answer(body=b""), "invalid_response"),
    (Answer(body={"a": 1}), "invalid_response"),
    (Answer(lost=True), "server_unreachable"),
]


@pytest.mark.parametrize(("answer", "key"), LOST)
@pytest.mark.parametrize("command", [mode, charge, dispatch])
async def test_answer_that_is_lost(
    client: NorthboundClient,
    cloud: Cloud,
    command: Callable[[], Command],
    answer: Answer,
    key: str,
) -> None:
    cloud.answer("async-task", answer)

    (delivery,) = await deliver(client, [command()])

    assert (delivery.state, delivery.reason) == ("unknown", "no_answer")
    assert delivery.failure is not None
    assert delivery.failure.key == key
    assert len(cloud.requests) == 1
    assert client.ledger.remaining(InterfaceClass.CONTROL) == 99


@pytest.mark.parametrize(
    ("answer", "second"),
    [
        (Answer(body=b"busy", status=503), ("unknown", "no_answer")),
        (recorded("error_407_dataString"), ("refused", "not_sent")),
        (refusal(401), ("refused", "not_sent")),
    ],
)
async def test_later_call_that_fails_leaves_what_was_told_before(
    client: NorthboundClient,
    cloud: Cloud,
    answer: Answer,
    second: tuple[str, str],
) -> None:
    cloud.answer("async-task", running, answer)

    deliveries = await deliver(client, [mode(f"NE={number}") for number in range(21)])

    first = told(deliveries[:10])
    assert {*first.values()} == {("accepted", None)}
    assert {*told(deliveries[10:20]).values()} == {second}
    assert told(deliveries[20:]) == {"NE=20": ("refused", "not_sent")}
    assert len(cloud.requests) == 2
    # the call that was not made is given back
    assert client.ledger.snapshot()["booked"] == {Interface.BATTERY_MODE_TASK: 2}


async def test_session_that_ended_is_renewed(
    client: NorthboundClient, cloud: Cloud
) -> None:
    cloud.answer("async-task", recorded("error_305_immediately"), running)

    (delivery,) = await deliver(client, [mode()])

    assert delivery.state == "accepted"
    assert [headers["Authorization"] for headers in cloud.headers("async-task")] == [
        "Bearer bearer-1",
        "Bearer bearer-2",
    ]


async def test_refusal_of_a_plant_opens_a_closed_door(
    client: NorthboundClient, cloud: Cloud, clock: StoppedClock
) -> None:
    cloud.answer("async-task", refusal(429), refusal(20614), refusal(429))
    waits = []
    for _ in range(2):
        with pytest.raises(FlowControlError) as raised:
            await deliver(client, [mode()])
        waits.append(raised.value.retry_at.timestamp() - clock.now)
        clock.tick(waits[-1])
        if len(waits) == 1:
            await deliver(client, [mode()])

    assert waits == [60.0, 60.0]
