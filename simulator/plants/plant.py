"""A plant as the simulated cloud knows it."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from ..alarms.book import PlantAlarms
from .definitions import Battery, DeviceDefinition, PlantDefinition
from .history import PlantHistory
from .publication import Publication
from .settings import PlantSettings
from .state import PlantState, plant_state
from .steering import Steering

_STATES_KEPT = 64


class Device:
    """A device of a plant; its name can change as users rename devices."""

    def __init__(
        self,
        definition: DeviceDefinition,
        plant: Plant,
        shown_by: DeviceDefinition | None = None,
    ) -> None:
        """Wrap a definition; readings are those of `shown_by`, if given."""
        self._shown_by = definition.dn if shown_by is None else shown_by.dn
        self.definition = definition
        self.plant = plant
        self.name = definition.name
        self.id = definition.id
        """The Long that `devIds` takes."""
        self.dn = definition.dn
        """The name that device/history takes."""
        self.serial = definition.serial
        """Serial number, None for batteries."""
        self.type_id = int(definition.type_id)
        """The devTypeId."""

    @property
    def inverter_index(self) -> int:
        """Which of the plant's inverters this is. Raises ValueError for none."""
        inverters = self.plant.definition.inverters
        return [inverter.dn for inverter in inverters].index(self._shown_by)

    @property
    def battery(self) -> Battery | None:
        """The battery that this device is or contains."""
        if isinstance(self.definition, Battery):
            return self.definition
        battery = self.plant.definition.battery
        if battery is None or battery.type_id != self.type_id:
            return None
        return battery


class Plant:
    """Definition, history and publication of one plant."""

    def __init__(
        self,
        definition: PlantDefinition,
        start: datetime,
        seed: int,
        now: Callable[[], datetime],
    ) -> None:
        """Prepare a plant for a simulator that starts at an aware instant.

        `now` tells plant time.
        """
        self.definition = definition
        self._history = PlantHistory(definition, start, seed)
        self.code = definition.code
        self.name = definition.name
        self.time_zone = definition.time_zone
        self.devices = [Device(device, self) for device in definition.devices]
        self.steering = Steering(self._history, now, self._forget)
        self.alarms = PlantAlarms(self.devices, f"{seed}/{definition.number}", now)
        self._newest_number = max(device.number for device in definition.devices)
        self._seed = seed
        self._states: dict[datetime, PlantState] = {}
        self._publications: dict[int | None, Publication] = {}
        self.outages: list[tuple[datetime, datetime]] = []
        """From when until when samples are taken that never appear."""

    @property
    def zone(self) -> ZoneInfo:
        """The plant's time zone."""
        return self._history.zone

    @property
    def history(self) -> PlantHistory:
        """Powers and energies, after everything that has been set by now."""
        self.steering.advance()
        return self._history

    @property
    def settings(self) -> PlantSettings:
        """What the controller is set to now."""
        self.steering.advance()
        return self.steering.settings

    def state(self, instant: datetime) -> PlantState:
        """Return the physical state at an instant."""
        history = self.history
        if instant not in self._states:
            if len(self._states) >= _STATES_KEPT:
                self._states.clear()
            self._states[instant] = plant_state(history, instant, self._seed)
        return self._states[instant]

    def new_number(self) -> int:
        """Return a number that no device of the plant has had."""
        self._newest_number += 1
        return self._newest_number

    def change(self, definition: PlantDefinition) -> None:
        """Take another definition from now on, with the same inverters."""
        self.definition = definition
        self._history.plant = definition
        self._forget()

    def _forget(self) -> None:
        self._states.clear()

    def publication(self, type_id: int | None) -> Publication:
        """Return the publication of a device type, or of the plant values for None."""
        if type_id not in self._publications:
            feed = "plant" if type_id is None else str(type_id)
            self._publications[type_id] = Publication(
                self._seed, f"{self.code}/{feed}", self.outages
            )
        return self._publications[type_id]

    def published(self, type_id: int | None, now: datetime) -> datetime:
        """Return the sample that a feed shows now."""
        return self.publication(type_id).sample(now)
