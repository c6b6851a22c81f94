"""The dataItemMap of plants and devices for an instant."""

from datetime import datetime

from ..plants.definitions import INVERTER_TYPES, METER_TYPES, DeviceType
from ..plants.plant import Device, Plant
from ..types import Json
from .battery import battery_items
from .emma import emma_items
from .inverter import inverter_items
from .meter import meter_items
from .weather import weather_items

_HEALTHY = 3
_NOT_IN_HISTORY = frozenset(
    {
        "run_state",
        "rated_capacity",
        "total_charged_energy",
        "total_discharged_energy",
        "battery_unit_info",
    }
)
_NULL_IN_HISTORY = frozenset({"open_time", "close_time"})


def plant_items(plant: Plant, instant: datetime) -> dict[str, Json]:
    """Return the eight keys of getStationRealKpi: kWh and the plant's currency.

    Without a meter the cloud knows neither feed-in nor consumption.
    """
    state = plant.state(instant)
    metered = plant.definition.meter is not None
    return {
        "real_health_state": _HEALTHY,
        "day_power": round(state.today.pv_yield, 2),
        "month_power": round(state.month.pv_yield, 2),
        "total_power": round(state.total.pv_yield, 2),
        "day_income": round(state.income_today, 2),
        "total_income": round(state.income_total, 2),
        "day_on_grid_energy": round(state.today.exported, 2) if metered else None,
        "day_use_energy": round(state.today.load, 2) if metered else None,
    }


def device_items(device: Device, instant: datetime) -> dict[str, Json]:
    """Return what getDevRealKpi shows of a device, {} for one without readings."""
    plant: Plant = device.plant
    state = plant.state(instant)
    definition = plant.definition
    if device.type_id in INVERTER_TYPES:
        index = [inverter.dn for inverter in definition.inverters].index(device.dn)
        return inverter_items(state.inverters[index], device.type_id)
    if device.type_id == DeviceType.BATTERY and definition.battery and state.battery:
        return battery_items(state.battery, definition.battery)
    if device.type_id in METER_TYPES and state.meter:
        return meter_items(state.meter, device.type_id)
    if device.type_id == DeviceType.EMMA and state.meter and state.external_ct:
        return emma_items(state.meter, state.external_ct)
    if device.type_id == DeviceType.WEATHER_STATION and state.weather:
        return weather_items(state.weather)
    return {}


def history_items(device: Device, instant: datetime) -> dict[str, Json]:
    """Return what the histories show: fewer keys, and null instead of "N/A"."""
    return {
        key: None if key in _NULL_IN_HISTORY else value
        for key, value in device_items(device, instant).items()
        if key not in _NOT_IN_HISTORY
    }
