"""What can be controlled of a plant, by its devices and the networking rules."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from ..const import INVERTER_TYPES
from ..northbound.control import Controller, Feature, controller_of, is_excluded
from ..northbound.errors import FailureKey
from ..northbound.models import Device, Plant

BATTERY_TYPES: Final = frozenset({39, 23093})
"""devTypeIds of the batteries that the cloud controls: LUNA2000, all-in-one."""

_OF_BATTERIES: Final = frozenset(
    {
        Feature.FORCED_CHARGE,
        Feature.BATTERY_MODE,
        Feature.THIRD_PARTY_DISPATCH,
        Feature.BATTERY_PARAMETERS,
        Feature.READ_BATTERY_MODE,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Abilities:
    """What a plant can be told, as far as the documents say."""

    plant: Plant
    controller: Controller | None
    batteries: tuple[Device, ...]
    has_inverter: bool

    def missing(self, feature: Feature) -> FailureKey | None:
        """Return why the plant does not have a feature, None where it may have it."""
        if feature in _OF_BATTERIES and not self.batteries:
            return FailureKey.DEVICE_MISSING
        if not self.has_inverter:
            return FailureKey.DEVICE_MISSING
        if not is_excluded(feature, self.controller):
            return None
        if self.controller is Controller.SEVERAL:
            return FailureKey.NETWORKING_UNSUPPORTED
        return FailureKey.FEATURE_UNSUPPORTED

    def has(self, feature: Feature) -> bool:
        """Return whether the plant may have a feature."""
        return self.missing(feature) is None


def abilities_of(plant: Plant, devices: Collection[Device]) -> Abilities:
    """Return what can be controlled of a plant with these devices."""
    return Abilities(
        plant=plant,
        controller=controller_of([device.type_id for device in devices]),
        batteries=tuple(
            device for device in devices if device.type_id in BATTERY_TYPES
        ),
        has_inverter=any(device.type_id in INVERTER_TYPES for device in devices),
    )


def devices_by_plant(devices: Iterable[Device]) -> Mapping[str, list[Device]]:
    """Return devices by the codes of their plants."""
    found: dict[str, list[Device]] = {}
    for device in devices:
        found.setdefault(device.plant_code, []).append(device)
    return found
