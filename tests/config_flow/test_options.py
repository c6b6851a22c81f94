"""The options: a menu, and one thing at a time behind it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntry, ConfigEntryState, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest

from .scripted_cloud import OLD_PLANTS, PLANTS, ScriptedCloud, plant_row
from .sign_in import ACCOUNT, Owner, proposed
from .test_plants import options


class Dialog:
    """The options of an entry, as a user goes through them."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        self._hass = hass
        self.entry = entry

    async def open(self, item: str) -> ConfigFlowResult:
        """Open the options and choose an item of the menu."""
        flow = await self._hass.config_entries.options.async_init(self.entry.entry_id)
        control = ["control", "control_plant"]
        assert [each for each in flow["menu_options"] if each != "meter"] == [
            "plants",
            "plant",
            "detail",
            *(control if self.entry.data["access"] == "oauth" else []),
        ]
        return await self._enter(flow, {"next_step_id": item})

    async def enter(
        self, flow: ConfigFlowResult, values: Mapping[str, Any]
    ) -> ConfigFlowResult:
        """Submit a form, with what it proposes beside what is given."""
        return await self._enter(flow, proposed(flow) | values)

    async def _enter(
        self, flow: ConfigFlowResult, values: Mapping[str, Any]
    ) -> ConfigFlowResult:
        flow_id = flow["flow_id"]
        configure = self._hass.config_entries.options.async_configure
        result: ConfigFlowResult = await configure(flow_id, dict(values))
        await self._hass.async_block_till_done()
        return result


@pytest.fixture
async def dialog(
    hass: HomeAssistant, elsewhere: Owner, scripted: ScriptedCloud
) -> Dialog:
    """Return the options of an entry that serves two of three plants."""
    scripted.list_plants(plant_row(1), plant_row(2), plant_row(3))
    flow = await elsewhere.start("api_account")
    flow = await elsewhere.enter(flow, elsewhere.at_own_server(**ACCOUNT))
    chosen = {"plants": ["NE=33554001", "NE=33554002"]}
    result = await elsewhere.enter(flow, chosen)
    await hass.async_block_till_done()
    return Dialog(hass, result["result"])


async def test_other_plants_are_chosen_and_the_entry_is_reloaded(
    dialog: Dialog, scripted: ScriptedCloud
) -> None:
    scripted.list_plants(plant_row(1), plant_row(2), plant_row(3), plant_row(4))
    flow = await dialog.open("plants")
    labels = ["Plant 01", "Plant 02", "Plant 03", "Plant 04"]
    assert options(flow, "plants") == labels
    assert proposed(flow)["plants"] == ["NE=33554001", "NE=33554002"]
    flow = await dialog.enter(flow, {"plants": []})
    assert flow["errors"] == {"plants": "no_plant_chosen"}
    before = dialog.entry.runtime_data
    values = {"plants": ["NE=33554004"], "add_new_plants": True}
    result = await dialog.enter(flow, values)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert dialog.entry.options["plants"] == ["NE=33554004"]
    assert dialog.entry.options["add_new_plants"] is True
    assert dialog.entry.options["plant_settings"] == {}
    assert dialog.entry.state is ConfigEntryState.LOADED
    assert dialog.entry.runtime_data is not before


async def test_refused_list_offers_the_plants_that_are_known(
    dialog: Dialog, scripted: ScriptedCloud
) -> None:
    for path in (PLANTS, OLD_PLANTS):
        scripted.refuse(path, 401)
    flow = await dialog.open("plants")
    assert options(flow, "plants") == ["NE=33554003", "Plant 01", "Plant 02"]


async def test_entry_that_is_not_loaded_offers_what_it_knows(
    hass: HomeAssistant, dialog: Dialog
) -> None:
    assert await hass.config_entries.async_unload(dialog.entry.entry_id)
    flow = await dialog.open("plants")
    codes = ["NE=33554001", "NE=33554002", "NE=33554003"]
    assert options(flow, "plants") == codes


async def test_dead_consent_offers_the_plants_that_are_known(
    hass: HomeAssistant, owner: Owner, freezer: FrozenDateTimeFactory
) -> None:
    dialog = Dialog(hass, await owner.add_by_oauth())
    owner.cloud.oauth.forget("owner", "100000001")
    freezer.tick(timedelta(hours=2))
    owner.cloud.clock.step(timedelta(hours=2))
    flow = await dialog.open("plants")
    assert options(flow, "plants") == [owner.cloud.plants[0].name]


async def test_settings_of_one_plant(dialog: Dialog) -> None:
    flow = await dialog.open("plant")
    assert options(flow, "plant") == ["Plant 01", "Plant 02"]
    flow = await dialog.enter(flow, {"plant": "NE=33554002"})
    assert flow["step_id"] == "plant_settings"
    assert flow["description_placeholders"] == {
        "plant": "Plant 02",
        "time_zone": "Europe/Berlin",
        "currency": "EUR",
    }
    settings = {
        "detail": "everything",
        "time_zone": "Europe/Lisbon",
        "currency": "GBP",
    }
    await dialog.enter(flow, settings)
    assert dialog.entry.options["plant_settings"] == {"NE=33554002": settings}

    flow = await dialog.enter(await dialog.open("plant"), {"plant": "NE=33554002"})
    assert proposed(flow) == settings
    flow = await dialog.enter(await dialog.open("plant"), {"plant": "NE=33554001"})
    await dialog.enter(flow, {"currency": "SEK"})
    assert dialog.entry.options["plant_settings"] == {
        "NE=33554001": {"currency": "SEK"},
        "NE=33554002": settings,
    }


async def test_detail(dialog: Dialog) -> None:
    flow = await dialog.open("detail")
    assert proposed(flow) == {"detail": "devices"}
    assert options(flow, "detail") == ["totals", "devices", "everything"]
    await dialog.enter(flow, {"detail": "totals"})
    assert dialog.entry.options["detail"] == "totals"
    assert dialog.entry.state is ConfigEntryState.LOADED

    flow = await dialog.open("detail")
    assert proposed(flow) == {"detail": "totals"}


async def test_plant_that_was_listed_and_not_chosen_is_not_new_later(
    hass: HomeAssistant, dialog: Dialog, scripted: ScriptedCloud
) -> None:
    scripted.list_plants(plant_row(1), plant_row(2), plant_row(4))
    flow = await dialog.open("plants")
    await dialog.enter(flow, {"add_new_plants": True})
    assert dialog.entry.data["known_plants"] == [
        "NE=33554001",
        "NE=33554002",
        "NE=33554003",
        "NE=33554004",
    ]
    await hass.config_entries.async_reload(dialog.entry.entry_id)
    await hass.async_block_till_done()
    assert dialog.entry.options["plants"] == ["NE=33554001", "NE=33554002"]


async def test_plant_chosen_later_is_asked_for_its_time_zone(
    dialog: Dialog, scripted: ScriptedCloud
) -> None:
    lima = "2023-05-11T10:12:30-05:00"
    scripted.list_plants(
        # this one is served already, and was not asked about
        plant_row(1, connected=lima),
        plant_row(2),
        plant_row(3, connected=lima, name="Lima"),
    )
    flow = await dialog.open("plants")
    flow = await dialog.enter(flow, {"plants": ["NE=33554001", "NE=33554003"]})
    assert flow["step_id"] == "time_zones"
    assert flow["description_placeholders"] == {"time_zone": "Europe/Berlin"}
    assert "America/Lima" in options(flow, "Lima")
    result = await dialog.enter(flow, {"Lima": "America/Lima"})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert dialog.entry.options["plants"] == ["NE=33554001", "NE=33554003"]
    expected = {"NE=33554003": {"time_zone": "America/Lima"}}
    assert dialog.entry.options["plant_settings"] == expected

    # its zone is known now
    flow = await dialog.enter(await dialog.open("plants"), {"plants": ["NE=33554002"]})
    flow = await dialog.open("plants")
    result = await dialog.enter(flow, {"plants": ["NE=33554003"]})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert dialog.entry.options["plant_settings"] == expected
