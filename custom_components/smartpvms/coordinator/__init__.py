"""One coordinator for each kind of data; what they hold are immutable snapshots."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant

from ..accounts import Account
from ..connection import Connection
from ..northbound.client import NorthboundClient
from .base import INTERVAL_MARGIN, NorthboundCoordinator
from .lists import DeviceListCoordinator, PlantListCoordinator, forget_lists
from .memory import async_forget_memory, async_load_memory, drop_memory
from .readings import (
    DeviceReadingsCoordinator,
    PlantReadingsCoordinator,
    ReadingsCoordinator,
)

if TYPE_CHECKING:
    from ..alarms.coordinator import AlarmCoordinator
    from ..freshness import Freshness
    from ..history.history import History
    from ..outliers import YieldCoordinator
    from ..plant_control import PlantControl
    from ..plant_energy import PlantEnergies
    from ..polling import PollingClock

__all__ = [
    "INTERVAL_MARGIN",
    "DeviceListCoordinator",
    "DeviceReadingsCoordinator",
    "NorthboundCoordinator",
    "PlantListCoordinator",
    "PlantReadingsCoordinator",
    "ReadingsCoordinator",
    "SmartPVMSConfigEntry",
    "SmartPVMSData",
    "async_forget_memory",
    "async_load_memory",
    "forget_entry",
]

type SmartPVMSConfigEntry = ConfigEntry[SmartPVMSData]


@dataclass(slots=True, kw_only=True)
class SmartPVMSData:
    """What a loaded entry holds."""

    connection: Connection
    clock: PollingClock
    plants: PlantListCoordinator
    devices: DeviceListCoordinator
    plant_readings: PlantReadingsCoordinator
    alarms: AlarmCoordinator
    freshness: Freshness
    energy: PlantEnergies
    control: PlantControl
    yields: YieldCoordinator
    device_readings: dict[int, DeviceReadingsCoordinator] = field(default_factory=dict)
    history: History | None = None

    @property
    def client(self) -> NorthboundClient:
        """What asks the cloud."""
        return self.connection.client

    @property
    def account(self) -> Account:
        """What all that speak for the same account share."""
        return self.connection.account


def forget_entry(hass: HomeAssistant, entry_id: str) -> None:
    """Drop what is kept of an entry between its set-ups; what is on disk stays."""
    forget_lists(hass, entry_id)
    drop_memory(hass, entry_id)
