"""Real-time values of plants and devices."""

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import partial
import logging
from typing import TYPE_CHECKING, Final, override

from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.exceptions import (
    OAuth2TokenRequestConnectionError,
    OAuth2TokenRequestError,
)
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util

from ..connection import Connection
from ..failures import as_home_assistant_error, needs_the_owner
from ..northbound.errors import (
    DoorClosedError,
    NorthboundError,
    PermissionDeniedError,
)
from ..northbound.json_types import JsonValue
from ..northbound.models import Device, Reading
from ..northbound.parsing import integer, text
from .base import NorthboundCoordinator
from .lists import DeviceListCoordinator, PlantListCoordinator
from .memory import KnownReadings, memory_of
from .movement import Movement

if TYPE_CHECKING:
    from . import SmartPVMSConfigEntry

_LOGGER = logging.getLogger(__name__)

# the cloud now and then leaves out a device for a poll or two: the third miss counts
BEATS_UNTIL_UNAVAILABLE: Final = 2.5
BEAT: Final = timedelta(minutes=5)
"""How far apart the cloud's snapshots are."""
RESTORED_LIFE: Final = 3 * BEAT
"""How long a value is shown at least that was read before the start."""


class ReadingsCoordinator[KeyT: (str, int)](NorthboundCoordinator[dict[KeyT, Reading]]):
    """Last reported values; a subject that misses a poll or two keeps its last ones."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: SmartPVMSConfigEntry,
        connection: Connection,
        *,
        name: str,
    ) -> None:
        """Start with what was read before; `async_take_up` shows it."""
        super().__init__(
            hass,
            entry,
            connection,
            name=name,
            wish=BEAT,
            empty={},
        )
        self.latest: Mapping[KeyT, Reading] = {}
        """What the last answer told; nothing after a failure."""
        self._movement: Movement[KeyT] = Movement()
        self._refreshed: list[CALLBACK_TYPE] = []
        self._memory = memory_of(hass, entry.entry_id)
        self._known: KnownReadings[KeyT] = KnownReadings.from_json(
            self._memory.recall(self.name), self._subject_of
        )
        self._started = dt_util.utcnow()

    @abstractmethod
    async def _async_fetch_readings(
        self, subjects: list[KeyT]
    ) -> Mapping[KeyT, Reading]:
        """Ask the cloud; may raise `NorthboundError`."""

    @abstractmethod
    def _subjects(self) -> Iterable[KeyT]:
        """Return what the cloud is asked for."""

    @staticmethod
    @abstractmethod
    def _subject_of(stored: JsonValue) -> KeyT | None:
        """Return a subject as it was stored, None where it is damaged."""

    @property
    def asked_lately(self) -> bool:
        """Whether the cloud was asked for all that is read now less than a beat ago."""
        tried = self._known.tried
        return (
            tried is not None
            and dt_util.utcnow() - tried < BEAT
            and self._known.asked.issuperset(self._subjects())
        )

    def read_at(self, subject: KeyT) -> datetime | None:
        """Return when the last reading of a subject came, None where there is none."""
        seen = self._known.seen.get(subject)
        return None if seen is None else seen[1]

    @callback
    def async_take_up(self) -> None:
        """Show what was read before the start and is not too old; nothing is asked."""
        self.data = self._held(self._subjects())
        self._async_refresh_finished()
        self._async_watch_age()

    @callback
    def _async_watch_age(self) -> None:
        """Wait until the first value is too old that is still of before the start."""
        times = [self._known.seen[subject][1] for subject in self.data]
        restored = [read_at for read_at in times if read_at < self._started]
        if restored:
            age = dt_util.utcnow() - min(restored)
            job = HassJob(self._async_drop_old, cancel_on_shutdown=True)
            self.config_entry.async_on_unload(
                async_call_later(self.hass, self._restored_life - age, job)
            )

    @callback
    def _async_drop_old(self, _now: datetime) -> None:
        """Show no longer what has become too old without an answer since the start."""
        held = self._held(self._subjects())
        if held != self.data:
            self.data = held
            self._async_refresh_finished()
            self.async_update_listeners()
        self._async_watch_age()

    @callback
    @override
    def async_miss(self) -> None:
        self.latest = {}
        held = self._held(self._subjects())
        moved = held != self.data
        self.data = held
        self._async_refresh_finished()
        if moved:
            self.async_update_listeners()

    @callback
    def async_on_refreshed(self, refreshed: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call `refreshed` after each try, before all listeners; returns what ends it.

        Listeners hear of changes only, and the time that passes without one counts.
        """
        self._refreshed.append(refreshed)
        return partial(self._refreshed.remove, refreshed)

    @callback
    @override
    def _async_refresh_finished(self) -> None:
        for refreshed in tuple(self._refreshed):
            refreshed()
        super()._async_refresh_finished()

    @property
    def life(self) -> timedelta:
        """How long a subject keeps its last values, as it is polled at present."""
        return self.interval * BEATS_UNTIL_UNAVAILABLE

    @property
    def _restored_life(self) -> timedelta:
        """How long a value of before the start is shown: until it was to be read again.

        What is polled every few hours is not asked at a start soon after its poll.
        """
        return max(RESTORED_LIFE, self.interval + BEAT)

    @override
    async def _async_fetch(self) -> dict[KeyT, Reading]:
        self.latest = {}
        subjects = list(self._subjects())
        try:
            fetched = await self._async_fetch_readings(subjects) if subjects else {}
        except (
            NorthboundError,
            OAuth2TokenRequestError,
            OAuth2TokenRequestConnectionError,
        ) as err:
            if needs_the_owner(err):
                raise
            if not isinstance(err, DoorClosedError):
                self._note_try(subjects, {})
            held = self._held(subjects)
            if not held:
                raise
            _LOGGER.debug("Keep the %s: %s", self.name, err)
            self.keep(err)
            return held
        self.latest = fetched
        self.changed = self._movement.look(self._known.seen, fetched)
        self._note_try(subjects, fetched)
        self._note_refused(subjects)
        return self._held(subjects)

    def _note_try(
        self, subjects: Iterable[KeyT], fetched: Mapping[KeyT, Reading]
    ) -> None:
        """Remember what was asked for and what was told, for the next start too."""
        now = dt_util.utcnow()
        asked = frozenset(subjects)
        kept = {
            subject: seen
            for subject, seen in self._known.seen.items()
            if subject in asked
        }
        told = {subject: (reading, now) for subject, reading in fetched.items()}
        self._known = KnownReadings(tried=now, asked=asked, seen=kept | told)
        self._memory.remember(self.name, self._known)

    def _held(self, subjects: Iterable[KeyT]) -> dict[KeyT, Reading]:
        """Return what was read, just now or not too long ago."""
        seen = self._known.seen
        return {
            subject: seen[subject][0]
            for subject in subjects
            if subject in seen and self._is_shown(seen[subject][1])
        }

    def _is_shown(self, read_at: datetime) -> bool:
        """Return whether a reading that came at this time is not too old to be shown."""
        life = self.life if read_at >= self._started else self._restored_life
        return dt_util.utcnow() - read_at < life

    def _note_refused(self, subjects: Iterable[KeyT]) -> None:
        """Say which of them the cloud refuses while it answers for the others."""
        refused = self.client.refused
        for subject in subjects:
            what = f"{self.name} {subject}"
            failure = refused.get(str(subject))
            self.connection.refusals.note(what, failure, self._title(subject))
            if failure is not None:
                cause = str(as_home_assistant_error(PermissionDeniedError(failure)))
                self.connection.log.failed(
                    what, f"{self._title(subject)}: {cause}", temporary=False
                )
            else:
                self.connection.log.succeeded(what)

    @abstractmethod
    def _title(self, subject: KeyT) -> str:
        """Return the name of a plant or device."""


class PlantReadingsCoordinator(ReadingsCoordinator[str]):
    """Real-time values of the plants, by plant code (getStationRealKpi)."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: SmartPVMSConfigEntry,
        connection: Connection,
        plants: PlantListCoordinator,
    ) -> None:
        """Read the plants of the plant list."""
        super().__init__(hass, entry, connection, name="plant readings")
        self._plants = plants

    @staticmethod
    @override
    def _subject_of(stored: JsonValue) -> str | None:
        return text(stored)

    @override
    def _subjects(self) -> Iterable[str]:
        return self._plants.data

    @override
    async def _async_fetch_readings(self, subjects: list[str]) -> Mapping[str, Reading]:
        return await self.client.get_plant_readings(subjects)

    @override
    def _title(self, subject: str) -> str:
        plant = self._plants.data.get(subject)
        return plant.name if plant else subject


class DeviceReadingsCoordinator(ReadingsCoordinator[int]):
    """Real-time values of the devices of one type, by device id (getDevRealKpi)."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: SmartPVMSConfigEntry,
        connection: Connection,
        devices: DeviceListCoordinator,
        type_id: int,
    ) -> None:
        """Read the devices of this type in the device list."""
        super().__init__(
            hass, entry, connection, name=f"readings of device type {type_id}"
        )
        self._devices = devices
        self.type_id = type_id

    @staticmethod
    @override
    def _subject_of(stored: JsonValue) -> int | None:
        return integer(stored)

    @override
    def _subjects(self) -> Iterable[int]:
        return self._devices.read(self.type_id)

    @override
    async def _async_fetch_readings(self, subjects: list[int]) -> Mapping[int, Reading]:
        return await self.client.get_device_readings(self.type_id, subjects)

    @override
    def _title(self, subject: int) -> str:
        device = self._devices.data.get(subject)
        return device.name if device else str(subject)

    def reading_of(self, device: Device) -> Reading | None:
        """Return the reading of a device, which the cloud may list under another id."""
        current = self._devices.by_key.get(device.key, device)
        return self.data.get(current.id)
