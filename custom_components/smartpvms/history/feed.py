"""The history as a feed of the entry's clock: the last one to get a call."""

from datetime import timedelta
from typing import override

from homeassistant.core import HomeAssistant

from ..coordinator import NorthboundCoordinator, SmartPVMSConfigEntry
from ..northbound.errors import DoorClosedError, NorthboundError
from ..planner.model import BEAT
from .history import History


class HistoryCoordinator(NorthboundCoordinator[None]):
    """Makes the calls of the history; it holds no data."""

    def __init__(
        self, hass: HomeAssistant, entry: SmartPVMSConfigEntry, history: History
    ) -> None:
        """Call for this history."""
        super().__init__(
            hass,
            entry,
            entry.runtime_data.connection,
            name="history",
            wish=timedelta(seconds=BEAT),
            empty=None,
        )
        self._history = history

    @override
    async def _async_fetch(self) -> None:
        call = self._history.next_call()
        if call is None:
            return
        try:
            await self._history.async_ask(call)
        except DoorClosedError as err:
            # no calls are left for it: that is no failure
            self.keep(err)
        except NorthboundError:
            self._history.async_pause()
            raise
