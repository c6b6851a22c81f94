"""What rests, and how often each feed should be polled."""

import pytest

from custom_components.smartpvms.planner.pace import (
    BatteryWatch,
    batteries_rest,
    device_rest,
    device_wish,
    inverters_rest,
    plant_wish,
)

HOME = frozenset({38, 39, 47, 62})
EMMA = frozenset({38, 39, 47, 23070})
PV = frozenset({38})


@pytest.mark.parametrize(
    ("type_id", "plants", "beats"),
    [
        (38, [HOME], 1),
        (47, [HOME], 1),
        (39, [EMMA], 1),
        (23070, [EMMA], 1),
        (47, [EMMA], 2),
        (38, [EMMA], 2),
        (38, [EMMA, PV], 1),
        (10, [frozenset({1, 10, 17})], 2),
        (47, [PV], 1),
        (60001, [frozenset({60001})], 1),
    ],
)
def test_what_another_feed_answers_is_polled_less(
    type_id: int, plants: list[frozenset[int]], beats: float
) -> None:
    assert device_wish(type_id, plants) == beats


@pytest.mark.parametrize(
    ("type_id", "plants", "beats"),
    [(38, [HOME], 3), (38, [PV], 12), (38, [PV, HOME], 3), (39, [HOME], 6)],
)
def test_how_often_a_resting_device_is_polled(
    type_id: int, plants: list[frozenset[int]], beats: float
) -> None:
    assert device_rest(type_id, plants) == beats


@pytest.mark.parametrize(
    ("plants", "beats"),
    [
        ([HOME], 12),
        ([EMMA], 12),
        ([PV], 3),
        ([frozenset({1, 17})], 3),
        ([HOME, PV], 3),
        ([frozenset({47})], 1),
        ([HOME, frozenset()], 1),
        ([frozenset({23093, 47})], 12),
    ],
)
def test_plant_values_count_for_more_where_devices_say_less(
    plants: list[frozenset[int]], beats: float
) -> None:
    assert plant_wish(plants) == beats


@pytest.mark.parametrize(
    ("values", "dark", "rest"),
    [
        ([{"mppt_power": 0.0, "run_state": 1}], True, True),
        ([{"mppt_power": 0.0, "active_power": 1.2, "run_state": 1}], True, True),
        ([{"mppt_power": None, "run_state": 1}], True, True),
        ([{"mppt_power": 3.0, "run_state": 0}], True, True),
        ([{}], True, True),
        ([{"mppt_power": 0.01, "run_state": 1}], True, False),
        ([{"mppt_power": 0.0}, {"mppt_power": 0.2}], True, False),
        ([{"mppt_power": 0.0, "run_state": 1}], False, False),
    ],
)
def test_inverters_rest_when_nothing_comes_from_the_panels_in_the_dark(
    values: list[dict[str, object]], dark: bool, rest: bool
) -> None:
    assert inverters_rest(values, dark=dark) is rest


def watch(
    battery: float | None, grid: float | None, then: float | None
) -> BatteryWatch:
    return BatteryWatch(battery=battery, grid=grid, grid_then=then)


@pytest.mark.parametrize(
    ("batteries", "rest"),
    [
        ([watch(0.0, -2500.0, -2400.0)], True),
        ([watch(0.0, 300.0, 1900.0)], True),
        ([watch(0.0, 5200.0, 300.0)], False),
        ([watch(0.0, 60.0, 300.0)], False),
        ([watch(0.0, 300.0, -300.0)], False),
        ([watch(-800.0, 300.0, 300.0)], False),
        ([watch(None, 300.0, 300.0)], False),
        ([watch(0.0, None, 300.0)], False),
        ([watch(0.0, 300.0, None)], False),
        ([watch(0.0, 300.0, 300.0), watch(500.0, 300.0, 300.0)], False),
        ([], False),
    ],
)
def test_batteries_rest_while_the_meter_says_that_they_must(
    batteries: list[BatteryWatch], rest: bool
) -> None:
    assert batteries_rest(batteries) is rest
