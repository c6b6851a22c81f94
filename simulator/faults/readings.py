"""Devices and plants that show unusual readings, and plain distortions."""

from collections.abc import Callable
from datetime import timedelta

from ..plants.definitions import BATTERY_TYPES, INVERTER_TYPES, METER_TYPES, DeviceType
from ..types import Json
from .mutation import REAL_TIME, Mutation
from .registry import Fault
from .values import without

_DEVICES = frozenset({"getDevRealKpi"})
_PLANTS = frozenset({"getStationRealKpi"})
_PHASE_KEYS = frozenset(
    {"b_u", "c_u", "b_i", "c_i", "bc_u", "ca_u", "active_power_b", "active_power_c"}
)
_NEW_PLANT_KEYS = frozenset({"day_on_grid_energy", "day_use_energy"})
_NEW_BATTERY_KEYS = frozenset({"total_charged_energy", "total_discharged_energy"})
_EMMA_POWERS = (
    "active_power",
    "active_power_a",
    "active_power_b",
    "active_power_c",
    "reactive_power",
    "power_factor",
)
_GRID_CONNECTED, _POWER_LIMITED = 512.0, 513.0


def _with(additions: dict[str, Json]) -> Callable[[Mutation], None]:
    def mutate(mutation: Mutation) -> None:
        for _, items in mutation.maps():
            items.update(additions)

    return mutate


def _offline(items: dict[str, Json]) -> None:
    for key in items:
        items[key] = 0 if key == "run_state" else None


def _device_offline(mutation: Mutation) -> None:
    for _, items in mutation.maps():
        _offline(items)


def _inverter_sleeps(mutation: Mutation) -> None:
    for row, items in mutation.maps():
        device = mutation.device_of(row)
        awake = items.get("inverter_state") == _GRID_CONNECTED
        if device is not None and device.type_id in INVERTER_TYPES and not awake:
            _offline(items)


def _single_phase(mutation: Mutation) -> None:
    without(_PHASE_KEYS)(mutation)


def _unused_strings_null(mutation: Mutation) -> None:
    for _, items in mutation.maps():
        for key in items:
            if key.startswith("pv") and items[key] == 0.0:
                items[key] = None


def _trackers_zero(mutation: Mutation) -> None:
    for _, items in mutation.maps():
        for key in items:
            if key.startswith("mppt_") and key.endswith("_cap"):
                items[key] = 0.0


def _replace(key: str, value: Json) -> Callable[[Mutation], None]:
    def mutate(mutation: Mutation) -> None:
        for _, items in mutation.maps():
            if key in items:
                items[key] = value

    return mutate


def _unknown_codes(mutation: Mutation) -> None:
    for _, items in mutation.maps():
        for key in ("inverter_state", "battery_status", "ch_discharge_model"):
            if key in items:
                items[key] = 4711.0


def _private_power(mutation: Mutation) -> None:
    for row, items in mutation.maps():
        plant = mutation.plant_of(row)
        if plant is not None:
            powers = plant.state(plant.published(None, mutation.call.now)).powers
            items["real_time_power"] = round(sum(powers.inverters) / 1000, 3)


def _distorted(
    key: str, change: Callable[[float], float], types: frozenset[int]
) -> Callable[[Mutation], None]:
    def mutate(mutation: Mutation) -> None:
        for row, items in mutation.maps():
            device = mutation.device_of(row)
            value = items.get(key)
            if (
                device is not None
                and device.type_id in types
                and isinstance(value, int | float)
            ):
                items[key] = change(value)

    return mutate


def _reversed(
    powers: tuple[str, ...],
    counters: tuple[tuple[str, str], ...],
    types: frozenset[int],
) -> Callable[[Mutation], None]:
    """Return a distortion that turns powers round and exchanges pairs of counters."""
    negate = [_distorted(key, lambda value: -value, types) for key in powers]

    def mutate(mutation: Mutation) -> None:
        for distort in negate:
            distort(mutation)
        for row, items in mutation.maps():
            device = mutation.device_of(row)
            if device is not None and device.type_id in types:
                for one, other in counters:
                    if one in items and other in items:
                        items[one], items[other] = items[other], items[one]

    return mutate


def _charger_meter(mutation: Mutation) -> None:
    power = mutation.number("power", 3700.0)
    for reading in mutation.readings():
        if reading.device is not None and reading.device.type_id in METER_TYPES:
            hours = max((reading.sample - mutation.since) / timedelta(hours=1), 0.0)
            reading.items.update(
                active_power=-power,
                active_cap=0.0,
                reverse_active_cap=round(power / 1000 * hours, 2),
            )


def _yield_off(mutation: Mutation) -> None:
    for _, items in mutation.maps():
        for key in ("day_power", "month_power", "total_power", "day_cap", "total_cap"):
            value = items.get(key)
            if isinstance(value, int | float):
                items[key] = round(value * 1.01, 2)


READINGS = (
    Fault(
        name="device_offline",
        description="run_state 0 and null for all else; `device`, `type_id`.",
        interfaces=_DEVICES,
        mutate=_device_offline,
    ),
    Fault(
        name="inverter_sleeps",
        description="At night an inverter shows run_state 0 and null for all else.",
        interfaces=_DEVICES,
        mutate=_inverter_sleeps,
    ),
    Fault(
        name="plant_disconnected",
        description="real_health_state 1.",
        interfaces=_PLANTS,
        mutate=_replace("real_health_state", 1),
    ),
    Fault(
        name="single_phase",
        description="Keys of phases B and C are missing.",
        interfaces=_DEVICES,
        mutate=_single_phase,
    ),
    Fault(
        name="unused_strings_null",
        description="Strings that are not connected are null instead of 0.0.",
        interfaces=_DEVICES,
        mutate=_unused_strings_null,
    ),
    Fault(
        name="trackers_zero",
        description="mppt_*_cap are 0 on a counting inverter.",
        interfaces=_DEVICES,
        mutate=_trackers_zero,
    ),
    Fault(
        name="close_time_zero",
        description='close_time is 0 instead of "N/A".',
        interfaces=_DEVICES,
        mutate=_replace("close_time", 0),
    ),
    Fault(
        name="efficiency_constant",
        description="efficiency is always 100.",
        interfaces=_DEVICES,
        mutate=_replace("efficiency", 100.0),
    ),
    Fault(
        name="power_limited",
        description="inverter_state 513: grid-connected, power limited.",
        interfaces=_DEVICES,
        mutate=_replace("inverter_state", _POWER_LIMITED),
    ),
    Fault(
        name="unknown_codes",
        description="inverter_state, battery_status and working mode are 4711.",
        interfaces=_DEVICES,
        mutate=_unknown_codes,
    ),
    Fault(
        name="unknown_keys",
        description="Keys that no document knows.",
        interfaces=REAL_TIME,
        mutate=_with({"brand_new_key": 1.5, "another_new_key": {"deep": [1]}}),
    ),
    Fault(
        name="old_plant_keys",
        description="The plant has no day_on_grid_energy and no day_use_energy.",
        interfaces=_PLANTS,
        mutate=without(_NEW_PLANT_KEYS),
    ),
    Fault(
        name="old_battery_keys",
        description="Batteries have no lifetime totals, as before 26.1.0.",
        interfaces=_DEVICES,
        mutate=without(_NEW_BATTERY_KEYS),
    ),
    Fault(
        name="private_power_keys",
        description="The plant has the undocumented real_time_power (kW).",
        interfaces=_PLANTS,
        mutate=_private_power,
    ),
    Fault(
        name="inverter_power_times_1000",
        description="Distortion: an inverter's active_power is W instead of kW.",
        interfaces=_DEVICES,
        mutate=_distorted(
            "active_power", lambda value: value * 1000, frozenset(INVERTER_TYPES)
        ),
    ),
    Fault(
        name="meter_sign",
        description="Distortion: meters count import as export and export as import.",
        interfaces=_DEVICES,
        mutate=_reversed(
            ("active_power", "active_power_a", "active_power_b", "active_power_c"),
            (("active_cap", "reverse_active_cap"),),
            frozenset(METER_TYPES),
        ),
    ),
    Fault(
        name="charger_meter",
        description="Meters (`device`: one of them) measure a car charger that takes "
        "`power` W (3700) from when this was switched on.",
        interfaces=_DEVICES,
        mutate=_charger_meter,
    ),
    Fault(
        name="emma_power_sign",
        description="An EMMA's own meter shows + for export; its counters stay.",
        interfaces=_DEVICES,
        mutate=_reversed(_EMMA_POWERS, (), frozenset({DeviceType.EMMA})),
    ),
    Fault(
        name="battery_sign",
        description="Distortion: batteries show charging as discharging and back.",
        interfaces=_DEVICES,
        mutate=_reversed(
            ("ch_discharge_power",),
            (
                ("charge_cap", "discharge_cap"),
                ("total_charged_energy", "total_discharged_energy"),
            ),
            frozenset({DeviceType.BATTERY, DeviceType.ALL_IN_ONE}),
        ),
    ),
    Fault(
        name="ess_sign",
        description="An ESS shows + for charging; its counters stay.",
        interfaces=_DEVICES,
        mutate=_reversed(("ch_discharge_power",), (), frozenset({DeviceType.ESS})),
    ),
    Fault(
        name="yield_off_by_one_percent",
        description="Distortion: yields of plants and inverters are 1 % too high.",
        interfaces=REAL_TIME,
        mutate=_yield_off,
    ),
    Fault(
        name="soc_shifted",
        description="Distortion: a battery's SOC is 7 points lower.",
        interfaces=_DEVICES,
        mutate=_distorted(
            "battery_soc",
            lambda value: round(abs(value - 7), 1),
            BATTERY_TYPES,
        ),
    ),
)
"""Switches that change what single devices and plants show."""
