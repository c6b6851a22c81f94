"""What each sensor has to show: written by hand from the documents of the API.

The table knows neither the integration's tables nor the simulator's code. The
quantities are those of the simulator's truth, in W, kWh, %, V, A, Hz, °C and money;
there power of the battery is positive for discharging and power of the grid for import.
"""

from dataclasses import dataclass

PLANT = "plant"
BATTERY_PACK = "battery pack"
STRING_INVERTER = 1
GRID_METER = 17
RESIDENTIAL_INVERTER = 38
BATTERY = 39
POWER_SENSOR = 47


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """A sensor's quantity, its unit, and the last decimal that the cloud publishes.

    `{key}` in the quantity stands for what the device is known by.
    """

    quantity: str
    unit: str
    decimals: int
    sign: int = 1


def _energy(quantity: str) -> Expectation:
    return Expectation(quantity=quantity, unit="kWh", decimals=2)


def _power(quantity: str, sign: int = 1) -> Expectation:
    # Inverters publish kW with three decimals, batteries and meters whole watts.
    return Expectation(quantity=quantity, unit="W", decimals=0, sign=sign)


def _money(quantity: str) -> Expectation:
    return Expectation(quantity=quantity, unit="EUR", decimals=2)


INVERTER_SENSORS = {
    "active_power": _power("ac_power"),
    "mppt_power": _power("pv_power"),
    "day_cap": _energy("yield_today"),
    "total_cap": _energy("yield_total"),
    "efficiency": Expectation(quantity="efficiency", unit="%", decimals=2),
    "temperature": Expectation(quantity="temperature", unit="°C", decimals=1),
}
METER_SENSORS = {
    # The meter counts what is fed in as positive.
    "active_power": _power("grid_power", sign=-1),
    "active_cap": _energy("export_total"),
    "reverse_active_cap": _energy("import_total"),
}

EXPECTATIONS: dict[int | str, dict[str, Expectation]] = {
    PLANT: {
        "day_power": _energy("yield_today"),
        "month_power": _energy("yield_month"),
        "total_power": _energy("yield_total"),
        "day_on_grid_energy": _energy("feed_in_today"),
        "day_use_energy": _energy("consumption_today"),
        "day_income": _money("income_today"),
        "total_income": _money("income_total"),
    },
    STRING_INVERTER: INVERTER_SENSORS,
    RESIDENTIAL_INVERTER: INVERTER_SENSORS,
    GRID_METER: METER_SENSORS,
    POWER_SENSOR: METER_SENSORS,
    BATTERY: {
        "battery_soc": Expectation(quantity="soc", unit="%", decimals=1),
        # The battery counts charging as positive.
        "ch_discharge_power": _power("battery_power", sign=-1),
        "max_charge_power": _power("max_charge_power"),
        "max_discharge_power": _power("max_discharge_power"),
        "charge_cap": _energy("charged_today"),
        "discharge_cap": _energy("discharged_today"),
        "total_charged_energy": _energy("charged_total"),
        "total_discharged_energy": _energy("discharged_total"),
        "rated_capacity": Expectation(
            quantity="rated_capacity", unit="kWh", decimals=1
        ),
    },
    BATTERY_PACK: {
        "soh": Expectation(quantity="pack_{key}_health", unit="%", decimals=1),
    },
}

# How much of the truth's unit one of a sensor's unit is.
UNITS: dict[tuple[str, str], float] = {
    ("kW", "W"): 1000,
    ("MW", "W"): 1_000_000,
    ("Wh", "kWh"): 0.001,
    ("MWh", "kWh"): 1000,
}
