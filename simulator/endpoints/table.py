"""Which path is answered by which endpoint."""

from collections.abc import Callable, Mapping

from ..alarms import Alarms
from ..answers import Answer
from ..control.control import Control
from .alarm_list import alarm_list
from .call import Call
from .configuration import active_power_mode, battery_mode
from .control.active_power import active_power_delivery
from .control.battery_dispatch import battery_dispatch, battery_dispatch_info
from .control.battery_mode import battery_mode_delivery
from .control.battery_parameters import battery_parameters_delivery
from .control.charging import (
    charge_and_discharge,
    charge_and_discharge_status,
    old_charge_and_discharge,
)
from .control.delivery import deliver, task_info
from .device_history import device_history, five_minutes, old_device_history
from .device_reports import device_report
from .plant_lists import device_list, old_station_list, stations
from .plant_reports import Period, plant_report
from .realtime import device_real_time, plant_real_time

NBI = "/rest/openapi/pvms/nbi/v1/"
NBI_2 = "/rest/openapi/pvms/nbi/v2/"
PVMS_1 = "/rest/openapi/pvms/v1/"
THIRD_DATA = "/thirdData/"

type Endpoint = Callable[[Call], Answer]


def endpoints(alarms: Alarms, control: Control) -> Mapping[str, Endpoint]:
    """Return the 18 query endpoints and those of control by path."""
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
    return table | _control_endpoints(control)


def interface_of(path: str) -> str:
    """Return the interface's name: the path without what all paths share."""
    for shared in (NBI, NBI_2, PVMS_1, THIRD_DATA):
        path = path.removeprefix(shared)
    return path


def _control_endpoints(control: Control) -> dict[str, Endpoint]:
    """Return what sets something, and the queries of its tasks."""
    table: dict[str, Endpoint] = {
        f"{NBI_2}control/charge-and-discharge/async-task": charge_and_discharge(
            control
        ),
        f"{PVMS_1}vpp/chargeAndDischarge": old_charge_and_discharge(control),
        f"{PVMS_1}vpp/chargeAndDischargeStatus": charge_and_discharge_status(control),
        f"{NBI}control/battery/battery-dispatch/async-task": battery_dispatch(control),
        f"{NBI}control/battery/battery-dispatch/task-info": battery_dispatch_info(
            control
        ),
    }
    for path, delivery in (
        (f"{NBI}control/battery/mode/", battery_mode_delivery()),
        (f"{NBI}control/battery/configuration/", battery_parameters_delivery()),
        (f"{NBI_2}control/active-power-control/", active_power_delivery()),
    ):
        table[f"{path}async-task"] = deliver(control, delivery)
        table[f"{path}task-info"] = task_info(control, delivery)
    return table
