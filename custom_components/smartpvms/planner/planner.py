"""The one clock: which feed is polled when, so that the day's calls suffice."""

from collections.abc import Iterable, Mapping, Sequence
from math import ceil
from typing import Final

from ..northbound.json_types import JsonObject, JsonValue
from .budget import KEPT_FOR_USER, UNLIMITED, Budget
from .follower import Follower
from .model import (
    BEAT,
    DAY,
    HOUR,
    Feed,
    LedgerView,
    Outcome,
    Plan,
    Reason,
    Sun,
    Turn,
    Worth,
)
from .state import as_json, from_json

# an API account that asks again before its five minutes are over is refused, and calls
# do not take equally long to get there
_WINDOW_MARGIN: Final = 2.0
# what another client took is held against us, ever less, for two days
_OTHERS_DAYS: Final = 2
# the share of its first day that a feed is expected to rest
_USUAL_REST: Final = 0.15
_LONGEST_KEPT: Final = 15 * 60.0
# seconds after a full hour; what is polled then is shown with the beat that follows
_HOUR_CLOSES: Final = 55 * 60.0
# by so much a poll may come sooner for the sake of the hour
_SOONER: Final = 45 * 60.0
_FEEDS: Final = "feeds"
_RESTFUL: Final = "restful"
_OTHERS: Final = "others"


class Planner:
    """Plans the polls of one entry; it reads no clock and makes no call.

    After each `plan` its feeds are polled as they fall due, each poll is told by
    `observed`, and a new plan is made.
    """

    def __init__(
        self,
        state: Mapping[str, JsonValue] | None = None,
        *,
        now: float,
        learns: bool = True,
        stagger: float = 0.0,
    ) -> None:
        """Go on with a state that `as_dict` returned.

        An API account does not learn: it may not ask twice within a beat, and so cannot
        see when a snapshot appears. `stagger` delays live feeds by some seconds, for the
        entries of one Home Assistant not to ask all at once.
        """
        self._learns = learns
        self._stagger = stagger
        self._shares = UNLIMITED
        self._ledger = LedgerView(limit=None)
        self._planned: float | None = None
        known = state or {}
        feeds = known.get(_FEEDS)
        self._followers = {
            name: from_json(feed, now, learns=learns)
            for name, feed in (feeds.items() if isinstance(feeds, dict) else ())
        }
        restful = known.get(_RESTFUL)
        self._restful = {
            name: min(max(float(share), 0.0), 1.0)
            for name, share in (restful.items() if isinstance(restful, dict) else ())
            if isinstance(share, int | float)
        }
        self._others_at, self._others = now, 0.0
        match known.get(_OTHERS):
            case [float() | int() as since, float() | int() as calls] if since <= now:
                self._others_at, self._others = float(since), float(calls)
            case _:
                pass

    def plan(
        self, feeds: Sequence[Feed], ledger: LedgerView, *, now: float, sun: Sun
    ) -> Plan:
        """Return when each feed is due."""
        self._note_rest(feeds, now)
        self._ledger = ledger
        if ledger.limit is not None:
            self._shares = Budget(
                feeds,
                ledger,
                now=now,
                sun=sun,
                restful=self._restful,
                taken_by_others=self._taken_by_others(now),
            ).shares()
        turns = sorted(
            (self._turn(feed, now) for feed in feeds), key=lambda turn: turn.due
        )
        ends = [now + HOUR, *(turn.due for turn in turns)]
        if sun.turns is not None:
            ends.append(sun.turns)
        return Plan(
            turns=tuple(turns),
            look_again=max(now, min(ends)),
            is_short=any(self._is_short(feed) for feed in feeds),
        )

    def observed(
        self,
        name: str,
        *,
        now: float,
        changed: bool | None = None,
        outcome: Outcome = Outcome.ANSWERED,
    ) -> None:
        """Take in a poll that was made, due or not.

        `changed` says whether it brought another snapshot than the poll before, None
        where there is none to compare with.
        """
        follower = self._follower(name)
        beat = follower.beat
        if outcome is Outcome.ANSWERED:
            follower.answered(now, changed)
        else:
            follower.failed(now)
        if follower.phase is None or follower.beat != beat:
            follower.earn(self._shares.extras)
        if outcome is Outcome.REFUSED and self._ledger.limit is not None:
            left = float(max(self._ledger.left(now), 0))
            self._others = max(self._taken_by_others(now), left)
            self._others_at = now

    def holds(self, name: str, now: float) -> bool:
        """Return whether the feed's newest snapshot is there already: no call is needed."""
        return self._follower(name).holds(now)

    def is_late(self, name: str) -> bool:
        """Return whether the feed's newest snapshot did not come when it should have."""
        return self._follower(name).is_late

    def delay(self, name: str) -> float | None:
        """Return the mean delay of publication after the beat (s), None while unknown."""
        phase = self._follower(name).phase
        return None if phase is None else phase.mean % BEAT

    def keep_only(self, names: Iterable[str]) -> None:
        """Forget feeds that are no more."""
        kept = set(names)
        for known in (self._followers, self._restful):
            for name in known.keys() - kept:
                del known[name]

    def as_dict(self) -> JsonObject:
        """Return all that has to be remembered, as JSON."""
        return {
            _FEEDS: {name: as_json(feed) for name, feed in self._followers.items()},
            _RESTFUL: {name: round(share, 4) for name, share in self._restful.items()},
            _OTHERS: [round(self._others_at, 2), round(self._others, 1)],
        }

    def _follower(self, name: str) -> Follower:
        if name not in self._followers:
            self._followers[name] = Follower(learns=self._learns)
        return self._followers[name]

    def _turn(self, feed: Feed, now: float) -> Turn:
        follower = self._follower(feed.name)
        follower.resting = feed.resting
        follower.every = self._shares.every(feed)
        follower.learns = self._learns and feed.worth is Worth.LIVE
        due, reason = follower.due()
        if feed.closes_hours and reason is not Reason.FIRST and not follower.failures:
            due = _close_of_hour(due - _SOONER)
        if follower.polled is not None and feed.worth is Worth.LIVE:
            due += self._stagger
            if not self._learns:
                due += _WINDOW_MARGIN
        if reason is Reason.BEAT and follower.every > feed.pace:
            reason = Reason.STRETCHED
        opens = max(
            self._ledger.opens(now, KEPT_FOR_USER),
            self._ledger.doors.get(feed.name, now),
        )
        if opens > max(due, now):
            due, reason = opens, Reason.DOOR
        return Turn(
            feed=feed.name,
            due=due,
            reason=reason,
            interval=follower.every * BEAT,
            beat=follower.expected,
            held=follower.held,
        )

    def _is_short(self, feed: Feed) -> bool:
        """Return whether a live feed cannot be kept that is to be."""
        every = self._shares.every(feed) * BEAT
        wished = feed.wish * BEAT <= _LONGEST_KEPT
        return (
            feed.worth is Worth.LIVE
            and wished
            and not feed.resting
            and every > _LONGEST_KEPT
        )

    def _note_rest(self, feeds: Sequence[Feed], now: float) -> None:
        """Keep the share of the last day or so that each feed rested."""
        passed = 0.0 if self._planned is None else now - self._planned
        self._planned = now
        gain = min(max(passed, 0.0), HOUR) / DAY
        for feed in feeds:
            share = self._restful.get(feed.name, _USUAL_REST)
            self._restful[feed.name] = share + gain * (feed.resting - share)

    def _taken_by_others(self, now: float) -> float:
        passed = (now - self._others_at) / (_OTHERS_DAYS * DAY)
        return self._others * max(0.0, 1 - passed)


def _close_of_hour(moment: float) -> float:
    """Return when an hour is next about to be over, at `moment` or later."""
    return ceil((moment - _HOUR_CLOSES) / HOUR) * HOUR + _HOUR_CLOSES
