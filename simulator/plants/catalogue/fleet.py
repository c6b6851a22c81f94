"""Many homes of differing kinds, sizes and places."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

from ..definitions import Battery, Emma, Inverter, Meter, PlantDefinition
from .companies import string
from .homes import emma, home, pv
from .special import all_in_one

_FIRST_NUMBER = 35_000_000
_NUMBERS_A_PLANT = 100
_LIVE_STEP = 300
"""Coarse steps and a short past keep the start of many plants quick."""
_LATEST_CONNECTION, _EARLIEST_CONNECTION = 4, 13
_SHARE_OF_LOAD_CTS = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    name: str
    latitude: float
    longitude: float
    time_zone: str


_PLACES = (
    _Place(name="Hannover", latitude=52.37, longitude=9.73, time_zone="Europe/Berlin"),
    _Place(name="Sevilla", latitude=37.39, longitude=-5.98, time_zone="Europe/Madrid"),
    _Place(name="Porto", latitude=41.15, longitude=-8.61, time_zone="Europe/Lisbon"),
    _Place(
        name="Utrecht", latitude=52.09, longitude=5.12, time_zone="Europe/Amsterdam"
    ),
    _Place(name="Lublin", latitude=51.25, longitude=22.57, time_zone="Europe/Warsaw"),
    _Place(name="Graz", latitude=47.07, longitude=15.44, time_zone="Europe/Vienna"),
    _Place(name="Tampere", latitude=61.5, longitude=23.76, time_zone="Europe/Helsinki"),
    _Place(
        name="Curitiba",
        latitude=-25.43,
        longitude=-49.27,
        time_zone="America/Sao_Paulo",
    ),
    _Place(
        name="Durban", latitude=-29.86, longitude=31.02, time_zone="Africa/Johannesburg"
    ),
    _Place(name="Pune", latitude=18.52, longitude=73.86, time_zone="Asia/Kolkata"),
    _Place(
        name="Chiang Mai", latitude=18.79, longitude=98.98, time_zone="Asia/Bangkok"
    ),
    _Place(
        name="Toowoomba",
        latitude=-27.56,
        longitude=151.95,
        time_zone="Australia/Brisbane",
    ),
)
_KINDS: tuple[Callable[[], PlantDefinition], ...] = (
    home,
    pv,
    home,
    emma,
    string,
    home,
    pv,
    emma,
    home,
    all_in_one,
)


def fleet(size: int) -> tuple[PlantDefinition, ...]:
    """Return so many plants; the same number is always the same plant."""
    templates = {kind: kind() for kind in dict.fromkeys(_KINDS)}
    return tuple(
        _member(index, templates[_KINDS[index % len(_KINDS)]]) for index in range(size)
    )


def _member(index: int, template: PlantDefinition) -> PlantDefinition:
    """Return a template at another place, in another size, with its own numbers."""
    random = Random(f"fleet/{index}")
    place = _PLACES[random.randrange(len(_PLACES))]
    size = random.uniform(0.6, 1.4)
    number = _FIRST_NUMBER + index * _NUMBERS_A_PLANT
    return replace(
        template,
        number=number,
        name=f"{place.name} {index + 1:03}",
        address=f"{place.name} {index + 1}",
        latitude=round(place.latitude + random.uniform(-0.2, 0.2), 4),
        longitude=round(place.longitude + random.uniform(-0.2, 0.2), 4),
        time_zone=place.time_zone,
        connected_days=random.randint(_LATEST_CONNECTION, _EARLIEST_CONNECTION),
        live_step=_LIVE_STEP,
        inverters=tuple(
            _inverter(inverter, number + position, size, random)
            for position, inverter in enumerate(template.inverters, 1)
        ),
        battery=_battery(template.battery, number + 20, random),
        meter=_meter(template.meter, number + 30, random),
        others=tuple(
            replace(
                other, number=number + position, serial=_serial("BT", number + position)
            )
            for position, other in enumerate(template.others, 40)
        ),
    )


def _serial(prefix: str, number: int) -> str:
    return f"{prefix}25{number:09}"


def _inverter(inverter: Inverter, number: int, size: float, random: Random) -> Inverter:
    return replace(
        inverter,
        number=number,
        serial=_serial("HV", number),
        strings=tuple(
            replace(one, peak_power=round(one.peak_power * size, 2))
            for one in inverter.strings
        ),
        earlier_yield=round(random.uniform(900, 48_000) * size, 2),
    )


def _battery(battery: Battery | None, number: int, random: Random) -> Battery | None:
    if battery is None:
        return None
    charged = random.uniform(300, 9000)
    return replace(
        battery,
        number=number,
        packs=tuple(
            tuple(_serial("HV", number + position) for position in range(len(unit)))
            for unit in battery.packs
        ),
        earlier_charged=round(charged, 2),
        earlier_discharged=round(charged * 0.93, 2),
        pack_health=random.choice((96.0, 98.0, 99.0, 100.0)),
    )


def _meter(meter: Meter | None, number: int, random: Random) -> Meter | None:
    if meter is None:
        return None
    placed = replace(
        meter,
        number=number,
        serial=_serial("BT", number),
        earlier_import=round(random.uniform(400, 21_000), 2),
        earlier_export=round(random.uniform(500, 30_000), 2),
    )
    if isinstance(placed, Emma) and random.random() < _SHARE_OF_LOAD_CTS:
        return replace(placed, external_ct="load")
    return placed
