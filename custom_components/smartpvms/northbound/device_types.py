"""The devTypeIds of the documents, and which interfaces serve them."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceType:
    """A kind of device (SmartPVMS 26.2.0, table 5-2 and section 8.10).

    The flags say which interfaces answer for it: `readings` getDevRealKpi, `history`
    device/history and getDevHistoryKpi, `reports` getDevKpiDay, Month and Year, `alarms`
    the filter of getAlarmList.
    """

    id: int
    name: str
    readings: bool = False
    history: bool = False
    reports: bool = False
    alarms: bool = False


def _served(served: str) -> dict[int, DeviceType]:
    """Read lines of: id, then R(eadings) H(istory) K(PI reports) A(larms), then name."""
    types: dict[int, DeviceType] = {}
    for line in served.strip().splitlines():
        type_id, letters, name = line.split(maxsplit=2)
        types[int(type_id)] = DeviceType(
            id=int(type_id),
            name=name,
            readings="R" in letters,
            history="H" in letters,
            reports="K" in letters,
            alarms="A" in letters,
        )
    return types


# types 600xx have lists of keys in the documents and answer in plants with Power-M;
# 23070 came with 25.2.0, 23093 with 26.2.0
DEVICE_TYPES: Final = MappingProxyType(
    _served("""
1     RHKA String inverter
2     A    SmartLogger
8     A    Transformer station
10    RHA  Environment monitor
13    A    Protocol converter
16    A    General device
17    RHA  Grid meter
22    A    PID module
37    A    Pinnet SmartLogger
38    RHKA Residential inverter
39    RHKA Battery
40    A    Backup box
41    RHK  ESS
45    A    PLC
46    A    Optimizer
47    RHA  Power sensor
62    A    Dongle
63    HA   Distributed SmartLogger
70    A    Safety box
23070 RH   EMMA
23093 RHKA PV+ESS all-in-one
60001 RHA  Mains
60003 RHA  Genset
60010 RHA  AC output power distribution
60014 RHA  Lithium battery rack
60043 RHA  SSU group
60044 RA   SSU
60092 RA   Power converter
8214  -    -M device controller
20811 -    MPPT
20812 -    PV
20813 -    PV module
20814 -    Optimizer
20815 -    Battery
20816 -    Meter
20817 -    Backup box
20818 -    Safety box
20819 -    Communication module
20821 -    SmartLogger
20822 -    Inverter
20824 -    Environment monitor
20825 -    PID module
20826 -    PLC
20827 -    Central inverter
20828 -    DC combiner box
20829 -    Transformer station
20830 -    Transformer station meter
20831 -    AC combiner box
20833 -    Communication management unit
23023 -    Grid meter
23039 -    PCS
23041 -    Battery cabin air conditioner
23045 -    ESS subsystem
23046 -    DC/DC bidirectional converter
23047 -    Battery cluster
23048 -    Battery module
23053 -    STS
23059 -    SmartLogger
23063 -    Third-party inverter
23068 -    Single-stage inverter
23071 -    Backup box
23072 -    Smart switch
23075 -    SmartDG
23076 -    HEMS meter
23310 -    Third-party STS
32769 -    Site unit
32778 -    Meter
32791 -    Genset unit
33330 -    Digital power supply
36867 -    Combination cabinet
37890 -    Lithium battery
45577 -    AC charging pile
45578 -    Charging connector
""")
)


def device_type_name(type_id: int) -> str | None:
    """Return what the documents call this type, None for one they do not know."""
    device_type = DEVICE_TYPES.get(type_id)
    return device_type.name if device_type else None


def serves_readings(type_id: int) -> bool:
    """Return whether getDevRealKpi answers for this type; a call for others is wasted."""
    device_type = DEVICE_TYPES.get(type_id)
    return device_type is not None and device_type.readings


def serves_history(type_id: int) -> bool:
    """Return whether device/history or getDevHistoryKpi answers for this type."""
    device_type = DEVICE_TYPES.get(type_id)
    return device_type is not None and device_type.history


def serves_reports(type_id: int) -> bool:
    """Return whether getDevKpiDay, Month and Year answer for this type."""
    device_type = DEVICE_TYPES.get(type_id)
    return device_type is not None and device_type.reports


class TypeForms:
    """Whether a server wants devTypeId as a number or in quotes.

    Some servers answer a number with success and no rows, and the quoted number with
    all rows. A type without rows is asked for in quotes once, unless numbers are known
    to work.
    """

    def __init__(self) -> None:
        """Begin with numbers, as the documents say."""
        self._numbers_work = False
        self._in_text = False
        self._trying: set[int] = set()
        self._tried: set[int] = set()

    def wire(self, type_id: int) -> int | str:
        """Return the type as the next call has to send it."""
        return str(type_id) if self._in_text or type_id in self._trying else type_id

    def note(self, type_id: int, *, found: bool) -> bool:
        """Note whether rows came; True where the other form is worth a call."""
        if type_id in self._trying:
            self._trying.discard(type_id)
            self._tried.add(type_id)
            self._in_text = self._in_text or found
            return False
        self._numbers_work = self._numbers_work or (found and not self._in_text)
        if found or self._numbers_work or self._in_text or type_id in self._tried:
            return False
        self._trying.add(type_id)
        return True

    def refused(self, type_id: int) -> None:
        """Note that the call was refused; a form that was being tried is given up."""
        if type_id in self._trying:
            self._trying.discard(type_id)
            self._tried.add(type_id)
