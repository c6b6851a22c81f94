"""When something of a plant was last seen to change."""

from datetime import datetime
from typing import Final, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
)
from homeassistant.const import EntityCategory
from homeassistant.helpers.restore_state import RestoredExtraData, RestoreEntity
from homeassistant.util import dt as dt_util

from ..entity import FreshnessEntity
from ..freshness import Freshness
from ..northbound.models import Plant

LAST_CHANGE: Final = SensorEntityDescription(
    key="last_change",
    translation_key="last_change",
    device_class=SensorDeviceClass.TIMESTAMP,
    entity_category=EntityCategory.DIAGNOSTIC,
)


class LastChangeSensor(FreshnessEntity, RestoreEntity, SensorEntity):
    """When a value of the plant or its devices last differed from the one before.

    With the time are stored fingerprints of the values, so that after a restart it
    is known whether they are still the same.
    """

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

    @property
    @override
    def extra_restore_state_data(self) -> RestoredExtraData:
        last_change = self.native_value
        return RestoredExtraData(
            {
                "last_change": last_change.isoformat() if last_change else None,
                "fingerprints": self.freshness.fingerprints(self.plant.code),
            }
        )

    @override
    async def async_added_to_hass(self) -> None:
        if stored := await self.async_get_last_extra_data():
            values = stored.as_dict()
            last_change = dt_util.parse_datetime(values["last_change"] or "")
            if last_change is not None:
                self.freshness.async_restore(
                    self.plant.code, last_change, values["fingerprints"]
                )
        await super().async_added_to_hass()
