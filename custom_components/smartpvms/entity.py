"""What the entities of plants and of devices have in common."""

from abc import abstractmethod
from typing import Any, override

from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.helpers import area_registry as ar, device_registry as dr
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.restore_state import RestoredExtraData, RestoreEntity
from homeassistant.helpers.update_coordinator import CoordinatorEntity
from homeassistant.util import dt as dt_util, slugify

from .const import DOMAIN
from .coordinator import (
    DeviceReadingsCoordinator,
    PlantReadingsCoordinator,
    ReadingsCoordinator,
)
from .detail import is_fleet
from .freshness import Freshness
from .northbound.models import Device, Plant, Reading
from .plant_energy import PlantEnergies


class SmartPVMSEntity(Entity):
    """An entity that writes its state when there is something new in it.

    Home Assistant would find out by itself, yet at a price that a fleet pays thousands
    of times at each poll.
    """

    _attr_has_entity_name = True
    _written: object = None
    on_lost: CALLBACK_TYPE | None = None
    """Called when it goes out of the registry."""

    @property
    @abstractmethod
    def shown(self) -> object:
        """All that its state is made of and that may change, to be compared."""

    @override
    async def async_prepare_to_add_to_hass(self) -> None:
        await super().async_prepare_to_add_to_hass()
        if (name := self._doubled_device_name()) is not None:
            object_id = slugify(f"{name} {self.suggested_object_id or ''}")
            self.entity_id = f"{self.platform.domain}.{object_id}"

    def _doubled_device_name(self) -> str | None:
        """Return the name of a device that begins with the name of its area.

        Home Assistant would make an entity id of both, and what belongs to a plant of
        a fleet lies in an area of the plant's name: sensor.mill_mill_daily_yield.
        """
        entry = self.platform.config_entry
        if entry is None or self.device_info is None or not is_fleet(entry.options):
            return None
        ((domain, key),) = self.device_info["identifiers"]
        device = dr.async_get(self.hass).async_get_device_by_identifier(
            (domain, key), entry.entry_id
        )
        if device is None or device.area_id is None:
            return None
        area = ar.async_get(self.hass).async_get_area(device.area_id)
        name = device.name_by_user or device.name or ""
        return name if area and name.startswith(area.name) else None

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        # which Home Assistant writes next
        self._written = self.shown

    @override
    async def async_removed_from_registry(self) -> None:
        await super().async_removed_from_registry()
        if self.on_lost is not None:
            self.on_lost()

    @callback
    def async_write_if_new(self) -> None:
        """Write the state, unless it says what was written last."""
        shown = self.shown
        if shown != self._written:
            self._written = shown
            self.async_write_ha_state()


class ReadingEntity[CoordinatorT: ReadingsCoordinator[Any]](
    SmartPVMSEntity, CoordinatorEntity[CoordinatorT]
):
    """An entity of what is read again and again."""

    @property
    def energies(self) -> PlantEnergies:
        """What is believed and worked out of the plants."""
        return self.coordinator.config_entry.runtime_data.energy

    @callback
    def follow_energy(self, plant_code: str, *, promptly: bool = False) -> None:
        """Look after each cycle of the plant too for something new, `promptly` within it."""
        self.async_on_remove(
            self.energies.async_add_listener(
                plant_code, self.async_write_if_new, promptly=promptly
            )
        )

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        self.async_write_if_new()


class PlantEntity(ReadingEntity[PlantReadingsCoordinator]):
    """An entity of a plant; unavailable while the cloud tells nothing of the plant."""

    def __init__(
        self,
        coordinator: PlantReadingsCoordinator,
        plant: Plant,
        description: EntityDescription,
    ) -> None:
        """Tie the entity to its plant."""
        super().__init__(coordinator, context=plant.code)
        self.entity_description = description
        self.plant = plant
        self._attr_unique_id = f"{plant.code}_{description.key}"
        self._attr_device_info = DeviceInfo(identifiers={(DOMAIN, plant.code)})

    @property
    def reading(self) -> Reading | None:
        """The plant's last reading."""
        return self.coordinator.data.get(self.plant.code)

    @property
    @override
    def available(self) -> bool:
        return super().available and self.reading is not None


class FreshnessEntity(SmartPVMSEntity, RestoreEntity):
    """An entity of a plant that says how fresh its values are.

    Available from the plant's first answer on: that the cloud tells nothing any more
    is worth knowing. When a value last changed is stored, with fingerprints of the values,
    so that after a restart it is known whether they are still the same.
    """

    _attr_should_poll = False

    def __init__(
        self, freshness: Freshness, plant: Plant, description: EntityDescription
    ) -> None:
        """Tie the entity to its plant."""
        self.entity_description = description
        self.freshness = freshness
        self.plant = plant
        self._attr_unique_id = f"{plant.code}_{description.key}"
        self._attr_device_info = DeviceInfo(identifiers={(DOMAIN, plant.code)})

    @property
    @override
    def extra_restore_state_data(self) -> RestoredExtraData:
        last_change = self.freshness.of(self.plant.code).last_change
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
        self.async_on_remove(
            self.freshness.async_listen(self.plant.code, self.async_write_if_new)
        )

    @property
    @override
    def available(self) -> bool:
        return self.freshness.of(self.plant.code).watched_since is not None


class DeviceEntity(ReadingEntity[DeviceReadingsCoordinator]):
    """An entity of a device; unavailable while the cloud tells nothing of the device."""

    def __init__(
        self,
        coordinator: DeviceReadingsCoordinator,
        device: Device,
        description: EntityDescription,
    ) -> None:
        """Tie the entity to its device."""
        super().__init__(coordinator, context=device.key)
        self.entity_description = description
        self.device = device
        self._attr_unique_id = f"{device.key}_{description.key}"
        self._attr_device_info = DeviceInfo(identifiers={(DOMAIN, device.key)})

    @property
    def reading(self) -> Reading | None:
        """The device's last reading."""
        return self.coordinator.reading_of(self.device)

    @property
    @override
    def available(self) -> bool:
        return super().available and self.reading is not None
