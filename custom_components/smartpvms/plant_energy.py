"""The energy of an entry's plants: fed with each round of readings, remembered on disk."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from functools import partial
from typing import Any, Final

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util

from .const import DOMAIN
from .coordinator import DeviceReadingsCoordinator, SmartPVMSConfigEntry
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
from .meter_assignments import settled_assignments
from .northbound.json_types import JsonObject
from .northbound.models import Device, Reading
from .northbound.parsing import members
from .sunlight import sun_elevation
from .time_zones import async_time_zones

STORAGE_VERSION: Final = 1
# one round ends for all plants of an entry at once
SAVE_DELAY: Final = 1.0
# feeds of one round are polled together; what comes later belongs to the next
ROUND_PAUSE: Final = timedelta(minutes=2)

type Feed = int
"""A devTypeId, or `PLANT_FEED`."""
PLANT_FEED: Final[Feed] = 0


@dataclass(slots=True, kw_only=True)
class _Round:
    """What was read of a plant since the last cycle: which feeds, and what they told."""

    feeds: set[Feed] = field(default_factory=set)
    readings: dict[str, Reading] = field(default_factory=dict)
    at: datetime | None = None

    def take(self, feed: Feed, readings: Mapping[str, Reading], at: datetime) -> None:
        """Take in what a feed told, by plant code and by device key."""
        self.feeds.add(feed)
        self.readings |= readings
        self.at = at

    def is_stale(self, now: datetime) -> bool:
        """Return whether what comes now is of another snapshot of the cloud."""
        return self.at is not None and now - self.at > ROUND_PAUSE


@dataclass(slots=True, kw_only=True)
class _Known:
    """The energy of one plant, and what is shown of it."""

    energy: PlantEnergy
    meters: MeterComparison
    signs: SignLearner
    round: _Round = field(default_factory=_Round)
    cycle: Cycle | None = None
    picture: PlantPicture | None = None
    believed: dict[str, Reading] = field(default_factory=dict)
    flows: dict[str, tuple[float, datetime]] = field(default_factory=dict)

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

    def as_dict(self) -> JsonObject:
        """Return all that has to be remembered, as JSON."""
        return {
            "energy": self.energy.as_dict(),
            "meters": self.meters.as_dict(),
            "signs": self.signs.as_dict(),
        }


class PlantEnergies:
    """What is believed and worked out of each plant.

    One cycle is one round of reads: it is over when each feed of the plant was tried, or
    when one of them is tried again or long after the others. What was not read in the
    round is left out of the cycle.
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
        self._indexed: Mapping[int, Device] = {}
        self._devices: dict[str, list[Device]] = {}

    async def async_load(self) -> None:
        """Take up what was remembered."""
        self._zones = await async_time_zones(self._entry.options)
        stored = await self._store.async_load() or {}
        self._plants = {
            plant_code: _Known.from_dict(members(known), self.restore)
            for plant_code, known in stored.items()
        }

    async def async_save(self) -> None:
        """Write all down now."""
        await self._store.async_save(self._as_dict())

    @callback
    def async_start(self) -> None:
        """Follow the readings of the plants from now on."""
        plants = self._entry.runtime_data.plant_readings
        self._entry.async_on_unload(plants.async_on_refreshed(self._plants_refreshed))

    @callback
    def async_follow(self, coordinator: DeviceReadingsCoordinator) -> None:
        """Follow the readings of the devices of a type from now on."""
        self._entry.async_on_unload(
            coordinator.async_on_refreshed(
                partial(self._devices_refreshed, coordinator)
            )
        )

    @callback
    def async_add_listener(
        self, plant_code: str, changed: CALLBACK_TYPE
    ) -> CALLBACK_TYPE:
        """Call `changed` after each cycle of the plant; returns what ends it."""
        listeners = self._listeners.setdefault(plant_code, [])
        listeners.append(changed)
        return partial(listeners.remove, changed)

    def picture(self, plant_code: str) -> PlantPicture | None:
        """Return what is shown of a plant after the last cycle, None before the first."""
        known = self._plants.get(plant_code)
        return known.picture if known else None

    def flows(self, plant_code: str) -> Reading | None:
        """Return a plant's flows by the keys of their sensors, None before the first cycle.

        A flow that the last cycle lacks is kept as long as the values of a plant are.
        """
        known = self._plants.get(plant_code)
        if known is None or known.picture is None:
            return None
        return Reading(values={key: value for key, (value, _) in known.flows.items()})

    def believed(self, plant_code: str, owner: str) -> Reading | None:
        """Return the reading of a plant (its code) or device (its key) as believed.

        It has the counters of the last cycle that told of it, None before the first.
        """
        known = self._plants.get(plant_code)
        return known.believed.get(owner) if known else None

    def proposals(self, plant_code: str) -> tuple[Proposal, ...]:
        """Return what the measuring points of a plant seem to measure."""
        known = self._plants.get(plant_code)
        if known is None or known.cycle is None:
            return ()
        return known.meters.propose(known.cycle)

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

    def zone(self, plant_code: str) -> tzinfo:
        """Return the plant's time zone."""
        return self._zones.get(plant_code, dt_util.get_default_time_zone())

    @callback
    def _plants_refreshed(self) -> None:
        coordinator = self._entry.runtime_data.plant_readings
        for plant_code in self._entry.runtime_data.plants.data:
            told = (
                coordinator.latest if self._has_begun(plant_code) else coordinator.data
            )
            reading = told.get(plant_code)
            self._take(
                plant_code, PLANT_FEED, {} if reading is None else {plant_code: reading}
            )

    @callback
    def _devices_refreshed(self, coordinator: DeviceReadingsCoordinator) -> None:
        for plant_code, devices in self._devices_by_plant().items():
            of_type = [
                device for device in devices if device.type_id == coordinator.type_id
            ]
            if not of_type:
                continue
            told = (
                coordinator.latest if self._has_begun(plant_code) else coordinator.data
            )
            self._take(
                plant_code,
                coordinator.type_id,
                {
                    device.key: told[device.id]
                    for device in of_type
                    if device.id in told
                },
            )

    def _has_begun(self, plant_code: str) -> bool:
        """Return whether a plant has a picture; its first may be of held readings."""
        return self.picture(plant_code) is not None

    def _take(
        self, plant_code: str, feed: Feed, readings: Mapping[str, Reading]
    ) -> None:
        """Take in what a feed told of a plant, and end the round if it is over."""
        known = self._plants.setdefault(plant_code, _Known.from_dict({}, self.restore))
        now = dt_util.utcnow()
        if feed in known.round.feeds or known.round.is_stale(now):
            self._end_round(plant_code, known)
        known.round.take(feed, readings, now)
        if known.round.feeds >= self._feeds(plant_code):
            self._end_round(plant_code, known)

    def _feeds(self, plant_code: str) -> set[Feed]:
        """Return what a round of the plant consists of."""
        types = {device.type_id for device in self._devices_by_plant()[plant_code]}
        return {PLANT_FEED} | (types & self._entry.runtime_data.device_readings.keys())

    def _end_round(self, plant_code: str, known: _Known) -> None:
        """Make a cycle of what was read, and tell what came of it."""
        over, known.round = known.round, _Round()
        assert over.at is not None
        cycle = self._cycle(plant_code, known, over.readings, over.at)
        known.cycle = cycle
        known.meters.compare(cycle)
        known.signs.learn(cycle)
        picture = known.picture = known.energy.update(cycle)
        if picture.reading is not None:
            known.believed[plant_code] = picture.reading
        known.believed |= {
            unit.device.key: picture.devices[unit.device.id]
            for unit in cycle.units
            if unit.device.id in picture.devices
        }
        if has_flows(self._entry.options, plant_code):
            self._keep_flows(known, flows_of(picture), cycle)
        self._store.async_delay_save(self._as_dict, SAVE_DELAY)
        for changed in tuple(self._listeners.get(plant_code, ())):
            changed()

    def _cycle(
        self,
        plant_code: str,
        known: _Known,
        readings: Mapping[str, Reading],
        now: datetime,
    ) -> Cycle:
        plant = self._entry.runtime_data.plants.data.get(plant_code)
        units = tuple(
            Unit(device=device, reading=readings.get(device.key))
            for device in self._devices_by_plant()[plant_code]
        )
        return Cycle(
            plant_code=plant_code,
            now=now,
            zone=self.zone(plant_code),
            reading=readings.get(plant_code),
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
        life = self._entry.runtime_data.plant_readings.life
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

    def _devices_by_plant(self) -> Mapping[str, list[Device]]:
        """Return the devices that are read, by plant code."""
        data = self._entry.runtime_data
        if data.devices.data is not self._indexed or not (
            data.plants.data.keys() <= self._devices.keys()
        ):
            self._indexed = data.devices.data
            self._devices = {plant_code: [] for plant_code in data.plants.data}
            for device in data.devices.all_read():
                self._devices.setdefault(device.plant_code, []).append(device)
        return self._devices

    def _as_dict(self) -> dict[str, Any]:
        return {
            plant_code: known.as_dict() for plant_code, known in self._plants.items()
        }


def flows_of(picture: PlantPicture) -> dict[str, float | None]:
    """Return the flows of a plant by the keys of their sensors."""
    powers, shares = picture.powers, picture.shares
    return {
        "pv_power": powers.pv,
        "grid_power": powers.grid,
        "battery_power": powers.battery,
        "home_consumption_power": powers.home,
        "battery_state_of_charge": powers.soc,
        "stored_energy": powers.stored_energy,
        "usable_capacity": powers.usable_capacity,
        "self_sufficiency": shares.self_sufficiency,
        "self_consumption": shares.self_consumption,
    } | {f"{total}_energy": value for total, value in picture.totals.items()}


def _store(hass: HomeAssistant, entry_id: str) -> Store[dict[str, Any]]:
    return Store(
        hass, STORAGE_VERSION, f"{DOMAIN}.energy.{entry_id}", atomic_writes=True
    )


async def async_forget_energies(hass: HomeAssistant, entry_id: str) -> None:
    """Remove what is remembered of an entry that is removed."""
    await _store(hass, entry_id).async_remove()
