"""What rests, and how often each feed should be polled."""

import pytest

from custom_components.smartpvms.planner.pace import (
    BatteryWatch,
    alarm_wish,
    batteries_rest,
    device_rest,
    device_wish,
    inverters_rest,
    plant_rest,
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


@pytest.mark.parametrize(("live", "beats"), [(0, 6), (1, 6), (2, 12), (3, 24), (9, 24)])
def test_alarms_are_looked_for_as_often_as_live_feeds_leave_calls(
    live: int, beats: float
) -> None:
    assert alarm_wish(live) == beats


def test_the_plants_values_rest_longest_where_devices_tell_the_consumption() -> None:
    assert plant_rest([HOME]) == 36
    assert plant_rest([]) == 36
    assert plant_rest([HOME, frozenset({41, 23070})]) == 12


@pytest.mark.parametrize(
    "type_id",
    [1, 38, 23070, 23093, 60001, 60003, 60010, 60014, 60043, 60044, 60092],
)
def test_what_answers_the_same_as_the_plant_spares_its_values(type_id: int) -> None:
    assert plant_wish([frozenset({type_id})]) == 3


@pytest.mark.parametrize("grid_point", [17, 47, 23070])
@pytest.mark.parametrize("battery", [39, 41, 23093])
def test_with_a_battery_and_a_grid_point_the_plants_values_wait_an_hour(
    grid_point: int, battery: int
) -> None:
    assert plant_wish([frozenset({38, grid_point, battery})]) == 12
    assert plant_wish([frozenset({38, grid_point})]) == 3
    assert plant_wish([frozenset({38, 10, battery})]) == 3


@pytest.mark.parametrize(
    ("type_id", "beats"), [(39, 6), (41, 6), (38, 3), (1, 3), (17, 12)]
)
def test_a_battery_that_rests_is_watched_over_by_the_meter(
    type_id: int, beats: float
) -> None:
    plants = [frozenset({1, 38, 39}), frozenset({17, 47})]

    assert device_rest(type_id, plants) == beats


@pytest.mark.parametrize("type_id", [1, 17, 38, 47])
def test_beside_an_emma_meters_and_inverters_are_asked_at_every_other_beat(
    type_id: int,
) -> None:
    assert device_wish(type_id, [frozenset({type_id, 23070})]) == 2
    assert device_wish(type_id, []) == 1


@pytest.mark.parametrize(
    ("battery", "grid", "then", "rest"),
    [
        (0.99, 300.0, 300.0, True),
        (1.0, 300.0, 300.0, False),
        (-1.0, 300.0, 300.0, False),
        (0.0, 100.0, 300.0, True),
        (0.0, 99.9, 300.0, False),
        (0.0, -100.0, -300.0, True),
        (0.0, 1299.0, 300.0, True),
        (0.0, 1300.0, 300.0, False),
        (0.0, 300.0, 0.0, False),
    ],
)
def test_from_which_power_on_a_battery_is_asked_again(
    battery: float, grid: float, then: float, rest: bool
) -> None:
    assert batteries_rest([watch(battery, grid, then)]) is rest
