"""What the history in the recorder should be, by the simulated plant."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final

from homeassistant.components.recorder.statistics import statistics_during_period
from homeassistant.core import HomeAssistant
from homeassistant.helpers.recorder import get_instance

from custom_components.smartpvms.history.quantities import Quantity
from simulator.plants.energies import Energies
from simulator.plants.history import PlantHistory

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
_LONG_AGO: Final = datetime(2000, 1, 1, tzinfo=UTC)

TRUTH: Final[Mapping[Quantity, Callable[[Energies], float]]] = {
    Quantity.PV_YIELD: lambda energies: energies.pv_yield,
    Quantity.INVERTER_YIELD: lambda energies: energies.inverter_yield,
    Quantity.EXPORT: lambda energies: energies.exported,
    Quantity.IMPORT: lambda energies: energies.imported,
    Quantity.CONSUMPTION: lambda energies: energies.load,
    Quantity.BATTERY_CHARGE: lambda energies: energies.charged,
    Quantity.BATTERY_DISCHARGE: lambda energies: energies.discharged,
}

type Rows = dict[datetime, tuple[float, float]]
"""State and running sum by the hour, UTC."""


async def async_rows(hass: HomeAssistant, statistic_id: str) -> Rows:
    """Return all rows of a statistic, in kWh."""
    found = await get_instance(hass).async_add_executor_job(
        lambda: statistics_during_period(
            hass,
            _LONG_AGO,
            None,
            {statistic_id},
            "hour",
            {"energy": "kWh"},
            {"state", "sum"},
        )
    )
    return {
        datetime.fromtimestamp(row["start"], UTC): (
            row["state"] or 0.0,
            row["sum"] or 0.0,
        )
        for row in found.get(statistic_id, [])
    }


def days_of(rows: Rows, zone: tzinfo) -> dict[date, float]:
    """Return what each day comes to by the running sums."""
    days: dict[date, float] = {}
    before = 0.0
    for hour, (_, total) in sorted(rows.items()):
        day = hour.astimezone(zone).date()
        days[day] = days.get(day, 0.0) + total - before
        before = total
    return days


def days_from(first: date, end: date) -> list[date]:
    """Return the days up to, but without, the last."""
    return [first + number * DAY for number in range((end - first).days)]


def worst_day(
    told: Mapping[date, float],
    history: PlantHistory,
    quantity: Quantity,
    days: Iterable[date],
) -> float:
    """Return by how much a day misses the truth at most, in kWh."""
    truth = TRUTH[quantity]
    return max(
        (abs(told.get(day, 0.0) - truth(history.day(day))) for day in days), default=0.0
    )


def hours_between(start: datetime, end: datetime) -> list[datetime]:
    """Return the full hours from one midnight to another."""
    return [start + number * HOUR for number in range(round((end - start) / HOUR))]


def by_the_hour(
    rows: Rows, history: PlantHistory, quantity: Quantity, day: date
) -> float | None:
    """Return by how much an hour of a day misses the truth at most, None without hours."""
    truth, trace = TRUTH[quantity], history.trace(day)
    hours = hours_between(history.midnight(day), history.midnight(day + DAY))
    if not rows.keys() >= set(hours):
        return None
    return max(
        abs(
            rows[hour][0]
            - truth(trace.energies(hour + HOUR))
            + truth(trace.energies(hour))
        )
        for hour in hours
    )
