"""What is remembered of calls, and that it names nobody."""

from datetime import UTC, datetime

import pytest

from custom_components.smartpvms.northbound.call_journal import (
    CONTROL_ANSWERS,
    CallJournal,
    ControlAnswer,
)
from custom_components.smartpvms.northbound.client import NorthboundClient
from custom_components.smartpvms.northbound.control.commands import StopForcedCharge
from custom_components.smartpvms.northbound.errors import (
    DoorClosedError,
    FailureKey,
    FlowControlError,
    NorthboundError,
    PermissionDeniedError,
    UnreachableError,
)
from custom_components.smartpvms.northbound.interfaces import Interface

from .cloud import Answer, Cloud, StoppedClock, data, refusal


def at(clock: StoppedClock) -> datetime:
    return datetime.fromtimestamp(clock.now, UTC)


async def test_success_after_a_failure(
    client: NorthboundClient, cloud: Cloud, clock: StoppedClock
) -> None:
    cloud.answer("getDevList", refusal(20056), data([]))
    began = at(clock)
    with pytest.raises(PermissionDeniedError):
        await client.get_devices(["NE=1"])
    refused = client.journal.outcomes[Interface.DEVICES]
    assert client.journal.last_success is None
    clock.tick(60)
    await client.get_devices(["NE=2"])
    outcome = client.journal.outcomes[Interface.DEVICES]

    assert refused.failed == began
    assert refused.answered is None
    assert refused.failure is not None
    assert refused.failure.key is FailureKey.OWNER_NOT_AUTHORISED
    assert refused.failure.code == 20056
    assert outcome.answered == at(clock) == client.journal.last_success
    assert outcome.failed == began
    assert outcome.failure is None
    assert outcome.calls == refused.calls + 1


@pytest.mark.parametrize(
    ("answer", "error", "key"),
    [
        (Answer(lost=True), UnreachableError, FailureKey.SERVER_UNREACHABLE),
        (refusal(407), FlowControlError, FailureKey.CALL_QUOTA_EXHAUSTED),
        (refusal(401), NorthboundError, FailureKey.INTERFACE_NOT_GRANTED),
    ],
)
async def test_failures_are_noted(
    client: NorthboundClient,
    cloud: Cloud,
    answer: Answer,
    error: type[NorthboundError],
    key: FailureKey,
) -> None:
    cloud.answer("getStationRealKpi", answer)

    with pytest.raises(error):
        await client.get_plant_readings(["NE=1"])

    outcome = client.journal.outcomes[Interface.PLANT_READINGS]
    assert outcome.failure is not None
    assert outcome.failure.key is key
    assert outcome.calls == 1


async def test_closed_door_is_no_call(client: NorthboundClient, cloud: Cloud) -> None:
    cloud.answer("getStationRealKpi", refusal(407))
    with pytest.raises(FlowControlError):
        await client.get_plant_readings(["NE=1"])

    with pytest.raises(DoorClosedError):
        await client.get_plant_readings(["NE=1"])

    assert client.journal.outcomes[Interface.PLANT_READINGS].calls == 1


async def test_no_data_is_a_success(client: NorthboundClient, cloud: Cloud) -> None:
    cloud.answer("getDevRealKpi", refusal(20009))

    assert await client.get_device_readings(38, [1]) == {}

    assert client.journal.outcomes[Interface.DEVICE_READINGS].failure is None


async def test_answer_to_a_command_is_kept_without_names(
    client: NorthboundClient, cloud: Cloud, clock: StoppedClock
) -> None:
    cloud.answer(
        "async-task",
        Answer(
            body={
                "success": False,
                "failCode": 2,
                "message": "NE=33554875 failed",
                "data": {
                    "taskId": 123456789012,
                    "result": [
                        {"plantCode": "NE=33554875", "message": "Device offline"}
                    ],
                },
            }
        ),
    )

    await client.control.force_charge([StopForcedCharge(plant_code="NE=33554875")])

    assert list(client.journal.control_answers) == [
        ControlAnswer(
            at=at(clock),
            interface=Interface.CHARGE_TASK,
            code=2,
            message="** failed",
            content={
                "taskId": "**",
                "result": [{"plantCode": "**", "message": "Device offline"}],
            },
        )
    ]


def test_oldest_answers_are_forgotten() -> None:
    journal = CallJournal()
    for number in range(CONTROL_ANSWERS + 3):
        journal.note_control(
            ControlAnswer(
                at=datetime(2026, 1, 1, tzinfo=UTC),
                interface=Interface.CHARGE_TASK,
                code=number,
                message=None,
                content=None,
            )
        )

    codes = [answer.code for answer in journal.control_answers]
    assert codes == list(range(3, CONTROL_ANSWERS + 3))
