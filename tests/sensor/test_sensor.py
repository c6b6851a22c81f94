"""The sensors in Home Assistant, fed by the simulator."""

from collections.abc import Mapping
import logging
from typing import Any, Final

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from syrupy.assertion import SnapshotAssertion

from custom_components.smartpvms.accounts import unique_id_for
from custom_components.smartpvms.const import DOMAIN
from custom_components.smartpvms.sensor.flows import FLOW_SENSORS
from simulator import Simulator
from tests.conftest import RunningSimulator, SimulatorFactory
from tests.playback import api_account_entry, async_set_up, states_by_key

# what the keys of the cloud are in the simulator's physics: quantity and sign
PLANT_TRUTH: Final = {
    "day_power": ("yield_today", 1),
    "month_power": ("yield_month", 1),
    "total_power": ("yield_total", 1),
    "day_income": ("income_today", 1),
    "total_income": ("income_total", 1),
    "day_on_grid_energy": ("feed_in_today", 1),
    "day_use_energy": ("consumption_today", 1),
}
GRID_TRUTH: Final = {
    "ab_u": ("line_ab_voltage", 1),
    "bc_u": ("line_bc_voltage", 1),
    "ca_u": ("line_ca_voltage", 1),
    "b_u": ("phase_b_voltage", 1),
    "c_u": ("phase_c_voltage", 1),
    "b_i": ("phase_b_current", 1),
    "c_i": ("phase_c_current", 1),
}
INVERTER_TRUTH: Final = GRID_TRUTH | {
    "a_u": ("phase_a_voltage", 1),
    "a_i": ("phase_a_current", 1),
    "active_power": ("ac_power", 1),
    "reactive_power": ("reactive_power", 1),
    "power_factor": ("power_factor", 1),
    "mppt_power": ("pv_power", 1),
    "day_cap": ("yield_today", 1),
    "total_cap": ("yield_total", 1),
    "mppt_total_cap": ("dc_energy_total", 1),
    "efficiency": ("efficiency", 1),
    "temperature": ("temperature", 1),
    "elec_freq": ("frequency", 1),
    **{f"pv{n}_u": (f"pv_string_{n}_voltage", 1) for n in range(1, 37)},
    **{f"pv{n}_i": (f"pv_string_{n}_current", 1) for n in range(1, 37)},
    **{f"mppt_{n}_cap": (f"mppt_{n}_energy_total", 1) for n in range(1, 11)},
}
# the simulator counts import as positive, the meter what is fed in
METER_TRUTH: Final = GRID_TRUTH | {
    "active_power": ("grid_power", -1),
    "reactive_power": ("reactive_power", -1),
    "power_factor": ("power_factor", -1),
    "active_power_a": ("phase_a_power", -1),
    "active_power_b": ("phase_b_power", -1),
    "active_power_c": ("phase_c_power", -1),
    "active_cap": ("export_total", 1),
    "reverse_active_cap": ("import_total", 1),
    "total_apparent_power": ("apparent_power", 1),
    "forward_reactive_cap": ("reactive_export_total", 1),
    "reverse_reactive_cap": ("reactive_import_total", 1),
}
# the simulator counts discharge as positive, the cloud charging
BATTERY_TRUTH: Final = {
    "ch_discharge_power": ("battery_power", -1),
    "busbar_u": ("voltage", 1),
    "battery_soc": ("soc", 1),
    "max_charge_power": ("max_charge_power", 1),
    "max_discharge_power": ("max_discharge_power", 1),
    "charge_cap": ("charged_today", 1),
    "discharge_cap": ("discharged_today", 1),
    "total_charged_energy": ("charged_total", 1),
    "total_discharged_energy": ("discharged_total", 1),
    "rated_capacity": ("rated_capacity", 1),
}
# an EMMA counts import as positive; the CT of the simulated one measures the PV
EMMA_TRUTH: Final = (
    {key: (quantity, -sign) for key, (quantity, sign) in METER_TRUTH.items()}
    | GRID_TRUTH
    | {
        "a_u": ("phase_a_voltage", 1),
        "a_i": ("phase_a_current", 1),
        "active_cap": ("import_total", 1),
        "reverse_active_cap": ("export_total", 1),
        "ex_active_power": ("external_ct_power", 1),
        "ex_reactive_power": ("external_ct_reactive_power", 1),
        "ex_power_factor": ("external_ct_power_factor", 1),
        "ex_active_cap": ("external_ct_forward_total", 1),
        "ex_reverse_active_cap": ("external_ct_reverse_total", 1),
    }
    | {
        f"ex_{key}": (f"external_ct_phase_{phase}_{quantity}", 1)
        for phase in "abc"
        for key, quantity in (
            (f"{phase}_u", "voltage"),
            (f"{phase}_i", "current"),
            (f"active_power_{phase}", "power"),
        )
    }
)
WEATHER_TRUTH: Final = {
    "temperature": ("outside_temperature", 1),
    "pv_temperature": ("module_temperature", 1),
    # Home Assistant shows km/h
    "wind_speed": ("wind_speed", 3.6),
    "wind_direction": ("wind_direction", 1),
    "radiant_line": ("irradiance", 1),
    # MJ of a kWh
    "radiant_total": ("irradiation_today", 3.6),
}
AC_TRUTH: Final = {
    "ac_voltage": ("ac_voltage", 1),
    "ac_current": ("ac_current", 1),
    "ac_frequency": ("frequency", 1),
    "active_power": ("ac_power", 1),
}
TRUTH: Final[dict[int, Mapping[str, tuple[str, float]]]] = {
    1: INVERTER_TRUTH,
    10: WEATHER_TRUTH,
    17: METER_TRUTH | {"a_u": ("phase_a_voltage", 1), "a_i": ("phase_a_current", 1)},
    38: INVERTER_TRUTH,
    39: BATTERY_TRUTH,
    # the sign of the only report there is
    41: BATTERY_TRUTH
    | {"ch_discharge_power": ("battery_power", 1), "battery_soh": ("soh", 1)},
    23070: EMMA_TRUTH,
    23093: INVERTER_TRUTH | BATTERY_TRUTH,
    60001: AC_TRUTH
    | {
        "total_energy_consumption": ("consumption_total", 1),
        "supply_duration_per_total": ("supply_hours_total", 1),
    },
    60003: {"output_power": ("ac_power", 1), "load_rate": ("load_share", 1)},
    60010: AC_TRUTH,
    60014: {
        "soc": ("soc", 1),
        "charge_discharge_power": ("battery_power", -1),
        "total_discharge": ("discharged_total", 1),
        "voltage": ("voltage", 1),
        "current": ("current", 1),
        "remaining_backup_time": ("backup_hours_left", 1),
        "total_discharge_times": ("discharge_cycles_total", 1),
        "total_capacity": ("rated_capacity", 1),
    },
    60043: {
        "total_output_current": ("dc_current", 1),
        "total_output_power": ("dc_power", 1),
    },
    60044: {
        "input_voltage": ("input_voltage", 1),
        "output_voltage": ("output_voltage", 1),
        "output_current": ("output_current", 1),
    },
    60092: {
        "total_runtime": ("running_hours_total", 1),
        "pv_input_voltage": ("pv_voltage", 1),
        "pv_input_current": ("pv_current", 1),
        "pv_input_power": ("pv_power", 1),
        "inverter_voltage": ("inverter_voltage", 1),
        "inverter_frequency": ("inverter_frequency", 1),
        "ac_output_voltage": ("ac_voltage", 1),
        "ac_output_current": ("ac_current", 1),
        "ac_output_frequency": ("frequency", 1),
        "ac_output_apparent_power": ("apparent_power", 1),
    },
    47: METER_TRUTH
    | {
        "meter_u": ("phase_a_voltage", 1),
        "meter_i": ("phase_a_current", 1),
        "grid_frequency": ("frequency", 1),
    },
}
WITHOUT_QUANTITY: Final = {
    "real_health_state",
    "inverter_state",
    "open_time",
    "close_time",
    "battery_status",
    "ch_discharge_model",
    "meter_status",
    "mains_state",
    "grid_quality_grade",
    "running_state",
    "battery_state",
    "on_off_state",
    "critical_alarms",
    "major_alarms",
    "minor_alarms",
    "warning_alarms",
    "last_change",
    # of several devices: see tests/energy
    *(each.key for each in FLOW_SENSORS),
}


# what the cloud publishes with fewer decimals than the sensors of other types show
ROUNDED: Final = {
    "wind_speed": 0.181,
    "ac_current": 0.051,
    "current": 0.051,
    "total_output_current": 0.051,
    "output_current": 0.051,
    "pv_input_current": 0.051,
    "ac_output_current": 0.051,
}
# how many sensors of each plant there is a truth of
COMPARED: Final = {
    "home": 55,
    "string": 55,
    "pv": 20,
    "emma": 70,
    "commercial": 100,
    "ess": 50,
    "all_in_one": 55,
    "power_m": 35,
}


async def async_set_up_simulator(hass: HomeAssistant, running: RunningSimulator) -> str:
    """Set up an entry for all plants of the simulator, and return its id."""
    entry = api_account_entry(
        running.url,
        [plant.code for plant in running.simulator.plants],
        username="apiuser",
        password="simulator-password",
        plant_settings={
            plant.code: {"time_zone": plant.definition.time_zone}
            for plant in running.simulator.plants
        },
    )
    await async_set_up(hass, entry)
    return entry.entry_id


@pytest.mark.snapshot
@pytest.mark.parametrize("plant", ["home", "string", "pv"])
async def test_entities_of_a_plant(
    hass: HomeAssistant,
    entity_registry: er.EntityRegistry,
    simulator_factory: SimulatorFactory,
    snapshot: SnapshotAssertion,
    plant: str,
) -> None:
    running = await simulator_factory(plant=plant)
    entry_id = await async_set_up_simulator(hass, running)
    account = unique_id_for(running.url, "apiuser")

    entities = er.async_entries_for_config_entry(entity_registry, entry_id)
    assert entities
    # codes and values are compared elsewhere
    for entity in sorted(entities, key=lambda entity: entity.entity_id):
        assert {
            "name": entity.original_name,
            "unique_id": entity.unique_id.replace(account, "account"),
            "translation_key": entity.translation_key,
            "device_class": entity.original_device_class,
            "state_class": (entity.capabilities or {}).get("state_class"),
            "unit": entity.unit_of_measurement,
            "category": entity.entity_category,
            "disabled_by": entity.disabled_by,
            "options": dict(entity.options),
        } == snapshot(name=entity.entity_id)


def expected_states(
    simulator: Simulator, plant_code: str
) -> dict[str, Mapping[str, tuple[str, float]]]:
    """Return the truth tables by owner (device key or plant code)."""
    plant = next(plant for plant in simulator.plants if plant.code == plant_code)
    return {
        plant_code: PLANT_TRUTH,
        **{
            device.serial or device.dn: TRUTH[device.type_id]
            for device in plant.devices
            if device.type_id in TRUTH
        },
    }


def published(simulator: Simulator, plant_code: str, owner: str) -> dict[str, Any]:
    """Return the physical quantities of the last snapshot that the cloud published."""
    quantities: dict[str, Any] = simulator.truth()[plant_code]["published"]
    plant = next(plant for plant in simulator.plants if plant.code == plant_code)
    dn = next((d.dn for d in plant.devices if owner in (d.serial, d.dn)), "plant")
    found: dict[str, Any] = quantities[dn]
    return found


@pytest.mark.usefixtures("all_entities_enabled")
@pytest.mark.parametrize("plant", COMPARED)
async def test_states_are_the_simulated_physics(
    hass: HomeAssistant,
    entity_registry: er.EntityRegistry,
    simulator_factory: SimulatorFactory,
    plant: str,
) -> None:
    running = await simulator_factory(plant=plant)
    await async_set_up_simulator(hass, running)

    code = running.simulator.plants[0].code
    compared = 0
    for owner, table in expected_states(running.simulator, code).items():
        truth = published(running.simulator, code, owner)
        states = states_by_key(hass, owner)
        assert states.keys() - table.keys() <= WITHOUT_QUANTITY
        for key in states.keys() & table.keys():
            quantity, sign = table[key]
            if truth[quantity] is None:
                assert states[key] == "unknown", key
                continue
            entity_id = entity_registry.async_get_entity_id(
                Platform.SENSOR, DOMAIN, f"{owner}_{key}"
            )
            assert entity_id is not None
            precision = entity_registry.async_get(entity_id).options["sensor"][
                "suggested_display_precision"
            ]
            assert float(states[key]) == pytest.approx(
                sign * truth[quantity],
                abs=max(0.51 * 10**-precision, ROUNDED.get(key, 0)),
            ), key
            compared += 1
    assert compared >= COMPARED[plant]


async def test_only_what_users_look_at_is_enabled(
    hass: HomeAssistant, simulator: RunningSimulator
) -> None:
    await async_set_up_simulator(hass, simulator)

    plant = simulator.simulator.plants[0]
    enabled = {
        device.type_id: {
            key
            for key, state in states_by_key(hass, device.serial or device.dn).items()
            if state != "disabled"
        }
        for device in plant.devices
    }
    assert enabled == {
        38: {
            "inverter_state",
            "active_power",
            "mppt_power",
            "day_cap",
            "total_cap",
            "efficiency",
            "temperature",
            "open_time",
            "close_time",
        },
        39: {
            "battery_status",
            "ch_discharge_model",
            "battery_soc",
            "max_charge_power",
            "max_discharge_power",
            "charge_cap",
            "discharge_cap",
            "total_charged_energy",
            "total_discharged_energy",
            "rated_capacity",
        },
        47: {"active_cap", "reverse_active_cap", "meter_status"},
        62: set(),
    }


async def test_set_up_logs_no_warning(
    hass: HomeAssistant,
    simulator_factory: SimulatorFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    running = await simulator_factory(plant=",".join(COMPARED))
    entry_id = await async_set_up_simulator(hass, running)

    assert await hass.config_entries.async_unload(entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    warnings = [
        record.getMessage()
        for record in caplog.records
        if record.levelno >= logging.WARNING
        # of every custom integration, and of how this environment was built
        and "has not been tested by Home Assistant" not in record.getMessage()
        and record.name != "aiohttp_fast_zlib"
    ]
    assert warnings == []
