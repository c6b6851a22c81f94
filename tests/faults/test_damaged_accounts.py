"""Entries of API accounts that lack what the account is known by."""

from typing import Any

import pytest

from .account_site import AccountSite
from .site import Site
from .test_damaged_entries import restore, see


@pytest.fixture
def kind() -> type[Site]:
    """Return how the owner came in."""
    return AccountSite


@pytest.mark.parametrize("value", [None, 7, ""])
async def test_no_user(site: Site, value: Any) -> None:
    whole = site.entry.data
    assert await see(site, username=value) == "setup_error entry_damaged"
    await restore(site, whole)


@pytest.mark.parametrize("value", [None, 7, ""])
async def test_no_password(site: Site, value: Any) -> None:
    seen = await see(site, password=value)
    assert seen == "setup_error credentials_damaged sign_in"

    assert await site.sign_in() == "reauth_successful"
    assert site.state == "loaded"
    assert site.lines() == []
