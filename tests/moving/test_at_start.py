"""A take-over that goes on while Home Assistant starts, when its recorder does nothing yet."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.recorder.core import Recorder
from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)

from custom_components.smartpvms.const import DOMAIN
from custom_components.smartpvms.moving.gathering import dry_run
from custom_components.smartpvms.moving.record import TakeOver, async_save
from custom_components.smartpvms.moving.taking_over import SETTLED
from tests.conftest import RunningSimulator
from tests.plant_control.house import async_build_house

from .others import FUSION_SOLAR, async_add_entry, fusion_solar, offer
from .test_statistics import BEGIN, TOTAL, figures, hours, our_id, put

PATIENCE = 20
"""Seconds of the clock on the wall; a start that hangs is given up after minutes."""


@pytest.fixture
async def recorder_mock(
    async_test_recorder: Callable[..., AbstractAsyncContextManager[Recorder]],
    hass: HomeAssistant,
) -> AsyncGenerator[Recorder]:
    """Have the recorder wait for the end of the start, as it does."""
    hass.set_state(CoreState.starting)
    async with async_test_recorder(hass, wait_recorder=False) as recorder:
        yield recorder


async def test_the_start_does_not_wait_for_the_recorder(
    recorder_mock: Recorder,
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    simulator: RunningSimulator,
    hass_storage: dict[str, Any],
) -> None:
    house = await async_build_house(hass, freezer, simulator, history=False)
    other = fusion_solar(house.plant)
    offer(hass, other)
    theirs = await async_add_entry(hass, other)
    ours = our_id(hass, f"{house.code}_total_power")
    assert ours != TOTAL
    decided = TakeOver.of(dry_run(hass, house.entry, [theirs]))
    assert await hass.config_entries.async_unload(house.entry.entry_id)
    await async_save(hass, house.entry.entry_id, decided)

    async with asyncio.timeout(PATIENCE):
        assert await hass.config_entries.async_setup(house.entry.entry_id)
    row = er.async_get(hass).async_get(TOTAL)
    assert row is not None
    assert row.platform == DOMAIN
    assert hass.states.get(TOTAL) is not None
    # not before the statistics are joined
    assert hass.config_entries.async_entries(FUSION_SOLAR) == [theirs]

    await put(hass, ours, "kWh", hours(0, (10, 3)), waits=False)

    hass.set_state(CoreState.running)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await hass.async_block_till_done(wait_background_tasks=True)
    await async_wait_recording_done(hass)
    assert hass.config_entries.async_entries(FUSION_SOLAR) == []
    assert await figures(hass, ours, "sum") == {}
    assert await figures(hass, TOTAL, "sum") == {BEGIN: 3.0}
    name = f"{DOMAIN}.moving.{house.entry.entry_id}"
    assert name in hass_storage
    await house.pass_time(SETTLED / 60 + 1)
    assert name not in hass_storage
