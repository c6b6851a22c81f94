"""What the planner is told of an entry, and how its feeds stand."""

from collections.abc import Collection, Iterable, Mapping, Set
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util
from homeassistant.util.json import JsonObjectType

from ..const import DOMAIN
from ..failures import asked_seldom
from ..northbound.auth import Access
from ..northbound.errors import DoorClosedError, FailureKey, NorthboundError
from ..northbound.flow_control import Ledger
from ..northbound.interfaces import OLD_FORMS, Interface, InterfaceClass
from ..northbound.json_types import JsonValue
from ..planner import Feed, LedgerView, Outcome, Plan, Planner, Reason, Turn, Worth
from ..planner.model import BEAT
from ..stored import async_load_stored
from .feeds import PLANT_READINGS, Feeds, type_of
from .rest import RestWatch
from .standing import Standing, standing_of
from .sun import SunWatch

if TYPE_CHECKING:
    from ..coordinator import SmartPVMSConfigEntry, SmartPVMSData


STORAGE_VERSION: Final = 1
SAVE_DELAY: Final = 1.0
# seconds; by so much the clock must be set back for the polls to be planned anew
_SET_BACK: Final = 5.0
# seconds; after which a door is tried again that is said to be open and is not
_DOOR_PAUSE: Final = 5.0
# seconds; between the live feeds of the entries of one Home Assistant
_APART: Final = 1.0
_FARTHEST: Final = 20.0
# seconds; until what is not granted is asked for again
_FIRST_WAIT: Final = 3600.0
_LONGEST_WAIT: Final = 86400.0
_REFUSALS: Final = frozenset(
    {FailureKey.CALL_QUOTA_EXHAUSTED, FailureKey.DAILY_QUOTA_EXHAUSTED}
)


class Planning:
    """The planner of an entry, with what it has to be told, and its state on disk."""

    def __init__(
        self, hass: HomeAssistant, entry: SmartPVMSConfigEntry, ledger: Ledger
    ) -> None:
        """Begin with nothing known; `async_load` has to come before use."""
        self._hass = hass
        self._entry = entry
        self._ledger = ledger
        self._store = _store(hass, entry.entry_id)
        self.learns = ledger.access is Access.OAUTH
        """Whether the phase of the cloud can be seen: an API account may not ask twice."""
        self._sun = SunWatch(hass)
        self._planner = self._planner_of({})
        self._rest: RestWatch | None = None
        self._feeds: Mapping[str, Feed] = {}
        self._turns: Mapping[str, Turn] = {}
        self._doors: dict[str, float] = {}
        self._refused: dict[str, float] = {}
        self._polled: dict[str, float] = {}
        self._tried: dict[str, float] = {}
        self._planned_at = 0.0
        self._dark_since: float | None = None
        self.is_short = False
        """Whether the calls do not even suffice for each quarter of an hour."""

    async def async_load(self) -> None:
        """Go on with what was learned before, with nothing where that is damaged."""
        self._planner = self._planner_of(await async_load_stored(self._store))

    async def async_save(self) -> None:
        """Write down now what is learned."""
        await self._store.async_save(self.learned())

    def save_soon(self) -> None:
        """Write down within a second what is learned."""
        self._store.async_delay_save(self.learned, SAVE_DELAY)

    def plan(self, followed: Collection[str]) -> Plan:
        """Plan the polls of the feeds that are followed."""
        now = now_seconds()
        if now < self._planned_at - _SET_BACK:
            # the clock was set back: what was polled in the future is not gone by
            self._planner = self._planner_of(self._planner.as_dict())
            self._doors.clear()
        self._planned_at = now
        data = self._entry.runtime_data
        sun = self._sun.look(data.plants.data.values())
        feeds = Feeds(data).all(
            idle=self._is_idle(now, dark=sun.dark),
            resting=self._rest_watch(data).resting(dark=sun.dark),
            polled=self._polled,
        )
        self._feeds = {feed.name: feed for feed in feeds if feed.name in followed}
        self._planner.keep_only(self._feeds)
        plan = self._planner.plan(
            list(self._feeds.values()), self._ledger_view(now), now=now, sun=sun
        )
        self._turns = {turn.feed: turn for turn in plan.turns}
        self.is_short = plan.is_short
        return plan

    def observed(
        self, name: str, begun: float, *, changed: bool | None, error: Exception | None
    ) -> None:
        """Take in a poll that began at `begun`, with the failure if it failed.

        `changed` says whether it brought another snapshot, None where nobody can tell.
        """
        self._tried[name] = begun
        if isinstance(error, DoorClosedError):
            # nothing was asked
            opens = error.retry_at.timestamp()
            self._doors[name] = max(opens, now_seconds() + _DOOR_PAUSE)
            return
        self._doors.pop(name, None)
        self._note_refused(name, begun, error)
        self._polled[name] = begun
        outcome = Outcome.ANSWERED if error is None else Outcome.FAILED
        if isinstance(error, NorthboundError) and error.failure.key in _REFUSALS:
            outcome = Outcome.REFUSED
        self._planner.observed(
            name,
            now=begun,
            changed=changed if error is None else None,
            outcome=outcome,
        )
        if self._rest is not None and (type_id := type_of(name)) is not None:
            self._rest.polled(type_id)

    def _note_refused(self, name: str, begun: float, error: Exception | None) -> None:
        """Ask seldom for what only a person can have granted: ever more, up to a day."""
        if asked_seldom(error):
            wait = min(self._refused.get(name, 0.0) * 2 or _FIRST_WAIT, _LONGEST_WAIT)
            self._refused[name] = wait
            self._doors[name] = begun + wait
        elif error is None:
            self._refused.pop(name, None)

    def ask_again(self, interfaces: Collection[Interface]) -> None:
        """Ask again for what was refused, as these interfaces are known to be granted."""
        for name in tuple(self._refused):
            feed = self._feeds.get(name)
            forms = (
                set()
                if feed is None
                else {feed.interface, OLD_FORMS.get(feed.interface)}
            )
            if not forms.isdisjoint(interfaces):
                del self._refused[name]
                self._doors.pop(name, None)

    def holds(self, name: str) -> bool:
        """Return whether the newest snapshot that may be expected is there already."""
        return self._planner.holds(name, now_seconds())

    @property
    def planned(self) -> Set[str]:
        """The names of the feeds that have a turn."""
        return self._turns.keys()

    def interval(self, name: str) -> timedelta | None:
        """Return how far apart the polls of a feed are now, None before it is planned."""
        turn = self._turns.get(name)
        return None if turn is None else timedelta(seconds=turn.interval)

    def live_interval(self, names: Iterable[str]) -> timedelta:
        """Return how far apart the polls are of the live ones among these that are awake.

        It is that of the one polled most seldom, a beat where none is awake.
        """
        intervals = [
            self._turns[name].interval
            for name in names
            if (feed := self._feeds.get(name)) is not None
            and feed.worth is Worth.LIVE
            and not feed.resting
        ]
        return timedelta(seconds=max(intervals, default=BEAT))

    def is_due(self, name: str) -> bool:
        """Return whether a feed is to be polled now."""
        turn = self._turns.get(name)
        return turn is not None and turn.due <= now_seconds()

    def turn(self, name: str) -> Turn | None:
        """Return when a feed is polled next, and why then; None before it is planned."""
        return self._turns.get(name)

    def delay(self, name: str) -> float | None:
        """Return how long after the beat (s) a feed is published, None while unknown."""
        return self._planner.delay(name)

    def learned(self) -> JsonObjectType:
        """Return what was learned of the feeds; there is neither a name nor an id in it."""
        return self._planner.as_dict()

    def shut_out(self) -> list[str]:
        """Return the feeds that a closed door kept from a poll, each once an interval."""
        now = now_seconds()
        missed = [
            turn.feed
            for turn in self._turns.values()
            if turn.reason is Reason.DOOR
            and now >= self._tried.get(turn.feed, now) + turn.interval
        ]
        self._tried |= dict.fromkeys(missed, now)
        return missed

    def standing(self, name: str) -> Standing | None:
        """Return how a feed stands in the beat, None for one that is not polled."""
        turn, feed = self._turns.get(name), self._feeds.get(name)
        if turn is None or feed is None:
            return None
        return standing_of(
            feed,
            turn,
            polled=self._polled.get(name),
            is_late=self._planner.is_late(name),
        )

    def _is_idle(self, now: float, *, dark: bool) -> bool:
        """Return whether the plants have told what came before it got dark."""
        if not dark:
            self._dark_since = None
            return False
        if self._dark_since is None:
            self._dark_since = now
        return self._polled.get(PLANT_READINGS, 0.0) > self._dark_since

    def _rest_watch(self, data: SmartPVMSData) -> RestWatch:
        if self._rest is None:
            self._rest = RestWatch(data)
        return self._rest

    def _ledger_view(self, now: float) -> LedgerView:
        doors = {name: until for name, until in self._doors.items() if until > now}
        for feed in self._feeds.values():
            opens = self._ledger.retry_at(feed.interface, feed.calls)
            if opens is not None:
                doors[feed.name] = max(doors.get(feed.name, 0.0), opens.timestamp())
        sharers = sum(
            entry.runtime_data.account.ledger is self._ledger
            for entry in self._hass.config_entries.async_loaded_entries(DOMAIN)
        )
        return LedgerView(
            limit=self._ledger.limit(InterfaceClass.BASIC),
            booked=self._ledger.booked(InterfaceClass.BASIC),
            doors=doors,
            planners=max(sharers, 1),
        )

    def _planner_of(self, state: Mapping[str, JsonValue]) -> Planner:
        entries = self._hass.config_entries.async_entries(DOMAIN)
        place = [entry.entry_id for entry in entries].index(self._entry.entry_id)
        apart = min(_APART, _FARTHEST / max(len(entries), 1))
        return Planner(
            state, now=now_seconds(), learns=self.learns, stagger=place * apart
        )


def now_seconds() -> float:
    """Return the seconds since the epoch."""
    return dt_util.utcnow().timestamp()


def _store(hass: HomeAssistant, entry_id: str) -> Store[JsonObjectType]:
    return Store(
        hass, STORAGE_VERSION, f"{DOMAIN}.polling.{entry_id}", atomic_writes=True
    )


async def async_forget_polling(hass: HomeAssistant, entry_id: str) -> None:
    """Delete what was learned for an entry that is removed."""
    await _store(hass, entry_id).async_remove()
