"""Days by a plan: what they cost, and that the battery follows without Home Assistant."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from homeassistant.util import dt as dt_util

from tests.plant_control.house import House

ACTIONS: Final = "cchhssscchhhhhhhssssshcc"
"""What the battery does in the hours after 23:00: charge, hold, self-use."""
WORDS: Final = {"c": "charge", "h": "hold", "s": "self_use"}
FIRST: Final = datetime.fromisoformat("2026-06-21T23:00:00+02:00")
POWER: Final = 1200
HOUR: Final = timedelta(hours=1)


def price_plan() -> dict[str, Any]:
    slots = [
        {
            "start": (FIRST + number * HOUR).isoformat(),
            "end": (FIRST + (number + 1) * HOUR).isoformat(),
            "action": WORDS[action],
        }
        for number, action in enumerate(ACTIONS)
    ]
    return {
        "slots": slots,
        "grid_charge_power": POWER,
        "surplus_to_battery": True,
    }


def wanted(at: datetime) -> str:
    return ACTIONS[(at - FIRST) // HOUR]


def disobedience(house: House, at: datetime) -> Iterator[str]:
    """Yield in what the battery does something else than the plan wants."""
    now: Mapping[str, Any] = house.cloud.truth()[house.code]["now"]
    battery, solar, load = (
        now["battery_power"],
        now["pv_power"],
        now["load_power"],
    )
    soc = now["soc"]
    match wanted(at):
        case "c" if soc < 99 and battery > -POWER * 0.9:
            yield f"{at}: should charge: {now}"
        case "h" if battery > 1:
            yield f"{at}: should not discharge: {now}"
        case "h" if battery < -1 and -battery > solar:
            yield f"{at}: should not charge from the grid: {now}"
        case "s" if solar < load - 100 and battery <= 0 and soc > 20:
            yield f"{at}: should serve the house: {now}"


async def test_day_of_a_price_plan_takes_two_control_calls(evening: House) -> None:
    await evening.do("set_battery_plan", **price_plan())
    await evening.pass_time(30)
    wrong: list[str] = []
    for number in range(24):
        at = FIRST + number * HOUR + timedelta(minutes=20)
        await evening.pass_time(20, step=10)
        wrong.extend(disobedience(evening, at))
        await evening.pass_time(40, step=20)
    await evening.pass_time(15, step=5)

    assert wrong == []
    assert evening.mode == "maximumSelfConsumption"
    # the issue allows 6
    assert evening.control_calls() == 2


async def test_battery_follows_the_plan_after_home_assistant_was_killed(
    evening: House,
) -> None:
    row = await evening.call("set_battery_plan", **price_plan())
    assert row["accepted"] is not None
    calls = evening.calls()
    # from here on nothing of Home Assistant runs
    wrong: list[str] = []
    step = timedelta(minutes=10)
    while evening.cloud.clock.now() < FIRST + 24 * HOUR - step:
        evening.cloud.clock.step(step)
        at = evening.cloud.clock.now()
        evening.plant.steering.advance()
        if at >= FIRST:
            wrong.extend(disobedience(evening, at))
    assert wrong == []
    assert evening.calls() == calls
    assert evening.mode == "TOU"

    evening.freezer.move_to(evening.cloud.clock.now())
    await evening.pass_time(30)
    assert evening.mode == "maximumSelfConsumption"
    assert dt_util.utcnow() > FIRST + 24 * HOUR
