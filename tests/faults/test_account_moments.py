"""Each failure at each moment of an entry that came by an API account."""

from collections.abc import Mapping
from typing import Final

import pytest

from .account_site import AccountSite
from .account_table import ACCOUNT_FAULTS
from .moments import Moment, check, live, restart, set_up, sign_in
from .site import Site
from .table import Fault

MOMENTS: Final[Mapping[str, Moment]] = {
    "set_up": set_up,
    "poll": live,
    "sign_in": sign_in,
    "restart": restart,
}


@pytest.fixture
def kind() -> type[Site]:
    """Return how the owner came in: by an API account."""
    return AccountSite


@pytest.mark.one_version
@pytest.mark.parametrize(
    "fault", ACCOUNT_FAULTS, ids=[fault.name for fault in ACCOUNT_FAULTS]
)
async def test_each_failure_says_what_happened_and_goes_away(
    site: Site, subtests: pytest.Subtests, fault: Fault
) -> None:
    for moment, live_through in MOMENTS.items():
        with subtests.test(moment=moment):
            await check(site, fault, moment, live_through)
