"""The history of an entry that is set up, and of one that is removed."""

from typing import Final

from homeassistant.core import HomeAssistant

from ..const import CONF_HISTORY, CONF_HISTORY_ON_REMOVAL, CONF_PLANTS
from ..coordinator import SmartPVMSConfigEntry
from ..polling import HISTORY
from .feed import HistoryCoordinator
from .history import History, async_delete_series
from .live import LiveGrowth
from .memory import async_forget_memory
from .recording import has_recorder

KEEP: Final = "keep"
DELETE: Final = "delete"


async def async_history(hass: HomeAssistant, entry: SmartPVMSConfigEntry) -> None:
    """Bring in the history from now on, where there is a recorder and it is wanted."""
    if not has_recorder(hass) or not entry.options.get(CONF_HISTORY, True):
        return
    history = History(hass, entry)
    await history.async_load()
    entry.runtime_data.history = history
    entry.runtime_data.clock.async_follow(
        HISTORY, HistoryCoordinator(hass, entry, history)
    )
    entry.async_on_unload(LiveGrowth(hass, entry, history).async_start())


async def async_forget_history(
    hass: HomeAssistant, entry: SmartPVMSConfigEntry
) -> None:
    """Forget the history of an entry that is removed; its series stay if not told."""
    await async_forget_memory(hass, entry.entry_id)
    wants_it_gone = entry.options.get(CONF_HISTORY_ON_REMOVAL) == DELETE
    if wants_it_gone and has_recorder(hass):
        await async_delete_series(hass, entry.options[CONF_PLANTS])
