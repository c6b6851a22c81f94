"""The dataItemMap of plants and devices for an instant."""

from datetime import datetime

from ..plants.definitions import (
    INVERTER_TYPES,
    METER_TYPES,
    DeviceType,
    FixedDevice,
)
from ..plants.plant import Device, Plant
from ..plants.state import PlantState
from ..types import Json
from .battery import battery_items, built_in_battery_items, ess_items
from .emma import emma_items
from .inverter import inverter_items
from .meter import meter_items
from .power_m import power_m_items
from .weather import weather_items

_HEALTHY = 3
_NOT_IN_HISTORY = frozenset(
    {
        "run_state",
        "rated_capacity",
        "total_charged_energy",
        "total_discharged_energy",
        "battery_unit_info",
        "battery_info",
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
    if isinstance(device.definition, FixedDevice):
        return power_m_items(dict(device.definition.quantities), device.type_id)
    state = device.plant.state(instant)
    if device.type_id in INVERTER_TYPES:
        items = inverter_items(state.inverters[device.inverter_index], device.type_id)
        return items | _battery_items(device, state)
    if device.type_id in METER_TYPES and state.meter:
        return meter_items(state.meter, device.type_id)
    if device.type_id == DeviceType.EMMA and state.meter and state.external_ct:
        return emma_items(state.meter, state.external_ct)
    if device.type_id == DeviceType.WEATHER_STATION and state.weather:
        return weather_items(state.weather)
    return _battery_items(device, state)


def _battery_items(device: Device, state: PlantState) -> dict[str, Json]:
    battery = device.battery
    if battery is None or state.battery is None:
        return {}
    match battery.type_id:
        case DeviceType.ESS:
            return ess_items(state.battery, battery)
        case DeviceType.ALL_IN_ONE:
            return built_in_battery_items(state.battery, battery)
        case _:
            return battery_items(state.battery, battery)


def history_items(device: Device, instant: datetime) -> dict[str, Json]:
    """Return what the histories show: fewer keys, and null instead of "N/A"."""
    definition = device.definition
    if isinstance(definition, FixedDevice):
        quantities = dict(definition.quantities)
        return power_m_items(quantities, device.type_id, history=True)
    left_out = _NOT_IN_HISTORY
    if device.type_id == DeviceType.ESS:
        left_out |= {"battery_soh"}
    return {
        key: None if key in _NULL_IN_HISTORY else value
        for key, value in device_items(device, instant).items()
        if key not in left_out
    }
