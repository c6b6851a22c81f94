"""Asking for many plants or devices, when one of them can make the cloud refuse all."""

from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from .clock import Clock
from .errors import (
    DoorClosedError,
    Failure,
    NorthboundError,
    PermissionDeniedError,
    RequestRejectedError,
)
from .failures import MEMBER_KEYS
from .flow_control import Booking, Ledger
from .interfaces import Interface
from .json_types import JsonObject
from .quotas import HOUR

type Group = tuple[str, ...]
type Ask = Callable[[Booking, Group], Awaitable[list[JsonObject]]]

# finds two among a hundred; the rest is found by the next polls
_MOST_DIVISIONS: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A plant or device that the cloud refuses; left out until then (epoch seconds)."""

    failure: Failure
    until: float


class Members:
    """Which of the plants, or of the devices, the cloud refused in the last hour.

    A group that was refused and could not be divided to the end, since calls are few,
    stays suspect, and the next poll goes on with its halves.
    """

    def __init__(self, clock: Clock) -> None:
        """Begin with none refused."""
        self._clock = clock
        self._refused: dict[str, Refusal] = {}
        self._suspects: list[Group] = []
        self._unasked: frozenset[str] = frozenset()

    @property
    def refused(self) -> Mapping[str, Failure]:
        """Why each of them is refused."""
        now = self._clock()
        self._refused = {
            member: refusal
            for member, refusal in self._refused.items()
            if refusal.until > now
        }
        return {member: refusal.failure for member, refusal in self._refused.items()}

    @property
    def in_doubt(self) -> frozenset[str]:
        """Members that an answer which has just come may lack though none is refused.

        They are those of refused groups that were not divided to the end yet, and those
        for which the last poll had no call left after it had divided.
        """
        return self._unasked.union(*self._suspects)

    def refuse(self, member: str, failure: Failure) -> None:
        """Leave out this member for an hour: its owner may allow access again."""
        self._refused[member] = Refusal(failure=failure, until=self._clock() + HOUR)

    def accept(self, group: Group) -> None:
        """Note that the cloud answered for these."""
        for member in group:
            self._refused.pop(member, None)

    def suspect(self, groups: Iterable[Group]) -> None:
        """Go on with these groups, as they are, at the next poll."""
        self._suspects.extend(groups)

    def leave_unasked(self, groups: Iterable[Group]) -> None:
        """Note whom the last poll did not come to; the next asks for them as ever."""
        self._unasked = frozenset(member for group in groups for member in group)

    def take_suspects(self, wanted: Sequence[str]) -> list[Group]:
        """Return the suspect groups among those wanted, which are suspect no more."""
        asked = frozenset(wanted)
        taken = [tuple(m for m in group if m in asked) for group in self._suspects]
        kept = [tuple(m for m in group if m not in asked) for group in self._suspects]
        self._suspects = [group for group in kept if group]
        return [group for group in taken if group]


async def gather(
    ledger: Ledger,
    interface: Interface,
    members: Members,
    wanted: Iterable[str],
    ask: Ask,
) -> list[JsonObject]:
    """Ask for all in batches, booked together, and return the rows.

    A batch refused because of single members is divided until these are found; then
    they are left out for an hour. Where all that are wanted are known to be refused, they
    are asked for undivided, so that a poll finds out when that has changed.

    Raises:
        PermissionDeniedError, RequestRejectedError: all are refused.
        NorthboundError: a batch failed for another reason.
    """
    names = list(dict.fromkeys(wanted))
    if not names:
        return []
    refused = members.refused
    known = [name for name in names if name not in refused]
    if not known:
        return await _ask_undivided(ledger, interface, members, names, ask)
    suspects = members.take_suspects(known)
    in_doubt = {name for group in suspects for name in group}
    settled = [name for name in known if name not in in_doubt]
    batches = _batches(settled, interface.batch_size)
    return await _Run(interface, members, ask, suspects, batches).finish(ledger)


async def _ask_undivided(
    ledger: Ledger, interface: Interface, members: Members, names: list[str], ask: Ask
) -> list[JsonObject]:
    groups = _batches(names, interface.batch_size)
    rows: list[JsonObject] = []
    async with ledger.booking(interface, len(groups)) as booking:
        for group in groups:
            rows += await ask(booking, group)
            members.accept(group)
    return rows


class _Run:
    """One poll of a list of members: first the groups in doubt, then the others."""

    def __init__(
        self,
        interface: Interface,
        members: Members,
        ask: Ask,
        suspects: list[Group],
        batches: list[Group],
    ) -> None:
        self._interface = interface
        self._members = members
        self._ask = ask
        self._suspects = deque(suspects)
        self._batches = deque(batches)
        self._dividing = bool(suspects)
        self._divisions = 0
        self._answered = False
        self._rows: list[JsonObject] = []
        self._refusal: NorthboundError | None = None

    async def finish(self, ledger: Ledger) -> list[JsonObject]:
        """Ask for all groups, or for as many as calls allow where some are in doubt."""
        calls = 1 if self._dividing else len(self._batches)
        try:
            async with ledger.booking(self._interface, calls) as booking:
                while queue := self._suspects or self._batches:
                    if self._divisions > _MOST_DIVISIONS:
                        break
                    await self._next(booking, queue)
        except DoorClosedError:
            if not (self._dividing and (self._answered or self._refusal)):
                raise
        finally:
            self._members.suspect(self._suspects)
            self._members.leave_unasked(self._batches)
        if self._refusal is not None and not self._answered:
            raise self._refusal
        return self._rows

    async def _next(self, booking: Booking, queue: deque[Group]) -> None:
        """Ask for the first group, which leaves the queue once it is answered."""
        if booking.unspent == 0:
            await booking.extend()
        group = queue[0]
        try:
            rows = await self._ask(booking, group)
        except (PermissionDeniedError, RequestRejectedError) as error:
            if error.failure.key not in MEMBER_KEYS:
                raise
            queue.popleft()
            self._divide(group, error)
            return
        queue.popleft()
        self._answered = True
        self._rows += rows

    def _divide(self, group: Group, error: NorthboundError) -> None:
        """Suspect both halves of a refused group, or refuse its only member."""
        self._refusal = error
        self._dividing = True
        if len(group) == 1:
            self._members.refuse(group[0], error.failure)
            return
        self._divisions += 1
        middle = len(group) // 2
        self._suspects.extendleft((group[middle:], group[:middle]))


def _batches(names: Sequence[str], size: int) -> list[Group]:
    return [tuple(names[at : at + size]) for at in range(0, len(names), size)]
