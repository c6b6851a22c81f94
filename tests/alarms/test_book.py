"""The bookkeeping of alarms: what is asked, what an answer proves, what is written down."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
import json
from random import Random
from typing import Final

import pytest

from custom_components.smartpvms.alarms.book import AlarmBook, Query
from custom_components.smartpvms.alarms.languages import alarm_language
from custom_components.smartpvms.alarms.records import WINDOW, AlarmEvent, Window
from custom_components.smartpvms.northbound.models import Alarm

NOW: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
PLANT: Final = "NE=1"
DAY: Final = timedelta(days=1)
MINUTE: Final = timedelta(minutes=1)


def alarm(age: timedelta, **details: object) -> Alarm:
    """Return an alarm raised so long before `NOW`."""
    plain = Alarm(
        kind=2032,
        plant_code=PLANT,
        raised=NOW - age,
        name="Grid Loss",
        severity=2,
        device_name="Inverter-1",
        device_serial="SN1",
        device_type_id=38,
    )
    return replace(plain, **details)  # type: ignore[arg-type]


def told(events: Iterable[AlarmEvent]) -> list[tuple[str, Alarm]]:
    return [(event.type.value, event.alarm) for event in events]


def ask_recent(
    book: AlarmBook, now: datetime, *alarms: Alarm, answered: Iterable[str] = (PLANT,)
) -> list[AlarmEvent]:
    """Take in an answer about the last seven days."""
    return book.take(book.recent([PLANT], now), frozenset(answered), alarms, now)


def settled(*alarms: Alarm) -> AlarmBook:
    """Return a book that has looked back as far as it does."""
    book = AlarmBook({})
    ask_recent(book, NOW, *alarms)
    for query in book.others([PLANT], NOW):
        inside = [one for one in alarms if query.window.holds(one.raised)]
        book.take(query, frozenset({PLANT}), inside, NOW)
    return book


def test_first_look_covers_28_days_in_four_windows_and_is_no_news() -> None:
    book = AlarmBook({})
    old, new = alarm(20 * DAY), alarm(DAY)
    assert ask_recent(book, NOW, new) == []

    queries = book.others([PLANT], NOW)
    windows = [book.recent([PLANT], NOW).window, *(query.window for query in queries)]
    assert [window.end - window.begin for window in windows] == [WINDOW] * 4
    assert [window.end for window in windows] == [NOW - n * WINDOW for n in range(4)]

    for query in queries:
        found = [old] if query.window.holds(old.raised) else []
        assert book.take(query, frozenset({PLANT}), found, NOW) == []
    assert book.active() == {PLANT: (old, new)}
    assert book.others([PLANT], NOW) == []


def test_new_alarm_is_raised_once_and_cleared_once() -> None:
    book = settled()
    new = alarm(-MINUTE)
    later = NOW + timedelta(minutes=30)
    assert told(ask_recent(book, later, new)) == [("alarm_raised", new)]
    assert ask_recent(book, later, new) == []
    assert told(ask_recent(book, later)) == [("alarm_cleared", new)]
    assert ask_recent(book, later) == []


def test_alarm_that_was_there_at_first_is_cleared_too() -> None:
    book = settled(alarm(DAY))

    assert told(ask_recent(book, NOW)) == [("alarm_cleared", alarm(DAY))]


@pytest.mark.parametrize(
    "age",
    [
        WINDOW + MINUTE,
        WINDOW,
        WINDOW - timedelta(seconds=59),
        timedelta(seconds=59),
        timedelta(0),
        -MINUTE,
    ],
)
def test_answer_that_need_not_name_an_alarm_clears_nothing(age: timedelta) -> None:
    book = settled(alarm(age))

    assert ask_recent(book, NOW) == []
    assert book.active()[PLANT] == (alarm(age),)


def test_plant_that_was_not_answered_for_keeps_its_alarms() -> None:
    book = settled(alarm(DAY))

    assert ask_recent(book, NOW, answered=()) == []
    assert book.active() == {PLANT: (alarm(DAY),)}
    assert book.read_until("NE=2") is None


def test_old_alarms_are_asked_for_once_a_day_in_short_windows() -> None:
    ages = [27, 21, 20, 12, 8, 3]
    book = settled(*(alarm(age * DAY) for age in ages))
    assert book.others([PLANT], NOW + timedelta(hours=23)) == []

    later = NOW + DAY
    windows = [query.window for query in book.others([PLANT], later)]
    assert all(window.end - window.begin <= WINDOW for window in windows)
    assert all(window.end <= later for window in windows)
    assert len(windows) == 3
    assert all(
        any(window.proves(NOW - age * DAY) for window in windows) for age in ages[:-1]
    )
    for query in book.others([PLANT], later):
        book.take(query, frozenset({PLANT}), [], later)
    assert book.active() == {PLANT: (alarm(3 * DAY),)}


def test_what_was_raised_while_nobody_asked_is_found_and_is_news() -> None:
    book = settled()
    back = NOW + 12 * DAY
    missed = alarm(-2 * DAY)
    assert ask_recent(book, back) == []

    (query,) = book.others([PLANT], back)
    assert query.window.begin <= NOW
    assert query.window.end == back - WINDOW
    events = book.take(query, frozenset({PLANT}), [missed], back)
    assert told(events) == [("alarm_raised", missed)]
    assert book.others([PLANT], back) == []


def test_gap_is_not_searched_further_back_than_at_first() -> None:
    book = settled()
    back = NOW + 90 * DAY
    ask_recent(book, back)

    windows = [query.window for query in book.others([PLANT], back)]
    assert len(windows) == 3
    assert windows[-1].begin == back - 28 * DAY


def test_alarm_that_the_cloud_learns_late_is_news() -> None:
    book = settled()
    late = alarm(10 * DAY)
    window = Window(begin=NOW - 12 * DAY, end=NOW - 8 * DAY)
    query = Query(window=window, plant_codes=frozenset({PLANT}))

    events = book.take(query, frozenset({PLANT}), [late], NOW)
    assert told(events) == [("alarm_raised", late)]


def test_alarm_older_than_the_first_look_is_no_news() -> None:
    book = settled()
    window = Window(begin=NOW - 31 * DAY, end=NOW - 27 * DAY)
    query = Query(window=window, plant_codes=frozenset({PLANT}))

    assert book.take(query, frozenset({PLANT}), [alarm(30 * DAY)], NOW) == []
    assert book.active() == {PLANT: (alarm(30 * DAY),)}


def test_window_that_reaches_into_what_is_unread_leaves_the_rest_unread() -> None:
    book = AlarmBook({})
    ask_recent(book, NOW)
    window = Window(begin=NOW - 9 * DAY, end=NOW - 6 * DAY)
    query = Query(window=window, plant_codes=frozenset({PLANT}))
    book.take(query, frozenset({PLANT}), [], NOW)

    queries = book.others([PLANT], NOW)
    assert queries[0].window.end == NOW - 9 * DAY
    assert queries[-1].window.begin == NOW - 28 * DAY
    whole = Window(begin=NOW - 29 * DAY, end=NOW - 9 * DAY)
    book.take(
        Query(window=whole, plant_codes=frozenset({PLANT})), frozenset({PLANT}), [], NOW
    )
    assert book.others([PLANT], NOW) == []


def test_old_window_tells_nothing_of_a_plant_without_a_first_look() -> None:
    book = AlarmBook({})
    window = Window(begin=NOW - 9 * DAY, end=NOW - 6 * DAY)
    query = Query(window=window, plant_codes=frozenset({PLANT}))

    assert book.take(query, frozenset({PLANT}), [alarm(8 * DAY)], NOW) == []
    assert book.active() == {}


def test_alarm_with_new_words_is_the_same_one() -> None:
    book = settled(alarm(DAY))
    german = alarm(DAY, name="Netzausfall", severity=1, device_name="WR 1")

    assert ask_recent(book, NOW, german) == []
    assert book.active() == {PLANT: (german,)}


@pytest.mark.parametrize(
    "other",
    [{"kind": 1}, {"device_serial": "SN2"}, {"raised": NOW - 2 * DAY}],
    ids=["kind", "device", "raise time"],
)
def test_alarm_is_kind_device_and_raise_time(other: dict[str, object]) -> None:
    book = settled(alarm(DAY))
    events = ask_recent(book, NOW, alarm(DAY, **other))

    assert [event.type.value for event in events] == ["alarm_cleared", "alarm_raised"]


def test_renamed_device_without_a_serial_number_has_the_same_alarm() -> None:
    nameless = {"device_serial": None, "device_type_id": 39}
    book = settled(alarm(DAY, **nameless, device_name="Battery-1"))

    assert ask_recent(book, NOW, alarm(DAY, **nameless, device_name="Keller")) == []
    events = ask_recent(book, NOW, alarm(DAY, device_serial="SN2"))
    assert [event.type.value for event in events] == ["alarm_cleared", "alarm_raised"]


def test_clock_that_was_ahead_does_not_silence_what_follows() -> None:
    book = AlarmBook({})
    ask_recent(book, NOW + 1000 * DAY)
    ask_recent(book, NOW)
    new = alarm(-MINUTE)

    assert book.recent_is_due([PLANT], NOW)
    events = ask_recent(book, NOW + timedelta(minutes=30), new)
    assert told(events) == [("alarm_raised", new)]


def test_recent_window_is_due_each_half_hour() -> None:
    book = AlarmBook({})
    assert book.recent_is_due([PLANT], NOW)
    ask_recent(book, NOW)
    assert not book.recent_is_due([PLANT], NOW + timedelta(minutes=29))
    assert book.recent_is_due([PLANT], NOW + timedelta(minutes=30))
    assert book.recent_is_due([PLANT, "NE=2"], NOW)
    assert not book.recent_is_due([], NOW)


def test_book_goes_on_with_what_was_written_down() -> None:
    book = AlarmBook({})
    ask_recent(book, NOW, alarm(DAY, cause="c", repair_suggestion="r", category=2))
    book.asked = NOW
    stored = json.loads(json.dumps(book.as_dict()))

    again = AlarmBook(stored)
    assert again.as_dict() == book.as_dict()
    assert again.active() == book.active()
    assert again.others([PLANT], NOW) == book.others([PLANT], NOW)
    assert again.asked == NOW


def test_damaged_storage_costs_only_what_is_damaged() -> None:
    book = settled(alarm(DAY), alarm(2 * DAY))
    stored = json.loads(json.dumps(book.as_dict()))
    stored["plants"][PLANT]["alarms"][0]["raised"] = "yesterday"
    stored["plants"][PLANT]["unread"] = [{"begin": None}]
    stored["plants"]["NE=2"] = {"since": 5}
    stored["asked"] = "soon"

    again = AlarmBook(stored)
    assert again.active() == {PLANT: (alarm(2 * DAY),)}
    assert again.others([PLANT], NOW) == []
    assert again.asked is None


def test_plants_that_are_not_served_any_more_are_forgotten() -> None:
    book = settled(alarm(DAY))
    book.keep_only([PLANT])
    assert book.active() == {PLANT: (alarm(DAY),)}
    book.keep_only(["NE=2"])
    assert book.active() == {}


def test_plants_are_asked_for_together() -> None:
    book = AlarmBook({})
    plants = frozenset({PLANT, "NE=2"})
    query = book.recent(plants, NOW)
    other = alarm(10 * DAY, plant_code="NE=2")
    book.take(query, plants, [alarm(DAY)], NOW)
    queries = book.others(plants, NOW)

    assert [query.plant_codes for query in queries] == [plants] * 3
    for query in queries:
        found = [other] if query.window.holds(other.raised) else []
        book.take(query, plants, found, NOW)
    assert [q.plant_codes for q in book.others(plants, NOW + DAY)] == [{"NE=2"}]
    assert book.others([PLANT], NOW + DAY) == []


@pytest.mark.parametrize("seed", range(20))
def test_any_order_of_questions_clears_only_what_is_over(seed: int) -> None:
    random = Random(seed)
    book = AlarmBook({})
    ends = {
        alarm(age): NOW - age + timedelta(hours=random.expovariate(1 / 60))
        for age in (timedelta(hours=random.uniform(-900, 900)) for _ in range(300))
    }
    now, cleared, raised = NOW, list[Alarm](), list[Alarm]()
    while now < NOW + 40 * DAY:
        queries = [book.recent([PLANT], now), *book.others([PLANT], now)]
        query = random.choice(queries)
        found = [
            one
            for one, end in ends.items()
            if query.window.holds(one.raised) and one.raised <= now < end
        ]
        for event in book.take(query, frozenset({PLANT}), found, now):
            if event.type == "alarm_raised":
                raised.append(event.alarm)
            else:
                cleared.append(event.alarm)
                assert ends[event.alarm] <= now
        now += timedelta(hours=random.choice([0.5, 0.5, 0.5, 4, 200]))

    assert len(cleared) == len(set(cleared)) > 0
    assert len(raised) == len(set(raised)) > 0
    # an alarm which is found in a window that nobody read before is no news
    assert all(one.raised > NOW - 28 * DAY for one in raised)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("en", "en_US"),
        ("en-GB", "en_US"),
        ("de", "de_DE"),
        ("zh-Hans", "zh_CN"),
        ("zh-Hant", "zh_TW"),
        ("zh_TW", "zh_TW"),
        ("pt", "pt_BR"),
        ("es-419", "es_ES"),
        ("cs", "cs_CZ"),
        ("ko", "ko_KR"),
        ("uk", "uk_UA"),
        ("sv", "en_US"),
        ("", "en_US"),
    ],
)
def test_language_is_one_of_the_clouds(ours: str, theirs: str) -> None:
    assert alarm_language(ours) == theirs
