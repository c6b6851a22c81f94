"""The choice of plants, and their time zones."""

from homeassistant.config_entries import ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import InvalidData
import pytest

from .scripted_cloud import ScriptedCloud, plant_row
from .sign_in import ACCOUNT, Owner, proposed


async def to_plants(owner: Owner, username: str = "apiuser") -> ConfigFlowResult:
    """Go to the choice of plants."""
    flow = await owner.start("api_account")
    values = owner.at_own_server(**ACCOUNT | {"username": username})
    flow = await owner.enter(flow, values)
    assert flow["step_id"] == "plants"
    return flow


def options(flow: ConfigFlowResult, field: str) -> list[str]:
    """Return the labels, or the names, that a field offers."""
    schema = flow["data_schema"]
    assert schema is not None
    offered = schema.schema[field].config["options"]
    return [each["label"] if isinstance(each, dict) else each for each in offered]


@pytest.mark.parametrize(("count", "proposed_count"), [(1, 1), (10, 10), (11, 0)])
async def test_ten_plants_are_chosen_by_default_and_more_are_not(
    elsewhere: Owner, scripted: ScriptedCloud, count: int, proposed_count: int
) -> None:
    scripted.list_plants(*(plant_row(number) for number in range(count)))
    flow = await to_plants(elsewhere)
    assert len(options(flow, "plants")) == count
    values = proposed(flow)
    assert len(values["plants"]) == proposed_count
    assert values["add_new_plants"] is False


async def test_at_least_one_plant_is_chosen(
    elsewhere: Owner, scripted: ScriptedCloud
) -> None:
    scripted.list_plants(plant_row(1), plant_row(2))
    flow = await to_plants(elsewhere)
    flow = await elsewhere.enter(flow, {"plants": []})
    assert flow["errors"] == {"plants": "no_plant_chosen"}
    values = {"plants": ["NE=33554002"], "add_new_plants": True}
    result = await elsewhere.enter(flow, values)
    assert result["title"] == "Plant 02"
    assert result["options"]["plants"] == ["NE=33554002"]
    assert result["options"]["add_new_plants"] is True
    assert len(result["data"]["known_plants"]) == 2


async def test_plants_of_another_entry_are_marked(
    hass: HomeAssistant, elsewhere: Owner, scripted: ScriptedCloud
) -> None:
    scripted.list_plants(plant_row(1))
    entry = await elsewhere.finish(await to_plants(elsewhere))
    scripted.list_plants(plant_row(1), plant_row(2), plant_row(3, name="Plant 02"))
    flow = await to_plants(elsewhere, "second")
    assert options(flow, "plants") == [
        f"Plant 01 → {entry.title}",
        "Plant 02 (NE=33554002)",
        "Plant 02 (NE=33554003)",
    ]
    assert proposed(flow)["plants"] == ["NE=33554002", "NE=33554003"]
    values = {"plants": ["NE=33554001", "NE=33554002"]}
    flow = await elsewhere.enter(flow, values)
    assert flow["errors"] == {"plants": "plant_served_elsewhere"}
    with pytest.raises(InvalidData):
        await elsewhere.enter(flow, {"plants": ["NE=0"]})


async def test_plant_in_home_assistants_zone_is_not_asked_about(
    elsewhere: Owner, scripted: ScriptedCloud
) -> None:
    """The offset is that of the day of the connection: summer time counts."""
    scripted.list_plants(
        plant_row(1, connected="2021-07-01T00:00:00+02:00"),
        plant_row(2, connected="2021-01-01T00:00:00+01:00"),
        plant_row(3),
    )
    result = await elsewhere.enter(await to_plants(elsewhere), {})
    assert result["options"]["plant_settings"] == {}


async def test_plants_in_other_zones_are_asked_about_singly(
    elsewhere: Owner, scripted: ScriptedCloud
) -> None:
    scripted.list_plants(
        plant_row(1, connected="2021-07-01T00:00:00+01:00", name="Lisbon"),
        plant_row(2, connected="2021-01-01T00:00:00+07:00", name="Bangkok"),
        plant_row(3, connected="2021-01-01T00:00:00+01:00"),
    )
    flow = await elsewhere.enter(await to_plants(elsewhere), {})
    assert flow["step_id"] == "time_zones"
    assert flow["description_placeholders"] == {"time_zone": "Europe/Berlin"}
    assert "Europe/Lisbon" in options(flow, "Lisbon")
    assert "Asia/Bangkok" in options(flow, "Bangkok")
    assert "Europe/Berlin" not in options(flow, "Lisbon")
    zones = {"Lisbon": "Europe/Lisbon", "Bangkok": "Asia/Bangkok"}
    result = await elsewhere.enter(flow, zones)
    assert result["options"]["plant_settings"] == {
        "NE=33554001": {"time_zone": "Europe/Lisbon"},
        "NE=33554002": {"time_zone": "Asia/Bangkok"},
    }


async def test_many_plants_in_another_zone_are_asked_about_once(
    elsewhere: Owner, scripted: ScriptedCloud
) -> None:
    scripted.list_plants(
        *(plant_row(each, connected="2021-01-01T00:00:00+07:00") for each in range(6))
    )
    flow = await elsewhere.enter(await to_plants(elsewhere), {})
    assert flow["step_id"] == "time_zone"
    assert flow["description_placeholders"]["count"] == "6"
    assert "Asia/Bangkok" in options(flow, "time_zone")
    result = await elsewhere.enter(flow, {"time_zone": "Asia/Bangkok"})
    settings = result["options"]["plant_settings"]
    assert len(settings) == 6
    assert {each["time_zone"] for each in settings.values()} == {"Asia/Bangkok"}


async def test_offset_of_no_zone_offers_all_zones(
    elsewhere: Owner, scripted: ScriptedCloud
) -> None:
    scripted.list_plants(plant_row(1, connected="2021-01-01T00:00:00+01:37"))
    flow = await elsewhere.enter(await to_plants(elsewhere), {})
    offered = options(flow, "Plant 01")
    assert {"UTC", "Europe/Berlin", "Asia/Bangkok"} <= set(offered)
    assert not any(each.startswith("Etc/") for each in offered)
