"""Tasks that fail, hang or are not accepted, and controllers out of reach."""

from ..answers import Answer
from ..control.tasks import Ending, Kind, Outcome
from ..endpoints.call import Call
from ..endpoints.configuration import refused
from ..plants.plant import Plant
from .mutation import Mutation
from .registry import Fault, Faults, Parameters, World

_DELIVERIES: dict[Kind, str] = {
    Kind.MODE: "control/battery/mode/async-task",
    Kind.PARAMETERS: "control/battery/configuration/async-task",
    Kind.LIMIT: "control/active-power-control/async-task",
    Kind.DISPATCH: "control/battery/battery-dispatch/async-task",
    Kind.CHARGE: "control/charge-and-discharge/async-task",
}
_OLD_CHARGE = "vpp/chargeAndDischarge"
_STATUS = "vpp/chargeAndDischargeStatus"
_ALL_DELIVERIES = frozenset({*_DELIVERIES.values(), _OLD_CHARGE})
_TEXTS = {
    20609: "The plant networking is not supported.",
    20614: "Device offline, can not set param.",
    20615: "The same task is being executed in the plant.",
    20627: "Third-party dispatch has never been set for the plant.",
    20628: "The battery is not in third-party dispatch mode.",
    20629: "The device in the plant does not support this setting",
    20631: "The plant has no battery device.",
}


def outcome_switch(kind: Kind) -> str:
    """Return the name of the switch for how tasks of a kind end."""
    return f"{kind}_task_outcome"


class ControlSwitches:
    """What the switches say about the next task."""

    def __init__(self, faults: Faults) -> None:
        """Ask these switches."""
        self._faults = faults

    def ending(self, kind: Kind, plant: Plant) -> Ending:
        """Return how the next task of a plant ends."""
        parameters = self._taken(outcome_switch(kind), kind, plant)
        if parameters is None:
            return Ending()
        outcome = Outcome(str(parameters.get("outcome", Outcome.FAILURE)))
        applied = parameters.get("applied", outcome is Outcome.SUCCESS)
        return Ending(outcome=outcome, applied=bool(applied))

    def rejection(self, kind: Kind, plant: Plant) -> str | None:
        """Return why the next task of a plant is not accepted, if it is not."""
        parameters = self._taken("task_rejected", kind, plant)
        if parameters is None:
            return None
        return str(parameters.get("message", "Signal dispensing happened error."))

    def _taken(self, name: str, kind: Kind, plant: Plant) -> Parameters | None:
        parameters = self._faults.enabled.get(name)
        if parameters is None or not _concerns(parameters, plant):
            return None
        return self._faults.take(name, _DELIVERIES[kind])


def _concerns(parameters: Parameters, plant: Plant) -> bool:
    plants = parameters.get("plants")
    return not isinstance(plants, list) or plant.code in plants


def _control_refused(call: Call, parameters: Parameters) -> Answer | None:
    code = parameters.get("code", 20615)
    if call.interface not in _ALL_DELIVERIES or not isinstance(code, int):
        return None
    return refused(code, _TEXTS.get(code, ""))


def _charge_version_2_missing(_: Parameters) -> Answer:
    return Answer(
        status=404,
        content_type="text/html",
        body="<html><body><h1>404 Not Found</h1></body></html>",
    )


def _take_offline(world: World, parameters: Parameters) -> None:
    for plant in world.plants:
        plant.steering.online = not _concerns(parameters, plant)


def _bring_online(world: World) -> None:
    for plant in world.plants:
        plant.steering.online = True


def _old_time_names(mutation: Mutation) -> None:
    for row in mutation.rows():
        row["startTime"] = row.pop("execStartTime")
        row["endTime"] = row.pop("execEndTime")


def _in_watt_hours(mutation: Mutation) -> None:
    for row in mutation.rows():
        for name in ("chargedCapacity", "dischargedCapacity"):
            energy = row[name]
            if isinstance(energy, int | float):
                row[name] = round(energy * 1000, 1)


def _without_capacities(mutation: Mutation) -> None:
    for row in mutation.rows():
        for name in ("chargedCapacity", "dischargedCapacity"):
            if row[name] is None:
                del row[name]


CONTROL = (
    *(
        Fault(
            name=outcome_switch(kind),
            description=f"How {kind} tasks end: `outcome` FAILURE, TIMEOUT, BUSY, "
            "INVALID, EXCEPTION; NO_REPLY (running for 24 hours, then TIMEOUT), HANG "
            "(running for ever); `applied`: the device does it all the same; "
            "`plants`, a list of codes.",
            interfaces=frozenset({interface}),
        )
        for kind, interface in _DELIVERIES.items()
    ),
    Fault(
        name="task_rejected",
        description="Tasks are not accepted; `message`, `plants`.",
        interfaces=_ALL_DELIVERIES,
    ),
    Fault(
        name="control_refused",
        description="Whole requests of control fail with `code` (20615).",
        interfaces=_ALL_DELIVERIES,
        refusal=_control_refused,
    ),
    Fault(
        name="controller_offline",
        description="The cloud reaches no controller; `plants`, a list of codes.",
        turn_on=_take_offline,
        turn_off=_bring_online,
    ),
    Fault(
        name="charge_version_2_missing",
        description="Charging in the present form is answered with HTTP 404, as by "
        "servers before 24.2.",
        interfaces=frozenset({_DELIVERIES[Kind.CHARGE]}),
        canned=_charge_version_2_missing,
    ),
    Fault(
        name="accounts_may_control",
        description="Control is open for API accounts too, once a minute.",
    ),
    Fault(
        name="status_time_names",
        description="The status of charging names its times startTime and endTime.",
        interfaces=frozenset({_STATUS}),
        mutate=_old_time_names,
    ),
    Fault(
        name="status_in_watt_hours",
        description="The status of charging tells energies in Wh, as samples show.",
        interfaces=frozenset({_STATUS}),
        mutate=_in_watt_hours,
    ),
    Fault(
        name="status_without_nulls",
        description="The status of charging leaves out the energy that is null.",
        interfaces=frozenset({_STATUS}),
        mutate=_without_capacities,
    ),
)
"""Switches of control."""
