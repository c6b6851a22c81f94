"""What is in force at a plant, asked by the queries that cost no control call."""

from dataclasses import dataclass
from typing import Final

from ..northbound.errors import Area, FailureKey, NorthboundError
from .book import Book
from .causes import Cause, Why
from .commands import Family
from .holding import note_present
from .settings import Present

# the plant cannot tell, today or tomorrow
_NEVER: Final = frozenset(
    {
        FailureKey.NETWORKING_UNSUPPORTED,
        FailureKey.FEATURE_UNSUPPORTED,
        FailureKey.INTERFACE_NOT_GRANTED,
        FailureKey.REQUEST_INVALID,
        FailureKey.REQUEST_REFUSED,
        FailureKey.WRONG_SERVER,
        FailureKey.INVALID_RESPONSE,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a query told, or why it told nothing.

    `unreadable` is where asking again is no use, or no call is left for it: a command
    that could be carried out all the same need not wait for it.
    """

    present: Present | None = None
    why: Why | None = None
    unreadable: bool = False


class Reader:
    """Reads modes and limits."""

    def __init__(self, book: Book) -> None:
        """Read for this book."""
        self._book = book

    async def read(self, plant_code: str, family: Family) -> Found:
        """Return the mode (for mode and dispatch) or the limit in force.

        What is read is remembered as confirmed.
        """
        client = self._book.client
        try:
            present: Present
            if family is Family.LIMIT:
                present = await client.get_feed_in_limit(plant_code)
            else:
                present = await client.get_battery_mode(plant_code)
        except NorthboundError as error:
            key = error.failure.key
            return Found(
                why=key,
                unreadable=key in _NEVER or error.failure.area is Area.FLOW_CONTROL,
            )
        except self._book.login_errors:
            return Found(why=Cause.NO_ACCESS)
        note_present(self._book.record(plant_code), present, self._book.clock())
        self._book.changed()
        return Found(present=present)
