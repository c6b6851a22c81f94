"""When something of a plant was last seen to change."""

from datetime import datetime
from typing import Final, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
)
from homeassistant.const import EntityCategory

from ..entity import FreshnessEntity
from ..freshness import Freshness
from ..northbound.models import Plant

LAST_CHANGE: Final = SensorEntityDescription(
    key="last_change",
    translation_key="last_change",
    device_class=SensorDeviceClass.TIMESTAMP,
    entity_category=EntityCategory.DIAGNOSTIC,
    # a line in the list of activities every five minutes
    entity_registry_enabled_default=False,
)


class LastChangeSensor(FreshnessEntity, SensorEntity):
    """When a value of the plant or its devices last differed from the one before."""

    def __init__(self, freshness: Freshness, plant: Plant) -> None:
        """Tie the entity to its plant."""
        super().__init__(freshness, plant, LAST_CHANGE)

    @property
    @override
    def native_value(self) -> datetime | None:
        return self.freshness.of(self.plant.code).last_change

    @property
    @override
    def shown(self) -> object:
        # the state tells no fractions of a second, in which all feeds may come in
        moment = self.native_value
        return self.available, moment and moment.replace(microsecond=0)
