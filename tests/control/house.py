"""A house with the control engine: a simulated cloud, a disk, and a power switch."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
import json
from typing import Any

from aiohttp import (
    ClientSession,
    DummyCookieJar,
    ServerDisconnectedError,
    TraceConfig,
    TraceRequestEndParams,
    TraceRequestStartParams,
)
from yarl import URL

from custom_components.smartpvms.control import (
    Command,
    ControlEngine,
    Live,
    Rules,
    Task,
)
from custom_components.smartpvms.northbound.auth import Access, BearerAuthentication
from custom_components.smartpvms.northbound.client import NorthboundClient
from custom_components.smartpvms.northbound.errors import NorthboundError
from custom_components.smartpvms.northbound.flow_control import Ledger
from custom_components.smartpvms.northbound.interfaces import InterfaceClass
from custom_components.smartpvms.northbound.models import Reading
from simulator import Simulator
from simulator.plants.plant import Plant

START = datetime(2026, 6, 21, 8, 30, tzinfo=UTC)
BATTERY, INVERTER = 39, 38
LIMITED = 513
MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0


class KilledError(BaseException):
    """The process is killed: nothing of it runs any further."""


class NoTokenError(Exception):
    """The owner's authentication has no token."""


@dataclass(slots=True)
class Power:
    """Kills the process at the n-th point from now at which it awaits."""

    points: int | None = None
    passed: list[str] = field(default_factory=list)
    lost_answer: str | None = None
    """A part of a path: the next answer from there does not arrive."""

    left: asyncio.Event = field(default_factory=asyncio.Event)
    watched: str | None = None
    """A part of a path: `left` is set when a request to there is about to leave."""

    def leave(self, path: str) -> None:
        """Let a request leave."""
        self.point("before request")
        if self.watched is not None and self.watched in path:
            self.left.set()

    def arrive(self, path: str) -> None:
        """Let an answer arrive, or not."""
        if self.lost_answer is not None and self.lost_answer in path:
            self.lost_answer = None
            raise ServerDisconnectedError
        self.point("after request")

    def point(self, name: str) -> None:
        """Pass a point at which the process may be killed."""
        self.passed.append(name)
        if self.points is not None:
            self.points -= 1
            if self.points < 0:
                self.points = None
                raise KilledError(name)


@dataclass(slots=True, kw_only=True)
class House:
    """An owner's engine, its disk, and the cloud."""

    simulator: Simulator
    url: URL
    session: ClientSession
    power: Power
    rules: dict[str, Rules] = field(default_factory=dict)
    has_readings: bool = True
    has_token: bool = True
    scope: str | None = None
    stored: str | None = None
    ledger_state: Any = None
    lives: dict[str, Live] = field(default_factory=dict)
    heard: list[Task] = field(default_factory=list)
    client: NorthboundClient = field(init=False)
    engine: ControlEngine = field(init=False)
    _token: tuple[str, float] | None = None

    def __post_init__(self) -> None:
        self.restart()

    @property
    def plant(self) -> Plant:
        return self.simulator.plants[0]

    @property
    def code(self) -> str:
        return self.plant.code

    def now(self) -> float:
        return self.simulator.clock.now().timestamp()

    def restart(self) -> None:
        """Start the process anew from what is on disk."""
        ledger = Ledger(
            Access.OAUTH,
            state=self.ledger_state,
            save=self._save_ledger,
            clock=self.now,
        )
        authentication = BearerAuthentication(self._get_token, self._renew)
        self.client = NorthboundClient(
            self.session, self.url, authentication, ledger, timeout=3, clock=self.now
        )
        self.engine = ControlEngine(
            self.client,
            save=self._save,
            clock=self.now,
            live=self.lives.get,
            rules=lambda code: self.rules.get(code, Rules()),
            state=None if self.stored is None else json.loads(self.stored),
            login_errors=(NoTokenError,),
        )
        self.engine.listen(self.heard.append)

    async def ask(self, *commands: Command, **options: Any) -> list[Task]:
        return await self.engine.request(commands, **options)

    async def ask_one(self, command: Command, **options: Any) -> Task:
        return (await self.ask(command, **options))[0]

    def task(self, task: Task) -> Task:
        """Return how far a task is now."""
        found = {each.id: each for each in self.engine.tasks(task.plant_code)}
        return found[task.id]

    async def pass_time(self, seconds: float) -> None:
        """Let time pass, with a step whenever one is due, and readings every 5 min."""
        end = self.now() + seconds
        while (now := self.now()) < end:
            due = self.engine.next_due()
            beat = (now // 300 + 1) * 300 if self.has_readings else end
            # a step that is due again at once waits for the next second
            when = max(now + 1, due if due is not None else end)
            self.tick(min(when, beat, end) - now)
            if self.has_readings and self.now() % 300 == 0:
                await self.read()
            await self.engine.step()

    def tick(self, seconds: float) -> None:
        self.simulator.clock.step(timedelta(seconds=seconds))

    async def read(self) -> None:
        """Read the batteries and inverters as Home Assistant does every five minutes."""
        try:
            await self._read()
        except NorthboundError:
            return

    async def _read(self) -> None:
        devices: dict[int, dict[str, int]] = {BATTERY: {}, INVERTER: {}}
        for plant in self.simulator.plants:
            for device in plant.devices:
                if device.type_id in devices:
                    devices[device.type_id].setdefault(plant.code, device.id)
        told: dict[int, dict[int, Reading]] = {}
        for type_id, by_plant in devices.items():
            told[type_id] = (
                await self.client.get_device_readings(type_id, by_plant.values())
                if by_plant
                else {}
            )
        for plant in self.simulator.plants:
            battery = told[BATTERY].get(devices[BATTERY].get(plant.code, 0), Reading())
            inverter = told[INVERTER].get(
                devices[INVERTER].get(plant.code, 0), Reading()
            )
            self.lives[plant.code] = live_of(battery, inverter, self.now())

    def engine_calls_left(self) -> int:
        """Return how many control calls fit by our own count."""
        return self.client.ledger.remaining(InterfaceClass.CONTROL)

    def requests(self, part: str) -> list[Any]:
        """Return the requests whose interface contains a word."""
        return [one for one in self.simulator.requests if part in one.interface]

    def control_calls(self) -> int:
        """Return how many control calls the cloud has taken."""
        return len([one for one in self.simulator.requests if is_control(one.path)])

    def deliveries(self) -> list[Any]:
        """Return the requests that tell a plant something."""
        return [
            one
            for one in self.simulator.requests
            if "async-task" in one.path or one.path.endswith("/chargeAndDischarge")
        ]

    def owner_changes(self, **settings: Any) -> None:
        """Change settings in the app, at the same instant."""
        steering = self.plant.steering
        steering.advance()
        steering.change(self.simulator.clock.now(), **settings)

    @property
    def mode(self) -> str:
        self.plant.steering.advance()
        return self.plant.settings.operation_mode

    @property
    def limit(self) -> tuple[str, float]:
        self.plant.steering.advance()
        settings = self.plant.settings
        watts = settings.feed_in_limit * 1000
        return settings.control_mode, watts

    async def _save(self, state: Any) -> None:
        text = json.dumps(state)
        self.power.point("before save")
        self.stored = text
        self.power.point("after save")

    async def _save_ledger(self, state: Any) -> None:
        self.power.point("before ledger")
        self.ledger_state = json.loads(json.dumps(state))

    async def _get_token(self) -> str:
        if not self.has_token:
            raise NoTokenError
        if self._token is None or self._token[1] <= self.now():
            scope = {} if self.scope is None else {"scope": self.scope}
            grant = self.simulator.oauth.grant(**scope)
            self._token = str(grant["access_token"]), self.now() + 3000
        return self._token[0]

    async def _renew(self, rejected: str) -> None:
        self._token = None


def is_control(path: str) -> bool:
    return "/control/" in path or "/vpp/" in path


def live_of(battery: Reading, inverter: Reading, now: float) -> Live:
    """Return what Home Assistant's last readings say."""
    values = battery.values
    model = values.get("ch_discharge_model")
    state = inverter.values.get("inverter_state")
    return Live(
        read_at=now,
        model=None if model is None else int(model),
        charging_power=values.get("ch_discharge_power"),
        soc=values.get("battery_soc"),
        charged=values.get("total_charged_energy"),
        discharged=values.get("total_discharged_energy"),
        is_limited=None if state is None else state == LIMITED,
    )


@asynccontextmanager
async def serve_house(simulator: Simulator, **options: Any) -> AsyncIterator[House]:
    """Serve a simulated cloud, and an engine that speaks with it."""
    power = Power()
    trace = TraceConfig()

    async def leave(_: Any, __: Any, request: TraceRequestStartParams) -> None:
        power.leave(request.url.path)

    async def arrive(_: Any, __: Any, answer: TraceRequestEndParams) -> None:
        power.arrive(answer.url.path)

    trace.on_request_start.append(leave)
    trace.on_request_end.append(arrive)
    async with (
        simulator.serve(port=0) as server,
        ClientSession(cookie_jar=DummyCookieJar(), trace_configs=[trace]) as session,
    ):
        yield House(
            simulator=simulator,
            url=URL(server.url),
            session=session,
            power=power,
            **options,
        )


def names(tasks: Iterable[Task]) -> list[str]:
    """Return family and state of tasks, to compare."""
    return [f"{task.family} {task.state}" for task in tasks]
