"""The history in the Energy dashboard: beside the sensors, instead of them, or not at all."""

from dataclasses import replace
from typing import Any

from homeassistant.components.energy.data import async_get_manager
from homeassistant.components.recorder.models import StatisticMeanType
from homeassistant.components.recorder.statistics import async_import_statistics
from homeassistant.const import Platform, UnitOfEnergy
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
import pytest

from custom_components.smartpvms.const import DOMAIN
from custom_components.smartpvms.energy_dashboard import COUNTERS, Existing, Shows
from custom_components.smartpvms.energy_dashboard.offer import accepted_offer
from custom_components.smartpvms.history.history import History
from custom_components.smartpvms.history.recording import async_worked_off
from simulator.plants.catalogue import PLANTS

from .conftest import Household, HouseholdFactory
from .test_dashboard import found_by_home_assistant
from .test_filling import ROOF, UTILITY, fill, messages, put_in

CODE = "ne_33554875"
SENSORS = {
    "solar": ("sensor.home_berlin_solar_energy",),
    "battery": (
        "sensor.home_berlin_battery_discharged_energy",
        "sensor.home_berlin_battery_charged_energy",
    ),
    "grid": (
        "sensor.home_berlin_grid_import_energy",
        "sensor.home_berlin_grid_export_energy",
    ),
}
SERIES = {
    "solar": ("pv_yield",),
    "battery": ("battery_discharge", "battery_charge"),
    "grid": ("import", "export"),
}
WHOLE = {
    kind: tuple(f"smartpvms:{CODE}_{name}" for name in names)
    for kind, names in SERIES.items()
}
BEFORE = {
    kind: tuple(f"{each}_before_live" for each in ids) for kind, ids in WHOLE.items()
}

type Shown = list[tuple[str, ...]]

pytestmark = pytest.mark.usefixtures("recorder_mock", "young")


@pytest.fixture
def young(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let plants be three weeks old: an API account gets 25 reports a day."""
    for name in ("home", "pv"):
        plant = replace(PLANTS[name](), connected_days=20)
        monkeypatch.setitem(PLANTS, name, lambda plant=plant: plant)


def history_of(household: Household) -> History:
    """Return the history of the entry."""
    history = household.entry.runtime_data.history
    assert isinstance(history, History)
    return history


async def async_days_in(household: Household) -> None:
    """Bring all days in."""
    history = history_of(household)
    while history.memory.of(household.plant_code).refined is None:
        call = history.next_call()
        assert call is not None
        await history.async_ask(call)
        await household.hass.async_block_till_done(wait_background_tasks=True)


async def async_first_hour(household: Household) -> None:
    """Record a first hour of each sensor."""
    registry = er.async_get(household.hass)
    hour = dt_util.utcnow().replace(minute=0, second=0, microsecond=0)
    for keys in COUNTERS.values():
        for key in keys.values():
            entity_id = registry.async_get_entity_id(
                Platform.SENSOR, DOMAIN, f"{household.plant_code}_{key}"
            )
            assert entity_id is not None
            async_import_statistics(
                household.hass,
                {
                    "mean_type": StatisticMeanType.NONE,
                    "has_sum": True,
                    "name": None,
                    "source": "recorder",
                    "statistic_id": entity_id,
                    "unit_class": "energy",
                    "unit_of_measurement": UnitOfEnergy.KILO_WATT_HOUR,
                },
                [{"start": hour, "state": 1000.0, "sum": 0.25}],
            )
    await async_worked_off(household.hass)
    await history_of(household).async_look_at_seams()
    await household.hass.async_block_till_done(wait_background_tasks=True)


async def shown(hass: HomeAssistant, kind: str) -> Shown:
    """Return the statistics of the sources of a kind."""
    return [
        tuple(
            source[key]
            for key in ("stat_energy_from", "stat_energy_to")
            if source.get(key)
        )
        for source in await sources(hass)
        if source["type"] == kind
    ]


async def sources(hass: HomeAssistant) -> list[dict[str, Any]]:
    """Return all sources of the dashboard."""
    manager = await async_get_manager(hass)
    assert manager.data is not None
    return [dict(source) for source in manager.data["energy_sources"]]


async def async_offer(
    household: Household, shows: Shows, existing: Existing = Existing.KEEP
) -> None:
    """Accept an offer for an entry that is there."""
    offer = accepted_offer([household.plant_code], existing, (), shows)
    options = {**household.entry.options, "energy_dashboard": offer}
    hass = household.hass
    hass.config_entries.async_update_entry(household.entry, options=options)
    assert await hass.config_entries.async_reload(household.entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_all_years_are_put_in_beside_the_sensors(
    hass: HomeAssistant, household_factory: HouseholdFactory
) -> None:
    household = await household_factory(grid=47)
    await async_offer(household, Shows.LIVE_AND_HISTORY)
    await household.pass_time_until(lambda: not household.waiting)
    assert await shown(hass, "solar") == [SENSORS["solar"]]
    (message,) = messages(hass)
    assert "The years before follow" in message

    await async_days_in(household)
    await household.pass_time()
    assert await shown(hass, "solar") == [SENSORS["solar"]]
    await async_first_hour(household)
    for kind in SERIES:
        assert await shown(hass, kind) == [SENSORS[kind], BEFORE[kind]]
    assert "energy_dashboard" not in household.entry.options
    (message,) = messages(hass)
    assert "The years before follow" not in message
    assert await found_by_home_assistant(household) == [[] for _ in range(6)]


async def test_only_the_history_is_put_in(
    hass: HomeAssistant, household_factory: HouseholdFactory
) -> None:
    household = await household_factory(grid=47)
    await async_offer(household, Shows.HISTORY)
    await household.pass_time()
    manager = await async_get_manager(hass)
    assert manager.data is None
    await async_days_in(household)
    for kind in SERIES:
        assert await shown(hass, kind) == [WHOLE[kind]]
    rates = [source["stat_rate"] for source in await sources(hass)]
    assert rates == [
        "sensor.home_berlin_pv_power",
        "sensor.home_berlin_battery_power",
        "sensor.home_berlin_grid_power",
    ]
    assert "energy_dashboard" not in household.entry.options
    assert await found_by_home_assistant(household) == [[] for _ in range(3)]


async def test_what_a_plant_has_not_is_not_put_in(
    hass: HomeAssistant, household_factory: HouseholdFactory
) -> None:
    household = await household_factory("pv")
    await async_offer(household, Shows.HISTORY)
    await async_days_in(household)
    assert [source["type"] for source in await sources(hass)] == ["solar"]
    assert "energy_dashboard" not in household.entry.options


async def test_what_is_kept_has_no_history_beside_it(
    hass: HomeAssistant, household_factory: HouseholdFactory
) -> None:
    await put_in(hass, ROOF)
    household = await household_factory(grid=47)
    await async_offer(household, Shows.LIVE_AND_HISTORY)
    await household.pass_time_until(lambda: not household.waiting)
    await async_days_in(household)
    await async_first_hour(household)
    assert await shown(hass, "solar") == [("sensor.roof",)]
    assert await shown(hass, "grid") == [SENSORS["grid"], BEFORE["grid"]]
    assert "energy_dashboard" not in household.entry.options


async def test_history_that_is_switched_off_is_not_waited_for(
    hass: HomeAssistant, household_factory: HouseholdFactory
) -> None:
    household = await household_factory(grid=47)
    options = {**household.entry.options, "history": False}
    hass.config_entries.async_update_entry(household.entry, options=options)
    await async_offer(household, Shows.LIVE_AND_HISTORY)
    await household.pass_time_until(lambda: not household.waiting)
    assert await shown(hass, "solar") == [SENSORS["solar"]]
    assert "energy_dashboard" not in household.entry.options
    with pytest.raises(ServiceValidationError, match="switched off"):
        await fill(household, shows="history")


async def test_another_choice_keeps_prices_and_shows_nothing_twice(
    hass: HomeAssistant, household_factory: HouseholdFactory
) -> None:
    await put_in(hass, ROOF, UTILITY)
    household = await household_factory(grid=47)
    await household.pass_time_until(
        lambda: (
            household.entry.runtime_data.energy.picture(household.plant_code)
            is not None
        )
    )
    await fill(household, existing="replace", shows="live")
    assert await shown(hass, "grid") == [SENSORS["grid"]]

    (told,) = await fill(household)
    assert told["history_follows"] == ["solar", "battery", "grid"]
    await async_days_in(household)
    await async_first_hour(household)
    assert await shown(hass, "grid") == [SENSORS["grid"], BEFORE["grid"]]
    live, before = (each for each in await sources(hass) if each["type"] == "grid")
    assert live["number_energy_price"] == UTILITY["number_energy_price"]
    assert before["number_energy_price"] is None
    solar = next(each for each in await sources(hass) if each["type"] == "solar")
    assert solar["config_entry_solar_forecast"] == ["forecast"]

    (told,) = await fill(household, shows="history")
    assert (told["added"], told["history_added"]) == ([], ["solar", "battery", "grid"])
    for kind in SERIES:
        assert await shown(hass, kind) == [WHOLE[kind]]
    (told,) = await fill(household, shows="live_and_history")
    assert told["history_added"] == ["solar", "battery", "grid"]
    for kind in SERIES:
        assert sorted(await shown(hass, kind)) == sorted([SENSORS[kind], BEFORE[kind]])
    await fill(household, shows="live")
    for kind in SERIES:
        assert await shown(hass, kind) == [SENSORS[kind]]


async def test_deleted_history_leaves_the_dashboard(
    hass: HomeAssistant, household_factory: HouseholdFactory
) -> None:
    await put_in(hass, ROOF)
    household = await household_factory(grid=47)
    await async_offer(household, Shows.LIVE_AND_HISTORY, Existing.ADD)
    await household.pass_time_until(lambda: not household.waiting)
    await async_days_in(household)
    await async_first_hour(household)
    assert BEFORE["solar"] in await shown(hass, "solar")
    await hass.services.async_call(DOMAIN, "delete_history", {}, blocking=True)
    assert await shown(hass, "solar") == [("sensor.roof",), SENSORS["solar"]]
    assert await shown(hass, "grid") == [SENSORS["grid"]]
    # what is deleted is not waited for
    (told,) = await fill(household, shows="history")
    assert (told["history_added"], told["history_follows"]) == ([], [])


async def test_a_plant_that_is_served_no_more_has_no_history(
    hass: HomeAssistant, household_factory: HouseholdFactory
) -> None:
    household = await household_factory()
    offer = accepted_offer(["NE=1"], Existing.KEEP, (), Shows.HISTORY)
    options = {**household.entry.options, "energy_dashboard": offer}
    hass.config_entries.async_update_entry(household.entry, options=options)
    assert await hass.config_entries.async_reload(household.entry.entry_id)
    await household.pass_time()
    assert "energy_dashboard" not in household.entry.options
