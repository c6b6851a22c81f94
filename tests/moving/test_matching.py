"""What of theirs goes on as what of ours, and why the rest does not."""

from collections.abc import Mapping
from typing import Final

from homeassistant.components.sensor import SensorStateClass
import pytest

from custom_components.smartpvms.moving.matching import (
    CLOUD_CONTROL,
    FUSION_SOLAR,
    covered_owners,
    entries_that_stay,
    work_out,
)
from custom_components.smartpvms.moving.model import Moves, Ours, Owner, Reason, Theirs
from custom_components.smartpvms.sensor import DEVICE_SENSORS
from custom_components.smartpvms.sensor.plant import PLANT_SENSORS

PLANT: Final = "NE=33554001"
DEVICE: Final = "-214543629611879"
MEASUREMENT: Final = SensorStateClass.MEASUREMENT
TOTAL: Final = SensorStateClass.TOTAL


def theirs(
    key: str,
    unit: str | None = None,
    *,
    owner: str = DEVICE,
    integration: str = FUSION_SOLAR,
    state_class: str | None = None,
    is_disabled: bool = False,
    entity_id: str = "",
) -> Theirs:
    return Theirs(
        entity_id=entity_id or f"sensor.their_{key}",
        entry_id=integration,
        integration=integration,
        unique_id=f"their {owner} {key}",
        owner=f"their {owner}",
        known_as=owner,
        key=key,
        unit=unit,
        state_class=state_class,
        is_disabled=is_disabled,
    )


def moves(type_id: int, *every: Theirs, without: str = "") -> Moves:
    """Work out the moves to a plant and a device that have all sensors of their tables."""
    tables = {PLANT: PLANT_SENSORS, DEVICE: DEVICE_SENSORS[type_id]}
    owners = {
        owner: Owner(
            type_id=None if owner == PLANT else type_id,
            keys=frozenset(each.key for each in table),
        )
        for owner, table in tables.items()
    }
    sensors: Mapping[tuple[str, str], Ours] = {
        (owner, each.key): Ours(
            entity_id=f"sensor.our_{each.key}",
            unique_id=f"{owner}_{each.key}",
            unit=each.native_unit_of_measurement,
            device_class=each.device_class,
            state_class=each.state_class,
        )
        for owner, table in tables.items()
        for each in table
        if each.key != without
    }
    return work_out(every, owners, sensors)


@pytest.mark.parametrize(
    ("type_id", "key", "unit", "state_class", "shown"),
    [
        (38, "active_power", "kW", MEASUREMENT, "kW"),
        (1, "active_power", "W", MEASUREMENT, None),
        (38, "realtime_power", "kW", None, "kW"),
        (38, "mppt_power", "kW", MEASUREMENT, "kW"),
        (38, "power_factor", "%", MEASUREMENT, "%"),
        (38, "efficiency", "%", MEASUREMENT, None),
        (38, "total_cap", "kWh", SensorStateClass.TOTAL_INCREASING, None),
        (38, "mppt_1_cap", "kWh", TOTAL, None),
        (38, "open_time", None, None, None),
        (39, "ch_discharge_power", "W", MEASUREMENT, None),
        (39, "battery_soh", None, None, None),
        (17, "active_cap", "kWh", TOTAL, None),
        (17, "reactive_power_a", "var", MEASUREMENT, None),
        (17, "total_apparent_power", "kVA", MEASUREMENT, "kVA"),
        (47, "active_power", "W", MEASUREMENT, None),
        (47, "realtime_power", "W", None, None),
        (47, "meter_u", "V", MEASUREMENT, None),
        (23070, "active_cap", "kWh", TOTAL, None),
        (10, "radiant_line", None, None, None),
        (10, "wind_speed", "km/h", MEASUREMENT, "km/h"),
    ],
)
def test_what_shows_the_same_goes_on(
    type_id: int,
    key: str,
    unit: str | None,
    state_class: str | None,
    shown: str | None,
) -> None:
    found = moves(type_id, theirs(key, unit, state_class=state_class))

    ours = "active_power" if key == "realtime_power" else key
    assert [
        (move.ours.unique_id, move.theirs.key, move.unit) for move in found.moves
    ] == [(f"{DEVICE}_{ours}", key, shown)]
    assert found.left == ()


@pytest.mark.parametrize(
    ("type_id", "key", "unit", "state_class", "reason"),
    [
        # since 24.7 meters tell W, which it goes on calling kW
        (17, "active_power", "kW", MEASUREMENT, Reason.WRONG_UNIT),
        (17, "realtime_power", "kW", None, Reason.WRONG_UNIT),
        (17, "active_power_b", "kW", MEASUREMENT, Reason.WRONG_UNIT),
        # told in var, and multiplied by a thousand
        (17, "reactive_power", "var", MEASUREMENT, Reason.WRONG_UNIT),
        (47, "reactive_power", "var", MEASUREMENT, Reason.WRONG_UNIT),
        (17, "forward_reactive_cap", "kWh", TOTAL, Reason.OTHER_UNIT),
        (17, "reverse_reactive_peak", "var", MEASUREMENT, Reason.OTHER_UNIT),
        (38, "inverter_state", None, None, Reason.CODE),
        (39, "ch_discharge_model", None, None, Reason.CODE),
        (38, "run_state", None, None, Reason.NO_COUNTERPART),
        (38, "esn_code", None, None, Reason.NO_COUNTERPART),
        (47, "a_u", "V", MEASUREMENT, Reason.NO_COUNTERPART),
        (38, "total_cap", "kWh", MEASUREMENT, Reason.OTHER_STATISTICS),
        (38, "efficiency", None, MEASUREMENT, Reason.OTHER_UNIT),
    ],
)
def test_what_shows_something_else_is_left_with_a_reason(
    type_id: int, key: str, unit: str | None, state_class: str | None, reason: Reason
) -> None:
    found = moves(type_id, theirs(key, unit, state_class=state_class))

    assert found.moves == ()
    assert [one.reason for one in found.left] == [reason]


@pytest.mark.parametrize(
    ("integration", "key", "ours"),
    [
        (FUSION_SOLAR, "total_current_day_energy", "day_power"),
        (FUSION_SOLAR, "total_current_month_energy", "month_power"),
        (FUSION_SOLAR, "total_lifetime_energy", "total_power"),
        (FUSION_SOLAR, "total_current_year_energy", None),
        (FUSION_SOLAR, "current_year-inverter_power", None),
        (FUSION_SOLAR, "day_power", None),
        (CLOUD_CONTROL, "plant_daily_energy_sensor", "day_power"),
    ],
)
def test_plants_have_words_of_their_own(
    integration: str, key: str, ours: str | None
) -> None:
    found = moves(38, theirs(key, "kWh", owner=PLANT, integration=integration))

    expected = [] if ours is None else [f"{PLANT}_{ours}"]
    assert [move.ours.unique_id for move in found.moves] == expected
    assert len(found.left) == 1 - len(expected)


@pytest.mark.parametrize("key", ["plant_on_off_switch", "plant_power_limit_slider"])
def test_controls_mean_something_else(key: str) -> None:
    found = moves(38, theirs(key, "%", owner=PLANT, integration=CLOUD_CONTROL))

    assert [one.reason for one in found.left] == [Reason.OTHER_MEANING]


def test_of_two_that_show_the_same_the_one_with_statistics_goes_on() -> None:
    plain = theirs("realtime_power", "kW", entity_id="sensor.a")
    full = theirs("active_power", "kW", state_class=MEASUREMENT, entity_id="sensor.b")

    found = moves(38, plain, full)
    assert [move.theirs for move in found.moves] == [full]
    assert [(one.theirs, one.reason) for one in found.left] == [(plain, Reason.DOUBLE)]

    # unless the user has disabled that one
    off = theirs("active_power", "kW", state_class=MEASUREMENT, is_disabled=True)
    found = moves(38, off, plain)
    assert [move.theirs for move in found.moves] == [plain]
    assert [(one.theirs, one.reason) for one in found.left] == [(off, Reason.DISABLED)]


def test_what_is_not_created_here_is_left() -> None:
    found = moves(38, theirs("ab_u", "V", state_class=MEASUREMENT), without="ab_u")

    assert [one.reason for one in found.left] == [Reason.NOT_SHOWN]


def test_entry_with_other_plants_stays() -> None:
    own = theirs("total_cap", "kWh")
    elsewhere = theirs("total_cap", "kWh", owner="4711", entity_id="sensor.elsewhere")
    control = theirs("plant_on_off_switch", owner=PLANT, integration=CLOUD_CONTROL)

    found = moves(38, own, elsewhere, control)

    assert [move.theirs for move in found.moves] == [own]
    assert {one.theirs.entity_id: one.reason for one in found.left} == {
        "sensor.elsewhere": Reason.NOT_COVERED,
        "sensor.their_plant_on_off_switch": Reason.OTHER_MEANING,
    }
    assert entries_that_stay(found) == {FUSION_SOLAR}
    assert covered_owners(found) == {
        (FUSION_SOLAR, f"their {DEVICE}"),
        (CLOUD_CONTROL, f"their {PLANT}"),
    }
