"""What measuring points are proposed to be, and signs that are learned."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
import json

import pytest

from custom_components.smartpvms.energy_flows import (
    Assignment,
    Confidence,
    Cycle,
    Direction,
    MeterComparison,
    PowerSign,
    Reason,
    Role,
    SignLearner,
    Unit,
)

from .readings import NOON, cycle, unit

MORNING = NOON - timedelta(hours=4)
# kWh an hour
FED_IN, IMPORTED, YIELD, CHARGER = 2.0, 0.2, 3.5, 1.0


def meter(hours: float, positive: float, negative: float, key: str = "M") -> Unit:
    return unit(
        47,
        {
            "active_cap": 900 + positive * hours,
            "reverse_active_cap": 700 + negative * hours,
        },
        key=key,
    )


def emma(
    hours: float,
    positive: float,
    negative: float,
    external: tuple[float, float] | None = None,
) -> Unit:
    values = {
        "active_cap": 300 + positive * hours,
        "reverse_active_cap": 400 + negative * hours,
    }
    if external is not None:
        values["ex_active_cap"] = 50 + external[0] * hours
        values["ex_reverse_active_cap"] = 60 + external[1] * hours
    return unit(23070, values, key="E")


def at(hours: float, *units: Unit, fed_in: float | None = FED_IN) -> Cycle:
    """Return a sunny cycle so many hours after eight."""
    plant = {} if fed_in is None else {"day_on_grid_energy": fed_in * hours}
    inverter = unit(1, {"total_cap": 5000 + YIELD * hours})
    return cycle(inverter, *units, plant=plant, now=MORNING + timedelta(hours=hours))


def compared(cycles: Iterable[Cycle]) -> tuple[MeterComparison, Cycle]:
    """Return a comparison that saw the cycles, restarted after each."""
    comparison = MeterComparison()
    last = None
    for last in cycles:
        comparison.compare(last)
        stored = json.loads(json.dumps(comparison.as_dict()))
        comparison = MeterComparison.from_dict(stored)
    assert last is not None
    return comparison, last


def proposals(
    cycles: Iterable[Cycle],
) -> Mapping[str, tuple[Assignment, Confidence, Reason]]:
    comparison, last = compared(cycles)
    return {
        each.point: (each.assignment, each.confidence, each.reason)
        for each in comparison.propose(last)
    }


HOURS = [0, 0.5, 1, 1.5, 2, 2.5, 4, 4.5, 6, 6.5]


@pytest.mark.parametrize(
    ("positive", "negative", "assignment", "reason"),
    [
        (FED_IN, IMPORTED, Assignment(role=Role.GRID), Reason.EXPORTS_AS_PLANT),
        (
            IMPORTED,
            FED_IN,
            Assignment(role=Role.GRID, direction=Direction.REVERSED),
            Reason.EXPORTS_AS_PLANT_REVERSED,
        ),
        (0, CHARGER, Assignment(role=Role.LOAD), Reason.DIFFERS_FROM_PLANT),
        (
            CHARGER,
            0,
            Assignment(role=Role.LOAD, direction=Direction.REVERSED),
            Reason.DIFFERS_FROM_PLANT,
        ),
        (0, 0, Assignment(role=Role.LOAD), Reason.DIFFERS_FROM_PLANT),
        (YIELD, 0, Assignment(role=Role.GENERATION), Reason.COUNTS_AS_INVERTERS),
        (
            0,
            YIELD,
            Assignment(role=Role.GENERATION, direction=Direction.REVERSED),
            Reason.COUNTS_AS_INVERTERS,
        ),
    ],
)
def test_a_meter_is_known_by_what_it_counts(
    positive: float, negative: float, assignment: Assignment, reason: Reason
) -> None:
    one = proposals(at(hours, meter(hours, positive, negative)) for hours in HOURS[:5])
    day = proposals(at(hours, meter(hours, positive, negative)) for hours in HOURS)

    assert one == {"M": (assignment, Confidence.LIKELY, reason)}
    assert day == {"M": (assignment, Confidence.PROVED, reason)}


def test_a_single_meter_is_assumed_to_be_at_the_grid() -> None:
    expected = (Assignment(role=Role.GRID), Confidence.ASSUMED, Reason.ONLY_METER)

    assert proposals([at(0, meter(0, 1, 1))]) == {"M": expected}
    dark = [at(hours, meter(hours, 0, 1), fed_in=0) for hours in HOURS]
    assert proposals(dark) == {"M": expected}
    old = [at(hours, meter(hours, 0, 1), fed_in=None) for hours in HOURS]
    assert proposals(old) == {"M": expected}


def test_several_points_are_not_assumed_to_be_anything() -> None:
    expected = (Assignment(role=Role.IGNORE), Confidence.ASSUMED, Reason.NOT_COMPARED)

    two = proposals([at(0, meter(0, 1, 1), meter(0, 1, 1, key="N"))])
    assert two == {"M": expected, "N": expected}
    assert proposals([at(0, emma(0, 1, 1))]) == {"E": expected}
    assert proposals([at(0)]) == {}


def test_a_charger_beside_the_grid_meter_is_a_load() -> None:
    found = proposals(
        at(
            hours,
            meter(hours, 0, CHARGER, key="charger"),
            meter(hours, FED_IN, IMPORTED),
        )
        for hours in HOURS
    )

    assert found["M"][0] == Assignment(role=Role.GRID)
    assert found["charger"][0] == Assignment(role=Role.LOAD)


def test_emma_counts_the_other_way_round() -> None:
    found = proposals(at(hours, emma(hours, IMPORTED, FED_IN)) for hours in HOURS)

    assert found == {
        "E": (
            Assignment(role=Role.GRID),
            Confidence.PROVED,
            Reason.EXPORTS_AS_PLANT,
        )
    }


def test_the_external_ct_may_be_at_the_grid() -> None:
    found = proposals(
        at(hours, emma(hours, CHARGER, 0, external=(IMPORTED, FED_IN)))
        for hours in HOURS
    )

    assert found["E"][0] == Assignment(role=Role.LOAD)
    assert found["E:external"][0] == Assignment(role=Role.GRID)


def test_only_one_of_equal_points_is_the_grid() -> None:
    found = proposals(
        at(hours, emma(hours, IMPORTED, FED_IN), meter(hours, FED_IN, IMPORTED))
        for hours in HOURS
    )

    assert found["M"][0] == Assignment(role=Role.GRID)
    assert found["E"] == (
        Assignment(role=Role.IGNORE),
        Confidence.PROVED,
        Reason.SAME_AS_OTHER,
    )


def test_equal_counters_show_nothing() -> None:
    found = proposals(at(hours, meter(hours, FED_IN, FED_IN)) for hours in HOURS)

    assert found["M"][2] is Reason.ONLY_METER


def test_a_point_with_one_counter_shows_nothing() -> None:
    half = unit(47, {"active_cap": 3.0}, key="M")

    found = proposals(at(hours, half) for hours in HOURS)

    assert found["M"][2] is Reason.ONLY_METER


def test_contradictions_keep_a_proposal_from_being_proved() -> None:
    grid = [at(hours, meter(hours, FED_IN, IMPORTED)) for hours in (0, 2, 4)]
    other = [at(hours, meter(hours, 0, 9)) for hours in (4.1, 6.1)]

    found = proposals([*grid, *other])
    assert found["M"][0] == Assignment(role=Role.GRID)
    assert found["M"][1] is Confidence.LIKELY


def test_a_late_reset_and_the_night_are_not_compared() -> None:
    night = MORNING + timedelta(hours=15)

    def late(hours: float, fed_in: float) -> Cycle:
        return cycle(
            meter(hours, 0, 1),
            unit(1, key="silent"),
            plant={"day_on_grid_energy": fed_in},
            now=night + timedelta(hours=hours),
        )

    found = proposals(
        [late(0, 9), late(0.9, 9), late(1.5, 12), late(2, 0), late(5, 0.9)]
    )
    assert found["M"][2] is Reason.ONLY_METER


def test_a_point_that_is_left_out_begins_the_comparison_anew() -> None:
    missing = [at(hours, unit(47, key="M")) for hours in (1.5, 3.5, 5.5)]
    told = [at(hours, meter(hours, FED_IN, IMPORTED)) for hours in (0, 2.6, 4.5)]

    found = proposals(sorted([*missing, *told], key=lambda each: each.now))
    assert found["M"][2] is Reason.ONLY_METER


def test_a_damaged_comparison_begins_anew() -> None:
    stored = {
        "began": "then",
        "since": {"plant/fed_in": "N/A", "other": 3},
        "evidence": {"M": {"grid": 2, "moon": 4, "load": "N/A"}, "N": None},
    }

    comparison = MeterComparison.from_dict(stored)
    assert comparison.began is None
    assert comparison.since == {"other": 3}
    assert {
        key: sum(each.votes.values()) for key, each in comparison.evidence.items()
    } == {
        "M": 2,
        "N": 0,
    }
    assert MeterComparison.from_dict(None) == MeterComparison()


def learned(cycles: Iterable[Cycle]) -> dict[str, PowerSign]:
    """Return the signs after the cycles."""
    learner = SignLearner()
    for each in cycles:
        learner.learn(each)
    restarted = SignLearner.from_dict(json.loads(json.dumps(learner.as_dict())))
    assert restarted.signs == learner.signs
    return learner.signs


def emma_flow(
    step: int, power: float | None, positive: float, negative: float
) -> Cycle:
    values = {
        "active_cap": 300 + positive * step,
        "reverse_active_cap": 400 + negative * step,
    }
    if power is not None:
        values["active_power"] = power
    return cycle(unit(23070, values, key="E"))


@pytest.mark.parametrize(
    ("power", "positive", "negative", "sign"),
    [
        (2.0, 0.17, 0, PowerSign.SAME),
        (-2.0, 0.17, 0, PowerSign.OPPOSITE),
        (2.0, 0, 0.17, PowerSign.OPPOSITE),
        (-2.0, 0, 0.17, PowerSign.SAME),
        (-2.0, 0.17, 0.17, None),
        (0.1, 0.17, 0, None),
        (None, 0.17, 0, None),
    ],
)
def test_the_sign_of_emma_is_learned_from_its_counters(
    power: float | None, positive: float, negative: float, sign: PowerSign | None
) -> None:
    cycles = [emma_flow(step, power, positive, negative) for step in range(8)]

    assert learned(cycles).get("E") == sign
    assert learned(cycles[:4]) == {}


def test_a_power_that_turns_tells_no_sign() -> None:
    cycles = [emma_flow(step, (-1.0) ** step, 0.17, 0) for step in range(30)]

    assert learned(cycles) == {}


def test_contradictions_teach_no_sign() -> None:
    cycles = [emma_flow(step, 2.0, 0.17, 0) for step in range(8)]
    cycles += [emma_flow(8 + step, 2.0, -1, 0.17) for step in range(8)]

    assert learned(cycles) == {}


def ess_flow(step: int, *, capacities: bool = True, soc: bool = True) -> Cycle:
    values: dict[str, float] = {"ch_discharge_power": 3000}
    if capacities:
        values |= {"charge_cap": 4.0, "discharge_cap": 2 + 0.25 * step}
    if soc:
        values["battery_soc"] = 90 - 1.1 * step
    return cycle(unit(41, values, key="S"))


@pytest.mark.parametrize("capacities", [True, False])
@pytest.mark.parametrize("soc", [True, False])
def test_the_sign_of_an_ess_is_learned_from_counters_or_its_charge(
    *, capacities: bool, soc: bool
) -> None:
    cycles = [ess_flow(step, capacities=capacities, soc=soc) for step in range(20)]
    expected = {"S": PowerSign.OPPOSITE} if capacities or soc else {}

    assert learned(cycles) == expected


def test_damaged_votes_begin_anew() -> None:
    assert SignLearner.from_dict({"E": {"same": "N/A"}, "S": None}).signs == {}
    assert SignLearner.from_dict(None) == SignLearner()


@pytest.mark.parametrize(
    ("fed_in", "hours", "compared_at"),
    [(1.0, 2.0, True), (0.99, 2.0, False), (1.0, 1.99, False), (30.0, 1.99, False)],
)
def test_a_comparison_needs_a_kilowatt_hour_and_two_hours(
    fed_in: float, hours: float, compared_at: bool
) -> None:
    def told(hour: float, fed: float) -> Cycle:
        values = {"active_cap": fed, "reverse_active_cap": 700.0}
        return cycle(
            unit(47, values, key="M"),
            plant={"day_on_grid_energy": fed},
            now=MORNING + timedelta(hours=hour),
        )

    found = proposals([told(0, 0.0), told(hours, fed_in)])
    assert (found["M"][2] is Reason.EXPORTS_AS_PLANT) is compared_at


@pytest.mark.parametrize(
    ("fed_in", "exported", "equal"),
    [
        # 0.15 kWh, or a tenth of what was fed in
        (1.0, 1.125, True),
        (1.0, 1.1875, False),
        (1.0, 0.875, True),
        (1.0, 0.8125, False),
        (8.0, 8.75, True),
        (8.0, 8.875, False),
        (8.0, 7.25, True),
        (8.0, 7.125, False),
    ],
)
def test_how_far_a_meter_and_the_plant_may_be_apart(
    fed_in: float, exported: float, equal: bool
) -> None:
    def told(hour: float, share: float) -> Cycle:
        values = {"active_cap": exported * share, "reverse_active_cap": 700.0}
        return cycle(
            unit(47, values, key="M"),
            plant={"day_on_grid_energy": fed_in * share},
            now=MORNING + timedelta(hours=hour),
        )

    found = proposals([told(0, 0), told(3, 1)])
    assert (found["M"][0].role is Role.GRID) is equal


@pytest.mark.parametrize(
    ("imported", "direction"),
    [(0.0, Direction.NORMAL), (0.25, Direction.NORMAL), (0.5, Direction.REVERSED)],
)
def test_a_point_that_hardly_moved_is_mounted_as_expected(
    imported: float, direction: Direction
) -> None:
    def told(hour: float, share: float) -> Cycle:
        values = {"active_cap": imported * share, "reverse_active_cap": 0.0}
        return cycle(
            unit(47, values, key="M"),
            plant={"day_on_grid_energy": 6.0 * share},
            now=MORNING + timedelta(hours=hour),
        )

    found = proposals([told(0, 0), told(3, 1)])
    assert found["M"][0] == Assignment(role=Role.LOAD, direction=direction)


@pytest.mark.parametrize(
    ("grid", "load", "confidence"),
    [
        (2, 0, Confidence.LIKELY),
        (3, 0, Confidence.PROVED),
        (4, 1, Confidence.PROVED),
        (3, 1, Confidence.LIKELY),
        (7, 2, Confidence.LIKELY),
        (8, 2, Confidence.PROVED),
    ],
)
def test_a_proof_is_three_more_votes_and_four_of_five(
    grid: int, load: int, confidence: Confidence
) -> None:
    comparison = MeterComparison.from_dict(
        {"evidence": {"M": {"grid": grid, "load": load}}}
    )

    proposal = comparison.propose(at(0, meter(0, 1, 1)))[0]
    assert proposal.assignment == Assignment(role=Role.GRID)
    assert proposal.confidence is confidence


def test_an_inverter_that_tells_no_yield_makes_no_meter_one_of_generation() -> None:
    def told(hours: float) -> Cycle:
        return cycle(
            unit(1, {"total_cap": YIELD * hours}, key="A"),
            unit(1, {}, key="B"),
            meter(hours, YIELD, 0),
            plant={"day_on_grid_energy": FED_IN * hours},
            now=MORNING + timedelta(hours=hours),
        )

    found = proposals(told(hours) for hours in HOURS)
    assert found["M"][0] == Assignment(role=Role.LOAD, direction=Direction.REVERSED)


def test_the_yield_of_all_inverters_is_compared() -> None:
    def told(hours: float) -> Cycle:
        return cycle(
            unit(1, {"total_cap": 1.5 * hours}, key="A"),
            unit(38, {"total_cap": 2.0 * hours}, key="B"),
            meter(hours, YIELD, 0),
            plant={"day_on_grid_energy": FED_IN * hours},
            now=MORNING + timedelta(hours=hours),
        )

    found = proposals(told(hours) for hours in HOURS)
    assert found["M"][0] == Assignment(role=Role.GENERATION)


def test_a_counter_that_falls_begins_the_comparison_anew() -> None:
    """Reset at noon, it would seem to have counted less than the plant fed in."""
    before = [at(hours, meter(hours, FED_IN, 0)) for hours in (0, 1.9)]
    after = [at(hours, meter(hours - 1.9 - 100, FED_IN, 0)) for hours in (2.1, 3.9)]

    assert proposals([*before, *after])["M"][2] is Reason.ONLY_METER
    later = at(4.2, meter(4.2 - 1.9 - 100, FED_IN, 0))
    assert proposals([*before, *after, later])["M"][2] is Reason.EXPORTS_AS_PLANT


def test_points_are_proposed_meters_first_and_an_external_ct_last() -> None:
    comparison = MeterComparison()
    told = at(0, emma(0, 1, 1, external=(1, 1)), meter(0, 1, 1, key="Z"))

    proposed = [each.point for each in comparison.propose(told)]
    assert proposed == ["Z", "E", "E:external"]


def test_an_update_reads_the_comparison_that_was_stored_before_it() -> None:
    stored = {
        "began": MORNING.isoformat(),
        "since": {"plant/fed_in": 3.5, "inverters/yield": 12.0, "M/active_cap": 900.0},
        "evidence": {
            "M": {
                "grid": 1,
                "grid_reversed": 2,
                "generation": 3,
                "generation_reversed": 4,
                "load": 5,
                "load_reversed": 6,
            }
        },
    }

    assert MeterComparison.from_dict(stored).as_dict() == stored  # type: ignore[arg-type]
    learner = {"E": {"same": 4, "opposite": 1}}
    assert SignLearner.from_dict(learner).as_dict() == learner  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("same", "opposite", "sign"),
    [
        (5, 0, PowerSign.SAME),
        (4, 0, None),
        (0, 5, PowerSign.OPPOSITE),
        (9, 1, PowerSign.SAME),
        (8, 1, None),
        (1, 9, PowerSign.OPPOSITE),
    ],
)
def test_a_sign_needs_five_votes_and_nine_of_ten(
    same: int, opposite: int, sign: PowerSign | None
) -> None:
    learner = SignLearner.from_dict({"E": {"same": same, "opposite": opposite}})

    assert learner.signs.get("E") == sign


def test_counters_tell_the_sign_before_the_charge_does() -> None:
    learner = SignLearner.from_dict(
        {"S/soc": {"same": 9, "opposite": 0}, "S": {"same": 0, "opposite": 9}}
    )

    assert learner.signs == {"S": PowerSign.OPPOSITE}


def votes_of(*sights: tuple[float, float, float]) -> tuple[int, int]:
    """Return the votes after sights of EMMA's W and both its counters."""
    learner = SignLearner()
    for power, same, opposite in sights:
        values = {
            "active_power": power / 1000,
            "active_cap": same,
            "reverse_active_cap": opposite,
        }
        learner.learn(cycle(unit(23070, values, key="E")))
    votes = learner.votes["E"]
    return votes.same, votes.opposite


@pytest.mark.parametrize(
    ("sights", "votes"),
    [
        ([(200, 3.0, 4.0), (200, 3.125, 4.0)], (1, 0)),
        ([(199, 3.0, 4.0), (199, 3.125, 4.0)], (0, 0)),
        ([(200, 3.0, 4.0), (200, 3.0, 4.125)], (0, 1)),
        ([(-200, 3.0, 4.0), (-200, 3.0, 4.125)], (1, 0)),
        # too little, and then enough
        ([(500, 3.0, 4.0), (500, 3.0625, 4.0), (500, 3.125, 4.0)], (1, 0)),
        # a low power in between begins anew
        ([(500, 3.0, 4.0), (50, 3.0625, 4.0), (500, 3.125, 4.0)], (0, 0)),
        # so does one that turned
        ([(500, 3.0, 4.0), (-500, 3.0625, 4.0), (-500, 3.125, 4.0)], (0, 0)),
        # each amount counts once
        ([(500, 3.0, 4.0), (500, 3.125, 4.0), (500, 3.1875, 4.0)], (1, 0)),
        # the other counter may have moved a little
        ([(500, 3.0, 4.0), (500, 3.25, 4.015625)], (1, 0)),
        ([(500, 3.0, 4.0), (500, 3.25, 4.03125)], (0, 0)),
    ],
)
def test_what_counts_as_a_vote_for_a_sign(
    sights: list[tuple[float, float, float]], votes: tuple[int, int]
) -> None:
    assert votes_of(*sights) == votes


@pytest.mark.parametrize(("fall", "votes"), [(1.9, 0), (2.0, 1)])
def test_the_charge_of_an_ess_has_to_move_by_two_percent(
    fall: float, votes: int
) -> None:
    learner = SignLearner()
    for level in (50.0, 50.0 - fall):
        values = {"ch_discharge_power": 3000.0, "battery_soc": level}
        learner.learn(cycle(unit(23093, values, key="S")))

    assert learner.votes["S/soc"].opposite == votes
    assert learner.votes["S/soc"].same == 0
