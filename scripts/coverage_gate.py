"""Fail where a module's tests cover less than the project asks for.

Usage: coverage_gate.py FILE, with FILE written by `coverage json` of a run with
branches. The share counts lines and branches together.
"""

import json
from pathlib import Path
import sys

INTEGRATION = "custom_components/smartpvms/"
FULLY_COVERED = (
    f"{INTEGRATION}northbound/",
    f"{INTEGRATION}config_flow",
    f"{INTEGRATION}flows/",
)
FULL = 100.0
ENOUGH = 95.0


def demanded(module: str) -> float:
    """Return the share of a module that tests have to cover, in percent."""
    return FULL if module.startswith(FULLY_COVERED) else ENOUGH


def main(report: Path) -> int:
    """Print each module that falls short; return how many do."""
    files = json.loads(report.read_text(encoding="utf-8"))["files"]
    if not any(module.startswith(INTEGRATION) for module in files):
        print("Coverage: the report knows no module of the integration")
        return 1
    short = 0
    for module, entry in sorted(files.items()):
        covered: float = entry["summary"]["percent_covered"]
        if covered < demanded(module):
            short += 1
            lines = ", ".join(map(str, entry["missing_lines"]))
            branches = ", ".join(
                f"{start}->{end}" for start, end in entry["missing_branches"]
            )
            print(
                f"Coverage: {module} {covered:.1f} % of {demanded(module):.0f} %;"
                f" lines {lines or 'all'}; branches {branches or 'all'}"
            )
    print(f"Coverage: {len(files)} modules, {short} below what is asked for")
    return short


if __name__ == "__main__":
    sys.exit(min(main(Path(sys.argv[1])), 1))
