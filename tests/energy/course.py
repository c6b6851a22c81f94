"""Days of a simulated plant in Home Assistant, and what its statistics make of them.

Everything that is known to go wrong around midnight goes wrong every night, Home
Assistant starts anew twice a day, and the cloud fails for three hours a day.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.recorder.statistics import statistics_during_period
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import (
    Event,
    EventStateChangedData,
    HomeAssistant,
    callback,
)
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.recorder import get_instance
from pytest_homeassistant_custom_component.common import (
    async_fire_time_changed,
)
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
    do_adhoc_statistics,
)

from custom_components.smartpvms.const import DOMAIN
from custom_components.smartpvms.coordinator import forget_entry
from simulator.plants.energies import Energies
from simulator.plants.plant import Plant
from tests.conftest import RunningSimulator
from tests.playback import api_account_entry, async_oauth_entry, async_set_up
from tests.polling.living import async_live, polls

BEAT: Final = timedelta(seconds=303)
METER_TYPES: Final = frozenset({17, 47, 23070})
PERIOD: Final = timedelta(minutes=5)
HOUR: Final = timedelta(hours=1)
# the longest dip there is goes from one hour into the next
MISBEHAVIOURS: Final[Mapping[str, Mapping[str, int]]] = {
    "yesterday_until_wake": {},
    "day_counters_late": {},
    "lifetime_dip": {"minutes": 60},
}
DIP_BEGINS: Final = time(1, 10)
DIP_ENDS: Final = time(2, 10)
READINGS: Final = ["getStationRealKpi", "getDevRealKpi"]
# plant time: when Home Assistant goes, and for how long; once over midnight
RESTARTS: Final = (
    (time(23, 50), timedelta(minutes=25)),
    (time(12), timedelta(minutes=10)),
)
# plant time: when the cloud fails, each day another hour of these
OUTAGES: Final = (time(9), time(0, 30), time(16), time(20))
OUTAGE: Final = timedelta(hours=3)
# batteries without lifetime counters: an ESS and an all-in-one
DAY_COUNTED: Final = frozenset({41, 23093})
ESS: Final = 41
# by then a sleeping inverter has told the first value of the day, in summer
WAKE: Final = time(6)
# what is written in the same frozen moment would have no order in the recorder
WRITING_TAKES: Final = timedelta(microseconds=1)
# the counters of the cloud have two decimals, and a sum has several of them
ROUNDING: Final = 0.03
RELATIVE: Final = 0.001
SNAPSHOT_AGE: Final = timedelta(minutes=15)

type Quantity = Callable[[Energies], float]


def _load(energies: Energies) -> float:
    return energies.load


def _imported(energies: Energies) -> float:
    return energies.imported


def _exported(energies: Energies) -> float:
    return energies.exported


QUANTITIES: Final[Mapping[str, Quantity]] = {
    "grid_import_energy": _imported,
    "grid_export_energy": _exported,
    "battery_charged_energy": lambda energies: energies.charged,
    "battery_discharged_energy": lambda energies: energies.discharged,
    "home_consumption_energy": _load,
}


def solar(plant: Plant) -> Quantity:
    """Return what the solar energy is: see the source order of the totals."""
    if plant.definition.battery is None:
        return lambda energies: energies.inverter_yield
    return lambda energies: energies.pv_yield


def quantities_of(plant: Plant) -> dict[str, Quantity]:
    """Return the totals that a plant has to have."""
    expected = {"solar_energy": solar(plant)}
    if plant.definition.meter is not None:
        expected |= {
            key: quantity
            for key, quantity in QUANTITIES.items()
            if plant.definition.battery is not None or not key.startswith("battery")
        }
    return expected


def made_of_day_counters(plant: Plant) -> set[str]:
    """Return the totals that no lifetime counter tells."""
    battery = plant.definition.battery
    if battery is None or battery.type_id not in DAY_COUNTED:
        return set()
    totals = {"battery_charged_energy", "battery_discharged_energy"}
    return totals | ({"home_consumption_energy"} if battery.type_id == ESS else set())


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What is wrong with the statistics of a total; empty if nothing is."""

    key: str
    growth: float
    truth: float
    error: float
    """In kWh, beyond what was published before the beginning and after the end."""
    negative: dict[datetime, float]
    excessive: dict[datetime, float]

    @property
    def is_the_truth(self) -> bool:
        """Whether the total is right at the end."""
        return self.error <= RELATIVE * self.truth + ROUNDING

    @property
    def right(self) -> bool:
        """Whether the total is right at the end and in each hour."""
        return self.is_the_truth and not self.negative and not self.excessive

    @property
    def figures(self) -> dict[str, float]:
        """What to tell about it: kWh, numbers of hours, and kWh of the worst hour."""
        return {
            "growth": round(self.growth, 3),
            "truth": round(self.truth, 3),
            "error": round(self.error, 3),
            "error_percent": round(100 * self.error / self.truth, 4),
            "negative_hours": len(self.negative),
            "most_negative": round(min(self.negative.values(), default=0.0), 3),
            "excessive_hours": len(self.excessive),
            "most_excessive": round(max(self.excessive.values(), default=0.0), 3),
        }


class Course:
    """A plant that is followed for some days."""

    def __init__(
        self,
        hass: HomeAssistant,
        running: RunningSimulator,
        freezer: FrozenDateTimeFactory,
    ) -> None:
        """Prepare an entry for the only plant, with its meters confirmed."""
        self.hass = hass
        self.simulator = running.simulator
        self.freezer = freezer
        self.plant = self.simulator.plants[0]
        self.begun = self.simulator.clock.now()
        self.answered: list[datetime] = []
        self.by_timers = False
        """Whether each poll is made when it is due, not at the next step."""
        meters = {
            device.serial: {"role": "grid", "reversed": False}
            for device in self.plant.devices
            if device.type_id in METER_TYPES
        }
        settings = {
            "time_zone": self.plant.definition.time_zone,
            "meters": meters,
        }
        self._url = running.url
        self._options = {
            "detail": "totals",
            "plant_settings": {self.plant.code: settings},
        }
        self.entry = api_account_entry(
            running.url,
            [self.plant.code],
            username="apiuser",
            password="simulator-password",
            **self._options,
        )

    async def async_come_in_by_oauth(self) -> None:
        """Be the owner, who has 1,000 calls a day."""
        self.by_timers = True
        token = self.simulator.oauth.grant()
        token["expires_at"] = self.simulator.clock.access_now().timestamp() + 3600
        self.entry = await async_oauth_entry(
            self.hass, self._url, [self.plant.code], token, **self._options
        )

    async def async_begin(self, *, quotas: bool = False) -> None:
        """Let everything go wrong, and set the entry up."""
        self.simulator.quotas.enabled = quotas
        for name, parameters in MISBEHAVIOURS.items():
            self.simulator.faults.enable(name, **parameters)
        self.hass.bus.async_listen(EVENT_STATE_CHANGED, self._state_written)
        await async_set_up(self.hass, self.entry)
        self.answered.append(self.simulator.clock.now())

    @callback
    def _state_written(self, event: Event[EventStateChangedData]) -> None:
        self.freezer.tick(WRITING_TAKES)

    @property
    def zone(self) -> ZoneInfo:
        """The plant's time zone."""
        return self.plant.history.zone

    async def async_wait(self, delta: timedelta) -> None:
        """Let time pass for Home Assistant and the cloud."""
        if self.by_timers:
            await async_live(self.hass, self.freezer, self.simulator, delta)
            return
        self.freezer.tick(delta)
        self.simulator.clock.step(delta)
        async_fire_time_changed(self.hass)
        await self.hass.async_block_till_done(wait_background_tasks=True)

    async def async_run(self, days: float) -> None:
        """Live through days from now on; the last beat is answered."""
        end = self.simulator.clock.now() + timedelta(days=days)
        while (now := self.simulator.clock.now()) < end:
            self._let_fail(now, end)
            await self.async_wait(BEAT)
            later = self.simulator.clock.now()
            if "busy" not in self.simulator.faults.enabled and not self._dips(later):
                self.answered.append(later)
            for at, pause in RESTARTS:
                if self._passes(at, now, later):
                    await self._async_restart(pause)

    async def async_run_without_cloud(self, days: int) -> None:
        """Live through days in which the cloud answers nothing."""
        self.simulator.faults.enable("busy", interface=READINGS)
        end = self.simulator.clock.now() + timedelta(days=days)
        while self.simulator.clock.now() < end:
            await self.async_wait(HOUR / 2)
        self.simulator.faults.disable("busy")

    async def _async_restart(self, pause: timedelta) -> None:
        assert await self.hass.config_entries.async_unload(self.entry.entry_id)
        forget_entry(self.hass, self.entry.entry_id)
        await self.async_wait(pause)
        assert await self.hass.config_entries.async_setup(self.entry.entry_id)
        await self.hass.async_block_till_done(wait_background_tasks=True)

    def _dips(self, now: datetime) -> bool:
        """Return whether lifetime counters may be dipping in what is published now."""
        samples = [each.astimezone(self.zone).time() for each in self._published(now)]
        return min(samples) < DIP_ENDS and max(samples) >= DIP_BEGINS

    def _passes(self, at: time, before: datetime, after: datetime) -> bool:
        moment = datetime.combine(after.astimezone(self.zone).date(), at, self.zone)
        return before < moment <= after

    def _let_fail(self, now: datetime, end: datetime) -> None:
        """Let the cloud fail for three hours a day, but not in the last hour."""
        local = now.astimezone(self.zone)
        begin = datetime.combine(
            local.date(), OUTAGES[local.toordinal() % len(OUTAGES)], self.zone
        )
        fails = begin <= now < begin + OUTAGE and end - now > HOUR
        if fails and "busy" not in self.simulator.faults.enabled:
            self.simulator.faults.enable("busy", interface=READINGS)
        elif not fails:
            self.simulator.faults.disable("busy")

    def entity_ids(self) -> dict[str, str]:
        """Return the entities of the totals by key."""
        registry = er.async_get(self.hass)
        found = {
            key: registry.async_get_entity_id(
                "sensor", DOMAIN, f"{self.plant.code}_{key}"
            )
            for key in quantities_of(self.plant)
        }
        return {key: entity_id for key, entity_id in found.items() if entity_id}

    async def async_differences(self) -> list[Difference]:
        """Compile the statistics and hold them against the physics."""
        await async_wait_recording_done(self.hass)
        now = self.simulator.clock.now()
        period = self.begun.replace(minute=0, second=0, microsecond=0)
        # the hour of the end is compiled with its last five minutes
        while period < now + HOUR:
            do_adhoc_statistics(self.hass, start=period)
            period += PERIOD
        await async_wait_recording_done(self.hass)
        entities = self.entity_ids()
        rows = await get_instance(self.hass).async_add_executor_job(
            statistics_during_period,
            self.hass,
            self.begun - HOUR,
            None,
            set(entities.values()),
            "hour",
            None,
            {"sum"},
        )
        return [
            self._difference(
                key,
                {
                    datetime.fromtimestamp(row["start"], UTC): row["sum"] or 0.0
                    for row in rows[entity_id]
                },
                quantities_of(self.plant)[key],
            )
            for key, entity_id in entities.items()
        ]

    def _difference(
        self, key: str, sums: Mapping[datetime, float], quantity: Quantity
    ) -> Difference:
        def truth(at: datetime) -> float:
            return quantity(self.plant.state(at).total)

        growth = sums[max(sums)]
        first, last = self._published(self.begun), self._published(self.answered[-1])
        if self.by_timers:
            last += self._published(self._all_polled(self.answered[-1]))
        least = truth(min(last)) - truth(max(first))
        most = truth(max(last)) - truth(min(first))
        negative: dict[datetime, float] = {}
        excessive: dict[datetime, float] = {}
        before = 0.0
        for start, total in sums.items():
            change, before = total - before, total
            if change < 0:
                negative[start] = change
            possible = truth(self._end(start)) - truth(self._seen_before(start, key))
            if key == "home_consumption_energy":
                possible += self._skew(self._end(start))
            if change > possible + ROUNDING:
                excessive[start] = change - possible
        return Difference(
            key=key,
            growth=growth,
            truth=(least + most) / 2,
            error=max(least - growth, growth - most, 0.0),
            negative=negative,
            excessive=excessive,
        )

    def _published(self, at: datetime) -> list[datetime]:
        feeds = (None, *(device.type_id for device in self.plant.devices))
        return [self.plant.published(feed, at) for feed in feeds]

    def _skew(self, at: datetime) -> float:
        """Return what the balance may be ahead, as the meter's snapshot is the older."""
        now, before = (self.plant.state(each).total for each in (at, at - SNAPSHOT_AGE))
        return now.inverter_yield - before.inverter_yield

    def _end(self, start: datetime) -> datetime:
        return min(start + HOUR, self.simulator.clock.now())

    def _seen_before(self, start: datetime, key: str) -> datetime:
        """Return when the snapshot may be from that was the last one before an hour.

        Day counters may tell nothing new from midnight until the inverter wakes.
        """
        local = start.astimezone(self.zone)
        if key in made_of_day_counters(self.plant) and local.time() < WAKE:
            start = datetime.combine(local.date(), time(), self.zone)
        last = max((at for at in self.answered if at <= start), default=self.begun)
        if self.by_timers:
            last = min(last, self._all_polled(start))
        return max(last, self.begun) - SNAPSHOT_AGE

    def _all_polled(self, until: datetime) -> datetime:
        """Return by when each kind of values was polled last before a moment."""
        kinds = {None, *(each.type_id for each in self.plant.devices)}
        answers = [
            [
                record.at
                for record in polls(self.simulator, kind)
                if record.fail_code == 0 and record.at <= until
            ]
            for kind in kinds
        ]
        return min((max(times) for times in answers if times), default=self.begun)
