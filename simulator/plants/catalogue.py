"""The plants that can be asked for by name."""

from collections.abc import Callable

from .definitions import (
    Battery,
    DeviceDefinition,
    DeviceType,
    Inverter,
    LoadProfile,
    Meter,
    PlantDefinition,
    PvString,
)

_HOUSEHOLD = LoadProfile(
    base=260,
    peaks=((7.3, 1.1, 700), (12.5, 1.2, 500), (19.2, 2.0, 1100)),
    bursts=4,
    burst_power=2100,
    weekend=1.2,
)
_WORKSHOP = LoadProfile(
    base=2400,
    peaks=((9.5, 2.5, 9000), (14.5, 2.5, 11000)),
    bursts=8,
    burst_power=6000,
    weekend=0.15,
)


def _pv() -> PlantDefinition:
    return PlantDefinition(
        kind="pv",
        number=33561020,
        name="Garage Hamburg",
        address="Deichstrasse 7, 20459 Hamburg",
        latitude=53.5456,
        longitude=9.9872,
        time_zone="Europe/Berlin",
        years=2,
        connected_month=9,
        connected_day=4,
        price=0.11,
        inverters=(
            Inverter(
                number=33561101,
                type_id=DeviceType.RESIDENTIAL_INVERTER,
                name="Inverter-1",
                model="SUN2000-5KTL-L1",
                serial="HV2340177001",
                software="V200R001C00SPC142",
                rated_power=5.0,
                phases=1,
                efficiency=0.976,
                strings=(
                    PvString(
                        peak_power=2.87, azimuth=185, tilt=32, mppt=1, rated_voltage=232
                    ),
                    PvString(
                        peak_power=2.46, azimuth=185, tilt=32, mppt=2, rated_voltage=199
                    ),
                ),
                earlier_yield=12.37,
            ),
        ),
        load=_HOUSEHOLD,
    )


_HOME_INVERTER = Inverter(
    number=33815001,
    type_id=DeviceType.RESIDENTIAL_INVERTER,
    name="Inverter-1",
    model="SUN2000-8KTL-M1",
    serial="HV2210054001",
    software="V100R001C00SPC170",
    rated_power=8.0,
    efficiency=1.0,
    strings=(
        PvString(peak_power=5.33, azimuth=160, tilt=38, mppt=1, rated_voltage=431),
        PvString(peak_power=4.51, azimuth=245, tilt=38, mppt=2, rated_voltage=365),
    ),
    earlier_yield=213.42,
)
_HOME_BATTERY = Battery(
    number=33815002,
    type_id=DeviceType.BATTERY,
    name="Battery-1",
    model="LUNA2000-10KW-C1",
    serial=None,
    software="V100R002C00SPC126",
    capacity=10.0,
    max_charge=5.0,
    max_discharge=5.0,
    efficiency=0.975,
    lowest_soc=5.0,
    rated_voltage=746,
    packs=(("HV2230011001", "HV2230011002"),),
    earlier_charged=96.11,
    earlier_discharged=88.64,
)


def _home() -> PlantDefinition:
    return PlantDefinition(
        kind="home",
        number=33554875,
        name="Home Berlin",
        address="Lindenallee 12, 14050 Berlin",
        latitude=52.5163,
        longitude=13.2723,
        time_zone="Europe/Berlin",
        years=3,
        connected_month=5,
        connected_day=11,
        price=0.12,
        inverters=(_HOME_INVERTER,),
        battery=_HOME_BATTERY,
        meter=Meter(
            number=33815003,
            type_id=DeviceType.POWER_SENSOR,
            name="Meter-1",
            model="DTSU666-H",
            serial="BT2210033001",
            software=None,
            earlier_import=41.7,
            earlier_export=122.9,
        ),
        others=(
            DeviceDefinition(
                number=33815000,
                type_id=DeviceType.DONGLE,
                name="Dongle-1",
                model="SDongleA-05",
                serial="BT2210077001",
                software="V200R022C10SPC117",
            ),
        ),
        load=_HOUSEHOLD,
    )


def _string() -> PlantDefinition:
    panels = tuple(
        PvString(
            peak_power=9.84,
            azimuth=100 if mppt <= 3 else 260,
            tilt=12,
            mppt=mppt,
            rated_voltage=640,
        )
        for mppt in range(1, 7)
    )
    return PlantDefinition(
        kind="string",
        number=33602200,
        name="Workshop Leipzig",
        address="Spinnereistrasse 4, 04179 Leipzig",
        latitude=51.3271,
        longitude=12.3189,
        time_zone="Europe/Berlin",
        years=4,
        connected_month=3,
        connected_day=22,
        price=0.09,
        inverters=(
            Inverter(
                number=33602301,
                type_id=DeviceType.STRING_INVERTER,
                name="Inverter-1",
                model="SUN2000-50KTL-M3",
                serial="ES2250088001",
                software="V500R023C00SPC112",
                rated_power=50.0,
                efficiency=0.983,
                strings=panels,
                earlier_yield=1804.5,
            ),
        ),
        meter=Meter(
            number=33602302,
            type_id=DeviceType.GRID_METER,
            name="Meter-1",
            model="DTSU666-HW",
            serial="BT2250044001",
            software="V100R001C00SPC005",
            earlier_import=5210.3,
            earlier_export=902.2,
        ),
        load=_WORKSHOP,
    )


PLANTS: dict[str, Callable[[], PlantDefinition]] = {
    "pv": _pv,
    "home": _home,
    "string": _string,
}
"""Builders by the name that `--plant` takes."""


def definitions(names: str) -> tuple[PlantDefinition, ...]:
    """Return the plants of a comma separated list, in that order.

    Raises ValueError for an unknown or repeated name.
    """
    wanted = [name.strip() for name in names.split(",")]
    if len(set(wanted)) < len(wanted):
        raise ValueError(f"a plant is named twice in {names!r}")
    unknown = [name for name in wanted if name not in PLANTS]
    if unknown:
        raise ValueError(
            f"no plant {', '.join(unknown)}; there are {', '.join(PLANTS)}"
        )
    return tuple(PLANTS[name]() for name in wanted)
