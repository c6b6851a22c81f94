"""What came of the calls since the start, for who looks for a cause."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Final

from .failures import Failure
from .interfaces import Interface
from .json_types import JsonValue

CONTROL_ANSWERS: Final = 50
"""How many answers of the control interfaces are kept."""

type Listener = Callable[[Interface], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOutcome:
    """What came of the calls of one interface.

    `answered` is when one last succeeded, `failed` when one last did not, None for
    never. `failure` is why the last call failed, None where it did not.
    """

    calls: int = 0
    answered: datetime | None = None
    failed: datetime | None = None
    failure: Failure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlAnswer:
    """What a control interface answered, without what names a plant.

    `content` is the data of the envelope, in which ids, codes and serial numbers are
    stars, as in `message`.
    """

    at: datetime
    interface: Interface
    code: int | str | None
    message: JsonValue
    content: JsonValue


class CallJournal:
    """The last outcome of each interface, and the last answers to commands.

    Nothing in it names a plant, a device or a person.
    """

    def __init__(self) -> None:
        """Begin with no call."""
        self._outcomes: dict[Interface, CallOutcome] = {}
        self._control: deque[ControlAnswer] = deque(maxlen=CONTROL_ANSWERS)
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with the interface of each call that ends; returns what ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @property
    def outcomes(self) -> Mapping[Interface, CallOutcome]:
        """The outcomes of the interfaces that were called."""
        return MappingProxyType(self._outcomes)

    @property
    def control_answers(self) -> Sequence[ControlAnswer]:
        """The last answers of the control interfaces, oldest first."""
        return tuple(self._control)

    @property
    def last_success(self) -> datetime | None:
        """When a call last succeeded, None for never."""
        times = [outcome.answered for outcome in self._outcomes.values()]
        return max((time for time in times if time is not None), default=None)

    def note(self, interface: Interface, at: datetime, failure: Failure | None) -> None:
        """Note that a call ended; `failure` says why in vain, None for a success."""
        known = self._outcomes.get(interface, CallOutcome())
        ended = (
            replace(known, answered=at)
            if failure is None
            else replace(known, failed=at)
        )
        self._outcomes[interface] = replace(
            ended, calls=known.calls + 1, failure=failure
        )
        for listener in tuple(self._listeners):
            listener(interface)

    def note_control(self, answer: ControlAnswer) -> None:
        """Keep an answer to a command, and forget the oldest where there are many."""
        self._control.append(answer)
