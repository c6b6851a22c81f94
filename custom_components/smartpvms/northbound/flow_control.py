"""The ledger: what may be called now, what is left, and which doors are closed.

It keeps to the limits of `quotas.py` on its own, so that the cloud has no reason to
refuse, and closes a door for as long as it must when the cloud refuses all the same.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final

from .auth import Access
from .clock import Clock, instant, system_clock
from .errors import DoorClosedError, Failure, FailureKey, failure_of
from .interfaces import Interface, InterfaceClass
from .json_types import JsonObject, JsonValue
from .ledger_state import Door, DoorName, LedgerState
from .quotas import DAY, HOUR, MINUTE, OWNER_WINDOWS, Inventory, Window, account_window

__all__ = ["Booking", "Ledger"]

# seconds are enough for the cloud, and a day's calls must be small on disk
_DIGITS: Final = 3
_OWNER_KEYS: Final = frozenset(
    {FailureKey.CALL_QUOTA_EXHAUSTED, FailureKey.DAILY_QUOTA_EXHAUSTED}
)


class Booking:
    """Calls that are booked and not yet made; those left over are given back."""

    def __init__(self, ledger: Ledger, interface: Interface, calls: int) -> None:
        """Begin with so many calls to make."""
        self.interface = interface
        self.unspent = calls
        self._ledger = ledger

    def spend(self) -> None:
        """Note that a call is about to leave."""
        self.unspent -= 1

    def give_back(self) -> None:
        """Note that a call did not get as far as the cloud."""
        self.unspent += 1

    async def extend(self) -> None:
        """Book one more call; raises `DoorClosedError`."""
        await self._ledger.book(self.interface)
        self.unspent += 1

    async def repeat(self) -> None:
        """Have a call again that the cloud answered with 305 or 306.

        An owner's token still names the owner, whose calls we rather count once too
        often. A dead session names no account, so that the cloud cannot have counted;
        to book again would cost the whole window of five minutes.
        """
        if self._ledger.access is Access.OAUTH:
            await self.extend()
        else:
            self.give_back()


class Ledger:
    """The calls of one account or owner, on disk before the first of them leaves.

    OAuth Connect counts an owner's calls by class of interface in a day, an API account
    has a window for each interface. A day is any 24 hours, since nobody knows when the
    cloud's begins.
    """

    def __init__(
        self,
        access: Access,
        *,
        state: Mapping[str, JsonValue] | None,
        save: Callable[[JsonObject], Awaitable[None]],
        clock: Clock = system_clock,
    ) -> None:
        """Go on with what `state` says was booked; `save` must write before it returns."""
        self.access = access
        self._state = LedgerState.from_dict(state)
        self._save_state = save
        self._save_lock = asyncio.Lock()
        self._clock = clock

    @property
    def state(self) -> JsonObject:
        """What a ledger needs to go on with: the argument of `save`, and of `merge`."""
        return self._state.as_dict()

    def set_inventory(self, plants: int, devices_by_type: Mapping[int, int]) -> None:
        """Say what an API account manages; its limits grow with it."""
        self._state.inventory = Inventory(
            plants=plants, devices_by_type=dict(devices_by_type)
        )

    async def book(self, interface: Interface, calls: int = 1) -> None:
        """Book calls, all or none; they are on disk when this returns.

        Raises:
            DoorClosedError: not all fit, or the cloud refused lately.
        """
        now = self._now()
        refusal = self._refusal(interface, calls, now)
        if refusal is not None:
            failure, opens = refusal
            raise DoorClosedError(failure, interface, retry_at=instant(opens))
        self._state.booked.setdefault(interface, []).extend([now] * calls)
        await self._save()

    async def release(self, interface: Interface, calls: int) -> None:
        """Give back the calls booked last, which were never sent."""
        booked = self._state.booked.get(interface, [])
        del booked[max(0, len(booked) - calls) :]
        await self._save()

    @asynccontextmanager
    async def booking(
        self, interface: Interface, calls: int = 1
    ) -> AsyncIterator[Booking]:
        """Book calls, and release at the end those that were not spent."""
        await self.book(interface, calls)
        booking = Booking(self, interface, calls)
        try:
            yield booking
        finally:
            if booking.unspent > 0:
                await self.release(interface, booking.unspent)

    async def close(
        self, interface: Interface, failure: Failure, retry_after: float | None = None
    ) -> datetime:
        """Close the door on which the cloud refused, and return when it opens.

        Used-up quota (407, 20618) closes the class for an owner and the interface for
        an API account; an overloaded cloud (429, 403) the interface. A refusal that
        repeats doubles the wait, up to an hour; used up for today is a day.
        """
        now = self._now()
        door = self._door_of(interface, failure)
        wait = self._first_wait(interface, failure, now)
        last = self._state.doors.get(door)
        if last is not None:
            wait = max(wait, min(last.wait * 2, HOUR))
        if retry_after is not None:
            wait = max(wait, min(retry_after, DAY))
        self._state.doors[door] = Door(until=now + wait, wait=wait, failure=failure)
        await self._save()
        return instant(now + wait)

    async def succeeded(self, interface: Interface) -> None:
        """Note that the cloud answered: the next refusal is a first one again."""
        doors = [door for door in _doors_of(interface) if door in self._state.doors]
        for door in doors:
            del self._state.doors[door]
        if doors:
            await self._save()

    async def merge(self, other: Mapping[str, JsonValue]) -> None:
        """Take in the state of another ledger of the same account or owner."""
        self._state.merge(LedgerState.from_dict(other))
        await self._save()

    def remaining(self, counted: InterfaceClass | Interface) -> int:
        """Return how many calls fit now, 0 where the door is closed.

        For a class of an API account, which has no limit of its own, it is the sum of
        what fits of its interfaces.
        """
        now = self._now()
        if isinstance(counted, Interface):
            return self._fits(counted, now)
        members = [item for item in Interface if item.interface_class is counted]
        if self.access is Access.OAUTH:
            return max(self._fits(interface, now) for interface in members)
        return sum(self._fits(interface, now) for interface in members)

    def limit(self, counted: InterfaceClass) -> int | None:
        """Return how many calls of a class fit into a day.

        None for an API account, whose interfaces have a window each.
        """
        return OWNER_WINDOWS[counted].calls if self.access is Access.OAUTH else None

    def booked(self, counted: InterfaceClass) -> list[float]:
        """Return when the calls of a class in the last day were made, in order.

        They are in seconds since the epoch, those booked and not yet made among them.
        """
        self._now()
        return sorted(
            time
            for interface, times in self._state.booked.items()
            if interface.interface_class is counted
            for time in times
        )

    def retry_at(self, interface: Interface, calls: int = 1) -> datetime | None:
        """Return when so many calls fit again, None for now."""
        refusal = self._refusal(interface, calls, self._now())
        return None if refusal is None else instant(refusal[1])

    def snapshot(self) -> JsonObject:
        """Return what diagnostics may show: what is left, and what is closed."""
        now = self._now()
        return {
            "access": self.access.value,
            "plants": self._state.inventory.plants,
            "booked": {
                interface.value: len(times)
                for interface, times in self._state.booked.items()
            },
            "remaining": {
                interface.value: self._fits(interface, now) for interface in Interface
            },
            "closed": {
                name.value: {
                    "until": instant(door.until).isoformat(),
                    "reason": door.failure.key.value,
                }
                for name, door in self._state.doors.items()
                if door.until > now
            },
        }

    def _now(self) -> float:
        now = round(self._clock(), _DIGITS)
        self._state.forget(now)
        return now

    def _window(self, interface: Interface) -> Window:
        if self.access is Access.OAUTH:
            return OWNER_WINDOWS[interface.interface_class]
        return account_window(interface, self._state.inventory)

    def _taken(self, interface: Interface, now: float) -> list[float]:
        """Return the calls that the window of this interface still holds, in order."""
        since = now - self._window(interface).seconds
        return sorted(
            time
            for other, times in self._state.booked.items()
            if other is interface
            or (
                self.access is Access.OAUTH
                and other.interface_class is interface.interface_class
            )
            for time in times
            if time > since
        )

    def _fits(self, interface: Interface, now: float) -> int:
        if self._closed(interface, now) is not None:
            return 0
        return max(0, self._window(interface).calls - len(self._taken(interface, now)))

    def _closed(self, interface: Interface, now: float) -> Door | None:
        """Return the door before this interface that stays closed the longest."""
        doors = [self._state.doors.get(name) for name in _doors_of(interface)]
        closed = [door for door in doors if door is not None and door.until > now]
        return max(closed, key=lambda door: door.until, default=None)

    def _refusal(
        self, interface: Interface, calls: int, now: float
    ) -> tuple[Failure, float] | None:
        """Return why so many calls do not fit now, and when they do."""
        door = self._closed(interface, now)
        if door is not None:
            return door.failure, door.until
        window = self._window(interface)
        taken = self._taken(interface, now)
        surplus = len(taken) + calls - window.calls
        if surplus <= 0:
            return None
        # more than the window ever holds: it is worth another look when it is empty
        last = taken[min(surplus, len(taken)) - 1] if taken else now
        return failure_of(FailureKey.CALLS_USED_UP), last + window.seconds

    def _door_of(self, interface: Interface, failure: Failure) -> DoorName:
        if self.access is Access.OAUTH and failure.key in _OWNER_KEYS:
            return interface.interface_class
        return interface

    def _first_wait(self, interface: Interface, failure: Failure, now: float) -> float:
        """Return for how many seconds a first refusal closes the door."""
        if failure.key is FailureKey.DAILY_QUOTA_EXHAUSTED:
            return DAY
        if failure.key is not FailureKey.CALL_QUOTA_EXHAUSTED:
            return MINUTE
        window = self._window(interface)
        wait = window.seconds
        if wait >= DAY:
            # the first call of the day leaves the window, then one call finds out
            taken = self._taken(interface, now)
            wait = taken[0] + DAY - now if taken else HOUR
        return min(max(wait, MINUTE), HOUR)

    async def _save(self) -> None:
        async with self._save_lock:
            await self._save_state(self._state.as_dict())


def _doors_of(interface: Interface) -> tuple[DoorName, ...]:
    return interface, interface.interface_class
