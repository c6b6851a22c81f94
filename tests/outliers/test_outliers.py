"""Which plants are outliers, and the action that names them."""

from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Any, Final

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
import pytest

from custom_components.smartpvms.const import DOMAIN
from custom_components.smartpvms.outliers import find_outliers, medians
from tests.conftest import SimulatorFactory
from tests.plant_control.house import House, async_build_house

NOON: Final = datetime(2026, 6, 21, 10, 0, tzinfo=UTC)
DAYS: Final = [date(2026, 6, day) for day in (18, 19, 20)]


def yields(*values: float) -> dict[date, float]:
    return dict(zip(DAYS, values, strict=False))


OTHERS: Final = {f"plant {number}": yields(4, 2, 3) for number in range(4)}


def test_plant_that_is_below_on_each_day_is_an_outlier() -> None:
    plants = {
        **OTHERS,
        "shaded": yields(3, 1.5, 2.2),
        "dead": yields(0, 0, 0),
        "cleaned": yields(1, 1, 3),
    }
    found = find_outliers(plants, part=0.8)

    assert [outlier.plant_code for outlier in found] == ["dead", "shaded"]
    assert found[1].parts[DAYS[0]] == 0.75


def test_plant_at_the_bound_is_no_outlier() -> None:
    assert find_outliers({**OTHERS, "low": yields(3.2, 1.6, 2.4)}, part=0.8) == ()


def test_day_without_sun_does_not_count() -> None:
    snowed_in = {code: yields(4, 0, 3) for code in OTHERS}
    found = find_outliers({**snowed_in, "shaded": yields(1, 0, 1)}, part=0.8)

    assert [outlier.plant_code for outlier in found] == ["shaded"]
    assert list(found[0].parts) == [DAYS[0], DAYS[2]]
    assert find_outliers(dict.fromkeys(OTHERS, yields(0)), part=0.8) == ()


def test_plant_without_a_day_is_no_outlier_and_too_few_make_no_median() -> None:
    assert find_outliers({**OTHERS, "new": yields(1)}, part=0.8) == ()
    assert medians({"one": yields(1), "two": yields(2), "three": yields(3)}) == {}


async def fleet_of(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    factory: SimulatorFactory,
    plants: str,
) -> House:
    await hass.config.async_set_time_zone("Europe/Berlin")
    running = await factory(plant=plants, start=NOON)
    return await async_build_house(hass, freezer, running)


async def ask(house: House, action: str, **data: Any) -> dict[str, Any]:
    response = await house.hass.services.async_call(
        DOMAIN, action, data, blocking=True, return_response=True
    )
    assert isinstance(response, dict)
    return response


async def test_action_names_those_below_the_median_on_each_day(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    simulator_factory: SimulatorFactory,
) -> None:
    house = await fleet_of(hass, freezer, simulator_factory, "fleet:6")
    calls = house.calls()
    found = await ask(house, "get_outliers", below=100)
    assert house.calls() == calls + 1

    report = await ask(
        house,
        "get_report",
        period="day",
        start_date=str(DAYS[0]),
        end_date=str(DAYS[-1]),
    )
    by_plant = {
        each["plant"]: [row["perpower_ratio"] for row in each["rows"]]
        for each in report["reports"]
    }
    middles = [median(values) for values in zip(*by_plant.values(), strict=True)]
    expected = {
        name
        for name, values in by_plant.items()
        if all(value < middle for value, middle in zip(values, middles, strict=True))
    }
    assert expected
    assert {each["plant"] for each in found["outliers"]} == expected
    assert list(found["medians"]) == [str(day) for day in DAYS]
    assert found["plants_without_data"] == []
    for each in found["outliers"]:
        assert all(part < 100 for part in each["percent_of_median"].values())


async def test_few_plants_are_not_compared(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    simulator_factory: SimulatorFactory,
) -> None:
    house = await fleet_of(hass, freezer, simulator_factory, "fleet:3")
    with pytest.raises(ServiceValidationError) as raised:
        await ask(house, "get_outliers")

    assert raised.value.translation_key == "too_few_plants"


async def test_cloud_that_does_not_answer_is_told(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    simulator_factory: SimulatorFactory,
) -> None:
    house = await fleet_of(hass, freezer, simulator_factory, "fleet:4")
    house.cloud.faults.enable("http_500", interface="getKpiStationDay")
    freezer.tick(timedelta(minutes=1))
    with pytest.raises(HomeAssistantError) as raised:
        await ask(house, "get_outliers")

    assert raised.value.translation_key == "server_error"
