"""Each failure at each moment: what a user sees of it, and that it goes away by itself."""

from datetime import timedelta

import pytest

from .site import Site
from .table import FAULTS, SENSELESS, Fault

# an outage of any length: one line when it begins, one when it is over
MOST_LINES = 2
OUTAGE = timedelta(minutes=90)


async def live(site: Site) -> str:
    """Go on for longer than values are held."""
    await site.wait(OUTAGE, timedelta(minutes=10))
    return site.state


async def set_up(site: Site) -> str:
    """Set the entry up for the first time."""
    await site.set_up()
    return site.state


async def restart(site: Site) -> str:
    """Unload, and set up from what is remembered, with readings that are due."""
    assert (await site.unload()).startswith("not_loaded")
    await site.wait(timedelta(minutes=6))
    await site.set_up()
    return site.state


MOMENTS = {
    "set_up": set_up,
    "poll": live,
    "write": Site.write,
    "options": Site.choose_plants,
    "sign_in": Site.sign_in,
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
            await fault.begin(site)
            seen = await live_through(site)
            lines = site.lines()

            await fault.end(site)
            if site.sign_ins:
                assert await site.sign_in() == "reauth_successful"
            healed = await site.heal(fault.within)
            lines += site.lines()
            assert healed is not None
            assert len(lines) <= MOST_LINES, lines
            assert seen == getattr(fault.seen, moment)
            if moment == "write":
                await site.wait(fault.within, timedelta(minutes=10))
                assert await site.write() == "running"
                await site.wait(timedelta(minutes=20))
