"""The history as a part of an entry: its sensor, its actions, its options, its end."""

from datetime import date, timedelta

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.smartpvms.const import DOMAIN
from custom_components.smartpvms.history.quantities import Quantity
from scripts.benchmarking.history_truth import DAY
from tests.polling.living import async_live

from .conftest import Home, HomeFactory


def progress(home: Home) -> dict[str, object]:
    """Return the state and the attributes of the progress sensor."""
    registry = er.async_get(home.hass)
    (entity,) = [
        each
        for each in registry.entities.values()
        if each.unique_id.endswith("history_progress")
    ]
    state = home.hass.states.get(entity.entity_id)
    assert state is not None
    return {"state": state.state, **state.attributes}


async def test_the_clock_makes_the_calls_when_nothing_else_needs_them(
    home_factory: HomeFactory,
) -> None:
    home = await home_factory("new", quotas=True)
    await async_live(home.hass, home.freezer, home.cloud, timedelta(hours=7))
    assert home.calls("getKpiStationYear") == 1
    # a year report says no month: from January on
    assert home.calls("getKpiStationDay") == 6
    assert home.calls("getKpiStationHour") >= 1
    shown = progress(home)
    refined = home.history.memory.of(home.plant.code).refined
    assert refined is not None
    assert 50 < int(str(shown["state"])) < 100
    assert shown["day_reached"] == (refined - DAY).isoformat()
    left = (refined - home.plant.history.connected).days
    assert shown["days_left"] == left


async def test_what_an_import_costs_is_told_and_nothing_asked(
    home_factory: HomeFactory,
) -> None:
    home = await home_factory()
    answer = await home.hass.services.async_call(
        DOMAIN,
        "import_history",
        {"start_date": "2026-05-20", "end_date": "2026-06-05", "dry_run": True},
        blocking=True,
        return_response=True,
    )
    # two months, seventeen days, and six times three days of the meter
    assert answer == {
        "plants": [home.plant.name],
        "start_date": "2026-05-20",
        "end_date": "2026-06-05",
        "days": 17,
        "calls": 2 + 17 + 6,
        "dry_run": True,
    }
    assert home.history.memory.of(home.plant.code).again == []


async def test_days_are_imported_anew_and_their_hours(
    home_factory: HomeFactory,
) -> None:
    home = await home_factory("new")
    memory = home.history.memory.of(home.plant.code)
    while memory.refined is None:
        assert await home.async_step()
    calls = home.calls("getKpiStationHour")
    await home.hass.services.async_call(
        DOMAIN,
        "import_history",
        {"start_date": "2026-06-10", "end_date": "2026-06-11"},
        blocking=True,
    )
    for _ in range(8):
        assert await home.async_step()
    rows = await home.rows(Quantity.PV_YIELD)
    of_day = [
        hour
        for hour in rows
        if hour.astimezone(home.plant.zone).date() == date(2026, 6, 10)
    ]
    assert len(of_day) == 24
    assert home.calls("getKpiStationHour") > calls
    assert memory.again == []


async def test_a_range_that_ends_before_it_begins_is_refused(
    home_factory: HomeFactory,
) -> None:
    home = await home_factory()
    with pytest.raises(ServiceValidationError, match="end date is before"):
        await home.hass.services.async_call(
            DOMAIN,
            "import_history",
            {"start_date": "2026-06-05", "end_date": "2026-05-20"},
            blocking=True,
        )


async def test_deleted_history_stays_away_until_it_is_asked_for(
    home_factory: HomeFactory,
) -> None:
    home = await home_factory("new")
    while home.history.memory.of(home.plant.code).refined is None:
        assert await home.async_step()
    assert await home.rows(Quantity.PV_YIELD)
    await home.hass.services.async_call(DOMAIN, "delete_history", {}, blocking=True)
    assert await home.rows(Quantity.PV_YIELD) == {}
    home.pass_time(DAY)
    assert not await home.async_step()
    await home.history.async_request(
        [home.plant.code], date(2026, 6, 1), date(2026, 6, 2)
    )
    while home.history.memory.of(home.plant.code).refined is None:
        assert await home.async_step()
    assert await home.rows(Quantity.PV_YIELD)


@pytest.mark.parametrize(("removal", "is_left"), [("keep", True), ("delete", False)])
async def test_statistics_stay_or_go_with_the_entry(
    home_factory: HomeFactory, removal: str, is_left: bool
) -> None:
    home = await home_factory("new", options={"history_on_removal": removal})
    while home.history.memory.of(home.plant.code).refined is None:
        assert await home.async_step()
    await home.hass.config_entries.async_remove(home.entry.entry_id)
    await home.hass.async_block_till_done()
    assert bool(await home.rows(Quantity.PV_YIELD)) is is_left


async def test_history_can_be_switched_off(home_factory: HomeFactory) -> None:
    home = await home_factory(options={"history": False})
    assert home.entry.runtime_data.history is None
    with pytest.raises(ServiceValidationError, match="switched off"):
        await home.hass.services.async_call(DOMAIN, "delete_history", {}, blocking=True)


async def test_the_options_offer_it_where_there_is_a_recorder(
    hass: HomeAssistant, home_factory: HomeFactory
) -> None:
    home = await home_factory()
    flows = hass.config_entries.options
    flow = await flows.async_init(home.entry.entry_id)
    assert "history" in flow["menu_options"]
    form = await flows.async_configure(flow["flow_id"], {"next_step_id": "history"})
    assert form["description_placeholders"] == {"plants": "10"}
    done = await flows.async_configure(
        flow["flow_id"], {"history": False, "history_on_removal": "delete"}
    )
    await hass.async_block_till_done()
    assert done["data"]["history"] is False
    assert done["data"]["history_on_removal"] == "delete"
    assert home.entry.runtime_data.history is None


async def test_what_is_being_written_does_not_come_back_after_a_deletion(
    home_factory: HomeFactory,
) -> None:
    home = await home_factory("new")
    while home.history.memory.of(home.plant.code).refined is None:
        assert await home.async_step()
    await home.history.async_request(
        [home.plant.code], date(2026, 6, 1), date(2026, 6, 2)
    )
    call = home.history.next_call()
    assert call is not None
    await home.history.async_ask(call)
    await home.history.async_delete([home.plant.code])
    await home.hass.async_block_till_done(wait_background_tasks=True)
    assert await home.rows(Quantity.PV_YIELD) == {}


async def test_no_call_is_made_for_the_years_before_a_plant_was_there(
    home_factory: HomeFactory,
) -> None:
    home = await home_factory("new")
    memory = home.history.memory.of(home.plant.code)
    while memory.refined is None:
        assert await home.async_step()
    before = home.calls("getKpiStationDay")
    answer = await home.hass.services.async_call(
        DOMAIN,
        "import_history",
        {"start_date": "2001-01-01", "end_date": "2026-01-02"},
        blocking=True,
        return_response=True,
    )
    assert answer is not None
    # a month, two days, and one call for the meter
    assert answer["calls"] == 1 + 2 + 1
    assert await home.async_step()
    assert home.calls("getKpiStationDay") == before + 1
    assert memory.again == []
    await home.history.async_request(
        [home.plant.code], date(2001, 1, 1), date(2005, 12, 31)
    )
    assert (
        home.history.cost([home.plant.code], date(2001, 1, 1), date(2005, 12, 31)) == 0
    )
    assert await home.async_step()
    assert home.calls("getKpiStationDay") == before + 1
