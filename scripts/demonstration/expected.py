"""What each sensor has to show: written by hand from the documents of the API.

The table knows neither the integration's tables nor the simulator's code. The
quantities are those of the simulator's truth, in W, kWh, %, V, A, Hz, °C, W/m², kWh/m²,
m/s, degrees, hours and money; there power of a battery is positive for discharging,
power of the grid for import, and power of an external CT for what it counts forward.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

ACCOUNT = "account"
OWNER = "owner"
PLANT = "plant"
PLANT_IN_DETAIL = "plant in detail"
BATTERY_PACK = "battery pack"
STRING_INVERTER = 1
ENVIRONMENT_MONITOR = 10
GRID_METER = 17
RESIDENTIAL_INVERTER = 38
BATTERY = 39
ESS = 41
POWER_SENSOR = 47
EMMA = 23070
ALL_IN_ONE = 23093
MAINS = 60001
GENSET = 60003
AC_DISTRIBUTION = 60010
BATTERY_RACK = 60014
SSU_GROUP = 60043
POWER_CONVERTER = 60092

type Kind = int | str
"""A devTypeId, or one of the names above."""
type Quantities = dict[str, float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """A sensor's quantity, its unit, and the last decimal that the cloud publishes.

    `{key}` in the quantity stands for what the device is known by. The sensor shows
    `times` as much as the quantity, which is None where the plant cannot know it.
    """

    quantity: str
    unit: str
    decimals: int
    times: float = 1
    not_before: bool = False
    """There is no sensor before the quantity has been other than zero."""
    instead: str = ""
    """A quantity that may be shown too, once Home Assistant has learned to know it.

    Where there is no other truth the sensor may be unknown, or not be there.
    """

    def truth(self, key: str, quantities: Quantities) -> float | None:
        """Return what is so of the device that is known by `key`; None if nothing is."""
        return self._amount(self.quantity.format(key=key), quantities)

    def is_known_at_once(self, key: str, quantities: Quantities) -> bool:
        """Return whether nothing has to be learned first."""
        return self.truth(key, quantities) is not None

    def truths(self, key: str, quantities: Quantities) -> list[float]:
        """Return what may be shown of it."""
        found = (
            self.truth(key, quantities),
            self._amount(self.instead, quantities),
        )
        return [amount for amount in found if amount is not None]

    def _amount(self, quantity: str, quantities: Quantities) -> float | None:
        value = quantities.get(quantity)
        # Adding zero makes an ordinary zero of a negative one.
        return None if value is None else self.times * value + 0.0


def _energy(quantity: str, instead: str = "") -> Expectation:
    return Expectation(quantity=quantity, unit="kWh", decimals=2, instead=instead)


def _power(quantity: str, times: float = 1, instead: str = "") -> Expectation:
    # Published as kW with three decimals, or as whole watts.
    return Expectation(
        quantity=quantity, unit="W", decimals=0, times=times, instead=instead
    )


def _share(quantity: str, decimals: int = 1) -> Expectation:
    return Expectation(quantity=quantity, unit="%", decimals=decimals)


def _temperature(quantity: str) -> Expectation:
    return Expectation(quantity=quantity, unit="°C", decimals=1)


def _hours(quantity: str) -> Expectation:
    return Expectation(quantity=quantity, unit="h", decimals=1)


def _money(quantity: str) -> Expectation:
    return Expectation(quantity=quantity, unit="EUR", decimals=2)


def _number(quantity: str, unit: str) -> Expectation:
    return Expectation(quantity=quantity, unit=unit, decimals=0)


def _once_not_zero(
    sensors: dict[str, Expectation],
) -> Iterator[tuple[str, Expectation]]:
    for key, expectation in sensors.items():
        yield key, replace(expectation, not_before=True)


# What an owner has in 24 hours.
CALLS = {"basic": 1000, "control": 100}
CALLS_SENSORS = {
    "calls_left": _number("basic_calls_left", "calls"),
    "control_calls_left": _number("control_calls_left", "calls"),
}
ACCOUNT_SENSORS = {
    **CALLS_SENSORS,
    "input_power": _power("pv_power"),
    "daily_yield": _energy("yield_today"),
    "plants_offline": _number("plants_offline", ""),
    "plants_faulty": _number("plants_faulty", ""),
    "active_alarms": _number("active_alarms", ""),
}
PLANT_SENSORS = {
    "day_power": _energy("yield_today"),
    "month_power": _energy("yield_month"),
    "total_power": _energy("yield_total"),
    "day_on_grid_energy": _energy("feed_in_today"),
    "day_use_energy": _energy("consumption_today"),
    "day_income": _money("income_today"),
    "total_income": _money("income_total"),
    "critical_alarms": _number("critical_alarms", "alarms"),
    "major_alarms": _number("major_alarms", "alarms"),
    "minor_alarms": _number("minor_alarms", "alarms"),
    "warning_alarms": _number("warning_alarms", "alarms"),
}
# What is worked out of several devices. The signs of EMMA, ESS and all-in-one, and what
# an EMMA measures, are not documented and have to be learned.
FLOW_SENSORS = {
    "pv_power": _power("pv_power_of_inverters"),
    "grid_power": _power("grid_power_of_meter", instead="learned_grid_power"),
    "battery_power": _power(
        "battery_power_of_battery", instead="learned_battery_power"
    ),
    "home_consumption_power": _power(
        "home_power_of_meter", instead="learned_home_power"
    ),
    "battery_state_of_charge": _share("soc_of_battery"),
    "stored_energy": Expectation(quantity="stored_energy", unit="kWh", decimals=1),
    "usable_capacity": _energy("usable_capacity"),
    "solar_energy": _energy("solar_energy"),
    "grid_import_energy": _energy("import_of_meter", instead="learned_import"),
    # Without a meter whose role is known: the plant's counters of the day.
    "grid_export_energy": _energy("export_of_meter_or_day", instead="learned_export"),
    "home_consumption_energy": _energy(
        "consumption_of_meter_or_day", instead="learned_consumption"
    ),
    "battery_charged_energy": _energy("charged"),
    "battery_discharged_energy": _energy("discharged"),
    "self_sufficiency": _share("self_sufficiency", decimals=0),
    "self_consumption": _share("self_consumption", decimals=0),
}
# What the Energy dashboard has to have of a plant, by the keys of its sensors. Power of
# the grid is positive for import there, of a battery for discharging.
SOURCES = {
    "solar": {"stat_energy_from": "solar_energy", "stat_rate": "pv_power"},
    "battery": {
        "stat_energy_from": "battery_discharged_energy",
        "stat_energy_to": "battery_charged_energy",
        "stat_rate": "battery_power",
        "stat_soc": "battery_state_of_charge",
    },
    "grid": {
        "stat_energy_from": "grid_import_energy",
        "stat_energy_to": "grid_export_energy",
        "stat_rate": "grid_power",
    },
}
INVERTER_SENSORS = {
    "active_power": _power("ac_power"),
    "mppt_power": _power("pv_power"),
    "day_cap": _energy("yield_today"),
    "total_cap": _energy("yield_total"),
    "efficiency": _share("efficiency", decimals=2),
    "temperature": _temperature("temperature"),
}
METER_SENSORS = {
    "active_cap": _energy("export_total"),
    "reverse_active_cap": _energy("import_total"),
}
BATTERY_SENSORS = {
    "battery_soc": _share("soc"),
    "max_charge_power": _power("max_charge_power"),
    "max_discharge_power": _power("max_discharge_power"),
    "charge_cap": _energy("charged_today"),
    "discharge_cap": _energy("discharged_today"),
    "rated_capacity": Expectation(quantity="rated_capacity", unit="kWh", decimals=1),
}
# Zero stands for a battery that does not tell.
HEALTH = dict(_once_not_zero({"battery_soh": _share("soh")}))

EXPECTATIONS: dict[Kind, dict[str, Expectation]] = {
    OWNER: CALLS_SENSORS,
    ACCOUNT: ACCOUNT_SENSORS,
    PLANT: PLANT_SENSORS,
    PLANT_IN_DETAIL: {**PLANT_SENSORS, **FLOW_SENSORS},
    STRING_INVERTER: INVERTER_SENSORS,
    RESIDENTIAL_INVERTER: INVERTER_SENSORS,
    GRID_METER: METER_SENSORS,
    POWER_SENSOR: METER_SENSORS,
    BATTERY: {
        **BATTERY_SENSORS,
        **HEALTH,
        "total_charged_energy": _energy("charged_total"),
        "total_discharged_energy": _energy("discharged_total"),
    },
    BATTERY_PACK: {"soh": _share("pack_{key}_health")},
    ESS: {
        "battery_soc": _share("soc"),
        **HEALTH,
        "charge_cap": _energy("charged_today"),
        "discharge_cap": _energy("discharged_today"),
    },
    EMMA: {
        # Its counters are named the other way round than a meter's.
        "active_cap": _energy("import_total"),
        "reverse_active_cap": _energy("export_total"),
        **dict(
            _once_not_zero(
                {
                    "ex_active_cap": _energy("external_ct_forward_total"),
                    "ex_reverse_active_cap": _energy("external_ct_reverse_total"),
                }
            )
        ),
    },
    ALL_IN_ONE: {**INVERTER_SENSORS, **BATTERY_SENSORS},
    ENVIRONMENT_MONITOR: {
        "temperature": _temperature("outside_temperature"),
        "pv_temperature": _temperature("module_temperature"),
        "wind_speed": Expectation(quantity="wind_speed", unit="m/s", decimals=1),
        "wind_direction": Expectation(quantity="wind_direction", unit="°", decimals=1),
        "radiant_line": Expectation(quantity="irradiance", unit="W/m²", decimals=1),
        "radiant_total": Expectation(
            quantity="irradiation_today", unit="MJ/m²", decimals=3, times=3.6
        ),
    },
    MAINS: {
        "active_power": _power("ac_power"),
        "total_energy_consumption": _energy("consumption_total"),
        "supply_duration_per_total": _hours("supply_hours_total"),
    },
    GENSET: {"output_power": _power("ac_power"), "load_rate": _share("load_share")},
    AC_DISTRIBUTION: {"active_power": _power("ac_power")},
    BATTERY_RACK: {
        "soc": _share("soc"),
        # Charging is positive in the simulator, as in batteries; no document says so.
        "charge_discharge_power": _power("battery_power", times=-1),
        "total_discharge": _energy("discharged_total"),
        "total_capacity": Expectation(
            quantity="rated_capacity", unit="kWh", decimals=2
        ),
        "remaining_backup_time": _hours("backup_hours_left"),
        "total_discharge_times": _number("discharge_cycles_total", ""),
    },
    SSU_GROUP: {"total_output_power": _power("dc_power")},
    POWER_CONVERTER: {
        "pv_input_power": _power("pv_power"),
        "total_runtime": _hours("running_hours_total"),
    },
}

# How much of the truth's unit one of a sensor's unit is.
UNITS: dict[tuple[str, str], float] = {
    ("kW", "W"): 1000,
    ("MW", "W"): 1_000_000,
    ("Wh", "kWh"): 0.001,
    ("MWh", "kWh"): 1000,
    ("km/h", "m/s"): 1 / 3.6,
}
