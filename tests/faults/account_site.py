"""The same home, whose owner came in by an API account."""

from dataclasses import dataclass
from typing import override

from homeassistant.config_entries import SOURCE_REAUTH
from homeassistant.const import CONF_PASSWORD

from custom_components.smartpvms.const import DOMAIN
from simulator.access.accounts import Account
from tests.playback import api_account_entry

from .site import NAME, Site


@dataclass(slots=True, kw_only=True)
class AccountSite(Site):
    """What a test of failures needs of a house that came by an API account."""

    @property
    def account(self) -> Account:
        """The account at the cloud."""
        return self.cloud.accounts["apiuser"]

    @override
    async def make_entry(self) -> None:
        """Make the entry of the account, which is not set up yet."""
        self.plant = self.cloud.plants[0]
        self.entry = api_account_entry(
            f"http://{NAME}:{self.server.port}",
            [self.plant.code],
            password=self.account.system_code,
            detail="totals",
            plant_settings={self.plant.code: {"meters": self.meters}},
        )
        self.entry.add_to_hass(self.hass)

    @override
    async def sign_in(self) -> str:
        """Type the password of the account, where that is asked for or by choice."""
        flows = self.hass.config_entries.flow
        flow = (
            await self.awaited(flows.async_configure(self.sign_ins[0]))
            if self.sign_ins
            else await flows.async_init(
                DOMAIN,
                context={"source": SOURCE_REAUTH, "entry_id": self.entry.entry_id},
                data=dict(self.entry.data),
            )
        )
        assert flow["step_id"] == "reauth_password"
        return await self.say(flow, {CONF_PASSWORD: self.account.system_code})
