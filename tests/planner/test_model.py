"""The sun and the ledger, as the planner sees them."""

from dataclasses import replace

import pytest

from custom_components.smartpvms.northbound.interfaces import Interface
from custom_components.smartpvms.planner import Feed, LedgerView, Sun, Worth

from .cloud import DAY, HOUR

NOW = 1_781_913_600.0


@pytest.mark.parametrize(
    ("sun", "hours", "bright"),
    [
        (Sun(rises=NOW + 16 * HOUR, sets=NOW + 8 * HOUR), 24, 16),
        (Sun(rises=NOW + 16 * HOUR, sets=NOW + 8 * HOUR), 12, 8),
        (Sun(rises=NOW + 16 * HOUR, sets=NOW + 8 * HOUR), 4, 4),
        (Sun(rises=NOW + 4 * HOUR, sets=NOW + 20 * HOUR, dark=True), 24, 16),
        (Sun(rises=NOW + 4 * HOUR, sets=NOW + 20 * HOUR, dark=True), 6, 2),
        (Sun(rises=NOW + 4 * HOUR, sets=NOW + 20 * HOUR, dark=True), 3, 0),
        (Sun(), 24, 24),
        (Sun(dark=True), 24, 0),
    ],
)
def test_how_long_it_will_be_bright(sun: Sun, hours: float, bright: float) -> None:
    assert sun.bright_seconds(NOW, hours * HOUR) == bright * HOUR


def test_when_it_gets_dark_or_bright() -> None:
    day = Sun(rises=NOW + 16 * HOUR, sets=NOW + 8 * HOUR)

    assert day.turns == NOW + 8 * HOUR
    assert Sun(rises=NOW + 4 * HOUR, sets=None, dark=True).turns == NOW + 4 * HOUR
    assert Sun().turns is None


def test_what_the_ledger_gives_back() -> None:
    ledger = LedgerView(
        limit=10, booked=[NOW - DAY - 1, NOW - DAY + 60, NOW - DAY + 120, NOW - 5]
    )

    assert ledger.left(NOW) == 7
    assert ledger.returning(NOW, 90) == 2
    assert ledger.opens(NOW, 6) == NOW
    assert ledger.opens(NOW, 7) == NOW + 60
    assert ledger.opens(NOW, 8) == NOW + 120
    assert ledger.opens(NOW, 20) == NOW - 5 + DAY


def test_an_api_account_has_no_day() -> None:
    assert LedgerView(limit=None).opens(NOW, 100) == NOW
    assert LedgerView(limit=50).opens(NOW, 100) == NOW


def test_who_is_served_first_when_calls_are_short() -> None:
    assert [worth.name for worth in sorted(Worth)] == [
        *("LIVE", "UPKEEP", "PLANT", "SPARE", "HISTORY")
    ]


def test_what_is_not_said_of_a_feed() -> None:
    feed = Feed(name="meter", interface=Interface.DEVICE_READINGS)

    assert (feed.worth, feed.calls, feed.wish, feed.least) == (Worth.LIVE, 1, 1, 12)
    assert (feed.at_rest, feed.pace) == (1, 1)
    resting = replace(feed, rest=6, resting=True)
    assert (resting.at_rest, resting.pace) == (6, 6)
    assert (replace(feed, rest=6).pace, replace(resting, wish=9).pace) == (1, 9)


def test_a_call_comes_back_after_a_day_to_the_second() -> None:
    ledger = LedgerView(limit=3, booked=[NOW - DAY, NOW - DAY + 1, NOW])

    assert (ledger.left(NOW - 1), ledger.left(NOW), ledger.left(NOW + 1)) == (0, 1, 2)
    assert ledger.opens(NOW, 0) == NOW
    assert ledger.opens(NOW, 1) == NOW + 1
    assert ledger.opens(NOW - 1, 0) == NOW
    assert LedgerView(limit=0).opens(NOW, 5) == NOW
