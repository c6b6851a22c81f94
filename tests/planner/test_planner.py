"""Which feed is due when, of all feeds of an entry."""

from collections.abc import Sequence
from dataclasses import replace
import json
from pathlib import Path

import pytest

from custom_components.smartpvms import planner as package
from custom_components.smartpvms.northbound.interfaces import Interface
from custom_components.smartpvms.northbound.json_types import JsonObject, JsonValue
from custom_components.smartpvms.planner import (
    Feed,
    LedgerView,
    Outcome,
    Plan,
    Planner,
    Reason,
    Sun,
    Turn,
    Worth,
)

from .cloud import BEAT, DAY, HOUR, MIDNIGHT

NOON = MIDNIGHT + 12 * HOUR
SUN = Sun(rises=NOON + 16 * HOUR, sets=NOON + 8 * HOUR)
FREE = LedgerView(limit=1000)

METER = Feed(name="meter", interface=Interface.DEVICE_READINGS)
BATTERY = Feed(name="battery", interface=Interface.DEVICE_READINGS, rest=6)
INVERTER = Feed(
    name="inverter", interface=Interface.DEVICE_READINGS, rest=3, dozes=True
)
PLANTS = Feed(
    name="plants",
    interface=Interface.PLANT_READINGS,
    worth=Worth.PLANT,
    wish=12,
    least=48,
)
ALARMS = Feed(
    name="alarms", interface=Interface.ALARMS, worth=Worth.UPKEEP, wish=24, least=72
)
HOME = (METER, BATTERY, INVERTER, PLANTS, ALARMS)


def plan(
    planner: Planner,
    feeds: Sequence[Feed] = HOME,
    ledger: LedgerView = FREE,
    now: float = NOON,
    sun: Sun = SUN,
) -> Plan:
    return planner.plan(feeds, ledger, now=now, sun=sun)


def turns(made: Plan) -> dict[str, Turn]:
    return {turn.feed: turn for turn in made.turns}


def polled(feeds: Sequence[Feed] = HOME, *, learns: bool = True) -> Planner:
    """Return a planner that has polled all feeds at noon."""
    planner = Planner(now=NOON, learns=learns)
    for feed in feeds:
        planner.observed(feed.name, now=NOON)
    return planner


def spent(calls: int, begin: float, end: float) -> LedgerView:
    """Return a ledger with calls made evenly between two instants."""
    step = (end - begin) / calls
    return LedgerView(
        limit=1000, booked=[begin + number * step for number in range(calls)]
    )


def test_the_planner_knows_nothing_of_home_assistant() -> None:
    folder = Path(package.__file__).parent
    texts = [file.read_text() for file in folder.glob("*.py")]

    assert len(texts) > 5
    assert not any("homeassistant" in text for text in texts)


def test_all_is_due_at_once_where_nothing_was_polled() -> None:
    made = plan(Planner(now=NOON))

    assert {turn.reason for turn in made.turns} == {Reason.FIRST}
    assert made.look_again == NOON
    assert not made.is_short


def test_each_feed_has_its_interval() -> None:
    made = turns(plan(polled(), [METER, INVERTER, PLANTS, ALARMS]))

    assert made["meter"].interval == BEAT
    assert made["plants"].interval == 12 * BEAT
    assert made["plants"].due == NOON + 12 * BEAT
    assert made["alarms"].due == NOON + 24 * BEAT


def test_a_resting_feed_is_polled_less() -> None:
    planner = polled()
    feeds = [METER, replace(BATTERY, resting=True)]
    made = turns(plan(planner, feeds))

    assert made["battery"].interval == 6 * BEAT
    assert made["battery"].reason is Reason.RESTING
    assert made["meter"].interval == BEAT


def test_the_plan_ends_when_the_sun_sets_at_the_latest() -> None:
    planner = polled([ALARMS])
    soon = Sun(rises=NOON + 9 * HOUR, sets=NOON + 60)

    assert plan(planner, [ALARMS], sun=soon).look_again == NOON + 60
    assert plan(planner, [ALARMS], sun=Sun()).look_again == NOON + HOUR


def test_plant_values_yield_before_live_values() -> None:
    """All of a day's calls but 880 are the user's or taken."""
    ledger = spent(20, NOON - 20, NOON)
    made = turns(plan(polled(), [METER, BATTERY, replace(INVERTER, rest=1), PLANTS],
                      ledger, sun=Sun()))  # fmt: skip

    assert made["meter"].interval == pytest.approx(BEAT, rel=0.02)
    assert made["plants"].interval == 48 * BEAT
    assert made["plants"].reason is Reason.STRETCHED


def test_too_many_feeds_are_stretched_evenly() -> None:
    feeds = [replace(METER, name=f"type {number}") for number in range(7)]
    made = plan(polled(feeds), feeds)

    intervals = {turn.interval for turn in made.turns}
    assert len(intervals) == 1
    assert intervals.pop() == pytest.approx(7 * DAY / 900, rel=0.03)
    assert not made.is_short


def test_when_not_even_a_quarter_of_an_hour_can_be_kept_it_is_said() -> None:
    feeds = [replace(METER, name=f"type {number}") for number in range(10)]

    assert plan(polled(feeds), feeds).is_short
    resting = [replace(feed, resting=True, rest=12) for feed in feeds]
    assert not plan(polled(feeds), resting).is_short


def test_calls_taken_by_others_are_made_up_for_over_the_day() -> None:
    """Another entry of the owner has made 700 calls in the last hour."""
    ledger = spent(700, NOON - HOUR, NOON)
    made = plan(polled(), HOME, ledger)

    # 200 have to do for three live feeds until the others' leave the window
    assert made.is_short
    assert turns(made)["meter"].interval == pytest.approx(23 * HOUR / 65, rel=0.15)


def test_the_calls_of_the_user_are_kept() -> None:
    ledger = spent(900, NOON - 20 * HOUR, NOON - HOUR)
    made = plan(polled(), [METER, BATTERY, INVERTER], ledger)

    opens = ledger.booked[0] + DAY
    assert {turn.due for turn in made.turns} == {opens}
    assert {turn.reason for turn in made.turns} == {Reason.DOOR}


def test_a_closed_door_is_waited_for() -> None:
    ledger = LedgerView(limit=1000, doors={"meter": NOON + 2 * HOUR})
    made = turns(plan(polled(), HOME, ledger))

    assert made["meter"].due == NOON + 2 * HOUR
    assert made["meter"].reason is Reason.DOOR
    assert made["battery"].due < NOON + BEAT


def test_a_refusal_says_that_another_client_takes_calls() -> None:
    planner = polled()
    before = turns(plan(planner))["meter"].interval
    ledger = spent(600, NOON - 12 * HOUR, NOON)
    plan(planner, HOME, ledger)
    planner.observed("meter", now=NOON, outcome=Outcome.REFUSED)
    refused = turns(plan(planner))["meter"].interval
    later = turns(plan(planner, now=NOON + 2 * DAY))["meter"].interval

    assert before == later == BEAT
    assert refused > 1.4 * BEAT


def test_a_refused_api_account_is_left_to_the_ledger() -> None:
    planner = polled(learns=False)
    plan(planner, ledger=LedgerView(limit=None))
    planner.observed("meter", now=NOON, outcome=Outcome.REFUSED)

    made = turns(plan(planner, ledger=LedgerView(limit=None)))
    assert made["meter"].due == NOON + BEAT + 2
    assert made["meter"].interval == BEAT


def test_entries_ask_one_after_the_other() -> None:
    planner = Planner(now=NOON, stagger=7)
    planner.observed("meter", now=NOON)

    due = turns(plan(planner, [METER]))["meter"].due
    assert due == NOON + BEAT / 2 + 7


def test_what_is_held_needs_no_call() -> None:
    planner = polled()

    assert planner.holds("meter", NOON + 100)
    assert not planner.holds("meter", NOON + BEAT)
    assert not planner.holds("unknown", NOON)


def test_a_failed_poll_is_not_repeated_at_once() -> None:
    planner = polled()
    planner.observed("meter", now=NOON + 150, outcome=Outcome.FAILED)

    assert turns(plan(planner))["meter"].due == NOON + 150 + BEAT


def learnt() -> Planner:
    """Return a planner that has found the meter's phase."""
    planner = Planner(now=NOON)
    now, newest = NOON, 0
    for _ in range(20):
        sample = int((now - 90) // BEAT)
        planner.observed("meter", now=now, changed=sample != newest)
        newest = sample
        now = turns(plan(planner, [METER], now=now))["meter"].due
    return planner


def test_the_delay_is_told_once_it_is_known() -> None:
    assert Planner(now=NOON).delay("meter") is None
    assert learnt().delay("meter") == pytest.approx(90, abs=45)


def restored(state: JsonValue, now: float, *, learns: bool = True) -> Planner:
    return Planner(json.loads(json.dumps(state)), now=now, learns=learns)


def test_a_restart_goes_on_where_it_was() -> None:
    planner = learnt()
    now = NOON + 21 * BEAT
    again = restored(planner.as_dict(), now)

    first = turns(plan(planner, [METER], now=now))["meter"]
    second = turns(plan(again, [METER], now=now))["meter"]
    assert second.reason is first.reason
    assert second.due == pytest.approx(first.due, abs=0.1)
    assert again.as_dict()["feeds"] == planner.as_dict()["feeds"]


def test_a_restart_amid_a_search_goes_on_with_it() -> None:
    planner = polled([METER])
    again = restored(planner.as_dict(), NOON + 60)

    made = turns(plan(again, [METER], now=NOON + 60))["meter"]
    assert made.reason is Reason.SEARCH
    assert made.due == NOON + BEAT / 2


def test_a_refusal_is_remembered() -> None:
    planner = polled()
    plan(planner)
    planner.observed("meter", now=NOON, outcome=Outcome.REFUSED)
    again = restored(planner.as_dict(), NOON + 60)

    assert turns(plan(again, now=NOON + 60))["meter"].interval > BEAT


def test_an_account_that_does_not_learn_forgets_the_phase() -> None:
    again = restored(learnt().as_dict(), NOON + 21 * BEAT, learns=False)

    assert again.delay("meter") is None
    assert again.holds("meter", NOON + 15 * BEAT)


def test_what_another_clock_wrote_is_not_gone_by() -> None:
    again = restored(learnt().as_dict(), NOON - DAY)

    made = turns(plan(again, [METER], now=NOON - DAY))["meter"]
    assert made.reason is Reason.FIRST


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"feeds": [], "restful": 3, "others": "x"},
        {"feeds": {"meter": 7}},
        {"feeds": {"meter": {"polled": "noon"}}},
        {"feeds": {"meter": {"polled": True}}},
        {"feeds": {"meter": {}}, "restful": {"meter": "much"}, "others": [1, None]},
        {"others": [NOON + DAY, 500]},
    ],
)
def test_a_damaged_state_is_a_new_beginning(state: JsonObject) -> None:
    made = turns(plan(Planner(state, now=NOON), [METER]))["meter"]

    assert made.reason is Reason.FIRST
    assert made.interval == BEAT


def test_a_state_of_which_a_part_is_damaged_keeps_the_rest() -> None:
    state: JsonObject = {
        "feeds": {
            "meter": {
                "polled": NOON - 10,
                "beat": 1.5,
                "seen": 1,
                "phase": ["?"],
                "search": 4,
            }
        }
    }
    planner = Planner(state, now=NOON)

    assert planner.holds("meter", NOON)
    assert planner.delay("meter") is None


def test_feeds_that_are_no_more_are_forgotten() -> None:
    planner = polled()
    plan(planner)
    planner.keep_only(["meter"])

    state = planner.as_dict()
    assert isinstance(state["feeds"], dict)
    assert list(state["feeds"]) == ["meter"]
    assert not planner.holds("battery", NOON)


def test_a_plan_is_cheap_enough_for_fifty_entries() -> None:
    """The same question has the same answer, however often it is asked."""
    planner = polled()
    ledger = spent(800, NOON - DAY + 60, NOON)

    first = plan(planner, HOME, ledger)
    assert all(plan(planner, HOME, ledger) == first for _ in range(50))


MEMORY: JsonObject = {
    "feeds": {
        "meter": {
            "polled": NOON - 160,
            "beat": int(NOON // BEAT) - 1,
            "seen": True,
            "turn": NOON // BEAT - 1,
            "after": 30.5,
            "early": 20.5,
            "early_news": True,
            "suspect": True,
            "check": int(NOON // BEAT) + 9,
            "checked": int(NOON // BEAT) - 99,
            "silent": 1,
            "lively": 0.75,
            "extras": 5.25,
            "every": 1.5,
            "resting": True,
            "failures": 2,
            "phase": [90.25, 12.5],
        },
        "battery": {
            "polled": NOON - 100,
            "beat": 0,
            "seen": False,
            "turn": 0.0,
            "after": None,
            "early": None,
            "early_news": False,
            "suspect": False,
            "check": 0,
            "checked": 0,
            "silent": 0,
            "lively": 1.0,
            "extras": 4.0,
            "every": 1.0,
            "resting": False,
            "failures": 0,
            "search": [NOON - 100, 150.0, True],
        },
    },
    "restful": {"meter": 0.1234, "battery": 1.0},
    "others": [NOON - 60, 42.5],
}


def test_an_update_reads_what_was_stored_before_it() -> None:
    assert restored(MEMORY, NOON).as_dict() == MEMORY


@pytest.mark.parametrize(
    ("stored", "share"), [(0.3, 0.3), (1.5, 1.0), (-1, 0.0), (1, 1.0), ("x", None)]
)
def test_a_share_of_rest_lies_between_none_and_all(
    stored: JsonValue, share: float | None
) -> None:
    planner = Planner({"restful": {"meter": stored}}, now=NOON)

    assert planner.as_dict()["restful"] == ({} if share is None else {"meter": share})


def test_what_was_stored_a_moment_ago_counts_and_what_is_to_come_does_not() -> None:
    for since, kept in ((NOON, [NOON, 7.0]), (NOON + 1, [NOON, 0.0])):
        assert Planner({"others": [since, 7]}, now=NOON).as_dict()["others"] == kept

    feed: JsonObject = {"meter": {"polled": NOON}}
    assert turns(plan(Planner({"feeds": feed}, now=NOON), [METER]))[
        "meter"
    ].reason is Reason.BEAT  # fmt: skip


def closing(wish: float) -> Feed:
    return replace(PLANTS, wish=wish, closes_hours=True)


@pytest.mark.parametrize(
    ("polled_at", "wish", "due"),
    [
        # an hour later would be 13:05: 12:55 is not too soon
        (5, 12, 55),
        # from three quarters of an hour sooner on
        (40, 12, 55),
        (41, 12, 115),
        (55, 12, 115),
        (55, 36, 55 + 180),
        (40, 36, 55 + 120),
        (41, 36, 55 + 180),
    ],
)
def test_what_is_polled_seldom_is_so_just_before_the_hour_is_over(
    polled_at: int, wish: float, due: int
) -> None:
    planner = Planner(now=NOON)
    planner.observed("plants", now=NOON + polled_at * 60)

    made = turns(plan(planner, [closing(wish)], now=NOON + polled_at * 60))["plants"]
    assert (made.due - NOON) / 60 == due


def test_what_never_was_polled_or_failed_does_not_wait_for_the_hour() -> None:
    planner = Planner(now=NOON)
    assert turns(plan(planner, [closing(12)]))["plants"].due == 0
    planner.observed("plants", now=NOON, outcome=Outcome.FAILED)

    assert turns(plan(planner, [closing(12)]))["plants"].due == NOON + BEAT


def test_a_feed_that_rests_is_expected_to_rest_on() -> None:
    planner = Planner(now=NOON)
    plan(planner, [METER, replace(BATTERY, resting=True)])
    assert planner.as_dict()["restful"] == {"meter": 0.15, "battery": 0.15}
    feeds = [METER, replace(BATTERY, resting=True)]
    plan(planner, feeds, now=NOON + HOUR / 2)

    gain = 0.5 / 24
    expected = {"meter": 0.15 * (1 - gain), "battery": 0.15 + 0.85 * gain}
    told = planner.as_dict()["restful"]
    assert told == {name: round(share, 4) for name, share in expected.items()}
    # a gap of a day is no day of rest: nobody looked
    plan(planner, feeds, now=NOON + 24 * HOUR)
    told = planner.as_dict()["restful"]
    assert isinstance(told, dict)
    gain = 1 / 24
    assert told["battery"] == pytest.approx(
        expected["battery"] + (1 - expected["battery"]) * gain, abs=1e-4
    )
    before = planner.as_dict()["restful"]
    plan(planner, feeds, now=NOON)
    assert planner.as_dict()["restful"] == before


def test_what_others_took_is_forgotten_over_two_days() -> None:
    planner = polled()
    plan(planner, ledger=spent(600, NOON - 12 * HOUR, NOON))
    planner.observed("meter", now=NOON, outcome=Outcome.REFUSED)
    assert planner.as_dict()["others"] == [NOON, 400.0]
    planner.observed("meter", now=NOON + DAY, outcome=Outcome.REFUSED)

    # since then 600 calls were given back
    assert planner.as_dict()["others"] == [NOON + DAY, 1000.0]


def test_another_refusal_does_not_forget_the_first() -> None:
    planner = polled()
    plan(planner, ledger=spent(600, NOON - 12 * HOUR, NOON))
    planner.observed("meter", now=NOON, outcome=Outcome.REFUSED)
    plan(planner, ledger=spent(1000, NOON, NOON + DAY))
    planner.observed("meter", now=NOON + DAY, outcome=Outcome.REFUSED)

    assert planner.as_dict()["others"] == [NOON + DAY, 200.0]


def test_extra_calls_are_earned_once_a_beat() -> None:
    planner = learnt()
    now = plan(planner, [METER], now=NOON + 25 * BEAT).turns[0].due

    def extras() -> float:
        feeds = planner.as_dict()["feeds"]
        assert isinstance(feeds, dict)
        meter = feeds["meter"]
        assert isinstance(meter, dict)
        kept = meter["extras"]
        assert isinstance(kept, float)
        return kept

    before = extras()
    planner.observed("meter", now=now, changed=True)
    earned = extras() - before
    planner.observed("meter", now=now + 5, changed=False)

    assert earned == pytest.approx(80 / 288, abs=0.01)
    assert extras() == pytest.approx(before + earned)


@pytest.mark.parametrize(
    ("feed", "short"),
    [
        (METER, True),
        (replace(METER, wish=3), True),
        (replace(METER, wish=3.1), False),
        (replace(METER, resting=True), False),
        (replace(METER, worth=Worth.PLANT, least=48), False),
    ],
)
def test_only_what_is_live_can_be_short(feed: Feed, short: bool) -> None:
    feeds = [replace(METER, name=f"type {number}") for number in range(9)]
    crowd = [replace(each, wish=3.1) for each in feeds]
    ledger = LedgerView(limit=120)

    assert plan(polled(feeds), [*crowd, feed], ledger).is_short is short


@pytest.mark.parametrize(("limit", "short"), [(196, False), (195, True)])
def test_a_quarter_of_an_hour_is_not_short(limit: int, short: bool) -> None:
    """Four polls an hour are 96 a day."""
    made = plan(polled([METER]), [METER], LedgerView(limit=limit))

    assert made.is_short is short


def test_a_live_feed_of_an_account_waits_for_its_window() -> None:
    planner = Planner(now=NOON, learns=False, stagger=7)
    planner.observed("meter", now=NOON)
    planner.observed("plants", now=NOON)
    made = turns(plan(planner, [METER, PLANTS], LedgerView(limit=None)))

    assert made["meter"].due == NOON + BEAT + 2 + 7
    assert made["plants"].due == NOON + 12 * BEAT


def test_what_was_given_up_or_is_there_needs_no_poll_any_more() -> None:
    planner = learnt()
    made = turns(plan(planner, [METER], now=NOON + 25 * BEAT))["meter"]
    assert made.beat is not None

    assert made.held == made.beat - 1
    assert turns(plan(Planner(now=NOON), [METER]))["meter"].beat is None


def test_what_is_missing_is_told_as_late() -> None:
    planner = learnt()
    for _ in range(3):
        turn = turns(plan(planner, [METER], now=NOON + 25 * BEAT))["meter"]
        planner.observed("meter", now=turn.due, changed=False)
        if planner.is_late("meter"):
            break

    assert planner.is_late("meter")
    assert not planner.is_late("battery")


def test_the_plan_is_looked_at_again_within_an_hour_and_never_in_the_past() -> None:
    planner = polled([ALARMS])
    made = plan(planner, [ALARMS], now=NOON + 3 * HOUR)

    assert made.look_again == NOON + 3 * HOUR
    assert [turn.due for turn in made.turns] == [NOON + 2 * HOUR]
