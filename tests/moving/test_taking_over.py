"""A take-over from another integration, through the options, as a user does it."""

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import (
    entity_registry as er,
)
import pytest

from custom_components.smartpvms.const import DOMAIN
from tests.conftest import RunningSimulator
from tests.plant_control.house import House, async_build_house

from .dialog import choose, submit
from .others import FUSION_SOLAR, async_add_entry, fusion_solar, offer


@pytest.fixture
async def house(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, simulator: RunningSimulator
) -> House:
    return await async_build_house(hass, freezer, simulator, history=False)


def owner_of(hass: HomeAssistant, entity_id: str) -> tuple[str, str]:
    """Return platform and unique id of an entity."""
    row = er.async_get(hass).async_get(entity_id)
    assert row is not None, entity_id
    return row.platform, row.unique_id


async def test_entities_go_on_under_their_ids(
    hass: HomeAssistant, house: House
) -> None:
    other = fusion_solar(house.plant)
    offer(hass, other)
    theirs = await async_add_entry(hass, other)
    inverter = next(each for each in house.plant.devices if each.type_id == 38)
    entity_id = "sensor.old_inverter_1_active_power"
    assert owner_of(hass, entity_id)[0] == FUSION_SOLAR

    flow = await choose(house)
    assert flow["step_id"] == "moving_list"
    shown = flow["description_placeholders"]
    assert shown is not None
    assert "| `sensor.old_inverter_1_active_power` |" in shown["moves"]
    flow = await submit(house, flow)
    assert flow["step_id"] == "moving_confirm"
    assert hass.config_entries.async_get_entry(theirs.entry_id) is not None
    flow = await submit(house, flow)

    assert flow["type"] is FlowResultType.ABORT
    assert flow["reason"] == "moved"
    assert hass.config_entries.async_entries(FUSION_SOLAR) == []
    assert house.entry.state is ConfigEntryState.LOADED
    assert owner_of(hass, entity_id) == (DOMAIN, f"{inverter.serial}_active_power")
    state = hass.states.get(entity_id)
    assert state is not None
    assert state.attributes["unit_of_measurement"] == "kW"
    assert 0 < float(state.state) < 9
