"""The interfaces of the Northbound API: path, class of flow control, size of a batch."""

from enum import StrEnum
from typing import Final

_NBI_V1 = "/rest/openapi/pvms/nbi/v1"
_NBI_V2 = "/rest/openapi/pvms/nbi/v2"
_VPP = "/rest/openapi/pvms/v1/vpp"


class InterfaceClass(StrEnum):
    """What OAuth Connect counts together, and what its scopes are named after."""

    BASIC = "basic"
    CONTROL = "control"


class Interface(StrEnum):
    """An interface, named as in the documents of SmartPVMS 24.2 to 25.3.

    `batch_size` is how many plants, devices or tasks one call may name.
    """

    path: str
    batch_size: int
    interface_class: InterfaceClass

    def __new__(
        cls,
        name: str,
        path: str,
        batch_size: int,
        interface_class: InterfaceClass = InterfaceClass.BASIC,
    ) -> Interface:
        """Give the name its facts."""
        member = str.__new__(cls, name)
        member._value_ = name
        member.path = path
        member.batch_size = batch_size
        member.interface_class = interface_class
        return member

    PLANTS = "stations", "/thirdData/stations", 100
    PLANTS_OLD = "getStationList", "/thirdData/getStationList", 100
    DEVICES = "getDevList", "/thirdData/getDevList", 100
    PLANT_READINGS = "getStationRealKpi", "/thirdData/getStationRealKpi", 100
    DEVICE_READINGS = "getDevRealKpi", "/thirdData/getDevRealKpi", 100
    DEVICE_HISTORY = "device/history", f"{_NBI_V1}/device/history", 1
    DEVICE_HISTORY_OLD = "getDevHistoryKpi", "/thirdData/getDevHistoryKpi", 10
    DEVICE_FIVE_MINUTES = "getDevFiveMinutes", "/thirdData/getDevFiveMinutes", 100
    ALARMS = "getAlarmList", "/thirdData/getAlarmList", 100
    PLANT_HOUR = "getKpiStationHour", "/thirdData/getKpiStationHour", 100
    PLANT_DAY = "getKpiStationDay", "/thirdData/getKpiStationDay", 100
    PLANT_MONTH = "getKpiStationMonth", "/thirdData/getKpiStationMonth", 100
    PLANT_YEAR = "getKpiStationYear", "/thirdData/getKpiStationYear", 100
    DEVICE_DAY = "getDevKpiDay", "/thirdData/getDevKpiDay", 100
    DEVICE_MONTH = "getDevKpiMonth", "/thirdData/getDevKpiMonth", 100
    DEVICE_YEAR = "getDevKpiYear", "/thirdData/getDevKpiYear", 100
    BATTERY_MODE = (
        "configuration/battery-mode",
        f"{_NBI_V1}/configuration/battery-mode",
        1,
    )
    FEED_IN_LIMIT = (
        "configuration/active-power-control-mode",
        f"{_NBI_V1}/configuration/active-power-control-mode",
        1,
    )

    CHARGE_TASK = (
        "charge-and-discharge",
        f"{_NBI_V2}/control/charge-and-discharge/async-task",
        100,
        InterfaceClass.CONTROL,
    )
    CHARGE_TASK_STATUS = (
        "chargeAndDischargeStatus",
        f"{_VPP}/chargeAndDischargeStatus",
        1,
        InterfaceClass.CONTROL,
    )
    CHARGE_TASK_OLD = (
        "chargeAndDischarge",
        f"{_VPP}/chargeAndDischarge",
        100,
        InterfaceClass.CONTROL,
    )
    BATTERY_MODE_TASK = (
        "battery/mode",
        f"{_NBI_V1}/control/battery/mode/async-task",
        10,
        InterfaceClass.CONTROL,
    )
    BATTERY_MODE_TASK_STATUS = (
        "battery/mode/task-info",
        f"{_NBI_V1}/control/battery/mode/task-info",
        1,
        InterfaceClass.CONTROL,
    )
    BATTERY_PARAMETERS_TASK = (
        "battery/configuration",
        f"{_NBI_V1}/control/battery/configuration/async-task",
        10,
        InterfaceClass.CONTROL,
    )
    BATTERY_PARAMETERS_TASK_STATUS = (
        "battery/configuration/task-info",
        f"{_NBI_V1}/control/battery/configuration/task-info",
        1,
        InterfaceClass.CONTROL,
    )
    ACTIVE_POWER_TASK = (
        "active-power-control",
        f"{_NBI_V2}/control/active-power-control/async-task",
        10,
        InterfaceClass.CONTROL,
    )
    ACTIVE_POWER_TASK_STATUS = (
        "active-power-control/task-info",
        f"{_NBI_V2}/control/active-power-control/task-info",
        1,
        InterfaceClass.CONTROL,
    )
    BATTERY_DISPATCH_TASK = (
        "battery-dispatch",
        f"{_NBI_V1}/control/battery/battery-dispatch/async-task",
        1,
        InterfaceClass.CONTROL,
    )
    BATTERY_DISPATCH_TASK_STATUS = (
        "battery-dispatch/task-info",
        f"{_NBI_V1}/control/battery/battery-dispatch/task-info",
        1,
        InterfaceClass.CONTROL,
    )


OLD_FORMS: Final = {
    Interface.PLANTS: Interface.PLANTS_OLD,
    Interface.DEVICE_HISTORY: Interface.DEVICE_HISTORY_OLD,
}
"""What older servers and accounts have instead: where it serves, the first is not missed."""
