"""Switch of a plant: whether Home Assistant limits its feed-in."""

from typing import Any, Final, override

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .control import Family, RemoveFeedInLimit, SetFeedInLimit
from .coordinator import SmartPVMSConfigEntry
from .discovery import Discovery
from .northbound.control import Feature, LimitFeedIn
from .northbound.models import Plant
from .plant_control.abilities import Abilities
from .plant_control.entity import (
    ControlEntity,
    SettingEntity,
    follow_control_entities,
    refuse,
)
from .plant_control.local import Local

PARALLEL_UPDATES = 1

FEED_IN_LIMIT: Final = SwitchEntityDescription(
    key="feed_in_limited",
    translation_key="feed_in_limit",
    entity_category=EntityCategory.CONFIG,
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SmartPVMSConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Create the switch of each plant whose feed-in can be limited."""

    def build(plant: Plant, abilities: Abilities) -> list[ControlEntity]:
        if not abilities.has(Feature.FEED_IN_LIMIT):
            return []
        return [FeedInLimitSwitch(entry, plant, FEED_IN_LIMIT)]

    discovery = Discovery(hass, entry, async_add_entities)
    follow_control_entities(discovery, entry, build)
    await discovery.async_begin()


class FeedInLimitSwitch(SettingEntity, SwitchEntity):
    """Whether a feed-in limit of ours is in force; its power is a number.

    Turned off, it restores what was in force before it was turned on. A limit that
    somebody else has set leaves it off.
    """

    family = Family.LIMIT

    @property
    @override
    def requested(self) -> bool | None:
        pending = self.setting.pending
        if pending is None:
            return None
        return isinstance(pending.command, SetFeedInLimit)

    @property
    @override
    def confirmed(self) -> bool | None:
        if self.setting.confirmed is None:
            return None
        return self.control.engine.is_ours(self.plant.code, Family.LIMIT)

    @property
    @override
    def is_on(self) -> bool | None:
        requested = self.requested
        return self.confirmed if requested is None else requested

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        await self.async_command(self._limit)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        await self.async_command(lambda: RemoveFeedInLimit(plant_code=self.plant.code))

    def _limit(self) -> SetFeedInLimit:
        power = self.control.local.get(self.plant.code, Local.FEED_IN_LIMIT)
        if power is None:
            raise refuse("no_feed_in_limit_entered", plant=self.plant.name)
        return SetFeedInLimit(
            order=LimitFeedIn(plant_code=self.plant.code, power=power)
        )
