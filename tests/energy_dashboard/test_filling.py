"""Filling the dashboard where there is something in it, and by action."""

from typing import Any

from homeassistant.components import persistent_notification
from homeassistant.components.energy.data import EnergyManager, async_get_manager
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
import pytest

from custom_components.smartpvms.const import DOMAIN
from custom_components.smartpvms.energy_dashboard import Existing
from simulator import Simulator

from .conftest import Household, HouseholdFactory

ROOF: dict[str, Any] = {
    "type": "solar",
    "stat_energy_from": "sensor.roof",
    "config_entry_solar_forecast": ["forecast"],
}
UTILITY: dict[str, Any] = {
    "type": "grid",
    "stat_energy_from": "sensor.bought",
    "stat_energy_to": "sensor.sold",
    "stat_cost": None,
    "entity_energy_price": None,
    "number_energy_price": 0.31,
    "stat_compensation": None,
    "entity_energy_price_export": "sensor.price",
    "number_energy_price_export": None,
    "cost_adjustment_day": 1.5,
}
STORE: dict[str, Any] = {
    "type": "battery",
    "stat_energy_from": "sensor.given",
    "stat_energy_to": "sensor.taken",
}
GAS: dict[str, Any] = {"type": "gas", "stat_energy_from": "sensor.gas"}

pytestmark = pytest.mark.usefixtures("recorder_mock")


async def put_in(hass: HomeAssistant, *sources: dict[str, Any]) -> None:
    """Put sources into the dashboard, as a user does."""
    assert await async_setup_component(hass, "energy", {})
    manager = await async_get_manager(hass)
    preferences: dict[str, Any] = {**EnergyManager.default_preferences()}
    preferences["energy_sources"] = list(sources)
    preferences["device_consumption"] = [{"stat_consumption": "sensor.oven"}]
    await manager.async_update(preferences)  # type: ignore[arg-type]


async def shown(hass: HomeAssistant) -> list[str]:
    """Return the first statistic of each source in the dashboard."""
    manager = await async_get_manager(hass)
    assert manager.data is not None
    return [
        str(source.get("stat_energy_from")) for source in manager.data["energy_sources"]
    ]


def messages(hass: HomeAssistant) -> list[str]:
    """Return the texts of the notifications."""
    notifications = persistent_notification._async_get_or_create_notifications(hass)
    return [each["message"] for each in notifications.values()]


async def fill(household: Household, **data: Any) -> list[dict[str, Any]]:
    """Call the action and return what it says of each plant."""
    response = await household.hass.services.async_call(
        DOMAIN,
        "fill_energy_dashboard",
        data,
        blocking=True,
        return_response=True,
    )
    assert response is not None
    plants = response["plants"]
    assert isinstance(plants, list)
    return plants  # type: ignore[return-value]


OWN = [
    "sensor.home_berlin_solar_energy",
    "sensor.home_berlin_battery_discharged_energy",
    "sensor.home_berlin_grid_import_energy",
]


async def test_notification_says_what_is_there_and_what_follows(
    hass: HomeAssistant, household_factory: HouseholdFactory
) -> None:
    household = await household_factory(offer=Existing.KEEP)
    (message,) = messages(hass)
    assert "- Home Berlin: solar, battery" in message
    assert "up to an hour" in message
    assert "which meter measures it" in message

    await household.pass_time_until(lambda: not household.waiting)
    (message,) = messages(hass)
    assert "- Home Berlin: solar, battery, grid" in message
    assert "which meter measures it" not in message


async def test_what_others_put_in_is_kept(
    hass: HomeAssistant, household_factory: HouseholdFactory
) -> None:
    await put_in(hass, ROOF, UTILITY, GAS)
    household = await household_factory(offer=Existing.KEEP, grid=47)
    await household.pass_time_until(lambda: not household.waiting)

    assert await shown(hass) == ["sensor.roof", "sensor.bought", "sensor.gas", OWN[1]]
    (message,) = messages(hass)
    assert "Left as they were" in message
    manager = await async_get_manager(hass)
    assert manager.data is not None
    assert manager.data["device_consumption"] == [{"stat_consumption": "sensor.oven"}]


async def test_what_was_shown_is_replaced_with_its_tariffs_and_forecasts(
    hass: HomeAssistant, household_factory: HouseholdFactory
) -> None:
    later = ROOF | {"stat_energy_from": "sensor.later"}
    await put_in(hass, ROOF, UTILITY, {**STORE, "name": "Cellar"}, GAS, later)
    household = await household_factory(
        offer=Existing.REPLACE,
        grid=47,
        replaceable=(
            "sensor.roof",
            "sensor.bought",
            "sensor.sold",
            "sensor.given",
            "sensor.taken",
        ),
    )
    await household.pass_time_until(lambda: not household.waiting)

    assert sorted(await shown(hass)) == sorted(["sensor.gas", "sensor.later", *OWN])
    manager = await async_get_manager(hass)
    assert manager.data is not None
    sources = {
        source.get("stat_energy_from"): source
        for source in manager.data["energy_sources"]
    }
    assert sources[OWN[0]]["config_entry_solar_forecast"] == ["forecast"]  # type: ignore[typeddict-item]
    assert [each for each in sources.values() if each.get("name") == "Cellar"] == [
        each for each in sources.values() if each["type"] == "battery"
    ]
    grid = dict(sources[OWN[2]])
    for key, value in UTILITY.items():
        if "price" in key or key == "cost_adjustment_day":
            assert grid[key] == value


async def test_a_source_that_never_had_a_forecast_is_replaced(
    hass: HomeAssistant, household_factory: HouseholdFactory
) -> None:
    await put_in(hass, {"type": "solar", "stat_energy_from": "sensor.roof"})
    household = await household_factory(
        offer=Existing.REPLACE, grid=47, replaceable=("sensor.roof",)
    )
    await household.pass_time_until(lambda: not household.waiting)

    assert "sensor.roof" not in await shown(hass)
    assert OWN[0] in await shown(hass)


async def test_sources_are_added_beside_others(
    hass: HomeAssistant, household_factory: HouseholdFactory
) -> None:
    await put_in(hass, ROOF)
    household = await household_factory(offer=Existing.ADD, grid=47)
    await household.pass_time_until(lambda: not household.waiting)

    assert await shown(hass) == ["sensor.roof", *OWN]


async def test_offer_is_carried_out_once(
    hass: HomeAssistant, household_factory: HouseholdFactory
) -> None:
    household = await household_factory(offer=Existing.KEEP, grid=47)
    await household.pass_time_until(lambda: not household.waiting)
    await put_in(hass)

    assert await hass.config_entries.async_reload(household.entry.entry_id)
    await household.pass_time(2)
    assert await shown(hass) == []


async def test_disabled_sensors_are_not_put_in(
    hass: HomeAssistant, household_factory: HouseholdFactory
) -> None:
    household = await household_factory(grid=47)
    await household.pass_time(2)
    registry = er.async_get(hass)
    for entity_id in (OWN[0], OWN[1], "sensor.home_berlin_grid_power"):
        registry.async_update_entity(
            entity_id, disabled_by=er.RegistryEntryDisabler.USER
        )
    offer = {
        "plants": {household.plant_code: ["solar", "battery", "grid"]},
        "existing": "keep",
        "replaceable": [],
    }
    options = {**household.entry.options, "energy_dashboard": offer}
    hass.config_entries.async_update_entry(household.entry, options=options)
    assert await hass.config_entries.async_reload(household.entry.entry_id)
    await household.pass_time(2)

    assert household.waiting == {}
    assert (await household.sources()).keys() == {"grid"}
    assert "stat_rate" not in (await household.sources())["grid"]


async def test_offer_of_a_plant_that_is_not_served_any_more_lapses(
    hass: HomeAssistant, household_factory: HouseholdFactory
) -> None:
    household = await household_factory()
    offer = {"plants": {"NE=1": ["solar"]}, "existing": "keep", "replaceable": []}
    options = {**household.entry.options, "energy_dashboard": offer}
    hass.config_entries.async_update_entry(household.entry, options=options)
    assert await hass.config_entries.async_reload(household.entry.entry_id)
    await household.pass_time()

    assert household.waiting == {}
    assert messages(hass) == []


def with_charger_only(cloud: Simulator) -> None:
    """Let the only meter be one of a car charger."""
    cloud.faults.enable("charger_meter", power=1400)


async def test_grid_is_not_waited_for_where_no_meter_is_at_it(
    household_factory: HouseholdFactory,
) -> None:
    household = await household_factory(offer=Existing.KEEP, prepare=with_charger_only)
    await household.pass_time_until(lambda: not household.waiting)

    assert (await household.sources()).keys() == {"solar", "battery"}
    assert household.questions() == {}


async def test_action_fills_and_can_be_repeated(
    hass: HomeAssistant, household_factory: HouseholdFactory
) -> None:
    household = await household_factory()
    (device,) = (
        each
        for each in dr.async_entries_for_config_entry(
            dr.async_get(hass), household.entry.entry_id
        )
        if (DOMAIN, household.plant_code) in each.identifiers
    )
    plant = {"plant": "Home Berlin", "plant_code": household.plant_code}
    told = plant | {"kept": [], "not_known": ["grid"], "history_added": []}
    assert await fill(household, device_id=device.id) == [
        told | {"added": ["solar", "battery"], "history_follows": ["solar", "battery"]}
    ]
    assert await shown(hass) == OWN[:2]
    assert await fill(household, shows="live") == [
        told | {"added": [], "history_follows": []}
    ]
    assert await shown(hass) == OWN[:2]


async def test_action_keeps_replaces_or_adds(
    hass: HomeAssistant, household_factory: HouseholdFactory
) -> None:
    await put_in(hass, ROOF, STORE)
    household = await household_factory()
    (told,) = await fill(household)
    assert (told["added"], told["kept"]) == ([], ["solar", "battery"])
    assert await shown(hass) == ["sensor.roof", "sensor.given"]

    (told,) = await fill(household, existing="replace")
    assert (told["added"], told["kept"]) == (["solar", "battery"], [])
    assert await shown(hass) == OWN[:2]


async def test_action_fails_where_nothing_is_known(
    hass: HomeAssistant, household_factory: HouseholdFactory
) -> None:
    household = await household_factory(
        prepare=lambda cloud: cloud.faults.enable("empty_map")
    )
    with pytest.raises(HomeAssistantError) as raised:
        await fill(household)
    assert raised.value.translation_key == "energy_not_known"


async def test_action_fails_without_the_dashboard(
    hass: HomeAssistant, household_factory: HouseholdFactory
) -> None:
    household = await household_factory()
    hass.config.components.remove("energy")
    with pytest.raises(ServiceValidationError) as raised:
        await fill(household)
    assert raised.value.translation_key == "no_energy_dashboard"
