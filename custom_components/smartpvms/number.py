"""Numbers of a plant: limits of its batteries, its feed-in limit, forced charging."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, override

from homeassistant.components.number import (
    NumberDeviceClass,
    NumberEntityDescription,
    NumberMode,
    RestoreNumber,
)
from homeassistant.const import EntityCategory, UnitOfPower, UnitOfRatio, UnitOfTime
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .control import Family, SetFeedInLimit, SetParameters
from .coordinator import SmartPVMSConfigEntry
from .discovery import Discovery
from .northbound.control import (
    ControlValueError,
    Feature,
    LimitFeedIn,
    largest_feed_in,
    largest_grid_charge_power,
)
from .northbound.models import BatteryParameters, FeedInLimit, FeedInLimitMode, Plant
from .plant_control.abilities import Abilities
from .plant_control.entity import (
    ControlEntity,
    SettingEntity,
    follow_control_entities,
)
from .plant_control.local import Local
from .plant_control.permission import rules_of
from .plant_control.wording import as_validation_error

PARALLEL_UPDATES = 1


@dataclass(frozen=True, kw_only=True)
class LocalDescription(NumberEntityDescription):
    """Describes a number that is kept here; `local` names what it is for."""

    local: Local
    default: float | None = None


def _percent(
    key: str, minimum: float, maximum: float, step: float = 1
) -> NumberEntityDescription:
    return NumberEntityDescription(
        key=key,
        translation_key=key,
        device_class=NumberDeviceClass.BATTERY,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        native_min_value=minimum,
        native_max_value=maximum,
        native_step=step,
        mode=NumberMode.BOX,
        entity_category=EntityCategory.CONFIG,
    )


def _watts(key: str) -> NumberEntityDescription:
    return NumberEntityDescription(
        key=key,
        translation_key=key,
        device_class=NumberDeviceClass.POWER,
        native_unit_of_measurement=UnitOfPower.WATT,
        native_min_value=200,
        native_step=1,
        mode=NumberMode.BOX,
        entity_category=EntityCategory.CONFIG,
    )


PARAMETERS: Final = (
    _percent("end_of_charge_soc", 90, 100, 0.1),
    _percent("end_of_discharge_soc", 0, 20, 0.1),
    _watts("maximum_charge_power"),
    _watts("maximum_discharge_power"),
)
FEED_IN_LIMIT: Final = LocalDescription(
    key="feed_in_limit",
    translation_key="feed_in_limit",
    local=Local.FEED_IN_LIMIT,
    device_class=NumberDeviceClass.POWER,
    native_unit_of_measurement=UnitOfPower.WATT,
    native_min_value=0,
    native_step=1,
    mode=NumberMode.BOX,
    entity_category=EntityCategory.CONFIG,
)
FORCED: Final = (
    LocalDescription(
        key="forced_power",
        translation_key="forced_power",
        local=Local.FORCED_POWER,
        default=2500,
        device_class=NumberDeviceClass.POWER,
        native_unit_of_measurement=UnitOfPower.WATT,
        native_min_value=0,
        native_step=1,
        mode=NumberMode.BOX,
    ),
    LocalDescription(
        key="forced_target_soc",
        translation_key="forced_target_soc",
        local=Local.FORCED_TARGET_SOC,
        default=50,
        device_class=NumberDeviceClass.BATTERY,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        native_min_value=0,
        native_max_value=100,
        native_step=1,
        mode=NumberMode.BOX,
    ),
    LocalDescription(
        key="forced_duration",
        translation_key="forced_duration",
        local=Local.FORCED_DURATION,
        default=60,
        device_class=NumberDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.MINUTES,
        native_min_value=0,
        native_max_value=1440,
        native_step=1,
        mode=NumberMode.BOX,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SmartPVMSConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Create the numbers of each plant that can do what they are for."""

    def build(plant: Plant, abilities: Abilities) -> Iterator[ControlEntity]:
        if abilities.has(Feature.BATTERY_PARAMETERS):
            yield from (ParameterNumber(entry, plant, each) for each in PARAMETERS)
        if abilities.has(Feature.FEED_IN_LIMIT):
            yield FeedInLimitNumber(entry, plant, FEED_IN_LIMIT)
        if abilities.has(Feature.FORCED_CHARGE):
            yield from (LocalNumber(entry, plant, each) for each in FORCED)

    discovery = Discovery(hass, entry, async_add_entities)
    follow_control_entities(discovery, entry, build)
    await discovery.async_begin()


class PowerBound(ControlEntity, RestoreNumber):
    """A number whose powers go as far as the documents say for the plant's controller."""

    @property
    @override
    def native_max_value(self) -> float:
        if self.native_unit_of_measurement != UnitOfPower.WATT:
            return super().native_max_value
        abilities = self.control.abilities(self.plant.code)
        return largest_grid_charge_power(abilities.controller)


class ParameterNumber(SettingEntity, PowerBound):
    """A limit of a plant's batteries, unknown until it was set once.

    No query tells it: what is shown is what the last successful task has set. Changes
    within ten seconds become one task.
    """

    family = Family.PARAMETERS

    @property
    @override
    def requested(self) -> float | None:
        field = self.entity_description.key
        changed = self.control.parameters.requested(self.plant.code, field)
        if changed is not None:
            return changed
        pending = self.setting.pending
        if pending is None or not isinstance(pending.command, SetParameters):
            return None
        value: float | None = getattr(pending.command.order, field)
        return value

    @property
    @override
    def confirmed(self) -> float | None:
        known = self.setting.confirmed
        if known is None or not isinstance(known.value, BatteryParameters):
            return None
        value: float | None = getattr(known.value, self.entity_description.key)
        return value

    @property
    @override
    def native_value(self) -> float | None:
        requested = self.requested
        return self.confirmed if requested is None else requested

    @override
    async def async_set_native_value(self, value: float) -> None:
        await self.async_check()
        try:
            self.control.parameters.async_change(
                self.plant.code, self.entity_description.key, value
            )
        except ControlValueError as error:
            raise as_validation_error(error) from error


class LocalNumber(PowerBound):
    """A number that is kept here for a button or a switch; no call is made for it."""

    entity_description: LocalDescription

    @override
    async def async_added_to_hass(self) -> None:
        last = await self.async_get_last_number_data()
        value = self.entity_description.default if last is None else last.native_value
        self._keep(value)
        await super().async_added_to_hass()

    @property
    def kept(self) -> float | None:
        """The number that is kept."""
        return self.control.local.get(self.plant.code, self.entity_description.local)

    @property
    @override
    def native_value(self) -> float | None:
        return self.kept

    @override
    async def async_set_native_value(self, value: float) -> None:
        await self.async_check()
        self._keep(value)
        self.control.async_changed(self.plant.code)

    def _keep(self, value: float | None) -> None:
        self.control.local.keep(self.plant.code, self.entity_description.local, value)


class FeedInLimitNumber(LocalNumber, SettingEntity):
    """The feed-in limit that the switch sets; while that is on, the one in force."""

    family = Family.LIMIT

    @property
    @override
    def requested(self) -> float | None:
        pending = self.setting.pending
        if pending is None or not isinstance(pending.command, SetFeedInLimit):
            return None
        return pending.command.order.power

    @property
    @override
    def confirmed(self) -> float | None:
        known = self.setting.confirmed
        if known is None or not isinstance(known.value, FeedInLimit):
            return None
        if known.value.mode is not FeedInLimitMode.LIMITED_POWER:
            return None
        return known.value.power

    @property
    @override
    def native_value(self) -> float | None:
        if self.requested is not None:
            return self.requested
        return self.confirmed if self._is_ours else self.kept

    @property
    @override
    def native_max_value(self) -> float:
        abilities = self.control.abilities(self.plant.code)
        legal = rules_of(self.entry.options, self.plant.code).legal_maximum
        largest = largest_feed_in(abilities.controller)
        return largest if legal is None else min(largest, legal)

    @property
    def _is_ours(self) -> bool:
        return self.control.engine.is_ours(self.plant.code, Family.LIMIT)

    @override
    async def async_set_native_value(self, value: float) -> None:
        if self._is_ours or self.requested is not None:
            await self.async_command(
                lambda: SetFeedInLimit(
                    order=LimitFeedIn(plant_code=self.plant.code, power=value)
                )
            )
        await super().async_set_native_value(value)
