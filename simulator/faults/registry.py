"""The switches: which misbehaviours exist and which are on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from ..alarms import Alarms
from ..answers import Answer
from ..endpoints.call import Call
from ..plants.plant import Plant
from ..types import Json
from .mutation import Mutation

type Parameters = Mapping[str, Json]

BUSINESS = "business"
"""Every interface of the API host, log-in and log-out included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What a switch can change when it is turned."""

    plants: list[Plant]
    alarms: Alarms
    now: Callable[[], datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A misbehaviour, at the stage at which it interferes.

    `canned` answers before anything is looked at, on `interfaces` unless the
    parameter `interface` names others; `refusal` answers after the caller is
    known; `prepare` changes the question and `mutate` a successful answer; `turn_on` and `turn_off`
    change the simulated world. One without any is asked for by its name.
    """

    name: str
    description: str
    interfaces: frozenset[str] = frozenset({BUSINESS})
    canned: Callable[[Parameters], Answer] | None = None
    refusal: Callable[[Call, Parameters], Answer | None] | None = None
    prepare: Callable[[Call, Parameters], Call] | None = None
    mutate: Callable[[Mutation], None] | None = None
    turn_on: Callable[[World, Parameters], None] | None = None
    turn_off: Callable[[World], None] | None = None


class Faults:
    """Switches by name; `catalogue` tells what each of them does.

    Every switch takes `interface` (a name or a list of names, such as
    "getDevRealKpi" or "token") to limit it, and `times`, after which it
    turns itself off. Further parameters stand in the descriptions.
    """

    def __init__(self, faults: tuple[Fault, ...], world: World) -> None:
        """Begin with a cloud that behaves."""
        self._faults = {fault.name: fault for fault in faults}
        self._world = world
        self.catalogue = {fault.name: fault.description for fault in faults}
        self.enabled: dict[str, dict[str, Json]] = {}
        self._since: dict[str, datetime] = {}

    def enable(self, name: str, **parameters: Json) -> None:
        """Switch a misbehaviour on. Raises KeyError for an unknown name."""
        fault = self._faults[name]
        self.disable(name)
        if fault.turn_on is not None:
            fault.turn_on(self._world, parameters)
        self.enabled[name] = parameters
        self._since[name] = self._world.now()

    def disable(self, name: str) -> None:
        """Switch a misbehaviour off. Raises KeyError for an unknown name."""
        fault = self._faults[name]
        if self.enabled.pop(name, None) is not None and fault.turn_off is not None:
            fault.turn_off(self._world)

    def clear(self) -> None:
        """Switch everything off."""
        for name in list(self.enabled):
            self.disable(name)

    def take(self, name: str, interface: str) -> Parameters | None:
        """Return the parameters of a switch that is on for an interface.

        Counts down `times`.
        """
        parameters = self.enabled.get(name)
        if parameters is None or not self._concerns(name, parameters, interface):
            return None
        times = parameters.get("times")
        if isinstance(times, int):
            if times > 1:
                parameters["times"] = times - 1
            else:
                self.disable(name)
        return parameters

    def canned(self, interface: str) -> Answer | None:
        """Return the answer of the first switch that answers instead of the cloud."""
        for name in list(self.enabled):
            canned = self._faults[name].canned
            if canned is not None:
                parameters = self.take(name, interface)
                if parameters is not None:
                    return canned(parameters)
        return None

    def refusal(self, call: Call) -> Answer | None:
        """Return the answer of the first switch that refuses this call."""
        for name in list(self.enabled):
            refusal = self._faults[name].refusal
            if refusal is not None:
                answer = refusal(call, self.enabled[name])
                if answer is not None and self.take(name, call.interface) is not None:
                    return answer
        return None

    def prepare(self, call: Call) -> Call:
        """Let every switch that is on change the question."""
        for name in list(self.enabled):
            prepare = self._faults[name].prepare
            if prepare is not None:
                parameters = self.take(name, call.interface)
                if parameters is not None:
                    call = prepare(call, parameters)
        return call

    def mutate(self, call: Call, body: dict[str, Json]) -> None:
        """Let every switch that is on change a successful answer."""
        for name in list(self.enabled):
            mutate = self._faults[name].mutate
            if mutate is None:
                continue
            since = self._since[name]
            parameters = self.take(name, call.interface)
            if parameters is not None:
                mutate(
                    Mutation(call=call, body=body, parameters=parameters, since=since)
                )

    def _concerns(self, name: str, parameters: Parameters, interface: str) -> bool:
        wanted = parameters.get("interface")
        if isinstance(wanted, str):
            return interface == wanted
        if isinstance(wanted, list):
            return interface in wanted
        allowed = self._faults[name].interfaces
        return interface in allowed or (
            BUSINESS in allowed and interface not in OAUTH_INTERFACES
        )


OAUTH_INTERFACES = frozenset({"authorize", "login-page", "token", "revoke-token"})
