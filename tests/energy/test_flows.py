"""The energy flows of a plant in Home Assistant, against the simulator's physics."""

from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from tests.conftest import RunningSimulator
from tests.playback import api_account_entry, async_set_up, states_by_key


async def test_the_flows_of_a_home_are_those_of_its_physics(
    hass: HomeAssistant, simulator: RunningSimulator
) -> None:
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
                    "time_zone": "Europe/Berlin",
                    "meters": {meter.serial: {"role": "grid", "reversed": False}},
                }
            },
        ),
    )
    states = states_by_key(hass, plant.code)
    truth: dict[str, Any] = simulator.simulator.truth()[plant.code]
    published = truth["published"]
    by_type = {device.type_id: published[device.dn] for device in plant.devices}
    assert {
        key: float(states[key])
        for key in (
            "pv_power",
            "grid_power",
            "battery_power",
            "home_consumption_power",
            "battery_state_of_charge",
            "grid_import_energy",
            "grid_export_energy",
            "battery_charged_energy",
            "battery_discharged_energy",
        )
    } == {
        "pv_power": pytest.approx(by_type[38]["pv_power"], abs=1),
        "grid_power": pytest.approx(by_type[47]["grid_power"], abs=1),
        "battery_power": pytest.approx(by_type[39]["battery_power"], abs=1),
        "home_consumption_power": pytest.approx(
            by_type[38]["ac_power"] + by_type[47]["grid_power"], abs=2
        ),
        "battery_state_of_charge": pytest.approx(by_type[39]["soc"], abs=0.1),
        "grid_import_energy": pytest.approx(by_type[47]["import_total"], abs=0.01),
        "grid_export_energy": pytest.approx(by_type[47]["export_total"], abs=0.01),
        "battery_charged_energy": pytest.approx(by_type[39]["charged_total"], abs=0.01),
        "battery_discharged_energy": pytest.approx(
            by_type[39]["discharged_total"], abs=0.01
        ),
    }
