"""Entries of simulated plants whose energy goes into the dashboard."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.energy.data import async_get_manager
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.smartpvms.const import DOMAIN
from custom_components.smartpvms.energy_dashboard import Existing
from custom_components.smartpvms.energy_dashboard.offer import accepted_offer
from custom_components.smartpvms.energy_flows import Assignment, Role
from custom_components.smartpvms.meters.assignments import with_assignment
from simulator import Simulator
from tests.conftest import SimulatorFactory, advance
from tests.playback import api_account_entry, async_set_up

BEAT = timedelta(seconds=303)


@dataclass(frozen=True, slots=True, kw_only=True)
class Household:
    """A simulated plant, and the entry that serves it."""

    hass: HomeAssistant
    freezer: FrozenDateTimeFactory
    cloud: Simulator
    entry: MockConfigEntry

    @property
    def plant_code(self) -> str:
        return self.cloud.plants[0].code

    @property
    def waiting(self) -> dict[str, list[str]]:
        """The kinds of sources that are still to be put in, by plant."""
        offer = self.entry.options.get("energy_dashboard", {"plants": {}})
        waiting: dict[str, list[str]] = offer["plants"]
        return waiting

    def serials(self, type_id: int) -> list[str]:
        """Return the serial numbers of the devices of a type."""
        devices = self.cloud.plants[0].devices
        return [each.serial for each in devices if each.type_id == type_id]

    def questions(self) -> dict[str, ir.IssueEntry]:
        """Return the repairs about meters that are raised, by measuring point."""
        return {
            str((issue.data or {})["point"]): issue
            for (domain, _), issue in ir.async_get(self.hass).issues.items()
            if domain == DOMAIN
        }

    async def sources(self) -> dict[str, dict[str, Any]]:
        """Return the sources of the dashboard by kind, each of which there is one of."""
        manager = await async_get_manager(self.hass)
        sources = [] if manager.data is None else manager.data["energy_sources"]
        by_kind = {source["type"]: dict(source) for source in sources}
        assert len(by_kind) == len(sources)
        return by_kind

    async def pass_time(self, cycles: int = 1) -> None:
        """Let some cycles pass."""
        for _ in range(cycles):
            await advance(self.hass, self.cloud, self.freezer, BEAT)

    async def pass_time_until(
        self, reached: Callable[[], bool], most: int = 120
    ) -> None:
        """Let cycles pass until something is so, of ten hours at the most."""
        for _ in range(most):
            if reached():
                return
            await self.pass_time()
        assert reached()


type HouseholdFactory = Callable[..., Awaitable[Household]]


@pytest.fixture
async def household_factory(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    simulator_factory: SimulatorFactory,
) -> HouseholdFactory:
    """Return what sets up a simulated plant.

    `offer` says that its owner wants the dashboard filled; `grid` is the type of the
    device that the owner says is at the grid connection.
    """

    async def make(
        plant: str = "home",
        *,
        offer: Existing | None = None,
        grid: int | None = None,
        replaceable: tuple[str, ...] = (),
        prepare: Callable[[Simulator], object] = lambda cloud: None,
    ) -> Household:
        running = await simulator_factory(plant=plant)
        cloud = running.simulator
        cloud.quotas.enabled = False
        prepare(cloud)
        assert await async_setup_component(hass, "energy", {})
        code = cloud.plants[0].code
        entry = api_account_entry(
            running.url, [code], username="apiuser", password="simulator-password"
        )
        household = Household(hass=hass, freezer=freezer, cloud=cloud, entry=entry)
        options = dict(entry.options)
        if offer is not None:
            options["energy_dashboard"] = accepted_offer([code], offer, replaceable)
        if grid is not None:
            (point,) = household.serials(grid)
            assignment = Assignment(role=Role.GRID)
            options = with_assignment(options, code, point, assignment)
        entry.add_to_hass(hass)
        hass.config_entries.async_update_entry(entry, options=options)
        await async_set_up(hass, entry)
        return household

    return make
