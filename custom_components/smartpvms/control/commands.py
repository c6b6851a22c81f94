"""What a user can tell a plant, and what each command takes that must be given back.

A command wraps what goes over the wire (`northbound.control.commands`, which checks its
ranges when it is made) and adds what the cloud does not know: until when it holds.
Times are seconds since the epoch, powers W.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ..northbound.control.commands import (
    DispatchBattery,
    ForceCharge,
    LiftFeedInLimit,
    LimitFeedIn,
    SetBatteryMode,
    SetBatteryParameters,
    StopForcedCharge,
)

LONGEST_DISPATCH: Final = 4 * 3600.0
"""The longest dispatch in seconds; the cloud itself would never end it."""

type Order = (
    SetBatteryMode
    | SetBatteryParameters
    | ForceCharge
    | StopForcedCharge
    | LimitFeedIn
    | LiftFeedInLimit
    | DispatchBattery
)
"""What goes over the wire."""


class Family(StrEnum):
    """What a command is about; a plant has one present value of each."""

    MODE = "mode"
    PARAMETERS = "parameters"
    FORCED = "forced"
    LIMIT = "limit"
    DISPATCH = "dispatch"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetMode:
    """Set the working mode of the batteries, for good or `until` a time.

    When the time has come, the mode that was in force before our first change is set
    again.
    """

    order: SetBatteryMode
    until: float | None = None

    @property
    def plant_code(self) -> str:
        """The plant."""
        return self.order.plant_code


@dataclass(frozen=True, slots=True, kw_only=True)
class SetParameters:
    """Set limits of the batteries; nothing reads them, so nothing is given back."""

    order: SetBatteryParameters

    @property
    def plant_code(self) -> str:
        """The plant."""
        return self.order.plant_code


@dataclass(frozen=True, slots=True, kw_only=True)
class Forced:
    """Charge or discharge the batteries; it ends by itself, in the cloud."""

    order: ForceCharge

    @property
    def plant_code(self) -> str:
        """The plant."""
        return self.order.plant_code


@dataclass(frozen=True, slots=True, kw_only=True)
class StopForced:
    """End a forced charge or discharge, whoever has begun it."""

    plant_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetFeedInLimit:
    """Limit what the plant feeds in, for good or `until` a time.

    When the time has come, the limit that was in force before our first change is set
    again.
    """

    order: LimitFeedIn
    until: float | None = None

    @property
    def plant_code(self) -> str:
        """The plant."""
        return self.order.plant_code


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveFeedInLimit:
    """Restore the limit that was in force before our first change.

    `unlimited` asks in words for no limit at all; where the plant has a legal maximum
    that becomes the limit.
    """

    plant_code: str
    unlimited: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreMode:
    """Restore the mode that was in force before our first change."""

    plant_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatch:
    """Hold a battery at a power `until` a time at most four hours ahead, then at 0 W.

    The plant must be in third-party dispatch. Nobody ends it while we are off.
    """

    order: DispatchBattery
    until: float

    @property
    def plant_code(self) -> str:
        """The plant."""
        return self.order.plant_code


type Command = (
    SetMode
    | SetParameters
    | Forced
    | StopForced
    | SetFeedInLimit
    | RemoveFeedInLimit
    | RestoreMode
    | Dispatch
)


def family_of(command: Command) -> Family:
    """Return what a command is about."""
    match command:
        case SetMode() | RestoreMode():
            return Family.MODE
        case SetParameters():
            return Family.PARAMETERS
        case Forced() | StopForced():
            return Family.FORCED
        case SetFeedInLimit() | RemoveFeedInLimit():
            return Family.LIMIT
        case Dispatch():
            return Family.DISPATCH


def until_of(command: Command) -> float | None:
    """Return when what a command sets is to be given back, None for never."""
    match command:
        case SetMode() | SetFeedInLimit() | Dispatch():
            return command.until
    return None


def order_of(command: Command) -> Order | None:
    """Return what a command sends; None where that depends on the baseline."""
    match command:
        case RemoveFeedInLimit(unlimited=True):
            return LiftFeedInLimit(plant_code=command.plant_code)
        case RemoveFeedInLimit() | RestoreMode():
            return None
        case StopForced():
            return StopForcedCharge(plant_code=command.plant_code)
    return command.order
