"""Select of a plant: how its batteries work."""

from typing import Final, override

from homeassistant.components.select import SelectEntity, SelectEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .control import Family, RestoreMode, SetMode
from .coordinator import SmartPVMSConfigEntry
from .discovery import Discovery
from .northbound.control import Feature, SetBatteryMode
from .northbound.models import BatteryMode, OperationMode, Plant
from .plant_control.abilities import Abilities
from .plant_control.entity import (
    ControlEntity,
    SettingEntity,
    follow_control_entities,
    refuse,
)
from .plant_control.wording import MODES

PARALLEL_UPDATES = 1

_OFFERED: Final = {
    MODES[mode]: mode
    for mode in (OperationMode.MAXIMUM_SELF_CONSUMPTION, OperationMode.TIME_OF_USE)
}
BATTERY_MODE: Final = SelectEntityDescription(
    key="battery_mode_choice",
    translation_key="battery_mode",
    options=list(_OFFERED),
    entity_category=EntityCategory.CONFIG,
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SmartPVMSConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Create the select of each plant with a battery whose mode can be set."""

    def build(plant: Plant, abilities: Abilities) -> list[ControlEntity]:
        if not abilities.has(Feature.BATTERY_MODE):
            return []
        return [BatteryModeSelect(entry, plant, BATTERY_MODE)]

    discovery = Discovery(hass, entry, async_add_entities)
    follow_control_entities(discovery, entry, build)
    await discovery.async_begin()


class BatteryModeSelect(SettingEntity, SelectEntity):
    """The working mode of a plant's batteries.

    Time of use sends the windows that were known last. A mode that is not offered, as it
    can only be read or needs more than a choice, leaves it unknown.
    """

    family = Family.MODE

    @property
    @override
    def requested(self) -> str | None:
        pending = self.setting.pending
        if pending is None:
            return None
        if isinstance(pending.command, SetMode):
            return MODES[pending.command.order.mode]
        if isinstance(pending.command, RestoreMode) and isinstance(
            pending.order, SetBatteryMode
        ):
            return MODES[pending.order.mode]
        return None

    @property
    @override
    def confirmed(self) -> str | None:
        known = self.setting.confirmed
        if known is None or not isinstance(known.value, BatteryMode):
            return None
        return MODES[known.value.mode]

    @property
    @override
    def current_option(self) -> str | None:
        option = self.requested or self.confirmed
        return option if option in _OFFERED else None

    @override
    async def async_select_option(self, option: str) -> None:
        await self.async_command(lambda: SetMode(order=self._order(option)))

    def _order(self, option: str) -> SetBatteryMode:
        mode = _OFFERED[option]
        if mode is not OperationMode.TIME_OF_USE:
            return SetBatteryMode(plant_code=self.plant.code, mode=mode)
        known = self.control.engine.time_of_use(self.plant.code)
        if known is None:
            raise refuse("no_windows_known", plant=self.plant.name)
        return known
