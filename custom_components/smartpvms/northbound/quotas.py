"""How many calls the cloud takes in what time (flow control, SmartPVMS 24.2 to 26.2)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import Final

from .device_types import serves_history, serves_readings, serves_reports
from .interfaces import Interface, InterfaceClass

MINUTE: Final = 60.0
HOUR: Final = 3600.0
DAY: Final = 86400.0

_PLANTS_PER_CALL: Final = 100
_DEVICES_PER_CALL: Final = 100
_DEVICES_PER_OLD_HISTORY: Final = 10
_DAILY_EXTRA: Final = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """So many calls in so many seconds, wherever these begin."""

    calls: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """What an API account manages, on which its limits depend.

    Nothing known yet is the smallest account: one plant with one device.
    """

    plants: int = 0
    devices_by_type: Mapping[int, int] = field(default_factory=dict)

    def plant_batches(self) -> int:
        """Return ceil(P / 100), at least 1."""
        return max(1, ceil(self.plants / _PLANTS_PER_CALL))

    def device_batches(
        self, served: Callable[[int], bool], size: int = _DEVICES_PER_CALL
    ) -> int:
        """Return the sum of ceil(D(t) / size) over the types served, at least 1.

        The documents do not say which types count; counting only those that have the
        readings or reports in question can be too few but not too many.
        """
        return max(1, sum(ceil(count / size) for count in self._counts(served)))

    def devices(self, served: Callable[[int], bool]) -> int:
        """Return the number of devices of the types served, at least 1."""
        return max(1, sum(self._counts(served)))

    def _counts(self, served: Callable[[int], bool]) -> Iterable[int]:
        return (
            count for type_id, count in self.devices_by_type.items() if served(type_id)
        )


OWNER_WINDOWS: Final = {
    InterfaceClass.BASIC: Window(calls=1000, seconds=DAY),
    InterfaceClass.CONTROL: Window(calls=100, seconds=DAY),
}
"""OAuth Connect: calls a day for each owner, all interfaces of a class together."""


def account_window(interface: Interface, inventory: Inventory) -> Window:
    """Return the limit of an interface for an API account.

    It is the policy for accounts made after 2022-06-30. The older accounts' is wider
    but for the history, and nothing tells which one an account has. The plant list and
    the five-minute data that the policy does not name any more are held to the limits
    of what replaced them.
    """
    match interface:
        case Interface.PLANTS | Interface.PLANTS_OLD:
            calls = inventory.plant_batches() * 10 + _DAILY_EXTRA
            return Window(calls=calls, seconds=DAY)
        case Interface.PLANT_READINGS:
            return Window(calls=inventory.plant_batches(), seconds=5 * MINUTE)
        case Interface.DEVICE_READINGS:
            calls = inventory.device_batches(serves_readings)
            return Window(calls=calls, seconds=5 * MINUTE)
        case Interface.DEVICE_HISTORY:
            # D / 60 / 10 calls a second
            seconds = 10 * MINUTE / inventory.devices(serves_history)
            return Window(calls=1, seconds=seconds)
        case Interface.DEVICE_HISTORY_OLD | Interface.DEVICE_FIVE_MINUTES:
            calls = inventory.device_batches(serves_history, _DEVICES_PER_OLD_HISTORY)
            return Window(calls=calls + _DAILY_EXTRA, seconds=DAY)
        case Interface.ALARMS:
            calls = max(
                inventory.plant_batches(), inventory.device_batches(serves_readings)
            )
            return Window(calls=calls, seconds=30 * MINUTE)
        case Interface.DEVICE_DAY | Interface.DEVICE_MONTH | Interface.DEVICE_YEAR:
            calls = inventory.device_batches(serves_reports)
            return Window(calls=calls + _DAILY_EXTRA, seconds=DAY)
        case (
            Interface.DEVICES
            | Interface.PLANT_HOUR
            | Interface.PLANT_DAY
            | Interface.PLANT_MONTH
            | Interface.PLANT_YEAR
        ):
            return Window(calls=inventory.plant_batches() + _DAILY_EXTRA, seconds=DAY)
    # the two configuration queries and all of control
    return Window(calls=1, seconds=MINUTE)
