"""The calendar of a battery's plan, and the sensors of its present slot."""

from datetime import datetime
from typing import Any

from homeassistant.util import dt as dt_util
import pytest

from simulator.plants.settings import TimeWindow
from tests.plant_control.house import House

from .test_actions import PLAN

# from Sunday to Monday, which the cloud cannot say in one window
OVER_MIDNIGHT = {
    "start": "2026-06-21 23:00",
    "end": "2026-06-22 02:00",
    "action": "self_use",
}
OWNERS = (
    TimeWindow(start="00:00", end="06:00", direction="charge", weekdays=(1, 2)),
    TimeWindow(start="17:00", end="23:59", direction="discharge", weekdays=(1,)),
)


def slot(house: House) -> tuple[str, str]:
    """Return the present slot and its end by the plant's clock."""
    end = dt_util.parse_datetime(house.state("sensor", "battery_plan_slot_end").state)
    shown = "-" if end is None else f"{dt_util.as_local(end):%a %H:%M}"
    return house.state("sensor", "battery_plan_slot").state, shown


async def events(house: House, start: str, end: str) -> list[tuple[str, str, str]]:
    response: Any = await house.hass.services.async_call(
        "calendar",
        "get_events",
        {
            "entity_id": house.entity_id("calendar", "battery_plan"),
            "start_date_time": start,
            "end_date_time": end,
        },
        blocking=True,
        return_response=True,
    )
    (found,) = response.values()
    return [
        (
            each["summary"],
            f"{datetime.fromisoformat(each['start']):%a %H:%M}",
            f"{datetime.fromisoformat(each['end']):%a %H:%M}",
        )
        for each in found["events"]
    ]


async def test_there_is_no_plan_before_one_is_read_or_set(evening: House) -> None:
    assert evening.state("calendar", "battery_plan").state == "off"
    assert slot(evening) == ("no_plan", "-")
    assert await events(evening, "2026-06-21 00:00", "2026-06-28 00:00") == []


async def test_present_slot_follows_the_plan_that_was_read_back(evening: House) -> None:
    await evening.do("set_battery_plan", **PLAN)
    # asked for, and not yet in force
    assert slot(evening)[0] == "no_plan"

    await evening.pass_time(10)
    assert slot(evening) == ("hold", "Mon 01:00")
    sensor = evening.state("sensor", "battery_plan_slot")
    assert sensor.attributes["set_by_home_assistant"] is True
    assert sensor.attributes["expires"] == "2026-06-22T07:00:00+00:00"
    await evening.pass_time(2 * 60 + 20, step=10)
    assert slot(evening) == ("charge", "Mon 04:00")
    assert evening.state("calendar", "battery_plan").attributes["message"] == "Charge"
    await evening.pass_time(3 * 60, step=10)
    assert slot(evening) == ("hold", "Mon 06:00")
    await evening.pass_time(2 * 60, step=10)
    assert slot(evening) == ("self_use", "Mon 09:00")
    await evening.pass_time(3 * 60 + 20, step=10)
    assert slot(evening) == ("no_plan", "-")
    assert evening.state("calendar", "battery_plan").state == "off"


async def test_calendar_tells_what_is_still_to_come(evening: House) -> None:
    await evening.do("set_battery_plan", **PLAN)
    await evening.pass_time(3 * 60, step=10)

    assert await events(evening, "2026-06-15 00:00", "2026-06-29 00:00") == [
        ("Charge", "Mon 01:00", "Mon 04:00"),
        ("Hold", "Mon 04:00", "Mon 06:00"),
        ("Self-use", "Mon 06:00", "Mon 09:00"),
    ]
    assert await events(evening, "2026-06-22 05:00", "2026-06-22 06:00") == [
        ("Hold", "Mon 04:00", "Mon 06:00")
    ]
    assert await events(evening, "2026-06-20 05:00", "2026-06-20 06:00") == []


async def test_last_minute_of_the_day_does_not_part_what_goes_on(
    evening: House,
) -> None:
    row = await evening.call("set_battery_plan", slots=OVER_MIDNIGHT)
    assert row["held_minutes"] == 1
    await evening.pass_time(60, step=10)

    assert slot(evening) == ("self_use", "Mon 02:00")
    assert await events(evening, "2026-06-21 00:00", "2026-06-29 00:00") == [
        ("Self-use", "Sun 23:00", "Mon 02:00")
    ]


async def test_windows_of_the_owner_come_back_after_a_hold(evening: House) -> None:
    evening.owner_changes(operation_mode="TOU", windows=OWNERS)
    await evening.do("hold_battery", duration=30)
    await evening.pass_time(12)

    assert slot(evening) == ("hold", "Mon 00:00")
    assert await events(evening, "2026-06-21 00:00", "2026-06-23 00:00") == [
        ("Hold", "Sun 22:30", "Mon 00:00"),
        ("Charge", "Mon 00:00", "Mon 06:00"),
        ("Hold", "Mon 06:00", "Mon 17:00"),
        ("Self-use", "Mon 17:00", "Mon 23:59"),
        ("Hold", "Mon 23:59", "Tue 00:00"),
    ]


async def test_plan_of_the_owner_is_shown_and_never_ends(evening: House) -> None:
    always = TimeWindow(
        start="00:00",
        end="24:00",
        direction="discharge",
        weekdays=(1, 2, 3, 4, 5, 6, 7),
    )
    evening.owner_changes(operation_mode="TOU", windows=(always,))
    await evening.call("get_battery_mode")

    assert slot(evening) == ("self_use", "-")
    sensor = evening.state("sensor", "battery_plan_slot")
    assert sensor.attributes["set_by_home_assistant"] is False
    assert sensor.attributes["expires"] is None


@pytest.mark.parametrize("key", ["battery_plan_slot", "battery_plan_slot_end"])
async def test_slot_is_unavailable_while_the_cloud_tells_nothing(
    evening: House, key: str
) -> None:
    await evening.call("get_battery_mode")
    await evening.lose_plant()

    assert evening.state("sensor", key).state == "unavailable"


async def test_plan_is_known_after_a_restart(evening: House) -> None:
    await evening.do("set_battery_plan", **PLAN)
    await evening.pass_time(10)
    await evening.reload()

    assert slot(evening) == ("hold", "Mon 01:00")
