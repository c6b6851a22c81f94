"""What the feeds of an entry tell of the present beat of the cloud."""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Self

from homeassistant.util import dt as dt_util

from .coordinator import ReadingsCoordinator, SmartPVMSData
from .northbound.models import Device, Reading
from .polling import PLANT_READINGS, Standing, device_feed


@dataclass(frozen=True, slots=True, kw_only=True)
class Told[KeyT: (str, int)]:
    """What a feed tells: of this beat, and what is `held`, from before too.

    What does not tell something new at each beat tells what is held.
    """

    feed: str
    of_beat: Mapping[KeyT, Reading]
    held: Mapping[KeyT, Reading]

    @classmethod
    def by(
        cls,
        coordinator: ReadingsCoordinator[KeyT],
        feed: str,
        standings: Mapping[str, Standing],
    ) -> Self:
        """Look at a coordinator and at how its feed stands."""
        standing = standings.get(feed)
        of_beat: Mapping[KeyT, Reading] = coordinator.data
        if standing is not None and standing.tells:
            is_current = standing.is_current(dt_util.utcnow().timestamp())
            of_beat = coordinator.latest if is_current else {}
        return cls(feed=feed, of_beat=of_beat, held=coordinator.data)


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """How all feeds stand and what they tell, looked at once for all plants.

    `devices` are by devTypeId, `standings` by the name of the feed.
    """

    plants: Told[str]
    devices: Mapping[int, Told[int]]
    standings: Mapping[str, Standing]

    @classmethod
    def of(cls, data: SmartPVMSData) -> Self:
        """Look at what an entry holds now."""
        standings = {
            name: standing
            for name in data.clock.feeds
            if (standing := data.clock.standing(name)) is not None
        }
        return cls(
            plants=Told.by(data.plant_readings, PLANT_READINGS, standings),
            devices={
                type_id: Told.by(coordinator, device_feed(type_id), standings)
                for type_id, coordinator in data.device_readings.items()
            },
            standings=standings,
        )

    def readings(
        self,
        plant_code: str,
        devices: list[Device],
        *,
        held: bool,
        missing: Set[str] = frozenset(),
    ) -> dict[str, Reading]:
        """Return what is told of a plant and its devices, by plant code and device key.

        `held` asks for what is held instead of what is of this beat. The feeds that are
        `missing` yet are left out.
        """
        told = self.plants.held if held else self.plants.of_beat
        readings = {plant_code: told[plant_code]} if plant_code in told else {}
        for device in devices:
            feed = self.devices.get(device.type_id)
            if feed is None or feed.feed in missing:
                continue
            reading = (feed.held if held else feed.of_beat).get(device.id)
            if reading is not None:
                readings[device.key] = reading
        return readings
