"""Real-time values of plants and devices."""

from ..answers import Answer, success
from ..plants.definitions import POWER_M_TYPES
from ..types import Json
from ..wire.realtime import device_items, plant_items
from .call import Call
from .parameters import devices_of, plants_of

_DOCUMENTED_TYPES = frozenset({1, 10, 17, 38, 39, 41, 47, 23070, 23093})
SERVED_TYPES = _DOCUMENTED_TYPES | POWER_M_TYPES
"""The parameter's description omits the types of Power-M; servers answer them."""
_DONGLE = 62


def plant_real_time(call: Call) -> Answer:
    """Answer /thirdData/getStationRealKpi with the published sample of each plant."""
    rows: list[Json] = [
        {
            "stationCode": plant.code,
            "dataItemMap": plant_items(plant, plant.published(None, call.now)),
        }
        for plant in plants_of(call)
    ]
    return success(rows, call.echo())


def device_real_time(call: Call) -> Answer:
    """Answer /thirdData/getDevRealKpi with the published sample of each device.

    A dongle has no readings: an API account gets an empty map, OAuth 20013.
    """
    served = SERVED_TYPES
    if call.principal.access == "api_account":
        served |= {_DONGLE}
    rows: list[Json] = [
        {
            "devId": device.id,
            "dataItemMap": device_items(
                device, device.plant.published(device.type_id, call.now)
            ),
            "sn": device.serial,
        }
        for device in devices_of(call, served)
    ]
    return success(rows, call.echo())
