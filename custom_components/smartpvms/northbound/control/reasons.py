"""Why the cloud did not do what a plant was told, from its messages and codes."""

from enum import StrEnum
from types import MappingProxyType
from typing import Final

from ..errors import Failure, FailureKey


class Reason(StrEnum):
    """What came in the way; also the key of its translation.

    The text behind each member is what a translation has to say.
    """

    SAME_VALUE = "same_value"
    """The setting is in force already. Nothing had to be done."""

    NOT_DELIVERED = "not_delivered"
    """The cloud could not pass the command on, and does not say why."""
    SIGNAL_ERROR = "signal_error"
    """The cloud could not send the values to the device."""
    VALUE_INVALID = "value_invalid"
    """The cloud does not accept a value of the command."""
    WINDOWS_OVERLAP = "windows_overlap"
    """Windows of the time of use overlap."""
    POWER_INVALID = "power_invalid"
    """The power has the wrong sign or size."""
    NO_PERMISSION = "no_permission"
    """The plant is unknown, or its owner did not allow this."""
    OTHER_PLANT = "other_plant"
    """The cloud refused all plants of a call because of others among them."""
    NOT_SUPPORTED = "not_supported"
    """The controller of the plant does not have this setting."""
    NETWORKING_UNSUPPORTED = "networking_unsupported"
    """The plant has several controllers; only plants with one can be controlled."""
    DEVICE_MISSING = "device_missing"
    """The plant has no such device: no battery, or no inverter."""
    DEVICE_OFFLINE = "device_offline"
    """The device is offline."""
    TASK_RUNNING = "task_running"
    """A command of this kind is still running for the plant."""
    DISPATCH_NEVER_SET = "dispatch_never_set"
    """Third-party dispatch was never set over this interface, and must be first."""
    DISPATCH_NOT_ACTIVE = "dispatch_not_active"
    """The battery is not in third-party dispatch, which must be set first."""

    FAILURE = "failure"
    """The device did not carry the command out."""
    TIMEOUT = "timeout"
    """The device did not answer in time."""
    BUSY = "busy"
    """The device is busy."""
    INVALID_DEVICE = "invalid_device"
    """The device is none that can be told this."""
    EXCEPTION = "exception"
    """Something went wrong in the cloud or in the device."""
    ENDED = "ended"
    """The cloud closed the task, for the reason that its message gives: other settings
    were made meanwhile, or it was stopped."""

    NO_ANSWER = "no_answer"
    """The request left, and no answer came that says what became of it."""
    NOT_SENT = "not_sent"
    """The command was not sent, since the call before it or its own was refused."""
    OTHER = "other"
    """The cloud gives a reason that the documents do not know."""


_R = Reason

# the whole text of a task that failed (section 5.2 of SmartPVMS 26.2.0, common rules)
_TASK_MESSAGES: Final = MappingProxyType(
    {
        "failure": _R.FAILURE,
        "timeout": _R.TIMEOUT,
        "busy": _R.BUSY,
        "invalid": _R.INVALID_DEVICE,
        "exception": _R.EXCEPTION,
    }
)

# what a documented message of a delivery or a query contains, in lower case
_DELIVERY_MESSAGES: Final = (
    ("same as the current value", _R.SAME_VALUE),
    ("of multiple days overlap", _R.WINDOWS_OVERLAP),
    ("third-party dispatch has never been set", _R.DISPATCH_NEVER_SET),
    ("out of the valid range", _R.VALUE_INVALID),
    ("powerdispatch is illegal", _R.POWER_INVALID),
    ("dispatchswitch is illegal", _R.VALUE_INVALID),
    ("task list is empty", _R.VALUE_INVALID),
    ("exist no permission", _R.NO_PERMISSION),
    ("no resource permission", _R.NO_PERMISSION),
    ("signal dispensing happened error", _R.SIGNAL_ERROR),
    ("networking is not supported", _R.NETWORKING_UNSUPPORTED),
    ("does not support", _R.NOT_SUPPORTED),
    ("has no battery device", _R.DEVICE_MISSING),
    ("has no inverter device", _R.DEVICE_MISSING),
    ("device offline", _R.DEVICE_OFFLINE),
    ("device is offline", _R.DEVICE_OFFLINE),
    ("failed to deliver the", _R.NOT_DELIVERED),
)

_DISPATCH_NEVER_SET: Final = 20627
_INVALID_POWER: Final = 20047

_K = FailureKey
_REASONS: Final = MappingProxyType(
    {
        _K.OWNER_NOT_AUTHORISED: _R.NO_PERMISSION,
        _K.PLANT_NOT_ACCESSIBLE: _R.NO_PERMISSION,
        _K.DEVICE_NOT_ACCESSIBLE: _R.NO_PERMISSION,
        _K.REQUEST_INVALID: _R.VALUE_INVALID,
        _K.NETWORKING_UNSUPPORTED: _R.NETWORKING_UNSUPPORTED,
        _K.FEATURE_UNSUPPORTED: _R.NOT_SUPPORTED,
        _K.DEVICE_MISSING: _R.DEVICE_MISSING,
        _K.DEVICE_OFFLINE: _R.DEVICE_OFFLINE,
        _K.CONTROL_VALUE_INVALID: _R.VALUE_INVALID,
        _K.CONTROL_FAILED: _R.NOT_DELIVERED,
        _K.CONTROL_TASK_RUNNING: _R.TASK_RUNNING,
        _K.DISPATCH_NOT_ACTIVE: _R.DISPATCH_NOT_ACTIVE,
    }
)


def reason_of_message(message: str | None) -> Reason:
    """Return what a message of the cloud means; one that is not known is OTHER."""
    if message is None:
        return Reason.OTHER
    said = message.strip().lower()
    if said in _TASK_MESSAGES:
        return _TASK_MESSAGES[said]
    for part, reason in _DELIVERY_MESSAGES:
        if part in said:
            return reason
    return Reason.OTHER


def reason_of_failure(failure: Failure, message: str | None) -> Reason:
    """Return what a failCode means for a plant; the message where the code is vague."""
    if failure.code == _DISPATCH_NEVER_SET:
        return Reason.DISPATCH_NEVER_SET
    if failure.code == _INVALID_POWER:
        return Reason.POWER_INVALID
    by_code = _REASONS.get(failure.key, Reason.OTHER)
    if by_code in (Reason.NOT_DELIVERED, Reason.OTHER):
        by_message = reason_of_message(message)
        return by_code if by_message is Reason.OTHER else by_message
    return by_code
