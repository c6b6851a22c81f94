"""Finding when within the beat a snapshot appears, by halving the time in which it must."""

from dataclasses import dataclass
from typing import Final

from .model import BEAT

# seconds; what is left of the beat when the phase counts as found
_NARROW: Final = 40.0
# seconds; a snapshot may come a little after the time that is left for it
_MARGIN: Final = 30.0
# polls a whole beat apart always see something new, which tells nothing
_TELLING: Final = BEAT - 1.0


@dataclass(slots=True)
class Search:
    """A stretch of the beat: from `start` (an instant in it) on for `width` seconds.

    Each poll is put into the middle of what is left: about one poll a beat, so that a
    search costs two or three calls more than none. Until something new is `found` all
    that was seen may be an outage: then one more poll, after all of it, decides.
    """

    start: float
    width: float = BEAT
    found: bool = False
    decided: bool = False

    @property
    def centre(self) -> float:
        """The middle of the stretch, in seconds after a beat."""
        return (self.start + self.width / 2) % BEAT

    @property
    def is_over(self) -> bool:
        """Whether there is nothing more to find."""
        return self.decided or (self.width <= _NARROW and self.found)

    def next_poll(self, polled: float) -> float:
        """Return the first time after the last poll in the middle of the stretch.

        Where that is a whole beat after it, one outside of the stretch comes between.
        """
        into = self.width / 2 if self.width > _NARROW else self.width + _MARGIN
        wait = (self.start + into - polled) % BEAT
        if self.width < BEAT and not BEAT - _TELLING <= wait <= _TELLING:
            wait = (self.start + self.width + _MARGIN - polled) % BEAT
        return polled + (wait or BEAT)

    def narrow(self, polled: float, now: float, *, changed: bool) -> None:
        """Take in a poll; `polled` is the one before."""
        if now - polled > _TELLING:
            if self.width == BEAT:
                self.start = now
            return
        into = (now - self.start) % BEAT
        if into >= self.width:
            self.found |= changed
            self.decided = self.width <= _NARROW
        elif changed:
            self.width = into
            self.found = True
        else:
            self.start = now
            self.width -= into
