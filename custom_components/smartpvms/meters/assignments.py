"""What is settled about a plant's measuring points: confirmed by the user, or proved.

Confirmed assignments stand in the options of the entry, in the settings of the plant:
`{"meters": {point: {"role": Role, "reversed": bool}}}`, by the key of the point.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from ..const import CONF_METERS, CONF_PLANT_SETTINGS
from ..energy_flows import (
    Assignment,
    Confidence,
    Direction,
    Proposal,
    Reason,
    Role,
)

CONF_ROLE: Final = "role"
CONF_REVERSED: Final = "reversed"


def confirmed_assignments(
    options: Mapping[str, Any], plant_code: str
) -> dict[str, Assignment]:
    """Return what the user confirmed of the measuring points of a plant."""
    settings = options.get(CONF_PLANT_SETTINGS, {}).get(plant_code, {})
    return {
        point: assignment_of(stored)
        for point, stored in settings.get(CONF_METERS, {}).items()
    }


def assignment_of(stored: Mapping[str, Any]) -> Assignment:
    """Return an assignment out of what `stored_assignment` gave."""
    reversed_ = stored[CONF_REVERSED]
    return Assignment(
        role=Role(stored[CONF_ROLE]),
        direction=Direction.REVERSED if reversed_ else Direction.NORMAL,
    )


def stored_assignment(assignment: Assignment) -> dict[str, str | bool]:
    """Return an assignment as it stands in options and in what belongs to a repair."""
    return {
        CONF_ROLE: assignment.role.value,
        CONF_REVERSED: assignment.direction is Direction.REVERSED,
    }


def settled_assignments(
    options: Mapping[str, Any], plant_code: str, proposals: Iterable[Proposal]
) -> dict[str, Assignment]:
    """Return what is confirmed, and what is proved of the points that nobody confirmed.

    Next to a confirmed grid meter no other one is taken for the grid: both would be
    added up.
    """
    confirmed = confirmed_assignments(options, plant_code)
    has_grid = _has_grid(confirmed)
    proved = {
        proposal.point: proposal.assignment
        for proposal in proposals
        if proposal.confidence is Confidence.PROVED
        and not (has_grid and proposal.assignment.role is Role.GRID)
    }
    return proved | confirmed


def with_assignment(
    options: Mapping[str, Any],
    plant_code: str,
    point: str,
    assignment: Assignment | None,
) -> dict[str, Any]:
    """Return the options with one assignment confirmed; with None it is confirmed no more."""
    plants = options.get(CONF_PLANT_SETTINGS, {})
    settings = plants.get(plant_code, {})
    meters = {**settings.get(CONF_METERS, {})}
    meters.pop(point, None)
    if assignment is not None:
        meters[point] = stored_assignment(assignment)
    return {
        **options,
        CONF_PLANT_SETTINGS: {**plants, plant_code: {**settings, CONF_METERS: meters}},
    }


def open_questions(
    options: Mapping[str, Any], plant_code: str, proposals: Iterable[Proposal]
) -> Iterator[Proposal]:
    """Yield the proposals that the user has to decide on.

    While no point is known to be the grid, these are all that are neither confirmed nor
    proved. What the counters prove to be otherwise than confirmed is asked again.
    """
    proposals = tuple(proposals)
    confirmed = confirmed_assignments(options, plant_code)
    has_grid = _has_grid(settled_assignments(options, plant_code, proposals))
    for proposal in proposals:
        told = confirmed.get(proposal.point)
        if told is None:
            if not has_grid and proposal.confidence is not Confidence.PROVED:
                yield proposal
        elif _contradicts(proposal, told):
            yield proposal


def _contradicts(proposal: Proposal, told: Assignment) -> bool:
    """Return whether the counters prove that something else is at the grid than was told.

    Of two points that measure the same, the user may have preferred the other one.
    """
    if proposal.confidence is not Confidence.PROVED:
        return False
    if proposal.reason is Reason.SAME_AS_OTHER:
        return False
    proved = proposal.assignment
    if told.role is Role.IGNORE:
        return False
    if Role.GRID not in (proved.role, told.role):
        return False
    return proved != told


def _has_grid(assignments: Mapping[str, Assignment]) -> bool:
    return any(each.role is Role.GRID for each in assignments.values())
