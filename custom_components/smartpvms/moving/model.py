"""What there is on both sides of a move, what moves, and why the rest does not."""

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why an entity of theirs is not taken over."""

    NOT_COVERED = "not_covered"
    """Its plant or device is not one of ours."""
    NO_COUNTERPART = "no_counterpart"
    """We have nothing that shows the same."""
    NOT_SHOWN = "not_shown"
    """Ours is not there: not wanted at this detail, or the cloud has not told it yet."""
    DISABLED = "disabled"
    """The user has disabled it, so that nothing goes on with it."""
    DOUBLE = "double"
    """Another of theirs shows the same, and is taken over."""
    OTHER_MEANING = "other_meaning"
    """It does something else than anything of ours."""
    CODE = "code"
    """It shows a code of the cloud as a number, ours a text."""
    WRONG_UNIT = "wrong_unit"
    """Its number is not in the unit that it claims."""
    OTHER_UNIT = "other_unit"
    """Its unit cannot be converted into ours."""
    OTHER_STATISTICS = "other_statistics"
    """Its statistics are sums and ours means, or the other way round."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Theirs:
    """An entity of another integration, as it stands in the registry.

    `owner` is the plant code or the device id (getDevList) that it belongs to, and
    `known_as` the same as our account lists it, which may be another. `key` is what it
    shows in the words of its integration, `unit` the one that users see.
    """

    entity_id: str
    entry_id: str
    integration: str
    unique_id: str
    owner: str
    known_as: str
    key: str
    unit: str | None = None
    state_class: str | None = None
    is_disabled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """A plant or a device of ours, with the keys on the wire that we have sensors for.

    `type_id` is the devTypeId, None for a plant.
    """

    type_id: int | None
    keys: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """A sensor of ours, which stands in the registry.

    `unique_id` is that of the registry, `unit` the one in which it counts.
    """

    entity_id: str
    unique_id: str
    unit: str | None = None
    device_class: str | None = None
    state_class: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """An entity of theirs, and the sensor of ours that goes on as it.

    `unit` is the one that users have seen and go on seeing, None where it is ours.
    """

    theirs: Theirs
    ours: Ours
    unit: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """An entity of theirs that is not taken over."""

    theirs: Theirs
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Moves:
    """What a take-over would do: the dry run."""

    moves: tuple[Move, ...]
    left: tuple[Left, ...]
