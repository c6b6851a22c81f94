"""The third way in: letters for owners who have neither a client nor an account yet."""

from typing import Final

from homeassistant.config_entries import ConfigFlow, ConfigFlowResult

from ..access_letters import (
    ACCESS_PAGE,
    async_letter_to_community,
    async_letter_to_installer,
    letter_to_huawei,
)
from .forms import Input, default_redirect_uri, letter_schema

# stands in the letters where Home Assistant does not know its own address
UNKNOWN_REDIRECT: Final = "[the address that Home Assistant shows before the sign-in]"


class LetterSteps(ConfigFlow):
    """Explains both ways in, and shows the letters that open them."""

    async def async_step_no_access(
        self, user_input: Input | None = None
    ) -> ConfigFlowResult:
        """Explain both ways in, and offer the letters that open them."""
        return self.async_show_menu(
            step_id="no_access",
            menu_options=[
                "letter_huawei",
                "letter_installer",
                "letter_community",
                "user",
            ],
            description_placeholders={"access_page": ACCESS_PAGE},
        )

    async def async_step_letter_huawei(
        self, user_input: Input | None = None
    ) -> ConfigFlowResult:
        """Show the application for an OAuth client."""
        letter = letter_to_huawei(self._redirect_for_letters())
        return await self._async_show_letter("letter_huawei", letter, user_input)

    async def async_step_letter_installer(
        self, user_input: Input | None = None
    ) -> ConfigFlowResult:
        """Show the request for an API account."""
        letter = await async_letter_to_installer(self.hass)
        return await self._async_show_letter("letter_installer", letter, user_input)

    async def async_step_letter_community(
        self, user_input: Input | None = None
    ) -> ConfigFlowResult:
        """Show the request to use a client that somebody holds already."""
        letter = await async_letter_to_community(
            self.hass, self._redirect_for_letters()
        )
        return await self._async_show_letter("letter_community", letter, user_input)

    def _redirect_for_letters(self) -> str:
        return default_redirect_uri(self.hass) or UNKNOWN_REDIRECT

    async def _async_show_letter(
        self, step_id: str, letter: str, user_input: Input | None
    ) -> ConfigFlowResult:
        if user_input is not None:
            return await self.async_step_no_access()
        return self.async_show_form(step_id=step_id, data_schema=letter_schema(letter))
