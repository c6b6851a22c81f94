"""How much each counter can count at most, and what its device does at the moment."""

import pytest

from custom_components.smartpvms.counters import Sight
from custom_components.smartpvms.energy_flows import (
    Assignment,
    Cycle,
    PowerSign,
    Role,
    Unit,
)
from custom_components.smartpvms.energy_flows.limits import PlantLimits
from custom_components.smartpvms.energy_flows.powers import powers_of

from .readings import BERLIN, NOON, cycle, unit

GRID = {"SN47": Assignment(role=Role.GRID)}
METER = unit(47, {"active_power": 1200})
"""It feeds in 1.2 kW."""
BATTERY = unit(
    39,
    {
        "ch_discharge_power": 500,
        "max_charge_power": 2500,
        "max_discharge_power": 3000,
    },
)
"""It takes 0.5 kW."""


def limits(told: Cycle) -> PlantLimits:
    return PlantLimits.of(told, powers_of(told))


def of_plant(key: str, told: Cycle) -> Sight:
    sight = limits(told).of_plant(key, 7.5)
    assert (sight.value, sight.now, sight.zone) == (7.5, NOON, BERLIN)
    return sight


def of_device(one: Unit, key: str, told: Cycle) -> Sight:
    sight = limits(told).of_device(one, key, 7.5)
    assert (sight.value, sight.now, sight.zone) == (7.5, NOON, BERLIN)
    return sight


@pytest.mark.parametrize(
    ("capacity", "pv", "inverters", "grid"),
    [
        (10.0, 10_000, 13_000, 100_000),
        (20.0, 20_000, 23_000, 200_000),
        (None, None, None, 100_000),
        (0.0, None, None, 100_000),
    ],
)
def test_a_plant_gives_what_its_modules_and_batteries_can(
    capacity: float | None, pv: float | None, inverters: float | None, grid: float
) -> None:
    told = limits(cycle(BATTERY, unit(41, {}), capacity=capacity))

    assert (told.pv, told.inverters, told.grid) == (pv, inverters, grid)


@pytest.mark.parametrize("key", ["day_power", "month_power", "total_power"])
def test_the_yield_of_a_plant_stands_still_by_night(key: str) -> None:
    sun = unit(38, {"mppt_power": 4.0, "active_power": 3.5})
    sight = of_plant(key, cycle(sun, METER, assignments=GRID))

    assert (sight.greatest_power, sight.power, sight.flow) == (10_000, 4000, None)


def test_feed_in_and_consumption_are_bridged_by_their_powers() -> None:
    sun = unit(38, {"mppt_power": 4.0, "active_power": 3.5})
    told = cycle(sun, METER, BATTERY, assignments=GRID)
    fed_in = of_plant("day_on_grid_energy", told)
    used = of_plant("day_use_energy", told)

    assert (fed_in.greatest_power, fed_in.flow, fed_in.power) == (13_000, 1200, None)
    assert (used.greatest_power, used.flow, used.power) == (100_000, 2300, None)


@pytest.mark.parametrize(("power", "flow"), [(-300.0, 0), (0.0, 0), (300.0, 300)])
def test_what_is_imported_is_not_fed_in(power: float, flow: float) -> None:
    told = cycle(unit(47, {"active_power": power}), assignments=GRID)

    assert of_plant("day_on_grid_energy", told).flow == flow


def test_without_a_meter_nothing_is_bridged() -> None:
    assert of_plant("day_on_grid_energy", cycle()).flow is None


@pytest.mark.parametrize(
    ("health", "dark", "reachable"),
    [(1, False, False), (1, True, True), (2, False, True), (3, True, True)],
)
def test_by_night_a_plant_is_not_connected_and_its_counters_are_true(
    health: int, dark: bool, reachable: bool
) -> None:
    told = cycle(plant={"real_health_state": health}, dark=dark)

    for key in ("day_power", "day_on_grid_energy", "day_use_energy"):
        assert of_plant(key, told).reachable is reachable
    assert of_plant("day_power", cycle()).reachable


@pytest.mark.parametrize("type_id", [17, 47, 23070, 62])
@pytest.mark.parametrize(("state", "reachable"), [(0, False), (1, True)])
def test_a_grid_meter_counts_what_the_connection_gives(
    type_id: int, state: int, reachable: bool
) -> None:
    one = unit(type_id, {"run_state": state, "active_power": 3.0})
    sight = of_device(one, "active_cap", cycle(one, dark=True))

    assert (sight.greatest_power, sight.power, sight.flow) == (100_000, None, None)
    assert sight.reachable is reachable


@pytest.mark.parametrize(
    ("key", "greatest", "flow"),
    [
        ("charge_cap", 2500, 500),
        ("discharge_cap", 3000, 0),
        ("total_charged_energy", 2500, 500),
        ("total_discharged_energy", 3000, 0),
    ],
)
def test_a_battery_counts_what_it_can_take_and_give(
    key: str, greatest: float, flow: float
) -> None:
    sight = of_device(BATTERY, key, cycle(BATTERY))

    assert (sight.greatest_power, sight.flow, sight.power) == (greatest, flow, None)
    assert sight.reachable


@pytest.mark.parametrize(
    ("sign", "charge", "discharge"),
    [(None, None, None), (PowerSign.SAME, 800, 0), (PowerSign.OPPOSITE, 0, 800)],
)
def test_a_battery_of_unknown_sign_is_not_bridged(
    sign: PowerSign | None, charge: float | None, discharge: float | None
) -> None:
    one = unit(41, {"ch_discharge_power": 800})
    told = cycle(one, signs={"SN41": sign} if sign else {})

    assert of_device(one, "charge_cap", told).flow == charge
    sight = of_device(one, "discharge_cap", told)
    assert sight.flow == discharge
    # it tells nothing of what it can give
    assert sight.greatest_power == 100_000


def test_a_battery_that_is_not_connected_is_not_reachable_by_night_either() -> None:
    one = unit(39, {"run_state": 0, "ch_discharge_power": 500})

    assert not of_device(one, "charge_cap", cycle(one, dark=True)).reachable


@pytest.mark.parametrize("type_id", [1, 38])
@pytest.mark.parametrize(
    ("key", "power"),
    [("day_cap", 3500), ("total_cap", 3500), ("mppt_total_cap", 4000)],
)
def test_an_inverter_counts_what_the_modules_give(
    type_id: int, key: str, power: float
) -> None:
    one = unit(type_id, {"mppt_power": 4.0, "active_power": 3.5, "run_state": 1})
    sight = of_device(one, key, cycle(one))

    assert (sight.greatest_power, sight.power, sight.flow) == (10_000, power, None)
    assert sight.reachable


def test_behind_an_inverter_a_battery_gives_by_night_too() -> None:
    one = unit(38, {"mppt_power": 0.0, "active_power": 2.0})
    told = cycle(one, BATTERY)
    output, direct = (of_device(one, key, told) for key in ("day_cap", "mppt_1_cap"))

    assert (output.greatest_power, output.power) == (13_000, None)
    assert (direct.greatest_power, direct.power) == (10_000, 0)


def test_what_an_inverter_draws_for_itself_is_no_yield() -> None:
    one = unit(38, {"active_power": -0.02})

    assert of_device(one, "day_cap", cycle(one)).power == 0


@pytest.mark.parametrize(
    ("values", "dark", "power", "reachable"),
    [
        ({"run_state": 0}, True, 0.0, True),
        ({"run_state": 0}, False, None, False),
        ({}, True, 0.0, True),
        ({}, False, None, True),
        (None, True, None, True),
    ],
)
def test_an_inverter_sleeps_by_night_and_is_missing_by_day(
    values: dict[str, float] | None, dark: bool, power: float | None, reachable: bool
) -> None:
    one = unit(38, values)
    sight = of_device(one, "total_cap", cycle(one, dark=dark))

    assert (sight.power, sight.reachable) == (power, reachable)
