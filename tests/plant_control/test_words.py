"""Every reason, stage and setting has words."""

import json
from pathlib import Path
from typing import Any

import pytest

from custom_components.smartpvms.control import Cause, TaskState
from custom_components.smartpvms.control.commands import Order
from custom_components.smartpvms.northbound.control import (
    DispatchBattery,
    ForceCharge,
    LiftFeedInLimit,
    LimitFeedIn,
    Problem,
    Reason,
    SetBatteryMode,
    SetBatteryParameters,
    StopForcedCharge,
)
from custom_components.smartpvms.northbound.models import Direction, OperationMode
from custom_components.smartpvms.plant_control.wording import setting_text, why_key

from .house import House

FOLDER = Path(__file__).parents[2] / "custom_components" / "smartpvms"
WORDS: dict[str, Any] = json.loads((FOLDER / "translations" / "en.json").read_text())
EXCEPTIONS = WORDS["exceptions"]
PLANT = "NE=1"


@pytest.mark.parametrize("why", [*Cause, *Reason])
def test_reason_has_words(why: Cause | Reason) -> None:
    assert EXCEPTIONS[why_key(why)]["message"]


def test_problems_and_stages_have_words() -> None:
    assert EXCEPTIONS.keys() >= {f"value_{problem}" for problem in Problem}
    assert EXCEPTIONS.keys() >= {f"task_{state}" for state in TaskState}


@pytest.mark.parametrize("family", ["mode", "limit", "dispatch"])
def test_repairs_have_words(family: str) -> None:
    for kind in ("unreturned", "lasting"):
        step = WORDS["issues"][f"{kind}_{family}"]["fix_flow"]["step"]["confirm"]
        assert "{in_force}" in step["description"]


@pytest.mark.parametrize(
    ("order", "said"),
    [
        (
            SetBatteryMode(
                plant_code=PLANT, mode=OperationMode.MAXIMUM_SELF_CONSUMPTION
            ),
            "maximum self-consumption",
        ),
        (LimitFeedIn(plant_code=PLANT, power=0), "feed-in of at most 0 W"),
        (
            LimitFeedIn(plant_code=PLANT, power=500, single_phase=True),
            "feed-in of at most 500 W on each phase",
        ),
        (LiftFeedInLimit(plant_code=PLANT), "feed-in without limit"),
        (
            DispatchBattery(plant_code=PLANT, battery_dn="NE=2", charging_power=-900),
            "battery held at 900 W (above 0 discharges)",
        ),
        (
            ForceCharge(
                plant_code=PLANT, direction=Direction.DISCHARGE, target_soc=0.0
            ),
            "discharge down to 0 %",
        ),
        (StopForcedCharge(plant_code=PLANT), "stop of the charge or discharge"),
        (
            SetBatteryParameters(
                plant_code=PLANT, end_of_discharge_soc=0, maximum_charge_power=900
            ),
            "battery limits: end_of_discharge_soc 0, maximum_charge_power 900",
        ),
    ],
)
async def test_setting_in_words(night: House, order: Order, said: str) -> None:
    assert setting_text(order) == said
