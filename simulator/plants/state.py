"""Everything physical about a plant at one instant."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import cos, hypot, pi

from .day import AWAKE_POWER, DayTrace, Powers
from .definitions import Battery, Emma, Inverter, Meter
from .electricity import LOAD_SHARES, Grid, ThreePhases
from .energies import Energies
from .history import PlantHistory
from .settings import Regime

_NOTHING: ThreePhases = (0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class InverterState:
    """An inverter: W, var, V, A, Hz, °C, % and kWh."""

    pv_power: float
    ac_power: float
    reactive_power: float
    power_factor: float
    efficiency: float
    temperature: float
    frequency: float
    phase_voltages: ThreePhases
    line_voltages: ThreePhases
    phase_currents: ThreePhases
    string_voltages: tuple[float, ...]
    string_currents: tuple[float, ...]
    mppt_energies: tuple[float, ...]
    """DC energy of each MPP tracker since commissioning, kWh."""
    yield_today: float
    yield_total: float
    awake: bool
    """True while modules or battery give or take power."""
    limited: bool
    """True while a limit of the active power takes something from the modules."""
    started: datetime | None
    stopped: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatteryState:
    """A battery: W (+ charging), V, % and kWh."""

    power: float
    voltage: float
    soc: float
    charged_today: float
    discharged_today: float
    charged_total: float
    discharged_total: float
    regime: Regime
    """What the controller made the battery do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterState:
    """A grid meter: W and var (+ import), V, A, Hz and kWh.

    For an external CT `import` stands for what it counts as positive.
    """

    power: float
    phase_powers: ThreePhases
    reactive_power: float
    apparent_power: float
    power_factor: float
    frequency: float
    phase_voltages: ThreePhases
    line_voltages: ThreePhases
    phase_currents: ThreePhases
    import_total: float
    export_total: float
    reactive_import_total: float
    reactive_export_total: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WeatherState:
    """What a weather station measures: °C, m/s, degrees, W/m² and kWh/m²."""

    outside_temperature: float
    module_temperature: float
    wind_speed: float
    wind_direction: float
    irradiance: float
    irradiation_today: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantState:
    """A plant at an instant; energies in kWh, income in the plant's currency."""

    instant: datetime
    powers: Powers
    today: Energies
    month: Energies
    total: Energies
    income_today: float
    income_total: float
    inverters: tuple[InverterState, ...]
    battery: BatteryState | None
    meter: MeterState | None
    external_ct: MeterState | None
    weather: WeatherState | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Moment:
    """What the devices' states at an instant are worked out from."""

    history: PlantHistory
    instant: datetime
    trace: DayTrace
    powers: Powers
    today: Energies
    total: Energies
    grid: Grid


def plant_state(history: PlantHistory, instant: datetime, seed: int) -> PlantState:
    """Return the state at an instant after the connection."""
    plant = history.plant
    day = history.local_date(instant)
    trace = history.trace(day)
    moment = _Moment(
        history=history,
        instant=instant,
        trace=trace,
        powers=trace.powers(instant),
        today=trace.energies(instant),
        total=history.until(instant),
        grid=Grid(instant, f"{seed}/{plant.number}"),
    )
    hour = instant.replace(minute=0, second=0, microsecond=0)
    income_until = max(hour, history.first_instant)
    inverters = range(len(plant.inverters))
    battery, meter = plant.battery, plant.meter
    return PlantState(
        instant=instant,
        powers=moment.powers,
        today=moment.today,
        month=history.since(day.replace(day=1), instant),
        total=moment.total,
        income_today=moment.today.pv_yield * plant.price,
        income_total=history.until(income_until).pv_yield * plant.price,
        inverters=tuple(_inverter(moment, index) for index in inverters),
        battery=None if battery is None else _battery(moment, battery),
        meter=None if meter is None else _meter(moment, meter),
        external_ct=_external_ct(moment, meter) if isinstance(meter, Emma) else None,
        weather=None if plant.weather_station is None else _weather(moment),
    )


def _inverter(moment: _Moment, index: int) -> InverterState:
    definitions = moment.history.plant.inverters
    inverter, grid = definitions[index], moment.grid
    first = sum(len(other.strings) for other in definitions[:index])
    mine = slice(first, first + len(inverter.strings))
    dc_powers = moment.powers.strings[mine]
    pv_power, ac_power = sum(dc_powers), moment.powers.inverters[index]
    voltages, currents = _strings(inverter, dc_powers, grid)
    awake = max(abs(ac_power), pv_power) > AWAKE_POWER
    reactive = 0.004 * ac_power * grid.noise("reactive") if awake else 0.0
    apparent = hypot(ac_power, reactive)
    phases = inverter.phases
    current = [apparent / phases / voltage for voltage in grid.phases]
    started, stopped = _working_hours(moment)
    load = abs(ac_power) / (inverter.rated_power * 1000)
    warmth = moment.trace.clouds.outside_temperature + 9 + 31 * load
    return InverterState(
        pv_power=pv_power,
        ac_power=ac_power,
        reactive_power=reactive,
        power_factor=ac_power / apparent if apparent else 0.0,
        efficiency=100 * inverter.efficiency if awake else 0.0,
        temperature=warmth + 0.4 * grid.noise("temperature"),
        frequency=grid.frequency,
        phase_voltages=_on(phases, grid.phases),
        line_voltages=grid.lines if phases == 3 else _NOTHING,
        phase_currents=_on(phases, (current[0], current[1], current[2])),
        string_voltages=voltages,
        string_currents=currents,
        mppt_energies=_mppt_energies(inverter, moment.total.strings[mine]),
        yield_today=moment.today.inverters[index],
        yield_total=moment.total.inverters[index] + inverter.earlier_yield,
        awake=awake,
        limited=awake and moment.powers.limited,
        started=started,
        stopped=stopped,
    )


def _on(phases: int, values: ThreePhases) -> ThreePhases:
    return values if phases == 3 else (values[0], 0.0, 0.0)


def _strings(
    inverter: Inverter, powers: tuple[float, ...], grid: Grid
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    voltages = []
    currents = []
    for string, power in zip(inverter.strings, powers, strict=True):
        share = power / (string.peak_power * 1000)
        light = 0.9 + 0.1 * min(8 * share, 1) - 0.04 * share
        swing = 1 + 0.004 * grid.noise(f"mppt{string.mppt}")
        voltage = string.rated_voltage * light * swing if power > 1 else 0.0
        voltages.append(voltage)
        currents.append(power / voltage if voltage else 0.0)
    return tuple(voltages), tuple(currents)


def _mppt_energies(
    inverter: Inverter, energies: tuple[float, ...]
) -> tuple[float, ...]:
    sums = [0.0] * max(string.mppt for string in inverter.strings)
    for string, energy in zip(inverter.strings, energies, strict=True):
        share = string.peak_power / inverter.peak_power
        sums[string.mppt - 1] += (
            energy + share * inverter.earlier_yield / inverter.efficiency
        )
    return tuple(sums)


def _working_hours(moment: _Moment) -> tuple[datetime | None, datetime | None]:
    """Return when the modules last woke the inverter, and when they let it go since."""
    trace, history = moment.trace, moment.history
    begun, ended = trace.first_light, trace.last_light
    if begun is not None and ended is not None and moment.instant >= begun:
        return begun, ended if moment.instant >= ended else None
    yesterday: date = trace.day - timedelta(days=1)
    if yesterday < history.connected:
        return None, None
    before = history.trace(yesterday)
    return before.first_light, before.last_light


def _battery(moment: _Moment, battery: Battery) -> BatteryState:
    today, total = moment.today, moment.total
    power = moment.powers.battery
    soc = 100 * moment.powers.stored / battery.capacity
    return BatteryState(
        power=power,
        voltage=battery.rated_voltage * (0.97 + soc / 2500 + power / 400_000),
        soc=soc,
        charged_today=today.charged,
        discharged_today=today.discharged,
        charged_total=total.charged + battery.earlier_charged,
        discharged_total=total.discharged + battery.earlier_discharged,
        regime=moment.trace.regime(moment.instant),
    )


def _meter(moment: _Moment, meter: Meter) -> MeterState:
    reactive = 40 + 0.03 * moment.powers.load + 8 * moment.grid.noise("meter")
    a, b, c = _phase_powers(moment, load=1, inverters=-1)
    beside_inverters = (moment.powers.grid - a - b - c) / 3
    return _metered(
        moment.grid,
        (a + beside_inverters, b + beside_inverters, c + beside_inverters),
        reactive,
        (
            moment.total.imported + meter.earlier_import,
            moment.total.exported + meter.earlier_export,
        ),
    )


def _external_ct(moment: _Moment, emma: Emma) -> MeterState:
    if emma.external_ct == "pv":
        phases = _phase_powers(moment, load=0, inverters=1)
        reactive, forward = 12.0, moment.total.inverter_yield
        reverse = moment.total.absorbed
    else:
        phases = _phase_powers(moment, load=1, inverters=0)
        reactive, forward = 40 + 0.03 * moment.powers.load, moment.total.load
        reverse = 0.0
    counters = (forward + emma.earlier_forward, reverse + emma.earlier_reverse)
    return _metered(moment.grid, phases, reactive, counters)


def _metered(
    grid: Grid, phases: ThreePhases, reactive: float, counters: tuple[float, float]
) -> MeterState:
    """Return what a meter shows of the power of three phases."""
    power = sum(phases)
    apparent = hypot(power, reactive)
    currents = [
        hypot(phase, reactive / 3) / voltage
        for phase, voltage in zip(phases, grid.phases, strict=True)
    ]
    import_total, export_total = counters
    return MeterState(
        power=power,
        phase_powers=phases,
        reactive_power=reactive,
        apparent_power=apparent,
        power_factor=power / apparent,
        frequency=grid.frequency,
        phase_voltages=grid.phases,
        line_voltages=grid.lines,
        phase_currents=(currents[0], currents[1], currents[2]),
        import_total=import_total,
        export_total=export_total,
        reactive_import_total=0.11 * import_total,
        reactive_export_total=0.02 * export_total,
    )


def _phase_powers(moment: _Moment, *, load: int, inverters: int) -> ThreePhases:
    """Share load and inverters, each times its factor, among the phases."""
    phases = [share * load * moment.powers.load for share in LOAD_SHARES]
    for inverter, power in zip(
        moment.history.plant.inverters, moment.powers.inverters, strict=True
    ):
        for phase in range(inverter.phases):
            phases[phase] += inverters * power / inverter.phases
    return phases[0], phases[1], phases[2]


def _weather(moment: _Moment) -> WeatherState:
    """Return warmth that follows the sun by two hours, and wind that turns slowly."""
    local = moment.instant.astimezone(moment.history.zone)
    afternoon = cos(2 * pi * (local.hour + local.minute / 60 - 15) / 24)
    outside = moment.trace.clouds.outside_temperature + 4.5 * afternoon
    irradiance = moment.powers.irradiance
    day = local.timetuple().tm_yday
    return WeatherState(
        outside_temperature=outside,
        module_temperature=outside + 0.027 * irradiance,
        wind_speed=2.9 + 1.1 * afternoon + 1.2 * moment.grid.noise("wind"),
        wind_direction=(47 * day + 40 * afternoon + 9 * moment.grid.noise("vane"))
        % 360,
        irradiance=irradiance,
        irradiation_today=moment.today.irradiation,
    )
