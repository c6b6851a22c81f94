"""What is answered agrees with what is so, unit by unit and sign by sign."""

from dataclasses import replace
from datetime import UTC, datetime
import re
from typing import Any

import pytest

from simulator.plants.catalogue import PLANTS
from simulator.plants.definitions import Emma

from .conftest import Cloud, CloudFactory
from .documents import documented_keys

# Key: the truth behind it, the factor from truth to answer, half the last digit.
PLANT = {
    "day_power": ("yield_today", 1, 0.005),
    "month_power": ("yield_month", 1, 0.005),
    "total_power": ("yield_total", 1, 0.005),
    "day_income": ("income_today", 1, 0.005),
    "total_income": ("income_total", 1, 0.005),
    "day_on_grid_energy": ("feed_in_today", 1, 0.005),
    "day_use_energy": ("consumption_today", 1, 0.005),
    "real_health_state": ("health", 1, 0),
}
PHASES = {
    "ab_u": ("line_ab_voltage", 1, 0.05),
    "bc_u": ("line_bc_voltage", 1, 0.05),
    "ca_u": ("line_ca_voltage", 1, 0.05),
    "b_u": ("phase_b_voltage", 1, 0.05),
    "c_u": ("phase_c_voltage", 1, 0.05),
}
INVERTER = PHASES | {
    "active_power": ("ac_power", 0.001, 0.0005),
    "reactive_power": ("reactive_power", 0.001, 0.0005),
    "mppt_power": ("pv_power", 0.001, 0.0005),
    "power_factor": ("power_factor", 1, 0.0005),
    "efficiency": ("efficiency", 1, 0.005),
    "temperature": ("temperature", 1, 0.05),
    "elec_freq": ("frequency", 1, 0.005),
    "day_cap": ("yield_today", 1, 0.005),
    "total_cap": ("yield_total", 1, 0.005),
    "mppt_total_cap": ("dc_energy_total", 1, 0.005),
    "a_u": ("phase_a_voltage", 1, 0.05),
    "a_i": ("phase_a_current", 1, 0.0005),
    "b_i": ("phase_b_current", 1, 0.0005),
    "c_i": ("phase_c_current", 1, 0.0005),
}
BATTERY = {
    "ch_discharge_power": ("battery_power", -1, 0.5),
    "max_charge_power": ("max_charge_power", 1, 0),
    "max_discharge_power": ("max_discharge_power", 1, 0),
    "busbar_u": ("voltage", 1, 0.05),
    "battery_soc": ("soc", 1, 0.05),
    "charge_cap": ("charged_today", 1, 0.005),
    "discharge_cap": ("discharged_today", 1, 0.005),
    "total_charged_energy": ("charged_total", 1, 0.005),
    "total_discharged_energy": ("discharged_total", 1, 0.005),
    "rated_capacity": ("rated_capacity", 1, 0),
    "battery_soh": ("soh", 1, 0),
}
METER = PHASES | {
    "active_power": ("grid_power", -1, 0.5),
    "active_power_a": ("phase_a_power", -1, 0.5),
    "active_power_b": ("phase_b_power", -1, 0.5),
    "active_power_c": ("phase_c_power", -1, 0.5),
    "reactive_power": ("reactive_power", -1, 0.5),
    "power_factor": ("power_factor", -1, 0.0005),
    "active_cap": ("export_total", 1, 0.005),
    "reverse_active_cap": ("import_total", 1, 0.005),
    "meter_u": ("phase_a_voltage", 1, 0.05),
    "a_u": ("phase_a_voltage", 1, 0.05),
    "meter_i": ("phase_a_current", 1, 0.005),
    "a_i": ("phase_a_current", 1, 0.005),
    "b_i": ("phase_b_current", 1, 0.005),
    "c_i": ("phase_c_current", 1, 0.005),
    "grid_frequency": ("frequency", 1, 0.005),
    "forward_reactive_cap": ("reactive_export_total", 1, 0.005),
    "reverse_reactive_cap": ("reactive_import_total", 1, 0.005),
    "total_apparent_power": ("apparent_power", 0.001, 0.0005),
}
EMMA_METERING = {
    "active_power": ("power", 0.001, 0.0005),
    "active_power_a": ("phase_a_power", 0.001, 0.0005),
    "active_power_b": ("phase_b_power", 0.001, 0.0005),
    "active_power_c": ("phase_c_power", 0.001, 0.0005),
    "reactive_power": ("reactive_power", 0.001, 0.0005),
    "power_factor": ("power_factor", 1, 0.0005),
    "active_cap": ("forward_total", 1, 0.005),
    "reverse_active_cap": ("reverse_total", 1, 0.005),
    "a_u": ("phase_a_voltage", 1, 0.05),
    "b_u": ("phase_b_voltage", 1, 0.05),
    "c_u": ("phase_c_voltage", 1, 0.05),
    "a_i": ("phase_a_current", 1, 0.005),
    "b_i": ("phase_b_current", 1, 0.005),
    "c_i": ("phase_c_current", 1, 0.005),
}
EMMA = (
    PHASES
    | EMMA_METERING
    | {
        "active_power": ("grid_power", 0.001, 0.0005),
        "active_cap": ("import_total", 1, 0.005),
        "reverse_active_cap": ("export_total", 1, 0.005),
    }
    | {
        f"ex_{key}": (f"external_ct_{name}", factor, half)
        for key, (name, factor, half) in EMMA_METERING.items()
    }
)
WEATHER = {
    "temperature": ("outside_temperature", 1, 0.05),
    "pv_temperature": ("module_temperature", 1, 0.05),
    "wind_speed": ("wind_speed", 1, 0.05),
    "wind_direction": ("wind_direction", 1, 0.05),
    "radiant_line": ("irradiance", 1, 0.05),
    "radiant_total": ("irradiation_today", 3.6, 0.0005),
}
ESS = {key: BATTERY[key] for key in ("battery_soc", "charge_cap", "discharge_cap")} | {
    "ch_discharge_power": ("battery_power", 1, 0.5),
    "battery_soh": ("soh", 1, 0.05),
}
POWER_M = {
    60001: {
        "ac_voltage": ("ac_voltage", 1, 0.05),
        "ac_current": ("ac_current", 1, 0.05),
        "active_power": ("ac_power", 0.001, 0.0005),
        "ac_frequency": ("frequency", 1, 0.005),
        "total_energy_consumption": ("consumption_total", 1, 0.005),
        "supply_duration_per_total": ("supply_hours_total", 1, 0.05),
        "mains_state": ("mains_present", 1, 0),
        "grid_quality_grade": ("grid_quality_class", 1, 0),
    },
    60003: {
        "running_state": ("running_state", 1, 0),
        "output_power": ("ac_power", 0.001, 0.0005),
        "load_rate": ("load_share", 1, 0.05),
    },
    60010: {
        "ac_voltage": ("ac_voltage", 1, 0.05),
        "ac_current": ("ac_current", 1, 0.05),
        "ac_frequency": ("frequency", 1, 0.005),
        "active_power": ("ac_power", 0.001, 0.0005),
    },
    60014: {
        "battery_state": ("battery_state", 1, 0),
        "soc": ("soc", 1, 0.05),
        "charge_discharge_power": ("battery_power", -0.001, 0.0005),
        "total_discharge": ("discharged_total", 1, 0.005),
        "voltage": ("voltage", 1, 0.05),
        "current": ("current", 1, 0.05),
        "remaining_backup_time": ("backup_hours_left", 1, 0.05),
        "total_discharge_times": ("discharge_cycles_total", 1, 0),
        "total_capacity": ("rated_capacity", 1, 0.005),
    },
    60043: {
        "total_output_current": ("dc_current", 1, 0.05),
        "total_output_power": ("dc_power", 0.001, 0.0005),
    },
    60044: {
        "input_voltage": ("input_voltage", 1, 0.05),
        "output_voltage": ("output_voltage", 1, 0.05),
        "output_current": ("output_current", 1, 0.05),
        "on_off_state": ("switched_off", 1, 0),
    },
    60092: {
        "total_runtime": ("running_hours_total", 1, 0.05),
        "pv_input_voltage": ("pv_voltage", 1, 0.05),
        "pv_input_current": ("pv_current", 1, 0.05),
        "pv_input_power": ("pv_power", 0.001, 0.0005),
        "inverter_voltage": ("inverter_voltage", 1, 0.05),
        "inverter_frequency": ("inverter_frequency", 1, 0.005),
        "ac_output_voltage": ("ac_voltage", 1, 0.05),
        "ac_output_current": ("ac_current", 1, 0.05),
        "ac_output_frequency": ("frequency", 1, 0.005),
        "ac_output_apparent_power": ("apparent_power", 0.001, 0.0005),
    },
}
TABLES = POWER_M | {
    41: ESS,
    23093: INVERTER | BATTERY,
    1: INVERTER,
    10: WEATHER,
    17: METER,
    38: INVERTER,
    39: BATTERY,
    47: METER,
    23070: EMMA,
}
STATUS = {
    "run_state",
    "inverter_state",
    "battery_status",
    "ch_discharge_model",
    "meter_status",
}
TIMES = {"open_time": "started_at", "close_time": "stopped_at"}
INSTANTS = [
    datetime(2026, 6, 21, 4, 0, tzinfo=UTC),
    datetime(2026, 6, 21, 10, 30, tzinfo=UTC),
    datetime(2026, 6, 21, 19, 0, tzinfo=UTC),
    datetime(2026, 6, 21, 22, 2, tzinfo=UTC),
    datetime(2026, 12, 24, 17, 0, tzinfo=UTC),
]


def expected(
    table: dict[str, tuple[str, float, float]], key: str
) -> tuple[str, float, float] | None:
    if key in table:
        return table[key]
    if match := re.fullmatch(r"pv(\d+)_u", key):
        return f"pv_string_{match[1]}_voltage", 1, 0.05
    if match := re.fullmatch(r"pv(\d+)_i", key):
        return f"pv_string_{match[1]}_current", 1, 0.005
    if match := re.fullmatch(r"mppt_(\d+)_cap", key):
        return f"mppt_{match[1]}_energy_total", 1, 0.005
    return None


def check(
    items: dict[str, Any],
    truth: dict[str, Any],
    table: dict[str, tuple[str, float, float]],
) -> int:
    """Compare every numeric key; return how many there were."""
    compared = 0
    for key, value in items.items():
        if value is None or key in STATUS or not isinstance(value, int | float):
            continue
        if key in TIMES:
            at = datetime.fromisoformat(truth[TIMES[key]])
            assert value == at.timestamp() * 1000, key
            continue
        found = expected(table, key)
        assert found is not None, f"{key} has no truth"
        name, factor, half = found
        assert value == pytest.approx(truth[name] * factor, abs=half * 1.001), key
        compared += 1
    return compared


async def nothing_to_read(cloud: Cloud, device: Any) -> bool:
    code = await cloud.code("getDevRealKpi", devIds=device.id, devTypeId=device.type_id)
    return code == 20013


@pytest.mark.parametrize("instant", INSTANTS)
@pytest.mark.parametrize("plants", PLANTS)
async def test_every_numeric_key_agrees_with_the_truth(
    cloud_factory: CloudFactory, plants: str, instant: datetime
) -> None:
    cloud = await cloud_factory(plant=plants, start=instant)
    plant = cloud.simulator.plants[0]
    truth: dict[str, Any] = cloud.simulator.truth()[plant.code]["published"]
    assert check(await cloud.items(), truth["plant"], PLANT) >= 6
    assert truth["plant"]["grid_power"] == pytest.approx(
        truth["plant"]["load_power"]
        - truth["plant"]["ac_power"]
        - (truth["plant"]["battery_power"] if plants == "ess" else 0)
    )
    for device in plant.devices:
        if device.type_id in TABLES:
            answer = await cloud.call(
                "getDevRealKpi", devIds=device.id, devTypeId=device.type_id
            )
            items = answer["data"][0]["dataItemMap"]
            table = TABLES[device.type_id]
            assert check(items, truth[device.dn], table) >= min(len(table), 10)
        else:
            assert await nothing_to_read(cloud, device)


@pytest.mark.parametrize(
    ("plants", "type_id"),
    [
        ("pv", 38),
        ("home", 38),
        ("home", 39),
        ("home", 47),
        ("string", 1),
        ("string", 17),
        ("commercial", 10),
        ("emma", 23070),
        ("ess", 41),
        ("all_in_one", 23093),
        *(("power_m", type_id) for type_id in POWER_M),
    ],
)
async def test_exactly_the_documented_keys_are_answered(
    cloud_factory: CloudFactory, plants: str, type_id: int
) -> None:
    cloud = await cloud_factory(plant=plants)
    assert set(await cloud.items(type_id)) == set(
        documented_keys("device_realtime", str(type_id))
    )
    assert set(await cloud.items()) == set(documented_keys("plant_realtime", "plant"))


async def test_deprecated_keys_are_null(cloud: Cloud) -> None:
    items = await cloud.items(47)
    assert items["reverse_active_power"] is None
    assert items["total_apparent_power"] is None
    assert sum(value is None for value in items.values()) == 22


async def test_unknown_without_a_meter(cloud_factory: CloudFactory) -> None:
    cloud = await cloud_factory(plant="pv")
    items = await cloud.items()
    assert items["day_on_grid_energy"] is None
    assert items["day_use_energy"] is None
    assert items["day_power"] > 1


async def test_signs_at_noon_and_in_the_evening(cloud: Cloud) -> None:
    cloud.simulator.set_clock(datetime(2026, 6, 21, 5, 40, tzinfo=UTC))
    assert (await cloud.items(39))["ch_discharge_power"] > 0
    cloud.simulator.set_clock(datetime(2026, 6, 21, 21, 0, tzinfo=UTC))
    assert (await cloud.items(39))["ch_discharge_power"] < 0
    cloud.simulator.set_clock(datetime(2026, 6, 21, 10, 30, tzinfo=UTC))
    meter, inverter = await cloud.items(47), await cloud.items(38)
    assert meter["active_power"] > 1000
    assert 1 < inverter["active_power"] < 8
    assert inverter["inverter_state"] == 512
    assert inverter["close_time"] == "N/A"


async def test_signs_of_an_emma(cloud_factory: CloudFactory) -> None:
    cloud = await cloud_factory(plant="emma")
    before = await cloud.items(23070)
    assert before["active_power"] < -1
    assert before["ex_active_power"] > 1
    cloud.step(minutes=30)
    after = await cloud.items(23070)
    assert after["active_cap"] == before["active_cap"]
    assert after["reverse_active_cap"] > before["reverse_active_cap"]
    assert after["ex_active_cap"] > before["ex_active_cap"]
    cloud.simulator.faults.enable("emma_power_sign")
    turned = await cloud.items(23070)
    assert turned["active_power"] == -after["active_power"]
    assert turned["ex_active_power"] == after["ex_active_power"]
    assert turned["active_cap"] == after["active_cap"]


async def test_an_external_ct_at_the_load(cloud_factory: CloudFactory) -> None:
    cloud = await cloud_factory(plant="emma")
    plant = cloud.simulator.plants[0]
    emma = plant.definition.meter
    assert isinstance(emma, Emma)
    at_inverter = await cloud.items(23070)
    plant.change(replace(plant.definition, meter=replace(emma, external_ct="load")))
    at_load = await cloud.items(23070)
    assert at_inverter["active_power"] + at_inverter[
        "ex_active_power"
    ] == pytest.approx(at_load["ex_active_power"], abs=0.0011)
    assert at_load["active_power"] == at_inverter["active_power"]


async def test_an_ess_beside_the_inverter(cloud_factory: CloudFactory) -> None:
    cloud = await cloud_factory(plant="ess")
    plant = cloud.simulator.plants[0]
    noon: Any = plant.state(datetime(2026, 6, 21, 10, 30, tzinfo=UTC))
    cloud.simulator.set_clock(datetime(2026, 6, 21, 22, 30, tzinfo=UTC))
    items = await cloud.items(41)
    assert items["ch_discharge_power"] > 1000
    assert noon.battery.power > 1000
    night: Any = plant.state(plant.published(17, cloud.simulator.clock.now()))
    assert night.powers.inverters == (0.0,)
    assert abs(night.meter.power) < 100
    cloud.simulator.faults.enable("ess_sign")
    turned = await cloud.items(41)
    assert turned["ch_discharge_power"] == -items["ch_discharge_power"]


async def test_the_packs_of_an_all_in_one(cloud_factory: CloudFactory) -> None:
    cloud = await cloud_factory(plant="all_in_one")
    items = await cloud.items(23093)
    assert [pack["soh"] for pack in items["battery_info"]] == ["100.0%"] * 3
    assert [device.type_id for device in cloud.simulator.plants[0].devices] == [
        23093,
        47,
    ]
    cloud.simulator.faults.enable("battery_sign")
    turned = await cloud.items(23093)
    assert turned["charge_cap"] == items["discharge_cap"]
    assert "total_charged_energy" not in turned


async def test_a_day_of_irradiation(cloud_factory: CloudFactory) -> None:
    cloud = await cloud_factory(plant="commercial")
    morning = await cloud.items(10)
    cloud.step(hours=10)
    evening = await cloud.items(10)
    assert morning["radiant_line"] > 100 > evening["radiant_line"]
    assert 3 < evening["radiant_total"] < 32
    assert evening["radiant_total"] > morning["radiant_total"]
    cloud.step(hours=4)
    night = await cloud.items(10)
    assert night["radiant_total"] == night["radiant_line"] == 0
    report = await cloud.call(
        "getKpiStationDay",
        stationCodes=cloud.simulator.plants[0].code,
        collectTime=1782036000000,
    )
    day = report["data"][20]["dataItemMap"]["radiation_intensity"]
    assert day == pytest.approx(evening["radiant_total"] / 3.6, rel=0.02)


async def test_a_sleeping_inverter(cloud_factory: CloudFactory) -> None:
    cloud = await cloud_factory(
        plant="pv", start=datetime(2026, 6, 21, 23, 0, tzinfo=UTC)
    )
    items = await cloud.items(38)
    assert items["inverter_state"] == 40960
    assert items["run_state"] == 1
    assert items["active_power"] == 0
    assert items["day_cap"] == 0
    assert items["pv1_u"] == 0
    assert items["open_time"] < items["close_time"] < 1782082800000


async def test_phases_add_up(cloud: Cloud) -> None:
    plant = cloud.simulator.plants[0]
    meter: Any = cloud.simulator.truth()[plant.code]["published"]
    truth = meter[cloud.device(47).dn]
    phases = sum(truth[f"phase_{phase}_power"] for phase in "abc")
    assert phases == pytest.approx(truth["grid_power"])
    now: Any = cloud.simulator.truth()[plant.code]["now"]
    assert now["ac_power"] + now["grid_power"] == pytest.approx(now["load_power"])


async def test_income_in_total_is_refreshed_hourly(cloud: Cloud) -> None:
    before = await cloud.items()
    cloud.step(minutes=20)
    after = await cloud.items()
    assert after["day_income"] > before["day_income"]
    assert after["total_income"] == before["total_income"]
    cloud.step(minutes=50)
    assert (await cloud.items())["total_income"] > before["total_income"]


async def test_battery_packs_and_names(cloud: Cloud) -> None:
    packs = (await cloud.items(39))["battery_unit_info"]["unit1"]
    assert packs[0]["soh"] == "98.0%"
    assert len({pack["sn"] for pack in packs}) == 2
    answer = await cloud.call(
        "getDevRealKpi", devIds=str(cloud.device(39).id), devTypeId=39
    )
    assert answer["data"][0]["sn"] is None
