"""The control engine of an entry: on disk, on time, and heard by entities and actions."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final

from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.exceptions import OAuth2TokenRequestBaseError
from homeassistant.helpers.event import async_call_later, async_track_point_in_utc_time
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util
from homeassistant.util.json import JsonObjectType

from ..connection import Connection
from ..const import DOMAIN, INVERTER_TYPES
from ..control import (
    Command,
    ControlEngine,
    Family,
    IfBusy,
    Live,
    Origin,
    Task,
    TaskState,
)
from ..coordinator import DeviceReadingsCoordinator, SmartPVMSConfigEntry
from ..discovery import async_follow_readings
from ..northbound.control import Feature
from ..northbound.models import BatteryMode, Device, FeedInLimit, Plant
from ..stored import async_load_stored
from .abilities import BATTERY_TYPES, Abilities, abilities_of, devices_by_plant
from .issues import async_forget_unreturned, async_show_unreturned
from .live import live_of
from .local import LocalNumbers
from .parameters import ParameterChanges
from .permission import refusal, rules_of
from .plans import BatteryPlans, async_forget_plans

STORAGE_VERSION: Final = 1
# seconds; what is due again at once waits so long
_PAUSE: Final = 5.0

type Heard = Callable[[Task], None]


class PlantControl:
    """Controls the plants of an entry.

    Nothing that is under way is cut off: who waits for it may go, and an entry that is
    unloaded waits for it.
    """

    def __init__(
        self, hass: HomeAssistant, entry: SmartPVMSConfigEntry, connection: Connection
    ) -> None:
        """Begin with nothing known; `async_load` has to come before use."""
        self._hass = hass
        self._entry = entry
        self._client = connection.client
        self._store = control_store(hass, entry.entry_id)
        self._engine: ControlEngine | None = None
        self._plans: BatteryPlans | None = None
        self._running: set[asyncio.Task[Any]] = set()
        self._changed: dict[str, list[CALLBACK_TYPE]] = {}
        self._outcomes: dict[str, list[Heard]] = {}
        self._ended: dict[str, Task] = {}
        self._told: set[str] = set()
        self._cancel_timer: CALLBACK_TYPE | None = None
        self._is_stopped = False
        self._indexed: Mapping[int, Device] | None = None
        self._devices: Mapping[str, list[Device]] = {}
        self._abilities: dict[str, Abilities] = {}
        self._seen: dict[str, Plant] = {}
        self.parameters = ParameterChanges(hass, self)
        self.local = LocalNumbers()

    async def async_load(self) -> None:
        """Go on with what was saved; nothing is sent before `async_start`."""
        self._engine = ControlEngine(
            self._client,
            save=self._store.async_save,
            clock=_now,
            live=self._live,
            rules=lambda code: rules_of(self._entry.options, code),
            state=await async_load_stored(self._store),
            login_errors=(OAuth2TokenRequestBaseError,),
        )
        self._engine.listen(self._hear)
        self._plans = BatteryPlans(self._hass, self._entry, self._engine)
        await self._plans.async_load()

    @callback
    def async_start(self) -> None:
        """Give back what is due, and do what is due from now on."""
        self._entry.async_on_unload(self.async_stop)
        async_follow_readings(
            self._entry,
            BATTERY_TYPES | INVERTER_TYPES,
            self._readings_came,
            self._entry.async_on_unload,
        )
        self._after()

    async def async_stop(self) -> None:
        """End what is begun, and begin nothing more."""
        self.parameters.async_send_now()
        self._is_stopped = True
        self._cancel()
        if self._running:
            await asyncio.wait(self._running)

    @property
    def engine(self) -> ControlEngine:
        """The engine; it can be asked at any time, and told by the methods here."""
        if self._engine is None:
            raise RuntimeError("not loaded")
        return self._engine

    @property
    def plans(self) -> BatteryPlans:
        """The plans of the batteries."""
        if self._plans is None:
            raise RuntimeError("not loaded")
        return self._plans

    @property
    def is_allowed(self) -> bool:
        """Whether the user, the owner and the way in allow control."""
        return refusal(self._entry) is None

    def abilities(self, plant_code: str) -> Abilities:
        """Return what can be controlled of a plant; the same until lists change.

        The entities of a plant that is listed no more ask as well, until they are gone.
        """
        data = self._entry.runtime_data
        if self._indexed is not data.devices.data:
            self._indexed = data.devices.data
            self._abilities = {}
            self._devices = devices_by_plant(data.devices.data.values())
        plant = data.plants.data.get(plant_code) or self._seen[plant_code]
        self._seen[plant_code] = plant
        known = self._abilities.get(plant_code)
        if known is None or known.plant is not plant:
            known = abilities_of(plant, self._devices.get(plant_code, ()))
            self._abilities[plant_code] = known
        return known

    def plants_with(self, feature: Feature) -> list[str]:
        """Return the plants that may be controlled and may have a feature."""
        if not self.is_allowed:
            return []
        return [
            code
            for code in self._entry.runtime_data.plants.data
            if self.abilities(code).has(feature)
        ]

    async def async_request(
        self,
        commands: Iterable[Command],
        *,
        if_busy: IfBusy = IfBusy.REPLACE,
        overwrite_unrestorable: bool = False,
        origin: Origin = Origin.USER,
    ) -> list[Task]:
        """Carry out commands, one for each plant, and return how far each is.

        Raises `ControlValueError` as the engine does.
        """
        return await self._async_do(
            self.engine.request(
                tuple(commands),
                if_busy=if_busy,
                overwrite_unrestorable=overwrite_unrestorable,
                origin=origin,
            )
        )

    async def async_take_back(self, plant_code: str, family: Family) -> None:
        """Give back now what was set, as a user asks in a repair."""
        await self._async_do(self.engine.take_back(plant_code, family))

    async def async_observe(self, present: BatteryMode | FeedInLimit) -> None:
        """Take in a mode or limit that was just read."""
        await self._async_do(self.engine.observe(present, _now()))

    def task(self, task: Task) -> Task:
        """Return how far a task is now."""
        found = {each.id: each for each in self.engine.tasks(task.plant_code)}
        return found.get(task.id, task)

    async def async_wait(self, tasks: Sequence[Task], seconds: float) -> Sequence[Task]:
        """Return the tasks when all outcomes are known, or the time is up.

        A forced charge that has started is known.
        """
        done = self._hass.loop.create_future()

        @callback
        def look(_now: datetime | None = None) -> None:
            is_over = all(_is_known(self.task(task)) for task in tasks)
            if (is_over or _now is not None) and not done.done():
                done.set_result(None)

        ends = [
            self.async_listen(code, look)
            for code in {task.plant_code for task in tasks}
        ]
        ends.append(async_call_later(self._hass, seconds, look))
        try:
            look()
            await done
        finally:
            for end in ends:
                end()
        return [self.task(task) for task in tasks]

    @callback
    def async_listen(self, plant_code: str, changed: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call `changed` when something of a plant may have; returns what ends it."""
        listeners = self._changed.setdefault(plant_code, [])
        listeners.append(changed)
        return partial(listeners.remove, changed)

    @callback
    def async_listen_outcomes(self, plant_code: str, heard: Heard) -> CALLBACK_TYPE:
        """Call `heard` with each task of a plant that has ended; returns what ends it."""
        listeners = self._outcomes.setdefault(plant_code, [])
        listeners.append(heard)
        return partial(listeners.remove, heard)

    @callback
    def async_changed(self, plant_code: str) -> None:
        """Tell who listens that something of a plant may have changed."""
        for changed in tuple(self._changed.get(plant_code, ())):
            changed()

    async def _async_do[T](self, doing: Coroutine[Any, Any, T]) -> T:
        """Do something to its end, whatever becomes of who waits for it."""
        return await asyncio.shield(self.async_run(self._async_done(doing)))

    @callback
    def async_run[T](self, doing: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Begin something that is awaited before the entry is unloaded."""
        task = self._hass.async_create_task(doing, f"{DOMAIN} control")
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def _async_done[T](self, doing: Coroutine[Any, Any, T]) -> T:
        try:
            return await doing
        finally:
            self._after()

    @callback
    def _after(self) -> None:
        """Tell what came of it, and wait for what is due next."""
        ended, self._ended = self._ended, {}
        self._told |= ended.keys()
        for task in ended.values():
            for heard in tuple(self._outcomes.get(task.plant_code, ())):
                heard(self.task(task))
        for code in tuple(self._changed):
            self.async_changed(code)
        async_show_unreturned(self._hass, self._entry, self.engine.unreturned)
        self._arm()

    @callback
    def _hear(self, task: Task) -> None:
        if not task.is_open and task.id not in self._told:
            self._ended[task.id] = task
        self.async_changed(task.plant_code)

    @callback
    def _arm(self) -> None:
        self._cancel()
        due = self.engine.next_due()
        if due is None or self._is_stopped:
            return
        self._cancel_timer = async_track_point_in_utc_time(
            self._hass,
            HassJob(self._wake_up, cancel_on_shutdown=True),
            dt_util.utc_from_timestamp(max(due, _now() + _PAUSE)),
        )

    @callback
    def _cancel(self) -> None:
        if self._cancel_timer is not None:
            self._cancel_timer()
            self._cancel_timer = None

    @callback
    def _wake_up(self, _now: datetime) -> None:
        self._cancel_timer = None
        self._step()

    @callback
    def _readings_came(self, _coordinator: DeviceReadingsCoordinator) -> None:
        """Look after what is under way: readings are evidence that costs nothing."""
        if any(
            task.is_under_way
            for code in self._entry.runtime_data.plants.data
            for task in self.engine.tasks(code)
        ):
            self._step()

    @callback
    def _step(self) -> None:
        if not self._is_stopped:
            self._cancel()
            self.async_run(self._async_done(self.engine.step()))

    def _live(self, plant_code: str) -> Live | None:
        return live_of(self._entry, plant_code)


def _is_known(task: Task) -> bool:
    return not task.is_open or task.state is TaskState.RUNNING


def _now() -> float:
    return dt_util.utcnow().timestamp()


def control_store(hass: HomeAssistant, entry_id: str) -> Store[JsonObjectType]:
    """Return where the engine of an entry keeps its state."""
    return Store(
        hass, STORAGE_VERSION, f"{DOMAIN}.control.{entry_id}", atomic_writes=True
    )


async def async_forget_control(hass: HomeAssistant, entry_id: str) -> None:
    """Delete what is known of tasks and settings of an entry that is removed."""
    async_forget_unreturned(hass, entry_id)
    await async_forget_plans(hass, entry_id)
    await control_store(hass, entry_id).async_remove()
