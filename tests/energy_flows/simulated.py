"""Cycles of the simulated plants, without a server between."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta

from custom_components.smartpvms.energy_flows import (
    Assignment,
    Cycle,
    PowerSign,
    Unit,
)
from custom_components.smartpvms.northbound.models import Device, Reading
from simulator import Simulator
from simulator.plants.plant import Plant
from simulator.types import Json
from simulator.wire.realtime import device_items, plant_items

BEAT = timedelta(minutes=5)

type Alter = Callable[[Plant, int | None, datetime, dict[str, Json]], None]


def reading_of(items: Mapping[str, Json]) -> Reading:
    """Return what the client makes of a dataItemMap."""
    return Reading(
        values={
            key: float(value)
            for key, value in items.items()
            if isinstance(value, int | float)
        },
        reported=frozenset(items),
    )


def unaltered(
    plant: Plant, type_id: int | None, sample: datetime, items: dict[str, Json]
) -> None:
    """Leave the items as they are."""


def simulated(
    kind: str,
    start: datetime,
    *,
    days: float,
    assignments: Callable[[Plant], Mapping[str, Assignment]] = lambda _: {},
    signs: Callable[[Plant], Mapping[str, PowerSign]] = lambda _: {},
    alter: Alter = unaltered,
) -> Iterator[tuple[Plant, Cycle]]:
    """Yield what a poll every five minutes meets; `alter` may falsify items."""
    plant = Simulator(plant=kind, start=start).plants[0]
    devices = [
        Device(
            id=device.id,
            type_id=device.type_id,
            plant_code=plant.code,
            name=device.name,
            dn=device.dn,
            serial=device.serial,
        )
        for device in plant.devices
    ]
    for beat in range(int(days * 288)):
        now = start + beat * BEAT + timedelta(seconds=130)
        units = []
        for device, told in zip(devices, plant.devices, strict=True):
            sample = plant.published(told.type_id, now)
            items = device_items(told, sample)
            alter(plant, told.type_id, sample, items)
            units.append(Unit(device=device, reading=reading_of(items)))
        sample = plant.published(None, now)
        items = plant_items(plant, sample)
        alter(plant, None, sample, items)
        local = sample.astimezone(plant.zone)
        yield (
            plant,
            Cycle(
                plant_code=plant.code,
                now=now,
                zone=plant.zone,
                reading=reading_of(items),
                units=tuple(units),
                dark=not 4 <= local.hour < 22,
                capacity=plant.definition.capacity,
                assignments=assignments(plant),
                signs=signs(plant),
            ),
        )
