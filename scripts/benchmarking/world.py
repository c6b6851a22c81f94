"""Home Assistant and the simulated cloud side by side, in one simulated time."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime, timedelta

from .cloud import CloudProgram
from .timeline import Timeline
from .traffic import Traffic


class World:
    """The time and the traffic of a Home Assistant whose cloud is another program."""

    def __init__(self, cloud: CloudProgram, start: datetime) -> None:
        """Begin at the instant at which the cloud is."""
        self.cloud = cloud
        self.timeline = Timeline(start)
        self.traffic = Traffic()
        self._behind = timedelta()

    @contextmanager
    def living(self) -> Generator[None]:
        """Let this process live in the world; at the end the cloud is as far as it."""
        self.timeline.followers.append(self._fall_behind)
        self.timeline.busy.append(self.traffic.is_under_way)
        self.traffic.before.append(self.catch_up)
        with self.timeline.passing(), self.traffic.followed():
            yield
        self.catch_up()

    def catch_up(self) -> None:
        """Move the time of the cloud to ours."""
        if self._behind:
            with self.timeline.load.without():
                self.cloud.step(self._behind)
            self._behind = timedelta()

    def _fall_behind(self, delta: timedelta) -> None:
        """Remember how far the cloud is behind: only an answer shows its time."""
        self._behind += delta
