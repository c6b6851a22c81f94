"""Hold what Home Assistant shows against the simulator's physical truth."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import isclose
from typing import Any

from .expected import EXPECTATIONS, UNITS, Expectation, Kind, Quantities
from .truth import SimulatedDevice

LONGEST_TABLE = 200
HEAD = ("", "quantity", "simulator", "Home Assistant", "difference", "unit", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensor:
    """An enabled numeric sensor of ours, and the simulated thing it belongs to."""

    entity_id: str
    key: str
    device: SimulatedDevice


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table; `truth` and `difference` are in the sensor's unit."""

    device: SimulatedDevice
    key: str
    unit: str = ""
    state: str = "-"
    truth: float | None = None
    difference: float | None = None
    problem: str

    @property
    def agrees(self) -> bool:
        """Whether the sensor shows the truth to the published precision."""
        return not self.problem


def compare(sensor: Sensor, state: dict[str, Any], quantities: Quantities) -> Row:
    """Hold the state of a sensor against the quantities of its device's sample."""
    expectation = EXPECTATIONS.get(sensor.device.kind, {}).get(sensor.key)
    row = Row(
        device=sensor.device,
        key=sensor.key,
        unit=state["attributes"].get("unit_of_measurement", ""),
        state=state["state"],
        problem="no truth is known",
    )
    if expectation is None:
        return row
    truths = expectation.truths(sensor.device.key, quantities)
    if not truths:
        return replace(row, problem=f"the simulator tells no {expectation.quantity}")
    if state["state"] == "unknown" and not expectation.is_known_at_once(
        sensor.device.key, quantities
    ):
        return replace(row, truth=truths[0], problem="")
    rows = [_held_against(row, expectation, truth) for truth in truths]
    return next((each for each in rows if each.agrees), rows[0])


def _held_against(row: Row, expectation: Expectation, truth: float) -> Row:
    same = row.unit == expectation.unit
    factor = 1 if same else UNITS.get((row.unit, expectation.unit))
    if factor is None:
        return replace(row, problem=f"not in {expectation.unit}")
    expected = truth / factor
    difference, problem = _difference(row.state, expected, expectation, factor)
    return replace(row, truth=expected, difference=difference, problem=problem)


def missing(
    device: SimulatedDevice, shown: set[str], quantities: Quantities
) -> list[Row]:
    """Return a row for each sensor that the device has to have and does not.

    `shown` are the keys of its enabled numeric sensors. One that shows nothing but
    zero, or what the plant cannot know, need not be there.
    """
    return [
        Row(
            device=device,
            key=key,
            unit=expectation.unit,
            truth=truth,
            problem="is missing",
        )
        for key, expectation in EXPECTATIONS.get(device.kind, {}).items()
        if key not in shown
        and (truth := expectation.truth(device.key, quantities)) is not None
        and not (truth == 0 and expectation.not_before)
    ]


def missing_device(device: SimulatedDevice) -> Row:
    """Return the row of a device that Home Assistant does not have."""
    return Row(device=device, key="the device", problem="is missing")


def _difference(
    state: str, expected: float, expectation: Expectation, factor: float
) -> tuple[float | None, str]:
    """Return the difference, and what is wrong with it; both in the sensor's unit."""
    try:
        difference = float(state) - expected
    except ValueError:
        return None, "not a number"
    half_of_last_decimal = 0.5 * 10**-expectation.decimals / factor
    if abs(difference) < half_of_last_decimal or isclose(
        abs(difference), half_of_last_decimal, rel_tol=1e-6
    ):
        return difference, ""
    return difference, "differs"


def report(rows: list[Row]) -> str:
    """Return the rows as text; of very many the failures, and a line for each quantity."""
    if len(rows) <= LONGEST_TABLE:
        return table(rows)
    wrong = [row for row in rows if not row.agrees]
    return "\n\n".join([_summary(rows), *([table(wrong)] if wrong else [])])


def table(rows: Iterable[Row]) -> str:
    """Return each row as a line of text."""
    return _columns(
        (
            "ok" if row.agrees else "FAIL",
            f"{row.device.name}: {row.key}",
            "-" if row.truth is None else f"{row.truth:.4f}",
            row.state,
            "-" if row.difference is None else f"{row.difference:+.4f}",
            row.unit,
            row.problem,
        )
        for row in sorted(rows, key=lambda row: (row.device.name, row.key))
    )


def _summary(rows: list[Row]) -> str:
    """Return a line for each quantity: how many agree, and the largest difference."""
    alike: defaultdict[tuple[Kind, str, str], list[Row]] = defaultdict(list)
    for row in rows:
        alike[row.device.kind, row.key, row.unit].append(row)
    return _columns(
        (
            "ok" if all(row.agrees for row in group) else "FAIL",
            f"{kind}: {key}",
            f"{len(group)} sensors",
            f"{sum(row.agrees for row in group)} agree",
            f"{max(abs(row.difference or 0) for row in group):.4f}",
            unit,
            "",
        )
        for (kind, key, unit), group in sorted(
            alike.items(), key=lambda item: (str(item[0][0]), item[0][1])
        )
    )


def _columns(rows: Iterable[tuple[str, ...]]) -> str:
    lines = [HEAD, *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        f"{mark:<{widths[0]}}  {name:<{widths[1]}}  {truth:>{widths[2]}}"
        f"  {state:>{widths[3]}}  {difference:>{widths[4]}}  {unit:<{widths[5]}}"
        f"  {problem}".rstrip()
        for mark, name, truth, state, difference, unit, problem in lines
    )
