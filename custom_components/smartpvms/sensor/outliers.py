"""How many plants of an account yield less for their size than the others."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, override

from homeassistant.components.sensor import (
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import EntityCategory, Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity

from ..const import DOMAIN
from ..coordinator import SmartPVMSConfigEntry
from ..device_registry import account_key
from ..discovery import Created, Discovery
from ..entity import SmartPVMSEntity
from ..outliers import FEWEST_PLANTS, Outlier

ATTR_PLANTS: Final = "plants"
ATTR_UNTIL: Final = "until"
MOST_NAMES: Final = 20
"""Of more outliers only the worst are named; the action names all."""

PLANTS_BELOW_MEDIAN: Final = SensorEntityDescription(
    key="plants_below_median",
    translation_key="plants_below_median",
    state_class=SensorStateClass.MEASUREMENT,
    suggested_display_precision=0,
    entity_category=EntityCategory.DIAGNOSTIC,
)


class OutliersSensor(SmartPVMSEntity, SensorEntity):
    """How many plants stayed below the median of the specific yield on the last days.

    Unknown while the days asked for are not enough, or are long ago.
    """

    _attr_should_poll = False
    _unrecorded_attributes = frozenset({ATTR_PLANTS})

    def __init__(self, entry: SmartPVMSConfigEntry) -> None:
        """Tie the entity to the account."""
        self.entity_description = PLANTS_BELOW_MEDIAN
        self._entry = entry
        key = account_key(entry)
        self._attr_unique_id = f"{key}_{PLANTS_BELOW_MEDIAN.key}"
        self._attr_device_info = DeviceInfo(identifiers={(DOMAIN, key)})

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        data = self._entry.runtime_data
        for coordinator in (data.yields, data.plants):
            self.async_on_remove(
                coordinator.async_add_listener(self.async_write_if_new)
            )

    @property
    @override
    def native_value(self) -> int | None:
        outliers = self._outliers
        return None if outliers is None else len(outliers)

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any]:
        data = self._entry.runtime_data
        until = data.yields.data.until
        return {
            ATTR_PLANTS: [
                data.plants.data[outlier.plant_code].name
                for outlier in (self._outliers or ())[:MOST_NAMES]
            ],
            ATTR_UNTIL: None if until is None else until.isoformat(),
        }

    @property
    @override
    def shown(self) -> object:
        return self.native_value, self.extra_state_attributes

    @property
    def _outliers(self) -> tuple[Outlier, ...] | None:
        data = self._entry.runtime_data
        if not data.yields.is_current:
            return None
        return data.yields.data.outliers(data.plants.data)


@callback
def follow_outliers(
    hass: HomeAssistant, discovery: Discovery, entry: SmartPVMSConfigEntry
) -> None:
    """Add the sensor while there are plants enough to compare, else remove it."""
    plants = entry.runtime_data.plants
    created = Created()

    def search() -> Iterator[Sequence[Entity]]:
        if len(plants.data) < FEWEST_PLANTS:
            _remove(hass, entry)
        elif entry.entry_id not in created:
            sensor = OutliersSensor(entry)
            created.note(entry.entry_id, sensor)
            yield [sensor]

    entry.async_on_unload(plants.async_add_listener(discovery.follow(search)))


@callback
def _remove(hass: HomeAssistant, entry: SmartPVMSConfigEntry) -> None:
    registry = er.async_get(hass)
    entity_id = registry.async_get_entity_id(
        Platform.SENSOR, DOMAIN, f"{account_key(entry)}_{PLANTS_BELOW_MEDIAN.key}"
    )
    if entity_id is not None:
        registry.async_remove(entity_id)
