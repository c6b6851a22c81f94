"""What the flow and the options ask for the sake of energy."""

from typing import Any

from homeassistant.components.energy.data import EnergyManager, async_get_manager
from homeassistant.config_entries import ConfigEntryState, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.setup import async_setup_component
import pytest

from .scripted_cloud import ScriptedCloud, device_row, plant_row
from .sign_in import Owner, proposed
from .test_options import Dialog
from .test_plants import options, to_plants

METER = 47
EMMA = 23070


def meter_row(number: int, *, plant: int, type_id: int = METER) -> dict[str, Any]:
    """Return a row of the device list that measures."""
    row = device_row(number, plant=plant, serial=f"METER{number}")
    return row | {"devTypeId": type_id, "devName": f"Meter {number}"}


async def put_in(hass: HomeAssistant, *sources: dict[str, Any]) -> None:
    """Put sources into the dashboard, as a user does."""
    manager = await async_get_manager(hass)
    preferences: dict[str, Any] = {**EnergyManager.default_preferences()}
    preferences["energy_sources"] = list(sources)
    await manager.async_update(preferences)  # type: ignore[arg-type]


@pytest.fixture
async def dashboard(recorder_mock: None, hass: HomeAssistant) -> None:
    """Set up the Energy dashboard."""
    assert await async_setup_component(hass, "energy", {})


async def test_single_meters_are_confirmed(
    elsewhere: Owner, scripted: ScriptedCloud
) -> None:
    scripted.list_plants(*(plant_row(each) for each in range(1, 5)))
    scripted.list_devices(
        device_row(1, plant=1, serial="INVERTER"),
        meter_row(2, plant=1),
        meter_row(3, plant=2, type_id=17),
        meter_row(4, plant=3),
        meter_row(5, plant=3),
        meter_row(6, plant=4, type_id=EMMA),
    )
    flow = await elsewhere.enter(await to_plants(elsewhere), {})
    assert flow["step_id"] == "meters"
    assert options(flow, "grid_meters") == ["Plant 01: Meter 2", "Plant 02: Meter 3"]
    assert proposed(flow) == {"grid_meters": ["METER2", "METER3"]}

    result = await elsewhere.enter(flow, {"grid_meters": ["METER3"]})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["options"]["plant_settings"] == {
        "NE=33554002": {"meters": {"METER3": {"role": "grid", "reversed": False}}}
    }
    assert "energy_dashboard" not in result["options"]


async def test_meter_of_the_only_plant_goes_by_its_own_name(
    elsewhere: Owner, scripted: ScriptedCloud
) -> None:
    zone = "2021-01-01T00:00:00+07:00"
    scripted.list_plants(plant_row(1, connected=zone))
    scripted.list_devices(meter_row(2, plant=1))
    flow = await elsewhere.enter(await to_plants(elsewhere), {})
    flow = await elsewhere.enter(flow, {"Plant 01": "Asia/Bangkok"})
    assert options(flow, "grid_meters") == ["Meter 2"]
    result = await elsewhere.enter(flow, {})
    assert result["options"]["plant_settings"] == {
        "NE=33554001": {
            "time_zone": "Asia/Bangkok",
            "meters": {"METER2": {"role": "grid", "reversed": False}},
        }
    }


@pytest.mark.usefixtures("dashboard")
async def test_dashboard_of_a_home_is_filled_by_default(
    elsewhere: Owner, scripted: ScriptedCloud
) -> None:
    scripted.list_plants(*(plant_row(each) for each in range(1, 4)))
    flow = await elsewhere.enter(await to_plants(elsewhere), {})
    assert flow["step_id"] == "energy_dashboard"
    assert options(flow, "plants_shown") == ["Plant 01", "Plant 02", "Plant 03"]
    assert len(proposed(flow)["plants_shown"]) == 3
    result = await elsewhere.enter(flow, {"plants_shown": ["NE=33554002"]})
    assert result["options"]["energy_dashboard"] == {
        "plants": {"NE=33554002": ["solar", "battery", "grid"]},
        "before_live": {"NE=33554002": ["solar", "battery", "grid"]},
        "history_only": {},
        "existing": "keep",
        "replaceable": [],
    }


@pytest.mark.usefixtures("dashboard")
@pytest.mark.parametrize(
    ("choice", "waiting"),
    [
        ("live_and_history", ["plants", "before_live"]),
        ("live", ["plants"]),
        ("history", ["history_only"]),
    ],
)
async def test_the_dashboard_shows_what_is_chosen(
    elsewhere: Owner, scripted: ScriptedCloud, choice: str, waiting: list[str]
) -> None:
    scripted.list_plants(plant_row(1))
    flow = await elsewhere.enter(await to_plants(elsewhere), {})
    assert proposed(flow)["energy_shows"] == "live_and_history"
    result = await elsewhere.enter(flow, {"energy_shows": choice})
    offer = result["options"]["energy_dashboard"]
    parts = ("plants", "before_live", "history_only")
    assert [part for part in parts if offer[part]] == waiting


@pytest.mark.usefixtures("dashboard")
async def test_above_three_plants_none_is_put_in_by_default(
    elsewhere: Owner, scripted: ScriptedCloud
) -> None:
    scripted.list_plants(*(plant_row(each) for each in range(1, 5)))
    flow = await elsewhere.enter(await to_plants(elsewhere), {})
    assert proposed(flow)["plants_shown"] == []
    result = await elsewhere.enter(flow, {})
    assert "energy_dashboard" not in result["options"]


@pytest.mark.usefixtures("dashboard")
async def test_fleet_is_not_asked_for_its_energy(
    elsewhere: Owner, scripted: ScriptedCloud
) -> None:
    scripted.list_plants(*(plant_row(each) for each in range(1, 12)))
    scripted.list_devices(meter_row(2, plant=1))
    flow = await to_plants(elsewhere)
    every = [f"NE={33554000 + each}" for each in range(1, 12)]
    result = await elsewhere.enter(flow, {"plants": every})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert "energy_dashboard" not in result["options"]


@pytest.mark.usefixtures("dashboard")
@pytest.mark.parametrize("choice", ["keep", "replace", "add"])
async def test_sources_that_are_there_are_shown(
    hass: HomeAssistant, elsewhere: Owner, scripted: ScriptedCloud, choice: str
) -> None:
    hass.states.async_set("sensor.roof", "1", {"friendly_name": "Roof energy"})
    await put_in(
        hass,
        {
            "type": "solar",
            "stat_energy_from": "sensor.roof",
            "config_entry_solar_forecast": None,
        },
        {
            "type": "battery",
            "stat_energy_from": "sensor.given",
            "stat_energy_to": "sensor.taken",
        },
        {"type": "gas", "stat_energy_from": "sensor.gas"},
    )
    scripted.list_plants(plant_row(1))
    flow = await elsewhere.enter(await to_plants(elsewhere), {})
    flow = await elsewhere.enter(flow, {})
    assert flow["step_id"] == "energy_sources"
    assert flow["description_placeholders"] == {
        "sources": "- Roof energy\n- sensor.given, sensor.taken"
    }
    assert proposed(flow) == {"existing": "keep"}
    result = await elsewhere.enter(flow, {"existing": choice})
    offer = result["options"]["energy_dashboard"]
    assert offer["existing"] == choice
    assert offer["replaceable"] == ["sensor.given", "sensor.roof", "sensor.taken"]


@pytest.fixture
async def metered(owner: Owner) -> Dialog:
    """Return the options of a plant with a meter."""
    entry = await owner.add_by_account()
    await owner.hass.async_block_till_done(wait_background_tasks=True)
    assert entry.state is ConfigEntryState.LOADED
    return Dialog(owner.hass, entry)


async def to_meter(dialog: Dialog) -> ConfigFlowResult:
    """Go to the form of the meter."""
    flow = await dialog.open("meter")
    (label,) = options(flow, "meter")
    assert label.startswith("Home Berlin: ")
    schema = flow["data_schema"]
    assert schema is not None
    (meter,) = (each["value"] for each in schema.schema["meter"].config["options"])
    flow = await dialog.enter(flow, {"meter": meter})
    assert flow["step_id"] == "meter_assignment"
    assert flow["description_placeholders"] == {"meter": label}
    return flow


async def test_what_a_meter_measures_is_changed_in_the_options(
    metered: Dialog,
) -> None:
    code = metered.entry.options["plants"][0]
    flow = await to_meter(metered)
    assert proposed(flow) == {"role": "grid", "reversed": False}
    await metered.enter(flow, {"role": "load", "reversed": True})
    (stored,) = metered.entry.options["plant_settings"][code]["meters"].values()
    assert stored == {"role": "load", "reversed": True}

    # other settings of the plant leave it as it is
    flow = await metered.open("plant")
    await metered.enter(flow, {"currency": "SEK"})
    settings = metered.entry.options["plant_settings"][code]
    assert settings["currency"] == "SEK"
    assert list(settings["meters"].values()) == [stored]

    flow = await to_meter(metered)
    assert proposed(flow) == {"role": "load", "reversed": True}
    await metered.enter(flow, {"role": "automatic"})
    assert metered.entry.options["plant_settings"][code]["meters"] == {}
    flow = await to_meter(metered)
    assert proposed(flow) == {"role": "automatic", "reversed": False}
