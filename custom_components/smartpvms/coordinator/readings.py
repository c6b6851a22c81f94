"""Real-time values of plants and devices."""

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import partial
import logging
from typing import TYPE_CHECKING, Any, Final, override

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import (
    OAuth2TokenRequestConnectionError,
    OAuth2TokenRequestError,
    OAuth2TokenRequestReauthError,
)
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from ..connection import Connection
from ..const import CONF_UPDATE_INTERVAL, DEFAULT_UPDATE_INTERVAL_MINUTES, DOMAIN
from ..failures import as_home_assistant_error
from ..northbound.errors import (
    AuthenticationError,
    NorthboundError,
    PermissionDeniedError,
    SessionExpiredError,
)
from ..northbound.models import Device, Reading
from .base import INTERVAL_MARGIN, NorthboundCoordinator
from .lists import DeviceListCoordinator, PlantListCoordinator

if TYPE_CHECKING:
    from . import SmartPVMSConfigEntry

_LOGGER = logging.getLogger(__name__)

# the cloud now and then leaves out a device for a poll or two: the third miss counts
BEATS_UNTIL_UNAVAILABLE: Final = 2.5

type Seen[KeyT] = dict[KeyT, tuple[Reading, datetime]]

# what was read last outlives a reload: an API account may not ask again so soon
_SEEN: HassKey[dict[tuple[str, str], Seen[Any]]] = HassKey(f"{DOMAIN}_seen_readings")


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
        """Start with what was read before a reload."""
        minutes = entry.options.get(
            CONF_UPDATE_INTERVAL, DEFAULT_UPDATE_INTERVAL_MINUTES
        )
        super().__init__(
            hass,
            entry,
            connection,
            name=name,
            update_interval=timedelta(minutes=minutes) + INTERVAL_MARGIN,
            empty={},
        )
        self.life = timedelta(minutes=minutes) * BEATS_UNTIL_UNAVAILABLE
        """How long a subject keeps its last values."""
        self.latest: Mapping[KeyT, Reading] = {}
        """What the last answer told; nothing after a failure."""
        self._refreshed: list[CALLBACK_TYPE] = []
        self._seen: Seen[KeyT] = hass.data.setdefault(_SEEN, {}).setdefault(
            (entry.entry_id, name), {}
        )

    @abstractmethod
    async def _async_fetch_readings(
        self, subjects: list[KeyT]
    ) -> Mapping[KeyT, Reading]:
        """Ask the cloud; may raise `NorthboundError`."""

    @abstractmethod
    def _subjects(self) -> Iterable[KeyT]:
        """Return what the cloud is asked for."""

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
            held = {} if _needs_the_owner(err) else self._held(subjects)
            if not held:
                raise
            _LOGGER.debug("Keep the %s: %s", self.name, err)
            self.answered = False
            return held
        self.latest = fetched
        now = dt_util.utcnow()
        self._seen |= {subject: (reading, now) for subject, reading in fetched.items()}
        self._note_refused(subjects)
        return self._held(subjects)

    def _held(self, subjects: Iterable[KeyT]) -> dict[KeyT, Reading]:
        """Return what was read, just now or not too long ago."""
        now = dt_util.utcnow()
        return {
            subject: self._seen[subject][0]
            for subject in subjects
            if subject in self._seen and now - self._seen[subject][1] < self.life
        }

    def _note_refused(self, subjects: Iterable[KeyT]) -> None:
        """Say which of them the cloud refuses while it answers for the others."""
        refused = self.client.refused
        for subject in subjects:
            what = f"{self.name} {subject}"
            if failure := refused.get(str(subject)):
                cause = str(as_home_assistant_error(PermissionDeniedError(failure)))
                self.connection.log.failed(
                    what, f"{self._title(subject)}: {cause}", temporary=False
                )
            else:
                self.connection.log.succeeded(what)

    @abstractmethod
    def _title(self, subject: KeyT) -> str:
        """Return the name of a plant or device."""


def _needs_the_owner(err: Exception) -> bool:
    """Return whether waiting does not help."""
    if isinstance(err, SessionExpiredError):
        return False
    return isinstance(err, AuthenticationError | OAuth2TokenRequestReauthError)


def forget_readings(hass: HomeAssistant, entry_id: str) -> None:
    """Drop what was read for an entry that is removed."""
    seen = hass.data.get(_SEEN, {})
    for key in [key for key in seen if key[0] == entry_id]:
        del seen[key]


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
