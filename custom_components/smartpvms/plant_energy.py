"""The energy of an entry's plants: fed with each beat of the cloud, remembered on disk."""

from collections.abc import Callable, Collection, Iterator, Mapping, Set
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from functools import partial
from typing import Any, Final

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.json import cached_json_fragment, json_fragment
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util

from .beat import Beat
from .const import DOMAIN
from .coordinator import SmartPVMSConfigEntry
from .coordinator.readings import BEATS_UNTIL_UNAVAILABLE
from .counters import Believer, Counters
from .detail import has_flows
from .energy_flows import (
    Assignment,
    Cycle,
    MeterComparison,
    PlantEnergy,
    PlantPicture,
    Proposal,
    SignLearner,
    Unit,
)
from .energy_flows.model import Powers
from .energy_flows.powers import powers_of
from .meters.assignments import settled_assignments
from .northbound.json_types import JsonObject
from .northbound.models import Device, Reading
from .northbound.parsing import members
from .polling import PLANT_READINGS, awaited, device_feed
from .stored import async_load_stored
from .sunlight import sun_elevation
from .time_zones import async_time_zones

STORAGE_VERSION: Final = 1
# one cycle ends for all plants of an entry at once
SAVE_DELAY: Final = 1.0


@dataclass(slots=True, kw_only=True)
class _Known:
    """The energy of one plant, and what is shown of it."""

    energy: PlantEnergy
    meters: MeterComparison
    signs: SignLearner
    told: set[str] = field(default_factory=set)
    cycle: Cycle | None = None
    picture: PlantPicture | None = None
    believed: dict[str, Reading] = field(default_factory=dict)
    flows: dict[str, tuple[float, datetime]] = field(default_factory=dict)
    flow_reading: Reading | None = None
    proposals: tuple[Proposal, ...] = ()
    stored: json_fragment | None = None

    @classmethod
    def from_dict(
        cls, stored: Mapping[str, Any], restore: Callable[[JsonObject], Believer]
    ) -> _Known:
        """Read what `as_dict` wrote; what is missing or damaged begins anew.

        Lifetime counters are believed as they were, until something is told of them.
        """
        energy = PlantEnergy.from_dict(members(stored.get("energy")), restore)
        return cls(
            energy=energy,
            believed=energy.lifetimes(),
            meters=MeterComparison.from_dict(members(stored.get("meters"))),
            signs=SignLearner.from_dict(members(stored.get("signs"))),
        )

    def note(self) -> None:
        """Make ready what has to be remembered.

        As text, since the dictionaries of a fleet at once are a long block, and more
        work for the garbage collector than all the rest.
        """
        self.stored = cached_json_fragment(
            {
                "energy": self.energy.as_dict(),
                "meters": self.meters.as_dict(),
                "signs": self.signs.as_dict(),
            }
        )

    def show_flows(self) -> None:
        """Take over the flows into what is shown; nothing is before the first cycle."""
        if self.picture is not None:
            self.flow_reading = Reading(
                values={key: value for key, (value, _) in self.flows.items()}
            )


class PlantEnergies:
    """What is believed and worked out of each plant.

    One cycle is one beat of the cloud: it is over when each live feed of the plant has
    told of that beat, or will not any more. What should have come and did not is left
    out of the cycle; of what rests, or is polled more seldom, the last values count. The
    powers that need no other feed are shown as soon as they are told.
    """

    restore: Callable[[JsonObject], Believer] = staticmethod(Counters.from_dict)
    """Makes what decides of what is believed; proofs put something else here."""

    def __init__(self, hass: HomeAssistant, entry: SmartPVMSConfigEntry) -> None:
        """Begin with nothing known."""
        self._hass = hass
        self._entry = entry
        self._store = _store(hass, entry.entry_id)
        self._zones: Mapping[str, tzinfo] = {}
        self._plants: dict[str, _Known] = {}
        self._listeners: dict[str, list[CALLBACK_TYPE]] = {}
        self._advanced: list[CALLBACK_TYPE] = []
        self._prompt_listeners: dict[str, list[CALLBACK_TYPE]] = {}
        self._indexed: Mapping[int, Device] = {}
        self._devices: dict[str, list[Device]] = {}
        self._is_to_be_saved = False

    async def async_load(self) -> None:
        """Take up what was remembered."""
        self._zones = await async_time_zones(self._entry.options)
        stored = await async_load_stored(self._store)
        self._plants = {
            plant_code: _Known.from_dict(members(known), self.restore)
            for plant_code, known in stored.items()
        }

    async def async_save(self) -> None:
        """Write all down now."""
        await self._store.async_save(self._as_dict())

    def begin(self) -> Iterator[None]:
        """Work out one plant after the other from what is known at the start."""
        beat = Beat.of(self._entry.runtime_data)
        polled = {
            name
            for name, standing in beat.standings.items()
            if standing.polled is not None
        }
        for plant_code in tuple(self._entry.runtime_data.plants.data):
            known = self._known(plant_code)
            known.told = self._feeds(plant_code) & polled
            self._end_cycle(plant_code, known, beat)
            yield

    def advance(self, told: Collection[str]) -> Iterator[None]:
        """Take in that feeds were tried, and end the cycles that wait for no other.

        One plant after the other: all of it is told of its beat before the next.
        """
        beat = Beat.of(self._entry.runtime_data)
        for plant_code in tuple(self._entry.runtime_data.plants.data):
            known = self._known(plant_code)
            feeds = self._feeds(plant_code)
            known.told |= feeds.intersection(told)
            mine = feeds & beat.standings.keys()
            missing = awaited({name: beat.standings[name] for name in mine}, known.told)
            if known.told and not missing:
                self._end_cycle(plant_code, known, beat)
            elif known.told & feeds.intersection(told):
                self._show_powers(plant_code, known, beat, missing)
            yield
        for advanced in tuple(self._advanced):
            advanced()

    @callback
    def async_add_listener(
        self, plant_code: str, changed: CALLBACK_TYPE, *, promptly: bool = False
    ) -> CALLBACK_TYPE:
        """Call `changed` after each cycle of the plant; returns what ends it.

        `promptly` calls it within a cycle too, whenever a power is told.
        """
        kind = self._prompt_listeners if promptly else self._listeners
        listeners = kind.setdefault(plant_code, [])
        listeners.append(changed)
        return partial(listeners.remove, changed)

    @callback
    def async_on_advanced(self, advanced: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call `advanced` when all plants have taken in a beat; returns what ends it."""
        self._advanced.append(advanced)
        return partial(self._advanced.remove, advanced)

    def picture(self, plant_code: str) -> PlantPicture | None:
        """Return what is shown of a plant after the last cycle, None before the first."""
        known = self._plants.get(plant_code)
        return known.picture if known else None

    def flows(self, plant_code: str) -> Reading | None:
        """Return a plant's flows by the keys of their sensors, None before the first cycle.

        A flow that the last cycle lacks is kept as long as the values of a plant are.
        """
        known = self._plants.get(plant_code)
        return known.flow_reading if known else None

    def believed(self, plant_code: str, owner: str) -> Reading | None:
        """Return the reading of a plant (its code) or device (its key) as believed.

        It has the counters of the last cycle that told of it, None before the first.
        """
        known = self._plants.get(plant_code)
        return known.believed.get(owner) if known else None

    def proposals(self, plant_code: str) -> tuple[Proposal, ...]:
        """Return what the measuring points of a plant seem to measure."""
        known = self._plants.get(plant_code)
        return known.proposals if known else ()

    def assignments(self, plant_code: str) -> Mapping[str, Assignment]:
        """Return role and direction of the measuring points: confirmed, else proved."""
        return settled_assignments(
            self._entry.options, plant_code, self.proposals(plant_code)
        )

    def unsettled(self, plant_code: str) -> set[date]:
        """Return the days of which a plant's totals may lack a part that a report tells."""
        known = self._plants.get(plant_code)
        if known is None or known.cycle is None:
            return set()
        return known.energy.unsettled(known.cycle)

    @callback
    def settle(self, plant_code: str, day: date, report: Mapping[str, float]) -> None:
        """Take in a plant's report of a past day; the next cycle shows what was missing."""
        known = self._plants.get(plant_code)
        if known is not None and known.cycle is not None:
            known.energy.settle(known.cycle, day, report)
            known.note()

    def zone(self, plant_code: str) -> tzinfo:
        """Return the plant's time zone."""
        return self._zones.get(plant_code, dt_util.get_default_time_zone())

    def _known(self, plant_code: str) -> _Known:
        if plant_code not in self._plants:
            self._plants[plant_code] = _Known.from_dict({}, self.restore)
        return self._plants[plant_code]

    def _feeds(self, plant_code: str) -> set[str]:
        """Return what is polled of a plant."""
        polled = self._entry.runtime_data.device_readings
        devices = self._devices_by_plant()[plant_code]
        types = {device.type_id for device in devices if device.type_id in polled}
        return {PLANT_READINGS, *map(device_feed, types)}

    @property
    def _answers(self) -> Collection[str]:
        """The plants that the last poll of their values brought an answer of."""
        return self._entry.runtime_data.plant_readings.latest.keys()

    def _show_powers(
        self, plant_code: str, known: _Known, beat: Beat, missing: Set[str]
    ) -> None:
        """Show the powers that are known before all feeds have told of the beat."""
        if not has_flows(self._entry.options, plant_code):
            return
        cycle = self._cycle(plant_code, known, beat, is_new=False, missing=missing)
        told = {
            key: (value, cycle.now)
            for key, value in powers_of_flows(powers_of(cycle)).items()
            if value is not None
        }
        if told.items() <= known.flows.items():
            return
        known.flows |= told
        known.show_flows()
        for changed in tuple(self._prompt_listeners.get(plant_code, ())):
            changed()

    def _end_cycle(self, plant_code: str, known: _Known, beat: Beat) -> None:
        """Make a cycle of what was read, and tell what came of it."""
        told, known.told = known.told, set()
        cycle = self._cycle(
            plant_code,
            known,
            beat,
            is_new=PLANT_READINGS in told and plant_code in self._answers,
        )
        known.cycle = cycle
        if has_flows(self._entry.options, plant_code):
            if cycle.is_new:
                known.meters.compare(cycle)
            known.signs.learn(cycle)
            picture = known.energy.update(cycle)
            self._keep_flows(known, flows_of(picture), cycle)
        else:
            picture = known.energy.update_counters(cycle)
        known.proposals = known.meters.propose(cycle)
        known.picture = picture
        known.show_flows()
        if picture.reading is not None:
            known.believed[plant_code] = picture.reading
        known.believed |= {
            unit.device.key: picture.devices[unit.device.id]
            for unit in cycle.units
            if unit.device.id in picture.devices
        }
        known.note()
        self._save_soon()
        for listeners in (self._prompt_listeners, self._listeners):
            for changed in tuple(listeners.get(plant_code, ())):
                changed()

    def _cycle(
        self,
        plant_code: str,
        known: _Known,
        beat: Beat,
        *,
        is_new: bool,
        missing: Set[str] = frozenset(),
    ) -> Cycle:
        now = dt_util.utcnow()
        plant = self._entry.runtime_data.plants.data.get(plant_code)
        devices = self._devices_by_plant()[plant_code]
        # the first cycle is of what is there
        held = known.picture is None
        readings = beat.readings(plant_code, devices, held=held, missing=missing)
        units = tuple(
            Unit(device=device, reading=readings.get(device.key)) for device in devices
        )
        return Cycle(
            plant_code=plant_code,
            now=now,
            zone=self.zone(plant_code),
            reading=readings.get(plant_code),
            is_new=is_new,
            units=units,
            dark=sun_elevation(self._hass, plant, now) < 0,
            capacity=plant.capacity if plant else None,
            assignments=self.assignments(plant_code),
            signs=known.signs.signs,
        )

    def _keep_flows(
        self, known: _Known, flows: Mapping[str, float | None], cycle: Cycle
    ) -> None:
        """Take over the new flows; what an incomplete cycle lacks stays for a while."""
        life = self._life(cycle.plant_code)
        complete = cycle.reading is not None and all(
            unit.reading is not None for unit in cycle.units
        )
        for key, value in flows.items():
            if value is not None:
                known.flows[key] = (value, cycle.now)
            elif key in known.flows and (
                complete or cycle.now - known.flows[key][1] >= life
            ):
                del known.flows[key]

    def _life(self, plant_code: str) -> timedelta:
        """Return how long a plant keeps its flows: as the values of its live feeds."""
        clock = self._entry.runtime_data.clock
        interval = clock.live_interval(self._feeds(plant_code))
        return interval * BEATS_UNTIL_UNAVAILABLE

    def _devices_by_plant(self) -> Mapping[str, list[Device]]:
        """Return the devices that are read, by plant code."""
        data = self._entry.runtime_data
        if data.devices.data is not self._indexed or not (
            data.plants.data.keys() <= self._devices.keys()
        ):
            self._indexed = data.devices.data
            self._devices = {plant_code: [] for plant_code in data.plants.data}
            for device in data.devices.all_read():
                # nothing is shown of the devices of a plant without flows
                if has_flows(self._entry.options, device.plant_code):
                    self._devices.setdefault(device.plant_code, []).append(device)
        return self._devices

    def _save_soon(self) -> None:
        """Have it on disk soon, without asking for that once for each plant."""
        if not self._is_to_be_saved:
            self._is_to_be_saved = True
            self._store.async_delay_save(self._as_dict, SAVE_DELAY)

    def _as_dict(self) -> dict[str, Any]:
        self._is_to_be_saved = False
        for known in self._plants.values():
            if known.stored is None:
                known.note()
        return {plant_code: known.stored for plant_code, known in self._plants.items()}


def flows_of(picture: PlantPicture) -> dict[str, float | None]:
    """Return the flows of a plant by the keys of their sensors."""
    return {
        **powers_of_flows(picture.powers),
        "self_sufficiency": picture.shares.self_sufficiency,
        "self_consumption": picture.shares.self_consumption,
        **{f"{total}_energy": value for total, value in picture.totals.items()},
    }


def powers_of_flows(powers: Powers) -> dict[str, float | None]:
    """Return powers and storage of a plant by the keys of their sensors."""
    return {
        "pv_power": powers.pv,
        "grid_power": powers.grid,
        "battery_power": powers.battery,
        "home_consumption_power": powers.home,
        "battery_state_of_charge": powers.soc,
        "stored_energy": powers.stored_energy,
        "usable_capacity": powers.usable_capacity,
    }


def _store(hass: HomeAssistant, entry_id: str) -> Store[dict[str, Any]]:
    return Store(
        hass, STORAGE_VERSION, f"{DOMAIN}.energy.{entry_id}", atomic_writes=True
    )


async def async_forget_energies(hass: HomeAssistant, entry_id: str) -> None:
    """Remove what is remembered of an entry that is removed."""
    await _store(hass, entry_id).async_remove()
