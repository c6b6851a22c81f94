"""Everything physical about a plant at one instant."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import copysign, hypot, sqrt
from zlib import crc32

from .day import DayTrace, Powers
from .definitions import Battery, Inverter, Meter
from .energies import Energies
from .history import PlantHistory

_LOAD_SHARES = (0.46, 0.21, 0.33)
_WAKE_POWER = 25.0


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
    phase_voltages: tuple[float, float, float]
    line_voltages: tuple[float, float, float]
    phase_currents: tuple[float, float, float]
    string_voltages: tuple[float, ...]
    string_currents: tuple[float, ...]
    mppt_energies: tuple[float, ...]
    """DC energy of each MPP tracker since commissioning, kWh."""
    yield_today: float
    yield_total: float
    awake: bool
    """True while modules or battery give power."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterState:
    """A grid meter: W and var (+ import), V, A, Hz and kWh."""

    power: float
    phase_powers: tuple[float, float, float]
    reactive_power: float
    apparent_power: float
    power_factor: float
    frequency: float
    phase_voltages: tuple[float, float, float]
    line_voltages: tuple[float, float, float]
    phase_currents: tuple[float, float, float]
    import_total: float
    export_total: float
    reactive_import_total: float
    reactive_export_total: float


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


class _Grid:
    """Voltage and frequency of the public grid at an instant."""

    def __init__(self, instant: datetime, key: str) -> None:
        self._minute = int(instant.timestamp()) // 60
        self._key = key
        self.frequency = 50 + 0.025 * self.noise("f")
        voltages = [231.5 + 1.9 * self.noise(phase) for phase in "abc"]
        self.phases = (voltages[0], voltages[1], voltages[2])
        a, b, c = self.phases
        self.lines = (_line(a, b), _line(b, c), _line(c, a))

    def noise(self, name: str) -> float:
        """Return a number in -1..1 that belongs to name and minute."""
        return crc32(f"{self._key}/{name}/{self._minute}".encode()) / 2**31 - 1


def _line(one: float, other: float) -> float:
    return sqrt(one * one + other * other + one * other)


def plant_state(history: PlantHistory, instant: datetime, seed: int) -> PlantState:
    """Return the state at an instant after the connection."""
    plant = history.plant
    day = history.local_date(instant)
    trace = history.trace(day)
    powers = trace.powers(instant)
    today = trace.energies(instant)
    total = history.until(instant)
    grid = _Grid(instant, f"{seed}/{plant.number}")
    hour = instant.replace(minute=0, second=0, microsecond=0)
    income_until = max(hour, history.first_instant)
    return PlantState(
        instant=instant,
        powers=powers,
        today=today,
        month=history.since(day.replace(day=1), instant),
        total=total,
        income_today=today.pv_yield * plant.price,
        income_total=history.until(income_until).pv_yield * plant.price,
        inverters=tuple(
            _inverter(history, index, trace, instant, powers, today, total, grid)
            for index in range(len(plant.inverters))
        ),
        battery=None if plant.battery is None else _battery(plant.battery, powers, today, total),
        meter=None if plant.meter is None else _meter(plant.meter, history, powers, total, grid),
    )


def _inverter(
    history: PlantHistory,
    index: int,
    trace: DayTrace,
    instant: datetime,
    powers: Powers,
    today: Energies,
    total: Energies,
    grid: _Grid,
) -> InverterState:
    inverter = history.plant.inverters[index]
    first = sum(len(other.strings) for other in history.plant.inverters[:index])
    mine = slice(first, first + len(inverter.strings))
    dc_powers = powers.strings[mine]
    ac_power = powers.inverters[index]
    pv_power = sum(dc_powers)
    voltages, currents = _strings(inverter, dc_powers)
    reactive = 0.0 if ac_power < _WAKE_POWER else 0.004 * ac_power * grid.noise("q")
    apparent = hypot(ac_power, reactive)
    phases = 1 if inverter.rated_power < 6 else 3
    current = [apparent / phases / voltage for voltage in grid.phases]
    started, stopped = _working_hours(history, trace, instant)
    load = ac_power / (inverter.rated_power * 1000)
    return InverterState(
        pv_power=pv_power,
        ac_power=ac_power,
        reactive_power=reactive,
        power_factor=ac_power / apparent if apparent else 0.0,
        efficiency=100 * inverter.efficiency if ac_power > _WAKE_POWER else 0.0,
        temperature=trace.clouds.outside_temperature + 9 + 31 * load + 0.4 * grid.noise("t"),
        frequency=grid.frequency,
        phase_voltages=grid.phases if phases == 3 else (grid.phases[0], 0.0, 0.0),
        line_voltages=grid.lines if phases == 3 else (0.0, 0.0, 0.0),
        phase_currents=(current[0], current[1], current[2]) if phases == 3 else (current[0], 0, 0),
        string_voltages=voltages,
        string_currents=currents,
        mppt_energies=_mppt_energies(inverter, total.strings[mine]),
        yield_today=today.inverters[index],
        yield_total=total.inverters[index] + inverter.earlier_yield,
        awake=max(ac_power, pv_power) > _WAKE_POWER,
        started=started,
        stopped=stopped,
    )


def _strings(
    inverter: Inverter, powers: tuple[float, ...]
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    voltages = []
    currents = []
    for string, power in zip(inverter.strings, powers, strict=True):
        share = power / (string.peak_power * 1000)
        voltage = string.rated_voltage * (0.9 + 0.1 * min(8 * share, 1)) if power > 1 else 0.0
        voltages.append(voltage)
        currents.append(power / voltage if voltage else 0.0)
    return tuple(voltages), tuple(currents)


def _mppt_energies(inverter: Inverter, energies: tuple[float, ...]) -> tuple[float, ...]:
    sums = [0.0] * max(string.mppt for string in inverter.strings)
    for string, energy in zip(inverter.strings, energies, strict=True):
        share = string.peak_power / inverter.peak_power
        sums[string.mppt - 1] += energy + share * inverter.earlier_yield / inverter.efficiency
    return tuple(sums)


def _working_hours(
    history: PlantHistory, trace: DayTrace, instant: datetime
) -> tuple[datetime | None, datetime | None]:
    """Return when the modules last woke the inverter, and when they let it go since."""
    begun, ended = trace.first_light, trace.last_light
    if begun is not None and ended is not None and instant >= begun:
        return begun, ended if instant >= ended else None
    yesterday: date = trace.day - timedelta(days=1)
    if yesterday < history.connected:
        return None, None
    before = history.trace(yesterday)
    return before.first_light, before.last_light


def _battery(
    battery: Battery, powers: Powers, today: Energies, total: Energies
) -> BatteryState:
    soc = 100 * powers.stored / battery.capacity
    return BatteryState(
        power=powers.battery,
        voltage=battery.rated_voltage * (0.97 + soc / 2500 + powers.battery / 400_000),
        soc=soc,
        charged_today=today.charged,
        discharged_today=today.discharged,
        charged_total=total.charged + battery.earlier_charged,
        discharged_total=total.discharged + battery.earlier_discharged,
    )


def _meter(
    meter: Meter, history: PlantHistory, powers: Powers, total: Energies, grid: _Grid
) -> MeterState:
    reactive = 40 + 0.03 * powers.load + 8 * grid.noise("m")
    apparent = hypot(powers.grid, reactive)
    inverters = sum(powers.inverters)
    single_phase = len(history.plant.inverters) == 1 and history.plant.capacity < 6
    fed = (inverters, 0.0, 0.0) if single_phase else (inverters / 3,) * 3
    phases = [
        share * powers.load - part for share, part in zip(_LOAD_SHARES, fed, strict=True)
    ]
    currents = [
        hypot(phase, reactive / 3) / voltage
        for phase, voltage in zip(phases, grid.phases, strict=True)
    ]
    import_total = total.imported + meter.earlier_import
    export_total = total.exported + meter.earlier_export
    return MeterState(
        power=powers.grid,
        phase_powers=(phases[0], phases[1], phases[2]),
        reactive_power=reactive,
        apparent_power=apparent,
        power_factor=copysign(abs(powers.grid) / apparent, powers.grid) if apparent else 0.0,
        frequency=grid.frequency,
        phase_voltages=grid.phases,
        line_voltages=grid.lines,
        phase_currents=(currents[0], currents[1], currents[2]),
        import_total=import_total,
        export_total=export_total,
        reactive_import_total=0.11 * import_total,
        reactive_export_total=0.02 * export_total,
    )
