"""Counters that lie around midnight, frozen devices, and odd reports."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import cast

from ..clock import milliseconds
from ..endpoints.alarm_list import LONGEST_WINDOW
from ..endpoints.call import Call
from ..plants.definitions import INVERTER_TYPES
from ..plants.plant import Plant
from ..wire.realtime import device_items, plant_items
from .mutation import PLANT_REPORTS, REAL_TIME, REPORTS, Mutation, Reading, Row
from .registry import Fault, Parameters

_PLANT_TOTALS = ("month_power", "total_power")
_DAY_COUNTERS = frozenset(
    {
        "day_cap",
        "charge_cap",
        "discharge_cap",
        "day_power",
        "day_income",
        "day_on_grid_energy",
        "day_use_energy",
    }
)
_HISTORIES = frozenset({"getDevHistoryKpi", "getAlarmList"})
_MILLISECONDS = timedelta(milliseconds=1)
_LONGEST_HISTORY = timedelta(days=3)


def _local(reading: Reading) -> datetime:
    return reading.sample.astimezone(reading.plant.zone)


def _last_of_yesterday(plant: Plant, sample: datetime) -> datetime:
    midnight = plant.history.midnight(plant.history.local_date(sample))
    return midnight - timedelta(seconds=1)


def _sleeping_since_midnight(plant: Plant, sample: datetime) -> bool:
    trace = plant.history.trace(plant.history.local_date(sample))
    return trace.first_light is None or sample < trace.first_light


def _yesterday_until_wake(mutation: Mutation) -> None:
    for reading in mutation.readings():
        device = reading.device
        if _sleeping_since_midnight(reading.plant, reading.sample) and (
            device is None or device.type_id in INVERTER_TYPES
        ):
            _show_yesterday(reading)


def _day_counters_late(mutation: Mutation) -> None:
    until = time(int(mutation.number("hour", 1)))
    for reading in mutation.readings():
        if _local(reading).time() < until:
            _show_yesterday(reading)


def _show_yesterday(reading: Reading) -> None:
    before = _last_of_yesterday(reading.plant, reading.sample)
    if reading.device is None:
        source = plant_items(reading.plant, before)
    else:
        source = device_items(reading.device, before)
    counters = source.keys() & _DAY_COUNTERS
    reading.items.update({key: source[key] for key in counters})


def _lifetime_dip(mutation: Mutation) -> None:
    minutes = mutation.number("minutes", 40)
    for reading in mutation.readings():
        local = _local(reading)
        begin = local.replace(hour=1, minute=10, second=0, microsecond=0)
        if begin <= local < begin + timedelta(minutes=minutes):
            _take_yesterday_away(reading, local.date() - timedelta(days=1))


def _take_yesterday_away(reading: Reading, yesterday: date) -> None:
    lost = reading.plant.history.day(yesterday)
    amounts = dict.fromkeys(_PLANT_TOTALS, lost.pv_yield)
    if reading.device is not None:
        inverters = reading.plant.definition.inverters
        numbers = (inverter.dn for inverter in inverters)
        by_inverter = dict(zip(numbers, lost.inverters, strict=True))
        amounts = {"total_cap": by_inverter.get(reading.device.dn, 0.0)}
    for key, amount in amounts.items():
        total = reading.items.get(key)
        if isinstance(total, int | float):
            reading.items[key] = round(max(total - amount, 0.0), 2)


def _frozen(mutation: Mutation) -> None:
    for reading in mutation.readings():
        plant, device = reading.plant, reading.device
        feed = None if device is None else device.type_id
        sample = plant.published(feed, mutation.since)
        reading.items.clear()
        if device is None:
            reading.items.update(plant_items(plant, sample))
        else:
            reading.items.update(device_items(device, sample))


def _unreachable(mutation: Mutation) -> None:
    _frozen(mutation)
    for reading in mutation.readings():
        if reading.device is not None:
            reading.items["run_state"] = 0


def _report_rows(mutation: Mutation) -> Iterator[tuple[Row, Plant, datetime]]:
    """Yield the rows of a report with plant and local start."""
    for row in mutation.rows():
        plant = mutation.plant_of(row)
        if plant is not None:
            stamp = cast("int", row["collectTime"])
            yield row, plant, datetime.fromtimestamp(stamp / 1000, plant.zone)


def _utc_rows(mutation: Mutation) -> None:
    """Move each row to the UTC midnight of its local date."""
    for row, _, start in _report_rows(mutation):
        row["collectTime"] = milliseconds(start.replace(tzinfo=UTC))


def _nulls_absent(mutation: Mutation) -> None:
    for _, items in mutation.maps():
        for key in [key for key, value in items.items() if value is None]:
            del items[key]


def _nulls_before_sunrise(mutation: Mutation) -> None:
    for row, plant, start in _report_rows(mutation):
        light = plant.history.trace(start.date()).first_light
        if light is None or start + timedelta(hours=1) <= light:
            row["dataItemMap"] = dict.fromkeys(cast("Row", row["dataItemMap"]))


def _negative_profit(mutation: Mutation) -> None:
    for _, items in mutation.maps():
        profit = items.get("power_profit")
        if isinstance(profit, int | float):
            items["power_profit"] = -abs(profit)


def _earlier_years(mutation: Mutation) -> None:
    """Add two all-null years before the first of each plant, unsorted."""
    rows = cast("list[Row]", mutation.body["data"])
    first_years: dict[str, tuple[Row, Plant, datetime]] = {}
    for row, plant, start in _report_rows(mutation):
        first_years.setdefault(plant.code, (row, plant, start))
    for row, plant, start in first_years.values():
        keys = dict.fromkeys(cast("Row", row["dataItemMap"]))
        for back in (1, 2):
            midnight = plant.history.midnight(date(start.year - back, 1, 1))
            stamp = milliseconds(midnight)
            rows.append({**row, "collectTime": stamp, "dataItemMap": dict(keys)})


def _rows_shuffled(mutation: Mutation) -> None:
    cast("list[Row]", mutation.body["data"]).reverse()


def _windows_cut(call: Call, _: Parameters) -> Call:
    parameters = dict(call.parameters)
    start, end = (
        int(str(parameters.get(name, 0))) for name in ("startTime", "endTime")
    )
    parameters["startTime"] = max(start, end - _LONGEST_HISTORY // _MILLISECONDS)
    return replace(call, parameters=parameters)


def _newest_alarms(call: Call, _: Parameters) -> Call:
    parameters = dict(call.parameters)
    begin, end = (
        int(str(parameters.get(name, 0))) for name in ("beginTime", "endTime")
    )
    parameters["beginTime"] = max(begin, end - LONGEST_WINDOW)
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
        description="Windows over 3 days of getDevHistoryKpi are cut without a word: "
        "the newest days are answered.",
        interfaces=frozenset({"getDevHistoryKpi"}),
        prepare=_windows_cut,
    ),
    Fault(
        name="newest_alarms_kept",
        description="Of a window over 7 days getAlarmList answers the newest days, "
        "not the oldest.",
        interfaces=frozenset({"getAlarmList"}),
        prepare=_newest_alarms,
    ),
    Fault(
        name="rows_shuffled",
        description="Rows are not sorted by time.",
        interfaces=REPORTS | _HISTORIES | {"device/history"},
        mutate=_rows_shuffled,
    ),
)
"""Switches that need to know the plant's past."""
