"""Day, month and year reports of inverters and batteries."""

from collections.abc import Callable

from ..answers import Answer, success
from ..clock import milliseconds
from ..plants.definitions import DeviceType, Inverter
from ..plants.energies import Energies
from ..plants.plant import Device
from ..types import Json
from .call import Call
from .parameters import collect_time, devices_of
from .plant_reports import Period, spans

SERVED_TYPES = frozenset({1, 38, 39, 41, 23093})


def device_report(period: Period) -> Callable[[Call], Answer]:
    """Return the endpoint for /thirdData/getDevKpiDay, Month or Year."""

    def endpoint(call: Call) -> Answer:
        devices = devices_of(call, SERVED_TYPES)
        wanted = collect_time(call)
        rows: list[Json] = []
        for device in devices:
            until = device.plant.published(device.type_id, call.now)
            history = device.plant.history
            rows.extend(
                {
                    "devId": device.id,
                    "sn": device.serial,
                    "collectTime": milliseconds(start),
                    "dataItemMap": _items(device, period, energies),
                }
                for start, energies in spans(history, period, wanted, until)
            )
        return success(rows, call.echo())

    return endpoint


def _items(device: Device, period: Period, energies: Energies) -> Json:
    """Return kWh and hours; an inverter's equivalent hours only by the day."""
    match device.type_id:
        case DeviceType.BATTERY:
            return _battery_items(energies) | {
                "charge_time": round(energies.charging_hours, 3),
                "discharge_time": round(energies.discharging_hours, 3),
            }
        case DeviceType.ESS:
            return _battery_items(energies)
        case DeviceType.ALL_IN_ONE:
            return _inverter_items(device, period, energies) | _battery_items(energies)
        case _:
            return _inverter_items(device, period, energies)


def _battery_items(energies: Energies) -> dict[str, Json]:
    return {
        "charge_cap": round(energies.charged, 3),
        "discharge_cap": round(energies.discharged, 3),
    }


def _inverter_items(
    device: Device, period: Period, energies: Energies
) -> dict[str, Json]:
    inverters = device.plant.definition.inverters
    index = device.inverter_index
    inverter: Inverter = inverters[index]
    product = energies.inverters[index]
    return {
        "installed_capacity": round(inverter.peak_power, 3),
        "product_power": round(product, 3),
        "perpower_ratio": (
            round(product / inverter.peak_power, 3) if period is Period.DAY else None
        ),
    }
