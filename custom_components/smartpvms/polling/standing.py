"""How the feeds of a plant stand in the beat, and which are waited for."""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from math import inf
from typing import Final

from ..planner import Feed, Reason, Turn, Worth
from ..planner.model import BEAT

# beats; a feed that is polled less often is not waited for
_EACH_BEAT: Final = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A feed between two polls; times are seconds since the epoch.

    `live` feeds are polled at each beat now. `beat` and `held` are as in `Turn`, `again`
    says that the poll due is the second one for its beat. `polled` is when the feed was
    last polled since the start, and `is_late` whether its last snapshot did not come
    when it should have.
    """

    live: bool
    due: float
    beat: int | None = None
    held: int | None = None
    again: bool = False
    polled: float | None = None
    is_late: bool = False

    @property
    def tells(self) -> bool:
        """Whether it tells something new at each beat, and has done so since the start."""
        return self.live and self.polled is not None

    def is_current(self, now: float) -> bool:
        """Return whether what it told last is of this beat, as far as can be known."""
        since = -inf if self.polled is None else self.polled
        return not self.is_late and now - since < _EACH_BEAT * BEAT


def standing_of(
    feed: Feed, turn: Turn, *, polled: float | None, is_late: bool
) -> Standing:
    """Return how a feed stands with this turn as its next."""
    each_beat = turn.interval <= _EACH_BEAT * BEAT
    return Standing(
        live=feed.worth is Worth.LIVE and not feed.resting and each_beat,
        due=turn.due,
        beat=turn.beat,
        held=turn.held,
        again=turn.reason is Reason.AGAIN,
        polled=polled,
        is_late=is_late,
    )


def awaited(standings: Mapping[str, Standing], told: Set[str]) -> set[str]:
    """Return the live feeds that still owe their values of the beat of those `told`.

    Where the phase is known the number of the beat decides, else whether the feed is
    polled before the next beat of those told.
    """
    live = {name: each for name, each in standings.items() if each.live}
    newest = _newest(live, told)
    ends = min(
        (each.due for name, each in live.items() if name in told and not each.again),
        default=-inf,
    )
    return {
        name
        for name, each in live.items()
        if (
            each.due < ends and name not in told
            if newest is None or each.held is None or each.beat is None
            else each.held < newest and each.beat <= newest
        )
    }


def _newest(live: Mapping[str, Standing], told: Set[str]) -> int | None:
    """Return the newest beat of those told, None where no phase is known."""
    beats = [
        each.beat if each.again else each.held
        for name, each in live.items()
        if name in told
    ]
    return max((beat for beat in beats if beat is not None), default=None)
