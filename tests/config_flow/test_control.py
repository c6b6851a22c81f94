"""What the flows ask about control: once for homes, later in the options."""

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType

from .sign_in import BASIC, Owner, consent, proposed
from .test_options import Dialog
from .test_plants import options


async def test_owner_of_a_home_is_asked_and_decides(owner: Owner) -> None:
    flow = await owner.enter(await owner.to_plants(), {})
    while flow["step_id"] != "control":
        flow = await owner.enter(flow, {})
    assert proposed(flow) == {"control": False}
    result = await owner.enter(flow, {"control": True})
    await owner.hass.async_block_till_done()

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["result"].options["control"] is True
    assert owner.hass.states.async_entity_ids("number")


async def test_owner_who_consented_to_reading_only_is_not_asked(owner: Owner) -> None:
    flow = await owner.to_consent_page()
    await owner.come_back(await consent(flow["url"], scopes=(BASIC,)))
    flow = await owner.enter(flow)
    while flow["type"] is FlowResultType.FORM:
        assert flow["step_id"] != "control"
        flow = await owner.enter(flow, {})

    assert flow["type"] is FlowResultType.CREATE_ENTRY
    assert "control" not in flow["result"].options


async def test_api_account_is_not_asked(owner: Owner) -> None:
    entry = await owner.add_by_account()

    assert "control" not in entry.options
    flow = await owner.hass.config_entries.options.async_init(entry.entry_id)
    assert "control" not in flow["menu_options"]


async def test_control_is_changed_in_the_options(
    hass: HomeAssistant, owner: Owner
) -> None:
    dialog = Dialog(hass, await owner.add_by_oauth())
    assert hass.states.async_entity_ids("number") == []
    flow = await dialog.open("control")
    assert proposed(flow) == {"control": False, "admins_only": False}
    await dialog.enter(flow, {"control": True, "admins_only": True})

    assert dialog.entry.options["control"] is True
    assert dialog.entry.options["admins_only"] is True
    assert hass.states.async_entity_ids("number")

    await dialog.enter(await dialog.open("control"), {"control": False})
    assert hass.states.async_entity_ids("number") == []


async def test_bounds_of_control_stay_beside_other_settings(
    hass: HomeAssistant, owner: Owner
) -> None:
    dialog = Dialog(hass, await owner.add_by_oauth())
    code = owner.cloud.plants[0].code
    before = dialog.entry.options["plant_settings"].get(code, {})
    flow = await dialog.open("control_plant")
    assert flow["step_id"] == "control_settings"
    await dialog.enter(flow, {"legal_maximum": 6000, "dispatch": True})
    bounds = {"legal_maximum": 6000, "dispatch": True}
    assert dialog.entry.options["plant_settings"][code] == before | bounds

    flow = await dialog.open("plant")
    await dialog.enter(flow, {"detail": "totals"})
    settings = dialog.entry.options["plant_settings"][code]
    assert settings == before | bounds | {"detail": "totals"}


async def test_bounds_of_control_are_those_of_one_plant_of_several(
    hass: HomeAssistant, owner: Owner
) -> None:
    dialog = Dialog(hass, await owner.add_by_oauth())
    first, other = owner.cloud.plants[0].code, "NE=33554999"
    hass.config_entries.async_update_entry(
        dialog.entry, options={**dialog.entry.options, "plants": [first, other]}
    )
    flow = await dialog.open("control_plant")
    assert options(flow, "plant") == [owner.cloud.plants[0].name, other]
    flow = await dialog.enter(flow, {"plant": other})
    assert flow["description_placeholders"] == {"plant": other}
    await dialog.enter(flow, {"dispatch": True})

    settings = dialog.entry.options["plant_settings"]
    assert settings[other] == {"dispatch": True}
    assert "dispatch" not in settings.get(first, {})
