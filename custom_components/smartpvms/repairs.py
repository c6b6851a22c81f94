"""Repairs: what a meter measures, what was not given back, plants with new codes."""

from typing import Any, override

from homeassistant.components.repairs import (
    ConfirmRepairFlow,
    RepairsFlow,
    RepairsFlowResult,
)
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir

from .const import CONF_PLANTS, DOMAIN
from .control import Family
from .coordinator import SmartPVMSConfigEntry
from .credentials import async_try_again, is_about_account
from .energy_flows import Assignment, Reason
from .failures import as_home_assistant_error
from .flows.meters import assignment_schema, read_assignment
from .meters.assignments import assignment_of, with_assignment
from .plant_codes.moving import async_move_plants
from .plant_codes.watching import is_about_codes, moves_of
from .plant_control.issues import is_unreturned

type IssueData = dict[str, str | int | float | None]


class MeterFlow(RepairsFlow):
    """Shows the proposal for a measuring point with its reason, and takes the decision."""

    def __init__(self, proposed: IssueData) -> None:
        """Begin with what was proposed."""
        self._proposed = proposed

    async def async_step_init(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Begin; all that comes with it is the id of the issue."""
        return await self.async_step_assign()

    async def async_step_assign(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Take role and direction; they hold from the next cycle on."""
        if user_input is not None:
            entries = self.hass.config_entries
            entry = entries.async_get_known_entry(str(self._proposed["entry_id"]))
            options = with_assignment(
                entry.options,
                str(self._proposed["plant_code"]),
                str(self._proposed["point"]),
                read_assignment(user_input),
            )
            entries.async_update_entry(entry, options=options)
            return self.async_create_entry(data={})
        issue = ir.async_get(self.hass).async_get_issue(DOMAIN, self.issue_id)
        return self.async_show_form(
            step_id="assign",
            data_schema=assignment_schema(self._proposal()),
            description_placeholders=issue.translation_placeholders if issue else None,
        )

    def _proposal(self) -> Assignment | None:
        """Return what is proposed, None where nothing has been compared yet."""
        if self._proposed["reason"] == Reason.NOT_COMPARED:
            return None
        return assignment_of(self._proposed)


class UnreturnedFlow(ConfirmRepairFlow):
    """Says what is still in force, and tries at once to give it back."""

    def __init__(self, held: IssueData) -> None:
        """Begin with the setting that is held."""
        self._held = held

    @override
    async def async_step_confirm(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Try it when the user submits; the repair stays until it is known to be done."""
        if user_input is None:
            return await super().async_step_confirm()
        entry: SmartPVMSConfigEntry = self.hass.config_entries.async_get_known_entry(
            str(self._held["entry_id"])
        )
        if entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="tried")
        control = entry.runtime_data.control
        held = str(self._held["plant_code"]), Family(str(self._held["family"]))
        await control.async_take_back(*held)
        if any(
            (one.plant_code, one.family) == held for one in control.engine.unreturned
        ):
            return self.async_abort(reason="tried")
        return self.async_create_entry(data={})


class PlantCodesFlow(ConfirmRepairFlow):
    """Shows the old and the new codes of plants, and moves all that belongs to them."""

    def __init__(self, found: IssueData) -> None:
        """Begin with what was found."""
        self._found = found

    @override
    async def async_step_confirm(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Move when the user submits, and load the entry anew."""
        if user_input is None:
            return await super().async_step_confirm()
        entries = self.hass.config_entries
        entry = entries.async_get_known_entry(str(self._found["entry_id"]))
        plants = entry.options[CONF_PLANTS]
        moves = {
            old: new
            for old, new in moves_of(self._found).items()
            if old in plants and new not in plants
        }
        await async_move_plants(self.hass, entry, moves)
        entries.async_schedule_reload(entry.entry_id)
        return self.async_create_entry(data={})


class AccountFlow(ConfirmRepairFlow):
    """Says who has to do what for an API account, and tries whether it is done."""

    def __init__(self, refused: IssueData) -> None:
        """Begin with the account that is not let in."""
        self._refused = refused

    @override
    async def async_step_confirm(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Log in once when the user submits; with success the entry is loaded anew."""
        if user_input is None:
            return await super().async_step_confirm()
        entry = self.hass.config_entries.async_get_known_entry(
            str(self._refused["entry_id"])
        )
        error = await async_try_again(self.hass, entry)
        if error is None:
            return self.async_create_entry(data={})
        return self.async_abort(
            reason="tried",
            description_placeholders={"reason": str(as_home_assistant_error(error))},
        )


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: IssueData | None
) -> RepairsFlow:
    """Return the flow of a repair."""
    if is_unreturned(issue_id):
        return UnreturnedFlow(data or {})
    if is_about_codes(issue_id):
        return PlantCodesFlow(data or {})
    if is_about_account(data or {}, issue_id):
        return AccountFlow(data or {})
    return MeterFlow(data or {})
