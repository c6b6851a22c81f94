"""Commands as tests give them."""

from dataclasses import replace
from datetime import time

from custom_components.smartpvms.control import (
    Command,
    Dispatch,
    Forced,
    Origin,
    SetFeedInLimit,
    SetMode,
    SetParameters,
    Task,
    TaskState,
)
from custom_components.smartpvms.control.commands import order_of
from custom_components.smartpvms.northbound.control.commands import (
    DispatchBattery,
    ForceCharge,
    LimitFeedIn,
    SetBatteryMode,
    SetBatteryParameters,
)
from custom_components.smartpvms.northbound.control.results import (
    TaskKind,
    TaskReference,
)
from custom_components.smartpvms.northbound.models import (
    Direction,
    OperationMode,
    TimeOfUseWindow,
)

EVERY_DAY = frozenset(range(1, 8))
NIGHT = TimeOfUseWindow(
    start=time(1), end=time(5), direction=Direction.CHARGE, weekdays=EVERY_DAY
)


def self_consumption(code: str, until: float | None = None) -> SetMode:
    mode = OperationMode.MAXIMUM_SELF_CONSUMPTION
    return SetMode(order=SetBatteryMode(plant_code=code, mode=mode), until=until)


def third_party(code: str, until: float | None = None) -> SetMode:
    mode = OperationMode.THIRD_PARTY_DISPATCH
    return SetMode(order=SetBatteryMode(plant_code=code, mode=mode), until=until)


def time_of_use(
    code: str, until: float | None = None, window: TimeOfUseWindow = NIGHT
) -> SetMode:
    order = SetBatteryMode(
        plant_code=code,
        mode=OperationMode.TIME_OF_USE,
        windows=(window,),
        surplus_to_battery=True,
        grid_charge_power=3000,
    )
    return SetMode(order=order, until=until)


def limit(code: str, power: float, until: float | None = None) -> SetFeedInLimit:
    return SetFeedInLimit(order=LimitFeedIn(plant_code=code, power=power), until=until)


def parameters(code: str, **values: float) -> SetParameters:
    return SetParameters(order=SetBatteryParameters(plant_code=code, **values))


def charge(code: str, minutes: int | None = None, soc: float | None = None) -> Forced:
    return Forced(
        order=ForceCharge(
            plant_code=code,
            direction=Direction.CHARGE,
            power=2000,
            minutes=minutes,
            target_soc=soc,
        )
    )


def discharge(code: str, minutes: int) -> Forced:
    return Forced(
        order=ForceCharge(
            plant_code=code,
            direction=Direction.DISCHARGE,
            power=1500,
            minutes=minutes,
        )
    )


def dispatch(code: str, battery_dn: str, power: int, until: float) -> Dispatch:
    return Dispatch(
        order=DispatchBattery(
            plant_code=code, battery_dn=battery_dn, charging_power=power
        ),
        until=until,
    )


REFERENCE = TaskReference(kind=TaskKind.FORCED_CHARGE, id="1000000000000001")


def task_of(command: Command, **changes: object) -> Task:
    """Return a task that the cloud accepted at 0 s, with changes."""
    task = Task(
        id="task",
        command=command,
        origin=Origin.USER,
        state=TaskState.ACCEPTED,
        requested=0.0,
        order=order_of(command),
        reference=REFERENCE,
        sent=0.0,
        accepted=0.0,
    )
    return replace(task, **changes)
