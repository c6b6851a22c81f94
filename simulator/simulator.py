"""The simulated cloud as a whole."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from aiohttp import web

from .access.accounts import Accounts
from .access.oauth import OAuthServer
from .access.owners import default_owners
from .access.quotas import Quotas
from .alarms import Alarms
from .clock import Clock, in_utc
from .faults import World, all_faults
from .journal import RequestRecord
from .plants.catalogue import definitions
from .plants.plant import Plant
from .server import application
from .truth import Truth, truth_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A listening simulator."""

    url: str
    port: int


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
        self.plants = [Plant(one, began, seed) for one in definitions(plant)]
        if len(self.plants) > _MANY_PLANTS:
            self._warm_up(began)
        self.owners = default_owners()
        self.oauth = OAuthServer(self.owners, self.clock.access_now)
        self.accounts = Accounts(self.clock.access_now)
        self.quotas = Quotas(self.clock.access_now)
        self.alarms = Alarms()
        self.faults = all_faults(
            World(plants=self.plants, alarms=self.alarms, now=self.clock.now)
        )
        self.requests: list[RequestRecord] = []

    def _warm_up(self, began: datetime) -> None:
        """Work out the past of many plants now rather than in the first answer."""
        for plant in self.plants:
            plant.state(began)

    def requests_to(self, interface: str) -> list[RequestRecord]:
        """Return the requests to an interface, "getDevRealKpi" for example."""
        return [record for record in self.requests if record.interface == interface]

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
        return {plant.code: truth_of(plant, now) for plant in self.plants}

    @asynccontextmanager
    async def serve(
        self, port: int = 0, host: str = "127.0.0.1"
    ) -> AsyncGenerator[Server]:
        """Listen on a port, 0 for a free one, until the context ends."""
        runner = web.AppRunner(application(self), access_log=None, shutdown_timeout=1)
        await runner.setup()
        try:
            site = web.TCPSite(runner, host, port)
            await site.start()
            number = int(runner.addresses[0][1])
            yield Server(url=f"http://{host}:{number}", port=number)
        finally:
            await runner.cleanup()
