"""The sensor that counts the plants below the median, and the daily call behind it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er

from custom_components.smartpvms.const import DOMAIN
from custom_components.smartpvms.northbound.interfaces import Interface
from custom_components.smartpvms.outliers import DailyYields, YieldCoordinator
from custom_components.smartpvms.sensor.outliers import OutliersSensor
from tests.conftest import SimulatorFactory
from tests.plant_control.house import House, async_build_house

NOON: Final = datetime(2026, 6, 21, 10, 0, tzinfo=UTC)
REPORT: Final = "getKpiStationDay"


async def async_fleet(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    factory: SimulatorFactory,
    plants: str = "fleet:6",
    start: datetime = NOON,
) -> House:
    await hass.config.async_set_time_zone("Europe/Berlin")
    running = await factory(plant=plants, start=start)
    # the history asks the same interface
    return await async_build_house(hass, freezer, running, history=False)


def entity_id(house: House) -> str | None:
    return er.async_get(house.hass).async_get_entity_id(
        "sensor", DOMAIN, f"{house.entry.unique_id}_plants_below_median"
    )


def shown(house: House) -> State:
    found = entity_id(house)
    assert found is not None
    state = house.hass.states.get(found)
    assert state is not None
    return state


def reports(house: House) -> int:
    """Return how many calls compared the plants; others do not name them all."""
    return sum(
        each.interface == REPORT
        and all(plant.code in str(each.body) for plant in house.cloud.plants)
        for each in house.cloud.requests
    )


def yields_of(house: House) -> YieldCoordinator:
    coordinator = house.entry.runtime_data.yields
    assert isinstance(coordinator, YieldCoordinator)
    return coordinator


async def named_by_the_action(house: House) -> list[str]:
    response: Any = await house.hass.services.async_call(
        DOMAIN, "get_outliers", {}, blocking=True, return_response=True
    )
    return [each["plant"] for each in response["outliers"]]


async def test_plants_below_the_median_are_counted_and_named(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    simulator_factory: SimulatorFactory,
) -> None:
    house = await async_fleet(hass, freezer, simulator_factory)
    assert reports(house) == 1

    expected = await named_by_the_action(house)
    assert expected
    state = shown(house)
    assert state.state == str(len(expected))
    assert state.attributes["plants"] == expected
    assert state.attributes["until"] == "2026-06-20"
    assert state.attributes["friendly_name"].endswith("Plants below median")


async def test_a_call_a_day_when_the_day_before_is_over(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    simulator_factory: SimulatorFactory,
) -> None:
    house = await async_fleet(hass, freezer, simulator_factory)
    before = shown(house)
    await house.reload()
    assert (shown(house).state, shown(house).attributes) == (
        before.state,
        before.attributes,
    )

    assert reports(house) == 1
    # until a quarter to six
    await house.pass_time(17.75 * 60, step=15)
    assert reports(house) == 1
    assert shown(house).attributes["until"] == "2026-06-20"

    await house.pass_time(30, step=5)
    assert reports(house) == 2
    assert shown(house).attributes["until"] == "2026-06-21"
    plants = shown(house).attributes["plants"]
    assert plants == await named_by_the_action(house)


async def test_days_of_two_months_take_a_call_each_once(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    simulator_factory: SimulatorFactory,
) -> None:
    start = datetime(2026, 7, 2, 10, 0, tzinfo=UTC)
    house = await async_fleet(hass, freezer, simulator_factory, start=start)
    assert reports(house) == 1
    assert shown(house).state == "unknown"

    await house.pass_time(65, step=5)
    assert reports(house) == 2
    assert list(yields_of(house).data.days) == [
        date(2026, 6, 29),
        date(2026, 6, 30),
        date(2026, 7, 1),
    ]
    assert shown(house).state.isdigit()

    await house.pass_time(24 * 60, step=30)
    assert reports(house) == 3
    assert shown(house).attributes["until"] == "2026-07-02"


async def test_plants_come_and_go(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    simulator_factory: SimulatorFactory,
) -> None:
    house = await async_fleet(hass, freezer, simulator_factory, "fleet:4")
    codes = [plant.code for plant in house.cloud.plants]
    assert entity_id(house) is not None

    house.change_options(plants=codes[:3])
    await house.reload()
    assert entity_id(house) is None
    calls = reports(house)
    await house.pass_time(24 * 60, step=60)
    assert yields_of(house).data.until == date(2026, 6, 20)

    house.change_options(plants=codes)
    await house.reload()
    assert shown(house).attributes["until"] == "2026-06-21"
    assert reports(house) == calls + 1

    # while the entry is loaded
    plants = house.entry.runtime_data.plants
    four = plants.data
    plants.async_set_updated_data(dict(list(four.items())[:3]))
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entity_id(house) is None
    plants.async_set_updated_data(four)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert shown(house).state.isdigit()


async def test_failure_is_tried_again_hours_later(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    simulator_factory: SimulatorFactory,
) -> None:
    house = await async_fleet(hass, freezer, simulator_factory)
    house.cloud.faults.enable("http_500", interface=REPORT)
    await house.pass_time(19 * 60, step=60)
    failed = reports(house)
    assert shown(house).attributes["until"] == "2026-06-20"
    await house.pass_time(90, step=10)
    assert reports(house) == failed

    # for two days nothing is said of old days, then it goes on
    await house.pass_time(30 * 60, step=60)
    assert shown(house).state == "unknown"
    house.cloud.faults.disable("http_500")
    await house.pass_time(4 * 60, step=10)
    assert shown(house).state.isdigit()
    assert shown(house).attributes["until"] == "2026-06-22"


async def test_no_call_left_is_no_failure(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    simulator_factory: SimulatorFactory,
) -> None:
    house = await async_fleet(hass, freezer, simulator_factory)
    coordinator = yields_of(house)
    known = coordinator.data
    freezer.tick(timedelta(days=1))
    house.cloud.clock.step(timedelta(days=1))
    ledger = house.entry.runtime_data.account.ledger
    await ledger.book(Interface.PLANTS, ledger.remaining(Interface.PLANTS))
    calls = reports(house)
    await coordinator.async_refresh()

    assert reports(house) == calls
    assert coordinator.data == known
    assert coordinator.last_update_success
    assert coordinator.is_due


async def test_what_is_known_needs_no_call(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    simulator_factory: SimulatorFactory,
) -> None:
    house = await async_fleet(hass, freezer, simulator_factory)
    await yields_of(house).async_refresh()

    assert reports(house) == 1


def test_names_are_not_recorded() -> None:
    assert OutliersSensor._unrecorded_attributes == {"plants"}


DAYS: Final = [date(2026, 6, day) for day in (18, 19, 20)]
CODES: Final = ["NE=1", "NE=2", "NE=3", "NE=4", "NE=5"]


def test_plants_that_are_no_more_do_not_count() -> None:
    row = dict(zip(CODES, (1.0, 4.0, 4.0, 4.0, 4.0), strict=True))
    yields = DailyYields(days=dict.fromkeys(DAYS, row))

    assert [each.plant_code for each in yields.outliers(CODES) or ()] == ["NE=1"]
    assert yields.outliers(CODES[1:]) == ()
    assert yields.outliers(CODES[2:]) is None
    assert yields.until == DAYS[-1]


def test_two_days_are_not_enough() -> None:
    row = dict.fromkeys(CODES, 4.0)

    assert DailyYields(days=dict.fromkeys(DAYS[1:], row)).outliers(CODES) is None


def test_what_is_damaged_on_disk_is_left_out() -> None:
    yields = DailyYields(days={DAYS[0]: {"NE=1": 1.5, "NE=2": 2.0}, DAYS[1]: {}})
    stored = yields.as_json()
    assert DailyYields.from_json(stored) == yields

    damaged = {**stored, "yesterday": {"NE=1": 1}, "2026-06-20": {"NE=1": "none"}}
    assert DailyYields.from_json(damaged) == DailyYields(
        days={**yields.days, DAYS[2]: {}}
    )
    assert DailyYields.from_json({}).until is None
