"""Work for a whole fleet in slices, between which the event loop does everything else."""

import asyncio
from collections.abc import Awaitable, Iterable, Iterator
import time
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN

SLICE: Final = 0.01
"""Seconds for which the event loop may be kept, where a step does not take longer."""

_TURN: HassKey[asyncio.Lock] = HassKey(f"{DOMAIN}_turn")


async def async_in_slices(
    hass: HomeAssistant, steps: Iterable[Awaitable[None] | None]
) -> None:
    """Take one step after the other; a step may be something to await.

    All that work in slices take turns, lest the slices of fifty entries add up to a long
    block. Where nobody else does, the first slice is taken at once: what fits into it is
    done when the caller's task next gives way. What is cancelled ends between two steps.
    """
    remaining = iter(steps)
    turn = hass.data.setdefault(_TURN, asyncio.Lock())
    is_done = False
    while not is_done:
        async with turn:
            is_done = await _async_take_slice(remaining)
            if not is_done:
                await asyncio.sleep(0)


async def _async_take_slice(steps: Iterator[Awaitable[None] | None]) -> bool:
    """Return whether no step is left after a slice."""
    end = time.monotonic() + SLICE
    for step in steps:
        if step is not None:
            await step
        if time.monotonic() >= end:
            return False
    return True
