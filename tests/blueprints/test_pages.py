"""The automation on the page about EMHASS works as it stands there."""

from datetime import datetime, timedelta
from pathlib import Path
import re

from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import parse_yaml

from tests.plant_control.house import House

PAGE = Path(__file__).parents[2] / "docs" / "emhass.md"
BEGIN = datetime.fromisoformat("2026-06-21T21:30:00+02:00")


async def test_plan_of_emhass_becomes_a_day_plan(night: House) -> None:
    # two hours of each: from the grid, out of the sun, into the house
    battery = [-2000] * 4 + [-1000] * 4 + [800] * 4 + [0] * 20
    grid = [2500] * 4 + [-300] * 4 + [0] * 24
    dates = [BEGIN + (3 + number) * timedelta(minutes=30) for number in range(32)]
    night.hass.states.async_set(
        "sensor.p_batt_forecast",
        "0",
        {
            "battery_scheduled_power": [
                {"date": date.isoformat(), "p_batt_forecast": str(power)}
                for date, power in zip(dates, battery, strict=True)
            ]
        },
    )
    night.hass.states.async_set(
        "sensor.p_grid_forecast",
        "0",
        {
            "forecasts": [
                {"date": date.isoformat(), "p_grid_forecast": str(power)}
                for date, power in zip(dates, grid, strict=True)
            ]
        },
    )
    found = re.search(r"```yaml\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert found is not None
    config = parse_yaml(
        found[1].replace("6f2c5e…", night.device_id()).replace("21:30", "22:40")
    )
    assert await async_setup_component(night.hass, "automation", {"automation": config})
    await night.pass_time(25, step=5)

    windows = (await night.call("get_battery_mode"))["windows"]
    assert [(each["start"], each["end"], each["direction"]) for each in windows] == [
        ("00:00", "01:00", "charge"),
        ("03:00", "05:00", "discharge"),
        ("23:00", "23:59", "charge"),
    ]
