"""Which keys of the real-time answers are counters, and of which kind."""

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Final

from ..northbound.models import Reading
from .believer import Believer
from .model import Counter, CounterKind, Sight

_DAY: Final = (
    "day_power",
    "day_on_grid_energy",
    "day_use_energy",
    "day_cap",
    "charge_cap",
    "discharge_cap",
)
_MONTH: Final = ("month_power",)
_LIFETIME: Final = (
    "total_power",
    "total_cap",
    "mppt_total_cap",
    *(f"mppt_{number}_cap" for number in range(1, 11)),
    "total_charged_energy",
    "total_discharged_energy",
    "active_cap",
    "reverse_active_cap",
    "ex_active_cap",
    "ex_reverse_active_cap",
    "forward_reactive_cap",
    "reverse_reactive_cap",
    # `..._power` is the energy of the shoulder hours
    *(
        f"{direction}_{energy}_{tariff}"
        for direction in ("positive", "reverse")
        for energy in ("active", "reactive")
        for tariff in ("peak", "power", "valley", "top")
    ),
    # Power-M
    "total_energy_consumption",
    "total_discharge",
)

COUNTER_KINDS: Final = (
    dict.fromkeys(_DAY, CounterKind.DAY)
    | dict.fromkeys(_MONTH, CounterKind.MONTH)
    | dict.fromkeys(_LIFETIME, CounterKind.LIFETIME)
)
"""Each counter of getStationRealKpi and getDevRealKpi (`fields.csv`: total_increasing)."""

FAMILIES: Final = (
    ("total_power", "month_power", "day_power"),
    ("total_cap", "day_cap"),
    ("total_charged_energy", "charge_cap"),
    ("total_discharged_energy", "discharge_cap"),
)
"""Counters of one subject that count the same, the one that contains the others first."""


def believed_reading(
    believer: Believer,
    subject: str,
    reading: Reading,
    sight_of: Callable[[str, float | None], Sight],
) -> Reading:
    """Return a reading with its counters (kWh) as they can be believed.

    `subject` is the plant's code or the device's key; `sight_of` says of a key and its
    value when and how the reading was taken. A counter that is not told is shown as it
    was where it had been told before, so that a sleeping inverter keeps its yield.
    """
    values = dict(reading.values)
    told = COUNTER_KINDS.keys() & (values.keys() | believer.remembered(subject))
    for family in _families(frozenset(told)):
        sights = {
            Counter(subject=subject, key=key, kind=COUNTER_KINDS[key]): sight_of(
                key, reading.values.get(key)
            )
            for key in family
        }
        for counter, value in believer.believe_together(sights).items():
            values.pop(counter.key, None)
            if value is not None:
                values[counter.key] = value
    return Reading(
        values=values, reported=reading.reported, battery_packs=reading.battery_packs
    )


def without_counters(reading: Reading) -> Reading:
    """Return a reading that tells no counter, as one that is shown longer than a cycle.

    Its counters would seem to stand still, and then to leap.
    """
    values = {
        key: value for key, value in reading.values.items() if key not in COUNTER_KINDS
    }
    return replace(reading, values=values)


@lru_cache(maxsize=256)
def _families(counters: frozenset[str]) -> tuple[tuple[str, ...], ...]:
    """Return the counters, those together that count the same.

    Devices of a type tell the same ones again and again.
    """
    present = [tuple(key for key in family if key in counters) for family in FAMILIES]
    together = [family for family in present if family]
    single = counters.difference(*together)
    return (*together, *((key,) for key in sorted(single)))
