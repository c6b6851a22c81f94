"""The comparison of the demo: when the Energy dashboard has what the plants have."""

from typing import Any

import pytest

from scripts.demonstration.dashboard import (
    MOST_PLANTS_TO_FILL_IN,
    PlantOfHome,
    ShownSource,
    compare_sources,
)
from scripts.demonstration.expected import (
    FLOW_SENSORS,
    PLANT_IN_DETAIL,
    Quantities,
)
from scripts.demonstration.truth import SimulatedDevice

KNOWN: Quantities = {
    "pv_power_of_inverters": 1.0,
    "solar_energy": 1.0,
    "grid_power_of_meter": 1.0,
    "import_of_meter": 1.0,
    "export_of_meter_or_day": 1.0,
    "battery_power_of_battery": 1.0,
    "soc_of_battery": 1.0,
    "charged": 1.0,
    "discharged": 1.0,
    "capacity": 9.8,
}
# an EMMA is not told from its type
LEARNED: Quantities = {
    **{name: KNOWN[name] for name in ("pv_power_of_inverters", "solar_energy")},
    "export_of_meter_or_day": 1.0,
    "learned_grid_power": 1.0,
    "learned_import": 1.0,
    "learned_export": 1.0,
    "capacity": None,
}
SOLAR: dict[str, Any] = {
    "type": "solar",
    "stat_energy_from": "sensor.solar_energy",
    "stat_rate": "sensor.pv_power",
    "config_entry_solar_forecast": None,
}
BATTERY: dict[str, Any] = {
    "type": "battery",
    "stat_energy_from": "sensor.battery_discharged_energy",
    "stat_energy_to": "sensor.battery_charged_energy",
    "stat_rate": "sensor.battery_power",
    "stat_soc": "sensor.battery_state_of_charge",
    "capacity": 9.8,
}
GRID: dict[str, Any] = {
    "type": "grid",
    "stat_energy_from": "sensor.grid_import_energy",
    "stat_energy_to": "sensor.grid_export_energy",
    "stat_cost": None,
    "stat_rate": "sensor.grid_power",
}


def plant(quantities: Quantities = KNOWN, code: str = "NE=1") -> PlantOfHome:
    """Return a plant with all sensors."""
    return PlantOfHome(
        device=SimulatedDevice(
            key=code,
            kind=PLANT_IN_DETAIL,
            plant_code=code,
            published_as="plant",
            name="Plant",
        ),
        quantities=quantities,
        entity_ids={key: f"sensor.{key}" for key in FLOW_SENSORS},
    )


def problems(
    quantities: Quantities, *sources: dict[str, Any], learned: bool = False
) -> dict[str, str]:
    """Return the problem of each source of one plant."""
    shown = [ShownSource(source=source) for source in sources]
    rows = compare_sources([plant(quantities)], shown, learned=learned)
    return {row.key.removeprefix("Energy dashboard, "): row.problem for row in rows}


def test_right_sources_agree() -> None:
    assert problems(KNOWN, SOLAR, BATTERY, GRID) == {
        "solar": "",
        "battery": "",
        "grid": "",
    }


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        (GRID | {"stat_rate": None}, "stat_rate is None"),
        (
            GRID | {"stat_energy_to": "sensor.grid_import_energy"},
            "stat_energy_to is sensor.grid_import_energy",
        ),
        (GRID | {"stat_cost": "sensor.cost"}, "stat_cost is sensor.cost"),
        (BATTERY | {"capacity": 9.79}, "capacity is 9.79, not 9.8"),
        ({**BATTERY, "capacity": None}, "capacity is None"),
        (
            {key: BATTERY[key] for key in BATTERY if key != "stat_soc"},
            "stat_soc is None",
        ),
    ],
)
def test_wrong_sources_do_not(source: dict[str, Any], problem: str) -> None:
    assert problems(KNOWN, source)[source["type"]] == problem


def test_all_that_the_plant_has_must_be_there() -> None:
    assert problems(KNOWN, SOLAR) == {
        "solar": "",
        "battery": "is missing",
        "grid": "is missing",
    }


def test_what_has_to_be_learned_may_be_there_and_has_to_be_later() -> None:
    assert problems(LEARNED, SOLAR) == {"solar": ""}
    assert problems(LEARNED, SOLAR, GRID) == {"solar": "", "grid": ""}
    assert problems(LEARNED, SOLAR, learned=True) == {
        "solar": "",
        "grid": "is missing",
    }


def test_a_battery_without_a_known_capacity_has_none() -> None:
    unknown = KNOWN | {"capacity": None}
    without = {key: BATTERY[key] for key in BATTERY if key != "capacity"}
    assert problems(unknown, without)["battery"] == ""
    assert problems(unknown, BATTERY)["battery"] == "capacity is 9.8"


def test_what_no_plant_has_is_too_much() -> None:
    strange = SOLAR | {"stat_energy_from": "sensor.other"}
    assert problems(LEARNED, SOLAR, strange)["solar"] == "too much"


def test_what_the_validator_says_is_a_problem() -> None:
    shown = ShownSource(source=SOLAR, issues=("entity_unavailable",))
    (row,) = compare_sources([plant(LEARNED)], [shown], learned=False)
    assert row.problem == "entity_unavailable"


def test_nothing_is_put_in_of_many_plants() -> None:
    plants = [plant(code=f"NE={code}") for code in range(MOST_PLANTS_TO_FILL_IN + 1)]
    assert compare_sources(plants, [], learned=False) == []
    (row,) = compare_sources(plants, [ShownSource(source=SOLAR)], learned=False)
    assert row.problem == "too much"
