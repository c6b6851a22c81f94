"""Adding an entry by OAuth Connect."""

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant

from .sign_in import Owner


async def test_owner_adds_plant_in_the_browser(
    hass: HomeAssistant, owner: Owner
) -> None:
    entry = await owner.add_by_oauth()
    assert entry.title == owner.cloud.plants[0].name
    assert entry.state is ConfigEntryState.LOADED
