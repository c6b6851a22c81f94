"""What a plant consists of: the fixed part of the physical model."""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Literal


class DeviceType(IntEnum):
    """The devTypeId numbers that the simulated plants contain."""

    STRING_INVERTER = 1
    SMART_LOGGER = 2
    TRANSFORMER_STATION = 8
    WEATHER_STATION = 10
    GRID_METER = 17
    RESIDENTIAL_INVERTER = 38
    BATTERY = 39
    ESS = 41
    OPTIMIZER = 46
    POWER_SENSOR = 47
    DONGLE = 62
    DISTRIBUTED_SMART_LOGGER = 63
    EMMA = 23070
    ALL_IN_ONE = 23093
    MAINS = 60001
    GENSET = 60003
    AC_DISTRIBUTION = 60010
    BATTERY_RACK = 60014
    SOLAR_GROUP = 60043
    SOLAR_UNIT = 60044
    POWER_CONVERTER = 60092


INVERTER_TYPES = frozenset(
    {
        DeviceType.STRING_INVERTER,
        DeviceType.RESIDENTIAL_INVERTER,
        DeviceType.ALL_IN_ONE,
    }
)
BATTERY_TYPES = frozenset({DeviceType.BATTERY, DeviceType.ESS, DeviceType.ALL_IN_ONE})
POWER_M_TYPES = frozenset(
    {
        DeviceType.MAINS,
        DeviceType.GENSET,
        DeviceType.AC_DISTRIBUTION,
        DeviceType.BATTERY_RACK,
        DeviceType.SOLAR_GROUP,
        DeviceType.SOLAR_UNIT,
        DeviceType.POWER_CONVERTER,
    }
)
"""Devices of off-grid and telecommunication power supplies."""
METER_TYPES = frozenset({DeviceType.GRID_METER, DeviceType.POWER_SENSOR})


@dataclass(frozen=True, slots=True, kw_only=True)
class PvString:
    """A string of modules: peak power in kWp, azimuth in degrees from north."""

    peak_power: float
    azimuth: float
    tilt: float
    mppt: int
    rated_voltage: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceDefinition:
    """A device as the device list shows it; `number` makes id and devDn."""

    number: int
    type_id: int
    name: str
    model: str | None
    serial: str | None
    software: str | None

    @property
    def id(self) -> int:
        """The Long that `devIds` takes."""
        return 1_000_000_000_000_000 + self.number

    @property
    def dn(self) -> str:
        """The name that device/history takes."""
        return f"NE={self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inverter(DeviceDefinition):
    """An inverter: rated AC power in kW, energy in kWh counted before onboarding.

    A hybrid inverter has efficiency 1: recorded ones report 100 % and the same
    power on both sides, and only so do the cloud's reports add up.
    """

    rated_power: float
    efficiency: float
    strings: tuple[PvString, ...]
    earlier_yield: float
    phases: int = 3
    optimizers: int = 0

    @property
    def peak_power(self) -> float:
        """Power of all strings in kWp."""
        return sum(string.peak_power for string in self.strings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Battery(DeviceDefinition):
    """A battery behind the first inverter: kWh, kW, one-way efficiency 0..1.

    An ESS (41) has its own connection to the AC side; the battery of an
    all-in-one (23093) is no device of its own.
    """

    capacity: float
    max_charge: float
    max_discharge: float
    efficiency: float
    lowest_soc: float
    rated_voltage: float
    packs: tuple[tuple[str, ...], ...]
    earlier_charged: float
    earlier_discharged: float
    pack_health: float = 98.0
    """State of health of each pack in percent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter(DeviceDefinition):
    """A three-phase meter at the grid connection point."""

    earlier_import: float
    earlier_export: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Emma(Meter):
    """An energy manager: its built-in meter sits at the grid connection point.

    An external CT measures what the inverters give ("pv") or what the house
    takes ("load"); it counts both as positive.
    """

    external_ct: Literal["pv", "load"]
    earlier_forward: float
    earlier_reverse: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedDevice(DeviceDefinition):
    """A device whose quantities stand still, in the units of the truth."""

    quantities: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadProfile:
    """Consumption: base in W, peaks as (hour, width in hours, height in W).

    `bursts` appliances of `burst_power` W run for some minutes each day; on
    Saturday and Sunday the peaks are multiplied by `weekend`.
    """

    base: float
    peaks: tuple[tuple[float, float, float], ...]
    bursts: int
    burst_power: float
    weekend: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantDefinition:
    """A plant: position in degrees, connection `years` before the start's year.

    With `connected_days` it was connected so many days before the start.
    """

    kind: str
    number: int
    name: str
    address: str
    latitude: float
    longitude: float
    time_zone: str
    years: int
    connected_month: int
    connected_day: int
    price: float
    inverters: tuple[Inverter, ...]
    load: LoadProfile
    battery: Battery | None = None
    meter: Meter | None = None
    weather_station: DeviceDefinition | None = None
    others: tuple[DeviceDefinition, ...] = field(default=())
    other_capacity: float = 0.0
    """Power of modules that do not hang at an inverter, kWp."""
    connected_days: int | None = None
    live_step: int = 60
    """Seconds of a step of the model, for days near and after the start."""

    @property
    def code(self) -> str:
        """The plantCode, called stationCode by older endpoints."""
        return f"NE={self.number}"

    @property
    def capacity(self) -> float:
        """Power of all strings in kWp."""
        inverters = sum(inverter.peak_power for inverter in self.inverters)
        return round(inverters + self.other_capacity, 3)

    @property
    def strings(self) -> tuple[PvString, ...]:
        """All strings, in the order of the inverters."""
        return tuple(
            string for inverter in self.inverters for string in inverter.strings
        )

    @property
    def devices(self) -> tuple[DeviceDefinition, ...]:
        """All devices, in the order of the device list."""
        battery = () if self.battery is None else (self.battery,)
        if self.battery is not None and self.battery.type_id == DeviceType.ALL_IN_ONE:
            battery = ()
        meter = () if self.meter is None else (self.meter,)
        weather = () if self.weather_station is None else (self.weather_station,)
        return (*self.inverters, *battery, *meter, *weather, *self.others)
