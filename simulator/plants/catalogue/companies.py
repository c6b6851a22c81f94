"""Plants of companies."""

from ..definitions import (
    DeviceDefinition,
    DeviceType,
    Inverter,
    LoadProfile,
    Meter,
    PlantDefinition,
    PvString,
)

_WORKSHOP = LoadProfile(
    base=2400,
    peaks=((9.5, 2.5, 9000), (14.5, 2.5, 11000)),
    bursts=8,
    burst_power=6000,
    weekend=0.15,
)


_WAREHOUSE = LoadProfile(
    base=21_000,
    peaks=((8.0, 2.0, 26_000), (13.5, 3.5, 48_000), (20.0, 2.0, 14_000)),
    bursts=12,
    burst_power=19_000,
    weekend=0.3,
)


def string() -> PlantDefinition:
    """Return a workshop with one large inverter and a grid meter."""
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


def _roof_inverter(number: int, azimuth: float, optimizers: int) -> Inverter:
    strings = tuple(
        PvString(
            peak_power=12.32,
            azimuth=azimuth,
            tilt=10,
            mppt=(position + 1) // 2,
            rated_voltage=655,
        )
        for position in range(1, 11)
    )
    return Inverter(
        number=33710200 + number,
        type_id=DeviceType.STRING_INVERTER,
        name=f"Inverter-{number}",
        model="SUN2000-100KTL-M2",
        serial=f"ES234007700{number}",
        software="V500R023C00SPC121",
        rated_power=100.0,
        efficiency=0.986,
        strings=strings,
        earlier_yield=402.7 * number,
        optimizers=optimizers,
    )


COMMERCIAL_METER = Meter(
    number=33710300,
    type_id=DeviceType.GRID_METER,
    name="Meter-1",
    model="UMG604",
    serial="BT2340044001",
    software=None,
    earlier_import=118_400.6,
    earlier_export=3311.9,
)
_OTHERS = (
    DeviceDefinition(
        number=33710100,
        type_id=DeviceType.SMART_LOGGER,
        name="Logger-1",
        model="SmartLogger3000A",
        serial="BT2340081001",
        software="V800R021C10SPC161",
    ),
    DeviceDefinition(
        number=33710400,
        type_id=DeviceType.TRANSFORMER_STATION,
        name="STS-1",
        model="STS-3000K-H1",
        serial="BT2340015001",
        software=None,
    ),
)
_OPTIMIZERS = tuple(
    DeviceDefinition(
        number=33710500 + number,
        type_id=DeviceType.OPTIMIZER,
        name=f"Optimizer-{number}",
        model="MERC-1300W-P",
        serial=f"JT23400660{number:02}",
        software="V100R001C00SPC120",
    )
    for number in range(1, 5)
)


def commercial() -> PlantDefinition:
    """Return a warehouse with three inverters, weather station and logger."""
    return PlantDefinition(
        kind="commercial",
        number=33710000,
        name="Warehouse Duisburg",
        address="Am Freihafen 9, 47138 Duisburg",
        latitude=51.4556,
        longitude=6.7331,
        time_zone="Europe/Berlin",
        years=2,
        connected_month=6,
        connected_day=2,
        price=0.07,
        inverters=(
            _roof_inverter(1, azimuth=92, optimizers=0),
            _roof_inverter(2, azimuth=272, optimizers=0),
            _roof_inverter(3, azimuth=182, optimizers=len(_OPTIMIZERS)),
        ),
        meter=COMMERCIAL_METER,
        weather_station=DeviceDefinition(
            number=33710600,
            type_id=DeviceType.WEATHER_STATION,
            name="EMI-1",
            model="PC-4",
            serial="BT2340052001",
            software=None,
        ),
        others=(*_OTHERS, *_OPTIMIZERS),
        load=_WAREHOUSE,
    )
