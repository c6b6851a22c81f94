"""Which controller a plant has, and what the documents say that it can do.

From the networking rules of SmartPVMS 24.5.0 to 26.2.0, section 5.2.
"""

from collections.abc import Collection
from enum import StrEnum
from typing import Final

_KILO: Final = 1000


class Controller(StrEnum):
    """What connects the devices of a plant with the cloud."""

    DONGLE = "dongle"
    EMMA = "emma"
    SMART_LOGGER = "smart_logger"
    DISTRIBUTED_SMART_LOGGER = "distributed_smart_logger"
    INVERTER_DIRECT = "inverter_direct"
    ALL_IN_ONE = "all_in_one"
    SEVERAL = "several"


class Feature(StrEnum):
    """What a plant can be told or asked."""

    FORCED_CHARGE = "forced_charge"
    BATTERY_MODE = "battery_mode"
    THIRD_PARTY_DISPATCH = "third_party_dispatch"
    BATTERY_PARAMETERS = "battery_parameters"
    FEED_IN_LIMIT = "feed_in_limit"
    READ_BATTERY_MODE = "read_battery_mode"
    READ_FEED_IN_LIMIT = "read_feed_in_limit"


_CONTROLLER_TYPES: Final = {
    2: Controller.SMART_LOGGER,
    62: Controller.DONGLE,
    63: Controller.DISTRIBUTED_SMART_LOGGER,
    23070: Controller.EMMA,
    23093: Controller.ALL_IN_ONE,
}
_INVERTER_TYPES: Final = frozenset({1, 38})

_F = Feature
_RESTRICTED: Final = frozenset(
    {
        *(_F.BATTERY_MODE, _F.THIRD_PARTY_DISPATCH, _F.FEED_IN_LIMIT),
        *(_F.READ_BATTERY_MODE, _F.READ_FEED_IN_LIMIT),
    }
)
# what the documents exclude; all else they grant, or do not speak of
_EXCLUDED: Final = {
    Controller.SMART_LOGGER: {_F.BATTERY_MODE, _F.THIRD_PARTY_DISPATCH},
    Controller.DISTRIBUTED_SMART_LOGGER: {_F.THIRD_PARTY_DISPATCH},
    Controller.INVERTER_DIRECT: {_F.READ_BATTERY_MODE},
    Controller.SEVERAL: _RESTRICTED,
}

_GRID_CHARGE_KILOWATTS: Final = {Controller.DONGLE: 50, Controller.EMMA: 50}
_FEED_IN_KILOWATTS: Final = {
    Controller.DONGLE: 5_000,
    Controller.SMART_LOGGER: 5_000,
    Controller.INVERTER_DIRECT: 5_000,
}
_LARGEST_KILOWATTS: Final = 50_000

LARGEST_POWER: Final = _LARGEST_KILOWATTS * _KILO
"""The largest power in W that the documents name for any plant."""
LOWEST_FEED_IN: Final = -1_000 * _KILO
"""The lowest feed-in limit in W: so much must be drawn from the grid."""


def controller_of(type_ids: Collection[int]) -> Controller | None:
    """Return the controller of a plant with devices of these types (devTypeId).

    There is one entry for each device. Inverters alone are their own controller. None
    where the plant has neither.
    """
    controllers = [
        _CONTROLLER_TYPES[type_id]
        for type_id in type_ids
        if type_id in _CONTROLLER_TYPES
    ]
    if len(controllers) > 1:
        return Controller.SEVERAL
    if controllers:
        return controllers[0]
    return Controller.INVERTER_DIRECT if _INVERTER_TYPES & {*type_ids} else None


def is_excluded(feature: Feature, controller: Controller | None) -> bool:
    """Return whether the documents say that a plant with this controller cannot.

    They do not speak of every pair: what is not excluded may still be refused.
    """
    return controller is not None and feature in _EXCLUDED.get(controller, ())


def largest_grid_charge_power(controller: Controller | None) -> float:
    """Return the largest `grid_charge_power` in W (50 kW for a Dongle since 25.2.0).

    Where the limit is the device's own, or the controller unknown, it is the largest
    of all.
    """
    if controller is None:
        return LARGEST_POWER
    return _GRID_CHARGE_KILOWATTS.get(controller, _LARGEST_KILOWATTS) * _KILO


def largest_feed_in(controller: Controller | None) -> float:
    """Return the largest feed-in limit in W.

    Where it is the plant's own rating (EMMA, all-in-one), or the controller unknown, it
    is the largest of all.
    """
    if controller is None:
        return LARGEST_POWER
    return _FEED_IN_KILOWATTS.get(controller, _LARGEST_KILOWATTS) * _KILO
