"""The moments at which a failure can strike, and how each is lived through."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

from .site import Site
from .table import Fault

# an outage of any length: one line when it begins, one when it is over
MOST_LINES: Final = 2
OUTAGE: Final = timedelta(minutes=90)
_SIGNED_IN: Final = "reauth_successful"
_TOO_EARLY: Final = "too_many_logins"

type Moment = Callable[[Site], Awaitable[str]]


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


async def sign_in(site: Site) -> str:
    """Sign in as the kind of entry does."""
    return await site.sign_in()


async def sign_in_if_asked(site: Site, within: timedelta) -> None:
    """Sign in where that is asked for, again after a while where it is too early."""
    end = site.freezer() + within
    said = _TOO_EARLY if site.sign_ins else _SIGNED_IN
    while said == _TOO_EARLY and site.freezer() < end:
        said = await site.sign_in()
        if said == _TOO_EARLY:
            await site.wait(timedelta(minutes=10))
    assert said == _SIGNED_IN


async def check(site: Site, fault: Fault, moment: str, live_through: Moment) -> None:
    """Have a fault at a moment; assert what is seen, that it heals, and a quiet log."""
    await fault.begin(site)
    seen = await live_through(site)
    lines = site.lines()

    await fault.end(site)
    await sign_in_if_asked(site, fault.within)
    healed = await site.heal(fault.within)
    lines += site.lines()
    assert healed is not None
    assert len(lines) <= MOST_LINES, lines
    assert seen == getattr(fault.seen, moment)
