"""Which plants and batteries are controlled, and whether they may be and can be."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from homeassistant.core import ServiceCall

from ..coordinator import SmartPVMSConfigEntry
from ..northbound.control import Feature
from ..northbound.models import Device, Plant
from ..plant_control import (
    BATTERY_TYPES,
    Abilities,
    async_check_permission,
    may_dispatch,
)
from ..plant_control.entity import is_told_of, refuse
from ..plant_control.wording import why_text
from .selection import Selection, selected

ATTR_CONFIRM_MANY: Final = "confirm_many"
MOST_WITHOUT_CONFIRMATION: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A plant to control, and the batteries of it that were named."""

    plant: Plant
    abilities: Abilities
    batteries: tuple[Device, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """The plants that an action controls, all of one entry."""

    entry: SmartPVMSConfigEntry
    plants: tuple[Target, ...]


async def async_targets(call: ServiceCall, feature: Feature) -> Targets:
    """Return what an action controls; no call is spent.

    Raises:
        ServiceValidationError: control is not allowed, or a plant cannot do it.
    """
    selection = selected(call)
    entry = selection.entry
    await async_check_permission(call.hass, entry, call.context)
    targets = tuple(_targets(selection))
    if len(targets) > MOST_WITHOUT_CONFIRMATION and not call.data.get(
        ATTR_CONFIRM_MANY, False
    ):
        raise refuse(
            "confirm_many",
            plants=str(len(targets)),
            most=str(MOST_WITHOUT_CONFIRMATION),
        )
    for target in targets:
        if not is_told_of(entry, target.plant.code):
            raise refuse("plant_unavailable", plant=target.plant.name)
        check_ability(target, feature)
    return Targets(entry=entry, plants=targets)


def _targets(selection: Selection) -> Iterable[Target]:
    control = selection.entry.runtime_data.control
    named: dict[str, list[Device]] = {}
    for device in selection.devices.values():
        if device.type_id not in BATTERY_TYPES:
            raise refuse("not_controllable", device=device.name)
        named.setdefault(device.plant_code, []).append(device)
    homes = {plant.code: plant for plant in selection.homes()}
    for code, plant in homes.items():
        yield Target(
            plant=plant,
            abilities=control.abilities(code),
            batteries=tuple(named.get(code, ())),
        )


def check_ability(target: Target, feature: Feature) -> None:
    """Raise ServiceValidationError where a plant does not have a feature."""
    missing = target.abilities.missing(feature)
    if missing is not None:
        raise refuse(
            "plant_not_able",
            plant=target.plant.name,
            reason=why_text(missing),
        )


def battery_of(entry: SmartPVMSConfigEntry, target: Target) -> str:
    """Return the DN of the battery to dispatch: the one named, or the only one.

    Raises:
        ServiceValidationError: it is not allowed, or not clear which is meant.
    """
    plant = target.plant
    if not may_dispatch(entry.options, plant.code):
        raise refuse("dispatch_not_allowed", plant=plant.name)
    batteries = target.batteries or target.abilities.batteries
    dn = batteries[0].dn if len(batteries) == 1 else None
    if dn is None:
        raise refuse("which_battery", plant=plant.name)
    return dn
