"""Watches a Home Assistant, and writes down what must not be and what is to be counted.

One line of JSON for each, at once, so that a killed process has told all it saw.
"""

import gc
import json
import logging
import os
from pathlib import Path
import re
import sys
from typing import Any, Final, override

from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback

_TOKEN: Final = (
    r"\b(?:at|rt)-[0-9a-f]{48}|\bx-[0-9a-f]{40}|simulator-(?:secret|password)"
)
SECRET: Final = re.compile(_TOKEN)
_MAY_KEEP: Final = re.compile(
    r"core\.config_entries|application_credentials|smartpvms\.(?:tokens|account\.\w+)"
)
_PAGE: Final = 4096


class Journal:
    """A file of what was seen."""

    def __init__(self, file: Path) -> None:
        """Go on with a file."""
        self._file = file

    def note(self, kind: str, **facts: Any) -> None:
        """Write a line."""
        with self._file.open("a", encoding="utf-8") as journal:
            journal.write(json.dumps({"kind": kind, **facts}) + "\n")

    def read(self) -> list[dict[str, Any]]:
        """Return all lines."""
        lines = self._file.read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]


class LogWatch(logging.Handler):
    """Looks at every line of the log for secrets and for exceptions."""

    def __init__(self, journal: Journal) -> None:
        super().__init__()
        self._journal = journal

    @override
    def emit(self, record: logging.LogRecord) -> None:
        told = record.getMessage()
        if record.exc_info and record.exc_info[1] is not None:
            told = f"{told} {record.exc_info[1]!r}"
        if SECRET.search(told):
            self._journal.note("secret", where=f"log of {record.name}")
        unhandled = record.exc_info and record.levelno >= logging.WARNING
        if unhandled or record.levelno >= logging.ERROR:
            where = f"{record.pathname}:{record.lineno}"
            self._journal.note("exception", where=where, told=_masked(told)[:500])


class Keeper:
    """Watches one life of Home Assistant."""

    def __init__(self, journal: Journal) -> None:
        """Write into a journal."""
        self._journal = journal

    def watch(self, hass: HomeAssistant) -> None:
        """Look at log, states and outcomes of commands from now on."""
        root = logging.getLogger()
        root.handlers.clear()
        root.addHandler(LogWatch(self._journal))
        root.setLevel(logging.DEBUG)
        hass.bus.async_listen(EVENT_STATE_CHANGED, self._changed)

    @callback
    def _changed(self, event: Event[EventStateChangedData]) -> None:
        state = event.data["new_state"]
        if state is None:
            return
        if SECRET.search(f"{state.state} {dict(state.attributes)!r}"):
            self._journal.note("secret", where=state.entity_id)
        task_id = state.attributes.get("task_id")
        if task_id is not None and state.domain == "event":
            self._journal.note(
                "outcome",
                task=task_id,
                at=state.state,
                status=state.attributes["event_type"],
            )

    def look_at_disk(self, folder: Path) -> None:
        """Look for secrets where none is to be."""
        for file in (folder / ".storage").iterdir():
            if not _MAY_KEEP.fullmatch(file.name) and SECRET.search(
                file.read_text(encoding="utf-8")
            ):
                self._journal.note("secret", where=file.name)

    def weigh(self, day: int) -> None:
        """Note how much memory is in use.

        The blocks are what Python holds; the process holds what it once needed too.
        """
        gc.collect()
        pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1])
        self._journal.note(
            "memory",
            day=day,
            life=os.getpid(),
            megabytes=round(pages * _PAGE / 1e6, 2),
            blocks=sys.getallocatedblocks(),
        )


def _masked(text: str) -> str:
    return SECRET.sub("*****", text)
