"""Hour, day, month and year reports of plants."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from enum import StrEnum

from ..answers import Answer, success
from ..clock import milliseconds
from ..plants.energies import Energies
from ..plants.history import PlantHistory
from ..plants.plant import Plant
from ..types import Json
from .call import Call
from .parameters import collect_time, instant, plants_of

_HOUR = timedelta(hours=1)
_CO2, _COAL, _TREES = 0.475e-3, 0.4e-3, 0.6e-3
_FIRST_MILLISECONDS = instant(10**11)
"""Times before this were surely given in seconds."""


class Period(StrEnum):
    """What a row of a report covers."""

    HOUR = "hour"
    DAY = "day"
    MONTH = "month"
    YEAR = "year"


def plant_report(period: Period) -> Callable[[Call], Answer]:
    """Return the endpoint for /thirdData/getKpiStationHour, Day, Month or Year."""

    def endpoint(call: Call) -> Answer:
        plants = plants_of(call)
        wanted = collect_time(call)
        rows: list[Json] = []
        for plant in plants:
            until = plant.published(None, call.now)
            for start, energies in spans(plant.history, period, wanted, until):
                items = _hour_items(plant, energies)
                if period is not Period.HOUR:
                    items |= _longer_items(plant, energies)
                rows.append(
                    {
                        "stationCode": plant.code,
                        "collectTime": milliseconds(start),
                        "dataItemMap": items,
                    }
                )
        return success(rows, call.echo())

    return endpoint


def spans(
    history: PlantHistory, period: Period, wanted: datetime, until: datetime
) -> Iterator[tuple[datetime, Energies]]:
    """Yield start and energies of each row of a report, as far as data reach."""
    if wanted < _FIRST_MILLISECONDS:
        return
    day = history.local_date(wanted)
    if period is Period.HOUR:
        yield from _hours(history, day, until)
        return
    for first, end in _dates(history, period, day, until):
        start = history.midnight(first)
        if end <= history.connected or start > until:
            continue
        whole = history.midnight(end) <= until
        energies = history.between(first, end) if whole else history.since(first, until)
        yield start, energies


def _hours(
    history: PlantHistory, day: date, until: datetime
) -> Iterator[tuple[datetime, Energies]]:
    start = history.midnight(day)
    end = history.midnight(day + timedelta(days=1))
    if start < history.first_instant:
        return
    while start < min(end, until):
        trace = history.trace(day)
        stop = min(start + _HOUR, until)
        yield start, trace.energies(stop) - trace.energies(start)
        start += _HOUR


def _dates(
    history: PlantHistory, period: Period, day: date, until: datetime
) -> Iterator[tuple[date, date]]:
    if period is Period.DAY:
        first = day.replace(day=1)
        while first.month == day.month:
            following = first + timedelta(days=1)
            yield first, following
            first = following
    elif period is Period.MONTH:
        for month in range(1, 13):
            yield date(day.year, month, 1), _next_month(day.year, month)
    else:
        for year in range(history.connected.year, history.local_date(until).year + 1):
            yield date(year, 1, 1), date(year + 1, 1, 1)


def _next_month(year: int, month: int) -> date:
    return date(year + month // 12, month % 12 + 1, 1)


def _hour_items(plant: Plant, energies: Energies) -> dict[str, Json]:
    """Return the ten keys of the hour report: kWh and the plant's currency."""
    battery = plant.definition.battery is not None
    metered = plant.definition.meter is not None
    irradiated = plant.definition.weather_station is not None
    return {
        "radiation_intensity": _known(irradiated, energies.irradiation),
        "theory_power": None,
        "inverter_power": round(energies.pv_yield, 3),
        "PVYield": round(energies.pv_yield, 3),
        "inverterYield": round(energies.inverter_yield, 3),
        "ongrid_power": _known(metered, energies.exported),
        "selfProvide": _known(metered, energies.load - energies.imported),
        "power_profit": round(energies.pv_yield * plant.definition.price, 2),
        "chargeCap": _known(battery, energies.charged),
        "dischargeCap": _known(battery, energies.discharged),
    }


def _longer_items(plant: Plant, energies: Energies) -> dict[str, Json]:
    """Return the further keys of the day, month and year reports."""
    metered = plant.definition.meter is not None
    capacity = plant.definition.capacity
    return {
        "installed_capacity": capacity,
        "performance_ratio": None,
        "use_power": _known(metered, energies.load),
        "buyPower": _known(metered, energies.imported),
        "selfUsePower": _known(metered, energies.pv_yield - energies.exported),
        "perpower_ratio": round(energies.pv_yield / capacity, 3),
        "reduction_total_co2": round(energies.inverter_yield * _CO2, 3),
        "reduction_total_coal": round(energies.inverter_yield * _COAL, 3),
        "reduction_total_tree": round(energies.inverter_yield * _TREES, 3),
    }


def _known(measured: bool, energy: float) -> float | None:
    return round(energy, 3) + 0.0 if measured else None
