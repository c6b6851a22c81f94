"""What is stored of a plant is read by the releases after it, and words keep their spelling.

They are stored, shown as states, used in automations and keys of translations.
"""

from enum import StrEnum
import json
from pathlib import Path

import pytest

from custom_components.smartpvms.control import (
    Cause,
    Evidence,
    Family,
    IfBusy,
    Origin,
    TaskState,
)
from custom_components.smartpvms.control.records import PlantRecord
from custom_components.smartpvms.control.settings import Exactness, is_in_force
from custom_components.smartpvms.northbound.models import (
    BatteryMode,
    FeedInLimit,
    FeedInLimitMode,
    OperationMode,
)

from .house import House, KilledError
from .orders import NIGHT, limit, time_of_use

STORED = Path(__file__).parent / "stored_plant.json"


def test_an_update_reads_what_was_stored_before_it() -> None:
    stored = json.loads(STORED.read_text(encoding="utf-8"))
    record = PlantRecord.from_json("NE=1", stored)

    assert record.as_json() == stored
    assert list(record.tasks) == ["t1", "t2"]
    assert record.tasks["t1"].why is Cause.STOPPED
    assert record.tasks["t1"].state is TaskState.SUCCESS
    assert record.holdings.keys() == {Family.LIMIT}
    assert record.confirmed.keys() == {Family.LIMIT, Family.DISPATCH}
    assert record.time_of_use is not None


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (
            Cause,
            (
                "already nothing_of_ours not_ours nearest_restored stopped busy_plant"
                " replaced too_late unrestorable unreadable not_restorable"
                " above_legal_maximum calls_kept_back no_access interrupted"
                " no_confirmation ended_early"
            ),
        ),
        (Family, "mode parameters forced limit dispatch"),
        (
            TaskState,
            "waiting intended accepted running success failure unknown",
        ),
        (IfBusy, "replace queue refuse"),
        (Origin, "user take_back plan"),
        (
            Evidence,
            "live_mode live_power live_soc live_limit read_back task delivery",
        ),
        (Exactness, "exact nearest"),
    ],
)
def test_words_keep_their_spelling(kind: type[StrEnum], words: str) -> None:
    assert [word.value for word in kind] == words.split()


async def test_what_could_not_be_saved_is_saved_with_the_next_step(
    house: House,
) -> None:
    """A disk that was full for a moment must not make us forget what we know."""
    present = FeedInLimit(plant_code=house.code, mode=FeedInLimitMode.ZERO_EXPORT)
    house.power.points = 0
    with pytest.raises(KilledError):
        await house.engine.observe(present, house.now())
    assert "zero" not in str(house.stored).lower()

    await house.engine.step()
    assert "zero" in str(house.stored).lower()


def test_what_is_damaged_loses_nothing_that_comes_after_it() -> None:
    stored = json.loads(STORED.read_text(encoding="utf-8"))
    stored["tasks"].insert(0, {"$": "Task"})
    stored["holdings"] = {"weather": {}, "mode": {}} | stored["holdings"]
    stored["confirmed"] = {"mode": 5} | stored["confirmed"]
    record = PlantRecord.from_json("NE=1", stored)

    assert list(record.tasks) == ["t1", "t2"]
    assert record.holdings.keys() == {Family.LIMIT}
    assert record.confirmed.keys() == {Family.LIMIT, Family.DISPATCH}


@pytest.mark.parametrize(("told", "same"), [(0.5, True), (-0.5, True), (0.52, False)])
def test_half_a_watt_is_lost_on_the_way_through_kilowatts(
    told: float, same: bool
) -> None:
    limited = FeedInLimit(
        plant_code="NE=1", mode=FeedInLimitMode.LIMITED_POWER, power=1000 + told
    )
    by_time = BatteryMode(
        plant_code="NE=1",
        mode=OperationMode.TIME_OF_USE,
        windows=(NIGHT,),
        surplus_to_battery=True,
        grid_charge_power=3000 + told,
    )

    assert is_in_force(limit("NE=1", 1000).order, limited) is same
    assert is_in_force(time_of_use("NE=1").order, by_time) is same
