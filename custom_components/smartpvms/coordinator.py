"""One coordinator for each kind of data; what they hold are immutable snapshots."""

from abc import abstractmethod
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
import logging
from typing import TYPE_CHECKING, Final, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator
from homeassistant.util import dt as dt_util

from .accounts import Account
from .const import (
    CONF_ADD_NEW_PLANTS,
    CONF_KNOWN_PLANTS,
    CONF_PLANTS,
    CONF_UPDATE_INTERVAL,
    DEFAULT_UPDATE_INTERVAL_MINUTES,
    DOMAIN,
)
from .detail import is_read, is_shown
from .failures import as_home_assistant_error
from .listing import Listing
from .northbound.client import NorthboundClient
from .northbound.device_types import serves_readings
from .northbound.errors import AuthenticationError, NorthboundError
from .northbound.models import Device, Plant, Reading

if TYPE_CHECKING:
    from .alarms.coordinator import AlarmCoordinator
    from .freshness import Freshness

_LOGGER = logging.getLogger(__name__)

LIST_INTERVAL: Final = timedelta(hours=6)
# Home Assistant starts a refresh up to a second early, and an API account that asks
# again before its five minutes are over is refused
INTERVAL_MARGIN: Final = timedelta(seconds=2)
# the cloud now and then leaves out a device for a poll or two: the third miss counts
BEATS_UNTIL_UNAVAILABLE: Final = 2.5

type SmartPVMSConfigEntry = ConfigEntry[SmartPVMSData]


class NorthboundCoordinator[DataT](DataUpdateCoordinator[DataT]):
    """Fetches one kind of data, and turns the cloud's failures into Home Assistant's."""

    config_entry: SmartPVMSConfigEntry

    def __init__(
        self,
        hass: HomeAssistant,
        entry: SmartPVMSConfigEntry,
        client: NorthboundClient,
        *,
        name: str,
        update_interval: timedelta,
        empty: DataT,
        always_update: bool = False,
    ) -> None:
        """Start with nothing known."""
        super().__init__(
            hass,
            _LOGGER,
            config_entry=entry,
            name=f"{DOMAIN} {name}",
            update_interval=update_interval,
            always_update=always_update,
        )
        self.client = client
        self.data = empty

    @abstractmethod
    async def _async_fetch(self) -> DataT:
        """Ask the cloud; may raise `NorthboundError`."""

    @override
    async def _async_update_data(self) -> DataT:
        try:
            return await self._async_fetch()
        except NorthboundError as err:
            raise as_home_assistant_error(err) from err


class PlantListCoordinator(NorthboundCoordinator[dict[str, Plant]]):
    """The chosen plants, by plant code."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: SmartPVMSConfigEntry,
        client: NorthboundClient,
    ) -> None:
        """Start with no plant."""
        super().__init__(
            hass,
            entry,
            client,
            name="plant list",
            update_interval=LIST_INTERVAL,
            empty={},
            # a second list that says the same is news: what both lack is gone
            always_update=True,
        )
        self.listing = Listing[str, Plant]()

    @override
    async def _async_fetch(self) -> dict[str, Plant]:
        listed = {plant.code: plant for plant in await self.client.list_plants()}
        plants = self.listing.take(listed, dt_util.utcnow())
        chosen = self._chosen(plants)
        return {code: plant for code, plant in plants.items() if code in chosen}

    def _chosen(self, plants: Mapping[str, Plant]) -> set[str]:
        """Return the user's choice, with new plants where the user wants them."""
        entry = self.config_entry
        chosen = set(entry.options[CONF_PLANTS])
        new = plants.keys() - set(entry.data[CONF_KNOWN_PLANTS]) - self._served()
        if not new or not entry.options.get(CONF_ADD_NEW_PLANTS, False):
            return chosen
        _LOGGER.debug("The cloud lists %d new plants", len(new))
        chosen |= new
        self.hass.config_entries.async_update_entry(
            entry,
            data=entry.data
            | {CONF_KNOWN_PLANTS: sorted({*entry.data[CONF_KNOWN_PLANTS], *new})},
            options=entry.options | {CONF_PLANTS: sorted(chosen)},
        )
        return chosen

    def _served(self) -> set[str]:
        """Return the plants that other entries serve."""
        return {
            code
            for other in self.hass.config_entries.async_entries(DOMAIN)
            if other.entry_id != self.config_entry.entry_id
            for code in other.options.get(CONF_PLANTS, [])
        }


class DeviceListCoordinator(NorthboundCoordinator[dict[int, Device]]):
    """The devices of the chosen plants, by device id."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: SmartPVMSConfigEntry,
        client: NorthboundClient,
        plants: PlantListCoordinator,
    ) -> None:
        """Start with no device."""
        super().__init__(
            hass,
            entry,
            client,
            name="device list",
            update_interval=LIST_INTERVAL,
            empty={},
            # a second list that says the same is news: what both lack is gone
            always_update=True,
        )
        self._plants = plants
        self.listing = Listing[int, Device]()

    @override
    async def _async_fetch(self) -> dict[int, Device]:
        plant_codes = list(self._plants.data)
        if not plant_codes:
            return {}
        listed = {
            device.id: device for device in await self.client.get_devices(plant_codes)
        }
        devices = self.listing.take(listed, dt_util.utcnow())
        self.client.ledger.set_inventory(
            self._plants.listing.count,
            Counter(device.type_id for device in devices.values()),
        )
        return {
            device_id: device
            for device_id, device in devices.items()
            if device.plant_code in self._plants.data
        }

    def shown(self, type_id: int) -> list[Device]:
        """Return the devices of one type that are devices in Home Assistant."""
        options = self.config_entry.options
        return [
            device
            for device in self.data.values()
            if device.type_id == type_id and is_shown(options, device)
        ]

    def read(self, type_id: int) -> list[int]:
        """Return the ids of the devices of one type whose readings are needed."""
        options = self.config_entry.options
        return [
            device.id
            for device in self.data.values()
            if device.type_id == type_id and is_read(options, device)
        ]

    def types_read(self) -> set[int]:
        """Return the types whose readings are needed, of those the cloud serves."""
        options = self.config_entry.options
        types = {
            device.type_id for device in self.data.values() if is_read(options, device)
        }
        return {type_id for type_id in types if serves_readings(type_id)}


class ReadingsCoordinator[KeyT: (str, int)](NorthboundCoordinator[dict[KeyT, Reading]]):
    """Last reported values; a subject that misses a poll or two keeps its last ones."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: SmartPVMSConfigEntry,
        client: NorthboundClient,
        *,
        name: str,
    ) -> None:
        """Start with no reading."""
        minutes = entry.options.get(
            CONF_UPDATE_INTERVAL, DEFAULT_UPDATE_INTERVAL_MINUTES
        )
        super().__init__(
            hass,
            entry,
            client,
            name=name,
            update_interval=timedelta(minutes=minutes) + INTERVAL_MARGIN,
            empty={},
        )
        self._life = timedelta(minutes=minutes) * BEATS_UNTIL_UNAVAILABLE
        self._seen: dict[KeyT, datetime] = {}

    @abstractmethod
    async def _async_fetch_readings(self) -> Mapping[KeyT, Reading]:
        """Ask the cloud; may raise `NorthboundError`."""

    @abstractmethod
    def _subjects(self) -> Iterable[KeyT]:
        """Return what the cloud is asked for."""

    @override
    async def _async_fetch(self) -> dict[KeyT, Reading]:
        subjects = list(self._subjects())
        try:
            fetched = await self._async_fetch_readings() if subjects else {}
        except AuthenticationError:
            raise
        except NorthboundError as err:
            held = self._held(subjects, {})
            if not held:
                raise
            _LOGGER.debug("Keep the %s: %s", self.name, err.failure.key)
            return held
        return self._held(subjects, fetched)

    def _held(
        self, subjects: Iterable[KeyT], fetched: Mapping[KeyT, Reading]
    ) -> dict[KeyT, Reading]:
        """Return what was fetched, and what is still good of those left out."""
        now = dt_util.utcnow()
        self._seen |= dict.fromkeys(fetched, now)
        known = {**self.data, **fetched}
        return {
            subject: known[subject]
            for subject in subjects
            if subject in known and now - self._seen[subject] < self._life
        }


class PlantReadingsCoordinator(ReadingsCoordinator[str]):
    """Real-time values of the plants, by plant code (getStationRealKpi)."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: SmartPVMSConfigEntry,
        client: NorthboundClient,
        plants: PlantListCoordinator,
    ) -> None:
        """Read the plants of the plant list."""
        super().__init__(hass, entry, client, name="plant readings")
        self._plants = plants

    @override
    def _subjects(self) -> Iterable[str]:
        return self._plants.data

    @override
    async def _async_fetch_readings(self) -> Mapping[str, Reading]:
        return await self.client.get_plant_readings(list(self._plants.data))


class DeviceReadingsCoordinator(ReadingsCoordinator[int]):
    """Real-time values of the devices of one type, by device id (getDevRealKpi)."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: SmartPVMSConfigEntry,
        client: NorthboundClient,
        devices: DeviceListCoordinator,
        type_id: int,
    ) -> None:
        """Read the devices of this type in the device list."""
        super().__init__(hass, entry, client, name=f"readings of device type {type_id}")
        self._devices = devices
        self.type_id = type_id

    @override
    def _subjects(self) -> Iterable[int]:
        return self._devices.read(self.type_id)

    @override
    async def _async_fetch_readings(self) -> Mapping[int, Reading]:
        return await self.client.get_device_readings(
            self.type_id, self._devices.read(self.type_id)
        )


@dataclass(slots=True, kw_only=True)
class SmartPVMSData:
    """What a loaded entry holds."""

    client: NorthboundClient
    account: Account
    plants: PlantListCoordinator
    devices: DeviceListCoordinator
    plant_readings: PlantReadingsCoordinator
    alarms: AlarmCoordinator
    freshness: Freshness
    device_readings: dict[int, DeviceReadingsCoordinator] = field(default_factory=dict)
