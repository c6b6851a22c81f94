"""What is in force at the plants, read at set-up and then rarely: modes and limits."""

from abc import abstractmethod
from collections.abc import Mapping
from datetime import timedelta
import logging
from typing import Final, override

from homeassistant.core import HomeAssistant

from ..connection import Connection
from ..coordinator import NorthboundCoordinator, SmartPVMSConfigEntry
from ..northbound.control import Feature
from ..northbound.errors import PermissionDeniedError, RequestRejectedError
from ..northbound.models import BatteryMode, FeedInLimit
from .control import PlantControl

_LOGGER = logging.getLogger(__name__)

_WISH: Final = timedelta(hours=6)


class PresentCoordinator[PresentT: (BatteryMode, FeedInLimit)](
    NorthboundCoordinator[Mapping[str, PresentT]]
):
    """A setting of each plant that may be controlled and can tell it, by plant code.

    Each plant takes a basic call. What is read goes to the engine, which knows best.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: SmartPVMSConfigEntry,
        connection: Connection,
        control: PlantControl,
        *,
        name: str,
        feature: Feature,
    ) -> None:
        """Start with nothing known."""
        super().__init__(hass, entry, connection, name=name, wish=_WISH, empty={})
        self._control = control
        self._feature = feature

    @property
    def plant_codes(self) -> list[str]:
        """The plants that are asked."""
        return self._control.plants_with(self._feature)

    @abstractmethod
    async def _async_ask(self, plant_code: str) -> PresentT:
        """Ask about one plant."""

    @override
    async def _async_fetch(self) -> Mapping[str, PresentT]:
        """Ask about all; a plant that cannot tell does not keep the others from it."""
        found: dict[str, PresentT] = {}
        for plant_code in self.plant_codes:
            try:
                present = await self._async_ask(plant_code)
            except (PermissionDeniedError, RequestRejectedError) as err:
                _LOGGER.debug("%s of %s: %s", self.name, plant_code, err)
                continue
            found[plant_code] = present
            await self._control.async_observe(present)
        return found


class ModeCoordinator(PresentCoordinator[BatteryMode]):
    """The working modes of the batteries (configuration/battery-mode)."""

    @override
    async def _async_ask(self, plant_code: str) -> BatteryMode:
        return await self.client.get_battery_mode(plant_code)


class LimitCoordinator(PresentCoordinator[FeedInLimit]):
    """The feed-in limits (configuration/active-power-control-mode)."""

    @override
    async def _async_ask(self, plant_code: str) -> FeedInLimit:
        return await self.client.get_feed_in_limit(plant_code)
