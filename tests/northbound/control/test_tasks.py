"""Tasks: what the cloud tells of them, and what it costs to ask."""

from datetime import UTC, datetime, time, timedelta, timezone
from itertools import chain
import json
import random
from typing import Any, Final

import pytest

from custom_components.smartpvms.northbound.client import NorthboundClient
from custom_components.smartpvms.northbound.control import (
    PlantTask,
    Task,
    TaskKind,
    TaskReference,
)
from custom_components.smartpvms.northbound.errors import (
    DoorClosedError,
    FlowControlError,
    InvalidResponseError,
    NorthboundError,
    PermissionDeniedError,
    RequestRejectedError,
    TemporaryError,
)
from custom_components.smartpvms.northbound.flow_control import Ledger
from custom_components.smartpvms.northbound.interfaces import Interface, InterfaceClass
from custom_components.smartpvms.northbound.models import (
    BatteryMode,
    BatteryParameters,
    Direction,
    FeedInLimit,
    FeedInLimitMode,
    OperationMode,
    TimeOfUseWindow,
)

from ..cloud import Answer, Cloud, StoppedClock, data, recorded, refusal
from ..test_any_input import mutated

ROOT: Final = "/rest/openapi/pvms/nbi"
BEGIN: Final = datetime(2025, 1, 1, 10, 2, 49, tzinfo=timezone(timedelta(hours=1)))
END: Final = datetime(2025, 1, 1, 9, 7, 55, tzinfo=UTC)
TIMES: Final = {
    "startTime": "2025-01-01T10:02:49+01:00",
    "endTime": "2025-01-01T09:07:55Z",
}


def reference(kind: str) -> TaskReference:
    return TaskReference(kind=TaskKind(kind), id="2839011389499814")


def rows(*found: Any, **times: Any) -> Answer:
    return data({"dispatchResult": [*found], **times})


async def only_row(client: NorthboundClient, kind: str) -> PlantTask:
    (row,) = (await client.control.get_task(reference(kind))).plants
    return row


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("battery_mode", f"{ROOT}/v1/control/battery/mode/task-info"),
        ("battery_parameters", f"{ROOT}/v1/control/battery/configuration/task-info"),
        ("feed_in_limit", f"{ROOT}/v2/control/active-power-control/task-info"),
        ("battery_dispatch", f"{ROOT}/v1/control/battery/battery-dispatch/task-info"),
        ("forced_charge", "/rest/openapi/pvms/v1/vpp/chargeAndDischargeStatus"),
    ],
)
async def test_asking_for_a_task(
    client: NorthboundClient, cloud: Cloud, kind: str, path: str
) -> None:
    task = await client.control.get_task(reference(kind))

    assert task == Task(reference=reference(kind), plants=())
    (request,) = cloud.requests
    assert request.path == path
    assert request.body == (
        {"requestID": 2839011389499814}
        if kind == "forced_charge"
        else {"taskId": "2839011389499814"}
    )
    assert client.ledger.remaining(InterfaceClass.CONTROL) == 99


@pytest.mark.parametrize(
    ("status", "message", "state", "reason"),
    [
        ("RUNNING", None, "running", None),
        ("SUCCESS", None, "succeeded", None),
        ("FAIL", "FAILURE", "failed", "failure"),
        ("FAIL", "TIMEOUT", "failed", "timeout"),
        ("FAIL", "BUSY", "failed", "busy"),
        ("FAIL", "INVALID", "failed", "invalid_device"),
        ("FAIL", "EXCEPTION", "failed", "exception"),
        ("FAIL", "Signal dispensing happened error.", "failed", "signal_error"),
        ("FAIL", "Something new", "failed", "other"),
        ("FAIL", None, "failed", "other"),
        ("PAUSED", None, "unknown", None),
        (None, "BUSY", "unknown", None),
    ],
)
@pytest.mark.parametrize(
    "kind", ["battery_mode", "battery_parameters", "feed_in_limit", "battery_dispatch"]
)
async def test_states(
    client: NorthboundClient,
    cloud: Cloud,
    *,
    kind: str,
    status: str | None,
    message: str | None,
    state: str,
    reason: str | None,
) -> None:
    row = {"plantCode": "NE=1", "status": status, "message": message}
    cloud.answer("task-info", data(row) if kind == "battery_dispatch" else rows(row))

    found = await only_row(client, kind)

    assert (found.plant_code, found.state, found.reason, found.message) == (
        "NE=1",
        state,
        reason,
        message,
    )


async def test_several_plants_share_a_task(
    client: NorthboundClient, cloud: Cloud
) -> None:
    cloud.answer(
        "task-info",
        rows(
            {"plantCode": "NE=1", "status": "RUNNING"},
            {"plantCode": "NE=2", "status": "SUCCESS"},
            {"status": "FAIL"},
            "NE=3",
            **TIMES,
        ),
    )

    task = await client.control.get_task(reference("battery_mode"))

    assert [(row.plant_code, row.state) for row in task.plants] == [
        ("NE=1", "running"),
        ("NE=2", "succeeded"),
    ]
    assert [(row.started, row.ended) for row in task.plants] == [
        (BEGIN, None),
        (BEGIN, END),
    ]
    assert task.of_plant("NE=2") == task.plants[1:]
    assert task.of_plant("NE=3") == ()


async def test_battery_mode_that_was_set(
    client: NorthboundClient, cloud: Cloud
) -> None:
    window = {
        "startTime": "00:30",
        "endTime": "05:00",
        "chargeOrDischarge": "charge",
        "repeat": [1, 7],
    }
    cloud.answer(
        "task-info",
        rows(
            {
                "plantCode": "NE=1",
                "status": "SUCCESS",
                "operationMode": "TOU",
                "redundantPVEnergyPriority": "fedToGridPreference",
                "allowedAcChargePower": 5.0,
                "chargingAndDischargingTimeWindow": [window],
            },
            startTime="2025-01-01T10:02:49+01:00",
            endTime=None,
        ),
    )

    assert await only_row(client, "battery_mode") == PlantTask(
        plant_code="NE=1",
        state="succeeded",
        started=BEGIN,
        battery_mode=BatteryMode(
            plant_code="NE=1",
            mode=OperationMode.TIME_OF_USE,
            grid_charge_power=5000.0,
            surplus_to_battery=False,
            windows=(
                TimeOfUseWindow(
                    start=time(0, 30),
                    end=time(5),
                    direction=Direction.CHARGE,
                    weekdays=frozenset({1, 7}),
                ),
            ),
        ),
    )


async def test_parameters_that_were_set(client: NorthboundClient, cloud: Cloud) -> None:
    parameters = {
        "endOfChargeSoc": 100.0,
        "endOfDischargeSoc": "10",
        "maximumChargePower": 48,
        "maximumDischargePower": None,
    }
    row = {"plantCode": "NE=1", "status": "SUCCESS"}
    cloud.answer("task-info", rows({**row, "batteryConfigurationInfo": parameters}))

    found = await only_row(client, "battery_parameters")

    assert found.parameters == BatteryParameters(
        plant_code="NE=1",
        end_of_charge_soc=100.0,
        end_of_discharge_soc=10.0,
        maximum_charge_power=48.0,
    )


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            {
                "controlMode": "6",
                "controlInfo": {"maxGridFeedInPower": 5.0, "limitationMode": "0"},
            },
            {
                "mode": FeedInLimitMode.LIMITED_POWER,
                "power": 5000.0,
                "single_phase": False,
            },
        ),
        (
            {
                "controlMode": 6,
                "controlInfo": {"maxGridFeedInPower": "-1", "limitationMode": 1},
            },
            {
                "mode": FeedInLimitMode.LIMITED_POWER,
                "power": -1000.0,
                "single_phase": True,
            },
        ),
        ({"controlMode": "6"}, {"mode": FeedInLimitMode.LIMITED_POWER}),
        (
            {"controlMode": "0", "controlInfo": {"maxGridFeedInPower": 5.0}},
            {"mode": FeedInLimitMode.NO_LIMIT},
        ),
        (
            {"controlMode": "7"},
            {"mode": FeedInLimitMode.OTHER, "unknown_mode": "7"},
        ),
        ({}, {"mode": FeedInLimitMode.OTHER}),
    ],
)
async def test_limit_that_was_set(
    client: NorthboundClient,
    cloud: Cloud,
    content: dict[str, Any],
    expected: dict[str, Any],
) -> None:
    cloud.answer("task-info", rows({"plantCode": "NE=1", **content}))

    found = await only_row(client, "feed_in_limit")

    assert found.feed_in_limit == FeedInLimit(plant_code="NE=1", **expected)


async def test_dispatch_that_was_set(client: NorthboundClient, cloud: Cloud) -> None:
    content = {"plantCode": "NE=1", "batteryDn": "NE=39", "dispatchPower": -1500}
    cloud.answer("task-info", data({**content, "status": "SUCCESS"}))

    assert await only_row(client, "battery_dispatch") == PlantTask(
        plant_code="NE=1", state="succeeded", charging_power=-1500.0
    )


CHARGE: Final = {
    "plantCode": "NE=1",
    "sn": "HV22",
    "remoteID": "42",
    "status": 1,
    "chargedCapacity": 1.25,
    "dischargedCapacity": None,
    "message": None,
    "execStartTime": "2025-01-01T10:02:49+01:00",
    "execEndTime": None,
}


async def test_forced_charge(client: NorthboundClient, cloud: Cloud) -> None:
    other = {"plantCode": "NE=1", "sn": "HV23", "remoteID": 43, "status": 0.0, **TIMES}
    cloud.answer(
        "chargeAndDischargeStatus",
        data([CHARGE, {**other, "dischargedCapacity": "2"}, {"status": 0}]),
    )

    task = await client.control.get_task(reference("forced_charge"))

    assert task.of_plant("NE=1") == (
        PlantTask(
            plant_code="NE=1",
            state="running",
            serial="HV22",
            sub_task_id="42",
            started=BEGIN,
            charged_energy=1.25,
        ),
        PlantTask(
            plant_code="NE=1",
            state="succeeded",
            serial="HV23",
            sub_task_id="43",
            started=BEGIN,
            ended=END,
            discharged_energy=2.0,
        ),
    )


async def test_forced_charge_that_is_no_list(
    client: NorthboundClient, cloud: Cloud
) -> None:
    cloud.answer("chargeAndDischargeStatus", data(CHARGE))

    assert (await only_row(client, "forced_charge")).serial == "HV22"


@pytest.mark.parametrize(
    ("status", "message", "state", "reason"),
    [
        (0, None, "succeeded", None),
        (0, "", "succeeded", None),
        (0, "The settings were changed.", "closed", "ended"),
        (1, None, "running", None),
        ("1", "Charging", "running", None),
        (2, None, "failed", "failure"),
        (2, "TIMEOUT", "failed", "timeout"),
        (2, "Why not", "failed", "other"),
        (3, None, "unknown", None),
        (None, None, "unknown", None),
    ],
)
async def test_states_of_forced_charge(
    client: NorthboundClient,
    cloud: Cloud,
    *,
    status: Any,
    message: str | None,
    state: str,
    reason: str | None,
) -> None:
    row = {**CHARGE, "status": status, "message": message}
    cloud.answer("chargeAndDischargeStatus", data([row]))

    found = await only_row(client, "forced_charge")

    assert (found.state, found.reason, found.message) == (
        state,
        reason,
        message or None,
    )


@pytest.mark.parametrize(
    ("told", "energy"),
    [(0, 0.0), (999.9, 999.9), (1000, None), (-1, None), ("N/A", None)],
)
async def test_energy_that_can_be_believed(
    client: NorthboundClient, cloud: Cloud, told: Any, energy: float | None
) -> None:
    row = {**CHARGE, "chargedCapacity": told, "dischargedCapacity": told}
    cloud.answer("chargeAndDischargeStatus", data([row]))

    found = await only_row(client, "forced_charge")

    assert (found.charged_energy, found.discharged_energy) == (energy, energy)


@pytest.mark.parametrize("kind", [*TaskKind])
@pytest.mark.parametrize(
    ("answer", "error", "key"),
    [
        (refusal(20620), RequestRejectedError, "control_task_unknown"),
        (refusal(20050), RequestRejectedError, "control_task_unknown"),
        (refusal(20044), RequestRejectedError, "control_value_invalid"),
        (refusal(401), PermissionDeniedError, "interface_not_granted"),
        (refusal(407), FlowControlError, "call_quota_exhausted"),
        (refusal(20004), TemporaryError, "server_error"),
        (
            recorded("http_400_paramError_pageSize"),
            RequestRejectedError,
            "request_invalid",
        ),
        (Answer(body=b""), InvalidResponseError, "invalid_response"),
    ],
)
async def test_task_that_cannot_be_told(
    client: NorthboundClient,
    cloud: Cloud,
    *,
    kind: TaskKind,
    answer: Answer,
    error: type[NorthboundError],
    key: str,
) -> None:
    cloud.answer("task-info", answer)
    cloud.answer("chargeAndDischargeStatus", answer)

    with pytest.raises(error) as raised:
        await client.control.get_task(reference(kind))

    assert raised.value.failure.key == key
    assert len(cloud.requests) == 1


async def test_no_call_left_to_ask(
    client: NorthboundClient, cloud: Cloud, ledger: Ledger
) -> None:
    await ledger.book(Interface.ACTIVE_POWER_TASK, 100)

    with pytest.raises(DoorClosedError):
        await client.control.get_task(reference("feed_in_limit"))

    assert cloud.requests == []


async def test_task_whose_id_is_no_number(
    client: NorthboundClient, cloud: Cloud
) -> None:
    odd = TaskReference(kind=TaskKind.FORCED_CHARGE, id="R-1")

    await client.control.get_task(odd)

    assert cloud.bodies("chargeAndDischargeStatus") == [{"requestID": "R-1"}]


ANSWERS: Final = {
    "battery_mode": {
        "plantCode": "NE=1",
        "status": "FAIL",
        "message": "BUSY",
        "operationMode": "TOU",
        "chargingAndDischargingTimeWindow": [{"startTime": "00:30", "repeat": [1]}],
    },
    "battery_parameters": {
        "plantCode": "NE=1",
        "status": "SUCCESS",
        "batteryConfigurationInfo": {"endOfChargeSoc": 100.0},
    },
    "feed_in_limit": {
        "plantCode": "NE=1",
        "status": "RUNNING",
        "controlMode": "6",
        "controlInfo": {"maxGridFeedInPower": 5.0, "limitationMode": "0"},
    },
}


@pytest.mark.parametrize("kind", [*ANSWERS, "forced_charge"])
async def test_odd_values_anywhere_in_a_task(
    client: NorthboundClient, cloud: Cloud, clock: StoppedClock, kind: str
) -> None:
    chance = random.Random(kind)
    content = (
        [CHARGE]
        if kind == "forced_charge"
        else {"dispatchResult": [ANSWERS[kind]], **TIMES}
    )
    envelope = {"success": True, "failCode": 0, "message": None, "data": content}
    outcomes = []

    for _ in range(60):
        answer = Answer(body=mutated(envelope, chance))
        cloud.answer("task-info", answer)
        cloud.answer("chargeAndDischargeStatus", answer)
        clock.tick(3600)
        try:
            task = await client.control.get_task(reference(kind))
            outcomes.append([row.plant_code for row in task.plants])
        except FlowControlError as error:
            outcomes.append([error.failure.key])
            clock.now = error.retry_at.timestamp()
        except NorthboundError as error:
            outcomes.append([error.failure.key])

    assert len(outcomes) == 60
    assert "NE=1" in chain.from_iterable(outcomes)


async def test_log_names_neither_plant_nor_device(
    client: NorthboundClient, cloud: Cloud, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    row = {
        "plantCode": "NE=33554875",
        "sn": "HV2200000001",
        "remoteID": 4203991658344402,
        "status": 2,
        "chargedCapacity": 1.25,
        "message": "Plant NE=33554875 of [a, b], HV2200000001 is busy",
        "execStartTime": "2025-01-01T01:00:10+01:00",
        "surprise": ["NE=33554875", {"more": "HV2200000001"}, True, None],
    }
    cloud.answer(
        "chargeAndDischargeStatus",
        Answer(body={"failCode": 0, "message": "of NE=33554875", "data": [row]}),
    )

    await client.control.get_task(reference("forced_charge"))

    (line,) = [text for text in caplog.messages if "code 0" in text]
    assert line == (
        "chargeAndDischargeStatus: code 0, of **, [{'plantCode': '**', 'sn': '**',"
        " 'remoteID': '**', 'status': 2, 'chargedCapacity': 1.25,"
        " 'message': 'Plant ** of **, ** is busy',"
        " 'execStartTime': '2025-01-01T01:00:10+01:00',"
        " 'surprise': ['**', {'more': '**'}, True, None]}]"
    )
    everything = json.dumps(caplog.messages)
    assert "33554875" not in everything
    assert "HV22" not in everything
