"""What is remembered of counters: a restart at any moment changes nothing.

A store that a release wrote is read by the ones after it: its words stay.
"""

from datetime import timedelta
import json

import pytest

from custom_components.smartpvms.counters import CounterKind, Counters
from custom_components.smartpvms.northbound.json_types import JsonObject

from .telling import BEAT, BERLIN, Telling, berlin

DAY = CounterKind.DAY


def test_all_that_is_known_of_a_lifetime_counter_survives_a_restart() -> None:
    cloud = Telling()
    cloud.tell(5000, source="one", power=0)
    for step in range(40):
        cloud.tell(0.2 + step / 10, source="one", power=0)
    cloud.tell(90, source="one", power=0)
    before = cloud.counters.as_dict()
    cloud.restart()

    assert cloud.counters.as_dict() == before
    lifetime = before["lifetime"]
    assert isinstance(lifetime, dict)
    mark = lifetime["plant/counter"]
    assert isinstance(mark, dict)
    assert all(mark[key] for key in ("offset", "idle", "source", "doubt"))
    assert mark["former"] == 0


def test_all_that_is_known_of_a_day_survives_a_restart() -> None:
    cloud = Telling(kind=DAY, now=berlin(10, 22))
    cloud.add(0.05, flow=300)
    cloud.add_at(berlin(10, 23, 21), 0.1, flow=300)
    cloud.add_at(berlin(11, 0, 1), 0.1, flow=300)
    for step in range(1, 14):
        cloud.add(0.1 + step / 40, flow=300)
    before = cloud.counters.as_dict()
    cloud.restart()

    assert cloud.counters.as_dict() == before
    accumulations = before["accumulations"]
    assert isinstance(accumulations, dict)
    accumulation = accumulations["plant/counter"]
    assert isinstance(accumulation, dict)
    period = accumulation["period"]
    assert isinstance(period, dict)
    waiting = period["waiting"]
    assert isinstance(waiting, dict)
    assert all(waiting[key] for key in ("late", "rises", "before"))
    assert accumulation["unsettled"] == ["2026-06-10"]


def test_all_that_was_bridged_and_settled_survives_a_restart() -> None:
    cloud = Telling(kind=DAY, now=berlin(10, 23, 51), greatest_power=5000.0)
    cloud.add(8.0, flow=1200)
    cloud.add_at(berlin(11, 0, 1), 0.01, flow=1200)
    cloud.settle(berlin(10, 12), 8.03)
    cloud.add_at(berlin(11, 23, 56), 5.0, flow=300)
    cloud.add_at(berlin(12, 0, 1), 0.01, flow=300)
    before = cloud.counters.as_dict()
    cloud.restart()

    assert cloud.counters.as_dict() == before
    accumulations = before["accumulations"]
    assert isinstance(accumulations, dict)
    accumulation = accumulations["plant/counter"]
    assert isinstance(accumulation, dict)
    told = {key: accumulation[key] for key in ("closed", "days", "bridged", "excess")}
    assert all(told.values()), told


@pytest.mark.parametrize("kind", list(CounterKind))
def test_a_counter_is_remembered_as_told_before(kind: CounterKind) -> None:
    cloud = Telling(kind=kind)
    cloud.tell(5.0)
    assert cloud.counters.remembered("plant") == {"counter"}
    cloud.restart()

    assert cloud.counters.remembered("plant") == {"counter"}
    assert not cloud.counters.remembered("other")


AT = berlin(10, 12).isoformat()
MARK: JsonObject = {
    "raw": 4.2,
    "at": AT,
    "begun": AT,
    "offset": 5000.0,
    "former": 1.0,
    "idle": True,
    "source": "inverters",
    "doubt": {"since": AT, "seen": AT, "first": 90.0, "last": 90.0},
}
PERIOD: JsonObject = {
    "start": "2026-06-10",
    "mark": MARK,
    "waiting": {
        "raw": 4.2,
        "at": AT,
        "late": 0.3,
        "rises": 4,
        "before": 3.9,
        "first": True,
    },
}
STORED: JsonObject = {
    "lifetime": {"plant/total_cap": MARK},
    "periods": {"plant/day_cap": PERIOD},
    "accumulations": {
        "plant/day_cap": {
            "period": PERIOD,
            "begun": "2026-06-08",
            "day": "2026-06-10",
            "seen": AT,
            "moved": AT,
            "power": 300.0,
            "closed": 17.0,
            "unsettled": ["2026-06-08"],
            "days": {"2026-06-08": 8.0, "2026-06-09": 9.0},
            "bridged": {"2026-06-08": 0.2},
            "excess": 0.1,
        }
    },
}


NOTHING_YET: JsonObject = {
    "lifetime": {"plant/total_cap": MARK | {"doubt": None, "source": ""}},
    "periods": {
        "plant/day_cap": {
            "start": "2026-06-10",
            "mark": MARK | {"offset": 0.0, "idle": False, "former": 0.0},
            "waiting": {
                "raw": 0.0,
                "at": AT,
                "late": 0.0,
                "rises": 0,
                "before": None,
                "first": False,
            },
        }
    },
    "accumulations": {
        "plant/day_cap": {
            "period": PERIOD | {"waiting": None},
            "begun": "2026-06-10",
            "day": "2026-06-10",
            "seen": AT,
            "moved": AT,
            "power": None,
            "closed": 0.0,
            "unsettled": [],
            "days": {},
            "bridged": {},
            "excess": 0.0,
        }
    },
}


def test_nothing_that_was_stored_is_nothing_after_an_update() -> None:
    assert Counters.from_dict(NOTHING_YET).as_dict() == NOTHING_YET


def test_a_dip_after_an_update_is_held_back() -> None:
    """A mark without a source is that of a counter of the cloud's."""
    cloud = Telling(key="total_cap", now=berlin(10, 12))
    cloud.counters = Counters.from_dict(NOTHING_YET)

    assert cloud.tell(4.3) == 5004.3
    assert cloud.tell(2.0) == 5004.3


def test_an_update_reads_what_was_stored_before_it() -> None:
    counters = Counters.from_dict(json.loads(json.dumps(STORED)))

    assert counters.as_dict() == STORED
    assert counters.lifetimes() == {"plant": {"total_cap": 5004.2}}


def test_a_first_value_that_waits_is_still_the_first_after_a_restart() -> None:
    """It begins today, whose yield is not that of a day that ended."""
    cloud = Telling(kind=DAY, now=berlin(11, 3))
    cloud.add(3.0)
    cloud.restart()

    assert cloud.add(3.1) == 3.1
    assert cloud.add(3.2) == 3.2
    assert cloud.counters.unsettled(cloud.counter) == frozenset()


def test_rises_after_midnight_are_counted_across_a_restart() -> None:
    cloud = Telling(kind=DAY, now=berlin(10, 23, 51), greatest_power=5000.0)
    cloud.add(8.0)
    cloud.add(8.0)
    for step in range(1, 14):
        cloud.add(8.0 + step * 0.025)
        cloud.restart()

    assert cloud.add(0.325, BEAT) == pytest.approx(8.325)
    assert cloud.now.astimezone(BERLIN).hour == 1
    assert cloud.now - berlin(11, 0) > timedelta(hours=1)
