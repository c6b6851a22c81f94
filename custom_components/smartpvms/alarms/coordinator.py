"""Asks the cloud for alarms, and tells who listens what came up and what is over."""

from collections.abc import Callable
from datetime import datetime, timedelta
import logging
from typing import Final, override

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util
from homeassistant.util.json import JsonObjectType

from ..connection import Connection
from ..const import CONF_PLANTS, DOMAIN
from ..coordinator import (
    INTERVAL_MARGIN,
    NorthboundCoordinator,
    PlantListCoordinator,
    SmartPVMSConfigEntry,
)
from ..northbound.auth import Access
from ..northbound.errors import (
    AuthenticationError,
    DoorClosedError,
    FailureKey,
    NorthboundError,
    failure_of,
)
from ..northbound.interfaces import Interface
from ..northbound.models import Alarm
from ..stored import async_load_stored
from .book import RECENT_INTERVAL, AlarmBook, Query
from .languages import ENGLISH, alarm_language
from .records import AlarmEvent

_LOGGER = logging.getLogger(__name__)

STORAGE_VERSION: Final = 1
# a query that fails now and then leaves what is known as it is
LEAST_LIFE: Final = timedelta(hours=3)
QUERIES_UNTIL_UNKNOWN: Final = 2.5

type AlarmListener = Callable[[AlarmEvent], None]


class AlarmCoordinator(NorthboundCoordinator[dict[str, tuple[Alarm, ...]]]):
    """The active alarms by plant code (getAlarmList).

    A plant that the cloud has not answered for lately is not among them. All is on disk,
    so that a restart neither forgets an alarm nor takes it for a new one.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: SmartPVMSConfigEntry,
        connection: Connection,
        plants: PlantListCoordinator,
    ) -> None:
        """Follow the plants of the plant list; `async_load` has to come before use."""
        super().__init__(
            hass,
            entry,
            connection,
            name="alarms",
            wish=RECENT_INTERVAL + INTERVAL_MARGIN,
            empty={},
        )
        self._plants = plants
        self._book = AlarmBook({})
        self._store = _store(hass, entry.entry_id)
        self._only_english = False
        self._recent_is_next = True
        self._listeners_by_plant: dict[str, set[AlarmListener]] = {}

    async def async_load(self) -> None:
        """Go on with what was known before the restart."""
        self._book = AlarmBook(await async_load_stored(self._store))
        self._book.keep_only(self.config_entry.options[CONF_PLANTS])
        self.data = self._current()

    async def async_save(self) -> None:
        """Write all down now."""
        await self._store.async_save(self._book.as_dict())

    def read_until(self, plant_code: str) -> datetime | None:
        """Return until when the plant's alarms are known, None for never."""
        return self._book.read_until(plant_code)

    def known(self, plant_code: str) -> tuple[Alarm, ...]:
        """Return the plant's alarms as they were when the cloud last answered for it."""
        return self._book.active().get(plant_code, ())

    @callback
    def async_listen(self, plant_code: str, listener: AlarmListener) -> CALLBACK_TYPE:
        """Call `listener` once for each alarm of the plant that is raised or cleared."""
        listeners = self._listeners_by_plant.setdefault(plant_code, set())
        listeners.add(listener)

        @callback
        def stop() -> None:
            listeners.discard(listener)

        return stop

    @override
    async def _async_fetch(self) -> dict[str, tuple[Alarm, ...]]:
        try:
            await self._async_ask_what_is_due()
        except AuthenticationError:
            raise
        except NorthboundError as err:
            current = self._current()
            if not current:
                raise
            self.keep(err)
            _LOGGER.debug("Keep the alarms: %s", err.failure.key)
            return current
        return self._current()

    def _current(self) -> dict[str, tuple[Alarm, ...]]:
        """Return the alarms of the plants that the cloud answered for lately."""
        life = max(LEAST_LIFE, self.interval * QUERIES_UNTIL_UNKNOWN)
        since = dt_util.utcnow() - life
        return {
            code: alarms
            for code, alarms in self._book.active().items()
            if (until := self._book.read_until(code)) is not None and until > since
        }

    async def _async_ask_what_is_due(self) -> None:
        """Ask: all for an owner, one question alone for an API account.

        The rest of an API account's take turns with the recent one, as its calls are
        few. Raises `DoorClosedError` before half an hour is over.
        """
        now = dt_util.utcnow()
        plants = self._plants.data.keys()
        recent = self._book.recent(plants, now)
        if self.client.ledger.access is Access.API_ACCOUNT:
            self._check_spacing(now)
            others = self._others(now)
            turn = recent if self._recent_is_next or not others else others[0]
            self._recent_is_next = not turn.recent
            await self._async_ask(turn)
        elif self._book.recent_is_due(plants, now):
            await self._async_ask(recent)
            for query in self._others(now):
                await self._async_ask(query)

    def _others(self, now: datetime) -> list[Query]:
        """Return what is due beside the recent alarms, of plants that are not refused."""
        return self._book.others(self._plants.data.keys() - self.client.refused, now)

    def _check_spacing(self, now: datetime) -> None:
        """Raise where an API account asked less than half an hour ago.

        Its quota may take more, but the cloud was seen to refuse within 15 minutes.
        """
        asked = self._book.asked
        if asked is not None and asked <= now < asked + RECENT_INTERVAL:
            raise DoorClosedError(
                failure_of(FailureKey.CALLS_USED_UP),
                Interface.ALARMS,
                retry_at=asked + RECENT_INTERVAL,
            )

    async def _async_ask(self, query: Query) -> None:
        """Ask, note down what the answer proves, and tell the news."""
        refused = self.client.refused.keys()
        language = alarm_language(self.hass.config.language)
        try:
            alarms = await self.client.get_alarms(
                plant_codes=sorted(query.plant_codes),
                begin=query.window.begin,
                end=query.window.end,
                language=ENGLISH if self._only_english else language,
            )
        except DoorClosedError:
            raise
        except NorthboundError as err:
            # servers before 25.3.0 speak fewer languages
            self._only_english |= err.failure.key is FailureKey.REQUEST_INVALID
            self._note_asked()
            raise
        self._note_asked()
        if self.config_entry.state is not ConfigEntryState.LOADED:
            # those who listen are gone already; what is news now is so after a reload
            return
        answered = query.plant_codes - refused - self.client.left_out
        self._tell(self._book.take(query, answered, alarms, dt_util.utcnow()))

    @callback
    def _note_asked(self) -> None:
        self._book.asked = dt_util.utcnow()
        self._store.async_delay_save(self._book.as_dict)

    @callback
    def _tell(self, events: list[AlarmEvent]) -> None:
        for event in events:
            for listener in list(
                self._listeners_by_plant.get(event.alarm.plant_code, ())
            ):
                listener(event)


def _store(hass: HomeAssistant, entry_id: str) -> Store[JsonObjectType]:
    return Store(
        hass,
        STORAGE_VERSION,
        f"{DOMAIN}.alarms.{entry_id}",
        private=True,
        atomic_writes=True,
    )


async def async_forget_alarms(hass: HomeAssistant, entry_id: str) -> None:
    """Delete what is known of an entry that is removed."""
    await _store(hass, entry_id).async_remove()
