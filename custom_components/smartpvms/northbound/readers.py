"""From rows of the cloud to models; a row that names nothing of ours is left out."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, time
import re
from typing import Final

from .json_types import JsonObject, JsonValue
from .models import (
    Alarm,
    BatteryMode,
    BatteryPack,
    Device,
    DeviceReport,
    Direction,
    FeedInLimit,
    FeedInLimitMode,
    HistoryRow,
    OperationMode,
    Plant,
    PlantReport,
    Reading,
    TimeOfUseWindow,
)
from .parsing import integer, members, moment_iso, moment_ms, number, objects, text

_KILO: Final = 1000
_WEEK: Final = frozenset(range(1, 8))
_CLOCK: Final = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)
_END_OF_DAY: Final = "24:00"
_UNIT: Final = re.compile(r"unit(\d{1,3})", re.ASCII)


def rows_of(data: JsonValue) -> list[JsonObject]:
    """Return the rows of an answer, which may be a page; nothing is no rows."""
    return objects(members(data).get("list", data))


def plants_from(rows: Iterable[JsonObject]) -> tuple[Plant, ...]:
    """Read rows of `stations`."""
    plants: dict[str, Plant] = {}
    for row in rows:
        code = text(row.get("plantCode"))
        if code is not None:
            plants[code] = Plant(
                code=code,
                name=text(row.get("plantName")) or code,
                address=text(row.get("plantAddress")),
                longitude=number(row.get("longitude")),
                latitude=number(row.get("latitude")),
                capacity=number(row.get("capacity")),
                grid_connection=moment_iso(row.get("gridConnectionDate")),
            )
    return tuple(plants.values())


def plants_from_old(rows: Iterable[JsonObject]) -> tuple[Plant, ...]:
    """Read rows of getStationList, whose capacity is in MW."""
    plants: dict[str, Plant] = {}
    for row in rows:
        code = text(row.get("stationCode"))
        if code is not None:
            megawatts = number(row.get("capacity"))
            plants[code] = Plant(
                code=code,
                name=text(row.get("stationName")) or code,
                address=text(row.get("stationAddr")),
                capacity=None if megawatts is None else round(megawatts * _KILO, 6),
            )
    return tuple(plants.values())


def devices_from(
    rows: Iterable[JsonObject], plant_codes: Iterable[str]
) -> tuple[Device, ...]:
    """Read rows of getDevList that belong to these plants."""
    asked = frozenset(plant_codes)
    only = next(iter(asked)) if len(asked) == 1 else None
    devices: dict[int, Device] = {}
    for row in rows:
        device_id = integer(row.get("id"))
        type_id = integer(row.get("devTypeId"))
        plant_code = text(row.get("stationCode")) or only
        if device_id is None or type_id is None or plant_code not in asked:
            continue
        dn = text(row.get("devDn"))
        serial = text(row.get("esnCode"))
        devices[device_id] = Device(
            id=device_id,
            type_id=type_id,
            plant_code=plant_code,
            name=text(row.get("devName")) or serial or dn or str(device_id),
            dn=dn,
            serial=serial,
            model=text(row.get("model")) or text(row.get("invType")),
            software_version=text(row.get("softwareVersion")),
            optimizer_count=integer(row.get("optimizerNumber")),
        )
    return tuple(devices.values())


def plant_readings_from(
    rows: Iterable[JsonObject], plant_codes: Iterable[str]
) -> dict[str, Reading]:
    """Read rows of getStationRealKpi by plant code."""
    asked = frozenset(plant_codes)
    readings: dict[str, Reading] = {}
    for row in rows:
        code = text(row.get("stationCode"))
        if code is not None and code in asked:
            readings[code] = reading_from(row.get("dataItemMap"))
    return readings


def device_readings_from(
    rows: Iterable[JsonObject], device_ids: Iterable[int]
) -> dict[int, Reading]:
    """Read rows of getDevRealKpi by device id."""
    asked = frozenset(device_ids)
    readings: dict[int, Reading] = {}
    for row in rows:
        device_id = integer(row.get("devId"))
        if device_id is not None and device_id in asked:
            readings[device_id] = reading_from(row.get("dataItemMap"))
    return readings


def reading_from(items: JsonValue) -> Reading:
    """Read a dataItemMap."""
    found = members(items)
    return Reading(
        values=_values(found),
        reported=frozenset(found),
        battery_packs=_battery_packs(found),
    )


def _values(items: JsonObject) -> dict[str, float]:
    numbers = {key: number(value) for key, value in items.items()}
    return {key: value for key, value in numbers.items() if value is not None}


def _battery_packs(items: JsonObject) -> tuple[BatteryPack, ...]:
    """Read battery_unit_info of a battery, or battery_info of an all-in-one.

    The one lists packs by unit, the other names no unit and lists them as of the first.
    """
    by_unit: list[tuple[int, JsonValue]] = [(1, items.get("battery_info"))]
    for name, listed in members(items.get("battery_unit_info")).items():
        if unit := _UNIT.fullmatch(name):
            by_unit.append((int(unit[1]), listed))
    packs: dict[str, BatteryPack] = {}
    for number_of_unit, listed in by_unit:
        for pack in objects(listed):
            if serial := text(pack.get("sn")):
                packs[serial] = BatteryPack(
                    serial=serial, unit=number_of_unit, health=_health(pack.get("soh"))
                )
    return tuple(packs.values())


def _health(value: JsonValue) -> float | None:
    """Read a health spelled "98.0%"; 0 stands for none."""
    return number((text(value) or "").removesuffix("%")) or None


def _timed[KeyT, RowT](
    rows: Iterable[JsonObject],
    key_of: Callable[[JsonObject], KeyT | None],
    build: Callable[[KeyT, datetime, dict[str, float]], RowT],
) -> tuple[RowT, ...]:
    """Read rows of reports and histories: the last of each instant, in order of time."""
    found: dict[tuple[KeyT, datetime], RowT] = {}
    for row in rows:
        key = key_of(row)
        moment = moment_ms(row.get("collectTime"))
        if key is not None and moment is not None:
            items = row.get("dataItemMap", row.get("dataItems"))
            found[key, moment] = build(key, moment, _values(members(items)))
    return tuple(found[key] for key in sorted(found, key=lambda key: key[1]))


def plant_reports_from(
    rows: Iterable[JsonObject], plant_codes: Iterable[str]
) -> tuple[PlantReport, ...]:
    """Read rows of getKpiStationHour, Day, Month and Year."""
    asked = frozenset(plant_codes)
    return _timed(
        rows,
        lambda row: _among(text(row.get("stationCode")), asked),
        lambda code, start, values: PlantReport(
            plant_code=code, start=start, values=values
        ),
    )


def device_reports_from(
    rows: Iterable[JsonObject], device_ids: Iterable[int]
) -> tuple[DeviceReport, ...]:
    """Read rows of getDevKpiDay, Month and Year."""
    asked = frozenset(device_ids)
    return _timed(
        rows,
        lambda row: _among(integer(row.get("devId")), asked),
        lambda device_id, start, values: DeviceReport(
            device_id=device_id, start=start, values=values
        ),
    )


def history_from(rows: Iterable[JsonObject], device_dn: str) -> tuple[HistoryRow, ...]:
    """Read rows of device/history, which name the device in one way or another."""
    asked = frozenset({device_dn})
    return _timed(
        rows,
        lambda row: _among(text(row.get("devDn", row.get("devDns"))), asked),
        lambda dn, collected, values: HistoryRow(
            collected=collected, values=values, device_dn=dn
        ),
    )


def old_history_from(
    rows: Iterable[JsonObject], device_ids: Iterable[int]
) -> tuple[HistoryRow, ...]:
    """Read rows of getDevHistoryKpi and getDevFiveMinutes."""
    asked = frozenset(device_ids)
    return _timed(
        rows,
        lambda row: _among(integer(row.get("devId")), asked),
        lambda device_id, collected, values: HistoryRow(
            collected=collected, values=values, device_id=device_id
        ),
    )


def _among[KeyT](key: KeyT | None, asked: frozenset[KeyT]) -> KeyT | None:
    return key if key in asked else None


def alarms_from(
    rows: Iterable[JsonObject],
    *,
    plant_codes: Iterable[str] = (),
    serials: Iterable[str] = (),
) -> tuple[Alarm, ...]:
    """Read rows of getAlarmList about these plants, or these serial numbers."""
    plants = frozenset(plant_codes)
    devices = frozenset(serials)
    alarms: dict[tuple[object, ...], Alarm] = {}
    for row in rows:
        alarm = _alarm_from(row)
        if alarm is None:
            continue
        if alarm.plant_code in plants or alarm.device_serial in devices:
            device = alarm.device_serial or alarm.device_name
            occurrence = (alarm.kind, alarm.cause_id, alarm.plant_code, device)
            alarms[*occurrence, alarm.raised] = alarm
    return tuple(sorted(alarms.values(), key=lambda alarm: alarm.raised))


def _alarm_from(row: JsonObject) -> Alarm | None:
    kind = integer(row.get("alarmId"))
    plant_code = text(row.get("stationCode"))
    raised = moment_ms(row.get("raiseTime"))
    if kind is None or plant_code is None or raised is None:
        return None
    return Alarm(
        kind=kind,
        plant_code=plant_code,
        raised=raised,
        name=text(row.get("alarmName")) or str(kind),
        severity=integer(row.get("lev")),
        category=integer(row.get("alarmType")),
        cause=text(row.get("alarmCause")),
        cause_id=integer(row.get("causeId")),
        repair_suggestion=text(row.get("repairSuggestion")),
        device_name=text(row.get("devName")),
        device_serial=text(row.get("esnCode")),
        device_type_id=integer(row.get("devTypeId")),
    )


def battery_mode_from(data: Mapping[str, JsonValue], plant_code: str) -> BatteryMode:
    """Read an answer of configuration/battery-mode."""
    return battery_mode_of(data, data.get("touOperationModeParamDetail"), plant_code)


_OPERATION_MODES: Final = {mode.value: mode for mode in OperationMode}
_SURPLUS_TO_BATTERY: Final = {"chargePreference": True, "fedToGridPreference": False}
_DIRECTIONS: Final = {direction.value: direction for direction in Direction}


def battery_mode_of(
    data: Mapping[str, JsonValue], time_of_use: JsonValue, plant_code: str
) -> BatteryMode:
    """Read a mode and its time of use, wherever the latter stands; kW become W."""
    details = members(time_of_use)
    priority = text(details.get("redundantPVEnergyPriority"))
    word = text(data.get("operationMode"))
    mode = _OPERATION_MODES.get(word or "")
    windows = [
        _window(row) for row in _list(details.get("chargingAndDischargingTimeWindow"))
    ]
    return BatteryMode(
        plant_code=plant_code,
        mode=mode or OperationMode.OTHER,
        grid_charge_power=watts(details.get("allowedAcChargePower")),
        surplus_to_battery=_SURPLUS_TO_BATTERY.get(priority or ""),
        windows=tuple(window for window in windows if window is not None),
        unreadable_windows=windows.count(None),
        unknown_mode=word if mode is None else None,
    )


def _window(row: JsonValue) -> TimeOfUseWindow | None:
    found = members(row)
    start = _time_of_day(text(found.get("startTime")))
    ends = text(found.get("endTime"))
    end = time(0) if ends == _END_OF_DAY else _time_of_day(ends)
    direction = _DIRECTIONS.get(text(found.get("chargeOrDischarge")) or "")
    if start is None or end is None or direction is None:
        return None
    numbers = [integer(day) for day in _list(found.get("repeat"))]
    return TimeOfUseWindow(
        start=start,
        end=end,
        direction=direction,
        weekdays=frozenset(_WEEK & {*numbers}),
    )


def _time_of_day(clock: str | None) -> time | None:
    match = _CLOCK.fullmatch(clock or "")
    return None if match is None else time(int(match[1]), int(match[2]))


def _list(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else []


_FEED_IN_MODES: Final = {mode.value: mode for mode in FeedInLimitMode}
_LIMITED: Final = (FeedInLimitMode.LIMITED_POWER, FeedInLimitMode.LIMITED_PERCENT)
_SINGLE_PHASE: Final = {"singlePhasePower": True, "totalPower": False}


def feed_in_limit_from(data: Mapping[str, JsonValue], plant_code: str) -> FeedInLimit:
    """Read an answer of configuration/active-power-control-mode; kW become W.

    The documents print the name of one limited mode beside the values of the other: of
    these two the values decide, where only one of them is there.
    """
    word = text(data.get("controlMode"))
    known = _FEED_IN_MODES.get(word or "")
    mode = known or FeedInLimitMode.OTHER
    by_power = members(data.get("limitedPowerGridValueParam"))
    by_percent = members(data.get("limitedPowerGridPercentParam"))
    if mode in _LIMITED and bool(by_power) != bool(by_percent):
        mode = _LIMITED[0] if by_power else _LIMITED[1]
    details = {
        FeedInLimitMode.ZERO_EXPORT: members(data.get("zeroExportLimitationParam")),
        FeedInLimitMode.LIMITED_POWER: by_power,
        FeedInLimitMode.LIMITED_PERCENT: by_percent,
    }.get(mode, {})
    return FeedInLimit(
        plant_code=plant_code,
        mode=mode,
        power=watts(details.get("maxGridFeedInPowerValue")),
        percent=number(details.get("maxGridFeedInPowerPercent")),
        single_phase=_SINGLE_PHASE.get(text(details.get("limitationMode")) or ""),
        unknown_mode=word if known is None else None,
    )


def watts(kilowatts: JsonValue) -> float | None:
    """Return a number of kW in W."""
    value = number(kilowatts)
    return None if value is None else round(value * _KILO, 3)
