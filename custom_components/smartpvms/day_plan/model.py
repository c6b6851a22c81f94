"""What a plan consists of, and why one is refused."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Action(StrEnum):
    """What a battery does in a slot."""

    CHARGE = "charge"
    """It charges, from the grid up to the plan's one power."""
    SELF_USE = "self_use"
    """It serves the house."""
    HOLD = "hold"
    """It neither discharges nor charges from the grid; PV surplus may charge it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSlot:
    """What a battery is to do from `start` until before `end`, which know their zone."""

    start: datetime
    end: datetime
    action: Action


class Refusal(StrEnum):
    """Why a plan is refused; also the key of its translation.

    The text behind each member is what a translation has to say.
    """

    NO_SLOTS = "no_slots"
    """The plan has no slot."""
    NO_TIME_ZONE = "no_time_zone"
    """A time does not say its time zone."""
    NOT_WHOLE_MINUTES = "not_whole_minutes"
    """A time has seconds, which the cloud does not know."""
    SKIPPED_TIME = "skipped_time"
    """A time does not exist, since the clocks go forward over it."""
    ENDS_BEFORE_START = "ends_before_start"
    """A slot ends before or when it starts."""
    OVERLAP = "overlap"
    """Two slots overlap."""
    TOO_LONG = "too_long"
    """From the first slot to the last are more than 48 hours."""
    PAST = "past"
    """All slots are over."""
    EXPIRES_TOO_EARLY = "expires_too_early"
    """The plan expires before its last slot ends."""
    EXPIRES_TOO_LATE = "expires_too_late"
    """The plan expires more than 6 days after it begins to act: its windows name
    weekdays, and would begin anew."""
    REPEATED_HOUR = "repeated_hour"
    """When the clocks go back, an hour comes twice, and the plan wants different things
    in the same minute of it. A window cannot tell one from the other."""
    TOO_MANY_WINDOWS = "too_many_windows"
    """The plan needs more than 14 windows."""
    GRID_CHARGE_POWER_MISSING = "grid_charge_power_missing"
    """The plan charges, and does not say with which power above 0 W."""
    GRID_CHARGE_POWER_OUT_OF_RANGE = "grid_charge_power_out_of_range"
    """The power from the grid is below 0 W or above what the controller takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A simpler plan that fits: `minutes_changed` do something else than was asked."""

    slots: tuple[PlanSlot, ...]
    minutes_changed: int


class PlanRefusedError(ValueError):
    """A plan that one time-of-use task cannot hold; nothing was sent.

    `at` is the instant at fault where there is one, in the zone of the plant.
    `windows_needed` and `proposal` go with TOO_MANY_WINDOWS, `maximum` in W with
    GRID_CHARGE_POWER_OUT_OF_RANGE.
    """

    def __init__(
        self,
        refusal: Refusal,
        *,
        at: datetime | None = None,
        windows_needed: int | None = None,
        proposal: Proposal | None = None,
        maximum: float | None = None,
    ) -> None:
        """Say why."""
        super().__init__(refusal.value if at is None else f"{refusal.value}: {at}")
        self.refusal = refusal
        self.at = at
        self.windows_needed = windows_needed
        self.proposal = proposal
        self.maximum = maximum
