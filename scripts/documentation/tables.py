"""The tables of the integration, by what their entities belong to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from homeassistant.helpers.entity import EntityDescription

from custom_components.smartpvms import (
    binary_sensor,
    button,
    calendar,
    event,
    number,
    select,
    switch,
)
from custom_components.smartpvms.alarms.problem import PROBLEM
from custom_components.smartpvms.northbound.device_types import device_type_name
from custom_components.smartpvms.polling import (
    ALARMS,
    BATTERY_MODES,
    DEVICE_LIST,
    FEED_IN_LIMITS,
    PLANT_LIST,
    PLANT_READINGS,
    device_feed,
)
from custom_components.smartpvms.sensor import (
    DEVICE_SENSORS,
    account,
    alarms,
    battery,
    calls,
    control,
    flows,
    freshness,
    history,
    outliers,
    plan,
    plant,
)

type Entities = Sequence[tuple[str, EntityDescription]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The entities of an account, a plant or a kind of device."""

    title: str
    entities: Entities


def of(platform: str, *descriptions: EntityDescription) -> Entities:
    """Return the descriptions with their platform."""
    return [(platform, description) for description in descriptions]


FEEDS: Final = (
    PLANT_READINGS,
    *(device_feed(type_id) for type_id in DEVICE_SENSORS),
    ALARMS,
    PLANT_LIST,
    DEVICE_LIST,
    BATTERY_MODES,
    FEED_IN_LIMITS,
)


def of_account() -> Entities:
    """Return the entities of an account, or of its plant where there is only one."""
    return [
        *of("sensor", *calls.CALLS_LEFT),
        *of("sensor", *(calls.interval_description(feed) for feed in FEEDS)),
        *of("sensor", history.HISTORY_PROGRESS),
        *of("button", button.CHECK_ACCESS),
    ]


def of_plant() -> Entities:
    """Return the entities that each plant has, or may have."""
    return [
        *of("sensor", *flows.FLOW_SENSORS, *plant.PLANT_SENSORS),
        *of("sensor", *alarms.ALARM_COUNTS),
        *of("binary_sensor", PROBLEM),
        *of("event", event.ALARM),
        *of("sensor", freshness.LAST_CHANGE),
        *of("binary_sensor", binary_sensor.DATA_STALE),
    ]


def of_control() -> Entities:
    """Return the entities of a plant whose owner allows control."""
    return [
        *of("select", select.BATTERY_MODE),
        *of("button", *button.BUTTONS),
        *of("number", *number.FORCED, *number.PARAMETERS),
        *of("switch", switch.FEED_IN_LIMIT),
        *of("number", number.FEED_IN_LIMIT),
        *of("calendar", calendar.BATTERY_PLAN),
        *of("sensor", plan.PLAN_SLOT, plan.PLAN_SLOT_END),
        *of("sensor", control.BATTERY_MODE, control.LAST_TASK),
        *of("event", event.TASK_OUTCOME),
    ]


def of_devices(type_id: int) -> Entities:
    """Return the entities of the devices of a devTypeId."""
    connected = (
        binary_sensor.TYPES_WITH_CONNECTION
        | binary_sensor.TYPES_THAT_MAY_HAVE_CONNECTION
    )
    connection = (binary_sensor.CONNECTION,) if type_id in connected else ()
    return [
        *of("sensor", *DEVICE_SENSORS[type_id]),
        *of("binary_sensor", *connection),
    ]


def tables() -> Iterator[Table]:
    """Return all tables, in the order of the page."""
    yield Table(
        title="Account of several plants",
        entities=of("sensor", *account.ACCOUNT_SENSORS, outliers.PLANTS_BELOW_MEDIAN),
    )
    yield Table(title="Account, or its only plant", entities=of_account())
    yield Table(title="Plant", entities=of_plant())
    yield Table(title="Plant, if control is allowed", entities=of_control())
    for type_id in DEVICE_SENSORS:
        title = f"{device_type_name(type_id)} ({type_id})"
        yield Table(title=title, entities=of_devices(type_id))
    yield Table(
        title="Battery pack", entities=of("sensor", battery.BATTERY_PACK_HEALTH)
    )
