"""A plant with a new code: its statistics and what shows them stay."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.energy.data import async_get_manager
from homeassistant.components.recorder.models import (
    StatisticMeanType,
    StatisticMetaData,
)
from homeassistant.components.recorder.statistics import (
    async_add_external_statistics,
    statistics_during_period,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.recorder import get_instance
from homeassistant.setup import async_setup_component
import pytest

from custom_components.smartpvms.history.quantities import Quantity
from custom_components.smartpvms.history.shelf import statistic_id
from custom_components.smartpvms.plant_codes.moving import async_move_plants
from tests.conftest import RunningSimulator
from tests.plant_control.house import async_build_house

HOUR: Final = datetime(2026, 6, 1, 10, tzinfo=UTC)
NEW: Final = "NE=4711"


async def sums(hass: HomeAssistant, statistic: str) -> list[float | None]:
    """Return the sums of a series."""
    found = await get_instance(hass).async_add_executor_job(
        lambda: statistics_during_period(
            hass, HOUR, None, {statistic}, "hour", None, {"sum"}
        )
    )
    return [row["sum"] for row in found.get(statistic, [])]


@pytest.mark.usefixtures("recorder_mock")
async def test_series_and_dashboard_follow_the_code(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, simulator: RunningSimulator
) -> None:
    house = await async_build_house(hass, freezer, simulator, history=False)
    assert await async_setup_component(hass, "energy", {})
    old_id = statistic_id(house.code, Quantity.PV_YIELD)
    new_id = statistic_id(NEW, Quantity.PV_YIELD)
    metadata = StatisticMetaData(
        has_sum=True,
        mean_type=StatisticMeanType.NONE,
        name="Home PV yield",
        source="smartpvms",
        statistic_id=old_id,
        unit_class="energy",
        unit_of_measurement="kWh",
    )
    rows: Any = [
        {"start": HOUR + timedelta(hours=number), "state": 1.0, "sum": number + 1.0}
        for number in range(3)
    ]
    async_add_external_statistics(hass, metadata, rows)
    await get_instance(hass).async_block_till_done()
    manager = await async_get_manager(hass)
    source: Any = {
        "type": "solar",
        "stat_energy_from": old_id,
        "config_entry_solar_forecast": None,
    }
    await manager.async_update({"energy_sources": [source]})

    await async_move_plants(hass, house.entry, {house.code: NEW})

    assert await sums(hass, new_id) == [1.0, 2.0, 3.0]
    assert await sums(hass, old_id) == []
    assert manager.data is not None
    assert [each["stat_energy_from"] for each in manager.data["energy_sources"]] == [
        new_id
    ]
    assert house.entry.options["plants"] == [NEW]
