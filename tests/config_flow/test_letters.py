"""The third way in: what owners without access are told."""

from homeassistant.core import HomeAssistant
from homeassistant.core_config import async_process_ha_core_config
import pytest

from custom_components.smartpvms import application_credentials
from custom_components.smartpvms.access_letters import ACCESS_PAGE

from .sign_in import Owner, proposed

STEPS = ["letter_huawei", "letter_installer", "letter_community"]


@pytest.mark.parametrize("step", STEPS)
async def test_letter_is_shown_and_leads_back_to_the_menus(
    visitor: Owner, step: str
) -> None:
    menu = await visitor.start("no_access")
    assert menu["menu_options"] == [*STEPS, "user"]
    assert menu["description_placeholders"] == {"access_page": ACCESS_PAGE}
    flow = await visitor.choose(menu, step)
    letter = proposed(flow)["letter"]
    redirect = "https://example.com/auth/external/callback"
    assert (redirect in letter) is (step != "letter_installer")
    menu = await visitor.enter(flow, {})
    assert menu["step_id"] == "no_access"
    menu = await visitor.choose(menu, "user")
    assert menu["step_id"] == "user"


@pytest.mark.usefixtures("callback_server")
async def test_without_a_browser_the_address_of_home_assistant_is_used(
    hass: HomeAssistant,
) -> None:
    flow = await hass.config_entries.flow.async_init(
        "smartpvms", context={"source": "user"}
    )

    async def letter() -> str:
        configure = hass.config_entries.flow.async_configure
        await configure(flow["flow_id"], {"next_step_id": "no_access"})
        shown = await configure(flow["flow_id"], {"next_step_id": "letter_community"})
        await configure(flow["flow_id"], {})
        await configure(flow["flow_id"], {"next_step_id": "user"})
        return str(proposed(shown)["letter"])

    hass.config.api = None
    assert "[the address that Home Assistant shows" in await letter()
    await async_process_ha_core_config(hass, {"external_url": "https://home.example"})
    assert "https://home.example/auth/external/callback" in await letter()


async def test_credentials_dialog_names_the_page(hass: HomeAssistant) -> None:
    placeholders = await application_credentials.async_get_description_placeholders(
        hass
    )
    assert placeholders == {"access_page": ACCESS_PAGE}
