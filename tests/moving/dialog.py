"""The pages of the options that take over from another integration."""

from typing import Any

from homeassistant.config_entries import ConfigFlowResult

from tests.config_flow.translations import check_words
from tests.plant_control.house import House


async def choose(house: House) -> ConfigFlowResult:
    """Choose the take-over in the options."""
    options = house.hass.config_entries.options
    flow = await options.async_init(house.entry.entry_id)
    check_words("options", flow)
    assert "moving" in flow["menu_options"]
    flow = await options.async_configure(flow["flow_id"], {"next_step_id": "moving"})
    check_words("options", flow)
    return flow


async def submit(
    house: House, flow: ConfigFlowResult, values: dict[str, Any] | None = None
) -> ConfigFlowResult:
    options = house.hass.config_entries.options
    flow = await options.async_configure(flow["flow_id"], values or {})
    check_words("options", flow)
    await house.hass.async_block_till_done(wait_background_tasks=True)
    return flow


async def take_over(house: House) -> ConfigFlowResult:
    """Take over from the only other entry, and return the last page."""
    flow = await choose(house)
    flow = await submit(house, flow)
    return await submit(house, flow)
