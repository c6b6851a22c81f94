"""Devices and plants that come while the simulator runs."""

from dataclasses import replace
from datetime import datetime
from functools import cache

from .catalogue.companies import commercial, string
from .catalogue.homes import emma, home
from .catalogue.special import ess, power_m
from .definitions import (
    INVERTER_TYPES,
    Battery,
    DeviceDefinition,
    DeviceType,
    Emma,
    Meter,
    PlantDefinition,
)
from .plant import Device, Plant

_NUMBERS_A_COPY = 10_000_000


def install(plant: Plant, type_id: int, now: datetime) -> Device:
    """Add a device of any type to a plant's device list and return it.

    A type that the plant has already shows the readings of the one it has. A
    first meter measures at once; a first battery works, and a first weather
    station measures, from the next plant-local midnight on. Types of Power-M
    show fixed values; other types have no readings.

    Raises ValueError for a first inverter of its type, for a second kind of
    battery, for an all-in-one, and for an EMMA beside another meter.
    """
    if type_id == DeviceType.ALL_IN_ONE:
        raise ValueError("an all-in-one cannot be installed later")
    # What comes later must not change what is already past.
    plant.state(now)
    shown_by = next(
        (one for one in plant.definition.devices if one.type_id == type_id), None
    )
    template = shown_by or _templates().get(type_id) or _without_readings(type_id)
    added = _copied(template, plant.new_number())
    if shown_by is None:
        _connect(plant, added)
    device = Device(added, plant, shown_by)
    plant.devices.append(device)
    return device


@cache
def _templates() -> dict[int, DeviceDefinition]:
    builders = (power_m, commercial, ess, emma, string, home)
    return {device.type_id: device for one in builders for device in one().devices}


def _without_readings(type_id: int) -> DeviceDefinition:
    return DeviceDefinition(
        number=0,
        type_id=type_id,
        name="Device-1",
        model=None,
        serial="",
        software=None,
    )


def _copied(template: DeviceDefinition, number: int) -> DeviceDefinition:
    """Return a device with its own number, name and serial numbers."""
    copy = replace(
        template,
        number=number,
        name=f"{template.name.split('-')[0]}-{number % 1000}",
        serial=None if template.serial is None else f"NEW{number}",
    )
    if not isinstance(copy, Battery):
        return copy
    packs = tuple(
        tuple(f"{serial}-{number % 1000}" for serial in unit) for unit in copy.packs
    )
    return replace(copy, packs=packs)


def _connect(plant: Plant, added: DeviceDefinition) -> None:
    """Make a first device of its type part of the physical model."""
    definition = plant.definition
    if added.type_id in INVERTER_TYPES:
        raise ValueError("the plant has no inverter of this type to copy")
    if isinstance(added, Battery):
        if definition.battery is not None:
            raise ValueError("the plant has a battery of another kind")
        plant.change(replace(definition, battery=added))
    elif isinstance(added, Meter) and definition.meter is None:
        plant.change(replace(definition, meter=added))
    elif isinstance(added, Emma):
        raise ValueError("the plant has another meter")
    elif added.type_id == DeviceType.WEATHER_STATION:
        plant.change(replace(definition, weather_station=added))


def another(definition: PlantDefinition, copy: int) -> PlantDefinition:
    """Return a plant like this one with numbers and serial numbers of its own.

    `copy` is 1 or more, and another one for each copy.
    """

    def own[Kind: DeviceDefinition](device: Kind) -> Kind:
        number = device.number + copy * _NUMBERS_A_COPY
        serial = None if device.serial is None else f"{device.serial}C{copy}"
        return replace(device, number=number, serial=serial)

    battery = None if definition.battery is None else own(definition.battery)
    if battery is not None:
        packs = tuple(
            tuple(f"{serial}C{copy}" for serial in unit) for unit in battery.packs
        )
        battery = replace(battery, packs=packs)
    station = definition.weather_station
    return replace(
        definition,
        number=definition.number + copy * _NUMBERS_A_COPY,
        name=f"{definition.name} {copy + 1}",
        inverters=tuple(own(inverter) for inverter in definition.inverters),
        battery=battery,
        meter=None if definition.meter is None else own(definition.meter),
        weather_station=None if station is None else own(station),
        others=tuple(own(other) for other in definition.others),
    )
