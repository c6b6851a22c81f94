"""A simulated plant, its entry, and a recorder that keeps its history."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.smartpvms.energy_flows import Assignment, Role
from custom_components.smartpvms.history.history import History
from custom_components.smartpvms.history.quantities import Quantity
from custom_components.smartpvms.history.shelf import statistic_id
from custom_components.smartpvms.meters.assignments import with_assignment
from scripts.benchmarking.history_truth import Rows, async_rows, days_of
from simulator import Simulator
from simulator.plants.catalogue import PLANTS
from simulator.plants.catalogue.homes import home
from simulator.plants.plant import Plant
from tests.conftest import SimulatorFactory
from tests.playback import api_account_entry, async_oauth_entry, async_set_up

METER_TYPES: Final = frozenset({17, 47, 23070})


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """A simulated plant, and the entry that serves it."""

    hass: HomeAssistant
    freezer: FrozenDateTimeFactory
    cloud: Simulator
    entry: MockConfigEntry

    @property
    def plant(self) -> Plant:
        return self.cloud.plants[0]

    @property
    def history(self) -> History:
        found = self.entry.runtime_data.history
        assert isinstance(found, History)
        return found

    async def async_step(self) -> bool:
        """Make the next call, and wait for what comes of it; return whether there was one."""
        call = self.history.next_call()
        if call is None:
            return False
        await self.history.async_ask(call)
        await self.hass.async_block_till_done(wait_background_tasks=True)
        return True

    async def async_run(self, most: int = 1000) -> int:
        """Make all calls there are to make; return how many."""
        for made in range(most):
            if not await self.async_step():
                return made
        raise AssertionError("the history does not come to an end")

    async def rows(self, quantity: Quantity) -> Rows:
        """Return what is recorded of a quantity of the plant."""
        return await async_rows(self.hass, statistic_id(self.plant.code, quantity))

    async def days(self, quantity: Quantity) -> dict[date, float]:
        """Return what each day comes to."""
        return days_of(await self.rows(quantity), self.plant.zone)

    def pass_time(self, delta: timedelta) -> None:
        """Let time pass of which Home Assistant does not notice anything."""
        self.freezer.tick(delta)
        self.cloud.clock.step(delta)

    def calls(self, interface: str) -> int:
        """Return how many calls of an interface the cloud has seen."""
        return sum(each.interface == interface for each in self.cloud.requests)


type HomeFactory = Callable[..., Awaitable[Home]]


@pytest.fixture
async def home_factory(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    simulator_factory: SimulatorFactory,
    recorder_mock: object,
    monkeypatch: pytest.MonkeyPatch,
) -> HomeFactory:
    """Return what sets up a plant whose meter is known to be at the grid.

    Beside the simulator's plants there are `new`, three weeks old, `young`, connected in
    March of the year, and `old`, five years.
    """
    new = replace(home(), connected_days=20)
    monkeypatch.setitem(PLANTS, "new", lambda: new)
    young = replace(home(), connected_days=100)
    monkeypatch.setitem(PLANTS, "young", lambda: young)
    monkeypatch.setitem(PLANTS, "old", lambda: replace(home(), years=5))

    async def make(
        plant: str = "home",
        *,
        oauth: bool = True,
        quotas: bool = False,
        prepare: Callable[[Simulator], object] = lambda cloud: None,
        options: Mapping[str, object] = {},
        **arguments: Any,
    ) -> Home:
        running = await simulator_factory(plant=plant, **arguments)
        cloud = running.simulator
        cloud.quotas.enabled = quotas
        prepare(cloud)
        codes = [each.code for each in cloud.plants]
        settings = {each.code: {"time_zone": each.time_zone} for each in cloud.plants}
        if oauth:
            token = cloud.oauth.grant() | {"expires_at": freezer().timestamp() + 3600}
            entry = await async_oauth_entry(
                hass, running.url, codes, token, plant_settings=settings, **options
            )
        else:
            entry = api_account_entry(
                running.url,
                codes,
                username="apiuser",
                password="simulator-password",
                plant_settings=settings,
                **options,
            )
        chosen: Mapping[str, Any] = entry.options
        for each in cloud.plants:
            for device in each.devices:
                if device.type_id in METER_TYPES and device.serial:
                    grid = Assignment(role=Role.GRID)
                    chosen = with_assignment(chosen, each.code, device.serial, grid)
        entry.add_to_hass(hass)
        hass.config_entries.async_update_entry(entry, options=dict(chosen))
        await async_set_up(hass, entry)
        return Home(hass=hass, freezer=freezer, cloud=cloud, entry=entry)

    return make
