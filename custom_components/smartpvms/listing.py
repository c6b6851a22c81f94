"""When something that a list of the cloud leaves out is believed to be gone."""

from collections.abc import Hashable, Mapping
from datetime import datetime, timedelta
from typing import Final

# two lists in one hiccup of the cloud prove no more than one
APART: Final = timedelta(hours=1)


class Listing[KeyT: Hashable, ItemT]:
    """What the cloud lists, and what it listed until lately.

    Lists come back short or empty by error. So an item stays until a second list, read
    at least `APART` after the first one that left it out, does so too. A refused list is
    none, and one that is empty says nothing of what was there before.
    """

    def __init__(self, known: Mapping[KeyT, ItemT] | None = None) -> None:
        """Begin with nothing listed, or with what was known before the start.

        The latter proves nothing: it stays until two lists that are still to come leave
        it out.
        """
        self._items: dict[KeyT, ItemT] = dict(known or {})
        self._missing_since: dict[KeyT, datetime] = {}
        self._first_read: datetime | None = None
        self._last_read: datetime | None = None

    @property
    def items(self) -> Mapping[KeyT, ItemT]:
        """What is there."""
        return self._items

    @property
    def count(self) -> int:
        """How many items are there."""
        return len(self._items)

    @property
    def misses_something(self) -> bool:
        """Whether the last list left something out that is still there."""
        return bool(self._missing_since)

    @property
    def proves_absence(self) -> bool:
        """Whether what `take` last returned lacks is gone, known before or not."""
        return (
            self._first_read is not None
            and self._last_read is not None
            and self._last_read - self._first_read >= APART
        )

    def take(
        self, listed: Mapping[KeyT, ItemT], now: datetime, *, complete: bool = True
    ) -> dict[KeyT, ItemT]:
        """Take in a list that was read `now`, and return what is there.

        A list that is not `complete`, as the cloud refused part of it, says nothing of
        what it lacks.
        """
        if not complete:
            self._items = {**self._items, **listed}
            return dict(self._items)
        if listed or not self._items:
            self._first_read = self._first_read or now
            self._last_read = now
            self._note_missing(listed, now)
        kept = {
            key: item for key, item in self._items.items() if key in self._missing_since
        }
        self._items = {**kept, **listed} if listed else self._items
        return dict(self._items)

    def _note_missing(self, listed: Mapping[KeyT, ItemT], now: datetime) -> None:
        """Note what is left out, and forget what is so for long enough."""
        missing = self._items.keys() - listed.keys()
        since = {key: self._missing_since.get(key, now) for key in missing}
        self._missing_since = {
            key: first for key, first in since.items() if now - first < APART
        }
