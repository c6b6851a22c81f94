"""Which interfaces the cloud serves: found out by polls, by asking, and what shows of it."""

from datetime import UTC, datetime
from typing import Any, Final

from homeassistant.components.button import DOMAIN as BUTTON, SERVICE_PRESS
from homeassistant.config_entries import SOURCE_RECONFIGURE, ConfigEntryState
from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er, issue_registry as ir
import pytest

from custom_components.smartpvms.access_check import (
    known_access,
    most_calls,
    stop_text,
)
from custom_components.smartpvms.access_check.checking import Grant, finding_of
from custom_components.smartpvms.const import DOMAIN
from custom_components.smartpvms.device_registry import account_key
from custom_components.smartpvms.diagnostics import async_get_config_entry_diagnostics
from custom_components.smartpvms.northbound.call_journal import CallOutcome
from custom_components.smartpvms.northbound.failures import FailureKey, failure_of
from custom_components.smartpvms.northbound.interfaces import Interface, InterfaceClass
from tests.plant_control.house import House

ALARMS: Final = "getAlarmList"
READINGS: Final = "getDevRealKpi"
REPAIR: Final = "refused_interface_not_granted"


async def check(house: House) -> dict[str, Any]:
    """Check the access by the action."""
    response = await house.hass.services.async_call(
        DOMAIN, "check_access", {}, blocking=True, return_response=True
    )
    assert isinstance(response, dict)
    return response


def access_of(response: dict[str, Any]) -> dict[str, str]:
    """Return what is said of each interface."""
    return {each["interface"]: each["access"] for each in response["interfaces"]}


def refused_subjects(house: House) -> str | None:
    """Return what the repair lists, None where there is none."""
    for (domain, _), issue in ir.async_get(house.hass).issues.items():
        if domain == DOMAIN and issue.translation_key == REPAIR:
            assert issue.translation_placeholders is not None
            return issue.translation_placeholders["subjects"]
    return None


@pytest.mark.parametrize(
    ("key", "grant"),
    [
        (FailureKey.INTERFACE_NOT_GRANTED, Grant.REFUSED),
        (FailureKey.FEATURE_UNSUPPORTED, Grant.GRANTED),
        (FailureKey.READINGS_NOT_CONFIGURED, Grant.GRANTED),
        (FailureKey.SERVER_BUSY, Grant.UNKNOWN),
    ],
)
def test_what_a_failure_says_of_an_interface(key: FailureKey, grant: Grant) -> None:
    failed = datetime(2026, 6, 21, 12, tzinfo=UTC)
    outcome = CallOutcome(calls=1, failed=failed, failure=failure_of(key))

    assert finding_of(Interface.PLANT_READINGS, outcome).grant is grant


def test_what_ends_a_check_is_told_as_it_comes() -> None:
    assert stop_text(HomeAssistantError("no sign-in")) == "no sign-in"


async def test_set_up_tells_without_a_call(house: House) -> None:
    calls = house.calls()
    told = await async_get_config_entry_diagnostics(house.hass, house.entry)
    known = known_access(house.entry, house.entry.runtime_data.account.journal)
    granted = {
        str(each.interface) for each in known.findings if each.grant == "granted"
    }

    assert house.calls() == calls
    assert granted >= {"stations", "getDevList", "getStationRealKpi", "getDevRealKpi"}
    probe: Any = told["probe"]
    assert probe["control"] is True
    assert probe["interfaces"]["getDevList"] == "granted"
    assert probe["interfaces"]["getKpiStationYear"] == "unknown"
    assert "getStationList" not in probe["interfaces"]


async def test_check_asks_what_is_not_known_and_commands_nothing(house: House) -> None:
    house.cloud.faults.enable("interface_refused", interface="getDevKpiYear")
    calls, basic = house.calls(), house.entry.runtime_data.account.ledger
    left = basic.snapshot()["booked"]
    response = await check(house)
    asked = [each.path for each in house.cloud.requests[calls:]]

    assert response["calls"] == len(asked) <= most_calls(house.entry)
    assert len(asked) == len(set(asked))
    assert not [path for path in asked if "control" in path or "vpp" in path]
    assert basic.snapshot()["booked"] != left
    access = access_of(response)
    assert access.pop("getDevKpiYear") == "refused"
    assert set(access.values()) == {"granted"}
    assert len(access) == 14
    assert response["control"] == "granted"

    # what answered is not asked again, what was refused is
    calls = house.calls()
    house.cloud.faults.clear()
    response = await check(house)
    assert response["calls"] == house.calls() - calls == 1
    assert set(access_of(response).values()) == {"granted"}


async def test_refused_interface_says_why(house: House) -> None:
    house.cloud.faults.enable("interface_refused", interface="getKpiStationMonth")
    response = await check(house)
    (row,) = [each for each in response["interfaces"] if each["access"] == "refused"]

    assert row["code"] == 401
    assert row["used_for"] == "months, in the report action only"
    assert "Northbound Management" in row["reason"]
    assert row["at"] is not None
    # what is asked only when a user wants it is no repair: nothing would take it away
    assert refused_subjects(house) is None


async def test_plant_without_a_battery_mode_is_granted_all_the_same(
    house: House,
) -> None:
    house.cloud.faults.enable("configuration_refused", code=20609)
    await house.reload()
    access = access_of(await check(house))

    assert access["configuration/battery-mode"] == "granted"
    assert access["configuration/active-power-control-mode"] == "granted"


async def test_old_list_stands_in_for_the_new_one(account_house: House) -> None:
    house = account_house
    house.cloud.accounts["apiuser"].refused_interfaces = {"stations"}
    await house.pass_time(6 * 60 + 1, step=60)
    await house.entry.runtime_data.plants.async_refresh()
    access = access_of(await check(house))

    assert access["stations"] == "refused"
    assert access["getStationList"] == "granted"
    assert refused_subjects(house) is None


async def test_api_account_is_not_asked_for_settings(account_house: House) -> None:
    response = await check(account_house)
    access = access_of(response)

    assert not [name for name in access if name.startswith("configuration")]
    assert response["control"] == "needs_oauth"
    assert set(access.values()) == {"granted"}


async def test_interface_that_is_not_ticked_is_asked_seldom_and_heals(
    house: House,
) -> None:
    await house.pass_time(10)
    house.cloud.faults.enable("interface_refused", interface=READINGS)
    before = len(house.cloud.requests_to(READINGS))
    await house.pass_time(10)
    assert refused_subjects(house) == READINGS
    await house.pass_time(8 * 60, step=15)
    types = len(house.entry.runtime_data.device_readings)
    refused = len(house.cloud.requests_to(READINGS)) - before
    assert types < refused <= 4 * types

    house.cloud.faults.clear()
    await house.pass_time(8 * 60, step=60)
    assert refused_subjects(house) is None
    # and is polled as ever
    before = len(house.cloud.requests_to(READINGS))
    await house.pass_time(60, step=5)
    assert len(house.cloud.requests_to(READINGS)) - before > 6


async def test_check_has_what_was_ticked_polled_at_once(house: House) -> None:
    await house.pass_time(10)
    house.cloud.faults.enable("interface_refused", interface="getStationRealKpi")
    await house.entry.runtime_data.plant_readings.async_refresh()
    assert refused_subjects(house) == "getStationRealKpi"
    await house.pass_time(30, step=5)
    polls = len(house.cloud.requests_to("getStationRealKpi"))

    house.cloud.faults.clear()
    access = access_of(await check(house))
    assert access["getStationRealKpi"] == "granted"
    assert refused_subjects(house) is None
    await house.pass_time(10)
    assert len(house.cloud.requests_to("getStationRealKpi")) > polls + 1


async def test_reload_asks_at_once_for_what_was_refused(house: House) -> None:
    house.cloud.faults.enable("interface_refused", interface="getDevRealKpi")
    for coordinator in house.entry.runtime_data.device_readings.values():
        await coordinator.async_refresh()
    await house.pass_time(20, step=5)
    assert refused_subjects(house) == "getDevRealKpi"

    house.cloud.faults.clear()
    await house.reload()
    await house.pass_time(10)
    assert refused_subjects(house) is None


async def press(house: House) -> None:
    """Press the button."""
    entity_id = er.async_get(house.hass).async_get_entity_id(
        BUTTON, DOMAIN, f"{account_key(house.entry)}_check_access"
    )
    await house.hass.services.async_call(
        BUTTON, SERVICE_PRESS, {ATTR_ENTITY_ID: entity_id}, blocking=True
    )


async def test_button_names_what_is_refused(house: House) -> None:
    house.cloud.faults.enable("interface_refused", interface=["getDevKpiDay", ALARMS])
    with pytest.raises(HomeAssistantError, match="getDevKpiDay") as raised:
        await press(house)
    assert raised.value.translation_key == "access_not_granted"

    house.cloud.faults.clear()
    calls = house.calls()
    await press(house)
    assert house.calls() - calls >= 1


async def test_cloud_that_is_down_stops_the_check(house: House) -> None:
    house.cloud.faults.enable("http_500")
    calls = house.calls()
    with pytest.raises(HomeAssistantError, match="could not be finished") as raised:
        await check(house)
    assert raised.value.translation_key == "access_not_checked"
    with pytest.raises(HomeAssistantError, match="fault of its own"):
        await press(house)
    assert house.calls() - calls == 2


async def test_check_spends_no_call_that_is_not_there(house: House) -> None:
    ledger = house.entry.runtime_data.account.ledger
    async with ledger.booking(
        Interface.DEVICES, ledger.remaining(InterfaceClass.BASIC)
    ) as booking:
        while booking.unspent:
            booking.spend()
    calls = house.calls()
    response = await check(house)

    assert house.calls() == calls
    assert response["calls"] == 0
    assert "unknown" in access_of(response).values()


async def begin(house: House) -> Any:
    flow = await house.hass.config_entries.flow.async_init(
        DOMAIN,
        context={"source": SOURCE_RECONFIGURE, "entry_id": house.entry.entry_id},
    )
    assert "access" in flow["menu_options"]
    return await house.hass.config_entries.flow.async_configure(
        flow["flow_id"], {"next_step_id": "access"}
    )


async def test_page_shows_a_table_and_leads_back(house: House) -> None:
    house.cloud.faults.enable("interface_refused", interface="getDevKpiDay")
    flow = await begin(house)
    assert flow["description_placeholders"]["calls"] == "17"
    flows = house.hass.config_entries.flow
    flow = await flows.async_configure(flow["flow_id"], {})

    assert flow["step_id"] == "access_table"
    table = flow["description_placeholders"]["table"].splitlines()
    assert table[0] == "| Interface | What it is needed for | Answer of the cloud |"
    (row,) = [row for row in table if row.startswith("| getDevKpiDay |")]
    assert "**refused**" in row
    assert "| list of plants | granted (at " in table[2]
    assert table[-1].startswith("| control |")
    flow = await flows.async_configure(flow["flow_id"], {})
    assert flow["step_id"] == "reconfigure"


async def test_page_of_an_entry_that_cannot_be_set_up(house: House) -> None:
    house.cloud.faults.enable("http_500")
    await house.hass.config_entries.async_unload(house.entry.entry_id)
    flow = await begin(house)
    flows = house.hass.config_entries.flow
    flow = await flows.async_configure(flow["flow_id"], {})
    assert flow["errors"] == {"base": "access_not_checked"}
    assert "fault of its own" in flow["description_placeholders"]["reason"]

    house.cloud.faults.clear()
    flow = await flows.async_configure(flow["flow_id"], {})
    assert flow["step_id"] == "access_table"
    assert house.entry.state is ConfigEntryState.NOT_LOADED
    assert "| getDevKpiDay |" in flow["description_placeholders"]["table"]


async def test_page_of_an_entry_without_credentials(house: House) -> None:
    await house.hass.config_entries.async_unload(house.entry.entry_id)
    house.hass.config_entries.async_update_entry(
        house.entry, data={**house.entry.data, "auth_implementation": "deleted"}
    )
    flow = await begin(house)
    flow = await house.hass.config_entries.flow.async_configure(flow["flow_id"], {})
    assert flow["errors"] == {"base": "access_not_checked"}
    assert flow["description_placeholders"]["reason"]
