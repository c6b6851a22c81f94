"""Fixtures of the flows: credentials, the callback, and an owner who uses both."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any

from aiohttp import web
from homeassistant.components.application_credentials import (
    ClientCredential,
    async_import_client_credential,
)
from homeassistant.config_entries import OptionsFlowManager
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowManager
from homeassistant.setup import async_setup_component
import pytest

from custom_components.smartpvms.const import DOMAIN
from tests.conftest import RunningSimulator

from .scripted_cloud import ScriptedCloud, scripted_cloud
from .sign_in import Owner
from .translations import check_words


@pytest.fixture
async def credentials(hass: HomeAssistant) -> None:
    """Enter client id and secret."""
    assert await async_setup_component(hass, "application_credentials", {})
    await async_import_client_credential(
        hass, DOMAIN, ClientCredential("100000001", "simulator-secret", "Our client")
    )


@pytest.fixture
async def callback_server(hass: HomeAssistant) -> AsyncGenerator[str]:
    """Serve Home Assistant's callback, with the router kept open as at home.

    The test plugin keeps Home Assistant's server from starting, and the test client of
    aiohttp would freeze the router, which Home Assistant's server prevents this way.
    """
    assert await async_setup_component(hass, "http", {})
    hass.http.app._router.freeze = lambda: None  # type: ignore[method-assign]
    runner = web.AppRunner(hass.http.app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest.fixture
async def visitor(
    hass: HomeAssistant,
    simulator: RunningSimulator,
    callback_server: str,
    current_request_with_host: None,
) -> Owner:
    """Return an owner who has entered no client id yet."""
    await hass.config.async_set_time_zone("Europe/Berlin")
    return Owner(
        hass=hass,
        callback_server=callback_server,
        cloud=simulator.simulator,
        server=simulator.url,
    )


@pytest.fixture
async def owner(visitor: Owner, credentials: None) -> Owner:
    """Return the owner of the simulated plant."""
    return visitor


@pytest.fixture
async def scripted() -> AsyncGenerator[ScriptedCloud]:
    """Return a cloud that says what the test tells it to."""
    async with scripted_cloud() as cloud:
        yield cloud


@pytest.fixture
def elsewhere(owner: Owner, scripted: ScriptedCloud) -> Owner:
    """Return the same owner at the scripted cloud."""
    return replace(owner, server=scripted.url)


@pytest.fixture(autouse=True)
def worded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Check each step that any test of the flows comes by against the translations."""
    handle_step = FlowManager._async_handle_step

    async def handle_step_and_check(
        manager: FlowManager[Any, Any, Any], flow: Any, *arguments: Any
    ) -> Any:
        result = await handle_step(manager, flow, *arguments)
        section = "options" if isinstance(manager, OptionsFlowManager) else "config"
        if section == "options" or flow.handler == DOMAIN:
            check_words(section, result)
        return result

    monkeypatch.setattr(FlowManager, "_async_handle_step", handle_step_and_check)
