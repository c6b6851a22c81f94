"""An entry goes from an API account to OAuth Connect and back, and keeps all it has."""

from datetime import timedelta
from typing import Any, Final

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigEntryState,
    ConfigFlowResult,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er, issue_registry as ir
import pytest

from custom_components.smartpvms.const import DOMAIN
from custom_components.smartpvms.northbound.interfaces import InterfaceClass
from simulator.access.accounts import Account
from simulator.access.owners import Owner as CloudOwner
from tests.conftest import SimulatorFactory, advance

from .sign_in import ACCOUNT, Owner, consent

TO_OAUTH: Final = "change_to_oauth"
TO_ACCOUNT: Final = "change_to_account"
LIMIT_TASK: Final = "/control/active-power-control/async-task"


async def begin(hass: HomeAssistant, entry: ConfigEntry, way: str) -> ConfigFlowResult:
    """Reconfigure an entry, and choose what is to be changed."""
    flow = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_RECONFIGURE, "entry_id": entry.entry_id}
    )
    assert way in flow["menu_options"]
    return await hass.config_entries.flow.async_configure(
        flow["flow_id"], {"next_step_id": way}
    )


async def to_oauth(
    owner: Owner, entry: ConfigEntry, login: dict[str, str] | None = None
) -> ConfigFlowResult:
    """Have an entry go on with a consent."""
    flow = await begin(owner.hass, entry, TO_OAUTH)
    flow = await owner.enter(await owner.enter(flow, owner.at_own_server()), {})
    flow = await owner.choose(flow, "browser")
    page = flow["url"]
    address = await (consent(page, login=login) if login else consent(page))
    await owner.come_back(address)
    result = await owner.enter(flow)
    await owner.hass.async_block_till_done()
    return result


async def to_account(
    owner: Owner, entry: ConfigEntry, **values: str
) -> ConfigFlowResult:
    """Have an entry go on with an API account."""
    flow = await begin(owner.hass, entry, TO_ACCOUNT)
    values = owner.at_own_server(**{**ACCOUNT, **values})
    result = await owner.enter(flow, values)
    await owner.hass.async_block_till_done(wait_background_tasks=True)
    return result


def entities(hass: HomeAssistant, entry: ConfigEntry) -> dict[str, str]:
    """Return the unique ids of all entities by entity id."""
    registry = er.async_get(hass)
    return {
        each.entity_id: each.unique_id
        for each in er.async_entries_for_config_entry(registry, entry.entry_id)
    }


async def test_api_account_becomes_oauth(hass: HomeAssistant, owner: Owner) -> None:
    entry = await owner.add_by_account()
    hass.config_entries.async_update_entry(
        entry, options={**entry.options, "detail": "everything"}
    )
    before, identity, options = entities(hass, entry), entry.unique_id, entry.options
    assert (await to_oauth(owner, entry))["reason"] == "reconfigure_successful"

    assert entry.state is ConfigEntryState.LOADED
    assert entry.unique_id == identity
    assert entry.options == options
    assert entry.data["access"] == "oauth"
    assert {"token", "auth_implementation", "redirect_uri"} <= entry.data.keys()
    assert not {"username", "password"} & entry.data.keys()
    assert before.items() <= entities(hass, entry).items()
    # the session of the API account is ended, at the cloud too
    assert len(owner.cloud.requests_to("logout")) == 1
    # and the calls are those of an owner
    assert entry.runtime_data.account.ledger.limit(InterfaceClass.BASIC) == 1000


async def test_oauth_becomes_an_api_account(
    hass: HomeAssistant, owner: Owner, hass_storage: dict[str, Any]
) -> None:
    entry = await owner.add_by_oauth()
    before, identity, options = entities(hass, entry), entry.unique_id, entry.options
    result = await to_account(owner, entry)

    assert result["reason"] == "reconfigure_successful"
    assert entry.state is ConfigEntryState.LOADED
    assert (entry.unique_id, entry.options) == (identity, options)
    assert entry.data["access"] == "api_account"
    assert not {"token", "auth_implementation", "redirect_uri"} & entry.data.keys()
    assert before.items() <= entities(hass, entry).items()
    assert hass_storage["smartpvms.tokens"]["data"] == {}
    assert entry.runtime_data.account.ledger.limit(InterfaceClass.BASIC) is None


async def test_there_and_back_the_calls_are_still_counted(
    hass: HomeAssistant, owner: Owner
) -> None:
    entry = await owner.add_by_oauth()
    ledger = entry.runtime_data.account.ledger
    spent = len(ledger.booked(InterfaceClass.BASIC))
    assert spent > 3
    await to_account(owner, entry)
    result = await to_oauth(owner, entry)

    assert result["reason"] == "reconfigure_successful"
    assert entry.state is ConfigEntryState.LOADED
    ledger = entry.runtime_data.account.ledger
    assert len(ledger.booked(InterfaceClass.BASIC)) >= spent


@pytest.mark.parametrize("is_done", [True, False])
async def test_what_only_oauth_can_give_back_is_given_back_first(
    *, hass: HomeAssistant, owner: Owner, freezer: FrozenDateTimeFactory, is_done: bool
) -> None:
    entry = await owner.add_by_oauth()
    hass.config_entries.async_update_entry(
        entry, options={**entry.options, "control": True}
    )
    await hass.config_entries.async_reload(entry.entry_id)
    control = entry.runtime_data.control
    response = await hass.services.async_call(
        DOMAIN,
        "set_feed_in_limit",
        {"device_id": [device_of(hass, entry)], "power": 2000, "duration": 60},
        blocking=True,
        return_response=True,
    )
    assert response
    assert control.engine.next_due() is not None
    for _ in range(10 if is_done else 0):
        await advance(hass, owner.cloud, freezer, timedelta(minutes=1))
    await to_account(owner, entry)

    assert entry.state is ConfigEntryState.LOADED
    assert entry.runtime_data.control.engine.next_due() is None
    sent = [each for each in owner.cloud.requests if each.path.endswith(LIMIT_TASK)]
    left = left_behind(hass)
    if is_done:
        assert (len(sent), left) == (2, [])
    else:
        # the cloud takes no second one while the first is under way: that is said
        assert len(sent) == 1
        assert [each["plant"] for each in left if each] == ["Home Berlin"]


def left_behind(hass: HomeAssistant) -> list[dict[str, str] | None]:
    """Return what the repairs tell of settings that nobody gives back."""
    return [
        issue.translation_placeholders
        for (domain, _), issue in ir.async_get(hass).issues.items()
        if domain == DOMAIN and issue.translation_key == "left_behind"
    ]


def device_of(hass: HomeAssistant, entry: ConfigEntry) -> str:
    """Return the id of the plant's device."""
    registry = er.async_get(hass)
    for each in er.async_entries_for_config_entry(registry, entry.entry_id):
        if (
            each.unique_id.endswith("_command_outcome")
            or "task_outcome" in each.unique_id
        ):
            assert each.device_id
            return each.device_id
    raise AssertionError("no entity of the plant's commands")


async def test_plants_with_other_codes_are_matched_by_serial_numbers(
    hass: HomeAssistant, owner: Owner
) -> None:
    """An account may list the same plant under another code."""
    entry = await owner.add_by_account()
    (old,) = entry.options["plants"]
    before = entities(hass, entry)
    owner.cloud.faults.enable("plant_codes_changed")
    assert (await to_oauth(owner, entry))["reason"] == "reconfigure_successful"

    new = owner.cloud.plants[0].code
    assert entry.options["plants"] == [new]
    assert entry.state is ConfigEntryState.LOADED
    after = entities(hass, entry)
    assert before.keys() <= after.keys()
    assert not [each for each in after.values() if each.startswith(f"{old}_")]


async def test_account_with_other_plants_is_refused(
    hass: HomeAssistant, owner: Owner
) -> None:
    entry = await owner.add_by_account()
    data = dict(entry.data)
    owner.cloud.owners.register(
        CloudOwner(name="neighbour", password="word", plant_codes=[])
    )
    result = await to_oauth(owner, entry, {"user": "neighbour", "password": "word"})
    # an empty list proves nothing, and nothing else does
    assert result["errors"] == {"base": "no_plants"}
    hass.config_entries.flow.async_abort(result["flow_id"])
    await hass.async_block_till_done()
    assert dict(entry.data) == data
    assert entry.state is ConfigEntryState.LOADED


@pytest.mark.parametrize(
    ("refused", "error"),
    [({"stations", "getStationList"}, "interface_not_granted"), (set(), None)],
)
async def test_refused_list_proves_nothing(
    hass: HomeAssistant, owner: Owner, refused: set[str], error: str | None
) -> None:
    entry = await owner.add_by_oauth()
    owner.cloud.accounts.register(
        Account(user_name="second", system_code="word", refused_interfaces=refused)
    )
    result = await to_account(owner, entry, username="second", password="word")

    if error is None:
        assert result["reason"] == "reconfigure_successful"
    else:
        assert result["errors"] == {"base": error}
        assert entry.data["access"] == "oauth"
        assert entry.state is ConfigEntryState.LOADED


async def test_account_without_a_common_plant_is_refused(
    hass: HomeAssistant, owner: Owner, simulator_factory: SimulatorFactory
) -> None:
    entry = await owner.add_by_oauth()
    other = await simulator_factory(plant="pv", start=owner.cloud.clock.now())
    flow = await begin(hass, entry, TO_ACCOUNT)
    values = {"server": "other", "own_address": other.url, **ACCOUNT}
    result = await owner.enter(flow, values)

    assert result["reason"] == "wrong_account"
    assert entry.data["access"] == "oauth"
    assert entry.state is ConfigEntryState.LOADED


async def test_owner_whom_another_entry_serves_is_not_taken(
    hass: HomeAssistant, owner: Owner, simulator_factory: SimulatorFactory
) -> None:
    """Two entries of one owner and client would end each other's consent."""
    entry = await owner.add_by_oauth()
    hass.config_entries.async_update_entry(
        entry, options={**entry.options, "plants": []}
    )
    await hass.config_entries.async_unload(entry.entry_id)
    flow = await owner.start("api_account")
    second = await owner.finish(await owner.enter(flow, owner.at_own_server(**ACCOUNT)))
    result = await to_oauth(owner, second)

    assert result["reason"] == "already_configured"
    assert second.data["access"] == "api_account"
    assert second.state is ConfigEntryState.LOADED
