"""Buttons: charge now, discharge now, stop; and which interfaces the cloud serves."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, override

from homeassistant.components.button import ButtonEntity, ButtonEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .access_check import async_check_access, refused_interfaces, stop_text
from .const import DOMAIN
from .control import Command, Forced, StopForced
from .coordinator import SmartPVMSConfigEntry
from .device_registry import account_key
from .discovery import Created, Discovery
from .entity import SmartPVMSEntity
from .northbound.control import Feature, ForceCharge
from .northbound.models import Direction, Plant
from .plant_control.abilities import Abilities
from .plant_control.entity import ControlEntity, follow_control_entities
from .plant_control.local import Local, LocalNumbers
from .sensor.calls import owner_of

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

CHECK_ACCESS: Final = ButtonEntityDescription(
    key="check_access",
    translation_key="check_access",
    entity_category=EntityCategory.DIAGNOSTIC,
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SmartPVMSConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Create that of the account, and those of each plant with a battery to be charged."""

    def build(plant: Plant, abilities: Abilities) -> list[ControlEntity]:
        if not abilities.has(Feature.FORCED_CHARGE):
            return []
        return [CommandButton(entry, plant, each) for each in BUTTONS]

    discovery = Discovery(hass, entry, async_add_entities)
    follow_control_entities(discovery, entry, build)
    _follow_account(discovery, entry)
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


@callback
def _follow_account(discovery: Discovery, entry: SmartPVMSConfigEntry) -> None:
    """Add the button of the account, once there is a device for it."""
    created = Created()

    def search() -> Iterator[Sequence[Entity]]:
        owner = owner_of(entry)
        if owner is not None and entry.entry_id not in created:
            button = AccessButton(entry, owner)
            created.note(entry.entry_id, button)
            yield [button]

    look = discovery.follow(search)
    entry.async_on_unload(entry.runtime_data.plants.async_add_listener(look))


class AccessButton(SmartPVMSEntity, ButtonEntity):
    """Asks the cloud which interfaces the account may use."""

    def __init__(self, entry: SmartPVMSConfigEntry, owner: str) -> None:
        """Tie the entity to the device of `owner`, and its id to the account."""
        self.entity_description = CHECK_ACCESS
        self._entry = entry
        self._attr_unique_id = f"{account_key(entry)}_{CHECK_ACCESS.key}"
        self._attr_device_info = DeviceInfo(identifiers={(DOMAIN, owner)})

    @property
    @override
    def shown(self) -> object:
        return self.available

    @override
    async def async_press(self) -> None:
        """Check, and raise with the names of what is refused."""
        check = await async_check_access(self.hass, self._entry)
        if check.stopped is not None:
            reason = stop_text(check.stopped).rstrip(".")
            raise _error("access_not_checked", reason=reason)
        if refused := refused_interfaces(check):
            raise _error("access_not_granted", interfaces=", ".join(refused))


def _error(key: str, **placeholders: str) -> HomeAssistantError:
    return HomeAssistantError(
        translation_domain=DOMAIN,
        translation_key=key,
        translation_placeholders=placeholders,
    )
