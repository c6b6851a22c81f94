"""Which path is answered by which endpoint."""

from collections.abc import Callable, Mapping

from ..alarms import Alarms
from ..answers import Answer
from .alarm_list import alarm_list
from .call import Call
from .configuration import active_power_mode, battery_mode
from .device_history import device_history, five_minutes, old_device_history
from .device_reports import device_report
from .plant_lists import device_list, old_station_list, stations
from .plant_reports import Period, plant_report
from .realtime import device_real_time, plant_real_time

NBI = "/rest/openapi/pvms/nbi/v1/"
THIRD_DATA = "/thirdData/"

type Endpoint = Callable[[Call], Answer]


def endpoints(alarms: Alarms) -> Mapping[str, Endpoint]:
    """Return the 18 query endpoints by path."""
    table: dict[str, Endpoint] = {
        f"{THIRD_DATA}stations": stations,
        f"{THIRD_DATA}getDevList": device_list,
        f"{THIRD_DATA}getStationRealKpi": plant_real_time,
        f"{THIRD_DATA}getDevRealKpi": device_real_time,
        f"{NBI}device/history": device_history,
        f"{THIRD_DATA}getDevHistoryKpi": old_device_history,
        f"{THIRD_DATA}getDevFiveMinutes": five_minutes,
        f"{THIRD_DATA}getStationList": old_station_list,
        f"{THIRD_DATA}getAlarmList": alarm_list(alarms),
        f"{NBI}configuration/battery-mode": battery_mode,
        f"{NBI}configuration/active-power-control-mode": active_power_mode,
    }
    for period in Period:
        name = period.capitalize()
        table[f"{THIRD_DATA}getKpiStation{name}"] = plant_report(period)
        if period is not Period.HOUR:
            table[f"{THIRD_DATA}getDevKpi{name}"] = device_report(period)
    return table


def interface_of(path: str) -> str:
    """Return the interface's name: the path without what all paths share."""
    return path.removeprefix(NBI).removeprefix(THIRD_DATA)
