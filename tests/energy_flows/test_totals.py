"""What the totals of a plant are made of, and what is remembered of that.

The name of a source is remembered: were it another after an update, the total would
begin anew from there.
"""

from datetime import date

import pytest

from custom_components.smartpvms.counters import Counters
from custom_components.smartpvms.energy_flows import (
    Assignment,
    Cycle,
    Direction,
    PlantEnergy,
    Role,
    Total,
)
from custom_components.smartpvms.energy_flows.totals import candidates_of
from custom_components.smartpvms.northbound.json_types import JsonObject

from .readings import NOON, PLANT, cycle, unit

GRID = Assignment(role=Role.GRID)
INVERTER = unit(38, {"total_cap": 500.0, "mppt_total_cap": 520.0}, key="I")
BATTERY = unit(
    39, {"total_charged_energy": 200.0, "total_discharged_energy": 190.0}, key="B"
)
METER = unit(47, {"active_cap": 300.0, "reverse_active_cap": 100.0}, key="M")
TOTAL_POWER = {"total_power": 515.0}
OF_PLANT: dict[tuple[str, str], float | None] = {
    (PLANT, "day_on_grid_energy"): 290.0,
    (PLANT, "day_use_energy"): 310.0,
}


def named(
    told: Cycle, accumulated: dict[tuple[str, str], float | None]
) -> dict[Total, dict[str, float | None]]:
    """Return the sources of each total with their values, in order."""
    return {
        total: {each.name: each.value for each in candidates}
        for total, candidates in candidates_of(told, accumulated).items()
    }


def test_the_sources_of_a_home_with_a_battery() -> None:
    told = cycle(INVERTER, BATTERY, METER, plant=TOTAL_POWER, assignments={"M": GRID})
    sources = named(told, OF_PLANT)

    assert sources == {
        Total.SOLAR: {
            "mppt_total_cap:I": 520.0,
            f"total_power:{PLANT}": 515.0,
            "total_cap_and_batteries:I:battery_charged/B:battery_discharged/B": 510.0,
        },
        Total.GRID_IMPORT: {"grid:M/reverse_active_cap": 100.0},
        Total.GRID_EXPORT: {
            "grid:M/active_cap": 300.0,
            f"day_on_grid_energy:{PLANT}": 290.0,
        },
        Total.HOME_CONSUMPTION: {
            "balance:I:M/active_cap:M/reverse_active_cap": 300.0,
            f"day_use_energy:{PLANT}": 310.0,
        },
        Total.BATTERY_CHARGED: {"batteries:B": 200.0},
        Total.BATTERY_DISCHARGED: {"batteries:B": 190.0},
    }
    assert next(iter(sources[Total.SOLAR])).startswith("mppt")
    assert next(iter(sources[Total.GRID_EXPORT])).startswith("grid")
    assert next(iter(sources[Total.HOME_CONSUMPTION])).startswith("balance")


def test_the_sources_of_a_home_without_a_battery() -> None:
    sources = named(cycle(INVERTER, plant=TOTAL_POWER), {})

    assert sources == {
        Total.SOLAR: {
            "total_cap:I": 500.0,
            f"total_power:{PLANT}": 515.0,
            "mppt_total_cap:I": 520.0,
        }
    }
    assert next(iter(sources[Total.SOLAR])).startswith("total_cap")
    assert named(cycle(plant=TOTAL_POWER), {}) == {}


def test_a_meter_that_is_mounted_the_other_way_round_counts_so() -> None:
    turned = Assignment(role=Role.GRID, direction=Direction.REVERSED)
    sources = named(cycle(INVERTER, METER, assignments={"M": turned}), {})

    assert sources[Total.GRID_IMPORT] == {"grid:M/active_cap": 300.0}
    assert sources[Total.GRID_EXPORT] == {"grid:M/reverse_active_cap": 100.0}
    assert list(sources[Total.HOME_CONSUMPTION].values()) == [700.0]


def test_beside_an_ess_the_home_is_known_from_the_plant_only() -> None:
    ess = unit(41, {"charge_cap": 3.0, "discharge_cap": 2.0}, key="S")
    accumulated = OF_PLANT | {("S", "charge_cap"): 33.0, ("S", "discharge_cap"): 22.0}
    sources = named(cycle(INVERTER, ess, METER, assignments={"M": GRID}), accumulated)

    assert sources[Total.HOME_CONSUMPTION] == {f"day_use_energy:{PLANT}": 310.0}
    assert sources[Total.BATTERY_CHARGED] == {"batteries:S": 33.0}
    assert sources[Total.BATTERY_DISCHARGED] == {"batteries:S": 22.0}
    # it is not behind the inverter, whose output is the yield
    assert next(iter(sources[Total.SOLAR])) == "total_cap:I"


def test_a_battery_that_tells_no_lifetime_is_counted_by_its_days() -> None:
    day = unit(39, {"charge_cap": 3.0, "discharge_cap": 2.0}, key="B")
    energy = PlantEnergy(Counters())
    picture = energy.update(cycle(INVERTER, day, plant=TOTAL_POWER))

    assert picture.totals[Total.BATTERY_CHARGED] == 3.0
    assert picture.totals[Total.BATTERY_DISCHARGED] == 2.0
    stored = energy.as_dict()["counters"]
    assert isinstance(stored, dict)
    assert stored["accumulations"].keys() == {"B/charge_cap", "B/discharge_cap"}  # type: ignore[union-attr]


@pytest.mark.parametrize("told", [{}, None])
def test_a_lifetime_that_is_not_told_for_a_while_is_not_made_of_days(
    told: dict[str, float] | None,
) -> None:
    energy = PlantEnergy(Counters())
    energy.update(cycle(INVERTER, BATTERY))
    energy.update(cycle(INVERTER, unit(39, told, key="B")))

    stored = energy.as_dict()["counters"]
    assert isinstance(stored, dict)
    assert stored["accumulations"] == {}


STORED: JsonObject = {
    "counters": {
        "lifetime": {
            f"{PLANT}/flow_{total}": {
                "raw": 100.0,
                "at": NOON.isoformat(),
                "begun": NOON.isoformat(),
                "offset": 0.0,
                "former": None,
                "idle": False,
                "source": "one",
                "doubt": None,
            }
            for total in (
                "solar",
                "grid_import",
                "grid_export",
                "battery_charged",
                "battery_discharged",
                "home_consumption",
            )
        },
        "periods": {},
        "accumulations": {},
    },
    "choices": {
        total: {
            "chosen": "one",
            "seen": NOON.isoformat(),
            "since": None,
            "suspected": {},
            "compared": {},
        }
        for total in (
            "solar",
            "grid_import",
            "grid_export",
            "battery_charged",
            "battery_discharged",
            "home_consumption",
        )
    },
}


def test_an_update_reads_what_was_stored_before_it() -> None:
    energy = PlantEnergy.from_dict(STORED)

    assert energy.as_dict() == STORED
    told = energy.lifetimes()
    assert told.keys() == {PLANT}
    assert told[PLANT].values == {f"flow_{total}": 100.0 for total in Total}
    assert PlantEnergy.from_dict(None).lifetimes() == {}


def test_totals_go_on_from_what_was_stored() -> None:
    """The counters under the totals are those of the release before."""
    told = cycle(INVERTER, BATTERY, METER, plant=TOTAL_POWER, assignments={"M": GRID})
    picture = PlantEnergy.from_dict(STORED).update(told)

    assert set(picture.totals.values()) == {100.0}
    assert picture.totals.keys() == set(Total)
    assert picture.sources[Total.SOLAR] == "mppt_total_cap"


def test_of_a_plant_whose_devices_are_not_shown_the_counters_are_believed() -> None:
    energy = PlantEnergy(Counters())
    energy.update_counters(cycle(plant={"total_power": 500.0, "day_income": 3.0}))
    told = energy.update_counters(cycle(plant={"total_power": 490.0}))

    assert told.reading is not None
    assert told.reading.values == {"total_power": 500.0}
    assert (told.devices, told.totals, told.sources) == ({}, {}, {})
    assert energy.update_counters(cycle()).reading is None


def test_a_report_settles_the_battery_of_a_plant_with_one_only() -> None:
    day = NOON.date().replace(day=9)
    yesterday = NOON.replace(day=9)
    for keys in (["A"], ["A", "B"]):

        def told(charged: float, keys: list[str] = keys) -> Cycle:
            values = {"charge_cap": charged, "discharge_cap": 1.0}
            return cycle(*(unit(39, values, key=key) for key in keys))

        energy = PlantEnergy(Counters())
        energy.update(cycle(*told(3.0).units, now=yesterday))
        energy.update(told(2.0))
        report = {"chargeCap": 5.0, "dischargeCap": 1.0}
        energy.settle(told(2.0), date(2026, 6, day.day), report)
        total = energy.update(told(2.0)).totals[Total.BATTERY_CHARGED]

        # 3 and 2 kWh were seen; the report says that the day had 5
        assert total == (7.0 if len(keys) == 1 else 10.0)


def test_only_a_report_that_adds_something_lets_the_sources_be_compared_anew() -> None:
    energy = PlantEnergy(Counters())
    told = cycle(INVERTER, plant={"day_use_energy": 5.0, "day_on_grid_energy": 1.0})
    yesterday = NOON.replace(day=9)
    energy.update(
        cycle(INVERTER, plant={"day_use_energy": 9.0}, now=yesterday)
    )  # fmt: skip
    energy.update(told)
    report = {"use_power": 9.0}

    def comparing() -> bool:
        choices = energy.as_dict()["choices"]
        assert isinstance(choices, dict)
        solar = choices["solar"]
        assert isinstance(solar, dict)
        return bool(solar["compared"])

    energy.settle(told, yesterday.date(), report)
    assert comparing()
    energy.settle(told, yesterday.date(), {"use_power": 9.5})
    assert not comparing()
