"""Credentials go to the server that they are for, encrypted, and nowhere else."""

import ast
from pathlib import Path

from homeassistant.config_entries import ConfigEntryState
import pytest

from custom_components import smartpvms
from simulator import Simulator
from tests.faults.site import Site
from tests.faults.table import expire
from tests.playback import api_account_entry

INTEGRATION = Path(smartpvms.__path__[0])


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("interface", ["token", "stations"])
async def test_token_is_not_redirected(site: Site, interface: str, status: int) -> None:
    elsewhere = Simulator(plant="fleet:1", start=site.cloud.clock.now(), speed=0)
    async with elsewhere.serve() as server:
        site.cloud.faults.enable(
            "redirect",
            interface=interface,
            location=f"{server.url}/thirdData/{interface}",
            status=status,
        )
        await expire(site)
        await site.set_up()
        assert site.entry.state is ConfigEntryState.SETUP_RETRY
    assert elsewhere.requests == []
    assert site.cloud.requests_to(interface)


async def test_log_in_is_not_redirected(site: Site) -> None:
    elsewhere = Simulator(plant="fleet:1", start=site.cloud.clock.now(), speed=0)
    async with elsewhere.serve() as server:
        entry = api_account_entry(site.server.url, [site.plant.code])
        entry.add_to_hass(site.hass)
        target = f"{server.url}/thirdData/login"
        site.cloud.faults.enable("redirect", interface="login", location=target)
        await site.awaited(site.hass.config_entries.async_setup(entry.entry_id))
        assert entry.state is ConfigEntryState.SETUP_RETRY
        assert entry.error_reason_translation_key == "wrong_server"
    assert elsewhere.requests == []
    assert len(site.cloud.requests_to("login")) == 1


async def test_huge_answer_of_the_token_endpoint_is_not_read(site: Site) -> None:
    site.cloud.faults.enable("huge_body", interface="token")
    await expire(site)
    await site.set_up()
    assert site.entry.state is ConfigEntryState.SETUP_RETRY
    assert site.entry.error_reason_translation_key == "token_unavailable"


def test_certificates_are_never_left_unverified() -> None:
    doubtful = {"ssl", "verify_ssl", "ssl_context", "fingerprint", "allow_redirects"}
    told = [
        (file.name, keyword.arg, ast.unparse(keyword.value))
        for file in sorted(INTEGRATION.rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg in doubtful
    ]
    assert told == [
        ("transport.py", "allow_redirects", "False"),
        ("implementation.py", "allow_redirects", "False"),
    ]
