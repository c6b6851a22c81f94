"""From one cycle of readings to all that is shown of a plant's energy."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Final, Self

from ..counters import (
    Believer,
    Counter,
    CounterKind,
    Counters,
    Sight,
    believed_reading,
    without_counters,
)
from ..northbound.json_types import JsonObject, JsonValue
from ..northbound.models import Reading
from ..northbound.parsing import members
from .limits import PlantLimits
from .model import STORAGE_TYPES, Cycle, Powers, Shares, Total, Unit
from .powers import powers_of
from .shares import shares_of
from .sources import Chosen, SourceChoice
from .totals import BATTERY_COUNTERS, PLANT_ACCUMULATIONS, candidates_of

_REPORTED: Final = {
    "day_use_energy": "use_power",
    "day_on_grid_energy": "ongrid_power",
    "charge_cap": "chargeCap",
    "discharge_cap": "dischargeCap",
}
"""The key of a day counter in the plant's day report (getKpiStationDay)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantPicture:
    """What is shown of a plant after a cycle.

    `reading` and `devices` (by device id) are the readings with believed counters.
    `totals` lacks what cannot be known, or not yet; `sources` tells where each is from.
    """

    reading: Reading | None
    devices: Mapping[int, Reading]
    powers: Powers
    shares: Shares
    totals: Mapping[Total, float]
    sources: Mapping[Total, str]


class PlantEnergy:
    """The energy of one plant, with the memory that it needs."""

    def __init__(
        self, believer: Believer, choices: dict[Total, SourceChoice] | None = None
    ) -> None:
        """Begin with what was remembered."""
        self._believer = believer
        self._choices = choices or {}

    def update(self, cycle: Cycle) -> PlantPicture:
        """Take in a cycle of readings as the cloud told them."""
        powers = powers_of(cycle)
        limits = PlantLimits.of(cycle, powers)
        believed = self._believed(cycle, limits)
        accumulated = {
            (counter.subject, counter.key): self._believer.accumulate(counter, sight)
            for counter, sight in self._accumulating(cycle, limits)
        }
        totals: dict[Total, float] = {}
        sources: dict[Total, str] = {}
        for total, candidates in candidates_of(believed, accumulated).items():
            choice = self._choices.setdefault(total, SourceChoice())
            chosen = choice.choose(candidates, cycle.now)
            value = None if chosen is None else self._total(cycle, total, chosen)
            if chosen is not None and value is not None:
                totals[total] = value
                sources[total] = chosen.candidate.source
        return PlantPicture(
            reading=None if cycle.reading is None else believed.reading,
            devices={
                told.device.id: unit.reading
                for told, unit in zip(cycle.units, believed.units, strict=True)
                if told.reading is not None and unit.reading is not None
            },
            powers=powers,
            shares=shares_of(believed),
            totals=totals,
            sources=sources,
        )

    def update_counters(self, cycle: Cycle) -> PlantPicture:
        """Take in a cycle of a plant of which only its own reading is shown."""
        powers = Powers()
        limits = PlantLimits.of(cycle, powers)
        return PlantPicture(
            reading=None
            if cycle.reading is None
            else self._believed_of_plant(cycle, limits),
            devices={},
            powers=powers,
            shares=Shares(),
            totals={},
            sources={},
        )

    def _total(self, cycle: Cycle, total: Total, chosen: Chosen) -> float | None:
        """Return what is shown of a total: it never steps back."""
        counter = Counter(
            subject=cycle.plant_code,
            key=f"flow_{total}",
            kind=CounterKind.LIFETIME,
        )
        sight = Sight(
            value=chosen.candidate.value,
            now=cycle.now,
            zone=cycle.zone,
            source=chosen.candidate.name,
            added=chosen.added,
        )
        return self._believer.believe(counter, sight)

    def unsettled(self, cycle: Cycle) -> set[date]:
        """Return the days whose report would complete an accumulated total."""
        limits = PlantLimits.of(cycle, powers_of(cycle))
        return {
            day
            for counter, _ in self._accumulating(cycle, limits)
            for day in self._believer.unsettled(counter)
        }

    def settle(self, cycle: Cycle, day: date, report: Mapping[str, float]) -> None:
        """Take in the plant's report of a past day (getKpiStationDay), in kWh.

        The report tells the batteries of a plant together, so that it settles those of
        plants with one battery only.
        """
        single = len(cycle.of_types(STORAGE_TYPES)) == 1
        limits = PlantLimits.of(cycle, powers_of(cycle))
        settled = False
        for counter, sight in self._accumulating(cycle, limits):
            final = report.get(_REPORTED[counter.key])
            if final is not None and (single or counter.subject == cycle.plant_code):
                settled |= self._believer.settle(counter, day, final, sight)
        for choice in self._choices.values() if settled else ():
            choice.compare_anew()

    def _believed(self, cycle: Cycle, limits: PlantLimits) -> Cycle:
        """Return the cycle with the counters that can be believed."""
        units = tuple(
            Unit(
                device=unit.device,
                reading=believed_reading(
                    self._believer,
                    unit.device.key,
                    unit.reading or Reading(),
                    partial(limits.of_device, unit),
                ),
            )
            for unit in cycle.units
        )
        reading = self._believed_of_plant(cycle, limits)
        return replace(cycle, reading=reading, units=units)

    def _believed_of_plant(self, cycle: Cycle, limits: PlantLimits) -> Reading:
        told = cycle.reading or Reading()
        return believed_reading(
            self._believer,
            cycle.plant_code,
            told if cycle.is_new else without_counters(told),
            limits.of_plant,
        )

    def _accumulating(
        self, cycle: Cycle, limits: PlantLimits
    ) -> Iterator[tuple[Counter, Sight]]:
        """Yield the day counters that lifetime totals are made of."""
        told = cycle.reading.values if cycle.reading and cycle.is_new else {}
        for key in PLANT_ACCUMULATIONS.values():
            counter = Counter(subject=cycle.plant_code, key=key, kind=CounterKind.DAY)
            yield counter, limits.of_plant(key, told.get(key))
        for unit in cycle.of_types(STORAGE_TYPES):
            remembered = self._believer.remembered(unit.device.key)
            for lifetime, key in BATTERY_COUNTERS.values():
                if lifetime in unit.counted or lifetime in remembered:
                    continue
                counter = Counter(
                    subject=unit.device.key, key=key, kind=CounterKind.DAY
                )
                yield counter, limits.of_device(unit, key, unit.counted.get(key))

    def lifetimes(self) -> dict[str, Reading]:
        """Return the lifetime counters as shown last, by plant code and device key."""
        return {
            subject: Reading(values=counters)
            for subject, counters in self._believer.lifetimes().items()
        }

    def as_dict(self) -> JsonObject:
        """Return all that has to be remembered, as JSON."""
        return {
            "counters": self._believer.as_dict(),
            "choices": {
                total.value: choice.as_dict() for total, choice in self._choices.items()
            },
        }

    @classmethod
    def from_dict(
        cls,
        stored: Mapping[str, JsonValue] | None,
        restore: Callable[[JsonObject], Believer] = Counters.from_dict,
    ) -> Self:
        """Read what `as_dict` wrote; what is missing or damaged begins anew.

        `restore` makes the believer of its marks.
        """
        stored = stored or {}
        choices = members(stored.get("choices"))
        return cls(
            restore(members(stored.get("counters"))),
            {
                total: SourceChoice.from_dict(choices[total.value])
                for total in Total
                if total.value in choices
            },
        )
