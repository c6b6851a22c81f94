"""Sensors of the energy manager EMMA (type 23070, since 25.2.0).

It has a built-in metering and may have an external CT, whose keys begin with `ex_`.
Its counters run the other way round than those of the meters: `active_cap` is the grid
import. Which sign its powers have is documented nowhere and verified by nobody.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from .description import (
    SmartPVMSSensorEntityDescription,
    line_voltages,
    part_of_flow,
    phase_currents,
    phase_power,
    phase_voltages,
    power_factor,
    reactive_power,
    total_energy,
)


def metering(prefix: str, place: str) -> Iterator[SmartPVMSSensorEntityDescription]:
    """Describe what is measured at one place, but for the counters of energy."""
    yield part_of_flow(
        f"{prefix}active_power", f"{place}_power", told_in_kilowatts=True
    )
    yield reactive_power(
        f"{prefix}reactive_power", f"{place}_reactive_power", told_in_kilovars=True
    )
    yield power_factor(f"{prefix}power_factor", f"{place}_power_factor")
    yield from phase_voltages(
        *(f"{prefix}{phase}_u" for phase in "abc"),
        translation_key=f"{place}_phase_voltage",
    )
    yield from phase_currents(
        *(f"{prefix}{phase}_i" for phase in "abc"),
        translation_key=f"{place}_phase_current",
    )
    for phase in "abc":
        yield phase_power(
            f"{prefix}active_power_{phase}",
            f"{place}_phase_power",
            phase.upper(),
            told_in_kilowatts=True,
        )


# The documents call their list the most there can be.
BUILT_IN_METERING: Final = tuple(
    replace(description, optional=True)
    for description in (
        *metering("", "built_in"),
        *line_voltages("built_in_line_voltage"),
        total_energy("active_cap", "built_in_grid_import_energy"),
        total_energy("reverse_active_cap", "built_in_feed_in_energy"),
    )
)

# It may sit anywhere, and many have none.
EXTERNAL_CT: Final = tuple(
    replace(description, optional=True, unused_at_zero=True)
    for description in (
        *metering("ex_", "external_ct"),
        total_energy("ex_active_cap", "external_ct_positive_energy"),
        total_energy("ex_reverse_active_cap", "external_ct_negative_energy"),
    )
)

EMMA_SENSORS: Final[tuple[SmartPVMSSensorEntityDescription, ...]] = (
    *BUILT_IN_METERING,
    *EXTERNAL_CT,
)
