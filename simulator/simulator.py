"""The simulated cloud as a whole."""

from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from aiohttp import web

from .access.accounts import Accounts
from .access.oauth import OAuthServer
from .access.owners import default_owners
from .access.quotas import Quotas
from .alarms import Alarms
from .clock import Clock, in_utc
from .control.control import Control
from .faults import ControlSwitches, World, all_faults
from .journal import RequestRecord
from .listening import Server, listening
from .plants.catalogue import definitions
from .plants.definitions import PlantDefinition
from .plants.growth import another, install
from .plants.plant import Device, Plant
from .server import application
from .truth import Truth, truth_of

_MANY_PLANTS = 10


class Simulator:
    """A SmartPVMS cloud with plants, owners, clients and accounts."""

    def __init__(
        self,
        *,
        plant: str = "home",
        start: datetime | None = None,
        speed: float = 0,
        seed: int = 1,
    ) -> None:
        """Build the plants of a comma separated list; see Clock for start and speed.

        Raises ValueError for an unknown plant, a naive start or a negative speed.
        """
        self.clock = Clock(start, speed)
        began = self.clock.now()
        self._seed = seed
        self.plants = [self._plant(one, began) for one in definitions(plant)]
        self._kinds = Counter(one.definition.kind for one in self.plants)
        if len(self.plants) > _MANY_PLANTS:
            self._warm_up(began)
        self.owners = default_owners()
        self.oauth = OAuthServer(self.owners, self.clock.access_now)
        self.accounts = Accounts(self.clock.access_now)
        self.quotas = Quotas(self.clock.access_now)
        self.alarms = Alarms(self.plants)
        self.faults = all_faults(
            World(plants=self.plants, alarms=self.alarms, now=self.clock.now)
        )
        switches = ControlSwitches(self.faults)
        self.control = Control(seed, switches, self.clock.now)
        self.requests: list[RequestRecord] = []
        self.held: list[web.Request] = []
        """Requests whose answer hangs."""

    def _plant(self, definition: PlantDefinition, start: datetime) -> Plant:
        return Plant(definition, start, self._seed, self.clock.now)

    def _warm_up(self, began: datetime) -> None:
        """Work out the past of many plants now rather than in the first answer."""
        for plant in self.plants:
            plant.state(began)

    @property
    def hanging(self) -> int:
        """How many callers wait for an answer that hangs."""
        return sum(
            request.transport is not None and not request.transport.is_closing()
            for request in self.held
        )

    def requests_to(self, interface: str) -> list[RequestRecord]:
        """Return the requests to an interface, "getDevRealKpi" for example."""
        return [record for record in self.requests if record.interface == interface]

    def add_device(self, plant: Plant | str, type_id: int) -> Device:
        """Install a device in a plant (or plant code); see growth.install.

        Raises LookupError for an unknown plant, ValueError where it cannot be.
        """
        return install(self._find(plant), type_id, self.clock.now())

    def remove_device(self, dn: str) -> Device:
        """Take a device out of its plant's list; appending it brings it back.

        The physical model goes on with it. Raises LookupError for an unknown one.
        """
        for plant in self.plants:
            for device in plant.devices:
                if device.dn == dn:
                    plant.devices.remove(device)
                    return device
        raise LookupError(f"no device {dn}")

    def add_plant(self, name: str) -> Plant:
        """Connect a further plant, named as for `plant`; it can be one more like it.

        Raises ValueError for an unknown name and for fleets.
        """
        found = definitions(name)
        if len(found) > 1:
            raise ValueError("one plant at a time")
        definition = found[0]
        kind = definition.kind
        if kind in self._kinds:
            definition = another(definition, self._kinds[kind])
        self._kinds[kind] += 1
        plant = self._plant(definition, self.clock.now())
        plant.alarms.spontaneous = any(one.alarms.spontaneous for one in self.plants)
        self.plants.append(plant)
        return plant

    def remove_plant(self, code: str) -> Plant:
        """Take a plant out of the cloud. Raises LookupError for an unknown one."""
        plant = self._find(code)
        self.plants.remove(plant)
        return plant

    def _find(self, plant: Plant | str) -> Plant:
        if isinstance(plant, Plant):
            return plant
        for one in self.plants:
            if one.code == plant:
                return one
        raise LookupError(f"no plant {plant}")

    def set_clock(self, instant: datetime) -> None:
        """Set the plant clock, also backwards.

        Raises ValueError before the connection of a plant or without a zone.
        """
        first = max(plant.history.first_instant for plant in self.plants)
        if in_utc(instant) < first + timedelta(days=1):
            raise ValueError(f"nothing is known before {first + timedelta(days=1)}")
        self.clock.set(instant)

    def truth(self) -> dict[str, Truth]:
        """Return what is physically so, for each plant code; see the truth module."""
        now = self.clock.now()
        return {
            plant.code: truth_of(plant, now, self.control.running(plant))
            for plant in self.plants
        }

    @asynccontextmanager
    async def serve(
        self, port: int = 0, host: str = "127.0.0.1"
    ) -> AsyncGenerator[Server]:
        """Listen on a port, 0 for a free one, until the context ends."""
        async with listening(application(self), port, host) as server:
            yield server
