"""Measures in a running Home Assistant how long something keeps its event loop busy.

The action `begin` starts a measurement, `poll` lets the integration read all anew, `end`
answers with what was measured.
"""

import asyncio
from collections import Counter
import sys
import threading
import time
from types import FrameType
from typing import Any

from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
    ConfigEntryState,
)
from homeassistant.const import EVENT_STATE_CHANGED, EVENT_STATE_REPORTED
from homeassistant.core import (
    Event,
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.typing import ConfigType
from homeassistant.util.event_type import EventType

DOMAIN = "loop_monitor"
MEASURED = "smartpvms"
BEAT = 0.005
"""Seconds between two looks at the loop."""
BLOCK = 0.05
"""Seconds from which on it is worth knowing what the loop does."""
SECONDS_TO_LOAD = 300
MOST_LINES = 8


class Measurement:
    """What happens between `begin` and `end`."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Begin."""
        self._hass = hass
        self._loop_thread = threading.get_ident()
        self._last_beat = time.monotonic()
        self._ended = threading.Event()
        self._lines: Counter[str] = Counter()
        self._longest = 0.0
        self._set_up_at: float | None = None
        self._loaded = asyncio.Event()
        self._seconds: float | None = None
        self._written: Counter[EventType[Any] | str] = Counter()
        self._stop_listening = [
            async_dispatcher_connect(
                hass, SIGNAL_CONFIG_ENTRY_CHANGED, self._entry_changed
            ),
            *(
                hass.bus.async_listen(
                    event_type,
                    self._state_written,
                    # Home Assistant hands out no report without a filter
                    event_filter=_every,
                )
                for event_type in (EVENT_STATE_CHANGED, EVENT_STATE_REPORTED)
            ),
        ]
        self._beating = hass.loop.create_task(self._beat())
        threading.Thread(target=self._watch, daemon=True).start()

    async def wait_until_loaded(self) -> None:
        """Wait until the integration was set up once more."""
        async with asyncio.timeout(SECONDS_TO_LOAD):
            await self._loaded.wait()

    def end(self) -> dict[str, Any]:
        """Return seconds, and the share of blocked time by line of the integration."""
        for stop in self._stop_listening:
            stop()
        self._beating.cancel()
        self._ended.set()
        return {
            "seconds": self._seconds,
            "longest_block": round(self._longest, 3),
            "changed": self._written[EVENT_STATE_CHANGED],
            "unchanged": self._written[EVENT_STATE_REPORTED],
            "in_blocks": [
                (line, samples / self._lines.total())
                for line, samples in self._lines.most_common(MOST_LINES)
            ],
        }

    @callback
    def _state_written(self, event: Event[Any]) -> None:
        self._written[event.event_type] += 1

    @callback
    def _entry_changed(self, change: ConfigEntryChange, entry: ConfigEntry) -> None:
        if entry.domain != MEASURED:
            return
        if entry.state is ConfigEntryState.SETUP_IN_PROGRESS:
            self._set_up_at = time.monotonic()
        elif entry.state is ConfigEntryState.LOADED and self._set_up_at is not None:
            self._seconds = round(time.monotonic() - self._set_up_at, 2)
            self._set_up_at = None
            self._loaded.set()

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT)
            now = time.monotonic()
            self._longest = max(self._longest, now - self._last_beat - BEAT)
            self._last_beat = now

    def _watch(self) -> None:
        """Look from another thread where the loop is while it does not beat."""
        while not self._ended.wait(BEAT):
            if time.monotonic() - self._last_beat > BLOCK:
                frame = sys._current_frames().get(self._loop_thread)
                self._lines[_line_of_ours(frame)] += 1


@callback
def _every(data: Any) -> bool:
    return True


def _line_of_ours(frame: FrameType | None) -> str:
    """Return the innermost line of the measured integration."""
    while frame is not None:
        file = frame.f_code.co_filename
        if f"/{MEASURED}/" in file:
            module = file.rpartition(f"/{MEASURED}/")[2]
            return f"{module}:{frame.f_lineno} {frame.f_code.co_name}"
        frame = frame.f_back
    return "other than the integration"


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Offer the actions."""
    measurements: list[Measurement] = []

    @callback
    def begin(call: ServiceCall) -> None:
        measurements.append(Measurement(hass))

    async def poll(call: ServiceCall) -> None:
        for entry in hass.config_entries.async_loaded_entries(MEASURED):
            data = entry.runtime_data
            for coordinator in (data.plant_readings, *data.device_readings.values()):
                await coordinator.async_refresh()

    async def end(call: ServiceCall) -> ServiceResponse:
        measurement = measurements.pop()
        if call.data.get("loads"):
            await measurement.wait_until_loaded()
        await hass.async_block_till_done()
        measured = measurement.end()
        entries = hass.config_entries.async_entries(MEASURED)
        entities = [
            entity
            for entry in entries
            for entity in er.async_entries_for_config_entry(
                er.async_get(hass), entry.entry_id
            )
        ]
        return measured | {
            "devices": sum(
                len(
                    dr.async_entries_for_config_entry(
                        dr.async_get(hass), entry.entry_id
                    )
                )
                for entry in entries
            ),
            "entities": len(entities),
            "enabled": sum(entity.disabled_by is None for entity in entities),
        }

    hass.services.async_register(DOMAIN, "begin", begin)
    hass.services.async_register(DOMAIN, "poll", poll)
    hass.services.async_register(
        DOMAIN, "end", end, supports_response=SupportsResponse.ONLY
    )
    return True
