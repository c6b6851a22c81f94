"""What the tables of sensors are made of."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import (
    EntityCategory,
    UnitOfApparentPower,
    UnitOfElectricCurrent,
    UnitOfElectricPotential,
    UnitOfEnergy,
    UnitOfFrequency,
    UnitOfPower,
    UnitOfReactiveEnergy,
    UnitOfReactivePower,
    UnitOfTemperature,
    UnitOfTime,
)

from ..northbound.models import Reading


def unchanged(value: float) -> float:
    """Return the cloud's number as it came."""
    return value


def from_kilo(value: float) -> float:
    """Return kW in W, kvar in var, kVA in VA, without the traces of a float (43 W)."""
    return round(value * 1000, 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class SmartPVMSSensorEntityDescription(SensorEntityDescription):
    """A sensor over one key of a real-time answer.

    `key` is the key on the wire (getStationRealKpi, getDevRealKpi). `convert` makes
    the state of the cloud's number and returns None for a number without a meaning.
    """

    convert: Callable[[float], float | str | datetime | None] = unchanged
    optional: bool = False
    """Created only when a value is first seen, as not every device has one."""
    unused_at_zero: bool = False
    """A zero is no first value: devices report 0 for strings and phases they do not have."""
    missing_at_zero: bool = False
    """A zero always means that there is no value."""
    reset_daily: bool = False
    """A total which starts again at the plant's midnight, and which may fall."""
    of_pv_input: bool = False
    """A PV string or an MPP tracker: disabled at first, yet no electrical detail."""
    of_flow: bool = False
    """Part of a flow of the plant, which is enabled in its stead."""
    in_plant_currency: bool = False
    """The unit is the plant's currency, which the cloud does not tell."""

    @property
    def is_electrical_detail(self) -> bool:
        """Whether only those who want everything get it."""
        kept = self.of_pv_input or self.of_flow
        return not self.entity_registry_enabled_default and not kept

    def has_value(self, reading: Reading) -> bool:
        """Return whether the reading shows that the owner has this sensor."""
        value = reading.values.get(self.key)
        return value is not None and not (
            value == 0 and (self.unused_at_zero or self.missing_at_zero)
        )


def daily_energy(
    key: str, translation_key: str, *, optional: bool = False
) -> SmartPVMSSensorEntityDescription:
    """Describe energy in kWh which is counted anew every day."""
    return total_energy(key, translation_key, optional=optional)


def total_energy(
    key: str, translation_key: str, *, optional: bool = False
) -> SmartPVMSSensorEntityDescription:
    """Describe a counter of energy in kWh."""
    return SmartPVMSSensorEntityDescription(
        key=key,
        translation_key=translation_key,
        device_class=SensorDeviceClass.ENERGY,
        state_class=SensorStateClass.TOTAL_INCREASING,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        suggested_display_precision=2,
        optional=optional,
    )


def power(
    key: str,
    translation_key: str | None = None,
    *,
    told_in_kilowatts: bool = False,
    category: EntityCategory | None = None,
) -> SmartPVMSSensorEntityDescription:
    """Describe a power in W."""
    return SmartPVMSSensorEntityDescription(
        key=key,
        translation_key=translation_key,
        device_class=SensorDeviceClass.POWER,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfPower.WATT,
        suggested_display_precision=0,
        entity_category=category,
        convert=from_kilo if told_in_kilowatts else unchanged,
    )


def part_of_flow(
    key: str, translation_key: str, *, told_in_kilowatts: bool = False
) -> SmartPVMSSensorEntityDescription:
    """Describe a power in W with the cloud's sign, disabled at first."""
    return replace(
        power(key, translation_key, told_in_kilowatts=told_in_kilowatts),
        entity_registry_enabled_default=False,
        of_flow=True,
    )


def phase_power(
    key: str, translation_key: str, phase: str, *, told_in_kilowatts: bool = False
) -> SmartPVMSSensorEntityDescription:
    """Describe the power of one phase of a meter in W, disabled at first."""
    return SmartPVMSSensorEntityDescription(
        key=key,
        translation_key=translation_key,
        translation_placeholders={"phase": phase},
        device_class=SensorDeviceClass.POWER,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfPower.WATT,
        suggested_display_precision=0,
        entity_registry_enabled_default=False,
        convert=from_kilo if told_in_kilowatts else unchanged,
        optional=True,
    )


def reactive_power(
    key: str = "reactive_power",
    translation_key: str | None = None,
    *,
    told_in_kilovars: bool = False,
) -> SmartPVMSSensorEntityDescription:
    """Describe the reactive power in var."""
    return SmartPVMSSensorEntityDescription(
        key=key,
        translation_key=translation_key,
        device_class=SensorDeviceClass.REACTIVE_POWER,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfReactivePower.VOLT_AMPERE_REACTIVE,
        suggested_display_precision=0,
        entity_registry_enabled_default=False,
        convert=from_kilo if told_in_kilovars else unchanged,
    )


def phase_reactive_power(key: str, phase: str) -> SmartPVMSSensorEntityDescription:
    """Describe the reactive power of one phase of a meter in var, told in kvar."""
    return SmartPVMSSensorEntityDescription(
        key=key,
        translation_key="phase_reactive_power",
        translation_placeholders={"phase": phase},
        device_class=SensorDeviceClass.REACTIVE_POWER,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfReactivePower.VOLT_AMPERE_REACTIVE,
        suggested_display_precision=0,
        entity_registry_enabled_default=False,
        convert=from_kilo,
        optional=True,
    )


def apparent_power(
    key: str, *, optional: bool = False
) -> SmartPVMSSensorEntityDescription:
    """Describe an apparent power in VA, told in kVA."""
    return SmartPVMSSensorEntityDescription(
        key=key,
        device_class=SensorDeviceClass.APPARENT_POWER,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfApparentPower.VOLT_AMPERE,
        suggested_display_precision=0,
        entity_registry_enabled_default=False,
        convert=from_kilo,
        optional=optional,
    )


def reactive_energy(
    key: str, translation_key: str, *, optional: bool = False
) -> SmartPVMSSensorEntityDescription:
    """Describe a counter of reactive energy in kvarh.

    Some documents print kWh or kVar for these registers, which they cannot be.
    """
    return SmartPVMSSensorEntityDescription(
        key=key,
        translation_key=translation_key,
        device_class=SensorDeviceClass.REACTIVE_ENERGY,
        state_class=SensorStateClass.TOTAL_INCREASING,
        native_unit_of_measurement=UnitOfReactiveEnergy.KILO_VOLT_AMPERE_REACTIVE_HOUR,
        suggested_display_precision=2,
        entity_registry_enabled_default=False,
        optional=optional,
    )


def voltage(
    key: str,
    translation_key: str | None = None,
    placeholders: dict[str, str] | None = None,
    *,
    optional: bool = False,
) -> SmartPVMSSensorEntityDescription:
    """Describe a voltage in V, disabled at first."""
    return SmartPVMSSensorEntityDescription(
        key=key,
        translation_key=translation_key,
        translation_placeholders=placeholders,
        device_class=SensorDeviceClass.VOLTAGE,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfElectricPotential.VOLT,
        suggested_display_precision=1,
        entity_registry_enabled_default=False,
        optional=optional,
        unused_at_zero=optional,
    )


def current(
    key: str,
    translation_key: str | None = None,
    placeholders: dict[str, str] | None = None,
    *,
    optional: bool = False,
) -> SmartPVMSSensorEntityDescription:
    """Describe a current in A, disabled at first."""
    return SmartPVMSSensorEntityDescription(
        key=key,
        translation_key=translation_key,
        translation_placeholders=placeholders,
        device_class=SensorDeviceClass.CURRENT,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        suggested_display_precision=2,
        entity_registry_enabled_default=False,
        optional=optional,
        unused_at_zero=optional,
    )


def line_voltages(
    translation_key: str = "line_voltage",
) -> Iterator[SmartPVMSSensorEntityDescription]:
    """Describe the voltages between the phases; single-phase devices lack them."""
    for key, phases in (("ab_u", "A-B"), ("bc_u", "B-C"), ("ca_u", "C-A")):
        yield voltage(key, translation_key, {"phases": phases}, optional=True)


def phase_voltages(
    *keys: str, translation_key: str = "phase_voltage"
) -> Iterator[SmartPVMSSensorEntityDescription]:
    """Describe the voltages of phase A, B and C, whose keys are given in this order."""
    for key, phase in zip(keys, "ABC", strict=True):
        yield voltage(key, translation_key, {"phase": phase}, optional=True)


def phase_currents(
    *keys: str, translation_key: str = "phase_current"
) -> Iterator[SmartPVMSSensorEntityDescription]:
    """Describe the currents of phase A, B and C, whose keys are given in this order."""
    for key, phase in zip(keys, "ABC", strict=True):
        yield current(key, translation_key, {"phase": phase}, optional=True)


def temperature(
    key: str,
    translation_key: str,
    *,
    category: EntityCategory | None = None,
) -> SmartPVMSSensorEntityDescription:
    """Describe a temperature in °C."""
    return SmartPVMSSensorEntityDescription(
        key=key,
        translation_key=translation_key,
        device_class=SensorDeviceClass.TEMPERATURE,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfTemperature.CELSIUS,
        suggested_display_precision=1,
        entity_category=category,
    )


def duration(
    key: str, translation_key: str, state_class: SensorStateClass
) -> SmartPVMSSensorEntityDescription:
    """Describe a time in hours."""
    return SmartPVMSSensorEntityDescription(
        key=key,
        translation_key=translation_key,
        device_class=SensorDeviceClass.DURATION,
        state_class=state_class,
        native_unit_of_measurement=UnitOfTime.HOURS,
        suggested_display_precision=1,
        entity_category=EntityCategory.DIAGNOSTIC,
    )


def power_factor(
    key: str = "power_factor", translation_key: str | None = None
) -> SmartPVMSSensorEntityDescription:
    """Describe the power factor, -1 to 1."""
    return SmartPVMSSensorEntityDescription(
        key=key,
        translation_key=translation_key,
        device_class=SensorDeviceClass.POWER_FACTOR,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=3,
        entity_registry_enabled_default=False,
    )


def frequency(
    key: str, translation_key: str | None = None, *, optional: bool = False
) -> SmartPVMSSensorEntityDescription:
    """Describe a frequency in Hz, disabled at first."""
    return SmartPVMSSensorEntityDescription(
        key=key,
        translation_key=translation_key,
        device_class=SensorDeviceClass.FREQUENCY,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfFrequency.HERTZ,
        suggested_display_precision=2,
        entity_registry_enabled_default=False,
        optional=optional,
    )


def status(
    key: str,
    translation_key: str,
    meanings: dict[int, str],
    *,
    category: EntityCategory | None = None,
) -> SmartPVMSSensorEntityDescription:
    """Describe a status whose codes mean what `meanings` says.

    The cloud sends codes as floats (512.0); a code that is not listed gives None.
    """

    def meaning(code: float) -> str | None:
        return meanings.get(int(code)) if code.is_integer() else None

    return SmartPVMSSensorEntityDescription(
        key=key,
        translation_key=translation_key,
        device_class=SensorDeviceClass.ENUM,
        options=list(meanings.values()),
        entity_category=category,
        convert=meaning,
    )
