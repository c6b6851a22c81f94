"""Control over the Northbound API: typed commands, deliveries and tasks.

From section 5.2 of the reference of SmartPVMS 24.2.0 to 26.2.0. Active power control v1
(24.4.0) is left out: it is addressed by the serial number of a communication device, and
no document that can still be read names its parameters; v2 replaced it with 24.5.0.
"""

from .baseline import (
    command_restoring_limit,
    command_restoring_mode,
    limit_is_in_force,
    mode_is_in_force,
)
from .client import ControlClient
from .commands import (
    SETTABLE_MODES,
    ChargeCommand,
    Command,
    DispatchBattery,
    FeedInCommand,
    ForceCharge,
    LiftFeedInLimit,
    LimitFeedIn,
    SetBatteryMode,
    SetBatteryParameters,
    StopForcedCharge,
)
from .controllers import (
    Controller,
    Feature,
    controller_of,
    is_excluded,
    largest_feed_in,
    largest_grid_charge_power,
)
from .reasons import Reason
from .results import (
    Delivery,
    DeliveryState,
    InverterDelivery,
    PlantTask,
    Task,
    TaskKind,
    TaskReference,
    TaskState,
)
from .stored import (
    battery_mode_as_json,
    battery_mode_from_json,
    command_as_json,
    command_from_json,
    feed_in_limit_as_json,
    feed_in_limit_from_json,
    task_reference_as_json,
    task_reference_from_json,
)
from .values import MOST_WINDOWS, ControlValueError, Problem

__all__ = [
    "MOST_WINDOWS",
    "SETTABLE_MODES",
    "ChargeCommand",
    "Command",
    "ControlClient",
    "ControlValueError",
    "Controller",
    "Delivery",
    "DeliveryState",
    "DispatchBattery",
    "Feature",
    "FeedInCommand",
    "ForceCharge",
    "InverterDelivery",
    "LiftFeedInLimit",
    "LimitFeedIn",
    "PlantTask",
    "Problem",
    "Reason",
    "SetBatteryMode",
    "SetBatteryParameters",
    "StopForcedCharge",
    "Task",
    "TaskKind",
    "TaskReference",
    "TaskState",
    "battery_mode_as_json",
    "battery_mode_from_json",
    "command_as_json",
    "command_from_json",
    "command_restoring_limit",
    "command_restoring_mode",
    "controller_of",
    "feed_in_limit_as_json",
    "feed_in_limit_from_json",
    "is_excluded",
    "largest_feed_in",
    "largest_grid_charge_power",
    "limit_is_in_force",
    "mode_is_in_force",
    "task_reference_as_json",
    "task_reference_from_json",
]
