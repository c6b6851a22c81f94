"""No token, code, secret or password in logs, states, events, diagnostics or errors."""

from collections.abc import Iterator
from datetime import timedelta
import json
import logging
import re
import traceback
from typing import Any, Final

from homeassistant.const import MATCH_ALL
from homeassistant.core import Event, HomeAssistant
from homeassistant.helpers import device_registry as dr, issue_registry as ir
import pytest

from custom_components.smartpvms.const import DOMAIN
from custom_components.smartpvms.diagnostics import (
    async_get_config_entry_diagnostics,
    async_get_device_diagnostics,
)
from tests.faults.site import Site
from tests.faults.table import expire
from tests.playback import api_account_entry

PASSWORD: Final = "simulator-password"
CLIENT_SECRET: Final = "simulator-secret"
# tokens of the simulated cloud, codes of its consent page, and the short states
TOKEN: Final = re.compile(r"\b(?:at|rt)-[0-9a-f]{48}|\bx-[0-9a-f]{40}|\b[0-9a-f]{40}\b")
# what may keep them: without them nobody could go on after a restart
MAY_KEEP: Final = re.compile(
    r"core\.config_entries|application_credentials|smartpvms\.(?:tokens|account\.\w+)"
)
# the test plugin shows in its own lines what would be written to disk
_PLUGIN: Final = "pytest_homeassistant_custom_component"
SECRET: Final = re.compile(f"{TOKEN.pattern}|{PASSWORD}|{CLIENT_SECRET}")


class Witness:
    """Has seen all that anybody could have."""

    def __init__(self, hass: HomeAssistant, caplog: pytest.LogCaptureFixture) -> None:
        """Listen to everything, at the lowest level."""
        self._hass = hass
        self._caplog = caplog
        self.seen: list[str] = []
        caplog.set_level(logging.DEBUG)
        logging.getLogger(_PLUGIN).setLevel(logging.INFO)
        hass.bus.async_listen(MATCH_ALL, self._hear)

    async def _hear(self, event: Event[Any]) -> None:
        self.seen.append(f"event {event.event_type} {event.data!r}")

    def note(self, what: object) -> None:
        """Keep what a person was shown."""
        self.seen.append(
            "".join(traceback.format_exception(what))
            if isinstance(what, BaseException)
            else repr(what)
        )

    async def look_at(self, entry_id: str) -> None:
        """Download the diagnostics, look at the states and the repairs."""
        entry = self._hass.config_entries.async_get_known_entry(entry_id)
        self.note(await async_get_config_entry_diagnostics(self._hass, entry))
        for device in dr.async_entries_for_config_entry(
            dr.async_get(self._hass), entry_id
        ):
            self.note(await async_get_device_diagnostics(self._hass, entry, device))
        self.note([state.as_dict() for state in self._hass.states.async_all()])
        self.note(ir.async_get(self._hass).issues)
        self.note((entry.title, entry.reason, entry.unique_id, entry.options))

    def everything(self) -> Iterator[str]:
        """Yield all of it."""
        for record in self._caplog.get_records("call"):
            yield f"{record.name}: {record.getMessage()}"
            if record.exc_info:
                yield "".join(traceback.format_exception(*record.exc_info))
        yield from self.seen

    def assert_no_secret(self) -> None:
        """Look for secrets."""
        told = [text for text in self.everything() if SECRET.search(text)]
        assert [SECRET.sub("*****", text)[:300] for text in told] == []


@pytest.fixture
def witness(hass: HomeAssistant, caplog: pytest.LogCaptureFixture) -> Witness:
    return Witness(hass, caplog)


def assert_disk_is_discreet(hass_storage: dict[str, Any]) -> None:
    """Look for secrets in what is written, but for where they have to be."""
    written = {
        key: json.dumps(stored, default=str)
        for key, stored in hass_storage.items()
        if not MAY_KEEP.fullmatch(key)
    }
    assert any(key.startswith(f"{DOMAIN}.") for key in written)
    assert [key for key, text in written.items() if SECRET.search(text)] == []


async def live_through_refusals(site: Site, witness: Witness, secret: str) -> None:
    """Have the cloud answer with what was secret, in all the places it has.

    But for its answers to commands: a user is to read what it says of them.
    """
    asked = {"interface": ["getStationRealKpi", "getDevRealKpi", "getAlarmList"]}
    for name, parameters in (
        ("fail_code", {"code": 20004, "message": f"no {secret}", **asked}),
        ("fail_code", {"code": 99999, "message": secret, **asked}),
        ("fail_code", {"code": 20056, "message": secret, **asked}),
        ("redirect", {"location": f"http://127.0.0.1/?token={secret}"}),
        ("session_lost", {}),
        ("http_500_exception", {}),
        ("connection_cut", {}),
    ):
        site.cloud.faults.enable(name, **parameters)
        await site.wait(timedelta(minutes=10))
        witness.note(await site.write())
        await witness.look_at(site.entry.entry_id)
        site.cloud.faults.clear()
        await site.heal(timedelta(hours=2))


async def test_owner_who_came_in_by_oauth(
    site: Site, witness: Witness, hass_storage: dict[str, Any]
) -> None:
    await site.set_up()
    first = site.entry.data["token"]
    await expire(site)
    await site.wait(timedelta(minutes=10))
    assert site.entry.data["token"]["access_token"] != first["access_token"]
    await live_through_refusals(site, witness, first["refresh_token"])
    for name in ("token_temporary_400", "http_502", "html_page", "hang"):
        site.cloud.faults.enable(name, interface="token")
        await expire(site)
        await site.wait(timedelta(minutes=10))
        witness.note(await site.sign_in())
        site.cloud.faults.clear()
    site.cloud.oauth.forget("owner", "100000001")
    await site.wait(timedelta(minutes=30))
    assert await site.sign_in() == "reauth_successful"
    await site.heal(timedelta(hours=1))
    assert await site.write() == "running"
    await witness.look_at(site.entry.entry_id)
    await site.hass.async_stop()

    assert len(witness.seen) > 100
    assert any("smartpvms" in text for text in witness.everything())
    witness.assert_no_secret()
    assert_disk_is_discreet(hass_storage)


async def test_account_of_an_installer(
    site: Site, witness: Witness, hass_storage: dict[str, Any]
) -> None:
    await site.hass.config_entries.async_remove(site.entry.entry_id)
    site.entry = api_account_entry(
        f"http://localhost:{site.server.port}",
        [site.plant.code],
        username="apiuser",
        password=PASSWORD,
        detail="totals",
    )
    site.entry.add_to_hass(site.hass)
    await site.set_up()
    account = site.cloud.accounts["apiuser"]
    assert account.token is not None
    for name, interface in (
        ("session_lost", "getStationRealKpi"),
        ("busy", "login"),
        ("html_page", "login"),
        ("fail_code", "login"),
        ("connection_cut", "login"),
    ):
        parameters = {"code": 20004, "message": account.token}
        site.cloud.faults.enable(
            name, interface=interface, **(parameters if name == "fail_code" else {})
        )
        account.token = f"x-{'0' * 40}"
        await site.wait(timedelta(minutes=40))
        await witness.look_at(site.entry.entry_id)
        site.cloud.faults.clear()
        await site.wait(timedelta(minutes=30))
    account.system_code = "another"
    account.token = None
    # it lost sessions again and again, and logs in no sooner than in an hour
    await site.wait(timedelta(minutes=90))
    assert site.sign_ins
    await witness.look_at(site.entry.entry_id)
    await site.hass.async_stop()

    witness.assert_no_secret()
    assert_disk_is_discreet(hass_storage)


def test_the_search_would_find_what_it_looks_for(
    hass: HomeAssistant, witness: Witness
) -> None:
    for secret in (f"at-{'a' * 48}", f"x-{'0' * 40}", PASSWORD, "c" * 40):
        witness.seen = [f"a line with {secret} in it"]
        with pytest.raises(AssertionError):
            witness.assert_no_secret()
