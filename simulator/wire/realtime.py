"""The dataItemMap of plants and devices for an instant."""

from datetime import datetime

from ..plants.definitions import INVERTER_TYPES, METER_TYPES, DeviceType
from ..plants.plant import Device, Plant
from ..plants.state import PlantState
from ..types import Json
from .battery import battery_items
from .inverter import inverter_items
from .meter import meter_items

_HEALTHY = 3


def plant_items(state: PlantState) -> dict[str, Json]:
    """Return the eight keys of getStationRealKpi: kWh and the plant's currency."""
    return {
        "real_health_state": _HEALTHY,
        "day_power": round(state.today.pv_yield, 2),
        "month_power": round(state.month.pv_yield, 2),
        "total_power": round(state.total.pv_yield, 2),
        "day_income": round(state.income_today, 2),
        "total_income": round(state.income_total, 2),
        "day_on_grid_energy": round(state.today.exported, 2),
        "day_use_energy": round(state.today.load, 2),
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
    return {}
