"""The blueprints that go by electricity prices."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from homeassistant.core import HomeAssistant
import pytest

from tests.plant_control.house import House

from .using import answer, async_use_automation, told

MIDNIGHT: Final = datetime.fromisoformat("2026-06-21T00:00:00+02:00")
HOUR: Final = timedelta(hours=1)
# the cheapest of the coming day: 2, 3 and 13 o'clock; then 4 and 14
CHEAP: Final = {2: 0.01, 3: 0.02, 13: 0.03, 4: 0.04, 14: 0.05}


def price(hour: int) -> float:
    return CHEAP.get(hour, 0.3)


def day(number: int, start: str, value: str, period: timedelta) -> list[dict[str, Any]]:
    begin = MIDNIGHT + timedelta(days=number)
    times = [begin + index * period for index in range(timedelta(days=1) // period)]
    return [{start: str(at), value: price(at.hour)} for at in times]


def of_hacs_nord_pool(hass: HomeAssistant) -> dict[str, Any]:
    """Times are objects there, and not text."""
    rows = [
        [
            {**row, "start": datetime.fromisoformat(row["start"])}
            for row in day(number, "start", "value", HOUR)
        ]
        for number in range(2)
    ]
    hass.states.async_set(
        "sensor.price", "0.3", {"raw_today": rows[0], "raw_tomorrow": rows[1]}
    )
    return {"prices": "sensor.price"}


def of_entso_e(hass: HomeAssistant) -> dict[str, Any]:
    rows = [day(number, "time", "price", HOUR / 4) for number in range(2)]
    hass.states.async_set(
        "sensor.price",
        "0.3",
        {
            "prices_today": rows[0],
            "prices_tomorrow": rows[1],
            "prices": rows[0] + rows[1],
        },
    )
    return {"prices": "sensor.price"}


def of_nord_pool(hass: HomeAssistant) -> dict[str, Any]:
    rows = day(0, "start", "price", HOUR / 4) + day(1, "start", "price", HOUR / 4)
    answer(hass, "nordpool", "get_prices_for_date", {"SE3": rows})
    return {"source": "nordpool", "nordpool": "0123456789"}


def of_tibber(hass: HomeAssistant) -> dict[str, Any]:
    rows = day(0, "start_time", "price", HOUR) + day(1, "start_time", "price", HOUR)
    answer(hass, "tibber", "get_prices", {"prices": {"Home": rows}})
    return {"source": "tibber"}


async def use(night: House, given: dict[str, Any], **more: Any) -> None:
    inputs = {
        "stale": night.entity_id("binary_sensor", "data_stale"),
        "at": "22:45:00",
        "charge_hours": 3,
        "hold_hours": 2,
        **given,
        **more,
    }
    await async_use_automation(night, "cheapest_hours", **inputs)


@pytest.mark.parametrize(
    ("prices", "end"),
    [
        (of_hacs_nord_pool, "23:00"),
        (of_entso_e, "22:45"),
        (of_nord_pool, "22:45"),
        (of_tibber, "23:00"),
    ],
)
async def test_cheapest_hours_become_a_plan(
    night: House, prices: Callable[[HomeAssistant], dict[str, Any]], end: str
) -> None:
    await use(night, prices(night.hass))
    await night.pass_time(30, step=5)

    read = await night.call("get_battery_mode")
    windows = [
        (each["start"], each["end"], each["direction"], each["weekdays"])
        for each in read["windows"]
    ]
    assert windows == [
        ("00:00", "02:00", "discharge", ["mon"]),
        ("02:00", "04:00", "charge", ["mon"]),
        ("05:00", "13:00", "discharge", ["mon"]),
        ("13:00", "14:00", "charge", ["mon"]),
        ("15:00", end, "discharge", ["mon"]),
        ("22:45", "23:59", "discharge", ["sun"]),
    ]
    assert read["grid_charge_power"] == 2500
    assert told(night) == []
    assert night.control_calls() == 1


async def test_dear_hours_are_not_charged_in(night: House) -> None:
    await use(night, of_tibber(night.hass), charge_below=0.025, hold_hours=0)
    await night.pass_time(30, step=5)

    read = await night.call("get_battery_mode")
    charging = [each for each in read["windows"] if each["direction"] == "charge"]
    assert [(each["start"], each["end"]) for each in charging] == [("02:00", "04:00")]


async def test_plan_that_does_not_fit_is_made_simpler(night: House) -> None:
    rows = day(0, "start_time", "price", HOUR / 4)
    rows += day(1, "start_time", "price", HOUR / 4)
    for number, row in enumerate(rows):
        row["price"] = number % 2
    answer(night.hass, "tibber", "get_prices", {"prices": {"Home": rows}})
    await use(night, {"source": "tibber"}, charge_hours=8)
    await night.pass_time(30, step=5)

    assert len((await night.call("get_battery_mode"))["windows"]) == 14
    assert told(night) == []


async def test_without_prices_the_user_is_told_and_nothing_is_sent(
    night: House,
) -> None:
    night.hass.states.async_set(
        "sensor.price", "0.3", {"raw_today": [], "prices": None}
    )
    await use(night, {"prices": "sensor.price"})
    await night.pass_time(30, step=5)

    assert told(night) == ["No battery plan for tomorrow"]
    assert night.control_calls() == 0


async def test_with_stale_data_the_user_is_told_and_nothing_is_sent(
    night: House,
) -> None:
    given = of_tibber(night.hass)
    night.hass.states.async_set("binary_sensor.data", "on")
    await use(night, given, stale="binary_sensor.data")
    await night.pass_time(30, step=5)

    assert told(night) == ["No battery plan for tomorrow"]
    assert night.control_calls() == 0


@pytest.mark.parametrize("fault", ["control_refused", "off"])
async def test_plan_that_is_not_set_is_told(night: House, fault: str) -> None:
    if fault == "off":
        night.change_options(control=False)
        await night.hass.async_block_till_done(wait_background_tasks=True)
        await night.reload()
    else:
        night.cloud.faults.enable(fault, code=20614)
    await use(night, of_tibber(night.hass))
    await night.pass_time(30, step=5)

    assert told(night) == ["The battery plan was not set"]


async def use_limit(house: House) -> None:
    house.hass.states.async_set("sensor.price", "0.1")
    await async_use_automation(
        house,
        "no_negative_export",
        stale=house.entity_id("binary_sensor", "data_stale"),
        price="sensor.price",
    )


async def test_nothing_is_fed_in_while_the_price_is_negative(morning: House) -> None:
    await use_limit(morning)
    await morning.pass_time(65, step=5)
    assert morning.control_calls() == 0
    morning.hass.states.async_set("sensor.price", "-0.01")
    await morning.pass_time(12)
    assert morning.limit == ("limitedPowerGridKW", 0)
    # longer than the limit would last alone
    await morning.pass_time(180, step=5)
    assert morning.limit == ("limitedPowerGridKW", 0)
    calls = morning.control_calls()
    assert calls <= 2
    morning.hass.states.async_set("sensor.price", "0.02")
    await morning.pass_time(12)

    assert morning.limit[0] == "noLimit"
    assert morning.control_calls() <= calls + 2
    assert told(morning) == []


async def test_limit_ends_by_itself_when_the_price_is_lost(morning: House) -> None:
    await use_limit(morning)
    morning.hass.states.async_set("sensor.price", "-0.01")
    await morning.pass_time(12)
    morning.hass.states.async_set("sensor.price", "unavailable")
    await morning.pass_time(120, step=5)

    assert morning.limit[0] == "noLimit"
    assert told(morning) == ["Price unknown"]
