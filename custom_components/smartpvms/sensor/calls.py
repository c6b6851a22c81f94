"""What the cloud's calls come to: how many are left, and how often each feed is polled."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import EntityCategory, UnitOfTime
from homeassistant.core import callback
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity

from ..const import DOMAIN
from ..coordinator import SmartPVMSConfigEntry
from ..detail import has_totals
from ..device_registry import account_key
from ..discovery import Created, Discovery
from ..entity import SmartPVMSEntity
from ..northbound.auth import Access
from ..northbound.device_types import device_type_name
from ..northbound.interfaces import InterfaceClass
from ..polling import HISTORY, YIELDS, type_of

# these come and go: they are polled when there is something to ask for
_NOW_AND_THEN: Final = frozenset({HISTORY, YIELDS})
_MINUTE: Final = timedelta(minutes=1)
_DIGITS: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class CallsLeftDescription(SensorEntityDescription):
    """The calls of a class that an owner has left."""

    counted: InterfaceClass


CALLS_LEFT: Final = tuple(
    CallsLeftDescription(
        key=key,
        translation_key=key,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        entity_category=EntityCategory.DIAGNOSTIC,
        counted=counted,
    )
    for key, counted in (
        ("calls_left", InterfaceClass.BASIC),
        ("control_calls_left", InterfaceClass.CONTROL),
    )
)


def interval_description(feed: str) -> SensorEntityDescription:
    """Return the description of the interval of a feed."""
    type_id = type_of(feed)
    return SensorEntityDescription(
        key=f"{feed}_interval",
        translation_key=f"{feed}_interval" if type_id is None else "devices_interval",
        translation_placeholders=(
            None
            if type_id is None
            else {"type": device_type_name(type_id) or str(type_id)}
        ),
        device_class=SensorDeviceClass.DURATION,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfTime.MINUTES,
        suggested_display_precision=0,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
    )


class CallsEntity(SmartPVMSEntity, SensorEntity):
    """A sensor of the account; of the plant, where there is only one."""

    _attr_should_poll = False

    def __init__(
        self,
        entry: SmartPVMSConfigEntry,
        owner: str,
        description: SensorEntityDescription,
    ) -> None:
        """Tie the entity to the device of `owner`, and its id to the account."""
        self.entity_description = description
        self._entry = entry
        self._attr_unique_id = f"{account_key(entry)}_{description.key}"
        self._attr_device_info = DeviceInfo(identifiers={(DOMAIN, owner)})

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        clock = self._entry.runtime_data.clock
        self.async_on_remove(clock.async_listen(self.async_write_if_new))

    @property
    @override
    def shown(self) -> object:
        return self.available, self.native_value


class CallsLeftSensor(CallsEntity):
    """How many calls of a class fit into the last 24 hours; 0 while the cloud refuses."""

    entity_description: CallsLeftDescription

    @property
    @override
    def native_value(self) -> int:
        ledger = self._entry.runtime_data.account.ledger
        return ledger.remaining(self.entity_description.counted)


class IntervalSensor(CallsEntity):
    """How far apart the polls of a feed are at present."""

    def __init__(self, entry: SmartPVMSConfigEntry, owner: str, feed: str) -> None:
        """Tie the entity to a feed."""
        super().__init__(entry, owner, interval_description(feed))
        self._feed = feed

    @property
    @override
    def available(self) -> bool:
        return self._interval is not None

    @property
    @override
    def native_value(self) -> float | None:
        interval = self._interval
        return None if interval is None else round(interval / _MINUTE, _DIGITS)

    @property
    def _interval(self) -> timedelta | None:
        return self._entry.runtime_data.clock.interval(self._feed)


@callback
def follow_calls(discovery: Discovery, entry: SmartPVMSConfigEntry) -> None:
    """Add the sensors of calls, and those of feeds that come later."""
    data = entry.runtime_data
    created = Created()

    def search() -> Iterator[Sequence[Entity]]:
        owner = owner_of(entry)
        if owner is None:
            return
        sensors: list[CallsEntity] = []
        if data.account.ledger.access is Access.OAUTH:
            sensors += [CallsLeftSensor(entry, owner, each) for each in CALLS_LEFT]
        sensors += [
            IntervalSensor(entry, owner, feed)
            for feed in data.clock.feeds
            if feed not in _NOW_AND_THEN and data.clock.interval(feed) is not None
        ]
        new = [each for each in sensors if (each.unique_id or "") not in created]
        for sensor in new:
            created.note(sensor.unique_id or "", sensor)
        yield new

    look = discovery.follow(search)
    planned = set(data.clock.planned)

    @callback
    def look_for_new_feeds() -> None:
        if not data.clock.planned <= planned:
            planned.update(data.clock.planned)
            look()

    entry.async_on_unload(data.clock.async_listen(look_for_new_feeds))


def owner_of(entry: SmartPVMSConfigEntry) -> str | None:
    """Return the key of the device for what belongs to the account, None for none yet."""
    if has_totals(entry.options):
        return account_key(entry)
    return next(iter(entry.runtime_data.plants.data), None)
