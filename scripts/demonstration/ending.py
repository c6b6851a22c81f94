"""How a program of ours ends: in order, with one line and an exit code."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
import signal
import sys

import aiohttp

from .errors import DemonstrationError


def run_to_exit_code(work: Coroutine[None, None, bool], logs: Path) -> int:
    """Run to the end, in order too when the process is told to terminate.

    Returns 0 when all was as it should, 1 when not, and 130 when it was interrupted.
    `logs` is the folder that a broken connection is looked up in.
    """
    try:
        return 0 if asyncio.run(_until_terminated(work)) else 1
    except DemonstrationError as problem:
        print(f"\n{problem}", file=sys.stderr)
        return 1
    except aiohttp.ClientError, aiohttp.WSMessageTypeError:
        print(f"\nA connection has broken; the logs are in {logs}", file=sys.stderr)
        return 1
    except KeyboardInterrupt, asyncio.CancelledError:
        return 130


async def _until_terminated(work: Coroutine[None, None, bool]) -> bool:
    task = asyncio.create_task(work)
    for end in (signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(end, task.cancel)
    return await task
