"""The command: what to run, in which processes."""

import argparse
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import partial
import json
import logging
from multiprocessing import get_context
import os
from pathlib import Path
import sys
import time

from .cloud import BenchmarkError
from .day import PLANTS, WEATHERS, Run, run_day
from .fleet import run_fleet
from .history import run_history
from .history_fleet import PLANTS as HISTORY_FLEET, run_history_fleet
from .history_kills import KILLS, run_history_kills
from .home import API_ACCOUNT, MODES, OAUTH
from .limits import FLEET, Result
from .lives import in_child
from .report import as_json, missed_by, text_of
from .restarts import RESTARTS, WEEK, run_restarts, run_week
from .set_up import SCENES, run_set_up

DESCRIPTION = """What polling costs and how fresh its values are, against the simulated cloud.

A real Home Assistant with the integration, in simulated time: a day takes some seconds.
Nothing leaves this machine.
"""
SUITES = (
    *("day", "fleet", "setup", "restarts", "api-week"),
    *("history", "history-fleet", "history-kills"),
)
SEEDS = (1, 2, 3, 4, 5)
FEW = 8
"""So many results are shown in detail."""

type Work = Callable[[], list[Result]]


def arguments(words: Sequence[str] | None = None) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        prog="scripts/benchmark",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("suites", nargs="*", metavar="suite", help=f"{', '.join(SUITES)}; default: all")
    add("--plants", nargs="+", choices=PLANTS, default=PLANTS, help="of `day`")
    add("--modes", nargs="+", choices=MODES, default=MODES, help="ways in")
    add("--weathers", nargs="+", choices=WEATHERS, default=WEATHERS, help="of `day`")
    add("--seeds", nargs="+", type=int, default=SEEDS, help="of weather and jitter")
    add("--days", type=int, default=2, help="of each `day`, the first begins cold")
    add("--hours", type=float, help="so many instead of days")
    add("--fleet", type=int, default=FLEET, help="plants of `fleet`")
    add("--scenes", nargs="+", default=SCENES, help="of `setup`")
    add("--restarts", type=int, default=RESTARTS, help="how many of them")
    add("--week", type=int, default=WEEK.days, help="days of `api-week`")
    add("--history-days", type=int, help="of `history`, instead of all it takes")
    add("--history-fleet", type=int, default=HISTORY_FLEET, help="plants of it")
    add("--kills", type=int, default=KILLS, help="of `history-kills`")
    add("--json", type=Path, metavar="FILE", help="write all results to a file")
    add("--details", action="store_true", help="a table with each part of each `day`")
    add("--strict", action="store_true", help="fail if a figure is missed")
    add("--verbose", action="store_true", help="show what Home Assistant logs")
    add(
        "--jobs",
        type=int,
        default=os.process_cpu_count() or 1,
        help="processes for `day`; all else is measured alone (default: %(default)s)",
    )
    options = parser.parse_args(words)
    if unknown := set(options.suites) - set(SUITES):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    return options


def days_of(options: argparse.Namespace) -> Iterator[Run]:
    """Return the runs of `day`."""
    for plant in options.plants:
        for mode in options.modes:
            for weather in options.weathers:
                for seed in options.seeds:
                    yield Run(
                        plant=plant,
                        mode=mode,
                        weather=weather,
                        seed=seed,
                        days=options.days,
                        hours=options.hours,
                    )


def measurements_of(
    options: argparse.Namespace, suites: Sequence[str]
) -> Iterator[Work]:
    """Return what has to be measured alone."""
    if "fleet" in suites:
        for mode in options.modes:
            yield partial(_one, partial(run_fleet, options.fleet, mode))
    if "setup" in suites:
        for scene in options.scenes:
            # There are no owners but by OAuth Connect.
            modes = [OAUTH] if scene.startswith("owners") else options.modes
            for mode in modes:
                yield partial(_all, partial(run_set_up, scene, mode))
    if "restarts" in suites:
        for mode in options.modes:
            yield partial(_one, partial(run_restarts, mode, options.restarts))
    if "history" in suites:
        for mode in options.modes:
            yield partial(_one, partial(run_history, mode, options.history_days))
    if "history-fleet" in suites:
        yield partial(_one, partial(run_history_fleet, options.history_fleet))
    if "history-kills" in suites:
        yield partial(_one, partial(run_history_kills, options.kills))
    if "api-week" in suites and API_ACCOUNT in options.modes:
        yield partial(_one, partial(run_week, options.week))


def _one(measure: Callable[[], Result]) -> list[Result]:
    return [measure()]


def _all(measure: Callable[[], Sequence[Result]]) -> list[Result]:
    return list(measure())


def _quiet(verbose: bool) -> None:
    """Let logs pass only if wanted; set in each process."""
    handler = logging.StreamHandler() if verbose else logging.NullHandler()
    logging.getLogger().addHandler(handler)


def run(options: argparse.Namespace) -> list[Result]:
    """Run what the options say. Raises BenchmarkError."""
    began = time.perf_counter()
    suites = options.suites or SUITES
    runs = list(days_of(options)) if "day" in suites else []
    days: dict[Run, Result] = {}
    for number, (each, result) in enumerate(_run_days(options, runs), 1):
        days[each] = result
        _tell(f"day {number} of {len(runs)}", began)
    results = [days[each] for each in runs]
    works = list(measurements_of(options, suites))
    for number, work in enumerate(works, 1):
        # None must show what another left in memory.
        measured = in_child(work)
        if measured is None:
            raise BenchmarkError("A measurement was killed.")
        results += measured
        _tell(f"measurement {number} of {len(works)}", began)
    return results


def _run_days(
    options: argparse.Namespace, runs: Sequence[Run]
) -> Iterator[tuple[Run, Result]]:
    """Return each run that is over."""
    if min(options.jobs, len(runs)) <= 1:
        for each in runs:
            yield each, run_day(each)
        return
    with ProcessPoolExecutor(
        min(options.jobs, len(runs)),
        mp_context=get_context("spawn"),
        initializer=_quiet,
        initargs=(options.verbose,),
    ) as pool:
        running = {pool.submit(run_day, each): each for each in runs}
        for ended in as_completed(running):
            yield running[ended], ended.result()


def _tell(what: str, began: float) -> None:
    print(f"[{time.perf_counter() - began:5.0f} s] {what}", file=sys.stderr, flush=True)


def main() -> int:
    """Run, print, write; return the exit code."""
    options = arguments()
    _quiet(options.verbose)
    try:
        results = run(options)
    except BenchmarkError as problem:
        print(f"\n{problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print(text_of(results, details=options.details or len(results) <= FEW))
    if options.json is not None:
        text = json.dumps(as_json(results), indent=2)
        options.json.write_text(f"{text}\n", encoding="utf-8")
    return 1 if options.strict and missed_by(results) else 0
