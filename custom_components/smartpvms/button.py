"""Buttons of a plant: charge now, discharge now, stop."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, override

from homeassistant.components.button import ButtonEntity, ButtonEntityDescription
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .control import Command, Forced, StopForced
from .coordinator import SmartPVMSConfigEntry
from .discovery import Discovery
from .northbound.control import Feature, ForceCharge
from .northbound.models import Direction, Plant
from .plant_control.abilities import Abilities
from .plant_control.entity import ControlEntity, follow_control_entities
from .plant_control.local import Local, LocalNumbers

PARALLEL_UPDATES = 1


@dataclass(frozen=True, kw_only=True)
class CommandDescription(ButtonEntityDescription):
    """Describes a button by the command it gives to a plant."""

    command: Callable[[str, LocalNumbers], Command]


def _forced(direction: Direction) -> Callable[[str, LocalNumbers], Command]:
    """Return a forced charge or discharge as the numbers of the plant say.

    A duration of 0 leaves the end to the target SOC, a power of 0 to the battery.
    """

    def command(plant_code: str, numbers: LocalNumbers) -> Command:
        minutes = round(numbers.get(plant_code, Local.FORCED_DURATION) or 0)
        power = round(numbers.get(plant_code, Local.FORCED_POWER) or 0)
        target = numbers.get(plant_code, Local.FORCED_TARGET_SOC)
        return Forced(
            order=ForceCharge(
                plant_code=plant_code,
                direction=direction,
                power=power or None,
                minutes=minutes or None,
                target_soc=None if minutes else target,
            )
        )

    return command


def _stop(plant_code: str, _numbers: LocalNumbers) -> Command:
    return StopForced(plant_code=plant_code)


BUTTONS: Final = (
    CommandDescription(
        key="charge_now",
        translation_key="charge_now",
        command=_forced(Direction.CHARGE),
    ),
    CommandDescription(
        key="discharge_now",
        translation_key="discharge_now",
        command=_forced(Direction.DISCHARGE),
    ),
    CommandDescription(
        key="stop_forced_charge", translation_key="stop_forced_charge", command=_stop
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SmartPVMSConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Create the buttons of each plant whose battery can be charged by force."""

    def build(plant: Plant, abilities: Abilities) -> list[ControlEntity]:
        if not abilities.has(Feature.FORCED_CHARGE):
            return []
        return [CommandButton(entry, plant, each) for each in BUTTONS]

    discovery = Discovery(hass, entry, async_add_entities)
    follow_control_entities(discovery, entry, build)
    await discovery.async_begin()


class CommandButton(ControlEntity, ButtonEntity):
    """Gives the plant a command."""

    entity_description: CommandDescription

    @override
    async def async_press(self) -> None:
        local = self.control.local
        await self.async_command(
            lambda: self.entity_description.command(self.plant.code, local)
        )
