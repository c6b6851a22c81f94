"""Powers, storage and shares of one cycle."""

from collections.abc import Mapping
import json
from pathlib import Path

import pytest

from custom_components.smartpvms.energy_flows import (
    Assignment,
    Cycle,
    Direction,
    PowerSign,
    Role,
    points_of,
)
from custom_components.smartpvms.energy_flows.powers import powers_of
from custom_components.smartpvms.energy_flows.shares import shares_of
from custom_components.smartpvms.northbound.models import BatteryPack

from .readings import cycle, unit

PAYLOADS = Path(__file__).parents[1] / "fixtures" / "payloads"
GRID = Assignment(role=Role.GRID)
REVERSED = Assignment(role=Role.GRID, direction=Direction.REVERSED)


def recorded(name: str) -> dict[str, float]:
    """Return the numbers of a recorded answer."""
    body = json.loads((PAYLOADS / f"{name}.json").read_text(encoding="utf-8"))
    items = body["data"][0]["dataItemMap"]
    return {
        key: value for key, value in items.items() if isinstance(value, int | float)
    }


def test_recorded_plant_balances_only_with_the_signs_of_the_documents() -> None:
    """The house used 2402 W while 4631 W were exported, by Modbus at that moment."""
    powers = powers_of(
        cycle(
            unit(1, recorded("getDevRealKpi_1_hybrid_measured")),
            unit(39, recorded("getDevRealKpi_39_lifetimeTotals_measured")),
            unit(47, recorded("getDevRealKpi_47_threephase_export_measured")),
            assignments={"SN47": GRID},
        )
    )

    assert (powers.pv, powers.grid, powers.battery) == (7028, -4650, 0)
    assert powers.home == pytest.approx(2402, abs=30)
    assert powers.soc == 100


def test_a_charging_battery_is_not_consumption() -> None:
    powers = powers_of(
        cycle(
            unit(38, {"mppt_power": 5.0, "active_power": 2.0}),
            unit(39, {"ch_discharge_power": 3000, "battery_soc": 40}),
            unit(47, {"active_power": 1500}),
            assignments={"SN47": GRID},
        )
    )

    assert (powers.pv, powers.ac_output, powers.battery) == (5000, 2000, -3000)
    assert (powers.grid, powers.home) == (-1500, 500)


def test_sums_wait_until_all_units_are_there() -> None:
    powers = powers_of(
        cycle(
            unit(1, {"mppt_power": 5.0, "active_power": 4.9}, key="A"),
            unit(1, key="B"),
            unit(39, {"ch_discharge_power": 3000, "battery_soc": 40}, key="C"),
            unit(39, key="D"),
            unit(47, key="E"),
            assignments={"E": GRID},
        )
    )

    assert powers.pv is None
    assert powers.ac_output is None
    assert powers.battery is None
    assert powers.grid is None
    assert powers.home is None
    assert powers.soc is None
    assert powers.rated_capacity is None


@pytest.mark.parametrize(
    "values", [{"run_state": 0}, {}, {"run_state": 0, "mppt_power": 4}]
)
def test_by_night_an_inverter_sleeps_and_consumption_goes_on(
    values: Mapping[str, float],
) -> None:
    units = (unit(38, values), unit(47, {"active_power": -420}))
    night = powers_of(cycle(*units, assignments={"SN47": GRID}, dark=True))
    day = powers_of(cycle(*units, assignments={"SN47": GRID}))

    assert (night.pv, night.ac_output, night.home) == (0, 0, 420)
    assert (day.pv, day.ac_output, day.home) == (None, None, None)
    assert day.grid == 420


def test_by_night_an_inverter_that_is_left_out_is_unknown() -> None:
    assert powers_of(cycle(unit(38), dark=True)).pv is None


def test_without_dc_power_the_ac_power_serves_where_there_is_no_battery() -> None:
    inverter = unit(1, {"active_power": 3.0})

    assert powers_of(cycle(inverter)).pv == 3000
    battery = unit(39, {"ch_discharge_power": 0})
    assert powers_of(cycle(inverter, battery)).pv is None
    assert powers_of(cycle(unit(1, {"active_power": -0.02}))).pv == 0


@pytest.mark.parametrize(
    ("exported", "home"), [(2000, 0), (2100, 0), (2200, None), (1999.9, 0.1)]
)
def test_a_negative_house_is_noise_or_a_mistake(
    exported: float, home: float | None
) -> None:
    powers = powers_of(
        cycle(
            unit(1, {"active_power": 2.0}),
            unit(17, {"active_power": exported}),
            assignments={"SN17": GRID},
        )
    )

    assert powers.home == home


@pytest.mark.parametrize(
    ("type_id", "sign", "battery"),
    [
        (39, None, -500),
        (39, PowerSign.OPPOSITE, -500),
        (41, None, None),
        (41, PowerSign.SAME, -500),
        (41, PowerSign.OPPOSITE, 500),
        (23093, None, None),
        (23093, PowerSign.OPPOSITE, 500),
    ],
)
def test_battery_power_has_a_known_or_a_learned_sign(
    type_id: int, sign: PowerSign | None, battery: float | None
) -> None:
    storage = unit(type_id, {"ch_discharge_power": 500})
    signs = {f"SN{type_id}": sign} if sign else {}

    assert powers_of(cycle(storage, signs=signs)).battery == battery


def test_no_power_has_no_sign() -> None:
    assert powers_of(cycle(unit(41, {"ch_discharge_power": 0}))).battery == 0
    emma = unit(23070, {"active_power": 0})
    assert powers_of(cycle(emma, assignments={"SN23070": GRID})).grid == 0


def test_an_ess_gives_to_the_house_on_its_own() -> None:
    units = (
        unit(1, {"active_power": 2.0}),
        unit(41, {"ch_discharge_power": 3000}),
        unit(17, {"active_power": -500}),
    )
    known = cycle(
        *units,
        assignments={"SN17": GRID},
        signs={"SN41": PowerSign.OPPOSITE},
    )

    assert powers_of(known).home == 5500
    assert powers_of(cycle(*units, assignments={"SN17": GRID})).home is None


@pytest.mark.parametrize(
    ("type_id", "assignment", "sign", "grid"),
    [
        (17, GRID, None, -700),
        (47, REVERSED, None, 700),
        (47, Assignment(role=Role.LOAD), None, None),
        (47, None, None, None),
        (23070, GRID, None, None),
        (23070, GRID, PowerSign.SAME, 700_000),
        (23070, GRID, PowerSign.OPPOSITE, -700_000),
        (23070, REVERSED, PowerSign.SAME, -700_000),
        (23070, REVERSED, PowerSign.OPPOSITE, 700_000),
    ],
)
def test_grid_power_is_that_of_the_point_with_the_role(
    type_id: int,
    assignment: Assignment | None,
    sign: PowerSign | None,
    grid: float | None,
) -> None:
    key = f"SN{type_id}"
    powers = powers_of(
        cycle(
            unit(type_id, {"active_power": 700}),
            assignments={key: assignment} if assignment else {},
            signs={key: sign} if sign else {},
        )
    )

    assert powers.grid == grid


def test_two_grid_connections_add_up() -> None:
    powers = powers_of(
        cycle(
            unit(17, {"active_power": 700}, key="A"),
            unit(17, {"active_power": -200}, key="B"),
            assignments={"A": GRID, "B": GRID},
        )
    )

    assert powers.grid == -500


def test_an_external_ct_is_a_point_once_it_counts_or_is_known() -> None:
    silent = cycle(unit(23070, {"ex_active_power": 0, "ex_active_cap": 0}))
    counting = cycle(unit(23070, {"ex_active_cap": 3.1, "ex_active_power": 1.5}))
    external = "SN23070:external"

    assert [point.key for point in points_of(silent.units)] == ["SN23070"]
    assert [point.key for point in points_of(silent.units, {external})][1] == external
    points = list(points_of(counting.units))
    assert [(point.key, point.power) for point in points] == [
        ("SN23070", None),
        (external, 1500),
    ]
    assert not list(points_of(cycle(unit(1, {})).units))


def packs(*healths: float | None) -> tuple[BatteryPack, ...]:
    return tuple(
        BatteryPack(serial=str(number), unit=1, health=health)
        for number, health in enumerate(healths)
    )


def test_storage_is_weighted_by_capacity() -> None:
    powers = powers_of(
        cycle(
            unit(39, {"battery_soc": 100, "rated_capacity": 5}, key="A"),
            unit(39, {"battery_soc": 40, "rated_capacity": 15}, key="B"),
        )
    )

    assert (powers.soc, powers.rated_capacity, powers.stored_energy) == (55, 20, 11)
    assert powers.usable_capacity is None


def test_health_of_the_packs_makes_the_usable_capacity() -> None:
    values = {"battery_soc": 50, "rated_capacity": 10}
    powers = powers_of(cycle(unit(39, values, packs=packs(96, 94))))

    assert powers.usable_capacity == pytest.approx(9.5)
    assert powers.stored_energy == pytest.approx(4.75)
    partly = powers_of(cycle(unit(39, values, packs=packs(96, None))))
    assert (partly.usable_capacity, partly.stored_energy) == (None, 5)


@pytest.mark.parametrize("capacity", [{}, {"rated_capacity": 0}])
def test_without_capacity_only_a_single_battery_has_a_state_of_charge(
    capacity: dict[str, float],
) -> None:
    values = {"battery_soc": 50.0} | capacity
    single = powers_of(cycle(unit(39, values)))
    several = powers_of(cycle(unit(39, values, key="A"), unit(39, values, key="B")))

    assert (single.soc, single.stored_energy) == (50, None)
    assert (several.soc, several.stored_energy) == (None, None)


def test_a_plant_without_devices_knows_nothing() -> None:
    powers = powers_of(cycle())

    assert powers == type(powers)()
    assert shares_of(cycle()) == type(shares_of(cycle()))()


def todays(*, inverter: Mapping[str, float] | None, **plant: float) -> Cycle:
    return cycle(unit(38, inverter), plant=plant)


def test_shares_are_those_of_the_reports() -> None:
    """Recorded day: 14.59 inverters, 17.98 PV, 5.9 fed in, 13.88 used, 8.69 provided."""
    shares = shares_of(
        todays(
            inverter={"day_cap": 14.59},
            day_power=17.98,
            day_on_grid_energy=5.9,
            day_use_energy=13.88,
        )
    )

    assert shares.self_sufficiency == pytest.approx(100 * 8.69 / 13.88, abs=0.05)
    assert shares.self_consumption == pytest.approx(100 * 12.08 / 17.98, abs=0.05)


@pytest.mark.parametrize(
    ("inverter", "plant", "sufficiency", "consumption"),
    [
        ({"day_cap": 9.0}, {"day_power": 9.0, "day_use_energy": 4.0}, None, None),
        ({"day_cap": 9.0}, {"day_on_grid_energy": 1.0}, None, None),
        ({}, {"day_on_grid_energy": 1, "day_use_energy": 4.0}, None, None),
        (None, {"day_on_grid_energy": 1, "day_power": 4.0}, None, 75),
        ({"day_cap": 0}, {"day_on_grid_energy": 0, "day_power": 0}, None, None),
        (
            {"day_cap": 9.0},
            {"day_on_grid_energy": 0, "day_use_energy": 8, "day_power": 9},
            100,
            100,
        ),
        (
            {"day_cap": 1.0},
            {"day_on_grid_energy": 1.1, "day_use_energy": 8, "day_power": 1},
            0,
            0,
        ),
    ],
)
def test_shares_stay_within_their_limits_and_are_unknown_without_values(
    inverter: Mapping[str, float] | None,
    plant: dict[str, float],
    sufficiency: float | None,
    consumption: float | None,
) -> None:
    shares = shares_of(todays(inverter=inverter, **plant))

    assert shares.self_sufficiency == sufficiency
    assert shares.self_consumption == consumption


def test_an_ess_takes_part_in_self_sufficiency() -> None:
    plant = {"day_on_grid_energy": 1.0, "day_use_energy": 10.0}
    inverter = unit(1, {"day_cap": 6.0})
    ess = unit(41, {"charge_cap": 2.0, "discharge_cap": 3.0})

    assert shares_of(cycle(inverter, ess, plant=plant)).self_sufficiency == 60
    silent = cycle(inverter, unit(41, {"charge_cap": 2.0}), plant=plant)
    assert shares_of(silent).self_sufficiency is None
    lonely = cycle(ess, plant=plant)
    assert shares_of(lonely).self_sufficiency is None


def test_powers_are_told_to_the_milliwatt() -> None:
    powers = powers_of(cycle(unit(1, {"mppt_power": 0.00123456})))

    assert powers.pv == 1.235


@pytest.mark.parametrize(("fed_in", "home"), [(2150.0, 0), (2150.1, None)])
def test_how_much_less_than_nothing_a_house_may_use(
    fed_in: float, home: float | None
) -> None:
    """50 W, and a twentieth of what inverters and batteries give."""
    powers = powers_of(
        cycle(
            unit(1, {"active_power": 1.0}),
            unit(41, {"ch_discharge_power": 1000}),
            unit(17, {"active_power": fed_in}),
            assignments={"SN17": GRID},
            signs={"SN41": PowerSign.OPPOSITE},
        )
    )

    assert powers.home == home


def test_a_taking_ess_and_a_giving_inverter_are_both_noisy() -> None:
    powers = powers_of(
        cycle(
            unit(1, {"active_power": 2.0}),
            unit(41, {"ch_discharge_power": -1000}),
            unit(17, {"active_power": 1200.0}),
            assignments={"SN17": GRID},
            signs={"SN41": PowerSign.OPPOSITE},
        )
    )

    assert powers.home == 0


def test_the_charge_of_several_batteries_has_one_decimal() -> None:
    powers = powers_of(
        cycle(
            unit(39, {"battery_soc": 50, "rated_capacity": 7}, key="A"),
            unit(39, {"battery_soc": 51, "rated_capacity": 15}, key="B"),
        )
    )

    assert powers.soc == 50.7


def test_the_cloud_goes_on_telling_values_of_what_is_not_connected() -> None:
    off = {"run_state": 0.0, "battery_soc": 80.0, "rated_capacity": 10.0}
    powers = powers_of(cycle(unit(39, off | {"ch_discharge_power": 100.0})))

    assert (powers.battery, powers.soc) == (None, None)
    assert powers.rated_capacity == 10
