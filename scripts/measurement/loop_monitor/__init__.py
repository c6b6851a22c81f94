"""Measures in a running Home Assistant how long something keeps its event loop busy.

The action `begin` starts a measurement, `end` answers with what was measured.
"""

import asyncio
from collections import Counter
import sys
from threading import Event, Thread, get_ident
import time
from types import FrameType
from typing import Any

from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
    ConfigEntryState,
)
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.typing import ConfigType

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
        self._loop_thread = get_ident()
        self._last_beat = time.monotonic()
        self._ended = Event()
        self._lines: Counter[str] = Counter()
        self._longest = 0.0
        self._set_up_at: float | None = None
        self._loaded = asyncio.Event()
        self._seconds: float | None = None
        self._stop_listening = async_dispatcher_connect(
            hass, SIGNAL_CONFIG_ENTRY_CHANGED, self._entry_changed
        )
        self._beating = hass.loop.create_task(self._beat())
        Thread(target=self._watch, daemon=True).start()

    async def wait_until_loaded(self) -> None:
        """Wait until the integration was set up once more."""
        async with asyncio.timeout(SECONDS_TO_LOAD):
            await self._loaded.wait()

    def end(self) -> dict[str, Any]:
        """Return seconds, and the share of blocked time by line of the integration."""
        self._stop_listening()
        self._beating.cancel()
        self._ended.set()
        return {
            "seconds": self._seconds,
            "longest_block": round(self._longest, 3),
            "in_blocks": [
                (line, samples / self._lines.total())
                for line, samples in self._lines.most_common(MOST_LINES)
            ],
        }

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
    hass.services.async_register(
        DOMAIN, "end", end, supports_response=SupportsResponse.ONLY
    )
    return True
