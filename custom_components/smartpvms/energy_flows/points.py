"""The places where a plant measures energy in both directions.

Meters (17, 47) tell W and + for export, and `active_cap` is the export: measured on a
plant that was read by the cloud and by Modbus at once. EMMA (23070) tells kW, its
`active_cap` is the import, and the sign of its power is documented nowhere.
"""

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from .model import EMMA_TYPE, METER_TYPES, Assignment, Direction, PowerSign, Role, Unit

_WATTS_A_KILOWATT = 1000.0
_EXTERNAL = "ex_"
EXTERNAL_POINT: Final = ":external"
"""What the key of EMMA's external CT ends with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A measuring point: a meter, or one of EMMA's two."""

    key: str
    unit: Unit
    prefix: str = ""

    @property
    def of_emma(self) -> bool:
        """Whether this is EMMA's own metering or its external CT."""
        return self.unit.device.type_id == EMMA_TYPE

    @property
    def positive_key(self) -> str:
        """The counter of what flows in positive direction."""
        return f"{self.prefix}active_cap"

    @property
    def negative_key(self) -> str:
        """The counter of what flows in negative direction."""
        return f"{self.prefix}reverse_active_cap"

    @property
    def power(self) -> float | None:
        """The power in W with the cloud's sign."""
        value = self.unit.usable.get(f"{self.prefix}active_power")
        if value is None or not self.of_emma:
            return value
        return value * _WATTS_A_KILOWATT

    def import_key(self, direction: Direction) -> str:
        """Return the counter of what comes from the grid."""
        positive = self._imports_when_positive(direction)
        return self.positive_key if positive else self.negative_key

    def export_key(self, direction: Direction) -> str:
        """Return the counter of what goes to the grid."""
        positive = self._imports_when_positive(direction)
        return self.negative_key if positive else self.positive_key

    def import_power(
        self, direction: Direction, sign: PowerSign | None
    ) -> float | None:
        """Return W with + for import; None where value or sign are unknown."""
        power = self.power
        if power is None or power == 0:
            return power
        if not self.of_emma:
            sign = PowerSign.SAME
        if sign is None:
            return None
        same = sign is PowerSign.SAME
        return power if same is self._imports_when_positive(direction) else -power

    def _imports_when_positive(self, direction: Direction) -> bool:
        return self.of_emma is (direction is Direction.NORMAL)


def points_of(units: Iterable[Unit], known: Container[str] = ()) -> Iterator[Point]:
    """Yield the measuring points of a plant's devices.

    EMMA's external CT is one only if it ever counted, as many have none and tell 0, or
    if it is among the known keys.
    """
    for unit in units:
        if unit.device.type_id in METER_TYPES:
            yield Point(key=unit.device.key, unit=unit)
        elif unit.device.type_id == EMMA_TYPE:
            yield Point(key=unit.device.key, unit=unit)
            external = Point(
                key=f"{unit.device.key}{EXTERNAL_POINT}", unit=unit, prefix=_EXTERNAL
            )
            keys = (external.positive_key, external.negative_key)
            counted = any(unit.counted.get(key) for key in keys)
            if counted or external.key in known:
                yield external


def grid_points(
    units: Iterable[Unit], assignments: Mapping[str, Assignment]
) -> list[tuple[Point, Direction]]:
    """Return the measuring points at the grid connection, with their direction."""
    return [
        (point, assignments[point.key].direction)
        for point in points_of(units, assignments)
        if point.key in assignments and assignments[point.key].role is Role.GRID
    ]
