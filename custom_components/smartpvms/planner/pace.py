"""Which feeds rest, and how often each should be polled: what other feeds answer too."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

INVERTER_TYPES: Final = frozenset({1, 38})
ESS_TYPE: Final = 41
BATTERY_TYPES: Final = frozenset({39, ESS_TYPE})
METER_TYPES: Final = frozenset({17, 47})
EMMA_TYPE: Final = 23070
ALL_IN_ONE_TYPE: Final = 23093
WEATHER_TYPE: Final = 10
POWER_M_TYPES: Final = frozenset({60001, 60003, 60010, 60014, 60043, 60044, 60092})

# beats between two polls
EACH_BEAT: Final = 1.0
OTHER_BEAT: Final = 2.0
QUARTER_OF_AN_HOUR: Final = 3.0
HALF_AN_HOUR: Final = 6.0
HOURLY: Final = 12.0
PLANTS_AT_REST: Final = 3 * HOURLY

_SOME_FEEDS: Final = 2
_DISCONNECTED: Final = 0
# W; what is less is nothing
_LEAST_BATTERY_POWER: Final = 1.0
# W; a battery that works keeps the grid's power below
_BALANCED: Final = 100.0
# W; so much more may be the battery's doing
_JUMP: Final = 1000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BatteryWatch:
    """What tells whether a battery stays idle, in W; None for unknown.

    `grid` is the power at the grid connection of its plant now, `grid_then` when the
    battery was last read, both with the same sign for import.
    """

    battery: float | None
    grid: float | None
    grid_then: float | None


def device_wish(type_id: int, plants: Iterable[frozenset[int]]) -> float:
    """Return how many beats should lie between two polls of a device type by day.

    `plants` are the device types of each plant that is read. One call serves them all,
    so that the most demanding plant decides. Where an EMMA measures the grid connection
    and what the inverters give, meters and inverters beside it are asked at every other
    beat, and so are weather stations anywhere.
    """
    if type_id == WEATHER_TYPE:
        return OTHER_BEAT
    if type_id not in INVERTER_TYPES | METER_TYPES:
        return EACH_BEAT
    with_it = [types for types in plants if type_id in types]
    seconded = bool(with_it) and all(EMMA_TYPE in types for types in with_it)
    return OTHER_BEAT if seconded else EACH_BEAT


def device_rest(type_id: int, plants: Iterable[frozenset[int]]) -> float:
    """Return how many beats lie between two polls of a device type that rests.

    The AC power of an inverter at night is that of its battery, if there is one. The
    meter watches over a battery that rests.
    """
    if type_id in BATTERY_TYPES:
        return HALF_AN_HOUR
    hybrid = any(type_id in types and types & BATTERY_TYPES for types in plants)
    return QUARTER_OF_AN_HOUR if hybrid else HOURLY


def plant_wish(plants: Iterable[frozenset[int]]) -> float:
    """Return how many beats should lie between two polls of the plants' own values.

    Inverters, EMMA and Power-M answer the same and more, but for the income; without a
    battery and a meter there are calls enough for every quarter of an hour.
    """
    wish = HOURLY
    sources = INVERTER_TYPES | POWER_M_TYPES | {EMMA_TYPE, ALL_IN_ONE_TYPE}
    grid_points = METER_TYPES | {EMMA_TYPE}
    for types in plants:
        if not types & sources:
            return EACH_BEAT
        if not (types & grid_points and types & (BATTERY_TYPES | {ALL_IN_ONE_TYPE})):
            wish = QUARTER_OF_AN_HOUR
    return wish


def plant_rest(plants: Iterable[frozenset[int]]) -> float:
    """Return how many beats lie between two polls of the plants' values in the dark.

    Beside an ESS only the plant's day counters tell the consumption, which goes on.
    """
    return HOURLY if any(ESS_TYPE in types for types in plants) else PLANTS_AT_REST


def alarm_wish(live: int) -> float:
    """Return how many beats should lie between two looks for alarms.

    `live` is how many feeds are polled at each beat: where they are few, there are calls
    for every half-hour.
    """
    if live <= 1:
        return HALF_AN_HOUR
    return HOURLY if live == _SOME_FEEDS else 2 * HOURLY


def inverters_rest(values: Iterable[Mapping[str, object]], *, dark: bool) -> bool:
    """Return whether nothing comes from the panels of any of these inverters.

    `values` are the last readings; an inverter that is disconnected, or says nothing of
    its panels, gives nothing. One that discharges its battery rests all the same.
    """
    return dark and all(
        inverter.get("run_state") == _DISCONNECTED or not inverter.get("mppt_power")
        for inverter in values
    )


def batteries_rest(batteries: Iterable[BatteryWatch]) -> bool:
    """Return whether all batteries are idle, and a meter says that they stay so.

    An idle battery with the grid at work is full or empty. What makes it move again
    shows in the grid's power, which is polled at each beat: it comes near zero where the
    battery has to balance it, and jumps where a tariff makes it charge or discharge.
    """
    watched = list(batteries)
    return bool(watched) and all(
        watch.battery is not None
        and watch.grid is not None
        and watch.grid_then is not None
        and abs(watch.battery) < _LEAST_BATTERY_POWER
        and abs(watch.grid) >= _BALANCED
        and watch.grid * watch.grid_then > 0
        and abs(watch.grid) - abs(watch.grid_then) < _JUMP
        for watch in watched
    )
