"""What the entities that control a plant have in common."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, override

from homeassistant.core import callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import EntityDescription

from ..const import DOMAIN
from ..control import Command, Family, FamilyState
from ..coordinator import SmartPVMSConfigEntry
from ..discovery import Discovery, async_on_lost
from ..entity import SmartPVMSEntity
from ..northbound.control import ControlValueError
from ..northbound.models import Plant
from .abilities import Abilities
from .control import PlantControl
from .permission import async_check_permission
from .wording import as_validation_error, async_raise_failures

type Value = str | float | bool | None


class ControlEntity(SmartPVMSEntity):
    """An entity of a plant that is controlled.

    Available while the cloud tells of the plant, as what it shows is known by itself.
    """

    _attr_should_poll = False

    def __init__(
        self, entry: SmartPVMSConfigEntry, plant: Plant, description: EntityDescription
    ) -> None:
        """Tie the entity to its plant."""
        self.entity_description = description
        self.entry = entry
        self.plant = plant
        self._attr_unique_id = f"{plant.code}_{description.key}"
        self._attr_device_info = DeviceInfo(identifiers={(DOMAIN, plant.code)})

    @property
    def control(self) -> PlantControl:
        """What controls the plants of the entry."""
        return self.entry.runtime_data.control

    @property
    @override
    def shown(self) -> object:
        return self.available, self.state, self.extra_state_attributes

    @property
    @override
    def available(self) -> bool:
        return is_told_of(self.entry, self.plant.code)

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        write = self.async_write_if_new
        self.async_on_remove(self.control.async_listen(self.plant.code, write))
        readings = self.entry.runtime_data.plant_readings
        self.async_on_remove(readings.async_add_listener(write, self.plant.code))

    async def async_check(self) -> None:
        """Raise where control is not allowed, now or for who asks."""
        await async_check_permission(self.hass, self.entry, self._context)

    async def async_command(self, build: Callable[[], Command]) -> None:
        """Give the plant a command; raises what came in the way, if that shows at once."""
        await self.async_check()
        try:
            tasks = await self.control.async_request([build()])
        except ControlValueError as error:
            raise as_validation_error(error) from error
        async_raise_failures(self.entry, *tasks)


class SettingEntity(ControlEntity):
    """Shows what is in force, and while a task is on its way what was asked for.

    The attribute `pending` says that it is on its way, and `confirmed_value` what is
    known to be in force meanwhile.
    """

    family: Family

    @property
    def setting(self) -> FamilyState:
        """What is known of the plant's setting."""
        return self.control.engine.state_of(self.plant.code, self.family)

    @property
    def requested(self) -> Value:
        """The value that is on its way, None where there is none."""
        raise NotImplementedError

    @property
    def confirmed(self) -> Value:
        """The value that is in force, None where nobody knows."""
        raise NotImplementedError

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        return {
            "pending": self.requested is not None,
            "confirmed_value": self.confirmed,
        }


def is_told_of(entry: SmartPVMSConfigEntry, plant_code: str) -> bool:
    """Return whether the cloud tells of a plant at present."""
    readings = entry.runtime_data.plant_readings
    return readings.last_update_success and plant_code in readings.data


def refuse(key: str, **placeholders: str) -> ServiceValidationError:
    """Return why something cannot be done, translated."""
    return ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key=key,
        translation_placeholders=placeholders,
    )


@callback
def follow_control_entities(
    discovery: Discovery,
    entry: SmartPVMSConfigEntry,
    build: Callable[[Plant, Abilities], Iterable[ControlEntity]],
) -> None:
    """Add what `build` returns for each plant, now and when its devices have changed.

    Nothing is created where control is not allowed. What a plant cannot do, as far as
    its devices tell, `build` leaves out.
    """
    control = entry.runtime_data.control
    if not control.is_allowed:
        return
    created: set[str | None] = set()
    looked_at: dict[str, Abilities] = {}

    @callback
    def lost(entity: ControlEntity) -> None:
        """Create it again if the plant that the user deletes is listed again."""
        created.discard(entity.unique_id)
        looked_at.pop(entity.plant.code, None)

    def create(plant: Plant) -> list[ControlEntity]:
        abilities = control.abilities(plant.code)
        if looked_at.get(plant.code) is abilities:
            return []
        looked_at[plant.code] = abilities
        new = [
            each for each in build(plant, abilities) if each.unique_id not in created
        ]
        for entity in new:
            created.add(entity.unique_id)
            async_on_lost(entity, partial(lost, entity))
        return new

    discovery.follow_plants(create)
