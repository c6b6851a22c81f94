"""The Energy dashboard of simulated plants, checked by Home Assistant itself."""

from datetime import timedelta

from homeassistant.components.energy import validate
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
    do_adhoc_statistics,
)

from custom_components.smartpvms.energy_dashboard import Existing

from .conftest import Household, HouseholdFactory

SOLAR = {"type", "stat_energy_from", "stat_rate", "config_entry_solar_forecast"}
BATTERY = {"type", "stat_energy_from", "stat_energy_to", "stat_rate", "stat_soc"}
GRID = {
    "type",
    "stat_energy_from",
    "stat_energy_to",
    "stat_rate",
    "stat_cost",
    "stat_compensation",
    "entity_energy_price",
    "entity_energy_price_export",
    "number_energy_price",
    "number_energy_price_export",
    "cost_adjustment_day",
}

pytestmark = pytest.mark.usefixtures("recorder_mock")


async def found_by_home_assistant(household: Household) -> list[object]:
    """Return what Home Assistant's own check finds wrong with each source."""
    await async_wait_recording_done(household.hass)
    now = dt_util.utcnow()
    period = now.replace(minute=now.minute // 5 * 5, second=0, microsecond=0)
    do_adhoc_statistics(household.hass, start=period - timedelta(minutes=5))
    await async_wait_recording_done(household.hass)
    checked = (await validate.async_validate(household.hass)).as_dict()
    found: list[object] = checked["energy_sources"]
    return found


@pytest.mark.parametrize(
    ("plant", "meter", "kinds"),
    [
        ("pv", None, {"solar": SOLAR}),
        (
            "home",
            47,
            {"solar": SOLAR, "battery": BATTERY | {"capacity"}, "grid": GRID},
        ),
        ("string", 17, {"solar": SOLAR, "grid": GRID}),
        (
            "emma",
            23070,
            {"solar": SOLAR, "battery": BATTERY | {"capacity"}, "grid": GRID},
        ),
        ("commercial", 17, {"solar": SOLAR, "grid": GRID}),
        ("ess", 17, {"solar": SOLAR, "battery": BATTERY, "grid": GRID}),
        (
            "all_in_one",
            47,
            {"solar": SOLAR, "battery": BATTERY | {"capacity"}, "grid": GRID},
        ),
    ],
)
async def test_home_assistant_accepts_the_dashboard_of_each_plant(
    household_factory: HouseholdFactory,
    plant: str,
    meter: int | None,
    kinds: dict[str, set[str]],
) -> None:
    household = await household_factory(plant, offer=Existing.KEEP, grid=meter)
    await household.pass_time_until(lambda: not household.waiting)
    await household.pass_time(2)

    sources = await household.sources()
    assert {kind: source.keys() for kind, source in sources.items()} == kinds
    assert "energy_dashboard" not in household.entry.options
    assert await found_by_home_assistant(household) == [[] for _ in kinds]


async def test_check_of_the_dashboard_can_fail(
    hass: HomeAssistant, household_factory: HouseholdFactory
) -> None:
    household = await household_factory("pv", offer=Existing.KEEP)
    source = (await household.sources())["solar"]
    er.async_get(hass).async_remove(source["stat_energy_from"])
    await hass.async_block_till_done()

    assert await found_by_home_assistant(household) != [[]]


async def test_each_source_shows_what_it_is_meant_for(
    hass: HomeAssistant, household_factory: HouseholdFactory
) -> None:
    household = await household_factory(offer=Existing.KEEP, grid=47)
    await household.pass_time_until(lambda: not household.waiting)
    registry = er.async_get(hass)
    shown = {
        (kind, slot): entity.unique_id.removeprefix(f"{household.plant_code}_")
        for kind, source in (await household.sources()).items()
        for slot, value in source.items()
        if isinstance(value, str) and (entity := registry.async_get(value))
    }

    assert shown == {
        ("solar", "stat_energy_from"): "solar_energy",
        ("solar", "stat_rate"): "pv_power",
        ("battery", "stat_energy_from"): "battery_discharged_energy",
        ("battery", "stat_energy_to"): "battery_charged_energy",
        ("battery", "stat_rate"): "battery_power",
        ("battery", "stat_soc"): "battery_state_of_charge",
        ("grid", "stat_energy_from"): "grid_import_energy",
        ("grid", "stat_energy_to"): "grid_export_energy",
        ("grid", "stat_rate"): "grid_power",
    }
    assert (await household.sources())["battery"]["capacity"] == 9.8
