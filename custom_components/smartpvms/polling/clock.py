"""When each coordinator of an entry is refreshed: one timer, set by the plan."""

from collections.abc import Collection, Iterable, Mapping, Set
from datetime import datetime, timedelta
from functools import partial
import logging
from typing import TYPE_CHECKING, Any, Final

from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import (
    CALLBACK_TYPE,
    Event,
    HassJob,
    HomeAssistant,
    callback,
)
from homeassistant.helpers.event import async_track_point_in_utc_time
from homeassistant.util import dt as dt_util
from homeassistant.util.json import JsonObjectType

from ..const import DOMAIN
from ..failures import needs_the_owner
from ..northbound.flow_control import Ledger
from ..northbound.interfaces import Interface
from ..planner import Plan, Reason, Turn
from ..planner.model import BEAT
from ..slices import async_in_slices
from .planning import Planning, now_seconds
from .standing import Standing

if TYPE_CHECKING:
    from ..coordinator import NorthboundCoordinator, SmartPVMSConfigEntry

_LOGGER = logging.getLogger(__name__)

# seconds; what is due so soon is polled in the same wake-up
_TOGETHER: Final = 3.0


class PollingClock:
    """Polls the coordinators of an entry as planned.

    Whoever refreshes a coordinator, the planner is told. What it has learned is on disk
    before the next wait begins.
    """

    def __init__(
        self, hass: HomeAssistant, entry: SmartPVMSConfigEntry, ledger: Ledger
    ) -> None:
        """Begin with nothing to poll; `async_load` has to come before use."""
        self._hass = hass
        self._entry = entry
        self._planning = Planning(hass, entry, ledger)
        self._coordinators: dict[str, NorthboundCoordinator[Any]] = {}
        self._told: set[str] = set()
        self._listeners: list[CALLBACK_TYPE] = []
        self._cancel_timer: CALLBACK_TYPE | None = None
        self._is_started = False
        self._runs = False
        self._waits_for_owner = False
        self._is_awake = False

    async def async_load(self) -> None:
        """Go on with what was learned before; a set-up that fails has learned too."""
        await self._planning.async_load()
        self._entry.async_on_unload(self._planning.async_save)

    @callback
    def async_follow(self, name: str, coordinator: NorthboundCoordinator[Any]) -> None:
        """Poll a coordinator from now on, under the name of its feed."""
        self._coordinators[name] = coordinator
        coordinator.follow_clock(self, name)

    @callback
    def async_prepare(self) -> None:
        """Plan for the first time, when the entry holds what is to be polled."""
        self._make_plan()

    @callback
    def async_start(self) -> None:
        """Poll from now on until the entry is unloaded."""
        self._entry.async_on_unload(self.async_stop)
        # the set-up may have polled, and a crash must not make the next one poll again
        self._planning.save_soon()
        self._entry.async_on_unload(
            self._hass.bus.async_listen(EVENT_HOMEASSISTANT_STOP, self._async_stopping)
        )
        self._is_started = True
        self._runs = not self._entry.pref_disable_polling
        self._told.clear()
        self._wake_or_wait()

    @callback
    def async_stop(self) -> None:
        """Poll no more."""
        self._is_started = self._runs = False
        self._cancel()

    @callback
    def _async_stopping(self, _: Event) -> None:
        self.async_stop()

    @callback
    def async_look_again(self) -> None:
        """Plan anew, as there is something else to poll."""
        if self._is_started and not self._is_awake:
            self._wake_or_wait()

    @callback
    def async_ask_again(self, granted: Iterable[Interface]) -> None:
        """Poll soon what was refused, as these interfaces are known to be granted."""
        self._planning.ask_again(set(granted))
        self.async_look_again()

    @callback
    def async_listen(self, planned: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call `planned` after each plan that is waited for; returns what ends it."""
        self._listeners.append(planned)
        return partial(self._listeners.remove, planned)

    @property
    def feeds(self) -> Collection[str]:
        """The names of the feeds that are polled."""
        return self._coordinators.keys()

    @property
    def coordinators(self) -> Mapping[str, NorthboundCoordinator[Any]]:
        """What is polled, by the name of its feed."""
        return self._coordinators

    @property
    def planned(self) -> Set[str]:
        """The names of the feeds that have a turn."""
        return self._planning.planned

    @property
    def is_short(self) -> bool:
        """Whether the calls do not even suffice for each quarter of an hour."""
        return self._planning.is_short

    def interval(self, name: str) -> timedelta | None:
        """Return how far apart the polls of a feed are now, None before it is planned."""
        return self._planning.interval(name)

    def live_interval(self, names: Iterable[str]) -> timedelta:
        """Return how far apart the polls of these are, as far as they are live and awake."""
        return self._planning.live_interval(names)

    def standing(self, name: str) -> Standing | None:
        """Return how a feed stands in the beat, None for one that is not polled."""
        return self._planning.standing(name)

    def holds(self, name: str) -> bool:
        """Return whether the newest snapshot that may be expected is there already."""
        return self._planning.holds(name)

    def turn(self, name: str) -> Turn | None:
        """Return when a feed is polled next, and why then; None before it is planned."""
        return self._planning.turn(name)

    def delay(self, name: str) -> float | None:
        """Return how long after the beat (s) a feed is published, None while unknown."""
        return self._planning.delay(name)

    def learned(self) -> JsonObjectType:
        """Return what was learned of the feeds; there is neither a name nor an id in it."""
        return self._planning.learned()

    def is_due(self, name: str) -> bool:
        """Return whether a feed is to be polled now."""
        return self._planning.is_due(name)

    @callback
    def polled(
        self,
        name: str,
        begun: float,
        *,
        changed: bool | None = None,
        error: Exception | None = None,
    ) -> None:
        """Take in a poll of a feed; see `Planning.observed`."""
        self._planning.observed(name, begun, changed=changed, error=error)
        if error is None:
            self._waits_for_owner = False
        elif needs_the_owner(error):
            _LOGGER.debug("No more polls before the owner has acted")
            self._waits_for_owner = True

    @callback
    def refreshed(self, name: str) -> None:
        """Take in that a coordinator shows what came of a poll."""
        self._told.add(name)
        if self._is_started and not self._is_awake:
            self._planning.save_soon()
            self._make_plan()
            self._entry.async_create_background_task(
                self._hass, self._async_advance(), f"{DOMAIN} cycles"
            )
            self._arm()

    def _make_plan(self) -> Plan:
        plan = self._planning.plan(self._coordinators.keys())
        for turn in plan.turns:
            self._coordinators[turn.feed].interval = timedelta(seconds=turn.interval)
        return plan

    async def _async_advance(self) -> None:
        """Let the plants' energies know what has been told."""
        told, self._told = self._told, set()
        if told:
            energy = self._entry.runtime_data.energy
            await async_in_slices(self._hass, energy.advance(told))

    @callback
    def _wake_or_wait(self) -> None:
        """Poll at once what is due, else wait for it."""
        if self._runs and self._due():
            self._cancel()
            self._wake_up()
        else:
            self._arm()

    @callback
    def _arm(self) -> None:
        """Plan, and wait for the first turn."""
        self._cancel()
        plan = self._make_plan()
        for planned in tuple(self._listeners):
            planned()
        if self._runs:
            self._cancel_timer = async_track_point_in_utc_time(
                self._hass,
                HassJob(self._async_wake_up, cancel_on_shutdown=True),
                dt_util.utc_from_timestamp(self._wake_at(plan)),
            )

    def _wake_at(self, plan: Plan) -> float:
        """Return when to wake up, once for all that is due about then."""
        wake = plan.look_again
        if self._waits_for_owner:
            # values grow old while nobody asks
            return now_seconds() + BEAT
        if any(turn.reason is Reason.DOOR for turn in plan.turns):
            # values grow old behind a closed door too
            wake = min(wake, now_seconds() + BEAT)
        if self._planning.learns:
            return wake
        # who asks for the windows of an API account must not be early
        soon = (turn.due for turn in plan.turns if turn.due <= wake + _TOGETHER)
        return max(soon, default=wake)

    @callback
    def _cancel(self) -> None:
        if self._cancel_timer is not None:
            self._cancel_timer()
            self._cancel_timer = None

    @callback
    def _async_wake_up(self, _now: datetime) -> None:
        self._cancel_timer = None
        self._wake_up()

    @callback
    def _wake_up(self) -> None:
        self._is_awake = True
        self._entry.async_create_background_task(
            self._hass, self._async_poll_due(), f"{DOMAIN} polls"
        )

    async def _async_poll_due(self) -> None:
        """Make the polls that are due, and those that fall due meanwhile."""
        try:
            while self._runs and (due := self._due()):
                for name in due:
                    await self._async_poll(name)
                await self._planning.async_save()
                self._make_plan()
                await self._async_advance()
            for name in self._missed():
                self._coordinators[name].async_miss()
            await self._async_advance()
        finally:
            self._is_awake = False
            if self._is_started:
                self._arm()

    def _missed(self) -> Collection[str]:
        """Return what there is no call for."""
        return self.feeds if self._waits_for_owner else self._planning.shut_out()

    def _due(self) -> list[str]:
        if self._waits_for_owner:
            return []
        until = now_seconds() + (_TOGETHER if self._planning.learns else 0.0)
        return [turn.feed for turn in self._make_plan().turns if turn.due <= until]

    async def _async_poll(self, name: str) -> None:
        if self._runs and not self._waits_for_owner:
            await self._coordinators[name].async_refresh()
