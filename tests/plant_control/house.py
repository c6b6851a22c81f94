"""A house in Home Assistant whose owner controls it, at a simulated cloud."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
import json
from typing import Any, Final

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import Context, HomeAssistant, State
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.smartpvms.const import DOMAIN
from custom_components.smartpvms.plant_control import PlantControl
from simulator import Simulator
from simulator.plants.plant import Plant
from tests.conftest import RunningSimulator
from tests.playback import api_account_entry, async_oauth_entry, async_set_up

BOTH_SCOPES: Final = "pvms.openapi.basic pvms.openapi.control"


@dataclass(slots=True, kw_only=True)
class House:
    """Home Assistant, its entry, and the cloud."""

    hass: HomeAssistant
    freezer: FrozenDateTimeFactory
    entry: MockConfigEntry
    cloud: Simulator

    @property
    def plant(self) -> Plant:
        return self.cloud.plants[0]

    @property
    def code(self) -> str:
        return self.plant.code

    @property
    def control(self) -> PlantControl:
        control: PlantControl = self.entry.runtime_data.control
        return control

    def device_id(self, key: str | None = None) -> str:
        """Return Home Assistant's id of the plant, or of a device by its key."""
        found = dr.async_get(self.hass).async_get_device_by_identifier(
            (DOMAIN, key or self.code), self.entry.entry_id
        )
        assert found is not None
        return found.id

    def battery_id(self) -> str:
        (battery,) = (each for each in self.plant.devices if each.type_id == 39)
        return self.device_id(battery.dn)

    async def call(self, action: str, **data: Any) -> dict[str, Any]:
        """Call an action on the plant, and return what it says of it."""
        data.setdefault("device_id", self.device_id())
        response = await self.hass.services.async_call(
            DOMAIN, action, data, blocking=True, return_response=True
        )
        assert json.loads(json.dumps(response)) == response
        assert response is not None
        (row,) = response["plants"]  # type: ignore[misc, union-attr]
        assert isinstance(row, dict)
        return row

    async def do(
        self, action: str, *, context: Context | None = None, **data: Any
    ) -> None:
        """Call an action on the plant as an automation does, without a response."""
        data.setdefault("device_id", self.device_id())
        await self.hass.services.async_call(
            DOMAIN, action, data, blocking=True, context=context
        )

    def entity_id(self, platform: str, key: str) -> str:
        found = er.async_get(self.hass).async_get_entity_id(
            platform, DOMAIN, f"{self.code}_{key}"
        )
        assert found is not None, key
        return found

    def state(self, platform: str, key: str) -> State:
        state = self.hass.states.get(self.entity_id(platform, key))
        assert state is not None
        return state

    async def use(self, platform: str, key: str, service: str, **data: Any) -> None:
        """Use an entity as a user does."""
        await self.hass.services.async_call(
            platform,
            service,
            {"entity_id": self.entity_id(platform, key), **data},
            blocking=True,
        )

    async def pass_time(self, minutes: float, step: float = 1) -> None:
        """Let time pass, in steps of minutes."""
        # else requests on their way would time out
        await self.hass.async_block_till_done(wait_background_tasks=True)
        left = timedelta(minutes=minutes)
        while left > timedelta():
            tick = min(left, timedelta(minutes=step))
            self.freezer.tick(tick)
            self.cloud.clock.step(tick)
            async_fire_time_changed(self.hass, dt_util.utcnow())
            await self.hass.async_block_till_done(wait_background_tasks=True)
            left -= tick

    async def lose_plant(self) -> None:
        """Have the cloud tell nothing of the plants, until that is believed."""
        self.cloud.faults.enable("http_500", interface="getStationRealKpi")
        for _ in range(20):
            await self.pass_time(60, step=60)
            await self.entry.runtime_data.plant_readings.async_refresh()

    async def reload(self) -> None:
        assert await self.hass.config_entries.async_reload(self.entry.entry_id)
        await self.hass.async_block_till_done(wait_background_tasks=True)

    def change_options(self, **options: Any) -> None:
        self.hass.config_entries.async_update_entry(
            self.entry, options={**self.entry.options, **options}
        )

    def change_plant_settings(self, **settings: Any) -> None:
        self.change_options(plant_settings={self.code: settings})

    def control_calls(self) -> int:
        """Return how many control calls the cloud has counted, polls included."""
        return sum(
            "/control/" in each.path or "/vpp/" in each.path
            for each in self.cloud.requests
        )

    def calls(self) -> int:
        """Return how many requests have reached the cloud."""
        return len(self.cloud.requests)

    def owner_changes(self, **settings: Any) -> None:
        """Change settings in the app."""
        steering = self.plant.steering
        steering.advance()
        steering.change(self.cloud.clock.now(), **settings)

    @property
    def mode(self) -> str:
        self.plant.steering.advance()
        return self.plant.settings.operation_mode

    @property
    def limit(self) -> tuple[str, float]:
        self.plant.steering.advance()
        settings = self.plant.settings
        return settings.control_mode, settings.feed_in_limit * 1000

    def battery_power(self) -> float:
        """Return W that the battery truly gives, below 0 when it charges."""
        truth: Mapping[str, Any] = self.cloud.truth()[self.code]["now"]
        return float(truth["battery_power"])


async def async_build_house(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    running: RunningSimulator,
    *,
    scope: str = BOTH_SCOPES,
    **options: Any,
) -> House:
    """Set up an entry of the simulated owner's plants, with control allowed."""
    cloud = running.simulator
    token = cloud.oauth.grant(scope=scope)
    expires = dt_util.utcnow().timestamp() + int(token["expires_in"])
    entry = await async_oauth_entry(
        hass,
        running.url,
        [plant.code for plant in cloud.plants],
        {**token, "expires_at": expires},
    )
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(
        entry, options={**entry.options, "control": True, **options}
    )
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    return House(hass=hass, freezer=freezer, entry=entry, cloud=cloud)


async def async_build_account_house(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    running: RunningSimulator,
    **options: Any,
) -> House:
    """Set up an entry of the same plants that came by an API account."""
    cloud = running.simulator
    entry = api_account_entry(
        running.url,
        [plant.code for plant in cloud.plants],
        password=cloud.accounts["apiuser"].system_code,
        **options,
    )
    await async_set_up(hass, entry)
    return House(hass=hass, freezer=freezer, entry=entry, cloud=cloud)
