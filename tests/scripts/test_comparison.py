"""The comparison of the demo: when a sensor agrees with the simulated plant."""

import pytest

from scripts.demonstration.comparison import (
    LONGEST_TABLE,
    Row,
    Sensor,
    compare,
    missing,
    missing_device,
    report,
    table,
)
from scripts.demonstration.expected import (
    ACCOUNT,
    BATTERY,
    BATTERY_PACK,
    EMMA,
    EXPECTATIONS,
    OWNER,
    PLANT,
    PLANT_IN_DETAIL,
    Quantities,
)
from scripts.demonstration.truth import SimulatedDevice, Truth


def device(kind: int | str, key: str = "SN1") -> SimulatedDevice:
    """Return a device of a kind."""
    return SimulatedDevice(
        key=key, kind=kind, plant_code="NE=1", published_as="plant", name="Device"
    )


def row(
    kind: int | str, key: str, state: str, unit: str, truth: dict[str, float | None]
) -> Row:
    """Compare one state with a truth."""
    return compare(
        Sensor(entity_id="sensor.one", key=key, device=device(kind)),
        {"state": state, "attributes": {"unit_of_measurement": unit}},
        truth,
    )


@pytest.mark.parametrize(
    ("kind", "key", "state", "unit", "truth"),
    [
        (38, "active_power", "4458.0", "W", {"ac_power": 4457.5455}),
        (38, "active_power", "4.458", "kW", {"ac_power": 4457.5455}),
        (PLANT, "day_power", "10.64", "kWh", {"yield_today": 10.635}),
        (PLANT, "major_alarms", "2", "alarms", {"major_alarms": 2}),
        (47, "active_cap", "17.0", "kWh", {"export_total": 17.0, "import_total": 2.0}),
        (EMMA, "active_cap", "2.0", "kWh", {"export_total": 17.0, "import_total": 2.0}),
        (60014, "charge_discharge_power", "-2.534", "kW", {"battery_power": 2533.79}),
        (10, "radiant_total", "3.601", "MJ/m²", {"irradiation_today": 1.00025}),
        (10, "wind_speed", "9.0", "km/h", {"wind_speed": 2.51}),
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
        ("active_power", "0", "W", {"ac_power": None}, "tells no"),
        ("active_power", "0", "W", {}, "tells no"),
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


def test_battery_without_sensors_lacks_all_that_a_battery_shows() -> None:
    truth: Quantities = dict.fromkeys(
        (each.quantity for each in EXPECTATIONS[BATTERY].values()), 1.0
    )

    rows = missing(device(BATTERY), set(), truth)

    assert {each.key for each in rows} == EXPECTATIONS[BATTERY].keys()
    assert not any(each.agrees for each in rows)


@pytest.mark.parametrize(
    ("kind", "quantities", "shown", "lacking"),
    [
        # a plant without a meter knows no feed-in
        (PLANT, {"yield_today": 1.0, "feed_in_today": None}, set(), ["day_power"]),
        (PLANT, {"yield_today": 0.0}, {"day_power"}, []),
        (PLANT, {"yield_today": 0.0}, set(), ["day_power"]),
        # a battery that tells no health, an EMMA without an external CT
        (BATTERY, {"soh": 0.0}, set(), []),
        (
            EMMA,
            {"external_ct_forward_total": 0.0, "import_total": 0.0},
            set(),
            ["active_cap"],
        ),
        (EMMA, {"external_ct_forward_total": 5.0}, set(), ["ex_active_cap"]),
        (BATTERY_PACK, {"pack_SN1_health": 98.0}, set(), ["soh"]),
        # a dongle has no readings
        (62, {}, set(), []),
    ],
)
def test_what_there_is_no_truth_of_is_not_missed(
    kind: int | str, quantities: Quantities, shown: set[str], lacking: list[str]
) -> None:
    rows = missing(device(kind), shown, quantities)

    assert [each.key for each in rows] == lacking


def test_device_that_is_missing_is_a_failure() -> None:
    failed = missing_device(device(62))

    assert not failed.agrees
    assert "Device: the device" in table([failed])


def test_table_has_a_line_for_each_sensor() -> None:
    good = row(38, "day_cap", "5.05", "kWh", {"yield_today": 5.0480})

    lines = report([good, good]).splitlines()

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


def test_very_many_rows_become_a_line_for_each_quantity_and_the_failures() -> None:
    good = row(38, "day_cap", "5.05", "kWh", {"yield_today": 5.0480})
    bad = row(38, "day_cap", "5.2", "kWh", {"yield_today": 5.0480})

    lines = report([good] * LONGEST_TABLE + [bad]).splitlines()

    assert "FAIL" in lines[1]
    assert f"{LONGEST_TABLE + 1} sensors" in lines[1]
    assert f"{LONGEST_TABLE} agree" in lines[1]
    assert "Device: day_cap" in lines[4]
    assert "differs" in lines[4]
    assert len(lines) == 5


def test_totals_are_sums_of_what_is_published() -> None:
    sample = {"pv_power": 100.4, "taken_at": "10:35"}
    plants = {
        code: {
            "published": {
                "plant": {"yield_today": 1.004, "health": health, "taken_at": "10:30"},
                f"{code}1": sample,
                f"{code}2": {"pv_power": 7.0, "taken_at": "10:35"},
            },
            "now": {"active_alarms": alarms, "major_alarms": alarms, "yield_today": 9},
        }
        for code, health, alarms in (("A", 1, 2), ("B", 3, 1), ("C", 2, 0))
    }
    types = {"A1": 1, "B1": 38, "C1": 1, "A2": 39}
    truth = Truth(plants, types, calls={"basic": 12})
    calls_left = {"basic_calls_left": 988, "control_calls_left": 100}

    assert truth.of(device(OWNER)) == calls_left
    assert truth.of(device(ACCOUNT)) == calls_left | {
        "pv_power": 300,
        "yield_today": 3.0,
        "plants_offline": 1,
        "plants_faulty": 1,
        "active_alarms": 3,
    }


def test_alarms_of_a_plant_are_those_of_now_and_its_readings_are_not() -> None:
    plants = {
        "NE=1": {
            "published": {"plant": {"yield_today": 1.0, "taken_at": "10:30"}},
            "now": {"major_alarms": 2, "yield_today": 1.3},
        }
    }

    quantities = Truth(plants, types={}).of(device(PLANT))

    assert quantities["yield_today"] == 1.0
    assert quantities["major_alarms"] == 2


def sample(**quantities: float | str) -> dict[str, float | str]:
    """Return a published sample."""
    return {"taken_at": "10:35", **quantities}


def test_flows_of_a_plant_follow_from_the_samples_of_its_devices() -> None:
    published = {
        "plant": sample(
            yield_today=10.0,
            yield_total=500.0,
            feed_in_today=4.0,
            consumption_today=8.0,
        ),
        "inverter": sample(
            pv_power=2000.4, ac_power=1500.3, yield_today=9.0, yield_total=480.0
        ),
        "battery": sample(
            battery_power=-500.0,
            soc=50.0,
            rated_capacity=10.0,
            charged_total=30.0,
            discharged_total=25.0,
            pack_A_health=98.0,
            pack_B_health=100.0,
        ),
        "meter": sample(grid_power=-700.2, import_total=100.0, export_total=300.0),
    }
    truth = Truth(
        {"NE=1": {"published": published, "now": {}}},
        types={"inverter": 38, "battery": 39, "meter": 47},
    )

    quantities = truth.of(device(PLANT_IN_DETAIL))

    assert quantities["pv_power_of_inverters"] == 2000
    assert quantities["solar_energy"] == 500.0
    assert quantities["home_power_of_meter"] == 800
    assert quantities["consumption_of_meter_or_day"] == 280.0
    assert quantities["battery_power_of_battery"] == -500.0
    assert quantities["usable_capacity"] == pytest.approx(9.9)
    assert quantities["stored_energy"] == pytest.approx(4.95)
    assert quantities["self_sufficiency"] == 62.5
    assert quantities["self_consumption"] == 60.0


@pytest.mark.parametrize(
    ("state", "problem"),
    [
        ("500.0", ""),
        ("unknown", ""),
        ("-500.0", "differs"),
        ("nothing", "not a number"),
    ],
)
def test_what_has_to_be_learned_may_be_unknown_but_not_wrong(
    state: str, problem: str
) -> None:
    truth: Quantities = {"learned_battery_power": 500.0}

    assert row(PLANT_IN_DETAIL, "battery_power", state, "W", truth).problem == problem
    assert missing(device(PLANT_IN_DETAIL), set(), truth) == []


def test_what_need_not_be_learned_may_not_be_unknown() -> None:
    truth: Quantities = {
        "learned_battery_power": 500.0,
        "battery_power_of_battery": 500.0,
    }

    failed = row(PLANT_IN_DETAIL, "battery_power", "unknown", "W", truth)

    assert failed.problem == "not a number"
