"""Home Assistant's own check of the Energy dashboard, with our sensors in every slot."""

from homeassistant.components.energy import data, validate
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
    do_adhoc_statistics,
)

from custom_components.smartpvms.const import DOMAIN
from tests.conftest import DAY_START, RunningSimulator
from tests.playback import api_account_entry, async_set_up


def entity_id(hass: HomeAssistant, owner: str, key: str) -> str:
    found = er.async_get(hass).async_get_entity_id("sensor", DOMAIN, f"{owner}_{key}")
    assert found is not None
    return found


@pytest.mark.usefixtures("recorder_mock")
async def test_the_energy_dashboard_accepts_the_sensors(
    hass: HomeAssistant, simulator: RunningSimulator
) -> None:
    assert await async_setup_component(hass, "energy", {})
    plant = simulator.simulator.plants[0]
    meter = next(device for device in plant.devices if device.type_id == 47)
    await async_set_up(
        hass,
        api_account_entry(
            simulator.url,
            [plant.code],
            username="apiuser",
            password="simulator-password",
            plant_settings={
                plant.code: {
                    "meters": {meter.serial: {"role": "grid", "reversed": False}}
                }
            },
        ),
    )
    await async_wait_recording_done(hass)
    do_adhoc_statistics(hass, start=DAY_START)
    await async_wait_recording_done(hass)

    manager = await data.async_get_manager(hass)
    await manager.async_update(
        {
            "energy_sources": [
                {
                    "type": "solar",
                    "stat_energy_from": entity_id(hass, plant.code, "solar_energy"),
                    "stat_rate": entity_id(hass, plant.code, "pv_power"),
                    "config_entry_solar_forecast": None,
                },
                {
                    "type": "battery",
                    "stat_energy_from": entity_id(
                        hass, plant.code, "battery_discharged_energy"
                    ),
                    "stat_energy_to": entity_id(
                        hass, plant.code, "battery_charged_energy"
                    ),
                    "stat_soc": entity_id(hass, plant.code, "battery_state_of_charge"),
                    "stat_rate": entity_id(hass, plant.code, "battery_power"),
                },
                {
                    "type": "grid",
                    "stat_energy_from": entity_id(
                        hass, plant.code, "grid_import_energy"
                    ),
                    "stat_energy_to": entity_id(hass, plant.code, "grid_export_energy"),
                    "stat_cost": None,
                    "entity_energy_price": None,
                    "number_energy_price": None,
                    "stat_compensation": entity_id(hass, plant.code, "total_income"),
                    "entity_energy_price_export": None,
                    "number_energy_price_export": None,
                    "cost_adjustment_day": 0.0,
                    "stat_rate": entity_id(hass, plant.code, "grid_power"),
                },
            ]
        }
    )
    await hass.async_block_till_done()

    found = (await validate.async_validate(hass)).as_dict()
    assert len(found["energy_sources"]) == 3
    assert [issues for issues in found["energy_sources"] if issues] == []
