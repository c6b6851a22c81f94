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
