"""The physical model: energy balances, counters, days and plants."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from time import perf_counter

import pytest

from simulator import Simulator
from simulator.plants.catalogue import PLANTS, definitions
from simulator.plants.history import PlantHistory
from simulator.plants.state import plant_state

START = datetime(2026, 6, 21, 10, 30, tzinfo=UTC)
WATT_HOUR = 0.001


def history(kind: str, start: datetime = START, seed: int = 1) -> PlantHistory:
    return PlantHistory(definitions(kind)[0], start, seed)


@pytest.mark.parametrize("kind", PLANTS)
@pytest.mark.parametrize(
    "day",
    [
        date(2026, 6, 20),
        date(2026, 6, 21),
        date(2026, 6, 25),
        date(2026, 3, 29),
        date(2025, 10, 26),
        date(2025, 12, 24),
    ],
)
def test_energy_balances_to_the_watt_hour(kind: str, day: date) -> None:
    plant = history(kind)
    energies = plant.day(day)
    produced = sum(energies.inverters)
    from_battery = energies.discharged - energies.charged
    beside_inverters = from_battery if kind == "ess" else 0.0
    assert produced + beside_inverters + energies.imported == pytest.approx(
        energies.load + energies.exported, abs=WATT_HOUR
    )
    if kind == "power_m":
        assert produced == 0
        return
    efficiency = plant.plant.inverters[0].efficiency
    direct_current = sum(energies.strings) + from_battery - beside_inverters
    assert direct_current * efficiency == pytest.approx(produced, abs=WATT_HOUR)
    assert produced > 0


@pytest.mark.parametrize("day", [date(2026, 6, 22), date(2026, 3, 1)])
def test_the_battery_keeps_what_it_was_given(day: date) -> None:
    plant = history("home")
    battery = plant.plant.battery
    assert battery is not None
    trace = plant.trace(day)
    energies = trace.energies()
    gained = (
        energies.charged * battery.efficiency - energies.discharged / battery.efficiency
    )
    stored = trace.powers(trace.start).stored
    assert trace.stored_at_end - stored == pytest.approx(gained, abs=WATT_HOUR)
    assert plant.trace(day + timedelta(days=1)).powers(trace.end).stored == (
        pytest.approx(trace.stored_at_end)
    )


def test_power_and_charge_stay_within_limits() -> None:
    plant = history("home")
    trace = plant.trace(date(2026, 6, 22))
    moments = [trace.start + timedelta(minutes=minute) for minute in range(1440)]
    powers = [trace.powers(moment) for moment in moments]
    assert max(power.inverters[0] for power in powers) <= 8000.001
    assert max(abs(power.battery) for power in powers) <= 5000
    assert max(power.battery for power in powers) > 1000
    assert min(power.battery for power in powers) < -200
    assert all(0.499 <= power.stored <= 10.001 for power in powers)
    assert min(power.inverters[0] for power in powers) >= 0


@pytest.mark.parametrize("kind", PLANTS)
def test_counters_are_the_integral_of_power(kind: str) -> None:
    plant = history(kind)
    begin = START
    seconds = 20
    imported = exported = charged = yielded = 0.0
    for index in range(90 * 60 // seconds):
        power = plant.trace(date(2026, 6, 21)).powers(
            begin + timedelta(seconds=index * seconds)
        )
        share = seconds / 3_600_000
        imported += max(power.grid, 0) * share
        exported += max(-power.grid, 0) * share
        charged += max(power.battery, 0) * share
        yielded += sum(power.inverters) * share
    gained = plant.until(begin + timedelta(minutes=90)) - plant.until(begin)
    assert gained.imported == pytest.approx(imported, abs=WATT_HOUR)
    assert gained.exported == pytest.approx(exported, abs=WATT_HOUR)
    assert gained.charged == pytest.approx(charged, abs=WATT_HOUR)
    assert sum(gained.inverters) == pytest.approx(yielded, abs=WATT_HOUR)


def test_no_counter_ever_goes_backwards() -> None:
    plant = history("home")
    moments = [START + timedelta(minutes=7 * index) for index in range(400)]
    energies = [plant.until(moment) for moment in moments]
    for name in ("pv_yield", "load", "imported", "exported", "charged", "discharged"):
        values = [getattr(energy, name) for energy in energies]
        assert values == sorted(values), name
        assert values[-1] > values[0] or name == "imported"


def test_the_clouds_identity_of_yields() -> None:
    energies = history("home").day(date(2026, 6, 22))
    assert energies.pv_yield == pytest.approx(
        energies.inverters[0] + energies.charged - energies.discharged
    )


def test_an_inverter_too_small_for_its_modules() -> None:
    plant = definitions("pv")[0]
    small = replace(plant, inverters=(replace(plant.inverters[0], rated_power=2.0),))
    trace = PlantHistory(small, START, 1).trace(date(2026, 6, 22))
    noon = trace.powers(trace.start + timedelta(hours=13))
    assert noon.inverters[0] == pytest.approx(2000)
    assert sum(noon.strings) == pytest.approx(2000 / 0.976)


def test_a_polar_night() -> None:
    plant = replace(definitions("pv")[0], latitude=78.2, connected_month=11)
    winter = PlantHistory(plant, datetime(2026, 12, 21, 12, tzinfo=UTC), 1)
    trace = winter.trace(date(2026, 12, 20))
    assert trace.first_light is trace.last_light is None
    assert trace.energies().pv_yield == 0
    first_day = winter.midnight(winter.connected) + timedelta(hours=1)
    state = plant_state(winter, first_day, 1)
    assert state.inverters[0].started is None
    assert state.inverters[0].temperature < 25


def test_a_counter_never_goes_backwards_over_a_midnight() -> None:
    plant = history("home")
    midnight = datetime(2026, 6, 21, 22, tzinfo=UTC)
    moments = [midnight + timedelta(minutes=minute) for minute in range(-20, 20)]
    totals = [plant.until(moment).load for moment in moments]
    assert totals == sorted(totals)
    assert plant.today(midnight).load == 0
    assert plant.today(midnight - timedelta(seconds=1)).load > 5


def test_lifetime_is_the_sum_of_all_days() -> None:
    plant = history("home")
    days = (date(2026, 6, 21) - plant.connected).days
    total = sum(
        plant.day(plant.connected + timedelta(days=day)).pv_yield for day in range(days)
    )
    until = plant.until(plant.midnight(date(2026, 6, 21)))
    assert until.pv_yield == pytest.approx(total)
    assert plant.between(date(2025, 1, 1), date(2026, 1, 1)).pv_yield == pytest.approx(
        9500, rel=0.25
    )


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25)]
)
def test_days_of_daylight_saving(day: date, hours: int) -> None:
    start = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    trace = history("home", start).trace(day)
    assert trace.end - trace.start == timedelta(hours=hours)
    last = trace.powers(trace.end - timedelta(seconds=1))
    assert last.load > 100


def test_the_sun_stands_where_it_should() -> None:
    trace = history("home").trace(date(2026, 6, 21))
    assert trace.first_light is not None
    assert trace.last_light is not None
    assert trace.first_light.hour in {2, 3}
    assert trace.last_light.hour in {19, 20}
    winter = history("home", START + timedelta(days=180)).trace(date(2026, 12, 18))
    assert winter.first_light is not None
    assert winter.first_light.hour in {7, 8}


def test_the_same_seed_gives_the_same_plant_and_another_one_another() -> None:
    first = history("home", seed=7).day(date(2026, 6, 22))
    assert history("home", seed=7).day(date(2026, 6, 22)) == first
    assert history("home", seed=8).day(date(2026, 6, 22)) != first


def test_nothing_is_known_before_the_connection() -> None:
    plant = history("home")
    assert plant.connected == date(2023, 5, 11)
    assert plant.day(date(2023, 5, 10)).load == 0
    with pytest.raises(LookupError, match="connected"):
        plant.trace(date(2023, 5, 10))


def test_old_days_are_forgotten_and_come_back_the_same() -> None:
    plant = history("home")
    first = plant.trace(date(2026, 6, 20)).energies()
    for day in range(60):
        plant.trace(date(2026, 6, 21) + timedelta(days=day))
    again = plant.trace(date(2026, 6, 20))
    assert again.energies() == first
    assert plant.trace(date(2026, 6, 20)) is again


def test_plants_are_named_in_a_list() -> None:
    simulator = Simulator(plant="home,pv", start=START)
    assert [plant.name for plant in simulator.plants] == [
        "Home Berlin",
        "Garage Hamburg",
    ]
    home = simulator.plants[0]
    assert [device.type_id for device in home.devices] == [38, 39, 47, 62]
    assert home.time_zone == "Europe/Berlin"
    with pytest.raises(ValueError, match="no plant castle"):
        Simulator(plant="castle")
    with pytest.raises(ValueError, match="twice"):
        Simulator(plant="pv,pv")


def test_set_clock_refuses_times_without_data() -> None:
    simulator = Simulator(start=START)
    simulator.set_clock(datetime(2024, 1, 1, tzinfo=UTC))
    assert simulator.clock.now() == datetime(2024, 1, 1, tzinfo=UTC)
    with pytest.raises(ValueError, match="nothing is known"):
        simulator.set_clock(datetime(2020, 1, 1, tzinfo=UTC))


def test_starting_and_a_day_are_quick() -> None:
    begun = perf_counter()
    simulator = Simulator(plant="home", start=START + timedelta(days=31))
    simulator.truth()
    assert perf_counter() - begun < 1.0
    begun = perf_counter()
    simulator.clock.step(timedelta(days=1))
    simulator.truth()
    assert perf_counter() - begun < 0.3
