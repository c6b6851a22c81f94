"""The lists of plants and devices: read seldom, and not believed when they shrink."""

from abc import abstractmethod
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
import logging
from typing import TYPE_CHECKING, Final, Protocol, override

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ConfigEntryNotReady
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.update_coordinator import UpdateFailed
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from ..connection import Connection
from ..const import CONF_ADD_NEW_PLANTS, CONF_KNOWN_PLANTS, CONF_PLANTS, DOMAIN
from ..failures import asked_seldom
from ..identity import async_remember
from ..listing import Listing
from ..northbound.errors import AuthenticationError, DoorClosedError, NorthboundError
from ..northbound.json_types import JsonObject
from ..northbound.models import Device, Plant
from ..northbound.stored_models import (
    device_as_json,
    device_from_json,
    plant_as_json,
    plant_from_json,
)
from .base import NorthboundCoordinator
from .device_use import DeviceUse
from .memory import DEVICE_LIST, KnownList, memory_of

if TYPE_CHECKING:
    from . import SmartPVMSConfigEntry

_LOGGER = logging.getLogger(__name__)

LIST_INTERVAL: Final = timedelta(hours=6)
# after a list that lacks what should be there; doubled as long as it does
SHORT_LIST_INTERVAL: Final = timedelta(minutes=30)
FIRST_PAUSE: Final = timedelta(seconds=30)
LONGEST_PAUSE: Final = timedelta(minutes=15)
LONGEST_PAUSE_OF_REFUSED: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pause:
    """Why a list is not asked for before a time, and after how many failures."""

    until: datetime
    failures: int
    error: NorthboundError


class SetUpTries:
    """What must outlive a failed set-up, which Home Assistant tries again within seconds.

    An API account has few calls for lists, and a morning of failures must not use up the
    day's.
    """

    def __init__(self) -> None:
        """Begin with no failure."""
        self._pauses: dict[str, _Pause] = {}

    def check(self, name: str) -> None:
        """Raise the last failure again while its pause lasts."""
        pause = self._pauses.get(name)
        if pause is not None and dt_util.utcnow() < pause.until:
            raise pause.error

    def failed(self, name: str, error: NorthboundError) -> None:
        """Pause, each time for longer."""
        before = self._pauses.get(name)
        failures = before.failures + 1 if before else 0
        longest = LONGEST_PAUSE_OF_REFUSED if asked_seldom(error) else LONGEST_PAUSE
        pause = min(FIRST_PAUSE * (1 << min(failures, 10)), longest)
        self._pauses[name] = _Pause(
            until=dt_util.utcnow() + pause, failures=failures, error=error
        )

    def succeeded(self, name: str) -> None:
        """End the series of failures."""
        self._pauses.pop(name, None)

    def end(self) -> None:
        """Forget all: the set-up is done."""
        self._pauses.clear()


_TRIES: HassKey[dict[str, SetUpTries]] = HassKey(f"{DOMAIN}_set_up_tries")


class ListCoordinator[KeyT: (str, int), ItemT](
    NorthboundCoordinator[dict[KeyT, ItemT]]
):
    """A list of the cloud."""

    blocks_set_up = True

    def __init__(
        self,
        hass: HomeAssistant,
        entry: SmartPVMSConfigEntry,
        connection: Connection,
        *,
        name: str,
    ) -> None:
        """Start with nothing listed."""
        super().__init__(
            hass,
            entry,
            connection,
            name=name,
            wish=LIST_INTERVAL,
            empty={},
            # a second list that says the same is news: what both lack is gone
            always_update=True,
        )
        self._short_lists = 0
        self._memory = memory_of(hass, entry.entry_id)
        self._known = KnownList.from_json(self._memory.recall(self.name))
        self.tries = hass.data.setdefault(_TRIES, {}).setdefault(
            entry.entry_id, SetUpTries()
        )

    @abstractmethod
    async def _async_list(self) -> dict[KeyT, ItemT]:
        """Ask the cloud for the list, and return what is there."""

    @abstractmethod
    def _take_up(self, known: KnownList) -> dict[KeyT, ItemT] | None:
        """Go on with a list of before; None where it cannot be used."""

    @abstractmethod
    def _covers(self, known: KnownList) -> bool:
        """Return whether a list of before was read for all that is to be listed now."""

    @abstractmethod
    def _known_list(self, due: datetime) -> KnownList:
        """Return what is to be remembered of what is listed now."""

    @abstractmethod
    def _is_short(self, items: Mapping[KeyT, ItemT]) -> bool:
        """Return whether a list lacks something that should be there."""

    async def async_get_ready(self) -> None:
        """Have a list: that of before, however old it is, else the cloud's.

        The cloud is asked when the list is due. Raises what Home Assistant sets entries
        up by, where nothing is known and the cloud tells nothing.
        """
        known = self._known
        items = None if known is None else self._take_up(known)
        if known is None or items is None:
            await self.async_config_entry_first_refresh()
            return
        if not self._covers(known):
            try:
                await self.async_config_entry_first_refresh()
            except ConfigEntryNotReady as err:
                _LOGGER.debug("Go on with the %s of before: %s", self.name, err)
            else:
                return
        self.data = items
        self.last_update_success = True
        # the clock knows when the list was read last
        self.wish = self._interval_after(short=self._is_short(items))

    @override
    async def _async_fetch(self) -> dict[KeyT, ItemT]:
        if self._in_set_up:
            self.tries.check(self.name)
        try:
            items = await self._async_list()
        except NorthboundError as err:
            if self._in_set_up and not isinstance(
                err, DoorClosedError | AuthenticationError
            ):
                self.tries.failed(self.name, err)
            due = self._wait(self._interval_after(short=True))
            if self._known is not None:
                self._remember(replace(self._known, due=due))
            raise
        self.tries.succeeded(self.name)
        due = self._wait(self._interval_after(short=self._is_short(items)))
        self._remember(self._known_list(due))
        return items

    def _wait(self, interval: timedelta) -> datetime:
        """Poll after this interval, and return when that is."""
        self.wish = interval
        return dt_util.utcnow() + interval

    def _remember(self, known: KnownList) -> None:
        self._known = known
        self._memory.remember(self.name, known)

    @property
    def _in_set_up(self) -> bool:
        return self.config_entry.state is not ConfigEntryState.LOADED

    def _interval_after(self, *, short: bool) -> timedelta:
        """Return when to look again: soon, where the list failed or came short."""
        if not short:
            self._short_lists = 0
            return LIST_INTERVAL
        interval = SHORT_LIST_INTERVAL * (1 << min(self._short_lists, 10))
        self._short_lists += 1
        return min(interval, LIST_INTERVAL)


class PlantMoves(Protocol):
    """Knows which plants the cloud lists under another code."""

    @property
    def moves(self) -> Mapping[str, str]:
        """The new code of each plant that has one, by old code."""
        ...

    async def async_look(
        self, listed: Mapping[str, Plant], served_elsewhere: Collection[str]
    ) -> None:
        """Look for them in a list, without the plants that other entries serve."""
        ...


class PlantListCoordinator(ListCoordinator[str, Plant]):
    """The chosen plants, by plant code."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: SmartPVMSConfigEntry,
        connection: Connection,
        codes: PlantMoves,
    ) -> None:
        """Start with no plant."""
        super().__init__(hass, entry, connection, name="plant list")
        self.listing = Listing[str, Plant]()
        self.codes = codes

    @override
    async def _async_list(self) -> dict[str, Plant]:
        listed = {plant.code: plant for plant in await self.client.list_plants()}
        await self.codes.async_look(listed, self._served())
        plants = self.listing.take(listed, dt_util.utcnow())
        chosen = self._chosen(listed)
        if chosen and not plants:
            raise UpdateFailed(
                translation_domain=DOMAIN, translation_key="plants_missing"
            )
        return {code: plant for code, plant in plants.items() if code in chosen}

    @override
    def _take_up(self, known: KnownList) -> dict[str, Plant] | None:
        plants = {
            plant.code: plant
            for plant in map(plant_from_json, known.rows)
            if plant is not None
        }
        if len(plants) < len(known.rows):
            return None
        chosen = self.config_entry.options[CONF_PLANTS]
        if chosen and plants.keys().isdisjoint(chosen):
            return None
        self.listing = Listing(plants)
        return {code: plants[code] for code in plants if code in chosen}

    @override
    def _covers(self, known: KnownList) -> bool:
        chosen = set(self.config_entry.options[CONF_PLANTS])
        return chosen <= known.asked | self.listing.items.keys()

    @override
    def _known_list(self, due: datetime) -> KnownList:
        return KnownList(
            rows=tuple(map(plant_as_json, self.listing.items.values())),
            asked=frozenset(self.config_entry.options[CONF_PLANTS]),
            due=due,
        )

    @override
    def _is_short(self, items: Mapping[str, Plant]) -> bool:
        chosen = set(self.config_entry.options[CONF_PLANTS])
        return self.listing.misses_something or not items.keys() >= chosen

    def _chosen(self, listed: Mapping[str, Plant]) -> set[str]:
        """Return the user's choice, with new plants where the user wants them."""
        entry = self.config_entry
        chosen = set(entry.options[CONF_PLANTS])
        new = listed.keys() - set(entry.data[CONF_KNOWN_PLANTS]) - self._served()
        new -= set(self.codes.moves.values())
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


class DeviceListCoordinator(ListCoordinator[int, Device]):
    """The devices of the chosen plants, by device id."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: SmartPVMSConfigEntry,
        connection: Connection,
        plants: PlantListCoordinator,
    ) -> None:
        """Start with no device."""
        super().__init__(hass, entry, connection, name=DEVICE_LIST)
        self._plants = plants
        self._keys: dict[int, str] = {}
        self._last_use = DeviceUse.of(self.data, entry.options)
        self.listing = Listing[str, Device]()

    @override
    async def _async_list(self) -> dict[int, Device]:
        plant_codes = list(self._plants.data)
        if not plant_codes:
            return {}
        listed = self._by_key(await self.client.get_devices(plant_codes))
        complete = self.client.left_out.isdisjoint(plant_codes)
        devices = self.listing.take(listed, dt_util.utcnow(), complete=complete)
        if not devices and self._had_devices():
            raise UpdateFailed(
                translation_domain=DOMAIN, translation_key="devices_missing"
            )
        async_remember(self.hass, self.config_entry, devices=devices.values())
        return self._of_plants(devices.values())

    def _of_plants(self, devices: Collection[Device]) -> dict[int, Device]:
        """Return the devices of the plants, and let the ledger know how many there are."""
        self.client.ledger.set_inventory(
            self._plants.listing.count, Counter(device.type_id for device in devices)
        )
        return {
            device.id: device
            for device in devices
            if device.plant_code in self._plants.data
        }

    @override
    def _take_up(self, known: KnownList) -> dict[int, Device] | None:
        devices = {
            device.key: device
            for device in map(device_from_json, known.rows)
            if device is not None
        }
        if len(devices) < len(known.rows) or (not devices and self._had_devices()):
            return None
        self._keys = dict(known.keys)
        self.listing = Listing(devices)
        return self._of_plants(devices.values())

    @override
    def _covers(self, known: KnownList) -> bool:
        return self._plants.data.keys() <= known.asked

    @override
    def _known_list(self, due: datetime) -> KnownList:
        return KnownList(
            rows=(
                *map(device_as_json, self.listing.items.values()),
                *self._rows_of_moved_plants(),
            ),
            asked=frozenset(self._plants.data),
            due=due,
            keys=dict(self._keys),
        )

    def _rows_of_moved_plants(self) -> Iterator[JsonObject]:
        """Yield what is remembered of plants that the cloud lists under another code.

        By these devices they are known again after a restart.
        """
        moved = self._plants.codes.moves.keys() - {
            device.plant_code for device in self.listing.items.values()
        }
        for row in () if self._known is None else self._known.rows:
            device = device_from_json(row)
            if device is not None and device.plant_code in moved:
                yield row

    @override
    def _is_short(self, items: Mapping[int, Device]) -> bool:
        return not items or self.listing.misses_something

    def _had_devices(self) -> bool:
        """Return whether Home Assistant knows devices of the entry beside its plants."""
        registry = dr.async_get(self.hass)
        return any(
            device.entry_type is not dr.DeviceEntryType.SERVICE
            for device in dr.async_entries_for_config_entry(
                registry, self.config_entry.entry_id
            )
        )

    @property
    def by_key(self) -> Mapping[str, Device]:
        """The devices by what stays the same for them; the cloud may change their ids."""
        return self.listing.items

    @property
    def _use(self) -> DeviceUse:
        options = self.config_entry.options
        if not self._last_use.is_of(self.data, options):
            self._last_use = DeviceUse.of(self.data, options)
        return self._last_use

    def shown(self, type_id: int) -> Sequence[Device]:
        """Return the devices of one type that are devices in Home Assistant."""
        return self._use.shown.get(type_id, ())

    def read(self, type_id: int) -> list[int]:
        """Return the ids of the devices of one type whose readings are needed."""
        return [device.id for device in self._use.read.get(type_id, ())]

    def all_read(self) -> Sequence[Device]:
        """Return the devices whose readings are needed, of those the cloud serves."""
        return self._use.all_read

    def types_read(self) -> set[int]:
        """Return the types whose readings are needed, of those the cloud serves."""
        return {device.type_id for device in self._use.all_read}

    def _by_key(self, devices: Iterable[Device]) -> dict[str, Device]:
        """Return devices by key, each under the one it had before.

        Where two name the same serial number, the second has to make do with its DN or
        id.
        """
        found: dict[str, Device] = {}
        for device in sorted(devices, key=lambda device: device.id):
            key = self._kept_key(device)
            if key in found:
                key = device.dn or str(device.id)
            self._keys[device.id] = key
            found[key] = replace(device, kept_key=key)
        return found

    def _kept_key(self, device: Device) -> str:
        """Return what the device is known by, though its serial number comes or goes.

        A serial number in place of another is another device.
        """
        before = self._keys.get(device.id)
        names = (device.serial, device.dn, str(device.id))
        if before is not None and (device.serial is None or before in names):
            return before
        return next(
            (name for name in names if name and self._is_known(name)), device.key
        )

    def _is_known(self, key: str) -> bool:
        return (
            dr.async_get(self.hass).async_get_device_by_identifier(
                (DOMAIN, key), self.config_entry.entry_id
            )
            is not None
        )


def forget_lists(hass: HomeAssistant, entry_id: str) -> None:
    """Drop what an entry that is removed had to remember between set-ups."""
    hass.data.get(_TRIES, {}).pop(entry_id, None)
