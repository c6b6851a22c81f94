"""Home Assistant as a process that ends and begins anew, now and then by SIGKILL."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
import os
from pathlib import Path
import pickle
import signal
import traceback

from homeassistant.core import HomeAssistant

from scripts.demonstration.programs import free_port

from .cloud import BenchmarkError, CloudProgram
from .home import async_boot
from .timeline import run
from .world import World

type Live[T] = Callable[[HomeAssistant, World], Awaitable[T]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lived[T]:
    """What a life of Home Assistant came to, and when it was over."""

    result: T
    until: datetime


class House:
    """Where one Home Assistant after the other lives, each in a process of its own."""

    def __init__(self, folder: Path, cloud: CloudProgram, start: datetime) -> None:
        """Begin with an empty folder, at the instant at which the cloud is."""
        self.cloud = cloud
        self.now = start
        self._folder = folder
        self._port = free_port()

    def live[T](self, what: Live[T]) -> T:
        """Start Home Assistant, but not our entries, do something, and stop it.

        Raises BenchmarkError if that fails.
        """

        async def whole_life(world: World) -> T:
            hass = await async_boot(self._folder, self._port)
            result = await what(hass, world)
            await hass.async_stop()
            return result

        lived = in_child(lambda: self._run(whole_life))
        if lived is None:
            raise BenchmarkError("Home Assistant ended unexpectedly.")
        self.now = lived.until
        return lived.result

    def live_until_killed(self, what: Live[None], until: datetime) -> None:
        """Start Home Assistant, do something, and kill it when that is done at `until`.

        Raises BenchmarkError if it ended otherwise.
        """

        async def cut_life(world: World) -> None:
            hass = await async_boot(self._folder, self._port)
            await what(hass, world)
            world.catch_up()
            os.kill(os.getpid(), signal.SIGKILL)

        if in_child(lambda: self._run(cut_life)) is not None:
            raise BenchmarkError("Home Assistant outlived being killed.")
        self.now = until

    def _run[T](self, life: Callable[[World], Awaitable[T]]) -> Lived[T]:
        world = World(self.cloud, self.now)

        async def main() -> T:
            return await life(world)

        with world.living():
            result = run(world.timeline, main)
        return Lived(result=result, until=world.timeline.now)


def in_child[T](work: Callable[[], T]) -> T | None:
    """Return what a child process makes of some work, None if it was killed.

    Raises BenchmarkError if the work failed.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        status = 1
        try:
            with os.fdopen(writing, "wb") as result:
                pickle.dump(work(), result)
            status = 0
        finally:
            if status:
                traceback.print_exc()
            # Neither what the parent began nor its buffers are the child's to end.
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading, "rb") as result:
        written = result.read()
    _, ended = os.waitpid(child, 0)
    if os.WIFSIGNALED(ended) and os.WTERMSIG(ended) == signal.SIGKILL:
        return None
    if ended:
        raise BenchmarkError(f"Home Assistant ended with status {ended}.")
    returned: T = pickle.loads(written)
    return returned
