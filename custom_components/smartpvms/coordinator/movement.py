"""Whether an answer is of another snapshot than the one before."""

from collections.abc import Mapping
from datetime import datetime

from ..northbound.models import Reading


class Movement[KeyT: (str, int)]:
    """Compares the readings of an answer with those before.

    The cloud takes the snapshots of many plants not all at once: it is another one when
    at least half of those have moved that moved from one snapshot to the last.
    """

    def __init__(self) -> None:
        """Begin with nothing moving."""
        self._moving: set[KeyT] = set()
        self._moved: set[KeyT] = set()

    def look(
        self,
        before: Mapping[KeyT, tuple[Reading, datetime]],
        now: Mapping[KeyT, Reading],
    ) -> bool | None:
        """Return whether it is another snapshot, None where there is none to compare."""
        both = before.keys() & now.keys()
        if not both:
            return None
        self._moved |= {
            subject
            for subject in both
            if before[subject][0].values != now[subject].values
        }
        is_new = bool(self._moved) and 2 * len(self._moved) >= len(self._moving)
        # what moves no more is not waited for a second time
        self._moving = set(self._moved)
        if is_new:
            self._moved.clear()
        return is_new
