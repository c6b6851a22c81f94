"""Which source a total is taken from."""

from datetime import timedelta
import json

import pytest

from custom_components.smartpvms.energy_flows.sources import Candidate, SourceChoice
from custom_components.smartpvms.northbound.json_types import JsonObject

from .readings import NOON


def candidate(name: str, value: float | None) -> Candidate:
    return Candidate(source=name, parts=("A",), value=value)


def choose(
    choice: SourceChoice, hours: float = 0, **values: float | None
) -> str | None:
    candidates = [candidate(name, value) for name, value in values.items()]
    chosen = choice.choose(candidates, NOON + timedelta(hours=hours))
    return chosen.candidate.source if chosen else None


def added(choice: SourceChoice, hours: float, **values: float | None) -> float:
    candidates = [candidate(name, value) for name, value in values.items()]
    chosen = choice.choose(candidates, NOON + timedelta(hours=hours))
    return chosen.added if chosen else 0


def test_a_sum_is_complete_or_unknown() -> None:
    assert Candidate.of("x", {"A": 0.1, "B": 0.2}).value == 0.3
    assert Candidate.of("x", {"A": 0.1, "B": None}).value is None
    assert Candidate.of("x", {}).value is None
    assert Candidate.of("x", {"B": 1, "A": 1}).name == "x:A:B"


def test_the_first_source_that_counts_is_taken() -> None:
    assert choose(SourceChoice(), first=None, second=5.0) == "second"
    assert choose(SourceChoice(), first=0.0, second=5.0) == "second"
    assert choose(SourceChoice(), first=0.0, second=None) == "first"
    assert choose(SourceChoice(), first=None) is None
    assert choose(SourceChoice()) is None
    assert added(SourceChoice(), 0, first=7.0) == 0


def test_a_source_that_stands_still_is_left_for_one_that_moves() -> None:
    choice = SourceChoice()
    shown = [choose(choice, hour, first=7.0, second=100.0 + hour) for hour in range(9)]

    assert shown == ["first"] * 6 + ["second"] * 3


def test_what_the_source_missed_is_added_at_the_change() -> None:
    choice = SourceChoice()
    choose(choice, first=7.0, second=100.0)

    assert added(choice, 2, first=7.02, second=104.0) == 0
    assert added(choice, 4, first=7.02, second=106.0) == 0
    choice = SourceChoice.from_dict(json.loads(json.dumps(choice.as_dict())))
    assert added(choice, 7, first=7.02, second=109.0) == pytest.approx(8.98)
    assert added(choice, 8, first=7.02, second=110.0) == 0


def test_a_car_charged_by_night_makes_no_source_better_that_shows_it_in_the_morning() -> (
    None
):
    choice = SourceChoice()
    shown: set[str | None] = set()
    first = second = 100.0
    for step in range(12 * 36):
        hour = step / 12
        first += 10 / 12 if hour % 24 >= 12 and hour % 24 < 15 else 0.1 / 12
        # from midnight until the inverter wakes it shows what was before midnight
        second = second if 12 <= hour % 24 < 17.5 else first
        shown.add(choose(choice, hour, first=first, second=second))

    assert shown == {"first"}


def test_what_a_report_settles_is_no_movement() -> None:
    choice = SourceChoice()
    choose(choice, first=7.0, second=100.0)
    choose(choice, 4, first=17.0, second=100.0)
    choice.compare_anew()

    assert [
        choose(choice, 5 + 3 * step, first=17.0, second=110.0) for step in range(4)
    ] == ["first"] * 4


def test_a_late_snapshot_changes_nothing() -> None:
    choice = SourceChoice()
    choose(choice, first=7.0, second=100.0)

    assert choose(choice, 9, first=7.0, second=103.0) == "first"
    assert choose(choice, 12, first=19.0, second=113.0) == "first"
    assert choose(choice, 15, first=19.0, second=116.0) == "first"


def test_a_leap_to_what_others_showed_before_is_no_better_source() -> None:
    choice = SourceChoice()
    choose(choice, first=7.0, second=100.0)
    # the evening's feed-in, told by the day counter in the night only
    shown = [choose(choice, hour, first=7.0, second=106.7) for hour in range(1, 9)]
    choice = SourceChoice.from_dict(json.loads(json.dumps(choice.as_dict())))
    made = [0.8 * hour for hour in range(1, 7)]
    shown += [
        choose(choice, 8 + hour, first=7.0 + each, second=106.7 + each)
        for hour, each in enumerate(made, 1)
    ]

    assert shown == ["first"] * 14


def test_sources_that_move_alike_are_not_changed() -> None:
    choice = SourceChoice()
    shown = {
        choose(
            choice, step / 12, first=400.0 + 6 * (step // 3), second=100.0 + 2 * step
        )
        for step in range(200)
    }

    assert shown == {"first"}


def test_a_better_source_is_taken_once_it_moves() -> None:
    choice = SourceChoice()
    assert choose(choice, first=0.0, second=100.0) == "second"
    assert choose(choice, 1, first=0.6, second=101.0) == "second"
    choice = SourceChoice.from_dict(json.loads(json.dumps(choice.as_dict())))

    assert choose(choice, 3, first=2.6, second=103.0) == "second"
    assert choose(choice, 6, first=5.6, second=106.0) == "first"


def test_a_night_changes_nothing() -> None:
    choice = SourceChoice()
    choose(choice, first=7.0, second=100.0)

    assert choose(choice, 12, first=7.0, second=100.1) == "first"


def test_a_source_that_is_missing_for_a_while_is_kept() -> None:
    choice = SourceChoice()
    choose(choice, first=7.0, second=100.0)

    assert choose(choice, 23, first=None, second=105.0) == "first"
    assert added(choice, 25, first=None, second=106.0) == 1
    assert choose(choice, 26, first=7.0, second=107.0) == "second"


def test_a_missing_source_is_kept_while_there_is_no_other() -> None:
    choice = SourceChoice()
    choose(choice, first=7.0)

    assert choose(choice, 25, first=None) == "first"


def test_a_source_that_is_gone_is_left_at_once() -> None:
    choice = SourceChoice()
    choose(choice, first=7.0, second=100.0)

    assert choose(choice, second=100.0) == "second"


def test_a_damaged_choice_begins_anew() -> None:
    choice = SourceChoice.from_dict({"chosen": [], "compared": {"A": "N/A", "B": 3}})

    assert choice == SourceChoice(compared={"B": 3})
    assert SourceChoice.from_dict(SourceChoice().as_dict()) == SourceChoice()


def test_a_source_is_absent_since_it_was_told_last() -> None:
    choice = SourceChoice()
    choose(choice, first=7.0, second=100.0)
    choose(choice, 20, first=7.1, second=100.1)

    assert choose(choice, 44, first=None, second=101.0) == "first"
    assert choose(choice, 44.01, first=None, second=101.0) == "second"


def test_what_another_counted_during_an_absence_is_added() -> None:
    choice = SourceChoice()
    choose(choice, first=7.0, second=100.0)
    choose(choice, 1, first=None, second=100.5)

    assert added(choice, 26, first=None, second=103.0) == 2.5


@pytest.mark.parametrize(
    ("grown", "shown"), [(1.75, "first"), (2.0, "second"), (5.0, "second")]
)
def test_two_kilowatt_hours_are_enough_to_compare(grown: float, shown: str) -> None:
    choice = SourceChoice()
    choose(choice, first=7.0, second=100.0)
    choose(choice, 4, first=7.0, second=104.0)

    assert choose(choice, 8, first=7.0, second=104.0 + grown) == shown


@pytest.mark.parametrize(("grown", "suspected"), [(1.75, False), (2.0, True)])
def test_two_kilowatt_hours_are_enough_for_a_suspicion(
    grown: float, suspected: bool
) -> None:
    choice = SourceChoice()
    choose(choice, first=7.0, second=100.0)
    choose(choice, 4, first=7.0, second=100.0 + grown)

    assert bool(choice.suspected) is suspected


@pytest.mark.parametrize(("hours", "suspected"), [(2.99, False), (3, True)])
def test_three_hours_are_enough_to_compare(hours: float, suspected: bool) -> None:
    choice = SourceChoice()
    choose(choice, first=7.0, second=100.0)
    choose(choice, hours, first=7.0, second=110.0)

    assert bool(choice.suspected) is suspected


@pytest.mark.parametrize(("grown", "still"), [(0.03125, True), (0.0625, False)])
def test_a_rounding_is_no_movement(grown: float, still: bool) -> None:
    choice = SourceChoice()
    choose(choice, first=7.0, second=100.0)
    choose(choice, 4, first=7.0 + grown, second=110.0)

    assert bool(choice.suspected) is still


def test_what_the_better_source_counted_less_is_not_taken_away() -> None:
    """The first one moves again, though slower than the one that stood in for it."""
    choice = SourceChoice()
    choose(choice, first=0.0, second=100.0)
    choose(choice, 4, first=1.0, second=104.0)

    assert choose(choice, 6.9, first=2.0, second=108.0) == "second"
    assert added(choice, 8, first=2.0, second=108.0) == 0
    assert choice.chosen == "first:A"


def test_another_set_of_sources_begins_the_comparison_anew() -> None:
    choice = SourceChoice()
    choose(choice, first=7.0, second=100.0)
    choose(choice, 4, first=7.0, second=104.0)
    choose(choice, 5, first=7.0)

    assert choose(choice, 9, first=7.0, second=108.0) == "first"
    assert choice.compared == {"first:A": 7.0, "second:A": 108.0}
    assert choice.suspected == {}


def test_an_update_reads_the_choice_that_was_stored_before_it() -> None:
    stored: JsonObject = {
        "chosen": "first:A",
        "seen": NOON.isoformat(),
        "since": (NOON - timedelta(hours=1)).isoformat(),
        "suspected": {"first:A": 7.0, "second:A": 104.0},
        "compared": {"first:A": 7.0, "second:A": 100.0},
    }

    assert SourceChoice.from_dict(stored).as_dict() == stored
    other = SourceChoice.from_dict(stored | {"suspected": {"first:A": 7.0}})
    assert other.suspected == {}
