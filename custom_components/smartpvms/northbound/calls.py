"""Calls to the cloud: one after the other, each booked, with a session that lives."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
import logging
from typing import Final

from .auth import Authentication
from .call_journal import CallJournal
from .clock import Clock, instant
from .envelope import Answer, read_answer
from .errors import Area, FailureKey, NorthboundError, UnreachableError, error_for
from .flow_control import Booking, Ledger
from .interfaces import Interface
from .json_types import JsonObject, JsonValue
from .transport import Transport

_LOGGER = logging.getLogger(__name__)

# what the cloud says of plants and commands, after it has taken the call
_ABOUT_PLANTS: Final = frozenset({Area.PLANT, Area.CONTROL})


class Calls:
    """Makes the calls of one owner or account, never two at a time.

    Parallel calls provoke 407.
    """

    def __init__(
        self,
        transport: Transport,
        authentication: Authentication,
        ledger: Ledger,
        clock: Clock,
        journal: CallJournal,
    ) -> None:
        """Call by this transport in the name of who asks."""
        self.ledger = ledger
        self.journal = journal
        self._transport = transport
        self._authentication = authentication
        self._clock = clock
        self._lock = asyncio.Lock()

    async def call(self, booking: Booking, body: JsonObject) -> JsonValue:
        """Make a call that is booked, and return the data; raises `NorthboundError`."""
        answer = await self.ask(booking, body)
        if answer.failure is None or _is_no_data(answer):
            return answer.data
        raise error_for(answer.failure, booking.interface)

    async def ask(self, booking: Booking, body: JsonObject) -> Answer:
        """Make a call that is booked, and once more with a new session after 305.

        What the cloud refused is in the answer, unless it was one call too many: then
        the door is closed, and `FlowControlError` raised.
        """
        async with self._lock:
            try:
                answer = await self._in_session(booking, body)
                await self._settle(booking.interface, answer)
            except NorthboundError as error:
                self.journal.note(booking.interface, self.now(), error.failure)
                raise
            failure = None if _is_no_data(answer) else answer.failure
            self.journal.note(booking.interface, self.now(), failure)
            return answer

    def now(self) -> datetime:
        """Return the time by the clock of the calls."""
        return instant(self._clock())

    async def _in_session(self, booking: Booking, body: JsonObject) -> Answer:
        headers = await self._authentication.headers()
        answer = await self._exchange(booking, headers, body)
        if answer.failure is not None and answer.failure.area is Area.SESSION:
            _LOGGER.debug("%s: the session has ended", booking.interface)
            await booking.repeat()
            await self._authentication.renew(headers)
            headers = await self._authentication.headers()
            answer = await self._exchange(booking, headers, body)
        return answer

    async def _exchange(
        self, booking: Booking, headers: Mapping[str, str], body: JsonObject
    ) -> Answer:
        interface = booking.interface
        booking.spend()
        try:
            response = await self._transport.post(
                interface.path, body, headers, interface
            )
        except UnreachableError as error:
            if not error.sent:
                booking.give_back()
            raise
        return read_answer(response, interface, self._clock())

    async def _settle(self, interface: Interface, answer: Answer) -> None:
        """Note that the session and the door are good, or close the door and raise."""
        failure = answer.failure
        if failure is None or failure.area in _ABOUT_PLANTS or _is_no_data(answer):
            await self._authentication.used()
            await self.ledger.succeeded(interface)
        elif failure.area is Area.FLOW_CONTROL:
            retry_at = await self.ledger.close(interface, failure, answer.retry_after)
            raise error_for(failure, interface, retry_at=retry_at)


def _is_no_data(answer: Answer) -> bool:
    """Return whether the cloud merely has none of the readings asked for."""
    failure = answer.failure
    return failure is not None and failure.key is FailureKey.READINGS_NOT_CONFIGURED
