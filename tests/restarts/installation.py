"""A Home Assistant that is started again and again from the same directory."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
import shutil
from typing import Final

from freezegun.api import FrozenDateTimeFactory
from homeassistant import loader
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import (
    area_registry as ar,
    category_registry as cr,
    device_registry as dr,
    entity_registry as er,
    floor_registry as fr,
    frame,
    issue_registry as ir,
    label_registry as lr,
    restore_state as rs,
)
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
    async_test_home_assistant,
)

from custom_components.smartpvms.const import DOMAIN
from tests.conftest import RunningSimulator
from tests.playback import api_account_entry, async_oauth_entry

STEP: Final = timedelta(seconds=15)


class Installation:
    """A directory, and the entry of the simulated plants in it."""

    def __init__(
        self, path: Path, running: RunningSimulator, freezer: FrozenDateTimeFactory
    ) -> None:
        """Begin with an empty directory."""
        self._path = path
        self._starts = 0
        self._url = running.url
        self._freezer = freezer
        self.simulator = running.simulator

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[HomeAssistant]:
        """Run from the directory as it is; ends as Home Assistant is stopped."""
        async with async_test_home_assistant(
            config_dir=str(self._directory), load_registries=False
        ) as hass:
            frame.async_setup(hass)
            hass.data.pop(loader.DATA_CUSTOM_COMPONENTS)
            dr.async_setup(hass)
            for registry in (ar, cr, dr, er, fr, ir, lr, rs):
                await registry.async_load(hass)
            await hass.config_entries.async_initialize()
            for entry in hass.config_entries.async_entries(DOMAIN):
                await hass.config_entries.async_setup(entry.entry_id)
            await hass.async_block_till_done(wait_background_tasks=True)
            yield hass
            await hass.async_stop(force=True)

    def kill(self) -> None:
        """Go on from what is on disk now: what is written from now on is lost."""
        before = self._directory
        self._starts += 1
        shutil.copytree(before, self._directory)

    async def async_add(self, hass: HomeAssistant, entry: MockConfigEntry) -> None:
        """Add the entry, as the flow does that it comes from."""
        await hass.config_entries.async_add(entry)
        await hass.async_block_till_done(wait_background_tasks=True)

    async def async_entry(self, hass: HomeAssistant, access: str) -> MockConfigEntry:
        """Return an entry of all plants."""
        plants = [plant.code for plant in self.simulator.plants]
        if access == "oauth":
            token = self.simulator.oauth.grant()
            expires = self._freezer().timestamp() + token["expires_in"]
            token |= {"expires_at": expires}
            return await async_oauth_entry(hass, self._url, plants, token)
        return api_account_entry(self._url, plants, password="simulator-password")

    async def async_wait(self, delta: timedelta, hass: HomeAssistant | None) -> None:
        """Let time pass, for a Home Assistant that runs or for none."""
        while delta > timedelta(0):
            step = min(STEP, delta)
            delta -= step
            self._freezer.tick(step)
            self.simulator.clock.step(step)
            if hass is not None:
                async_fire_time_changed(hass)
                await hass.async_block_till_done(wait_background_tasks=True)

    @property
    def _directory(self) -> Path:
        return self._path / str(self._starts)


def entry_of(hass: HomeAssistant) -> ConfigEntry:
    """Return the only entry."""
    [entry] = hass.config_entries.async_entries(DOMAIN)
    return entry
