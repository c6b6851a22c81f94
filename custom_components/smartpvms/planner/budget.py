"""How far the polls must be stretched so that a day's calls suffice."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from .model import BEAT, DAY, HOUR, Feed, LedgerView, Sun, Worth

KEPT_FOR_USER: Final = 100
"""Calls of a day that no poll takes."""
# restarts and what is not foreseen; live feeds are not stretched for it
_KEPT_BESIDE: Final = 56
_HORIZONS: Final = tuple(hours * HOUR for hours in (6, 10, 14, 18, 21, 23, 24))
_MOST_STRETCH: Final = 12.0
_FEWEST_EXTRAS: Final = 0.03
_MOST_EXTRAS: Final = 0.3
# calls a day; more would make values little fresher
_ENOUGH_EXTRAS: Final = 80.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """By how much the wishes of each worth are stretched, at least 1.

    `extras` is how many calls beyond one a beat each poll of a live feed earns.
    """

    stretch: Mapping[Worth, float]
    extras: float

    def every(self, feed: Feed) -> float:
        """Return the beats between two polls of a feed as it is now."""
        stretched = feed.pace * self.stretch[feed.worth]
        return max(feed.pace, min(stretched, feed.least))


UNLIMITED: Final = Shares(stretch=dict.fromkeys(Worth, 1.0), extras=0.0)
"""For an API account: every interface has its own window, so that none yields."""


class Budget:
    """What each feed needs and what the ledger gives, at times in the next day."""

    def __init__(
        self,
        feeds: Sequence[Feed],
        ledger: LedgerView,
        *,
        now: float,
        sun: Sun,
        restful: Mapping[str, float],
        taken_by_others: float,
    ) -> None:
        """Look ahead; `restful` is the share of the day that a feed rested of late."""
        self._feeds = feeds
        self._now = now
        self._sun = sun
        self._restful = restful
        limit = ledger.limit or 0
        free = limit - KEPT_FOR_USER - taken_by_others - len(ledger.booked)
        self._supplies = [
            (free + ledger.returning(now, horizon)) / ledger.planners
            for horizon in _HORIZONS
        ]

    def shares(self) -> Shares:
        """Serve each worth in turn, once the least of those after it is set aside."""
        stretch: dict[Worth, float] = {}
        live = [feed for feed in self._feeds if feed.worth is Worth.LIVE]
        extras = self._extras(live)
        spent = [0.0 for _ in _HORIZONS]
        for worth in Worth:
            mine = [feed for feed in self._feeds if feed.worth is worth]
            after = [feed for feed in self._feeds if feed.worth > worth]
            stretch[worth] = 1.0
            for index, horizon in enumerate(_HORIZONS):
                supply = self._supplies[index] - spent[index]
                supply -= self._least(after, horizon)
                need = self._need(mine, horizon)
                stretch[worth] = max(stretch[worth], _ratio(need, supply))
            for index, horizon in enumerate(_HORIZONS):
                need = self._need(mine, horizon) / stretch[worth]
                spent[index] += max(need, self._least(mine, horizon))
                if worth is Worth.LIVE:
                    spent[index] += extras * need + _KEPT_BESIDE
        return Shares(stretch=stretch, extras=extras)

    def _extras(self, live: Sequence[Feed]) -> float:
        """Return what is left for extra calls once everyone has the least, by poll."""
        need = self._need(live, DAY)
        others = [feed for feed in self._feeds if feed.worth is not Worth.LIVE]
        spare = self._supplies[-1] - _KEPT_BESIDE - need - self._least(others, DAY)
        share = min(spare, _ENOUGH_EXTRAS) / max(need, 1.0)
        return min(max(share, _FEWEST_EXTRAS), _MOST_EXTRAS)

    def _need(self, feeds: Iterable[Feed], seconds: float) -> float:
        """Return the calls that the feeds wish for."""
        return sum(self._wished(feed, seconds) for feed in feeds)

    def _wished(self, feed: Feed, seconds: float) -> float:
        bright = self._sun.bright_seconds(self._now, seconds) if feed.dozes else seconds
        restful = 0.0 if feed.dozes else self._restful.get(feed.name, 0.0)
        awake = bright * ((1 - restful) / feed.wish + restful / feed.at_rest)
        return feed.calls * (awake + (seconds - bright) / feed.at_rest) / BEAT

    def _least(self, feeds: Iterable[Feed], seconds: float) -> float:
        """Return the calls that the feeds cannot do without."""
        return sum(
            min(feed.calls * seconds / feed.least / BEAT, self._wished(feed, seconds))
            for feed in feeds
        )


def _ratio(need: float, supply: float) -> float:
    if need <= 0:
        return 1.0
    return _MOST_STRETCH if supply * _MOST_STRETCH <= need else need / supply
