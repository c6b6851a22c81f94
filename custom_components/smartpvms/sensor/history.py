"""How far the history of an entry's plants is in the long-term statistics."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, override

from homeassistant.components.sensor import SensorEntity, SensorEntityDescription
from homeassistant.const import EntityCategory, UnitOfRatio
from homeassistant.core import callback
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity

from ..const import DOMAIN
from ..coordinator import SmartPVMSConfigEntry
from ..device_registry import account_key
from ..discovery import Created, Discovery
from ..entity import SmartPVMSEntity
from ..history.history import History
from .calls import owner_of

ATTR_DAY: Final = "day_reached"
ATTR_DAYS_LEFT: Final = "days_left"

HISTORY_PROGRESS: Final = SensorEntityDescription(
    key="history_progress",
    translation_key="history_progress",
    native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
    suggested_display_precision=0,
    entity_category=EntityCategory.DIAGNOSTIC,
)


class HistoryProgressSensor(SmartPVMSEntity, SensorEntity):
    """The share of the days, and of their hours, that are in."""

    _attr_should_poll = False

    def __init__(
        self, entry: SmartPVMSConfigEntry, owner: str, history: History
    ) -> None:
        """Tie the entity to the device of `owner`, and its id to the account."""
        self.entity_description = HISTORY_PROGRESS
        self._history = history
        self._attr_unique_id = f"{account_key(entry)}_{HISTORY_PROGRESS.key}"
        self._attr_device_info = DeviceInfo(identifiers={(DOMAIN, owner)})

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        self.async_on_remove(self._history.async_listen(self.async_write_if_new))

    @property
    @override
    def native_value(self) -> int:
        return self._history.standing().percent

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any]:
        standing = self._history.standing()
        return {ATTR_DAY: standing.day, ATTR_DAYS_LEFT: standing.days_left}

    @property
    @override
    def shown(self) -> object:
        return self.available, self._history.standing()


@callback
def follow_history(discovery: Discovery, entry: SmartPVMSConfigEntry) -> None:
    """Add the sensor, once there is a device for it."""
    history = entry.runtime_data.history
    if history is None:
        return
    created = Created()

    def search() -> Iterator[Sequence[Entity]]:
        owner = owner_of(entry)
        if owner is not None and entry.entry_id not in created:
            sensor = HistoryProgressSensor(entry, owner, history)
            created.note(entry.entry_id, sensor)
            yield [sensor]

    look = discovery.follow(search)
    entry.async_on_unload(entry.runtime_data.plants.async_add_listener(look))
