"""Readings with the counters that can be believed."""

from collections.abc import Mapping
import csv
from datetime import timedelta
from pathlib import Path
import re

import pytest

from custom_components.smartpvms.counters import (
    COUNTER_KINDS,
    Counter,
    CounterKind,
    Counters,
    PassThrough,
    Sight,
    believed_reading,
)
from custom_components.smartpvms.counters.kinds import FAMILIES
from custom_components.smartpvms.northbound.models import Reading

from .telling import BERLIN, berlin

FIELDS = Path(__file__).parents[1] / "fixtures" / "fields.csv"
ENERGY = {"kWh", "kvarh", "kVar"}


def documented_counters() -> set[str]:
    """Return the keys of real-time answers that the documents call rising energies."""
    keys: set[str] = set()
    with FIELDS.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            real_time = row["api"] in {"plant_realtime", "device_realtime"}
            if (
                real_time
                and row["kind"] == "total_increasing"
                and row["unit"] in ENERGY
            ):
                key = row["key"]
                numbered = re.search(r"\{1\.\.(\d+)\}", key)
                numbers = range(1, int(numbered[1]) + 1) if numbered else [0]
                keys |= {re.sub(r"\{.*\}", str(number), key) for number in numbers}
    return keys


def test_every_documented_counter_has_a_kind() -> None:
    assert COUNTER_KINDS.keys() == documented_counters()
    assert all(key in COUNTER_KINDS for family in FAMILIES for key in family)


def show(
    counters: Counters | PassThrough, values: Mapping[str, float], minutes: int = 0
) -> Mapping[str, float]:
    """Return what is shown of a plant so many minutes after noon."""
    now = berlin(10, 12) + timedelta(minutes=minutes)
    reading = Reading(values=values, reported=frozenset(values))
    shown = believed_reading(
        counters,
        "plant",
        reading,
        lambda key, value: Sight(
            value=value,
            now=now,
            zone=BERLIN,
            greatest_power=8000,
            known=key != "total_cap",
        ),
    )
    assert shown.reported == reading.reported
    return shown.values


def test_counters_are_believed_and_the_rest_is_as_told() -> None:
    counters = Counters()
    told = {"day_power": 5.0, "total_power": 1000.0, "day_income": 2.0}
    assert show(counters, told) == told

    dipped = {"day_power": 5.1, "total_power": 980.0, "day_income": 1.9}
    assert show(counters, dipped, 5) == dipped | {"total_power": 1000.0}


def test_a_counter_that_is_not_told_keeps_its_value() -> None:
    counters = Counters()
    show(counters, {"day_cap": 5.0, "total_cap": 1000.0, "mppt_1_cap": 400.0})
    counters = Counters.from_dict(counters.as_dict())

    assert show(counters, {"run_state": 0}, 5) == {
        "run_state": 0,
        "day_cap": 5.0,
        "mppt_1_cap": 400.0,
    }


def test_counters_of_one_family_are_held_against_each_other() -> None:
    counters = Counters()
    show(counters, {"total_power": 1.0, "month_power": 1.0, "day_power": 1.0})

    shown = show(
        counters, {"total_power": 1.1, "month_power": 2.9, "day_power": 1.1}, 5
    )
    assert shown == {"total_power": 1.1, "month_power": 1.0, "day_power": 1.1}


def test_passing_through_believes_everything_and_remembers_nothing() -> None:
    believer = PassThrough()
    counter = Counter(subject="plant", key="day_cap", kind=CounterKind.DAY)
    sight = Sight(value=19.0, now=berlin(11, 0), zone=BERLIN)

    assert show(believer, {"day_cap": 5.0, "total_cap": 900.0})["total_cap"] == 900
    assert believer.believe(counter, sight) == 19.0
    assert believer.accumulate(counter, sight) == 19.0
    assert not believer.settle(counter, sight.now.date(), 20.0, sight)
    assert not believer.unsettled(counter)
    assert not believer.remembered("plant")
    assert believer.as_dict() == {}


@pytest.mark.parametrize("stored", [None, {}, {"lifetime": [], "periods": None}])
def test_nothing_stored_is_a_beginning(stored: None) -> None:
    assert show(Counters.from_dict(stored), {"total_power": 3.0}) == {"total_power": 3}
