"""Each failure at each moment: what a user sees of it, and that it goes away by itself."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

import pytest

from .moments import Moment, check, live, restart, set_up, sign_in
from .site import Site
from .table import FAULTS, SENSELESS, Fault

MOMENTS: Final[Mapping[str, Moment]] = {
    "set_up": set_up,
    "poll": live,
    "write": Site.write,
    "options": Site.choose_plants,
    "sign_in": sign_in,
    "restart": restart,
}


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
async def test_each_failure_says_what_happened_and_goes_away(
    site: Site, subtests: pytest.Subtests, fault: Fault
) -> None:
    for moment, live_through in MOMENTS.items():
        if (fault.name, moment) in SENSELESS:
            continue
        with subtests.test(moment=moment):
            await check(site, fault, moment, live_through)
            if moment == "write":
                await site.wait(fault.within, timedelta(minutes=10))
                assert await site.write() == "running"
                await site.wait(timedelta(minutes=20))
