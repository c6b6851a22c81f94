"""What the cloud lets an entry do, as a page of the reconfiguration."""

from abc import abstractmethod

from homeassistant.config_entries import ConfigEntry, ConfigFlow, ConfigFlowResult
from homeassistant.exceptions import HomeAssistantError
import voluptuous as vol

from ..access_check import as_table, async_check_access, most_calls, stop_text
from .forms import Errors, Input


class AccessSteps(ConfigFlow):
    """Asks the cloud which interfaces it serves, and shows the answers."""

    @abstractmethod
    async def async_step_reconfigure(
        self, user_input: Input | None = None
    ) -> ConfigFlowResult:
        """Go back to the menu."""

    async def async_step_access(
        self, user_input: Input | None = None
    ) -> ConfigFlowResult:
        """Say what a check costs, and make it when the user submits."""
        entry: ConfigEntry = self._get_reconfigure_entry()
        errors: Errors = {}
        placeholders = {"calls": str(most_calls(entry)), "reason": ""}
        if user_input is not None:
            try:
                check = await async_check_access(self.hass, entry)
            except HomeAssistantError as err:
                placeholders["reason"] = str(err)
            else:
                if check.stopped is None:
                    return self.async_show_form(
                        step_id="access_table",
                        description_placeholders={
                            "table": as_table(check),
                            "calls": str(check.calls),
                        },
                    )
                placeholders["reason"] = stop_text(check.stopped)
            errors["base"] = "access_not_checked"
        return self.async_show_form(
            step_id="access",
            data_schema=vol.Schema({}),
            errors=errors,
            description_placeholders=placeholders,
        )

    async def async_step_access_table(
        self, user_input: Input | None = None
    ) -> ConfigFlowResult:
        """Go back, after the table was read."""
        return await self.async_step_reconfigure()
