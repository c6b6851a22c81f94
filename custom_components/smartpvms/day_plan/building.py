"""Windows of one time-of-use task from the slots of a plan."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final, Literal

from ..control.commands import SetMode
from ..northbound.control import (
    MOST_WINDOWS,
    Controller,
    SetBatteryMode,
    largest_grid_charge_power,
)
from ..northbound.models import Direction, OperationMode, TimeOfUseWindow
from .checking import checked_instant, checked_slots, wall_clock
from .model import Action, PlanRefusedError, PlanSlot, Proposal, Refusal
from .simplifying import simplified
from .week import (
    DAY_IN_MINUTES,
    LAST_MINUTE,
    MINUTE,
    Stretch,
    WeekMinute,
    clock_time,
    minutes_between,
    stretches_of,
    week_minute,
    windows_of,
)

type Gaps = Literal[Action.HOLD, Action.SELF_USE]

_LONGEST_REACH: Final = timedelta(days=6)
"""By the plant's clock; a day is left in which nothing of the plan is due, so that a
plan that only holds finds room for the window that the cloud asks for."""
_WEEK_IN_MINUTES: Final = 7 * DAY_IN_MINUTES
_AWAY: Final = DAY_IN_MINUTES // 2


@dataclass(frozen=True, slots=True, kw_only=True)
class DayPlan:
    """A plan that can be sent as one task.

    `begin` is when it begins to act, `expires` when the mode before must come back; both
    in the zone of the plant. `held_minutes` counts minutes 23:59 in which the battery
    holds although the plan wants something else. `placeholder` is True where the plan
    only holds: its one window then lies outside the plan, since the cloud takes no time
    of use without one.

    The latest end of a window is 23:59: in the minute from there to midnight the battery
    holds, whatever the plan says. A window comes back a week later if nobody takes the
    plan back.
    """

    order: SetBatteryMode
    begin: datetime
    expires: datetime
    held_minutes: int
    placeholder: bool

    @property
    def windows(self) -> tuple[TimeOfUseWindow, ...]:
        """The windows."""
        return self.order.windows

    @property
    def command(self) -> SetMode:
        """The command that sets the plan, and takes it back when it expires."""
        return SetMode(order=self.order, until=self.expires.timestamp())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Course:
    """The slots still to come, in UTC, and the time in which their windows act."""

    slots: tuple[PlanSlot, ...]
    zone: tzinfo
    gaps: Gaps
    begin: datetime
    expires: datetime

    @property
    def end(self) -> datetime:
        """The end of the last slot."""
        return self.slots[-1].end


def build(
    slots: Iterable[PlanSlot],
    *,
    plant_code: str,
    zone: tzinfo,
    now: datetime,
    grid_charge_power: float | None = None,
    surplus_to_battery: bool | None = None,
    gaps: Gaps = Action.HOLD,
    expires: datetime | None = None,
    controller: Controller | None = None,
) -> DayPlan:
    """Return the one task of a plan of up to 48 hours.

    `zone` is that of the plant, whose clock the windows go by. `gaps`, hold or self-use,
    is what the battery does between the slots, from now until the first of them, and
    after the last until the plan `expires`, which is when the last slot ends unless it
    is given. Slots that are over are left out; one that has begun stays whole, so that
    the same plan makes the same window. `grid_charge_power` in W, up to what the
    `controller` takes, must be given where a slot charges. `surplus_to_battery` is as in
    `SetBatteryMode`.

    Raises:
        PlanRefusedError: one task cannot hold the plan; it says why.
        ControlValueError: the plant code is empty.
    """
    course = _course(
        checked_slots(slots, zone), zone=zone, now=now, gaps=gaps, expires=expires
    )
    _check_power(course, grid_charge_power, controller)
    actions, movable = _week(course)
    windows = _windows(course, stretches_of(actions, movable))
    order = SetBatteryMode(
        plant_code=plant_code,
        mode=OperationMode.TIME_OF_USE,
        windows=windows or (_placeholder(course, actions),),
        surplus_to_battery=surplus_to_battery,
        grid_charge_power=grid_charge_power,
        controller=controller,
    )
    return DayPlan(
        order=order,
        begin=course.begin.astimezone(zone),
        expires=course.expires.astimezone(zone),
        held_minutes=_held_minutes(actions),
        placeholder=not windows,
    )


def _course(
    slots: tuple[PlanSlot, ...],
    *,
    zone: tzinfo,
    now: datetime,
    gaps: Gaps,
    expires: datetime | None,
) -> _Course:
    present = now.astimezone(UTC).replace(second=0, microsecond=0)
    coming = tuple(slot for slot in slots if slot.end > present)
    if not coming:
        raise PlanRefusedError(Refusal.PAST, at=slots[-1].end.astimezone(zone))
    end = coming[-1].end
    until = end if expires is None else checked_instant(expires)
    if until < end:
        raise PlanRefusedError(Refusal.EXPIRES_TOO_EARLY, at=end.astimezone(zone))
    begin = min(present, coming[0].start)
    if wall_clock(until, zone) - wall_clock(begin, zone) > _LONGEST_REACH:
        raise PlanRefusedError(Refusal.EXPIRES_TOO_LATE, at=until.astimezone(zone))
    return _Course(slots=coming, zone=zone, gaps=gaps, begin=begin, expires=until)


def _check_power(
    course: _Course, power: float | None, controller: Controller | None
) -> None:
    if not power and any(slot.action is Action.CHARGE for slot in course.slots):
        raise PlanRefusedError(Refusal.GRID_CHARGE_POWER_MISSING)
    largest = largest_grid_charge_power(controller)
    if power is not None and not 0 <= power <= largest:
        raise PlanRefusedError(Refusal.GRID_CHARGE_POWER_OUT_OF_RANGE, maximum=largest)


def _week(
    course: _Course,
) -> tuple[dict[WeekMinute, Action], frozenset[WeekMinute]]:
    """Return what each minute of the week is to do, and those within the slots."""
    wanted = {
        instant: slot.action
        for slot in course.slots
        for instant in minutes_between(slot.start, slot.end)
    }
    actions: dict[WeekMinute, Action] = {}
    for instant in minutes_between(course.begin, course.expires):
        action = wanted.get(instant, course.gaps)
        minute = week_minute(instant, course.zone)
        if actions.setdefault(minute, action) is not action:
            raise PlanRefusedError(
                Refusal.REPEATED_HOUR, at=instant.astimezone(course.zone)
            )
    within = minutes_between(course.slots[0].start, course.end)
    return actions, frozenset(week_minute(instant, course.zone) for instant in within)


def _windows(
    course: _Course, stretches: tuple[Stretch, ...]
) -> tuple[TimeOfUseWindow, ...]:
    windows = windows_of(stretches)
    if len(windows) > MOST_WINDOWS:
        raise PlanRefusedError(
            Refusal.TOO_MANY_WINDOWS,
            windows_needed=len(windows),
            proposal=_proposal(course, stretches),
        )
    return windows


def _held_minutes(actions: dict[WeekMinute, Action]) -> int:
    return sum(
        minute == LAST_MINUTE and action is not Action.HOLD
        for (_, minute), action in actions.items()
    )


def _placeholder(course: _Course, actions: dict[WeekMinute, Action]) -> TimeOfUseWindow:
    """Return a window of a minute in which the plan is not in force.

    It lies half a day or more before the plan, in the part of the week that comes last.
    It discharges, since charging would cost.
    """
    weekday, minute = week_minute(course.begin, course.zone)
    number = (weekday - 1) * DAY_IN_MINUTES + minute - _AWAY
    while True:
        day, minute = divmod(number % _WEEK_IN_MINUTES, DAY_IN_MINUTES)
        if minute != LAST_MINUTE and (day + 1, minute) not in actions:
            return TimeOfUseWindow(
                start=clock_time(minute),
                end=clock_time(minute + 1),
                direction=Direction.DISCHARGE,
                weekdays=frozenset({day + 1}),
            )
        number -= 1


def _proposal(course: _Course, stretches: tuple[Stretch, ...]) -> Proposal:
    """Return the cheapest plan that fits; an hour that comes twice counts once."""
    changed, cost = simplified(stretches)
    by_minute = {
        (stretch.weekday, minute): stretch.action
        for stretch in changed
        for minute in range(stretch.start, stretch.end)
    }
    slots: list[PlanSlot] = []
    for instant in minutes_between(course.slots[0].start, course.end):
        weekday, minute = week_minute(instant, course.zone)
        # the last minute is held whatever is said: so slots need not end before it
        action = by_minute.get((weekday, min(minute, LAST_MINUTE - 1)), course.gaps)
        start = instant.astimezone(course.zone)
        if slots and slots[-1].action is action:
            start = slots.pop().start
        end = (instant + MINUTE).astimezone(course.zone)
        slots.append(PlanSlot(start=start, end=end, action=action))
    return Proposal(slots=tuple(slots), minutes_changed=cost)
