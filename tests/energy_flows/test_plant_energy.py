"""All of a plant's energy, against the physics of the simulated plants."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
import json

import pytest

from custom_components.smartpvms.counters import Counters, PassThrough
from custom_components.smartpvms.energy_flows import (
    Assignment,
    MeterComparison,
    PlantEnergy,
    PowerSign,
    Role,
    SignLearner,
    Total,
)
from simulator.plants.plant import Plant
from simulator.plants.state import PlantState
from simulator.types import Json

from .readings import NOON, cycle, unit
from .simulated import simulated

START = datetime(2026, 6, 20, 9, tzinfo=UTC)
# by night little is lost between snapshots of differing age
NIGHT = datetime(2026, 6, 19, 21, 30, tzinfo=UTC)
GRID = Assignment(role=Role.GRID)
FEEDS = (None, 1, 17, 38, 39, 41, 47, 23070)
BATTERY = {Total.BATTERY_CHARGED, Total.BATTERY_DISCHARGED}
METERED = {Total.SOLAR, Total.GRID_IMPORT, Total.GRID_EXPORT, Total.HOME_CONSUMPTION}


def meters(plant: Plant) -> dict[str, Assignment]:
    """Assign the grid to the plant's only meter."""
    return {
        device.serial or device.dn: GRID
        for device in plant.devices
        if device.type_id in {17, 47, 23070}
    }


def known_signs(plant: Plant) -> dict[str, PowerSign]:
    """Tell the signs that the simulated energy manager and ESS have."""
    signs = {23070: PowerSign.SAME, 41: PowerSign.OPPOSITE}
    return {
        device.serial or device.dn: signs[device.type_id]
        for device in plant.devices
        if device.type_id in signs
    }


def truths(state: PlantState) -> dict[Total, float]:
    total = state.total
    return {
        Total.SOLAR: total.pv_yield,
        Total.GRID_IMPORT: total.imported,
        Total.GRID_EXPORT: total.exported,
        Total.BATTERY_CHARGED: total.charged,
        Total.BATTERY_DISCHARGED: total.discharged,
        Total.HOME_CONSUMPTION: total.load,
    }


def told_truths(plant: Plant, now: datetime) -> dict[Total, list[float]]:
    """Return the truths of the snapshots that the feeds show."""
    states = [truths(plant.state(plant.published(feed, now))) for feed in FEEDS]
    return {total: [state[total] for state in states] for total in Total}


def day_report(plant: Plant, day: date) -> dict[str, float]:
    """Return what the cloud reports of a past day."""
    energies = plant.history.day(day)
    return {
        "use_power": round(energies.load, 2),
        "ongrid_power": round(energies.exported, 2),
        "chargeCap": round(energies.charged, 2),
        "dischargeCap": round(energies.discharged, 2),
    }


def misbehaving(
    plant: Plant, type_id: int | None, sample: datetime, items: dict[str, Json]
) -> None:
    """Dip by night, and keep the day counters of yesterday until one."""
    local = sample.astimezone(plant.zone)
    if local.hour == 1 and 10 <= local.minute < 50:
        for key in ("total_power", "month_power", "total_cap"):
            value = items.get(key)
            if isinstance(value, int | float):
                items[key] = round(max(value - 30, 0), 2)
    if local.hour < 1:
        midnight = plant.history.midnight(local.date())
        last = plant.state(midnight - timedelta(seconds=1))
        stale: dict[str, float] = {}
        if type_id is None:
            stale = {
                "day_power": last.today.pv_yield,
                "day_use_energy": last.today.load,
                "day_on_grid_energy": last.today.exported,
            }
        elif type_id == 39:
            stale = {
                "charge_cap": last.today.charged,
                "discharge_cap": last.today.discharged,
            }
        for key, value in stale.items():
            if items.get(key) is not None:
                items[key] = round(value, 2)


def without_lifetime_counters(
    plant: Plant, type_id: int | None, sample: datetime, items: dict[str, Json]
) -> None:
    """Tell of batteries what servers before 26.1.0 tell, and misbehave."""
    misbehaving(plant, type_id, sample, items)
    items.pop("total_charged_energy", None)
    items.pop("total_discharged_energy", None)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("pv", {Total.SOLAR}),
        ("home", METERED | BATTERY),
        ("string", METERED),
        ("commercial", METERED),
        ("emma", METERED | BATTERY),
        ("ess", METERED | BATTERY),
    ],
)
def test_totals_are_those_of_the_physics(kind: str, expected: set[Total]) -> None:
    energy = PlantEnergy(Counters())
    first: dict[Total, tuple[float, list[float]]] = {}
    last: dict[Total, float] = {}
    true: dict[Total, list[float]] = {}
    for plant, each in simulated(
        kind, NIGHT, days=3, assignments=meters, signs=known_signs, alter=misbehaving
    ):
        picture = energy.update(each)
        for day in energy.unsettled(each):
            energy.settle(each, day, day_report(plant, day))
        true = told_truths(plant, each.now)
        for total, value in picture.totals.items():
            assert value >= last.get(total, 0), (total, each.now)
            first.setdefault(total, (value, true[total]))
        last = dict(picture.totals)
        if each.now.minute == 2 and each.now.hour % 6 == 0:
            energy = PlantEnergy.from_dict(json.loads(json.dumps(energy.as_dict())))

    assert last.keys() == expected
    for total, value in last.items():
        shown, began = first[total]
        least, most = min(true[total]) - max(began), max(true[total]) - min(began)
        assert 0.999 * least - 0.1 <= value - shown <= 1.001 * most + 0.1, total


def test_a_battery_without_lifetime_counters_has_totals() -> None:
    energy = PlantEnergy(Counters())
    first = last = None
    for plant, each in simulated(
        "home", START, days=4, alter=without_lifetime_counters
    ):
        picture = energy.update(each)
        state = plant.state(plant.published(39, each.now))
        last = (picture.totals, truths(state))
        first = first or last

    assert first is not None
    assert last is not None
    for total in (*BATTERY, Total.HOME_CONSUMPTION, Total.GRID_EXPORT):
        grown = last[0][total] - first[0][total]
        true = last[1][total] - first[1][total]
        assert grown == pytest.approx(true, rel=0.005, abs=0.05), total
    assert Total.GRID_IMPORT not in last[0]


def test_powers_are_those_of_the_physics() -> None:
    energy = PlantEnergy(Counters())
    compared = 0
    for plant, each in simulated("home", START, days=1, assignments=meters):
        samples = {plant.published(kind, each.now) for kind in (38, 39, 47)}
        powers = energy.update(each).powers
        if len(samples) > 1:
            continue
        compared += 1
        state = plant.state(samples.pop())
        assert powers.pv == pytest.approx(sum(state.powers.strings), abs=1)
        assert powers.grid == pytest.approx(state.powers.grid, abs=1)
        assert powers.battery == pytest.approx(-state.powers.battery, abs=1)
        assert powers.home == pytest.approx(state.powers.load, abs=3)
    assert compared > 50


@pytest.mark.parametrize("kind", ["home", "string"])
def test_the_simulated_meters_prove_themselves_in_a_day(kind: str) -> None:
    comparison = MeterComparison()
    last = None
    for _, last in simulated(kind, START, days=1):
        comparison.compare(last)

    assert last is not None
    grid = [
        proposal for proposal in comparison.propose(last) if proposal.assignment == GRID
    ]
    assert len(grid) == 1
    assert grid[0].confidence >= 2


@pytest.mark.parametrize(
    ("kind", "sign"), [("emma", PowerSign.SAME), ("ess", PowerSign.OPPOSITE)]
)
def test_signs_are_learned_from_the_simulated_plants(
    kind: str, sign: PowerSign
) -> None:
    learner = SignLearner()
    for _, each in simulated(kind, START, days=1):
        learner.learn(each)

    assert set(learner.signs.values()) == {sign}


def test_passing_through_steps_back() -> None:
    energy = PlantEnergy(PassThrough())
    solar = [
        energy.update(each).totals[Total.SOLAR]
        for _, each in simulated(
            "home", START, days=1, assignments=meters, alter=misbehaving
        )
    ]

    assert any(after < before - 10 for before, after in pairwise(solar))


def hybrid(
    *, dc: float | None = None, total: float | None = None, ac: float = 5000.0
) -> Mapping[Total, str]:
    """Return the sources of a plant with a battery that tells these counters."""
    inverter = {"total_cap": ac} | ({} if dc is None else {"mppt_total_cap": dc})
    battery = {"total_charged_energy": 900.0, "total_discharged_energy": 800.0}
    plant = {} if total is None else {"total_power": total}
    picture = PlantEnergy(Counters()).update(
        cycle(unit(1, inverter), unit(39, battery), plant=plant)
    )
    assert picture.totals[Total.SOLAR] == (dc or total or ac + 100)
    return picture.sources


def test_with_a_battery_pv_is_read_before_it() -> None:
    assert hybrid(dc=7000, total=6000)[Total.SOLAR] == "mppt_total_cap"
    assert hybrid(dc=0, total=6000)[Total.SOLAR] == "total_power"
    assert hybrid(total=6000)[Total.SOLAR] == "total_power"
    assert hybrid()[Total.SOLAR] == "total_cap_and_batteries"


def test_a_battery_that_tells_nothing_leaves_pv_unknown() -> None:
    told = cycle(unit(1, {"total_cap": 5000.0}), unit(39, {"battery_soc": 50}))

    assert PlantEnergy(Counters()).update(told).totals == {}


def test_an_environment_monitor_keeps_its_values() -> None:
    told = cycle(
        unit(10, {"temperature": 20.0}), unit(60001, {"total_energy_consumption": 7})
    )

    devices = PlantEnergy(Counters()).update(told).devices
    assert [reading.values for reading in devices.values()] == [
        {"temperature": 20.0},
        {"total_energy_consumption": 7},
    ]


def test_a_total_waits_for_all_units_and_then_for_none() -> None:
    energy = PlantEnergy(Counters())
    one, other = unit(1, {"total_cap": 10.0}, key="A"), unit(1, key="B")
    assert Total.SOLAR not in energy.update(cycle(one, other)).totals

    complete = cycle(one, unit(1, {"total_cap": 20.0}, key="B"))
    assert energy.update(complete).totals[Total.SOLAR] == 30
    picture = energy.update(cycle(one, other))
    assert picture.totals[Total.SOLAR] == 30
    assert set(picture.devices) == {one.device.id}
    assert picture.reading is None


def test_a_new_inverter_adds_nothing_of_its_past() -> None:
    energy = PlantEnergy(Counters())
    old = unit(1, {"total_cap": 1000.0}, key="A")
    energy.update(cycle(old))

    new = unit(1, {"total_cap": 70.0}, key="B")
    later = {"now": NOON + timedelta(minutes=5)}
    assert energy.update(cycle(old, new, **later)).totals[Total.SOLAR] == 1000
    grown = unit(1, {"total_cap": 70.5}, key="B")
    later = {"now": NOON + timedelta(minutes=10)}
    assert energy.update(cycle(old, grown, **later)).totals[Total.SOLAR] == 1000.5


def test_a_plant_without_known_capacity_or_values_is_no_problem() -> None:
    energy = PlantEnergy.from_dict(None)
    told = cycle(
        unit(1, {"total_cap": 5.0, "active_power": 1.0}),
        unit(10, {"temperature": 20.0}),
        unit(60014, {"total_discharge": 7.0}),
        plant={"day_use_energy": 3.0},
        capacity=None,
    )

    picture = energy.update(told)
    assert picture.totals == {Total.SOLAR: 5.0, Total.HOME_CONSUMPTION: 3.0}
    assert energy.update(cycle(plant={"total_power": 3.0})).totals == {
        Total.HOME_CONSUMPTION: 3.0
    }


def outage(single: bool) -> tuple[PlantEnergy, Mapping[Total, float], set[date]]:
    """Return a plant that was not read from 10 June, 20:00 to the next morning."""
    energy = PlantEnergy(Counters())
    last: Mapping[Total, float] = {}
    days: set[date] = set()
    for hours, used, charged in ((0, 5.0, 2.0), (8, 8.0, 4.0), (20, 2.0, 1.0)):
        batteries = [
            unit(39, {"charge_cap": charged}, key=key)
            for key in (("A",) if single else ("A", "B"))
        ]
        now = NOON + timedelta(hours=hours)
        plant = {"day_use_energy": used, "day_power": 1.0}
        each = cycle(*batteries, plant=plant, now=now)
        last = energy.update(each).totals
        days = energy.unsettled(each)
    for day in days:
        energy.settle(each, day, {"use_power": 9.5, "chargeCap": 4.5, "PVYield": 3})
    return energy, last, days


@pytest.mark.parametrize(("single", "charged"), [(True, 5.5), (False, 10.0)])
def test_a_day_report_settles_what_an_outage_hid(
    *, single: bool, charged: float
) -> None:
    energy, last, days = outage(single)
    batteries = [
        unit(39, {"charge_cap": 1.0}, key=key)
        for key in (("A",) if single else ("A", "B"))
    ]
    now = NOON + timedelta(hours=20, minutes=5)
    plant = {"day_use_energy": 2.0}
    after = energy.update(cycle(*batteries, plant=plant, now=now)).totals

    assert days == {date(2026, 6, 10)}
    assert last[Total.HOME_CONSUMPTION] == 10
    assert after[Total.HOME_CONSUMPTION] == 11.5
    assert last[Total.BATTERY_CHARGED] == (5 if single else 10)
    assert after[Total.BATTERY_CHARGED] == charged


@pytest.mark.parametrize(
    ("health", "dark", "shown"), [(1, False, None), (1, True, 0), (3, False, 0)]
)
def test_the_day_of_a_plant_that_is_not_connected_is_unknown_by_day(
    health: int, *, dark: bool, shown: float | None
) -> None:
    energy = PlantEnergy(Counters())
    told = {"day_power": 9.0, "real_health_state": float(health)}
    energy.update(cycle(plant=told | {"real_health_state": 3.0}))
    next_day = NOON + timedelta(hours=13)

    picture = energy.update(cycle(plant=told, now=next_day, dark=dark))
    assert picture.reading is not None
    assert picture.reading.values.get("day_power") == shown


def test_counters_of_a_plant_that_is_polled_seldom_need_not_leap() -> None:
    """What is held between two polls is no counter that stands still."""
    energy = PlantEnergy(Counters())
    energy.update(cycle(unit(1, {"mppt_power": 8.0}), plant={"total_power": 1000.0}))
    for beat in range(1, 24):
        # nobody knows the power of an inverter that was left out
        held = cycle(
            unit(1),
            plant={"total_power": 1000.0},
            now=NOON + beat * timedelta(minutes=5),
            is_new=False,
        )
        picture = energy.update(held)
        assert picture.reading is not None
        assert picture.reading.values == {"total_power": 1000.0}

    later = cycle(
        unit(1, {"mppt_power": 8.0}),
        plant={"total_power": 1016.0},
        now=NOON + timedelta(hours=2),
    )
    picture = energy.update(later)
    assert picture.reading is not None
    assert picture.reading.values == {"total_power": 1016.0}
