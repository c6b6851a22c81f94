"""How the calls of a day are shared, to the call."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from custom_components.smartpvms.northbound.interfaces import Interface
from custom_components.smartpvms.planner import Feed, LedgerView, Sun, Worth
from custom_components.smartpvms.planner.budget import UNLIMITED, Budget, Shares

from .cloud import DAY, HOUR, MIDNIGHT

NOON = MIDNIGHT + 12 * HOUR
SUN = Sun(rises=NOON + 16 * HOUR, sets=NOON + 8 * HOUR)

METER = Feed(name="meter", interface=Interface.DEVICE_READINGS)
"""It wishes for 288 calls a day."""
BUSY = replace(METER, wish=288 / 750)
"""This one for 750, all that can be had but for a few."""
ALARMS = Feed(
    name="alarms", interface=Interface.ALARMS, worth=Worth.UPKEEP, wish=24, least=72
)
PLANTS = Feed(
    name="plants",
    interface=Interface.PLANT_READINGS,
    worth=Worth.PLANT,
    wish=12,
    least=48,
)


def shares(
    feeds: Sequence[Feed],
    *,
    limit: int | None = 1000,
    booked: Sequence[float] = (),
    planners: int = 1,
    sun: Sun = SUN,
    restful: Mapping[str, float] | None = None,
    taken_by_others: float = 0.0,
) -> Shares:
    ledger = LedgerView(limit=limit, booked=booked, planners=planners)
    return Budget(
        feeds,
        ledger,
        now=NOON,
        sun=sun,
        restful=restful or {},
        taken_by_others=taken_by_others,
    ).shares()


def stretch(feeds: Sequence[Feed], **details: object) -> float:
    """Return by how much the live feeds are stretched."""
    return shares(feeds, **details).stretch[Worth.LIVE]  # type: ignore[arg-type]


def test_what_suffices_is_not_stretched() -> None:
    shared = shares([METER, ALARMS, PLANTS])

    assert set(shared.stretch.values()) == {1.0}
    assert [shared.every(feed) for feed in (METER, ALARMS, PLANTS)] == [1, 24, 12]


def test_live_feeds_may_take_all_but_the_calls_of_the_user() -> None:
    feeds = [replace(METER, name=f"type {number}") for number in range(7)]

    assert stretch(feeds) == pytest.approx(7 * 288 / 900)
    assert stretch(feeds, taken_by_others=100) == pytest.approx(7 * 288 / 800)
    assert stretch(feeds, planners=2) == pytest.approx(7 * 288 / 450)
    assert stretch([replace(METER, calls=7)]) == pytest.approx(7 * 288 / 900)


def test_what_others_cannot_do_without_is_set_aside_first() -> None:
    feeds = [replace(METER, name=f"type {number}") for number in range(7)]
    set_aside = 288 / 72 + 288 / 48

    assert stretch([*feeds, ALARMS, PLANTS]) == pytest.approx(
        7 * 288 / (900 - set_aside)
    )


def test_no_feed_is_stretched_for_ever() -> None:
    assert stretch([METER], limit=124) == pytest.approx(12)
    assert stretch([METER], limit=125) == pytest.approx(288 / 25)
    assert stretch([METER], limit=100) == 12
    assert stretch([METER], limit=None) == 12


def test_calls_that_come_back_in_time_are_waited_for() -> None:
    """Each hour of the look ahead has to do with what there is until then."""
    seen = {}
    for returning in (5.5, 6.5, 10.5, 14.5, 18.5, 21.5, 23.5):
        booked = [NOON - DAY + returning * HOUR] * 860
        seen[returning] = stretch([METER], booked=booked)

    assert seen == {
        5.5: 1.0,
        6.5: pytest.approx(6 * 12 / 40),
        10.5: pytest.approx(10 * 12 / 40),
        14.5: pytest.approx(14 * 12 / 40),
        18.5: pytest.approx(18 * 12 / 40),
        21.5: pytest.approx(21 * 12 / 40),
        23.5: pytest.approx(23 * 12 / 40),
    }


def test_what_is_not_live_leaves_some_calls_for_the_unforeseen() -> None:
    """Of 900 calls 750 are live, 80 beside the beat and 56 for what is not foreseen."""
    shared = shares([BUSY, PLANTS])

    assert shared.stretch[Worth.LIVE] == 1
    assert shared.extras == pytest.approx(80 / 750)
    assert shared.stretch[Worth.PLANT] == pytest.approx(24 / 14)
    assert shared.every(PLANTS) == pytest.approx(12 * 24 / 14)


def test_alarms_come_before_the_plants_values() -> None:
    shared = shares([BUSY, ALARMS, PLANTS])

    assert shared.stretch[Worth.UPKEEP] == pytest.approx(12 / 8)
    assert shared.stretch[Worth.PLANT] == pytest.approx(24 / 6)
    assert shared.every(PLANTS) == 48


def test_none_is_asked_less_than_the_least_while_there_is_a_call() -> None:
    shared = shares([replace(BUSY, wish=0.3), ALARMS, PLANTS])

    assert shared.every(ALARMS) == 72
    assert shared.every(PLANTS) == 48
    resting = replace(PLANTS, resting=True, rest=60)
    assert shared.every(resting) == 60


@pytest.mark.parametrize(
    ("wish", "extras"),
    [
        # eighty calls a day make values fresher, more do not
        (1.0, 80 / 288),
        (1.1, 0.3),
        # what is left once all have the least
        (288 / 770, (900 - 56 - 770 - 10) / 770),
        (288 / 860, 0.03),
    ],
)
def test_extra_calls_are_what_nobody_needs(wish: float, extras: float) -> None:
    shared = shares([replace(METER, wish=wish), ALARMS, PLANTS])

    assert shared.extras == pytest.approx(extras)


def test_without_a_live_feed_extras_are_bounded_too() -> None:
    assert shares([PLANTS]).extras == 0.3


def test_a_night_of_rest_is_counted_on() -> None:
    """Sixteen bright hours, and eight in which every third beat is enough."""
    inverter = replace(METER, rest=3, dozes=True)
    calls = 16 * 12 + 8 * 12 / 3

    assert stretch([inverter], limit=100 + 112) == pytest.approx(calls / 112)
    dark = Sun(dark=True)
    assert stretch([inverter], limit=100 + 48, sun=dark) == pytest.approx(96 / 48)


def test_rest_of_late_is_counted_on() -> None:
    battery = replace(METER, name="battery", rest=6)
    calls = 288 * (0.75 + 0.25 / 6)

    rested = {"battery": 0.25}
    assert stretch([battery], limit=200, restful=rested) == pytest.approx(calls / 100)
    # what rests in the dark is known from the sun
    dozing = replace(battery, dozes=True)
    bright = Sun(sets=None)
    assert stretch(
        [dozing], limit=200, restful=rested, sun=bright
    ) == pytest.approx(2.88)  # fmt: skip


def test_the_least_of_a_feed_is_no_more_than_its_wish() -> None:
    """A feed that wishes for less than the least needs not be set aside more."""
    seldom = replace(PLANTS, wish=96, least=48)
    feeds = [replace(METER, name=f"type {number}") for number in range(7)]

    assert stretch([*feeds, seldom]) == pytest.approx(7 * 288 / (900 - 3))


def test_an_api_account_has_a_window_for_each_interface() -> None:
    assert [UNLIMITED.every(feed) for feed in (METER, ALARMS, PLANTS)] == [1, 24, 12]
    assert UNLIMITED.extras == 0
