"""The energy flows of a plant in Home Assistant, against the simulator's physics."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import HomeAssistant
import pytest

from custom_components.smartpvms.coordinator import forget_entry
from custom_components.smartpvms.sensor.flows import FLOW_SENSORS
from tests.conftest import DAY_START, RunningSimulator, SimulatorFactory, advance
from tests.playback import api_account_entry, async_set_up, states_by_key

BEAT: Final = timedelta(seconds=303)
ALL_FLOWS: Final = {each.key for each in FLOW_SENSORS}
STORAGE_FLOWS: Final = {
    "battery_power",
    "battery_state_of_charge",
    "stored_energy",
    "usable_capacity",
    "battery_charged_energy",
    "battery_discharged_energy",
}


async def test_the_flows_of_a_home_are_those_of_its_physics(
    hass: HomeAssistant, simulator: RunningSimulator
) -> None:
    await async_set_up_home(hass, simulator)
    plant = simulator.simulator.plants[0]
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


async def async_set_up_home(
    hass: HomeAssistant, running: RunningSimulator, **options: object
) -> str:
    """Set up an entry for the only plant, with its meter confirmed."""
    plant = running.simulator.plants[0]
    meters = {
        device.serial: {"role": "grid", "reversed": False}
        for device in plant.devices
        if device.type_id in {17, 47, 23070}
    }
    settings = {"time_zone": "Europe/Berlin", "meters": meters}
    entry = api_account_entry(
        running.url,
        [plant.code],
        username="apiuser",
        password="simulator-password",
        **{"plant_settings": {plant.code: settings}, **options},
    )
    await async_set_up(hass, entry)
    entry_id: str = entry.entry_id
    return entry_id


def flows(hass: HomeAssistant, running: RunningSimulator) -> dict[str, str]:
    """Return the states of the flows there are."""
    states = states_by_key(hass, running.simulator.plants[0].code)
    return {key: state for key, state in states.items() if key in ALL_FLOWS}


@pytest.mark.parametrize(
    ("plant", "absent"),
    [
        ("pv", ALL_FLOWS - {"pv_power", "solar_energy"}),
        ("string", STORAGE_FLOWS),
        ("home", set()),
        ("power_m", ALL_FLOWS),
    ],
)
async def test_what_can_never_be_known_is_absent(
    hass: HomeAssistant,
    simulator_factory: SimulatorFactory,
    plant: str,
    absent: set[str],
) -> None:
    running = await simulator_factory(plant=plant)
    await async_set_up_home(hass, running)
    assert flows(hass, running).keys() == ALL_FLOWS - absent


async def test_without_a_confirmed_meter_nothing_is_said_of_the_grid(
    hass: HomeAssistant, simulator: RunningSimulator
) -> None:
    await async_set_up_home(hass, simulator, plant_settings={})
    assert not flows(hass, simulator).keys() & {
        "grid_power",
        "grid_import_energy",
        "home_consumption_power",
    }


async def test_by_night_pv_is_zero_and_consumption_goes_on(
    hass: HomeAssistant, simulator_factory: SimulatorFactory
) -> None:
    running = await simulator_factory(start=datetime(2026, 6, 20, 23, tzinfo=UTC))
    running.simulator.faults.enable("inverter_sleeps")
    await async_set_up_home(hass, running)
    states = flows(hass, running)
    assert float(states["pv_power"]) == 0
    assert float(states["home_consumption_power"]) > 50


async def test_a_power_outlasts_a_poll_that_fails_and_then_is_unknown(
    hass: HomeAssistant, simulator: RunningSimulator, freezer: FrozenDateTimeFactory
) -> None:
    await async_set_up_home(hass, simulator)
    before = flows(hass, simulator)
    simulator.simulator.faults.enable("busy", interface="getDevRealKpi")
    await advance(hass, simulator.simulator, freezer, BEAT)
    assert flows(hass, simulator)["pv_power"] == before["pv_power"]

    for _ in range(2):
        await advance(hass, simulator.simulator, freezer, BEAT)
    states = flows(hass, simulator)
    assert states["pv_power"] == STATE_UNKNOWN
    assert states["solar_energy"] >= before["solar_energy"]
    assert states["grid_import_energy"] == before["grid_import_energy"]

    simulator.simulator.faults.clear()
    await advance(hass, simulator.simulator, freezer, BEAT)
    assert float(flows(hass, simulator)["pv_power"]) > 0


@pytest.mark.usefixtures("hass_storage")
async def test_a_restart_changes_no_total(
    hass: HomeAssistant, simulator: RunningSimulator, freezer: FrozenDateTimeFactory
) -> None:
    entry_id = await async_set_up_home(hass, simulator)
    before = flows(hass, simulator)
    assert await hass.config_entries.async_unload(entry_id)
    forget_entry(hass, entry_id)
    freezer.tick(BEAT)
    simulator.simulator.clock.step(BEAT)
    # the cloud shows less than was counted
    simulator.simulator.clock.set(DAY_START - timedelta(minutes=30))
    assert await hass.config_entries.async_setup(entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    after = flows(hass, simulator)
    assert after.keys() == before.keys()
    assert {key: state for key, state in after.items() if key.endswith("energy")} == {
        key: after[key] if key == "stored_energy" else state
        for key, state in before.items()
        if key.endswith("energy")
    }


@pytest.mark.usefixtures("hass_storage")
async def test_with_the_entry_goes_what_is_remembered(
    hass: HomeAssistant, simulator: RunningSimulator, hass_storage: dict[str, Any]
) -> None:
    entry_id = await async_set_up_home(hass, simulator)
    assert await hass.config_entries.async_unload(entry_id)
    assert f"smartpvms.energy.{entry_id}" in hass_storage
    assert await hass.config_entries.async_remove(entry_id)
    assert f"smartpvms.energy.{entry_id}" not in hass_storage


async def test_a_poll_out_of_turn_ends_the_round(
    hass: HomeAssistant, simulator: RunningSimulator, freezer: FrozenDateTimeFactory
) -> None:
    entry_id = await async_set_up_home(hass, simulator)
    entry = hass.config_entries.async_get_known_entry(entry_id)
    meter = entry.runtime_data.device_readings[47]
    before = flows(hass, simulator)
    for _ in range(2):
        await meter.async_refresh()
    # the round had a meter only that may not be asked so soon: no sum is known of it
    assert flows(hass, simulator) == before

    await advance(hass, simulator.simulator, freezer, BEAT)
    assert flows(hass, simulator)["pv_power"] != before["pv_power"]


async def test_what_is_remembered_is_on_disk_after_each_cycle(
    hass: HomeAssistant,
    simulator: RunningSimulator,
    freezer: FrozenDateTimeFactory,
    hass_storage: dict[str, Any],
) -> None:
    entry_id = await async_set_up_home(hass, simulator)
    plant = simulator.simulator.plants[0].code
    remembered = []
    for _ in range(2):
        await advance(hass, simulator.simulator, freezer, BEAT)
        await advance(hass, simulator.simulator, freezer, timedelta(seconds=10))
        data = hass_storage[f"smartpvms.energy.{entry_id}"]["data"]
        remembered.append(data[plant]["energy"]["counters"]["lifetime"])
    before, after = (
        {key: mark["at"] for key, mark in each.items()} for each in remembered
    )
    assert before.keys() == after.keys()
    assert max(before.values()) < max(after.values())


async def test_a_plant_that_is_not_listed_is_remembered(
    hass: HomeAssistant, simulator: RunningSimulator, hass_storage: dict[str, Any]
) -> None:
    entry_id = await async_set_up_home(hass, simulator)
    assert await hass.config_entries.async_unload(entry_id)
    stored = hass_storage[f"smartpvms.energy.{entry_id}"]
    (known,) = stored["data"].values()
    stored["data"]["NE=GONE"] = known
    forget_entry(hass, entry_id)
    assert await hass.config_entries.async_setup(entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert await hass.config_entries.async_unload(entry_id)
    assert hass_storage[f"smartpvms.energy.{entry_id}"]["data"]["NE=GONE"] == known
