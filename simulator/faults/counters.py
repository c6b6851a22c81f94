"""Counters that lie around midnight, frozen devices, and odd reports."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import cast

from ..clock import milliseconds
from ..endpoints.call import Call
from ..plants.definitions import INVERTER_TYPES
from ..plants.plant import Device, Plant
from ..types import Json
from ..wire.realtime import device_items, plant_items
from .mutation import PLANT_REPORTS, REAL_TIME, REPORTS, Mutation, Row
from .registry import Fault, Parameters

_INVERTER_TOTALS = ("total_cap",)
_PLANT_TOTALS = ("month_power", "total_power")
_DAY_COUNTERS = ("day_cap", "charge_cap", "discharge_cap")
_PLANT_DAY_COUNTERS = (
    "day_power",
    "day_income",
    "day_on_grid_energy",
    "day_use_energy",
)
_HISTORIES = frozenset({"getDevHistoryKpi", "getAlarmList"})
_MILLISECONDS = timedelta(milliseconds=1)
_LONGEST_HISTORY = timedelta(days=3)
_LONGEST_ALARMS = timedelta(days=7)


def _local(plant: Plant, sample: datetime) -> datetime:
    return sample.astimezone(plant.zone)


def _last_of_yesterday(plant: Plant, sample: datetime) -> datetime:
    midnight = plant.history.midnight(plant.history.local_date(sample))
    return midnight - timedelta(seconds=1)


def _sleeping_since_midnight(plant: Plant, sample: datetime) -> bool:
    trace = plant.history.trace(plant.history.local_date(sample))
    return trace.first_light is None or sample < trace.first_light


def _yesterday_until_wake(mutation: Mutation) -> None:
    for row, items in mutation.maps():
        device, plant = mutation.device_of(row), mutation.plant_of(row)
        if plant is None:
            continue
        type_id = None if device is None else device.type_id
        sample = plant.published(type_id, mutation.call.now)
        if not _sleeping_since_midnight(plant, sample):
            continue
        before = _last_of_yesterday(plant, sample)
        if device is None:
            _take_over(items, plant_items(plant, before), _PLANT_DAY_COUNTERS)
        elif device.type_id in INVERTER_TYPES:
            _take_over(items, device_items(device, before), _DAY_COUNTERS)


def _day_counters_late(mutation: Mutation) -> None:
    until = time(int(mutation.number("hour", 1)))
    for row, items in mutation.maps():
        device, plant = mutation.device_of(row), mutation.plant_of(row)
        if plant is None:
            continue
        type_id = None if device is None else device.type_id
        sample = plant.published(type_id, mutation.call.now)
        if _local(plant, sample).time() >= until:
            continue
        before = _last_of_yesterday(plant, sample)
        if device is None:
            _take_over(items, plant_items(plant, before), _PLANT_DAY_COUNTERS)
        else:
            _take_over(items, device_items(device, before), _DAY_COUNTERS)


def _take_over(items: Row, source: Row, keys: tuple[str, ...]) -> None:
    items |= {key: source[key] for key in keys if key in items and key in source}


def _lifetime_dip(mutation: Mutation) -> None:
    minutes = mutation.number("minutes", 40)
    for row, items in mutation.maps():
        device, plant = mutation.device_of(row), mutation.plant_of(row)
        if plant is None:
            continue
        type_id = None if device is None else device.type_id
        sample = plant.published(type_id, mutation.call.now)
        local = _local(plant, sample)
        begin = local.replace(hour=1, minute=10, second=0, microsecond=0)
        if not begin <= local < begin + timedelta(minutes=minutes):
            continue
        yesterday = plant.history.day(local.date() - timedelta(days=1))
        _reduce(items, device, yesterday.pv_yield, yesterday.inverters)


def _reduce(
    items: Row, device: Device | None, pv_yield: float, inverters: tuple[float, ...]
) -> None:
    amount = pv_yield
    keys: tuple[str, ...] = _PLANT_TOTALS
    if device is not None:
        names = [inverter.dn for inverter in device.plant.definition.inverters]
        if device.dn not in names:
            return
        amount, keys = inverters[names.index(device.dn)], _INVERTER_TOTALS
    for key in keys:
        value = items.get(key)
        if isinstance(value, int | float):
            items[key] = round(max(value - amount, 0.0), 2)


def _frozen(mutation: Mutation) -> None:
    for row, items in mutation.maps():
        device, plant = mutation.device_of(row), mutation.plant_of(row)
        if device is not None:
            sample = device.plant.published(device.type_id, mutation.since)
            items.clear()
            items.update(device_items(device, sample))
        elif plant is not None and "device" not in mutation.parameters:
            items.clear()
            items.update(plant_items(plant, plant.published(None, mutation.since)))


def _unreachable(mutation: Mutation) -> None:
    _frozen(mutation)
    for _, items in mutation.maps():
        if "run_state" in items:
            items["run_state"] = 0


def _utc_rows(mutation: Mutation) -> None:
    """Move each row to the UTC midnight of its local date."""
    for row in mutation.rows():
        plant = mutation.plant_of(row)
        if plant is not None:
            offset = _start(row, plant).utcoffset() or timedelta()
            stamp = cast("int", row["collectTime"])
            row["collectTime"] = stamp + round(offset.total_seconds() * 1000)


def _start(row: Row, plant: Plant) -> datetime:
    stamp = cast("int", row["collectTime"])
    return datetime.fromtimestamp(stamp / 1000, plant.zone)


def _nulls_absent(mutation: Mutation) -> None:
    for _, items in mutation.maps():
        for key in [key for key, value in items.items() if value is None]:
            del items[key]


def _nulls_before_sunrise(mutation: Mutation) -> None:
    for row, items in mutation.maps():
        plant = mutation.plant_of(row)
        if plant is None:
            continue
        start = _start(row, plant)
        light = plant.history.trace(start.date()).first_light
        if light is None or start + timedelta(hours=1) <= light:
            items.update(dict.fromkeys(items))


def _negative_profit(mutation: Mutation) -> None:
    for _, items in mutation.maps():
        value = items.get("power_profit")
        if isinstance(value, int | float):
            items["power_profit"] = -abs(value)


def _earlier_years(mutation: Mutation) -> None:
    """Add two all-null years before the first of each plant, unsorted."""
    data = mutation.body.get("data")
    rows = mutation.rows()
    if not isinstance(data, list) or not rows:
        return
    for plant in mutation.call.plants:
        mine = [row for row in rows if mutation.plant_of(row) is plant]
        if not mine:
            continue
        first = min(mine, key=lambda row: cast("int", row["collectTime"]))
        items = cast("dict[str, Json]", first["dataItemMap"])
        for back in (1, 2):
            year = date(plant.history.connected.year - back, 1, 1)
            data.append(
                first
                | {
                    "collectTime": milliseconds(plant.history.midnight(year)),
                    "dataItemMap": dict.fromkeys(items),
                }
            )


def _rows_shuffled(mutation: Mutation) -> None:
    data = mutation.body.get("data")
    if isinstance(data, list):
        data.reverse()


def _windows_cut(call: Call, _: Parameters) -> Call:
    parameters = dict(call.parameters)
    names, longest = ("startTime", "endTime"), _LONGEST_HISTORY
    if call.interface == "getAlarmList":
        names, longest = ("beginTime", "endTime"), _LONGEST_ALARMS
    start, end = (int(str(parameters.get(name, 0))) for name in names)
    parameters[names[0]] = max(start, end - longest // _MILLISECONDS)
    return replace(call, parameters=parameters)


COUNTERS = (
    Fault(
        name="yesterday_until_wake",
        description="Day counters of plant and inverter keep yesterday's value until "
        "the inverter wakes.",
        interfaces=REAL_TIME,
        mutate=_yesterday_until_wake,
    ),
    Fault(
        name="day_counters_late",
        description="All day counters reset at `hour` (1) instead of midnight.",
        interfaces=REAL_TIME,
        mutate=_day_counters_late,
    ),
    Fault(
        name="lifetime_dip",
        description="From 01:10 for `minutes` (40) month and lifetime yields lack "
        "yesterday's yield.",
        interfaces=REAL_TIME,
        mutate=_lifetime_dip,
    ),
    Fault(
        name="frozen",
        description="Readings stay as they were when this was switched on; `device`, "
        "`type_id`, `plant`.",
        interfaces=REAL_TIME,
        mutate=_frozen,
    ),
    Fault(
        name="unreachable",
        description="As frozen, with run_state 0.",
        interfaces=REAL_TIME,
        mutate=_unreachable,
    ),
    Fault(
        name="report_rows_utc",
        description="Rows of reports lie at UTC midnight, not at the plant's.",
        interfaces=REPORTS,
        mutate=_utc_rows,
    ),
    Fault(
        name="report_keys_absent",
        description="Keys that are not measured are absent instead of null.",
        interfaces=REPORTS,
        mutate=_nulls_absent,
    ),
    Fault(
        name="report_nulls_before_sunrise",
        description="Hour rows before sunrise are null.",
        interfaces=frozenset({"getKpiStationHour"}),
        mutate=_nulls_before_sunrise,
    ),
    Fault(
        name="negative_profit",
        description="power_profit is negative.",
        interfaces=PLANT_REPORTS,
        mutate=_negative_profit,
    ),
    Fault(
        name="earlier_years",
        description="Year reports have all-null rows before the connection.",
        interfaces=frozenset({"getKpiStationYear"}),
        mutate=_earlier_years,
    ),
    Fault(
        name="long_windows_cut",
        description="Windows over 3 days (history) or 7 days (alarms) are cut "
        "without a word: the newest days are answered.",
        interfaces=_HISTORIES,
        prepare=_windows_cut,
    ),
    Fault(
        name="rows_shuffled",
        description="Rows are not sorted by time.",
        interfaces=REPORTS | _HISTORIES | {"device/history"},
        mutate=_rows_shuffled,
    ),
)
"""Switches that need to know the plant's past."""
