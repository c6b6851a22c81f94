"""What is physically so, told apart from the code that writes the answers.

Powers are in W (var, VA), energies in kWh (kvarh), voltages in V, currents in
A, frequencies in Hz, temperatures in °C, shares in %, income in the plant's
currency. `grid_power` is positive for import, `battery_power` for discharge,
`external_ct_power` for what the CT counts forward. Irradiance is in W/m²,
irradiation in kWh/m², wind in m/s and degrees.
Values are not rounded; None means that the plant cannot know.
"""

from collections.abc import Sequence
from datetime import datetime

from .plants.controlled import charge_limit, discharge_limit, lowest_soc
from .plants.definitions import (
    INVERTER_TYPES,
    METER_TYPES,
    Battery,
    DeviceType,
    FixedDevice,
)
from .plants.plant import Device, Plant
from .plants.state import (
    BatteryState,
    InverterState,
    MeterState,
    PlantState,
    WeatherState,
)

_STRING_INPUTS: dict[int, int] = {
    DeviceType.STRING_INVERTER: 36,
    DeviceType.RESIDENTIAL_INVERTER: 8,
    DeviceType.ALL_IN_ONE: 3,
}
_TRACKERS: dict[int, int] = {
    DeviceType.STRING_INVERTER: 10,
    DeviceType.RESIDENTIAL_INVERTER: 4,
    DeviceType.ALL_IN_ONE: 3,
}

type Quantities = dict[str, float | str | None]
type Truth = dict[str, Quantities | dict[str, Quantities]]


def truth_of(plant: Plant, now: datetime, running: Sequence[str] = ()) -> Truth:
    """Return the truth of now, and of the samples that each feed shows now.

    `running` are the tasks of which the cloud has no outcome yet.
    """
    published: dict[str, Quantities] = {
        "plant": _plant(plant, plant.state(plant.published(None, now)))
    }
    for device in plant.devices:
        sample = plant.published(device.type_id, now)
        published[device.dn] = _device(device, plant.state(sample))
    return {
        "now": _plant(plant, plant.state(now)) | _alarms(plant, now),
        "published": published,
        "control": _control(plant, running),
    }


def _control(plant: Plant, running: Sequence[str]) -> Quantities:
    """Return what the controller obeys now: W with + for charging, and %."""
    settings, steering = plant.settings, plant.steering
    forced, battery = steering.forced, plant.definition.battery
    limited = settings.control_mode not in {"noLimit", "other"}
    return {
        "operation_mode": settings.operation_mode,
        "surplus_priority": settings.surplus_priority,
        "grid_charge_power": settings.grid_charge_power * 1000,
        "control_mode": settings.control_mode,
        "limitation_mode": settings.limitation_mode if limited else None,
        "feed_in_limit": settings.feed_in_limit if limited else None,
        "end_of_charge_soc": settings.end_of_charge_soc,
        "end_of_discharge_soc": (
            None if battery is None else lowest_soc(battery, settings)
        ),
        "max_charge_power": (
            None if battery is None else charge_limit(battery, settings)
        ),
        "max_discharge_power": (
            None if battery is None else discharge_limit(battery, settings)
        ),
        "forced_power": None if forced is None else forced.power,
        "forced_target": None if forced is None else forced.target,
        "dispatch_power": steering.dispatch_power,
        "controller": "online" if steering.online else "offline",
        "running_tasks": ", ".join(running),
    }


def _alarms(plant: Plant, now: datetime) -> Quantities:
    counts = plant.alarms.counts(now)
    severities = ("critical", "major", "minor", "warning")
    quantities: Quantities = {"active_alarms": counts.total()}
    for severity, name in enumerate(severities, 1):
        quantities[f"{name}_alarms"] = counts[severity]
    return quantities


def _plant(plant: Plant, state: PlantState) -> Quantities:
    metered = plant.definition.meter is not None
    powers, today, total = state.powers, state.today, state.total
    return {
        "taken_at": state.instant.isoformat(),
        "pv_power": sum(powers.strings),
        "ac_power": sum(powers.inverters),
        "battery_power": 0.0 - powers.battery,
        "grid_power": powers.grid,
        "load_power": powers.load,
        "soc": None if state.battery is None else state.battery.soc,
        "yield_today": today.pv_yield,
        "yield_month": state.month.pv_yield,
        "yield_total": total.pv_yield,
        "inverter_yield_today": today.inverter_yield,
        "inverter_yield_total": total.inverter_yield,
        "feed_in_today": today.exported if metered else None,
        "consumption_today": today.load if metered else None,
        "import_today": today.imported,
        "export_today": today.exported,
        "import_total": total.imported,
        "export_total": total.exported,
        "charged_today": today.charged,
        "discharged_today": today.discharged,
        "charged_total": total.charged,
        "discharged_total": total.discharged,
        "income_today": state.income_today,
        "income_total": state.income_total,
        "health": 3,
    }


def _device(device: Device, state: PlantState) -> Quantities:
    head: Quantities = {"taken_at": state.instant.isoformat(), "name": device.name}
    if isinstance(device.definition, FixedDevice):
        return head | dict(device.definition.quantities)
    if device.battery is not None and state.battery is not None:
        head |= _battery(device.battery, state.battery)
    if device.type_id in INVERTER_TYPES:
        return (
            head
            | _unused_inputs(device.type_id)
            | _inverter(state.inverters[device.inverter_index])
        )
    if device.type_id in METER_TYPES and state.meter:
        return head | _meter(state.meter)
    if device.type_id == DeviceType.EMMA and state.meter and state.external_ct:
        return head | _meter(state.meter) | _external_ct(state.external_ct)
    if device.type_id == DeviceType.WEATHER_STATION and state.weather:
        return head | _weather(state.weather)
    return head


def _unused_inputs(type_id: int) -> Quantities:
    """Return zeros for every input, the connected ones included."""
    quantities: Quantities = {}
    for number in range(1, _STRING_INPUTS[type_id] + 1):
        quantities[f"pv_string_{number}_voltage"] = 0.0
        quantities[f"pv_string_{number}_current"] = 0.0
    for number in range(1, _TRACKERS[type_id] + 1):
        quantities[f"mppt_{number}_energy_total"] = 0.0
    return quantities


def _inverter(state: InverterState) -> Quantities:
    quantities: Quantities = {
        "pv_power": state.pv_power,
        "ac_power": state.ac_power,
        "reactive_power": state.reactive_power,
        "power_factor": state.power_factor,
        "efficiency": state.efficiency,
        "temperature": state.temperature,
        "frequency": state.frequency,
        "yield_today": state.yield_today,
        "yield_total": state.yield_total,
        "dc_energy_total": sum(state.mppt_energies),
        "started_at": None if state.started is None else state.started.isoformat(),
        "stopped_at": None if state.stopped is None else state.stopped.isoformat(),
    }
    quantities |= _phases(
        state.phase_voltages, state.line_voltages, state.phase_currents
    )
    for number, (voltage, current) in enumerate(
        zip(state.string_voltages, state.string_currents, strict=True), 1
    ):
        quantities[f"pv_string_{number}_voltage"] = voltage
        quantities[f"pv_string_{number}_current"] = current
    for number, energy in enumerate(state.mppt_energies, 1):
        quantities[f"mppt_{number}_energy_total"] = energy
    return quantities


def _battery(battery: Battery, state: BatteryState) -> Quantities:
    quantities: Quantities = {
        "battery_power": 0.0 - state.power,
        "voltage": state.voltage,
        "soc": state.soc,
        # A LUNA2000 leaves the health of the whole at 0 and tells that of its packs.
        "soh": battery.pack_health if battery.type_id == DeviceType.ESS else 0.0,
        "charged_today": state.charged_today,
        "discharged_today": state.discharged_today,
        "charged_total": state.charged_total,
        "discharged_total": state.discharged_total,
        "max_charge_power": battery.max_charge * 1000,
        "max_discharge_power": battery.max_discharge * 1000,
        "rated_capacity": battery.capacity,
    }
    for serials in battery.packs:
        for serial in serials:
            quantities[f"pack_{serial}_health"] = battery.pack_health
    return quantities


def _meter(state: MeterState) -> Quantities:
    quantities: Quantities = {
        "grid_power": state.power,
        "reactive_power": state.reactive_power,
        "apparent_power": state.apparent_power,
        "power_factor": state.power_factor,
        "frequency": state.frequency,
        "import_total": state.import_total,
        "export_total": state.export_total,
        "reactive_import_total": state.reactive_import_total,
        "reactive_export_total": state.reactive_export_total,
    }
    for phase, power in zip("abc", state.phase_powers, strict=True):
        quantities[f"phase_{phase}_power"] = power
    return quantities | _phases(
        state.phase_voltages, state.line_voltages, state.phase_currents
    )


def _external_ct(state: MeterState) -> Quantities:
    """Return what an EMMA's external CT measures, + in its own direction."""
    quantities = _meter(state)
    renamed = {"grid_power": "power", "import_total": "forward_total"}
    renamed |= {"export_total": "reverse_total"}
    return {
        f"external_ct_{renamed.get(name, name)}": value
        for name, value in quantities.items()
        if not name.startswith(("line_", "reactive_import", "reactive_export"))
    }


def _weather(state: WeatherState) -> Quantities:
    return {
        "outside_temperature": state.outside_temperature,
        "module_temperature": state.module_temperature,
        "wind_speed": state.wind_speed,
        "wind_direction": state.wind_direction,
        "irradiance": state.irradiance,
        "irradiation_today": state.irradiation_today,
    }


def _phases(
    voltages: tuple[float, float, float],
    lines: tuple[float, float, float],
    currents: tuple[float, float, float],
) -> Quantities:
    quantities: Quantities = {}
    for phase, voltage, current in zip("abc", voltages, currents, strict=True):
        quantities[f"phase_{phase}_voltage"] = voltage
        quantities[f"phase_{phase}_current"] = current
    for line, voltage in zip(("ab", "bc", "ca"), lines, strict=True):
        quantities[f"line_{line}_voltage"] = voltage
    return quantities
