"""Each action that controls, as a user gives it, and what has to be so before."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from .house import House

_DELIVERIES: Final = {
    "mode": "control/battery/mode/async-task",
    "parameters": "control/battery/configuration/async-task",
    "limit": "control/active-power-control/async-task",
    "charge": "control/charge-and-discharge/async-task",
    "dispatch": "control/battery/battery-dispatch/async-task",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An action with its fields; `kind` is what the simulator calls such a task."""

    action: str
    kind: str
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def delivery(self) -> str:
        """The interface that takes it."""
        return _DELIVERIES[self.kind]


CASES: Final = (
    Case(
        action="set_battery_mode",
        kind="mode",
        data={"mode": "time_of_use", "windows": "00:00-06:00/+"},
    ),
    Case(
        action="set_battery_parameters",
        kind="parameters",
        data={"end_of_discharge_soc": 10},
    ),
    Case(action="forcible_charge", kind="charge", data={"power": 2000, "duration": 30}),
    Case(
        action="forcible_discharge",
        kind="charge",
        data={"power": 2000, "duration": 30},
    ),
    Case(action="stop_forcible_charge", kind="charge"),
    Case(
        action="set_feed_in_limit",
        kind="limit",
        data={"power": 3000, "permanent": True},
    ),
    Case(action="remove_feed_in_limit", kind="limit", data={"unlimited": True}),
    Case(
        action="dispatch_battery",
        kind="dispatch",
        data={"power": 1000, "duration": 200},
    ),
)
IDS: Final = [case.action for case in CASES]
KINDS: Final = tuple({case.kind: case for case in reversed(CASES)}.values())
SETTINGS: Final = tuple(case for case in CASES if case.kind != "charge")


async def prepare(house: House, case: Case) -> None:
    """Bring the plant to where the action has something to do, and forget its calls."""
    if case.action == "dispatch_battery":
        house.change_plant_settings(dispatch=True)
        await house.do("set_battery_mode", mode="third_party_dispatch")
        await house.pass_time(12)
    if case.action == "remove_feed_in_limit":
        await house.do("set_feed_in_limit", power=1000, permanent=True)
        await house.pass_time(12)
    if case.action == "stop_forcible_charge":
        await house.do("forcible_discharge", power=2000, duration=900)
        await house.pass_time(15)
    house.cloud.requests.clear()
