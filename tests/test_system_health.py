"""What the system information says, and that it costs no call."""

import asyncio
from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import get_system_health_info

from custom_components.smartpvms.const import DOMAIN
from custom_components.smartpvms.northbound.call_journal import CallJournal
from custom_components.smartpvms.northbound.interfaces import InterfaceClass
from simulator.journal import RequestRecord
from tests.conftest import RunningSimulator, advance
from tests.plant_control.house import async_build_house
from tests.playback import api_account_entry, async_set_up


async def information(hass: HomeAssistant) -> dict[str, Any]:
    """Return what is told, with what has to be waited for."""
    assert await async_setup_component(hass, "system_health", {})
    assert await async_setup_component(hass, DOMAIN, {})
    await hass.async_block_till_done()
    told = await get_system_health_info(hass, DOMAIN)
    return {
        key: await value if asyncio.iscoroutine(value) else value
        for key, value in told.items()
    }


def calls(running: RunningSimulator) -> list[RequestRecord]:
    """Return the requests that are more than a look whether somebody is there."""
    return [each for each in running.simulator.requests if each.path != "/"]


async def test_owner(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, simulator: RunningSimulator
) -> None:
    house = await async_build_house(hass, freezer, simulator)
    await advance(hass, simulator.simulator, freezer, timedelta(minutes=10))
    made = len(calls(simulator))
    ledger = house.entry.runtime_data.account.ledger
    left = ledger.remaining(InterfaceClass.BASIC)

    told = await information(hass)

    assert told == {
        "entries_loaded": "1 / 1",
        "server_reached": "ok",
        "last_success": house.entry.runtime_data.account.journal.last_success,
        "calls_left": left,
        "control_calls_left": 100,
    }
    assert 0 < left < 1000
    assert ledger.remaining(InterfaceClass.BASIC) == left
    assert len(calls(simulator)) == made


async def test_api_account_has_no_calls_a_day(
    hass: HomeAssistant, simulator: RunningSimulator
) -> None:
    code = simulator.simulator.plants[0].code
    entry = api_account_entry(simulator.url, [code], password="simulator-password")
    await async_set_up(hass, entry)

    told = await information(hass)

    assert told.keys() == {"entries_loaded", "server_reached", "last_success"}
    assert told["server_reached"] == "ok"


async def test_server_that_is_gone(hass: HomeAssistant, unused_tcp_port: int) -> None:
    entry = api_account_entry(f"http://127.0.0.1:{unused_tcp_port}", ["NE=1"])
    await async_set_up(hass, entry)

    told = await information(hass)

    assert told == {
        "entries_loaded": "0 / 1",
        "server_reached": {"type": "failed", "error": "unreachable"},
    }


async def test_account_without_any_answer_since_the_start(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, simulator: RunningSimulator
) -> None:
    house = await async_build_house(hass, freezer, simulator)
    account = house.entry.runtime_data.account
    account.journal = CallJournal()

    told = await information(hass)

    assert told["last_success"] == "-"


async def test_nothing_set_up(hass: HomeAssistant) -> None:
    assert await information(hass) == {"entries_loaded": "0 / 0"}
