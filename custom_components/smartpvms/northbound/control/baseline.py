"""Settings as they were: how to set them again, and whether they are still ours.

What a query can read and no command can set has no way back: there is None.
"""

from ..models import BatteryMode, FeedInLimit, FeedInLimitMode, OperationMode
from .commands import (
    SETTABLE_MODES,
    FeedInCommand,
    LiftFeedInLimit,
    LimitFeedIn,
    SetBatteryMode,
)
from .values import ControlValueError


def command_restoring_mode(found: BatteryMode) -> SetBatteryMode | None:
    """Return the command that sets a battery mode that was read, None for no such.

    Fully fed to grid and other modes cannot be set, nor windows that could not be read
    or that the cloud tells and does not take.
    """
    if found.mode not in SETTABLE_MODES:
        return None
    if found.mode is not OperationMode.TIME_OF_USE:
        return SetBatteryMode(plant_code=found.plant_code, mode=found.mode)
    if found.unreadable_windows:
        return None
    try:
        return SetBatteryMode(
            plant_code=found.plant_code,
            mode=found.mode,
            windows=found.windows,
            surplus_to_battery=found.surplus_to_battery,
            grid_charge_power=found.grid_charge_power,
        )
    except ControlValueError:
        return None


def command_restoring_limit(found: FeedInLimit) -> FeedInCommand | None:
    """Return the command that sets a feed-in limit that was read, None for no such.

    Zero export, percent and other limits cannot be set, nor one of which it is not known
    whether it is each phase's.
    """
    if found.mode is FeedInLimitMode.NO_LIMIT:
        return LiftFeedInLimit(plant_code=found.plant_code)
    if (
        found.mode is not FeedInLimitMode.LIMITED_POWER
        or found.power is None
        or found.single_phase is None
    ):
        return None
    try:
        return LimitFeedIn(
            plant_code=found.plant_code,
            power=found.power,
            single_phase=found.single_phase,
            allow_import=True,
        )
    except ControlValueError:
        return None


def mode_is_in_force(command: SetBatteryMode, found: BatteryMode) -> bool:
    """Return whether a mode that was read is what a command has set.

    What the command left open may be anything.
    """
    if found.mode is not command.mode or found.unreadable_windows:
        return False
    same_surplus = command.surplus_to_battery in (None, found.surplus_to_battery)
    same_power = _is_same(command.grid_charge_power, found.grid_charge_power)
    return same_surplus and same_power and {*command.windows} == {*found.windows}


def limit_is_in_force(command: FeedInCommand, found: FeedInLimit) -> bool:
    """Return whether a feed-in limit that was read is what a command has set."""
    if isinstance(command, LiftFeedInLimit):
        return found.mode is FeedInLimitMode.NO_LIMIT
    return (
        found.mode is FeedInLimitMode.LIMITED_POWER
        and _is_same(command.power, found.power)
        and found.single_phase in (None, command.single_phase)
    )


def _is_same(wanted: float | None, found: float | None) -> bool:
    """Return whether two powers in W are the same but for rounding to the watt."""
    if wanted is None:
        return True
    return found is not None and abs(wanted - found) < 1
