"""One plant-local day of the physical model, step by step."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from math import ceil
from random import Random
from zoneinfo import ZoneInfo

from .balance import Flows, balance
from .controlled import balance_by, reached
from .definitions import PlantDefinition, PvString
from .energies import Energies
from .settings import FACTORY, Forced, Regime
from .sun import Sun, clear_sky, share_of_peak
from .weather import Clouds, Consumption

_WATTS_A_KILOWATT = 1000.0
_SYSTEM_SHARE = 0.81
"""What soiling, temperature and mismatch leave of the modules' rated power."""
_CONTROL_ERROR = 12.0
"""Standard deviation in W of what the battery's control misses the load by."""
AWAKE_POWER = 25.0
"""Power in W above which an inverter is awake."""
_SENSOR = PvString(peak_power=1, azimuth=180, tilt=0, mppt=1, rated_voltage=1)
"""How a weather station's irradiance sensor lies: it looks straight up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Powers:
    """Power at an instant, in W; stored energy in kWh."""

    strings: tuple[float, ...]
    inverters: tuple[float, ...]
    battery: float
    """Positive while charging, at the battery's terminals."""
    load: float
    grid: float
    """Positive for import."""
    stored: float
    irradiance: float
    """W/m² on a weather station's sensor, 0 without one."""
    limited: bool
    """Whether a limit takes power from the modules."""


def day_start(day: date, zone: ZoneInfo) -> datetime:
    """Return plant-local midnight in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


class DayTrace:
    """Powers of one local day, constant within each step, and their integrals."""

    def __init__(
        self,
        plant: PlantDefinition,
        day: date,
        *,
        seed: int,
        stored: float,
        step: int,
        regimes: list[tuple[datetime, Regime]] | None = None,
    ) -> None:
        """Simulate a day in steps of seconds; it begins with `stored` kWh.

        `regimes` tells since when the controller obeys what, from the day's
        start on; it applies to whole steps. None is a plant nobody has set.
        """
        self.day = day
        self._zone = ZoneInfo(plant.time_zone)
        self.start = day_start(day, self._zone)
        self.end = day_start(day + timedelta(days=1), self._zone)
        self._step = step
        self._seconds = round((self.end - self.start).total_seconds())
        self._count = self._seconds // step
        random = Random(f"{seed}/{plant.number}/{day}")
        self.clouds = Clouds(random, day, self._seconds)
        load = self._consumption(plant, random)
        strings, irradiance = self._light_on(plant)
        self._flows = Flows(
            strings=strings,
            irradiance=irradiance,
            load=load,
            measured_load=[
                max(power + random.gauss(0, _CONTROL_ERROR), 0.0) for power in load
            ],
        )
        self._regimes: list[Regime] | None = None
        if regimes is None:
            balance(plant, self._flows, stored, step)
        else:
            self._regimes = self._by_step(regimes)
            balance_by(
                plant,
                self._flows,
                stored,
                step,
                regimes=self._regimes,
                local=self._local,
            )
        self._sums = self._integrals(plant)
        self.first_light, self.last_light = self._light()

    @property
    def stored_at_end(self) -> float:
        """Energy in the battery at the next midnight, kWh."""
        return self._flows.stored[-1]

    def powers(self, instant: datetime) -> Powers:
        """Return the powers at an instant of this day."""
        index, part = self._position((instant - self.start).total_seconds())
        flows = self._flows
        stored = flows.stored[index]
        return Powers(
            strings=tuple(values[index] for values in flows.strings),
            inverters=tuple(values[index] for values in flows.inverters),
            battery=flows.battery[index],
            load=flows.load[index],
            grid=flows.grid[index],
            stored=stored + (flows.stored[index + 1] - stored) * part,
            irradiance=flows.irradiance[index],
            limited=bool(flows.limited) and flows.limited[index],
        )

    def regime(self, instant: datetime) -> Regime:
        """Return what the controller obeys at an instant of this day."""
        if self._regimes is None:
            return FACTORY
        index, _ = self._position((instant - self.start).total_seconds())
        return self._regimes[index]

    def reaching(
        self, plant: PlantDefinition, forced: Forced, after: datetime
    ) -> datetime | None:
        """Return when a battery is at a target, at or after an instant of this day."""
        battery, target = plant.battery, forced.target
        if battery is None or target is None:
            return None
        first, _ = self._position((after - self.start).total_seconds())
        for index in range(first, self._count):
            stored = self._flows.stored[index + 1]
            if reached(stored, battery, forced.power, target):
                return self.start + timedelta(seconds=(index + 1) * self._step)
        return None

    def energies(self, until: datetime | None = None) -> Energies:
        """Return what the counters gained from midnight to an instant, or all day."""
        seconds: float = self._seconds
        if until is not None:
            seconds = min((until - self.start).total_seconds(), seconds)
        index, part = self._position(seconds)
        values = [
            sums[index] + (sums[index + 1] - sums[index]) * part for sums in self._sums
        ]
        strings = len(self._flows.strings)
        inverters = strings + len(self._flows.inverters)
        pv, charged, discharged, load, imported, exported, *rest = values[inverters:]
        charging, discharging, irradiation, absorbed = rest
        return Energies(
            strings=tuple(values[:strings]),
            inverters=tuple(values[strings:inverters]),
            pv_yield=pv,
            charged=charged,
            discharged=discharged,
            load=load,
            imported=imported,
            exported=exported,
            charging_hours=charging,
            discharging_hours=discharging,
            irradiation=irradiation,
            absorbed=absorbed,
        )

    def _position(self, seconds: float) -> tuple[int, float]:
        index = min(int(seconds // self._step), self._count - 1)
        return index, (seconds - index * self._step) / self._step

    def _by_step(self, regimes: list[tuple[datetime, Regime]]) -> list[Regime]:
        steps: list[Regime] = []
        ends = [since for since, _ in regimes[1:]] + [self.end]
        for (_, regime), end in zip(regimes, ends, strict=True):
            # What comes within a step waits for the next: the past stays as it was.
            until = ceil((end - self.start).total_seconds() / self._step)
            steps += [regime] * (min(until, self._count) - len(steps))
        return steps

    def _local(self, index: int) -> datetime:
        begin = self.start + timedelta(seconds=index * self._step)
        return begin.astimezone(self._zone)

    def _middles(self) -> list[float]:
        return [(index + 0.5) * self._step for index in range(self._count)]

    def _light_on(
        self, plant: PlantDefinition
    ) -> tuple[list[list[float]], list[float]]:
        """Return the DC power that each string could give, and the irradiance.

        Strings that look the same way get the same light, so that each
        direction is worked out once.
        """
        sun = Sun(self.start + timedelta(hours=12), plant.latitude, plant.longitude)
        sensor = () if plant.weather_station is None else (_SENSOR,)
        looks = {(it.azimuth, it.tilt): it for it in (*plant.strings, *sensor)}
        planes = [sun.plane(string) for string in looks.values()]
        shares: list[list[float]] = [[] for _ in planes]
        midnight = self.start.replace(hour=0, minute=0, second=0)
        offset = (self.start - midnight).total_seconds()
        for middle in self._middles():
            angle = sun.hour_angle(offset + middle)
            direct = clear_sky(sun.height(angle))
            if not direct:
                for values in shares:
                    values.append(0.0)
                continue
            clearness = self.clouds.clearness(middle)
            for values, plane in zip(shares, planes, strict=True):
                values.append(share_of_peak(plane, angle, direct, clearness))
        light = dict(zip(looks, shares, strict=True))
        strings = []
        for string in plant.strings:
            peak = string.peak_power * _WATTS_A_KILOWATT * _SYSTEM_SHARE
            seen = light[string.azimuth, string.tilt]
            strings.append([share * peak for share in seen])
        if not sensor:
            return strings, [0.0] * self._count
        seen = light[_SENSOR.azimuth, _SENSOR.tilt]
        return strings, [share * _WATTS_A_KILOWATT for share in seen]

    def _consumption(self, plant: PlantDefinition, random: Random) -> list[float]:
        """Return the load; people live by the clock, also on days of 23 or 25 hours."""
        middles = self._middles()
        hours = [middle / 3600 for middle in middles]
        shift = (self._seconds - 86400) / 3600
        if shift:
            hours = [hour - shift if hour > 3 else hour for hour in hours]
        profile = Consumption(random, plant.load, self.day)
        return profile.series(middles, hours, random)

    def _integrals(self, plant: PlantDefinition) -> list[list[float]]:
        """Return the counters at the start of each step, in kWh and hours."""
        flows, hours = self._flows, self._step / 3600
        factor = hours / _WATTS_A_KILOWATT

        def energy(values: list[float]) -> list[float]:
            return list(accumulate((value * factor for value in values), initial=0.0))

        def duration(flags: list[bool]) -> list[float]:
            return list(accumulate((hours * flag for flag in flags), initial=0.0))

        battery, grid = flows.battery, flows.grid
        given, absorbed = flows.inverters, [0.0] * (self._count + 1)
        if self._regimes is not None:
            given = [[max(value, 0.0) for value in one] for one in flows.inverters]
            steps = zip(*flows.inverters, strict=True)
            absorbed = energy([-sum(min(one, 0.0) for one in step) for step in steps])
        return [
            *(energy(values) for values in flows.strings),
            *(energy(values) for values in given),
            energy(self._yields(plant)),
            energy([max(value, 0.0) for value in battery]),
            energy([max(-value, 0.0) for value in battery]),
            energy(flows.load),
            energy([max(value, 0.0) for value in grid]),
            energy([max(-value, 0.0) for value in grid]),
            duration([value > 0 for value in battery]),
            duration([value < 0 for value in battery]),
            energy(flows.irradiance),
            absorbed,
        ]

    def _yields(self, plant: PlantDefinition) -> list[float]:
        """Return what the modules' power is worth behind the inverters."""
        worth = [
            inverter.efficiency
            for inverter in plant.inverters
            for _ in inverter.strings
        ]
        yields = [0.0] * self._count
        for powers, share in zip(self._flows.strings, worth, strict=True):
            yields = [
                whole + power * share
                for whole, power in zip(yields, powers, strict=True)
            ]
        return yields

    def _light(self) -> tuple[datetime | None, datetime | None]:
        """Return when the modules wake the inverters and when they let them go."""
        awake = [
            index
            for index, powers in enumerate(zip(*self._flows.strings, strict=True))
            if sum(powers) > AWAKE_POWER
        ]
        if not awake:
            return None, None
        first, last = awake[0] * self._step, (awake[-1] + 1) * self._step
        return (
            self.start + timedelta(seconds=first),
            self.start + timedelta(seconds=last),
        )
