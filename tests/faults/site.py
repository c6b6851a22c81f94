"""A home, its Home Assistant and its cloud, between which anything can fail."""

import asyncio
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import UTC, timedelta
import logging
from typing import Any, Final, override

from aiohttp import ClientSession
from aiohttp.abc import AbstractResolver, ResolveResult
from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import (
    SOURCE_REAUTH,
    ConfigEntryState,
    ConfigFlowResult,
)
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import (
    device_registry as dr,
    entity_registry as er,
    issue_registry as ir,
)
from homeassistant.helpers.aiohttp_client import DATA_CONNECTOR
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)
from yarl import URL

from custom_components.smartpvms.const import DOMAIN
from simulator import Server, Simulator
from simulator.plants.plant import Device, Plant
from tests.config_flow.sign_in import consent, proposed
from tests.playback import async_oauth_entry

NAME: Final = "localhost"
REDIRECT: Final = "https://example.com/auth/external/callback"
STEP: Final = timedelta(minutes=5)
# the client waits half a minute for an answer
_PATIENCE: Final = timedelta(seconds=31)
_OURS: Final = "custom_components.smartpvms"


class Resolver(AbstractResolver):
    """Knows one name, unless it fails."""

    def __init__(self) -> None:
        """Begin well."""
        self.fails = False

    @override
    async def resolve(
        self, host: str, port: int = 0, family: int = 0
    ) -> list[ResolveResult]:
        if self.fails or host not in (NAME, "127.0.0.1"):
            raise OSError(None, "DNS server returned answer with no data")
        return [
            ResolveResult(
                hostname=host, host="127.0.0.1", port=port, family=2, proto=0, flags=0
            )
        ]

    @override
    async def close(self) -> None:
        """Hold nothing."""

    async def real_close(self) -> None:
        """Be closed as Home Assistant closes its own resolver."""


def _is_ours(record: logging.LogRecord) -> bool:
    """Return whether we logged it, and not Home Assistant in our name."""
    return record.name.startswith(_OURS) and record.module != "config_entries"


@dataclass(slots=True, kw_only=True)
class Site:
    """What a test of failures needs of a house with a battery."""

    hass: HomeAssistant
    freezer: FrozenDateTimeFactory
    cloud: Simulator
    server: Server
    resolver: Resolver
    callback_server: str
    caplog: pytest.LogCaptureFixture
    entry: MockConfigEntry = field(init=False)
    plant: Plant = field(init=False)
    meter: Device = field(init=False)

    @property
    def meters(self) -> dict[str, Any]:
        """What the user said of the meters."""
        return {
            str(device.serial): {"role": "grid", "reversed": False}
            for device in self.plant.devices
            if device.type_id == 47
        }

    async def make_entry(self) -> None:
        """Make the owner's entry, which is not set up yet."""
        self.plant = self.cloud.plants[0]
        expires = self.freezer().replace(tzinfo=UTC).timestamp()
        token = self.cloud.oauth.grant()
        self.entry = await async_oauth_entry(
            self.hass,
            f"http://{NAME}:{self.server.port}",
            [self.plant.code],
            {**token, "expires_at": expires + int(token["expires_in"])},
            control=True,
            detail="totals",
            plant_settings={self.plant.code: {"meters": self.meters}},
        )
        self.entry.add_to_hass(self.hass)

    async def forget_names(self) -> None:
        """End the connections, and let the next one look for the name again."""
        self.server.cut_connections()
        for connector in self.hass.data.get(DATA_CONNECTOR, {}).values():
            connector.clear_dns_cache()

    async def settle(self) -> None:
        """Wait until all is quiet; who waits for an answer that hangs loses patience."""
        quiet = asyncio.ensure_future(
            self.hass.async_block_till_done(wait_background_tasks=True)
        )
        while not quiet.done():
            await asyncio.sleep(0)
            if self.cloud.hanging:
                self._tick(_PATIENCE)
        await quiet

    async def awaited[T](self, doing: Coroutine[Any, Any, T]) -> T:
        """Return what comes of something, which may have to wait in vain."""
        task = asyncio.ensure_future(doing)
        while not task.done():
            await self.settle()
        return await task

    async def wait(self, delta: timedelta, step: timedelta = STEP) -> None:
        """Let time pass."""
        await self.settle()
        end = self.freezer() + delta
        while self.freezer() < end:
            self._tick(step)
            await self.settle()

    def _tick(self, delta: timedelta) -> None:
        self.freezer.tick(delta)
        self.cloud.clock.step(delta)
        async_fire_time_changed(self.hass)

    async def set_up(self) -> None:
        """Set the entry up."""
        await self.awaited(self.hass.config_entries.async_setup(self.entry.entry_id))
        await self.settle()

    async def heal(self, within: timedelta) -> timedelta | None:
        """Wait until all is well again; return how long it took, None if too long."""
        begun = self.freezer()
        while not self.is_well:
            passed = self.freezer() - begun
            if passed > within:
                return None
            await self.wait(STEP if within < timedelta(hours=3) else STEP * 6)
        return self.freezer() - begun

    @property
    def is_well(self) -> bool:
        """Whether the entry works, its values are there and nothing is asked for."""
        return (
            self.state == "loaded"
            and not self.repairs
            and not self.entry.runtime_data.plant_readings.failure
        )

    @property
    def state(self) -> str:
        """What is said of the entry: its state or that powers lack, and what is asked."""
        told = self.entry.state.value
        if self.entry.state is ConfigEntryState.LOADED and not self._has_power:
            told = "no power"
        key = self.entry.error_reason_translation_key
        return " ".join((told, *([key] if key else []), *self.asked))

    @property
    def asked(self) -> tuple[str, ...]:
        """What the user is asked for: repairs and a sign-in.

        A grant that dies soon after a refresh makes one more repair guess at a cause.
        """
        repairs = [each for each in self.repairs if each != "consent_shared"]
        return (*repairs, *("sign_in" for _ in self.sign_ins[:1]))

    @property
    def _has_power(self) -> bool:
        """Whether the plant's grid power is shown."""
        entity_id = er.async_get(self.hass).async_get_entity_id(
            "sensor", DOMAIN, f"{self.plant.code}_grid_power"
        )
        state = self.hass.states.get(entity_id) if entity_id else None
        return state is not None and state.state not in (
            STATE_UNAVAILABLE,
            STATE_UNKNOWN,
        )

    @property
    def repairs(self) -> list[str]:
        """The repairs that wait."""
        return sorted(
            str(issue.translation_key)
            for issue in ir.async_get(self.hass).issues.values()
            if issue.domain == DOMAIN and issue.active
        )

    @property
    def sign_ins(self) -> list[str]:
        """The flows in which the user is to sign in again."""
        return [
            flow["flow_id"]
            for flow in self.hass.config_entries.flow.async_progress_by_handler(DOMAIN)
            if flow["context"]["source"] == SOURCE_REAUTH
        ]

    def lines(self) -> list[str]:
        """Take the lines above debug that we logged since the last look, and all warnings.

        What Home Assistant itself says of each try of a set-up is no warning.
        """
        records = [
            record
            for record in self.caplog.get_records("call")
            if record.levelno > (logging.DEBUG if _is_ours(record) else logging.WARNING)
        ]
        self.caplog.clear()
        with_traceback = [record.getMessage() for record in records if record.exc_info]
        assert with_traceback == []
        return [f"{record.levelname} {record.getMessage()}" for record in records]

    async def write(self) -> str:
        """Discharge the battery for some minutes; return what is said of it."""
        device = dr.async_get(self.hass).async_get_device_by_identifier(
            (DOMAIN, self.plant.code), self.entry.entry_id
        )
        assert device is not None
        discharge = self.hass.services.async_call(
            DOMAIN,
            "forcible_discharge",
            {"device_id": device.id, "power": 1000, "duration": 5},
            blocking=True,
            return_response=True,
        )
        try:
            response = await self.awaited(discharge)
        except HomeAssistantError as error:
            return f"error {error.translation_key}"
        assert response is not None
        (row,) = response["plants"]  # type: ignore[misc, union-attr]
        assert isinstance(row, dict)
        return " ".join(str(each) for each in (row["status"], row["reason"]) if each)

    async def sign_in(self) -> str:
        """Sign in again by the browser, where that is asked for or by choice."""
        flows = self.hass.config_entries.flow
        if self.sign_ins:
            flow = await self.awaited(flows.async_configure(self.sign_ins[0]))
            if flow["type"] is FlowResultType.ABORT:
                # it has asked again, and all is well
                return str(flow["reason"])
        else:
            flow = await flows.async_init(
                DOMAIN,
                context={"source": SOURCE_REAUTH, "entry_id": self.entry.entry_id},
                data=dict(self.entry.data),
            )
        for values in ({}, {"redirect_uri": REDIRECT}, {"next_step_id": "browser"}):
            flow = await flows.async_configure(flow["flow_id"], values)
        page = URL(flow["url"], encoded=True).with_host("127.0.0.1")
        back = await consent(str(page))
        callback = URL(f"{self.callback_server}{back.raw_path_qs}", encoded=True)
        async with ClientSession() as session, session.get(callback) as answer:
            assert answer.status == 200
        return await self.say(flow, None)

    async def say(
        self, flow: ConfigFlowResult, values: Mapping[str, Any] | None
    ) -> str:
        """Submit a step of the sign-in, and return what comes of it."""
        entering = self.hass.config_entries.flow.async_configure(
            flow["flow_id"], None if values is None else dict(values)
        )
        flow = await self.awaited(entering)
        await self.settle()
        said = (flow.get("errors") or {}).values()
        return " ".join(str(each) for each in (flow.get("reason"), *said) if each)

    async def choose_plants(self) -> str:
        """Choose the plants anew; return what then is, after a reload."""
        options = self.hass.config_entries.options
        flow = await options.async_init(self.entry.entry_id)
        flow = await self.awaited(
            options.async_configure(flow["flow_id"], {"next_step_id": "plants"})
        )
        assert flow["step_id"] == "plants"
        adds = self.entry.options["add_new_plants"]
        values = {**proposed(flow), "add_new_plants": not adds}
        flow = await self.awaited(options.async_configure(flow["flow_id"], values))
        await self.settle()
        errors = (flow.get("errors") or {}).values()
        return " ".join((*map(str, errors), self.state))

    async def unload(self) -> str:
        """Unload the entry; return what then is."""
        assert await self.awaited(
            self.hass.config_entries.async_unload(self.entry.entry_id)
        )
        return self.state
