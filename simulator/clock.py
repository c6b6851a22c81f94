"""The two clocks of the simulator."""

from datetime import UTC, datetime, timedelta
import time


class Clock:
    """Plant time and access time.

    The *plant clock* drives physics, publication and `currentTime`: it is the
    start plus all steps plus real time multiplied by the speed.

    The *access clock* drives authorisation codes, tokens, sessions, quotas and
    locks: it moves with the same steps but with real time as it is, so that a
    person in a browser has the documented five minutes at any speed.

    With speed 0 both stand still between steps.
    """

    def __init__(self, start: datetime | None = None, speed: float = 0) -> None:
        """Start at an aware instant, or at the present; speed is a factor >= 0.

        Raises ValueError for a naive start or a negative speed.
        """
        if start is None:
            start = datetime.now(UTC)
        self._plant = in_utc(start)
        self._access = self._plant
        self._speed = _speed(speed)
        self._real = time.monotonic()

    @property
    def speed(self) -> float:
        """How many plant seconds pass in a real second."""
        return self._speed

    def now(self) -> datetime:
        """Return the plant time in UTC."""
        self._run()
        return self._plant

    def access_now(self) -> datetime:
        """Return the time by which tokens, sessions and quotas live, in UTC."""
        self._run()
        return self._access

    def step(self, delta: timedelta) -> None:
        """Move both clocks forward. Raises ValueError for a negative step."""
        if delta < timedelta(0):
            raise ValueError("a step goes forward; use set() to go back")
        self._run()
        self._plant += delta
        self._access += delta

    def set(self, instant: datetime) -> None:
        """Set the plant clock, backwards too; access time never goes back."""
        instant = in_utc(instant)
        self._run()
        self._access += max(instant - self._plant, timedelta(0))
        self._plant = instant

    def set_speed(self, speed: float) -> None:
        """Change the speed from now on. Raises ValueError if negative."""
        self._run()
        self._speed = _speed(speed)

    def _run(self) -> None:
        real = time.monotonic()
        passed = timedelta(seconds=max(real - self._real, 0.0))
        self._real = real
        if self._speed:
            self._plant += passed * self._speed
            self._access += passed


def in_utc(instant: datetime) -> datetime:
    """Return an aware instant in UTC. Raises ValueError for a naive one."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return instant.astimezone(UTC)


def _speed(speed: float) -> float:
    if speed < 0:
        raise ValueError("the speed cannot be negative")
    return speed


def milliseconds(instant: datetime) -> int:
    """Return an instant as the API writes it: epoch milliseconds."""
    return round(instant.timestamp() * 1000)
