"""Each entity that commands, and each way in which its command can end."""

from dataclasses import dataclass, field
from typing import Any, Final

from homeassistant.const import STATE_UNKNOWN
from homeassistant.exceptions import HomeAssistantError
import pytest

from .house import House

STATES: Final = ("select", "number", "switch")


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """An entity as a user uses it, and what the simulator calls such a task."""

    platform: str
    key: str
    kind: str
    service: str
    data: dict[str, Any] = field(default_factory=dict)


USES: Final = (
    Use(platform="button", key="charge_now", kind="charge", service="press"),
    Use(platform="button", key="discharge_now", kind="charge", service="press"),
    Use(platform="button", key="stop_forced_charge", kind="charge", service="press"),
    Use(
        platform="select",
        key="battery_mode_choice",
        kind="mode",
        service="select_option",
        data={"option": "self_consumption"},
    ),
    *(
        Use(
            platform="number",
            key=key,
            kind="parameters",
            service="set_value",
            data={"value": value},
        )
        for key, value in (
            ("end_of_charge_soc", 95),
            ("end_of_discharge_soc", 10),
            ("maximum_charge_power", 3000),
            ("maximum_discharge_power", 3000),
        )
    ),
    Use(
        platform="number",
        key="feed_in_limit",
        kind="limit",
        service="set_value",
        data={"value": 2000},
    ),
    Use(platform="switch", key="feed_in_limited", kind="limit", service="turn_off"),
)
IDS: Final = [use.key for use in USES]
# numbers that become a command a while after they were set
LATER: Final = "parameters"


async def prepare(house: House, use: Use) -> None:
    """Bring the plant to where the entity has something to do."""
    if use.kind == "mode":
        await house.do("set_battery_mode", mode="time_of_use", windows="00:00-06:00/+")
        await house.pass_time(12)
    if use.kind == "limit":
        await house.use("number", "feed_in_limit", "set_value", value=3000)
        await house.use("switch", "feed_in_limited", "turn_on")
        await house.pass_time(12)
    if use.key == "stop_forced_charge":
        await house.use("button", "discharge_now", "press")
        await house.pass_time(12)
    house.cloud.requests.clear()


async def do(house: House, use: Use) -> None:
    await house.use(use.platform, use.key, use.service, **use.data)
    if use.kind == LATER:
        # changes are gathered first
        await house.pass_time(0.25, step=0.25)


def shown(house: House, use: Use) -> tuple[str | float, Any]:
    """Return state and `confirmed_value`; a button has neither."""
    if use.platform not in STATES:
        return "", None
    state = house.state(use.platform, use.key)
    is_number = use.platform == "number" and state.state != STATE_UNKNOWN
    value = float(state.state) if is_number else state.state
    return value, state.attributes["confirmed_value"]


def is_pending(house: House, use: Use) -> bool:
    state = house.state(use.platform, use.key)
    return bool(state.attributes.get("pending", False))


@pytest.mark.parametrize("use", USES, ids=IDS)
async def test_command_of_an_entity_succeeds(night: House, use: Use) -> None:
    await prepare(night, use)
    before = shown(night, use)
    await do(night, use)
    asked = shown(night, use)
    assert night.state("sensor", "last_task").state == "running"
    assert is_pending(night, use) is (use.platform in STATES)
    assert asked[1] == before[1]
    await night.pass_time(75)

    assert not is_pending(night, use)
    assert shown(night, use)[0] == asked[0]
    assert night.state("sensor", "last_task").state == "success"
    event = night.state("event", "task_outcome")
    assert event.attributes["event_type"] == "success"
    assert night.control_calls() <= 2


@pytest.mark.parametrize("use", USES, ids=IDS)
@pytest.mark.parametrize("code", [20614, 20629, 407])
async def test_refusal_is_told_at_once_and_nothing_has_changed(
    night: House, use: Use, code: int
) -> None:
    await prepare(night, use)
    before = shown(night, use)
    night.cloud.faults.enable("control_refused", code=code)
    if use.kind == LATER:
        await do(night, use)
    else:
        with pytest.raises(HomeAssistantError) as raised:
            await do(night, use)
        assert raised.value.translation_key == "command_failed"

    assert shown(night, use) == before
    assert not is_pending(night, use)
    assert night.state("sensor", "last_task").state == "failure"
    assert night.state("event", "task_outcome").attributes["event_type"] == "failure"
    assert night.control_calls() == 1


@pytest.mark.parametrize("use", USES, ids=IDS)
@pytest.mark.parametrize("outcome", ["FAILURE", "TIMEOUT", "BUSY", "EXCEPTION"])
async def test_entity_returns_when_its_command_fails(
    night: House, use: Use, outcome: str
) -> None:
    await prepare(night, use)
    before = shown(night, use)
    night.cloud.faults.enable(f"{use.kind}_task_outcome", outcome=outcome)
    await do(night, use)
    assert is_pending(night, use) is (use.platform in STATES)
    await night.pass_time(25)

    assert shown(night, use) == before
    assert not is_pending(night, use)
    sensor = night.state("sensor", "last_task")
    assert (sensor.state, sensor.attributes["cloud_message"]) == ("failure", outcome)


@pytest.mark.parametrize("use", USES, ids=IDS)
async def test_command_of_an_entity_is_followed_over_a_restart(
    night: House, use: Use
) -> None:
    await prepare(night, use)
    await do(night, use)
    asked = shown(night, use)
    await night.reload()
    assert is_pending(night, use) is (use.platform in STATES)
    assert shown(night, use) == asked
    await night.pass_time(75)

    assert shown(night, use)[0] == asked[0]
    assert night.state("sensor", "last_task").state == "success"
    deliveries = [each for each in night.cloud.requests if "async-task" in each.path]
    assert len(deliveries) == 1
