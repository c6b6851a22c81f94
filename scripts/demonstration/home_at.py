"""Run Home Assistant by a clock of its own, which begins at TIME and can be set forward.

Usage: python -P home_at.py TIME [OPTIONS OF HOME ASSISTANT]

Each line on the standard input is a number of seconds by which to set the clock forward.
It is the time of day only: what waits for a while waits as long as ever.
"""

from datetime import datetime
import sys
from threading import Thread

from homeassistant.__main__ import main
import time_machine


def follow(clock: time_machine.Traveller) -> None:
    """Set the clock forward as the standard input says."""
    for line in sys.stdin:
        clock.shift(float(line))


if __name__ == "__main__":
    start = datetime.fromisoformat(sys.argv.pop(1))
    with time_machine.travel(start, tick=True) as traveller:
        Thread(target=follow, args=[traveller], daemon=True).start()
        sys.exit(main())
