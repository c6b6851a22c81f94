"""Plants with devices that few people own."""

from ..definitions import (
    Battery,
    DeviceType,
    FixedDevice,
    Inverter,
    LoadProfile,
    Meter,
    PlantDefinition,
    PvString,
)
from .homes import HOUSEHOLD

_DAIRY = LoadProfile(
    base=9500,
    peaks=((6.0, 1.8, 17_000), (17.5, 2.2, 24_000)),
    bursts=9,
    burst_power=7000,
    weekend=1.0,
)
_RELAY_STATION = LoadProfile(
    base=1650, peaks=((20.0, 3.0, 350),), bursts=2, burst_power=400, weekend=1.0
)


ESS_INVERTERS = (
    Inverter(
        number=34010001,
        type_id=DeviceType.STRING_INVERTER,
        name="Inverter-1",
        model="SUN2000-100KTL-M2",
        serial="ES2450019001",
        software="V500R023C10SPC106",
        rated_power=100.0,
        efficiency=0.986,
        strings=tuple(
            PvString(
                peak_power=14.08,
                azimuth=90 if mppt <= 4 else 270,
                tilt=15,
                mppt=mppt,
                rated_voltage=672,
            )
            for mppt in range(1, 9)
        ),
        earlier_yield=77.1,
    ),
)
ESS_BATTERY = Battery(
    number=34010002,
    type_id=DeviceType.ESS,
    name="ESS-1",
    model="LUNA2000-215-2S10",
    serial="ES2450033001",
    software="V100R001C10SPC112",
    capacity=215.0,
    max_charge=108.0,
    max_discharge=108.0,
    efficiency=0.965,
    lowest_soc=5.0,
    rated_voltage=768,
    packs=(),
    earlier_charged=140.2,
    earlier_discharged=121.9,
    pack_health=99.1,
)
ESS_METER = Meter(
    number=34010003,
    type_id=DeviceType.GRID_METER,
    name="Meter-1",
    model="DTSU666-HW",
    serial="BT2450021001",
    software=None,
    earlier_import=20_117.4,
    earlier_export=12.6,
)


def ess() -> PlantDefinition:
    """Return a farm with an ESS cabinet that has its own connection."""
    return PlantDefinition(
        kind="ess",
        number=34010000,
        name="Dairy Oldenburg",
        address="Moorweg 2, 26129 Oldenburg",
        latitude=53.1435,
        longitude=8.2146,
        time_zone="Europe/Berlin",
        years=1,
        connected_month=8,
        connected_day=19,
        price=0.08,
        inverters=ESS_INVERTERS,
        battery=ESS_BATTERY,
        meter=ESS_METER,
        load=_DAIRY,
    )


ALL_IN_ONE_INVERTERS = (
    Inverter(
        number=34020001,
        type_id=DeviceType.ALL_IN_ONE,
        name="All-in-one-1",
        model="LUNA2000-8-12-HYB",
        serial="HV2610011001",
        software="V100R026C00SPC103",
        rated_power=8.0,
        efficiency=1.0,
        strings=(
            PvString(peak_power=4.4, azimuth=150, tilt=35, mppt=1, rated_voltage=356),
            PvString(peak_power=3.52, azimuth=240, tilt=35, mppt=2, rated_voltage=285),
        ),
        earlier_yield=2.2,
    ),
)
ALL_IN_ONE_BATTERY = Battery(
    number=34020002,
    type_id=DeviceType.ALL_IN_ONE,
    name="Battery-1",
    model=None,
    serial=None,
    software=None,
    capacity=12.0,
    max_charge=6.0,
    max_discharge=6.0,
    efficiency=0.975,
    lowest_soc=5.0,
    rated_voltage=402,
    packs=(("HV2610012001", "HV2610012002", "HV2610012003"),),
    earlier_charged=4.1,
    earlier_discharged=3.6,
    pack_health=100.0,
)
ALL_IN_ONE_METER = Meter(
    number=34020003,
    type_id=DeviceType.POWER_SENSOR,
    name="Meter-1",
    model="DTSU666-H",
    serial="BT2610013001",
    software=None,
    earlier_import=3.3,
    earlier_export=0.9,
)


def all_in_one() -> PlantDefinition:
    """Return a home with inverter and battery in one housing, and a meter."""
    return PlantDefinition(
        kind="all_in_one",
        number=34020000,
        name="Home Kassel",
        address="Wiesenweg 18, 34117 Kassel",
        latitude=51.3127,
        longitude=9.4797,
        time_zone="Europe/Berlin",
        years=1,
        connected_month=1,
        connected_day=3,
        price=0.08,
        inverters=ALL_IN_ONE_INVERTERS,
        battery=ALL_IN_ONE_BATTERY,
        meter=ALL_IN_ONE_METER,
        load=HOUSEHOLD,
    )


def _fixed(
    number: int, type_id: DeviceType, name: str, **quantities: float
) -> FixedDevice:
    return FixedDevice(
        number=34030000 + number,
        type_id=type_id,
        name=name,
        model=None,
        serial=f"PM26300410{number:02}",
        software="V100R024C10SPC200",
        quantities=tuple(quantities.items()),
    )


_POWER_M_DEVICES = (
    _fixed(
        1,
        DeviceType.MAINS,
        "Mains",
        mains_present=1,
        ac_voltage=231.24,
        ac_current=4.73,
        ac_power=1043.2,
        frequency=50.018,
        grid_quality_class=2,
        consumption_total=8123.456,
        supply_hours_total=13_204.52,
    ),
    _fixed(
        2,
        DeviceType.GENSET,
        "Genset",
        running_state=2,
        ac_power=3215.4,
        load_share=40.23,
    ),
    _fixed(
        3,
        DeviceType.AC_DISTRIBUTION,
        "AC distribution",
        ac_voltage=230.12,
        ac_current=8.31,
        frequency=50.007,
        ac_power=1843.3,
    ),
    _fixed(
        4,
        DeviceType.BATTERY_RACK,
        "Battery rack",
        battery_state=5,
        soc=81.52,
        battery_power=-1874.3,
        discharged_total=2214.361,
        voltage=53.43,
        current=35.08,
        backup_hours_left=9.61,
        discharge_cycles_total=317,
        rated_capacity=14.4,
        temperature=24.63,
    ),
    _fixed(
        5,
        DeviceType.SOLAR_GROUP,
        "Solar group",
        dc_current=58.41,
        dc_power=3118.2,
        dc_energy_total=9321.774,
    ),
    _fixed(
        6,
        DeviceType.SOLAR_UNIT,
        "Solar unit 1",
        input_voltage=148.62,
        output_voltage=53.43,
        output_current=29.24,
        switched_off=0,
    ),
    _fixed(
        7,
        DeviceType.SOLAR_UNIT,
        "Solar unit 2",
        input_voltage=151.27,
        output_voltage=0.0,
        output_current=0.0,
        switched_off=1,
    ),
    _fixed(
        8,
        DeviceType.POWER_CONVERTER,
        "Power converter",
        running_hours_total=12_011.54,
        pv_voltage=318.43,
        pv_current=4.62,
        pv_power=1471.1,
        inverter_voltage=230.42,
        inverter_frequency=50.002,
        ac_voltage=229.83,
        ac_current=6.14,
        frequency=49.984,
        apparent_power=1411.2,
    ),
)


def power_m() -> PlantDefinition:
    """Return a relay station; its devices' quantities stand still."""
    return PlantDefinition(
        kind="power_m",
        number=34030000,
        name="Relay station Brocken",
        address="Brockenstrasse 1, 38879 Wernigerode",
        latitude=51.7991,
        longitude=10.6156,
        time_zone="Europe/Berlin",
        years=1,
        connected_month=5,
        connected_day=6,
        price=0.0,
        inverters=(),
        others=_POWER_M_DEVICES,
        other_capacity=6.6,
        load=_RELAY_STATION,
    )
