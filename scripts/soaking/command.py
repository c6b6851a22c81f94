"""The command: soak some plants, print what they came to."""

import argparse
from collections.abc import Sequence
from dataclasses import asdict
import json
from pathlib import Path
from tempfile import TemporaryDirectory
import time

from scripts.benchmarking.home import MODES, OAUTH

from .keeper import Journal
from .living import Soak
from .verdict import verdict_of

DESCRIPTION = """Days of a real Home Assistant at a simulated cloud, in simulated time, with
random faults, restarts, kills, reloads and commands. Watched throughout: no exception, no
command lost or reported twice, energies as they truly were, no secret anywhere, no growth
of memory. Nothing leaves this machine.
"""


def arguments(words: Sequence[str] | None = None) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        prog="scripts/soak",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--days", type=int, default=30, help="of each plant (default: %(default)s)")
    add("--plants", nargs="+", default=["home", "emma"], help="of the simulator")
    add("--mode", choices=MODES, default=OAUTH, help="way in")
    add("--seed", type=int, default=1, help="another course of events")
    add("--journal", type=Path, metavar="FOLDER", help="keep what was seen")
    options = parser.parse_args(words)
    if options.days < 2:
        parser.error(
            "at least two days: the first is what the others are compared with"
        )
    return options


def main(words: Sequence[str] | None = None) -> int:
    """Run the command; return 1 if something was not as it has to be."""
    options = arguments(words)
    failed = False
    with TemporaryDirectory(prefix="smartpvms-soak-") as temporary:
        folder: Path = options.journal or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for plant in options.plants:
            file = folder / f"{plant}.jsonl"
            file.unlink(missing_ok=True)
            journal = Journal(file)
            began = time.perf_counter()
            Soak(
                plant=plant,
                mode=options.mode,
                days=options.days,
                seed=options.seed,
                journal=journal,
            ).run()
            lines = journal.read()
            verdict = verdict_of(lines)
            print(
                f"{plant}, {options.days} days in {time.perf_counter() - began:.0f} s"
            )
            print(json.dumps(asdict(verdict), indent=2))
            for line in lines:
                if line["kind"] in ("exception", "secret"):
                    print(line)
            print("missed:", ", ".join(verdict.missed) or "nothing", flush=True)
            failed = failed or bool(verdict.missed)
    return int(failed)
