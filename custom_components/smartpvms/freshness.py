"""When the values of a plant last moved, and whether they stand still though they should not.

Real-time answers carry no time, and repeat the last values of a device that is offline.
All that can be seen is whether something has changed from one answer to the next.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Final
import zlib

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.helpers.json import json_bytes_sorted
from homeassistant.util import dt as dt_util

from .const import INVERTER_TYPES
from .coordinator import DeviceReadingsCoordinator, SmartPVMSConfigEntry
from .discovery import async_follow_readings
from .northbound.device_types import DEVICE_TYPES
from .northbound.models import Device, Reading
from .polling import PLANT_READINGS, device_feed
from .sunlight import sun_elevation

BEATS_UNTIL_STALE: Final = 3
CHECK_INTERVAL: Final = timedelta(minutes=1)
# degrees; below, PV may well yield nothing that the cloud's decimals show
SUN_IS_UP: Final = 5.0

DISCONNECTED_PLANT: Final = 1
DISCONNECTED_DEVICE: Final = 0

# devTypeIds of what measures a house, which never consumes quite the same
METER_TYPES: Final = frozenset({17, 47, 23070, 60001, 60010})
# what an EMMA, too, reports of the power that it measures
METER_POWER: Final = "active_power"
# states of an inverter that waits for the sun, the grid or a test, as under snow
STANDBY_STATES: Final = frozenset({*range(8), 0x0A01, 0xA000, 0xA001})
# what a battery reports of its charging or discharging, which may rest for hours
BATTERY_POWERS: Final = ("ch_discharge_power", "charge_discharge_power")

type Windows = Callable[[frozenset[str]], timedelta]
"""How long values may stand still that come by some feeds, as these are polled now."""


@dataclass(slots=True)
class PlantFreshness:
    """What is known of one plant.

    `watched_since` is the first answer since the start, None before it; `is_stale` is
    None as long as there was none.
    """

    watched_since: datetime | None = None
    last_change: datetime | None = None
    is_stale: bool | None = None


class Freshness:
    """Watches the readings of an entry's plants and of those devices that are read."""

    def __init__(self, hass: HomeAssistant, entry: SmartPVMSConfigEntry) -> None:
        """Start with nothing known."""
        self._hass = hass
        self._entry = entry
        self._plants: dict[str, PlantFreshness] = {}
        self._last: dict[str, Reading] = {}
        self._listeners: dict[str, list[CALLBACK_TYPE]] = {}
        self._indexed: Mapping[int, Device] = {}
        self._devices: dict[str, list[Device]] = {}
        self._feeds: dict[str, frozenset[str]] = {}

    @callback
    def async_start(self) -> None:
        """Take the first readings, and watch from now on until the entry is unloaded."""
        data = self._entry.runtime_data
        self._plant_readings_changed()
        for coordinator in data.device_readings.values():
            self._device_readings_changed(coordinator)
        at_end = self._entry.async_on_unload
        at_end(data.plant_readings.async_add_listener(self._plant_readings_changed))
        async_follow_readings(
            self._entry, DEVICE_TYPES, self._device_readings_changed, at_end
        )
        # nobody is told of readings that have not changed
        at_end(
            async_track_time_interval(
                self._hass, self._check_all, CHECK_INTERVAL, cancel_on_shutdown=True
            )
        )

    def of(self, plant_code: str) -> PlantFreshness:
        """Return what is known of a plant."""
        if plant_code not in self._plants:
            self._plants[plant_code] = PlantFreshness()
        return self._plants[plant_code]

    @callback
    def async_listen(self, plant_code: str, changed: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call `changed` when something new is known of the plant; returns what ends it."""
        listeners = self._listeners.setdefault(plant_code, [])
        listeners.append(changed)
        return partial(listeners.remove, changed)

    def fingerprints(self, plant_code: str) -> dict[str, int]:
        """Return a number for the last values of the plant and of each of its devices."""
        owners = [plant_code, *(device.key for device in self._devices_of(plant_code))]
        return {
            owner: _fingerprint(self._last[owner])
            for owner in owners
            if owner in self._last
        }

    @callback
    def async_restore(
        self, plant_code: str, last_change: datetime, fingerprints: Mapping[str, int]
    ) -> None:
        """Take up what was known before a restart.

        Values that are no longer those of then have changed at some time in between.
        """
        freshness = self.of(plant_code)
        if freshness.last_change is None:
            now = self.fingerprints(plant_code)
            both = now.keys() & fingerprints.keys()
            moved = any(now[owner] != fingerprints[owner] for owner in both)
            freshness.last_change = dt_util.utcnow() if moved else last_change
            self._check(plant_code, self._windows())
            self._tell(plant_code)

    @callback
    def _plant_readings_changed(self) -> None:
        readings = self._entry.runtime_data.plant_readings.data
        self._take((code, code, reading) for code, reading in readings.items())

    @callback
    def _device_readings_changed(self, coordinator: DeviceReadingsCoordinator) -> None:
        devices = self._entry.runtime_data.devices.data
        self._take(
            (devices[device_id].plant_code, devices[device_id].key, reading)
            for device_id, reading in coordinator.data.items()
            if device_id in devices
        )

    def _take(self, readings: Iterable[tuple[str, str, Reading]]) -> None:
        """Take note of readings, each with its plant's code and its owner's key."""
        now, windows = dt_util.utcnow(), self._windows()
        seen: set[str] = set()
        moved: set[str] = set()
        for plant_code, owner, reading in readings:
            last = self._last.get(owner)
            self._last[owner] = reading
            seen.add(plant_code)
            if last is not None and last.values != reading.values:
                moved.add(plant_code)
        for plant_code in seen:
            freshness = self.of(plant_code)
            if freshness.watched_since is None:
                freshness.watched_since = now
            if plant_code in moved:
                freshness.last_change = now
            if self._check(plant_code, windows) or plant_code in moved:
                self._tell(plant_code)

    @callback
    def _check_all(self, now: datetime) -> None:
        windows = self._windows()
        for plant_code in self._entry.runtime_data.plants.data:
            if self._check(plant_code, windows):
                self._tell(plant_code)

    def _check(self, plant_code: str, windows: Windows) -> bool:
        """Look whether the plant's data are stale; return whether that is new."""
        freshness = self.of(plant_code)
        before = freshness.is_stale
        freshness.is_stale = self._is_stale(plant_code, freshness, windows)
        return freshness.is_stale != before

    def _is_stale(
        self, plant_code: str, freshness: PlantFreshness, windows: Windows
    ) -> bool | None:
        if freshness.watched_since is None:
            return None
        now = dt_util.utcnow()
        window = windows(self._feeds_of(plant_code))
        if self._is_disconnected(plant_code, window):
            return True
        moved = freshness.last_change or freshness.watched_since
        return now - moved >= window and self._should_move(plant_code, window)

    def _windows(self) -> Windows:
        """Return what tells the windows; most plants of a fleet have the same feeds."""
        clock = self._entry.runtime_data.clock

        @cache
        def window_of(feeds: frozenset[str]) -> timedelta:
            return BEATS_UNTIL_STALE * clock.live_interval(feeds)

        return window_of

    def _is_day(self, plant_code: str, window: timedelta) -> bool:
        """Return whether the sun was up at the plant all the time of the window."""
        now = dt_util.utcnow()
        plant = self._entry.runtime_data.plants.data.get(plant_code)
        return plant is not None and all(
            sun_elevation(self._hass, plant, moment) > SUN_IS_UP
            for moment in (now, now - window)
        )

    def _is_disconnected(self, plant_code: str, window: timedelta) -> bool:
        """Return whether the cloud says that it has lost the plant, or all its devices.

        Inverters without the sun may sleep, and take their connection with them.
        """
        plant = self._last.get(plant_code)
        if plant and plant.values.get("real_health_state") == DISCONNECTED_PLANT:
            return True
        lost: set[int] = set()
        for device, reading in self._device_readings(plant_code):
            state = reading.values.get("run_state")
            if state == DISCONNECTED_DEVICE:
                lost.add(device.type_id)
            elif state is not None:
                return False
        if lost <= INVERTER_TYPES:
            return bool(lost) and self._is_day(plant_code, window)
        return True

    def _should_move(self, plant_code: str, window: timedelta) -> bool:
        """Return whether values had a reason to move all the time of the window."""
        readings = list(self._device_readings(plant_code))
        if any(_is_busy(device.type_id, reading) for device, reading in readings):
            return True
        inverters = [
            reading for device, reading in readings if device.type_id in INVERTER_TYPES
        ]
        if inverters and all(map(is_standby, inverters)):
            return False
        return self._is_day(plant_code, window)

    def _device_readings(self, plant_code: str) -> Iterator[tuple[Device, Reading]]:
        for device in self._devices_of(plant_code):
            if reading := self._last.get(device.key):
                yield device, reading

    def _devices_of(self, plant_code: str) -> list[Device]:
        devices = self._entry.runtime_data.devices.data
        if devices is not self._indexed:
            self._indexed = devices
            self._devices, self._feeds = {}, {}
            for device in devices.values():
                self._devices.setdefault(device.plant_code, []).append(device)
        return self._devices.get(plant_code, [])

    def _feeds_of(self, plant_code: str) -> frozenset[str]:
        """Return what tells the values of a plant."""
        devices = self._devices_of(plant_code)
        if plant_code not in self._feeds:
            feeds = {device_feed(device.type_id) for device in devices}
            self._feeds[plant_code] = frozenset({PLANT_READINGS, *feeds})
        return self._feeds[plant_code]

    def _tell(self, plant_code: str) -> None:
        for changed in tuple(self._listeners.get(plant_code, ())):
            changed()


def is_standby(reading: Reading) -> bool:
    """Return whether an inverter says of itself that it waits, and yields nothing."""
    return reading.values.get("inverter_state") in STANDBY_STATES


def _is_busy(type_id: int, reading: Reading) -> bool:
    """Return whether a device should show something new at each beat."""
    if reading.values.get("run_state") == DISCONNECTED_DEVICE:
        return False
    if type_id in METER_TYPES:
        # a meter that tells no power may count all the same; at 0 W nothing has to move
        return reading.values.get(METER_POWER) != 0
    return any(reading.values.get(key) for key in BATTERY_POWERS)


def _fingerprint(reading: Reading) -> int:
    return zlib.crc32(json_bytes_sorted(reading.values))
