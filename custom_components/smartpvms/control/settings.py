"""What is in force at a plant: whether it is ours, and how to set it back."""

from dataclasses import dataclass, replace
from datetime import time
from enum import StrEnum
from typing import Final

from ..northbound.control.commands import (
    SETTABLE_MODES,
    DispatchBattery,
    LiftFeedInLimit,
    LimitFeedIn,
    SetBatteryMode,
)
from ..northbound.control.values import ControlValueError
from ..northbound.models import (
    BatteryMode,
    BatteryParameters,
    FeedInLimit,
    FeedInLimitMode,
    OperationMode,
    TimeOfUseWindow,
)
from .commands import Order

type Present = BatteryMode | FeedInLimit
"""A setting as a query of the cloud tells it."""
type Confirmable = Present | BatteryParameters | DispatchBattery
"""What is known to be in force: as read, or as a task has set it."""

# the wire has kW with three digits, and so rounds to whole W
_NO_DIFFERENCE: Final = 0.51
_END_OF_DAY: Final = time(23, 59)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the user says of a plant.

    `legal_maximum` in W is the most that the plant may ever feed in, None for no such
    rule. A limit for each phase counts `phases` times against it.
    """

    legal_maximum: float | None = None
    phases: int = 3

    def allows(self, order: LimitFeedIn) -> bool:
        """Return whether a limit is not above the legal maximum."""
        if self.legal_maximum is None:
            return True
        factor = self.phases if order.single_phase else 1
        return order.power * factor <= self.legal_maximum

    def at_most(self, order: Order) -> Order:
        """Return an order that lifts or sets a limit, cut to the legal maximum."""
        if self.legal_maximum is None:
            return order
        match order:
            case LiftFeedInLimit():
                return LimitFeedIn(
                    plant_code=order.plant_code, power=self.legal_maximum
                )
            case LimitFeedIn() if not self.allows(order):
                factor = self.phases if order.single_phase else 1
                return replace(order, power=self.legal_maximum / factor)
        return order


class Exactness(StrEnum):
    """How well a setting that was in force before can be set again."""

    EXACT = "exact"
    NEAREST = "nearest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Restoration:
    """What to send to have a setting of before in force again."""

    order: Order
    exactness: Exactness = Exactness.EXACT


def is_in_force(order: Order, present: Confirmable | None) -> bool:
    """Return whether what is read is what an order sets.

    What a time-of-use order leaves as it is does not count.
    """
    match order, present:
        case SetBatteryMode(), BatteryMode():
            return _same_mode(order, present)
        case LimitFeedIn(), FeedInLimit(mode=FeedInLimitMode.LIMITED_POWER):
            return (
                present.power is not None
                and abs(present.power - order.power) <= _NO_DIFFERENCE
                and (present.single_phase or False) is order.single_phase
            )
        case LiftFeedInLimit(), FeedInLimit():
            return present.mode is FeedInLimitMode.NO_LIMIT
        case DispatchBattery(), BatteryMode():
            # no query tells the power; in another mode it is surely not in force
            return present.mode is OperationMode.THIRD_PARTY_DISPATCH
    return False


def _same_mode(order: SetBatteryMode, present: BatteryMode) -> bool:
    if order.mode is not present.mode:
        return False
    if order.mode is not OperationMode.TIME_OF_USE:
        return True
    if present.unreadable_windows or {*order.windows} != {*present.windows}:
        return False
    if order.surplus_to_battery not in (None, present.surplus_to_battery):
        return False
    return order.grid_charge_power is None or (
        present.grid_charge_power is not None
        and abs(present.grid_charge_power - order.grid_charge_power) <= _NO_DIFFERENCE
    )


def restoration_of(baseline: Present | None, rules: Rules) -> Restoration | None:
    """Return how a setting of before is set again; None where nothing comes near it."""
    order = None if baseline is None else _order_for(baseline)
    if order is not None:
        allowed = rules.at_most(order)
        exact = Exactness.EXACT if is_restorable(baseline) else Exactness.NEAREST
        return Restoration(
            order=allowed, exactness=exact if allowed == order else Exactness.NEAREST
        )
    return None


def is_restorable(present: Present | None) -> bool:
    """Return whether a setting can be set again just as it is."""
    if present is None or _order_for(present) is None:
        return False
    return not (
        isinstance(present, FeedInLimit) and present.mode is FeedInLimitMode.ZERO_EXPORT
    )


def _order_for(present: Present) -> Order | None:
    if isinstance(present, BatteryMode):
        return _mode_order(present)
    single_phase = present.single_phase or False
    match present.mode:
        case FeedInLimitMode.NO_LIMIT:
            return LiftFeedInLimit(plant_code=present.plant_code)
        case FeedInLimitMode.ZERO_EXPORT:
            power: float | None = 0.0
        case FeedInLimitMode.LIMITED_POWER:
            power = present.power
        case _:
            return None
    if power is None:
        return None
    try:
        return LimitFeedIn(
            plant_code=present.plant_code,
            power=power,
            single_phase=single_phase,
            allow_import=True,
        )
    except ControlValueError:
        return None


def _mode_order(present: BatteryMode) -> SetBatteryMode | None:
    if present.mode not in SETTABLE_MODES or present.unreadable_windows:
        return None
    if present.mode is not OperationMode.TIME_OF_USE:
        return SetBatteryMode(plant_code=present.plant_code, mode=present.mode)
    try:
        return SetBatteryMode(
            plant_code=present.plant_code,
            mode=present.mode,
            windows=tuple(_as_settable(window) for window in present.windows),
            surplus_to_battery=present.surplus_to_battery,
            grid_charge_power=present.grid_charge_power,
        )
    except ControlValueError:
        return None


def _as_settable(window: TimeOfUseWindow) -> TimeOfUseWindow:
    """Return a window with the last minute of the day for its end."""
    if window.end == time(0, 0):
        return replace(window, end=_END_OF_DAY)
    return window


def legal_restoration(plant_code: str, rules: Rules) -> Restoration | None:
    """Return the limit that is set where nothing is known of the one before."""
    if rules.legal_maximum is None:
        return None
    order = LimitFeedIn(plant_code=plant_code, power=rules.legal_maximum)
    return Restoration(order=order, exactness=Exactness.NEAREST)
