"""What is settled about meters, and what remains to be asked."""

import pytest

from custom_components.smartpvms.energy_flows import (
    Assignment,
    Confidence,
    Direction,
    Proposal,
    Reason,
    Role,
)
from custom_components.smartpvms.meters.assignments import (
    confirmed_assignments,
    open_questions,
    settled_assignments,
    with_assignment,
)

PLANT = "NE=33554001"
GRID = Assignment(role=Role.GRID)
REVERSED = Assignment(role=Role.GRID, direction=Direction.REVERSED)
LOAD = Assignment(role=Role.LOAD)
IGNORED = Assignment(role=Role.IGNORE)


def proposal(
    point: str,
    assignment: Assignment,
    confidence: Confidence,
    reason: Reason = Reason.EXPORTS_AS_PLANT,
) -> Proposal:
    return Proposal(
        point=point, assignment=assignment, confidence=confidence, reason=reason
    )


def asked(
    told: dict[str, Assignment], *proposals: Proposal
) -> tuple[dict[str, Assignment], list[str]]:
    """Return what is settled and which points are asked about."""
    options: dict[str, object] = {"plants": [PLANT]}
    for point, assignment in told.items():
        options = with_assignment(options, PLANT, point, assignment)
    questions = [each.point for each in open_questions(options, PLANT, proposals)]
    return settled_assignments(options, PLANT, proposals), questions


def test_confirmed_assignments_stand_in_the_settings_of_the_plant() -> None:
    options = {"plant_settings": {PLANT: {"currency": "SEK"}}, "detail": "devices"}
    options = with_assignment(options, PLANT, "meter", REVERSED)
    options = with_assignment(options, PLANT, "charger", LOAD)

    assert options == {
        "detail": "devices",
        "plant_settings": {
            PLANT: {
                "currency": "SEK",
                "meters": {
                    "meter": {"role": "grid", "reversed": True},
                    "charger": {"role": "load", "reversed": False},
                },
            }
        },
    }
    assert confirmed_assignments(options, PLANT) == {"meter": REVERSED, "charger": LOAD}
    assert confirmed_assignments(options, "NE=2") == {}

    options = with_assignment(options, PLANT, "meter", None)
    assert confirmed_assignments(options, PLANT) == {"charger": LOAD}


def test_what_is_neither_proved_nor_confirmed_is_asked() -> None:
    only = proposal("meter", GRID, Confidence.ASSUMED, Reason.ONLY_METER)

    assert asked({}, only) == ({}, ["meter"])
    assert asked({"meter": GRID}, only) == ({"meter": GRID}, [])


def test_what_is_proved_needs_no_question() -> None:
    grid = proposal("meter", REVERSED, Confidence.PROVED)
    charger = proposal("charger", LOAD, Confidence.LIKELY, Reason.DIFFERS_FROM_PLANT)

    assert asked({}, grid) == ({"meter": REVERSED}, [])
    assert asked({}, grid, charger) == ({"meter": REVERSED}, [])


def test_plant_without_a_grid_meter_is_not_asked_about_proved_loads() -> None:
    charger = proposal("charger", LOAD, Confidence.PROVED, Reason.DIFFERS_FROM_PLANT)
    other = proposal("other", IGNORED, Confidence.ASSUMED, Reason.NOT_COMPARED)

    assert asked({}, charger) == ({"charger": LOAD}, [])
    assert asked({}, charger, other) == ({"charger": LOAD}, ["other"])


def test_confirmed_grid_is_not_joined_by_a_proved_one() -> None:
    first = proposal("meter", GRID, Confidence.PROVED)
    second = proposal("second", IGNORED, Confidence.PROVED, Reason.SAME_AS_OTHER)

    settled, questions = asked({"second": GRID}, first, second)
    assert settled == {"second": GRID}
    assert questions == []


@pytest.mark.parametrize(
    ("told", "proved", "questions"),
    [
        (GRID, REVERSED, ["meter"]),
        (GRID, LOAD, ["meter"]),
        (LOAD, GRID, ["meter"]),
        (GRID, GRID, []),
        (LOAD, Assignment(role=Role.GENERATION), []),
        (IGNORED, GRID, []),
    ],
)
def test_confirmed_grid_that_the_counters_disprove_is_asked_again(
    told: Assignment, proved: Assignment, questions: list[str]
) -> None:
    doubt = proposal("meter", proved, Confidence.PROVED)
    likely = proposal("meter", proved, Confidence.LIKELY)

    assert asked({"meter": told}, doubt) == ({"meter": told}, questions)
    assert asked({"meter": told}, likely) == ({"meter": told}, [])
