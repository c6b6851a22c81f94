"""The comparison of the demo: when a sensor agrees with the simulated plant."""

import pytest

from scripts.demonstration.comparison import Row, Sensor, compare, table
from scripts.demonstration.expected import BATTERY_PACK, PLANT
from scripts.demonstration.simulated_cloud import SimulatedDevice


def row(
    kind: int | str, key: str, state: str, unit: str, truth: dict[str, float | None]
) -> Row:
    """Compare one state with a truth."""
    device = SimulatedDevice(
        key="SN1", kind=kind, plant_code="NE=1", published_as="NE=2", name="Device"
    )
    return compare(
        Sensor(entity_id="sensor.one", key=key, device=device),
        {"state": state, "attributes": {"unit_of_measurement": unit}},
        truth,
    )


@pytest.mark.parametrize(
    ("kind", "key", "state", "unit", "truth"),
    [
        (38, "active_power", "4458.0", "W", {"ac_power": 4457.5455}),
        (38, "active_power", "4.458", "kW", {"ac_power": 4457.5455}),
        (PLANT, "day_power", "10.64", "kWh", {"yield_today": 10.635}),
        (47, "active_power", "4205.0", "W", {"grid_power": -4204.5157}),
        (39, "ch_discharge_power", "-2534.0", "W", {"battery_power": 2533.79}),
        (BATTERY_PACK, "soh", "98.0", "%", {"pack_SN1_health": 98.0}),
    ],
)
def test_a_state_agrees_to_half_of_the_last_decimal(
    kind: int | str, key: str, state: str, unit: str, truth: dict[str, float | None]
) -> None:
    assert row(kind, key, state, unit, truth).problem == ""


@pytest.mark.parametrize(
    ("key", "state", "unit", "truth", "problem"),
    [
        ("active_power", "4459.0", "W", {"ac_power": 4457.5}, "differs"),
        ("active_power", "-4457.0", "W", {"ac_power": 4457.0}, "differs"),
        ("active_power", "4457.0", "kWh", {"ac_power": 4457.0}, "not in W"),
        ("active_power", "unknown", "W", {"ac_power": 4457.0}, "not a number"),
        ("active_power", "0", "W", {"ac_power": None}, "does not tell"),
        ("active_power", "0", "W", {}, "does not tell"),
        ("no_such_key", "0", "W", {}, "no truth is known"),
    ],
)
def test_everything_else_is_a_failure_with_a_reason(
    key: str, state: str, unit: str, truth: dict[str, float | None], problem: str
) -> None:
    failed = row(38, key, state, unit, truth)

    assert not failed.agrees
    assert problem in failed.problem
    assert failed.problem in table([failed])


def test_table_has_a_line_for_each_sensor() -> None:
    good = row(38, "day_cap", "5.05", "kWh", {"yield_today": 5.0480})

    lines = table([good, good]).splitlines()

    assert len(lines) == 3
    assert lines[1].split() == [
        "ok",
        "Device:",
        "day_cap",
        "5.0480",
        "5.05",
        "+0.0020",
        "kWh",
    ]
