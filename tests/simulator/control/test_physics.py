"""What plants do that obey: powers, energies, states of charge, and the unchanged past."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from math import inf
from time import perf_counter
from typing import Any

import pytest

from simulator import Simulator
from simulator.plants.history import PlantHistory
from simulator.plants.plant import Plant
from simulator.plants.settings import (
    Forced,
    PlantSettings,
    Regime,
    SettingChanges,
    TimeWindow,
)

from ..conftest import NOON

MINUTE = timedelta(minutes=1)
NIGHT = datetime(2026, 12, 2, 0, 0, tzinfo=UTC)
"""One o'clock in Berlin: the battery is empty, no light for hours."""
WATT_HOUR = 0.001


def plant(kind: str = "home", start: datetime = NOON) -> tuple[Simulator, Plant]:
    simulator = Simulator(plant=kind, start=start, seed=1)
    return simulator, simulator.plants[0]


def ignore(at: datetime, reason: str | None) -> None:
    """Do not care how a forced charge ends."""


def powers(history: PlantHistory, start: datetime, minutes: int) -> list[Any]:
    instants = [start + index * MINUTE for index in range(minutes)]
    return [history.trace(history.local_date(at)).powers(at) for at in instants]


def test_a_forced_charge_raises_the_charge_by_power_times_efficiency_times_time() -> (
    None
):
    simulator, home = plant(start=NIGHT)
    battery = home.definition.battery
    assert battery is not None
    before = home.state(NIGHT)
    home.steering.force(NIGHT, Forced(power=3000.0), ignore)
    simulator.clock.step(timedelta(hours=1))
    after = home.state(simulator.clock.now())
    assert after.battery is not None
    assert before.battery is not None
    gained = (after.battery.soc - before.battery.soc) / 100 * battery.capacity
    assert gained == pytest.approx(3.0 * battery.efficiency, abs=WATT_HOUR)
    assert after.battery.charged_total - before.battery.charged_total == (
        pytest.approx(3.0, abs=WATT_HOUR)
    )
    assert after.powers.grid == pytest.approx(after.powers.load + 3000)
    assert after.inverters[0].ac_power == pytest.approx(-3000)
    assert after.inverters[0].awake
    assert after.inverters[0].yield_total == before.inverters[0].yield_total
    assert after.total.absorbed - before.total.absorbed == pytest.approx(3.0)
    imported = after.total.imported - before.total.imported
    load = after.total.load - before.total.load
    assert imported == pytest.approx(3.0 + load, abs=WATT_HOUR)


def test_a_forced_discharge_lowers_it_and_feeds_in() -> None:
    simulator, home = plant(start=NOON + timedelta(hours=9))
    start = simulator.clock.now()
    battery = home.definition.battery
    before = home.state(start).battery
    assert battery is not None
    assert before is not None
    home.steering.force(start, Forced(power=-2000.0), ignore)
    simulator.clock.step(timedelta(minutes=30))
    after = home.state(simulator.clock.now())
    assert after.battery is not None
    lost = (before.soc - after.battery.soc) / 100 * battery.capacity
    assert lost == pytest.approx(1.0 / battery.efficiency, abs=WATT_HOUR)
    assert after.battery.power == pytest.approx(-2000)
    assert after.powers.grid == pytest.approx(
        after.powers.load - after.powers.inverters[0]
    )


def test_a_target_ends_a_forced_charge_within_a_long_step() -> None:
    simulator, home = plant(start=NIGHT)
    ends: list[tuple[datetime, str | None]] = []
    home.steering.force(
        NIGHT, Forced(power=4000.0, target=60.0), lambda *end: ends.append(end)
    )
    simulator.clock.step(timedelta(hours=30))
    assert home.settings.operation_mode == "maximumSelfConsumption"
    ((ended, reason),) = ends
    assert reason is None
    at_end = home.state(ended).battery
    assert at_end is not None
    assert at_end.soc == pytest.approx(60.0)
    before = home.state(ended - MINUTE).battery
    assert before is not None
    assert before.soc < 60.0
    assert home.steering.forced is None
    later = home.state(ended + 5 * MINUTE)
    assert later.powers.battery <= 0


def test_a_target_that_is_met_already_ends_at_once() -> None:
    simulator, home = plant()
    ends: list[datetime] = []
    forced = Forced(power=-4000.0, target=100.0)
    home.steering.force(NOON, forced, lambda at, _: ends.append(at))
    simulator.clock.step(timedelta(minutes=2))
    home.steering.advance()
    assert ends == [NOON + MINUTE]


def test_a_target_beyond_midnight() -> None:
    start = datetime(2026, 6, 21, 21, 30, tzinfo=UTC)
    simulator, home = plant(start=start)
    ends: list[datetime] = []
    forced = Forced(power=1500.0, target=95.0)
    home.steering.force(start, forced, lambda at, _: ends.append(at))
    for _ in range(60):
        simulator.clock.step(10 * MINUTE)
        home.steering.advance()
    (ended,) = ends
    assert home.history.local_date(ended) == date(2026, 6, 22)
    battery = home.state(ended).battery
    assert battery is not None
    assert battery.soc == pytest.approx(95.0)


def test_the_past_stays_as_it_was() -> None:
    simulator, home = plant()
    simulator.clock.step(timedelta(hours=3, seconds=30))
    now = simulator.clock.now()
    instants = [now - index * 17 * MINUTE for index in range(12)]
    before = [(home.state(at), home.history.until(at)) for at in instants]
    days = [home.history.day(date(2026, 6, day)) for day in (18, 20)]
    home.steering.change(now, control_mode="zeroExportLimitation")
    home.steering.force(now, Forced(power=5000.0), ignore)
    assert [(home.state(at), home.history.until(at)) for at in instants] == before
    assert [home.history.day(date(2026, 6, day)) for day in (18, 20)] == days
    simulator.clock.step(timedelta(days=2))
    assert [(home.state(at), home.history.until(at)) for at in instants] == before


def test_counters_only_grow_and_integrate_what_is_so_under_control() -> None:
    simulator, home = plant()
    steering, clock = home.steering, simulator.clock
    for step in range(48):
        match step % 6:
            case 1:
                steering.force(clock.now(), Forced(power=4000.0, target=80), ignore)
            case 3:
                steering.change(
                    clock.now(), control_mode="limitedPowerGridKW", feed_in_limit=1.0
                )
            case 4:
                steering.force(clock.now(), Forced(power=-5000.0), ignore)
            case 5:
                steering.change(clock.now(), operation_mode="TOU")
        clock.step(timedelta(minutes=61))
    history = home.history
    instants = [NOON + index * 20 * MINUTE for index in range(48 * 3)]
    sums = [history.until(at) for at in instants]
    for name in ("pv_yield", "imported", "exported", "charged", "discharged", "load"):
        values = [getattr(one, name) for one in sums]
        assert values == sorted(values), name
    yields = [one.inverter_yield for one in sums]
    assert yields == sorted(yields)
    gained = sums[-1] - sums[0]
    given = powers(history, instants[0], 47 * 60 + 40)
    for name, values in (
        ("imported", [max(one.grid, 0) for one in given]),
        ("exported", [max(-one.grid, 0) for one in given]),
        ("charged", [max(one.battery, 0) for one in given]),
        ("absorbed", [max(-one.inverters[0], 0) for one in given]),
    ):
        assert getattr(gained, name) == pytest.approx(sum(values) / 60_000), name
    assert gained.inverter_yield - gained.absorbed + gained.imported == pytest.approx(
        gained.load + gained.exported
    )
    assert gained.pv_yield == pytest.approx(
        gained.inverter_yield - gained.absorbed + gained.charged - gained.discharged
    )


@pytest.mark.parametrize(
    ("changes", "most"),
    [
        ({"control_mode": "limitedPowerGridKW", "feed_in_limit": 1.5}, 1500.0),
        ({"control_mode": "limitedPowerGridPercent", "feed_in_limit": 10.0}, 800.0),
        ({"control_mode": "zeroExportLimitation"}, 0.0),
    ],
)
def test_a_limit_curtails_what_is_fed_in(changes: SettingChanges, most: float) -> None:
    simulator, home = plant()
    free = powers(home.history, NOON, 120)
    assert min(one.grid for one in free) < -4000
    home.steering.change(NOON, **changes)
    simulator.clock.step(timedelta(hours=2))
    limited = powers(home.history, NOON, 120)
    assert min(one.grid for one in limited) == pytest.approx(-most)
    assert sum(sum(one.strings) for one in limited) < sum(
        sum(one.strings) for one in free
    )
    curtailed = [one for one in limited if one.limited]
    assert curtailed
    assert all(one.grid == pytest.approx(-most) for one in curtailed)
    assert home.state(NOON + MINUTE).inverters[0].limited


def test_a_negative_limit_demands_import() -> None:
    simulator, home = plant()
    home.steering.change(NOON, control_mode="limitedPowerGridKW", feed_in_limit=-0.2)
    simulator.clock.step(timedelta(hours=1))
    limited = powers(home.history, NOON, 60)
    assert min(one.grid for one in limited) == pytest.approx(200.0)


def test_a_limit_for_each_phase() -> None:
    simulator, home = plant()
    home.steering.change(
        NOON,
        control_mode="limitedPowerGridKW",
        limitation_mode="singlePhasePower",
        feed_in_limit=0.5,
    )
    simulator.clock.step(timedelta(minutes=10))
    meter = home.state(NOON + 5 * MINUTE).meter
    assert meter is not None
    assert min(meter.phase_powers) == pytest.approx(-500.0)
    simulator, garage = plant("pv")
    garage.steering.change(
        NOON,
        control_mode="limitedPowerGridKW",
        limitation_mode="singlePhasePower",
        feed_in_limit=0.5,
    )
    simulator.clock.step(timedelta(minutes=10))
    assert garage.state(NOON + 5 * MINUTE).powers.inverters[0] == pytest.approx(500.0)


@pytest.mark.parametrize(("kind", "most"), [("commercial", 20.0), ("ess", 5.0)])
def test_a_limit_of_several_inverters_and_beside_an_ess(kind: str, most: float) -> None:
    simulator, company = plant(kind)
    free = company.state(NOON + 30 * MINUTE)
    company.steering.change(NOON, control_mode="limitedPowerGridKW", feed_in_limit=most)
    simulator.clock.step(timedelta(hours=4))
    history = company.history
    limited = powers(history, NOON, 240)
    assert min(one.grid for one in limited) == pytest.approx(-most * 1000, abs=0.01)
    state = company.state(NOON + 30 * MINUTE)
    taken = free.powers.inverters if kind == "commercial" else (inf,)
    assert sum(state.powers.inverters) < sum(taken)
    for index, inverter in enumerate(company.definition.inverters):
        dc_power = state.inverters[index].pv_power
        assert state.powers.inverters[index] == pytest.approx(
            dc_power * inverter.efficiency
        )


def test_a_limit_holds_back_a_forced_discharge() -> None:
    simulator, home = plant(start=NOON + timedelta(hours=10))
    start = simulator.clock.now()
    home.steering.change(start, control_mode="zeroExportLimitation")
    home.steering.force(start, Forced(power=-4000.0), ignore)
    simulator.clock.step(timedelta(minutes=20))
    state = home.state(start + 10 * MINUTE)
    assert state.powers.grid == pytest.approx(0.0)
    assert state.powers.battery == pytest.approx(-state.powers.load)


def test_limits_of_the_charge_and_the_power_hold() -> None:
    start = datetime(2026, 10, 24, 12, 0, tzinfo=UTC)
    simulator, home = plant(start=start)
    home.steering.change(
        start,
        end_of_charge_soc=92.0,
        end_of_discharge_soc=18.0,
        max_charge_power=1200.0,
        max_discharge_power=700.0,
    )
    simulator.clock.step(timedelta(days=3))
    begin = start + timedelta(days=1)
    found = powers(home.history, begin, 48 * 60)
    shares = [100 * one.stored / 10.0 for one in found]
    assert max(shares) == pytest.approx(92.0)
    assert min(shares) == pytest.approx(18.0)
    assert max(one.battery for one in found) == pytest.approx(1200.0)
    assert min(one.battery for one in found) == pytest.approx(-700.0)


def test_dispatch_holds_its_power_until_told_otherwise() -> None:
    simulator, home = plant(start=NIGHT)
    home.steering.change(NIGHT, operation_mode="thirdPartyDispatch")
    simulator.clock.step(timedelta(minutes=30))
    assert {one.battery for one in powers(home.history, NIGHT, 30)} == {0.0}
    now = simulator.clock.now()
    home.steering.dispatch(now, 1100.0)
    simulator.clock.step(timedelta(hours=4))
    held = {round(one.battery, 6) for one in powers(home.history, now, 240)}
    assert held == {1100.0}
    later = simulator.clock.now()
    home.steering.change(later, operation_mode="maximumSelfConsumption")
    assert home.steering.dispatch_power == 0.0
    simulator.clock.step(timedelta(minutes=5))
    assert home.state(simulator.clock.now()).powers.battery != 1100.0


def test_fully_fed_to_the_grid() -> None:
    simulator, home = plant(start=NOON + timedelta(hours=6))
    start = simulator.clock.now()
    home.steering.change(start, operation_mode="fullyFidToGrid")
    simulator.clock.step(timedelta(minutes=10))
    state = home.state(start + 5 * MINUTE)
    assert state.powers.battery == pytest.approx(-5000.0)
    assert state.powers.grid < -3000


WINDOWS = (
    TimeWindow(start="22:00", end="23:59", direction="charge"),
    TimeWindow(start="00:00", end="05:00", direction="charge"),
    TimeWindow(start="17:00", end="21:00", direction="discharge"),
)


def time_of_use(start: datetime, **changes: Any) -> tuple[Simulator, Plant]:
    simulator, home = plant(start=start)
    home.steering.change(
        start,
        operation_mode="TOU",
        **{"grid_charge_power": 1.0, "windows": WINDOWS, **changes},
    )
    return simulator, home


def test_windows_act_by_the_minute_and_over_midnight() -> None:
    simulator, home = time_of_use(datetime(2026, 12, 1, 19, 0, tzinfo=UTC))
    simulator.clock.step(timedelta(hours=12))
    # Berlin is an hour ahead in December: windows open at 21:00 and 23:00 UTC.
    history = home.history
    evening = powers(history, datetime(2026, 12, 1, 20, 55, tzinfo=UTC), 10)
    assert [one.battery for one in evening] == [0.0] * 5 + [1000.0] * 5
    midnight = powers(history, datetime(2026, 12, 1, 22, 57, tzinfo=UTC), 6)
    assert [one.battery for one in midnight] == [1000.0] * 2 + [0.0] + [1000.0] * 3
    end = powers(history, datetime(2026, 12, 2, 3, 58, tzinfo=UTC), 4)
    assert [one.battery for one in end] == [1000.0] * 2 + [0.0] * 2


@pytest.mark.parametrize(
    ("night", "hours"),
    [(date(2026, 10, 25), 6), (date(2026, 3, 29), 4), (date(2026, 11, 10), 5)],
)
def test_windows_follow_the_clock_when_it_is_changed(night: date, hours: int) -> None:
    midday = datetime(night.year, night.month, night.day, 11, tzinfo=UTC)
    simulator, home = time_of_use(midday - timedelta(days=1), grid_charge_power=0.3)
    simulator.clock.step(timedelta(days=1))
    trace = home.history.trace(night)
    minutes = [trace.start + index * MINUTE for index in range(7 * 60)]
    charging = [trace.powers(at).battery == pytest.approx(300) for at in minutes]
    assert charging == [True] * hours * 60 + [False] * (7 - hours) * 60


def test_a_window_that_goes_over_midnight_belongs_to_its_first_day() -> None:
    friday = TimeWindow(start="23:00", end="01:00", direction="charge", weekdays=(5,))
    at = datetime.fromisoformat
    assert friday.contains(at("2026-12-04T23:00"))
    assert friday.contains(at("2026-12-05T00:59"))
    assert not friday.contains(at("2026-12-05T01:00"))
    assert not friday.contains(at("2026-12-05T23:30"))
    assert not friday.contains(at("2026-12-04T00:30"))


def test_windows_of_one_weekday_only() -> None:
    tuesday = TimeWindow(start="19:10", end="19:20", direction="charge", weekdays=(2,))
    others = TimeWindow(
        start="19:20", end="19:30", direction="charge", weekdays=(1, 3, 4, 5, 6, 7)
    )
    start = datetime(2026, 12, 1, 18, 0, tzinfo=UTC)
    assert start.isoweekday() == 2
    simulator, home = time_of_use(start, windows=(tuesday, others))
    simulator.clock.step(timedelta(hours=1))
    found = [home.state(start + minutes * MINUTE) for minutes in (5, 15, 25, 35)]
    assert [one.powers.battery for one in found] == [0.0, 1000.0, 0.0, 0.0]


def test_outside_of_windows_the_battery_takes_surplus_and_does_nothing_else() -> None:
    simulator, home = time_of_use(NOON + timedelta(hours=13), windows=())
    simulator.clock.step(timedelta(days=1))
    found = powers(home.history, NOON + timedelta(hours=13), 24 * 60)
    assert min(one.battery for one in found) == 0.0
    assert max(one.battery for one in found) > 1000
    for one in found:
        surplus = sum(one.strings) - one.load
        assert one.battery <= max(surplus, 0.0) + 60


def test_a_discharge_window_serves_the_load_without_feeding_in() -> None:
    simulator, home = time_of_use(datetime(2026, 10, 24, 16, 30, tzinfo=UTC))
    start = simulator.clock.now()
    simulator.clock.step(timedelta(hours=1))
    found = powers(home.history, start + MINUTE, 50)
    assert min(one.battery for one in found) < -200
    assert min(one.grid for one in found) > -60


def test_what_goes_to_the_grid_first_charges_only_beyond_the_most() -> None:
    morning = NOON - timedelta(hours=3)
    simulator, home = time_of_use(
        morning, windows=(), surplus_priority="fedToGridPreference"
    )
    simulator.clock.step(timedelta(minutes=30))
    found = powers(home.history, morning + MINUTE, 28)
    assert {one.battery for one in found} == {0.0}
    home.steering.change(
        simulator.clock.now(), control_mode="limitedPowerGridKW", feed_in_limit=1.0
    )
    start = simulator.clock.now()
    simulator.clock.step(timedelta(minutes=10))
    found = powers(home.history, start, 10)
    assert min(one.battery for one in found) > 100
    assert min(one.grid for one in found) == pytest.approx(-1000.0)


def test_the_grid_does_not_charge_where_it_is_fed_first() -> None:
    simulator, home = time_of_use(NIGHT, surplus_priority="fedToGridPreference")
    simulator.clock.step(timedelta(hours=1))
    assert {one.battery for one in powers(home.history, NIGHT, 60)} == {0.0}


def test_an_emma_counts_what_its_ct_sees_backwards() -> None:
    simulator, home = plant("emma", NIGHT)
    before = home.state(NIGHT).external_ct
    home.steering.force(NIGHT, Forced(power=2000.0), ignore)
    simulator.clock.step(timedelta(hours=1))
    after = home.state(simulator.clock.now()).external_ct
    assert before is not None
    assert after is not None
    assert after.power == pytest.approx(-2000.0)
    assert after.export_total - before.export_total == pytest.approx(2.0)
    assert after.import_total == before.import_total


def test_a_battery_that_shares_its_plant_with_further_inverters() -> None:
    _, home = plant()
    first = home.definition.inverters[0]
    second = replace(first, number=first.number + 500, efficiency=0.98)
    definition = replace(home.definition, inverters=(first, second))
    history = PlantHistory(definition, NOON, 1)
    trace = history.trace(NOON.date())
    free = trace.powers(NOON + 30 * MINUTE)
    limited = PlantSettings(control_mode="zeroExportLimitation")
    history.change(NOON, Regime(settings=limited))
    kept = history.trace(NOON.date()).powers(NOON + 30 * MINUTE)
    assert free.grid < -4000
    assert kept.grid == pytest.approx(0.0, abs=0.01)
    assert sum(kept.inverters) < sum(free.inverters)


def test_set_back_to_what_it_was_a_plant_does_what_it_always_did() -> None:
    simulator, home = plant()
    _, other = plant()
    home.steering.change(NOON, scheduled_tasks=True)
    home.steering.change(NOON, scheduled_tasks=False)
    simulator.clock.step(timedelta(hours=30))
    for hour in range(30):
        at = NOON + timedelta(hours=hour)
        mine, yours = home.history.until(at), other.history.until(at)
        assert mine.imported == pytest.approx(yours.imported, abs=WATT_HOUR)
        assert mine.charged == pytest.approx(yours.charged, abs=WATT_HOUR)
        assert mine.pv_yield == pytest.approx(yours.pv_yield, abs=WATT_HOUR)


def test_a_change_costs_a_day_of_the_model_and_not_more() -> None:
    simulator, home = plant()
    home.state(NOON)
    began = perf_counter()
    for index in range(50):
        now = simulator.clock.now()
        home.steering.force(now, Forced(power=1000.0 + index), ignore)
        home.state(now)
        simulator.clock.step(timedelta(minutes=10))
    assert (perf_counter() - began) / 50 < 0.25
