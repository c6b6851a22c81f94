"""What the last readings, which cost no control call, say about a command."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ..northbound.control.commands import (
    DispatchBattery,
    ForceCharge,
    LimitFeedIn,
    SetBatteryMode,
)
from ..northbound.models import Direction, OperationMode
from .commands import Order

SHOWN_AFTER: Final = 460.0
"""Seconds after which a reading surely shows a change: a beat and its publication."""

FORCED: Final = 1
"""`ch_discharge_model` of a forced charge or discharge (SmartPVMS 25.2.0)."""
_MODELS: Final = {
    OperationMode.MAXIMUM_SELF_CONSUMPTION: frozenset({4}),
    OperationMode.TIME_OF_USE: frozenset({2, 6}),
    OperationMode.THIRD_PARTY_DISPATCH: frozenset({12}),
}
# W that count as charging or discharging
_NOTICED: Final = 50.0
# share and W by which a held power may be missed
_TOLERANCE: Final = 0.1
_SLACK: Final = 100.0
# percent by which a target may be missed in the last reading
_SOC_SLACK: Final = 1.0


class Evidence(StrEnum):
    """What an outcome rests on."""

    LIVE_MODE = "live_mode"
    """`ch_discharge_model` of the battery."""
    LIVE_POWER = "live_power"
    """The sign of the battery's power."""
    LIVE_SOC = "live_soc"
    """The battery's state of charge."""
    LIVE_LIMIT = "live_limit"
    """`inverter_state` 513: power limited."""
    READ_BACK = "read_back"
    """The query of the present mode or limit."""
    TASK = "task"
    """The cloud's word about the task."""
    DELIVERY = "delivery"
    """The cloud's answer to the command."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """The last readings of a plant's battery and inverter.

    `read_at` in seconds since the epoch is when they were read, which may be minutes
    after they were taken. `model` is the battery's `ch_discharge_model`,
    `charging_power` W with + for charging, `soc` percent, `charged` and `discharged`
    counters in kWh that only rise (a day's counter falls at midnight, which is
    noticed). `is_limited` tells `inverter_state` 513. None where nothing was told.
    """

    read_at: float
    model: int | None = None
    charging_power: float | None = None
    soc: float | None = None
    charged: float | None = None
    discharged: float | None = None
    is_limited: bool | None = None


def shows(
    order: Order, before: Live | None, now: Live | None, sent: float
) -> tuple[Evidence, ...]:
    """Return what in the last readings proves that an order is in force; () for none.

    Readings that were the same before the order prove nothing until they must have been
    taken after it, and then only where the plant cannot have done the same by itself.
    """
    if now is None or now.read_at <= sent:
        return ()
    surely_after = now.read_at >= sent + SHOWN_AFTER
    match order:
        case ForceCharge():
            return _shows_forced(order, before, now, surely_after=surely_after)
        case SetBatteryMode():
            models = _MODELS[order.mode]
            if now.model in models and _was_not(before, models):
                return (Evidence.LIVE_MODE,)
        case DispatchBattery():
            if surely_after and _holds(order.charging_power, now):
                return (Evidence.LIVE_MODE, Evidence.LIVE_POWER)
        case LimitFeedIn():
            was = None if before is None else before.is_limited
            if now.is_limited and was is False:
                return (Evidence.LIVE_LIMIT,)
    return ()


def _was_not(before: Live | None, models: frozenset[int]) -> bool:
    return (
        before is not None and before.model is not None and before.model not in models
    )


def _shows_forced(
    order: ForceCharge, before: Live | None, now: Live, *, surely_after: bool
) -> tuple[Evidence, ...]:
    if now.model != FORCED:
        return ()
    if not (surely_after or _was_not(before, frozenset({FORCED}))):
        return ()
    power = now.charging_power
    if power is None:
        return (Evidence.LIVE_MODE,)
    charges = order.direction is Direction.CHARGE
    if (power if charges else -power) < _NOTICED:
        return ()
    return (Evidence.LIVE_MODE, Evidence.LIVE_POWER)


def _holds(power: float, now: Live) -> bool:
    models = _MODELS[OperationMode.THIRD_PARTY_DISPATCH]
    if now.model not in models or now.charging_power is None:
        return False
    return abs(now.charging_power - power) <= max(_SLACK, abs(power) * _TOLERANCE)


def has_ended(order: ForceCharge, now: Live | None, since: float) -> bool:
    """Return whether a forced charge that ran is over, by a reading taken later."""
    return (
        now is not None
        and now.read_at > since
        and now.model is not None
        and now.model != FORCED
    )


def reached_target(order: ForceCharge, now: Live | None) -> bool:
    """Return whether the state of charge is where a forced charge was to bring it."""
    if order.target_soc is None or now is None or now.soc is None:
        return False
    if order.direction is Direction.CHARGE:
        return now.soc >= order.target_soc - _SOC_SLACK
    return now.soc <= order.target_soc + _SOC_SLACK


def energy_between(
    before: Live | None, now: Live | None
) -> tuple[float | None, float | None]:
    """Return kWh charged and discharged between two readings, None where unknown."""
    if before is None or now is None:
        return None, None
    return (
        _risen(before.charged, now.charged),
        _risen(before.discharged, now.discharged),
    )


def _risen(before: float | None, now: float | None) -> float | None:
    if before is None or now is None or now < before:
        return None
    return round(now - before, 3)
