"""The exceptions of this package; their text never holds a secret, an id or a token."""

from datetime import datetime
from typing import Final

from .failures import (
    FAILURE_KEYS,
    Area,
    Failure,
    FailureKey,
    failure_of,
    failure_of_code,
)

__all__ = [
    "FAILURE_KEYS",
    "Area",
    "AuthenticationError",
    "DoorClosedError",
    "Failure",
    "FailureKey",
    "FlowControlError",
    "InvalidResponseError",
    "NorthboundError",
    "PermissionDeniedError",
    "RequestRejectedError",
    "SessionExpiredError",
    "TemporaryError",
    "UnreachableError",
    "WrongServerError",
    "failure_of",
    "failure_of_code",
]


class NorthboundError(Exception):
    """A call that gave no data; `failure` says why, `interface` which one it was."""

    def __init__(self, failure: Failure, interface: str | None = None) -> None:
        """Say the cause and nothing that the cloud sent."""
        what = failure.key.value
        if failure.code is not None:
            what = f"{what} ({failure.code})"
        super().__init__(f"{interface}: {what}" if interface else what)
        self.failure = failure
        self.interface = interface


class AuthenticationError(NorthboundError):
    """The cloud does not accept who asks: the owner or the installer must act."""


class SessionExpiredError(AuthenticationError):
    """The session had ended, and so had the one that replaced it (305, 306)."""


class PermissionDeniedError(NorthboundError):
    """Who asks is known and may not: an interface, a plant or a device is not granted."""


class FlowControlError(NorthboundError):
    """Too many calls; `retry_at` (aware, UTC) is when to ask again, not before."""

    def __init__(
        self, failure: Failure, interface: str | None = None, *, retry_at: datetime
    ) -> None:
        """Say the cause, and when it is over."""
        super().__init__(failure, interface)
        self.retry_at = retry_at


class DoorClosedError(FlowControlError):
    """Our own ledger refused, and no call was made."""


class TemporaryError(NorthboundError):
    """The cloud is not well; it mends itself."""


class UnreachableError(TemporaryError):
    """No answer: name resolution, refused, timeout, cut off.

    `sent` is False where the request cannot have reached the cloud, and costs nothing.
    """

    def __init__(
        self, failure: Failure, interface: str | None = None, *, sent: bool = True
    ) -> None:
        """Say the cause, and whether the cloud may have counted the call."""
        super().__init__(failure, interface)
        self.sent = sent


class WrongServerError(NorthboundError):
    """What answers at this address is not the Northbound API."""


class InvalidResponseError(NorthboundError):
    """The answer is no JSON, no envelope, or larger than any real one."""


class RequestRejectedError(NorthboundError):
    """The cloud does not do this for this plant or device, or not in this form."""


_ERROR_OF_AREA: Final[dict[Area, type[NorthboundError]]] = {
    Area.ACCOUNT: AuthenticationError,
    Area.SESSION: SessionExpiredError,
    Area.PERMISSION: PermissionDeniedError,
}
_ERROR_OF_KEY: Final[dict[FailureKey, type[NorthboundError]]] = {
    FailureKey.SERVER_ERROR: TemporaryError,
    FailureKey.SERVER_BUSY: TemporaryError,
    FailureKey.SERVER_UNREACHABLE: UnreachableError,
    FailureKey.SERVER_TIMEOUT: UnreachableError,
    FailureKey.CERTIFICATE_REJECTED: UnreachableError,
    FailureKey.WRONG_SERVER: WrongServerError,
    FailureKey.INVALID_RESPONSE: InvalidResponseError,
}


def error_for(
    failure: Failure, interface: str | None = None, *, retry_at: datetime | None = None
) -> NorthboundError:
    """Return the exception of a failure; flow control must say when it is over."""
    if retry_at is not None:
        return FlowControlError(failure, interface, retry_at=retry_at)
    error = _ERROR_OF_KEY.get(
        failure.key, _ERROR_OF_AREA.get(failure.area, RequestRejectedError)
    )
    return error(failure, interface)
