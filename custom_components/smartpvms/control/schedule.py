"""When a task is looked after, in seconds after it was sent."""

from typing import Final

DAY: Final = 86400.0

LOOKS: Final[tuple[float, ...]] = (
    *(190, 285, 380, 475, 570, 1200, 3600, 7200),
    *(4 * 3600, 8 * 3600, 12 * 3600, 16 * 3600, 20 * 3600, 86460),
)
"""When the plant is asked what is in force, by queries that cost no control call."""

POLLS: Final[tuple[float, ...]] = (
    *(380, 570, 1200, 3600, 7200),
    *(4 * 3600, 8 * 3600, 12 * 3600, 16 * 3600, 20 * 3600, 86460),
)
"""When the cloud is asked about the task, where nothing else has told."""
SEEN_AFTER: Final = 800.0
"""After this time at the latest a reading shows what a battery does: a beat, its
publication, and the interval of reading."""
POLLS_OF_FORCED: Final = (SEEN_AFTER, 3600, 4 * 3600, 12 * 3600, 86460)
"""The same for what has begun at once and may last a day."""
SPARSE_POLLS: Final[tuple[float, ...]] = (570, 3600, 8 * 3600, 86460)
"""The same where calls are few."""
FEW_CALLS: Final = 20
"""Control calls beyond those kept back, of which polls make sparing use."""

SETUP_UNKNOWN: Final = 660.0
"""After this time a set-up task that the cloud never named is not awaited any more."""
FORCED_UNKNOWN: Final = 960.0
"""The same for a forced charge, which only readings show."""

BUSY_RETRY: Final = 190.0
"""How long to wait where the cloud is busy with a command of somebody else."""
MOST_ATTEMPTS: Final = 3
HUNG_AFTER: Final = 1200.0
"""A set-up task that runs longer does not keep a take-back waiting any more."""
LONGEST_WAIT: Final = 3600.0
"""How long a command waits for a plant: later it would surprise. A queued one waits on."""


def first_look(sent: float) -> float:
    """Return when a task that is about to leave is looked after first."""
    return sent + LOOKS[0]


def next_look(sent: float, now: float) -> float:
    """Return when a task is looked after next."""
    age = now - sent
    return sent + next((look for look in LOOKS if look > age), age + 3600)


def poll_is_due(polls: tuple[float, ...], made: int, age: float) -> bool:
    """Return whether the cloud is to be asked, after so many polls."""
    return made < len(polls) and age >= polls[made]
