"""Taking over from another integration, as pages of the options."""

from typing import Final

from homeassistant.config_entries import (
    ConfigEntry,
    ConfigEntryState,
    ConfigFlowResult,
    OptionsFlow,
)
from homeassistant.helpers.selector import (
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import voluptuous as vol

from ..coordinator import SmartPVMSConfigEntry
from ..moving.gathering import dry_run, other_entries
from ..moving.matching import entries_that_stay
from ..moving.model import Moves
from ..moving.record import TakeOver
from ..moving.taking_over import async_take_over
from ..moving.wording import entries_in_words, left_as_list, moves_as_table
from .forms import Errors, Input

CONF_ENTRIES: Final = "entries"


class MovingSteps(OptionsFlow):
    """Shows what a take-over would do, and does it when the user confirms."""

    config_entry: SmartPVMSConfigEntry

    def __init__(self) -> None:
        """Start with nothing chosen."""
        super().__init__()
        self._others: list[ConfigEntry] = []
        self._moves = Moves(moves=(), left=())

    def can_take_over(self) -> bool:
        """Return whether there is another integration, and ours is there to follow it."""
        is_loaded = self.config_entry.state is ConfigEntryState.LOADED
        return is_loaded and bool(other_entries(self.hass))

    async def async_step_moving(
        self, user_input: Input | None = None
    ) -> ConfigFlowResult:
        """Ask which entries to take over from, where there are several."""
        others = other_entries(self.hass)
        errors: Errors = {}
        if len(others) == 1:
            self._others = others
            return await self.async_step_moving_list()
        if user_input is not None:
            chosen = user_input[CONF_ENTRIES]
            self._others = [each for each in others if each.entry_id in chosen]
            if self._others:
                return await self.async_step_moving_list()
            errors[CONF_ENTRIES] = "no_entry_chosen"
        options = [
            SelectOptionDict(value=each.entry_id, label=f"{each.title} ({each.domain})")
            for each in others
        ]
        selector = SelectSelector(
            SelectSelectorConfig(
                options=options, multiple=True, mode=SelectSelectorMode.LIST
            )
        )
        default = [each.entry_id for each in others]
        return self.async_show_form(
            step_id="moving",
            data_schema=vol.Schema(
                {vol.Required(CONF_ENTRIES, default=default): selector}
            ),
            errors=errors,
        )

    async def async_step_moving_list(
        self, user_input: Input | None = None
    ) -> ConfigFlowResult:
        """Show the dry run: what moves, what does not, and why."""
        if user_input is not None:
            return await self.async_step_moving_confirm()
        self._moves = dry_run(self.hass, self.config_entry, self._others)
        left = left_as_list(self._moves.left)
        if not self._moves.moves:
            return self.async_abort(
                reason="nothing_to_move", description_placeholders={"left": left}
            )
        return self.async_show_form(
            step_id="moving_list",
            data_schema=vol.Schema({}),
            description_placeholders={
                "count": str(len(self._moves.moves)),
                "moves": moves_as_table(self.hass, self._moves.moves),
                "left": left,
            },
        )

    async def async_step_moving_confirm(
        self, user_input: Input | None = None
    ) -> ConfigFlowResult:
        """Say what becomes of the entries of theirs, and do it when the user submits."""
        if user_input is None:
            return self.async_show_form(
                step_id="moving_confirm",
                data_schema=vol.Schema({}),
                description_placeholders={
                    "count": str(len(self._moves.moves)),
                    "entries": entries_in_words(
                        self._others, entries_that_stay(self._moves)
                    ),
                },
            )
        entries = self.hass.config_entries
        await entries.async_unload(self.config_entry.entry_id)
        is_done = await async_take_over(
            self.hass, self.config_entry, TakeOver.of(self._moves)
        )
        entries.async_schedule_reload(self.config_entry.entry_id)
        return self.async_abort(
            reason="moved" if is_done else "moved_at_restart",
            description_placeholders={"count": str(len(self._moves.moves))},
        )
