"""What the cloud tells, as immutable values without any of its spelling."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from enum import StrEnum


class ReportPeriod(StrEnum):
    """Length of one row of a report (`getKpiStation…`, `getDevKpi…`)."""

    HOUR = "hour"
    DAY = "day"
    MONTH = "month"
    YEAR = "year"


class OperationMode(StrEnum):
    """Working mode of the batteries of a plant (configuration/battery-mode, 24.6.0)."""

    MAXIMUM_SELF_CONSUMPTION = "maximumSelfConsumption"
    FULLY_FED_TO_GRID = "fullyFidToGrid"
    TIME_OF_USE = "TOU"
    THIRD_PARTY_DISPATCH = "thirdPartyDispatch"
    OTHER = "other"


class FeedInLimitMode(StrEnum):
    """How feed-in is limited (configuration/active-power-control-mode, 24.6.0)."""

    NO_LIMIT = "noLimit"
    ZERO_EXPORT = "zeroExportLimitation"
    LIMITED_POWER = "limitedPowerGridKW"
    LIMITED_PERCENT = "limitedPowerGridPercent"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plant:
    """A plant of the plant list (stations, 24.2.0; getStationList before).

    `capacity` is the string capacity in kWp. `grid_connection` carries the plant's
    own UTC offset on that day, the only hint of its time zone.
    """

    code: str
    name: str
    address: str | None = None
    longitude: float | None = None
    latitude: float | None = None
    capacity: float | None = None
    grid_connection: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A device of the device list (getDevList).

    `id` may be negative. `dn` is missing on servers before 2022, `serial` for batteries
    and for meters behind an inverter, `model` before 24.7.0. `kept_key` is what the
    device was known by before its serial number came or stayed away.
    """

    id: int
    type_id: int
    plant_code: str
    name: str
    dn: str | None = None
    serial: str | None = None
    model: str | None = None
    software_version: str | None = None
    optimizer_count: int | None = None
    kept_key: str | None = None

    @property
    def key(self) -> str:
        """What stays the same for this device: serial number, else DN, else id."""
        return self.kept_key or self.serial or self.dn or str(self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatteryPack:
    """A pack of a battery (battery_unit_info, 25.3.0; battery_info of type 23093, 26.2.0).

    `health` is in percent and None where the cloud says 0, which means "not supported".
    """

    serial: str
    unit: int
    health: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The last reported values of a plant or a device (getStationRealKpi, getDevRealKpi).

    `values` holds every key that came with a finite number, in the cloud's unit
    (`fields.csv` of the documents); a key that is missing, null, "N/A" or not a number
    is not in it. `reported` holds every key that came at all. No answer carries a time.
    """

    values: Mapping[str, float] = field(default_factory=dict)
    reported: frozenset[str] = frozenset()
    battery_packs: tuple[BatteryPack, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryRow:
    """Five-minute values of a device (device/history, 25.3.0; getDevHistoryKpi before).

    `device_id` is set by the old interface, `device_dn` by the new one.
    """

    collected: datetime
    values: Mapping[str, float]
    device_id: int | None = None
    device_dn: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantReport:
    """A row of a plant report (getKpiStationHour, Day, Month, Year).

    `start` is the instant the cloud names for the row: plant-local midnight for most
    plants, 00:00 UTC for some.
    """

    plant_code: str
    start: datetime
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceReport:
    """A row of a device report (getDevKpiDay, Month, Year); `start` in the device's zone."""

    device_id: int
    start: datetime
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """An active alarm (getAlarmList).

    `kind` is the cloud's alarmId, which names the kind, not the occurrence.
    `severity`: 1 critical, 2 major, 3 minor, 4 warning.
    """

    kind: int
    plant_code: str
    raised: datetime
    name: str
    severity: int | None = None
    category: int | None = None
    cause: str | None = None
    cause_id: int | None = None
    repair_suggestion: str | None = None
    device_name: str | None = None
    device_serial: str | None = None
    device_type_id: int | None = None


class Direction(StrEnum):
    """What a battery is told to do."""

    CHARGE = "charge"
    DISCHARGE = "discharge"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeOfUseWindow:
    """A window of the time-of-use mode.

    `start` and `end` are of the plant's clock, `weekdays` 1 (Monday) to 7. An `end` of
    00:00 is the end of the day, which the cloud might tell and does not take.
    """

    start: time
    end: time
    direction: Direction
    weekdays: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class BatteryMode:
    """A battery mode (configuration/battery-mode and battery/mode/task-info, 24.6.0).

    What is said of the grid, of the surplus and of windows is None or empty but in time
    of use. `grid_charge_power` in W is what the battery may draw from the grid;
    `surplus_to_battery` is False where surplus PV goes to the grid first. Windows that
    could not be read are counted. `unknown_mode` is the cloud's word where `mode` is
    OTHER because the documents do not know it.
    """

    plant_code: str
    mode: OperationMode
    grid_charge_power: float | None = None
    surplus_to_battery: bool | None = None
    windows: tuple[TimeOfUseWindow, ...] = ()
    unreadable_windows: int = 0
    unknown_mode: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedInLimit:
    """A feed-in limit (configuration/active-power-control-mode, 24.6.0, and task-info).

    `power` in W, `percent` of the plant's rating; `single_phase` where each phase is
    limited instead of the total. `unknown_mode` is the cloud's word where `mode` is
    OTHER because the documents do not know it.
    """

    plant_code: str
    mode: FeedInLimitMode
    power: float | None = None
    percent: float | None = None
    single_phase: bool | None = None
    unknown_mode: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatteryParameters:
    """Limits of the batteries of a plant (battery/configuration/task-info, 24.5.0).

    SOC in percent, powers in W. No query reads them; only a task tells what it has set.
    """

    plant_code: str
    end_of_charge_soc: float | None = None
    end_of_discharge_soc: float | None = None
    maximum_charge_power: float | None = None
    maximum_discharge_power: float | None = None
