"""Run other programs for as long as the demo lasts."""

import asyncio
from asyncio.subprocess import Process
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
import os
from pathlib import Path
import socket

import aiohttp

from .errors import DemonstrationError

SECONDS_TO_ANSWER = 180
SECONDS_TO_END = 30
LAST_LINES = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A running program and the file that takes what it prints."""

    name: str
    process: Process
    log: Path

    def check(self) -> None:
        """Raise DemonstrationError if the program has ended."""
        if self.process.returncode is not None:
            lines = self.log.read_text(errors="replace").splitlines()[-LAST_LINES:]
            raise DemonstrationError(
                f"{self.name} ended with exit code {self.process.returncode}:\n"
                + "\n".join(lines)
            )

    async def wait_until_answering(
        self, session: aiohttp.ClientSession, url: str
    ) -> None:
        """Wait for a first good answer at an address.

        Raises DemonstrationError if the program ends or takes too long.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(SECONDS_TO_ANSWER):
                while not await _answers(session, url):
                    self.check()
                    await asyncio.sleep(0.2)
                return
        raise DemonstrationError(f"{self.name} does not answer; see {self.log}")


async def _answers(session: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with session.get(url) as response:
            return response.ok
    except aiohttp.ClientConnectionError:
        return False


@asynccontextmanager
async def running(
    name: str,
    command: Sequence[str | Path],
    *,
    folder: Path,
    log: Path,
    environment: Mapping[str, str],
) -> AsyncGenerator[Program]:
    """Run a program until the context ends, in a session of its own.

    Ctrl-C in the terminal reaches the demo only, which then ends its programs in
    order.
    """
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=folder,
            env={**os.environ, **environment},
            stdin=asyncio.subprocess.PIPE,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield Program(name=name, process=process, log=log)
    finally:
        await _end(process)


async def _end(process: Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(SECONDS_TO_END):
            await process.wait()
    except TimeoutError, asyncio.CancelledError:
        process.kill()
        await process.wait()


def free_port(wanted: int = 0) -> int:
    """Return a port of 127.0.0.1 that nothing listens on: the wanted one, or any.

    Raises DemonstrationError if something listens on the wanted one.
    """
    with socket.socket() as probe:
        # What an earlier program has left behind does not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError as err:
            raise DemonstrationError(f"Port {wanted}: {err.strerror}") from err
        port: int = probe.getsockname()[1]
        return port
