"""The control interfaces: commands are delivered, and tasks are asked how far they are."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
import logging
import secrets
from typing import Final

from ..call_journal import ControlAnswer
from ..calls import Calls
from ..envelope import Answer
from ..errors import (
    Area,
    FailureKey,
    InvalidResponseError,
    NorthboundError,
    UnreachableError,
    WrongServerError,
    error_for,
)
from ..failures import MEMBER_KEYS
from ..flow_control import Booking
from ..interfaces import Interface
from ..json_types import JsonObject, JsonValue
from ..parsing import integer
from .answers import (
    deliveries_from,
    dispatch_from,
    lost_delivery,
    task_from,
    unsent_delivery,
)
from .commands import (
    ChargeCommand,
    DispatchBattery,
    FeedInCommand,
    SetBatteryMode,
    SetBatteryParameters,
)
from .masking import masked
from .results import Delivery, Task, TaskKind, TaskReference
from .values import check_plants

_LOGGER = logging.getLogger(__name__)

_STATUS_INTERFACES: Final = {
    TaskKind.FORCED_CHARGE: Interface.CHARGE_TASK_STATUS,
    TaskKind.BATTERY_MODE: Interface.BATTERY_MODE_TASK_STATUS,
    TaskKind.BATTERY_PARAMETERS: Interface.BATTERY_PARAMETERS_TASK_STATUS,
    TaskKind.FEED_IN_LIMIT: Interface.ACTIVE_POWER_TASK_STATUS,
    TaskKind.BATTERY_DISPATCH: Interface.BATTERY_DISPATCH_TASK_STATUS,
}
# what the cloud says of plants; all else is about who asks
_ABOUT_PLANTS: Final = frozenset({Area.PLANT, Area.CONTROL, Area.REQUEST})
_NO_SUCH_PATH: Final = frozenset({"http:404", "http:405", "http:410"})
# sixteen digits, as the cloud's own
_FIRST_REQUEST: Final = 10**15
_REQUESTS: Final = 2**53 - _FIRST_REQUEST

type _Command = SetBatteryMode | SetBatteryParameters | FeedInCommand | ChargeCommand


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    """A call that is to be made: whom it tells what, and how its answer is read.

    `task` is known before only where we choose its id.
    """

    plant_codes: tuple[str, ...]
    body: JsonObject
    read: Callable[[Answer], tuple[Delivery, ...]]
    task: TaskReference | None = None


class ControlClient:
    """Commands the plants of one owner; made by `NorthboundClient`.

    An owner has 100 calls a day for all of this, tasks asked for included
    (`InterfaceClass.CONTROL`). API accounts are refused by the cloud (401).

    Several plants are told in one call, 10 or 100 at a time, and a plant only once in
    one delivery. The calls of a delivery are booked together. A command is never sent
    twice, except after 305, with which the cloud says that it has not taken it.

    Deliveries raise `NorthboundError` where no plant was told anything:
    `DoorClosedError` and `FlowControlError`, `PermissionDeniedError` where control is
    not granted, `UnreachableError` with `sent` False, and so on. Once a call has gone
    out nothing is raised any more: each plant has its `Delivery`, which is UNKNOWN where
    the cloud's answer is lost. What the owner's authentication raises by itself goes
    through. A delivery that is cancelled leaves open what became of its commands.
    """

    def __init__(self, calls: Calls) -> None:
        """Command by these calls."""
        self._calls = calls
        self._knows_v2 = True

    async def set_battery_modes(
        self, commands: Iterable[SetBatteryMode]
    ) -> tuple[Delivery, ...]:
        """Set battery modes (control/battery/mode, 24.5.0), 10 plants a call."""
        return await self._deliver(
            Interface.BATTERY_MODE_TASK, TaskKind.BATTERY_MODE, commands
        )

    async def set_battery_parameters(
        self, commands: Iterable[SetBatteryParameters]
    ) -> tuple[Delivery, ...]:
        """Limit batteries (control/battery/configuration, 24.5.0), 10 plants a call."""
        return await self._deliver(
            Interface.BATTERY_PARAMETERS_TASK, TaskKind.BATTERY_PARAMETERS, commands
        )

    async def set_feed_in_limits(
        self, commands: Iterable[FeedInCommand]
    ) -> tuple[Delivery, ...]:
        """Limit feed-in or lift limits (active-power-control v2, 24.5.0), 10 a call."""
        return await self._deliver(
            Interface.ACTIVE_POWER_TASK, TaskKind.FEED_IN_LIMIT, commands
        )

    async def force_charge(
        self, commands: Iterable[ChargeCommand]
    ) -> tuple[Delivery, ...]:
        """Start or stop forced charges (charge-and-discharge v2, 24.2.0), 100 a call.

        A server that does not have this interface is commanded in the old form.
        """
        wanted = tuple(commands)
        if self._knows_v2:
            try:
                return await self._deliver(
                    Interface.CHARGE_TASK, TaskKind.FORCED_CHARGE, wanted
                )
            except WrongServerError as error:
                if error.failure.code not in _NO_SUCH_PATH:
                    raise
                _LOGGER.debug("No charge-and-discharge v2; the old form is tried")
        deliveries = await self.force_charge_old(wanted)
        self._knows_v2 = False
        return deliveries

    async def force_charge_old(
        self, commands: Iterable[ChargeCommand]
    ) -> tuple[Delivery, ...]:
        """Start or stop forced charges (chargeAndDischarge, replaced in 24.2.0).

        A call has one set of values for all its plants: commands that differ take a call
        each. The documents of its time are lost, and clients tell its form.
        """
        wanted = tuple(commands)
        check_plants(command.plant_code for command in wanted)
        alike: dict[str, tuple[JsonObject, list[str]]] = {}
        for command in wanted:
            values = command.as_task()
            del values["plantCode"]
            _, codes = alike.setdefault(repr(values), (values, []))
            codes.append(command.plant_code)
        size = Interface.CHARGE_TASK_OLD.batch_size
        calls = [
            _old_charge(values, codes[at : at + size])
            for values, codes in alike.values()
            for at in range(0, len(codes), size)
        ]
        told = {
            delivery.plant_code: delivery
            for delivery in await self._send_all(Interface.CHARGE_TASK_OLD, calls)
        }
        return tuple(told[command.plant_code] for command in wanted)

    async def dispatch_battery(self, command: DispatchBattery) -> Delivery:
        """Hold a battery at a power (battery-dispatch, 24.6.0), one battery a call."""
        interface = Interface.BATTERY_DISPATCH_TASK
        call = _Call(
            plant_codes=(command.plant_code,),
            body=command.as_task(),
            read=lambda answer: (dispatch_from(answer, command.plant_code),),
        )
        return (await self._send_all(interface, [call]))[0]

    async def get_task(self, reference: TaskReference) -> Task:
        """Ask how far a task is, which costs a control call.

        The cloud updates a task about every three minutes. Raises `NorthboundError`;
        `RequestRejectedError` with CONTROL_TASK_UNKNOWN where the cloud does not know
        the task (20050, 20620): it tells only tasks of the same client.
        """
        interface = _STATUS_INTERFACES[reference.kind]
        body: JsonObject = {"taskId": reference.id}
        if reference.kind is TaskKind.FORCED_CHARGE:
            # nearly always a number, which is how the cloud wants it
            number = integer(reference.id)
            body = {"requestID": reference.id if number is None else number}
        async with self._calls.ledger.booking(interface) as booking:
            answer = await self._ask(booking, body)
        if answer.failure is not None:
            raise error_for(answer.failure, interface)
        return task_from(answer.data, reference)

    async def _deliver(
        self, interface: Interface, kind: TaskKind, commands: Iterable[_Command]
    ) -> tuple[Delivery, ...]:
        """Send commands as lists of tasks."""
        wanted = tuple(commands)
        check_plants(command.plant_code for command in wanted)
        size = interface.batch_size
        calls = [
            _task_list(kind, wanted[at : at + size])
            for at in range(0, len(wanted), size)
        ]
        return await self._send_all(interface, calls)

    async def _send_all(
        self, interface: Interface, calls: Sequence[_Call]
    ) -> tuple[Delivery, ...]:
        """Make all calls of a delivery; where one fails, those after it are not made."""
        if not calls:
            return ()
        deliveries: list[Delivery] = []
        async with self._calls.ledger.booking(interface, len(calls)) as booking:
            for at, call in enumerate(calls):
                try:
                    deliveries += await self._send(booking, call)
                except NorthboundError as error:
                    lost = _may_have_arrived(error)
                    if not (deliveries or lost):
                        raise
                    _LOGGER.debug("%s: a delivery is incomplete", error)
                    if lost:
                        deliveries += [
                            lost_delivery(code, error, call.task)
                            for code in call.plant_codes
                        ]
                    deliveries += [
                        unsent_delivery(code, error)
                        for unsent in (calls[at + 1 :] if lost else calls[at:])
                        for code in unsent.plant_codes
                    ]
                    break
        return tuple(deliveries)

    async def _send(self, booking: Booking, call: _Call) -> tuple[Delivery, ...]:
        answer = await self._ask(booking, call.body)
        failure = answer.failure
        if (
            failure is None
            or failure.area in _ABOUT_PLANTS
            or failure.key in MEMBER_KEYS
        ):
            return call.read(answer)
        raise error_for(failure, booking.interface)

    async def _ask(self, booking: Booking, body: JsonObject) -> Answer:
        answer = await self._calls.ask(booking, body)
        told = ControlAnswer(
            at=self._calls.now(),
            interface=booking.interface,
            code=0 if answer.failure is None else answer.failure.code,
            message=masked(answer.message, "message"),
            content=masked(answer.data),
        )
        self._calls.journal.note_control(told)
        _LOGGER.debug(
            "%s: code %s, %s, %s",
            told.interface,
            told.code,
            told.message,
            told.content,
        )
        return answer


def _task_list(kind: TaskKind, commands: Sequence[_Command]) -> _Call:
    codes = tuple(command.plant_code for command in commands)
    tasks: list[JsonValue] = [command.as_task() for command in commands]
    return _Call(
        plant_codes=codes,
        body={"tasks": tasks},
        read=lambda answer: deliveries_from(answer, kind, codes),
    )


def _old_charge(values: JsonObject, codes: Sequence[str]) -> _Call:
    """Return a call in the old form, whose task has an id that the caller chooses."""
    request_id = _FIRST_REQUEST + secrets.randbelow(_REQUESTS)
    task = TaskReference(kind=TaskKind.FORCED_CHARGE, id=str(request_id))
    body: JsonObject = {
        "plantCodes": ",".join(codes),
        "dispatchSwitch": None,
        "controlType": None,
        "targetSOC": None,
        "dispatchTime": None,
        "powerDispatch": None,
        **values,
        "requestID": request_id,
    }
    return _Call(
        plant_codes=tuple(codes),
        body=body,
        read=lambda answer: deliveries_from(answer, task.kind, codes, chosen=task),
        task=task,
    )


def _may_have_arrived(error: NorthboundError) -> bool:
    """Return whether the cloud may have taken a call that has no usable answer."""
    if isinstance(error, UnreachableError):
        return error.sent
    return (
        isinstance(error, InvalidResponseError)
        or error.failure.key is FailureKey.SERVER_ERROR
    )
