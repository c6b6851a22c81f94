"""A Home Assistant that records: its recorder keeps the simulated time, and is measured."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
import time
from typing import Any
from unittest.mock import patch

from homeassistant.components.recorder.core import Recorder
from homeassistant.core import HomeAssistant
from homeassistant.helpers.recorder import async_initialize_recorder, get_instance
from homeassistant.setup import async_setup_component

from .timeline import Timeline

IMPORT = "ImportStatisticsTask"
"""The recorder's job that takes rows of external statistics."""

type Job = object


class RecorderWatch:
    """How long the recorder's thread was held by each kind of its jobs, in seconds.

    `cpu` counts what the thread worked, `wall` what passed meanwhile.
    """

    def __init__(self) -> None:
        """Begin with no job."""
        self.cpu: dict[str, float] = {}
        self.wall: dict[str, float] = {}
        self.jobs: dict[str, int] = {}
        self.before: list[Callable[[str], None]] = []
        """Called with the kind of each job, in the recorder's thread."""
        self._recorder: Recorder | None = None
        self._at_work = False

    @contextmanager
    def followed(self, timeline: Timeline) -> Generator[None]:
        """Measure all recorders of the context; time stands still while one works."""
        # Home Assistant has no public place to see its jobs pass
        work = Recorder._process_one_task_or_event_or_recover

        def watched(recorder: Recorder, job: Any) -> None:
            kind = type(job).__name__
            self._at_work = True
            for call in self.before:
                call(kind)
            cpu, wall = time.thread_time(), time.perf_counter()
            try:
                work(recorder, job)
            finally:
                self._note(kind, time.thread_time() - cpu, time.perf_counter() - wall)
                self._at_work = False

        timeline.busy.append(self._is_busy)
        with patch.object(Recorder, "_process_one_task_or_event_or_recover", watched):
            yield

    def _note(self, kind: str, cpu: float, wall: float) -> None:
        self.cpu[kind] = max(self.cpu.get(kind, 0.0), cpu)
        self.wall[kind] = max(self.wall.get(kind, 0.0), wall)
        self.jobs[kind] = self.jobs.get(kind, 0) + 1

    def _is_busy(self) -> bool:
        recorder = self._recorder
        return self._at_work or (recorder is not None and recorder.backlog > 0)

    async def async_begin(self, hass: HomeAssistant, folder: Path) -> None:
        """Let a Home Assistant record into a database in its folder."""
        # the thread that prepares the database is not among the recorder's jobs
        self._at_work = True
        async_initialize_recorder(hass)
        database = f"sqlite:///{folder}/home-assistant_v2.db"
        await async_setup_component(
            hass, "recorder", {"recorder": {"db_url": database}}
        )
        self._recorder = get_instance(hass)
        await self._recorder.async_db_ready
        self._at_work = False
        await async_setup_component(hass, "energy", {})

    async def async_end(self, hass: HomeAssistant) -> None:
        """Stop Home Assistant and its recorder."""
        recorder, self._recorder = self._recorder, None
        await hass.async_stop()
        if recorder is not None:
            await hass.loop.run_in_executor(None, recorder.join)
