"""Which entity of another integration shows the same as which sensor of ours.

What the others show is taken from their public sources: tijsverkoyen's `fusion_solar`
passes the numbers of getStationRealKpi and getDevRealKpi through under the keys of the
wire, stefan-tabakov's `fusionsolar_cloud_control` has one sensor and two controls.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.components.sensor.const import UNIT_CONVERTERS

from .model import Left, Move, Moves, Ours, Owner, Reason, Theirs

FUSION_SOLAR: Final = "fusion_solar"
CLOUD_CONTROL: Final = "fusionsolar_cloud_control"
INTEGRATIONS: Final = (FUSION_SOLAR, CLOUD_CONTROL)

_PLANT_KEYS: Final[Mapping[str, Mapping[str, str]]] = {
    FUSION_SOLAR: {
        "total_current_day_energy": "day_power",
        "total_current_month_energy": "month_power",
        "total_lifetime_energy": "total_power",
    },
    CLOUD_CONTROL: {"plant_daily_energy_sensor": "day_power"},
}
_DEVICE_KEYS: Final = {"realtime_power": "active_power"}
_CONTROLS: Final = frozenset({"plant_on_off_switch", "plant_power_limit_slider"})
_GRID_METER: Final = 17
_POWER_SENSOR: Final = 47
# W and var that it calls kW, or multiplies by a thousand once more
_WRONG_UNITS: Final[Mapping[int, frozenset[str]]] = {
    _GRID_METER: frozenset(
        {
            "active_power",
            "realtime_power",
            "active_power_a",
            "active_power_b",
            "active_power_c",
            "reactive_power",
        }
    ),
    _POWER_SENSOR: frozenset({"reactive_power"}),
}
_SUMS: Final = frozenset({SensorStateClass.TOTAL, SensorStateClass.TOTAL_INCREASING})

type Owners = Mapping[str, Owner]
"""Our plants and devices, by plant code and by device id."""
type Sensors = Mapping[tuple[str, str], Ours]
"""Our sensors by plant code or device id, and by key on the wire."""


def work_out(theirs: Iterable[Theirs], owners: Owners, sensors: Sensors) -> Moves:
    """Return what of theirs goes on as a sensor of ours, and why the rest does not."""
    moves: list[Move] = []
    left: list[Left] = []
    taken: set[str] = set()
    for each in sorted(theirs, key=_rank):
        match = _match(each, owners, sensors)
        if isinstance(match, Move) and match.ours.unique_id in taken:
            match = Reason.DOUBLE
        if isinstance(match, Move):
            taken.add(match.ours.unique_id)
            moves.append(match)
        else:
            left.append(Left(theirs=each, reason=match))
    return Moves(
        moves=tuple(sorted(moves, key=lambda move: move.theirs.entity_id)),
        left=tuple(sorted(left, key=lambda one: one.theirs.entity_id)),
    )


def covered_owners(moves: Moves) -> frozenset[tuple[str, str]]:
    """Return whose entities are ours too, by entry of theirs and by owner."""
    every = [*(one.theirs for one in moves.moves)]
    every += [one.theirs for one in moves.left if one.reason is not Reason.NOT_COVERED]
    return frozenset((each.entry_id, each.owner) for each in every)


def entries_that_stay(moves: Moves) -> frozenset[str]:
    """Return the entries of theirs that serve others too, and must not be removed."""
    return frozenset(
        one.theirs.entry_id for one in moves.left if one.reason is Reason.NOT_COVERED
    )


def _rank(theirs: Theirs) -> tuple[bool, str]:
    """Put those first that have statistics: they are taken over if others show the same."""
    return theirs.state_class is None, theirs.entity_id


def _match(theirs: Theirs, owners: Owners, sensors: Sensors) -> Move | Reason:
    owner = owners.get(theirs.known_as)
    if owner is None:
        return Reason.NOT_COVERED
    if theirs.key in _CONTROLS:
        return Reason.OTHER_MEANING
    key = _key_of_ours(theirs, owner)
    if key not in owner.keys:
        return Reason.NO_COUNTERPART
    if owner.type_id is not None and theirs.key in _WRONG_UNITS.get(owner.type_id, ()):
        return Reason.WRONG_UNIT
    if theirs.is_disabled:
        return Reason.DISABLED
    ours = sensors.get((theirs.known_as, key))
    if ours is None:
        return Reason.NOT_SHOWN
    return next(_objections(theirs, ours), None) or Move(
        theirs=theirs,
        ours=ours,
        unit=None if theirs.unit == ours.unit else theirs.unit,
    )


def _key_of_ours(theirs: Theirs, owner: Owner) -> str:
    """Return the key on the wire of what an entity shows, empty for none."""
    if owner.type_id is None:
        return _PLANT_KEYS[theirs.integration].get(theirs.key, "")
    return _DEVICE_KEYS.get(theirs.key, theirs.key)


def _objections(theirs: Theirs, ours: Ours) -> Iterator[Reason]:
    if ours.device_class == SensorDeviceClass.ENUM:
        yield Reason.CODE
    if not _is_convertible(theirs, ours):
        yield Reason.OTHER_UNIT
    both = (theirs.state_class, ours.state_class)
    if None not in both and len({each in _SUMS for each in both}) > 1:
        yield Reason.OTHER_STATISTICS


def _is_convertible(theirs: Theirs, ours: Ours) -> bool:
    """Return whether the numbers are the same, or can be shown as the same.

    What has neither unit nor statistics is a number of the cloud as it came.
    """
    if theirs.unit == ours.unit or (theirs.unit is None and theirs.state_class is None):
        return True
    converter = UNIT_CONVERTERS.get(ours.device_class)
    return converter is not None and {theirs.unit, ours.unit} <= converter.VALID_UNITS
