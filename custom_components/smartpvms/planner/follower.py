"""How one feed is polled along the cloud's beat."""

from dataclasses import dataclass
from math import ceil, floor, inf
from typing import Final

from .model import BEAT, Reason
from .phase import Phase
from .search import Search

MOST_EXTRAS: Final = 10.0
"""Calls beyond one a beat that a feed may save up."""
_FIRST_EXTRAS: Final = 4.0
AGAIN_AFTER: Final = 31.0
"""Seconds until a poll that came too early is repeated, once."""

_FIRST_DOUBT: Final = 30.0
# while the mean is as doubtful as this, polls near it tell the most
_DOUBTFUL: Final = 18.0
_TELLING: Final = 0.3
# a feed that is polled less often is not asked again, since its beats are not all seen
_EACH_BEAT: Final = 1.5
# deviations after the mean: with extra calls in hand, and with none
_SOON: Final = 1.1
_SURELY: Final = 1.9
_CHECK: Final = -1.8
_EARLY: Final = -1.0
_EARLIEST: Final = -2.2
_LATEST: Final = 2.6
# extra calls in hand
_PLENTY: Final = 6.0
# beats
_CHECK_INTERVAL: Final = 144
_CHECK_SPACING: Final = 36
_FIRST_CHECK: Final = 4
_SILENCE: Final = 3
# of the interval of a feed that is polled seldom
_LONGEST_RETRY: Final = 0.25
# share of the beats that bring something new, of the last dozen or so
_LIVELY: Final = 0.6
_LIVELY_GAIN: Final = 1 / 12


@dataclass(slots=True)
class Follower:
    """What is known of a feed: its last poll, and its phase once that is found.

    `beat` is the number of the beat polled last (seconds since the epoch / 300), `seen`
    whether its snapshot was there. A poll that sees nothing new is repeated once within
    the beat (`after` is its delay then). From time to time, and when snapshots were
    missing, a poll before the expected time checks that the snapshot is not there
    already (`early` is its delay): only so can be seen that the phase is not earlier.
    """

    learns: bool = True
    polled: float | None = None
    phase: Phase | None = None
    search: Search | None = None
    beat: int = 0
    seen: bool = False
    turn: float = 0.0
    after: float | None = None
    early: float | None = None
    early_news: bool = False
    suspect: bool = False
    check: int = 0
    checked: int = 0
    silent: int = 0
    lively: float = 1.0
    extras: float = _FIRST_EXTRAS
    every: float = 1.0
    resting: bool = False
    failures: int = 0

    def due(self) -> tuple[float, Reason]:
        """Return when the next poll is due, which may be long ago, and why."""
        if self.polled is None:
            return 0.0, Reason.FIRST
        if self.phase is None:
            if self.search is not None and self._may_search():
                return self.search.next_poll(self.polled), Reason.SEARCH
            return self.polled + self._wait * BEAT, self._usual
        if self.after is not None:
            return self.polled + AGAIN_AFTER, Reason.AGAIN
        beat = self._next
        if self._is_check(beat) and self._may_add():
            return beat * BEAT + self.phase.at(_CHECK), Reason.CHECK
        return beat * BEAT + self.phase.at(self._margin), self._usual

    @property
    def expected(self) -> int | None:
        """The beat that the next poll is for, None while the phase is not known."""
        if self.phase is None:
            return None
        return self._next if self.after is None else self.beat

    @property
    def held(self) -> int | None:
        """The last beat that needs no further poll, None while the phase is not known."""
        if self.phase is None:
            return None
        return self.beat if self.after is None else self.beat - 1

    @property
    def is_late(self) -> bool:
        """Whether the snapshot of the last beat was not there, and is likely to come.

        What usually moves and has been still for a beat or two is late; after that it
        stands still.
        """
        if self.phase is None or self.seen or self.resting or self.after is not None:
            return False
        return 0 < self.silent < _SILENCE and self.lively >= _LIVELY

    def holds(self, now: float) -> bool:
        """Return whether the newest snapshot that may be expected is there already."""
        if self.polled is None:
            return False
        if self.phase is None:
            return now < self.polled + BEAT
        newest = floor((now - self.phase.at(_SOON)) / BEAT)
        return self.after is None and self.seen and newest <= self.beat

    def earn(self, extras: float) -> None:
        """Allow so many more calls beyond one a beat."""
        self.extras = min(self.extras + extras, MOST_EXTRAS)

    def failed(self, now: float) -> None:
        """Note a poll without an answer; the next beat brings the next."""
        if self.phase is not None:
            self._conclude(self._beat_at(self.phase, now), seen=False)
        self.search = None
        self.polled = now
        self.failures += 1

    def answered(self, now: float, changed: bool | None) -> None:
        """Note a poll, and whether anything was new in it; None where nobody can tell."""
        if self.phase is not None:
            self._follow(self.phase, now, changed)
        elif self.learns:
            self._look_for(now, changed)
        self.polled = now
        self.failures = 0

    @property
    def _next(self) -> int:
        return max(self.beat + 1, ceil(self.turn + self.every - 1e-6))

    @property
    def _wait(self) -> float:
        """The beats until the next poll of a feed without a phase: few after a failure."""
        if self.failures == 0 or self.every <= _EACH_BEAT:
            return self.every
        soon = min(2.0 ** (self.failures - 1), self.every * _LONGEST_RETRY)
        return min(max(soon, 1.0), self.every)

    @property
    def _usual(self) -> Reason:
        return Reason.RESTING if self.resting else Reason.BEAT

    @property
    def _margin(self) -> float:
        if self.every > _EACH_BEAT:
            return _SURELY
        if self.phase is not None and self.phase.doubt > _DOUBTFUL and self._may_add():
            return _TELLING
        return _SURELY - (_SURELY - _SOON) * max(self.extras, 0.0) / MOST_EXTRAS

    def _may_add(self) -> bool:
        return self.extras >= 1 and not self.resting and self.lively >= _LIVELY

    def _may_persist(self, phase: Phase, delay: float) -> bool:
        """Return whether to repeat a poll once more: calls left over may do that."""
        return self.extras >= _PLENTY and delay < phase.at(_LATEST) and self._may_add()

    def _may_search(self) -> bool:
        """A phase that is lost costs more than a few calls: they may be owed."""
        return self.learns and self.extras > -MOST_EXTRAS and not self.resting

    def _beat_at(self, phase: Phase, now: float) -> int:
        return floor((now - phase.at(_EARLIEST)) / BEAT)

    # searching

    def _look_for(self, now: float, changed: bool | None) -> None:
        polled, search = self.polled, self.search
        if polled is None or search is None or changed is None:
            # what stands still is not searched until it moves
            if changed is not False or self.silent == 0:
                self.search, self.silent = Search(now), 0
            return
        self.extras -= max(0.0, 1 - (now - polled) / (self.every * BEAT))
        search.narrow(polled, now, changed=changed)
        if not search.is_over:
            return
        self.search = None
        if not search.found:
            self.silent = 1
            return
        self.phase = Phase(mean=search.centre, doubt=_FIRST_DOUBT)
        self.beat = self._beat_at(self.phase, now)
        self.turn, self.seen = self.beat, False
        self.check = self.beat + _FIRST_CHECK

    def _lose(self, now: float) -> None:
        self.phase = None
        self.after = self.early = None
        self.suspect = False
        self.search = Search(now)

    # following

    def _follow(self, phase: Phase, now: float, changed: bool | None) -> None:
        beat = self._beat_at(phase, now)
        delay = now - beat * BEAT
        if beat > self.beat and delay < phase.at(_EARLY):
            if self._is_check(beat):
                self._see_early(delay, changed=changed)
                return
            # what is there is the snapshot of the beat before
            beat, delay = beat - 1, delay + BEAT
        if beat <= self.beat:
            self._see_again(phase, delay, now, changed=changed)
        else:
            self._see(phase, beat, delay, now, changed)

    def _see_again(
        self, phase: Phase, delay: float, now: float, *, changed: bool | None
    ) -> None:
        """Take in a second poll within a beat."""
        if self.after is not None:
            self.extras -= 1
            if changed:
                phase.learn(self.after, delay)
            elif self.suspect:
                self._lose(now)
                return
            elif self._may_persist(phase, delay):
                self.after = delay
                return
            else:
                self._missed()
        if changed:
            self._moved()
            self.seen = True
        self.after, self.suspect = None, False

    def _see_early(self, delay: float, *, changed: bool | None) -> None:
        """Take in a poll that should still see the snapshot of the beat before.

        What is new all the same may be that snapshot: the poll of the beat will tell.
        """
        self.extras -= 1
        self.early = delay
        self.early_news = changed is not False

    def _see(
        self, phase: Phase, beat: int, delay: float, now: float, changed: bool | None
    ) -> None:
        """Take in the poll of a beat."""
        follows = self._is_next(beat)
        early = self.early if now - (self.polled or 0.0) < BEAT else None
        if early is not None:
            self.checked, self.check = beat, beat + _CHECK_INTERVAL
        phase.wander(beat - self.beat)
        self._conclude(beat, seen=changed is not False)
        if changed:
            if early is not None or follows:
                phase.learn(-inf if early is None else early, delay)
            self._moved()
        elif changed is False:
            self._saw_nothing(phase, delay, now, early=early, follows=follows)

    def _saw_nothing(
        self,
        phase: Phase,
        delay: float,
        now: float,
        *,
        early: float | None,
        follows: bool,
    ) -> None:
        if early is not None and self.early_news:
            # either the early poll had it already, or it is about to come
            self.after, self.suspect = delay, True
        elif not follows:
            self._missed()
        elif self.every <= _EACH_BEAT and self._may_add():
            self.after = delay
        else:
            phase.learn(delay, inf)
            self._missed()

    def _is_check(self, beat: int) -> bool:
        """Return whether the first poll of a beat is to be an early one."""
        follows = self.seen and beat - self.beat <= ceil(self.every)
        return follows and beat >= self.check and self.early is None

    def _is_next(self, beat: int) -> bool:
        return self.seen and beat == self.beat + 1

    def _conclude(self, beat: int, *, seen: bool) -> None:
        ideal = self.turn + self.every
        self.turn = ideal if beat - 1 < ideal <= beat else beat
        self.beat, self.seen = beat, seen
        self.after = self.early = None
        self.suspect = False

    def _moved(self) -> None:
        if self.silent >= _SILENCE:
            self._check_soon()
        self.silent = 0
        self.lively += _LIVELY_GAIN * (1 - self.lively)

    def _missed(self) -> None:
        if self.resting:
            return
        self.silent += 1
        if self.silent < _SILENCE:
            # an outage is one event, however long
            self.lively -= _LIVELY_GAIN * self.lively
        if self.silent == 1:
            self._check_soon()

    def _check_soon(self) -> None:
        self.check = min(self.check, max(self.beat + 2, self.checked + _CHECK_SPACING))
