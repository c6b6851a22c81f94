"""What options and repairs ask about a measuring point: its role, and its direction."""

from typing import Final

from homeassistant.helpers.selector import (
    BooleanSelector,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import voluptuous as vol

from ..energy_flows import Assignment, Direction, Role
from ..meters.assignments import (
    CONF_REVERSED,
    CONF_ROLE,
    assignment_of,
)
from .forms import Input

AUTOMATIC: Final = "automatic"
"""The role of a point that nobody confirmed."""


def assignment_schema(
    assignment: Assignment | None, *, automatic: bool = False
) -> vol.Schema:
    """Return the form of a measuring point, with an assignment filled in, None for none.

    With `automatic` the point may be left to its counters.
    """
    roles = [role.value for role in Role]
    role: str | vol.Undefined = vol.UNDEFINED
    is_reversed = False
    if assignment is not None:
        role = assignment.role.value
        is_reversed = assignment.direction is Direction.REVERSED
    if automatic:
        roles.insert(0, AUTOMATIC)
        role = AUTOMATIC if assignment is None else role
    selector = SelectSelector(
        SelectSelectorConfig(
            options=roles, translation_key="meter_role", mode=SelectSelectorMode.LIST
        )
    )
    return vol.Schema(
        {
            vol.Required(CONF_ROLE, default=role): selector,
            vol.Required(CONF_REVERSED, default=is_reversed): BooleanSelector(),
        }
    )


def read_assignment(user_input: Input) -> Assignment | None:
    """Return what was entered, None where the counters are to find it out."""
    if user_input[CONF_ROLE] == AUTOMATIC:
        return None
    return assignment_of(user_input)
