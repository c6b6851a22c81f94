"""What every code of the cloud means, who is concerned, and whether it mends itself."""

from dataclasses import dataclass
from enum import StrEnum
import re
from types import MappingProxyType
from typing import Final

_SAFE_CODE: Final = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[.:_][A-Za-z0-9]+)*", re.ASCII)


class Area(StrEnum):
    """Where the cause of a failure lies."""

    ACCOUNT = "account"
    SESSION = "session"
    PERMISSION = "permission"
    FLOW_CONTROL = "flow_control"
    SERVER = "server"
    REQUEST = "request"
    PLANT = "plant"
    CONTROL = "control"


class FailureKey(StrEnum):
    """A cause that an owner can be told about; also the key of its translation.

    The text behind each member is what a translation has to say.
    """

    ACCOUNT_UNKNOWN = "account_unknown"
    """The server knows no such API account. Check name and server, ask the installer."""
    ACCOUNT_DISABLED = "account_disabled"
    """The API account is disabled. The company that made it must enable it."""
    ACCOUNT_EXPIRED = "account_expired"
    """The API account has expired. The company that made it must prolong it."""
    CREDENTIALS_REJECTED = "credentials_rejected"
    """Name or password is wrong, the password expired, or the account is locked for
    half an hour after five wrong passwords. Check both; not tried again by itself."""
    LOGIN_RESTRICTED = "login_restricted"
    """The API account may not log in. The company that made it must lift that."""
    SESSION_ENDED = "session_ended"
    """The cloud ended the session, and the one after it at once: another program uses
    the same API account, or the owner's consent was withdrawn or given anew."""
    ACCESS_SHARED = "access_shared"
    """Something else logs in with the same API account again and again. Its session is
    left to it for a while; give each program an account of its own."""
    TOO_MANY_LOGINS = "too_many_logins"
    """No log-in before a given time: the cloud takes five in ten minutes."""

    INTERFACE_NOT_GRANTED = "interface_not_granted"
    """This interface is not ticked for the API account (Northbound Management), or the
    owner did not consent to its scope (OAuth)."""
    OWNER_NOT_AUTHORISED = "owner_not_authorised"
    """The owner has switched off "API access" in the permission settings of the plant."""
    PLANT_NOT_ACCESSIBLE = "plant_not_accessible"
    """The plant is unknown or not bound to this account any more."""
    DEVICE_NOT_ACCESSIBLE = "device_not_accessible"
    """The device is unknown or not bound to this account any more."""

    CALL_QUOTA_EXHAUSTED = "call_quota_exhausted"
    """The cloud has refused a call as one too many (407). It goes on by itself; another
    program that uses the same account makes it happen."""
    DAILY_QUOTA_EXHAUSTED = "daily_quota_exhausted"
    """The calls of today are used up (20618). It goes on by itself."""
    CLOUD_OVERLOADED = "cloud_overloaded"
    """All users together call too often (429, or 403 of the gateway). Goes on by itself."""
    CALLS_USED_UP = "calls_used_up"
    """No call was made, as it would be one too many by our own count."""

    SERVER_ERROR = "server_error"
    """The cloud has a fault of its own. It goes on by itself."""
    SERVER_BUSY = "server_busy"
    """The cloud says that it is busy. It goes on by itself."""
    SERVER_UNREACHABLE = "server_unreachable"
    """No connection to the server: internet, name resolution, or the cloud is down."""
    SERVER_TIMEOUT = "server_timeout"
    """The server did not answer in time. It goes on by itself."""
    CERTIFICATE_REJECTED = "certificate_rejected"
    """The server's certificate is not trusted. Check the address and the certificate."""
    WRONG_SERVER = "wrong_server"
    """What answers is no Northbound API but a web page. Check the server's address."""
    INVALID_RESPONSE = "invalid_response"
    """The server's answer could not be understood. If it stays so, report it."""

    REQUEST_INVALID = "request_invalid"
    """The cloud does not accept the request's form. A fault of the integration: report."""
    REQUEST_REFUSED = "request_refused"
    """The cloud refused with a code that the documents do not know for this request."""
    DEVICE_TYPE_UNSUPPORTED = "device_type_unsupported"
    """The cloud has no such data for this type of device."""
    DEVICE_TYPE_MISMATCH = "device_type_mismatch"
    """The device is of another type than the device list said."""
    READINGS_NOT_CONFIGURED = "readings_not_configured"
    """The cloud holds none of the readings asked for."""

    NETWORKING_UNSUPPORTED = "networking_unsupported"
    """Settings can be read and set only in plants with one controller or network."""
    FEATURE_UNSUPPORTED = "feature_unsupported"
    """The controller of the plant does not have this setting."""
    DEVICE_MISSING = "device_missing"
    """The plant has no such device: no battery, or no inverter."""
    DEVICE_OFFLINE = "device_offline"
    """The device is offline. Wait until it is connected again."""

    CONTROL_VALUE_INVALID = "control_value_invalid"
    """The cloud does not accept a value of the command."""
    CONTROL_FAILED = "control_failed"
    """The command was not carried out."""
    CONTROL_TASK_RUNNING = "control_task_running"
    """A command of this kind is still running for the plant. Wait until it is done."""
    CONTROL_TASK_UNKNOWN = "control_task_unknown"
    """The cloud does not know this command (any more)."""
    DISPATCH_NOT_ACTIVE = "dispatch_not_active"
    """The battery is not in the mode "third-party dispatch", which must be set first."""


FAILURE_KEYS: Final = frozenset(key.value for key in FailureKey)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a call failed.

    `key` is one of `FAILURE_KEYS`. `code` is the cloud's failCode, "http:503", or the
    exceptionId of its gateway; None where nothing was answered. `retryable` says that
    it may mend itself.
    """

    key: FailureKey
    area: Area
    retryable: bool
    code: int | str | None = None


_K = FailureKey

_AREAS: Final = {
    Area.ACCOUNT: (
        _K.ACCOUNT_UNKNOWN,
        _K.ACCOUNT_DISABLED,
        _K.ACCOUNT_EXPIRED,
        _K.CREDENTIALS_REJECTED,
        _K.LOGIN_RESTRICTED,
    ),
    Area.SESSION: (_K.SESSION_ENDED,),
    Area.PERMISSION: (
        _K.INTERFACE_NOT_GRANTED,
        _K.OWNER_NOT_AUTHORISED,
        _K.PLANT_NOT_ACCESSIBLE,
        _K.DEVICE_NOT_ACCESSIBLE,
    ),
    Area.FLOW_CONTROL: (
        _K.ACCESS_SHARED,
        _K.TOO_MANY_LOGINS,
        _K.CALL_QUOTA_EXHAUSTED,
        _K.DAILY_QUOTA_EXHAUSTED,
        _K.CLOUD_OVERLOADED,
        _K.CALLS_USED_UP,
    ),
    Area.SERVER: (
        _K.SERVER_ERROR,
        _K.SERVER_BUSY,
        _K.SERVER_UNREACHABLE,
        _K.SERVER_TIMEOUT,
        _K.CERTIFICATE_REJECTED,
        _K.WRONG_SERVER,
        _K.INVALID_RESPONSE,
    ),
    Area.REQUEST: (
        _K.REQUEST_INVALID,
        _K.REQUEST_REFUSED,
        _K.DEVICE_TYPE_UNSUPPORTED,
        _K.DEVICE_TYPE_MISMATCH,
        _K.READINGS_NOT_CONFIGURED,
    ),
    Area.PLANT: (
        _K.NETWORKING_UNSUPPORTED,
        _K.FEATURE_UNSUPPORTED,
        _K.DEVICE_MISSING,
        _K.DEVICE_OFFLINE,
    ),
    Area.CONTROL: (
        _K.CONTROL_VALUE_INVALID,
        _K.CONTROL_FAILED,
        _K.CONTROL_TASK_RUNNING,
        _K.CONTROL_TASK_UNKNOWN,
        _K.DISPATCH_NOT_ACTIVE,
    ),
}
_AREA_OF: Final = {key: area for area, keys in _AREAS.items() for key in keys}

_RETRYABLE: Final = frozenset(
    {
        *_AREAS[Area.FLOW_CONTROL],
        *_AREAS[Area.SERVER],
        _K.SESSION_ENDED,
        _K.DEVICE_OFFLINE,
        _K.CONTROL_TASK_RUNNING,
    }
    - {_K.WRONG_SERVER, _K.CERTIFICATE_REJECTED}
)

# the code list of SmartPVMS 26.2.0 (6.1), with the codes that 24.x had in addition and
# those seen in the wild; plant creation, I-V diagnosis and upgrades are left out, since
# no call of ours can meet them
_CODES: Final = {
    _K.ACCOUNT_UNKNOWN: (20001, 20028, 20029),
    _K.ACCOUNT_DISABLED: (20002,),
    _K.ACCOUNT_EXPIRED: (20003,),
    _K.CREDENTIALS_REJECTED: (20400,),
    _K.LOGIN_RESTRICTED: (20403,),
    _K.SESSION_ENDED: (305, 306),
    _K.INTERFACE_NOT_GRANTED: (401,),
    _K.OWNER_NOT_AUTHORISED: (20056, 20621),
    # 20015 is "more than 100 plants" in the documents, which no batch of ours holds;
    # clouds also answer it when one of the plants is not the account's
    _K.PLANT_NOT_ACCESSIBLE: (20007, 20015, 20045, 20622, 20623, 30029),
    # 20008 is "devTypeId missing" since 26.2.0, which we always send
    _K.DEVICE_NOT_ACCESSIBLE: (20008, 20046),
    _K.CALL_QUOTA_EXHAUSTED: (407,),
    _K.DAILY_QUOTA_EXHAUSTED: (20618,),
    _K.CLOUD_OVERLOADED: (403, 429),
    _K.SERVER_ERROR: (20004, 30008),
    _K.SERVER_BUSY: (20200,),
    _K.REQUEST_INVALID: (
        *(20005, 20010, 20011, 20012, 20014, 20016, 20017, 20018, 20019, 20023, 20024),
        *(20025, 20026, 20027, 20038, 20055, 20604, 20605, 20606, 20612, 30001, 30002),
        *(30003, 30004, 30005, 30006, 30007, 30021, 30030, 30031, 30032, 40001),
    ),
    _K.DEVICE_TYPE_UNSUPPORTED: (20013,),
    _K.DEVICE_TYPE_MISMATCH: (20006,),
    _K.READINGS_NOT_CONFIGURED: (20009,),
    _K.NETWORKING_UNSUPPORTED: (20609,),
    _K.FEATURE_UNSUPPORTED: (20117, 20610, 20629),
    _K.DEVICE_MISSING: (20631,),
    _K.DEVICE_OFFLINE: (20614,),
    _K.CONTROL_VALUE_INVALID: (
        *(20039, 20040, 20041, 20042, 20043, 20044, 20047, 20048, 20116),
        *(20607, 20608, 20611, 20616, 20619),
    ),
    _K.CONTROL_FAILED: (1, 2, 20049, 20051, 20613),
    _K.CONTROL_TASK_RUNNING: (20615,),
    _K.CONTROL_TASK_UNKNOWN: (20034, 20050, 20617, 20620),
    _K.DISPATCH_NOT_ACTIVE: (20627, 20628),
}

KEY_OF_CODE: Final = MappingProxyType(
    {code: key for key, codes in _CODES.items() for code in codes}
)

# what one plant or device of a batch can do to all the others
MEMBER_KEYS: Final = frozenset(
    {
        _K.OWNER_NOT_AUTHORISED,
        _K.PLANT_NOT_ACCESSIBLE,
        _K.DEVICE_NOT_ACCESSIBLE,
        _K.DEVICE_TYPE_MISMATCH,
    }
)


def failure_of(key: FailureKey, code: int | str | None = None) -> Failure:
    """Return the failure of this cause.

    A code in letters is kept only if it looks like one: the cloud chooses it, and what
    it chooses must not bring an identifier into logs.
    """
    if isinstance(code, str) and not (len(code) < 80 and _SAFE_CODE.fullmatch(code)):
        code = None
    return Failure(key=key, area=_AREA_OF[key], retryable=key in _RETRYABLE, code=code)


def failure_of_code(code: int | None) -> Failure:
    """Return what a failCode means; one that is not in the table is `request_refused`."""
    key = (
        FailureKey.REQUEST_REFUSED
        if code is None
        else KEY_OF_CODE.get(code, FailureKey.REQUEST_REFUSED)
    )
    return failure_of(key, code)
