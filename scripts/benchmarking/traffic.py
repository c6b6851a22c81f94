"""What Home Assistant asks the cloud, counted where it leaves Home Assistant."""

from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from aiohttp import (
    ClientSession,
    TraceConfig,
    TraceRequestEndParams,
    TraceRequestExceptionParams,
    TraceRequestStartParams,
)


class Traffic:
    """The requests of all HTTP sessions that are made while it is followed."""

    def __init__(self) -> None:
        """Begin with none."""
        self.paths: Counter[str] = Counter()
        self.under_way = 0
        self.before: list[Callable[[], None]] = []
        """Called before a request leaves."""
        self._config = TraceConfig()
        self._config.on_request_start.append(self._start)
        self._config.on_request_end.append(self._end)
        self._config.on_request_exception.append(self._end)
        self._config.freeze()

    @contextmanager
    def followed(self) -> Generator[None]:
        """Trace every session made in the context."""
        make = ClientSession.__init__

        def make_traced(session: ClientSession, *args: Any, **kwargs: Any) -> None:
            make(session, *args, **kwargs)
            session.trace_configs.append(self._config)

        with patch.object(ClientSession, "__init__", make_traced):
            yield

    def is_under_way(self) -> bool:
        """Return whether an answer is waited for."""
        return self.under_way > 0

    async def _start(
        self,
        session: ClientSession,
        context: SimpleNamespace,
        request: TraceRequestStartParams,
    ) -> None:
        for call in self.before:
            call()
        self.under_way += 1
        self.paths[request.url.path] += 1

    async def _end(
        self,
        session: ClientSession,
        context: SimpleNamespace,
        request: TraceRequestEndParams | TraceRequestExceptionParams,
    ) -> None:
        self.under_way -= 1
