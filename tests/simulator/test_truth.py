"""What is answered agrees with what is so, unit by unit and sign by sign."""

from collections.abc import Iterator
import csv
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
import re
from typing import Any

import pytest

from simulator.plants.definitions import Emma

from .conftest import Cloud, CloudFactory

FIELDS = Path(__file__).parents[1] / "fixtures" / "fields.csv"

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
TABLES = {
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


def documented(type_id: str) -> Iterator[str]:
    api = "plant_realtime" if type_id == "plant" else "device_realtime"
    with FIELDS.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            key = row["key"]
            if row["api"] != api or row["dev_type_id"] != type_id:
                continue
            if key.startswith("battery_unit_info."):
                continue
            if match := re.search(r"\{(\d+)\.\.(\d+)\}", key):
                for number in range(int(match[1]), int(match[2]) + 1):
                    yield key.replace(match[0], str(number))
            else:
                yield key


@pytest.mark.parametrize("instant", INSTANTS)
@pytest.mark.parametrize("plants", ["home", "pv", "string", "emma", "commercial"])
async def test_every_numeric_key_agrees_with_the_truth(
    cloud_factory: CloudFactory, plants: str, instant: datetime
) -> None:
    cloud = await cloud_factory(plant=plants, start=instant)
    plant = cloud.simulator.plants[0]
    truth: dict[str, Any] = cloud.simulator.truth()[plant.code]["published"]
    assert check(await cloud.items(), truth["plant"], PLANT) >= 6
    for device in plant.devices:
        if device.type_id in TABLES:
            answer = await cloud.call(
                "getDevRealKpi", devIds=device.id, devTypeId=device.type_id
            )
            items = answer["data"][0]["dataItemMap"]
            table = TABLES[device.type_id]
            assert check(items, truth[device.dn], table) >= min(len(table), 10)


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
    ],
)
async def test_exactly_the_documented_keys_are_answered(
    cloud_factory: CloudFactory, plants: str, type_id: int
) -> None:
    cloud = await cloud_factory(plant=plants)
    assert set(await cloud.items(type_id)) == set(documented(str(type_id)))
    assert set(await cloud.items()) == set(documented("plant"))


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
    plant.definition = replace(
        plant.definition, meter=replace(emma, external_ct="load")
    )
    plant.history.plant = plant.definition
    plant.forget_states()
    at_load = await cloud.items(23070)
    assert at_inverter["active_power"] + at_inverter[
        "ex_active_power"
    ] == pytest.approx(at_load["ex_active_power"], abs=0.0011)
    assert at_load["active_power"] == at_inverter["active_power"]


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
