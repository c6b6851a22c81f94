"""One plant-local day of the physical model, step by step."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from random import Random
from zoneinfo import ZoneInfo

from .definitions import Battery, PlantDefinition
from .energies import Energies
from .sun import Sun, clear_sky, share_of_peak
from .weather import Clouds, Consumption

_SECONDS_AN_HOUR = 3600.0
_WATTS_A_KILOWATT = 1000.0
_SYSTEM_SHARE = 0.81
"""What soiling, temperature and mismatch leave of the modules' rated power."""
_AWAKE = 25.0
"""DC power in W above which an inverter is awake."""


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


@dataclass(slots=True)
class _Series:
    """Power of each step in W, one list for each quantity."""

    strings: list[list[float]]
    inverters: list[list[float]]
    battery: list[float]
    load: list[float]
    grid: list[float]
    stored: list[float]


def day_start(day: date, zone: ZoneInfo) -> datetime:
    """Return plant-local midnight in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


class DayTrace:
    """Powers of one local day, constant within each step, and their integrals."""

    def __init__(
        self, plant: PlantDefinition, day: date, seed: int, stored: float, step_seconds: int
    ) -> None:
        """Simulate a day that begins with `stored` kWh in the battery."""
        zone = ZoneInfo(plant.time_zone)
        self.day = day
        self.start = day_start(day, zone)
        self.end = day_start(day + timedelta(days=1), zone)
        self.step = step_seconds
        self._seconds = round((self.end - self.start).total_seconds())
        self._count = self._seconds // step_seconds
        random = Random(f"{seed}/{plant.number}/{day}")
        self.clouds = Clouds(random, day, self._seconds)
        self._series = self._generate(plant, zone, random)
        self._series.stored = _balance(plant, self._series, stored, step_seconds)
        self._sums = self._integrate()
        self.first_light, self.last_light = self._light()

    @property
    def stored_at_end(self) -> float:
        """Energy in the battery at the next midnight, kWh."""
        return self._series.stored[-1]

    def powers(self, instant: datetime) -> Powers:
        """Return the powers at an instant of this day."""
        seconds = (instant - self.start).total_seconds()
        index = min(int(seconds // self.step), self._count - 1)
        series = self._series
        part = (seconds - index * self.step) / self.step
        stored = series.stored[index]
        return Powers(
            strings=tuple(values[index] for values in series.strings),
            inverters=tuple(values[index] for values in series.inverters),
            battery=series.battery[index],
            load=series.load[index],
            grid=series.grid[index],
            stored=stored + (series.stored[index + 1] - stored) * part,
        )

    def energies(self, until: datetime | None = None) -> Energies:
        """Return what the counters gained from midnight to an instant, or all day."""
        seconds = self._seconds
        if until is not None:
            seconds = min((until - self.start).total_seconds(), seconds)
        index = min(int(seconds // self.step), self._count - 1)
        part = (seconds - index * self.step) / self.step
        values = [sums[index] + (sums[index + 1] - sums[index]) * part for sums in self._sums]
        strings = len(self._series.strings)
        inverters = strings + len(self._series.inverters)
        names = (
            "charged",
            "discharged",
            "load",
            "imported",
            "exported",
            "charging_hours",
            "discharging_hours",
        )
        return Energies(
            strings=tuple(values[:strings]),
            inverters=tuple(values[strings:inverters]),
            **dict(zip(names, values[inverters:], strict=True)),
        )

    def _generate(self, plant: PlantDefinition, zone: ZoneInfo, random: Random) -> _Series:
        middles = [(index + 0.5) * self.step for index in range(self._count)]
        sun = Sun(self.start + timedelta(hours=12), plant.latitude, plant.longitude)
        planes = [(string, sun.plane(string)) for string in plant.strings]
        strings: list[list[float]] = [[] for _ in planes]
        utc_offset = (
            self.start - self.start.replace(hour=0, minute=0, second=0)
        ).total_seconds()
        for middle in middles:
            angle = sun.hour_angle(utc_offset + middle)
            direct = clear_sky(sun.height(angle))
            if not direct:
                for values in strings:
                    values.append(0.0)
                continue
            clearness = self.clouds.clearness(middle)
            for values, (string, plane) in zip(strings, planes, strict=True):
                share = share_of_peak(plane, angle, direct, clearness)
                values.append(share * string.peak_power * _WATTS_A_KILOWATT * _SYSTEM_SHARE)
        local = self.start.astimezone(zone)
        shift = (self.end.astimezone(zone).utcoffset() or timedelta()) - (
            local.utcoffset() or timedelta()
        )
        after_shift = 10800 if shift > timedelta() else 7200
        hours = [
            (middle + (shift.total_seconds() if middle > after_shift else 0)) / 3600
            for middle in middles
        ]
        load = Consumption(random, plant.load, self.day).series(middles, hours, random)
        return _Series(strings, [], [], load, [], [])

    def _integrate(self) -> list[list[float]]:
        series, hours = self._series, self.step / _SECONDS_AN_HOUR
        factor = hours / _WATTS_A_KILOWATT

        def energy(values: list[float]) -> list[float]:
            return list(accumulate((value * factor for value in values), initial=0.0))

        def duration(flags: list[bool]) -> list[float]:
            return list(accumulate((hours * flag for flag in flags), initial=0.0))

        battery, grid = series.battery, series.grid
        return [
            *(energy(values) for values in series.strings),
            *(energy(values) for values in series.inverters),
            energy([max(value, 0.0) for value in battery]),
            energy([max(-value, 0.0) for value in battery]),
            energy(series.load),
            energy([max(value, 0.0) for value in grid]),
            energy([max(-value, 0.0) for value in grid]),
            duration([value > 0 for value in battery]),
            duration([value < 0 for value in battery]),
        ]

    def _light(self) -> tuple[datetime | None, datetime | None]:
        awake = [
            index
            for index, powers in enumerate(zip(*self._series.strings, strict=True))
            if sum(powers) > _AWAKE
        ]
        if not awake:
            return None, None
        first, last = awake[0] * self.step, (awake[-1] + 1) * self.step
        return self.start + timedelta(seconds=first), self.start + timedelta(seconds=last)


def _balance(plant: PlantDefinition, series: _Series, stored: float, step: int) -> list[float]:
    """Let battery and grid close the balance; return the stored energy at each step."""
    track = [stored]
    hours = step / _SECONDS_AN_HOUR
    first = 0
    for inverter in plant.inverters:
        last = first + len(inverter.strings)
        group = series.strings[first:last]
        first = last
        rated = inverter.rated_power * _WATTS_A_KILOWATT
        with_battery = plant.battery if inverter is plant.inverters[0] else None
        ac_power: list[float] = []
        for index in range(len(series.load)):
            available = sum(values[index] for values in group)
            battery = 0.0
            if with_battery is not None:
                demand = series.load[index] / inverter.efficiency
                battery = _battery_power(
                    with_battery, available, demand, rated / inverter.efficiency, stored, hours
                )
                stored += _stored_change(with_battery, battery) * hours
                track.append(stored)
                series.battery.append(battery)
            used = min(available, rated / inverter.efficiency + battery)
            if used < available:
                for values in group:
                    values[index] *= used / available
            ac_power.append((used - battery) * inverter.efficiency)
        series.inverters.append(ac_power)
    if plant.battery is None:
        series.battery.extend(0.0 for _ in series.load)
        track.extend(stored for _ in series.load)
    series.grid.extend(
        load - sum(powers)
        for load, powers in zip(series.load, zip(*series.inverters, strict=True), strict=True)
    )
    return track


def _battery_power(
    battery: Battery, available: float, demand: float, limit: float, stored: float, hours: float
) -> float:
    """Return W at the battery's terminals, + charging, for greatest self-consumption.

    `available` is DC from the modules, `demand` and `limit` are DC the house
    asks for and the inverter can take, `stored` is in kWh.
    """
    surplus = available - demand
    if surplus >= 0:
        room = (battery.capacity - stored) / battery.efficiency / hours * _WATTS_A_KILOWATT
        return min(surplus, battery.max_charge * _WATTS_A_KILOWATT, max(room, 0.0))
    lowest = battery.capacity * battery.lowest_soc / 100
    content = (stored - lowest) * battery.efficiency / hours * _WATTS_A_KILOWATT
    wanted = min(-surplus, max(limit - available, 0.0))
    return -min(wanted, battery.max_discharge * _WATTS_A_KILOWATT, max(content, 0.0))


def _stored_change(battery: Battery, power: float) -> float:
    """Return the change of stored energy in kWh per hour."""
    factor = battery.efficiency if power > 0 else 1 / battery.efficiency
    return power * factor / _WATTS_A_KILOWATT
