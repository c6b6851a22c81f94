"""Drives the config flow as an owner does: forms, Huawei's page, the callback."""

from dataclasses import dataclass
from typing import Any, Final

from aiohttp import ClientSession
from homeassistant.config_entries import SOURCE_USER, ConfigEntry, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from yarl import URL

from custom_components.smartpvms.const import DOMAIN
from simulator import Simulator

OWNER: Final = {"user": "owner", "password": "owner-password"}
ACCOUNT: Final = {"username": "apiuser", "password": "simulator-password"}
BASIC: Final = "pvms.openapi.basic"
CONTROL: Final = "pvms.openapi.control"
LAST_STEPS: Final = ("meters", "energy_dashboard", "energy_sources", "control")


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Somebody in front of a browser, with a Home Assistant and a cloud."""

    hass: HomeAssistant
    callback_server: str
    cloud: Simulator
    server: str

    async def start(self, way_in: str) -> ConfigFlowResult:
        """Add the integration and choose a way in."""
        flow = await self.hass.config_entries.flow.async_init(
            DOMAIN, context={"source": SOURCE_USER}
        )
        assert flow["type"] is FlowResultType.MENU
        return await self.choose(flow, way_in)

    async def choose(self, flow: ConfigFlowResult, option: str) -> ConfigFlowResult:
        """Choose an item of a menu."""
        assert option in flow["menu_options"]
        return await self.enter(flow, {"next_step_id": option})

    async def enter(
        self, flow: ConfigFlowResult, values: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Submit a form, with what it proposes beside what is given."""
        if values is not None and flow["type"] is FlowResultType.FORM:
            values = proposed(flow) | values
        return await self.hass.config_entries.flow.async_configure(
            flow["flow_id"], values
        )

    def at_own_server(self, **values: Any) -> dict[str, Any]:
        """Return input that names the simulator as the server."""
        return {"server": "other", "own_address": self.server, **values}

    async def to_sign_in(self) -> ConfigFlowResult:
        """Go to the menu before the browser leaves."""
        flow = await self.start("oauth")
        assert flow["step_id"] == "server"
        flow = await self.enter(flow, self.at_own_server())
        assert flow["step_id"] == "redirect"
        return await self.enter(flow, {})

    async def to_consent_page(self) -> ConfigFlowResult:
        """Go to the step that opens Huawei's page."""
        return await self.choose(await self.to_sign_in(), "browser")

    async def sign_in(self, flow: ConfigFlowResult) -> ConfigFlowResult:
        """Consent, from the menu before it, and come back."""
        flow = await self.choose(flow, "browser")
        await self.come_back(await consent(flow["url"]))
        return await self.enter(flow)

    async def to_plants(self) -> ConfigFlowResult:
        """Go to the choice of plants, by OAuth."""
        return await self.sign_in(await self.to_sign_in())

    async def add_by_oauth(self) -> ConfigEntry:
        """Add an entry by OAuth, as proposed, and wait until it is set up."""
        return await self.finish(await self.to_plants())

    async def add_by_account(self) -> ConfigEntry:
        """Add an entry by API account, as proposed, and wait until it is set up."""
        flow = await self.start("api_account")
        return await self.finish(await self.enter(flow, self.at_own_server(**ACCOUNT)))

    async def finish(self, flow: ConfigFlowResult) -> ConfigEntry:
        """Take the proposed plants, and what is proposed for energy and control."""
        assert flow["step_id"] == "plants", flow
        result = await self.enter(flow, {})
        while result.get("step_id") in LAST_STEPS:
            result = await self.enter(result, {})
        assert result["type"] is FlowResultType.CREATE_ENTRY, result
        await self.hass.async_block_till_done()
        return result["result"]

    async def come_back(self, address: URL) -> tuple[int, str]:
        """Follow a redirect to Home Assistant's callback, as a browser would."""
        callback = URL(f"{self.callback_server}{address.raw_path_qs}", encoded=True)
        async with ClientSession() as session, session.get(callback) as response:
            return response.status, await response.text()


def proposed(flow: ConfigFlowResult) -> dict[str, Any]:
    """Return what a form is filled in with when it is shown."""
    schema = flow["data_schema"]
    values: dict[str, Any] = {}
    for field in schema.schema if schema else ():
        suggested = (field.description or {}).get("suggested_value")
        if callable(field.default):
            values[str(field)] = field.default()
        elif suggested is not None:
            values[str(field)] = suggested
    return values


async def open_page(page: str) -> tuple[int, str]:
    """Open a page of the cloud."""
    async with (
        ClientSession() as session,
        session.get(URL(page, encoded=True)) as answer,
    ):
        return answer.status, await answer.text()


async def consent(
    page: str,
    *,
    decision: str = "allow",
    login: dict[str, str] = OWNER,
    scopes: tuple[str, ...] = (BASIC, CONTROL),
) -> URL:
    """Fill in the consent page, and return the address it sends the browser to."""
    form = {**login, **dict.fromkeys(scopes, "on"), "decision": decision}
    async with (
        ClientSession() as session,
        session.post(
            URL(page, encoded=True), data=form, allow_redirects=False
        ) as answer,
    ):
        assert answer.status == 302, await answer.text()
        return URL(answer.headers["Location"], encoded=True)
