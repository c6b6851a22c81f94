"""Single homes."""

from ..definitions import (
    Battery,
    DeviceDefinition,
    DeviceType,
    Emma,
    Inverter,
    LoadProfile,
    Meter,
    PlantDefinition,
    PvString,
)

HOUSEHOLD = LoadProfile(
    base=260,
    peaks=((7.3, 1.1, 700), (12.5, 1.2, 500), (19.2, 2.0, 1100)),
    bursts=4,
    burst_power=2100,
    weekend=1.2,
)


def pv() -> PlantDefinition:
    """Return modules without meter and battery."""
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
        load=HOUSEHOLD,
    )


HOME_INVERTER = Inverter(
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
HOME_BATTERY = Battery(
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


def home() -> PlantDefinition:
    """Return a home with battery and meter."""
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
        inverters=(HOME_INVERTER,),
        battery=HOME_BATTERY,
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
        load=HOUSEHOLD,
    )


EMMA_METER = Emma(
    number=33900103,
    type_id=DeviceType.EMMA,
    name="EMMA-1",
    model="EMMA-A02",
    serial="BT2440091001",
    software="V100R024C00SPC105",
    earlier_import=18.3,
    earlier_export=7.7,
    external_ct="pv",
    earlier_forward=24.6,
    earlier_reverse=1.38,
)
EMMA_INVERTER = Inverter(
    number=33900101,
    type_id=DeviceType.RESIDENTIAL_INVERTER,
    name="Inverter-1",
    model="SUN2000-10K-MAP0",
    serial="HV2440068001",
    software="V100R023C00SPC118",
    rated_power=10.0,
    efficiency=1.0,
    strings=(
        PvString(peak_power=6.44, azimuth=178, tilt=30, mppt=1, rated_voltage=521),
        PvString(peak_power=5.06, azimuth=268, tilt=30, mppt=2, rated_voltage=409),
    ),
    earlier_yield=31.5,
)
EMMA_BATTERY = Battery(
    number=33900102,
    type_id=DeviceType.BATTERY,
    name="Battery-1",
    model="LUNA2000-14-S1",
    serial=None,
    software="V100R023C10SPC106",
    capacity=13.8,
    max_charge=7.0,
    max_discharge=7.0,
    efficiency=0.975,
    lowest_soc=5.0,
    rated_voltage=748,
    packs=(("HV2440012001", "HV2440012002"),),
    earlier_charged=11.2,
    earlier_discharged=9.9,
)


def emma() -> PlantDefinition:
    """Return a home whose energy manager is its only meter."""
    return PlantDefinition(
        kind="emma",
        number=33900100,
        name="Home Freiburg",
        address="Talstrasse 31, 79102 Freiburg",
        latitude=47.9867,
        longitude=7.8591,
        time_zone="Europe/Berlin",
        years=1,
        connected_month=10,
        connected_day=9,
        price=0.08,
        inverters=(EMMA_INVERTER,),
        battery=EMMA_BATTERY,
        meter=EMMA_METER,
        load=HOUSEHOLD,
    )
